//! The JSON report, schema version 1 (design 4, contract). Fields may be added, never renamed or removed.
//!
//! This type is separate from everything internal on purpose: a change inside must not change what other tools read.

pub(super) mod list;
mod observed;
mod plan;
mod remaining;
mod renewals;
mod triage;
mod upgrade;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

pub use observed::{EventQuote, Observed, Predicted};
pub use plan::{CertificateStep, Plan, PlanAge, PlanAlternative, PlanCommand, PlanStep, Refusal, RestorableUntil};
pub use remaining::{AvoidedBy, PlanRemaining};
pub use renewals::{Perhaps, RenewalReason, RenewalWave, Renewals, Renewing, Waiting};
pub use triage::{Baseline, Gone, Suppressed};
pub use upgrade::{Before, Cause, CauseCount, Change, Upgrade, UpgradeOrder, UpgradePhase, UpgradeStep};

use crate::time::Time;

/// Version of the schema that this module writes.
pub const SCHEMA_VERSION: &str = "1";

/// Everything that a run found out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: &'static str,
    /// Who wrote this.
    pub tool: Tool,
    /// `audit`, `plan`, `upgrade`, `verify` or `renewals`.
    pub command: &'static str,
    /// The instant the verdicts hold for.
    pub evaluated_at: Time,
    /// The release that was judged by.
    pub cert_manager: CertManager,
    /// What was read.
    pub coverage: Coverage,
    /// Counts.
    pub summary: Summary,
    /// One entry per Certificate, by namespace and name.
    #[serde(serialize_with = "list::serialize")]
    pub certificates: Vec<Certificate>,
    /// Observations beyond the chain, worst first.
    #[serde(serialize_with = "list::serialize")]
    pub findings: Vec<Finding>,
    /// What happens when, in order of time.
    #[serde(serialize_with = "list::serialize")]
    pub timeline: Vec<TimelineEntry>,
    /// The plan that was simulated.
    pub plan: Option<Plan>,
    /// Findings that the configuration ignores; they count nowhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<Suppressed>,
    /// How the findings stand beside those of an earlier report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Of `upgrade`: the way from one release to the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upgrade: Option<Upgrade>,
    /// Of `renewals`: what to renew, in waves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewals: Option<Renewals>,
}

/// The program.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// `reissue-audit`
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The release that was judged by, and what had to be assumed.
#[derive(Clone, Debug, Serialize)]
pub struct CertManager {
    /// e.g. `v1.21.2`
    pub version: String,
    /// `flag`, `detected` or `default`
    pub source: &'static str,
    /// Whatever was assumed rather than read, one sentence each.
    pub assumptions: Vec<String>,
}

/// What was read.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// The sources.
    pub inputs: Vec<CoverageInput>,
    /// No input had a problem that hides something.
    pub complete: bool,
}

/// One source.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageInput {
    /// Path, `-`, `demo` or `live`.
    pub location: String,
    /// What it was.
    pub kind: String,
    /// Objects by kind.
    pub objects: BTreeMap<String, usize>,
    /// What could not be read, or is worth saying.
    pub problems: Vec<CoverageProblem>,
    /// Requests that an API server was asked, repeated ones included; only of a live cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Bytes of its answers, after decompression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Coverage {
    /// The problems of all sources.
    pub fn problems(&self) -> impl Iterator<Item = &CoverageProblem> {
        self.inputs.iter().flat_map(|input| &input.problems)
    }
}

/// Something in a source that is not as it should be.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageProblem {
    /// Where.
    pub location: String,
    /// The object, if known.
    pub object: Option<String>,
    /// What.
    pub message: String,
    /// `missing` (something is not in the analysis) or `note`.
    pub impact: &'static str,
}

impl CoverageProblem {
    /// Whether something is not in the analysis because of it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.impact != "note"
    }
}

/// Counts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Certificates in the report.
    pub certificates: usize,
    /// How many have each verdict; every verdict is listed, in rank order of the design when rendered.
    pub verdicts: BTreeMap<&'static str, usize>,
    /// How many findings of each severity.
    pub findings: BTreeMap<&'static str, usize>,
}

