//! What is decided by who comes first: seen with the real components (docs/restores.md).

use std::sync::Arc;

use serde_json::json;

use super::lab::{Lab, NOW, key};
use crate::object::{Kind, Object};
use crate::obstacle::ObstacleReason;
use crate::pki::CertificateMaterial;
use crate::plan::velero::{ExistingResourcePolicy, RestoreStatus};
use crate::plan::{KubectlApply, RestoreSpec, Step, TextFilter};
use crate::simulate::Simulation;

const PREPARE: [Step; 3] = [Step::CreateNamespaces {}, Step::InstallCrds {}, Step::StartWebhook {}];

fn restore(spec: RestoreSpec) -> Step {
    let included_namespaces = vec!["*".to_owned()];
    Step::VeleroRestore { name: "r".into(), spec: RestoreSpec { backup_name: "b".into(), included_namespaces, ..spec } }
}

fn apply(selection: &[Kind]) -> Step {
    let filter = TextFilter::Jq;
    Step::KubectlApply(KubectlApply { selection: selection.to_vec(), filter, ..KubectlApply::default() })
}

/// R-38: the certificate of the backup over that of the cluster, with the same key.
#[test]
fn r38_an_older_certificate_is_served_silently() {
    // What is in the living Secret, and whether the backup's takes its place unseen.
    let (old, new) = (self_signed(), self_signed());
    for (living, update, step) in [(&new, true, Some(1)), (&new, false, None), (&old, true, None)] {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").certificate("shop/web").secret("shop/web-tls").namespace("shop");
        give(&mut lab, living);
        lab.target = Some(lab.source.clone());
        give(&mut lab, &old);
        let policy = update.then_some(ExistingResourcePolicy::Update);
        let simulation =
            lab.steps(vec![restore(RestoreSpec { existing_resource_policy: policy, ..RestoreSpec::default() })]);
        let fate = simulation.fate("shop/web");
        assert_eq!((fate.secret_put_back, fate.issuances), (step, 0));
    }
}

fn self_signed() -> String {
    rcgen::generate_simple_self_signed(vec!["example.com".to_owned()]).unwrap().cert.pem()
}

fn give(lab: &mut Lab, pem: &str) {
    let Some(Object::Secret(secret)) = lab.source.get_mut(Kind::Secret, &key("shop/web-tls")) else { panic!() };
    Arc::make_mut(secret).certificate = Some(CertificateMaterial::read(pem.as_bytes()));
}

/// Nobody watches the Secret of a password: the file that brings it is applied as a whole before the next attempt.
#[test]
fn a4_a_late_password_and_a_late_secret_mean_one_issuance() {
    let mut lab = Lab::new();
    let pkcs12 = json!({"create": true, "passwordSecretRef": {"name": "password", "key": "password"}});
    lab.self_signed("shop/ca")
        .namespace("shop")
        .secret("shop/password")
        .secret("shop/web-tls")
        .secret("shop/plain-tls");
    lab.certificate_with("shop/web", json!({"keystores": {"pkcs12": pkcs12}})).certificate("shop/plain");
    let late = [Step::StartCertManager {}, apply(&[Kind::Issuer, Kind::Certificate]), apply(&[Kind::Secret])];
    let steps: Vec<Step> = PREPARE.into_iter().chain(late).collect();
    let before = lab.steps(steps[..steps.len() - 1].to_vec());
    assert_eq!(before.fate("shop/web").blocked.as_ref().unwrap().reason, ObstacleReason::KeystorePasswordMissing);
    let simulation = lab.steps(steps);
    let of = |name| (simulation.fate(name).issuances, simulation.fate(name).completed);
    assert_eq!((of("shop/web"), of("shop/plain")), ((1, 1), (2, 2)));
}

/// A14: the status comes after the trigger and before the issuer, and takes `Issuing=True` away; its back-off counts from then on.
#[test]
fn a14_a_restored_status_ends_what_was_triggered() {
    let external = json!({"issuerRef": {"name": "x", "kind": "Partner", "group": "example.com"}});
    // The issuer, whether the last issuance had failed: issued, still waiting, triggers.
    let rows = [
        (json!({}), false, (1, false, 1)),
        (json!({}), true, (0, false, 0)),
        (external.clone(), false, (0, true, 1)),
        (external, true, (0, false, 0)),
    ];
    for (spec, failed, expected) in rows {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").namespace("shop").certificate_with("shop/web", spec.clone());
        if let Some(Object::Certificate(certificate)) = lab.source.get_mut(Kind::Certificate, &key("shop/web")) {
            Arc::make_mut(certificate).status.last_failure_time = failed.then_some(NOW);
        }
        let status = RestoreSpec { restore_status: Some(RestoreStatus::default()), ..RestoreSpec::default() };
        let issuers = apply(&[Kind::Issuer]);
        let run = |steps: [Step; 2]| lab.steps(PREPARE.into_iter().chain([issuers.clone()]).chain(steps).collect());
        let seen = |simulation: &Simulation| {
            let fate = simulation.fate("shop/web");
            assert_eq!(fate.first_trigger.is_some(), fate.issuances > 0);
            (fate.completed, fate.pending.is_some(), fate.issuances)
        };
        assert_eq!(seen(&run([Step::StartCertManager {}, restore(status.clone())])), expected, "{spec} {failed}");
        let stopped = run([restore(status), Step::StartCertManager {}]);
        assert_eq!(stopped.fate("shop/web").issuances, u32::from(!failed), "{spec} {failed}");
    }
}
