//! DER as Go's encoding/asn1 reads it into structures: keys, and requests down to their public key.
//!
//! It differs from [`super::der`] in what it calls an error, in accepting high tag numbers, and in ignoring what follows
//! the last field of a SEQUENCE.

use super::der::{BitString, Oid, OidFault, is_minimal_integer, signed};

/// Go's words for what is wrong.
pub(crate) type Fault = String;

pub(crate) fn syntax(message: &str) -> Fault {
    format!("asn1: syntax error: {message}")
}

pub(crate) fn structure(message: &str) -> Fault {
    format!("asn1: structure error: {message}")
}

/// Number of a universal type.
pub(crate) mod number {
    /// BOOLEAN
    pub(crate) const BOOLEAN: u32 = 1;
    /// INTEGER
    pub(crate) const INTEGER: u32 = 2;
    /// BIT STRING
    pub(crate) const BIT_STRING: u32 = 3;
    /// OCTET STRING
    pub(crate) const OCTET_STRING: u32 = 4;
    /// OBJECT IDENTIFIER
    pub(crate) const OID: u32 = 6;
    /// UTF8String
    pub(crate) const UTF8: u32 = 12;
    /// SEQUENCE
    pub(crate) const SEQUENCE: u32 = 16;
    /// SET
    pub(crate) const SET: u32 = 17;
    /// PrintableString
    pub(crate) const PRINTABLE: u32 = 19;
    /// UTCTime
    pub(crate) const UTC_TIME: u32 = 23;
    /// GeneralizedTime
    pub(crate) const GENERALIZED_TIME: u32 = 24;
}

/// Class of context-specific tags.
pub(crate) const CONTEXT: u8 = 2;

/// What a field of a Go structure expects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    class: u8,
    number: u32,
    compound: bool,
    /// Name of the Go type, which the error text repeats.
    go_type: &'static str,
}

impl Kind {
    const fn primitive(number: u32, go_type: &'static str) -> Self {
        Self { class: 0, number, compound: false, go_type }
    }

    /// A Go structure or slice.
    pub(crate) const fn sequence(go_type: &'static str) -> Self {
        Self { class: 0, number: number::SEQUENCE, compound: true, go_type }
    }

    /// A slice that is a SET.
    pub(crate) const fn set(go_type: &'static str) -> Self {
        Self { class: 0, number: number::SET, compound: true, go_type }
    }

    /// The same with an implicit context-specific tag.
    pub(crate) const fn tagged(self, number: u32) -> Self {
        Self { class: CONTEXT, number, ..self }
    }
}

/// `int`
pub(crate) const INT: Kind = Kind::primitive(number::INTEGER, "int");
/// `*big.Int`
pub(crate) const BIG_INT: Kind = Kind::primitive(number::INTEGER, "");
/// `[]byte`
pub(crate) const BYTES: Kind = Kind::primitive(number::OCTET_STRING, "");
/// `asn1.ObjectIdentifier`
pub(crate) const OID: Kind = Kind::primitive(number::OID, "ObjectIdentifier");
/// `asn1.BitString`
pub(crate) const BIT_STRING: Kind = Kind::primitive(number::BIT_STRING, "BitString");
/// `bool`
pub(crate) const BOOL: Kind = Kind::primitive(number::BOOLEAN, "bool");
/// `string`
pub(crate) const STRING: Kind = Kind::primitive(number::PRINTABLE, "string");

/// An element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    /// Class, 0 to 3.
    pub(crate) class: u8,
    /// Tag number.
    pub(crate) number: u32,
    /// Whether it is constructed.
    pub(crate) compound: bool,
    /// The contents.
    pub(crate) content: &'a [u8],
    /// Tag, length and contents.
    pub(crate) full: &'a [u8],
}

struct Header {
    class: u8,
    number: u32,
    compound: bool,
    length: usize,
}

