//! Kubernetes objects as lean types: what decides something is kept, the rest is skipped while reading.

pub mod acme;
pub mod certificate;
pub mod certificate_request;
pub mod cluster;
pub mod decode;
pub mod issuer;
mod issuer_secrets;
pub mod json_scan;
pub mod kind;
pub mod meta;
pub mod node;
pub mod old_versions;
mod reference;
pub mod resource_name;
pub mod secret;
mod secret_decode;
pub mod serde_help;
pub mod shim;
pub mod view;

use std::sync::Arc;

pub use acme::{Challenge, Order};
pub use certificate::{Certificate, CertificateSpec, ObjectReference};
pub use certificate_request::CertificateRequest;
pub use cluster::{CustomResourceDefinition, Event, Namespace, SigningRequest, Workload};
pub use issuer::Issuer;
pub use kind::Kind;
pub use meta::{NamespacedName, ObjectMeta, OwnerReference};
pub use reference::ObjectRef;
pub use secret::Secret;
pub use serde_help::StringMap;
pub use shim::{Gateway, Ingress};

/// One object of a kind that matters.
#[derive(Clone, Debug)]
pub enum Object {
    /// A core Secret.
    Secret(Arc<Secret>),
    /// A Certificate.
    Certificate(Arc<Certificate>),
    /// A CertificateRequest.
    CertificateRequest(Arc<CertificateRequest>),
    /// A namespaced Issuer.
    Issuer(Arc<Issuer>),
    /// A ClusterIssuer.
    ClusterIssuer(Arc<Issuer>),
    /// An ACME Order.
    Order(Arc<Order>),
    /// An ACME Challenge.
    Challenge(Arc<Challenge>),
    /// An Ingress.
    Ingress(Arc<Ingress>),
    /// A Gateway.
    Gateway(Arc<Gateway>),
    /// A ListenerSet or XListenerSet.
    ListenerSet(Arc<Gateway>),
    /// A Namespace.
    Namespace(Arc<Namespace>),
    /// An Event.
    Event(Arc<Event>),
    /// A CertificateSigningRequest.
    SigningRequest(Arc<SigningRequest>),
    /// A CustomResourceDefinition.
    Crd(Arc<CustomResourceDefinition>),
    /// A Deployment.
    Deployment(Arc<Workload>),
    /// A Pod.
    Pod(Arc<Workload>),
}

impl Object {
    /// The kind of the object.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Secret(_) => Kind::Secret,
            Self::Certificate(_) => Kind::Certificate,
            Self::CertificateRequest(_) => Kind::CertificateRequest,
            Self::Issuer(_) => Kind::Issuer,
            Self::ClusterIssuer(_) => Kind::ClusterIssuer,
            Self::Order(_) => Kind::Order,
            Self::Challenge(_) => Kind::Challenge,
            Self::Ingress(_) => Kind::Ingress,
            Self::Gateway(_) => Kind::Gateway,
            Self::ListenerSet(_) => Kind::ListenerSet,
            Self::Namespace(_) => Kind::Namespace,
            Self::Event(_) => Kind::Event,
            Self::SigningRequest(_) => Kind::SigningRequest,
            Self::Crd(_) => Kind::Crd,
            Self::Deployment(_) => Kind::Deployment,
            Self::Pod(_) => Kind::Pod,
        }
    }

    /// The object's metadata.
    #[must_use]
    pub fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::Secret(o) => &o.metadata,
            Self::Certificate(o) => &o.metadata,
            Self::CertificateRequest(o) => &o.metadata,
            Self::Issuer(o) | Self::ClusterIssuer(o) => &o.metadata,
            Self::Order(o) => &o.metadata,
            Self::Challenge(o) => &o.metadata,
            Self::Ingress(o) => &o.metadata,
            Self::Gateway(o) | Self::ListenerSet(o) => &o.metadata,
            Self::Namespace(o) => &o.metadata,
            Self::Event(o) => &o.metadata,
            Self::SigningRequest(o) => &o.metadata,
            Self::Crd(o) => &o.metadata,
            Self::Deployment(o) | Self::Pod(o) => &o.metadata,
        }
    }

    /// The object's metadata, for a world that a plan changes; a shared object is copied first.
    pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::Secret(o) => &mut Arc::make_mut(o).metadata,
            Self::Certificate(o) => &mut Arc::make_mut(o).metadata,
            Self::CertificateRequest(o) => &mut Arc::make_mut(o).metadata,
            Self::Issuer(o) | Self::ClusterIssuer(o) => &mut Arc::make_mut(o).metadata,
            Self::Order(o) => &mut Arc::make_mut(o).metadata,
            Self::Challenge(o) => &mut Arc::make_mut(o).metadata,
            Self::Ingress(o) => &mut Arc::make_mut(o).metadata,
            Self::Gateway(o) | Self::ListenerSet(o) => &mut Arc::make_mut(o).metadata,
            Self::Namespace(o) => &mut Arc::make_mut(o).metadata,
            Self::Event(o) => &mut Arc::make_mut(o).metadata,
            Self::SigningRequest(o) => &mut Arc::make_mut(o).metadata,
            Self::Crd(o) => &mut Arc::make_mut(o).metadata,
            Self::Deployment(o) | Self::Pod(o) => &mut Arc::make_mut(o).metadata,
        }
    }
}
