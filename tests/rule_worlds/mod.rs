//! Small worlds for the rules, each a change of the healthy one.
#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod run;
pub(crate) mod upgrade;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

use crate::common::{certificate, data, healthy, issue, issuer, p256, request, secret};

/// The healthy world after a change of one of its objects.
pub(crate) fn but(kind: &str, name: &str, change: impl FnOnce(&mut Value)) -> Vec<Value> {
    altered(healthy("shop", "web"), kind, name, change)
}

pub(crate) fn altered(mut objects: Vec<Value>, kind: &str, name: &str, change: impl FnOnce(&mut Value)) -> Vec<Value> {
    let found = objects.iter_mut().find(|o| o["kind"] == kind && o["metadata"]["name"] == name);
    change(found.unwrap_or_else(|| panic!("no {kind} {name}")));
    objects
}

pub(crate) fn and(mut objects: Vec<Value>, more: Value) -> Vec<Value> {
    objects.push(more);
    objects
}

pub(crate) fn without(mut objects: Vec<Value>, kind: &str, name: &str) -> Vec<Value> {
    objects.retain(|o| !(o["kind"] == kind && (name.is_empty() || o["metadata"]["name"] == name)));
    objects
}

pub(crate) fn key(algorithm: &str, size: i64, rotation: &str) -> Value {
    json!({"algorithm": algorithm, "size": size, "rotationPolicy": rotation})
}

/// A leaf of 90 days below a CA that ends in a year; the issuer's Secret holds that CA.
pub(crate) fn below_ca(ca_ends: i32) -> Vec<Value> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Shop CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(ca_ends, 1, 1);
    let ca_key = p256();
    let ca = params.self_signed(&ca_key).unwrap().pem();
    let mut leaf = CertificateParams::new(vec!["web.example.com".to_owned()]).unwrap();
    leaf.distinguished_name = rcgen::DistinguishedName::new();
    leaf.distinguished_name.push(DnType::CommonName, "web.example.com");
    leaf.not_before = rcgen::date_time_ymd(2026, 11, 10);
    leaf.not_after = rcgen::date_time_ymd(2027, 2, 8);
    leaf.use_authority_key_identifier_extension = true;
    let leaf_key = p256();
    let mut issued = issue(KeyPair::from_pem(&leaf_key.serialize_pem()).unwrap(), &["web.example.com"]);
    issued.certificate_pem = leaf.signed_by(&leaf_key, &Issuer::new(params, ca_key)).unwrap().pem();
    let mut objects = vec![
        certificate("shop", "web", &["web.example.com"]),
        secret("shop", "web", &issued),
        request("shop", "web", &issued),
    ];
    objects.extend(ca_issuer(&ca));
    objects
}

pub(crate) fn ca_issuer(ca: &str) -> [Value; 2] {
    let mut found = issuer("shop");
    found[0]["spec"] = json!({"ca": {"secretName": "shop-ca"}});
    found[1]["metadata"]["name"] = json!("shop-ca");
    found[1]["data"] = json!({"tls.crt": data(ca), "tls.key": data("not a key")});
    found
}

/// The healthy Certificate below the CA of somebody else.
pub(crate) fn below_another_ca() -> Vec<Value> {
    let stranger = issue(p256(), &["another.example.com"]);
    let objects = without(without(healthy("shop", "web"), "Issuer", ""), "Secret", "vault-token");
    objects.into_iter().chain(ca_issuer(&stranger.certificate_pem)).collect()
}

/// The request is nobody's, and the Certificate has forgotten its revision.
pub(crate) fn orphaned(name: &'static str) -> Vec<Value> {
    let objects = but("CertificateRequest", "web-1", |request| {
        request["metadata"]["name"] = json!(name);
        request["metadata"]["ownerReferences"] = json!([]);
    });
    altered(objects, "Certificate", "web", |certificate| certificate["status"] = json!({}))
}

pub(crate) fn organization(objects: Vec<Value>) -> Vec<Value> {
    altered(objects, "Certificate", "web", |c| c["spec"]["subject"] = json!({"organizations": ["Example Corp"]}))
}

