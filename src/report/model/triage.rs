//! What a configuration and a baseline add to the report.

use serde::Serialize;

use super::{Finding, ObjectId};
use crate::time::Time;

/// A finding that an ignore entry of the configuration takes out of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Why it is ignored, as the entry says.
    pub reason: String,
    /// The last day on which the entry holds, `2027-03-31`.
    pub expires: Option<String>,
}

/// How the findings stand beside those of an earlier report (`--baseline`).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    /// The instant that the earlier report holds for.
    pub evaluated_at: Time,
    /// Findings that were not there.
    pub new: usize,
    /// Findings that were there, and are no more.
    pub fixed: usize,
    /// Findings of both reports.
    pub unchanged: usize,
    /// Findings of one report of which the other cannot tell.
    pub not_comparable: usize,
    /// Those of the earlier report that are not in this one.
    pub gone: Vec<Gone>,
    /// Why some cannot be compared, one sentence each.
    pub notes: Vec<String>,
}

/// A finding of the earlier report that is not in this one.
#[derive(Clone, Debug, Serialize)]
pub struct Gone {
    /// `fixed` or `not-comparable`.
    pub class: &'static str,
    /// Its id.
    pub id: String,
    /// Its rule's id.
    pub rule: String,
    /// Its severity.
    pub severity: &'static str,
    /// What it was about.
    pub object: ObjectId,
    /// Its title.
    pub title: String,
}
