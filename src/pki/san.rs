//! Subject alternative names as crypto/x509 reads them (rules 2.6, 2.7, corrections 8).

use super::SubjectAltNames;
use super::der::{Der, tag};
use super::era::{Change, Era};
use super::url::Url;
use crate::go_quote::quote;

/// Reads the value of a SAN extension.
pub(crate) fn read(value: &[u8], era: &Era) -> Result<SubjectAltNames, String> {
    let mut names = SubjectAltNames::default();
    let mut all = Der(value).read(tag::SEQUENCE).ok_or_else(|| "x509: invalid subject alternative names".to_owned())?;
    while !all.is_empty() {
        let name = all.any().ok_or_else(|| "x509: invalid subject alternative name".to_owned())?;
        match name.tag ^ 0x80 {
            1 => names.emails.push(ascii(name.content).ok_or("x509: SAN rfc822Name is malformed")?.into()),
            2 => names.dns.push(ascii(name.content).ok_or("x509: SAN dNSName is malformed")?.into()),
            6 => names.uris.push(uri(name.content, era)?),
            7 if matches!(name.content.len(), 4 | 16) => names.ips.push(name.content.into()),
            7 => return Err(format!("x509: cannot parse IP address of length {}", name.content.len())),
            _ => {}
        }
    }
    names.shrink();
    Ok(names)
}

/// The text, if it is ASCII.
pub(crate) fn ascii(content: &[u8]) -> Option<&str> {
    std::str::from_utf8(content).ok().filter(|text| text.is_ascii())
}

fn uri(content: &[u8], era: &Era) -> Result<Box<str>, String> {
    let text = ascii(content).ok_or("x509: SAN uniformResourceIdentifier is malformed")?;
    let failed = |why: &str| format!("x509: cannot parse URI {}: {why}", quote(text));
    let url = Url::parse(text, era).map_err(|error| failed(&error))?;
    if is_domain(&url.host, era) { Ok(url.to_string().into()) } else { Err(failed("invalid domain")) }
}

/// Go's check of the host of a URI, which may be empty: no empty labels, no blanks, nothing outside ASCII.
pub(crate) fn is_domain(domain: &[u8], era: &Era) -> bool {
    let labels_in = |domain: &[u8]| !domain.is_empty() && domain.split(|&b| b == b'.').all(|label| !label.is_empty());
    if domain.is_empty() {
        return true;
    }
    if domain.iter().any(|&b| !(33..=126).contains(&b)) {
        return false;
    }
    labels_in(domain) || domain[0] == b'.' && labels_in(&domain[1..]) && !era.has(Change::LeadingDot)
}
