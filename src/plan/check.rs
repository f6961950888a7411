//! What is wrong with a plan that can be read: what Velero would refuse, and what does not fit together.

use std::collections::BTreeMap;

use super::Plan;
use super::document::PlanError;
use super::step::{Step, TextFilter};
use super::velero::{BackupSpec, Contradiction, Modifiers, RestoreSpec, with_policy};

/// Data of the ConfigMaps in a file, by name.
type ConfigMaps = BTreeMap<String, BTreeMap<String, String>>;

/// The resource policy of a Backup must be there, and Velero must take it.
pub(super) fn check_policy(
    config_maps: &ConfigMaps,
    file: &str,
    number: usize,
    name: &str,
    spec: &BackupSpec,
) -> Result<(), PlanError> {
    let Some(reference) = &spec.resource_policy else { return Ok(()) };
    let place = format!("step {number}, veleroBackup {name}: its resource policy, ConfigMap {},", reference.name);
    let Some(data) = config_maps.get(&reference.name) else {
        return Err(incomplete(file, format!("{place} is not in the file")));
    };
    let refused = |error| {
        incomplete(file, format!("{place} makes Velero end it as FailedValidation, with nothing saved: {error}"))
    };
    with_policy(spec, data).map(drop).map_err(refused)
}

/// The resource modifiers of a Restore must be there, and Velero must take them.
pub(super) fn check_modifier(
    config_maps: &ConfigMaps,
    file: &str,
    number: usize,
    name: &str,
    spec: &RestoreSpec,
) -> Result<(), PlanError> {
    let Some(reference) = &spec.resource_modifier else { return Ok(()) };
    let place = format!("step {number}, veleroRestore {name}: its resource modifiers, ConfigMap {},", reference.name);
    let Some(data) = config_maps.get(&reference.name) else {
        return Err(incomplete(file, format!("{place} are not in the file")));
    };
    match Modifiers::parse(data) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = format!("{place} make Velero end it as FailedValidation, with nothing restored: {error}");
            Err(incomplete(file, message))
        }
    }
}

/// What can be seen without the objects: that something is restored, from a backup that there is.
pub(super) fn check_steps(file: &str, plan: &Plan) -> Result<(), PlanError> {
    let has_backups = plan.steps.iter().any(|step| matches!(step, Step::VeleroBackup { .. }));
    let mut backups: Vec<&str> = Vec::new();
    for (number, step) in (1..).zip(&plan.steps) {
        match step {
            Step::VeleroBackup { name, .. } => backups.push(name),
            Step::VeleroRestore { name, spec } => {
                let wanted = if spec.backup_name.is_empty() { &spec.schedule_name } else { &spec.backup_name };
                if has_backups && !backups.contains(&wanted.as_str()) {
                    let known = if backups.is_empty() { "nothing".to_owned() } else { backups.join(", ") };
                    let message = format!(
                        "step {number}, veleroRestore {name}: it restores {wanted}, and the backup steps before it make {known}"
                    );
                    return Err(incomplete(file, message));
                }
            }
            Step::KubectlApply(apply) if apply.files.is_empty() && apply.selection.is_empty() => {
                let message = format!("step {number}, kubectlApply: it needs files or a selection");
                return Err(incomplete(file, message));
            }
            Step::KubectlApply(apply) if !apply.files.is_empty() && !apply.selection.is_empty() => {
                let message =
                    format!("step {number}, kubectlApply: files and selection cannot stand beside each other");
                return Err(incomplete(file, message));
            }
            Step::KubectlApply(apply) if !apply.files.is_empty() && apply.filter != TextFilter::None => {
                let message = format!(
                    "step {number}, kubectlApply: files are applied as they stand; a filter belongs to a selection"
                );
                return Err(incomplete(file, message));
            }
            Step::Delete(delete) if delete.selection.is_empty() => {
                return Err(incomplete(file, format!("step {number}, delete: the selection is empty")));
            }
            _ => {}
        }
    }
    if plan.steps.is_empty() {
        return Err(incomplete(file, "the plan has no steps"));
    }
    Ok(())
}

pub(super) fn check(file: &str, place: &str, checked: Result<(), Contradiction>) -> Result<(), PlanError> {
    let refused = |contradiction| PlanError::Refused { file: file.to_owned(), place: place.to_owned(), contradiction };
    checked.map_err(refused)
}

pub(super) fn incomplete(file: &str, message: impl Into<String>) -> PlanError {
    PlanError::Incomplete { file: file.to_owned(), message: message.into() }
}
