//! R-38, R-61, A4, A13, A14: targets that hold something; etcd, GitOps, deletions.

use std::sync::Arc;

use serde_json::json;

use super::lab::{Lab, VIOLATES, key};
use crate::object::{Kind, Object};
use crate::obstacle::ObstacleReason;
use crate::plan::velero::{ExistingResourcePolicy, RestoreOrder, RestoreStatus, VeleroRelease};
use crate::plan::{Delete, GitOps, GitOpsTool, KubectlApply, RestoreSpec, Step, TextFilter};
use crate::simulate::Simulation;

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").secret("shop/web-tls").namespace("shop");
    lab
}

/// A lab whose target is the source, except that the live Secret violates nothing and the source's does.
fn live(lab: &mut Lab) {
    lab.target = Some(lab.source.clone());
}

fn restore(spec: RestoreSpec) -> Step {
    let included_namespaces = vec!["*".to_owned()];
    Step::VeleroRestore { name: "r".into(), spec: RestoreSpec { backup_name: "b".into(), included_namespaces, ..spec } }
}

fn apply(selection: &[Kind], filter: TextFilter) -> Step {
    Step::KubectlApply(KubectlApply { selection: selection.to_vec(), filter, ..KubectlApply::default() })
}

#[test]
fn r38_without_a_policy_what_exists_stays() {
    let mut lab = lab();
    live(&mut lab);
    lab.annotate(Kind::Secret, "shop/web-tls", VIOLATES, "CurrentCertificateNearingExpiry");
    let simulation = lab.steps(vec![Step::StartCertManager {}, restore(RestoreSpec::default())]);
    let step = simulation.step_named("veleroRestore");
    assert_eq!((step.created, step.updated, step.skipped), (0, 0, 4));
    assert_eq!(simulation.fate("shop/web").issuances, 0);
    let certificate = simulation.world.certificate(&key("shop/web")).unwrap();
    assert_eq!((&*certificate.metadata.uid, certificate.status.revision), ("source-shop-web", Some(3)));
}

#[test]
fn r38_policy_update_puts_the_backup_over_what_lives() {
    let mut lab = lab();
    live(&mut lab);
    lab.annotate(Kind::Secret, "shop/web-tls", VIOLATES, "CurrentCertificateNearingExpiry");
    let update =
        RestoreSpec { existing_resource_policy: Some(ExistingResourcePolicy::Update), ..RestoreSpec::default() };
    let simulation = lab.steps(vec![Step::StartCertManager {}, restore(update)]);
    assert!(simulation.step_named("veleroRestore").updated >= 2);
    let fate = simulation.fate("shop/web");
    assert_eq!((fate.issuances, fate.first_trigger.as_ref().unwrap().reason), (1, "Renewing"));
    let certificate = simulation.world.certificate(&key("shop/web")).unwrap();
    // The identity and the status are those of the living object, so the counter goes on.
    assert_eq!((&*certificate.metadata.uid, certificate.status.revision), ("source-shop-web", Some(4)));
}

/// R-38: annotations that only the live Secret has are removed by Velero and kept by kubectl.
#[test]
fn r38_r61_annotations_of_the_living() {
    let mut lab = lab();
    lab.annotate(Kind::Secret, "shop/web-tls", "live/only", "yes");
    live(&mut lab);
    let Some(Object::Secret(secret)) = lab.source.get_mut(Kind::Secret, &key("shop/web-tls")) else { panic!() };
    Arc::make_mut(secret).metadata.annotations.remove("live/only");
    let kept = |step: Step| {
        let simulation = lab.steps(vec![step]);
        simulation.world.secret(&key("shop/web-tls")).unwrap().metadata.annotations.get("live/only").is_some()
    };
    let update =
        RestoreSpec { existing_resource_policy: Some(ExistingResourcePolicy::Update), ..RestoreSpec::default() };
    assert!(!kept(restore(update)));
    assert!(kept(apply(&[Kind::Secret], TextFilter::Jq)));
}

