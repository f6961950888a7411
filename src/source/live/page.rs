//! One page of a list: its items are cut out of the text, and decoded as those of a dump.

use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::failure::Failure;
use crate::object::NamespacedName;
use crate::object::json_scan::{elements, fields, skip_space};

/// A page, and where its items stand.
pub(super) struct Page {
    text: Zeroizing<Vec<u8>>,
    items: Vec<Range<usize>>,
    /// The token that asks for the next page; `None` on the last one.
    pub(super) next: Option<String>,
}

/// What the metadata of an item tells without decoding it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    /// Namespace and name.
    pub(super) key: NamespacedName,
    /// `metadata.resourceVersion`, as it is written.
    pub(super) version: Box<str>,
    /// A label or an annotation of cert-manager's may be on it.
    pub(super) speaks_of_cert_manager: bool,
}

impl Page {
    /// Cuts a page. One that is not a whole List is refused as a whole.
    pub(super) fn cut(text: Zeroizing<Vec<u8>>) -> Result<Self, Failure> {
        let garbage = |what: &str| Failure::Garbage(what.to_owned());
        let start = skip_space(&text, 0);
        let list = text.get(start..).filter(|list| list.starts_with(b"{")).ok_or_else(|| garbage("no JSON object"))?;
        let (mut is_list, mut next, mut found) = (false, None, None);
        for field in fields(list) {
            let field = field.map_err(|error| Failure::Garbage(error.to_string()))?;
            let end = field.end.map_err(|error| Failure::Garbage(error.to_string()))?;
            let value = list.get(field.start..end).unwrap_or_default();
            match field.key {
                b"\"kind\"" => is_list = value.ends_with(b"List\""),
                b"\"metadata\"" => next = text_of(value, b"\"continue\"").filter(|token| !token.is_empty()),
                b"\"items\"" => found = Some((field.start, value)),
                _ => {}
            }
        }
        let (offset, array) = found.filter(|_| is_list).ok_or_else(|| garbage("it is no List"))?;
        let mut items = Vec::new();
        // An empty list may be `null`.
        for element in elements(array) {
            let element = element.map_err(|error| Failure::Garbage(error.to_string()))?;
            items.push(start + offset + element.start..start + offset + element.end);
        }
        if !array.starts_with(b"[") && array != b"null" {
            return Err(garbage("its items are no array"));
        }
        Ok(Self { text, items, next })
    }

    /// The items with what their metadata tells.
    pub(super) fn items(&self) -> impl Iterator<Item = (Heading, &[u8])> {
        let texts = self.items.iter().filter_map(|range| self.text.get(range.clone()));
        texts.map(|text| (Heading::of(text), text))
    }
}

impl Heading {
    /// Looks at the metadata of an object.
    pub(super) fn of(object: &[u8]) -> Self {
        let mut heading = Self::default();
        let Some(metadata) = value_of(object, b"\"metadata\"") else { return heading };
        for field in fields(metadata).map_while(Result::ok) {
            let Ok(end) = field.end else { break };
            let value = metadata.get(field.start..end).unwrap_or_default();
            match field.key {
                b"\"namespace\"" => heading.key.namespace = plain(value).map_or_else(|| "".into(), Arc::from),
                b"\"name\"" => heading.key.name = plain(value).map_or_else(|| "".into(), Arc::from),
                b"\"resourceVersion\"" => heading.version = plain(value).map(Into::into).unwrap_or_default(),
                b"\"labels\"" | b"\"annotations\"" => {
                    heading.speaks_of_cert_manager |= memchr::memmem::find(value, b"cert-manager.io/").is_some();
                }
                _ => {}
            }
        }
        heading
    }
}

fn value_of<'t>(object: &'t [u8], key: &[u8]) -> Option<&'t [u8]> {
    let field = fields(object).map_while(Result::ok).find(|field| field.key == key)?;
    object.get(field.start..field.end.ok()?)
}

fn text_of(object: &[u8], key: &[u8]) -> Option<String> {
    serde_json::from_slice(value_of(object, key)?).ok()
}

/// A text as Kubernetes writes names: without escapes.
fn plain(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value.strip_prefix(b"\"")?.strip_suffix(b"\"")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Result<Page, Failure> {
        Page::cut(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn items_and_the_token_are_found_in_any_order() {
        let texts = [
            r#"{"kind":"CertificateList","metadata":{"resourceVersion":"7","continue":"a\/b"},"items":[{"metadata":{"name":"x","namespace":"n","resourceVersion":"5"}},{}]}"#,
            r#" {"apiVersion":"v1","items":[{"metadata":{"name":"x","namespace":"n","resourceVersion":"5"}} , {}],"kind":"CertificateList","metadata":{"continue":"a/b"}}"#,
        ];
        for text in texts {
            let page = cut(text).unwrap();
            assert_eq!(page.next.as_deref(), Some("a/b"), "{text}");
            let headings: Vec<Heading> = page.items().map(|(heading, _)| heading).collect();
            let first = Heading { key: NamespacedName::new("n", "x"), version: "5".into(), ..Heading::default() };
            assert_eq!(headings, [first, Heading::default()], "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_list_is_refused() {
        let texts = [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"kind":"CertificateList"}"#,
            r#"{"kind":"CertificateList","items":{}}"#,
            r#"{"kind":"CertificateList","items":[{}"#,
            r#"{"kind":"CertificateList","items":[{}]"#,
            r#"{"kind":"CertificateList","items":[{} {}]}"#,
            r#"{"kind":"Status","items":[]}"#,
        ];
        for text in texts {
            assert!(matches!(cut(text), Err(Failure::Garbage(_))), "{text}");
        }
        for text in [r#"{"kind":"CertificateList","items":null}"#, r#"{"kind":"CertificateList","items":[]}"#] {
            assert_eq!(cut(text).unwrap().items().count(), 0, "{text}");
        }
    }
}
