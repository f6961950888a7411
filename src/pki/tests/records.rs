//! What a snapshot records of a payload is all that any Go makes of it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::record::{CertificateRecord, RequestRecord};
use super::*;

const FIXTURES: [&str; 14] = [
    "rsa2048.crt",
    "rsa2048.csr",
    "rsa2048.key",
    "rsa2048-pkcs1.key",
    "p224.key",
    "p256.crt",
    "p256.csr",
    "p256.key",
    "p256-no-public.key",
    "p384-sec1.key",
    "p521.crt",
    "p521.key",
    "ed25519.crt",
    "ed25519.key",
];

/// Every fixture, cut, doubled, turned around, between text, with an END line before it, and beside another.
fn payloads() -> Vec<Vec<u8>> {
    let mut payloads = vec![Vec::new(), b"nonsense".to_vec(), b"-----BEGIN A-----\nQUJD\n-----END A-----\n".to_vec()];
    let all: Vec<Vec<u8>> = FIXTURES.iter().map(|name| fixture(name)).collect();
    for (at, payload) in all.iter().enumerate() {
        let next = &all[(at + 1) % all.len()];
        payloads.push(payload.clone());
        payloads.push(payload[..payload.len() / 2].to_vec());
        payloads.push([payload.as_slice(), payload].concat());
        payloads.push([payload.as_slice(), next].concat());
        payloads.push([b"subject=CN = a\n", payload.as_slice(), b"that was it\n"].concat());
        payloads.push([b"\n-----END X-----\n", payload.as_slice()].concat());
        let text = String::from_utf8(payload.clone()).unwrap();
        payloads.push(text.replacen('M', "N", 7).into_bytes());
        payloads.push(text.replace(" KEY", " HEY").into_bytes());
        payloads.push(text.replace("PRIVATE", "EC PRIVATE").into_bytes());
    }
    payloads
}

fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn keys_come_back_as_every_go_reads_them() {
    for payload in payloads() {
        let read = KeyMaterial::read(&payload, &CertificateMaterial::default());
        assert_eq!(format!("{:?}", again(&read)), format!("{read:?}"), "{}", String::from_utf8_lossy(&payload));
    }
}

#[test]
fn certificates_come_back_with_and_without_their_text() {
    for payload in payloads() {
        for keep in [false, true] {
            let read = if keep { CertificateMaterial::read_and_keep } else { CertificateMaterial::read }(&payload);
            let restored = CertificateMaterial::of_record(again(&CertificateRecord::from(&read)), keep).unwrap();
            assert_eq!(format!("{restored:?}"), format!("{read:?}"), "{}", String::from_utf8_lossy(&payload));
        }
    }
}

#[test]
fn requests_come_back_with_and_without_their_text() {
    for payload in payloads() {
        for keep in [false, true] {
            let read = if keep { RequestMaterial::read_and_keep } else { RequestMaterial::read }(&payload);
            let restored = RequestMaterial::of_record(again(&RequestRecord::from(&read)), keep).unwrap();
            assert_eq!(format!("{restored:?}"), format!("{read:?}"), "{}", String::from_utf8_lossy(&payload));
        }
    }
}

#[test]
fn only_certificates_and_requests_alone_are_kept_as_they_stand() {
    let json = |payload: &[u8]| {
        let certificate = CertificateRecord::from(&CertificateMaterial::read_and_keep(payload));
        let request = RequestRecord::from(&RequestMaterial::read_and_keep(payload));
        [serde_json::to_value(certificate).unwrap(), serde_json::to_value(request).unwrap()]
            .map(|record| record.get("pem").is_some())
    };
    let (certificate, request, key) = (fixture("p256.crt"), fixture("p256.csr"), fixture("p256.key"));
    let chain = [certificate.as_slice(), &fixture("rsa2048.crt")].concat();
    for (payload, kept) in [
        (&certificate, [true, false]),
        (&chain, [true, false]),
        (&request, [false, true]),
        (&key, [false, false]),
        (&[certificate.as_slice(), &key].concat(), [false, false]),
        (&[key.as_slice(), &certificate].concat(), [false, false]),
        (&[request.as_slice(), &key].concat(), [false, false]),
        (&[certificate.as_slice(), b"password: x\n"].concat(), [false, false]),
        (&String::from_utf8_lossy(&key).replace("PRIVATE KEY", "CERTIFICATE").into_bytes(), [false, false]),
        (&Vec::new(), [false, false]),
    ] {
        assert_eq!(json(payload), kept, "{}", String::from_utf8_lossy(payload));
    }
}

#[test]
fn a_change_that_is_not_known_is_refused() {
    let read = KeyMaterial::read(&fixture("p256.key"), &CertificateMaterial::default());
    let mut value = serde_json::to_value(&read).unwrap();
    value["readings"][0]["asked"] = serde_json::json!(["somethingOfGo2"]);
    assert!(serde_json::from_value::<KeyMaterial>(value).unwrap_err().to_string().contains("somethingOfGo2"));
}
