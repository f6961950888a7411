//! Mutations of names and subjects: in the wish, in the request, in the certificate.

use serde_json::{Value, json};

use super::der::{oid, sequence, tlv};
use super::mutation::Bench;
use super::pki::{Attribute, Names, Subject};
use super::random::Random;
use super::shape::{DNS, EMAILS, IPS, OTHER, URIS, ip_octets};

impl Bench<'_> {
    /// Names of the certificate, of the request, or the same change in both.
    pub(crate) fn issued(&mut self, mut change: impl FnMut(&mut Names, &mut Subject, &mut Random)) {
        let state = self.random.next();
        let which = self.random.below(3);
        if which != 0 {
            change(&mut self.case.x509.names, &mut self.case.x509.subject, &mut Random::of_case(state, 1));
        }
        if which != 1 {
            change(&mut self.case.csr.names, &mut self.case.csr.subject, &mut Random::of_case(state, 1));
        }
    }

    pub(crate) fn in_spec(&mut self) -> bool {
        self.random.one_in(2)
    }

    fn list(&mut self, field: &str, odd: &[&str]) {
        let mut list: Vec<String> = serde_json::from_value(self.case.spec()[field].clone()).unwrap_or_default();
        edit(&mut list, odd, self.random);
        self.case.spec()[field] = json!(list);
    }
}

/// Adds, takes, repeats, reorders or respells.
fn edit(list: &mut Vec<String>, odd: &[&str], random: &mut Random) {
    let at = random.below(list.len());
    match random.below(9) {
        0..=2 => list.insert(at, random.pick(odd).to_owned()),
        3 if !list.is_empty() => {
            list.remove(at);
        }
        4 if !list.is_empty() => list.push(list[at].clone()),
        5 => list.reverse(),
        6 if !list.is_empty() => list[at] = list[at].to_uppercase(),
        7 if !list.is_empty() => list[at].push_str(random.pick(&[".", " ", "/", "x"])),
        8 if !list.is_empty() => list[at] = random.pick(odd).to_owned(),
        _ => list.clear(),
    }
}

const ODD_DNS: &[&str] = &[
    "bücher.example",
    "",
    ".",
    "a..b",
    "-a.example",
    "a b.example",
    "xn--",
    "WEB.example.com",
    "web.example.com.",
    "10.0.0.1",
    "a\u{0}b",
    "example.com/",
    "*",
    "*.*.example.com",
    "a_b.example",
    "ops@example.com",
    "web.example.com",
];
const ODD_IPS: &[&str] = &[
    "2001:0db8::1",
    "2001:DB8::1",
    "::ffff:10.0.0.1",
    "::ffff:a00:1",
    "010.0.0.1",
    "10.0.0.1 ",
    "fe80::1%eth0",
    "0:0:0:0:0:0:0:1",
    "1.2.3",
    "1::2::3",
    "::10.0.0.1",
    "1:2:3:4:5:6:7::",
    "",
    "10.0.0.256",
    "1.2.3.4.5",
    "::1.2.3.4.5",
    "2001:db8:0:0:0:0:0:00001",
    "::ffff:010.0.0.1",
    "0x7f.1",
    "[::1]",
    "1:2:3:4:5:6:1.2.3.4",
    "1:2:3:4:5:6:7:8:9",
    "::0",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "10.0.0.1",
    "192.0.2.7",
];
const ODD_URIS: &[&str] = &[
    "HTTP://example.com/",
    "http://EXAMPLE.com/",
    "http://example.com/%7ea",
    "http://example.com/a b",
    "http://example.com/?q=a b",
    "//host/path",
    "http://example.com",
    "http://example.com/%zz",
    ":",
    "",
    "http://[::1",
    "http://a..b/",
    "http://a.b./",
    "http://x:80:90/",
    "http://x:/",
    "http://_a.b/",
    "http://-a/",
    "http://*.a/",
    "http://bad host/",
    "opaque:stuff",
    "a:b?c",
    "http://h/#f%20g h",
    "http://h/?",
    "http://h/#",
    "h",
    "/a//b",
    "//",
    "http://",
    "http:///x",
    "http://user@h/",
    "http://u:@h/",
    "http://u%3av@h",
    "http://h:abc/",
    "http://h:80/",
    "http://[fe80::1%25en0]/",
    "http://%41/",
    "http://h%20x/",
    "http://é/",
    "http://h/é",
    "http://h/%C3%A9",
    "urn:a b",
    "1a:b",
    "a+b:c",
    "http://h/[x]",
    "http://h/a;b=c",
    "*",
    "mailto:",
    "http://h/%2f",
    "http://h/a%2Fb",
    "spiffe://",
    "spiffe:///x",
    "http://h/'(x)!*",
    "http://h/\"",
    "http://h/^`{|}",
    "http://h\\x",
    "?q",
    "#f",
    "a/b:c",
    "./a:b",
    "http://h/?a=%zz",
    "http://h/#%zz",
    "http://u:p@ss@h/",
    "http://[::1]:80/",
    "http://[::1]x/",
    "http://1.2.3.4/",
    "http://h.:1/",
    "HtTp:x",
    "http://a_b.c/",
    "http://\u{1}/",
    "http://h/\u{7f}",
    "http://[1.2.3.4]/",
    "http://[v1.x]/",
    "http://[::1%25]/",
    "http://[::ffff:1.2.3.4]/",
    "http://h:/",
];
const ODD_EMAILS: &[&str] = &[
    "ops@example.com",
    "OPS@example.com",
    "",
    "no-at",
    "a@b@c",
    "ö@example.com",
    "\"a b\"@example.com",
    "<a@b.c>",
    " a@b.c",
    "a@b..c",
    "x@[10.0.0.1]",
];

