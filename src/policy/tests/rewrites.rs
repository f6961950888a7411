//! Rules 1.5: when the Secret is written again without anything being issued.

use super::super::{Input, evaluate, post_issuance_chain};
use super::support::{NOW, release, spec};
use crate::object::{Certificate, OwnerReference, Secret};
use crate::pki::CertificateMaterial;

const FAO: &str = "controller.cert-manager.io/fao";

type Pairs = &'static [(&'static str, &'static str)];

/// What a row is about; the rest is as cert-manager leaves it.
#[derive(Clone, Copy)]
struct Given {
    spec: &'static str,
    labels: Pairs,
    annotations: Pairs,
    keys: &'static [&'static str],
}

const FITTING: Given = Given { spec: "{}", labels: &[(FAO, "true")], annotations: &[], keys: &["ca.crt", "tls.key"] };

const LABEL: Given = Given { spec: "{secretTemplate: {labels: {a: b}}}", ..FITTING };
const BOTH: Given = Given { spec: "{secretTemplate: {labels: {a: b}, annotations: {c: d}}}", ..FITTING };
const JKS: Given = Given { spec: "{keystores: {jks: {create: true}}}", ..FITTING };
const JKS_OFF: Given = Given { spec: "{keystores: {jks: {create: false}}}", ..FITTING };
const P12: Given = Given { spec: "{keystores: {pkcs12: {create: true}}}", ..FITTING };

const OLD_TEMPLATE: &str =
    "SecretTemplateMismatchesSecret: Certificate's SecretTemplate Labels missing or incorrect value on Secret";
const TEMPLATE: &str =
    "SecretSecretTemplateMismatch: Certificate's SecretTemplate Labels missing or incorrect value on Secret";
const ANNOTATIONS: &str =
    "SecretSecretTemplateMismatch: Certificate's SecretTemplate Annotations missing or incorrect value on Secret";
const WRONG_LABEL: &str =
    "SecretBaseLabelsMismatch: wrong base label controller.cert-manager.io/fao value \"yes\", expected \"true\"";
const OLD_NO_LABEL: &str = "SecretBaseLabelsAreMissing: missing base label controller.cert-manager.io/fao";
const NO_LABEL: &str = "SecretManagedLabelsAndAnnotationsManagedFieldsMismatch: Secret is missing these Managed Labels: \
                        [controller.cert-manager.io/fao]";
const OLD_JKS: &str = "SecretKeystoreFormatMatchesSpec: JKS Keystore key does not contain data";
const NO_JKS: &str = "SecretKeystoreFormatMismatch: JKS Keystore key does not contain data";
const NO_P12: &str = "SecretKeystoreFormatMismatch: PKCS12 Keystore key does not contain data";
const DISABLED: &str = "SecretKeystoreFormatMismatch: JKS Keystore create disabled";
const NO_JKS_WANTED: &str = "SecretKeystoreFormatMismatch: JKS Keystore not defined";
const NO_P12_WANTED: &str = "SecretKeystoreFormatMismatch: PKCS12 Keystore not defined";
const NONE_WANTED: &str = "SecretKeystoreFormatMismatch: Keystore is not defined";

