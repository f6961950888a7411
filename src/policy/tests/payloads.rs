//! Rules 1.4: payloads that are missing, broken or old, and what each era says of them.

use thin_vec::thin_vec;

use super::super::{evaluate, readiness_chain, request_changed};
use super::case::{Case, FITTING};
use super::support::{NOW, release};
use crate::pki::{CertificateMaterial, KeyMaterial, RequestMaterial};
use crate::time::Time;

#[test]
fn undecodable_payloads_are_violations() {
    let broken = |c: &mut Case| c.secret().certificate = Some(CertificateMaterial::read(b"nonsense"));
    let newest = Case::fitting().change(broken).run("v1.21.2");
    let first = newest.violations.first().map(|v| (v.policy, v.reason));
    assert_eq!(first, Some(("SecretPublicKeysDiffer", "InvalidCertificate")));
    let alone = |version| {
        let evaluation = Case::fitting().change(broken).change(|c| c.request = None).run(version);
        evaluation.violations.iter().map(|v| (v.policy, v.message.clone())).collect::<Vec<_>>()
    };
    let no_block = "error decoding certificate PEM block";
    let bare = "Issuing certificate as Secret contains an invalid certificate: error decoding certificate PEM block";
    let wrapped = format!("{bare}: no valid certificates found");
    assert_eq!(
        alone("v1.12.13")[1..],
        [("CurrentCertificateNearingExpiry", format!("Failed to decode stored certificate: {no_block}"))]
    );
    let twice = |text: &str| {
        ["SecretPublicKeysDiffer", "CurrentCertificateNearingExpiry"].map(|policy| (policy, text.to_owned()))
    };
    assert_eq!(alone("v1.15.3"), twice(bare));
    let thrice = |text: &str| {
        ["SecretPublicKeysDiffer", "CurrentCertificateRequestMismatchesSpec", "CurrentCertificateNearingExpiry"]
            .map(|policy| (policy, text.to_owned()))
    };
    assert_eq!(alone("v1.16.0"), thrice(bare));
    assert_eq!(alone("v1.21.2"), thrice(&wrapped));
    let bad_request = |c: &mut Case| {
        if let Some(request) = &mut c.request {
            request.spec.request = RequestMaterial::read(b"nonsense");
        }
    };
    let case = Case::fitting().change(bad_request);
    assert_eq!(case.run("v1.12.17").violations, []);
    let reasons: Vec<_> = case.run("v1.13.0").violations.iter().map(|v| v.reason).collect();
    assert_eq!(reasons, ["InvalidCertificateRequest"]);
}

#[test]
fn a_missing_or_broken_key_is_told_by_each_era_in_its_words() {
    let broken = |c: &mut Case| c.secret().key = Some(KeyMaterial::read(b"nonsense", &CertificateMaterial::default()));
    let missing = |c: &mut Case| {
        c.secret().data = Some(thin_vec![("tls.crt".into(), 9)]);
        c.secret().key = None;
    };
    let no_block = "error decoding private key PEM block";
    let invalid = format!("Issuing certificate as Secret contains invalid private key data: {no_block}");
    for (case, version, want) in [
        (
            Case::fitting().change(missing),
            "v1.12.13",
            "Existing issued Secret does not contain private key data".to_owned(),
        ),
        (Case::fitting().change(missing), "v1.13.0", invalid.clone()),
        (
            Case::fitting().change(broken),
            "v1.12.13",
            format!("Existing issued Secret contains invalid private key data: {no_block}"),
        ),
        (Case::fitting().change(broken), "v1.13.0", invalid),
    ] {
        let names = ["SecretPrivateKeyMatchesSpec", "SecretPrivateKeyMismatchesSpec"];
        let found = case.run(version).violations.into_iter().find(|v| names.contains(&v.policy));
        assert_eq!(found.map(|v| v.message), Some(want), "{version}");
    }
}

#[test]
fn readiness_looks_at_the_expiry() {
    let last = |case: &Case, version| {
        let release = release(version);
        let evaluation = evaluate(readiness_chain(&release), &case.input(&release));
        evaluation.violations.last().map(|v| (v.policy, v.message.clone()))
    };
    let expired = |message: &str| Some(("CurrentCertificateHasExpired", message.to_owned()));
    let end = Time(NOW.0 + 90 * 86_400);
    let at = |now| Case::fitting().change(|c| c.now = now);
    let none = || {
        Case::fitting()
            .change(|c| (c.secret().data, c.secret().certificate) = (Some(thin_vec![("tls.key".into(), 9)]), None))
    };
    let broken = || Case::fitting().change(|c| c.secret().certificate = Some(CertificateMaterial::read(b"nonsense")));
    let no_block = "error decoding certificate PEM block";
    for (case, version, want) in [
        (at(end), "v1.12.17", None),
        (at(end), "v1.21.2", None),
        (at(Time(end.0 + 1)), "v1.12.17", expired("Certificate expired on Sun, 13 Sep 2026 10:00:00 UTC")),
        (at(Time(end.0 + 1)), "v1.21.2", expired("Certificate expired on Sun, 13 Sep 2026 10:00:00 UTC")),
        (none(), "v1.12.13", expired("Missing Certificate data")),
        (
            none(),
            "v1.13.0",
            expired(&format!("Issuing certificate as Secret contains an invalid certificate: {no_block}")),
        ),
        (broken(), "v1.12.13", expired(&format!("Failed to decode stored certificate: {no_block}"))),
        (
            broken(),
            "v1.13.0",
            expired(&format!("Issuing certificate as Secret contains an invalid certificate: {no_block}")),
        ),
    ] {
        assert_eq!(last(&case, version), want, "{version} {}", case.now);
    }
}

#[test]
fn a_changed_request_triggers_whatever_the_secret_holds() {
    let release = release("v1.21.2");
    let changed = Case::with_spec(&FITTING.replace("a.example", "b.example")).change(|c| c.secret = None);
    assert_eq!(request_changed(&changed.input(&release)).map(|v| v.reason), Some("RequestChanged"));
    assert_eq!(request_changed(&Case::fitting().input(&release)), None);
    let none = changed.change(|c| c.request = None);
    assert_eq!(request_changed(&none.input(&release)), None);
}
