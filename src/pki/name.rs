//! Distinguished names: the lenient reading of certificates and the typed one of requests (rules 2.1, corrections 7).

use super::asn1::{self, Element, Fault, Fields, Kind, number, syntax};
use super::der::{Der, Oid, tag};
use super::era::{Change, Era};
use super::text::{TextFault, text};
use super::validity;
use super::{Name, RdnSequence};
use crate::intern::exact;

/// Prefix of the DER of the attribute types that `pkix.Name` knows: 2.5.4.
const ATTRIBUTE_TYPE: [u8; 2] = [0x55, 0x04];

/// Puts one attribute into its place, as Go's `FillFromRDNSequence` does.
fn fill(name: &mut Name, oid: Oid<'_>, value: &str) {
    let Some(&[attribute]) = oid.0.strip_prefix(&ATTRIBUTE_TYPE) else { return };
    let list = match attribute {
        3 => {
            name.common_name = value.into();
            return;
        }
        5 => {
            name.serial_number = value.into();
            return;
        }
        6 => &mut name.countries,
        7 => &mut name.localities,
        8 => &mut name.provinces,
        9 => &mut name.street_addresses,
        10 => &mut name.organizations,
        11 => &mut name.organizational_units,
        17 => &mut name.postal_codes,
        _ => return,
    };
    list.push(value.into());
}

/// Reads the name of a certificate: `full` is the whole SEQUENCE.
pub(crate) fn of_certificate(full: &[u8], era: &Era) -> Result<Name, String> {
    let invalid = || "x509: invalid RDNSequence".to_owned();
    let detail = |what: &str| format!("x509: invalid RDNSequence: invalid attribute{what}");
    let mut name = Name::default();
    let mut rdns = Der(full).read(tag::SEQUENCE).ok_or_else(invalid)?;
    while !rdns.is_empty() {
        let mut set = rdns.read(tag::SET).ok_or_else(invalid)?;
        while !set.is_empty() {
            let mut attribute = set.read(tag::SEQUENCE).ok_or_else(|| detail(""))?;
            let oid = attribute.oid(era).ok_or_else(|| detail(" type"))?;
            let value = attribute.any().ok_or_else(|| detail(" value"))?;
            // The constructed bit makes another tag of it; classes other than universal have tags above 31.
            let value = text(u32::from(value.tag), value.content, era)
                .ok_or_else(|| format!("unsupported string type: {}", value.tag))
                .and_then(|text| text.map_err(|fault| invalid_text(fault).to_owned()))
                .map_err(|fault| detail(&format!(" value: {fault}")))?;
            fill(&mut name, oid, &value);
        }
    }
    Ok(name)
}

fn invalid_text(fault: TextFault) -> &'static str {
    match fault {
        TextFault::Printable => "invalid PrintableString",
        TextFault::Numeric => "invalid NumericString",
        TextFault::Ia5 => "invalid IA5String",
        TextFault::Utf8 => "invalid UTF-8 string",
        TextFault::OddBmp | TextFault::Bmp => "invalid BMPString",
    }
}

/// Reads the subject of a request: `full` is all of it, and must be one SEQUENCE.
pub(crate) fn of_request(full: &[u8], era: &Era) -> Result<(Name, RdnSequence), Fault> {
    let mut name = Name::default();
    let mut fields = Fields::new(full);
    let content = fields.next(Kind::sequence("RDNSequence"))?.content;
    let sequence = rdns(content, era, &mut |oid, value| fill(&mut name, oid, value))?;
    if fields.rest().is_empty() {
        Ok((name, sequence))
    } else {
        Err("x509: trailing data after X.509 Subject".to_owned())
    }
}

/// Checks the contents of an RDNSequence.
pub(crate) fn check_rdns(content: &[u8], era: &Era) -> Result<(), Fault> {
    rdns(content, era, &mut |_, _| {}).map(drop)
}

fn rdns(content: &[u8], era: &Era, fill: &mut dyn FnMut(Oid<'_>, &str)) -> Result<RdnSequence, Fault> {
    let mut sequence = Vec::new();
    for set in asn1::elements(content, Some(Kind::set("")))? {
        let mut rdn = Vec::new();
        for attribute in asn1::elements(set.content, Some(Kind::sequence("")))? {
            let mut fields = Fields::new(attribute.content);
            let oid = asn1::oid(fields.next(asn1::OID)?)?;
            let value = any_value(fields.any()?, era)?;
            if let Some(value) = &value {
                fill(oid, value);
            }
            rdn.push((oid.interned(), value));
        }
        sequence.push(exact(rdn));
    }
    Ok(exact(sequence))
}

/// What encoding/asn1 makes of an element that goes into an `interface{}`: known types must be right, strings are kept.
fn any_value(element: Element<'_>, era: &Era) -> Result<Option<Box<str>>, Fault> {
    let Element { class: 0, compound: false, number, content, .. } = element else { return Ok(None) };
    if let Some(text) = text(number, content, era) {
        return text.map(Some).map_err(|fault| text_fault(fault, era));
    }
    match number {
        number::BOOLEAN => match asn1::boolean(content) {
            Err(fault) if era.has(Change::StrictBoolean) => return Err(fault),
            _ => {}
        },
        number::INTEGER => {
            asn1::int(element)?;
        }
        number::BIT_STRING => {
            asn1::bit_string(content)?;
        }
        number::OID => {
            asn1::oid(element)?;
        }
        number::UTC_TIME => {
            validity::utc_time(content, era).ok_or("asn1: invalid UTCTime")?;
        }
        number::GENERALIZED_TIME => {
            validity::generalized_time(content, era).ok_or("asn1: invalid GeneralizedTime")?;
        }
        _ => {}
    }
    Ok(None)
}

fn text_fault(fault: TextFault, era: &Era) -> Fault {
    match fault {
        TextFault::Printable => syntax("PrintableString contains invalid character"),
        TextFault::Numeric => syntax("NumericString contains invalid character"),
        TextFault::Ia5 => syntax("IA5String contains invalid character"),
        TextFault::Utf8 => "asn1: invalid UTF-8 string".to_owned(),
        TextFault::OddBmp if !era.has(Change::Latin1) => "pkcs12: odd-length BMP string".to_owned(),
        TextFault::OddBmp | TextFault::Bmp => "invalid BMPString".to_owned(),
    }
}
