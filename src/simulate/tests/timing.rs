//! What is decided by who comes first: seen with the real components (docs/restores.md).

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use super::lab::{Lab, NOW, key};
use crate::object::{Kind, Object};
use crate::obstacle::ObstacleReason;
use crate::pki::{CertificateMaterial, KeyMaterial};
use crate::plan::velero::{ExistingResourcePolicy, RestoreStatus};
use crate::plan::{KubectlApply, RestoreSpec, Step, TextFilter};
use crate::simulate::{PutBack, SecretWriter, Simulation};

const PREPARE: [Step; 3] = [Step::CreateNamespaces {}, Step::InstallCrds {}, Step::StartWebhook {}];

fn restore(spec: RestoreSpec) -> Step {
    let included_namespaces = vec!["*".to_owned()];
    Step::VeleroRestore { name: "r".into(), spec: RestoreSpec { backup_name: "b".into(), included_namespaces, ..spec } }
}

fn apply(selection: &[Kind]) -> Step {
    let filter = TextFilter::Jq;
    Step::KubectlApply(KubectlApply { selection: selection.to_vec(), filter, ..KubectlApply::default() })
}

/// R-38, R-61: another certificate over that of the cluster, with the same key, by what writes it.
#[test]
fn r38_another_certificate_is_served_silently() {
    let (one, another) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let (may, june, of_another) = (self_signed(&one, 5), self_signed(&one, 6), self_signed(&another, 6));
    let update = Some(ExistingResourcePolicy::Update);
    let velero = |policy| restore(RestoreSpec { existing_resource_policy: policy, ..RestoreSpec::default() });
    let by = |by, older| Some(PutBack { step: 1, by, older });
    // What is in the living Secret, what comes, how, and whether it takes its place unseen.
    let rows = [
        (&june, &may, velero(update), by(SecretWriter::Velero, true)),
        (&may, &june, velero(update), by(SecretWriter::Velero, false)),
        (&june, &may, apply(&[Kind::Secret]), by(SecretWriter::Apply, true)),
        (&june, &may, velero(None), None),
        (&may, &may, velero(update), None),
        (&of_another, &may, velero(update), None),
    ];
    for (living, brought, step, expected) in rows {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").certificate("shop/web").secret("shop/web-tls").namespace("shop");
        give(&mut lab, living);
        lab.target = Some(lab.source.clone());
        give(&mut lab, brought);
        let simulation = lab.steps(vec![step.clone()]);
        let fate = simulation.fate("shop/web");
        assert_eq!((fate.secret_put_back, fate.issuances), (expected, 0), "{step:?}");
    }
}

/// A private key, and a certificate of it that is valid from the first of a month on.
pub(super) fn self_signed(key: &KeyPair, month: u8) -> (String, String) {
    let mut params = CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = rcgen::date_time_ymd(2026, month, 1);
    params.serial_number = Some(u64::from(month).into());
    (key.serialize_pem(), params.self_signed(key).unwrap().pem())
}

pub(super) fn give(lab: &mut Lab, (key_pem, pem): &(String, String)) {
    let Some(Object::Secret(secret)) = lab.source.get_mut(Kind::Secret, &key("shop/web-tls")) else { panic!() };
    let secret = Arc::make_mut(secret);
    let certificate = CertificateMaterial::read(pem.as_bytes());
    secret.key = Some(KeyMaterial::read(key_pem.as_bytes(), &certificate));
    secret.certificate = Some(certificate);
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
            let issued: usize = simulation.steps.iter().map(|step| step.issued).sum();
            assert_eq!(issued, fate.issuances as usize, "the steps count what the Certificate counts");
            (fate.completed, fate.pending.is_some(), fate.issuances)
        };
        assert_eq!(seen(&run([Step::StartCertManager {}, restore(status.clone())])), expected, "{spec} {failed}");
        let stopped = run([restore(status), Step::StartCertManager {}]);
        assert_eq!(stopped.fate("shop/web").issuances, u32::from(!failed), "{spec} {failed}");
    }
}
