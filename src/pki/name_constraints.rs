//! Name constraints (RFC 5280 4.2.1.10): Go refuses a certificate whose constraints it cannot parse.

use std::net::IpAddr;

use super::der::{Der, tag};
use super::era::{Change, Era};
use super::san;
use crate::go_quote::{quote, quote_octets};

/// Checks the value of the extension.
pub(crate) fn check(mut value: Der<'_>, era: &Era) -> Result<(), String> {
    let invalid = "x509: invalid NameConstraints extension";
    let mut fields = value.read(tag::SEQUENCE).filter(|_| value.is_empty()).ok_or(invalid)?;
    let permitted = fields.optional(tag::constructed(0)).ok_or(invalid)?;
    let excluded = fields.optional(tag::constructed(1)).ok_or(invalid)?;
    if !fields.is_empty() {
        return Err(invalid.to_owned());
    }
    let lists = [permitted, excluded].map(|list| list.unwrap_or(Der(&[])));
    if lists.iter().all(Der::is_empty) {
        return Err("x509: empty name constraints extension".to_owned());
    }
    for mut list in lists {
        while !list.is_empty() {
            let mut subtree = list.read(tag::SEQUENCE).ok_or(invalid)?;
            let base = subtree.any().ok_or(invalid)?;
            check_base(base.tag, base.content, era)?;
        }
    }
    Ok(())
}

fn check_base(base: u8, content: &[u8], era: &Era) -> Result<(), String> {
    const EMAIL: u8 = tag::context(1);
    const DNS: u8 = tag::context(2);
    const URI: u8 = tag::context(6);
    const IP: u8 = tag::context(7);
    if base == IP {
        return check_network(content);
    }
    if !matches!(base, EMAIL | DNS | URI) {
        return Ok(());
    }
    let text = san::ascii(content).ok_or_else(|| {
        let shown = quote_octets(content);
        format!("x509: invalid constraint value: x509: {shown} cannot be encoded as an IA5String")
    })?;
    let (valid, what) = match base {
        EMAIL if text.contains('@') => (is_mailbox(content, era), "rfc822Name"),
        EMAIL => (is_constraint(content, era), "rfc822Name"),
        DNS => (is_constraint(content, era), "dnsName"),
        _ if text.parse::<IpAddr>().is_ok() => {
            return Err(format!("x509: failed to parse URI constraint {}: cannot be IP address", quote(text)));
        }
        _ => (is_constraint(content, era), "URI"),
    };
    if valid { Ok(()) } else { Err(format!("x509: failed to parse {what} constraint {}", quote(text))) }
}

/// A domain, which may start with a dot to exclude the domain itself.
fn is_constraint(domain: &[u8], era: &Era) -> bool {
    match domain {
        b"." => !era.has(Change::DotConstraint),
        [b'.', rest @ ..] => san::is_domain(rest, era),
        _ => san::is_domain(domain, era),
    }
}

fn check_network(content: &[u8]) -> Result<(), String> {
    if !matches!(content.len(), 8 | 32) {
        return Err(format!("x509: IP constraint contained value of length {}", content.len()));
    }
    let mask = &content[content.len() / 2..];
    let ones = mask.iter().take_while(|&&octet| octet == 0xff).count();
    let (partial, zeros) = mask[ones..].split_first().unwrap_or((&0, &[]));
    if partial.leading_ones() + partial.trailing_zeros() == 8 && zeros.iter().all(|&octet| octet == 0) {
        return Ok(());
    }
    let hex: String = mask.iter().map(|octet| format!("{octet:02x}")).collect();
    Err(format!("x509: IP constraint contained invalid mask {hex}"))
}

/// Go's `parseRFC2821Mailbox`.
fn is_mailbox(text: &[u8], era: &Era) -> bool {
    let rest = match text {
        [b'"', rest @ ..] => after_quoted(rest),
        _ => after_atoms(text),
    };
    rest.and_then(|rest| rest.strip_prefix(b"@")).is_some_and(|domain| san::is_domain(domain, era))
}

fn after_quoted(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        match rest {
            [b'"', after @ ..] => return Some(after),
            [b'\\', 1..=9 | 11 | 12 | 14..=127, after @ ..] => rest = after,
            [b'\\', ..] => return None,
            [1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127, after @ ..] => rest = after,
            _ => return None,
        }
    }
}

fn after_atoms(text: &[u8]) -> Option<&[u8]> {
    let (mut rest, mut local) = (text, Vec::new());
    loop {
        match rest {
            // The character after a backslash is taken, whatever it is.
            [b'\\', c, after @ ..] => {
                local.push(*c);
                rest = after;
            }
            [b'\\'] => return None,
            [c, after @ ..] if c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(c) => {
                local.push(*c);
                rest = after;
            }
            _ => break,
        }
    }
    let dots = local.first() == Some(&b'.') || local.last() == Some(&b'.') || local.windows(2).any(|w| w == b"..");
    (!local.is_empty() && !dots).then_some(rest)
}