/// What there is, release, violations.
const ROWS: [(Given, &str, &[&str]); 42] = [
    (FITTING, "v1.8.2", &[]),
    (FITTING, "v1.12.17", &[]),
    (FITTING, "v1.21.2", &[]),
    // The label: unknown up to 1.10, any value in 1.11 and 1.12, `true` since.
    (Given { labels: &[], ..FITTING }, "v1.10.2", &[]),
    (Given { labels: &[], ..FITTING }, "v1.11.0", &[OLD_NO_LABEL]),
    (Given { labels: &[], ..FITTING }, "v1.12.17", &[OLD_NO_LABEL]),
    (Given { labels: &[], ..FITTING }, "v1.13.0", &[NO_LABEL]),
    (Given { labels: &[(FAO, "yes")], ..FITTING }, "v1.12.17", &[]),
    (Given { labels: &[(FAO, "yes")], ..FITTING }, "v1.13.0", &[WRONG_LABEL]),
    (Given { labels: &[(FAO, "yes")], ..FITTING }, "v1.21.2", &[WRONG_LABEL]),
    // The template: from 1.16 on what is missing is found by its owner alone.
    (LABEL, "v1.12.17", &[OLD_TEMPLATE]),
    (LABEL, "v1.13.0", &[TEMPLATE]),
    (LABEL, "v1.15.5", &[TEMPLATE]),
    (LABEL, "v1.16.0", &[]),
    (Given { labels: &[(FAO, "true"), ("a", "b")], ..LABEL }, "v1.15.5", &[]),
    (Given { labels: &[(FAO, "true"), ("a", "x")], ..LABEL }, "v1.15.5", &[TEMPLATE]),
    (Given { labels: &[(FAO, "true"), ("a", "x")], ..LABEL }, "v1.21.2", &[TEMPLATE]),
    (Given { labels: &[(FAO, "true"), ("a", "b")], ..BOTH }, "v1.15.5", &[ANNOTATIONS]),
    (Given { annotations: &[("c", "d")], ..BOTH }, "v1.15.5", &[TEMPLATE]),
    (BOTH, "v1.15.5", &[ANNOTATIONS]),
    (Given { annotations: &[("c", "x")], ..BOTH }, "v1.21.2", &[ANNOTATIONS]),
    // Keystores: since 1.11, and from 1.12 on a truststore is only wanted beside a ca.crt.
    (JKS, "v1.10.2", &[]),
    (JKS, "v1.11.0", &[OLD_JKS]),
    (JKS, "v1.21.2", &[NO_JKS]),
    (Given { keys: &["ca.crt", "keystore.jks"], ..JKS }, "v1.21.2", &[NO_JKS]),
    (Given { keys: &["ca.crt", "truststore.jks"], ..JKS }, "v1.21.2", &[NO_JKS]),
    (Given { keys: &["ca.crt", "keystore.jks", "truststore.jks"], ..JKS }, "v1.21.2", &[]),
    (Given { keys: &["keystore.jks"], ..JKS }, "v1.11.5", &[OLD_JKS]),
    (Given { keys: &["keystore.jks"], ..JKS }, "v1.12.0", &[]),
    (Given { keys: &["keystore.jks"], ..JKS }, "v1.21.2", &[]),
    (Given { keys: &["keystore.p12"], ..JKS }, "v1.21.2", &[NO_JKS]),
    (Given { keys: &["keystore.jks", "keystore.p12"], ..JKS }, "v1.21.2", &[NO_P12_WANTED]),
    (Given { keys: &["keystore.jks", "truststore.p12"], ..JKS }, "v1.21.2", &[NO_P12_WANTED]),
    (P12, "v1.21.2", &[NO_P12]),
    (Given { keys: &["keystore.p12"], ..P12 }, "v1.21.2", &[]),
    (Given { keys: &["keystore.p12", "truststore.jks"], ..P12 }, "v1.21.2", &[NO_JKS_WANTED]),
    (JKS_OFF, "v1.21.2", &[]),
    (Given { keys: &["keystore.jks"], ..JKS_OFF }, "v1.21.2", &[DISABLED]),
    (Given { keys: &["truststore.jks"], ..JKS_OFF }, "v1.21.2", &[DISABLED]),
    (Given { keys: &["keystore.jks"], ..FITTING }, "v1.21.2", &[NONE_WANTED]),
    (Given { keys: &["truststore.p12"], ..FITTING }, "v1.21.2", &[NONE_WANTED]),
    (Given { spec: "{keystores: {}}", ..FITTING }, "v1.21.2", &[]),
];

fn secret(given: Given) -> Secret {
    let mut secret = Secret::default();
    secret.metadata.labels = given.labels.iter().copied().collect();
    secret.metadata.annotations = given.annotations.iter().copied().collect();
    secret.data = Some(given.keys.iter().map(|&key| (key.into(), 1)).collect());
    secret
}

