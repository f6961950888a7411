//! literalSubject: DN texts with the RDNs that they mean, and texts that mean nothing.

use super::pki::{Attribute, Subject};
use super::random::Random;

const TYPES: &[(&str, &str)] = &[
    ("C", "2.5.4.6"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("CN", "2.5.4.3"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("1.2.3.4", "1.2.3.4"),
    ("2.5.4.3", "2.5.4.3"),
];

const VALUES: &[&str] = &[
    "web.example.com",
    "Example, Inc.",
    "a+b",
    "a=b",
    "#1",
    " lead",
    "trail ",
    "Größe",
    "a\"b",
    "a;b",
    "a<b>c",
    "a\\b",
    "東京",
    "x",
    "two  spaces",
    "a#b",
    "*",
    "R&D",
    "",
    "  ",
    "\u{1}",
    "tab\there",
];

/// Texts that parsers of different age read differently.
const ODD: &[&str] = &[
    "CN=web",
    "CN=a=b",
    "CN=",
    "CN=,O=x",
    "=x",
    "CN",
    "CN=a,",
    ",CN=a",
    "CN=a;O=b",
    "CN=a+O=b",
    "CN=#0c0161",
    "CN=#",
    "CN=#0c01",
    "CN=#0c016162",
    "CN=\\#a",
    "CN=a\\",
    "CN=a\\,",
    "CN=\\",
    "CN=\\2",
    "CN=\\zz",
    "CN=\\c3\\bc",
    "CN=\\ff",
    "CN= a ",
    "CN=a\\ ",
    "CN=a \\ ",
    "CN=\\20a",
    " CN = a , O = b ",
    "cn=web",
    "OID.2.5.4.3=web",
    "2.5.4.3=web",
    "2.5.4=web",
    "2.5=web",
    "2=x",
    "3.1=x",
    "1.40.1=x",
    "DC=com",
    "UID=x",
    "E=a@b",
    "emailAddress=a@b",
    "",
    " ",
    "CN=\"quoted\"",
    "CN=a\"b",
    "CN=a<b",
    "CN=a>b",
    "CN=a\u{0}b",
    "CN=web\\\\ ",
    "CN=web\\\\\\ ",
    "CN=a\\+b",
    "CN=a,,O=b",
    "CN=a++O=b",
    "CN=a,O=b+",
    "CN=#0C0161,O=x",
    "CN=#0c0161 ,O=x",
    "CN=#1301610500",
    "CN=x#y",
    "CN=a\\=b",
    "C\\=N=a",
    "C N=a",
    "CN=é",
    "CN=\\E9",
    "CN=a\r\n",
    "+CN=a",
    "CN+O=a",
    "2.5.4.-3=a",
    "2.5.4.99999999999999999999=a",
    "02.5.4.3=web",
    "2.5.4.3.=web",
    ".2.5=web",
    "2.5.4.+3=web",
    "CN=a\\b",
    "CN=\\a",
    "CN=\\;\\<\\>",
    "CN=#30030c0161",
    "CN=#04026869",
    "CN= #0c0161",
    "CN=#0c01 61",
    "CN=#a",
    "CN=\\ #a",
    "CN=a,\\",
    "2147483648.1=a",
    "1.2.840.113549.1.9.1=a@example.com",
    "2.999.1=x",
];

fn escape(value: &str, random: &mut Random) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::new();
    for (at, letter) in value.chars().enumerate() {
        let special =
            ",+\"\\<>;=".contains(letter) || letter == '#' && at == 0 || letter == ' ' && (at == 0 || at == last);
        let hex = random.one_in(if special { 3 } else { 15 });
        match (special, hex) {
            (_, true) => {
                let mut octets = [0; 4];
                text.extend(letter.encode_utf8(&mut octets).bytes().map(|octet| format!("\\{octet:02x}")));
            }
            (true, false) if !random.one_in(9) => text.extend(['\\', letter]),
            _ => text.push(letter),
        }
    }
    text
}

/// A text and the subject of the request that cert-manager would make of it, seldom another one.
pub(crate) fn pair(random: &mut Random) -> (String, Subject) {
    if random.one_in(4) {
        return (random.pick(ODD).to_owned(), subject_like(random));
    }
    let mut subject = Subject::new();
    let mut texts = Vec::new();
    for _ in 0..1 + random.below(4) {
        let (mut rdn, mut parts) = (Vec::new(), Vec::new());
        for _ in 0..if random.one_in(4) { 2 + random.below(2) } else { 1 } {
            let (name, oid) = random.choose(TYPES);
            let value = random.pick(VALUES);
            rdn.push(Attribute::new(oid, value));
            parts.push(format!("{name}={}", escape(value, random)));
        }
        subject.push(rdn);
        texts.push(parts.join(if random.one_in(6) { " + " } else { "+" }));
    }
    texts.reverse();
    let separator = if random.one_in(5) { random.pick(&[", ", ";", " ,", "; "]) } else { "," };
    (texts.join(separator), subject)
}

/// The subject that most odd texts could mean.
fn subject_like(random: &mut Random) -> Subject {
    let value = random.pick(&["web", "a", "x", "a=b", "", "a b", "ü", "#1", "b", "hi"]);
    let mut subject = vec![vec![Attribute::new("2.5.4.3", value)]];
    if random.one_in(3) {
        subject.insert(random.below(2), vec![Attribute::new("2.5.4.10", random.pick(&["b", "x"]))]);
    }
    if random.one_in(8) {
        subject.clear();
    }
    subject
}

/// Another text for a request that stays as it is.
pub(crate) fn odd(random: &mut Random) -> String {
    let text = random.pick(ODD);
    if random.one_in(3) { format!("{text},{}", random.pick(ODD)) } else { text.to_owned() }
}
