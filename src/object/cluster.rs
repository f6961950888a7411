//! Objects of Kubernetes itself that say something about cert-manager: namespaces, CRDs, its Deployments, events.

use serde::{Deserialize, Serialize};

use super::meta::ObjectMeta;
use super::serde_help::nullable;
use crate::time::Time;

/// A Namespace.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Namespace {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
}

/// A CustomResourceDefinition: names and versions only.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct CustomResourceDefinition {
    /// `metadata`; labels and annotations may tell cert-manager's version.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: CrdSpec,
    /// `status`.
    #[serde(deserialize_with = "nullable")]
    pub status: CrdStatus,
}

/// `spec` of a CRD.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct CrdSpec {
    /// API group.
    #[serde(deserialize_with = "nullable")]
    pub group: Box<str>,
    /// Names.
    #[serde(deserialize_with = "nullable")]
    pub names: CrdNames,
    /// Versions.
    #[serde(deserialize_with = "nullable")]
    pub versions: Vec<CrdVersion>,
}

/// `spec.names` of a CRD.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CrdNames {
    /// The kind.
    #[serde(deserialize_with = "nullable")]
    pub kind: Box<str>,
    /// The plural, as in URLs.
    #[serde(deserialize_with = "nullable")]
    pub plural: Box<str>,
    /// The singular.
    #[serde(deserialize_with = "nullable")]
    pub singular: Box<str>,
    /// Short names.
    #[serde(deserialize_with = "nullable")]
    pub short_names: Vec<Box<str>>,
}

/// One version of a CRD.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct CrdVersion {
    /// `v1`, `v1alpha2` …
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// Whether the API server serves it.
    #[serde(deserialize_with = "nullable")]
    pub served: bool,
    /// Whether objects are stored in it.
    #[serde(deserialize_with = "nullable")]
    pub storage: bool,
}

/// `status` of a CRD.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CrdStatus {
    /// Versions that objects in etcd may still have.
    #[serde(deserialize_with = "nullable")]
    pub stored_versions: Vec<Box<str>>,
}

/// A Deployment or a Pod: the images and flags of its containers.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Workload {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`; a Pod has its containers here, a Deployment under `template.spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: WorkloadSpec,
}

/// `spec` of a Deployment or a Pod.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct WorkloadSpec {
    /// Wished number of pods, of a Deployment.
    pub replicas: Option<i64>,
    /// Containers, of a Pod.
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container>,
    /// Pod template, of a Deployment.
    #[serde(deserialize_with = "nullable")]
    pub template: PodTemplate,
}

/// `spec.template` of a Deployment.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PodTemplate {
    /// Its `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: PodSpec,
}

/// `spec` of a pod template.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PodSpec {
    /// `serviceAccountName`; empty is `default`.
    #[serde(rename = "serviceAccountName", deserialize_with = "nullable")]
    pub service_account_name: Box<str>,
    /// Containers.
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container>,
}

/// A container of cert-manager.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Container {
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// Its image.
    #[serde(deserialize_with = "nullable")]
    pub image: Box<str>,
    /// Its flags.
    #[serde(deserialize_with = "nullable")]
    pub args: Vec<Box<str>>,
}

impl Workload {
    /// The containers, of a Pod or of a Deployment.
    #[must_use]
    pub fn containers(&self) -> &[Container] {
        if self.spec.containers.is_empty() { &self.spec.template.spec.containers } else { &self.spec.containers }
    }
}

/// An Event about a cert-manager object.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// What the event is about (`regarding` in `events.k8s.io`).
    #[serde(alias = "regarding", deserialize_with = "nullable")]
    pub involved_object: InvolvedObject,
    /// `Issuing`, `Generated`, `RequestFailed` …
    #[serde(deserialize_with = "nullable")]
    pub reason: Box<str>,
    /// The sentence (`note` in `events.k8s.io`).
    #[serde(alias = "note", deserialize_with = "nullable")]
    pub message: Box<str>,
    /// `Normal` or `Warning`.
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub type_: Box<str>,
    /// When it was seen last.
    pub last_timestamp: Option<Time>,
}

/// What an Event is about.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct InvolvedObject {
    /// Its kind.
    #[serde(deserialize_with = "nullable")]
    pub kind: Box<str>,
    /// Its namespace.
    #[serde(deserialize_with = "nullable")]
    pub namespace: Box<str>,
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
}

/// A CertificateSigningRequest of `certificates.k8s.io` with a cert-manager signer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct SigningRequest {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: SigningRequestSpec,
}

/// `spec` of a CertificateSigningRequest.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SigningRequestSpec {
    /// e.g. `clusterissuers.cert-manager.io/ca`.
    #[serde(deserialize_with = "nullable")]
    pub signer_name: Box<str>,
}
