//! Verdicts after a plan: what happened between the first step and quiet (design 2, "In a plan").

use crate::object::{Certificate, NamespacedName};
use crate::obstacle::Obstacle;
use crate::simulate::{Fate, Simulation};

use super::judge::{Judgement, Scene, judge, secret_key};
use super::{Confidence, Verdict};

/// Judges every Certificate of the source and every one that the plan made; sorted by namespace and name.
#[must_use]
pub fn judge_plan(scene: &Scene<'_>, simulation: &Simulation) -> Vec<Judgement> {
    simulation.fates.iter().map(|(key, fate)| judge_fate(scene, simulation, key, fate)).collect()
}

fn judge_fate(scene: &Scene<'_>, simulation: &Simulation, key: &NamespacedName, fate: &Fate) -> Judgement {
    if let Some(why) = &fate.lost {
        return Judgement {
            trigger: fate.first_trigger.clone(),
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
        return Judgement {
            assumptions: vec![format!("What Certificate {writer} is issued is assumed to fit this one, too.")],
            ..Judgement::bare(
                key.clone(),
                Verdict::Unchanged,
                format!("It is not issued itself; Certificate {writer} writes its Secret, and is issued again."),
                Confidence::Assumed,
            )
        };
    }
    let at_quiet = judge(scene, certificate);
    let Some((verdict, because, confidence)) = by_fate(fate) else { return at_quiet };
    Judgement {
        verdict,
        because,
        confidence: confidence.max(at_quiet.confidence),
        trigger: fate.first_trigger.clone(),
        violations: fate.first_trigger.clone().into_iter().collect(),
        ..at_quiet
    }
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
    let trigger = fate.first_trigger.as_ref().map_or_else(
        || "Issuing=True came along with its status".to_owned(),
        |violation| format!("{}: {}", violation.reason, violation.message),
    );
    let with = |obstacle: &Obstacle, lead: &str| format!("{trigger}. {lead}: {}.", obstacle.why.trim_end_matches('.'));
    if let Some(obstacle) = &fate.blocked {
        return Some((Verdict::Blocked, with(obstacle, "It cannot complete"), Confidence::Exact));
    }
    if let Some(obstacle) = &fate.pending {
        return Some((Verdict::InProgress, with(obstacle, "It still waits"), Confidence::Assumed));
    }
    (fate.issuances > 0).then(|| {
        let times = if fate.issuances == 1 { String::new() } else { format!(" ({} issuances)", fate.issuances) };
        (Verdict::ReissueNow, format!("{trigger}.{times}"), Confidence::Exact)
    })
}