#[test]
fn a4_late_secrets_through_jq_issue_everything_a_second_time() {
    const CONFIG: &[Kind] = &[Kind::Issuer, Kind::Certificate];
    let run = |filter: TextFilter| {
        lab().steps(vec![
            Step::CreateNamespaces {},
            Step::InstallCrds {},
            Step::StartCertManager {},
            apply(CONFIG, TextFilter::Jq),
            apply(&[Kind::Secret], filter),
        ])
    };
    let overwritten = run(TextFilter::Jq);
    let fate = overwritten.fate("shop/web");
    assert_eq!((fate.issuances, fate.completed), (2, 2));
    assert_eq!(overwritten.world.certificate(&key("shop/web")).unwrap().status.revision, Some(2));
    assert!(fate.story.iter().any(|step| step.text.contains("does not match the current CertificateRequest")));
    // The documents' own command carries the resourceVersion: a conflict, and nothing changes.
    let refused = run(TextFilter::None);
    assert_eq!(refused.fate("shop/web").issuances, 1);
    let step = refused.steps.last().unwrap();
    assert_eq!((step.refused.len(), step.refused[0].status), (1, Some(409)));
    assert!(step.refused[0].message.contains("the object has been modified"));
    assert_eq!(refused.fate("shop/web").lost, None);
}

/// Seen with real kubectl: the key that comes back fits the spec no longer, and may not be replaced.
#[test]
fn a4_a_late_key_that_may_not_be_replaced_blocks() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").namespace("shop").secret("shop/web-tls");
    lab.certificate_with("shop/web", json!({"privateKey": {"rotationPolicy": "Never", "size": 4096}}));
    lab.annotate(Kind::Secret, "shop/web-tls", VIOLATES, "SecretPrivateKeyMismatchesSpec");
    let simulation = lab.steps(vec![
        Step::CreateNamespaces {},
        Step::InstallCrds {},
        Step::StartCertManager {},
        apply(&[Kind::Issuer, Kind::Certificate], TextFilter::Jq),
        apply(&[Kind::Secret], TextFilter::Jq),
    ]);
    let fate = simulation.fate("shop/web");
    assert_eq!((fate.issuances, fate.completed), (2, 1));
    assert_eq!(fate.blocked.as_ref().unwrap().reason, ObstacleReason::CannotRegenerateKey);
}

#[test]
fn a13_an_unfiltered_dump_changes_nothing_in_the_same_cluster() {
    let mut lab = lab();
    live(&mut lab);
    let simulation = lab.steps(vec![apply(&[Kind::Secret, Kind::Certificate], TextFilter::None)]);
    let step = &simulation.steps[0];
    assert_eq!((step.created, step.updated, step.skipped, step.refused.len()), (0, 0, 2, 0));
}

/// R-35: with cert-manager stopped the status is there when it starts; with it running the trigger is faster (A14).
#[test]
fn r35_a14_restored_status() {
    let mut lab = lab();
    if let Some(Object::Certificate(certificate)) = lab.source.get_mut(Kind::Certificate, &key("shop/web")) {
        Arc::make_mut(certificate).status.revision = Some(7);
    }
    let with_status =
        || restore(RestoreSpec { restore_status: Some(RestoreStatus::default()), ..RestoreSpec::default() });
    let revision = |simulation: &Simulation| simulation.world.certificate(&key("shop/web")).unwrap().status.revision;
    let prepare = [Step::CreateNamespaces {}, Step::InstallCrds {}];
    let stopped =
        |lab: &Lab| lab.steps(prepare.iter().cloned().chain([with_status(), Step::StartCertManager {}]).collect());
    let running =
        |lab: &Lab| lab.steps(prepare.iter().cloned().chain([Step::StartCertManager {}, with_status()]).collect());
    assert_eq!(revision(&stopped(&lab)), Some(7));
    assert_eq!(revision(&running(&lab)), Some(7));
    lab.velero = VeleroRelease::parse("v1.14.0").unwrap();
    assert_eq!(revision(&stopped(&lab)), Some(7));
    assert_eq!(revision(&running(&lab)), None, "one attempt, and cert-manager wrote first");
}

