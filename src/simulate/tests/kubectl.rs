//! Rules 4 and 5: kubectl, and the garbage collector.

use std::sync::Arc;

use serde_json::json;

use super::lab::{Lab, NOW, key, reference};
use crate::object::{Kind, Object};
use crate::plan::{Form, KubectlApply, Step, TextFilter};
use crate::simulate::Simulation;

fn apply(lab: &Lab, filter: TextFilter, form: Form, validate: bool, selection: &[Kind]) -> Simulation {
    lab.steps(vec![
        Step::CreateNamespaces {},
        Step::InstallCrds {},
        Step::StartWebhook {},
        Step::StartCertManager {},
        Step::KubectlApply(KubectlApply {
            selection: selection.to_vec(),
            filter,
            form,
            validate,
            ..KubectlApply::default()
        }),
    ])
}

const CONFIG: &[Kind] = &[Kind::Issuer, Kind::ClusterIssuer, Kind::Certificate];

fn with_owned() -> Lab {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").certificate("shop/front");
    lab.owned_by(Kind::Certificate, "shop/front", Kind::Ingress, "front");
    lab
}

#[test]
fn a1_one_owned_certificate_makes_kubectl_refuse_the_whole_list() {
    let simulation = with_owned().run("kubectl-config");
    let step = simulation.step_named("kubectlApply");
    assert_eq!((step.created, step.refused.len()), (0, 3));
    assert!(step.refused.iter().all(|refusal| refusal.status.is_none()));
    let words: Vec<_> = step.refused.iter().map(|refusal| refusal.message.contains("missing required field")).collect();
    assert_eq!(words, [false, true, false]);
    assert_eq!(simulation.world.count(Kind::Issuer), 0);
    for name in ["shop/web", "shop/front"] {
        assert!(simulation.fate(name).lost.is_some());
        assert_eq!(simulation.fate(name).issuances, 0);
    }
}

#[test]
fn a1_an_owned_issuer_counts_as_well() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").owned_by(Kind::Issuer, "shop/ca", Kind::Deployment, "operator");
    assert!(lab.run("kubectl-config").fate("shop/web").lost.as_ref().unwrap().contains("Issuer shop/ca"));
}

#[test]
fn a1_without_validation_or_as_documents_only_the_owned_are_refused() {
    for (form, validate) in [(Form::List, false), (Form::Documents, true), (Form::Documents, false)] {
        let simulation = apply(&with_owned(), TextFilter::Awk, form, validate, CONFIG);
        let refused = &simulation.step_named("kubectlApply").refused;
        assert_eq!((refused.len(), refused[0].status), (1, Some(422)));
        assert!(refused[0].message.contains("metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"));
        assert!(simulation.fate("shop/front").lost.is_some());
        assert_eq!(simulation.fate("shop/web").lost, None);
        assert_eq!(simulation.world.count(Kind::Issuer), 1);
    }
}

#[test]
fn r60_status_goes_and_identity_is_new() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web");
    let simulation = lab.run("kubectl-config");
    let created = simulation.world.certificate(&key("shop/web")).unwrap();
    assert_ne!(&*created.metadata.uid, "source-shop-web");
    assert_eq!((created.metadata.generation, created.metadata.creation_timestamp), (1, Some(NOW)));
    assert!(created.metadata.labels.is_empty());
    assert_eq!(created.status.revision, Some(1));
}

#[test]
fn r64_without_secrets_everything_is_issued() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").secret("shop/web-tls");
    let simulation = lab.run("kubectl-config");
    let fate = simulation.fate("shop/web");
    assert_eq!((fate.issuances, fate.completed), (1, 1));
    assert_eq!(fate.first_trigger.as_ref().unwrap().policy, "SecretDoesNotExist");
    assert!(simulation.stand_ins.contains(&key("shop/web-tls")));
    assert!(simulation.world.secret(&key("shop/web-tls")).unwrap().has("tls.key"));
}

#[test]
fn r62_order_is_that_of_the_type_arguments() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").self_signed("root").certificate("shop/web");
    let simulation = lab.run("kubectl-config");
    let events: Vec<u64> = [(Kind::Issuer, "shop/ca"), (Kind::ClusterIssuer, "root"), (Kind::Certificate, "shop/web")]
        .iter()
        .map(|(kind, name)| simulation.world.get(*kind, &key(name)).unwrap().metadata().resource_version)
        .collect();
    assert!(events.is_sorted(), "{events:?}");
}

#[test]
fn r36_kubectl_knows_no_such_version() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").certificate("shop/old");
    if let Some(Object::Certificate(old)) = lab.source.get_mut(Kind::Certificate, &key("shop/old")) {
        Arc::make_mut(old).api_version = "cert-manager.io/v1beta1".into();
    }
    let simulation = lab.run("kubectl-config");
    let refused = &simulation.step_named("kubectlApply").refused;
    assert_eq!((refused.len(), refused[0].status), (1, None));
    assert!(refused[0].message.starts_with("no matches for kind \"Certificate\""));
    assert!(simulation.fate("shop/old").lost.is_some());
    assert_eq!(simulation.fate("shop/web").completed, 1);
}

