//! # being-deleted: the Certificate waits for its finalizers
//!
//! ## What
//!
//! The Certificate has a deletion timestamp and is still there, because a finalizer holds it.
//!
//! ## Why
//!
//! Since cert-manager 1.18 nothing is issued or renewed for it any more, so its certificate ends; before, it was issued
//! again like any other.
//!
//! ## Since
//!
//! cert-manager 1.18.
//!
//! ## Example
//!
//! A namespace that hangs in deletion.
//!
//! ## Fix
//!
//! Find out who should remove the finalizer. A Certificate that is still needed has to be made anew.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificates/trigger/trigger_controller.go`.

use crate::object::Kind;
use crate::policy::TriggerOutcome;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "being-deleted";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (certificate, judgement) in view.certificates() {
        if judgement.outcome != Some(TriggerOutcome::Deleting) {
            continue;
        }
        let finalizers: Vec<&str> = certificate.metadata.finalizers.iter().map(|name| &**name).collect();
        let detail =
            format!("This release renews nothing that is being deleted. Finalizers: {}.", finalizers.join(", "));
        found.push(Finding::about(Kind::Certificate, &judgement.key, "Is being deleted", detail).command(
            Effect::Safe,
            "See what holds it.",
            format!(
                "kubectl -n {} get certificate {} -o yaml",
                shell(&judgement.key.namespace),
                shell(&judgement.key.name)
            ),
        ));
    }
}
