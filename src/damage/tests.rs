//! Where a harm comes from: one row per way in which it can come about.

use std::collections::BTreeMap;

use super::*;
use crate::object::ObjectRef;
use crate::obstacle::{Obstacle, ObstacleReason};
use crate::policy::{FieldDifference, TriggerOutcome, Violation};
use crate::report::model::{CertificateStep, PlanAlternative};
use crate::time::GoDuration;

const PICTURE: Time = Time(1_780_272_000);
const DAY: i64 = 86_400;
/// The restore comes ten days later.
const NOW: Time = Time(PICTURE.0 + 10 * DAY);

const KEY_SPEC: &str = "SecretPrivateKeyMismatchesSpec";
const REQUEST: &str = "CurrentCertificateRequestMismatchesSpec";
const OLD_REQUEST: &str = "CurrentCertificateRequestNotValidForSpec";
const EXPIRY: &str = "CurrentCertificateNearingExpiry";
const NO_SECRET: &str = "SecretDoesNotExist";

/// A verdict in short.
#[derive(Clone, Copy)]
struct Short {
    verdict: Verdict,
    /// The violated checks, each with the fields that it names.
    checks: &'static [(&'static str, &'static [&'static str])],
    drift: &'static [&'static str],
    /// What is in the way: the name of a missing issuer.
    missing: &'static str,
    outcome: Option<&'static str>,
    /// Days from the picture to the renewal.
    renewal: Option<i64>,
}

const WELL: Short =
    Short { verdict: Verdict::Unchanged, checks: &[], drift: &[], missing: "", outcome: None, renewal: Some(100) };
const LOST: Short = Short { verdict: Verdict::Lost, ..WELL };
const UNKNOWN: Short = Short { verdict: Verdict::Unknown, ..WELL };
const EDITED: Short = Short { verdict: Verdict::ReissueNow, checks: &[(KEY_SPEC, &["size"])], ..WELL };
const BY_NAMES: Short = Short { verdict: Verdict::ReissueNow, checks: &[(REQUEST, &["commonName"])], ..WELL };
const BY_OLD_REQUEST: Short = Short { checks: &[(OLD_REQUEST, &["commonName"])], ..BY_NAMES };
const BY_DURATION: Short = Short { checks: &[(REQUEST, &["duration"])], ..BY_NAMES };
const GONE: Short = Short { verdict: Verdict::ReissueNow, checks: &[(NO_SECRET, &[])], ..WELL };
const DUE: Short = Short { verdict: Verdict::ReissueNow, checks: &[(EXPIRY, &[])], renewal: Some(4), ..WELL };
const OVERDUE: Short = Short { renewal: Some(-1), ..DUE };
const HELD_BACK: Short = Short { verdict: Verdict::ReissueLater, outcome: Some("back-off"), ..OVERDUE };
const RUNNING: Short = Short { verdict: Verdict::InProgress, outcome: Some("already-issuing"), ..WELL };
/// The status came along, and nothing is violated.
const CONTINUED: Short = Short { verdict: Verdict::InProgress, ..WELL };
const STUCK: Short = Short { verdict: Verdict::Blocked, missing: "ca", ..EDITED };
const STUCK_OTHERWISE: Short = Short { missing: "vault", ..STUCK };
const DUE_AND_STUCK: Short = Short { verdict: Verdict::Blocked, missing: "ca", ..DUE };
const NOT_OWNER: Short = Short { verdict: Verdict::Blocked, outcome: Some("not-owner"), ..BY_NAMES };
const DRIFT: Short = Short { verdict: Verdict::Drift, drift: &["duration"], ..WELL };
const OTHER_DRIFT: Short = Short { drift: &["usages"], ..DRIFT };

fn fields(paths: &[&str]) -> Vec<FieldDifference> {
    let field = |path: &&str| FieldDifference { path: (*path).into(), spec: String::new(), actual: String::new() };
    paths.iter().map(field).collect()
}

/// As the check of the renewal writes it.
fn due(at: Option<Time>) -> Vec<FieldDifference> {
    let spec = at.map_or_else(String::new, |at| format!("{at}, valid from then to then"));
    vec![FieldDifference { path: "renewal time".into(), spec, actual: String::new() }]
}

