//! ASN.1 string types as Go reads them.

use super::era::{Change, Era};

/// Which rule of its type a string breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFault {
    /// A character outside PrintableString.
    Printable,
    /// A character outside NumericString.
    Numeric,
    /// A character outside ASCII.
    Ia5,
    /// Invalid UTF-8.
    Utf8,
    /// BMPString of odd length.
    OddBmp,
    /// A BMPString with something that is no character of UCS-2.
    Bmp,
}

/// Reads a string of universal type `number`; `None` for a type that is no string.
pub(crate) fn text(number: u32, content: &[u8], era: &Era) -> Option<Result<Box<str>, TextFault>> {
    Some(match number {
        12 => std::str::from_utf8(content).map(Box::from).map_err(|_| TextFault::Utf8),
        18 => ascii(content, |b| b.is_ascii_digit() || b == b' ').ok_or(TextFault::Numeric),
        19 => ascii(content, is_printable).ok_or(TextFault::Printable),
        20 => Ok(teletex(content, era)),
        22 => ascii(content, |_| true).ok_or(TextFault::Ia5),
        30 => bmp(content, era),
        _ => return None,
    })
}

fn ascii(content: &[u8], allowed: impl Fn(u8) -> bool) -> Option<Box<str>> {
    let all = content.iter().all(|&b| b.is_ascii() && allowed(b));
    std::str::from_utf8(content).ok().filter(|_| all).map(Box::from)
}

/// PrintableString with the two characters that Go tolerates.
pub(crate) fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(&octet)
}

/// T61String. Before Go 1.25 the bytes are kept; such a text equals one of a spec only if they happen to be UTF-8.
fn teletex(content: &[u8], era: &Era) -> Box<str> {
    if content.is_ascii() || !era.has(Change::Latin1) {
        return String::from_utf8_lossy(content).into();
    }
    content.iter().map(|&b| char::from(b)).collect::<String>().into()
}

fn bmp(content: &[u8], era: &Era) -> Result<Box<str>, TextFault> {
    if !content.len().is_multiple_of(2) {
        return Err(TextFault::OddBmp);
    }
    let content = content.strip_suffix(&[0, 0]).unwrap_or(content);
    let units: Vec<u16> = content.chunks_exact(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
    let foreign = |unit: &u16| matches!(unit, 0xd800..=0xdfff | 0xfdd0..=0xfdef | 0xfffe..=0xffff);
    if units.iter().any(foreign) && era.has(Change::Latin1) {
        return Err(TextFault::Bmp);
    }
    Ok(String::from_utf16_lossy(&units).into())
}
