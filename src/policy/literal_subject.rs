//! `spec.literalSubject` against the subject of a signing request (rules 2.2).
//!
//! Source: `UnmarshalSubjectStringToRDNSequence`, `pkg/util/pki/parse.go` up to v1.11, `pkg/util/pki/subject.go` from
//! v1.12 on.

use thin_vec::ThinVec;

use super::ber;
use super::dn::{self, Attribute};
use crate::pki::{DecodeError, RdnAttribute, RdnSequence, X509Request};
use crate::release::{DnTypes, LiteralSubject, Release};

/// Attribute types that have names, with their object identifiers; the last two since 1.11.
const TYPES: [(&str, &[i64]); 10] = [
    ("C", &[2, 5, 4, 6]),
    ("O", &[2, 5, 4, 10]),
    ("OU", &[2, 5, 4, 11]),
    ("CN", &[2, 5, 4, 3]),
    ("SERIALNUMBER", &[2, 5, 4, 5]),
    ("L", &[2, 5, 4, 7]),
    ("ST", &[2, 5, 4, 8]),
    ("STREET", &[2, 5, 4, 9]),
    ("DC", &[0, 9, 2342, 19_200_300, 100, 1, 25]),
    ("UID", &[0, 9, 2342, 19_200_300, 100, 1, 1]),
];

/// Whether the text makes the subject that stands in the signing request.
///
/// # Errors
/// When the text is no distinguished name for this release, or cannot be encoded.
pub fn matches(literal: &str, request: &X509Request, release: &Release) -> Result<bool, DecodeError> {
    let rdns = parse(literal, release)?;
    match release.literal_subject {
        LiteralSubject::Der => Ok(encode(&rdns, release.dn_types)? == *request.raw_subject),
        LiteralSubject::Exclusive if rdns.is_empty() => Ok(false),
        _ => Ok(same_values(&rdns, request, release.dn_types)),
    }
}

/// The RDNs of a text: it is written most specific first, a subject the other way round.
fn parse(literal: &str, release: &Release) -> Result<Vec<dn::Rdn>, DecodeError> {
    if release.refuses_hash_values && literal.contains("=#") {
        return Err(DecodeError("unsupported distinguished name (DN): notation \"=#\" is not supported".to_owned()));
    }
    let mut rdns = dn::parse(literal, release.dn_parser)?;
    rdns.reverse();
    Ok(rdns)
}

/// The subject of a certificate in words, if it is not the one that the text makes. String types and the order of
/// attributes inside an RDN do not count, as issuers encode them anew. `None` too where the text makes no subject.
#[must_use]
pub fn differs(literal: &str, subject: &RdnSequence, release: &Release) -> Option<String> {
    let rdns = parse(literal, release).ok()?;
    let wanted: Option<RdnSequence> = rdns.iter().map(|rdn| values(rdn, release.dn_types)).collect();
    let mut actual = subject.clone();
    actual.iter_mut().for_each(|rdn| rdn.sort_unstable());
    (wanted? != actual).then(|| describe(subject))
}

/// The attributes of an RDN as a certificate has them, sorted; `None` when a type is unknown.
fn values(rdn: &dn::Rdn, types: DnTypes) -> Option<ThinVec<RdnAttribute>> {
    let attribute = |attribute: &Attribute| {
        let arcs = object_identifier(&attribute.type_, types)?;
        Some((dotted(&arcs).into(), Some(String::from_utf8_lossy(&attribute.value).into())))
    };
    let mut values: ThinVec<_> = rdn.iter().map(attribute).collect::<Option<_>>()?;
    values.sort_unstable();
    Some(values)
}

fn dotted(arcs: &[i64]) -> String {
    arcs.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// The object identifier of a type; `None` for an unknown one.
fn object_identifier(type_: &[u8], types: DnTypes) -> Option<Vec<i64>> {
    let known = if types == DnTypes::Base { 8 } else { TYPES.len() };
    let named = TYPES.iter().take(known).find(|(name, _)| name.as_bytes() == type_);
    if let Some((_, arcs)) = named {
        return Some(arcs.to_vec());
    }
    let text = std::str::from_utf8(type_).ok().filter(|_| types == DnTypes::WithOids)?;
    // Go's strconv.Atoi takes a sign, and so does Rust.
    text.split('.').map(|arc| arc.parse().ok()).collect()
}

/// Decoded values, attribute by attribute; string types are not compared.
fn same_values(rdns: &[dn::Rdn], request: &X509Request, types: DnTypes) -> bool {
    let same = |written: &Attribute, (oid, value): &RdnAttribute| {
        let arcs = object_identifier(&written.type_, types).unwrap_or_default();
        !arcs.is_empty()
            && dotted(&arcs) == **oid
            && value.as_deref().is_some_and(|text| text.as_bytes() == written.value)
    };
    rdns.len() == request.rdn_sequence.len()
        && rdns.iter().zip(&request.rdn_sequence).all(|(written, actual)| {
            written.len() == actual.len() && written.iter().zip(actual).all(|(w, a)| same(w, a))
        })
}

/// The subject's DER as Go's `asn1.Marshal` makes it from a `pkix.RDNSequence`.
fn encode(rdns: &[dn::Rdn], types: DnTypes) -> Result<Vec<u8>, DecodeError> {
    let mut names = Vec::new();
    for rdn in rdns {
        let attributes: Result<Vec<_>, _> = rdn.iter().map(|attribute| encode_attribute(attribute, types)).collect();
        let mut attributes = attributes?;
        attributes.sort_unstable();
        names.extend(ber::element(0x31, &attributes.concat()));
    }
    Ok(ber::element(0x30, &names))
}

fn encode_attribute(attribute: &Attribute, types: DnTypes) -> Result<Vec<u8>, DecodeError> {
    let arcs = object_identifier(&attribute.type_, types).unwrap_or_default();
    let oid = ber::object_identifier(&arcs);
    let mut bytes = oid.ok_or_else(|| DecodeError("asn1: structure error: invalid object identifier".to_owned()))?;
    let value = &attribute.value;
    let tag = if value.iter().all(|&byte| ber::is_printable(byte)) {
        0x13
    } else if std::str::from_utf8(value).is_ok() {
        0x0c
    } else {
        return Err(DecodeError("asn1: string not valid UTF-8".to_owned()));
    };
    bytes.extend(ber::element(tag, value));
    Ok(ber::element(0x30, &bytes))
}

/// A subject for people, most specific first, as a literal subject is written.
#[must_use]
pub fn describe(subject: &RdnSequence) -> String {
    let attribute = |(oid, value): &RdnAttribute| {
        let name = TYPES.iter().find(|(_, arcs)| dotted(arcs) == **oid).map_or(&**oid, |(name, _)| name);
        format!("{name}={}", value.as_deref().unwrap_or("(no text)"))
    };
    let rdn = |rdn: &ThinVec<_>| rdn.iter().map(attribute).collect::<Vec<_>>().join("+");
    let text = subject.iter().rev().map(rdn).collect::<Vec<_>>().join(",");
    if text.is_empty() { "none".to_owned() } else { text }
}
