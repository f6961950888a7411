//! # admission-refuses: the release after refuses the Certificate as it stands
//!
//! ## What
//!
//! The CRDs or the webhook of the release after refuse this Certificate, and those of the release before do not.
//!
//! ## Why
//!
//! What is stored stays, but every update of it is refused: `kubectl apply`, GitOps, and also cert-manager's own writes to
//! its status, which pass the same webhook, so that an issuance cannot be begun or finished.
//!
//! ## Since
//!
//! Values of rotationPolicy are checked since 1.8; names of Secrets since 1.12; `spec.renewal` since 1.21; literalSubject and
//! otherNames are refused while their gates are off.
//!
//! ## Example
//!
//! A downgrade to 1.13 of a cluster that uses otherNames.
//!
//! ## Fix
//!
//! Correct the field that the message names before the upgrade.
//!
//! ## Source
//!
//! `internal/apis/certmanager/validation/certificate.go@v1.21.1`.

// Rules 5.2, 5.4.

use std::sync::Arc;

use crate::object::{Kind, Object};
use crate::simulate::refusal;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "admission-refuses";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (from, to) = (upgrade.from(), view.scene.release);
    for (certificate, judgement) in view.certificates() {
        let object = Object::Certificate(Arc::new(certificate.clone()));
        let Some(message) = refusal(&object, to, view.scene.flags) else { continue };
        if refusal(&object, from, upgrade.before.flags).is_some() {
            continue;
        }
        let title = format!("Refused by {} at its next update", to.version);
        let detail = "The stored object stays, but every update of it is refused, also the updates of its status that cert-manager \
                      makes when it issues.";
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, title, detail)
                .evidence("answer of the API server", "accepted", message)
                .advice(Effect::Safe, "Correct the field before the upgrade."),
        );
    }
}
