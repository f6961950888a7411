//! What `plan --suggest` says of the damage that is left (design 4).

use std::sync::Arc;

use serde::Serialize;

use crate::time::Time;

/// What the plan still does to a Certificate, and why it cannot be avoided.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanRemaining {
    /// Namespace of the Certificate.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The verdict, or `orphaned`. A Certificate may have one of each.
    pub harm: &'static str,
    /// `restore`, `trade-off`, `release`, `target`, `due` or `source`.
    pub cause: &'static str,
    /// The least sure of the verdicts that show it: `exact`, `assumed` or `unknown`.
    pub confidence: &'static str,
    /// The plan's step that brings it about, from 1, where one does.
    pub step: Option<usize>,
    /// The event within the whole plan, from 1.
    pub event: Option<usize>,
    /// Why, in a sentence.
    pub text: String,
    /// What else than another plan would avoid it.
    pub advice: Option<String>,
    /// Of `due`: when the renewal falls due.
    pub restore_before: Option<Time>,
    /// The plan that avoids it with the least damage.
    pub avoided_by: Option<AvoidedBy>,
}

/// Another plan that avoids it.
#[derive(Clone, Debug, Serialize)]
pub struct AvoidedBy {
    /// Its name, as in the comparison.
    pub plan: String,
    /// The Certificate's verdict under it.
    pub verdict: &'static str,
    /// What it does to the Certificate, and in sum.
    pub text: String,
}
