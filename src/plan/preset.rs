//! The procedures that people follow, ready to use.

use super::step::{Form, KubectlApply, Step, TextFilter};
use super::velero::{BackupSpec, RestoreSpec};
use super::{Plan, SourceFacts, TargetFacts};
use crate::object::Kind;
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
    /// What is assumed of the target beside [`Preset::DEFAULTS`].
    pub defaults: &'static [&'static str],
    steps: fn() -> Vec<Step>,
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

    /// The whole procedure for one source and one target.
    #[must_use]
    pub fn plan(&self, source: SourceFacts, target: TargetFacts) -> Plan {
        Plan { name: self.name.to_owned(), summary: self.summary.to_owned(), source, target, steps: (self.steps)() }
    }
}

/// All presets, in the order in which they are listed.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "kubectl-config",
        summary: "issuers, cluster issuers and certificates by kubectl and awk, without Secrets",
        explanation: "The backup recipe of cert-manager's documentation for v1.4 to v1.17: one `kind: List` with all \
            Issuers, ClusterIssuers and Certificates, through an awk filter that deletes uid and resourceVersion \
            lines, applied to an empty cluster. No Secret is in the file, so every Certificate is issued again with a \
            new key, and issuers lack their Secrets. ACME issuers register new accounts. The filter also deletes the \
            uid inside ownerReferences: as soon as one Certificate of an Ingress or a Gateway is in the List, kubectl \
            refuses the whole file and nothing is created at all.",
        commands: &[
            "kubectl get --all-namespaces -oyaml issuer,clusterissuer,cert > backup.yaml",
            "awk '!/^ *(resourceVersion|uid): [^ ]+$/' backup.yaml | kubectl apply -f -",
        ],
        defaults: &["kubectl validates the file (--validate is on)"],
        steps: kubectl_config,
    },
    Preset {
        name: "velero-documented",
        summary: "one Velero backup and restore without Orders, Challenges and CertificateRequests",
        explanation: "What cert-manager's documentation recommends for Velero: a backup with cluster-scoped resources \
            and without Orders, Challenges and CertificateRequests, restored in one go. Secrets come before \
            Certificates, so what fits its Certificate stays in use. Statuses and ownerReferences are never restored \
           : comparisons become coarser, back-off is forgotten, and Certificates of Ingresses and Gateways no \
            longer follow them, because Certificates are restored before Ingresses.",
        commands: &[
            "velero backup create full-backup --include-cluster-resources=true --exclude-resources \
             challenges.acme.cert-manager.io,orders.acme.cert-manager.io,certificaterequests.cert-manager.io",
            "velero restore create --from-backup full-backup",
        ],
        defaults: &[],
        steps: velero_documented,
    },
    Preset {
        name: "velero-everything",
        summary: "one Velero backup and restore of everything, cluster-scoped resources included",
        explanation: "As velero-documented, but nothing is left out. CertificateRequests and Orders come back without \
            owner and status: cert-manager approves and signs the requests again and places the Orders again, though \
            no Certificate uses the result, and they come before the Certificates. From cert-manager 1.13 on a \
            request named like the next one of a Certificate blocks its issuance until somebody deletes it: at once \
            for `-1`, and months later, at the renewal that reaches its number, for others.",
        commands: &[
            "velero backup create full-backup --include-cluster-resources=true",
            "velero restore create --from-backup full-backup",
        ],
        defaults: &[],
        steps: velero_everything,
    },
];

/// The preset of a name.
#[must_use]
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

const BACKUP: &str = "full-backup";
const RESTORE: &str = "full-backup-restore";

fn target_steps() -> [Step; 4] {
    [Step::CreateNamespaces {}, Step::InstallCrds {}, Step::StartWebhook {}, Step::StartCertManager {}]
}

fn until_quiet() -> Step {
    Step::Wait { quiet: GoDuration::seconds(60) }
}

fn kubectl_config() -> Vec<Step> {
    let apply = KubectlApply {
        selection: vec![Kind::Issuer, Kind::ClusterIssuer, Kind::Certificate],
        filter: TextFilter::Awk,
        form: Form::List,
        validate: true,
    };
    target_steps().into_iter().chain([Step::KubectlApply(apply), until_quiet()]).collect()
}

fn velero(excluded_resources: &[&str]) -> Vec<Step> {
    let backup = BackupSpec {
        included_namespaces: vec!["*".to_owned()],
        excluded_resources: excluded_resources.iter().map(|&name| name.to_owned()).collect(),
        include_cluster_resources: Some(true),
        ..BackupSpec::default()
    };
    let restore = RestoreSpec {
        backup_name: BACKUP.to_owned(),
        included_namespaces: vec!["*".to_owned()],
        ..RestoreSpec::default()
    };
    let mut steps = vec![Step::VeleroBackup { name: BACKUP.to_owned(), spec: backup }];
    steps.extend(target_steps());
    steps.push(Step::VeleroRestore { name: RESTORE.to_owned(), spec: restore });
    steps.push(until_quiet());
    steps
}

fn velero_documented() -> Vec<Step> {
    velero(&["challenges.acme.cert-manager.io", "orders.acme.cert-manager.io", "certificaterequests.cert-manager.io"])
}

fn velero_everything() -> Vec<Step> {
    velero(&[])
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
            assert!(!row.summary.is_empty() && row.explanation.len() > 100 && row.commands.len() == 2, "{}", row.name);
        }
        assert!(preset("velero").is_none());
    }

    #[test]
    fn cert_manager_runs_before_anything_is_restored() {
        for row in PRESETS {
            let actions: Vec<_> = plan(row.name).steps.iter().map(Step::action).collect();
            let at = |wanted: &str| actions.iter().position(|action| *action == wanted);
            let brings = at("veleroRestore").or_else(|| at("kubectlApply")).unwrap();
            for first in ["createNamespaces", "installCRDs", "startWebhook", "startCertManager"] {
                assert!(at(first).unwrap() < brings, "{} {first}", row.name);
            }
            assert_eq!(actions.last(), Some(&"wait"));
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
