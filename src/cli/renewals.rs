//! `renewals`: who needs `cmctl renew`, in which order.

use std::mem::ManuallyDrop;

use super::args::{RenewalsArguments, Shared};
use super::exit::Exit;
use super::output::finish;
use super::shared::{judge, read, scene};
use crate::policy::Index;
use crate::renewals::renewals;
use crate::report::build::{Built, build};
use crate::report::renewals::attach;
use crate::rule::{View, findings};
use crate::verdict::judge_all;

/// Reads, judges, puts what must be renewed in order, reports.
pub(super) fn run(arguments: &RenewalsArguments, shared: &Shared) -> anyhow::Result<Exit> {
    // The process ends soon: to take a million small pieces apart one by one would only take time.
    let loaded = ManuallyDrop::new(read(&arguments.sources, shared));
    let settled = judge(shared, &loaded.world, None)?;
    let index = Index::new(&loaded.world);
    let scene = scene(&settled, &loaded, &index, shared);
    let judgements = ManuallyDrop::new(judge_all(&scene));
    let backup = loaded.velero_backup.as_ref().map(|backup| (backup, &loaded.world));
    let found = ManuallyDrop::new(findings(&View::new(&scene, &judgements, None, backup)));
    let mut report = build(&Built {
        command: "renewals",
        scene: &scene,
        source: settled.source,
        assumptions: &settled.assumptions,
        coverage: &loaded.world.coverage,
        judgements: &judgements,
        findings: &found,
        simulation: None,
        before: None,
        plan: None,
    });
    attach(&mut report, &renewals(&scene, &judgements, &found));
    finish(&mut report, &[&loaded.world], shared)
}
