//! Rules 5.1, 5.2, R-63: what the API server and the webhook of the target do.

use serde_json::{Value, json};

use super::lab::{Lab, key};
use crate::object::Kind;
use crate::plan::Step;

fn lab(release: &str, spec: &Value) -> Lab {
    let mut lab = Lab::on(release);
    lab.self_signed("shop/ca").certificate_with("shop/web", spec.clone());
    lab
}

#[test]
fn rules_5_2_refusals() {
    let rows: &[(&str, Value, Option<u16>, &str)] = &[
        ("v1.21.2", json!({}), None, ""),
        ("v1.21.2", json!({"privateKey": {"algorithm": "DSA"}}), Some(422), "spec.privateKey.algorithm"),
        ("v1.21.2", json!({"privateKey": {"rotationPolicy": "Often"}}), Some(422), "spec.privateKey.rotationPolicy"),
        ("v1.21.2", json!({"secretName": ""}), Some(422), "spec.secretName"),
        ("v1.21.2", json!({"issuerRef": {"name": ""}}), Some(403), "spec.issuerRef.name"),
        ("v1.21.2", json!({"issuerRef": {"name": "x", "kind": "Odd"}}), Some(403), "spec.issuerRef.kind"),
        ("v1.21.2", json!({"issuerRef": {"name": "x", "kind": "Odd", "group": "example.com"}}), None, ""),
        ("v1.21.2", json!({"dnsNames": []}), Some(403), "at least one of commonName"),
        ("v1.21.2", json!({"commonName": "a".repeat(65)}), Some(403), "spec.commonName"),
        ("v1.21.2", json!({"privateKey": {"size": 1024}}), Some(403), "spec.privateKey.size"),
        ("v1.21.2", json!({"privateKey": {"size": 8192}}), None, ""),
        ("v1.21.2", json!({"privateKey": {"algorithm": "ECDSA", "size": 224}}), Some(403), "spec.privateKey.size"),
        ("v1.21.2", json!({"privateKey": {"algorithm": "Ed25519", "size": 1}}), None, ""),
        ("v1.21.2", json!({"duration": "59m"}), Some(403), "spec.duration"),
        ("v1.21.2", json!({"duration": "1h", "renewBefore": "5m"}), None, ""),
        ("v1.21.2", json!({"renewBefore": "4m"}), Some(403), "spec.renewBefore"),
        ("v1.21.2", json!({"renewBefore": "2160h"}), Some(403), "must be greater than renewBefore"),
        ("v1.21.2", json!({"revisionHistoryLimit": 0}), Some(403), "spec.revisionHistoryLimit"),
        ("v1.21.2", json!({"renewal": {}}), Some(403), "spec.renewal.policy"),
        ("v1.21.2", json!({"renewal": {"policy": "Disabled"}}), None, ""),
        ("v1.20.0", json!({"renewal": {}}), None, ""),
        ("v1.11.5", json!({"literalSubject": "CN=a"}), Some(403), "spec.literalSubject"),
        ("v1.15.3", json!({"literalSubject": "CN=a"}), None, ""),
        ("v1.17.4", json!({"otherNames": [{"oid": "1.2", "utf8Value": "x"}]}), Some(403), "OtherNames"),
        ("v1.20.0", json!({"otherNames": [{"oid": "1.2", "utf8Value": "x"}]}), None, ""),
    ];
    for (release, spec, status, text) in rows {
        for preset in ["velero-documented", "kubectl-config"] {
            let simulation = lab(release, spec).run(preset);
            let refusals: Vec<_> = simulation.steps.iter().flat_map(|step| &step.refused).collect();
            assert_eq!(refusals.len(), usize::from(status.is_some()), "{release} {spec} {refusals:?}");
            assert!(refusals.iter().all(|r| r.status == *status && r.message.contains(text)), "{spec} {refusals:?}");
            assert_eq!(simulation.fate("shop/web").lost.is_some(), status.is_some(), "{release} {spec}");
        }
    }
}

