//! Distinguished names as text, read as the go-ldap releases in cert-manager's go.mod read them (rules 2.2).
//!
//! Source: `ParseDN` of `github.com/go-ldap/ldap/v3`: v3.4.2 and v3.4.4 ([`DnParser::AnyEquals`]), v3.4.5 and v3.4.6
//! ([`DnParser::FirstEquals`]), v3.4.8 – v3.4.13 ([`DnParser::Split`]).

use super::ber;
use crate::pki::DecodeError;
use crate::release::DnParser;

/// One attribute: Go strings, which need not be UTF-8 after unescaping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attribute {
    /// The type as written, unescaped.
    pub(super) type_: Vec<u8>,
    /// The value, unescaped.
    pub(super) value: Vec<u8>,
}

/// One relative distinguished name: attributes joined by `+`, in the order written.
pub(super) type Rdn = Vec<Attribute>;

/// Reads a distinguished name; RDNs stand in the order written.
///
/// # Errors
/// For every text that the parser of that generation refuses.
pub(super) fn parse(text: &str, parser: DnParser) -> Result<Vec<Rdn>, DecodeError> {
    match parser {
        DnParser::AnyEquals => OnePass::default().run(text.as_bytes(), true),
        DnParser::FirstEquals => OnePass::default().run(text.as_bytes(), false),
        DnParser::Split => split(text),
    }
}

fn error<T>(text: &str) -> Result<T, DecodeError> {
    Err(DecodeError(text.to_owned()))
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'#' | b'+' | b',' | b';' | b'<' | b'=' | b'>' | b'\\')
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

/// The content of a BER element written as hex.
fn hex_element(digits: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(hex_byte).collect();
    let content = bytes.as_deref().and_then(ber::content);
    content.ok_or_else(|| DecodeError("failed to decode BER encoding".to_owned()))
}

/// The parser up to v3.4.6: one pass over the bytes with a buffer.
#[derive(Default)]
struct OnePass {
    rdns: Vec<Rdn>,
    rdn: Rdn,
    type_: Vec<u8>,
    buffer: Vec<u8>,
    trailing_spaces: usize,
}

impl OnePass {
    fn run(mut self, text: &[u8], any_equals: bool) -> Result<Vec<Rdn>, DecodeError> {
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            at += 1;
            match byte {
                b'\\' => {
                    self.trailing_spaces = 0;
                    // A backslash at the very end is dropped.
                    let Some(&escaped) = text.get(at) else { break };
                    if is_special(escaped) {
                        self.buffer.push(escaped);
                        at += 1;
                        continue;
                    }
                    let Some(byte) = text.get(at..at + 2).and_then(hex_byte) else {
                        return error("failed to decode escaped character");
                    };
                    self.buffer.push(byte);
                    at += 2;
                }
                b'=' if any_equals || self.type_.is_empty() => {
                    self.type_ = self.take();
                    if text.get(at) == Some(&b'#') {
                        let rest = text.get(at + 1..).unwrap_or_default();
                        let end = rest.iter().position(|b| matches!(b, b',' | b'+')).filter(|&end| end > 0);
                        let digits = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
                        self.buffer.extend(hex_element(digits)?);
                        at += 1 + digits.len();
                    }
                }
                b',' | b'+' | b';' => {
                    if self.type_.is_empty() {
                        return error("incomplete type, value pair");
                    }
                    self.push_attribute();
                    if byte != b'+' {
                        self.rdns.push(std::mem::take(&mut self.rdn));
                    }
                }
                b' ' if self.buffer.is_empty() => {}
                _ => {
                    self.trailing_spaces = if byte == b' ' { self.trailing_spaces + 1 } else { 0 };
                    self.buffer.push(byte);
                }
            }
        }
        // An empty last value drops its attribute, and with it the RDN under construction.
        if !self.buffer.is_empty() {
            if self.type_.is_empty() {
                return error("DN ended with incomplete type, value pair");
            }
            self.push_attribute();
            self.rdns.push(self.rdn);
        }
        Ok(self.rdns)
    }

    fn take(&mut self) -> Vec<u8> {
        let mut taken = std::mem::take(&mut self.buffer);
        taken.truncate(taken.len().saturating_sub(std::mem::take(&mut self.trailing_spaces)));
        taken
    }

    fn push_attribute(&mut self) {
        let value = self.take();
        self.rdn.push(Attribute { type_: std::mem::take(&mut self.type_), value });
    }
}

/// The parser from v3.4.8 on: pieces are cut out first, then trimmed and unescaped.
fn split(text: &str) -> Result<Vec<Rdn>, DecodeError> {
    let mut rdns = Vec::new();
    if text.trim().is_empty() {
        return Ok(rdns);
    }
    let (mut rdn, mut type_) = (Rdn::new(), Vec::new());
    let (mut start, mut escaping) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        let piece = || text.get(start..at).unwrap_or_default();
        match byte {
            _ if escaping => escaping = false,
            b'\\' => escaping = true,
            b'=' if type_.is_empty() => {
                type_ = unescape(piece())?;
                start = at + 1;
            }
            b',' | b'+' | b';' => {
                if type_.is_empty() {
                    return error("incomplete type, value pair");
                }
                rdn.push(Attribute { type_: std::mem::take(&mut type_), value: value(piece())? });
                start = at + 1;
                if byte != b'+' {
                    rdns.push(std::mem::take(&mut rdn));
                }
            }
            _ => {}
        }
    }
    if type_.is_empty() {
        return error("DN ended with incomplete type, value pair");
    }
    rdn.push(Attribute { type_, value: value(text.get(start..).unwrap_or_default())? });
    rdns.push(rdn);
    Ok(rdns)
}

