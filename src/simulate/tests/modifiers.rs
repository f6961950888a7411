//! R-39 and corrections C, B1 – B5: resource modifiers.

use rcgen::KeyPair;
use serde_json::json;

use super::lab::{Lab, key};
use super::timing::{give, self_signed};
use crate::object::{Kind, Object};
use crate::plan::velero::ConfigMapReference;
use crate::plan::{Plan, RestoreSpec, SourceFacts, Step, TargetFacts};
use crate::simulate::{Setting, Simulation, simulate};

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.self_signed("shop/ca")
        .certificate_with("shop/web", json!({"duration": "2160h0m0s", "usages": ["server auth"]}));
    lab.secret("shop/web-tls").namespace("shop");
    lab.annotate(Kind::Secret, "shop/web-tls", "cert-manager.io/issuer-name", "ca");
    lab.label(Kind::Certificate, "shop/web", "app", "web").label(Kind::Secret, "shop/web-tls", "app", "web");
    lab
}

/// One restore with these rules, judged by the real policies.
fn run(lab: &Lab, rules: &str) -> Simulation {
    let text = format!("version: v1\nresourceModifierRules:\n{rules}");
    let reference = ConfigMapReference { kind: "configmap".into(), name: "rules".into(), api_group: None };
    let spec = RestoreSpec {
        backup_name: "b".into(),
        included_namespaces: vec!["*".into()],
        resource_modifier: Some(reference),
        ..RestoreSpec::default()
    };
    let plan = Plan {
        name: "test".into(),
        summary: String::new(),
        source: SourceFacts::default(),
        target: TargetFacts::new_cluster("v1.21.2"),
        steps: vec![
            Step::CreateNamespaces {},
            Step::InstallCrds {},
            Step::VeleroRestore { name: "r".into(), spec },
            Step::StartCertManager {},
        ],
        config_maps: [("rules".to_owned(), [("rules.yaml".to_owned(), text)].into())].into(),
    };
    simulate(&lab.source, &plan, &Setting { ..lab.setting() })
}

fn rule(resource: &str, patches: &str) -> String {
    format!("- conditions: {{groupResource: {resource}}}\n  {patches}\n")
}

const CERTIFICATES: &str = "certificates.cert-manager.io";

#[test]
fn patches_reach_spec_and_metadata_and_the_rest_stays() {
    let rules = rule(
        CERTIFICATES,
        "patches: [{operation: replace, path: /spec/secretName, value: other-tls}, {operation: add, path: /metadata/labels/team, value: a}]",
    ) + &rule(
        "secrets",
        "mergePatches: [{patchData: '{\"metadata\": {\"annotations\": {\"cert-manager.io/issuer-name\": null}}}'}]",
    );
    let simulation = run(&lab(), &rules);
    let certificate = simulation.world.certificate(&key("shop/web")).unwrap();
    assert_eq!(*certificate.spec.secret_name, *"other-tls");
    assert_eq!(certificate.metadata.labels.get("team"), Some("a"));
    assert_eq!(certificate.spec.duration.unwrap().to_string(), "2160h0m0s");
    assert_eq!((certificate.spec.dns_names.len(), certificate.spec.usages.len()), (1, 1));
    // B5: issued under the new name, the old Secret stays.
    assert_eq!(simulation.fate("shop/web").first_trigger.as_ref().unwrap().reason, "DoesNotExist");
    let secret = simulation.world.secret(&key("shop/web-tls")).unwrap();
    assert_eq!(secret.metadata.annotations.get("cert-manager.io/issuer-name"), None);
    assert!(secret.has("tls.key"), "data are carried over");
}