/// CN to SAN or back, on one side.
pub(crate) fn move_name(b: &mut Bench) {
    let common = "2.5.4.3";
    if b.in_spec() {
        let name = b.case.spec()["commonName"].take();
        if let (Some(name), true) = (name.as_str(), true) {
            let mut list = b.case.spec()["dnsNames"].as_array().cloned().unwrap_or_default();
            list.push(name.into());
            b.case.spec()["dnsNames"] = list.into();
            if b.random.one_in(2) {
                b.case.spec()["commonName"] = name.into();
            }
        } else if let Some(name) = b.case.spec()["dnsNames"].as_array_mut().and_then(Vec::pop) {
            b.case.spec()["commonName"] = name;
        }
        return;
    }
    b.issued(|names, subject, random| {
        let found =
            subject.iter().flatten().find(|attribute| attribute.oid == common).map(|attribute| attribute.value.clone());
        match found {
            Some(value) => {
                names.dns.push(String::from_utf8_lossy(&value).into_owned());
                if random.one_in(2) {
                    subject.retain(|rdn| rdn.iter().all(|attribute| attribute.oid != common));
                }
            }
            None => subject.extend(names.dns.pop().map(|name| vec![Attribute::new(common, &name)])),
        }
    });
}

pub(crate) fn dns(b: &mut Bench) {
    let odd = [DNS, ODD_DNS].concat();
    if b.in_spec() { b.list("dnsNames", &odd) } else { b.issued(|names, _, random| edit(&mut names.dns, &odd, random)) }
}

pub(crate) fn uris(b: &mut Bench) {
    let odd = [URIS, ODD_URIS, ODD_URIS].concat();
    match b.random.below(4) {
        // The same odd text on both sides.
        0 => {
            let uri = b.random.pick(&odd).to_owned();
            b.case.spec()["uris"] = json!([uri]);
            b.case.x509.names.uris = vec![uri.clone()];
            b.case.csr.names.uris = vec![uri];
        }
        1 => b.list("uris", &odd),
        _ => b.issued(|names, _, random| edit(&mut names.uris, &odd, random)),
    }
}

pub(crate) fn emails(b: &mut Bench) {
    let odd = [EMAILS, ODD_EMAILS].concat();
    if b.in_spec() {
        b.list("emailAddresses", &odd)
    } else {
        b.issued(|names, _, random| edit(&mut names.emails, &odd, random))
    }
}