#[test]
fn r62_a_missing_namespace_is_a_404() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web");
    let kubectl = KubectlApply {
        selection: CONFIG.to_vec(),
        filter: TextFilter::Awk,
        form: Form::List,
        ..KubectlApply::default()
    };
    let simulation = lab.steps(vec![Step::InstallCrds {}, Step::KubectlApply(kubectl)]);
    let refused = &simulation.step_named("kubectlApply").refused;
    assert_eq!(refused.iter().map(|refusal| refusal.status).collect::<Vec<_>>(), [Some(404), Some(404)]);
    assert!(simulation.fate("shop/web").lost.as_ref().unwrap().contains("namespaces \"shop\" not found"));
}

#[test]
fn rules_5_3_jq_keeps_stale_owners_and_the_collector_takes_the_certificate() {
    let simulation = apply(&with_owned(), TextFilter::Jq, Form::List, true, CONFIG);
    assert_eq!(simulation.step_named("kubectlApply").refused.len(), 0);
    let lost = simulation.fate("shop/front").lost.clone().unwrap();
    assert!(lost.contains("garbage-collected"), "{lost}");
    assert_eq!(simulation.fate("shop/web").lost, None);
}

#[test]
fn rules_5_3_with_its_ingress_there_the_shim_makes_it_again() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca")
        .certificate_with("shop/web-tls", json!({"secretName": "web-tls"}))
        .ingress("shop/front", "web-tls")
        .secret("shop/web-tls");
    lab.owned_by(Kind::Certificate, "shop/web-tls", Kind::Ingress, "front");
    // Secrets first; the Certificate is there before the Ingress, with the uid of the old one.
    let kinds = [Kind::Secret, Kind::Issuer, Kind::Certificate, Kind::Ingress];
    let simulation = apply(&lab, TextFilter::Jq, Form::Documents, true, &kinds);
    let fate = simulation.fate("shop/web-tls");
    assert_eq!((&fate.lost, fate.issuances), (&None, 0));
    assert_eq!(fate.made_by, Some(reference(Kind::Ingress, "shop/front")));
    // The Ingress first: the shim is told of the deletion by the owner's name.
    let kinds = [Kind::Secret, Kind::Issuer, Kind::Ingress, Kind::Certificate];
    let simulation = apply(&lab, TextFilter::Jq, Form::Documents, true, &kinds);
    assert_eq!(simulation.fate("shop/web-tls").lost, None);
}

#[test]
fn rules_5_3_with_owner_ref_every_secret_is_collected_and_issued_again() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").secret("shop/web-tls");
    lab.owned_by(Kind::Secret, "shop/web-tls", Kind::Certificate, "web");
    lab.flags.certificate_owner_ref = true;
    let kinds = [Kind::Secret, Kind::Issuer, Kind::Certificate];
    let simulation = apply(&lab, TextFilter::Jq, Form::Documents, true, &kinds);
    assert_eq!(simulation.fate("shop/web").issuances, 1);
    let secret = simulation.world.secret(&key("shop/web-tls")).unwrap();
    let certificate = simulation.world.certificate(&key("shop/web")).unwrap();
    assert!(secret.metadata.is_controlled_by(&certificate.metadata.uid));
}

#[test]
fn rules_5_3_a_collected_certificate_takes_its_secret_along() {
    let mut lab = with_owned();
    lab.flags.certificate_owner_ref = true;
    let simulation = apply(&lab, TextFilter::Jq, Form::List, true, CONFIG);
    // Issued at once, then the Certificate is collected (A11), and its new Secret with it.
    assert_eq!(simulation.fate("shop/front").completed, 1);
    assert!(simulation.fate("shop/front").lost.is_some());
    assert!(simulation.world.secret(&key("shop/front-tls")).is_none());
    assert!(simulation.world.secret(&key("shop/web-tls")).is_some());
    lab.flags.certificate_owner_ref = false;
    let simulation = apply(&lab, TextFilter::Jq, Form::List, true, CONFIG);
    assert!(simulation.world.secret(&key("shop/front-tls")).is_some());
}

#[test]
fn a10_certificates_before_requests_in_a_dump_are_not_blocked() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").request("shop/web-1", "ca");
    let first = [Kind::Issuer, Kind::Certificate, Kind::CertificateRequest];
    let simulation = apply(&lab, TextFilter::Awk, Form::Documents, true, &first);
    assert_eq!((simulation.fate("shop/web").completed, &simulation.fate("shop/web").blocked), (1, &None));
    // It is the request of the dump that finds its name taken.
    assert_eq!(simulation.world.count(Kind::CertificateRequest), 0);
    assert_eq!(simulation.phantom_requests(), 0);
    let last = [Kind::Issuer, Kind::CertificateRequest, Kind::Certificate];
    let simulation = apply(&lab, TextFilter::Awk, Form::Documents, true, &last);
    assert!(simulation.fate("shop/web").blocked.is_some());
}

#[test]
fn rules_9_3_a_missing_account_key_means_a_new_account() {
    let mut lab = Lab::new();
    lab.issuer("le", json!({"acme": {"privateKeySecretRef": {"name": "account"}}}));
    lab.certificate_with("shop/web", json!({"issuerRef": {"name": "le", "kind": "ClusterIssuer"}}));
    lab.secret("cert-manager/account");
    let simulation = lab.run("kubectl-config");
    let account = &simulation.new_accounts[0];
    assert_eq!(
        (&account.issuer, &account.secret),
        (&reference(Kind::ClusterIssuer, "le"), &key("cert-manager/account"))
    );
    assert_eq!(simulation.fate("shop/web").completed, 1);
    assert!(lab.run("velero-documented").new_accounts.is_empty());
}
