//! Velero's command line for a backup and a restore.

use super::selector_text;
use crate::plan::velero::{BackupSpec, ExistingResourcePolicy, LabelSelector, RestoreSpec};
use crate::rule::shell;

/// A flag of the scoped filters, where `*` is not the same as none (A2).
fn scoped(flag: &str, values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| format!(" --{flag} {}", shell(&values.join(","))))
}

/// A flag with a list, where there is one.
fn list(flag: &str, values: &[String]) -> Option<String> {
    (!values.is_empty() && *values != ["*"]).then(|| format!(" --{flag} {}", shell(&values.join(","))))
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect()
}

/// The backup.
pub(super) fn backup(name: &str, spec: &BackupSpec) -> String {
    let flags = [
        list("include-namespaces", &spec.included_namespaces),
        list("exclude-namespaces", &spec.excluded_namespaces),
        list("include-resources", &spec.included_resources),
        list("exclude-resources", &spec.excluded_resources),
        spec.include_cluster_resources.map(|all| format!(" --include-cluster-resources={all}")),
        scoped("include-cluster-scoped-resources", &spec.included_cluster_scoped_resources),
        scoped("exclude-cluster-scoped-resources", &spec.excluded_cluster_scoped_resources),
        scoped("include-namespace-scoped-resources", &spec.included_namespace_scoped_resources),
        scoped("exclude-namespace-scoped-resources", &spec.excluded_namespace_scoped_resources),
        selectors(spec.label_selector.as_ref(), &spec.or_label_selectors),
        spec.resource_policy.as_ref().map(|policy| format!(" --resource-policies-configmap {}", shell(&policy.name))),
    ];
    format!("velero backup create {}{} --wait", shell(name), joined(flags))
}

/// The restore, of a backup that is there already if one is named.
pub(super) fn restore(name: &str, spec: &RestoreSpec, finished: Option<&str>) -> String {
    let from = if let Some(backup) = finished {
        format!(" --from-backup {}", shell(backup))
    } else if spec.backup_name.is_empty() {
        format!(" --from-schedule {}", shell(&spec.schedule_name))
    } else {
        format!(" --from-backup {}", shell(&spec.backup_name))
    };
    let mappings: Vec<String> = spec.namespace_mapping.iter().map(|(from, to)| format!("{from}:{to}")).collect();
    let status = spec.restore_status.as_ref().map(|status| {
        let all = ["*".to_owned()];
        let included = if status.included_resources.is_empty() { &all[..] } else { &status.included_resources };
        format!(" --status-include-resources {}", shell(&included.join(",")))
    });
    let flags = [
        list("include-namespaces", &spec.included_namespaces),
        list("exclude-namespaces", &spec.excluded_namespaces),
        list("include-resources", &spec.included_resources),
        list("exclude-resources", &spec.excluded_resources),
        spec.include_cluster_resources.map(|all| format!(" --include-cluster-resources={all}")),
        selectors(spec.label_selector.as_ref(), &spec.or_label_selectors),
        list("namespace-mappings", &mappings),
        spec.existing_resource_policy.map(|policy| match policy {
            ExistingResourcePolicy::None => " --existing-resource-policy none".to_owned(),
            ExistingResourcePolicy::Update => " --existing-resource-policy update".to_owned(),
        }),
        status,
        spec.restore_status.as_ref().and_then(|status| list("status-exclude-resources", &status.excluded_resources)),
        spec.resource_modifier
            .as_ref()
            .map(|modifier| format!(" --resource-modifier-configmap {}", shell(&modifier.name))),
    ];
    format!("velero restore create {}{from}{} --wait", shell(name), joined(flags))
}

fn selectors(one: Option<&LabelSelector>, any: &[LabelSelector]) -> Option<String> {
    let one = one.map(|selector| format!(" --selector {}", shell(&selector_text(selector))));
    let texts: Vec<String> = any.iter().map(selector_text).collect();
    one.or_else(|| (!texts.is_empty()).then(|| format!(" --or-selector {}", shell(&texts.join(" or ")))))
}
