//! A plan carried out and judged, and what of it goes into the report.

use std::mem::ManuallyDrop;

use super::candidate::Candidate;
use super::owners;
use crate::cli::args::Shared;
use crate::cli::shared::instant;
use crate::plan::{Circumstances, commands};
use crate::policy::Index;
use crate::report::build::{Built, build};
use crate::report::model;
use crate::rule::{View, findings};
use crate::simulate::{FinishedBackup, Setting, Simulation, simulate};
use crate::source::Loaded;
use crate::time::Time;
use crate::verdict::{AGES, Judgement, Scene, Verdict, age, judge_plan, restorable_until};
use crate::world::World;

/// What is known of a plan because others were carried out, too.
#[derive(Default)]
pub(super) struct Comparison {
    /// The rows of all, the best first.
    pub(super) alternatives: Vec<model::PlanAlternative>,
    /// Why what is left cannot be avoided, where that was asked.
    pub(super) remaining: Option<Vec<model::PlanRemaining>>,
    /// What that assumes.
    pub(super) assumption: Option<String>,
}

/// What a plan does.
pub(super) struct Outcome {
    pub(super) simulation: Simulation,
    pub(super) judgements: Vec<Judgement>,
    pub(super) now: Time,
    /// The name of the Velero backup, where the source is one.
    pub(super) finished: Option<String>,
}

impl Outcome {
    /// Simulates and judges.
    pub(super) fn of(candidate: &Candidate, loaded: &Loaded, shared: &Shared) -> Self {
        let now = candidate.plan.target.restore_at.unwrap_or_else(|| instant(shared, loaded));
        let finished = finished_backup(loaded);
        let target = if candidate.in_place { Some(&loaded.world) } else { candidate.target.as_ref() };
        let setting = Setting {
            release: &candidate.judge.release,
            flags: &candidate.judge.flags,
            source_version: candidate.judge.detected,
            velero: candidate.velero,
            restore_order: candidate.restore_order.clone(),
            target,
            files: &candidate.files,
            now,
            backup: finished.as_deref().map(|name| FinishedBackup { name }),
        };
        let simulation = simulate(&loaded.world, &candidate.plan, &setting);
        let judgements = {
            let index = Index::new(&simulation.world);
            judge_plan(&scene(candidate, shared, &simulation, &index, now), &simulation)
        };
        Self { simulation, judgements, now, finished }
    }

    /// The judgements alone.
    pub(super) fn into_judgements(self) -> Vec<Judgement> {
        self.judgements
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.judgements.iter().filter(|judgement| judgement.verdict == verdict).count()
    }

    /// The row of this plan in a comparison.
    pub(super) fn alternative(&self, candidate: &Candidate) -> anyhow::Result<model::PlanAlternative> {
        let fates = || self.simulation.fates.values();
        let issuances: usize = fates().map(|fate| fate.completed as usize + usize::from(fate.pending.is_some())).sum();
        Ok(model::PlanAlternative {
            name: candidate.plan.name.clone(),
            reissued: self.count(Verdict::ReissueNow) + self.count(Verdict::InProgress),
            blocked: self.count(Verdict::Blocked),
            lost: self.count(Verdict::Lost),
            unknown: self.count(Verdict::Unknown),
            orphaned: fates().filter(|fate| fate.orphaned_from.is_some()).count(),
            drift: self.count(Verdict::Drift),
            ca_calls: issuances + self.simulation.phantom_requests(),
            document: candidate.plan.to_yaml()?,
        })
    }

    /// The whole report.
    pub(super) fn report(
        &self,
        candidate: &Candidate,
        loaded: &Loaded,
        shared: &Shared,
        comparison: Comparison,
    ) -> model::Report {
        let index = Index::new(&self.simulation.world);
        let scene = scene(candidate, shared, &self.simulation, &index, self.now);
        let backup = loaded.velero_backup.as_ref().map(|backup| (backup, &loaded.world));
        let view = View::new(&scene, &self.judgements, Some(&self.simulation), backup);
        let found = ManuallyDrop::new(findings(&view));
        let mut assumptions = candidate.judge.assumptions.clone();
        assumptions.extend(self.simulation.notes.iter().cloned().chain(comparison.assumption));
        build(&Built {
            command: "plan",
            scene: &scene,
            source: candidate.judge.source,
            assumptions: &assumptions,
            coverage: &loaded.world.coverage,
            judgements: &self.judgements,
            findings: &found,
            simulation: Some(&self.simulation),
            before: Some(&loaded.world),
            plan: Some(model::Plan {
                alternatives: comparison.alternatives,
                remaining: comparison.remaining,
                ..self.describe(candidate, &loaded.world)
            }),
        })
    }

    /// The plan as it goes into the report.
    fn describe(&self, candidate: &Candidate, source: &World) -> model::Plan {
        let plan = &candidate.plan;
        let namespaces: Vec<String> =
            self.simulation.world.namespaces().map(|namespace| namespace.metadata.name.to_string()).collect();
        let known = Circumstances {
            done: &self.simulation.steps,
            finished: self.finished.as_deref(),
            document: candidate.document.as_deref(),
            namespaces: &namespaces,
            owners: &owners(source),
        };
        let ages = AGES.iter().map(|&days| {
            let (reissued, blocked) = age(&self.judgements, self.now, days);
            model::PlanAge { days, reissued, blocked }
        });
        model::Plan {
            name: plan.name.clone(),
            source: plan.source.to_string(),
            target: plan.target.to_string(),
            steps: self.simulation.steps.clone(),
            phantom_requests: self.simulation.phantom_requests(),
            restorable_until: restorable_until(&self.judgements)
                .map(|(time, first)| model::RestorableUntil { time, first: first.to_string() }),
            ages: ages.collect(),
            alternatives: Vec::new(),
            remaining: None,
            commands: commands(plan, known)
                .into_iter()
                .map(|c| model::PlanCommand { text: c.text, command: c.command, effect: c.effect.as_str() })
                .collect(),
        }
    }
}

/// What a comparison is sorted by, the least damage first. What is lost, stuck or not known weighs most; a Certificate that no longer
/// follows its Ingress weighs as much as one that is issued again, as nobody notices it until it matters.
pub(super) fn rank(row: &model::PlanAlternative) -> (usize, usize, usize, usize, usize, String) {
    let model::PlanAlternative { lost, unknown, blocked, reissued, ca_calls, orphaned, drift, name, .. } = row;
    (lost + unknown + blocked, *lost, reissued + orphaned, *ca_calls, *drift, name.clone())
}

fn scene<'a>(
    candidate: &'a Candidate,
    shared: &Shared,
    simulation: &'a Simulation,
    index: &'a Index<'a>,
    now: Time,
) -> Scene<'a> {
    Scene {
        world: &simulation.world,
        index,
        release: &candidate.judge.release,
        flags: &candidate.judge.flags,
        now,
        horizon: shared.horizon,
    }
}

/// The name of the Velero backup, if that is what the source is: its backup step is then skipped (design 3).
fn finished_backup(loaded: &Loaded) -> Option<String> {
    if let Some(backup) = &loaded.velero_backup {
        return Some(backup.name.to_string());
    }
    let source = loaded.world.coverage.source_of_kind("velero")?;
    let file = std::path::Path::new(&source.location).file_name()?.to_str()?;
    let name = file.strip_suffix(".tar.gz").unwrap_or(file);
    Some(name.strip_suffix("-data").unwrap_or(name).to_owned())
}
