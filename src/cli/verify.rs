//! `verify`: what was done to each Certificate, against what was foretold.

use std::collections::HashMap;
use std::mem::ManuallyDrop;

use super::args::{PlanArguments, Shared, VerifyArguments};
use super::exit::{Exit, UsageError};
use super::output::finish;
use super::plan;
use super::shared::{judge, read, scene};
use crate::object::NamespacedName;
use crate::plan::Wishes;
use crate::policy::Index;
use crate::release::{self, Version};
use crate::report::build::{Built, build};
use crate::report::observation::attach;
use crate::rule::{View, findings};
use crate::source::Loaded;
use crate::time::Time;
use crate::verdict::{Confidence, Judgement, Scene, Verdict, judge_all};
use crate::verify::{Account, Between, Change, Observed, Prediction, Side, began, observe};

/// Reads both sides, judges the one after, compares, reports.
pub(super) fn run(arguments: &VerifyArguments, shared: &Shared) -> anyhow::Result<Exit> {
    // The process ends soon: to take a million small pieces apart one by one would only take time.
    let before = ManuallyDrop::new(read(&arguments.before, shared));
    let after = ManuallyDrop::new(read(&arguments.sources, shared));
    let began = shared.now.or_else(|| began(&before.world, &after.world));
    let settled = judge(shared, &after.world, None)?;
    // A target that tells its release was foretold under that one.
    let detected = settled.detected;
    let predicted = predict(arguments, &before, began, detected, shared)?;
    let (index, index_before) = (Index::new(&after.world), Index::new(&before.world));
    let scene = scene(&settled, &after, &index, shared);
    let side_before = Side { world: &before.world, index: &index_before, release: &settled.release };
    let side_after = Side { world: &after.world, index: &index, release: &settled.release };
    let observed = observe(&side_before, &side_after);
    let mut judgements = judge_all(&scene);
    judgements.extend(observed.iter().filter(|(_, seen)| seen.change == Change::Lost).map(lost));
    judgements.sort_by(|a, b| a.key.cmp(&b.key));
    let backup = after.velero_backup.as_ref().map(|backup| (backup, &after.world));
    let found = findings(&View::new(&scene, &judgements, None, backup));
    let mut coverage = before.world.coverage.clone();
    coverage.inputs.extend(after.world.coverage.inputs.iter().cloned());
    let mut report = build(&Built {
        command: "verify",
        scene: &scene,
        source: settled.source,
        assumptions: &settled.assumptions,
        coverage: &coverage,
        judgements: &judgements,
        findings: &found,
        simulation: None,
        before: Some(&before.world),
        plan: None,
    });
    let between = Between::new(&side_before, &side_after, began);
    attach(&mut report, &observed, predicted.as_ref(), &accounts(&between, &judgements, &observed, predicted.as_ref()));
    finish(&mut report, &[&after.world, &before.world], shared)
}

/// What the objects tell of each Certificate; both lists are in order.
fn accounts(
    between: &Between<'_>,
    judgements: &[Judgement],
    observed: &[(NamespacedName, Observed)],
    predicted: Option<&HashMap<NamespacedName, Prediction>>,
) -> HashMap<NamespacedName, Account> {
    let account = |(key, seen): &(NamespacedName, Observed)| {
        let at = judgements.binary_search_by(|judgement| judgement.key.cmp(key)).ok()?;
        let foretold = predicted.and_then(|predicted| predicted.get(key));
        Some((key.clone(), between.account(judgements.get(at)?, seen, foretold)))
    };
    observed.iter().filter_map(account).collect()
}

fn lost((key, seen): &(NamespacedName, Observed)) -> Judgement {
    Judgement::bare(key.clone(), Verdict::Lost, seen.sentence(), Confidence::Exact)
}

/// What the plan, or the release that was gone to, foretells of the world before, at the instant when it began.
fn predict(
    arguments: &VerifyArguments,
    before: &Loaded,
    began: Option<Time>,
    detected: Option<Version>,
    shared: &Shared,
) -> anyhow::Result<Option<HashMap<NamespacedName, Prediction>>> {
    let judgements = match arguments.to {
        Some(version) => {
            let wishes = Wishes { cert_manager: Some(version), ..Wishes::default() };
            let mut settled = judge(shared, &before.world, Some(&wishes))?;
            let found = release::find(version).map_err(|error| UsageError(error.to_string()))?;
            settled.release = found.release.with_flags(&settled.flags);
            let index = Index::new(&before.world);
            let scene = scene(&settled, before, &index, shared);
            judge_all(&Scene { now: began.unwrap_or(scene.now), ..scene })
        }
        None if arguments.preset.is_some() || arguments.plan.is_some() => {
            let named = PlanArguments {
                backup: arguments.before.clone(),
                preset: arguments.preset.iter().cloned().collect(),
                plan: arguments.plan.iter().cloned().collect(),
                ..PlanArguments::default()
            };
            plan::judgements(&named, before, began, detected, shared)?
        }
        None => return Ok(None),
    };
    let prediction = |judged: Judgement| (judged.key, Prediction { verdict: judged.verdict, trigger: judged.trigger });
    Ok(Some(judgements.into_iter().map(prediction).collect()))
}
