//! Each policy with real payloads: what fires, with which reason and message.

use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use thin_vec::thin_vec;

use super::super::{Outcome, evaluate, post_issuance_chain, readiness_chain, trigger, trigger_chain};
use super::case::{Case, FITTING};
use super::support::{NOW, release};
use crate::object::StringMap;
use crate::object::certificate::{AriWindow, CertificateStatus};
use crate::object::secret::annotation;
use crate::pki::{CertificateMaterial, KeyMaterial};
use crate::time::Time;

const AGES: [&str; 3] = ["v1.12.17", "v1.13.1", "v1.21.2"];

/// What is out of order, and the first violation: era A, era B, from 1.13.2 on.
type Row = (&'static str, Case, [Option<(&'static str, &'static str, &'static str)>; 3]);

fn rows() -> Vec<Row> {
    let fitting = Case::fitting;
    let same = |policy, reason, message| [Some((policy, reason, message)); 3];
    let unnamed_before = (
        "SecretIssuerAnnotationsNotUpToDate",
        "IncorrectIssuer",
        "Issuing certificate as Secret was previously issued by Issuer.cert-manager.io/",
    );
    let unnamed = (
        "SecretIssuerAnnotationsMismatch",
        "IncorrectIssuer",
        "Issuing certificate as Secret was previously issued by \"Issuer.cert-manager.io/\"",
    );
    vec![
        ("nothing", fitting(), [None; 3]),
        ("nothing, and no request", fitting().change(|c| c.request = None), [None; 3]),
        (
            "no Secret",
            fitting().change(|c| c.secret = None),
            same("SecretDoesNotExist", "DoesNotExist", "Issuing certificate as Secret does not exist"),
        ),
        (
            "no data",
            fitting().change(|c| c.secret().data = None),
            same("SecretIsMissingData", "MissingData", "Issuing certificate as Secret does not contain any data"),
        ),
        (
            "an empty key",
            fitting().change(|c| c.secret().data = Some(thin_vec![("tls.crt".into(), 9), ("tls.key".into(), 0)])),
            same("SecretIsMissingData", "MissingData", "Issuing certificate as Secret does not contain a private key"),
        ),
        (
            "no certificate",
            fitting().change(|c| c.secret().data = Some(thin_vec![("tls.key".into(), 9)])),
            same("SecretIsMissingData", "MissingData", "Issuing certificate as Secret does not contain a certificate"),
        ),
        (
            "another key",
            fitting().change(|c| c.secret().key = fitting().secret().key.take()),
            [
                Some((
                    "SecretPublicKeysDiffer",
                    "InvalidKeyPair",
                    "Issuing certificate as Secret contains an invalid key-pair: tls: private key does not match public key",
                )),
                Some((
                    "SecretPublicKeysDiffer",
                    "InvalidKeyPair",
                    "Issuing certificate as Secret contains a private key that does not match the certificate",
                )),
                Some((
                    "SecretPublicKeysDiffer",
                    "InvalidKeyPair",
                    "Issuing certificate as Secret contains a private key that does not match the certificate",
                )),
            ],
        ),
        (
            "no issuer annotation",
            fitting().change(|c| c.secret().metadata.annotations = StringMap::default()),
            [Some(unnamed_before), None, None],
        ),
        (
            "no issuer annotation, and a ClusterIssuer",
            Case::with_spec(&FITTING.replace("{name: ca}", "{name: ca, kind: ClusterIssuer}"))
                .change(|c| c.secret().metadata.annotations = StringMap::default()),
            [Some(unnamed_before), Some(unnamed), Some(unnamed)],
        ),
        (
            "an empty issuer name",
            fitting().change(|c| c.secret().metadata.annotations.insert(annotation::ISSUER_NAME, "")),
            [Some(unnamed_before), Some(unnamed), Some(unnamed)],
        ),
        (
            "the name of another Certificate",
            fitting().change(|c| c.secret().metadata.annotations.insert(annotation::CERTIFICATE_NAME, "api")),
            [
                None,
                None,
                Some((
                    "SecretCertificateNameAnnotationsMismatch",
                    "IncorrectCertificate",
                    "Secret was issued for \"api\". If this message is not transient, you might have two conflicting \
                     Certificates pointing to the same secret.",
                )),
            ],
        ),
        (
            "another key wanted",
            Case::with_spec(&FITTING.replace("ECDSA", "Ed25519")),
            [
                Some((
                    "SecretPrivateKeyMatchesSpec",
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.privateKey.algorithm]",
                )),
                Some((
                    "SecretPrivateKeyMismatchesSpec",
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.privateKey.algorithm]",
                )),
                Some((
                    "SecretPrivateKeyMismatchesSpec",
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.privateKey.algorithm]",
                )),
            ],
        ),
        (
            "the request of another key",
            fitting().change(|c| c.request = fitting().request),
            [
                None,
                Some((
                    "SecretPublicKeyDiffersFromCurrentCertificateRequest",
                    "SecretMismatch",
                    "Secret contains a private key that does not match the current CertificateRequest",
                )),
                Some((
                    "SecretPublicKeyDiffersFromCurrentCertificateRequest",
                    "SecretMismatch",
                    "Secret contains a private key that does not match the current CertificateRequest",
                )),
            ],
        ),
        (
            "another name, with a request",
            Case::with_spec(&FITTING.replace("a.example", "b.example")),
            [
                Some((
                    "CurrentCertificateRequestNotValidForSpec",
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]",
                )),
                Some((
                    "CurrentCertificateRequestMismatchesSpec",
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]",
                )),
                Some((
                    "CurrentCertificateRequestMismatchesSpec",
                    "RequestChanged",
                    "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]",
                )),
            ],
        ),
        (
            "another name, without a request",
            Case::with_spec(&FITTING.replace("a.example", "b.example")).change(|c| c.request = None),
            [
                Some((
                    "CurrentCertificateRequestNotValidForSpec",
                    "SecretMismatch",
                    "Existing issued Secret is not up to date for spec: [spec.dnsNames]",
                )),
                Some((
                    "CurrentCertificateRequestMismatchesSpec",
                    "SecretMismatch",
                    "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]",
                )),
                Some((
                    "CurrentCertificateRequestMismatchesSpec",
                    "SecretMismatch",
                    "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]",
                )),
            ],
        ),
        (
            "the renewal time, to the second",
            fitting().change(|c| c.now = Time(NOW.0 + 60 * 86_400)),
            same(
                "CurrentCertificateNearingExpiry",
                "Renewing",
                "Renewing certificate as renewal was scheduled at <nil>",
            ),
        ),
        ("a second less", fitting().change(|c| c.now = Time(NOW.0 + 60 * 86_400 - 1)), [None; 3]),
        (
            "the renewal time, with a status",
            fitting().change(|c| {
                c.now = Time(NOW.0 + 89 * 86_400);
                c.certificate.status = CertificateStatus { renewal_time: Some(NOW), ..CertificateStatus::default() };
            }),
            same(
                "CurrentCertificateNearingExpiry",
                "Renewing",
                "Renewing certificate as renewal was scheduled at 2026-06-15 10:00:00 +0000 UTC",
            ),
        ),
    ]
}

