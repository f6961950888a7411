//! Whether a cluster does of itself what a plan does, and for the same reason.

use super::{Cause, Harm};
use crate::obstacle::Obstacle;
use crate::policy::{FieldDifference, TriggerOutcome, Violation, same_check};
use crate::time::Time;
use crate::verdict::{Judgement, Verdict, outcome_name};

/// Whether what a plan does to a Certificate happens without it, too: the same verdict is not enough, the reason must be the
/// same. A cluster may issue what the plan only finds blocked by the same check, not the other way round.
pub(super) fn same(harm: Harm, here: &Judgement, there: &Judgement) -> bool {
    match harm {
        Harm::Orphaned | Harm::Verdict(Verdict::Lost | Verdict::ReissueLater | Verdict::Unchanged) => false,
        Harm::Verdict(Verdict::Unknown) => there.verdict == Verdict::Unknown,
        Harm::Verdict(Verdict::Drift) => there.verdict == Verdict::Drift && covers(&there.drift, &here.drift),
        Harm::Verdict(Verdict::Blocked) => wants_the_same(here, there) && is_blocked_alike(here, there),
        Harm::Verdict(Verdict::InProgress | Verdict::ReissueNow) => wants_the_same(here, there),
    }
}

/// Whether cert-manager wants a new certificate, though a failed one may hold it back.
pub(super) fn wants(judgement: &Judgement) -> bool {
    matches!(judgement.verdict, Verdict::Blocked | Verdict::InProgress | Verdict::ReissueNow)
        || matches!(judgement.outcome, Some(TriggerOutcome::BackOff { .. }))
}

fn wants_the_same(here: &Judgement, there: &Judgement) -> bool {
    match (&here.trigger, &here.outcome) {
        // Nothing was triggered: cert-manager stops before its checks, or another Certificate owns the Secret.
        (_, Some(outcome)) if !matches!(outcome, TriggerOutcome::Set { .. }) => {
            let name = there.outcome.as_ref().map(outcome_name);
            name == Some(outcome_name(outcome)) && here.violations.iter().all(|found| violates(there, found))
        }
        (Some(trigger), _) => wants(there) && violates(there, trigger),
        // `Issuing=True` came along with the status.
        (None, _) => matches!(there.outcome, Some(TriggerOutcome::AlreadyIssuing)),
    }
}

/// Whether a check is violated under any of its names, in the same fields at least.
fn violates(judgement: &Judgement, found: &Violation) -> bool {
    let same = |other: &&Violation| same_check(other.policy, found.policy);
    judgement.violations.iter().find(same).is_some_and(|other| covers(&other.fields, &found.fields))
}

/// Whether one list has all the fields of another. Their values are written in one way where a request is compared, and in
/// another where a certificate is.
fn covers(all: &[FieldDifference], some: &[FieldDifference]) -> bool {
    some.iter().all(|field| all.iter().any(|other| other.path == field.path))
}

fn is_blocked_alike(here: &Judgement, there: &Judgement) -> bool {
    // Namespaces may be mapped; names never are.
    let id = |obstacle: &Obstacle| {
        (obstacle.reason, obstacle.object.as_ref().map(|object| (object.kind, object.key.name.clone())))
    };
    let known = |obstacle: &Obstacle| there.obstacles.iter().any(|other| id(other) == id(obstacle));
    there.verdict == Verdict::Blocked && here.obstacles.iter().all(known)
}

/// When the renewal falls due that the plan comes too late for. The renewal is the last check of every chain, so that nothing
/// else is violated before; it is reckoned by the target's release where that judged the source, too. In the plan it must be the
/// same instant: what an ACME server suggested stands in the status, and may not come along.
pub(super) fn due(here: &Judgement, there: &[(Cause, Judgement)], picture: Time, now: Time) -> Option<Time> {
    // The check has another reason, too: a certificate that cannot be read.
    let trigger = here.trigger.as_ref().filter(|trigger| trigger.reason == "Renewing")?;
    let of = |cause: Cause| there.iter().find(|(known, _)| *known == cause);
    let (_, there) = of(Cause::Release).or_else(|| of(Cause::Source))?;
    let in_between = there.renewal.renewal_time.filter(|due| picture < *due && *due <= now)?;
    let seen = |field: &FieldDifference| field.spec.starts_with(&in_between.to_string());
    trigger.fields.iter().any(seen).then_some(in_between)
}
