//! Plans to choose from when the user asks for the best one.

use std::collections::BTreeMap;

use super::preset::{preset, until_quiet};
use super::step::{Form, KubectlApply, Step, TextFilter};
use super::{Plan, SourceFacts, TargetFacts};
use crate::object::Kind;

/// What can be restored from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// A picture of a cluster that still can be backed up in any way.
    Cluster,
    /// A finished Velero backup.
    Velero,
    /// An etcd snapshot.
    Etcd,
}

/// The plans that can be carried out with this material: the presets, and variations in which cert-manager is stopped until
/// everything is there.
#[must_use]
pub fn suggestions(material: Material) -> Vec<Plan> {
    let velero = ["velero-documented", "velero-everything", "velero-two-step"];
    let kubectl = ["kubectl-with-secrets", "kubectl-config-jq"];
    let names: Vec<&str> = match material {
        Material::Etcd => vec!["etcd"],
        Material::Velero => velero.to_vec(),
        Material::Cluster => velero.into_iter().chain(kubectl).collect(),
    };
    let mut plans: Vec<Plan> = names.into_iter().filter_map(of_preset).collect();
    if material != Material::Etcd {
        plans.extend(of_preset("velero-documented").map(stopped));
    }
    if material == Material::Cluster {
        plans.push(secrets_first());
    }
    plans
}

fn of_preset(name: &str) -> Option<Plan> {
    preset(name).map(|preset| preset.plan(SourceFacts::default(), TargetFacts::new_cluster(String::new())))
}

/// cert-manager starts only when everything is restored.
fn stopped(mut plan: Plan) -> Plan {
    plan.steps.retain(|step| !matches!(step, Step::StartCertManager {} | Step::Wait { .. }));
    plan.steps.extend([Step::StartCertManager {}, until_quiet()]);
    plan.name.push_str("-stopped");
    plan.summary.push_str("; cert-manager starts when everything is there");
    plan
}

/// Secrets and Ingresses first, everything by jq and as single documents, cert-manager stopped until the Secrets are there.
fn secrets_first() -> Plan {
    let apply = |selection: &[Kind]| {
        Step::KubectlApply(KubectlApply {
            selection: selection.to_vec(),
            filter: TextFilter::Jq,
            form: Form::Documents,
            ..KubectlApply::default()
        })
    };
    Plan {
        name: "kubectl-secrets-and-ingresses-first".to_owned(),
        summary: "Secrets, then Ingresses and Gateways, then the configuration, by kubectl and jq".to_owned(),
        source: SourceFacts::default(),
        target: TargetFacts::new_cluster(String::new()),
        steps: vec![
            Step::CreateNamespaces {},
            Step::InstallCrds {},
            Step::StartWebhook {},
            apply(&[Kind::Secret]),
            apply(&[Kind::Crd, Kind::Ingress, Kind::Gateway, Kind::ListenerSet]),
            apply(&[Kind::Issuer, Kind::ClusterIssuer]),
            Step::StartCertManager {},
            until_quiet(),
            apply(&[Kind::Certificate]),
            until_quiet(),
        ],
        config_maps: BTreeMap::new(),
    }
}