/// B1: a value that is no text. Among annotations the API server refuses it; of labels Velero makes its own two alone.
#[test]
fn b1_a_bare_boolean_in_labels_and_annotations() {
    let label = |value: &str| format!("patches: [{{operation: add, path: /metadata/labels/hold, value: '{value}'}}]");
    let annotation = |value: &str| {
        format!("mergePatches: [{{patchData: '{{\"metadata\": {{\"annotations\": {{\"hold\": {value}}}}}}}'}}]")
    };
    // The patch, whether the Certificate is lost, and its label `app`.
    let rows = [
        (label("true"), false, None),
        (label("17"), false, None),
        (label("null"), false, None),
        (label("\"true\""), false, Some("shop")),
        (annotation("true"), true, None),
        (annotation("\"true\""), false, Some("shop")),
    ];
    for (patches, lost, app) in rows {
        let mut lab = lab();
        lab.label(Kind::Certificate, "shop/web", "app", "shop");
        let simulation = run(&lab, &rule(CERTIFICATES, &patches));
        let refused = &simulation.step_named("veleroRestore").refused;
        let message = "json: cannot unmarshal bool into Go struct field ObjectMeta.annotations of type string";
        let expected: &[_] = if lost { &[(Some(400), message)] } else { &[] };
        assert_eq!(refused.iter().map(|each| (each.status, &*each.message)).collect::<Vec<_>>(), expected, "{patches}");
        assert_eq!(simulation.fate("shop/web").lost.is_some(), lost, "{patches}");
        let labels = simulation.world.certificate(&key("shop/web")).map(|found| &found.metadata.labels);
        assert_eq!(labels.and_then(|labels| labels.get("app")), app, "{patches}");
        let told = simulation.notes.iter().any(|note| note.contains("drops all labels"));
        assert_eq!(told, app.is_none() && !lost, "{patches}");
    }
}

/// B4: the label with another value hides the Secret from cert-manager.
#[test]
fn b4_the_label_of_secrets() {
    let rules = rule(
        "secrets",
        "patches: [{operation: add, path: /metadata/labels/controller.cert-manager.io~1fao, value: '\"false\"'}]",
    );
    let simulation = run(&lab(), &rules);
    assert_eq!(simulation.fate("shop/web").first_trigger.as_ref().unwrap().reason, "DoesNotExist");
}

/// B2, B3: without the issuer's annotations a Certificate of an Issuer goes on, one of a ClusterIssuer does not; another
/// issuerRef is another issuer.
#[test]
fn b2_b3_what_issued_it_is_forgotten_or_another() {
    const FORGET: &str = "mergePatches: [{patchData: '{\"metadata\": {\"annotations\": {\"cert-manager.io/issuer-name\": null, \
                          \"cert-manager.io/issuer-kind\": null, \"cert-manager.io/issuer-group\": null}}}'}]";
    const NAMELESS: &str =
        "mergePatches: [{patchData: '{\"metadata\": {\"annotations\": {\"cert-manager.io/issuer-name\": null}}}'}]";
    const ANOTHER: &str = "mergePatches: [{patchData: '{\"spec\": {\"issuerRef\": {\"name\": \"other\"}}}'}]";
    let none = String::new();
    // The kind of the issuer, the modifiers, what `IncorrectIssuer` says.
    let rows = [
        ("Issuer", none.clone(), None),
        ("ClusterIssuer", none, None),
        ("Issuer", rule("secrets", FORGET), None),
        ("ClusterIssuer", rule("secrets", FORGET), Some("\"Issuer.cert-manager.io/\"")),
        ("ClusterIssuer", rule("secrets", NAMELESS), Some("\"ClusterIssuer.cert-manager.io/\"")),
        ("Issuer", rule(CERTIFICATES, ANOTHER), Some("\"Issuer.cert-manager.io/ca\"")),
    ];
    for (kind, rules, words) in rows {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca").self_signed("shop/other").self_signed("ca").namespace("shop");
        let key = json!({"algorithm": "ECDSA"});
        lab.certificate_with("shop/web", json!({"issuerRef": {"name": "ca", "kind": kind}, "privateKey": key}));
        lab.secret("shop/web-tls");
        give(&mut lab, &self_signed(&KeyPair::generate().unwrap(), 5));
        let group = ("issuer-group", "cert-manager.io");
        for (name, value) in [("certificate-name", "web"), ("issuer-name", "ca"), ("issuer-kind", kind), group] {
            lab.annotate(Kind::Secret, "shop/web-tls", &format!("cert-manager.io/{name}"), value);
        }
        let simulation = run(&lab, if rules.is_empty() { "[]" } else { &rules });
        let trigger = simulation.fate("shop/web").first_trigger.clone();
        let told =
            trigger.as_ref().map(|trigger| (trigger.reason, trigger.message.contains(words.unwrap_or_default())));
        assert_eq!(told, words.map(|_| ("IncorrectIssuer", true)), "{kind} {rules} {trigger:?}");
    }
}

