//! Go's formatting verbs, as far as cert-manager's messages use them.

use std::fmt::Write as _;

use crate::time::Time;

/// `%v` of a list of strings: `[a b]`.
#[must_use]
pub fn list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<&str> = items.into_iter().collect();
    format!("[{}]", items.join(" "))
}

/// `%q` of a string (Go `strconv.Quote`).
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
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
    quoted.push('"');
    quoted
}

/// Go's `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    // Rust knows the same categories; after a letter it leaves combining marks alone, as Go does everywhere.
    !String::from_iter(['a', c]).escape_debug().to_string().contains("\\u{")
}

/// `%s` of a `*metav1.Time`: the time in UTC, or `<nil>`.
#[must_use]
pub fn time(time: Option<Time>) -> String {
    time.map_or_else(|| "<nil>".to_owned(), Time::go_string)
}

/// A list for people: `a, b`, or `none`.
#[must_use]
pub fn shown<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<&str> = items.into_iter().collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

/// A text for people: itself, or `none` when empty.
#[must_use]
pub fn shown_text(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTS: [(&[&str], &str); 4] =
        [(&[], "[]"), (&["a"], "[a]"), (&["a", "b"], "[a b]"), (&["a b", ""], "[a b ]")];

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
    fn texts_are_printed_as_go_prints_them() {
        for (items, want) in LISTS {
            assert_eq!(list(items.iter().copied()), want);
        }
        for (text, want) in QUOTES {
            assert_eq!(quote(text), want, "{text:?}");
        }
        assert_eq!((shown_text("").as_str(), shown_text("a").as_str()), ("none", "a"));
        assert_eq!(time(None), "<nil>");
        assert_eq!(time(Some(Time(0))), "1970-01-01 00:00:00 +0000 UTC");
    }
}
