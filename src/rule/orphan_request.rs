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
//! cert-manager `pkg/controller/certificates/requestmanager/requestmanager_controller.go`; Velero `pkg/restore/restore.go`.

use std::collections::HashSet;

use crate::object::{Kind, NamespacedName};
use crate::obstacle::ObstacleReason;

use super::View;
use super::finding::{Effect, Finding, Severity, shell};
use crate::object::secret::annotation::CERTIFICATE_NAME;

pub(super) const ID: &str = "orphan-request";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let world = view.scene.world;
    let stuck = view.judgements.iter().filter(|judgement| judgement.is_stuck());
    let in_the_way: HashSet<&NamespacedName> = stuck
        .flat_map(|judgement| &judgement.obstacles)
        .filter(|obstacle| obstacle.reason == ObstacleReason::RequestNameTaken)
        .filter_map(|obstacle| Some(&obstacle.object.as_ref()?.key))
        .collect();
    for request in world.requests() {
        let Some(name) = request.metadata.annotations.get(CERTIFICATE_NAME) else { continue };
        let named = world.certificate_of(&request.metadata.namespace, name);
        if named.is_some_and(|certificate| certificate.owns(&request.metadata)) {
            continue;
        }
        let key = request.metadata.key();
        let owner = NamespacedName::new(key.namespace.clone(), name);
        if world.broken_object(Kind::Certificate, &owner).is_some() || !world.coverage.was_read(Kind::Certificate) {
            continue;
        }
        let detail = format!(
            "It was made for Certificate {owner} and carries no owner reference with that Certificate's uid, so cert-manager \
             neither uses nor deletes it."
        );
        let blocks = in_the_way.contains(&key);
        let (effect, text) = if blocks {
            (Effect::Issues, "Delete it: it has the name that the next request needs, and the issuance then goes on.")
        } else {
            (Effect::Deletes, "Delete it, once nothing waits for it: cert-manager does not use it.")
        };
        let mut finding = Finding::about(Kind::CertificateRequest, &key, "Belongs to no Certificate", detail).command(
            effect,
            text,
            format!("kubectl -n {} delete certificaterequest {}", shell(&key.namespace), shell(&key.name)),
        );
        if named.is_some() {
            finding = finding.concerning(&owner);
        }
        found.push(if blocks { finding.severity(Severity::High) } else { finding });
    }
}
