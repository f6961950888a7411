//! Rules 0 and 3 on whole worlds: what is told beside the outcome.

use std::sync::Arc;

use super::super::{Assessment, Index, TriggerOutcome, assess};
use super::case::{Case, FITTING};
use super::gathering::{certificate, named, request, world};
use super::support::{DAY, NOW, release};
use crate::object::{NamespacedName, Object};
use crate::pki::CertificateMaterial;
use crate::release::ControllerFlags;
use crate::time::Time;

/// The Certificate `web` and the Secret of a case in a world, with the gate of ACME renewal information on.
fn told(case: Case, status: &str, version: &str) -> Assessment {
    told_with(case, status, version, true)
}

fn told_with(mut case: Case, status: &str, version: &str, ari: bool) -> Assessment {
    case.certificate.metadata.namespace = "ns".into();
    case.certificate.status = serde_saphyr::from_str(status).unwrap();
    let secret = case.secret.map(|mut secret| {
        (secret.metadata.namespace, secret.metadata.name) = ("ns".into(), "web-tls".into());
        Object::Secret(Arc::new(secret))
    });
    let world = world(secret.into_iter().chain([Object::Certificate(Arc::new(case.certificate))]));
    let mut flags = ControllerFlags::default();
    flags.set("feature-gates", &format!("ACMEUseARI={ari}")).unwrap();
    assess(&Index::new(&world), &world, named(&world, "web"), &release(version), &flags, case.now)
}

const ISSUING: &str = "{conditions: [{type: Issuing, status: 'True'}]}";

/// Status, keys of the Secret, whether the post-issuance chain is asked; it misses the label then.
const REWRITTEN: [(&str, &[&str], bool); 6] = [
    ("{}", &["tls.crt", "tls.key"], true),
    ("{}", &["tls.crt"], false),
    ("{}", &["tls.key"], false),
    ("{}", &[], false),
    (ISSUING, &["tls.crt", "tls.key"], false),
    (ISSUING, &["tls.key"], false),
];

#[test]
fn the_secret_is_only_written_again_when_it_is_whole_and_nothing_is_issued() {
    for (status, keys, asked) in REWRITTEN {
        let case =
            Case::fitting().change(|c| c.secret().data = Some(keys.iter().map(|&key| (key.into(), 1)).collect()));
        let got = told(case, status, "v1.21.2").post_issuance;
        assert_eq!(!got.violations.is_empty(), asked, "{status} {keys:?}");
        assert_eq!(!got.undecided.is_empty(), asked, "{status} {keys:?}");
    }
}

const ARI: &str = "{acme: {ari: {suggestedWindow: {start: '2026-06-20T00:00:00Z', end: '2026-06-21T00:00:00Z'}}}}";
const SUGGESTED: &str = "the CA suggests to renew from then on (ACME renewal information)";

#[test]
fn the_renewal_is_told_with_its_reason() {
    let disabled = FITTING.replace("{secretName", "{renewal: {policy: Disabled}, secretName");
    let no_certificate = |c: &mut Case| c.secret().data = Some([("tls.key".into(), 1)].into_iter().collect());
    let broken = |c: &mut Case| c.secret().certificate = Some(CertificateMaterial::read(b"nonsense"));
    let third = "a third of the lifetime before expiry";
    let start = Time::parse("2026-06-20T00:00:00Z").unwrap();
    let due = Time(NOW.0 + 60 * DAY);
    for (case, status, version, time, because) in [
        (Case::fitting(), "{}", "v1.21.2", Some(due), third),
        (Case::fitting(), ARI, "v1.21.2", Some(start), SUGGESTED),
        (Case::fitting(), ARI, "v1.20.3", Some(due), third),
        (
            Case::with_spec(&disabled),
            ARI,
            "v1.21.2",
            None,
            "spec.renewal.policy is Disabled: it is not renewed for its age",
        ),
        (Case::fitting().change(|c| c.secret = None), "{}", "v1.21.2", None, "there is no Secret"),
        (Case::fitting().change(no_certificate), "{}", "v1.21.2", None, "there is no certificate in the Secret"),
        (Case::fitting().change(broken), "{}", "v1.21.2", None, "the certificate in the Secret cannot be decoded"),
    ] {
        let got = told(case, status, version).renewal;
        assert_eq!((got.renewal_time, &*got.because), (time, because), "{status} {version}");
    }
    assert_eq!(told_with(Case::fitting(), ARI, "v1.21.2", false).renewal.because, third, "the gate is off");
}

#[test]
fn a_window_error_makes_it_unready_first_of_all() {
    let windows = "{renewal: {policy: RenewBefore, windows: [{cron: 0 2 30 2 *, windowDuration: 1h}]}, secretName";
    let case = Case::with_spec(&FITTING.replace("{secretName", windows).replace("a.example", "b.example"));
    let readiness = told(case, "{}", "v1.21.2").readiness;
    let reasons: Vec<_> = readiness.violations.iter().map(|violation| violation.reason).collect();
    assert_eq!(reasons, ["WindowError", "SecretMismatch"]);
    assert!(readiness.violations[0].message.starts_with("Could not calculate renewal time: cannot find a time"));
}

const WEB: &str = "{metadata: {namespace: ns, name: web, uid: u1}, spec: {secretName: tls}, status: {revision: 3}}";

/// Revision of both requests; whether one of them stands for the current one, and how many are duplicates.
const TWICE: [(&str, bool, usize); 3] = [("3", true, 2), ("4", false, 2), ("5", false, 0)];

#[test]
fn the_first_of_two_duplicates_stands_for_the_current_request() {
    let mut secret = crate::object::Secret::default();
    (secret.metadata.namespace, secret.metadata.name) = ("ns".into(), "tls".into());
    let secret = Object::Secret(Arc::new(secret));
    for (revision, current, duplicates) in TWICE {
        let requests = [request("a", "u1", true, revision), request("b", "u1", true, revision)];
        let world = world(requests.into_iter().chain([certificate(WEB), secret.clone()]));
        let flags = ControllerFlags::default();
        let got = assess(&Index::new(&world), &world, named(&world, "web"), &release("v1.21.2"), &flags, NOW);
        let want = current.then(|| NamespacedName::new("ns", "a"));
        assert_eq!((got.current, got.duplicates.len(), got.has_secret), (want, duplicates, true), "{revision}");
    }
}

#[test]
fn where_chance_decides_the_older_certificate_is_taken_for_the_owner() {
    let of = |name: &str, year: u16| {
        let created = format!("creationTimestamp: '{year}-01-01T00:00:00Z'");
        certificate(&format!(
            "{{metadata: {{namespace: ns, name: {name}, uid: {name}, {created}}}, spec: {{secretName: tls}}}}"
        ))
    };
    let world = world([of("new", 2025), of("old", 2024)]);
    let index = Index::new(&world);
    let flags = ControllerFlags::default();
    for (name, owner) in [("new", Some("old")), ("old", None)] {
        let got = assess(&index, &world, named(&world, name), &release("v1.13.3"), &flags, NOW).outcome;
        let want = owner.map(|owner: &str| TriggerOutcome::NotOwner { owner: owner.into() });
        assert_eq!(Some(&got).filter(|got| matches!(got, TriggerOutcome::NotOwner { .. })), want.as_ref(), "{name}");
    }
}
