//! The steps of a plan, under the names that the plan document gives them.

use serde::{Serialize, Serializer};

use super::velero::{BackupSpec, RestoreSpec};
use crate::object::Kind;
use crate::time::GoDuration;

/// One step. The order of the steps is the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Velero saves the source cluster.
    VeleroBackup {
        /// `metadata.name` of the Backup.
        name: String,
        /// `spec` of the Backup.
        spec: BackupSpec,
    },
    /// Velero restores into the target cluster.
    VeleroRestore {
        /// `metadata.name` of the Restore.
        name: String,
        /// `spec` of the Restore.
        spec: RestoreSpec,
    },
    /// `kubectl get … -oyaml`, a filter, `kubectl apply -f`.
    KubectlApply(KubectlApply),
    /// The namespaces of the source are made in the target.
    #[serde(serialize_with = "nothing")]
    CreateNamespaces {},
    /// The CustomResourceDefinitions of the target's release are installed.
    #[serde(rename = "installCRDs", serialize_with = "nothing")]
    InstallCrds {},
    /// cert-manager's webhook answers from now on.
    #[serde(serialize_with = "nothing")]
    StartWebhook {},
    /// cert-manager's webhook is registered and does not answer from now on (R-63).
    #[serde(serialize_with = "nothing")]
    StopWebhook {},
    /// cert-manager's controller runs from now on.
    #[serde(serialize_with = "nothing")]
    StartCertManager {},
    /// cert-manager's controller does not run from now on.
    #[serde(serialize_with = "nothing")]
    StopCertManager {},
    /// Nothing is done for a while.
    Wait {
        /// For how long no event may have happened.
        #[serde(serialize_with = "go_duration")]
        quiet: GoDuration,
    },
}

impl Step {
    /// The name of the step in a plan document and in `plan.steps[].action` of the report.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::VeleroBackup { .. } => "veleroBackup",
            Self::VeleroRestore { .. } => "veleroRestore",
            Self::KubectlApply(_) => "kubectlApply",
            Self::CreateNamespaces {} => "createNamespaces",
            Self::InstallCrds {} => "installCRDs",
            Self::StartWebhook {} => "startWebhook",
            Self::StopWebhook {} => "stopWebhook",
            Self::StartCertManager {} => "startCertManager",
            Self::StopCertManager {} => "stopCertManager",
            Self::Wait { .. } => "wait",
        }
    }
}

/// What is dumped from the source and how it is applied to the target (restore rules section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubectlApply {
    /// Kinds in the order of the type arguments of `kubectl get`, which is the order in the file (rules 4.1).
    #[serde(serialize_with = "resources")]
    pub selection: Vec<Kind>,
    /// What is done to the text in between.
    pub filter: TextFilter,
    /// How the objects stand in the file.
    pub form: Form,
    /// `--validate`: whether kubectl checks the file before it sends anything (A1).
    pub validate: bool,
}

/// The text filters of cert-manager's backup documents (restore rules 4.2, 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TextFilter {
    /// The dump is applied as it is.
    None,
    /// `awk '!/^ *(resourceVersion|uid): [^ ]+$/'`: takes the uid out of ownerReferences too.
    Awk,
    /// `jq` that takes out `metadata.uid` and `metadata.resourceVersion`: ownerReferences keep the old uid.
    Jq,
}

/// How the objects stand in a kubectl file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// One `kind: List`, validated as a whole (A1).
    List,
    /// One document per object.
    Documents,
}

/// Writes `{}` on the line of the key, which an empty variant would not.
fn nothing<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(std::iter::empty::<(&str, &str)>())
}

fn resources<S: Serializer>(kinds: &[Kind], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(kinds.iter().map(|kind| kind.resource()))
}

fn go_duration<S: Serializer>(duration: &GoDuration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn action_is_the_key_in_the_document() {
        let steps = [
            Step::VeleroBackup { name: "b".into(), spec: BackupSpec::default() },
            Step::VeleroRestore { name: "r".into(), spec: RestoreSpec::default() },
            Step::KubectlApply(KubectlApply {
                selection: vec![Kind::Issuer],
                filter: TextFilter::Awk,
                form: Form::List,
                validate: true,
            }),
            Step::CreateNamespaces {},
            Step::InstallCrds {},
            Step::StartWebhook {},
            Step::StopWebhook {},
            Step::StartCertManager {},
            Step::StopCertManager {},
            Step::Wait { quiet: GoDuration::seconds(60) },
        ];
        for step in steps {
            let json = serde_json::to_value(&step).unwrap();
            let keys: Vec<_> = json.as_object().unwrap().keys().collect();
            assert_eq!(keys, [step.action()]);
        }
    }
}
