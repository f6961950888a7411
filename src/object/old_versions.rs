//! Objects of cert-manager's API versions before v1, read as far as today's fields have an older spelling.
//!
//! `certmanager.k8s.io/v1alpha1` (cert-manager up to v0.10), `cert-manager.io/v1alpha2` (v0.11), `v1alpha3` (v0.15) and
//! `v1beta1` (v1.0-beta) were last served by cert-manager v1.5 and are gone since v1.7 (rules, section 4).
//! Spellings: cert-manager `pkg/apis/certmanager/{v1alpha2,v1alpha3,v1beta1}/types_certificate.go@v1.5.5`.

use zeroize::Zeroizing;

use super::kind::Kind;
use super::node::Node;

/// Whether an `apiVersion` is one of cert-manager's that no API server of today serves.
#[must_use]
pub fn is_old(api_version: &str) -> bool {
    match api_version.split_once('/') {
        Some(("cert-manager.io" | "acme.cert-manager.io", version)) => version != "v1",
        Some(("certmanager.k8s.io", _)) => true,
        _ => false,
    }
}

/// Gives the fields of an old object the names that they have in v1; what v1 has already stays.
pub fn modernise(kind: Kind, object: &mut Node) {
    let Some(spec) = object.get_mut("spec") else { return };
    match kind {
        Kind::Certificate => certificate(spec),
        Kind::CertificateRequest => rename(spec, "csr", "request"),
        _ => {}
    }
}

fn rename(object: &mut Node, old: &str, new: &str) {
    if let Some(value) = object.take(old) {
        object.set_if_absent(new, value);
    }
}

fn certificate(spec: &mut Node) {
    rename(spec, "uriSANs", "uris");
    rename(spec, "emailSANs", "emailAddresses");
    move_under(spec, "organization", "subject", "organizations");
    move_under(spec, "keySize", "privateKey", "size");
    for (old, new) in [("keyAlgorithm", "algorithm"), ("keyEncoding", "encoding")] {
        // v1alpha3 and older write `rsa` and `pkcs1` where v1 has `RSA` and `PKCS1`.
        if let Some(Node::Text(text)) = spec.get_mut(old) {
            *text = Zeroizing::new(text.to_uppercase());
        }
        move_under(spec, old, "privateKey", new);
    }
}

fn move_under(spec: &mut Node, old: &str, parent: &str, new: &str) {
    let Some(value) = spec.take(old) else { return };
    if matches!(spec.get(parent), Some(Node::Null)) {
        spec.take(parent);
    }
    spec.set_if_absent(parent, Node::Object(Vec::new()));
    if let Some(parent) = spec.get_mut(parent) {
        parent.set_if_absent(new, value);
    }
}
