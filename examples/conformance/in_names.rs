//! Mutations of names and subjects: in the wish, in the request, in the certificate.

use serde_json::{Value, json};

use crate::der::{oid, sequence, tlv};
use crate::literal;
use crate::mutation::Bench;
use crate::pki::{Attribute, Extension, Names, Subject, extension_request};
use crate::random::Random;
use crate::shape::{DNS, EMAILS, IPS, OTHER, SUBJECT, URIS, ip_octets};

impl Bench<'_> {
    /// Names of the certificate, of the request, or the same change in both.
    fn issued(&mut self, mut change: impl FnMut(&mut Names, &mut Subject, &mut Random)) {
        let state = self.random.next();
        let which = self.random.below(3);
        if which != 0 {
            change(&mut self.case.x509.names, &mut self.case.x509.subject, &mut Random::of_case(state, 1));
        }
        if which != 1 {
            change(&mut self.case.csr.names, &mut self.case.csr.subject, &mut Random::of_case(state, 1));
        }
    }

    fn in_spec(&mut self) -> bool {
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
        0 | 1 | 2 => list.insert(at, random.pick(odd).to_owned()),
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

/// The CN in the certificate or the request.
pub(crate) fn common_name(b: &mut Bench) {
    if b.in_spec() {
        b.case.spec()["commonName"] =
            b.random.pick(&["web", "", "Web.Example.com", "web.example.com", "Größe", " web", "10.0.0.1"]).into();
        return;
    }
    b.issued(|_, subject, random| {
        let attribute = Attribute::new("2.5.4.3", random.pick(&["web", "", "web.example.com", "10.0.0.1", "Größe"]));
        match random.below(3) {
            0 => subject.retain(|rdn| rdn.iter().all(|attribute| attribute.oid != "2.5.4.3")),
            1 => subject.push(vec![attribute]),
            _ => subject.insert(0, vec![attribute]),
        }
    });
}

pub(crate) fn subject(b: &mut Bench) {
    let fields: Vec<&str> = SUBJECT.iter().map(|(field, _)| *field).collect();
    let field = b.random.pick(&fields);
    if b.in_spec() {
        match b.random.below(6) {
            0 => b.case.spec()["subject"] = json!({}),
            1 => b.case.spec()["subject"] = Value::Null,
            2 => b.case.spec()["subject"]["serialNumber"] = b.random.pick(&["1", "", "4711"]).into(),
            3 => b.case.spec()["subject"][field] = json!([]),
            4 => b.case.spec()["subject"][field] = json!(["b", "a", "a"]),
            _ => b.case.spec()["subject"][field] = json!(["Example"]),
        }
        return;
    }
    let oids: Vec<&str> = SUBJECT
        .iter()
        .map(|(_, oid)| *oid)
        .chain(["2.5.4.5", "2.5.4.42", "0.9.2342.19200300.100.1.25", "2.5.4.3"])
        .collect();
    b.issued(|_, subject, random| {
        let at = random.below(subject.len());
        let attribute = Attribute::new(random.pick(&oids), random.pick(&["Example", "a", "x y", "4711"]));
        match random.below(5) {
            0 if !subject.is_empty() => drop(subject.remove(at)),
            1 => subject.reverse(),
            2 if !subject.is_empty() => subject[at].push(attribute),
            3 if !subject.is_empty() => subject.push(subject[at].clone()),
            _ => subject.insert(at, vec![attribute]),
        }
    });
}

pub(crate) fn literal(b: &mut Bench) {
    match b.random.below(4) {
        0 => b.case.spec()["literalSubject"] = literal::odd(b.random).into(),
        1 => b.case.csr.subject.reverse(),
        _ => {
            let (text, subject) = literal::pair(b.random);
            b.case.spec()["literalSubject"] = text.into();
            b.case.csr.subject.clone_from(&subject);
            b.case.x509.subject = subject;
        }
    }
    if b.random.one_in(2) {
        b.case.spec()["commonName"] = Value::Null;
    }
}

/// Other string types, and values that do not fit theirs.
pub(crate) fn string_types(b: &mut Bench) {
    if b.case.csr.subject.is_empty() {
        b.case.csr.subject.push(vec![Attribute::new("2.5.4.3", "web")]);
    }
    b.issued(|_, subject, random| {
        let last = subject.len().saturating_sub(1);
        let Some(attribute) = subject.get_mut(random.below(last + 1)).and_then(|rdn| rdn.first_mut()) else {
            return;
        };
        attribute.string = random.choose(&[
            0x0c, 0x13, 0x14, 0x16, 0x12, 0x1e, 0x1c, 0x1a, 0x1b, 0x04, 0x02, 0x01, 0x30, 0x05, 0x17, 0x18, 0x06, 0x0a,
            0x03, 0x31,
        ]);
        match random.below(7) {
            0 => {
                attribute.value =
                    String::from_utf8_lossy(&attribute.value).encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
            1 => attribute.value.push(0xe9),
            2 => {
                attribute.value = random
                    .pick(&[
                        &b"123"[..],
                        b"a*b",
                        b"a&b",
                        b"a@b",
                        b"a_b",
                        b"\x80",
                        b"\xff\xff",
                        b"\xd8\0\xdc\0",
                        b"\0",
                        b"",
                    ])
                    .to_vec()
            }
            3 => attribute.value = vec![b'x'; random.below(3)],
            4 => {
                attribute.value = random
                    .pick(&[
                        &b"300101000000Z"[..],
                        b"20300101000000Z",
                        b"\x01",
                        b"\xff",
                        b"\x2a\x03",
                        b"\0\x80",
                        b"\x01\xff",
                    ])
                    .to_vec()
            }
            _ => {}
        }
    });
}

/// Extensions that are there twice, malformed or unknown.
pub(crate) fn extensions(b: &mut Bench) {
    let extension = match b.random.below(16) {
        0 => Extension::new(
            "2.5.29.17",
            false,
            Names { dns: vec!["other.example.com".into()], ..Names::default() }.general_names(),
        ),
        1 => Extension::new("2.5.29.17", true, vec![0x30, 0]),
        2 => Extension::new(
            "2.5.29.17",
            false,
            b.random.pick(&[&[][..], &[5, 0], &[0x30, 3, 0x82, 5, 0x61], &[0x31, 0], &[0x30, 0, 0]]).to_vec(),
        ),
        3 => Extension::new(
            "2.5.29.15",
            true,
            b.random
                .pick(&[&[3u8, 2, 5, 0xa0][..], &[], &[3, 1, 0], &[3, 2, 9, 0], &[4, 1, 0], &[3, 2, 5, 0xa1]])
                .to_vec(),
        ),
        4 => Extension::new(
            "2.5.29.19",
            true,
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 3, 1, 1, 0xff],
                    &[0x30, 3, 1, 1, 1],
                    &[0x30, 6, 1, 1, 0xff, 2, 1, 0],
                    &[0x30, 3, 2, 1, 5],
                    &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff],
                    &[5, 0],
                    &[0x30, 3, 1, 1, 0],
                ])
                .to_vec(),
        ),
        5 => Extension::new(
            "2.5.29.37",
            false,
            b.random
                .pick(&[&[0x30, 0][..], &[0x30, 4, 6, 2, 0x2a, 3], &[0x30, 2, 6, 0], &[0x30, 2, 5, 0], &[0x31, 0]])
                .to_vec(),
        ),
        6 => Extension::new("2.5.29.14", false, b.random.pick(&[&[4, 2, 1, 2][..], &[], &[4, 0], &[5, 0]]).to_vec()),
        7 => Extension::new(
            "2.5.29.35",
            false,
            b.random.pick(&[&[0x30, 4, 0x80, 2, 1, 2][..], &[0x30, 0], &[], &[5, 0], &[0x30, 3, 0x82, 1, 1]]).to_vec(),
        ),
        8 => Extension::new(
            "2.5.29.31",
            false,
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 9, 0x30, 7, 0xa0, 5, 0xa0, 3, 0x86, 1, 0x61],
                    &[5, 0],
                    &[0x30, 2, 0x30, 0],
                    &[0x30, 4, 0x30, 2, 0xa0, 0],
                ])
                .to_vec(),
        ),
        9 => Extension::new(
            "2.5.29.32",
            false,
            b.random.pick(&[&[0x30, 0][..], &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3], &[0x30, 2, 0x30, 0], &[5, 0]]).to_vec(),
        ),
        10 => Extension::new(
            "1.3.6.1.5.5.7.1.1",
            false,
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 9, 0x30, 7, 6, 2, 0x2a, 3, 0x86, 1, 0x61],
                    &[5, 0],
                    &[0x30, 2, 0x30, 0],
                    &[0x30, 2, 5, 0],
                ])
                .to_vec(),
        ),
        11 => Extension::new(
            "2.5.29.30",
            b.random.one_in(2),
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 7, 0xa0, 5, 0x30, 3, 0x82, 1, 0x61],
                    &[0x30, 8, 0xa1, 6, 0x30, 4, 0x82, 2, 0x2e, 0x2e],
                    &[0x30, 12, 0xa0, 10, 0x30, 8, 0x87, 6, 1, 2, 3, 4, 5, 6],
                    &[0x30, 2, 0xa0, 0],
                    &[5, 0],
                    &[0x30, 14, 0xa0, 12, 0x30, 10, 0x87, 8, 10, 0, 0, 0, 0xff, 0, 0xff, 0],
                    &[0x30, 7, 0xa0, 5, 0x30, 3, 0x81, 1, 0x40],
                    &[0x30, 7, 0xa0, 5, 0x30, 3, 0x86, 1, 0x31],
                ])
                .to_vec(),
        ),
        12 => Extension::new(
            "2.5.29.36",
            true,
            b.random.pick(&[&[0x30, 0][..], &[0x30, 3, 0x80, 1, 1], &[5, 0], &[0x30, 3, 0x81, 1, 0xff]]).to_vec(),
        ),
        13 => Extension::new("2.5.29.54", true, b.random.pick(&[&[2, 1, 1][..], &[2, 1, 0xff], &[5, 0]]).to_vec()),
        14 => Extension::new(
            "2.5.29.33",
            true,
            b.random.pick(&[&[0x30, 0][..], &[0x30, 10, 0x30, 8, 6, 2, 0x2a, 3, 6, 2, 0x2a, 4], &[5, 0]]).to_vec(),
        ),
        _ => Extension::new("1.2.3.4.5", true, vec![1, 2, 3]),
    };
    if b.random.one_in(2) {
        b.case.x509.extensions.push(extension.clone());
    }
    if b.random.one_in(2) {
        b.case.csr.extensions.push(extension.clone());
    }
    if b.random.one_in(4) {
        let repeated = extension.clone();
        b.case.x509.extensions.insert(0, repeated.clone());
        b.case.csr.extensions.push(repeated);
    }
    if b.random.one_in(5) {
        let list = sequence(&[&oid(&extension.oid), &tlv(4, &[&extension.value])]);
        b.case.csr.attributes.push(match b.random.below(4) {
            0 => sequence(&[&oid("1.2.840.113549.1.9.7"), &tlv(0x31, &[&tlv(0x13, &[b"secret"])])]),
            1 => extension_request(&[]),
            2 => sequence(&[&oid("1.2.840.113549.1.9.14"), &tlv(0x31, &[])]),
            _ => extension_request(&list),
        });
    }
}
