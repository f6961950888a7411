//! The steps of a plan, under the names that the plan document gives them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::velero::{BackupSpec, LabelSelector, RestoreSpec, selects};
use crate::object::resource_name::kind_of;
use crate::object::{Kind, ObjectMeta};
use crate::time::GoDuration;

/// One step. The order of the steps is the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "a plan has a dozen steps")]
pub enum Step {
    /// Velero saves the source cluster.
    VeleroBackup {
        /// `metadata.name` of the Backup.
        name: String,
        /// `spec` of the Backup; absent where the file holds a Backup of that name.
        #[serde(default)]
        spec: BackupSpec,
    },
    /// Velero restores into the target cluster.
    VeleroRestore {
        /// `metadata.name` of the Restore.
        name: String,
        /// `spec` of the Restore; absent where the file holds a Restore of that name.
        #[serde(default)]
        spec: RestoreSpec,
    },
    /// `kubectl get … -oyaml`, a filter, `kubectl apply -f`; or `kubectl apply` of files.
    KubectlApply(KubectlApply),
    /// The namespaces of the source are made in the target.
    #[serde(serialize_with = "nothing")]
    CreateNamespaces {},
    /// The target becomes what the source was: every object with uid, status and owners (rules 6.1).
    #[serde(serialize_with = "nothing")]
    EtcdRestore {},
    /// A GitOps tool applies what stands in Git (rules 7.1).
    #[serde(rename = "gitops")]
    GitOps(GitOps),
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
        #[serde(serialize_with = "go_duration", deserialize_with = "read_go_duration")]
        quiet: GoDuration,
    },
    /// `kubectl delete` in the target.
    Delete(Delete),
}

impl Step {
    /// Whether the step says when cert-manager runs; without one, it runs where a restore brings its
    /// Deployment, or the target holds it.
    #[must_use]
    pub const fn decides_who_runs(&self) -> bool {
        matches!(self, Self::StartCertManager {} | Self::StopCertManager {})
    }

    /// The name of the step in a plan document and in `plan.steps[].action` of the report.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::VeleroBackup { .. } => "veleroBackup",
            Self::VeleroRestore { .. } => "veleroRestore",
            Self::KubectlApply(_) => "kubectlApply",
            Self::CreateNamespaces {} => "createNamespaces",
            Self::EtcdRestore {} => "etcdRestore",
            Self::GitOps(_) => "gitops",
            Self::InstallCrds {} => "installCRDs",
            Self::StartWebhook {} => "startWebhook",
            Self::StopWebhook {} => "stopWebhook",
            Self::StartCertManager {} => "startCertManager",
            Self::StopCertManager {} => "stopCertManager",
            Self::Wait { .. } => "wait",
            Self::Delete(_) => "delete",
        }
    }
}

/// What is dumped from the source and how it is applied to the target (restore rules section 4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct KubectlApply {
    /// Files that are applied as they stand, in this order; paths are relative to the plan file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Kinds in the order of the type arguments of `kubectl get`, which is the order in the file (rules 4.1).
    #[serde(serialize_with = "resources", deserialize_with = "read_resources", skip_serializing_if = "Vec::is_empty")]
    pub selection: Vec<Kind>,
    /// Namespaces that are dumped; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Names of the dumped objects; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Labels that the dumped objects have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// What is done to the text in between.
    pub filter: TextFilter,
    /// How the objects stand in the file.
    pub form: Form,
    /// `--validate`: whether kubectl checks the file before it sends anything (A1).
    pub validate: bool,
    /// `--server-side`: the API server merges, so that what others wrote stays.
    #[serde(skip_serializing_if = "is_false")]
    pub server_side: bool,
}

impl KubectlApply {
    /// Whether an object of one of the kinds is dumped.
    #[must_use]
    pub fn selects(&self, metadata: &ObjectMeta) -> bool {
        let here = self.namespaces.is_empty() || self.namespaces.iter().any(|name| *name == *metadata.namespace);
        let named = self.names.is_empty() || self.names.iter().any(|name| *name == *metadata.name);
        here && named && selects(self.selector.as_ref(), &[], &metadata.labels)
    }
}

impl Default for KubectlApply {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            selection: Vec::new(),
            namespaces: Vec::new(),
            names: Vec::new(),
            selector: None,
            filter: TextFilter::None,
            form: Form::List,
            validate: true,
            server_side: false,
        }
    }
}

/// What a GitOps tool applies, and in which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitOps {
    /// The tool, which decides the order of kinds.
    pub tool: GitOpsTool,
    /// Kinds whose objects stand in Git; objects that a controller made do not.
    #[serde(
        default = "in_git",
        serialize_with = "resources",
        deserialize_with = "read_resources",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub selection: Vec<Kind>,
}

/// The tools whose order is known (rules 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GitOpsTool {
    /// Argo CD: kinds that it knows in a fixed order, all others by name at the end.
    Argocd,
    /// Flux: the same with another list, others by group and kind.
    Flux,
}

/// What people keep in Git: no Secrets, no requests.
pub(super) fn in_git() -> Vec<Kind> {
    vec![
        Kind::Namespace,
        Kind::Ingress,
        Kind::Gateway,
        Kind::ListenerSet,
        Kind::Issuer,
        Kind::ClusterIssuer,
        Kind::Certificate,
    ]
}

/// What is deleted from the target. Deleting a CustomResourceDefinition deletes its objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Delete {
    /// Kinds; of CustomResourceDefinitions those of cert-manager are meant.
    #[serde(serialize_with = "resources", deserialize_with = "read_resources")]
    pub selection: Vec<Kind>,
    /// Namespaces; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Names; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Labels of what is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// `--cascade=orphan`: dependents stay.
    #[serde(skip_serializing_if = "is_false")]
    pub orphan: bool,
}

/// The text filters of cert-manager's backup documents (restore rules 4.2, 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

fn read_resources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Kind>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let kind = |name: String| kind_of(&name).ok_or_else(|| D::Error::custom(UnknownResource { name }));
    names.into_iter().map(kind).collect()
}

/// A resource that plans do not know.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name:?} is no resource that plans know: certificates, secrets, issuers, clusterissuers, certificaterequests, ingresses …"
)]
struct UnknownResource {
    name: String,
}

fn read_go_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GoDuration, D::Error> {
    let text = String::deserialize(deserializer)?;
    GoDuration::parse(&text).map_err(|error| D::Error::custom(format!("{text:?}: {error}")))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(value: &bool) -> bool {
    !*value
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
            Step::KubectlApply(KubectlApply { selection: vec![Kind::Issuer], ..KubectlApply::default() }),
            Step::CreateNamespaces {},
            Step::EtcdRestore {},
            Step::GitOps(GitOps { tool: GitOpsTool::Flux, selection: in_git() }),
            Step::Delete(Delete::default()),
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
            let yaml = serde_saphyr::to_string(&[&step]).unwrap();
            assert_eq!(serde_saphyr::from_str::<Vec<Step>>(&yaml).unwrap(), [step], "{yaml}");
        }
    }
}
