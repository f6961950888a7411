//! `Order` and `Challenge` of `acme.cert-manager.io`.

use serde::{Deserialize, Serialize};

use super::certificate::ObjectReference;
use super::meta::ObjectMeta;
use super::serde_help::{nullable, presence};

/// An Order: one ACME order for a CertificateRequest.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Order {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: OrderSpec,
    /// `status`.
    #[serde(deserialize_with = "nullable")]
    pub status: AcmeObjectStatus,
}

/// `spec` of an Order.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OrderSpec {
    /// Who is to sign.
    #[serde(deserialize_with = "nullable")]
    pub issuer_ref: ObjectReference,
    /// DNS names of the order.
    #[serde(deserialize_with = "nullable")]
    pub dns_names: Vec<Box<str>>,
}

/// A Challenge: the proof of one name of an Order.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Challenge {
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: ChallengeSpec,
    /// `status`.
    #[serde(deserialize_with = "nullable")]
    pub status: AcmeObjectStatus,
}

/// `spec` of a Challenge.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ChallengeSpec {
    /// Who is to sign.
    #[serde(deserialize_with = "nullable")]
    pub issuer_ref: ObjectReference,
    /// The name that is proven.
    #[serde(deserialize_with = "nullable")]
    pub dns_name: Box<str>,
}

/// `status` of an Order or a Challenge.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct AcmeObjectStatus {
    /// Whether the ACME server knows the order: without it, a new one is placed (rules 7.4).
    #[serde(rename = "url", with = "presence")]
    pub has_url: bool,
    /// `valid`, `pending`, `errored` …
    #[serde(deserialize_with = "nullable")]
    pub state: Box<str>,
}
