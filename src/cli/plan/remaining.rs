//! Why the best plan does not avoid what it still does: beside the clusters as they stand, and the other plans.

use super::candidate::Candidate;
use super::outcome::Outcome;
use crate::cli::args::Shared;
use crate::cli::shared::instant;
use crate::damage::{Cause, Cluster, Compared, Survey, remaining as survey};
use crate::policy::Index;
use crate::release::{self, ControllerFlags, Release};
use crate::report::model::PlanRemaining;
use crate::source::Loaded;
use crate::verdict::Scene;
use crate::world::World;

/// What is left, and what that assumes.
pub(super) fn remaining(
    candidate: &Candidate,
    outcome: &Outcome,
    plans: &[Compared],
    loaded: &Loaded,
    shared: &Shared,
) -> (Vec<PlanRemaining>, Option<String>) {
    let target = (candidate.judge.release.clone(), candidate.judge.flags.clone());
    let source = source_judge(candidate, &loaded.world);
    let assumption = source.is_none().then(|| {
        format!(
            "The source's own release is not known: what it would do without a restore was judged by {}.",
            target.0.version
        )
    });
    let own = source.unwrap_or_else(|| target.clone());
    let index = Index::new(&loaded.world);
    let scene = |world, index, judge| scene(world, index, judge, outcome, shared);
    let mut clusters = vec![Cluster { cause: Cause::Source, scene: scene(&loaded.world, &index, &own) }];
    if own != target {
        clusters.push(Cluster { cause: Cause::Release, scene: scene(&loaded.world, &index, &target) });
    }
    let existing = candidate.target.as_ref().map(|world| (world, Index::new(world)));
    if let Some((world, index)) = &existing {
        clusters.push(Cluster { cause: Cause::Target, scene: scene(world, index, &target) });
    }
    let found = survey(&Survey {
        judgements: &outcome.judgements,
        simulation: &outcome.simulation,
        now: outcome.now,
        picture: instant(shared, loaded),
        finished: outcome.finished.is_some(),
        clusters: &clusters,
        plans,
    });
    (found.iter().map(PlanRemaining::from).collect(), assumption)
}

/// The release and the flags of the source itself; nothing where they are not known.
fn source_judge(candidate: &Candidate, world: &World) -> Option<(Release, ControllerFlags)> {
    let release = release::find(candidate.judge.detected?).ok()?.release;
    let flags = release::detect(world).map(|detected| detected.flags).unwrap_or_default();
    Some((release.with_flags(&flags), flags))
}

fn scene<'a>(
    world: &'a World,
    index: &'a Index<'a>,
    (release, flags): &'a (Release, ControllerFlags),
    outcome: &Outcome,
    shared: &Shared,
) -> Scene<'a> {
    Scene { world, index, release, flags, now: outcome.now, horizon: shared.horizon }
}
