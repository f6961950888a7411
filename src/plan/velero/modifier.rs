//! Velero's resource modifiers (R-39, corrections C): a ConfigMap with patches for what a restore creates.
//!
//! Source: `internal/resourcemodifiers@v1.18.1`.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::selector::LabelSelector;

/// Why Velero would end a Restore with such a ConfigMap as `FailedValidation`.
#[derive(Debug, thiserror::Error)]
pub enum ModifierError {
    /// Not exactly one key.
    #[error("the ConfigMap has {0} keys, and must have one")]
    Keys(usize),
    /// Not what a modifier looks like.
    #[error("{0}")]
    Malformed(String),
    /// Another version.
    #[error("version {0:?}, and only v1 is known")]
    Version(String),
    /// Several kinds of patches in one rule.
    #[error("rule {0} has more than one kind of patch")]
    MixedPatches(usize),
    /// A regular expression that does not compile.
    #[error("rule {rule}: {error}")]
    Expression {
        /// From 1.
        rule: usize,
        /// What is wrong.
        error: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    #[serde(default)]
    version: String,
    #[serde(default)]
    resource_modifier_rules: Vec<RuleDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleDocument {
    conditions: ConditionsDocument,
    #[serde(default)]
    patches: Vec<JsonPatch>,
    #[serde(default)]
    merge_patches: Vec<DataPatch>,
    #[serde(default)]
    strategic_patches: Vec<DataPatch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConditionsDocument {
    #[serde(default)]
    namespaces: Vec<String>,
    group_resource: String,
    #[serde(default)]
    resource_name_regex: String,
    #[serde(default)]
    label_selector: Option<LabelSelector>,
    #[serde(default)]
    matches: Vec<Match>,
}

/// A value that an object must have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// A JSON pointer.
    pub path: String,
    /// The value as a text, typed as in a patch.
    pub value: String,
}

/// One operation of RFC 6902 with a value that is a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonPatch {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub operation: String,
    /// Where from.
    #[serde(default)]
    pub from: String,
    /// A JSON pointer.
    #[serde(default)]
    pub path: String,
    /// The value as a text.
    #[serde(default)]
    pub value: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DataPatch {
    patch_data: String,
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Patches {
    /// RFC 6902.
    Json(Vec<JsonPatch>),
    /// RFC 7396.
    Merge(Vec<Value>),
    /// Kubernetes' strategic merge, which needs a type that Velero knows: it fails on custom resources.
    Strategic(Vec<Value>),
}

/// One rule.
#[derive(Clone, Debug)]
pub struct ModifierRule {
    resource: GlobMatcher,
    namespaces: Vec<GlobMatcher>,
    name: Option<Regex>,
    selector: Option<LabelSelector>,
    /// Values that the object must have.
    pub matches: Vec<Match>,
    /// What is done.
    pub patches: Patches,
}

/// The rules of a ConfigMap.
#[derive(Clone, Debug, Default)]
pub struct Modifiers {
    /// In their order.
    pub rules: Vec<ModifierRule>,
}

impl Modifiers {
    /// Reads the data of a ConfigMap.
    ///
    /// # Errors
    /// [`ModifierError`]: what makes Velero refuse the Restore.
    pub fn parse(data: &BTreeMap<String, String>) -> Result<Self, ModifierError> {
        let (1, Some(text)) = (data.len(), data.values().next()) else { return Err(ModifierError::Keys(data.len())) };
        let document: Document = yaml(text)?;
        if document.version != "v1" {
            return Err(ModifierError::Version(document.version));
        }
        let rules = document.resource_modifier_rules.into_iter().zip(1..).map(|(rule, number)| rule.compile(number));
        Ok(Self { rules: rules.collect::<Result<_, _>>()? })
    }
}

fn yaml<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, ModifierError> {
    serde_saphyr::from_str(text).map_err(|error| ModifierError::Malformed(error.without_snippet().to_string()))
}

impl RuleDocument {
    fn compile(self, number: usize) -> Result<ModifierRule, ModifierError> {
        let kinds = [self.patches.is_empty(), self.merge_patches.is_empty(), self.strategic_patches.is_empty()];
        if kinds.iter().filter(|empty| !**empty).count() > 1 {
            return Err(ModifierError::MixedPatches(number));
        }
        let data = |patches: Vec<DataPatch>| -> Result<Vec<Value>, ModifierError> {
            patches.iter().map(|patch| yaml(&patch.patch_data)).collect()
        };
        let patches = match kinds {
            [_, false, _] => Patches::Merge(data(self.merge_patches)?),
            [_, _, false] => Patches::Strategic(data(self.strategic_patches)?),
            _ => Patches::Json(self.patches),
        };
        let conditions = self.conditions;
        let bad = |error: String| ModifierError::Expression { rule: number, error };
        let name = match conditions.resource_name_regex.as_str() {
            "" => None,
            expression => Some(Regex::new(expression).map_err(|error| bad(error.to_string()))?),
        };
        let namespaces = conditions.namespaces.iter().map(|pattern| glob(pattern, false).map_err(&bad));
        Ok(ModifierRule {
            resource: glob(&dots_to_slashes(&conditions.group_resource), true).map_err(&bad)?,
            namespaces: namespaces.collect::<Result<_, _>>()?,
            name,
            selector: conditions.label_selector,
            matches: conditions.matches,
            patches,
        })
    }
}

/// The glob of Velero takes `.` for the separator, this one `/`.
fn dots_to_slashes(text: &str) -> String {
    text.replace('.', "/")
}

fn glob(pattern: &str, separated: bool) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(pattern).literal_separator(separated).build().map_err(|error| error.to_string())?;
    Ok(glob.compile_matcher())
}

impl ModifierRule {
    /// Whether the rule is meant for an object, its values apart. `namespace` is that of the source.
    #[must_use]
    pub fn concerns(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        labels: &crate::object::serde_help::StringMap,
    ) -> bool {
        let here = namespace.is_empty()
            || self.namespaces.is_empty()
            || self.namespaces.iter().any(|pattern| pattern.is_match(namespace));
        here && self.resource.is_match(dots_to_slashes(resource))
            && self.name.as_ref().is_none_or(|expression| expression.is_match(name))
            && self.selector.as_ref().is_none_or(|selector| selector.matches(labels))
    }
}

/// The value of a patch: a text in double quotes, `null`, a boolean, a number, an object or a list is JSON, everything else a
/// text.
#[must_use]
pub fn typed(text: &str) -> Value {
    let raw = text.trim();
    let is_json =
        raw.starts_with(['"', '{', '[']) || matches!(raw, "null" | "true" | "false") || raw.parse::<f64>().is_ok();
    let parsed = is_json.then(|| serde_json::from_str(raw).ok()).flatten();
    parsed.unwrap_or_else(|| Value::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::object::serde_help::StringMap;

    fn parse(yaml: &str) -> Result<Modifiers, ModifierError> {
        Modifiers::parse(&[("rules.yaml".to_owned(), yaml.to_owned())].into())
    }

    fn rule(conditions: &str) -> ModifierRule {
        let text = format!("version: v1\nresourceModifierRules:\n- conditions: {conditions}\n  patches: []\n");
        parse(&text).unwrap().rules.remove(0)
    }

    #[test]
    fn corrections_c_globs_of_group_resource() {
        const ROWS: &[(&str, &[&str])] = &[
            ("*", &["secrets"]),
            ("*.*", &[]),
            ("*.cert-manager.io", &["certificates.cert-manager.io"]),
            ("*.acme.cert-manager.io", &["orders.acme.cert-manager.io"]),
            ("certificates", &[]),
            ("certificates.*", &[]),
            ("{certificates,issuers}.cert-manager.io", &["certificates.cert-manager.io"]),
            (
                "**",
                &[
                    "secrets",
                    "certificates.cert-manager.io",
                    "orders.acme.cert-manager.io",
                    "ingresses.networking.k8s.io",
                ],
            ),
            ("certificates.**", &["certificates.cert-manager.io"]),
            ("**.cert-manager.io", &["certificates.cert-manager.io", "orders.acme.cert-manager.io"]),
            ("certificates.cert-manager.io", &["certificates.cert-manager.io"]),
        ];
        const ALL: [&str; 4] =
            ["secrets", "certificates.cert-manager.io", "orders.acme.cert-manager.io", "ingresses.networking.k8s.io"];
        for (pattern, expected) in ROWS {
            let rule = rule(&format!("{{groupResource: '{pattern}'}}"));
            let found: Vec<_> =
                ALL.into_iter().filter(|name| rule.concerns(name, "shop", "web", &StringMap::default())).collect();
            assert_eq!(&found, expected, "{pattern}");
        }
    }

    #[test]
    fn other_conditions() {
        let labels: StringMap = [("app", "shop")].into_iter().collect();
        let concerns = |conditions: &str, namespace: &str, name: &str| {
            rule(&format!("{{groupResource: '**', {conditions}}}")).concerns("secrets", namespace, name, &labels)
        };
        assert!(concerns("namespaces: ['sh*']", "shop", "web") && !concerns("namespaces: ['b*']", "shop", "web"));
        assert!(concerns("namespaces: ['b*']", "", "web"), "ignored for cluster-scoped objects");
        assert!(concerns("resourceNameRegex: 'e.$'", "shop", "web"), "unanchored");
        assert!(!concerns("resourceNameRegex: '^e'", "shop", "web"));
        assert!(concerns("labelSelector: {matchLabels: {app: shop}}", "shop", "web"));
        assert!(!concerns("labelSelector: {matchLabels: {app: bank}}", "shop", "web"));
    }

    #[test]
    fn what_velero_refuses() {
        const RULE: &str = "resourceModifierRules:\n- conditions: {groupResource: secrets}\n";
        let rows: &[(String, &str)] = &[
            (format!("version: v2\n{RULE}"), "version"),
            (RULE.to_owned(), "version"),
            (format!("version: v1\n{RULE}  patch: []\n"), "patch"),
            (
                format!(
                    "version: v1\n{RULE}  patches: [{{operation: test, path: /a}}]\n  mergePatches: [{{patchData: '{{}}'}}]\n"
                ),
                "more than one kind",
            ),
            (
                "version: v1\nresourceModifierRules:\n- conditions: {groupResource: secrets, resourceNameRegex: '('}\n"
                    .to_owned(),
                "rule 1",
            ),
        ];
        for (text, expected) in rows {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let two = [("a".to_owned(), String::new()), ("b".to_owned(), String::new())].into();
        assert!(matches!(Modifiers::parse(&two), Err(ModifierError::Keys(2))));
    }

    #[test]
    fn r39_values_are_typed_again() {
        for (text, value) in [
            ("true", json!(true)),
            ("\"true\"", json!("true")),
            ("null", Value::Null),
            ("12", json!(12)),
            ("web", json!("web")),
            ("{\"a\": 1}", json!({"a": 1})),
            ("[1]", json!([1])),
            ("{not json", json!("{not json")),
            ("", json!("")),
        ] {
            assert_eq!(typed(text), value, "{text}");
        }
    }
}
