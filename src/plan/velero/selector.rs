//! Label selectors as Velero and kubectl take them (`metav1.LabelSelector`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::object::serde_help::StringMap;

/// A label selector: all of its conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct LabelSelector {
    /// Labels and the values that they must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// Conditions on labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<Requirement>,
}

/// One condition of a selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// It has one of the values.
    In,
    /// It has none of the values, or is not there.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

impl LabelSelector {
    /// Whether labels fulfil it; an empty one is fulfilled by all.
    #[must_use]
    pub fn matches(&self, labels: &StringMap) -> bool {
        let listed = self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value));
        listed && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    fn matches(&self, labels: &StringMap) -> bool {
        let value = labels.get(&self.key);
        let among = value.is_some_and(|value| self.values.iter().any(|wanted| wanted == value));
        match self.operator {
            Operator::In => among,
            Operator::NotIn => !among,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

/// Whether an object passes `labelSelector` and `orLabelSelectors`; without either all do.
#[must_use]
pub fn selects(one: Option<&LabelSelector>, any: &[LabelSelector], labels: &StringMap) -> bool {
    one.is_none_or(|selector| selector.matches(labels))
        && (any.is_empty() || any.iter().any(|selector| selector.matches(labels)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_match_as_the_api_server_does() {
        const ROWS: &[(&str, bool)] = &[
            ("{}", true),
            ("{matchLabels: {app: shop}}", true),
            ("{matchLabels: {app: bank}}", false),
            ("{matchLabels: {app: shop, tier: front}}", false),
            ("{matchExpressions: [{key: app, operator: In, values: [bank, shop]}]}", true),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [bank]}]}", true),
            ("{matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}", true),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [shop]}]}", false),
            ("{matchExpressions: [{key: app, operator: Exists}]}", true),
            ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", false),
            ("{matchLabels: {app: shop}, matchExpressions: [{key: tier, operator: Exists}]}", false),
        ];
        let labels: StringMap = [("app", "shop")].into_iter().collect();
        for (yaml, expected) in ROWS {
            let selector: LabelSelector = serde_saphyr::from_str(yaml).unwrap();
            assert_eq!(selector.matches(&labels), *expected, "{yaml}");
        }
    }

    #[test]
    fn r22_one_selector_or_any_of_several() {
        let selector = |app: &str| LabelSelector {
            match_labels: [("app".to_owned(), app.to_owned())].into(),
            ..LabelSelector::default()
        };
        let labels: StringMap = [("app", "shop")].into_iter().collect();
        assert!(selects(None, &[], &labels));
        assert!(selects(Some(&selector("shop")), &[], &labels));
        assert!(!selects(Some(&selector("bank")), &[], &labels));
        assert!(selects(None, &[selector("bank"), selector("shop")], &labels));
        assert!(!selects(None, &[selector("bank")], &labels));
    }
}