fn value(piece: &str) -> Result<Vec<u8>, DecodeError> {
    piece.strip_prefix('#').map_or_else(|| unescape(piece), |digits| hex_element(digits.as_bytes()))
}

fn unescape(piece: &str) -> Result<Vec<u8>, DecodeError> {
    let mut trimmed = piece.trim_matches(' ').to_owned();
    if trimmed.ends_with('\\') && piece.ends_with(' ') {
        trimmed.push(' ');
    }
    let mut bytes = Vec::with_capacity(trimmed.len());
    let mut chars = trimmed.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let Some(first) = chars.next() else {
            return error("got corrupted escaped character");
        };
        if first.is_ascii() && u8::try_from(first).is_ok_and(is_special) {
            bytes.extend(u8::try_from(first));
            continue;
        }
        let pair: String = std::iter::once(first).chain(chars.next()).collect();
        match hex_byte(pair.as_bytes()) {
            Some(byte) => bytes.push(byte),
            None => return error("failed to decode escaped character"),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: DnParser = DnParser::AnyEquals;
    const F: DnParser = DnParser::FirstEquals;
    const B: DnParser = DnParser::Split;
    const ALL: &[DnParser] = &[A, F, B];

    /// Text, parsers, RDNs as `type=value` joined by `+` and `|`, or `None` for an error.
    const NAMES: [(&str, &[DnParser], Option<&str>); 38] = [
        ("CN=foo,O=Bar", ALL, Some("CN=foo|O=Bar")),
        (" CN = foo , O = Bar ", ALL, Some("CN=foo|O=Bar")),
        ("CN=foo+OU=x;O=y", ALL, Some("CN=foo+OU=x|O=y")),
        ("", ALL, Some("")),
        ("   ", ALL, Some("")),
        ("foo", ALL, None),
        ("CN=foo,", &[A, F], Some("CN=foo")),
        ("CN=foo,", &[B], None),
        (",CN=foo", ALL, None),
        ("CN=foo,bar", ALL, None),
        ("CN=a=b", &[A], Some("a=b")),
        ("CN=a=b", &[F, B], Some("CN=a=b")),
        ("CN=a\\=b", ALL, Some("CN=a=b")),
        ("CN=a\\,b", ALL, Some("CN=a,b")),
        ("CN=a\\2cb", ALL, Some("CN=a,b")),
        ("CN=a\\2Cb", ALL, Some("CN=a,b")),
        ("CN=a\\zzb", ALL, None),
        ("CN=a\\2", ALL, None),
        ("CN=a\\", &[A, F], Some("CN=a")),
        ("CN=a\\", &[B], None),
        ("CN=a\\ ", ALL, Some("CN=a ")),
        ("CN=a\\  ,O=b", ALL, Some("CN=a |O=b")),
        ("CN=\\ a", ALL, Some("CN= a")),
        ("CN=", &[A, F], Some("")),
        ("CN=", &[B], Some("CN=")),
        ("O=x,CN=", &[A, F], Some("O=x")),
        ("O=x+CN=", &[A, F], Some("")),
        ("O=x+CN=", &[B], Some("O=x+CN=")),
        ("CN=,O=x", ALL, Some("CN=|O=x")),
        ("CN=#0c03666f6f", ALL, Some("CN=foo")),
        ("CN=#0c03666f6f,O=x", ALL, Some("CN=foo|O=x")),
        ("CN= #0c03666f6f", ALL, Some("CN=#0c03666f6f")),
        ("CN=#zz", ALL, None),
        ("CN=#0c05666f6f", ALL, None),
        ("CN=#", ALL, None),
        ("CN=gr\u{f6}\u{df}e", ALL, Some("CN=gr\u{f6}\u{df}e")),
        ("CN=a\"b", ALL, Some("CN=a\"b")),
        ("CN=a  b ", ALL, Some("CN=a  b")),
    ];

    #[test]
    fn names_are_read_as_each_parser_reads_them() {
        for (text, parsers, want) in NAMES {
            for &parser in parsers {
                let got = parse(text, parser).ok().map(|rdns| {
                    let attribute = |a: &Attribute| [&*a.type_, &*a.value].map(String::from_utf8_lossy).join("=");
                    let rdn = |rdn: &Rdn| rdn.iter().map(attribute).collect::<Vec<_>>().join("+");
                    rdns.iter().map(rdn).collect::<Vec<_>>().join("|")
                });
                assert_eq!(got.as_deref(), want, "{text:?} by {parser:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in "[ a=,;+#\\\\0c3é]{0,24}") {
            for &parser in ALL {
                let _ = parse(&text, parser);
            }
        }
    }
}
