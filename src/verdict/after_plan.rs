//! Verdicts after a plan: what happened between the first step and quiet (design 2, "In a plan").

use crate::object::NamespacedName;
use crate::obstacle::Obstacle;
use crate::simulate::{Fate, Simulation};

use super::judge::{Judgement, Scene, judge};
use super::{Confidence, Verdict};

/// Judges every Certificate of the source and every one that the plan made; sorted by namespace and name.
#[must_use]
pub fn judge_plan(scene: &Scene<'_>, simulation: &Simulation) -> Vec<Judgement> {
    simulation.fates.iter().map(|(key, fate)| judge_fate(scene, key, fate)).collect()
}

fn judge_fate(scene: &Scene<'_>, key: &NamespacedName, fate: &Fate) -> Judgement {
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
