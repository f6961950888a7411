//! otherNames of a request, by cert-manager's own SAN parser (`pkg/util/pki/sans.go`, 1.14+; rules 2.1 otherNames).

use super::asn1::{self, Element, Fault, Fields, Kind, STRING, number, structure, syntax};
use super::der::{Der, tag};
use super::era::Era;
use super::{DecodeError, OtherNameValues, OtherNames, name, san};

/// Reads the value of the first SAN extension, as `matchOtherNames` does.
pub(crate) fn read(extension: &[u8], era: &Era) -> OtherNames {
    match parse(extension, era) {
        Ok(values) => OtherNames::Values(values),
        Err(fault) => OtherNames::Malformed(DecodeError(fault)),
    }
}

/// Reads the otherNames of a certificate; `None` when its SAN extension has none.
pub(crate) fn in_certificate(extension: &[u8], era: &Era) -> Option<OtherNames> {
    let mut names = Der(extension).read(tag::SEQUENCE)?;
    let mut any = false;
    while !names.is_empty() {
        any |= names.any()?.tag == tag::constructed(0);
    }
    any.then(|| read(extension, era))
}

/// The dotted OID of an otherName with its value, still to be read.
type OtherName<'a> = (Box<str>, &'a [u8]);

fn parse(extension: &[u8], era: &Era) -> Result<OtherNameValues, Fault> {
    let mut fields = Fields::new(extension);
    let sequence = fields.any()?;
    if !fields.rest().is_empty() {
        return Err("x509: trailing data after X.509 extension".to_owned());
    }
    if sequence.class != 0 || sequence.number != number::SEQUENCE || !sequence.compound {
        return Err(structure("bad SAN sequence"));
    }
    let (mut names, mut found) = (Fields::new(sequence.content), Vec::new());
    while !names.rest().is_empty() {
        let element = names.any()?;
        // The values are looked at when all names have been parsed.
        found.extend(general_name(element, era)?);
    }
    found.into_iter().map(|(oid, value)| Ok((oid, utf8_value(value)?))).collect()
}

/// Checks one name; gives back OID and value of an otherName. The class of the tag counts only where Go's asn1 package
/// is asked.
fn general_name<'a>(element: Element<'a>, era: &Era) -> Result<Option<OtherName<'a>>, Fault> {
    let malformed = |what: &str| Err(format!("x509: SAN {what} is malformed"));
    let ascii = san::ascii(element.content).is_some();
    match element.number {
        0 => return other_name(element.full).map(Some),
        1 if !ascii => return malformed("rfc822Name"),
        2 if !ascii => return malformed("dNSName"),
        6 if !ascii => return malformed("uniformResourceIdentifier"),
        1..=3 | 6 => {}
        4 => directory_name(element, era)?,
        5 => party_name(element.full)?,
        7 if matches!(element.content.len(), 4 | 16) => {}
        7 => return Err(format!("x509: cannot parse IP address of length {}", element.content.len())),
        8 => drop(asn1::oid(Fields::new(element.full).next(asn1::OID.tagged(8))?)?),
        _ => return Err(structure("bad SAN choice")),
    }
    Ok(None)
}

fn other_name(full: &[u8]) -> Result<OtherName<'_>, Fault> {
    let mut fields = Fields::new(Fields::new(full).next(Kind::sequence("OtherName").tagged(0))?.content);
    let oid = asn1::oid(fields.next(asn1::OID)?)?;
    let value = fields.explicit_any(0)?;
    Ok((oid.dotted().into(), value.content))
}

/// cert-manager takes the tag of directoryName for an implicit one, which fits no name but the empty one.
fn directory_name(element: Element<'_>, era: &Era) -> Result<(), Fault> {
    let rdns = Fields::new(element.full).next(Kind::sequence("RDNSequence").tagged(4))?;
    name::check_rdns(rdns.content, era)
}

fn party_name(full: &[u8]) -> Result<(), Fault> {
    let mut fields = Fields::new(Fields::new(full).next(Kind::sequence("EDIPartyName").tagged(5))?.content);
    let assigner = fields.optional(STRING.tagged(0))?;
    for text in assigner.into_iter().map(Ok).chain(std::iter::once_with(|| fields.next(STRING.tagged(1)))) {
        if !text?.content.iter().all(|&octet| super::text::is_printable(octet)) {
            return Err(syntax("PrintableString contains invalid character"));
        }
    }
    Ok(())
}

/// The value must be a UTF8String that is not empty.
fn utf8_value(content: &[u8]) -> Result<Box<str>, Fault> {
    let element = Fields::new(content).any()?;
    let not_utf8 = |kind: i8| Err(format!("otherName is not an utf8 value, got: {kind}"));
    match element.number {
        number::UTF8 => {
            if element.class != 0 || element.compound {
                return Err(structure("tags don't match"));
            }
            match std::str::from_utf8(element.content) {
                Err(_) => Err("asn1: invalid UTF-8 string".to_owned()),
                Ok("") => not_utf8(-1),
                Ok(text) => Ok(text.into()),
            }
        }
        19 => not_utf8(3),
        22 => not_utf8(1),
        _ => not_utf8(0),
    }
}
