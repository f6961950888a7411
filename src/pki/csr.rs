//! Certificate signing requests as crypto/x509's `ParseCertificateRequest` reads them (rules 2.7, corrections 4 and 7).

use std::collections::BTreeSet;

use super::asn1::{self, Element, Fault, Fields, Kind, syntax};
use super::era::{Change, Era};
use super::{OtherNames, PublicKey, SubjectAltNames, X509Request, name, other_names, public_key, san};

/// 1.2.840.113549.1.9.14
const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

const ALGORITHM: Kind = Kind::sequence("AlgorithmIdentifier");

/// Parses a request, which must be all of the input. Its signature is not verified.
pub(crate) fn parse(der: &[u8], era: &Era) -> Result<X509Request, Fault> {
    let mut input = Fields::new(der);
    let mut outer = Fields::new(input.next(Kind::sequence("certificateRequest"))?.content);
    let info = outer.next(Kind::sequence("tbsCertificateRequest"))?;
    let (subject, key, attributes) = request_info(info.content)?;
    algorithm(outer.next(ALGORITHM)?)?;
    asn1::bit_string(outer.next(asn1::BIT_STRING)?.content)?;
    if !input.rest().is_empty() {
        return Err(syntax("trailing data"));
    }
    let public_key = subject_public_key(key, era)?;
    let (name, rdn_sequence) = name::of_request(subject.full, era)?;
    let alt_names = requested_alt_names(attributes, era)?;
    let mut names = SubjectAltNames::default();
    for value in &alt_names {
        names = san::read(value, era)?;
    }
    let other_names = alt_names.first().map_or(OtherNames::NoExtension, |value| other_names::read(value, era));
    Ok(X509Request { subject: name, raw_subject: subject.full.into(), rdn_sequence, names, other_names, public_key })
}

/// Subject, SubjectPublicKeyInfo and attributes; every structure down to the key's BIT STRING is checked here.
fn request_info(content: &[u8]) -> Result<(Element<'_>, Element<'_>, Vec<Element<'_>>), Fault> {
    let mut fields = Fields::new(content);
    asn1::int(fields.next(asn1::INT)?)?;
    let subject = fields.any()?;
    let key = fields.next(Kind::sequence("publicKeyInfo"))?;
    let mut key_fields = Fields::new(key.content);
    algorithm(key_fields.next(ALGORITHM)?)?;
    asn1::bit_string(key_fields.next(asn1::BIT_STRING)?.content)?;
    let attributes = asn1::elements(fields.next(Kind::sequence("").tagged(0))?.content, None)?;
    Ok((subject, key, attributes))
}

/// The OID and the parameters of an AlgorithmIdentifier.
pub(crate) fn algorithm<'a>(element: Element<'a>) -> Result<(super::der::Oid<'a>, &'a [u8]), Fault> {
    let mut fields = Fields::new(element.content);
    let oid = asn1::oid(fields.next(asn1::OID)?)?;
    Ok((oid, fields.optional_any()?.map_or(&[], |parameters| parameters.full)))
}

fn subject_public_key(info: Element<'_>, era: &Era) -> Result<PublicKey, Fault> {
    let mut fields = Fields::new(info.content);
    let (oid, parameters) = algorithm(fields.next(ALGORITHM)?)?;
    let key = asn1::bit_string(fields.next(asn1::BIT_STRING)?.content)?;
    public_key::parse(oid, parameters, key, era)
}

/// The values of the SAN extensions that are requested, in order.
fn requested_alt_names<'a>(attributes: Vec<Element<'a>>, era: &Era) -> Result<Vec<&'a [u8]>, Fault> {
    let (mut values, mut seen, mut kinds) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for element in attributes {
        // Attributes that do not parse are ignored.
        let Ok(Some((kind, list))) = attribute(element.full) else { continue };
        if !kinds.insert(kind) && !era.has(Change::RepeatedAttributes) {
            return Err("x509: certificate request contains duplicate extensions".to_owned());
        }
        if kind != EXTENSION_REQUEST {
            continue;
        }
        let mut requested = Vec::new();
        let list = Fields::new(list.full).next(Kind::sequence(""))?;
        for extension in asn1::elements(list.content, Some(Kind::sequence("Extension")))? {
            let mut fields = Fields::new(extension.content);
            let id = asn1::oid(fields.next(asn1::OID)?)?;
            if let Some(critical) = fields.optional(asn1::BOOL)? {
                asn1::boolean(critical.content)?;
            }
            requested.push((id.0, fields.next(asn1::BYTES)?.content));
        }
        for (id, value) in requested {
            if !seen.insert(id) && era.has(Change::UniqueExtensions) {
                return Err("x509: certificate request contains duplicate requested extensions".to_owned());
            }
            if id == SUBJECT_ALT_NAME {
                values.push(value);
            }
        }
    }
    Ok(values)
}

/// The type of an attribute and its first value.
fn attribute(full: &[u8]) -> Result<Option<(&[u8], Element<'_>)>, Fault> {
    let mut outer = Fields::new(full);
    let mut fields = Fields::new(outer.next(Kind::sequence("pkcs10Attribute"))?.content);
    let id = asn1::oid(fields.next(asn1::OID)?)?;
    let values = asn1::elements(fields.next(Kind::set(""))?.content, None)?;
    let first = values.into_iter().next().filter(|_| outer.rest().is_empty());
    Ok(first.map(|first| (id.0, first)))
}
