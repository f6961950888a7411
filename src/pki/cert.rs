//! X.509 certificates as crypto/x509's `ParseCertificate` reads them (rules 2.6, corrections 2, 4 and 8).

use std::collections::BTreeSet;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use thin_vec::ThinVec;

use super::der::{Der, Oid, tag};
use super::era::{Change, Era};
use super::extension::{self, Extension};
use super::{Name, PublicKey, SubjectAltNames, X509Certificate, name, public_key, validity};
use crate::go_quote::quote;
use crate::intern::{intern, intern_bytes};
use crate::time::Time;

/// Parses one certificate, which must be all of the input.
pub(crate) fn parse(der: &[u8], era: &Era) -> Result<X509Certificate, String> {
    let malformed = |what: &str| format!("x509: malformed {what}");
    let mut input = Der(der);
    let full = input.element(tag::SEQUENCE).ok_or_else(|| malformed("certificate"))?;
    let mut outer = Der(full.content);
    let mut tbs = outer.read(tag::SEQUENCE).ok_or_else(|| malformed("tbs certificate"))?;
    let version = version(&mut tbs)?;
    let mut certificate = X509Certificate { serial: serial(&mut tbs, era)?, ..empty() };
    signature_algorithms(&mut tbs, &mut outer, era)?;
    let issuer = tbs.element(tag::SEQUENCE).ok_or_else(|| malformed("issuer"))?.full;
    certificate.issuer_common_name = intern(&name::of_certificate(issuer, era)?.common_name);
    certificate.raw_issuer = intern_bytes(issuer);
    let validity = tbs.read(tag::SEQUENCE).ok_or_else(|| malformed("validity"))?;
    (certificate.not_before, certificate.not_after) = validity::read(validity, era)?;
    let subject = tbs.element(tag::SEQUENCE).ok_or_else(|| malformed("issuer"))?.full;
    certificate.subject = name::of_certificate(subject, era)?;
    certificate.raw_subject = subject.into();
    (certificate.public_key, certificate.public_key_sha256) = subject_public_key(&mut tbs, era)?;
    if version > 1 {
        tbs.optional(tag::context(1)).ok_or_else(|| malformed("issuerUniqueID"))?;
        tbs.optional(tag::context(2)).ok_or_else(|| malformed("subjectUniqueID"))?;
    }
    if version == 3 {
        extensions(&mut tbs, &mut certificate, era)?;
    }
    outer.bit_string().ok_or_else(|| malformed("signature"))?;
    if !input.is_empty() {
        return Err("x509: trailing data".to_owned());
    }
    Ok(certificate)
}

fn empty() -> X509Certificate {
    X509Certificate {
        serial: Box::default(),
        subject: Name::default(),
        raw_subject: Box::default(),
        raw_issuer: Arc::default(),
        issuer_common_name: Arc::default(),
        names: SubjectAltNames::default(),
        not_before: Time(0),
        not_after: Time(0),
        public_key: PublicKey::Unknown,
        public_key_sha256: Box::default(),
        is_ca: None,
        key_usage: None,
        extended_key_usages: ThinVec::new(),
        subject_key_id: Box::default(),
        authority_key_id: Arc::default(),
        other_names: None,
    }
}

/// 1 to 3.
fn version(tbs: &mut Der<'_>) -> Result<i64, String> {
    let malformed = || "x509: malformed version".to_owned();
    let version = match tbs.optional(tag::constructed(0)).ok_or_else(malformed)? {
        Some(mut explicit) => explicit.int64().filter(|_| explicit.is_empty()).ok_or_else(malformed)?,
        None => 0,
    };
    match version {
        ..0 => Err(malformed()),
        0..=2 => Ok(version + 1),
        // Go adds one first, and 2^63 is negative then.
        i64::MAX => Ok(i64::MIN),
        _ => Err("x509: invalid version".to_owned()),
    }
}

