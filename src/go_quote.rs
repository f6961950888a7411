//! Quoted text as Go's `strconv.Quote` writes it, which is `%q`.

use std::fmt::Write as _;

/// The text in quotes.
#[must_use]
pub(crate) fn quote(text: &str) -> String {
    quote_octets(text.as_bytes())
}

/// [`quote`] for a text that need not be UTF-8.
#[must_use]
pub(crate) fn quote_octets(octets: &[u8]) -> String {
    let mut quoted = String::with_capacity(octets.len() + 2);
    quoted.push('"');
    for chunk in octets.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push_quoted(&mut quoted, c));
        for octet in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(quoted, "\\x{octet:02x}");
        }
    }
    quoted.push('"');
    quoted
}

fn push_quoted(quoted: &mut String, c: char) {
    match c {
        '"' | '\\' => quoted.extend(['\\', c]),
        '\u{7}' => quoted.push_str("\\a"),
        '\u{8}' => quoted.push_str("\\b"),
        '\u{c}' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\u{b}' => quoted.push_str("\\v"),
        c if is_printable(c) => quoted.push(c),
        c => {
            // Writing to a String cannot fail.
            let _ = match u32::from(c) {
                code @ (..0x20 | 0x7f) => write!(quoted, "\\x{code:02x}"),
                code @ ..0x1_0000 => write!(quoted, "\\u{code:04x}"),
                code => write!(quoted, "\\U{code:08x}"),
            };
        }
    }
}

/// Go's `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    // Rust knows the same categories; after a letter it leaves combining marks alone, as Go does everywhere.
    !String::from_iter(['a', c]).escape_debug().to_string().contains("\\u{")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, as Go quotes it.
    const QUOTES: [(&str, &str); 12] = [
        ("", r#""""#),
        ("Issuer.cert-manager.io/ca", r#""Issuer.cert-manager.io/ca""#),
        ("a\"b\\c", r#""a\"b\\c""#),
        ("tab\tline\nreturn\r", r#""tab\tline\nreturn\r""#),
        ("\u{7}\u{8}\u{b}\u{c}", r#""\a\b\v\f""#),
        ("\u{0}\u{1b}\u{7f}", r#""\x00\x1b\x7f""#),
        ("größe", "\"größe\""),
        ("e\u{301}", "\"e\u{301}\""),
        ("\u{301}", "\"\u{301}\""),
        ("\u{ad}\u{200b}\u{feff}", r#""\u00ad\u200b\ufeff""#),
        ("\u{a0}", r#""\u00a0""#),
        ("\u{1f512}\u{e0001}", "\"\u{1f512}\\U000e0001\""),
    ];

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        for (text, want) in QUOTES {
            assert_eq!(quote(text), want, "{text:?}");
        }
        assert_eq!(quote_octets(b"a\xff\xc3\xa9\xed\xa0\x80"), "\"a\\xff\u{e9}\\xed\\xa0\\x80\"");
    }
}
