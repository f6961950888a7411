//! Objects and a clean command for the tests.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod schema;

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

/// The instant of the tests.
pub(crate) const NOW: &str = "2026-11-20T09:00:00Z";

/// The program without anything of the caller's environment.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reissue-audit"));
    command.env_clear();
    command
}

/// A key with the certificate made for it and the request that asked for it.
pub(crate) struct Issued {
    /// `tls.key`
    pub(crate) key_pem: String,
    /// `tls.crt`
    pub(crate) certificate_pem: String,
    /// `spec.request`
    pub(crate) request_pem: String,
}

/// A self-signed certificate of 90 days that began ten days before [`NOW`].
pub(crate) fn issue(key: KeyPair, dns_names: &[&str]) -> Issued {
    let names: Vec<String> = dns_names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, dns_names[0]);
    params.not_before = rcgen::date_time_ymd(2026, 11, 10);
    params.not_after = rcgen::date_time_ymd(2027, 2, 8);
    params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature, rcgen::KeyUsagePurpose::KeyEncipherment];
    let request_pem = params.serialize_request(&key).unwrap().pem().unwrap();
    let certificate_pem = params.self_signed(&key).unwrap().pem();
    Issued { key_pem: key.serialize_pem(), certificate_pem, request_pem }
}

/// A P-256 key.
pub(crate) fn p256() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

/// base64 as in `data` of a Secret.
pub(crate) fn data(text: &str) -> String {
    STANDARD.encode(text)
}

/// A Certificate for an ECDSA key of Issuer `vault`.
pub(crate) fn certificate(namespace: &str, name: &str, dns_names: &[&str]) -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": {"namespace": namespace, "name": name, "uid": format!("uid-{namespace}-{name}"), "generation": 1},
        "spec": {
            "commonName": dns_names[0], "dnsNames": dns_names, "secretName": format!("{name}-tls"),
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "issuerRef": {"name": "vault", "kind": "Issuer", "group": "cert-manager.io"},
        },
        "status": {"revision": 1},
    })
}

/// The Secret of that Certificate.
pub(crate) fn secret(namespace: &str, name: &str, issued: &Issued) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"namespace": namespace, "name": format!("{name}-tls"), "annotations": {
            "cert-manager.io/certificate-name": name, "cert-manager.io/issuer-name": "vault",
            "cert-manager.io/issuer-kind": "Issuer", "cert-manager.io/issuer-group": "cert-manager.io",
        }},
        "data": {"tls.key": data(&issued.key_pem), "tls.crt": data(&issued.certificate_pem)},
    })
}

/// The current request of that Certificate.
pub(crate) fn request(namespace: &str, name: &str, issued: &Issued) -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
        "metadata": {
            "namespace": namespace, "name": format!("{name}-1"), "uid": format!("uid-{namespace}-{name}-1"),
            "annotations": {
                "cert-manager.io/certificate-name": name, "cert-manager.io/certificate-revision": "1",
            },
            "ownerReferences": [{
                "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": name,
                "uid": format!("uid-{namespace}-{name}"), "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "request": data(&issued.request_pem),
            "issuerRef": {"name": "vault", "kind": "Issuer", "group": "cert-manager.io"},
        },
        "status": {"conditions": [
            {"type": "Approved", "status": "True"}, {"type": "Ready", "status": "True", "reason": "Issued"},
        ]},
    })
}

/// The Issuer `vault` with the Secret of its token.
pub(crate) fn issuer(namespace: &str) -> [Value; 2] {
    [
        json!({
            "apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": {"namespace": namespace, "name": "vault"},
            "spec": {"vault": {"server": "https://vault.example.internal", "path": "pki/sign/web",
                "auth": {"tokenSecretRef": {"name": "vault-token", "key": "token"}}}},
        }),
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace, "name": "vault-token"},
            "data": {"token": data("not-a-token")},
        }),
    ]
}

/// A healthy Certificate with everything around it.
pub(crate) fn healthy(namespace: &str, name: &str) -> Vec<Value> {
    let dns = format!("{name}.example.com");
    let issued = issue(p256(), &[&dns]);
    let mut objects = issuer(namespace).to_vec();
    objects.push(certificate(namespace, name, &[&dns]));
    objects.push(secret(namespace, name, &issued));
    objects.push(request(namespace, name, &issued));
    objects
}

/// A `List` of objects as text.
pub(crate) fn list(objects: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

/// Runs a command on stdin and reads its JSON report.
pub(crate) fn report(arguments: &[&str], input: &str) -> Value {
    let output = command().args(arguments).args(["--report", "json"]).write_stdin(input).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The entry of one Certificate in a report.
pub(crate) fn entry<'a>(report: &'a Value, namespace: &str, name: &str) -> &'a Value {
    let certificates = report["certificates"].as_array().unwrap();
    certificates.iter().find(|c| c["namespace"] == namespace && c["name"] == name).unwrap()
}
