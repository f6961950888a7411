//! `plan`: what a backup and restore would re-issue, lose, orphan or block.

use std::io::Write as _;
use std::mem::ManuallyDrop;

use super::args::{PlanArguments, Shared};
use super::exit::{Exit, UsageError};
use super::output::{exit_code, write_reports};
use super::shared::{Judge, instant, judge, read};
use crate::plan::{self, PRESETS, Plan, Preset, SourceFacts, TargetFacts, preset};
use crate::policy::Index;
use crate::release;
use crate::report::build::{Built, build};
use crate::report::{model, wrap};
use crate::rule::{View, findings};
use crate::simulate::{FinishedBackup, Setting, Simulation, simulate};
use crate::source::{Loaded, SourceSpec};
use crate::verdict::{Scene, judge_plan};

/// Lists presets, prints a plan, or runs one.
pub(super) fn run(arguments: &PlanArguments, shared: &Shared) -> anyhow::Result<Exit> {
    if arguments.list_presets {
        return list_presets();
    }
    let Some(preset) = arguments.preset.as_deref().map(find_preset).transpose()? else {
        return Err(UsageError("name a --preset; --list-presets explains them".to_owned()).into());
    };
    if arguments.show_plan && arguments.backup.is_empty() {
        let release = shared.cert_manager.unwrap_or_else(|| release::newest().version);
        let source = SourceFacts { location: "SOURCE".to_owned(), cert_manager: None };
        return show(&preset.plan(source, TargetFacts::new_cluster(release.to_string())));
    }
    // The process ends soon: to take a million small pieces apart one by one would only take time.
    let loaded = ManuallyDrop::new(read(&arguments.backup, shared)?);
    let settled = judge(shared, &loaded.world, true)?;
    let plan = fill_in(preset, arguments, &settled);
    if arguments.show_plan {
        return show(&plan);
    }
    let report = simulate_and_judge(&plan, &loaded, &settled, arguments, shared);
    write_reports(&report, shared)?;
    Ok(exit_code(&report, shared))
}

fn find_preset(name: &str) -> anyhow::Result<&'static Preset> {
    let known = || PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ");
    preset(name).ok_or_else(|| UsageError(format!("there is no preset {name:?}; known are {}", known())).into())
}

fn fill_in(preset: &Preset, arguments: &PlanArguments, settled: &Judge) -> Plan {
    let locations: Vec<String> = arguments.backup.iter().map(SourceSpec::to_string).collect();
    let source = SourceFacts {
        location: locations.join(", "),
        cert_manager: settled.detected.map(|version| version.to_string()),
    };
    let mut target = TargetFacts::new_cluster(settled.release.version.to_string());
    target.flags.clone_from(&settled.flags.given);
    target.restore_at = arguments.restore_at;
    preset.plan(source, target)
}

fn simulate_and_judge(
    plan: &Plan,
    loaded: &Loaded,
    settled: &Judge,
    arguments: &PlanArguments,
    shared: &Shared,
) -> model::Report {
    let now = arguments.restore_at.unwrap_or_else(|| instant(shared, loaded));
    let finished = finished_backup(loaded);
    let setting = Setting {
        release: &settled.release,
        flags: &settled.flags,
        source_version: settled.detected,
        now,
        backup: finished.as_deref().map(|name| FinishedBackup { name }),
    };
    let simulation = simulate(&loaded.world, plan, &setting);
    let index = Index::new(&simulation.world);
    let scene = Scene {
        world: &simulation.world,
        index: &index,
        release: &settled.release,
        flags: &settled.flags,
        now,
        horizon: shared.horizon,
    };
    let judgements = judge_plan(&scene, &simulation);
    let backup = loaded.velero_backup.as_ref().map(|backup| (backup, &loaded.world));
    let found = findings(&View { scene: &scene, judgements: &judgements, simulation: Some(&simulation), backup });
    let mut assumptions = settled.assumptions.clone();
    assumptions.extend(simulation.notes.iter().cloned());
    build(&Built {
        command: "plan",
        scene: &scene,
        source: settled.source,
        assumptions: &assumptions,
        coverage: &loaded.world.coverage,
        judgements: &judgements,
        findings: &found,
        simulation: Some(&simulation),
        before: Some(&loaded.world),
        plan: Some(describe(plan, &simulation, settled)),
    })
}

/// The name of the Velero backup, if that is what the source is: its backup step is then skipped (design 3).
fn finished_backup(loaded: &Loaded) -> Option<String> {
    if let Some(backup) = &loaded.velero_backup {
        return Some(backup.name.to_string());
    }
    let input = loaded.world.coverage.inputs.iter().find(|input| input.kind.starts_with("velero"))?;
    let file = std::path::Path::new(&input.location).file_name()?.to_str()?;
    let name = file.strip_suffix(".tar.gz").unwrap_or(file);
    Some(name.strip_suffix("-data").unwrap_or(name).to_owned())
}

/// The plan as it goes into the report.
fn describe(plan: &Plan, simulation: &Simulation, settled: &Judge) -> model::Plan {
    let written_by =
        settled.detected.map_or_else(String::new, |version| format!(", written by cert-manager {version}"));
    model::Plan {
        name: plan.name.clone(),
        source: format!("{}{written_by}", plan.source.location),
        target: format!("{} cluster with cert-manager {}", plan.target.cluster, plan.target.cert_manager),
        steps: simulation.steps.clone(),
        phantom_requests: simulation.phantom_requests(),
        ..model::Plan::default()
    }
}

fn show(plan: &Plan) -> anyhow::Result<Exit> {
    write!(anstream::stdout().lock(), "{}", plan.to_yaml()?)?;
    Ok(Exit::Success)
}

fn list_presets() -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    for preset in PRESETS {
        writeln!(out, "{}: {}\n", preset.name, preset.summary)?;
        for line in wrap(preset.explanation, 96) {
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "\n  Stands for")?;
        for command in preset.commands {
            writeln!(out, "    {command}")?;
        }
        for default in preset.defaults {
            writeln!(out, "  Default: {default}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "Defaults of every preset, changeable in the plan document (--show-plan prints it):\n")?;
    for default in plan::Preset::DEFAULTS {
        writeln!(out, "  {default}")?;
    }
    Ok(Exit::Success)
}
