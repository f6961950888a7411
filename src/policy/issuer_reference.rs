//! Comparison of issuer references, with and without defaults (rules 1.4, 2.1, 2.8).

use crate::object::ObjectReference;
use crate::object::secret::annotation;
use crate::object::{Secret, StringMap};

/// Whether the issuer annotations of a Secret name an issuer's kind and group, once empty ones count as `Issuer` and
/// `cert-manager.io`, and its name too where that is `compared`; absent annotations are empty.
#[must_use]
pub fn names_issuer(secret: &Secret, issuer: &ObjectReference, compared: bool) -> bool {
    let value = |key| secret.metadata.annotations.get(key).unwrap_or_default();
    let or_default = |key, default| Some(value(key)).filter(|text| !text.is_empty()).unwrap_or(default);
    (!compared || value(annotation::ISSUER_NAME) == &*issuer.name)
        && or_default(annotation::ISSUER_KIND, ObjectReference::KIND) == issuer.kind_or_default()
        && or_default(annotation::ISSUER_GROUP, ObjectReference::GROUP) == issuer.group_or_default()
}

/// The issuer annotations of a Secret as a reference; absent ones are empty.
#[must_use]
pub fn annotated(secret: &Secret) -> ObjectReference {
    let value = |key| secret.metadata.annotations.get(key).unwrap_or_default().into();
    ObjectReference {
        name: value(annotation::ISSUER_NAME),
        kind: value(annotation::ISSUER_KIND),
        group: value(annotation::ISSUER_GROUP),
    }
}

/// Whether any of the three issuer annotations is there, be it empty.
#[must_use]
pub fn is_annotated(annotations: &StringMap) -> bool {
    [annotation::ISSUER_NAME, annotation::ISSUER_KIND, annotation::ISSUER_GROUP]
        .into_iter()
        .any(|key| annotations.get(key).is_some())
}

/// Same kind and group once empty ones count as `Issuer` and `cert-manager.io`.
fn same_kind_and_group(a: &ObjectReference, b: &ObjectReference) -> bool {
    a.kind_or_default() == b.kind_or_default() && a.group_or_default() == b.group_or_default()
}

/// Whether a request's reference fits the spec's: as written, or from 1.18.3 and 1.19.1 on with defaults.
#[must_use]
pub fn matches(request: &ObjectReference, spec: &ObjectReference, with_defaults: bool) -> bool {
    if with_defaults { request.name == spec.name && same_kind_and_group(request, spec) } else { request == spec }
}

/// cert-manager's spelling in messages: `ClusterIssuer.cert-manager.io/ca`.
#[must_use]
pub fn format(reference: &ObjectReference) -> String {
    format!("{}.{}/{}", reference.kind_or_default(), reference.group_or_default(), reference.name)
}

/// As written, for people: what is empty is shown as such.
#[must_use]
pub fn as_written(reference: &ObjectReference) -> String {
    let part = |text: &str| if text.is_empty() { "(empty)".to_owned() } else { text.to_owned() };
    format!("name {}, kind {}, group {}", part(&reference.name), part(&reference.kind), part(&reference.group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference((name, kind, group): (&str, &str, &str)) -> ObjectReference {
        ObjectReference { name: name.into(), kind: kind.into(), group: group.into() }
    }

    type Written = (&'static str, &'static str, &'static str);

    /// Request's, spec's, match as written, match with defaults.
    const REFERENCES: [(Written, Written, bool, bool); 8] = [
        (("ca", "", ""), ("ca", "", ""), true, true),
        (("ca", "", ""), ("ca", "Issuer", "cert-manager.io"), false, true),
        (("ca", "Issuer", ""), ("ca", "", ""), false, true),
        (("ca", "", "cert-manager.io"), ("ca", "", ""), false, true),
        (("ca", "", ""), ("ca", "ClusterIssuer", ""), false, false),
        (("ca", "issuer", ""), ("ca", "Issuer", ""), false, false),
        (("ca", "Issuer", "example.com"), ("ca", "Issuer", ""), false, false),
        (("ca", "", ""), ("CA", "", ""), false, false),
    ];

    #[test]
    fn references_are_compared() {
        for (request, spec, strict, defaulted) in REFERENCES {
            let (request, spec) = (reference(request), reference(spec));
            assert_eq!(matches(&request, &spec, false), strict, "{request:?} {spec:?}");
            assert_eq!(matches(&request, &spec, true), defaulted, "{request:?} {spec:?}");
        }
        assert_eq!(as_written(&reference(("ca", "", "x.example"))), "name ca, kind (empty), group x.example");
        assert_eq!(format(&reference(("ca", "ClusterIssuer", ""))), "ClusterIssuer.cert-manager.io/ca");
        assert_eq!(format(&reference(("", "", ""))), "Issuer.cert-manager.io/");
    }
}
