//! What `renewals` adds to the report (design 4).

use std::sync::Arc;

use serde::Serialize;

use super::PlanCommand;

/// What is to be renewed by hand.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewals {
    /// One after another: CAs before what they sign.
    pub waves: Vec<RenewalWave>,
    /// What needs a renewal and must wait.
    pub not_now: Vec<Waiting>,
    /// What may need one.
    pub perhaps: Vec<Perhaps>,
}

/// What can be renewed at the same time.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenewalWave {
    /// From 1.
    pub index: usize,
    /// Why it is a wave of its own.
    pub why: String,
    /// By issuer, namespace and name.
    pub certificates: Vec<Renewing>,
    /// Issuances that it asks of issuers.
    pub ca_calls: usize,
    /// How many keys become other ones.
    pub keys_rotate: usize,
    /// What to type.
    pub commands: Vec<PlanCommand>,
}

/// A Certificate to be renewed.
#[derive(Clone, Debug, Serialize)]
pub struct Renewing {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Who signs it.
    pub issuer: String,
    /// Why.
    pub reasons: Vec<RenewalReason>,
    /// `kept` or `rotates`.
    pub key: &'static str,
}

/// Why a Certificate is to be renewed.
#[derive(Clone, Debug, Serialize)]
pub struct RenewalReason {
    /// `drift`, `ca-changed` or `ca-replaced`.
    pub reason: &'static str,
    /// In a sentence.
    pub text: String,
    /// The fields of the spec that differ, of `drift`.
    pub fields: Vec<String>,
}

/// A Certificate that must not be renewed now.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Why not.
    pub why: String,
}

/// A Certificate that may need a renewal.
#[derive(Clone, Debug, Serialize)]
pub struct Perhaps {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// The fields that differ, perhaps because the issuer changed them.
    pub fields: Vec<String>,
}
