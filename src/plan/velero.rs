//! The parts of Velero's `Backup` and `Restore` that decide which objects travel (restore rules sections 2 and 3).

use serde::Serialize;

/// `spec` of a Velero `Backup` (`pkg/apis/velero/v1/backup_types.go@v1.18.1`), under Velero's own field names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupSpec {
    /// Namespaces taken along; the velero client always sends `["*"]` when its flag is absent.
    pub included_namespaces: Vec<String>,
    /// Namespaces left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_namespaces: Vec<String>,
    /// Resources taken along; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub included_resources: Vec<String>,
    /// Resources left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_resources: Vec<String>,
    /// `includeClusterResources`: `null` is not the same as `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_cluster_resources: Option<bool>,
}

impl BackupSpec {
    /// Whether Velero uses its old filters (rules 2.2): any of the three old fields is set.
    #[must_use]
    pub fn uses_old_filters(&self) -> bool {
        self.include_cluster_resources.is_some()
            || !self.included_resources.is_empty()
            || !self.excluded_resources.is_empty()
    }

    /// What is asked of namespaces.
    #[must_use]
    pub fn namespaces(&self) -> NameFilter<'_> {
        NameFilter { included: &self.included_namespaces, excluded: &self.excluded_namespaces }
    }

    /// What is asked of resources, as `plural.group`.
    #[must_use]
    pub fn resources(&self) -> NameFilter<'_> {
        NameFilter { included: &self.included_resources, excluded: &self.excluded_resources }
    }
}

/// `spec` of a Velero `Restore` (`pkg/apis/velero/v1/restore_types.go@v1.18.1`), under Velero's own field names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreSpec {
    /// The backup that is restored.
    pub backup_name: String,
    /// Source namespaces taken along.
    pub included_namespaces: Vec<String>,
    /// Source namespaces left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_namespaces: Vec<String>,
    /// Resources taken along; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub included_resources: Vec<String>,
    /// Resources left out, beside those that Velero never restores.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_resources: Vec<String>,
    /// Gate for cluster-scoped objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_cluster_resources: Option<bool>,
}

impl RestoreSpec {
    /// What is asked of namespaces.
    #[must_use]
    pub fn namespaces(&self) -> NameFilter<'_> {
        NameFilter { included: &self.included_namespaces, excluded: &self.excluded_namespaces }
    }

    /// What is asked of resources, as `plural.group`.
    #[must_use]
    pub fn resources(&self) -> NameFilter<'_> {
        NameFilter { included: &self.included_resources, excluded: &self.excluded_resources }
    }
}

/// Velero's pair of an include and an exclude list (`pkg/util/collections/includes_excludes.go@v1.18.1`).
///
/// The names must be canonical (`plural.group`, R-10); `*` alone is the only pattern.
#[derive(Clone, Copy, Debug)]
pub struct NameFilter<'a> {
    /// Taken along; empty means all.
    pub included: &'a [String],
    /// Left out, whatever is included.
    pub excluded: &'a [String],
}

impl NameFilter<'_> {
    /// Whether a name passes.
    #[must_use]
    pub fn should_include(&self, name: &str) -> bool {
        let holds = |list: &[String]| list.iter().any(|entry| entry == "*" || entry == name);
        !holds(self.excluded) && (self.included.is_empty() || holds(self.included))
    }

    /// Whether nothing at all is filtered.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.excluded.is_empty() && (self.included.is_empty() || *self.included == ["*"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn r12_should_include_and_everything() {
        type Row = (&'static [&'static str], &'static [&'static str], &'static str, bool, bool);
        const ROWS: &[Row] = &[
            (&[], &[], "a", true, true),
            (&["*"], &[], "a", true, true),
            (&["a"], &[], "a", true, false),
            (&["a"], &[], "b", false, false),
            (&["a", "b"], &["a"], "a", false, false),
            (&["a", "b"], &["a"], "b", true, false),
            (&["*"], &["a"], "b", true, false),
            (&["*"], &["a"], "a", false, false),
        ];
        for (included, excluded, name, passes, everything) in ROWS {
            let (included, excluded) = (texts(included), texts(excluded));
            let filter = NameFilter { included: &included, excluded: &excluded };
            assert_eq!(filter.should_include(name), *passes, "{filter:?} {name}");
            assert_eq!(filter.is_everything(), *everything, "{filter:?}");
        }
    }

    #[test]
    fn any_old_field_selects_the_old_filters() {
        assert!(!BackupSpec { included_namespaces: texts(&["*"]), ..BackupSpec::default() }.uses_old_filters());
        assert!(BackupSpec { include_cluster_resources: Some(true), ..BackupSpec::default() }.uses_old_filters());
        assert!(BackupSpec { excluded_resources: texts(&["x"]), ..BackupSpec::default() }.uses_old_filters());
        assert!(BackupSpec { included_resources: texts(&["x"]), ..BackupSpec::default() }.uses_old_filters());
    }
}
