//! Velero's `Backup`, as far as it decides which objects travel (restore rules section 2).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contradiction::{Contradiction, check_both, check_lists};
use super::selector::LabelSelector;
use crate::object::serde_help::nullable;

/// `spec` of a Velero `Backup` (`pkg/apis/velero/v1/backup_types.go@v1.18.1`), under Velero's own field names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct BackupSpec {
    /// Namespaces taken along; the velero client always sends `["*"]` when its flag is absent.
    #[serde(deserialize_with = "nullable")]
    pub included_namespaces: Vec<String>,
    /// Namespaces left out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub excluded_namespaces: Vec<String>,
    /// Resources taken along; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub included_resources: Vec<String>,
    /// Resources left out.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub excluded_resources: Vec<String>,
    /// `includeClusterResources`: `null` is not the same as `true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_cluster_resources: Option<bool>,
    /// Scoped filter, since Velero 1.11.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub included_cluster_scoped_resources: Vec<String>,
    /// Scoped filter, since Velero 1.11.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub excluded_cluster_scoped_resources: Vec<String>,
    /// Scoped filter, since Velero 1.11.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub included_namespace_scoped_resources: Vec<String>,
    /// Scoped filter, since Velero 1.11.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub excluded_namespace_scoped_resources: Vec<String>,
    /// Labels that every object must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_selector: Option<LabelSelector>,
    /// Several selections by labels, joined.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub or_label_selectors: Vec<LabelSelector>,
    /// ConfigMap with a resource policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_policy: Option<ConfigMapReference>,
    /// `metadata`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// `snapshotVolumes`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_volumes: Option<Value>,
    /// `ttl`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Value>,
    /// `hooks`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hooks: Option<Value>,
    /// `storageLocation`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_location: Option<Value>,
    /// `volumeSnapshotLocations`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_snapshot_locations: Option<Value>,
    /// `defaultVolumesToRestic`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_volumes_to_restic: Option<Value>,
    /// `defaultVolumesToFsBackup`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_volumes_to_fs_backup: Option<Value>,
    /// `orderedResources`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered_resources: Option<Value>,
    /// `csiSnapshotTimeout`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csi_snapshot_timeout: Option<Value>,
    /// `itemOperationTimeout`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_operation_timeout: Option<Value>,
    /// `snapshotMoveData`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_move_data: Option<Value>,
    /// `datamover`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datamover: Option<Value>,
    /// `uploaderConfig`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploader_config: Option<Value>,
    /// `volumeGroupSnapshotLabelKey`: no influence on what is simulated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_group_snapshot_label_key: Option<Value>,
}

impl BackupSpec {
    /// Whether Velero uses its old filters (rules 2.2): any of the three old fields is set.
    #[must_use]
    pub fn uses_old_filters(&self) -> bool {
        self.include_cluster_resources.is_some()
            || !self.included_resources.is_empty()
            || !self.excluded_resources.is_empty()
    }

    /// Whether one of the scoped filters is set (rules 2.3).
    #[must_use]
    pub fn uses_scoped_filters(&self) -> bool {
        [
            &self.included_cluster_scoped_resources,
            &self.excluded_cluster_scoped_resources,
            &self.included_namespace_scoped_resources,
            &self.excluded_namespace_scoped_resources,
        ]
        .into_iter()
        .any(|list| !list.is_empty())
    }

    /// What Velero validates before it begins: it would end as `FailedValidation` (rules 2.1).
    ///
    /// # Errors
    /// The first [`Contradiction`].
    pub fn check(&self) -> Result<(), Contradiction> {
        check_lists("Namespaces", &self.included_namespaces, &self.excluded_namespaces)?;
        check_lists("Resources", &self.included_resources, &self.excluded_resources)?;
        let (included, excluded) = (&self.included_cluster_scoped_resources, &self.excluded_cluster_scoped_resources);
        check_both("ClusterScopedResources", included, excluded)?;
        let (included, excluded) =
            (&self.included_namespace_scoped_resources, &self.excluded_namespace_scoped_resources);
        check_both("NamespaceScopedResources", included, excluded)?;
        if self.uses_old_filters() && self.uses_scoped_filters() {
            return Err(Contradiction::OldAndScoped);
        }
        if self.label_selector.is_some() && !self.or_label_selectors.is_empty() {
            return Err(Contradiction::TwoSelectors);
        }
        Ok(())
    }
}

/// A reference to a ConfigMap in Velero's namespace (`corev1.TypedLocalObjectReference`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ConfigMapReference {
    /// `configmap`, in any case.
    pub kind: String,
    /// Name of the ConfigMap.
    pub name: String,
    /// API group; empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_group: Option<String>,
}
