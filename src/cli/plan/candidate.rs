//! The plans that the command line names, with everything that they refer to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::cli::args::{PlanArguments, Shared};
use crate::cli::exit::UsageError;
use crate::cli::progress::load_with;
use crate::cli::shared::{Judge, judge, warn};
use crate::coverage::Impact;
use crate::object::{Object, ObjectRef};
use crate::plan::velero::{RestoreOrder, VeleroRelease};
use crate::plan::{
    Material, NEW, PRESETS, Plan, PlanError, Preset, SAME, SourceFacts, Step, TargetFacts, Wishes, preset, read_plan,
};
use crate::source::{LoadOptions, Loaded, SourceSpec};
use crate::world::World;

/// A plan, ready to be run.
pub(super) struct Candidate {
    pub(super) plan: Plan,
    /// The file that it was read from.
    pub(super) document: Option<String>,
    pub(super) judge: Judge,
    pub(super) velero: VeleroRelease,
    pub(super) restore_order: Option<RestoreOrder>,
    /// Objects of the files that its steps apply.
    pub(super) files: BTreeMap<String, Vec<Object>>,
    /// What is in the target; `None` is nothing.
    pub(super) target: Option<World>,
    /// The target is the source itself.
    pub(super) in_place: bool,
}

/// The presets that can be carried out with a source, without those that act on the source cluster itself: they are compared
/// only when named.
pub(super) fn all_presets(material: Material) -> Vec<(Plan, Wishes, &'static Path)> {
    let fits = |preset: &&Preset| match material {
        Material::Velero => preset.name.starts_with("velero-"),
        Material::Etcd | Material::Cluster => !preset.acts_on_source(),
    };
    let plan = |preset: &Preset| preset.plan(SourceFacts::default(), TargetFacts::new_cluster(String::new()));
    PRESETS.iter().filter(fits).map(|preset| (plan(preset), Wishes::default(), Path::new(""))).collect()
}

/// The presets and plan files of the command line, in its order, each with its file.
pub(super) fn named(arguments: &PlanArguments) -> anyhow::Result<Vec<(Plan, Wishes, &Path)>> {
    let nowhere = Path::new("");
    let of_preset = |preset: &Preset| {
        let facts = SourceFacts::default();
        (preset.plan(facts, TargetFacts::new_cluster(String::new())), Wishes::default(), nowhere)
    };
    let mut plans = Vec::new();
    for name in &arguments.preset {
        plans.push(of_preset(find_preset(name)?));
    }
    for path in &arguments.plan {
        let text = fs::read_to_string(path).map_err(|error| PlanError::Unreadable { path: path.clone(), error });
        let read = text.and_then(|text| read_plan(&path.display().to_string(), &text));
        let (plan, wishes) = read.map_err(|error| UsageError(error.to_string()))?;
        plans.push((plan, wishes, path.as_path()));
    }
    Ok(plans)
}

fn find_preset(name: &str) -> anyhow::Result<&'static Preset> {
    let known = || PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ");
    preset(name).ok_or_else(|| UsageError(format!("there is no preset {name:?}; known are {}", known())).into())
}

/// Settles what a plan leaves open.
pub(super) fn settle(
    (mut plan, wishes, file): (Plan, Wishes, &Path),
    loaded: &Loaded,
    arguments: &PlanArguments,
    shared: &Shared,
) -> anyhow::Result<Candidate> {
    let source = &loaded.world;
    let backup = loaded.velero_backup.as_ref().map(|backup| &*backup.name);
    let settled = judge(shared, source, Some(&wishes))?;
    if plan.source.location.is_empty() {
        let locations: Vec<String> = arguments.backup.iter().map(SourceSpec::to_string).collect();
        plan.source.location = locations.join(", ");
    }
    plan.source.cert_manager = settled.detected.map(|version| version.to_string());
    plan.target.cert_manager = settled.release.version.to_string();
    plan.target.flags.clone_from(&settled.flags.given);
    // Its text may name a variable of the Pod that it was read from.
    if let Some(namespace) = plan.target.flags.get_mut("cluster-resource-namespace") {
        namespace.clone_from(&settled.flags.cluster_resource_namespace);
    }
    plan.target.restore_at = arguments.restore_at.or(plan.target.restore_at);
    check_against(&plan, source, backup)?;
    let velero = VeleroRelease::parse(&plan.target.velero).map_err(UsageError)?;
    let restore_order = plan.target.restore_order().map_err(UsageError)?;
    let in_place = arguments.target.is_empty() && plan.target.cluster == SAME;
    let folder = file.parent().unwrap_or(Path::new(""));
    let target = target_world(&mut plan, folder, arguments, shared)?;
    let files = files(&plan, folder)?;
    let document = (!file.as_os_str().is_empty()).then(|| file.display().to_string());
    Ok(Candidate { plan, document, judge: settled, velero, restore_order, files, target, in_place })
}

