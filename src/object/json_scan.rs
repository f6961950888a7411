//! Finds where JSON values begin and end, without believing that they are valid.
//!
//! An iterative walk that only knows strings and brackets. It cuts a List into items and an object into fields before
//! anything is typed, so that one broken item does not take its neighbours along, nesting costs no stack, and a text
//! that ends early still gives what came before.

use std::ops::Range;

use memchr::memchr2;

/// Why a value could not be cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// The text ends inside the value.
    #[error("the text ends early, at byte {at}")]
    EndsEarly {
        /// Length of the text.
        at: usize,
    },
    /// Another character should stand here.
    #[error("expected {expected} at byte {at}")]
    Unexpected {
        /// What should stand there.
        expected: &'static str,
        /// Offset in the text.
        at: usize,
    },
}

/// The first offset from `at` on that is not white space.
#[must_use]
pub fn skip_space(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(rest.len())
}

/// The offset behind the value that begins at `at`.
///
/// # Errors
/// [`ScanError`] when no value begins there or it does not end.
pub fn value_end(text: &[u8], at: usize) -> Result<usize, ScanError> {
    match text.get(at) {
        Some(b'"') => string_end(text, at),
        Some(b'{' | b'[') => container_end(text, at),
        Some(b'}' | b']' | b',' | b':') => Err(ScanError::Unexpected { expected: "a value", at }),
        Some(_) => {
            let rest = text.get(at..).unwrap_or_default();
            let stop =
                |b: &u8| matches!(b, b',' | b'}' | b']' | b':' | b'"' | b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t');
            Ok(at + rest.iter().position(stop).unwrap_or(rest.len()))
        }
        None => Err(ScanError::EndsEarly { at: text.len() }),
    }
}

fn string_end(text: &[u8], at: usize) -> Result<usize, ScanError> {
    let mut from = at + 1;
    while let Some(found) = memchr2(b'"', b'\\', text.get(from..).unwrap_or_default()) {
        if text.get(from + found) == Some(&b'"') {
            return Ok(from + found + 1);
        }
        from += found + 2;
    }
    Err(ScanError::EndsEarly { at: text.len() })
}

fn container_end(text: &[u8], at: usize) -> Result<usize, ScanError> {
    let mut depth = 0usize;
    let mut from = at;
    while let Some(byte) = text.get(from) {
        match byte {
            b'"' => {
                from = string_end(text, from)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Ok(from + 1);
                }
            }
            _ => {}
        }
        from += 1;
    }
    Err(ScanError::EndsEarly { at: text.len() })
}

/// Walks the elements of an array; stops after the first error.
pub struct Elements<'a> {
    text: &'a [u8],
    at: usize,
    first: bool,
    done: bool,
}

/// The elements of the array that begins at the start of `text`.
#[must_use]
pub fn elements(text: &[u8]) -> Elements<'_> {
    Elements { text, at: 1, first: true, done: text.first() != Some(&b'[') }
}

impl Elements<'_> {
    fn step(&mut self) -> Result<Option<Range<usize>>, ScanError> {
        let at = skip_space(self.text, self.at);
        let at = match (self.text.get(at), self.first) {
            (Some(b']'), _) => return Ok(None),
            (Some(b','), false) => skip_space(self.text, at + 1),
            (Some(_), true) => at,
            (Some(_), false) => return Err(ScanError::Unexpected { expected: "`,` or `]`", at }),
            (None, _) => return Err(ScanError::EndsEarly { at: self.text.len() }),
        };
        self.first = false;
        let end = value_end(self.text, at)?;
        self.at = end;
        Ok(Some(at..end))
    }
}

impl Iterator for Elements<'_> {
    type Item = Result<Range<usize>, ScanError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.step().transpose();
        self.done = !matches!(step, Some(Ok(_)));
        step
    }
}

/// Walks the fields of an object; stops after the first error.
pub struct Fields<'a> {
    text: &'a [u8],
    at: usize,
    first: bool,
    done: bool,
}

/// One field: the key with its quotes, and where the value stands.
pub struct Field<'a> {
    /// The key, quotes included.
    pub key: &'a [u8],
    /// Where the value begins.
    pub start: usize,
    /// Where it ends.
    pub end: Result<usize, ScanError>,
}

/// The fields of the object that begins at the start of `text`.
#[must_use]
pub fn fields(text: &[u8]) -> Fields<'_> {
    Fields { text, at: 1, first: true, done: text.first() != Some(&b'{') }
}

impl<'a> Fields<'a> {
    fn step(&mut self) -> Result<Option<Field<'a>>, ScanError> {
        let at = skip_space(self.text, self.at);
        let at = match (self.text.get(at), self.first) {
            (Some(b'}'), _) => return Ok(None),
            (Some(b','), false) => skip_space(self.text, at + 1),
            (Some(_), true) => at,
            (Some(_), false) => return Err(ScanError::Unexpected { expected: "`,` or `}`", at }),
            (None, _) => return Err(ScanError::EndsEarly { at: self.text.len() }),
        };
        self.first = false;
        if self.text.get(at) != Some(&b'"') {
            return Err(match self.text.get(at) {
                Some(_) => ScanError::Unexpected { expected: "a key", at },
                None => ScanError::EndsEarly { at: self.text.len() },
            });
        }
        let key_end = string_end(self.text, at)?;
        let key = self.text.get(at..key_end).unwrap_or_default();
        let colon = skip_space(self.text, key_end);
        if self.text.get(colon) != Some(&b':') {
            return Err(ScanError::Unexpected { expected: "`:`", at: colon });
        }
        let start = skip_space(self.text, colon + 1);
        let end = value_end(self.text, start);
        if let Ok(end) = end {
            self.at = end;
        }
        Ok(Some(Field { key, start, end }))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, ScanError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.step().transpose();
        self.done = !matches!(&step, Some(Ok(field)) if field.end.is_ok());
        step
    }
}

