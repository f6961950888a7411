//! `velero-backup.json`: the Backup that tells why something is not in a backup (restore rules 1.1, 2).

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::object::Kind;
use crate::object::kind::{CERT_MANAGER_GROUPS, KINDS, KindRow};
use crate::object::resource_name::kind_of;
use crate::object::serde_help::nullable;
use crate::plan::velero::{Filter, is_glob};
use crate::time::Time;

/// A Velero Backup, as far as it explains what the backup holds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VeleroBackup {
    /// `metadata.name`.
    pub name: Box<str>,
    /// `metadata.namespace`, where Velero runs.
    pub namespace: Box<str>,
    /// The filters of `spec`.
    pub filters: VeleroFilters,
    /// `status.phase`; `PartiallyFailed` means that items may be missing.
    pub phase: Box<str>,
    /// `status.version`, the format's major version.
    pub version: Option<i64>,
    /// `status.formatVersion`, e.g. `1.1.0`; from `metadata/version` of the archive when the Backup does not tell.
    pub format_version: Box<str>,
    /// `status.startTimestamp`.
    pub started: Option<Time>,
    /// `status.completionTimestamp`.
    pub completed: Option<Time>,
    /// `status.errors`.
    pub errors: i64,
}

/// The filters of a Backup's `spec`; an empty list is one that was not given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VeleroFilters {
    /// `includedNamespaces`
    #[serde(deserialize_with = "nullable")]
    pub included_namespaces: Vec<Box<str>>,
    /// `excludedNamespaces`
    #[serde(deserialize_with = "nullable")]
    pub excluded_namespaces: Vec<Box<str>>,
    /// `includedResources`
    #[serde(deserialize_with = "nullable")]
    pub included_resources: Vec<Box<str>>,
    /// `excludedResources`
    #[serde(deserialize_with = "nullable")]
    pub excluded_resources: Vec<Box<str>>,
    /// `includeClusterResources`
    pub include_cluster_resources: Option<bool>,
    /// `includedClusterScopedResources`
    #[serde(deserialize_with = "nullable")]
    pub included_cluster_scoped_resources: Vec<Box<str>>,
    /// `excludedClusterScopedResources`
    #[serde(deserialize_with = "nullable")]
    pub excluded_cluster_scoped_resources: Vec<Box<str>>,
    /// `includedNamespaceScopedResources`
    #[serde(deserialize_with = "nullable")]
    pub included_namespace_scoped_resources: Vec<Box<str>>,
    /// `excludedNamespaceScopedResources`
    #[serde(deserialize_with = "nullable")]
    pub excluded_namespace_scoped_resources: Vec<Box<str>>,
    /// `labelSelector`, as it stands.
    pub label_selector: Option<serde_json::Value>,
    /// `orLabelSelectors`, as they stand.
    #[serde(deserialize_with = "nullable")]
    pub or_label_selectors: Vec<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    kind: Box<str>,
    #[serde(deserialize_with = "nullable")]
    metadata: WireMeta,
    #[serde(deserialize_with = "nullable")]
    spec: VeleroFilters,
    #[serde(deserialize_with = "nullable")]
    status: WireStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireMeta {
    #[serde(deserialize_with = "nullable")]
    name: Box<str>,
    #[serde(deserialize_with = "nullable")]
    namespace: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireStatus {
    #[serde(deserialize_with = "nullable")]
    phase: Box<str>,
    version: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    format_version: Box<str>,
    start_timestamp: Option<Time>,
    completion_timestamp: Option<Time>,
    #[serde(deserialize_with = "nullable")]
    errors: i64,
}

impl VeleroBackup {
    /// Reads a Backup.
    ///
    /// # Errors
    /// Says why the text is none.
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(json).map_err(|error| format!("not a Velero Backup: {error}"))?;
        if &*wire.kind != "Backup" {
            return Err("not a Velero Backup: its kind is not Backup".to_owned());
        }
        Ok(Self {
            name: wire.metadata.name,
            namespace: wire.metadata.namespace,
            filters: wire.spec,
            phase: wire.status.phase,
            version: wire.status.version,
            format_version: wire.status.format_version,
            started: wire.status.start_timestamp,
            completed: wire.status.completion_timestamp,
            errors: wire.status.errors,
        })
    }

    /// Whether a tarball of this name is this Backup's: `<name>.tar.gz` in the object store, `<name>-data.tar.gz` as
    /// `velero backup download` writes it. Of a renamed file nothing can be said.
    pub(super) fn may_describe(&self, tarball: &Path) -> bool {
        let file = tarball.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = file.strip_suffix(".tar.gz").or_else(|| file.strip_suffix(".tgz")).unwrap_or(&file);
        *self.name == *stem || Some(&*self.name) == stem.strip_suffix("-data")
    }
}