/// Upper-case hex, two digits an octet.
fn serial(tbs: &mut Der<'_>, era: &Era) -> Result<Box<str>, String> {
    let serial = tbs.integer().ok_or_else(|| "x509: malformed serial number".to_owned())?;
    let negative = serial.first().is_some_and(|octet| octet & 0x80 != 0);
    if negative && era.has(Change::PositiveSerial) {
        return Err("x509: negative serial number".to_owned());
    }
    let mut magnitude = serial.to_vec();
    if negative {
        let mut carry = true;
        for octet in magnitude.iter_mut().rev() {
            (*octet, carry) = (!*octet).overflowing_add(u8::from(carry));
        }
    }
    let digits = magnitude.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(&magnitude);
    let mut text = String::from(if negative { "-" } else { "" });
    push_hex(&mut text, digits, b"0123456789ABCDEF");
    Ok(text.into())
}

/// Writes octets as hex.
pub(crate) fn push_hex(text: &mut String, octets: &[u8], digits: &[u8; 16]) {
    text.reserve(2 * octets.len());
    for octet in octets {
        text.push(char::from(digits[usize::from(octet >> 4)]));
        text.push(char::from(digits[usize::from(octet & 15)]));
    }
}

fn signature_algorithms(tbs: &mut Der<'_>, outer: &mut Der<'_>, era: &Era) -> Result<(), String> {
    let inner = tbs.read(tag::SEQUENCE).ok_or("x509: malformed signature algorithm identifier")?;
    let other = outer.read(tag::SEQUENCE).ok_or("x509: malformed algorithm identifier")?;
    if inner.0 != other.0 {
        return Err("x509: inner and outer signature algorithm identifiers don't match".to_owned());
    }
    algorithm(inner, era).map(drop)
}

/// The OID and the parameters of an AlgorithmIdentifier.
fn algorithm<'a>(mut identifier: Der<'a>, era: &Era) -> Result<(Oid<'a>, &'a [u8]), String> {
    let oid = identifier.oid(era).ok_or("x509: malformed OID")?;
    if identifier.is_empty() {
        return Ok((oid, &[]));
    }
    let parameters = identifier.any().ok_or("x509: malformed parameters")?;
    Ok((oid, parameters.full))
}

/// The key, and its fingerprint.
fn subject_public_key(tbs: &mut Der<'_>, era: &Era) -> Result<(PublicKey, Box<[u8]>), String> {
    let element = tbs.element(tag::SEQUENCE).ok_or("x509: malformed spki")?;
    let mut info = Der(element.content);
    let identifier = info.read(tag::SEQUENCE).ok_or("x509: malformed public key algorithm identifier")?;
    let (oid, parameters) = algorithm(identifier, era)?;
    let key = info.bit_string().ok_or("x509: malformed subjectPublicKey")?;
    let key = public_key::parse(oid, parameters, key, era)?;
    Ok((key, digest(&SHA256, element.full).as_ref().into()))
}

fn extensions(tbs: &mut Der<'_>, certificate: &mut X509Certificate, era: &Era) -> Result<(), String> {
    let malformed = |what: &str| format!("x509: malformed {what}");
    let Some(mut explicit) = tbs.optional(tag::constructed(3)).ok_or_else(|| malformed("extensions"))? else {
        return Ok(());
    };
    let mut list = explicit.read(tag::SEQUENCE).ok_or_else(|| malformed("extensions"))?;
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    while !list.is_empty() {
        let mut fields = list.read(tag::SEQUENCE).ok_or_else(|| malformed("extension"))?;
        let id = fields.oid(era).ok_or_else(|| malformed("extension OID field"))?;
        let critical = match fields.peek(tag::BOOLEAN) {
            true => fields.boolean().ok_or_else(|| malformed("extension critical field"))?,
            false => false,
        };
        let value = fields.read(tag::OCTET_STRING).ok_or_else(|| malformed("extension value field"))?;
        if !seen.insert(id.0) && era.has(Change::UniqueExtensions) {
            return Err(match era.has(Change::NamesDuplicate) {
                true => format!("x509: certificate contains duplicate extension with OID {}", quote(&id.dotted())),
                false => "x509: certificate contains duplicate extensions".to_owned(),
            });
        }
        found.push(Extension { id: id.0, critical, value: value.0 });
    }
    found.into_iter().try_for_each(|extension| extension::process(extension, certificate, era))
}