/// What an object calls itself, as far as that can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `apiVersion`, when it is a text.
    pub api_version: Option<Box<str>>,
    /// `kind`, when it is a text.
    pub kind: Option<Box<str>>,
    /// `metadata.namespace`, when it is a text.
    pub namespace: Option<Box<str>>,
    /// `metadata.name`, when it is a text.
    pub name: Option<Box<str>>,
}

fn text_at(text: &[u8], range: Range<usize>) -> Option<Box<str>> {
    let raw = text.get(range)?;
    match raw {
        // Names have no escapes; the general reader is for those that do.
        [b'"', plain @ .., b'"'] if !plain.contains(&b'\\') => std::str::from_utf8(plain).ok().map(Into::into),
        _ => serde_json::from_slice(raw).ok(),
    }
}

impl Identity {
    /// Reads the identity of an object, however broken the rest of it is.
    #[must_use]
    pub fn of(object: &[u8]) -> Self {
        let mut identity = Self::default();
        for field in fields(object).map_while(Result::ok) {
            let range = field.start..field.end.unwrap_or(object.len());
            match field.key {
                b"\"apiVersion\"" => identity.api_version = text_at(object, range),
                b"\"kind\"" => identity.kind = text_at(object, range),
                b"\"metadata\"" => identity.read_metadata(object.get(range).unwrap_or_default()),
                _ => {}
            }
        }
        identity
    }

    fn read_metadata(&mut self, metadata: &[u8]) {
        for field in fields(metadata).map_while(Result::ok) {
            let Ok(end) = field.end else { break };
            match field.key {
                b"\"namespace\"" => self.namespace = text_at(metadata, field.start..end),
                b"\"name\"" => self.name = text_at(metadata, field.start..end),
                _ => {}
            }
        }
    }
}

/// `apiVersion` alone: the first key of everything that an API server wrote.
#[must_use]
pub fn api_version(object: &[u8]) -> Option<Box<str>> {
    let field = fields(object).map_while(Result::ok).find(|field| field.key == b"\"apiVersion\"")?;
    text_at(object, field.start..field.end.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [(&str, Result<usize, ScanError>); 14] = [
        ("{}", Ok(2)),
        ("[1,[2]] x", Ok(7)),
        (r#""a\"b" x"#, Ok(6)),
        (r#""a\\" x"#, Ok(5)),
        (r#"{"a":"}"} x"#, Ok(9)),
        ("12.5,", Ok(4)),
        ("true}", Ok(4)),
        ("null", Ok(4)),
        ("", Err(ScanError::EndsEarly { at: 0 })),
        ("{", Err(ScanError::EndsEarly { at: 1 })),
        (r#"{"a"#, Err(ScanError::EndsEarly { at: 3 })),
        (r#""a\"#, Err(ScanError::EndsEarly { at: 3 })),
        ("]", Err(ScanError::Unexpected { expected: "a value", at: 0 })),
        (",", Err(ScanError::Unexpected { expected: "a value", at: 0 })),
    ];

    #[test]
    fn values_end_where_they_end() {
        for (text, expected) in VALUES {
            assert_eq!(value_end(text.as_bytes(), 0), expected, "{text}");
        }
    }

    #[test]
    fn elements_before_a_fault_are_found() {
        let walk = |text: &str| -> Vec<String> {
            let show = |step: Result<Range<usize>, ScanError>| match step {
                Ok(range) => text[range].to_owned(),
                Err(error) => error.to_string(),
            };
            elements(text.as_bytes()).map(show).collect()
        };
        assert_eq!(walk("[]"), Vec::<String>::new());
        assert_eq!(walk("[ 1 , {} , [2] ]"), ["1", "{}", "[2]"]);
        assert_eq!(walk("[1 2]"), ["1", "expected `,` or `]` at byte 3"]);
        assert_eq!(walk("[1,]"), ["1", "expected a value at byte 3"]);
        assert_eq!(walk("[1,{"), ["1", "the text ends early, at byte 4"]);
        assert_eq!(walk("{}"), Vec::<String>::new());
    }

    const IDENTITIES: [(&str, [Option<&str>; 4]); 6] = [
        (
            r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"b"}}"#,
            [Some("v1"), Some("Secret"), Some("b"), Some("a")],
        ),
        (r#"{"metadata":{"name":"a","labels":{"name":"x"}},"kind":"Secret"}"#, [None, Some("Secret"), None, Some("a")]),
        (r#"{"kind":"A","kind":"B","metadata":{"name":"a","x":"#, [None, Some("B"), None, Some("a")]),
        (r#"{"kind":7,"metadata":[],"apiVersion":"\u00761"}"#, [Some("v1"), None, None, None]),
        (r#"{"spec":{"kind":"x"}}"#, [None; 4]),
        ("7", [None; 4]),
    ];

    #[test]
    fn identities_are_read_however_broken_the_rest_is() {
        for (text, [api_version, kind, namespace, name]) in IDENTITIES {
            let text_of = |text: Option<&str>| text.map(Box::from);
            let expected = Identity {
                api_version: text_of(api_version),
                kind: text_of(kind),
                namespace: text_of(namespace),
                name: text_of(name),
            };
            assert_eq!(Identity::of(text.as_bytes()), expected, "{text}");
        }
    }
}