impl Short {
    fn judgement(self) -> Judgement {
        let renewal = self.renewal.map(|days| Time(PICTURE.0 + days * DAY));
        let violation = |(policy, paths): &(&'static str, &'static [&'static str])| Violation {
            policy,
            reason: if *policy == EXPIRY { "Renewing" } else { "Because" },
            message: String::new(),
            fields: if *policy == EXPIRY { due(renewal) } else { fields(paths) },
            faq: None,
        };
        let violations: Vec<Violation> = self.checks.iter().map(violation).collect();
        let obstacle = |name: &str| Obstacle {
            reason: ObstacleReason::IssuerMissing,
            why: format!("Issuer {name} does not exist"),
            object: Some(ObjectRef::new(Kind::Issuer, NamespacedName::new("shop", name))),
        };
        Judgement {
            trigger: violations.first().cloned().map(Box::new),
            violations: violations.into(),
            drift: fields(self.drift).into(),
            obstacles: Some(self.missing).filter(|name| !name.is_empty()).map(obstacle).into_iter().collect(),
            outcome: self.outcome.map(|outcome| match outcome {
                "back-off" => TriggerOutcome::BackOff { until: NOW.plus(GoDuration::hours(1)) },
                "already-issuing" => TriggerOutcome::AlreadyIssuing,
                _ => TriggerOutcome::NotOwner { owner: "other".into() },
            }),
            renewal: crate::policy::Renewal { renewal_time: renewal, ..crate::policy::Renewal::default() },
            ..Judgement::bare(key(), self.verdict, "because of this", Confidence::Exact)
        }
    }
}

fn key() -> NamespacedName {
    NamespacedName::new("shop", "web")
}

fn ingress() -> ObjectRef {
    ObjectRef::new(Kind::Ingress, key())
}

/// A plan that does this to the Certificate.
fn plan(name: &str, reissued: usize, verdict: Verdict, orphaned: bool) -> Compared {
    let orphaned_from = orphaned.then(ingress);
    let standing = Standing { verdict, confidence: Confidence::Exact, orphaned_from };
    let row = PlanAlternative {
        name: name.into(),
        reissued,
        blocked: 0,
        lost: 0,
        unknown: 0,
        orphaned: 0,
        drift: 0,
        ca_calls: reissued,
        document: String::new(),
    };
    Compared { row, standings: Standings([(key(), standing)].into()) }
}

fn explain(harm: Harm, here: Short, there: &[(Cause, Short)], plans: &[Compared], fate: &Fate) -> Remaining {
    let simulation = Simulation::default();
    let survey = Survey {
        judgements: &[],
        simulation: &simulation,
        now: NOW,
        picture: PICTURE,
        finished: false,
        clusters: &[],
        plans,
    };
    let there = there.iter().map(|(cause, short)| (*cause, short.judgement())).collect();
    Case { survey: &survey, here: &here.judgement(), fate, origin: &key(), there }.explain(harm)
}

/// What the plan does, what the source does as it stands, what another plan does, and the cause.
const TABLE: [(Short, Short, Verdict, Cause); 33] = [
    // The source does the same.
    (EDITED, EDITED, Verdict::ReissueNow, Cause::Source),
    (EDITED, STUCK, Verdict::ReissueNow, Cause::Source),
    (BY_NAMES, BY_NAMES, Verdict::ReissueNow, Cause::Source),
    (BY_NAMES, BY_OLD_REQUEST, Verdict::ReissueNow, Cause::Source),
    (OVERDUE, OVERDUE, Verdict::ReissueNow, Cause::Source),
    (OVERDUE, HELD_BACK, Verdict::ReissueNow, Cause::Source),
    (CONTINUED, RUNNING, Verdict::InProgress, Cause::Source),
    (STUCK, STUCK, Verdict::Blocked, Cause::Source),
    (NOT_OWNER, NOT_OWNER, Verdict::Blocked, Cause::Source),
    (UNKNOWN, UNKNOWN, Verdict::Unknown, Cause::Source),
    (DRIFT, DRIFT, Verdict::Drift, Cause::Source),
    // It does, and a plan avoids it all the same.
    (EDITED, EDITED, Verdict::Unchanged, Cause::Source),
    // The renewal falls due.
    (DUE, DUE, Verdict::ReissueNow, Cause::Due),
    (DUE_AND_STUCK, DUE_AND_STUCK, Verdict::Blocked, Cause::Due),
    // The restore, and nothing avoids it.
    (EDITED, WELL, Verdict::ReissueNow, Cause::Restore),
    (EDITED, WELL, Verdict::Blocked, Cause::Restore),
    (GONE, EDITED, Verdict::ReissueNow, Cause::Restore),
    (BY_NAMES, BY_DURATION, Verdict::ReissueNow, Cause::Restore),
    (DUE, WELL, Verdict::ReissueNow, Cause::Restore),
    (CONTINUED, WELL, Verdict::InProgress, Cause::Restore),
    (STUCK, EDITED, Verdict::Blocked, Cause::Restore),
    (STUCK, STUCK_OTHERWISE, Verdict::Lost, Cause::Restore),
    (NOT_OWNER, STUCK, Verdict::Blocked, Cause::Restore),
    (LOST, WELL, Verdict::Blocked, Cause::Restore),
    (LOST, LOST, Verdict::Unknown, Cause::Restore),
    (UNKNOWN, WELL, Verdict::Unknown, Cause::Restore),
    (DRIFT, OTHER_DRIFT, Verdict::Drift, Cause::Restore),
    (DRIFT, BY_DURATION, Verdict::ReissueNow, Cause::Restore),
    // The restore, and a plan avoids it.
    (EDITED, WELL, Verdict::Drift, Cause::TradeOff),
    (GONE, UNKNOWN, Verdict::Unchanged, Cause::TradeOff),
    (STUCK, WELL, Verdict::ReissueNow, Cause::TradeOff),
    (LOST, WELL, Verdict::ReissueLater, Cause::TradeOff),
    (DRIFT, WELL, Verdict::Unchanged, Cause::TradeOff),
];

#[test]
fn each_harm_has_the_cause_that_the_simulations_show() {
    for (i, (here, there, other, cause)) in TABLE.into_iter().enumerate() {
        let plans = [plan("best", 1, here.verdict, false), plan("other", 2, other, false)];
        let harm = Harm::Verdict(here.verdict);
        let found = explain(harm, here, &[(Cause::Source, there)], &plans, &Fate::default());
        assert_eq!(found.cause, cause, "row {i}: {found:#?}");
        let avoids = Harm::weight_of(other) < Harm::weight_of(here.verdict);
        assert_eq!(found.avoided_by.map(|it| it.plan).as_deref(), avoids.then_some("other"), "row {i}");
        assert_eq!(found.restore_before, (cause == Cause::Due).then_some(Time(PICTURE.0 + 4 * DAY)), "row {i}");
        assert!(found.text.ends_with('.') && !found.text.contains(".."), "row {i}: {}", found.text);
    }
}

/// The clusters in the order in which they are asked.
const CLUSTERS: [(&[(Cause, Short)], Cause); 5] = [
    (&[(Cause::Source, WELL), (Cause::Release, EDITED)], Cause::Release),
    (&[(Cause::Source, EDITED), (Cause::Release, EDITED)], Cause::Source),
    (&[(Cause::Target, EDITED)], Cause::Target),
    (&[(Cause::Source, WELL), (Cause::Target, EDITED)], Cause::Target),
    (&[], Cause::Restore),
];

#[test]
fn what_a_cluster_does_as_it_stands_is_not_the_restores_doing() {
    for (there, cause) in CLUSTERS {
        let found = explain(Harm::Verdict(Verdict::ReissueNow), EDITED, there, &[], &Fate::default());
        assert_eq!(found.cause, cause, "{found:#?}");
    }
}

/// Where the releases reckon the renewal differently, the target's says until when a restore leaves the Certificate alone.
#[test]
fn the_targets_release_says_when_the_renewal_falls_due() {
    let earlier = Short { renewal: Some(2), ..DUE };
    let until = |here: Short, there: &[(Cause, Short)]| {
        explain(Harm::Verdict(Verdict::ReissueNow), here, there, &[], &Fate::default()).restore_before
    };
    let day = |n: i64| Some(Time(PICTURE.0 + n * DAY));
    assert_eq!(until(DUE, &[(Cause::Source, DUE), (Cause::Release, DUE)]), day(4));
    assert_eq!(until(earlier, &[(Cause::Source, DUE), (Cause::Release, earlier)]), day(2));
    assert_eq!(until(OVERDUE, &[(Cause::Source, DUE), (Cause::Release, OVERDUE)]), None);
    // What the CA suggested to the source has no part in the plan.
    assert_eq!(until(earlier, &[(Cause::Source, DUE)]), None);
}

/// Verdict and orphan under the other plan, and whether it avoids that the best one orphans an unchanged Certificate.
const ORPHANS: [(Verdict, bool, Option<&str>); 5] = [
    (Verdict::Unchanged, true, None),
    (
        Verdict::Unchanged,
        false,
        Some("With other it keeps its owner. In sum: re-issued 2 instead of 1, calls to CAs 2 instead of 1."),
    ),
    (
        Verdict::ReissueNow,
        false,
        Some(
            "With other it keeps its owner, and is issued again. In sum: re-issued 2 instead of 1, calls to CAs 2 instead of 1.",
        ),
    ),
    (Verdict::Blocked, false, None),
    (Verdict::Lost, false, None),
];

#[test]
fn an_orphan_may_be_avoided_by_what_is_issued_again_and_by_nothing_worse() {
    let created =
        CertificateStep { step: 3, event: 9, text: "Certificate created without owner, without status".into() };
    let fate = Fate { orphaned_from: Some(ingress()), story: vec![created], created_line: Some(0), ..Fate::default() };
    for (verdict, orphaned, text) in ORPHANS {
        let plans = [plan("best", 1, Verdict::Unchanged, true), plan("other", 2, verdict, orphaned)];
        let found = explain(Harm::Orphaned, WELL, &[(Cause::Source, WELL)], &plans, &fate);
        assert_eq!(found.avoided_by.map(|it| it.text).as_deref(), text, "{verdict:?} {orphaned}");
        assert_eq!(found.at, Some((3, 9)));
        assert_eq!(
            found.text,
            "Step 3, event 9: It is created without its owner and no longer follows Ingress shop/web."
        );
    }
}

#[test]
fn of_the_plans_that_avoid_it_the_gentlest_is_named() {
    let plans = [
        plan("best", 1, Verdict::ReissueNow, false),
        plan("orphans", 1, Verdict::Unchanged, true),
        plan("gentle", 3, Verdict::Unchanged, false),
        plan("as-gentle", 4, Verdict::ReissueLater, false),
    ];
    let found = explain(Harm::Verdict(Verdict::ReissueNow), EDITED, &[], &plans, &Fate::default());
    assert_eq!(found.avoided_by.unwrap().plan, "gentle");
    let found = explain(Harm::Verdict(Verdict::ReissueNow), EDITED, &[], &plans[..2], &Fate::default());
    let text = "With orphans it stays as it is, but no longer follows Ingress shop/web. In sum it does as much damage, to others.";
    assert_eq!(found.avoided_by.unwrap().text, text);
}

/// a Certificate that goes on in another namespace is compared with itself, not with whoever has its name.
#[test]
fn plans_are_compared_by_the_names_in_the_source() {
    let there = NamespacedName::new("store", "web");
    let judgement = Judgement::bare(there.clone(), Verdict::Blocked, "because", Confidence::Exact);
    let simulation = Simulation {
        fates: BTreeMap::from([(there.clone(), Fate::default())]),
        moved: BTreeMap::from([(key(), there.clone())]),
        ..Simulation::default()
    };
    let judgements = [judgement];
    let mapped =
        Compared { standings: Standings::of(&judgements, &simulation), ..plan("mapped", 1, Verdict::Lost, false) };
    let plans = [mapped, plan("in-place", 2, Verdict::Unchanged, false)];
    let survey = Survey {
        judgements: &judgements,
        simulation: &simulation,
        now: NOW,
        picture: PICTURE,
        finished: true,
        clusters: &[],
        plans: &plans,
    };
    let found = remaining(&survey);
    let [left] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((&left.key, left.cause), (&there, Cause::TradeOff));
    assert_eq!(left.avoided_by.as_ref().unwrap().plan, "in-place");
}

#[test]
fn the_worst_comes_first() {
    let harms = [
        Harm::Verdict(Verdict::Lost),
        Harm::Verdict(Verdict::Unknown),
        Harm::Verdict(Verdict::Blocked),
        Harm::Verdict(Verdict::InProgress),
        Harm::Verdict(Verdict::ReissueNow),
        Harm::Orphaned,
        Harm::Verdict(Verdict::Drift),
    ];
    assert!(harms.is_sorted_by(|a, b| a.rank() < b.rank()));
}
