//! The ResourceSet that a backup of Rancher's was made with: which objects were to be in it (restore rules 7.3; the
//! operator's `pkg/resourcesets/collector.go`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::object::Kind;
use crate::object::kind::KINDS;
use crate::object::serde_help::nullable;

/// `filters/filters.json`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ResourceSet {
    #[serde(deserialize_with = "nullable")]
    resource_selectors: Vec<ResourceSelector>,
}

/// One selector: everything that fits all of its fields.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceSelector {
    #[serde(deserialize_with = "nullable")]
    api_version: Box<str>,
    #[serde(deserialize_with = "nullable")]
    kinds: Vec<Box<str>>,
    #[serde(deserialize_with = "nullable")]
    kinds_regexp: Box<str>,
    #[serde(deserialize_with = "nullable")]
    exclude_kinds: Vec<Box<str>>,
    #[serde(deserialize_with = "nullable")]
    resource_names: Vec<Box<str>>,
    #[serde(deserialize_with = "nullable")]
    resource_name_regexp: Box<str>,
    #[serde(deserialize_with = "nullable")]
    exclude_resource_name_regexp: Box<str>,
    #[serde(deserialize_with = "nullable")]
    namespaces: Vec<Box<str>>,
    #[serde(deserialize_with = "nullable")]
    namespace_regexp: Box<str>,
    #[serde(deserialize_with = "nullable")]
    label_selectors: BTreeMap<Box<str>, Value>,
    #[serde(deserialize_with = "nullable")]
    field_selectors: BTreeMap<Box<str>, Value>,
}

impl ResourceSet {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(text)
    }

    /// Whether every object of a kind was selected.
    pub(super) fn holds_all(&self, kind: Kind) -> bool {
        self.resource_selectors.iter().any(|selector| selector.selects(kind) && selector.is_everywhere())
    }

    /// Whether every object of a kind in a namespace was selected.
    pub(super) fn holds_all_in(&self, kind: Kind, namespace: &str) -> bool {
        self.resource_selectors.iter().any(|selector| {
            let is_named = selector.namespaces.iter().any(|name| **name == *namespace);
            selector.selects(kind) && (is_named || selector.is_everywhere())
        })
    }
}

impl ResourceSelector {
    /// Whether it selects objects of a kind whatever their names, labels and fields.
    fn selects(&self, kind: Kind) -> bool {
        let names_all = self.resource_names.is_empty()
            && is_everything(&self.resource_name_regexp)
            && self.exclude_resource_name_regexp.is_empty()
            && self.label_selectors.is_empty()
            && self.field_selectors.is_empty();
        let group = self.api_version.split_once('/').map_or("", |(group, _)| group);
        let mut rows = KINDS.iter().filter(|row| row.kind == kind && row.group == group);
        names_all && rows.any(|row| self.selects_kind(row.name, row.plural))
    }

    fn selects_kind(&self, name: &str, plural: &str) -> bool {
        let holds = |list: &[Box<str>]| list.iter().any(|kind| **kind == *name || **kind == *plural);
        if self.kinds.is_empty() && self.kinds_regexp.is_empty() {
            return true;
        }
        let by_pattern = !self.kinds_regexp.is_empty()
            && (matches(&self.kinds_regexp, name) || matches(&self.kinds_regexp, plural))
            && !holds(&self.exclude_kinds);
        holds(&self.kinds) || by_pattern
    }

    fn is_everywhere(&self) -> bool {
        self.namespaces.is_empty() && is_everything(&self.namespace_regexp)
            || matches!(&*self.namespace_regexp, "." | ".*")
    }
}

fn is_everything(pattern: &str) -> bool {
    matches!(pattern, "" | "." | ".*")
}

/// Whether a regular expression surely matches: alternatives of plain words, with or without anchors, are understood. What
/// is not understood does not count as a match, as then nothing is taken for whole that may not be.
fn matches(pattern: &str, text: &str) -> bool {
    is_everything(pattern)
        || pattern.split('|').any(|word| {
            let (begins, word) = word.strip_prefix('^').map_or((false, word), |word| (true, word));
            let (ends, word) = word.strip_suffix('$').map_or((false, word), |word| (true, word));
            let is_plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
            is_plain
                && match (begins, ends) {
                    (true, true) => text == word,
                    (true, false) => text.starts_with(word),
                    (false, true) => text.ends_with(word),
                    (false, false) => text.contains(word),
                }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A selector, and whether it holds all Secrets, those of `shop`, and all Certificates.
    const SELECTORS: [(&str, [bool; 3]); 16] = [
        (r#"{"apiVersion":"v1"}"#, [true, true, false]),
        (r#"{"apiVersion":"v1","kindsRegexp":"."}"#, [true, true, false]),
        (r#"{"apiVersion":"v1","kinds":["secrets"]}"#, [true, true, false]),
        (r#"{"apiVersion":"v1","kinds":["Secret"],"labelSelectors":null}"#, [true, true, false]),
        (r#"{"apiVersion":"v1","kindsRegexp":"^namespaces$|^secrets$"}"#, [true, true, false]),
        (r#"{"apiVersion":"v1","kindsRegexp":"^secret[s]$"}"#, [false, false, false]),
        (r#"{"apiVersion":"v1","kindsRegexp":".","excludeKinds":["secrets"]}"#, [false, false, false]),
        (r#"{"apiVersion":"v1","kinds":["secrets"],"namespaces":["shop"]}"#, [false, true, false]),
        (r#"{"apiVersion":"v1","kinds":["secrets"],"namespaceRegexp":"^cattle-"}"#, [false, false, false]),
        (r#"{"apiVersion":"v1","kinds":["secrets"],"namespaces":["a"],"namespaceRegexp":"."}"#, [true, true, false]),
        (r#"{"apiVersion":"v1","kinds":["secrets"],"resourceNames":["x"]}"#, [false, false, false]),
        (r#"{"apiVersion":"v1","kinds":["secrets"],"excludeResourceNameRegexp":"x"}"#, [false, false, false]),
        (r#"{"apiVersion":"v1","kinds":["secrets"],"labelSelectors":{"matchLabels":{"a":"b"}}}"#, [false; 3]),
        (r#"{"apiVersion":"v1","kinds":["secrets"],"fieldSelectors":{"type":"x"}}"#, [false; 3]),
        (r#"{"apiVersion":"cert-manager.io/v1","kindsRegexp":"."}"#, [false, false, true]),
        (r#"{"apiVersion":"cert-manager.io/v1","kinds":["issuers"]}"#, [false; 3]),
    ];

    #[test]
    fn selectors_tell_what_is_whole() {
        for (selector, expected) in SELECTORS {
            let text = format!(r#"{{"kind":"ResourceSet","resourceSelectors":[{selector}]}}"#);
            let set = ResourceSet::read(text.as_bytes()).unwrap();
            let found =
                [set.holds_all(Kind::Secret), set.holds_all_in(Kind::Secret, "shop"), set.holds_all(Kind::Certificate)];
            assert_eq!(found, expected, "{selector}");
        }
    }
}
