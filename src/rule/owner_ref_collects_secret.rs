//! # owner-ref-collects-secret: deleting the Certificate deletes its Secret
//!
//! ## What
//!
//! The Secret is owned by its Certificate, because the controller runs (or ran) with `--enable-certificate-owner-
//! ref`.
//!
//! ## Why
//!
//! Whenever such a Certificate is deleted or re-created, for example by a reinstallation or a restore that begins
//! with deleting, the garbage collector takes the Secret along and everything is issued again.
//!
//! ## Since
//!
//! All releases with the flag.
//!
//! ## Example
//!
//! Uninstalling cert-manager with its CRDs deletes the Certificates, and with them every Secret.
//!
//! ## Fix
//!
//! Back up the Secrets, and remove the owner references before Certificates are deleted.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificates/issuing/secret_manager.go`; Kubernetes `pkg/controller/garbagecollector`.

use crate::object::Kind;

use super::View;
use super::finding::{Effect, Finding, Severity};

pub(super) const ID: &str = "owner-ref-collects-secret";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let owned: Vec<_> = view
        .rows()
        .filter(|row| {
            let uid = &row.certificate.metadata.uid;
            !uid.is_empty() && row.secret.is_some_and(|s| s.metadata.owner_references.iter().any(|o| o.uid == *uid))
        })
        .map(|row| &row.judgement.key)
        .collect();
    let mut by_namespace: std::collections::BTreeMap<&str, Vec<_>> = std::collections::BTreeMap::new();
    for key in owned {
        by_namespace.entry(&key.namespace).or_default().push(key);
    }
    for (namespace, keys) in by_namespace {
        let title = format!("{} Secrets go when their Certificates are deleted", keys.len());
        let detail = "They carry an owner reference to their Certificate. Deleting the Certificates, or their CRD, deletes \
                      the Secrets, and everything is issued again.";
        let mut finding =
            Finding::about(Kind::Namespace, &crate::object::NamespacedName::cluster(namespace), title, detail)
                .severity(Severity::Low)
                .advice(Effect::Safe, "Back up the Secrets before Certificates are deleted.");
        for key in keys {
            finding = finding.concerning(key);
        }
        found.push(finding);
    }
}
