//! From what the trigger controller would do to one of eight verdicts (design 2, contract).

mod after_plan;
mod age;
mod confidence;
mod drift;
mod judge;
mod next_key;
mod status_only;

pub use after_plan::judge_plan;
pub(crate) use after_plan::predicted_renewal;
pub use age::{AGES, age, restorable_until};
pub use judge::{Judgement, Scene, judge, judge_all};

use crate::policy::TriggerOutcome;
pub use crate::policy::gather::secret_key;

/// What becomes of a Certificate; declared from the highest rank to the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// (plans) The Certificate itself does not exist after the plan.
    Lost,
    /// What is needed was not readable, or lies outside what was read.
    Unknown,
    /// It wants a new certificate and cannot get it.
    Blocked,
    /// `Issuing=True` already stands in the status.
    InProgress,
    /// The trigger controller would set `Issuing=True` at the evaluated instant.
    ReissueNow,
    /// What was issued differs from the spec and cert-manager will not notice.
    Drift,
    /// Not now, but at a known instant inside the horizon, or held only by back-off.
    ReissueLater,
    /// The certificate in the Secret stays in use.
    Unchanged,
}

impl Verdict {
    /// All verdicts, highest rank first.
    pub const ALL: [Self; 8] = [
        Self::Lost,
        Self::Unknown,
        Self::Blocked,
        Self::InProgress,
        Self::ReissueNow,
        Self::Drift,
        Self::ReissueLater,
        Self::Unchanged,
    ];

    /// The spelling of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Unknown => "unknown",
            Self::Blocked => "blocked",
            Self::InProgress => "in-progress",
            Self::ReissueNow => "reissue-now",
            Self::Drift => "drift",
            Self::ReissueLater => "reissue-later",
            Self::Unchanged => "unchanged",
        }
    }

    /// Reads the spelling of the contract.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == text)
    }
}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Everything needed was read.
    Exact,
    /// A listed assumption could change it.
    Assumed,
    /// Something needed was not read.
    Unknown,
}

impl Confidence {
    /// The spelling of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Assumed => "assumed",
            Self::Unknown => "unknown",
        }
    }
}

/// The facts beside the trigger's outcome that the mapping to a verdict looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Something keeps an issuance from completing.
    pub cannot_complete: bool,
    /// The Secret does not hold what this Certificate asks for, names of Certificates aside.
    pub secret_does_not_fit: bool,
    /// It is proven that what was issued differs from the spec.
    pub drifted: bool,
    /// The renewal falls inside the horizon.
    pub due_inside_horizon: bool,
}

/// One row of the mapping: an outcome, a condition, the verdict. The first row that fits holds.
struct Row(&'static str, fn(&Circumstances) -> bool, Verdict);

const ALWAYS: fn(&Circumstances) -> bool = |_| true;

/// The mapping of design 2, in order.
const MAPPING: &[Row] = &[
    Row("set", |c| c.cannot_complete, Verdict::Blocked),
    Row("set", ALWAYS, Verdict::ReissueNow),
    Row("already-issuing", |c| c.cannot_complete, Verdict::Blocked),
    Row("already-issuing", ALWAYS, Verdict::InProgress),
    Row("back-off", ALWAYS, Verdict::ReissueLater),
    Row("wait", |c| c.drifted, Verdict::Drift),
    Row("wait", |c| c.due_inside_horizon, Verdict::ReissueLater),
    Row("wait", ALWAYS, Verdict::Unchanged),
    Row("not-owner", |c| c.secret_does_not_fit, Verdict::Blocked),
    Row("not-owner", ALWAYS, Verdict::Unchanged),
    Row("deleting", ALWAYS, Verdict::Unchanged),
    Row("gather-error", ALWAYS, Verdict::Blocked),
    Row("panic", ALWAYS, Verdict::Blocked),
];

/// The name of an outcome in the mapping.
#[must_use]
pub const fn outcome_name(outcome: &TriggerOutcome) -> &'static str {
    match outcome {
        TriggerOutcome::Set { .. } => "set",
        TriggerOutcome::AlreadyIssuing => "already-issuing",
        TriggerOutcome::BackOff { .. } => "back-off",
        TriggerOutcome::Wait { .. } => "wait",
        TriggerOutcome::NotOwner { .. } => "not-owner",
        TriggerOutcome::Deleting => "deleting",
        TriggerOutcome::GatherError(_) => "gather-error",
        TriggerOutcome::Panics(_) => "panic",
    }
}

/// Maps an outcome to a verdict.
#[must_use]
pub fn map(outcome: &str, circumstances: &Circumstances) -> Verdict {
    MAPPING
        .iter()
        .find(|Row(name, holds, _)| *name == outcome && holds(circumstances))
        .map_or(Verdict::Unknown, |Row(_, _, verdict)| *verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Circumstances =
        Circumstances { cannot_complete: false, secret_does_not_fit: false, drifted: false, due_inside_horizon: false };
    const STUCK: Circumstances = Circumstances { cannot_complete: true, ..PLAIN };
    const MISFIT: Circumstances = Circumstances { secret_does_not_fit: true, ..PLAIN };
    const DRIFTED: Circumstances = Circumstances { drifted: true, due_inside_horizon: true, ..PLAIN };
    const DUE: Circumstances = Circumstances { due_inside_horizon: true, ..PLAIN };

    /// Design 2, "What the trigger controller does".
    const TABLE: [(&str, Circumstances, Verdict); 17] = [
        ("set", PLAIN, Verdict::ReissueNow),
        ("set", STUCK, Verdict::Blocked),
        ("set", DRIFTED, Verdict::ReissueNow),
        ("already-issuing", PLAIN, Verdict::InProgress),
        ("already-issuing", STUCK, Verdict::Blocked),
        ("back-off", PLAIN, Verdict::ReissueLater),
        ("back-off", STUCK, Verdict::ReissueLater),
        ("wait", PLAIN, Verdict::Unchanged),
        ("wait", STUCK, Verdict::Unchanged),
        ("wait", DUE, Verdict::ReissueLater),
        ("wait", DRIFTED, Verdict::Drift),
        ("not-owner", PLAIN, Verdict::Unchanged),
        ("not-owner", MISFIT, Verdict::Blocked),
        ("deleting", MISFIT, Verdict::Unchanged),
        ("gather-error", PLAIN, Verdict::Blocked),
        ("panic", PLAIN, Verdict::Blocked),
        ("no such outcome", PLAIN, Verdict::Unknown),
    ];

    #[test]
    fn outcomes_map_to_verdicts() {
        for (outcome, circumstances, verdict) in TABLE {
            assert_eq!(map(outcome, &circumstances), verdict, "{outcome} {circumstances:?}");
        }
    }

    #[test]
    fn spellings_are_unique_and_read_back() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
        }
        assert!(Verdict::ALL.is_sorted());
    }
}
