//! Payloads put together octet by octet.

use super::super::asn1::{self, Fields, Kind};
use super::super::der::{Der, tag};
use super::super::pem::Blocks;
use base64::Engine as _;

pub(super) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pki").join(name)).unwrap()
}

/// The contents of the first block of a fixture.
pub(super) fn der_of(name: &str) -> Vec<u8> {
    let blocks = Blocks::find(&fixture(name));
    let reading = super::super::era::Reading::of(|era| blocks.of(era)[0].bytes.to_vec());
    reading.all().next().unwrap().clone()
}

pub(super) fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n").into_bytes()
}

/// An element of up to 64 KiB.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut all = vec![tag];
    match content.len() {
        n @ ..0x80 => all.push(n as u8),
        n @ ..0x100 => all.extend([0x81, n as u8]),
        n => all.extend([0x82, (n >> 8) as u8, n as u8]),
    }
    all.extend(content);
    all
}

/// The scalar of an ECPrivateKey.
pub(super) fn scalar(der: &[u8]) -> Vec<u8> {
    let mut fields = Fields::new(Fields::new(der).next(Kind::sequence("")).unwrap().content);
    fields.next(asn1::INT).unwrap();
    fields.next(asn1::BYTES).unwrap().content.to_vec()
}

/// The INTEGERs of an RSAPrivateKey, whole elements.
pub(super) fn numbers_of(name: &str) -> Vec<Vec<u8>> {
    let der = der_of(name);
    let mut fields = Der(&der).read(tag::SEQUENCE).unwrap();
    std::iter::from_fn(|| fields.any().map(|tlv| tlv.full.to_vec())).collect()
}

pub(super) fn rsa_numbers() -> Vec<Vec<u8>> {
    numbers_of("rsa2048-pkcs1.key")
}

pub(super) fn rsa_key(numbers: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = numbers.iter().map(|number| &**number).collect();
    tlv(0x30, &parts)
}

pub(super) const P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
pub(super) const ECDSA: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ECDSA_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// The SubjectPublicKeyInfo of p256.crt.
pub(super) fn p256_info() -> Vec<u8> {
    let der = der_of("p256.crt");
    let at = der.windows(ECDSA.len()).position(|window| window == ECDSA).unwrap();
    let end = der.windows(P256.len()).position(|window| window == P256).unwrap() + P256.len();
    tlv(0x30, &[&tlv(0x30, &[&der[at..end]]), &der[end..end + 68]])
}

/// The point in it.
pub(super) fn p256_point() -> Vec<u8> {
    let info = p256_info();
    info[info.len() - 65..].to_vec()
}

/// An attribute in an RDN of its own.
pub(super) fn rdn(attribute: u8, string: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x31, &[&tlv(0x30, &[&[6, 3, 0x55, 4, attribute], &tlv(string, &[value])])])
}

/// An extension of 2.5.29.
pub(super) fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    tlv(0x30, &[&[6, 3, 0x55, 0x1d, number], critical, &tlv(4, &[value])])
}

/// A SAN extension of one name.
pub(super) fn alt_name(tag: u8, value: &[u8]) -> Vec<u8> {
    extension(17, false, &tlv(0x30, &[&tlv(tag, &[value])]))
}

/// A certificate whose parts can be replaced.
pub(super) struct Certificate {
    pub(super) version: Vec<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) not_after: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) info: Vec<u8>,
    pub(super) extensions: Vec<Vec<u8>>,
}

impl Default for Certificate {
    fn default() -> Self {
        Self {
            version: tlv(0xa0, &[&[2, 1, 2]]),
            serial: vec![2, 1, 1],
            not_after: tlv(0x17, &[b"300101000000Z"]),
            subject: tlv(0x30, &[&rdn(3, 0x0c, b"web")]),
            info: p256_info(),
            extensions: Vec::new(),
        }
    }
}

impl Certificate {
    pub(super) fn der(&self) -> Vec<u8> {
        let validity = tlv(0x30, &[&tlv(0x17, &[b"200101000000Z"]), &self.not_after]);
        let list = tlv(0xa3, &[&tlv(0x30, &[&self.extensions.concat()])]);
        let extensions: &[u8] = if self.extensions.is_empty() { &[] } else { &list };
        let issuer = tlv(0x30, &[&rdn(3, 0x0c, b"cert-manager.local")]);
        let parts: [&[u8]; 8] =
            [&self.version, &self.serial, ECDSA_SHA256, &issuer, &validity, &self.subject, &self.info, extensions];
        tlv(0x30, &[&tlv(0x30, &parts), ECDSA_SHA256, &[3, 2, 0, 0]])
    }

    pub(super) fn pem(&self) -> Vec<u8> {
        pem("CERTIFICATE", &self.der())
    }
}

/// A request with the extension lists of its extensionRequest attributes.
pub(super) fn request(subject: &[u8], attributes: &[&[Vec<u8>]]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|extensions| {
            let id = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
            tlv(0x30, &[&id, &tlv(0x31, &[&tlv(0x30, &[&extensions.concat()])])])
        })
        .collect();
    let info = tlv(0x30, &[&[2, 1, 0], subject, &p256_info(), &tlv(0xa0, &[&attributes])]);
    pem("CERTIFICATE REQUEST", &tlv(0x30, &[&info, ECDSA_SHA256, &[3, 2, 0, 0]]))
}