#[test]
fn r35_an_annotation_decides_for_one_object() {
    let mut lab = lab();
    lab.annotate(Kind::Certificate, "shop/web", "velero.io/restore-status", " True");
    let steps = || vec![Step::CreateNamespaces {}, Step::InstallCrds {}, restore(RestoreSpec::default())];
    let revision = |lab: &Lab| lab.steps(steps()).world.certificate(&key("shop/web")).unwrap().status.revision;
    assert_eq!(revision(&lab), Some(3));
    lab.velero = VeleroRelease::parse("v1.15.2").unwrap();
    assert_eq!(revision(&lab), None);
}

/// R-37: only the namespace changes; the second of two objects on one place is dropped.
#[test]
fn r37_namespace_mapping() {
    let mut lab = lab();
    lab.certificate("bank/web").self_signed("bank/ca").secret("bank/web-tls");
    let mapping = |pairs: &[(&str, &str)]| RestoreSpec {
        namespace_mapping: pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(),
        ..RestoreSpec::default()
    };
    let run = |spec: RestoreSpec| lab.steps(vec![Step::InstallCrds {}, Step::StartCertManager {}, restore(spec)]);
    let moved = run(mapping(&[("shop", "store")]));
    assert!(
        moved.world.certificate(&key("store/web")).is_some() && moved.world.certificate(&key("shop/web")).is_none()
    );
    assert!(!moved.fates.contains_key(&key("shop/web")));
    assert_eq!(moved.fate("store/web").issuances, 0);
    assert!(moved.fate("store/web").story[0].text.contains("namespace shop is restored as store"));
    let merged = run(mapping(&[("shop", "all"), ("bank", "all")]));
    assert_eq!(merged.world.count(Kind::Certificate), 1);
    assert!(merged.fate("shop/web").lost.as_ref().unwrap().contains("another namespace"));
    assert!(!merged.fates.contains_key(&key("bank/web")));
    let by_chance = |simulation: &Simulation| simulation.notes.iter().any(|note| note.contains("R-52"));
    assert!(by_chance(&merged) && !by_chance(&moved));
}

/// R-53: with Certificates in front of Secrets, cert-manager misses every Secret.
#[test]
fn r53_another_order_is_another_outcome() {
    let mut lab = lab();
    let issuances = |lab: &Lab| {
        let steps = vec![Step::InstallCrds {}, Step::StartCertManager {}, restore(RestoreSpec::default())];
        lab.steps(steps).fate("shop/web").issuances
    };
    assert_eq!(issuances(&lab), 0);
    lab.restore_order = Some(RestoreOrder::parse(lab.velero, "certificates").unwrap());
    assert_eq!(issuances(&lab), 1);
}

/// R-56: without its CRD a short name is a text that matches nothing.
#[test]
fn r56_short_names_before_the_crds() {
    let exclude = |name: &str| RestoreSpec { excluded_resources: vec![name.into()], ..RestoreSpec::default() };
    let mut lab = lab();
    lab.crd(Kind::Certificate);
    let run = |name: &str, crds: bool| {
        let mut steps = vec![Step::CreateNamespaces {}];
        steps.extend(crds.then_some(Step::InstallCrds {}));
        steps.push(restore(exclude(name)));
        lab.steps(steps)
    };
    let early = run("certificates", false);
    assert_eq!(early.world.count(Kind::Certificate), 1);
    assert_eq!((early.too_early.len(), early.too_early[0].kind), (1, Kind::Certificate));
    for simulation in [run("certificates", true), run("certificates.cert-manager.io", false)] {
        assert_eq!(simulation.world.count(Kind::Certificate), 0);
        assert!(simulation.too_early.is_empty());
    }
}

#[test]
fn etcd_brings_everything_as_it_was() {
    let mut lab = lab();
    lab.request("shop/web-3", "ca").owned_by(Kind::CertificateRequest, "shop/web-3", Kind::Certificate, "web");
    let simulation = lab.run("etcd");
    let certificate = simulation.world.certificate(&key("shop/web")).unwrap();
    assert_eq!((&*certificate.metadata.uid, certificate.status.revision), ("source-shop-web", Some(3)));
    assert_eq!(simulation.world.count(Kind::CertificateRequest), 1);
    assert_eq!(simulation.fate("shop/web").issuances, 0);
    assert!(simulation.phantom.is_empty());
}

