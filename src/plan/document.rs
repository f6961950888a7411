//! Plan files: `RestorePlan` documents, and Velero's own objects as users have them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::check::{check, check_modifier, check_policy, check_steps, incomplete};
use super::preset::{target_steps, until_quiet};
use super::velero::{BackupSpec, Contradiction, RestoreSpec, VeleroRelease};
use super::{API_VERSION, KIND, KUBECTL, Plan, SourceFacts, Step, TargetFacts};
use crate::release::Version;
use crate::yaml_file::{Mistake, parse};

/// Why a plan file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("{path}: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A document is not what it should be.
    #[error(transparent)]
    Malformed(#[from] Mistake),
    /// Velero would refuse it.
    #[error("{file}: {place}: Velero would end it as FailedValidation: {contradiction}")]
    Refused {
        /// The file.
        file: String,
        /// The step or the object.
        place: String,
        /// Why.
        contradiction: Contradiction,
    },
    /// Something is missing or does not fit together.
    #[error("{file}: {message}")]
    Incomplete {
        /// The file.
        file: String,
        /// What.
        message: String,
    },
}

/// A plan file, read.
#[derive(Clone, Debug, Default)]
struct File {
    plan: Option<Document>,
    backups: Vec<(String, BackupSpec)>,
    restores: Vec<(String, RestoreSpec)>,
    schedules: Vec<(String, BackupSpec)>,
    config_maps: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    #[expect(dead_code, reason = "looked at before")]
    api_version: String,
    #[expect(dead_code, reason = "looked at before")]
    kind: String,
    #[serde(default)]
    metadata: DocumentMetadata,
    #[serde(default)]
    source: DocumentSource,
    #[serde(default)]
    target: DocumentTarget,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DocumentMetadata {
    name: String,
    summary: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct DocumentSource {
    location: String,
    cert_manager: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct DocumentTarget {
    cluster: Option<String>,
    cert_manager: Option<String>,
    flags: BTreeMap<String, String>,
    velero: Option<String>,
    restore_resource_priorities: Option<String>,
    kubectl: Option<String>,
    restore_at: Option<crate::time::Time>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct List {
    items: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct VeleroObject<S> {
    metadata: ObjectName,
    spec: S,
}

#[derive(Deserialize)]
struct ScheduleSpec {
    template: BackupSpec,
}

#[derive(Deserialize)]
struct ConfigMap {
    metadata: ObjectName,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct ObjectName {
    name: String,
}

/// What a plan file asks of the target beside its steps; what it leaves open comes from the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The cert-manager release of the target.
    pub cert_manager: Option<Version>,
    /// The release that wrote the objects.
    pub written_by: Option<Version>,
    /// Flags of the target's controller.
    pub flags: BTreeMap<String, String>,
}

/// Reads a plan file. `name` is what it is called in messages, and the plan's name where the file gives none.
///
/// # Errors
/// [`PlanError`] with the place in the file.
pub fn read_plan(name: &str, text: &str) -> Result<(Plan, Wishes), PlanError> {
    let mut file = File::default();
    for document in documents(text) {
        file.take(name, &document)?;
    }
    file.finish(name)
}

/// The documents of a YAML stream, each behind as many empty lines as stand before it, so that places stay right.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for (number, line) in text.lines().enumerate() {
        if line == "---" || line.starts_with("--- ") {
            documents.push("\n".repeat(number + 1));
        } else if let Some(last) = documents.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    let is_empty =
        |document: &String| document.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    documents.retain(|document| !is_empty(document));
    documents
}

impl File {
    fn take(&mut self, file: &str, text: &str) -> Result<(), PlanError> {
        let header: Header = parse(file, text)?;
        if header.kind == "List" {
            let list: List = parse(file, text)?;
            // JSON is YAML; places inside of it tell nothing, so the number of the item stands for them.
            return (1..)
                .zip(&list.items)
                .try_for_each(|(number, item)| self.take(&format!("{file}: item {number}"), &item.to_string()));
        }
        match (header.api_version.as_str(), header.kind.as_str()) {
            (API_VERSION, KIND) => {
                if self.plan.replace(parse(file, text)?).is_some() {
                    return Err(incomplete(file, "two RestorePlans in one file: give each a file of its own"));
                }
            }
            ("velero.io/v1", "Backup") => {
                let object: VeleroObject<BackupSpec> = parse(file, text)?;
                check(file, &format!("Backup {}", object.metadata.name), object.spec.check())?;
                self.backups.push((object.metadata.name, object.spec));
            }
            ("velero.io/v1", "Restore") => {
                let object: VeleroObject<RestoreSpec> = parse(file, text)?;
                check(file, &format!("Restore {}", object.metadata.name), object.spec.check())?;
                self.restores.push((object.metadata.name, object.spec));
            }
            ("velero.io/v1", "Schedule") => {
                let object: VeleroObject<ScheduleSpec> = parse(file, text)?;
                let place = format!("Schedule {}", object.metadata.name);
                check(file, &place, object.spec.template.check())?;
                self.schedules.push((object.metadata.name, object.spec.template));
            }
            ("v1", "ConfigMap") => {
                let object: ConfigMap = parse(file, text)?;
                self.config_maps.insert(object.metadata.name, object.data);
            }
            (api_version, kind) => {
                return Err(incomplete(
                    file,
                    format!(
                        "a document of apiVersion {api_version:?} and kind {kind:?}; known are {KIND} of {API_VERSION}, Backup, \
                         Restore and Schedule of velero.io/v1, and ConfigMap"
                    ),
                ));
            }
        }
        Ok(())
    }

    fn finish(mut self, file: &str) -> Result<(Plan, Wishes), PlanError> {
        let (mut plan, wishes) = match self.plan.take() {
            Some(document) => of_document(file, document)?,
            None => (self.of_velero_objects(file)?, Wishes::default()),
        };
        for (number, step) in (1..).zip(&mut plan.steps) {
            self.complete(file, number, step)?;
        }
        plan.config_maps = self.config_maps;
        check_steps(file, &plan)?;
        Ok((plan, wishes))
    }

    /// A file with only Velero's own objects: the usual preparations, the backups, the restores in their order.
    fn of_velero_objects(&self, file: &str) -> Result<Plan, PlanError> {
        if self.restores.is_empty() {
            let message = format!("neither a {KIND} nor a Velero Restore stands in it: nothing would be restored");
            return Err(incomplete(file, message));
        }
        let backups =
            self.backups.iter().map(|(name, spec)| Step::VeleroBackup { name: name.clone(), spec: spec.clone() });
        let of_schedules = self
            .schedules
            .iter()
            .filter(|(schedule, _)| self.restores.iter().any(|(_, restore)| restore.schedule_name == *schedule));
        let scheduled = of_schedules.map(|(name, spec)| Step::VeleroBackup { name: name.clone(), spec: spec.clone() });
        let mut steps: Vec<Step> = backups.chain(scheduled).chain(target_steps()).collect();
        for (name, spec) in &self.restores {
            steps.extend([Step::VeleroRestore { name: name.clone(), spec: spec.clone() }, until_quiet()]);
        }
        let names: Vec<&str> = self.restores.iter().map(|(name, _)| name.as_str()).collect();
        Ok(Plan {
            name: file.to_owned(),
            summary: format!("Velero restore {}", names.join(", then ")),
            source: SourceFacts::default(),
            target: TargetFacts::new_cluster(String::new()),
            steps,
            config_maps: BTreeMap::new(),
        })
    }

    /// Takes the spec of a step from the object of its name, where the step has none.
    fn complete(&self, file: &str, number: usize, step: &mut Step) -> Result<(), PlanError> {
        match step {
            Step::VeleroBackup { name, spec } => {
                if *spec == BackupSpec::default() {
                    let found = self.backups.iter().chain(&self.schedules).find(|(known, _)| known == name);
                    let Some((_, found)) = found else {
                        let message = format!(
                            "step {number}, veleroBackup {name}: it has no spec, and the file holds no Backup of that name (a backup \
                             without any flag is `spec: {{includedNamespaces: ['*']}}`)"
                        );
                        return Err(incomplete(file, message));
                    };
                    spec.clone_from(found);
                }
                if spec.included_namespaces.is_empty() {
                    // The velero client and, since 1.18.1, the server take an empty list as all.
                    spec.included_namespaces.push("*".to_owned());
                }
                check(file, &format!("step {number}, veleroBackup {name}"), spec.check())?;
                check_policy(&self.config_maps, file, number, name, spec)
            }
            Step::VeleroRestore { name, spec } => {
                let found = self.restores.iter().find(|(known, _)| known == name);
                if let (true, Some((_, found))) = (*spec == RestoreSpec::default(), found) {
                    spec.clone_from(found);
                }
                check(file, &format!("step {number}, veleroRestore {name}"), spec.check())?;
                check_modifier(&self.config_maps, file, number, name, spec)
            }
            _ => Ok(()),
        }
    }
}

fn of_document(file: &str, document: Document) -> Result<(Plan, Wishes), PlanError> {
    let Document { metadata, source, target, steps, .. } = document;
    let version = |what: &str, text: Option<&String>| match text.map(|text| Version::parse(text)) {
        Some(Err(error)) => Err(incomplete(file, format!("{what}: {error}"))),
        Some(Ok(version)) => Ok(Some(version)),
        None => Ok(None),
    };
    let wishes = Wishes {
        cert_manager: version("target.certManager", target.cert_manager.as_ref())?,
        written_by: version("source.certManager", source.cert_manager.as_ref())?,
        flags: target.flags.clone(),
    };
    let mut facts = TargetFacts::new_cluster(target.cert_manager.unwrap_or_default());
    facts.flags = target.flags;
    facts.restore_at = target.restore_at;
    if let Some(cluster) = target.cluster {
        facts.cluster = cluster;
    }
    if let Some(kubectl) = target.kubectl {
        if Version::parse(&kubectl).is_err() {
            return Err(incomplete(file, format!("target.kubectl: {kubectl:?} is not a version, such as {KUBECTL}")));
        }
        facts.kubectl = kubectl;
    }
    if let Some(velero) = target.velero {
        VeleroRelease::parse(&velero).map_err(|message| incomplete(file, format!("target.velero: {message}")))?;
        facts.velero = velero;
    }
    facts.restore_resource_priorities = target.restore_resource_priorities;
    facts.restore_order().map_err(|message| incomplete(file, format!("target.{message}")))?;
    let name = if metadata.name.is_empty() { file.to_owned() } else { metadata.name };
    let source = SourceFacts { location: source.location, cert_manager: source.cert_manager };
    let plan = Plan { name, summary: metadata.summary, source, target: facts, steps, config_maps: BTreeMap::new() };
    Ok((plan, wishes))
}
