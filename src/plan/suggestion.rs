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
/// everything is there. `owners` are the kinds beside Ingresses that the source has Certificates made for.
#[must_use]
pub fn suggestions(material: Material, owners: &[Kind]) -> Vec<Plan> {
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
        plans.push(secrets_first(owners));
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
fn secrets_first(owners: &[Kind]) -> Plan {
    let documents = |selection: &[Kind]| KubectlApply {
        selection: selection.to_vec(),
        filter: TextFilter::Jq,
        form: Form::Documents,
        ..KubectlApply::default()
    };
    let apply = |selection: &[Kind]| Step::KubectlApply(documents(selection));
    // Of the others the target's release brings its own; client-side they would be too large for an annotation. kubectl
    // knows their kinds only in the next call.
    let crds = (!owners.is_empty()).then(|| {
        let names = owners.iter().map(|kind| kind.resource()).collect();
        Step::KubectlApply(KubectlApply { names, server_side: true, ..documents(&[Kind::Crd]) })
    });
    let with_ingresses: Vec<Kind> = [Kind::Ingress].into_iter().chain(owners.iter().copied()).collect();
    let steps = [Step::CreateNamespaces {}, Step::InstallCrds {}, Step::StartWebhook {}, apply(&[Kind::Secret])];
    let steps = steps.into_iter().chain(crds).chain([
        apply(&with_ingresses),
        apply(&[Kind::Issuer, Kind::ClusterIssuer]),
        Step::StartCertManager {},
        until_quiet(),
        apply(&[Kind::Certificate]),
        until_quiet(),
    ]);
    Plan {
        name: "kubectl-secrets-and-ingresses-first".to_owned(),
        summary: "Secrets, then Ingresses and Gateways, then the configuration, by kubectl and jq".to_owned(),
        source: SourceFacts::default(),
        target: TargetFacts::new_cluster(String::new()),
        steps: steps.collect(),
        config_maps: BTreeMap::new(),
    }
}