/// Rules 6.1.7, seen with a real etcd snapshot: the Ingress was edited while cert-manager did not run.
#[test]
fn rules_6_4_the_shim_updates_what_is_its_own() {
    let mut lab = lab();
    let names = |simulation: &Simulation| {
        simulation.world.certificate(&key("shop/front-tls")).unwrap().spec.dns_names.iter().cloned().collect::<Vec<_>>()
    };
    lab.ingress("shop/front", "front-tls").certificate_with("shop/front-tls", json!({"dnsNames": ["old.example.com"]}));
    lab.secret("shop/front-tls").secret("shop/front-tls-tls");
    assert_eq!(names(&lab.run("etcd")), ["old.example.com".into()], "nobody owns it");
    lab.owned_by(Kind::Certificate, "shop/front-tls", Kind::Ingress, "front");
    let simulation = lab.run("etcd");
    assert_eq!(names(&simulation), ["example.com".into()]);
    let updated = "updated by the shim from Ingress shop/front";
    assert!(simulation.fate("shop/front-tls").story.iter().any(|step| step.text == updated));
}

#[test]
fn rules_7_1_git_holds_neither_secrets_nor_what_controllers_made() {
    let mut lab = lab();
    lab.ingress("shop/front", "front-tls").certificate("shop/front-tls");
    lab.owned_by(Kind::Certificate, "shop/front-tls", Kind::Ingress, "front");
    let simulation = lab.run("gitops");
    assert_eq!(simulation.fate("shop/web").first_trigger.as_ref().unwrap().reason, "DoesNotExist");
    let front = simulation.fate("shop/front-tls");
    assert!(front.made_by.is_some() && front.lost.is_none() && front.completed == 1);
    assert!(front.story.iter().any(|step| step.text.contains("a controller made it")));
}

/// Argo CD applies kinds that it does not know together, by name; Flux by group and kind.
#[test]
fn rules_7_1_order_of_the_tools() {
    let mut lab = Lab::new();
    lab.namespace("shop").self_signed("shop/a-ca").certificate("shop/z-web").ingress("shop/front", "front-tls");
    let order = |tool: GitOpsTool| {
        let selection = vec![Kind::Certificate, Kind::Issuer, Kind::Ingress, Kind::Namespace];
        let simulation = lab.steps(vec![Step::InstallCrds {}, Step::GitOps(GitOps { tool, selection })]);
        let mut objects: Vec<_> = simulation.world.iter().map(|o| (o.metadata().resource_version, o.kind())).collect();
        objects.sort_unstable();
        objects.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>()
    };
    assert_eq!(order(GitOpsTool::Argocd), [Kind::Namespace, Kind::Ingress, Kind::Issuer, Kind::Certificate]);
    assert_eq!(order(GitOpsTool::Flux), [Kind::Namespace, Kind::Certificate, Kind::Issuer, Kind::Ingress]);
}

/// B (reinstall): the jq dump keeps valid owners in the same cluster; with owner references Secrets go with Certificates.
#[test]
fn reinstall_in_the_same_cluster() {
    let mut plain = lab();
    plain.ingress("shop/front", "front-tls").secret("shop/front-tls");
    plain.certificate_with("shop/front-tls", json!({"secretName": "front-tls"}));
    plain.owned_by(Kind::Certificate, "shop/front-tls", Kind::Ingress, "front");
    let simulation = plain.run("reinstall");
    for name in ["shop/web", "shop/front-tls"] {
        let fate = simulation.fate(name);
        assert_eq!((fate.issuances, &fate.lost, &fate.orphaned_from), (0, &None, &None), "{name} {fate:#?}");
    }
    let front = simulation.world.certificate(&key("shop/front-tls")).unwrap();
    assert_eq!(&*front.metadata.controller().unwrap().uid, "source-shop-front");
    let mut owned = lab();
    owned.owned_by(Kind::Secret, "shop/web-tls", Kind::Certificate, "web");
    let fate = owned.run("reinstall").fate("shop/web").clone();
    assert_eq!((fate.issuances, fate.first_trigger.unwrap().reason), (1, "DoesNotExist"));
    assert!(fate.story.iter().any(|step| step.text.contains("garbage-collected with it")));
}

