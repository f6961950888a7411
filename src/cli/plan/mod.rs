//! `plan`: what a backup and restore would re-issue, lose, orphan or block.

mod candidate;
mod outcome;
mod presets;
mod remaining;

use std::io::Write as _;
use std::mem::ManuallyDrop;
use std::path::Path;

use super::args::{PlanArguments, Shared};
use super::exit::{Exit, UsageError};
use super::output::finish;
use super::shared::read;
use crate::damage::{Compared, Standings};
use crate::object::Kind;
use crate::plan::{Material, Plan, Wishes, suggestions};
use crate::release::{self, Version};
use crate::source::Loaded;
use crate::time::Time;
use crate::verdict::Judgement;
use crate::world::World;
use candidate::{Candidate, named, settle};
use outcome::{Comparison, Outcome, rank};
use remaining::remaining;

/// Lists presets, prints a plan, or runs one or more.
pub(super) fn run(arguments: &PlanArguments, shared: &Shared) -> anyhow::Result<Exit> {
    if arguments.list_presets {
        return presets::list();
    }
    let mut plans = named(arguments)?;
    if plans.is_empty() && arguments.backup.is_empty() {
        return Err(UsageError("name a --preset or --plan, or a --backup to look at".to_owned()).into());
    }
    let one = !(arguments.compare || arguments.suggest);
    if one && arguments.preset.len() + arguments.plan.len() != 1 {
        return Err(UsageError("name one --preset or --plan, or --compare several".to_owned()).into());
    }
    if arguments.show_plan && arguments.backup.is_empty() {
        return show_unsettled(plans.into_iter().map(|(plan, ..)| plan), shared);
    }
    // The process ends soon: to take a million small pieces apart one by one would only take time.
    let loaded = ManuallyDrop::new(read(&arguments.backup, shared));
    if plans.is_empty() && arguments.compare {
        plans = candidate::all_presets(material(&loaded));
    }
    if arguments.suggest {
        let more = suggestions(material(&loaded), &owners(&loaded.world))
            .into_iter()
            .map(|plan| (plan, Wishes::default(), Path::new("")));
        plans.extend(more);
    }
    let candidates =
        plans.into_iter().map(|plan| settle(plan, &loaded, arguments, shared)).collect::<anyhow::Result<Vec<_>>>()?;
    if arguments.show_plan && arguments.suggest {
        let (candidate, ..) = best(&candidates, &loaded, shared, false)?;
        return show([&candidate.plan].into_iter());
    }
    if arguments.show_plan {
        return show(candidates.iter().map(|candidate| &candidate.plan));
    }
    let mut report = ManuallyDrop::new(if one {
        let candidate = candidates.first().ok_or_else(|| UsageError("no plan was named".to_owned()))?;
        ManuallyDrop::new(Outcome::of(candidate, &loaded, shared)).report(
            candidate,
            &loaded,
            shared,
            Comparison::default(),
        )
    } else {
        // The best is told in full, all of them beside each other.
        let (candidate, outcome, plans) = best(&candidates, &loaded, shared, arguments.suggest)?;
        let plans = ManuallyDrop::new(plans);
        let why = arguments.suggest.then(|| remaining(candidate, &outcome, &plans, &loaded, shared));
        let (remaining, assumption) = why.unzip();
        let alternatives = plans.iter().map(|plan| plan.row.clone()).collect();
        let comparison = Comparison { alternatives, remaining, assumption: assumption.flatten() };
        outcome.report(candidate, &loaded, shared, comparison)
    });
    finish(&mut report, &[&loaded.world], shared)
}

/// What one plan foretells of a source; `at` is when it was carried out, and `release` what the target ran, where the plan
/// does not say.
pub(super) fn judgements(
    arguments: &PlanArguments,
    loaded: &Loaded,
    at: Option<Time>,
    release: Option<Version>,
    shared: &Shared,
) -> anyhow::Result<Vec<Judgement>> {
    let first = named(arguments)?.into_iter().next();
    let (plan, mut wishes, file) = first.ok_or_else(|| UsageError("no plan was named".to_owned()))?;
    wishes.cert_manager = wishes.cert_manager.or(release);
    let mut candidate = settle((plan, wishes, file), loaded, arguments, shared)?;
    candidate.plan.target.restore_at = candidate.plan.target.restore_at.or(at);
    Ok(Outcome::of(&candidate, loaded, shared).into_judgements())
}

/// Kinds beside Ingresses for which the shim makes Certificates, as far as a world has any.
fn owners(world: &World) -> Vec<Kind> {
    [Kind::Gateway, Kind::ListenerSet].into_iter().filter(|kind| world.count(*kind) > 0).collect()
}

/// What a suggestion can restore from.
fn material(loaded: &Loaded) -> Material {
    let has = |kind: &str| loaded.world.coverage.source_of_kind(kind).is_some();
    match (has("etcd"), has("velero")) {
        (true, _) => Material::Etcd,
        (_, true) => Material::Velero,
        _ => Material::Cluster,
    }
}

/// Runs every plan on the same backup: the one with the least damage, what it does, and all beside each other, the best first;
/// with what each does to every Certificate where somebody will ask.
fn best<'a>(
    candidates: &'a [Candidate],
    loaded: &Loaded,
    shared: &Shared,
    asked: bool,
) -> anyhow::Result<(&'a Candidate, Outcome, Vec<Compared>)> {
    let mut plans = Vec::new();
    let mut best: Option<(_, &Candidate, Outcome)> = None;
    for candidate in candidates {
        let outcome = Outcome::of(candidate, loaded, shared);
        let row = outcome.alternative(candidate)?;
        let standings =
            if asked { Standings::of(&outcome.judgements, &outcome.simulation) } else { Standings::default() };
        if best.as_ref().is_none_or(|(least, ..)| rank(&row) < *least) {
            best = Some((rank(&row), candidate, outcome));
        }
        plans.push(Compared { row, standings });
    }
    let (_, candidate, outcome) = best.ok_or_else(|| UsageError("no plan was named".to_owned()))?;
    plans.sort_by_key(|plan| rank(&plan.row));
    Ok((candidate, outcome, plans))
}

/// Prints plans for a source that is not known yet.
fn show_unsettled(plans: impl Iterator<Item = Plan>, shared: &Shared) -> anyhow::Result<Exit> {
    let release = shared.cert_manager.unwrap_or_else(|| release::newest().version);
    let fill_in = |mut plan: Plan| {
        if plan.source.location.is_empty() {
            "SOURCE".clone_into(&mut plan.source.location);
        }
        if plan.target.cert_manager.is_empty() || shared.cert_manager.is_some() {
            plan.target.cert_manager = release.to_string();
        }
        plan
    };
    let plans: Vec<Plan> = plans.map(fill_in).collect();
    show(plans.iter())
}

fn show<'a>(plans: impl Iterator<Item = &'a Plan>) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    for (number, plan) in plans.enumerate() {
        if number > 0 {
            writeln!(out, "---")?;
        }
        write!(out, "{}", plan.to_yaml()?)?;
    }
    Ok(Exit::Success)
}
