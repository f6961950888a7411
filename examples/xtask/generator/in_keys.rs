//! Mutations of keys, of their structures and of the fields of certificates.

use serde_json::{Value, json};

use super::der::{self, oid, sequence, tlv};
use super::keys::Key;
use super::mutation::Bench;
use super::random::Random;
use super::shape;

fn any<'a>(b: &mut Bench<'a>) -> &'a Key {
    &b.pool[b.random.below(b.pool.len())]
}

/// Another key in the Secret, the certificate, the request, or several of them.
pub(crate) fn swap(b: &mut Bench) {
    let key = any(b).clone();
    let which = b.random.choose(&[1, 2, 4, 3, 5, 6, 7, 7, 7]);
    if which & 1 != 0 {
        b.case.key_der = shape::wrapping(&key, b.random);
        b.case.key = key.clone();
    }
    if which & 2 != 0 {
        b.case.x509.public.clone_from(&key.public);
    }
    if which & 4 != 0 {
        b.case.csr.public.clone_from(&key.public);
    }
    if b.random.one_in(2) && !key.algorithm.is_empty() {
        b.case.spec()["privateKey"] = json!({"algorithm": key.algorithm, "size": key.size});
    }
}

/// Public keys of algorithms or curves that Go does not know, or with damage.
pub(crate) fn unknown(b: &mut Bench) {
    let odd: Vec<&Key> = b.pool.iter().filter(|key| key.algorithm.is_empty()).collect();
    let mut public = odd[b.random.below(odd.len())].public.clone();
    match b.random.below(3) {
        0 => {
            let key = any(b);
            public = der::damage(&key.public, b.random);
        }
        1 => {
            let curves: Vec<&Key> = b.pool.iter().filter(|key| key.algorithm == "ECDSA").collect();
            public = odd_point(curves[b.random.below(curves.len())], b.random);
        }
        _ => {}
    }
    if b.random.one_in(2) {
        b.case.x509.public.clone_from(&public);
    } else {
        b.case.csr.public = public;
    }
}

/// `spec.privateKey`.
pub(crate) fn spec(b: &mut Bench) {
    let wish = match b.random.below(9) {
        0 => Value::Null,
        1 => json!({}),
        2 => json!({"algorithm": b.random.pick(&["RSA", "ECDSA", "Ed25519", ""])}),
        3 => json!({"size": b.random.choose(&[0, 256, 384, 2048, 4096])}),
        4 if b.random.one_in(4) => json!({"algorithm": b.random.pick(&["ed25519", "rsa", "DSA"])}),
        5 => json!({"encoding": "PKCS8", "rotationPolicy": "Always"}),
        _ => json!({
            "algorithm": b.random.pick(&["RSA", "ECDSA", "Ed25519"]),
            "size": b.random.choose(&[0, 224, 256, 384, 521, 1024, 2048, 2049, 3072, 4096, 8192]),
        }),
    };
    b.case.spec()["privateKey"] = wish;
}

/// The right key in a structure or under a label that may not fit.
pub(crate) fn wrapping(b: &mut Bench) {
    let key = b.case.key.clone();
    let label = b.random.pick(&[
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "ANY PRIVATE KEY",
        "DSA PRIVATE KEY",
        "EC PARAMETERS",
        "CERTIFICATE",
        "PUBLIC KEY",
        " PRIVATE KEY",
    ]);
    let der = match (&key.traditional, b.random.below(6)) {
        (Some(traditional), 0..=2) => traditional.clone(),
        (_, 3) if b.random.one_in(4) => key.public.clone(),
        (_, 3) => structure(b, &key),
        (Some(traditional), 4) => [traditional, &[0u8, 1][..]].concat(),
        (_, 5) => [&key.pkcs8, &[0u8, 1][..]].concat(),
        _ => key.pkcs8.clone(),
    };
    b.case.key_der = (label.to_owned(), der);
}

/// The parts of PKCS#8 and SEC 1 that may be there or not, or belong to another key.
fn structure(b: &mut Bench, key: &Key) -> Vec<u8> {
    let scalar = key.traditional.as_deref().and_then(der::inside).and_then(der::split).map(|(_, rest)| rest);
    let scalar = scalar.and_then(der::split).map_or(&[4, 1, 1][..], |(scalar, _)| scalar);
    let curve = tlv(0xa0, &[&oid(b.random.pick(&["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.10", "1.2.3"]))]);
    let content = der::inside(scalar).unwrap_or_default();
    let point = tlv(0xa1, &[&[3, 2, 0, 4]]);
    match b.random.below(9) {
        0 => sequence(&[der::inside(&key.pkcs8).unwrap_or_default(), &[0xa0, 0]]),
        1 => sequence(&[der::inside(&key.pkcs8).unwrap_or_default(), &tlv(0x81, &[&[0; 33]])]),
        2 => sequence(&[&[2, 1, 1], scalar]),
        3 => sequence(&[&[2, 1, 1], scalar, &curve]),
        4 => sequence(&[&[2, 1, 1], scalar, &curve, &point]),
        5 => sequence(&[&[2, 1, 1], &tlv(4, &[&[0], content]), &curve]),
        6 => sequence(&[&[2, 1, 1], &tlv(4, &[content.get(1..).unwrap_or_default()]), &curve]),
        7 => sequence(&[&[2, 1, 2], scalar, &curve]),
        _ => sequence(&[&[2, 1, 1], &tlv(4, &[&[0xff; 32]]), &curve]),
    }
}

