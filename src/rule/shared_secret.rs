//! # shared-secret: several Certificates write one Secret
//!
//! ## What
//!
//! Two or more Certificates of a namespace have the same `spec.secretName`.
//!
//! ## Why
//!
//! Since 1.13.2 one of them owns the Secret and the others are never issued: whoever relies on a loser's names
//! finds them missing. Before, they overwrote each other without end.
//!
//! ## Since
//!
//! All releases; ownership since 1.13.2.
//!
//! ## Example
//!
//! An Ingress and a hand-written Certificate that name the same Secret.
//!
//! ## Fix
//!
//! Give each Certificate a Secret of its own, or delete the one that is not needed.
//!
//! ## Source
//!
//! cert-manager `internal/controller/certificates/certificates.go`, CertificateOwnsSecret; release notes 1.12 and 1.13.

use std::collections::BTreeMap;

use crate::object::{Certificate, Kind, NamespacedName};
use crate::release::SecretOwnership;
use crate::verdict::Scene;

use super::View;
use super::finding::{Effect, Finding, Severity};

pub(super) const ID: &str = "shared-secret";

/// So many Certificates are named in a title.
const NAMES_SHOWN: usize = 5;

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (secret, sharers) in shared_secrets(view.scene) {
        let names: Vec<&str> = sharers.iter().map(|c| &*c.metadata.name).collect();
        let endless = view.scene.release.secret_ownership == SecretOwnership::None;
        let detail = if endless {
            "This release has no owner for a shared Secret: the Certificates overwrite each other and are issued again and \
             again."
        } else {
            "One of them owns the Secret; the others are never issued, and what they ask for is not in it."
        };
        let title = format!("Written by {} Certificates: {}", names.len(), some_of(&names));
        let mut finding = Finding::about(Kind::Secret, &secret, title, detail)
            .advice(Effect::Issues, "Give each Certificate a Secret of its own.");
        if endless {
            finding = finding.severity(Severity::High);
        }
        for certificate in sharers {
            finding = finding.concerning(&certificate.metadata.key());
        }
        found.push(finding);
    }
}

/// The first names, and how many more there are.
fn some_of(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN).copied().collect();
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Secrets that more than one Certificate names, with those Certificates.
pub(super) fn shared_secrets<'a>(scene: &Scene<'a>) -> BTreeMap<NamespacedName, Vec<&'a Certificate>> {
    let mut by_secret: BTreeMap<NamespacedName, Vec<&Certificate>> = BTreeMap::new();
    for certificate in scene.world.certificates().filter(|certificate| scene.index.shares_secret(certificate)) {
        by_secret.entry(crate::verdict::secret_key(certificate)).or_default().push(certificate);
    }
    by_secret
}
