//! Which changes a verdict foretells.

use super::{Change, Observed};
use crate::policy::Violation;
use crate::verdict::Verdict;

/// What was foretold of a Certificate.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The verdict.
    pub verdict: Verdict,
    /// The first violated check.
    pub trigger: Option<Box<Violation>>,
}

/// The changes that fit each verdict. Between the foretold instant and the picture of the world after it time has passed: what was
/// to be issued may still wait, what follows later may have followed. `unknown` foretells nothing.
const FITTING: [(Verdict, &[Change]); 7] = [
    (Verdict::Lost, &[Change::Lost]),
    (Verdict::Blocked, &[Change::Pending, Change::Same]),
    (Verdict::InProgress, &[Change::Pending, Change::Reissued, Change::New]),
    (Verdict::ReissueNow, &[Change::Reissued, Change::Pending, Change::New]),
    (Verdict::Drift, &[Change::Same, Change::New]),
    (Verdict::ReissueLater, &[Change::Same, Change::Reissued, Change::Pending, Change::New]),
    (Verdict::Unchanged, &[Change::Same, Change::New]),
];

/// Whether what was seen is what was foretold; what cannot be compared contradicts nothing. A Secret that was written for
/// another Certificate is no issuance of this one.
#[must_use]
pub fn fits(verdict: Verdict, seen: &Observed) -> bool {
    let change = if seen.change == Change::Reissued && seen.issued_for.is_some() { Change::Same } else { seen.change };
    let row = FITTING.iter().find(|(of, _)| *of == verdict);
    change == Change::NotComparable || row.is_none_or(|(_, changes)| changes.contains(&change))
}