#[test]
fn delete_takes_what_is_selected_and_its_dependents() {
    let mut lab = lab();
    lab.ingress("shop/front", "front-tls").certificate("shop/front-tls");
    lab.owned_by(Kind::Certificate, "shop/front-tls", Kind::Ingress, "front");
    live(&mut lab);
    let run = |delete: Delete| lab.steps(vec![Step::Delete(delete)]);
    let ingresses = Delete { selection: vec![Kind::Ingress], ..Delete::default() };
    let simulation = run(ingresses.clone());
    assert!(simulation.fate("shop/front-tls").lost.as_ref().unwrap().contains("garbage-collected"));
    assert_eq!(simulation.fate("shop/web").lost, None);
    let orphaned = run(Delete { orphan: true, ..ingresses.clone() });
    assert_eq!(orphaned.fate("shop/front-tls").lost, None);
    let elsewhere = run(Delete { namespaces: vec!["bank".into()], ..ingresses });
    assert_eq!(elsewhere.world.count(Kind::Ingress), 1);
    let named = run(Delete { selection: vec![Kind::Certificate], names: vec!["web".into()], ..Delete::default() });
    assert!(named.fate("shop/web").lost.is_some() && named.fate("shop/front-tls").lost.is_none());
}

/// With a target that is not empty, an issuance that its status speaks of goes on when cert-manager starts.
#[test]
fn an_issuance_under_way_goes_on() {
    let mut lab = lab();
    if let Some(Object::Certificate(certificate)) = lab.source.get_mut(Kind::Certificate, &key("shop/web")) {
        let condition = serde_json::from_value(serde_json::json!({"type": "Issuing", "status": "True"})).unwrap();
        Arc::make_mut(certificate).status.conditions.push(condition);
    }
    let fate = lab.run("etcd").fate("shop/web").clone();
    assert!(fate.continued.is_some());
    assert_eq!((fate.issuances, fate.completed), (0, 1));
    // Rules 9.5: an un-owned request of the next number blocks it (A9).
    lab.request("shop/web-4", "ca");
    assert!(lab.run("etcd").fate("shop/web").blocked.is_some());
}

/// Each restore takes the backup that it names.
#[test]
fn restores_take_the_backup_that_they_name() {
    let mut lab = lab();
    lab.certificate("bank/app").self_signed("bank/ca").namespace("bank");
    let backup = |name: &str, namespace: &str| Step::VeleroBackup {
        name: name.into(),
        spec: serde_saphyr::from_str(&format!("{{includedNamespaces: [{namespace}]}}")).unwrap(),
    };
    let of = |name: &str| Step::VeleroRestore {
        name: "r".into(),
        spec: RestoreSpec { backup_name: name.into(), included_namespaces: vec!["*".into()], ..RestoreSpec::default() },
    };
    let simulation = lab.steps(vec![backup("a", "shop"), backup("b", "bank"), Step::InstallCrds {}, of("a")]);
    assert!(simulation.fate("shop/web").lost.is_none() && simulation.fate("bank/app").lost.is_some());
}

/// Design 2: what was not read of a target that holds something is not known to be missing.
#[test]
fn a_target_that_was_not_read_is_not_empty() {
    let mut lab = lab();
    let mut target = lab.source.clone();
    target.coverage.complete = false;
    target.coverage.kinds = [Kind::Certificate, Kind::Issuer].into();
    target.remove(Kind::Secret, &key("shop/web-tls"));
    lab.target = Some(target);
    let simulation = lab.steps(vec![Step::StartCertManager {}]);
    let fate = simulation.fate("shop/web");
    assert!(fate.unknown.is_some() && fate.issuances == 0, "{fate:#?}");
    assert!(!simulation.world.coverage.was_read(Kind::Secret));
}

