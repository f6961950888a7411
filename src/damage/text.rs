//! Why something remains, in sentences.

use super::likeness::wants;
use super::{Case, Cause, Compared, Harm, Standing};
use crate::policy::TriggerOutcome;
use crate::report::model::PlanAlternative;
use crate::sentence::sentence;
use crate::time::Time;
use crate::verdict::{Judgement, Verdict};

/// What a cluster does that does the same as it stands.
pub(super) fn alike(harm: Harm, cause: Cause, here: &Judgement, there: &Judgement, due: Option<Time>) -> String {
    if !matches!(harm, Harm::Verdict(Verdict::ReissueNow | Verdict::InProgress)) || cause == Cause::Release {
        return sentence(match harm {
            Harm::Verdict(Verdict::Unknown) => &there.because,
            _ => &here.because,
        });
    }
    let lead = match (&here.trigger, due, there.renewal.renewal_time) {
        (Some(trigger), Some(due), _) if trigger.reason == "Renewing" => format!("Its renewal falls due at {due}."),
        (Some(trigger), None, Some(due)) if trigger.reason == "Renewing" => format!("Its renewal fell due at {due}."),
        _ => sentence(&here.because),
    };
    if due.is_some() {
        return lead;
    }
    let more = match (&there.outcome, there.verdict) {
        (Some(TriggerOutcome::BackOff { until }), _) => {
            format!(" There a failed issuance holds it back until {until}.")
        }
        (_, Verdict::Blocked) => match there.obstacles.first() {
            Some(obstacle) => format!(" There it cannot complete: {}.", obstacle.why.trim_end_matches('.')),
            None => " There it cannot complete.".to_owned(),
        },
        (_, Verdict::InProgress) => " There it is being issued already.".to_owned(),
        _ => String::new(),
    };
    format!("{lead}{more}")
}

/// What the restore does, where, and what the source does instead.
pub(super) fn by_restore(harm: Harm, case: &Case<'_>, at: Option<(usize, usize)>) -> String {
    let what = match (harm, &case.fate.orphaned_from) {
        (Harm::Orphaned, Some(owner)) => format!("It is created without its owner and no longer follows {owner}."),
        _ => sentence(&case.here.because),
    };
    let place = at.map_or_else(String::new, |(step, event)| format!("Step {step}, event {event}: "));
    format!("{place}{what}{}", in_the_source(harm, case))
}

fn in_the_source(harm: Harm, case: &Case<'_>) -> String {
    let Some(there) = case.source() else { return String::new() };
    match harm {
        Harm::Orphaned => String::new(),
        _ if case.source_is_unknown() => " Whether the source does the same is not known.".to_owned(),
        _ if case.is_noticed() => " The source still notices it, and issues it again.".to_owned(),
        Harm::Verdict(Verdict::ReissueNow | Verdict::InProgress | Verdict::Blocked) if wants(there) => {
            match there.trigger.as_ref() {
                Some(trigger) => format!(" The source issues it again, too, for another reason ({}).", trigger.reason),
                None => String::new(),
            }
        }
        Harm::Verdict(_) => String::new(),
    }
}

impl Case<'_> {
    /// A difference that the source sees, which has the request: what it issues then is put right as a whole.
    fn is_noticed(&self) -> bool {
        let drifts = |path: &str| self.here.drift.iter().any(|field| field.path == path);
        self.here.verdict == Verdict::Drift
            && self.source().is_some_and(|there| {
                let mut fields = there.violations.iter().flat_map(|violation| &violation.fields);
                there.verdict == Verdict::ReissueNow && fields.any(|field| drifts(&field.path))
            })
    }
}

/// What else than another plan would avoid it.
pub(super) fn advice(harm: Harm, cause: Cause, case: &Case<'_>) -> Option<String> {
    let backup = if case.survey.finished { "another backup is made" } else { "the backup is made" };
    let renewing = case.here.trigger.as_ref().is_some_and(|trigger| trigger.reason == "Renewing");
    Some(match (cause, harm) {
        (Cause::Due, harm) => {
            let still = if harm == Harm::Verdict(Verdict::Blocked) {
                "; what blocks it has to be gone by then in any case"
            } else {
                ""
            };
            format!("Restore before {}{still}.", case.due()?)
        }
        // What is missing, and how to read it, is what the verdict says.
        (_, Harm::Verdict(Verdict::Unknown)) => return None,
        (Cause::Source, Harm::Verdict(Verdict::Blocked)) => {
            format!("Clear what blocks it in the source before {backup}.")
        }
        (Cause::Source, Harm::Verdict(Verdict::Drift)) => {
            format!("Renew it in the source (cmctl renew) before {backup}.")
        }
        (Cause::Source, _) if renewing => format!("Have the source renew it before {backup}."),
        (Cause::Source, _) => format!("Put right in the source what the check names, before {backup}."),
        (Cause::Target, _) => "Put it right in the target before the restore.".to_owned(),
        (Cause::Release, _) => "See with reissue-audit upgrade what the release does by itself.".to_owned(),
        (Cause::Restore | Cause::TradeOff, _) if case.is_noticed() => {
            format!("Have the source issue it before {backup}.")
        }
        (Cause::Restore | Cause::TradeOff, _) => return None,
    })
}

/// What a plan that avoids it does instead.
pub(super) fn avoided(harm: Harm, here: &Standing, plan: &Compared, there: &Standing, plans: &[Compared]) -> String {
    let name = &plan.row.name;
    let instead = match (harm, there.verdict) {
        (Harm::Orphaned, Verdict::InProgress | Verdict::ReissueNow) => "keeps its owner, and is issued again",
        (Harm::Orphaned, Verdict::Drift) => "keeps its owner, and its certificate differs from the spec",
        (Harm::Orphaned, _) => "keeps its owner",
        (_, Verdict::InProgress | Verdict::ReissueNow) => "is issued again instead",
        (_, Verdict::Drift) => "is not issued again, though its certificate differs from the spec",
        (_, Verdict::ReissueLater) => "stays as it is until its renewal",
        _ => "stays as it is",
    };
    let orphan = match (&here.orphaned_from, &there.orphaned_from) {
        (None, Some(owner)) => format!(", but no longer follows {owner}"),
        _ => String::new(),
    };
    let sum = plans.first().map(|best| in_sum(&best.row, &plan.row)).unwrap_or_default();
    format!("With {name} it {instead}{orphan}. {sum}")
}

/// The columns in which two plans differ, the worse ones first.
fn in_sum(here: &PlanAlternative, there: &PlanAlternative) -> String {
    let columns = [
        ("lost", here.lost, there.lost),
        ("unknown", here.unknown, there.unknown),
        ("blocked", here.blocked, there.blocked),
        ("re-issued", here.reissued, there.reissued),
        ("orphaned", here.orphaned, there.orphaned),
        ("drift", here.drift, there.drift),
        ("calls to CAs", here.ca_calls, there.ca_calls),
    ];
    let (worse, rest): (Vec<_>, Vec<_>) = columns.into_iter().partition(|(_, here, there)| there > here);
    let better = rest.into_iter().filter(|(_, here, there)| there < here);
    let texts: Vec<String> = worse
        .into_iter()
        .chain(better)
        .map(|(name, here, there)| format!("{name} {there} instead of {here}"))
        .collect();
    if texts.is_empty() {
        return "In sum it does as much damage, to others.".to_owned();
    }
    format!("In sum: {}.", texts.join(", "))
}
