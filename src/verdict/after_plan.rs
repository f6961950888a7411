//! Verdicts after a plan: what happened between the first step and quiet (design 2, "In a plan").

use rayon::prelude::*;

use crate::gateway_api::ONLY_BROUGHT;
use crate::object::issuer::IssuerType;
use crate::object::{Certificate, CertificateSpec, Issuer, Kind, NamespacedName};
use crate::obstacle::{Obstacle, ObstacleReason};
use crate::policy::{Renewal, Violation};
use crate::simulate::{DownCause, Fate, Simulation};

use super::confidence::Doubts;
use super::drift::DEFAULT_DURATION;
use super::judge::{Judgement, Scene, judge};
use super::secret_key;
use super::{Confidence, Verdict};

/// Judges every Certificate of the source and every one that the plan made; sorted by namespace and name.
#[must_use]
pub fn judge_plan(scene: &Scene<'_>, simulation: &Simulation) -> Vec<Judgement> {
    let fates: Vec<_> = simulation.fates.iter().collect();
    fates.par_iter().map(|(key, fate)| judge_fate(scene, simulation, key, fate)).collect()
}

fn judge_fate(scene: &Scene<'_>, simulation: &Simulation, key: &NamespacedName, fate: &Fate) -> Judgement {
    if let Some(why) = &fate.lost {
        return Judgement {
            trigger: fate.first_trigger.clone().map(Box::new),
            violations: fate.first_trigger.clone().into_iter().collect(),
            ..Judgement::bare(key.clone(), Verdict::Lost, why.clone(), Confidence::Exact)
        };
    }
    if let Some(why) = &fate.unknown {
        return Judgement::unknown(key.clone(), why.clone());
    }
    let Some(certificate) = scene.world.certificate(key) else {
        return Judgement::unknown(key.clone(), "The simulation lost sight of it.".to_owned());
    };
    if let Some(writer) = written_by_another(simulation, fate, certificate) {
        let fits = scene.world.certificate(writer).is_some_and(|other| same_names(&other.spec, &certificate.spec));
        let (verdict, misfit) =
            if fits { (Verdict::Unchanged, "") } else { (Verdict::Blocked, " The names that it asks for are others.") };
        let because =
            format!("It is not issued itself; Certificate {writer} writes its Secret, and is issued again.{misfit}");
        return Judgement::bare(key.clone(), verdict, because, Confidence::Exact);
    }
    let at_quiet = stopped(simulation, judge(scene, certificate));
    let Some((verdict, because, confidence)) = by_fate(fate) else { return at_quiet };
    let doubts = doubts(scene, certificate, verdict);
    let violations: Vec<_> = match &fate.continued {
        Some(violations) if fate.issuances == 0 => violations.clone(),
        _ => fate.first_trigger.iter().cloned().collect(),
    };
    let issued = Judgement {
        assumptions: doubts.sentences().into(),
        trigger: violations.first().cloned().map(Box::new),
        violations: violations.into(),
        ..Judgement::bare(key.clone(), verdict, because, confidence.max(doubts.confidence()))
    };
    if fate.completed == 0 {
        return Judgement { renewal: at_quiet.renewal, obstacles: at_quiet.obstacles, ..issued };
    }
    Judgement { renewal: predicted_renewal(scene, certificate), ..issued }
}

/// What was issued during the plan is a stand-in without dates of its own: they follow from the spec, as far as the issuer
/// heeds it (rules 5.3: 90 days unless `spec.duration` says otherwise; ACME takes a lifetime along only when asked to).
pub(crate) fn predicted_renewal(scene: &Scene<'_>, certificate: &Certificate) -> Renewal {
    let asked = certificate.spec.duration.filter(|duration| duration.0 > 0);
    let issuer = scene.issuer(certificate);
    let (lifetime, grant) = match issuer.map(Issuer::issuer_type) {
        Some(IssuerType::Acme) if !issuer.is_some_and(Issuer::asks_acme_for_duration) => {
            (DEFAULT_DURATION, "for 90 days, as ACME servers mostly do")
        }
        Some(IssuerType::Ca | IssuerType::SelfSigned) => {
            (asked.unwrap_or(DEFAULT_DURATION), "for as long as the spec asks")
        }
        _ => (asked.unwrap_or(DEFAULT_DURATION), "for as long as the spec asks, if the issuer grants it"),
    };
    let renewal = Renewal::predicted(scene.now, lifetime, &certificate.spec, scene.release);
    let because = format!("predicted: issued during the plan {grant}; then {}", renewal.because);
    Renewal { because: because.into(), ..renewal }
}

