//! Rules section 3 and the order of section 0, on worlds without payloads.

use std::sync::Arc;

use super::super::{GatherError, Index, Ownership, TriggerOutcome, assess, backoff, gather, owns_secret};
use super::support::{NOW, release};
use crate::object::{Certificate, NamespacedName, Object, Secret};
use crate::release::ControllerFlags;
use crate::time::Time;
use crate::world::World;

pub(super) fn certificate(yaml: &str) -> Object {
    Object::Certificate(Arc::new(serde_saphyr::from_str(yaml).unwrap()))
}

pub(super) fn request(name: &str, uid: &str, controller: bool, revision: &str) -> Object {
    let yaml = format!(
        "{{metadata: {{namespace: ns, name: {name}, annotations: {{cert-manager.io/certificate-revision: '{revision}'}},
        ownerReferences: [{{uid: {uid}, controller: {controller}}}]}}}}"
    );
    Object::CertificateRequest(Arc::new(serde_saphyr::from_str(&yaml).unwrap()))
}

fn secret(annotations: &[(&str, &str)], labels: &[(&str, &str)]) -> Object {
    let mut secret = Secret::default();
    (secret.metadata.namespace, secret.metadata.name) = ("ns".into(), "tls".into());
    secret.metadata.annotations = annotations.iter().copied().collect();
    secret.metadata.labels = labels.iter().copied().collect();
    Object::Secret(Arc::new(secret))
}

pub(super) fn world(objects: impl IntoIterator<Item = Object>) -> World {
    let mut world = World::default();
    for object in objects {
        world.insert(object);
    }
    world
}

pub(super) fn named<'a>(world: &'a World, name: &str) -> &'a Certificate {
    world.certificate(&NamespacedName::new("ns", name)).unwrap()
}

const WEB: &str = "{metadata: {namespace: ns, name: web, uid: u1}, spec: {secretName: tls}, status: {revision: 3}}";