/// The fields of a structure, read one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn octet(&mut self) -> Option<u8> {
        let octet = self.bytes.get(self.at).copied();
        self.at += usize::from(octet.is_some());
        octet
    }

    /// Go's `parseTagAndLength`.
    fn header(&mut self) -> Result<Header, Fault> {
        let truncated = || syntax("truncated tag or length");
        let first = self.octet().ok_or_else(truncated)?;
        let mut number = u32::from(first & 0x1f);
        if number == 0x1f {
            number = self.base128()?;
            if number < 0x1f {
                return Err(syntax("non-minimal tag"));
            }
        }
        let octet = self.octet().ok_or_else(truncated)?;
        let mut length = usize::from(octet & 0x7f);
        if octet & 0x80 != 0 {
            if length == 0 {
                return Err(syntax("indefinite length found (not DER)"));
            }
            let octets = std::mem::take(&mut length);
            for _ in 0..octets {
                let octet = self.octet().ok_or_else(truncated)?;
                if length >= 1 << 23 {
                    return Err(structure("length too large"));
                }
                length = length << 8 | usize::from(octet);
                if length == 0 {
                    return Err(structure("superfluous leading zeros in length"));
                }
            }
            if length < 0x80 {
                return Err(structure("non-minimal length"));
            }
        }
        Ok(Header { class: first >> 6, number, compound: first & 0x20 != 0, length })
    }

    fn base128(&mut self) -> Result<u32, Fault> {
        let mut value = 0u64;
        for shifted in 0.. {
            let Some(octet) = self.octet() else { break };
            if shifted == 5 {
                return Err(structure("base 128 integer too large"));
            }
            if shifted == 0 && octet == 0x80 {
                return Err(syntax("integer is not minimally encoded"));
            }
            value = value << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                return u32::try_from(value)
                    .ok()
                    .filter(|&v| v <= i32::MAX as u32)
                    .ok_or_else(|| structure("base 128 integer too large"));
            }
        }
        Err(syntax("truncated base 128 integer"))
    }

    fn content(&mut self, start: usize, header: &Header) -> Result<Element<'a>, Fault> {
        let end = self.at.checked_add(header.length).ok_or_else(|| syntax("data truncated"))?;
        let content = self.bytes.get(self.at..end).ok_or_else(|| syntax("data truncated"))?;
        let full = self.bytes.get(start..end).unwrap_or_default();
        self.at = end;
        let &Header { class, number, compound, .. } = header;
        Ok(Element { class, number, compound, content, full })
    }

    fn end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// A field of any type (`asn1.RawValue`, or an interface).
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Fault> {
        if self.end() {
            return Err(syntax("sequence truncated"));
        }
        let start = self.at;
        let header = self.header()?;
        self.content(start, &header)
    }

    /// An optional field of any type.
    pub(crate) fn optional_any(&mut self) -> Result<Option<Element<'a>>, Fault> {
        if self.end() { Ok(None) } else { self.any().map(Some) }
    }

    /// A field.
    pub(crate) fn next(&mut self, kind: Kind) -> Result<Element<'a>, Fault> {
        if self.end() {
            return Err(syntax("sequence truncated"));
        }
        let start = self.at;
        let header = self.header()?;
        if !matches(&header, kind) {
            return Err(self.mismatch(&header, kind));
        }
        self.content(start, &header)
    }

    /// An optional field.
    pub(crate) fn optional(&mut self, kind: Kind) -> Result<Option<Element<'a>>, Fault> {
        if self.end() {
            return Ok(None);
        }
        let start = self.at;
        let header = self.header()?;
        if !matches(&header, kind) {
            self.at = start;
            return Ok(None);
        }
        self.content(start, &header).map(Some)
    }

    /// An optional field with an explicit tag.
    pub(crate) fn optional_explicit(&mut self, tag: u32, kind: Kind) -> Result<Option<Element<'a>>, Fault> {
        if self.end() {
            return Ok(None);
        }
        let start = self.at;
        let outer = self.header()?;
        if self.end() {
            return Err(structure("explicit tag has no child"));
        }
        if outer.class != CONTEXT || outer.number != tag || !(outer.length == 0 || outer.compound) {
            self.at = start;
            return Ok(None);
        }
        if outer.length == 0 {
            return Err(structure("zero length explicit tag was not an asn1.Flag"));
        }
        let inner_start = self.at;
        let inner = self.header()?;
        if !matches(&inner, kind) {
            self.at = start;
            return Ok(None);
        }
        self.content(inner_start, &inner).map(Some)
    }

    /// A required field of any type with an explicit tag; what it holds is not looked at.
    pub(crate) fn explicit_any(&mut self, tag: u32) -> Result<Element<'a>, Fault> {
        if self.end() {
            return Err(syntax("sequence truncated"));
        }
        let start = self.at;
        let outer = self.header()?;
        if self.end() {
            return Err(structure("explicit tag has no child"));
        }
        if outer.class != CONTEXT || outer.number != tag || !(outer.length == 0 || outer.compound) {
            return Err(structure("explicitly tagged member didn't match"));
        }
        self.content(start, &outer)
    }

    fn mismatch(&self, header: &Header, kind: Kind) -> Fault {
        let Header { class, number, compound, length } = header;
        let set = kind.number == number::SET && kind.class == 0;
        // Go prints the address of the number here.
        let tag = if kind.class == CONTEXT { "0x…" } else { "<nil>" };
        structure(&format!(
            "tags don't match ({} vs {{class:{class} tag:{number} length:{length} isCompound:{compound}}}) \
             {{optional:false explicit:false application:false private:false defaultValue:<nil> tag:{tag} stringType:0 \
             timeType:0 set:{set} omitEmpty:false}} {} @{}",
            kind.number, kind.go_type, self.at
        ))
    }
}

