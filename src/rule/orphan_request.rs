//! # orphan-request: a CertificateRequest belongs to nobody
//!
//! ## What
//!
//! A CertificateRequest names a Certificate in its annotations and is not owned by it.
//!
//! ## Why
//!
//! cert-manager does not see it as the Certificate's request and never deletes it. Comparisons fall back to names,
//! its name may block a later issuance, and after a restore it is signed again.
//!
//! ## Since
//!
//! All releases; names block since 1.13.
//!
//! ## Example
//!
//! Velero restores requests without owner references.
//!
//! ## Fix
//!
//! Delete it, once nothing waits for it.
//!
//! ## Source
//!
//! rules 7.3; R-33; restore-semantics 9.5.

use crate::object::{Kind, NamespacedName};

use super::finding::{Effect, Finding, shell};
use super::View;
use crate::object::secret::annotation::CERTIFICATE_NAME;

pub(super) const ID: &str = "orphan-request";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let world = view.scene.world;
    for request in world.requests() {
        let Some(name) = request.metadata.annotations.get(CERTIFICATE_NAME) else { continue };
        let key = request.metadata.key();
        let owner = NamespacedName::new(key.namespace.clone(), name);
        let owned = world.certificate(&owner).is_some_and(|c| request.metadata.is_controlled_by(&c.metadata.uid));
        if owned || world.broken_object(Kind::Certificate, &owner).is_some() || !world.coverage.was_read(Kind::Certificate) {
            continue;
        }
        let detail = format!(
            "It was made for Certificate {owner} and carries no owner reference with that Certificate's uid, so cert-manager \
             neither uses nor deletes it."
        );
        let mut finding = Finding::about(Kind::CertificateRequest, &key, "Belongs to no Certificate", detail).command(
            Effect::Deletes,
            "Delete it; its certificate is in the Secret.",
            format!("kubectl -n {} delete certificaterequest {}", shell(&key.namespace), shell(&key.name)),
        );
        if world.certificate(&owner).is_some() {
            finding = finding.concerning(&owner);
        }
        found.push(finding);
    }
}
