//! Rules 3, 6.5, 9.5: what a Velero restore makes of a world.

use std::sync::Arc;

use serde_json::json;

use super::lab::{Lab, NOW, key, reference};
use crate::object::{Certificate, Challenge, Kind, Object};
use crate::plan::velero::{RestoreOrder, VeleroRelease};
use crate::plan::{RestoreSpec, SourceFacts, Step, TargetFacts, preset};
use crate::release::{Version, find};
use crate::simulate::restore::{RestoreFilter, in_restore_order};
use crate::simulate::{PhantomAct, Setting, Simulation, simulate};
use crate::world::BrokenObject;

fn fitting() -> Lab {
    let mut lab = Lab::new();
    lab.certificate("shop/web").secret("shop/web-tls").self_signed("shop/ca");
    lab
}

#[test]
fn r50_r51_order_of_a_restore() {
    const ORDER: &[Kind] = &[
        Kind::Crd,
        Kind::Namespace,
        Kind::Secret,
        Kind::Pod,
        Kind::CertificateRequest,
        Kind::Certificate,
        Kind::SigningRequest,
        Kind::Challenge,
        Kind::ClusterIssuer,
        Kind::Deployment,
        Kind::Event,
        Kind::Gateway,
        Kind::Ingress,
        Kind::Issuer,
        Kind::ListenerSet,
        Kind::Order,
    ];
    let mut sorted = ORDER.to_vec();
    sorted.sort();
    let velero = VeleroRelease::default();
    let order = RestoreOrder::of(velero);
    sorted.sort_by_cached_key(|kind| order.rank(velero, *kind));
    assert_eq!(sorted, ORDER);
    let mut lab = fitting();
    lab.certificate("bank/app");
    let objects: Vec<_> = lab.source.iter().cloned().collect();
    let names: Vec<_> =
        in_restore_order(velero, &order, &objects).iter().map(|object| object.metadata().key().to_string()).collect();
    assert_eq!(names, ["shop/web-tls", "bank/app", "shop/web", "shop/ca"]);
}

#[test]
fn r31_r32_what_a_restore_never_takes_or_takes_only_whole() {
    let mut lab = fitting();
    lab.self_signed("root").namespace("shop");
    let whole = RestoreSpec { included_namespaces: vec!["*".into()], ..RestoreSpec::default() };
    let event = Object::Event(Arc::new(crate::object::Event {
        metadata: super::lab::metadata("shop/e"),
        ..Default::default()
    }));
    let reason = |spec: &RestoreSpec, object: &Object| {
        RestoreFilter::new(spec, |_| true).reason_to_skip(object.kind(), object.metadata())
    };
    assert!(reason(&whole, &event).unwrap().contains("never restores Events"));
    let skipped = |spec: &RestoreSpec| {
        let objects = lab.source.iter();
        objects.filter(|object| reason(spec, object).is_some()).map(Object::kind).collect::<Vec<_>>()
    };
    assert_eq!(skipped(&whole), []);
    let one = RestoreSpec { included_namespaces: vec!["shop".into()], ..RestoreSpec::default() };
    assert_eq!(skipped(&one), [Kind::ClusterIssuer]);
    let forced = RestoreSpec { include_cluster_resources: Some(true), ..one };
    assert_eq!(skipped(&forced), []);
    let never = RestoreSpec { include_cluster_resources: Some(false), ..whole };
    assert_eq!(skipped(&never), [Kind::ClusterIssuer]);
}

