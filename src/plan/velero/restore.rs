//! Velero's `Restore`, as far as it decides what comes back and how (restore rules section 3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::backup::ConfigMapReference;
use super::contradiction::{Contradiction, check_lists};
use super::selector::LabelSelector;
use crate::object::serde_help::nullable;

/// `spec` of a Velero `Restore` (`pkg/apis/velero/v1/restore_types.go@v1.18.1`), under Velero's own field names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RestoreSpec {
    /// The backup that is restored.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "nullable")]
    pub backup_name: String,
    /// The Schedule whose newest backup is restored.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "nullable")]
    pub schedule_name: String,
    /// Source namespaces taken along.
    #[serde(deserialize_with = "nullable")]
    pub included_namespaces: Vec<String>,
    /// Source namespaces left out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub excluded_namespaces: Vec<String>,
    /// Resources taken along; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub included_resources: Vec<String>,
    /// Resources left out, beside those that Velero never restores.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub excluded_resources: Vec<String>,
    /// Gate for cluster-scoped objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_cluster_resources: Option<bool>,
    /// Labels that every object must have in the backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_selector: Option<LabelSelector>,
    /// Several selections by labels, joined.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub or_label_selectors: Vec<LabelSelector>,
    /// Target namespace by source namespace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "nullable")]
    pub namespace_mapping: BTreeMap<String, String>,
    /// What is done with objects that exist already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing_resource_policy: Option<ExistingResourcePolicy>,
    /// Whose status is restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_status: Option<RestoreStatus>,
    /// ConfigMap with resource modifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_modifier: Option<ConfigMapReference>,
    /// `restorePVs`: no influence on what is simulated (3.1).
    #[serde(skip_serializing_if = "Option::is_none", rename = "restorePVs")]
    pub restore_pvs: Option<Value>,
    /// `preserveNodePorts`: no influence on what is simulated (3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preserve_node_ports: Option<Value>,
    /// `hooks`: no influence on what is simulated (3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hooks: Option<Value>,
    /// `itemOperationTimeout`: no influence on what is simulated (3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_operation_timeout: Option<Value>,
    /// `uploaderConfig`: no influence on what is simulated (3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploader_config: Option<Value>,
}

/// What is done with objects that exist already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExistingResourcePolicy {
    /// They are left as they are.
    None,
    /// They are patched to what the backup holds.
    Update,
}

/// Whose status is restored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RestoreStatus {
    /// Resources; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub included_resources: Vec<String>,
    /// Resources; `*` is ignored.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub excluded_resources: Vec<String>,
}

/// Resources that Velero never restores and refuses to be asked for.
pub const NEVER_RESTORED: &[&str] = &[
    "nodes",
    "events",
    "events.events.k8s.io",
    "backups.velero.io",
    "restores.velero.io",
    "resticrepositories.velero.io",
    "csinodes.storage.k8s.io",
    "volumeattachments.storage.k8s.io",
    "backuprepositories.velero.io",
];

impl RestoreSpec {
    /// What Velero validates before it begins: it would end as `FailedValidation`.
    ///
    /// # Errors
    /// The first [`Contradiction`].
    pub fn check(&self) -> Result<(), Contradiction> {
        check_lists("Namespaces", &self.included_namespaces, &self.excluded_namespaces)?;
        check_lists("Resources", &self.included_resources, &self.excluded_resources)?;
        if let Some(never) = self.included_resources.iter().find(|name| NEVER_RESTORED.contains(&name.as_str())) {
            return Err(Contradiction::NeverRestored(never.clone()));
        }
        if self.label_selector.is_some() && !self.or_label_selectors.is_empty() {
            return Err(Contradiction::TwoSelectors);
        }
        match (self.backup_name.is_empty(), self.schedule_name.is_empty()) {
            (false, false) => Err(Contradiction::BackupAndSchedule),
            (true, true) => Err(Contradiction::NoBackup),
            _ => Ok(()),
        }
    }
}
