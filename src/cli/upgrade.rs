//! `upgrade`: what going from one cert-manager release to another changes.

use std::mem::ManuallyDrop;

use super::args::{Shared, UpgradeArguments};
use super::exit::{Exit, UsageError};
use super::output::finish;
use super::shared::{Judge, judge, read, scene};
use crate::plan::Wishes;
use crate::policy::Index;
use crate::release::{self, Version};
use crate::report::build::{Built, build};
use crate::report::upgrade::{add_way, attach};
use crate::rule::{View, findings};
use crate::source::Loaded;
use crate::upgrade::{Upgrade, differences, orders, stops, world_after};
use crate::verdict::{Scene, judge_all};
use crate::world::World;

/// Reads, judges under both releases, compares, reports.
pub(super) fn run(arguments: &UpgradeArguments, shared: &Shared) -> anyhow::Result<Exit> {
    if shared.cert_manager.is_some() {
        return Err(UsageError("upgrade judges by --from and --to; leave out --cert-manager".to_owned()).into());
    }
    // The process ends soon: to take a million small pieces apart one by one would only take time.
    let loaded = ManuallyDrop::new(read(&arguments.sources, shared));
    let (from, to) = releases(arguments, &loaded, shared)?;
    let (world, edits) = world_after(&loaded.world, &from.release, &to.release, &to.flags);
    let (index_before, index) = (Index::new(&loaded.world), Index::new(&world));
    let before = scene(&from, &loaded, &index_before, shared);
    let after = Scene { world: &world, index: &index, ..scene(&to, &loaded, &index_before, shared) };
    let judged_before = ManuallyDrop::new(judge_all(&before));
    let judgements = ManuallyDrop::new(judge_all(&after));
    let upgrade = Upgrade {
        before: &before,
        judged_before: &judged_before,
        edits: &edits,
        pinned: &shared.settings.config.pinned,
    };
    let different = differences(&upgrade, &after, &judgements);
    let backup = loaded.velero_backup.as_ref().map(|backup| (backup, &loaded.world));
    let found = ManuallyDrop::new(findings(&View::new(&after, &judgements, None, backup).upgraded(&upgrade)));
    let mut report = build(&Built {
        command: "upgrade",
        scene: &after,
        source: to.source,
        assumptions: &to.assumptions,
        coverage: &loaded.world.coverage,
        judgements: &judgements,
        findings: &found,
        simulation: None,
        before: None,
        plan: None,
    });
    attach(&mut report, &upgrade, &different);
    add_way(&mut report, &stops(&upgrade, &after), &orders(&upgrade, &after, &judgements));
    finish(&mut report, &[&world, &loaded.world], shared)
}

/// The release before, given or found in the input, and the one after.
fn releases(arguments: &UpgradeArguments, loaded: &Loaded, shared: &Shared) -> anyhow::Result<(Judge, Judge)> {
    let detected = release::detect(&loaded.world);
    let told = arguments.from.or_else(|| detected.as_ref().map(|detected| detected.version));
    // Where nothing was read, that is what has to be said.
    let nothing = loaded.world.certificates().next().is_none().then_some(arguments.to);
    let from = told.or(nothing).ok_or_else(|| {
        UsageError("the input does not tell which cert-manager runs there; name it with --from".to_owned())
    })?;
    let from_judge = judge_by(from, &loaded.world, shared)?;
    let mut to = judge_by(arguments.to, &loaded.world, shared)?;
    let first = match (&arguments.from, detected) {
        (None, Some(detected)) => format!("cert-manager {from} was read from {}.", detected.from),
        (Some(_), _) => format!("cert-manager {from} runs there, as given with --from."),
        (None, None) => "Nothing was read that tells which cert-manager runs there.".to_owned(),
    };
    to.assumptions.retain(|text| !text.contains("No release was given"));
    to.assumptions.insert(0, first);
    to.assumptions.extend(
        from_judge.assumptions.iter().filter(|text| !to.assumptions.contains(text)).cloned().collect::<Vec<_>>(),
    );
    if arguments.to < from {
        to.assumptions.push(format!("{} is older than {from}: cert-manager does not test going back.", arguments.to));
    }
    Ok((from_judge, to))
}

/// A release by its version, with the flags that were read or given.
fn judge_by(version: Version, world: &World, shared: &Shared) -> anyhow::Result<Judge> {
    judge(shared, world, Some(&Wishes { cert_manager: Some(version), ..Wishes::default() }))
}
