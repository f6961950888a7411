//! What a restore does when it comes later: only time passes, so only what falls due by then is added.

use super::Verdict;
use super::judge::Judgement;
use crate::object::NamespacedName;
use crate::policy::TriggerOutcome;
use crate::time::{GoDuration, Time};

/// The days for which a plan's report tells what would be issued.
pub const AGES: [u32; 5] = [0, 7, 30, 60, 90];

/// How many Certificates are issued again, and how many are blocked, when the plan is carried out so many days later.
///
/// Of the checks only the renewal looks at the clock, and back-off ends by it. What is issued by the plan itself is issued
/// whenever it runs.
#[must_use]
pub fn age(judgements: &[Judgement], now: Time, days: u32) -> (usize, usize) {
    let then = now.plus(GoDuration::hours(i64::from(days) * 24));
    let (mut reissued, mut blocked) = (0, 0);
    for judgement in judgements {
        match judgement.verdict {
            Verdict::ReissueNow | Verdict::InProgress => reissued += 1,
            Verdict::Blocked => blocked += 1,
            _ if falls_due(judgement).is_some_and(|due| due <= then) => {
                *(if judgement.obstacles.is_empty() { &mut reissued } else { &mut blocked }) += 1;
            }
            _ => {}
        }
    }
    (reissued, blocked)
}

/// Until when the plan issues nothing again, and what falls due first then; `None` where it issues something in any case, or
/// nothing ever falls due.
#[must_use]
pub fn restorable_until(judgements: &[Judgement]) -> Option<(Time, &NamespacedName)> {
    let acts = |judgement: &Judgement| {
        matches!(judgement.verdict, Verdict::ReissueNow | Verdict::InProgress | Verdict::Blocked)
    };
    if judgements.iter().any(acts) {
        return None;
    }
    judgements.iter().filter_map(|judgement| Some((falls_due(judgement)?, &judgement.key))).min()
}

/// When cert-manager issues by itself what the plan leaves alone.
fn falls_due(judgement: &Judgement) -> Option<Time> {
    if let Some(TriggerOutcome::BackOff { until }) = &judgement.outcome {
        return Some(*until);
    }
    let waits = matches!(judgement.verdict, Verdict::Unchanged | Verdict::Drift | Verdict::ReissueLater);
    judgement.renewal.renewal_time.filter(|_| waits)
}
