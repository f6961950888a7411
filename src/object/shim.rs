//! `Ingress`, `Gateway` and `ListenerSet`: what the ingress- and gateway-shim make Certificates from (rules 6).

use serde::{Deserialize, Serialize};

use super::meta::ObjectMeta;
use super::serde_help::nullable;

/// An Ingress of `networking.k8s.io` or, from old backups, `extensions`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Ingress {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: IngressSpec,
}

/// `spec` of an Ingress.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct IngressSpec {
    /// TLS blocks, in order.
    #[serde(deserialize_with = "nullable")]
    pub tls: Vec<IngressTls>,
}

/// One entry of `spec.tls`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressTls {
    /// Host names.
    #[serde(deserialize_with = "nullable")]
    pub hosts: Vec<Box<str>>,
    /// The Secret, and the name of the Certificate.
    #[serde(deserialize_with = "nullable")]
    pub secret_name: Box<str>,
}

/// A Gateway, ListenerSet or XListenerSet of the Gateway API.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Gateway {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: GatewaySpec,
}

/// `spec` of a Gateway or ListenerSet.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewaySpec {
    /// Listeners, in order.
    #[serde(deserialize_with = "nullable")]
    pub listeners: Vec<Listener>,
    /// Parent Gateway of a ListenerSet.
    pub parent_ref: Option<ParentReference>,
}

/// One listener.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Listener {
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// Host name; empty means all.
    #[serde(deserialize_with = "nullable")]
    pub hostname: Box<str>,
    /// `HTTPS`, `TLS` …
    #[serde(deserialize_with = "nullable")]
    pub protocol: Box<str>,
    /// TLS settings.
    pub tls: Option<ListenerTls>,
}

/// `tls` of a listener.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerTls {
    /// `Terminate`, `Passthrough` or absent.
    pub mode: Option<Box<str>>,
    /// Secrets with certificates.
    #[serde(deserialize_with = "nullable")]
    pub certificate_refs: Vec<CertificateReference>,
}

/// One entry of `certificateRefs`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct CertificateReference {
    /// Group; absent or empty is core.
    pub group: Option<Box<str>>,
    /// Kind; absent is `Secret`.
    pub kind: Option<Box<str>>,
    /// The Secret's name.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// The Secret's namespace, if another.
    pub namespace: Option<Box<str>>,
}

/// `parentRef` of a ListenerSet.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct ParentReference {
    /// The Gateway's name.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// The Gateway's namespace, if another.
    pub namespace: Option<Box<str>>,
}