/// The public key of an elliptic curve with its point compressed, at infinity, or beside the curve.
fn odd_point(key: &Key, random: &mut Random) -> Vec<u8> {
    let Some((algorithm, bits)) = der::inside(&key.public).and_then(der::split) else {
        return key.public.clone();
    };
    let bits = der::inside(bits).unwrap_or_default();
    let half = bits.len().saturating_sub(2) / 2;
    let x = bits.get(2..2 + half).unwrap_or_default();
    let sign = bits.last().map_or(2, |last| 2 + (last & 1));
    let point = match random.below(6) {
        0 | 1 => [&[0, sign], x].concat(),
        2 => vec![0, 0],
        3 => [&[0, 6 | sign], bits.get(2..).unwrap_or_default()].concat(),
        4 => [&[0, 4], x, x].concat(),
        _ => [bits, &[0]].concat(),
    };
    sequence(&[algorithm, &tlv(3, &[&point])])
}

pub(crate) fn key_der(b: &mut Bench) {
    let (label, mut der) = b.case.key_der.clone();
    for _ in 0..if b.random.one_in(4) { 2 } else { 1 } {
        der = der::damage(&der, b.random);
    }
    b.case.key_der = (label, der);
}

pub(crate) fn crt_der(b: &mut Bench) {
    let mut der = b.case.crt_der.clone();
    for _ in 0..if b.random.one_in(4) { 2 } else { 1 } {
        der = der::damage(&der, b.random);
    }
    b.case.crt_der = der;
}

pub(crate) fn csr_der(b: &mut Bench) {
    let mut der = b.case.csr_der.clone();
    for _ in 0..if b.random.one_in(4) { 2 } else { 1 } {
        der = der::damage(&der, b.random);
    }
    b.case.csr_der = der;
}

/// The numbers of an RSA key: exchanged, wrong, negative, zero.
pub(crate) fn rsa_numbers(b: &mut Bench) {
    let keys: Vec<&Key> =
        b.pool.iter().filter(|key| key.algorithm == "RSA" && key.size <= 2048 && key.traditional.is_some()).collect();
    let key = keys[b.random.below(keys.len())];
    let mut numbers = Vec::new();
    let mut rest = key.traditional.as_deref().and_then(der::inside).unwrap_or_default();
    while let Some((number, after)) = der::split(rest) {
        numbers.push(number.to_vec());
        rest = after;
    }
    let count = numbers.len().min(9);
    let at = b.random.below(count);
    match b.random.below(9) {
        0 => {
            let other = b.random.below(count);
            numbers.swap(at, other);
        }
        1 => numbers[at] = vec![2, 1, b.random.choose(&[0, 1, 2, 3, 0x7f, 0xff])],
        2 => {
            let last = numbers[at].len() - 1;
            numbers[at][last] ^= 1 << b.random.below(8);
        }
        3 => drop(numbers.remove(at)),
        4 => numbers.swap(4, 5),
        5 => numbers.push(sequence(&[&sequence(&[&[2, 1, 3], &[2, 1, 1], &[2, 1, 1]])])),
        6 => numbers[0] = vec![2, 1, b.random.choose(&[0, 1, 2])],
        7 => {
            let content = der::inside(&numbers[at]).unwrap_or_default().to_vec();
            numbers[at] = tlv(2, &[&[0], &content]);
        }
        _ => numbers[2] = tlv(2, &[&b.random.choose(&[[1u8, 0, 1], [0, 0, 3], [1, 0, 2], [0x7f, 0xff, 0xff]])]),
    }
    let parts: Vec<&[u8]> = numbers.iter().map(|number| &**number).collect();
    let pkcs1 = sequence(&parts);
    b.case.x509.public.clone_from(&key.public);
    b.case.csr.public.clone_from(&key.public);
    b.case.encode_der();
    if b.random.one_in(2) {
        b.case.key_der = ("RSA PRIVATE KEY".to_owned(), pkcs1);
    } else {
        let algorithm = sequence(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]);
        b.case.key_der = ("PRIVATE KEY".to_owned(), sequence(&[&[2, 1, 0], &algorithm, &tlv(4, &[&pkcs1])]));
    }
    b.case.spec()["privateKey"] = json!({"algorithm": "RSA", "size": key.size});
}

/// Version and serial number.
pub(crate) fn certificate_fields(b: &mut Bench) {
    match b.random.below(4) {
        0 => b.case.x509.version = b.random.choose(&[None, Some(0), Some(1), Some(3), Some(0xff)]),
        1 => {
            b.case.x509.version = b.random.choose(&[None, Some(0), Some(1)]);
            b.case.x509.extensions.clear();
        }
        2 => b.case.csr.version = b.random.choose(&[1, 2, 0xff]),
        _ => {
            b.case.x509.serial = b
                .random
                .pick(&[&[0u8][..], &[0xff], &[0x80, 0, 1], &[0, 1], &[], &[0xff, 0xff], &[0x7f; 40], &[0, 0x80]])
                .to_vec();
        }
    }
}
