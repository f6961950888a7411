//! `Issuer` and `ClusterIssuer` of `cert-manager.io`.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::meta::{Condition, ObjectMeta, has_condition};
use super::serde_help::nullable;
use crate::intern::interned;

/// An Issuer or a ClusterIssuer (no namespace).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Issuer {
    /// The `apiVersion` it was read as.
    #[serde(deserialize_with = "interned")]
    pub api_version: Arc<str>,
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec` as it stands; issuers are few, and every reference in it matters (rules section 9).
    pub spec: serde_json::Value,
    /// `status`.
    #[serde(deserialize_with = "nullable")]
    pub status: IssuerStatus,
    /// [`Issuer::secret_references`], once somebody asked; whoever changes the spec must take it out.
    #[serde(skip)]
    pub(crate) references: OnceLock<Vec<SecretReference>>,
}

/// `status` of an issuer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct IssuerStatus {
    /// `Ready`.
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
}

/// How an issuer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerType {
    /// `spec.ca`: a key pair in a Secret.
    Ca,
    /// `spec.selfSigned`.
    SelfSigned,
    /// `spec.acme`.
    Acme,
    /// `spec.vault`.
    Vault,
    /// `spec.venafi`.
    Venafi,
    /// None of the above.
    Unknown,
}

/// A Secret that an issuer needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretReference {
    /// JSON path inside the issuer, e.g. `spec.ca.secretName`.
    pub path: String,
    /// The Secret's name.
    pub name: String,
    /// The keys that must be there.
    pub keys: Vec<String>,
    /// The reference is the ACME account key, which cert-manager makes when it is missing.
    pub account_key: bool,
}

impl Issuer {
    /// How this issuer signs; the first of the known fields, in the order of cert-manager's own dispatch.
    #[must_use]
    pub fn issuer_type(&self) -> IssuerType {
        const FIELDS: [(&str, IssuerType); 5] = [
            ("acme", IssuerType::Acme),
            ("ca", IssuerType::Ca),
            ("vault", IssuerType::Vault),
            ("selfSigned", IssuerType::SelfSigned),
            ("venafi", IssuerType::Venafi),
        ];
        let present = |field: &str| self.spec.get(field).is_some_and(|value| !value.is_null());
        FIELDS.iter().find(|(field, _)| present(field)).map_or(IssuerType::Unknown, |(_, kind)| *kind)
    }

    /// Whether `Ready=True` stands in the status.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        has_condition(&self.status.conditions, "Ready", "True")
    }

    /// Whether an ACME order says how long the certificate shall live (`spec.acme.enableDurationFeature`).
    #[must_use]
    pub fn asks_acme_for_duration(&self) -> bool {
        self.spec.pointer("/acme/enableDurationFeature").and_then(serde_json::Value::as_bool) == Some(true)
    }

    /// The Secret with the CA key pair, for a CA issuer.
    #[must_use]
    pub fn ca_secret_name(&self) -> Option<&str> {
        self.spec.pointer("/ca/secretName")?.as_str()
    }
}
