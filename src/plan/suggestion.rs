//! Plans to choose from when the user asks for the best one.

use std::collections::BTreeMap;

use super::preset::{preset, until_quiet};
use super::step::{Form, KubectlApply, Step, TextFilter};
use super::{Plan, SourceFacts, TargetFacts};
use crate::object::Kind;

/// What cert-manager makes anew where it is needed, and acts on where it is restored.
const REQUESTS: [Kind; 3] = [Kind::CertificateRequest, Kind::Order, Kind::Challenge];

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
    if material == Material::Velero {
        // What should have been left out of the backup can still be left out of the restore.
        let more = ["velero-documented", "velero-two-step"].into_iter().filter_map(of_preset).map(without_requests);
        plans.extend(more);
        plans.extend(of_preset("velero-documented").map(stopped).map(without_requests));
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

/// Every restore leaves out what would take names and be signed again (restore rules 9.5).
fn without_requests(mut plan: Plan) -> Plan {
    for step in &mut plan.steps {
        if let Step::VeleroRestore { spec, .. } = step {
            spec.excluded_resources.extend(REQUESTS.iter().map(|kind| kind.resource()));
        }
    }
    plan.name.push_str("-without-requests");
    plan.summary.push_str("; the restore leaves out requests, Orders and Challenges");
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a backup that holds requests, plans are offered whose restores leave them out, each under a name of its own.
    #[test]
    fn a_finished_backup_can_be_restored_without_its_requests() {
        const EXCLUDED: [&str; 3] =
            ["certificaterequests.cert-manager.io", "orders.acme.cert-manager.io", "challenges.acme.cert-manager.io"];
        let plans = suggestions(Material::Velero, &[]);
        let without: Vec<&Plan> = plans.iter().filter(|plan| plan.name.ends_with("-without-requests")).collect();
        assert_eq!(without.len(), 3);
        for plan in &without {
            let restores = plan.steps.iter().filter_map(|step| match step {
                Step::VeleroRestore { spec, .. } => Some(spec),
                _ => None,
            });
            for spec in restores {
                assert!(
                    EXCLUDED.iter().all(|name| spec.excluded_resources.iter().any(|entry| entry == name)),
                    "{}",
                    plan.name
                );
                assert_eq!(spec.check(), Ok(()), "{}", plan.name);
            }
        }
        let mut names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), plans.len());
        let cluster = suggestions(Material::Cluster, &[]);
        assert!(!cluster.iter().any(|plan| plan.name.ends_with("-without-requests")), "its backup leaves them out");
    }
}
