//! A second opinion on certificates that nobody disputes: what our own reader finds in them is what x509-parser finds.
//!
//! The reader is our own because which bytes are a certificate at all differs from one Go release to the next, and from
//! every crate. On well-formed certificates all must agree.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reissue_audit::pki::{CertificateMaterial, PublicKey, X509Certificate};
use reissue_audit::release::newest;
use serde_json::Value;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

/// The contents of every `tls.crt` of the demo cluster.
fn certificates() -> Vec<Vec<u8>> {
    let packed = std::fs::read("testdata/demo/demo.yaml.gz").unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    let list: Value = serde_saphyr::from_str(&text).unwrap();
    let secrets = list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "Secret");
    secrets.filter_map(|secret| secret["data"]["tls.crt"].as_str()).map(|text| STANDARD.decode(text).unwrap()).collect()
}

fn compare(ours: &X509Certificate, pem: &[u8]) {
    let der = Pem::iter_from_buffer(pem).next().unwrap().unwrap().contents;
    let (rest, theirs) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert!(rest.is_empty());
    let serial: String = theirs.raw_serial().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(ours.serial.trim_start_matches('0'), serial.trim_start_matches('0'));
    assert_eq!(ours.not_before.0, theirs.validity().not_before.timestamp());
    assert_eq!(ours.not_after.0, theirs.validity().not_after.timestamp());
    assert_eq!(&*ours.raw_subject, theirs.subject().as_raw());
    assert_eq!(&*ours.raw_issuer, theirs.issuer().as_raw());
    let common_name = theirs.subject().iter_common_name().last().map_or("", |name| name.as_str().unwrap());
    assert_eq!(&*ours.subject.common_name, common_name);
    assert_eq!(ours.is_ca, theirs.basic_constraints().unwrap().map(|extension| extension.value.ca));
    assert_eq!(ours.key_usage, theirs.key_usage().unwrap().map(|extension| extension.value.flags));
    compare_names(ours, &theirs);
    let bits = theirs.public_key().parsed().unwrap().key_size();
    match &ours.public_key {
        PublicKey::Rsa { bits: size, .. } => assert_eq!(usize::try_from(*size).unwrap(), bits),
        PublicKey::Ecdsa { point, .. } => assert_eq!(point.as_ref(), &*theirs.public_key().subject_public_key.data),
        PublicKey::Ed25519(key) => assert_eq!(&key[..], &*theirs.public_key().subject_public_key.data),
        other => panic!("{other:?}"),
    }
}

fn compare_names(ours: &X509Certificate, theirs: &x509_parser::certificate::X509Certificate<'_>) {
    let extension = theirs.subject_alternative_name().unwrap();
    let names = extension.as_ref().map_or(&[][..], |extension| &extension.value.general_names);
    let (mut dns, mut emails, mut uris, mut ips) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for name in names {
        match name {
            GeneralName::DNSName(name) => dns.push(Box::from(*name)),
            GeneralName::RFC822Name(name) => emails.push(Box::from(*name)),
            GeneralName::URI(name) => uris.push(Box::from(*name)),
            GeneralName::IPAddress(bytes) => ips.push(Box::from(*bytes)),
            _ => {}
        }
    }
    assert_eq!((&*ours.names.dns, &*ours.names.emails), (&*dns, &*emails));
    assert_eq!((&*ours.names.uris, &*ours.names.ips), (&*uris, &*ips));
}

#[test]
fn well_formed_certificates_are_read_alike() {
    let decoder = newest().decoder;
    let mut compared = 0;
    for pem in certificates() {
        let material = CertificateMaterial::read(&pem);
        compare(material.decode(&decoder).unwrap(), &pem);
        compared += 1;
    }
    assert!(compared > 30, "{compared} certificates");
}
