//! DER as golang.org/x/crypto/cryptobyte reads it, which is what Go's certificate parser uses.

use std::sync::Arc;

use super::era::{Change, Era};
use crate::intern::intern_spelling;

/// Tags of universal types and of the context-specific ones that certificates use.
pub(crate) mod tag {
    /// BOOLEAN
    pub(crate) const BOOLEAN: u8 = 0x01;
    /// INTEGER
    pub(crate) const INTEGER: u8 = 0x02;
    /// BIT STRING
    pub(crate) const BIT_STRING: u8 = 0x03;
    /// OCTET STRING
    pub(crate) const OCTET_STRING: u8 = 0x04;
    /// OBJECT IDENTIFIER
    pub(crate) const OID: u8 = 0x06;
    /// UTCTime
    pub(crate) const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    /// SEQUENCE
    pub(crate) const SEQUENCE: u8 = 0x30;
    /// SET
    pub(crate) const SET: u8 = 0x31;

    /// Context-specific, primitive.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// Context-specific, constructed.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Der<'a>(pub(crate) &'a [u8]);

/// An element: its tag octet, its contents, and all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    /// The tag octet.
    pub(crate) tag: u8,
    /// The contents.
    pub(crate) content: &'a [u8],
    /// Tag, length and contents.
    pub(crate) full: &'a [u8],
}

impl<'a> Der<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the next element starts with this tag octet.
    pub(crate) fn peek(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next element, whatever its tag. High tag numbers, indefinite and non-minimal lengths are refused.
    pub(crate) fn any(&mut self) -> Option<Tlv<'a>> {
        let (&tag, after_tag) = self.0.split_first()?;
        let (&first, mut rest) = after_tag.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let octets = usize::from(first & 0x7f);
            if octets == 0 || octets > 4 || octets > rest.len() {
                return None;
            }
            let (digits, after) = rest.split_at(octets);
            length = digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit));
            if length < 128 || digits.first() == Some(&0) {
                return None;
            }
            rest = after;
        }
        let content = rest.get(..length)?;
        let full = self.0.get(..self.0.len() - rest.len() + length)?;
        self.0 = &rest[length..];
        Some(Tlv { tag, content, full })
    }

    /// The next element, which must have this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<Tlv<'a>> {
        self.any().filter(|tlv| tlv.tag == tag)
    }

    /// The contents of the next element, which must have this tag.
    pub(crate) fn read(&mut self, tag: u8) -> Option<Self> {
        self.element(tag).map(|tlv| Self(tlv.content))
    }

    /// The contents of the next element if it has this tag; the outer `None` is a malformed element.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<Self>> {
        if self.peek(tag) { self.read(tag).map(Some) } else { Some(None) }
    }

    /// BOOLEAN: 0x00 or 0xff.
    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.read(tag::BOOLEAN)?.0 {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The contents of an INTEGER, minimally encoded.
    pub(crate) fn integer(&mut self) -> Option<&'a [u8]> {
        self.read(tag::INTEGER).map(|content| content.0).filter(|content| is_minimal_integer(content))
    }

    /// An INTEGER that fits 64 bits.
    pub(crate) fn int64(&mut self) -> Option<i64> {
        signed(self.integer()?)
    }

    /// An OBJECT IDENTIFIER.
    pub(crate) fn oid(&mut self, era: &Era) -> Option<Oid<'a>> {
        let oid = Oid(self.read(tag::OID)?.0);
        match oid.check() {
            Ok(()) => Some(oid),
            Err(OidFault::NotMinimal) if oid.check_arcs(false).is_ok() => {
                (!era.has(Change::MinimalIdentifiers)).then_some(oid)
            }
            Err(_) => None,
        }
    }

    /// A BIT STRING: number of unused bits and octets.
    pub(crate) fn bit_string(&mut self) -> Option<BitString<'a>> {
        BitString::parse(self.read(tag::BIT_STRING)?.0)
    }
}

/// Whether an INTEGER has contents and no superfluous leading octet.
pub(crate) fn is_minimal_integer(content: &[u8]) -> bool {
    !matches!(content, [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..])
}

