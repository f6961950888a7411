//! What `plan` adds to the report (design 4).

use serde::Serialize;

use super::{ObjectId, PlanRemaining};
use crate::time::Time;

/// One step in the story of a Certificate.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateStep {
    /// Index of the plan's step, from 1.
    pub step: usize,
    /// Number of the event within the whole plan, from 1.
    pub event: usize,
    /// What happened.
    pub text: String,
}

/// A simulated plan.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Preset or file.
    pub name: String,
    /// Where the objects come from, with the release that wrote them.
    pub source: String,
    /// Where they go, with the release that judges them.
    pub target: String,
    /// The steps.
    pub steps: Vec<PlanStep>,
    /// Requests and Orders that are signed or placed again though no Certificate needs them.
    pub phantom_requests: usize,
    /// Until when a restore re-issues nothing; `null` where the plan re-issues something in any case, or nothing falls due.
    pub restorable_until: Option<RestorableUntil>,
    /// How many would be re-issued at a later restore.
    pub ages: Vec<PlanAge>,
    /// Other plans, compared.
    pub alternatives: Vec<PlanAlternative>,
    /// With `--suggest`: what this plan, the best of those compared, still does to Certificates, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<Vec<PlanRemaining>>,
    /// What to type, from what makes the plan safe to what shows that it went well.
    pub commands: Vec<PlanCommand>,
}

/// One step of a plan and what it did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlanStep {
    /// From 1.
    pub index: usize,
    /// e.g. `veleroRestore`.
    pub action: String,
    /// In words.
    pub text: String,
    /// Objects created.
    pub created: usize,
    /// Objects changed.
    pub updated: usize,
    /// Issuances that began in this step.
    pub issued: usize,
    /// Objects that were left out or existed already.
    pub skipped: usize,
    /// Objects that were refused.
    pub refused: Vec<Refusal>,
}

/// An object that a step could not create.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// Which.
    pub object: ObjectId,
    /// HTTP status, or null when the client itself refused.
    pub status: Option<u16>,
    /// The API server's or the client's words.
    pub message: String,
}

/// The last moment of a harmless restore.
#[derive(Clone, Debug, Serialize)]
pub struct RestorableUntil {
    /// When the first Certificate falls due.
    pub time: Time,
    /// Which.
    pub first: String,
}

/// One thing to type.
#[derive(Clone, Debug, Serialize)]
pub struct PlanCommand {
    /// What and why.
    pub text: String,
    /// The command.
    pub command: String,
    /// `safe`, `issues` or `deletes`.
    pub effect: &'static str,
}

/// A restore some days from now.
#[derive(Clone, Debug, Serialize)]
pub struct PlanAge {
    /// Days after the evaluated instant.
    pub days: u32,
    /// How many are re-issued.
    pub reissued: usize,
    /// How many are blocked.
    pub blocked: usize,
}

/// Another plan, for comparison.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanAlternative {
    /// Its name.
    pub name: String,
    /// Re-issued Certificates.
    pub reissued: usize,
    /// Blocked Certificates.
    pub blocked: usize,
    /// Lost Certificates.
    pub lost: usize,
    /// Certificates of which nothing can be said.
    pub unknown: usize,
    /// Certificates that no longer follow their Ingress or Gateway.
    pub orphaned: usize,
    /// Certificates with drift.
    pub drift: usize,
    /// Calls to CAs.
    pub ca_calls: usize,
    /// The plan as a document.
    pub document: String,
}
