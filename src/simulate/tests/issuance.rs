//! Rules 4 and 9: whether an issuance completes, and which later one will not.

use std::sync::Arc;

use serde_json::{Value, json};

use super::lab::{Lab, VIOLATES, key, reference};
use crate::object::secret::FAO_LABEL;
use crate::object::{Kind, NamespacedName, Object};
use crate::obstacle::{ObstacleReason, Surroundings};
use crate::pki::{CertificateMaterial, KeyMaterial};
use crate::plan::{BackupSpec, KubectlApply, RestoreSpec, SourceFacts, Step, TargetFacts, preset};
use crate::simulate::{Fate, simulate};

/// A Certificate whose Secret is due, in a world with one issuer, restored with everything.
fn due(issuer: Value) -> Lab {
    let mut lab = Lab::new();
    lab.issuer("shop/ca", issuer).certificate("shop/web").secret("shop/web-tls");
    lab.annotate(Kind::Secret, "shop/web-tls", VIOLATES, "CurrentCertificateNearingExpiry");
    lab
}

fn reason(fate: &Fate) -> Option<ObstacleReason> {
    fate.blocked.as_ref().map(|obstacle| obstacle.reason)
}

#[test]
fn rules_9_what_issuers_need() {
    let rows: &[(&str, Value, Option<&str>)] = &[
        ("self-signed", json!({"selfSigned": {}}), None),
        ("ca without pair", json!({"ca": {"secretName": "pair"}}), Some("shop/pair")),
        ("ca with pair", json!({"ca": {"secretName": "web-tls"}}), None),
        ("account key is made anew", json!({"acme": {"privateKeySecretRef": {"name": "account"}}}), None),
        (
            "account key must be there",
            json!({"acme": {"disableAccountKeyGeneration": true, "privateKeySecretRef": {"name": "account"}}}),
            Some("shop/account"),
        ),
        (
            "eab",
            json!({"acme": {"externalAccountBinding": {"keySecretRef": {"name": "eab", "key": "k"}}}}),
            Some("shop/eab"),
        ),
        (
            "the only solver",
            json!({"acme": {"solvers": [{"dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "cf", "key": "t"}}}}]}}),
            Some("shop/cf"),
        ),
        (
            "one solver of two",
            json!({"acme": {"solvers": [{"http01": {}}, {"dns01": {"rfc2136": {"tsigSecretSecretRef": {"name": "x"}}}}]}}),
            None,
        ),
        (
            "webhook solvers are opaque",
            json!({"acme": {"solvers": [{"dns01": {"webhook": {"apiSecretRef": {"name": "x"}}}}]}}),
            None,
        ),
        ("vault token", json!({"vault": {"auth": {"tokenSecretRef": {"name": "v"}}}}), Some("shop/v")),
        ("vault token there", json!({"vault": {"auth": {"tokenSecretRef": {"name": "web-tls"}}}}), None),
        ("venafi", json!({"venafi": {"tpp": {"credentialsRef": {"name": "tpp"}}}}), Some("shop/tpp")),
        (
            "a key is missing",
            json!({"venafi": {"cloud": {"apiTokenSecretRef": {"name": "web-tls"}}}}),
            Some("shop/web-tls"),
        ),
    ];
    for (name, issuer, missing) in rows {
        let simulation = due(issuer.clone()).run("velero-documented");
        let fate = simulation.fate("shop/web");
        assert_eq!(fate.issuances, 1, "{name}");
        let object = fate.blocked.as_ref().and_then(|obstacle| obstacle.object.clone());
        assert_eq!(object, missing.map(|missing| reference(Kind::Secret, missing)), "{name}");
        assert_eq!(fate.completed, u32::from(missing.is_none()), "{name}");
    }
}

#[test]
fn a_missing_or_unusable_issuer_blocks() {
    let mut lab = due(json!({"selfSigned": {}}));
    lab.source.remove(Kind::Issuer, &key("shop/ca"));
    assert_eq!(reason(lab.run("velero-documented").fate("shop/web")), Some(ObstacleReason::IssuerMissing));
    assert_eq!(reason(due(json!({})).run("velero-documented").fate("shop/web")), Some(ObstacleReason::IssuerUnusable));
    // Issuers were not read at all: it may be there.
    lab.source.coverage.complete = false;
    lab.source.coverage.secret_namespaces.insert("shop".into());
    assert_eq!(lab.run("velero-documented").fate("shop/web").completed, 1);
}

#[test]
fn external_issuers_are_waited_for_where_they_come_along() {
    let mut lab = Lab::new();
    lab.certificate_with(
        "shop/web",
        json!({"issuerRef": {"name": "x", "kind": "AWSPCAIssuer", "group": "awspca.cert-manager.io"}}),
    );
    let simulation = lab.run("velero-documented");
    let fate = simulation.fate("shop/web");
    assert_eq!((fate.pending.as_ref().unwrap().reason, &fate.blocked), (ObstacleReason::ExternalIssuer, &None));
    assert!(simulation.notes.iter().any(|note| note.starts_with("External issuers")));
    assert_eq!(reason(lab.run("kubectl-config").fate("shop/web")), Some(ObstacleReason::ExternalIssuer));
    // Ingresses in the dump do not bring it, seen with real kubectl; in its own cluster it is there.
    assert_eq!(reason(lab.run("kubectl-issuers").fate("shop/web")), None, "the Certificate is lost");
    let everything = BackupSpec { included_namespaces: vec!["*".into()], ..BackupSpec::default() };
    let backup = Step::VeleroBackup { name: "b".into(), spec: everything };
    let of = |namespace: &str| {
        let spec = RestoreSpec {
            backup_name: "b".into(),
            included_namespaces: vec![namespace.into()],
            ..RestoreSpec::default()
        };
        vec![backup.clone(), Step::VeleroRestore { name: "r".into(), spec }]
    };
    let target = [Step::CreateNamespaces {}, Step::InstallCrds {}, Step::StartWebhook {}, Step::StartCertManager {}];
    lab.namespace("shop");
    let restored = |namespace| lab.steps(target.iter().cloned().chain(of(namespace)).collect());
    assert!(restored("*").fate("shop/web").pending.is_some());
    assert_eq!(reason(restored("shop").fate("shop/web")), Some(ObstacleReason::ExternalIssuer));
    let apply = KubectlApply { selection: vec![Kind::Ingress, Kind::Certificate], ..KubectlApply::default() };
    let steps = target.into_iter().chain([Step::KubectlApply(apply)]).collect();
    assert_eq!(reason(lab.steps(steps).fate("shop/web")), Some(ObstacleReason::ExternalIssuer));
    assert!(lab.run("reinstall").fate("shop/web").pending.is_some());
}

#[test]
fn a_chain_of_authorities_is_issued_from_the_root() {
    let mut lab = Lab::new();
    let ca = |name: &str| json!({"ca": {"secretName": format!("{name}-tls")}});
    let by = |name: &str| json!({"issuerRef": {"name": name}});
    // Alphabetically the leaf comes first and the root last.
    lab.self_signed("shop/self").issuer("shop/b-issuer", ca("b")).issuer("shop/c-issuer", ca("c"));
    lab.certificate_with("shop/a", by("b-issuer"))
        .certificate_with("shop/b", by("c-issuer"))
        .certificate_with("shop/c", by("self"));
    let simulation = lab.run("kubectl-config");
    assert!(simulation.fates.values().all(|fate| (fate.issuances, fate.completed) == (1, 1)));
    let issued = |name: &str| simulation.fate(name).story.last().unwrap().event;
    assert!(issued("shop/c") < issued("shop/b") && issued("shop/b") < issued("shop/a"));
    assert!(simulation.world.issuers().all(|issuer| issuer.is_ready()));
}

#[test]
fn a_very_long_chain_does_not_exhaust_the_stack() {
    let mut lab = Lab::new();
    lab.self_signed("shop/i00000");
    for n in 0..3000 {
        lab.certificate_with(&format!("shop/c{n:05}"), json!({"issuerRef": {"name": format!("i{n:05}")}}));
        lab.issuer(&format!("shop/i{:05}", n + 1), json!({"ca": {"secretName": format!("c{n:05}-tls")}}));
    }
    assert!(lab.run("velero-everything").fates.values().all(|fate| fate.completed == 1));
}

#[test]
fn rules_4_1_a_key_that_does_not_fit_and_may_not_be_replaced() {
    const ROWS: &[(&str, &str, bool)] = &[
        ("v1.17.4", "", true),
        ("v1.17.4", "Always", false),
        ("v1.17.4", "Never", true),
        ("v1.18.2", "", false),
        ("v1.21.2", "", false),
        ("v1.21.2", "Never", true),
    ];
    for (release, policy, refused) in ROWS {
        let mut lab = Lab::on(release);
        lab.self_signed("shop/ca").secret("shop/web-tls");
        lab.certificate_with("shop/web", json!({"privateKey": {"rotationPolicy": policy}}));
        lab.annotate(Kind::Secret, "shop/web-tls", VIOLATES, "SecretPrivateKeyMismatchesSpec");
        let expected = refused.then_some(ObstacleReason::CannotRegenerateKey);
        assert_eq!(reason(lab.run("velero-documented").fate("shop/web")), expected, "{release} {policy}");
    }
}

#[test]
fn rules_4_3_a_keystore_password_must_be_there() {
    let keystore = |extra: Value| {
        let mut pkcs12 = json!({"create": true, "passwordSecretRef": {"name": "pw", "key": "password"}});
        for (name, value) in extra.as_object().unwrap() {
            pkcs12[name] = value.clone();
        }
        json!({"keystores": {"pkcs12": pkcs12}})
    };
    let rows = [
        (keystore(json!({})), true, false),
        (keystore(json!({})), false, true),
        (keystore(json!({"create": false})), false, false),
        (keystore(json!({"password": "x"})), false, false),
        (keystore(json!({"passwordSecretRef": {"name": "pw", "key": "other"}})), true, true),
    ];
    for (spec, there, blocked) in rows {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").certificate_with("shop/web", spec.clone());
        if there {
            lab.secret("shop/pw");
        }
        let expected = blocked.then_some(ObstacleReason::KeystorePasswordMissing);
        assert_eq!(reason(lab.run("velero-documented").fate("shop/web")), expected, "{spec}");
    }
}

/// Rules 3.3: what the filtered cache does not hold is missing for whatever it is needed (seen with real Velero).
#[test]
fn rules_3_3_a_hidden_password_is_missing() {
    let password =
        json!({"keystores": {"pkcs12": {"create": true, "passwordSecretRef": {"name": "pw", "key": "password"}}}});
    for (value, blocked) in [("false", true), ("true", false)] {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").certificate_with("shop/web", password.clone()).secret("shop/pw");
        lab.label(Kind::Secret, "shop/pw", FAO_LABEL, value);
        let expected = blocked.then_some(ObstacleReason::KeystorePasswordMissing);
        assert_eq!(reason(lab.run("velero-documented").fate("shop/web")), expected);
    }
}

/// Rules 3.3, 4.1: a key that the filtered cache does not hold is neither kept nor in the way.
#[test]
fn rules_3_3_a_hidden_key_is_neither_kept_nor_in_the_way() {
    let refused = &[ObstacleReason::CannotRegenerateKey];
    // No key of 1024 bits is made.
    let rows: [(u32, &str, &[ObstacleReason]); 4] = [
        (2048, "true", refused),
        (2048, "false", &[]),
        (1024, "true", refused),
        (1024, "false", &[ObstacleReason::UnmakableKey]),
    ];
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for (size, value, expected) in rows {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").secret("shop/web-tls").label(Kind::Secret, "shop/web-tls", FAO_LABEL, value);
        lab.certificate_with("shop/web", json!({"privateKey": {"rotationPolicy": "Never", "size": size}}));
        if let Some(Object::Secret(secret)) = lab.source.get_mut(Kind::Secret, &key("shop/web-tls")) {
            let none = CertificateMaterial::read(b"");
            Arc::make_mut(secret).key = Some(KeyMaterial::read(pem.as_bytes(), &none));
        }
        let (world, release, flags) = (&lab.source, &lab.release, &lab.flags);
        let around = Surroundings { world, release, flags, may_be_unread: &|_| false };
        let found = around.obstacles(world.certificate(&key("shop/web")).unwrap(), 1);
        assert_eq!(found.iter().map(|each| each.reason).collect::<Vec<_>>(), expected, "{size} {value}");
    }
}

#[test]
fn rules_9_5_a9_an_orphan_request_blocks_at_once() {
    const ROWS: &[(&str, &str, bool)] = &[
        ("v1.21.2", "shop/web-1", true),
        ("v1.13.0", "shop/web-1", true),
        ("v1.12.3", "shop/web-1", false),
        ("v1.21.2", "shop/web-2", false),
        ("v1.21.2", "shop/web-x7k2p", false),
        ("v1.21.2", "bank/web-1", false),
    ];
    for (release, request, blocked) in ROWS {
        let mut lab = Lab::on(release);
        lab.self_signed("shop/ca").certificate("shop/web").request(request, "ca");
        let simulation = lab.run("velero-everything");
        let expected = blocked.then_some(ObstacleReason::RequestNameTaken);
        assert_eq!(reason(simulation.fate("shop/web")), expected, "{release} {request}");
        assert_eq!(lab.run("velero-documented").fate("shop/web").completed, 1);
        assert_eq!(simulation.fate("shop/web").issuances, 1);
    }
    let mut gated = Lab::new();
    gated.self_signed("shop/ca").certificate("shop/web").request("shop/web-1", "ca");
    gated.flags.feature_gates.insert("StableCertificateRequestName".into(), false);
    assert_eq!(gated.run("velero-everything").fate("shop/web").completed, 1);
}

#[test]
fn rules_9_5_4_an_orphan_request_blocks_a_later_renewal() {
    // (orphans, issued during the restore, first blocked revision, renewals until then)
    const ROWS: &[(&[u64], bool, u64, u64)] =
        &[(&[1], false, 1, 1), (&[4], false, 4, 4), (&[4, 2], false, 2, 2), (&[3], true, 3, 2)];
    for (orphans, due, revision, renewals) in ROWS {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").certificate_with("shop/web", json!({"duration": "720h", "renewBefore": "240h"}));
        lab.secret("shop/web-tls");
        if *due {
            lab.annotate(Kind::Secret, "shop/web-tls", VIOLATES, "CurrentCertificateNearingExpiry");
        }
        for orphan in *orphans {
            lab.request(&format!("shop/web-{orphan}"), "ca");
        }
        let simulation = lab.run("velero-everything");
        let block = simulation.fate("shop/web").blocked_at.clone().unwrap();
        assert_eq!((block.revision, block.renewals), (*revision, *renewals));
        assert_eq!(block.request, NamespacedName::new("shop", format!("web-{revision}")));
    }
}

#[test]
fn a7_certificates_that_share_a_secret() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate_with("shop/a", json!({"secretName": "one"}));
    lab.certificate_with("shop/b", json!({"secretName": "one"}));
    let simulation = lab.run("velero-documented");
    assert_eq!(simulation.fate("shop/a").completed, 1);
    // Judged by the policies themselves: only the owner is triggered (rules 3.4), the other gets its certificate.
    let plan = preset("velero-documented").unwrap().plan(SourceFacts::default(), TargetFacts::new_cluster("v1.21.2"));
    let simulation = simulate(&lab.source, &plan, &lab.setting());
    let (a, b) = (simulation.fate("shop/a"), simulation.fate("shop/b"));
    assert_eq!((a.issuances, a.completed, b.issuances), (1, 1, 0));
    assert_eq!(a.first_trigger.as_ref().unwrap().message, "Issuing certificate as Secret does not exist");
}

#[test]
fn a7_a_shared_secret_is_replaced_for_the_others() {
    let mut lab = Lab::on("v1.12.3");
    lab.certificate_with("shop/a", json!({"secretName": "one"}))
        .certificate_with("shop/b", json!({"secretName": "one"}));
    // The issuer comes after both Certificates, and the first of them writes the Secret.
    lab.self_signed("shop/ca");
    let simulation = lab.run("velero-documented");
    assert_eq!(simulation.fate("shop/b").secret_replaced_by, Some(key("shop/a")));
    assert_eq!(simulation.fate("shop/a").secret_replaced_by, Some(key("shop/b")));
    assert!(simulation.notes.iter().any(|note| note.contains("overwrite each other endlessly")));
}

#[test]
fn a7_a_later_certificate_finds_what_was_issued_for_another() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate_with("shop/a", json!({"secretName": "one"}));
    lab.certificate_with("shop/b", json!({"secretName": "one"}));
    // The issuer is there before both: the Secret is written before the second Certificate comes.
    let plan = preset("kubectl-config-jq").unwrap().plan(SourceFacts::default(), TargetFacts::new_cluster("v1.21.2"));
    let simulation = simulate(&lab.source, &plan, &lab.setting());
    assert_eq!(simulation.fate("shop/b").issuances, 0);
    assert_eq!(simulation.fate("shop/b").secret_replaced_by, Some(key("shop/a")));
}

#[test]
fn cert_manager_started_late_looks_at_everything() {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca").certificate("shop/web").secret("shop/ok-tls").certificate("shop/ok");
    let restore = preset("velero-documented").unwrap();
    let mut steps = restore.plan(SourceFacts::default(), TargetFacts::new_cluster("v1.21.2")).steps;
    steps.retain(|step| *step != Step::StartCertManager {});
    let stopped = lab.steps(steps.clone());
    assert_eq!(stopped.fate("shop/web").issuances, 0);
    assert!(stopped.world.issuers().all(|issuer| !issuer.is_ready()));
    steps.push(Step::StartCertManager {});
    let simulation = lab.steps(steps);
    assert_eq!((simulation.fate("shop/web").completed, simulation.fate("shop/ok").issuances), (1, 0));
}