/// What can only be seen beside the objects: a Restore of another backup, a selection that matches nothing.
fn check_against(plan: &Plan, source: &World, backup: Option<&str>) -> anyhow::Result<()> {
    let makes_one = plan.steps.iter().any(|step| matches!(step, Step::VeleroBackup { .. }));
    for (number, step) in (1..).zip(&plan.steps) {
        match (step, backup) {
            (Step::VeleroRestore { name, spec }, Some(backup))
                if !makes_one && !spec.backup_name.is_empty() && spec.backup_name != backup =>
            {
                let message = format!(
                    "{}: step {number}, veleroRestore {name}: it restores {}, and the source is the backup {backup}",
                    plan.name, spec.backup_name
                );
                return Err(UsageError(message).into());
            }
            (Step::KubectlApply(apply), _) => {
                let there = || apply.selection.iter().flat_map(|&kind| source.of_kind(kind));
                let chooses = !apply.namespaces.is_empty() || !apply.names.is_empty() || apply.selector.is_some();
                if chooses && there().next().is_some() && !there().any(|object| apply.selects(object.metadata())) {
                    let message = format!("{}: step {number}, kubectlApply: its selection matches nothing", plan.name);
                    return Err(UsageError(message).into());
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn target_world(
    plan: &mut Plan,
    folder: &Path,
    arguments: &PlanArguments,
    shared: &Shared,
) -> anyhow::Result<Option<World>> {
    let specs = if !arguments.target.is_empty() {
        plan.target.cluster = arguments.target.iter().map(SourceSpec::to_string).collect::<Vec<_>>().join(", ");
        arguments.target.clone()
    } else if [NEW, SAME].contains(&plan.target.cluster.as_str()) {
        return Ok(None);
    } else {
        match plan.target.cluster.parse()? {
            SourceSpec::Path(path) => vec![SourceSpec::Path(folder.join(path))],
            embedded => vec![embedded],
        }
    };
    let loaded = load_with(&specs, shared, LoadOptions { complete: shared.complete, ..LoadOptions::default() });
    if loaded.world.iter().next().is_none() {
        return Err(UsageError(format!("the target {}: no object was read from it", plan.target.cluster)).into());
    }
    Ok(Some(loaded.world))
}

/// Reads the files that `kubectlApply` steps name.
fn files(plan: &Plan, folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<Object>>> {
    let mut files = BTreeMap::new();
    for (number, step) in (1..).zip(&plan.steps) {
        let Step::KubectlApply(apply) = step else { continue };
        for name in &apply.files {
            let path = folder.join(name);
            if !path.exists() {
                let message =
                    format!("{}: step {number}, kubectlApply: there is no file {}", plan.name, path.display());
                return Err(UsageError(message).into());
            }
            let options = LoadOptions { keep_order: true, ..LoadOptions::default() };
            let loaded = crate::source::load(&[SourceSpec::Path(path)], &options);
            let of = |reference: &ObjectRef| loaded.world.get(reference.kind, &reference.key).cloned();
            let problems = loaded.world.coverage.inputs.iter().flat_map(|input| &input.problems);
            let missing = problems.filter(|problem| problem.impact == Impact::Missing);
            for problem in missing {
                warn(&format!("{}: {}", problem.location, problem.message));
            }
            if loaded.order.is_empty() {
                let message = format!("{}: step {number}, kubectlApply: no object was read from {name}", plan.name);
                return Err(UsageError(message).into());
            }
            files.insert(name.clone(), loaded.order.iter().filter_map(of).collect());
        }
    }
    Ok(files)
}
