//! Mutations of subjects: attributes, their string types, literalSubject.

use serde_json::{Value, json};

use super::literal;
use super::mutation::Bench;
use super::pki::Attribute;
use super::shape::SUBJECT;

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