pub(crate) fn ips(b: &mut Bench) {
    let odd = [IPS, ODD_IPS, ODD_IPS].concat();
    match b.random.below(4) {
        0 => {
            let (name, other) = b.random.choose(&[
                ("::ffff:10.0.0.1", "10.0.0.1"),
                ("2001:0db8::1", "2001:db8::1"),
                ("10.0.0.1", "::ffff:10.0.0.1"),
                ("010.0.0.1", "10.0.0.1"),
                ("2001:DB8::1", "2001:db8::1"),
                ("::ffff:a00:1", "10.0.0.1"),
                ("fe80::1%eth0", "fe80::1"),
                ("::10.0.0.1", "::a00:1"),
            ]);
            b.case.spec()["ipAddresses"] = json!([name]);
            let octets: Vec<Vec<u8>> = ip_octets(other).into_iter().collect();
            b.case.x509.names.ips.clone_from(&octets);
            b.case.csr.names.ips = octets;
        }
        1 | 2 => b.list("ipAddresses", &odd),
        _ => b.issued(|names, _, random| {
            let at = random.below(names.ips.len());
            match random.below(5) {
                0 => names.ips.extend(ip_octets(random.pick(IPS))),
                1 if !names.ips.is_empty() => drop(names.ips.remove(at)),
                2 if !names.ips.is_empty() => names.ips.push(names.ips[at].clone()),
                3 => names.ips.push(vec![0; random.choose(&[0, 3, 5, 8, 15, 17, 32])]),
                _ => names.ips.push([&[0; 10][..], &[0xff, 0xff, 10, 0, 0, 1]].concat()),
            }
        }),
    }
}

/// otherNames in the wish or the request.
pub(crate) fn other_names(b: &mut Bench) {
    if b.in_spec() {
        let wish = json!({"oid": b.random.pick(OTHER), "utf8Value": b.random.pick(&["user@example.com", "x", ""])});
        let field = &mut b.case.certificate["spec"]["otherNames"];
        match b.random.below(5) {
            0 => *field = json!([]),
            1 => *field = Value::Null,
            2 => *field = json!([wish]),
            3 => *field = json!([{"oid": "1.02.3", "utf8Value": "x"}, wish]),
            _ => match field.as_array_mut() {
                Some(list) => list.push(wish),
                None => *field = json!([wish]),
            },
        }
        return;
    }
    b.issued(|names, _, random| {
        let value = match random.below(9) {
            0 => tlv(0x16, &[b"user@example.com"]),
            1 => tlv(0x0c, &[]),
            2 => tlv(0x13, &[b"x"]),
            3 => vec![5, 0],
            4 => tlv(0x0c, &[&[0xff, 0xfe]]),
            5 => [tlv(0x0c, &[b"x"]), tlv(0x0c, &[b"y"])].concat(),
            6 => Vec::new(),
            _ => tlv(0x0c, &[b"user@example.com"]),
        };
        match random.below(3) {
            0 => drop(names.others.pop()),
            _ => names.others.push((random.pick(OTHER).to_owned(), value)),
        }
    });
}

/// GeneralNames of other forms, and otherNames built wrongly.
pub(crate) fn general_names(b: &mut Bench) {
    if b.random.one_in(3) {
        let value = b.random.pick(OTHER);
        b.case.spec()["otherNames"] = json!([{"oid": value, "utf8Value": "user@example.com"}]);
        let other = (value.to_owned(), tlv(0x0c, &[b"user@example.com"]));
        b.case.csr.names.others = vec![other.clone()];
        b.case.x509.names.others = vec![other];
    }
    b.issued(|names, _, random| {
        let name = sequence(&[&tlv(0x31, &[&sequence(&[&oid("2.5.4.3"), &tlv(0x13, &[b"x"])])])]);
        names.raw.push(match random.below(14) {
            0 => tlv(0x88, &[&[0x2a, 3, 4]]),
            1 => tlv(0xa4, &[&name]),
            2 => tlv(0xa3, &[&[5, 0]]),
            3 => tlv(0xa5, &[&tlv(0xa1, &[&tlv(0x0c, &[b"x"])])]),
            4 => tlv(0x80, &[&oid("1.2.3"), &tlv(0xa0, &[&tlv(0x0c, &[b"x"])])]),
            5 => tlv(0xa0, &[&oid("1.2.3")]),
            6 => tlv(0xa0, &[&oid("1.2.3"), &tlv(0x0c, &[b"x"])]),
            7 => tlv(0x89, &[b"x"]),
            8 => tlv(0xa2, &[b"x"]),
            9 => tlv(0x0c, &[b"x"]),
            10 => tlv(0xa8, &[&oid("1.2.3")]),
            11 => tlv(0xa4, &[&name[2..]]),
            12 => tlv(0xa0, &[&oid("1.2.3"), &tlv(0xa0, &[&tlv(0x0c, &[b"x"])]), &[5, 0]]),
            _ => tlv(0x42, &[b"x"]),
        });
    });
}
