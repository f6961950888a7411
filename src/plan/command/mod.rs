//! The commands that a plan stands for, in the order in which they are typed: what makes it safe, what is taken from the source,
//! what is done to the target, what shows that it went well.

mod install;
mod kubectl;
#[cfg(test)]
mod tests;
mod velero;

use super::step::Step;
use super::velero::{LabelSelector, Operator};
use super::{GitOpsTool, NEW, Plan, Preset, SAME, TargetFacts, preset};
use crate::object::Kind;
use crate::report::model::PlanStep;
use crate::rule::{Effect, shell};
use crate::sentence::capitalised;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCommand {
    /// Where, what and why.
    pub text: String,
    /// What to type; what depends on the installation stands in capital letters.
    pub command: String,
    /// What it does.
    pub effect: Effect,
}

/// What is known beside the plan itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'a> {
    /// What each step did.
    pub done: &'a [PlanStep],
    /// The name of the Velero backup, where there is one already: its backup step is left out.
    pub finished: Option<&'a str>,
    /// The file that the plan was read from.
    pub document: Option<&'a str>,
    /// The namespaces that the target gets.
    pub namespaces: &'a [String],
    /// Kinds beside Ingresses for which the shim makes Certificates, as far as there are any.
    pub owners: &'a [Kind],
}

/// Where the plan is kept that no file holds yet.
const DOCUMENT: &str = "plan.yaml";

/// Where the picture of the source is kept.
const BEFORE: &str = "before.yaml";

/// Made by every cluster itself.
const OWN_NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// The commands of a plan, from what makes it safe to what shows that it went well.
#[must_use]
pub fn commands(plan: &Plan, known: Circumstances<'_>) -> Vec<PlanCommand> {
    let list = List { plan, known };
    let mut commands = list.before();
    for (at, step) in plan.steps.iter().enumerate() {
        // What is overwritten is gone.
        let effect = match known.done.get(at) {
            Some(done) if done.issued > 0 => Effect::Issues,
            Some(done) if done.updated > 0 => Effect::Deletes,
            _ => Effect::Safe,
        };
        commands.extend(list.of_step(at, step, effect));
    }
    commands.push(list.there(Effect::Safe, "see whether cert-manager's API answers.", "cmctl check api --wait=2m"));
    commands.push(list.there(
        Effect::Safe,
        "see what was done to each certificate, and what is left to do.",
        list.verify(),
    ));
    commands
}

/// The clusters that a command speaks to.
#[derive(Clone, Copy)]
struct List<'a> {
    plan: &'a Plan,
    known: Circumstances<'a>,
}