/// The violations as `policy: message`.
fn violations(certificate: &Certificate, secret: Option<&Secret>, version: &str, owner_ref: bool) -> Vec<String> {
    let release = release(version);
    let input = Input {
        release: &release,
        certificate,
        secret,
        current_request: None,
        next_request: None,
        ari: None,
        now: NOW,
        certificate_owner_ref: owner_ref,
    };
    let evaluation = evaluate(post_issuance_chain(&release), &input);
    evaluation.violations.iter().map(|violation| format!("{}: {}", violation.policy, violation.message)).collect()
}

#[test]
fn what_differs_is_written_again() {
    for (given, version, want) in ROWS {
        let certificate = Certificate { spec: spec(given.spec), ..Certificate::default() };
        let got = violations(&certificate, Some(&secret(given)), version, false);
        assert_eq!(got, want, "{version} {} {:?} {:?} {:?}", given.spec, given.labels, given.annotations, given.keys);
    }
    for version in ["v1.10.2", "v1.12.17", "v1.21.2"] {
        let certificate = Certificate { spec: spec(JKS.spec), ..Certificate::default() };
        assert_eq!(violations(&certificate, None, version, true), Vec::<String>::new(), "no Secret, {version}");
    }
}

#[test]
fn an_undecodable_certificate_is_looked_at_before_the_label() {
    let broken = Secret { certificate: Some(CertificateMaterial::read(b"nonsense")), ..secret(FITTING) };
    let want = "SecretBaseLabelsAreMissing: Failed to decode stored certificate: error decoding certificate PEM block";
    let with = |keys| Secret { data: secret(Given { keys, ..FITTING }).data, ..broken.clone() };
    for (keys, version, want) in
        [(&["tls.crt"][..], "v1.12.13", &[want][..]), (&["tls.key"], "v1.12.13", &[]), (&["tls.crt"], "v1.13.0", &[])]
    {
        let got = violations(&Certificate::default(), Some(&with(keys)), version, false);
        assert_eq!(got, want, "{keys:?} {version}");
    }
}

/// apiVersion, kind, name, uid, controller.
type Owner = (&'static str, &'static str, &'static str, &'static str, Option<bool>);

/// The owner of the Secret; whether it is the Certificate `web`.
const OWNERS: [(Owner, bool); 7] = [
    (("cert-manager.io/v1", "Certificate", "web", "u1", Some(true)), true),
    (("cert-manager.io/v1alpha2", "Certificate", "web", "u1", Some(true)), false),
    (("cert-manager.io/v1", "Issuer", "web", "u1", Some(true)), false),
    (("cert-manager.io/v1", "Certificate", "api", "u1", Some(true)), false),
    (("cert-manager.io/v1", "Certificate", "web", "u2", Some(true)), false),
    (("cert-manager.io/v1", "Certificate", "web", "u1", Some(false)), false),
    (("cert-manager.io/v1", "Certificate", "web", "u1", None), false),
];

#[test]
fn the_owner_counts_with_its_flag_alone() {
    let mut certificate = Certificate::default();
    (certificate.metadata.name, certificate.metadata.uid) = ("web".into(), "u1".into());
    for ((api_version, kind, name, uid, controller), fits) in OWNERS {
        let mut secret = secret(FITTING);
        secret.metadata.owner_references = [OwnerReference {
            api_version: api_version.into(),
            kind: kind.into(),
            name: name.into(),
            uid: uid.into(),
            controller,
        }]
        .into_iter()
        .collect();
        for (version, policy) in
            [("v1.12.17", "SecretOwnerReferenceValueMismatch"), ("v1.21.2", "SecretOwnerReferenceMismatch")]
        {
            let message = "unexpected Secret Owner Reference value on Secret --enable-certificate-owner-ref=true";
            let want: Vec<String> = (!fits).then(|| format!("{policy}: {message}")).into_iter().collect();
            let what = format!("{api_version} {kind} {name} {uid} {controller:?} {version}");
            assert_eq!(violations(&certificate, Some(&secret), version, true), want, "{what}");
            assert_eq!(violations(&certificate, Some(&secret), version, false), Vec::<String>::new(), "{what}");
        }
    }
}
