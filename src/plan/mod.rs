//! Plans: ordered steps that make a new world out of an old one, as a document that a user can print and edit.
//!
//! The steps carry Velero's and kubectl's own settings; what each of them does to objects is [`crate::simulate`]'s
//! part.

mod check;
mod command;
mod document;
mod preset;
mod step;
mod suggestion;
#[cfg(test)]
mod tests;
pub mod velero;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

pub use command::{Circumstances, PlanCommand, commands};
pub use document::{PlanError, Wishes, read_plan};
pub use preset::{PRESETS, Preset, preset};
pub use step::{Delete, Form, GitOps, GitOpsTool, KubectlApply, Step, TextFilter};
pub use suggestion::{Material, suggestions};
pub use velero::{BackupSpec, RestoreSpec};

use velero::{RestoreOrder, VeleroRelease};

use crate::time::Time;

/// `apiVersion` of a plan document (contract).
pub const API_VERSION: &str = "reissue-audit/v1alpha1";

/// `kind` of a plan document (contract).
pub const KIND: &str = "RestorePlan";

/// `target.cluster` of a new, empty cluster.
pub const NEW: &str = "new";

/// `target.cluster` of the cluster that the objects come from.
pub const SAME: &str = "source";

/// Newest Velero release whose behaviour is simulated (restore rules 3.4).
pub const VELERO: &str = "v1.18.1";

/// kubectl release whose behaviour is simulated (corrections A1, R-60).
pub const KUBECTL: &str = "v1.32.4";

/// A whole procedure, from backup to restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Name of the preset or of the file.
    pub name: String,
    /// One line about it.
    pub summary: String,
    /// Where the objects come from.
    pub source: SourceFacts,
    /// Where they go.
    pub target: TargetFacts,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Data of the ConfigMaps that steps refer to (resource modifiers), by name.
    pub config_maps: BTreeMap<String, BTreeMap<String, String>>,
}

/// Facts about the cluster that the objects come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceFacts {
    /// The SOURCE as the user gave it.
    pub location: String,
    /// The cert-manager release that wrote the objects, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_manager: Option<String>,
}

/// Facts about the cluster that the objects go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetFacts {
    /// `new`, an empty cluster (design 3); `source`, the very cluster that the objects come from; or a SOURCE that tells
    /// what is there.
    pub cluster: String,
    /// The cert-manager release that runs there.
    pub cert_manager: String,
    /// Flags of its controller, by name without the dashes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub flags: BTreeMap<String, String>,
    /// The Velero release that saves and restores.
    pub velero: String,
    /// What `--restore-resource-priorities` of Velero's server says, if it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_resource_priorities: Option<String>,
    /// The kubectl release that applies.
    pub kubectl: String,
    /// When the restore happens; absent means at the evaluated instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_at: Option<Time>,
}

impl TargetFacts {
    /// An empty cluster with this cert-manager release and the newest known tools.
    #[must_use]
    pub fn new_cluster(cert_manager: impl Into<String>) -> Self {
        Self {
            cluster: NEW.to_owned(),
            cert_manager: cert_manager.into(),
            flags: BTreeMap::new(),
            velero: VELERO.to_owned(),
            restore_resource_priorities: None,
            kubectl: KUBECTL.to_owned(),
            restore_at: None,
        }
    }
}

impl TargetFacts {
    /// The order in which Velero restores, where its server has a flag for it.
    ///
    /// # Errors
    /// Says which fact cannot be read and why.
    pub fn restore_order(&self) -> Result<Option<RestoreOrder>, String> {
        let Some(flag) = &self.restore_resource_priorities else { return Ok(None) };
        let velero = VeleroRelease::parse(&self.velero).map_err(|message| format!("velero: {message}"))?;
        let order = RestoreOrder::parse(velero, flag);
        order.map(Some).map_err(|message| format!("restoreResourcePriorities: {message}"))
    }
}

impl fmt::Display for SourceFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.location)?;
        match &self.cert_manager {
            Some(version) => write!(f, ", written by cert-manager {version}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for TargetFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cluster = match self.cluster.as_str() {
            NEW => "a new, empty cluster",
            SAME => "the source cluster itself",
            other => other,
        };
        let Self { cert_manager, velero, kubectl, .. } = self;
        write!(f, "{cluster} with cert-manager {cert_manager}, Velero {velero} and kubectl {kubectl}")
    }
}

/// A plan that cannot be written as a document.
#[derive(Debug, thiserror::Error)]
#[error("the plan {name} cannot be written as YAML: {reason}")]
pub struct UnwritablePlan {
    /// The plan's name.
    pub name: String,
    /// What the writer says.
    pub reason: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    source: &'a SourceFacts,
    target: &'a TargetFacts,
    steps: &'a [Step],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigMap<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectName<'a>,
    data: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct ObjectName<'a> {
    name: &'a str,
}

fn write(document: &impl Serialize) -> Result<String, String> {
    serde_saphyr::to_string(document).map_err(|error| error.to_string())
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    summary: &'a str,
}

impl Plan {
    /// The plan as a YAML document of kind [`KIND`], as `--show-plan` prints it.
    ///
    /// # Errors
    /// [`UnwritablePlan`] when the YAML writer refuses a value.
    pub fn to_yaml(&self) -> Result<String, UnwritablePlan> {
        let document = Document {
            api_version: API_VERSION,
            kind: KIND,
            metadata: Metadata { name: &self.name, summary: &self.summary },
            source: &self.source,
            target: &self.target,
            steps: &self.steps,
        };
        let mut documents = vec![write(&document)];
        for (name, data) in &self.config_maps {
            let config_map = ConfigMap { api_version: "v1", kind: "ConfigMap", metadata: ObjectName { name }, data };
            documents.push(write(&config_map));
        }
        let documents: Result<Vec<String>, _> = documents.into_iter().collect();
        documents
            .map(|documents| documents.join("---\n"))
            .map_err(|reason| UnwritablePlan { name: self.name.clone(), reason })
    }
}