#[test]
fn r33_r34_metadata_and_status_are_reset() {
    let mut lab = fitting();
    lab.owned_by(Kind::Certificate, "shop/web", Kind::Ingress, "front");
    lab.source.get_mut(Kind::Certificate, &key("shop/web")).unwrap().metadata_mut().finalizers.push("keep".into());
    let simulation = lab.run("velero-documented");
    let restored = simulation.world.certificate(&key("shop/web")).unwrap();
    let metadata = &restored.metadata;
    assert!(metadata.owner_references.is_empty());
    assert_ne!(&*metadata.uid, "source-shop-web");
    assert_eq!(metadata.uid.len(), 36);
    assert_eq!((metadata.generation, metadata.creation_timestamp), (1, Some(NOW)));
    assert_eq!(restored.status.revision, None);
    assert_eq!(metadata.labels.get("velero.io/backup-name"), Some("full-backup"));
    assert_eq!(metadata.labels.get("velero.io/restore-name"), Some("full-backup-restore"));
    assert_eq!(*metadata.finalizers[0], *"keep");
    assert_eq!(simulation.world.of_kind(Kind::Namespace).count(), 2);
    assert!(simulation.world.coverage.was_read(Kind::Secret) && simulation.world.coverage.secrets_were_read("shop"));
}

#[test]
fn a_fitting_secret_is_left_alone_and_the_story_says_why() {
    let simulation = fitting().run("velero-documented");
    let fate = simulation.fate("shop/web");
    assert_eq!((fate.issuances, &fate.lost, &fate.blocked), (0, &None, &None));
    let texts: Vec<_> = fate.story.iter().map(|step| step.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Secret web-tls created",
            "Certificate created without owner, without status",
            "cert-manager leaves it alone: it fits"
        ]
    );
    assert!(fate.story.windows(2).all(|pair| pair[0].event < pair[1].event));
    assert_eq!(fate.story[0].step, simulation.step_named("veleroRestore").index);
}

#[test]
fn r36_an_api_version_that_is_no_longer_served_is_refused() {
    for version in ["cert-manager.io/v1alpha2", "certmanager.k8s.io/v1alpha1"] {
        let mut lab = Lab::new();
        let certificate = Certificate {
            api_version: version.into(),
            metadata: super::lab::metadata("shop/old"),
            ..Certificate::default()
        };
        lab.put(Object::Certificate(Arc::new(certificate)));
        let simulation = lab.run("velero-documented");
        let refused = &simulation.step_named("veleroRestore").refused;
        assert_eq!((refused.len(), refused[0].status), (1, Some(404)));
        assert!(simulation.fate("shop/old").lost.as_ref().unwrap().starts_with("refused: "));
    }
}

#[test]
fn rules_6_5_a_restored_certificate_no_longer_follows_its_ingress() {
    let mut lab = fitting();
    lab.ingress("shop/front", "web-tls").certificate("shop/web-tls");
    lab.source.remove(Kind::Certificate, &key("shop/web"));
    lab.owned_by(Kind::Certificate, "shop/web-tls", Kind::Ingress, "front");
    let simulation = lab.run("velero-documented");
    let fate = simulation.fate("shop/web-tls");
    assert_eq!(fate.orphaned_from, Some(reference(Kind::Ingress, "shop/front")));
    assert_eq!(fate.made_by, None);
    assert!(fate.story.iter().any(|step| step.text.contains("leaves it alone for ever")));
}

#[test]
fn rules_6_1_the_shim_makes_what_the_backup_lacks() {
    let mut lab = fitting();
    lab.ingress("shop/front", "web-tls");
    let simulation = lab.run("velero-documented");
    let fate = simulation.fate("shop/web-tls");
    assert_eq!(fate.made_by, Some(reference(Kind::Ingress, "shop/front")));
    assert_eq!((fate.issuances, &fate.lost, &fate.orphaned_from), (0, &None, &None));
    let made = simulation.world.certificate(&key("shop/web-tls")).unwrap();
    let ingress = simulation.world.ingress(&key("shop/front")).unwrap();
    assert!(made.metadata.is_controlled_by(&ingress.metadata.uid));
    assert_eq!(made.spec.dns_names, ["example.com".into()]);
    assert_eq!(made.spec.ip_addresses, ["10.0.0.1".into()]);
    assert_eq!(made.metadata.labels.get("velero.io/backup-name"), Some("full-backup"));
}