#[test]
fn rules_5_2_a_gate_of_the_target_lets_a_field_in() {
    let mut lab = lab("v1.11.5", &json!({"literalSubject": "CN=a"}));
    lab.flags.feature_gates.insert("LiteralCertificateSubject".into(), true);
    assert_eq!(lab.run("velero-documented").fate("shop/web").lost, None);
}

#[test]
fn rules_5_2_fields_unknown_to_the_target_are_dropped() {
    let rows: &[(&str, &str, Value, &str)] = &[
        ("v1.8.2", "v1.15.3", json!({"literalSubject": "CN=a"}), "spec.literalSubject"),
        ("v1.13.6", "v1.20.0", json!({"otherNames": [{"oid": "1.2", "utf8Value": "x"}]}), "spec.otherNames"),
        ("v1.15.5", "v1.16.5", json!({"renewBeforePercentage": 50}), "spec.renewBeforePercentage"),
        (
            "v1.16.5",
            "v1.17.4",
            json!({"keystores": {"jks": {"create": false, "password": "x"}}}),
            "spec.keystores.jks.password",
        ),
        ("v1.20.0", "v1.21.2", json!({"renewal": {"policy": "Disabled"}}), "spec.renewal"),
    ];
    for (old, new, spec, field) in rows {
        for (release, drops) in [(old, true), (new, false)] {
            let simulation = lab(release, spec).run("velero-documented");
            let told = simulation.fate("shop/web").story.iter().any(|step| step.text.starts_with(field));
            assert_eq!(told, drops, "{release} {field}");
        }
    }
    let simulation = lab("v1.20.0", &json!({"renewal": {"policy": "Disabled"}})).run("velero-documented");
    assert!(simulation.world.certificate(&key("shop/web")).unwrap().spec.renewal.is_none());
}

#[test]
fn rules_5_1_only_1_19_0_defaults_the_issuer_reference() {
    for (release, kind) in [("v1.18.2", ""), ("v1.19.0", "Issuer"), ("v1.19.1", "")] {
        let mut lab = lab(release, &json!({}));
        lab.request("shop/web-9", "ca");
        let simulation = lab.run("velero-everything");
        assert_eq!(&*simulation.world.certificate(&key("shop/web")).unwrap().spec.issuer_ref.kind, kind);
        assert_eq!(&*simulation.world.request(&key("shop/web-9")).unwrap().spec.issuer_ref.kind, kind);
    }
}

#[test]
fn r63_a_webhook_that_does_not_answer_refuses_every_cert_manager_object() {
    let mut lab = lab("v1.21.2", &json!({}));
    lab.secret("shop/web-tls").ingress("shop/front", "x");
    let plan = crate::plan::preset("velero-documented").unwrap();
    let facts = crate::plan::SourceFacts::default();
    let mut steps = plan.plan(facts, crate::plan::TargetFacts::new_cluster("v1.21.2")).steps;
    for step in &mut steps {
        if *step == (Step::StartWebhook {}) {
            *step = Step::StopWebhook {};
        }
    }
    let simulation = lab.steps(steps);
    let refused = &simulation.step_named("veleroRestore").refused;
    assert_eq!(
        refused.iter().map(|r| (&*r.object.kind, r.status)).collect::<Vec<_>>(),
        [("Certificate", Some(500)), ("Issuer", Some(500)),]
    );
    assert_eq!((simulation.world.count(Kind::Secret), simulation.world.count(Kind::Ingress)), (1, 1));
}

#[test]
fn r54_crds_from_the_backup_serve_the_same_restore() {
    let mut lab = lab("v1.21.2", &json!({}));
    lab.secret("shop/web-tls");
    let steps = || {
        vec![
            Step::StartCertManager {},
            Step::VeleroRestore {
                name: "r".into(),
                spec: crate::plan::RestoreSpec { included_namespaces: vec!["*".into()], ..Default::default() },
            },
        ]
    };
    assert!(lab.steps(steps()).fate("shop/web").lost.as_ref().unwrap().contains("could not find"));
    lab.crd(Kind::Certificate);
    assert_eq!(lab.steps(steps()).fate("shop/web").lost, None);
}