#[test]
fn each_policy_fires_with_its_reason_and_message() {
    for (what, case, want) in rows() {
        for (version, want) in AGES.into_iter().zip(want) {
            let evaluation = case.run(version);
            let first = evaluation.violations.first().map(|v| (v.policy, v.reason, &*v.message));
            assert_eq!(first, want, "{what} {version}");
            assert!(evaluation.violations.iter().all(|v| v.faq.is_some()), "{what} {version}");
            assert_eq!(evaluation.panic, None, "{what} {version}");
        }
    }
}

#[test]
fn every_policy_of_every_trigger_chain_fires_in_a_row_and_is_silent_in_another() {
    let rows = rows();
    for version in AGES {
        let release = release(version);
        for policy in trigger_chain(&release) {
            let outcomes: Vec<Outcome> = rows
                .iter()
                .filter(|(_, case, _)| case.secret.is_some() || policy.id == "SecretDoesNotExist")
                .map(|(_, case, _)| (policy.check)(&case.input(&release)))
                .collect();
            let named = |o: &Outcome| matches!(o, Outcome::Violated(violation) if violation.policy == policy.id);
            assert!(outcomes.iter().any(named), "{} never fires in {version}", policy.id);
            assert!(outcomes.contains(&Outcome::Pass), "{} is never silent in {version}", policy.id);
        }
    }
}

#[test]
fn all_violations_are_told_in_chain_order() {
    let case = Case::with_spec(&FITTING.replace("a.example", "b.example").replace("ECDSA", "RSA"))
        .change(|c| c.secret().metadata.annotations.insert(annotation::ISSUER_NAME, "other"))
        .change(|c| c.now = Time(NOW.0 + 91 * 86_400));
    let ids = |version| case.run(version).violations.iter().map(|v| v.policy).collect::<Vec<_>>();
    let newest = [
        "SecretIssuerAnnotationsMismatch",
        "SecretPrivateKeyMismatchesSpec",
        "CurrentCertificateRequestMismatchesSpec",
        "CurrentCertificateNearingExpiry",
    ];
    assert_eq!(ids("v1.21.2"), newest);
    let oldest = [
        "SecretPrivateKeyMatchesSpec",
        "SecretIssuerAnnotationsNotUpToDate",
        "CurrentCertificateRequestNotValidForSpec",
        "CurrentCertificateNearingExpiry",
    ];
    assert_eq!(ids("v1.12.17"), oldest);
    let release = release("v1.21.2");
    let readiness = evaluate(readiness_chain(&release), &case.input(&release));
    let last = readiness.violations.last().map(|v| (v.policy, v.reason, &*v.message));
    let expired = ("CurrentCertificateHasExpired", "Expired", "Certificate expired on Sun, 13 Sep 2026 10:00:00 UTC");
    assert_eq!(last, Some(expired));
}

const NIL: &str = "runtime error: invalid memory address or nil pointer dereference";