/// A second, younger Certificate of Secret `web-tls`.
pub(crate) fn sharing(objects: Vec<Value>) -> Vec<Value> {
    let mut late = certificate("shop", "late", &["web.example.com"]);
    late["spec"]["secretName"] = json!("web-tls");
    late["metadata"]["creationTimestamp"] = json!("2026-11-12T00:00:00Z");
    late["status"] = json!({});
    and(objects, late)
}

pub(crate) fn ingress() -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"namespace": "shop", "name": "front", "uid": "uid-front",
            "annotations": {"cert-manager.io/issuer": "vault"}},
        "spec": {"tls": [{"hosts": ["web.example.com"], "secretName": "web"}]},
    })
}

pub(crate) fn owned_by_ingress(uid: &str) -> Vec<Value> {
    but("Certificate", "web", |certificate| {
        certificate["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "front", "uid": uid, "controller": true,
        }]);
    })
}

pub(crate) fn external(crd_kind: &str) -> Vec<Value> {
    let objects = but("Certificate", "web", |certificate| {
        certificate["spec"]["issuerRef"] =
            json!({"name": "corp", "kind": "AWSPCAIssuer", "group": "awspca.cert-manager.io"});
    });
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "some.awspca.cert-manager.io"},
        "spec": {"group": "awspca.cert-manager.io", "scope": "Namespaced",
            "names": {"kind": crd_kind, "plural": "some"},
            "versions": [{"name": "v1beta1", "served": true, "storage": true}]},
    });
    and(objects, crd)
}

pub(crate) fn keystore() -> Vec<Value> {
    let store = json!({"pkcs12": {"create": true, "passwordSecretRef": {"name": "store", "key": "password"}}});
    but("Certificate", "web", |certificate| certificate["spec"]["keystores"] = store)
}

pub(crate) fn opaque(name: &str, field: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop", "name": name},
        "data": {field: data("something")},
    })
}

pub(crate) fn acme() -> Vec<Value> {
    but("Issuer", "vault", |issuer| {
        issuer["spec"] = json!({"acme": {"server": "https://acme.example.org", "privateKeySecretRef": {"name": "account"},
            "solvers": [{"http01": {"ingress": {}}}]}});
    })
}

pub(crate) fn stand_in() -> Vec<Value> {
    let key = p256();
    let mut issued = issue(KeyPair::from_pem(&key.serialize_pem()).unwrap(), &["web.example.com"]);
    let mut params = CertificateParams::new(vec!["web.example.com".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "web.example.com");
    params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), "1234567890");
    params.not_before = rcgen::date_time_ymd(2026, 11, 10);
    params.not_after = rcgen::date_time_ymd(2027, 2, 8);
    // cert-manager signs a stand-in with a CA of this name that it throws away.
    let mut throw_away = CertificateParams::default();
    throw_away.distinguished_name = rcgen::DistinguishedName::new();
    throw_away.distinguished_name.push(DnType::CommonName, "cert-manager.local");
    issued.certificate_pem = params.signed_by(&key, &Issuer::new(throw_away, p256())).unwrap().pem();
    let objects = without(without(healthy("shop", "web"), "Secret", "web-tls"), "CertificateRequest", "");
    and(and(objects, secret("shop", "web", &issued)), request("shop", "web", &issued))
}

/// The healthy Certificate, of a ClusterIssuer that is not there.
pub(crate) fn of_cluster_issuer() -> Vec<Value> {
    but("Certificate", "web", |certificate| certificate["spec"]["issuerRef"]["kind"] = json!("ClusterIssuer"))
}

pub(crate) fn cluster_issuer() -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "vault"},
        "spec": {"selfSigned": {}},
    })
}

pub(crate) fn crd(plural: &str, group: &str) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"kind": plural, "plural": plural},
            "versions": [{"name": "v1", "served": true, "storage": true}]},
    })
}

pub(crate) fn healthy_with_crd(plural: &str, group: &str) -> Vec<Value> {
    and(healthy("shop", "web"), crd(plural, group))
}
