//! The procedures that people follow, ready to use.

mod kubectl;
mod velero;
mod whole;

use std::collections::BTreeMap;

use super::step::Step;
use super::{NEW, Plan, SAME, SourceFacts, TargetFacts};
use crate::time::GoDuration;

/// A procedure under a name (contract: the names).
#[derive(Debug)]
pub struct Preset {
    /// The name that `--preset` takes.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What is done and what comes of it, a paragraph or two.
    pub explanation: &'static str,
    /// The commands that the preset stands for.
    pub commands: &'static [&'static str],
    /// What is assumed of the target beside [`Preset::DEFAULTS`], or in place of it.
    pub defaults: &'static [&'static str],
    /// Where it restores to.
    pub(super) target: Target,
    pub(super) steps: fn() -> Vec<Step>,
}

/// Where a preset restores to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// An empty cluster.
    New,
    /// The cluster that the objects come from.
    Same,
}

impl Preset {
    /// What every preset assumes (design 3); printed by `--list-presets`, changeable in the plan document.
    pub const DEFAULTS: &'static [&'static str] = &[
        "target: a new, empty cluster",
        "the namespaces of the source are made first",
        "the CRDs of the target's cert-manager release are installed",
        "cert-manager's webhook serves",
        "cert-manager runs from the first step",
        "no Ingresses, Gateways or ListenerSets unless a step brings them",
        "newest known tools: Velero v1.18.1, kubectl v1.32.4",
    ];

    /// Whether the procedure restores into the very cluster that the objects come from.
    #[must_use]
    pub fn acts_on_source(&self) -> bool {
        self.target == Target::Same
    }

    /// The whole procedure for one source and one target.
    #[must_use]
    pub fn plan(&self, source: SourceFacts, mut target: TargetFacts) -> Plan {
        if target.cluster == NEW && self.target == Target::Same {
            SAME.clone_into(&mut target.cluster);
        }
        Plan {
            name: self.name.to_owned(),
            summary: self.summary.to_owned(),
            source,
            target,
            steps: (self.steps)(),
            config_maps: BTreeMap::new(),
        }
    }
}

/// All presets, in the order in which they are listed.
pub const PRESETS: &[Preset] = &[
    kubectl::CONFIG,
    kubectl::CONFIG_JQ,
    kubectl::ISSUERS,
    kubectl::WITH_SECRETS,
    velero::BARE,
    velero::EVERYTHING,
    velero::DOCUMENTED,
    velero::TWO_STEP,
    whole::REINSTALL,
    whole::ETCD,
    whole::GITOPS,
];

/// The preset of a name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// How a new target is prepared.
pub(super) fn target_steps() -> [Step; 4] {
    [Step::CreateNamespaces {}, Step::InstallCrds {}, Step::StartWebhook {}, Step::StartCertManager {}]
}

/// Waits until nothing happens any more.
pub(super) fn until_quiet() -> Step {
    Step::Wait { quiet: GoDuration::seconds(60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(name: &str) -> Plan {
        let source = SourceFacts { location: "dump.yaml".into(), cert_manager: Some("v1.17.4".into()) };
        preset(name).unwrap().plan(source, TargetFacts::new_cluster("v1.21.2"))
    }

    #[test]
    fn names_are_unique_and_found() {
        let names: std::collections::BTreeSet<_> = PRESETS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), PRESETS.len());
        for row in PRESETS {
            assert_eq!(preset(row.name).unwrap().summary, row.summary);
            assert!(!row.summary.is_empty() && row.explanation.len() > 100 && row.commands.len() >= 2, "{}", row.name);
        }
        assert!(preset("velero").is_none());
    }

    #[test]
    fn cert_manager_runs_before_anything_is_restored_to_a_new_cluster() {
        for row in PRESETS.iter().filter(|row| row.target == Target::New && row.name != "etcd") {
            let actions: Vec<_> = plan(row.name).steps.iter().map(Step::action).collect();
            let at = |wanted: &str| actions.iter().position(|action| *action == wanted);
            let brings = ["veleroRestore", "kubectlApply", "gitops"].into_iter().find_map(at).unwrap();
            for first in ["createNamespaces", "installCRDs", "startWebhook", "startCertManager"] {
                assert!(at(first).unwrap() < brings, "{} {first}", row.name);
            }
        }
        for row in PRESETS {
            assert_eq!(plan(row.name).steps.last().map(Step::action), Some("wait"), "{}", row.name);
        }
    }

    /// What `--show-plan` prints is a plan file that says the same.
    #[test]
    fn documents_are_read_back() {
        for row in PRESETS {
            let printed = plan(row.name);
            let (read, wishes) = crate::plan::read_plan("plan.yaml", &printed.to_yaml().unwrap()).unwrap();
            assert_eq!(read, printed, "{}", row.name);
            assert_eq!(wishes.cert_manager.unwrap().to_string(), "v1.21.2");
        }
    }

    #[test]
    fn a_step_without_settings_is_one_line() {
        let yaml = plan("kubectl-config").to_yaml().unwrap();
        assert!(yaml.contains("\n- installCRDs: {}\n"), "{yaml}");
    }

    #[test]
    fn documents_are_yaml_with_the_contract_names() {
        for row in PRESETS {
            let yaml = plan(row.name).to_yaml().unwrap();
            let value: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
            assert_eq!(value["apiVersion"], "reissue-audit/v1alpha1");
            assert_eq!(value["kind"], "RestorePlan");
            assert_eq!(value["metadata"]["name"], row.name);
            assert_eq!(value["target"]["certManager"], "v1.21.2");
        }
        let yaml = plan("velero-documented").to_yaml().unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
        let spec = &value["steps"][0]["veleroBackup"]["spec"];
        assert_eq!(spec["includeClusterResources"], true);
        assert_eq!(spec["excludedResources"][2], "certificaterequests.cert-manager.io");
        let yaml = plan("kubectl-config").to_yaml().unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
        let apply = &value["steps"][4]["kubectlApply"];
        assert_eq!(apply["selection"][1], "clusterissuers.cert-manager.io");
        assert_eq!((&apply["filter"], &apply["form"]), (&"awk".into(), &"list".into()));
        assert_eq!(value["steps"][5]["wait"]["quiet"], "1m0s");
    }
}