fn matches(header: &Header, kind: Kind) -> bool {
    header.class == kind.class && header.number == kind.number && header.compound == kind.compound
}

/// The elements of a SEQUENCE OF or SET OF, which must all be of one kind; all headers are looked at before any content.
pub(crate) fn elements(content: &[u8], kind: Option<Kind>) -> Result<Vec<Element<'_>>, Fault> {
    let (mut fields, mut found) = (Fields::new(content), Vec::new());
    while !fields.end() {
        let start = fields.at;
        let header = fields.header()?;
        if kind.is_some_and(|kind| !matches(&header, kind)) {
            return Err(structure("sequence tag mismatch"));
        }
        found.push(fields.content(start, &header).map_err(|_| syntax("truncated sequence"))?);
    }
    Ok(found)
}

fn check_integer(content: &[u8]) -> Result<&[u8], Fault> {
    match content {
        [] => Err(structure("empty integer")),
        _ if is_minimal_integer(content) => Ok(content),
        _ => Err(structure("integer not minimally-encoded")),
    }
}

/// `int`
pub(crate) fn int(element: Element<'_>) -> Result<i64, Fault> {
    signed(check_integer(element.content)?).ok_or_else(|| structure("integer too large"))
}

/// `*big.Int`, as its octets: two's complement, minimal.
pub(crate) fn big_int(element: Element<'_>) -> Result<&[u8], Fault> {
    check_integer(element.content)
}

/// `asn1.ObjectIdentifier`
pub(crate) fn oid(element: Element<'_>) -> Result<Oid<'_>, Fault> {
    let oid = Oid(element.content);
    oid.check().map(|()| oid).map_err(|fault| match fault {
        OidFault::Empty => syntax("zero length OBJECT IDENTIFIER"),
        OidFault::NotMinimal => syntax("integer is not minimally encoded"),
        OidFault::TooLarge => structure("base 128 integer too large"),
        OidFault::Truncated => syntax("truncated base 128 integer"),
    })
}

/// `bool`
pub(crate) fn boolean(content: &[u8]) -> Result<bool, Fault> {
    match content {
        [0] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(syntax("invalid boolean")),
    }
}

/// `asn1.BitString`
pub(crate) fn bit_string(content: &[u8]) -> Result<BitString<'_>, Fault> {
    match content {
        [] => Err(syntax("zero length BIT STRING")),
        _ => BitString::parse(content).ok_or_else(|| syntax("invalid padding bits in BIT STRING")),
    }
}