/// Velero adds its own labels after the modifiers: a rule does not see them, and without others there is no map to add to.
#[test]
fn modifiers_do_not_see_the_labels_of_the_restore() {
    let selecting = "- conditions: {groupResource: certificates.cert-manager.io, labelSelector: {matchLabels: \
                     {velero.io/restore-name: r}}}\n  patches: [{operation: replace, path: /spec/secretName, value: x}]\n";
    assert_eq!(*run(&lab(), selecting).world.certificate(&key("shop/web")).unwrap().spec.secret_name, *"web-tls");
    let mut bare = lab();
    bare.source.get_mut(Kind::Certificate, &key("shop/web")).unwrap().metadata_mut().labels = Default::default();
    let adding = rule(CERTIFICATES, "patches: [{operation: add, path: /metadata/labels/team, value: a}]");
    let simulation = run(&bare, &adding);
    assert_eq!(simulation.step_named("veleroRestore").refused.len(), 1);
    assert_eq!(simulation.world.certificate(&key("shop/web")).unwrap().metadata.labels.get("team"), None);
}

/// A failing test skips its rule; any other error is recorded, and the object comes without the rule's patches.
#[test]
fn failing_patches() {
    let failing = rule(
        CERTIFICATES,
        "patches: [{operation: test, path: /spec/secretName, value: other}, {operation: replace, path: /spec/secretName, value: x}]",
    );
    let simulation = run(&lab(), &failing);
    assert!(simulation.step_named("veleroRestore").refused.is_empty());
    let wrong = rule(
        CERTIFICATES,
        "patches: [{operation: replace, path: /spec/secretName, value: x}, {operation: remove, path: /spec/nothing}]",
    );
    let simulation = run(&lab(), &wrong);
    let refused = &simulation.step_named("veleroRestore").refused;
    assert_eq!((refused.len(), refused[0].status), (1, None));
    assert_eq!(*simulation.world.certificate(&key("shop/web")).unwrap().spec.secret_name, *"web-tls");
    assert_eq!(simulation.fate("shop/web").lost, None);
}

/// Strategic patches need a type that Velero knows.
#[test]
fn strategic_patches_work_on_secrets_alone() {
    let patch = "strategicPatches: [{patchData: '{\"metadata\": {\"labels\": {\"team\": \"a\"}}}'}]";
    let simulation = run(&lab(), &(rule(CERTIFICATES, patch) + &rule("secrets", patch)));
    assert_eq!(simulation.step_named("veleroRestore").refused.len(), 1);
    assert_eq!(simulation.world.certificate(&key("shop/web")).unwrap().metadata.labels.get("team"), None);
    assert_eq!(simulation.world.secret(&key("shop/web-tls")).unwrap().metadata.labels.get("team"), Some("a"));
}

/// Every rule looks at the object as it came; their patches accumulate.
#[test]
fn rules_look_at_the_object_as_it_came() {
    let rules = rule(CERTIFICATES, "patches: [{operation: replace, path: /spec/secretName, value: x}]")
        + "- conditions: {groupResource: certificates.cert-manager.io, matches: [{path: /spec/secretName, value: web-tls}]}\n  \
           patches: [{operation: replace, path: /spec/issuerRef/name, value: other}]\n"
        + "- conditions: {groupResource: certificates.cert-manager.io, matches: [{path: /spec/secretName, value: x}]}\n  \
           patches: [{operation: replace, path: /spec/commonName, value: never}]\n";
    let simulation = run(&lab(), &rules);
    let spec = &simulation.world.certificate(&key("shop/web")).unwrap().spec;
    assert_eq!((&*spec.secret_name, &*spec.issuer_ref.name, &*spec.common_name), ("x", "other", ""));
}