/// The value of an INTEGER, if it fits 64 bits.
pub(crate) fn signed(content: &[u8]) -> Option<i64> {
    let (&first, _) = content.split_first()?;
    if content.len() > 8 {
        return None;
    }
    let start = if first & 0x80 == 0 { 0 } else { -1 };
    Some(content.iter().fold(start, |value: i64, &octet| value << 8 | i64::from(octet)))
}

/// A BIT STRING.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitString<'a> {
    /// Unused bits in the last octet; they are zero.
    pub(crate) unused: u8,
    /// The octets.
    pub(crate) octets: &'a [u8],
}

impl<'a> BitString<'a> {
    /// Reads the contents of a BIT STRING.
    pub(crate) fn parse(content: &'a [u8]) -> Option<Self> {
        let (&unused, octets) = content.split_first()?;
        let padded = octets.last().is_some_and(|&last| unused < 8 && last & ((1 << unused) - 1) == 0);
        (unused == 0 || unused < 8 && padded).then_some(Self { unused, octets })
    }

    /// Go's `At`.
    pub(crate) fn at(&self, index: usize) -> bool {
        let length = self.octets.len() * 8 - usize::from(self.unused);
        index < length && self.octets.get(index / 8).is_some_and(|octet| octet >> (7 - index % 8) & 1 == 1)
    }

    /// Go's `RightAlign`: the bits shifted so that the last one is the last of the octets.
    pub(crate) fn right_align(&self) -> std::borrow::Cow<'a, [u8]> {
        if self.unused == 0 || self.octets.is_empty() {
            return self.octets.into();
        }
        let mut carry = 0;
        let shift = |&octet: &u8| {
            let shifted = carry << (8 - self.unused) | octet >> self.unused;
            carry = octet;
            shifted
        };
        self.octets.iter().map(shift).collect::<Vec<u8>>().into()
    }
}

/// Why Go refuses an OBJECT IDENTIFIER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OidFault {
    /// No contents.
    Empty,
    /// An arc starts with a superfluous octet.
    NotMinimal,
    /// An arc does not fit 31 bits.
    TooLarge,
    /// The last arc does not end.
    Truncated,
}

/// The contents of an OBJECT IDENTIFIER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oid<'a>(pub(crate) &'a [u8]);

impl Oid<'_> {
    /// Go's rules: arcs of at most 31 bits in at most five octets, minimally encoded.
    pub(crate) fn check(&self) -> Result<(), OidFault> {
        self.check_arcs(true)
    }

    fn check_arcs(&self, minimal: bool) -> Result<(), OidFault> {
        if self.0.is_empty() {
            return Err(OidFault::Empty);
        }
        let (mut value, mut octets) = (0u64, 0);
        for &octet in self.0 {
            if octets == 5 {
                return Err(OidFault::TooLarge);
            }
            if minimal && octets == 0 && octet == 0x80 {
                return Err(OidFault::NotMinimal);
            }
            value = value << 7 | u64::from(octet & 0x7f);
            octets += 1;
            if octet & 0x80 == 0 {
                if value > 0x7fff_ffff {
                    return Err(OidFault::TooLarge);
                }
                (value, octets) = (0, 0);
            }
        }
        if octets == 0 { Ok(()) } else { Err(OidFault::Truncated) }
    }

    /// [`Oid::dotted`], kept once for the OIDs that stand in every certificate.
    pub(crate) fn interned(&self) -> Arc<str> {
        intern_spelling(self.0, || self.dotted())
    }

    /// Dotted text, e.g. `2.5.29.17`.
    pub(crate) fn dotted(&self) -> String {
        let (mut text, mut value) = (String::new(), 0u64);
        for &octet in self.0 {
            value = value << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if !text.is_empty() {
                text.push('.');
                text.push_str(&value.to_string());
            } else {
                let first = (value / 40).min(2);
                text = format!("{first}.{}", value - first * 40);
            }
            value = 0;
        }
        text
    }
}