impl VeleroFilters {
    /// Whether objects are chosen by labels, so that any object may be left out.
    #[must_use]
    pub fn selects_by_label(&self) -> bool {
        let chooses = |selector: &serde_json::Value| selector.as_object().is_some_and(|object| !object.is_empty());
        self.label_selector.as_ref().is_some_and(chooses) || !self.or_label_selectors.is_empty()
    }

    /// Entries of the resource lists that speak of cert-manager and mean none of its kinds, with the list's name: Velero
    /// keeps them as plain text (R-10).
    #[must_use]
    pub fn unresolved(&self) -> Vec<(&'static str, &str)> {
        let lists = [
            ("includedResources", &self.included_resources),
            ("excludedResources", &self.excluded_resources),
            ("includedClusterScopedResources", &self.included_cluster_scoped_resources),
            ("excludedClusterScopedResources", &self.excluded_cluster_scoped_resources),
            ("includedNamespaceScopedResources", &self.included_namespace_scoped_resources),
            ("excludedNamespaceScopedResources", &self.excluded_namespace_scoped_resources),
        ];
        let entries = lists.into_iter().flat_map(|(name, list)| list.iter().map(move |entry| (name, &**entry)));
        let mut given = BTreeSet::new();
        entries.filter(|entry| is_misspelled(entry.1) && given.insert(*entry)).collect()
    }

    /// Whether all objects of a kind in the chosen namespaces are backed up (R-12, R-16, R-19). For kinds of the cluster
    /// only when the Backup asks for all of them, as the defaults changed between releases (corrections A2).
    #[must_use]
    pub fn holds_all(&self, kind: Kind) -> bool {
        if self.selects_by_label() {
            return false;
        }
        let any = |list: &[Box<str>]| list.iter().any(|pattern| &**pattern == "*" || names(pattern, kind));
        let includes = |list: &[Box<str>]| list.is_empty() || any(list);
        let old = includes(&self.included_resources) && !any(&self.excluded_resources);
        if kind.is_namespaced() {
            old && includes(&self.included_namespace_scoped_resources)
                && !any(&self.excluded_namespace_scoped_resources)
        } else {
            let asked = self.include_cluster_resources == Some(true) || any(&self.included_cluster_scoped_resources);
            old && asked && !any(&self.excluded_cluster_scoped_resources)
        }
    }
}

/// How many letters a name may be off and still mean one of ours.
const NEAR: usize = 2;

/// Names shorter than this are near to too many others, as `issuers` is to `issues`.
const TELLING: usize = 9;

/// Whether an entry must mean one of cert-manager's kinds and means none. Kinds of other groups are not known here: without
/// a group only a name that is nearly one of ours must mean it (`certificaterequestpolicies` are another project's).
fn is_misspelled(entry: &str) -> bool {
    let entry = entry.to_lowercase();
    let (name, group) = entry.split_once('.').unwrap_or((&entry, ""));
    let is_own = |row: &KindRow| CERT_MANAGER_GROUPS.contains(&row.group);
    let near = |known: &str| known.len() >= TELLING && strsim::levenshtein(known, name) <= NEAR;
    let mut own = KINDS.iter().filter(|row| is_own(row)).map(|row| (row.plural, row.name.to_lowercase()));
    let ours = if group.is_empty() {
        own.any(|(plural, singular)| near(plural) || near(&singular))
    } else {
        // A group of its own, such as awspca.cert-manager.io, belongs to an external issuer.
        group.contains("cert") && own.any(|(plural, singular)| plural == name || singular == name)
    };
    ours && !KINDS.iter().any(|row| names(&entry, row.kind))
}

