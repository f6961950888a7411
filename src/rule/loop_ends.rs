//! # loop-ends: the upgrade ends issuances without end
//!
//! ## What
//!
//! Under the release before, each issuance of the Certificate leads to the next one; the release after does not do so.
//!
//! ## Why
//!
//! Good news, with a rest: what the loop stood for (a shared Secret, an issuer that answers with the wrong key) is still
//! there, and the release after deals with it in another way, such as a failure with back-off.
//!
//! ## Since
//!
//! Text comparison of addresses ends with 1.12.4, shared Secrets with 1.13.2, the gate of literalSubject with 1.15, large
//! requests with 1.18.3, wrong keys with 1.18.5, 1.19.3 and 1.20, the gate of otherNames with 1.20, expired answers with 1.21.
//!
//! ## Example
//!
//! Two Certificates with one Secret, going from 1.12 to 1.17: one of them owns it from then on, and the other is left alone.
//!
//! ## Fix
//!
//! Look at what the release after does with it.
//!
//! ## Source
//!
//! cert-manager release notes 1.12, 1.13 (1.13.2), 1.18 (1.18.3, 1.18.5), 1.21.

// Rules 1.5, 2.1, 2.6, 3.4, 4.3.

use crate::object::Kind;
use crate::upgrade::endless;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "loop-ends";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (from, to) = (upgrade.from().version, view.scene.release.version);
    for (certificate, judgement) in view.certificates() {
        let Some(cause) = endless(upgrade.before, certificate) else { continue };
        if endless(view.scene, certificate).is_some() {
            continue;
        }
        let title = format!("Comes to rest under {to}");
        let detail = format!("Under {from} {}. Under {to} this is not so.", cause.text());
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, title, detail)
                .advice(Effect::Safe, "Nothing to do for the upgrade; see what the verdict says of it now."),
        );
    }
}