/// A4: cert-manager sees the overwritten Secret when it starts.
#[test]
fn a4_secrets_overwritten_while_it_is_stopped() {
    let simulation = lab().steps(vec![
        Step::CreateNamespaces {},
        Step::InstallCrds {},
        Step::StartCertManager {},
        apply(&[Kind::Issuer, Kind::Certificate], TextFilter::Jq),
        Step::StopCertManager {},
        apply(&[Kind::Secret], TextFilter::Jq),
        Step::StartCertManager {},
    ]);
    assert_eq!(simulation.fate("shop/web").issuances, 2);
}

/// 5.3: the shim makes a deleted Certificate again, and its Secret stays in use.
#[test]
fn the_shim_makes_a_deleted_certificate_again() {
    let mut lab = lab();
    lab.ingress("shop/front", "front-tls").secret("shop/front-tls");
    lab.certificate_with("shop/front-tls", json!({"secretName": "front-tls"}));
    lab.owned_by(Kind::Certificate, "shop/front-tls", Kind::Ingress, "front");
    live(&mut lab);
    let delete = Delete { selection: vec![Kind::Certificate], names: vec!["front-tls".into()], ..Delete::default() };
    let simulation = lab.steps(vec![Step::StartCertManager {}, Step::Delete(delete)]);
    let fate = simulation.fate("shop/front-tls");
    assert!(fate.lost.is_none() && fate.made_by.is_some() && fate.issuances == 0, "{fate:#?}");
}

#[test]
fn deleting_a_crd_or_a_namespace_takes_what_is_in_it() {
    let mut lab = lab();
    lab.certificate("bank/app").namespace("bank").order("shop/o", "ca").crd(Kind::Gateway);
    live(&mut lab);
    let left = |selection: &[Kind], names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let delete = Delete { selection: selection.to_vec(), names, ..Delete::default() };
        let world = lab.steps(vec![Step::Delete(delete)]).world;
        (world.count(Kind::Certificate), world.count(Kind::Order), world.count(Kind::Crd))
    };
    assert_eq!(left(&[Kind::Crd], &[]), (0, 0, 1));
    assert_eq!(left(&[Kind::Crd], &["orders.acme.cert-manager.io"]), (2, 0, 1));
    assert_eq!(left(&[Kind::Crd], &["gateways.gateway.networking.k8s.io"]), (2, 1, 0));
    assert_eq!(left(&[Kind::Namespace], &["shop"]), (1, 0, 1));
}

/// R-37: neither a refusal nor a missing Secret is told differently because of the mapping.
#[test]
fn r37_a_mapped_certificate_has_one_fate() {
    let mut lab = lab();
    lab.source.remove(Kind::Secret, &key("shop/web-tls"));
    let mapped = || {
        let namespace_mapping = [("shop".to_owned(), "store".to_owned())].into();
        restore(RestoreSpec { namespace_mapping, ..RestoreSpec::default() })
    };
    let refused = lab.steps(vec![Step::InstallCrds {}, Step::StopWebhook {}, mapped()]);
    assert!(refused.fate("store/web").lost.is_some() && !refused.fates.contains_key(&key("shop/web")));
    lab.source.coverage.complete = false;
    lab.source.coverage.kinds = [Kind::Secret, Kind::Certificate, Kind::Issuer].into();
    lab.source.coverage.secret_namespaces = ["shop".into()].into();
    let missing = lab.steps(vec![Step::InstallCrds {}, mapped(), Step::StartCertManager {}]);
    let fate = missing.fate("store/web");
    assert_eq!(fate.first_trigger.as_ref().map(|trigger| trigger.reason), Some("DoesNotExist"), "{fate:#?}");
}

/// R-35: what came back with a status that says it is done with is not done again.
#[test]
fn settled_requests_are_no_phantoms() {
    let mut lab = lab();
    lab.request("shop/web-2", "ca");
    if let Some(Object::CertificateRequest(request)) = lab.source.get_mut(Kind::CertificateRequest, &key("shop/web-2"))
    {
        let ready = serde_json::from_value(json!({"type": "Ready", "status": "True"})).unwrap();
        Arc::make_mut(request).status.conditions.push(ready);
    }
    assert!(lab.run("etcd").phantom.is_empty());
    assert_eq!(lab.run("velero-everything").phantom.len(), 1);
}
