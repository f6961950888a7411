//! Mutations of PEM: damage, foreign blocks, chains, sizes.

use serde_json::json;

use super::mutation::Bench;
use super::pem::{damage, pem};

pub(crate) fn key(b: &mut Bench) {
    b.case.key_pem = damage(&b.case.key_pem, b.random);
}

pub(crate) fn certificate(b: &mut Bench) {
    b.case.crt_pem = damage(&b.case.crt_pem, b.random);
}

pub(crate) fn request(b: &mut Bench) {
    b.case.csr_pem = damage(&b.case.csr_pem, b.random);
}

/// Further blocks around the certificate.
pub(crate) fn chain(b: &mut Bench) {
    let block = |b: &mut Bench| match b.random.below(8) {
        0 => b.case.key_pem.clone(),
        1 => b.case.csr_pem.clone(),
        2 => pem("X509 CRL", &[0x30, 0]),
        3 => pem("CERTIFICATE", &super::der::damage(&b.case.crt_der, b.random)),
        4 => pem(b.random.pick(&["TRUSTED CERTIFICATE", "PRIVATE KEY", "FOO"]), &b.case.crt_der),
        5 => damage(&b.case.crt_pem, b.random),
        _ => {
            let mut ca = b.case.x509.clone();
            ca.serial = vec![9];
            pem("CERTIFICATE", &ca.der())
        }
    };
    for _ in 0..1 + b.random.below(3) {
        let other = block(b);
        b.case.crt_pem = if b.random.one_in(4) {
            [other, b.case.crt_pem.clone()].concat()
        } else {
            [b.case.crt_pem.clone(), other].concat()
        };
    }
    if b.random.one_in(5) {
        let other = block(b);
        b.case.key_pem = if b.random.one_in(2) {
            [other, b.case.key_pem.clone()].concat()
        } else {
            [b.case.key_pem.clone(), other].concat()
        };
    }
}

/// Payloads around the size limits of all releases.
pub(crate) fn limits(b: &mut Bench) {
    let near = b.random.between(-1, 1);
    let mut size = |of: &[i64]| usize::try_from(b.random.choose(of) + near).unwrap_or_default();
    let (key, certificate, request) =
        (size(&[13_000]), size(&[65_000, 330_000, 6_500, 36_500]), size(&[6_500, 36_500]));
    let fill = |text: &mut Vec<u8>, size: usize, front: bool| {
        if let Some(missing) = size.checked_sub(text.len()) {
            let filling = vec![b'\n'; missing];
            text.splice(if front { 0..0 } else { text.len()..text.len() }, filling);
        }
    };
    let front = b.random.one_in(2);
    match b.random.below(4) {
        0 => fill(&mut b.case.key_pem, key, front),
        1 => fill(&mut b.case.crt_pem, certificate, front),
        2 => fill(&mut b.case.csr_pem, request, front),
        _ => {
            // Limits of one's own; cert-manager does not start with less than 1.
            let near = |length: usize, by: i64| (i64::try_from(length).unwrap_or_default() + by).max(1);
            let (one, two, three) = (b.random.between(-1, 1), b.random.between(-1, 1), b.random.between(-1, 1));
            b.case.flags["pemLimits"] = json!({
                "certificate": near(b.case.csr_pem.len(), one), "privateKey": near(b.case.key_pem.len(), two),
                "chain": 95_000, "bundle": near(b.case.crt_pem.len(), three),
            });
        }
    }
}
