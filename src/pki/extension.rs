//! The extensions of a certificate that crypto/x509 parses, and refuses the certificate for when they are malformed.

use std::collections::BTreeSet;
use std::sync::Arc;

use thin_vec::ThinVec;

use super::der::{BitString, Der, tag};
use super::era::{Change, Era};
use super::name_constraints;
use super::{X509Certificate, other_names, san};
use crate::intern::{exact, intern_bytes};

/// 1.3.6.1.5.5.7.1.1
const AUTHORITY_INFO_ACCESS: [u8; 8] = [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];

/// An extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extension<'a> {
    /// The OID's contents.
    pub(crate) id: &'a [u8],
    /// Whether it is critical.
    pub(crate) critical: bool,
    /// The contents of the OCTET STRING.
    pub(crate) value: &'a [u8],
}

/// Reads one extension into the certificate. Unknown ones are not looked at, be they critical or not.
pub(crate) fn process(extension: Extension<'_>, certificate: &mut X509Certificate, era: &Era) -> Result<(), String> {
    let value = Der(extension.value);
    let critical = |what: &str| match extension.critical && era.has(Change::CriticalIdentifiers) {
        true => Err(format!("x509: {what} incorrectly marked critical")),
        false => Ok(()),
    };
    if extension.id == AUTHORITY_INFO_ACCESS {
        critical("authority info access")?;
        return access_descriptions(value, era).ok_or_else(|| "x509: invalid authority info access".to_owned());
    }
    let &[0x55, 0x1d, number] = extension.id else { return Ok(()) };
    let checked = |ok: Option<()>, what: &str| ok.ok_or_else(|| format!("x509: invalid {what}"));
    match number {
        14 => {
            critical("subject key identifier")?;
            let id = { value }.read(tag::OCTET_STRING).ok_or("x509: invalid subject key identifier")?;
            certificate.subject_key_id = id.0.into();
        }
        15 => certificate.key_usage = Some(key_usage(value).ok_or("x509: invalid key usage")?),
        17 => {
            certificate.names = san::read(extension.value, era)?;
            certificate.other_names = other_names::in_certificate(extension.value, era).map(Box::new);
        }
        19 => {
            certificate.is_ca = Some(basic_constraints(value, era).ok_or("x509: invalid basic constraints")?);
        }
        30 => name_constraints::check(value, era)?,
        31 => distribution_points(value)?,
        32 => return checked(policies(value, era), "certificate policies"),
        35 => {
            critical("authority key identifier")?;
            let id = authority_key_id(value).ok_or("x509: invalid authority key identifier")?;
            certificate.authority_key_id = intern_bytes(id);
        }
        37 => {
            certificate.extended_key_usages = key_purposes(value, era).ok_or("x509: invalid extended key usages")?;
        }
        33 | 36 | 54 => return policy_extension(number, value, era),
        _ => {}
    }
    Ok(())
}

fn key_usage(mut value: Der<'_>) -> Option<u16> {
    let bits: BitString<'_> = value.bit_string()?;
    Some((0..9).filter(|&bit| bits.at(bit)).fold(0, |usage, bit| usage | 1 << bit))
}

fn basic_constraints(mut value: Der<'_>, era: &Era) -> Option<bool> {
    let mut fields = value.read(tag::SEQUENCE)?;
    let is_ca = if fields.peek(tag::BOOLEAN) { fields.boolean()? } else { false };
    if fields.peek(tag::INTEGER) {
        let length = fields.integer()?;
        let fits = super::der::signed(length);
        // What is beyond int64 is refused by all, what is negative by the newer ones.
        if fits? < 0 && era.has(Change::PathLength) {
            return None;
        }
    }
    Some(is_ca)
}

fn authority_key_id<'a>(mut value: Der<'a>) -> Option<&'a [u8]> {
    let mut fields = value.read(tag::SEQUENCE)?;
    let id = fields.optional(tag::context(0))?;
    Some(id.map_or(&[], |id| id.0))
}

fn key_purposes(mut value: Der<'_>, era: &Era) -> Option<ThinVec<Arc<str>>> {
    let (mut list, mut purposes) = (value.read(tag::SEQUENCE)?, Vec::new());
    while !list.is_empty() {
        purposes.push(list.oid(era)?.interned());
    }
    Some(exact(purposes))
}

fn access_descriptions(mut value: Der<'_>, era: &Era) -> Option<()> {
    let mut list = value.read(tag::SEQUENCE)?;
    while !list.is_empty() {
        let mut description = list.read(tag::SEQUENCE)?;
        description.oid(era)?;
        description.optional(tag::context(6))?;
    }
    Some(())
}

fn distribution_points(mut value: Der<'_>) -> Result<(), String> {
    let mut list = value.read(tag::SEQUENCE).ok_or("x509: invalid CRL distribution points")?;
    while !list.is_empty() {
        distribution_point(&mut list).ok_or("x509: invalid CRL distribution point")?;
    }
    Ok(())
}

fn distribution_point(list: &mut Der<'_>) -> Option<()> {
    let mut point = list.read(tag::SEQUENCE)?;
    let Some(mut name) = point.optional(tag::constructed(0))? else { return Some(()) };
    let mut names = name.read(tag::constructed(0))?;
    while names.peek(tag::context(6)) {
        names.read(tag::context(6))?;
    }
    Some(())
}

fn policies(mut value: Der<'_>, era: &Era) -> Option<()> {
    let (mut list, mut seen) = (value.read(tag::SEQUENCE)?, BTreeSet::new());
    while !list.is_empty() {
        let mut policy = list.read(tag::SEQUENCE)?;
        let id = policy.read(tag::OID)?;
        if !seen.insert(id.0) && era.has(Change::PolicyExtensions) {
            return None;
        }
        if super::der::Oid(id.0).check().is_err() && !is_policy(id.0, era) {
            return None;
        }
    }
    Some(())
}

/// A policy identifier that has no more than its length against it, or is not minimal.
fn is_policy(id: &[u8], era: &Era) -> bool {
    let minimal = id.split_inclusive(|octet| octet & 0x80 == 0).all(|arc| arc.first() != Some(&0x80));
    let ended = id.last().is_some_and(|octet| octet & 0x80 == 0);
    match minimal {
        true => ended && era.has(Change::LongPolicies),
        false => ended && !era.has(Change::MinimalIdentifiers),
    }
}

/// Policy mappings, policy constraints and inhibitAnyPolicy, which older Go does not look at.
fn policy_extension(number: u8, value: Der<'_>, era: &Era) -> Result<(), String> {
    let (read, what) = match number {
        33 => (policy_mappings(value), "policy mappings"),
        36 => (policy_constraints(value), "policy constraints"),
        _ => ({ value }.int64().map(drop), "inhibit any policy"),
    };
    match read {
        None if era.has(Change::PolicyExtensions) => Err(format!("x509: invalid {what} extension")),
        _ => Ok(()),
    }
}

fn policy_mappings(mut value: Der<'_>) -> Option<()> {
    let mut list = value.read(tag::SEQUENCE)?;
    while !list.is_empty() {
        let mut mapping = list.read(tag::SEQUENCE)?;
        mapping.read(tag::OID)?;
        mapping.read(tag::OID)?;
    }
    Some(())
}

fn policy_constraints(mut value: Der<'_>) -> Option<()> {
    let mut fields = value.read(tag::SEQUENCE)?;
    for number in 0..2 {
        if let Some(skip) = fields.optional(tag::context(number))? {
            super::der::signed(skip.0).filter(|_| super::der::is_minimal_integer(skip.0))?;
        }
    }
    Some(())
}
