//! # stuck-request-ends: the upgrade ends an issuance that hangs
//!
//! ## What
//!
//! The running issuance waits for a CertificateRequest that was denied or found invalid. The release before does not take
//! that for a failure, the release after does.
//!
//! ## Why
//!
//! The issuance fails, is held back for an hour or more, and is tried again: what hung quietly shows as a failure now.
//!
//! ## Since
//!
//! 1.9.2 for InvalidRequest; 1.12 for Denied and InvalidRequest beside a Ready condition.
//!
//! ## Example
//!
//! A request that approver-policy denied under 1.11, which has a Ready condition too.
//!
//! ## Fix
//!
//! Correct what made the request invalid or denied.
//!
//! ## Source
//!
//! cert-manager release notes 1.9 (1.9.2), 1.12.

// Rules 4.3, 8.

use crate::object::{CertificateRequest, Kind};
use crate::release::Version;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "stuck-request-ends";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (from, to) = (upgrade.from().version, view.scene.release.version);
    for (certificate, judgement) in view.certificates().filter(|(certificate, _)| certificate.is_issuing()) {
        let next = certificate.next_revision().to_string();
        let request = view.scene.index.requests_of(certificate).find(|request| request.revision() == Some(&next));
        let Some(request) = request else { continue };
        let Some(condition) = ["Denied", "InvalidRequest"].into_iter().find(|condition| request.is(condition)) else {
            continue;
        };
        if hears(from, request, condition) || !hears(to, request, condition) {
            continue;
        }
        let title = format!("The issuance that hangs ends as failed: {} is {condition}", request.metadata.name);
        let detail = format!(
            "{from} waits for the request for ever; {to} takes it as failed and tries again after the back-off."
        );
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, title, detail)
                .evidence("condition of the request", "Ready", condition)
                .advice(Effect::Safe, "Correct what made the request invalid or denied."),
        );
    }
}

/// Whether a release takes the condition for a failure.
fn hears(version: Version, request: &CertificateRequest, condition: &str) -> bool {
    if version >= Version::v1(12, 0) {
        return true;
    }
    let has_ready = request.status.conditions.iter().any(|c| &*c.type_ == "Ready");
    !has_ready && (condition == "Denied" || version >= Version::v1(9, 2))
}