/// B7: what the shim makes carries Velero's labels, which it copies from its owner; only the owner tells who made it.
#[test]
fn b7_the_shim_copies_the_labels_of_the_restore() {
    let mut lab = fitting();
    lab.ingress("shop/front", "front-tls")
        .certificate("shop/front-tls")
        .secret("shop/front-tls-tls")
        .secret("shop/front-tls");
    lab.owned_by(Kind::Certificate, "shop/front-tls", Kind::Ingress, "front");
    let simulation = lab.run("velero-two-step");
    assert!(simulation.fate("shop/front-tls").made_by.is_some());
    let certificate = simulation.world.certificate(&key("shop/front-tls")).unwrap();
    assert!(certificate.metadata.controller().is_some());
    for label in ["velero.io/backup-name", "velero.io/restore-name"] {
        assert!(certificate.metadata.labels.get(label).is_some(), "{label}");
    }
}

/// B: two steps help only if the shim runs between them.
#[test]
fn two_steps_with_cert_manager_stopped_are_as_one() {
    let mut lab = fitting();
    lab.ingress("shop/front", "front-tls").secret("shop/front-tls");
    lab.certificate_with("shop/front-tls", json!({"secretName": "front-tls"}));
    lab.owned_by(Kind::Certificate, "shop/front-tls", Kind::Ingress, "front");
    let restore = |excluded: &[&str]| {
        let spec = RestoreSpec {
            backup_name: "b".into(),
            included_namespaces: vec!["*".into()],
            excluded_resources: excluded.iter().map(|name| (*name).to_owned()).collect(),
            ..RestoreSpec::default()
        };
        Step::VeleroRestore { name: "r".into(), spec }
    };
    let first = || restore(&["certificates.cert-manager.io"]);
    let start = || Step::StartCertManager {};
    let rows = [
        (vec![Step::InstallCrds {}, start(), first(), restore(&[])], false),
        (vec![Step::InstallCrds {}, first(), start(), restore(&[])], false),
        (vec![Step::InstallCrds {}, first(), restore(&[]), start()], true),
        (vec![Step::InstallCrds {}, start(), restore(&[])], true),
    ];
    for (steps, orphaned) in rows {
        let simulation = lab.steps(steps.clone());
        let fate = simulation.fate("shop/front-tls");
        assert_eq!((fate.orphaned_from.is_some(), fate.issuances), (orphaned, 0), "{steps:?}");
    }
}

/// R-42: an error makes it PartiallyFailed; what is there already is a warning.
#[test]
fn r42_the_phase_of_a_restore() {
    let mut lab = fitting();
    let restore = |name: &str| {
        let spec =
            RestoreSpec { backup_name: "b".into(), included_namespaces: vec!["*".into()], ..RestoreSpec::default() };
        Step::VeleroRestore { name: name.into(), spec }
    };
    let texts = |simulation: &Simulation| {
        let restores = simulation.steps.iter().filter(|step| step.action == "veleroRestore");
        restores.map(|step| step.text.contains("Velero ends it as PartiallyFailed")).collect::<Vec<_>>()
    };
    let twice = || vec![Step::InstallCrds {}, restore("first"), restore("second")];
    assert_eq!(texts(&lab.steps(twice())), [false, false]);
    assert_eq!(texts(&lab.steps(twice()[1..].to_vec())), [true, true], "no CRDs");
    lab.certificate_with("shop/nobody", json!({"secretName": ""}));
    let refused = [Step::InstallCrds {}, Step::StartWebhook {}, restore("first")];
    assert_eq!(texts(&lab.steps(refused.to_vec())), [true], "the webhook refuses one");
}

/// R-36: a server with EnableAPIGroupVersions saved more versions than one, and may restore another than the preferred one.
#[test]
fn r36_a_backup_of_several_versions_is_an_assumption() {
    let mut lab = fitting();
    let told =
        |lab: &Lab, preset: &str| lab.run(preset).notes.iter().any(|note| note.contains("EnableAPIGroupVersions"));
    assert!(!told(&lab, "velero-documented"));
    lab.source.coverage.other_versions.insert("certificates.cert-manager.io/v1alpha2".to_owned());
    assert!(told(&lab, "velero-documented"));
    assert!(!told(&lab, "kubectl-config"));
}