/// One Certificate.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Namespace.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// `spec.secretName`.
    pub secret_name: Arc<str>,
    /// `spec.issuerRef` as written.
    pub issuer_ref: IssuerRef,
    /// One of the eight verdicts (design 2).
    pub verdict: &'static str,
    /// Why this verdict, in a sentence for people.
    pub because: Arc<str>,
    /// `exact`, `assumed` or `unknown`.
    pub confidence: &'static str,
    /// The assumptions that could change the verdict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<String>,
    /// The first violated check.
    pub trigger: Option<Box<Trigger>>,
    /// All violated checks, in chain order.
    pub violations: Vec<Violation>,
    /// The readiness chain: what the `Ready` condition would say. It does not re-issue anything.
    pub readiness: Option<Box<Trigger>>,
    /// Post-issuance checks that would rewrite the Secret without a new certificate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<Trigger>,
    /// Renewal.
    pub renewal: Renewal,
    /// Key.
    pub key: Key,
    /// Ids of findings about this Certificate.
    pub findings: Vec<String>,
    /// Of a plan: how many issuances are triggered before quiet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuances: Option<u32>,
    /// Of a plan: how it got there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<CertificateStep>>,
    /// Of `verify`: what was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<Box<Observed>>,
    /// Of `verify`: what was foretold; `null` where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Option<Box<Predicted>>>,
    /// Of `upgrade`: what the release before makes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<Before>>,
    /// Of `upgrade`: the difference between both releases; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Box<Change>>,
}

/// `spec.issuerRef`.
#[derive(Clone, Debug, Serialize)]
pub struct IssuerRef {
    /// Name.
    pub name: Arc<str>,
    /// Kind as written.
    pub kind: Arc<str>,
    /// Group as written.
    pub group: Arc<str>,
}

/// A policy with its reason and message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// cert-manager's function name.
    pub policy: String,
    /// cert-manager's reason.
    pub reason: String,
    /// cert-manager's message.
    pub message: String,
}

/// A violated policy with the values compared.
#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// cert-manager's function name.
    pub policy: String,
    /// cert-manager's reason.
    pub reason: String,
    /// cert-manager's message.
    pub message: String,
    /// Values side by side.
    pub fields: Vec<Field>,
    /// What the FAQ says about it.
    pub faq: Option<String>,
}

/// One field: what the spec wants, what is there.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    /// Label.
    pub path: String,
    /// Wanted.
    pub spec: String,
    /// Found.
    pub actual: String,
}

/// When the certificate is renewed.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Renewal {
    /// Valid from.
    pub not_before: Option<Time>,
    /// Valid until.
    pub not_after: Option<Time>,
    /// When cert-manager renews by itself.
    pub renewal_time: Option<Time>,
    /// How that instant came about.
    pub because: Arc<str>,
    /// The certificate is yet to be issued, so the dates follow from the spec; left out when false.
    #[serde(skip_serializing_if = "is_false")]
    pub predicted: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The private key.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// `RSA`, `ECDSA`, `Ed25519`, or nothing when there is no readable key.
    pub algorithm: Option<&'static str>,
    /// Bits.
    pub size: Option<u32>,
    /// Whether the next issuance makes a new key.
    pub rotates_on_reissue: bool,
}

/// An observation beyond cert-manager's chain.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable over runs and independent of texts.
    pub id: String,
    /// The rule's id.
    pub rule: &'static str,
    /// `critical`, `high`, `medium`, `low` or `info`.
    pub severity: &'static str,
    /// What it is about.
    pub object: ObjectId,
    /// One line.
    pub title: String,
    /// A paragraph.
    pub detail: String,
    /// Values compared.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub remediation: Vec<Remediation>,
    /// With a baseline: `new`, `unchanged` or `not-comparable`; what is fixed stands in [`Baseline::gone`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
}

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ObjectId {
    /// Kind.
    pub kind: Arc<str>,
    /// Namespace, empty for cluster-scoped objects.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

/// One compared value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Evidence {
    /// What was compared.
    pub what: String,
    /// What was to be expected.
    pub expected: String,
    /// What is there.
    pub actual: String,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Remediation {
    /// What and why.
    pub text: String,
    /// A command to paste, if there is one.
    pub command: Option<String>,
    /// `safe`, `issues` or `deletes`.
    pub effect: &'static str,
}

/// Something that happens at a known instant.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Time,
    /// `renewal`, `expiry`, `blocked`, `back-off-ends` …
    pub kind: &'static str,
    /// To what.
    pub object: ObjectId,
    /// What happens.
    pub text: Cow<'static, str>,
}