/// A controller that never runs issues nothing (corrections B6), unless the target has CRDs that no step brings.
fn stopped(simulation: &Simulation, mut at_quiet: Judgement) -> Judgement {
    let down = simulation.controller_down.as_ref().filter(|down| down.until.is_none());
    let wanted = matches!(at_quiet.verdict, Verdict::ReissueNow | Verdict::InProgress);
    let Some(down) = down.filter(|_| wanted) else { return at_quiet };
    let obstacle = Obstacle {
        reason: ObstacleReason::ControllerDown,
        why: format!("cert-manager does not run ({})", down.cause.why()),
        object: Some(down.cause.object()),
    };
    at_quiet.because = format!("{} It cannot complete: {}.", at_quiet.because, obstacle.why).into();
    at_quiet.obstacles.push(obstacle);
    let confidence = match down.cause {
        DownCause::GatewayApi(_) => {
            at_quiet.assumptions.push(ONLY_BROUGHT.to_owned());
            at_quiet.confidence.max(Confidence::Assumed)
        }
        DownCause::Crds | DownCause::ServiceAccount { .. } | DownCause::Roles { .. } | DownCause::Lease { .. } => {
            at_quiet.confidence
        }
    };
    Judgement { verdict: Verdict::Blocked, confidence, ..at_quiet }
}

/// Whether two specs ask for the same names of the same issuer.
fn same_names(a: &CertificateSpec, b: &CertificateSpec) -> bool {
    a.common_name == b.common_name
        && a.literal_subject == b.literal_subject
        && a.dns_names == b.dns_names
        && a.ip_addresses == b.ip_addresses
        && a.uris == b.uris
        && a.email_addresses == b.email_addresses
        && a.issuer_ref == b.issuer_ref
}

/// What was not read and could change a verdict after the plan.
fn doubts(scene: &Scene<'_>, certificate: &Certificate, verdict: Verdict) -> Doubts {
    let mut doubts = Doubts::about(scene, certificate, verdict);
    if verdict == Verdict::ReissueNow && !scene.world.coverage.was_read(Kind::CertificateRequest) {
        doubts.add("No CertificateRequests were read: one that comes along may have the name of the next request and block it.");
    }
    doubts
}

/// The Certificate whose issuance wrote the Secret of one that was not issued itself (corrections A7): what is in the
/// Secret then is not known.
fn written_by_another<'a>(
    simulation: &'a Simulation,
    fate: &'a Fate,
    certificate: &Certificate,
) -> Option<&'a NamespacedName> {
    let is_stand_in = simulation.stand_ins.contains(&secret_key(certificate));
    fate.secret_replaced_by.as_ref().filter(|_| is_stand_in && fate.completed == 0 && fate.blocked.is_none())
}

/// The verdict where the plan triggered an issuance, or left one stuck.
fn by_fate(fate: &Fate) -> Option<(Verdict, String, Confidence)> {
    let trigger = fate
        .first_trigger
        .as_ref()
        .map_or_else(|| "Issuing=True came along with its status.".to_owned(), Violation::sentence);
    let with = |obstacle: &Obstacle, lead: &str| format!("{trigger} {lead}: {}.", obstacle.why.trim_end_matches('.'));
    if let Some(obstacle) = &fate.blocked {
        return Some((Verdict::Blocked, with(obstacle, "It cannot complete"), Confidence::Exact));
    }
    if let Some(obstacle) = &fate.pending {
        return Some((Verdict::InProgress, with(obstacle, "It still waits"), Confidence::Assumed));
    }
    if fate.continued.is_some() && fate.issuances == 0 {
        return Some((
            Verdict::InProgress,
            format!("{}: it is issued.", trigger.trim_end_matches('.')),
            Confidence::Exact,
        ));
    }
    (fate.issuances > 0).then(|| {
        let times = if fate.issuances == 1 { String::new() } else { format!(" ({} issuances)", fate.issuances) };
        (Verdict::ReissueNow, format!("{trigger}{times}"), Confidence::Exact)
    })
}