/// Corrections C, R-35, R-39: the annotation that a modifier adds brings the status back; a patch of the status does nothing.
#[test]
fn a_modifier_and_the_status() {
    const ANNOTATION: &str =
        "mergePatches: [{patchData: '{\"metadata\": {\"annotations\": {\"velero.io/restore-status\": \"true\"}}}'}]";
    const STATUS: &str = "mergePatches: [{patchData: '{\"status\": {\"revision\": 9}}'}]";
    let revision = |patches: &str| {
        let simulation = run(&lab(), &rule(CERTIFICATES, patches));
        simulation.world.certificate(&key("shop/web")).unwrap().status.revision
    };
    // Issued once, as the Secret of the lab holds no certificate: from three on, or from nothing on.
    assert_eq!((revision(ANNOTATION), revision(STATUS)), (Some(4), Some(1)));
}

/// Corrections C: owners that a modifier adds and that are not there have the collector take the object.
#[test]
fn a_modifier_adds_an_owner_that_is_not_there() {
    const OWNER: &str = "mergePatches: [{patchData: '{\"metadata\": {\"ownerReferences\": [{\"apiVersion\": \
                         \"networking.k8s.io/v1\", \"kind\": \"Ingress\", \"name\": \"gone\", \"uid\": \"absent\"}]}}'}]";
    let certificate = run(&lab(), &rule(CERTIFICATES, OWNER));
    assert!(certificate.world.certificate(&key("shop/web")).is_none());
    assert!(
        certificate.fate("shop/web").lost.as_ref().unwrap().contains("garbage"),
        "{:?}",
        certificate.fate("shop/web")
    );
    let secret = run(&lab(), &rule("secrets", OWNER));
    assert_eq!(secret.fate("shop/web").first_trigger.as_ref().unwrap().reason, "DoesNotExist");
}

/// What is turned to JSON and back is the same object.
#[test]
fn an_object_survives_its_view() {
    let demo = crate::source::load(&[crate::source::SourceSpec::Demo], &crate::source::LoadOptions::default());
    let touch = "version: v1\nresourceModifierRules:\n- conditions: {groupResource: '**'}\n  patches: [{operation: add, path: \
                 /metadata/finalizers, value: '[\"x\"]'}]\n";
    let modifiers = crate::plan::velero::Modifiers::parse(&[("a".to_owned(), touch.to_owned())].into()).unwrap();
    let mut seen = 0;
    for object in demo.world.iter() {
        let reference = crate::object::ObjectRef::of(object);
        let modified = crate::simulate::modify::modify(&modifiers, &reference, object).unwrap();
        let mut back = modified.object.unwrap();
        assert_eq!(&*back.metadata().finalizers[0], "x");
        back.metadata_mut().finalizers = object.metadata().finalizers.clone();
        let text = |object: &Object| match object {
            Object::Certificate(o) => format!("{:?}", o.spec),
            Object::Issuer(o) | Object::ClusterIssuer(o) => format!("{:?}", o.spec),
            Object::Ingress(o) => format!("{:?}", o.spec),
            // An empty group of a reference is the core group, as is none.
            Object::Gateway(o) | Object::ListenerSet(o) => format!("{:?}", o.spec).replace("Some(\"\")", "None"),
            other => format!("{other:?}"),
        };
        assert_eq!(text(&back), text(object), "{reference}");
        assert_eq!(format!("{:?}", back.metadata()), format!("{:?}", object.metadata()));
        seen += 1;
    }
    assert!(seen > 150, "{seen}");
}