/// R-41: a token that a Vault issuer names is not restored like other Secrets.
#[test]
fn r41_the_token_of_a_vault_issuer_is_an_assumption() {
    let told = |auth: serde_json::Value, preset: &str| {
        let mut lab = fitting();
        lab.issuer("shop/vault", json!({"vault": {"path": "pki", "server": "https://vault", "auth": auth}}));
        lab.run(preset).notes.iter().any(|note| note.contains("R-41"))
    };
    let token = json!({"kubernetes": {"role": "r", "secretRef": {"name": "vault-token"}}});
    assert!(told(token.clone(), "velero-documented"));
    assert!(!told(token, "kubectl-config"));
    assert!(!told(json!({"kubernetes": {"role": "r", "serviceAccountRef": {"name": "vault"}}}), "velero-documented"));
    assert!(!told(json!({"tokenSecretRef": {"name": "vault-token"}}), "velero-documented"));
}

#[test]
fn rules_7_4_phantom_requests_and_orders() {
    let mut lab = Lab::new();
    lab.issuer("shop/ca", json!({"ca": {"secretName": "ca-pair"}})).secret("shop/ca-pair");
    lab.self_signed("shop/self").issuer("shop/acme", json!({"acme": {"privateKeySecretRef": {"name": "account"}}}));
    lab.request("shop/a-1", "ca").request("shop/b-1", "self").request("shop/c-1", "acme").request("shop/d-1", "gone");
    lab.request("shop/e-1", "acme").order("shop/e-1-12345", "acme").order("shop/f-1-9", "gone");
    lab.request("shop/g-1", "self").secret("shop/g-key");
    lab.annotate(Kind::CertificateRequest, "shop/g-1", "cert-manager.io/private-key-secret-name", "g-key");
    let json = json!({"spec": {"issuerRef": {"name": "acme"}}});
    let challenge: Challenge = serde_json::from_value(json).unwrap();
    lab.put(Object::Challenge(Arc::new(Challenge { metadata: super::lab::metadata("shop/h"), ..challenge })));
    let simulation = lab.run("velero-everything");
    const ACTS: &[(Kind, &str, PhantomAct)] = &[
        (Kind::CertificateRequest, "shop/a-1", PhantomAct::AsksAgain),
        (Kind::CertificateRequest, "shop/b-1", PhantomAct::Waits),
        (Kind::CertificateRequest, "shop/c-1", PhantomAct::AsksAgain),
        (Kind::CertificateRequest, "shop/d-1", PhantomAct::Waits),
        (Kind::CertificateRequest, "shop/e-1", PhantomAct::Waits),
        (Kind::CertificateRequest, "shop/g-1", PhantomAct::AsksAgain),
        (Kind::Order, "shop/e-1-12345", PhantomAct::AsksAgain),
        (Kind::Order, "shop/f-1-9", PhantomAct::Waits),
        (Kind::Challenge, "shop/h", PhantomAct::Scheduled),
    ];
    let found: Vec<_> = simulation.phantom.iter().map(|p| (p.object.clone(), p.act)).collect();
    let expected: Vec<_> = ACTS.iter().map(|(kind, name, act)| (reference(*kind, name), *act)).collect();
    assert_eq!(found, expected);
    assert_eq!(simulation.phantom_requests(), 4);
    assert!(lab.run("velero-documented").phantom.is_empty());
}