#[test]
fn requests_are_found_by_uid_controller_and_revision() {
    let flags = ControllerFlags::default();
    let found = |extra: Vec<Object>| {
        let world = world(std::iter::once(certificate(WEB)).chain(extra));
        let index = Index::new(&world);
        let got = gather(&index, &world, named(&world, "web"), &release("v1.21.2"), &flags);
        got.map(|g| {
            let name = |r: Option<&crate::object::CertificateRequest>| r.map(|r| r.metadata.name.to_string());
            (name(g.current), name(g.next))
        })
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(found(vec![]), Ok((None, None)));
    assert_eq!(found(vec![request("a", "u1", true, "3"), request("b", "u1", true, "4")]), Ok((some("a"), some("b"))));
    assert_eq!(found(vec![request("a", "u1", false, "3"), request("b", "u2", true, "4")]), Ok((None, None)));
    assert_eq!(found(vec![request("a", "u1", true, "03"), request("b", "u1", true, " 4")]), Ok((None, None)));
    let twice = |revision| found(vec![request("a", "u1", true, revision), request("b", "u1", true, revision)]);
    let text = |which: &str, revision: &str| {
        format!(
            "multiple CertificateRequests were found for the '{which}' revision {revision}, issuance is skipped until \
             there are no more duplicates"
        )
    };
    let error = |result: Result<_, GatherError>| result.unwrap_err().to_string();
    assert_eq!(error(twice("3")), text("current", "3"));
    assert_eq!(error(twice("4")), text("next", "4"));
    assert!(twice("5").is_ok());
}

#[test]
fn without_a_revision_there_is_no_current_request_and_the_next_is_the_first() {
    let bare = "{metadata: {namespace: ns, name: web, uid: u1}, spec: {secretName: tls}}";
    let world = world([certificate(bare), request("a", "u1", true, "1")]);
    let index = Index::new(&world);
    let got = gather(&index, &world, named(&world, "web"), &release("v1.8.0"), &ControllerFlags::default()).unwrap();
    assert!(got.current.is_none());
    assert_eq!(got.next.map(|r| &*r.metadata.name), Some("a"));
}

/// Label value, release, gate, whether the Secret is found.
const LABELS: [(Option<&str>, &str, Option<bool>, bool); 9] = [
    (None, "v1.21.2", None, true),
    (Some("true"), "v1.21.2", None, true),
    (Some("yes"), "v1.21.2", None, false),
    (Some(""), "v1.13.0", None, false),
    (Some("yes"), "v1.12.17", None, true),
    (Some("yes"), "v1.12.17", Some(true), false),
    (Some("yes"), "v1.11.5", Some(true), true),
    (Some("yes"), "v1.21.2", Some(false), true),
    (Some("true"), "v1.21.2", Some(false), true),
];

#[test]
fn a_secret_with_a_strange_label_is_not_there() {
    for (label, version, gate, found) in LABELS {
        let labels: Vec<_> = label.map(|value| ("controller.cert-manager.io/fao", value)).into_iter().collect();
        let world = world([certificate(WEB), secret(&[], &labels)]);
        let mut flags = ControllerFlags::default();
        if let Some(on) = gate {
            flags.set("feature-gates", &format!("SecretsFilteredCaching={on}")).unwrap();
        }
        let index = Index::new(&world);
        let got = gather(&index, &world, named(&world, "web"), &release(version), &flags).unwrap();
        assert_eq!(got.secret.is_some(), found, "{label:?} {version} {gate:?}");
    }
}

#[test]
fn one_of_several_certificates_owns_the_secret() {
    let of = |name: &str, created: &str| {
        certificate(&format!(
            "{{metadata: {{namespace: ns, name: {name}, uid: {name}, creationTimestamp: '{created}'}}, spec: {{secretName: tls}}}}"
        ))
    };
    let (old, new) = ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
    let elsewhere = || certificate("{metadata: {namespace: ns, name: c, uid: c}, spec: {secretName: another}}");
    let annotated = |name| secret(&[("cert-manager.io/certificate-name", name)], &[]);
    let not_owner = |owner: &str| Ownership::NotOwner { owner: owner.into() };
    let cases = [
        (vec![of("a", old)], "v1.21.2", "a", Ownership::Sole),
        (vec![of("a", new), of("b", old)], "v1.21.2", "a", not_owner("b")),
        (vec![of("a", new), of("b", old)], "v1.21.2", "b", Ownership::Owner),
        (vec![of("a", old), of("b", old)], "v1.13.4", "a", Ownership::Owner),
        (vec![of("a", old), of("b", old)], "v1.13.4", "b", not_owner("a")),
        (vec![of("a", new), of("b", old), annotated("a")], "v1.21.2", "a", Ownership::Owner),
        (vec![of("a", new), of("b", old), annotated("gone")], "v1.21.2", "a", not_owner("b")),
        (vec![of("a", new), of("b", old), elsewhere(), annotated("c")], "v1.21.2", "a", not_owner("b")),
        (vec![of("a", new), elsewhere()], "v1.21.2", "a", Ownership::Sole),
        (vec![of("a", new), of("b", old)], "v1.13.1", "a", Ownership::NotAsked),
        (vec![of("a", new), of("b", old)], "v1.12.17", "a", Ownership::NotAsked),
        (vec![of("a", new), of("b", old)], "v1.13.3", "a", Ownership::Arbitrary { likely: "b".into() }),
        (vec![of("a", new), of("b", old), annotated("a")], "v1.13.3", "a", Ownership::Owner),
    ];
    for (objects, version, name, want) in cases {
        let world = world(objects);
        let flags = ControllerFlags::default();
        let got = owns_secret(&Index::new(&world), &world, named(&world, name), &release(version), &flags);
        assert_eq!(got, want, "{version} {name}");
    }
}

type Flags = &'static [(&'static str, &'static str)];

/// Attempts, release, flags, hours of delay (0 is none).
const DELAYS: [(Option<i64>, &str, Flags, i64); 20] = [
    (None, "v1.8.0", &[], 1),
    (Some(0), "v1.19.6", &[], 1),
    (Some(1), "v1.19.6", &[], 1),
    (Some(2), "v1.19.6", &[], 2),
    (Some(6), "v1.19.6", &[], 32),
    (Some(7), "v1.19.6", &[], 32),
    (Some(99), "v1.19.6", &[], 32),
    (Some(-5), "v1.19.6", &[], 1),
    (Some(3), "v1.19.6", &[("certificate-request-minimum-backoff-duration", "2h")], 4),
    (Some(3), "v1.20.0", &[("certificate-request-minimum-backoff-duration", "2h")], 8),
    (Some(7), "v1.20.0", &[("certificate-request-minimum-backoff-duration", "2h")], 32),
    (Some(7), "v1.20.0", &[("certificate-request-minimum-backoff-duration", "48h")], 48),
    (Some(7), "v1.20.0", &[("certificate-request-minimum-backoff-duration", "0s")], 0),
    (Some(3), "v1.20.0", &[("certificate-request-maximum-backoff-duration", "2h")], 4),
    (Some(3), "v1.21.2", &[("certificate-request-maximum-backoff-duration", "2h")], 2),
    (Some(7), "v1.21.2", &[("certificate-request-maximum-backoff-duration", "100h")], 64),
    (Some(8), "v1.21.2", &[("certificate-request-maximum-backoff-duration", "100h")], 100),
    (Some(99), "v1.21.2", &[], 32),
    (Some(0), "v1.21.2", &[], 1),
    (None, "v1.21.2", &[("certificate-request-minimum-backoff-duration", "3h")], 3),
];

#[test]
fn a_failed_issuance_waits() {
    for (attempts, version, given, hours) in DELAYS {
        let mut certificate = Certificate::default();
        certificate.status.last_failure_time = Some(NOW);
        certificate.status.failed_issuance_attempts = attempts;
        let mut flags = ControllerFlags::default();
        for (name, value) in given {
            flags.set(name, value).unwrap();
        }
        let until = |now| backoff(&certificate, None, &release(version), &flags, now);
        let end = Time(NOW.0 + hours * 3600);
        assert_eq!(until(NOW), (hours > 0).then_some(end), "{attempts:?} {version} {given:?}");
        assert_eq!(until(end), None, "{attempts:?} {version} {given:?}");
        if hours > 0 {
            assert_eq!(until(Time(end.0 - 1)), Some(end), "{attempts:?} {version} {given:?}");
        }
    }
}

/// metadata, status, release, outcome: the order of the trigger controller.
#[test]
fn the_controller_stops_early_in_its_own_order() {
    let deleting = "deletionTimestamp: '2026-06-01T00:00:00Z'";
    let issuing = "conditions: [{type: Issuing, status: 'True'}]";
    let failed = "lastFailureTime: '2026-06-15T09:30:00Z'";
    let missing = |outcome: &TriggerOutcome| matches!(outcome, TriggerOutcome::Set { violation } if violation.policy == "SecretDoesNotExist");
    let run = |metadata: &str, status: &str, version: &str, others: Vec<Object>| {
        let yaml = format!(
            "{{metadata: {{namespace: ns, name: web, uid: u1, {metadata}}}, spec: {{secretName: tls}}, status: {{{status}}}}}"
        );
        let world = world(std::iter::once(certificate(&yaml)).chain(others));
        let flags = ControllerFlags::default();
        assess(&Index::new(&world), &world, named(&world, "web"), &release(version), &flags, NOW)
    };
    let older = || {
        certificate(
            "{metadata: {namespace: ns, name: old, uid: u2, creationTimestamp: '2020-01-01T00:00:00Z'}, spec: {secretName: tls}}",
        )
    };
    let created = "creationTimestamp: '2026-01-01T00:00:00Z'";
    let twice = || vec![request("a", "u1", true, "1"), request("b", "u1", true, "1")];
    assert!(missing(&run("", "", "v1.21.2", vec![]).outcome));
    assert_eq!(run(deleting, issuing, "v1.18.0", vec![]).outcome, TriggerOutcome::Deleting);
    assert_eq!(run(deleting, issuing, "v1.17.4", vec![]).outcome, TriggerOutcome::AlreadyIssuing);
    assert!(missing(&run(deleting, "", "v1.17.4", vec![]).outcome));
    assert_eq!(run(created, issuing, "v1.21.2", vec![older()]).outcome, TriggerOutcome::AlreadyIssuing);
    let not_owner = run(created, failed, "v1.21.2", [twice(), vec![older()]].concat());
    assert_eq!(not_owner.outcome, TriggerOutcome::NotOwner { owner: "old".into() });
    assert_eq!(not_owner.evaluation.violations.len(), 1, "the chain is told all the same");
    let duplicates = run("", failed, "v1.21.2", twice());
    assert!(matches!(duplicates.outcome, TriggerOutcome::GatherError(_)), "{:?}", duplicates.outcome);
    assert_eq!(duplicates.duplicates.len(), 2);
    let held = run("", failed, "v1.21.2", vec![]);
    assert_eq!(held.outcome, TriggerOutcome::BackOff { until: Time::parse("2026-06-15T10:30:00Z").unwrap() });
    assert_eq!((held.has_secret, &*held.renewal.because), (false, "there is no Secret"));
    assert!(missing(&run("", "conditions: [{type: Issuing, status: 'False'}]", "v1.21.2", vec![]).outcome));
}
