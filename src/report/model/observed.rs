//! What `verify` adds to the report (design 4).

use serde::Serialize;

use super::Trigger;
use crate::time::Time;

/// What was done to a Certificate.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// `same`, `reissued`, `lost`, `new`, `pending` or `not-comparable`.
    pub outcome: &'static str,
    /// Serial number before, in upper-case hex.
    pub serial_before: Option<Box<str>>,
    /// Serial number after.
    pub serial_after: Option<Box<str>>,
    /// The Certificate that a new certificate was issued for, where that is another one with the same Secret.
    pub issued_for: Option<Box<str>>,
    /// Whether a new certificate has the key of the one before; `null` where there are not two.
    pub key_kept: Option<bool>,
    /// Name of the request that a new certificate was issued for.
    pub request: Option<String>,
    /// When it was issued.
    pub at: Option<Time>,
    /// Whether it fits what was foretold; `null` where nothing was.
    pub as_predicted: Option<bool>,
    /// Why it does not fit, as far as the objects tell.
    pub explained: Vec<String>,
    /// What keeps it from getting a certificate.
    pub stuck: Option<String>,
    /// The Ingress, Gateway or ListenerSet that it followed and follows no longer.
    pub orphaned: Option<String>,
    /// cert-manager's Events about it since it began, newest last.
    pub events: Vec<EventQuote>,
}

/// An Event in cert-manager's words.
#[derive(Clone, Debug, Serialize)]
pub struct EventQuote {
    /// When it was seen last.
    pub at: Option<Time>,
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: Box<str>,
    /// What it is about.
    pub object: String,
    /// The reason.
    pub reason: Box<str>,
    /// The sentence.
    pub message: Box<str>,
}

/// What was foretold of a Certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Predicted {
    /// The verdict.
    pub verdict: &'static str,
    /// The first violated check.
    pub trigger: Option<Trigger>,
}