impl List<'_> {
    /// A command in the cluster that the objects come from.
    fn here(&self, effect: Effect, text: &str, command: impl Into<String>) -> PlanCommand {
        self.at("source", effect, text, command.into())
    }

    /// A command in the cluster that they go to.
    fn there(&self, effect: Effect, text: &str, command: impl Into<String>) -> PlanCommand {
        self.at("target", effect, text, command.into())
    }

    fn at(&self, place: &str, effect: Effect, text: &str, command: String) -> PlanCommand {
        let text = if self.plan.target.cluster == SAME { capitalised(text) } else { format!("In the {place}: {text}") };
        PlanCommand { text, command, effect }
    }

    /// What makes it safe, and everything that is taken from the source: a later step may delete it there.
    fn before(&self) -> Vec<PlanCommand> {
        let mut commands = Vec::new();
        match self.known.finished {
            Some(backup) => commands.push(self.there(
                Effect::Safe,
                "see that Velero knows the backup and that it is Completed. What was made of it is compared with it afterwards.",
                format!("velero backup describe {}", shell(backup)),
            )),
            None => commands.push(self.here(
                Effect::Safe,
                "keep a picture, to compare with afterwards. It holds private keys: keep it where Secrets may lie.",
                format!("{} > {BEFORE}", kubectl::picture(self.known.owners)),
            )),
        }
        if self.known.document.is_none() && self.unedited_preset().is_none() {
            let text = "Keep the plan, to compare with afterwards.".to_owned();
            commands.push(PlanCommand { text, command: self.show_plan(), effect: Effect::Safe });
        }
        for step in &self.plan.steps {
            match step {
                Step::KubectlApply(apply) => {
                    let dumps = kubectl::dumps(apply).into_iter();
                    commands.extend(dumps.map(|dump| self.here(Effect::Safe, "dump.", dump)));
                }
                Step::EtcdRestore {} => commands.push(self.here(
                    Effect::Safe,
                    "save a snapshot, unless there is one.",
                    "etcdctl snapshot save snapshot.db",
                )),
                Step::VeleroBackup { name, spec } if self.known.finished.is_none() => {
                    commands.push(self.here(Effect::Safe, "back up.", velero::backup(name, spec)));
                    commands.push(self.here(
                        Effect::Safe,
                        "read the phase: the client ends with 0 even where objects are missing.",
                        format!("velero backup describe {}", shell(name)),
                    ));
                }
                _ => {}
            }
        }
        commands
    }

    fn of_step(&self, at: usize, step: &Step, effect: Effect) -> Vec<PlanCommand> {
        let one = |text: &str, command: String| vec![self.there(effect, text, command)];
        match step {
            // Done before everything else.
            Step::VeleroBackup { .. } | Step::StopWebhook {} => Vec::new(),
            Step::VeleroRestore { name, spec } => vec![
                self.there(effect, "restore.", velero::restore(name, spec, self.known.finished)),
                self.there(
                    Effect::Safe,
                    "read the phase and the errors: the client ends with 0 even where objects were refused.",
                    format!("velero restore describe {} --details", shell(name)),
                ),
            ],
            Step::KubectlApply(apply) => {
                let wait = kubectl::established(apply);
                let wait = wait.map(|wait| self.there(Effect::Safe, "wait until their kinds are known.", wait));
                one("apply.", kubectl::apply(apply)).into_iter().chain(wait).collect()
            }
            Step::CreateNamespaces {} => self.namespaces(),
            Step::EtcdRestore {} => vec![self.there(
                Effect::Deletes,
                "restore the snapshot on every member, with the API servers stopped. It takes the place of everything.",
                "etcdctl snapshot restore snapshot.db --data-dir DIR",
            )],
            Step::GitOps(gitops) => one(
                "let the tool apply what stands in Git.",
                match gitops.tool {
                    GitOpsTool::Argocd => "argocd app sync APP".to_owned(),
                    GitOpsTool::Flux => "flux reconcile kustomization NAME --with-source".to_owned(),
                },
            ),
            Step::InstallCrds {} if self.installs_all(at) => one(
                "install cert-manager with its controller stopped, if it is not there.",
                install::helm(&self.plan.target),
            ),
            Step::InstallCrds {} => {
                one("install the CRDs of the release.", install::crds(&self.plan.target.cert_manager))
            }
            Step::StartWebhook {} => one(
                "wait until cert-manager's webhook serves.",
                "kubectl -n cert-manager rollout status deployment/cert-manager-webhook --timeout=5m".to_owned(),
            ),
            Step::StartCertManager {} => one("let cert-manager's controller run.", scale(1)),
            Step::StopCertManager {} => one("stop cert-manager's controller.", scale(0)),
            // There is nothing to look at.
            Step::Wait { quiet } if self.is_without_crds(at) => one(
                &format!("wait {quiet} for the garbage collector to take what has lost its owner."),
                format!("sleep {}", quiet.0.div_euclid(1_000_000_000)),
            ),
            Step::Wait { quiet } => one(
                &format!("wait until nothing has happened for {quiet}; end it with Ctrl-C."),
                "kubectl get certificates -A --watch".to_owned(),
            ),
            Step::Delete(delete) => {
                let texts = kubectl::delete(delete).into_iter();
                texts.map(|text| self.there(Effect::Deletes, "delete.", text)).collect()
            }
        }
    }

    /// Whether cert-manager is not there yet: an empty cluster in which its webhook is to serve.
    fn installs_all(&self, at: usize) -> bool {
        let later = self.plan.steps.iter().skip(at);
        self.plan.target.cluster == NEW && later.into_iter().any(|step| matches!(step, Step::StartWebhook {}))
    }

    /// Whether a step before this one deletes CRDs, and none since has brought them back.
    fn is_without_crds(&self, at: usize) -> bool {
        let before = self.plan.steps.iter().take(at).rev();
        let of_crds = before.filter_map(|step| match step {
            Step::Delete(delete) if delete.selection.contains(&Kind::Crd) => Some(true),
            Step::InstallCrds {} | Step::VeleroRestore { .. } => Some(false),
            _ => None,
        });
        of_crds.into_iter().next().unwrap_or(false)
    }

    fn namespaces(&self) -> Vec<PlanCommand> {
        let names: Vec<String> = (self.known.namespaces.iter())
            .filter(|name| !OWN_NAMESPACES.contains(&name.as_str()))
            .map(|name| shell(name))
            .collect();
        if names.is_empty() {
            return Vec::new();
        }
        let text = "make the namespaces of the source; those that are there already are said to be so.";
        let command = format!("for name in {}; do kubectl create namespace \"$name\"; done", names.join(" "));
        vec![self.there(Effect::Safe, text, command)]
    }

    /// The preset that the plan is: one that began as a preset and was edited is none any more.
    fn unedited_preset(&self) -> Option<&'static Preset> {
        let TargetFacts { cert_manager, flags, .. } = &self.plan.target;
        preset(&self.plan.name).filter(|preset| {
            let target = TargetFacts { flags: flags.clone(), ..TargetFacts::new_cluster(cert_manager.clone()) };
            let original = preset.plan(self.plan.source.clone(), target);
            let facts = |plan: &Plan| (plan.target.velero.clone(), plan.target.restore_resource_priorities.clone());
            original.steps == self.plan.steps && facts(&original) == facts(self.plan)
        })
    }

    /// Prints the plan that was suggested of this source.
    fn show_plan(&self) -> String {
        let TargetFacts { cert_manager, cluster, .. } = &self.plan.target;
        let backups: String = self.sources().map(|source| format!(" --backup {}", shell(source))).collect();
        let target = match cluster.as_str() {
            NEW | SAME => String::new(),
            other => other.split(", ").map(|target| format!(" --target {}", shell(target))).collect(),
        };
        format!("reissue-audit plan{backups}{target} --suggest --show-plan --cert-manager {cert_manager} > {DOCUMENT}")
    }

    fn sources(&self) -> impl Iterator<Item = &str> {
        self.plan.source.location.split(", ")
    }

    /// The comparison of the target with what there was before, and with what this plan foretells under its release.
    fn verify(&self) -> String {
        let TargetFacts { cert_manager, flags, .. } = &self.plan.target;
        let before: String = match self.known.finished {
            Some(_) => self.sources().map(|source| format!(" --before {}", shell(source))).collect(),
            None => format!(" --before {BEFORE}"),
        };
        let followed = match self.unedited_preset() {
            Some(preset) => format!("--preset {}", preset.name),
            None => format!("--plan {}", shell(self.known.document.unwrap_or(DOCUMENT))),
        };
        let flags: String = install::deciding(flags)
            .map(|(name, value)| format!(" --controller-flag {}", shell(&format!("{name}={value}"))))
            .collect();
        let picture = kubectl::picture(self.known.owners);
        format!("{picture} | reissue-audit verify{before} {followed} --cert-manager {cert_manager}{flags} -")
    }
}

fn scale(replicas: u8) -> String {
    format!("kubectl -n cert-manager scale deployment cert-manager --replicas={replicas}")
}

/// A selector as kubectl writes it.
fn selector_text(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
    let conditions = selector.match_expressions.iter().map(|requirement| {
        let (key, values) = (&requirement.key, requirement.values.join(","));
        match requirement.operator {
            Operator::In => format!("{key} in ({values})"),
            Operator::NotIn => format!("{key} notin ({values})"),
            Operator::Exists => key.clone(),
            Operator::DoesNotExist => format!("!{key}"),
        }
    });
    labels.chain(conditions).collect::<Vec<_>>().join(",")
}
