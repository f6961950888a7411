//! # controller-panics: this release of cert-manager crashes on the object
//!
//! ## What
//!
//! The release's trigger controller panics when it evaluates this Certificate.
//!
//! ## Why
//!
//! A panic ends the controller process. It starts again, meets the object again, and crashes again: no certificate
//! of the cluster is renewed any more.
//!
//! ## Since
//!
//! 1.16.0 for an unknown key algorithm; 1.21.0 for renewal policy Disabled and, up to the newest release, for an
//! empty renewal policy.
//!
//! ## Example
//!
//! `spec.renewal: {}` restored while the webhook was not serving.
//!
//! ## Fix
//!
//! Correct the field before the controller starts, or use a release that does not crash.
//!
//! ## Source
//!
//! cert-manager `internal/controller/certificates/policies/checks.go`, `pkg/util/pki/renewaltime.go`; `docs/conformance.md`.

use crate::object::Kind;
use crate::policy::TriggerOutcome;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "controller-panics";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates() {
        let Some(TriggerOutcome::Panics(text)) = &judgement.outcome else { continue };
        let detail = format!(
            "cert-manager {} panics when it looks at this Certificate, starts again and panics again; meanwhile it serves no \
             other Certificate either. The text of the panic: {text}",
            view.scene.release.version
        );
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, "Crashes the controller", detail)
                .advice(Effect::Safe, "Correct the field named in the text while the controller is stopped."),
        );
    }
}