#[test]
fn a_finished_backup_skips_the_backup_step_and_says_what_it_would_have_left_out() {
    let mut lab = fitting();
    lab.request("shop/web-3", "ca");
    lab.finished = true;
    let simulation = lab.run("velero-documented");
    let step = simulation.step_named("veleroBackup");
    assert!(step.text.contains("1 CertificateRequest"), "{}", step.text);
    assert_eq!(step.skipped, 0);
    assert!(simulation.notes.iter().any(|note| note.contains("1 CertificateRequest")));
    assert!(simulation.world.request(&key("shop/web-3")).is_some());
    let restored = simulation.world.certificate(&key("shop/web")).unwrap();
    assert_eq!(restored.metadata.labels.get("velero.io/backup-name"), Some("nightly"));
    assert_eq!(simulation.fate("shop/web").blocked_at.as_ref().unwrap().revision, 3);
}

#[test]
fn what_was_not_read_makes_unknown_not_missing() {
    let mut lab = Lab::new();
    lab.certificate("shop/web").self_signed("shop/ca");
    lab.source.coverage.complete = false;
    lab.source.coverage.kinds.extend([Kind::Certificate, Kind::Issuer]);
    assert!(lab.run("velero-documented").fate("shop/web").unknown.is_some());
    assert_eq!(lab.run("kubectl-config").fate("shop/web").unknown, None);
    assert_eq!(lab.run("kubectl-config").fate("shop/web").issuances, 1);
    lab.source.coverage.secret_namespaces.insert("shop".into());
    let simulation = lab.run("velero-documented");
    assert_eq!((&simulation.fate("shop/web").unknown, simulation.fate("shop/web").issuances), (&None, 1));
}

#[test]
fn what_could_not_be_read_is_carried_along() {
    let mut lab = fitting();
    let broken = || BrokenObject { error: "no base64".into(), location: "x".into() };
    lab.source.insert_broken(Kind::Secret, key("shop/web-tls"), broken());
    lab.source.insert_broken(Kind::Certificate, key("shop/odd"), broken());
    let simulation = lab.run("velero-documented");
    assert!(simulation.fate("shop/web").unknown.as_ref().unwrap().contains("Secret shop/web-tls"));
    let odd = simulation.fate("shop/odd");
    assert_eq!((odd.unknown.is_some(), &odd.lost), (true, &None));
}

#[test]
fn assumptions_are_named_only_where_they_matter() {
    let mut lab = fitting();
    let has = |notes: &[String], start: &str| notes.iter().any(|note| note.starts_with(start));
    let notes = lab.run("velero-documented").notes;
    assert!(has(&notes, "Velero restores the namespaces") && !has(&notes, "External issuers"));
    assert!(!has(&lab.run("kubectl-config").notes, "Velero"));
    let plan = preset("velero-documented").unwrap().plan(SourceFacts::default(), TargetFacts::new_cluster("v1.11.5"));
    lab.release = find(Version::parse("v1.11.5").unwrap()).unwrap().release;
    for (source, told) in [("v1.21.1", true), ("v1.11.5", false), ("v1.8.0", false)] {
        let setting = Setting { source_version: Some(Version::parse(source).unwrap()), ..lab.setting() };
        let notes = simulate(&lab.source, &plan, &setting).notes;
        assert_eq!(has(&notes, "The target's cert-manager is older"), told, "{source}");
    }
}

#[test]
fn r55_unknown_kinds_are_passed_over_or_refused() {
    let mut lab = fitting();
    let steps = || {
        let spec =
            RestoreSpec { backup_name: "b".into(), included_namespaces: vec!["*".into()], ..RestoreSpec::default() };
        vec![crate::plan::Step::VeleroRestore { name: "r".into(), spec }]
    };
    let refused = lab.steps(steps());
    assert_eq!(refused.step_named("veleroRestore").refused[0].status, Some(404));
    lab.velero = VeleroRelease::parse("v1.13.2").unwrap();
    let silent = lab.steps(steps());
    assert!(silent.step_named("veleroRestore").refused.is_empty());
    assert!(silent.fate("shop/web").lost.as_ref().unwrap().contains("without a word"));
    // CRDs of the backup come first, and are known by then (R-54).
    lab.crd(Kind::Certificate);
    assert_eq!(lab.steps(steps()).fate("shop/web").lost, None);
}