/// Whether an entry of a filter means this kind (R-10, R-11): by name, or by a glob over `plural.group`.
fn names(entry: &str, kind: Kind) -> bool {
    let entry = entry.to_lowercase();
    if is_glob(&entry) {
        return Filter::new(&[&entry], &[]).should_include(&kind.resource());
    }
    kind_of(&entry) == Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, Kind, bool); 16] = [
        ("secrets", Kind::Secret, true),
        ("Secret", Kind::Secret, true),
        ("secrets.apps", Kind::Secret, false),
        ("certificates", Kind::Certificate, true),
        ("certificates.cert-manager.io", Kind::Certificate, true),
        ("cert", Kind::Certificate, true),
        ("orders.acme", Kind::Order, true),
        ("orders.acme.cert-manager.io", Kind::Order, true),
        ("orders.cert-manager.io", Kind::Order, false),
        ("*.cert-manager.io", Kind::Order, true),
        ("*.cert-manager.io", Kind::Secret, false),
        ("s*", Kind::Secret, true),
        ("secre?s", Kind::Secret, true),
        ("*crets", Kind::Secret, true),
        ("*x", Kind::Secret, false),
        ("configmaps", Kind::Secret, false),
    ];

    #[test]
    fn resource_names_are_resolved() {
        for (pattern, kind, expected) in NAMES {
            assert_eq!(names(pattern, kind), expected, "{pattern} {kind}");
        }
    }

    /// Entry, whether it must mean one of cert-manager's kinds and means none.
    const ENTRIES: [(&str, bool); 21] = [
        ("*", false),
        ("secrets", false),
        ("certificates", false),
        ("certificate.cert-manager.io", false),
        ("orders.acme", false),
        ("*.cert-manager.io", false),
        ("issuers.awspca.example", false),
        ("certificates.networking.internal.knative.dev", false),
        ("orders.cert-manager.io", true),
        ("Challenges.cert-manager.io", true),
        ("certificates.certmanager.io", true),
        ("certificate-requests", true),
        ("certifcates", true),
        ("cluster-issuers", true),
        ("chalenges", true),
        ("certificaterequestpolicies", false),
        ("certificateauthorities", false),
        ("certificatesigningrequests", false),
        ("certificaterequestpolicies.policy.cert-manager.io", false),
        ("issues", false),
        ("certs", false),
    ];

    #[test]
    fn misspelled_names_of_our_kinds_are_found() {
        for (entry, expected) in ENTRIES {
            assert_eq!(is_misspelled(entry), expected, "{entry}");
        }
        let filters = r#"{"excludedResources":["orders.cert-manager.io","secrets","orders.cert-manager.io"]}"#;
        let filters: VeleroFilters = serde_json::from_str(filters).unwrap();
        assert_eq!(filters.unresolved(), [("excludedResources", "orders.cert-manager.io")]);
    }

    const FILTERS: [(&str, bool, bool); 10] = [
        // spec, all Secrets, all ClusterIssuers
        ("{}", true, false),
        (r#"{"includeClusterResources":true}"#, true, true),
        (r#"{"includedNamespaces":["*"],"excludedResources":["orders.acme"]}"#, true, false),
        (r#"{"excludedResources":["secrets"]}"#, false, false),
        (r#"{"includedResources":["certificates","issuers"]}"#, false, false),
        (r#"{"includedResources":["*"],"includeClusterResources":true}"#, true, true),
        (r#"{"excludedNamespaceScopedResources":["*"]}"#, false, false),
        (r#"{"includedClusterScopedResources":["clusterissuers"]}"#, true, true),
        (r#"{"labelSelector":{"matchLabels":{"app":"web"}}}"#, false, false),
        (r#"{"labelSelector":null,"orLabelSelectors":[{"matchLabels":{"a":"b"}}]}"#, false, false),
    ];

    #[test]
    fn filters_tell_what_is_whole() {
        for (spec, secrets, cluster_issuers) in FILTERS {
            let filters: VeleroFilters = serde_json::from_str(spec).unwrap();
            assert_eq!(filters.holds_all(Kind::Secret), secrets, "{spec}");
            assert_eq!(filters.holds_all(Kind::ClusterIssuer), cluster_issuers, "{spec}");
        }
    }
}
