//! Velero's resource policies, as far as they choose objects: `includeExcludePolicy` since 1.17.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::backup::BackupSpec;
use super::glob::Filter;

/// Why Velero would end a Backup with such a ConfigMap as `FailedValidation`.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not exactly one key.
    #[error("the ConfigMap has {0} keys, and must have one")]
    Keys(usize),
    /// Not what a policy looks like.
    #[error("{0}")]
    Malformed(String),
    /// `*` is not allowed in it.
    #[error("`*` cannot stand in includeExcludePolicy")]
    Star,
    /// Old filters beside it.
    #[error("includeExcludePolicy cannot stand beside includedResources, excludedResources or includeClusterResources")]
    OldFilters,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    #[serde(default)]
    #[expect(dead_code, reason = "must be accepted")]
    version: String,
    #[serde(default)]
    #[expect(dead_code, reason = "volumes are none of ours")]
    volume_policies: Value,
    #[serde(default)]
    include_exclude_policy: Lists,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Lists {
    included_cluster_scoped_resources: Vec<String>,
    excluded_cluster_scoped_resources: Vec<String>,
    included_namespace_scoped_resources: Vec<String>,
    excluded_namespace_scoped_resources: Vec<String>,
}

/// The spec with what a policy adds to its scoped lists.
///
/// # Errors
/// [`PolicyError`]: what makes Velero refuse the Backup.
pub fn with_policy(spec: &BackupSpec, data: &BTreeMap<String, String>) -> Result<BackupSpec, PolicyError> {
    let (1, Some(text)) = (data.len(), data.values().next()) else { return Err(PolicyError::Keys(data.len())) };
    let document: Document =
        serde_saphyr::from_str(text).map_err(|error| PolicyError::Malformed(error.without_snippet().to_string()))?;
    let lists = document.include_exclude_policy;
    let all = [
        &lists.included_cluster_scoped_resources,
        &lists.excluded_cluster_scoped_resources,
        &lists.included_namespace_scoped_resources,
        &lists.excluded_namespace_scoped_resources,
    ];
    if all.iter().any(|list| list.iter().any(|entry| entry == "*")) {
        return Err(PolicyError::Star);
    }
    if all.iter().any(|list| !list.is_empty()) && spec.uses_old_filters() {
        return Err(PolicyError::OldFilters);
    }
    let mut merged = spec.clone();
    let Lists {
        included_cluster_scoped_resources: cluster_in,
        excluded_cluster_scoped_resources: cluster_out,
        included_namespace_scoped_resources: namespace_in,
        excluded_namespace_scoped_resources: namespace_out,
    } = lists;
    add(&mut merged.included_cluster_scoped_resources, cluster_in, &spec.excluded_cluster_scoped_resources);
    add(&mut merged.excluded_cluster_scoped_resources, cluster_out, &spec.included_cluster_scoped_resources);
    add(&mut merged.included_namespace_scoped_resources, namespace_in, &spec.excluded_namespace_scoped_resources);
    add(&mut merged.excluded_namespace_scoped_resources, namespace_out, &spec.included_namespace_scoped_resources);
    Ok(merged)
}

/// Adds what the Backup itself does not speak of: it wins.
fn add(list: &mut Vec<String>, more: Vec<String>, opposite: &[String]) {
    let own = Filter::new(list, &[]);
    let against = Filter::new(opposite, &[]);
    let is_new = |entry: &String| !(own.names(entry) || against.names(entry));
    list.extend(more.into_iter().filter(is_new));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(spec: &str, policy: &str) -> Result<BackupSpec, PolicyError> {
        let spec: BackupSpec = serde_saphyr::from_str(spec).unwrap();
        with_policy(&spec, &[("policy.yaml".to_owned(), format!("version: v1\n{policy}\n"))].into())
    }

    #[test]
    fn r21_a_policy_adds_where_the_backup_is_silent() {
        let policy = "includeExcludePolicy: {excludedNamespaceScopedResources: [orders.acme.cert-manager.io, secrets]}";
        let spec = merged("{includedNamespaceScopedResources: [secrets]}", policy).unwrap();
        assert_eq!(spec.excluded_namespace_scoped_resources, ["orders.acme.cert-manager.io"]);
        let volumes = merged("{includeClusterResources: true}", "volumePolicies: [{conditions: {}}]").unwrap();
        assert!(!volumes.uses_scoped_filters());
    }

    #[test]
    fn r21_what_velero_refuses() {
        let lists = "includeExcludePolicy: {includedClusterScopedResources: [x]}";
        assert!(matches!(merged("{includeClusterResources: true}", lists), Err(PolicyError::OldFilters)));
        let star = "includeExcludePolicy: {includedClusterScopedResources: ['*']}";
        assert!(matches!(merged("{}", star), Err(PolicyError::Star)));
        assert!(matches!(merged("{}", "includeExcludePolicies: {}"), Err(PolicyError::Malformed(_))));
        assert!(matches!(with_policy(&BackupSpec::default(), &BTreeMap::new()), Err(PolicyError::Keys(0))));
    }
}