/// Spec, release, panic.
#[test]
fn releases_that_crash_are_known() {
    let disabled = FITTING.replace("{secretName", "{renewal: {policy: Disabled}, secretName");
    let empty = FITTING.replace("{secretName", "{renewal: {}, secretName");
    let lower = FITTING.replace("ECDSA", "ecdsa");
    let unknown = "[PROGRAMMING ERROR] unrecognised key algorithm type \"ecdsa\"";
    for (spec, version, want) in [
        (&disabled, "v1.20.3", None),
        (&disabled, "v1.21.0", Some(NIL)),
        (&disabled, "v1.21.1", None),
        (&empty, "v1.20.3", None),
        (&empty, "v1.21.0", Some(NIL)),
        (&empty, "v1.21.2", Some(NIL)),
        (&lower, "v1.15.5", None),
        (&lower, "v1.16.0", Some(unknown)),
    ] {
        let evaluation = Case::with_spec(spec).run(version);
        assert_eq!(evaluation.panic.as_ref().map(|panic| &*panic.text), want, "{spec} {version}");
    }
    let hidden =
        Case::with_spec(&empty).change(|c| c.secret().metadata.annotations.insert(annotation::ISSUER_NAME, "x"));
    assert_eq!(hidden.run("v1.21.2").panic, None, "cert-manager does not get there");
    let old = Case::with_spec(&lower).run("v1.15.5");
    let message = "Failed to check private key is up to date: unrecognised key algorithm type \"ecdsa\"";
    assert_eq!(old.violations.first().map(|v| &*v.message), Some(message));
}

#[test]
fn renewal_information_of_the_ca_decides_if_it_speaks_of_this_certificate() {
    let at = |seconds: i64| Some(AriWindow { start: Some(Time(NOW.0 + seconds)), end: None });
    for (ari, now, version, want) in [
        (at(100), 99, "v1.21.2", false),
        (at(100), 100, "v1.21.2", true),
        (at(100), 100, "v1.20.3", false),
        (at(0), 100, "v1.21.2", false),
        (at(80 * 86_400), 70 * 86_400, "v1.21.2", false),
        (None, 70 * 86_400, "v1.21.2", true),
    ] {
        let case = Case::fitting().change(|c| (c.ari, c.now) = (ari, Time(NOW.0 + now)));
        assert_eq!(!case.run(version).violations.is_empty(), want, "{ari:?} {now} {version}");
    }
}

#[test]
fn a_window_error_is_logged_as_an_ordinary_renewal() {
    let windows = "{renewal: {policy: RenewBefore, windows: [{cron: 0 2 30 2 *, windowDuration: 1h}]}, secretName";
    let case = Case::with_spec(&FITTING.replace("{secretName", windows)).change(|c| c.now = Time(NOW.0 + 61 * 86_400));
    let evaluation = case.run("v1.21.2");
    assert_eq!(evaluation.violations.first().map(|v| v.reason), Some("WindowError"));
    let logged = trigger(&evaluation, &case.certificate).unwrap();
    let message = "Renewing certificate without satisfying renewal windows at: <nil>";
    assert_eq!((logged.reason, &*logged.message), ("Renewing", message));
}

#[test]
fn the_literal_subject_trap_is_sprung() {
    let mut case = Case::with_spec(&FITTING.replace("dnsNames", "literalSubject: CN=web, dnsNames"));
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "web");
    params.subject_alt_names = vec![SanType::DnsName("a.example".try_into().unwrap())];
    let certificate = CertificateMaterial::read(params.self_signed(&key).unwrap().pem().as_bytes());
    case.secret().key = Some(KeyMaterial::read(key.serialize_pem().as_bytes(), &certificate));
    case.secret().certificate = Some(certificate);
    case.request = None;
    for version in ["v1.9.0", "v1.21.2"] {
        let evaluation = case.run(version);
        let first = evaluation.violations.first().unwrap();
        assert!(first.message.ends_with("not up to date for spec: [spec.commonName]"), "{version} {}", first.message);
        assert!(first.faq.unwrap().contains("also"), "the FAQ says otherwise");
    }
}

#[test]
fn rewrites_are_told_as_far_as_they_can_be() {
    let case = Case::with_spec(&FITTING.replace("{secretName", "{secretTemplate: {labels: {a: b}}, secretName"));
    let run = |version| {
        let release = release(version);
        evaluate(post_issuance_chain(&release), &case.input(&release))
    };
    let reasons = |version| run(version).violations.iter().map(|v| v.reason).collect::<Vec<_>>();
    assert_eq!(reasons("v1.10.2"), ["SecretTemplateMismatch"]);
    assert_eq!(reasons("v1.12.17"), ["SecretTemplateMismatch", "SecretBaseLabelsMissing"]);
    assert_eq!(reasons("v1.15.5"), ["SecretManagedMetadataMismatch", "SecretTemplateMismatch"]);
    assert_eq!(reasons("v1.16.0"), ["SecretManagedMetadataMismatch"]);
    assert!(run("v1.21.2").undecided.iter().any(|u| u.policy == "SecretOwnerReferenceManagedFieldMismatch"));
}
