//! # loop-starts: the upgrade begins issuances without end
//!
//! ## What
//!
//! Under the release after, each issuance of the Certificate leads to the next one; under the release before it came to
//! rest.
//!
//! ## Why
//!
//! Every round is a call to the CA, and with rotationPolicy Always a new key. Rate limits and bills end it, not cert-manager.
//!
//! ## Since
//!
//! Requests larger than 6,500 bytes loop in 1.15.4 to 1.15.5, 1.16.2 to 1.16.5, 1.17 and 1.18.0 to 1.18.2; otherNames
//! without the gate from 1.14 to 1.19; a truststore without a CA certificate in 1.11.
//!
//! ## Example
//!
//! A Certificate with 180 DNS names, going from 1.14 to 1.17.
//!
//! ## Fix
//!
//! Go to a release that does not have it, or change the spec before the upgrade.
//!
//! ## Source
//!
//! cert-manager release notes 1.12 (1.12.14), 1.15 (1.15.4), 1.16 (1.16.2), 1.18 (1.18.3).

// Rules 1.5, 2.1, 2.6, 3.4, 4.3.

use crate::object::Kind;
use crate::upgrade::endless;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "loop-starts";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (from, to) = (upgrade.from().version, view.scene.release.version);
    for (certificate, judgement) in view.certificates() {
        let Some(cause) = endless(view.scene, certificate) else { continue };
        if endless(upgrade.before, certificate) == Some(cause) {
            continue;
        }
        let title = format!("Never comes to rest under {to}");
        let detail = format!("Under {to} {}. Under {from} this is not so.", cause.text());
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, title, detail)
                .advice(Effect::Safe, "Go to a release that does not have it, or change the spec before the upgrade."),
        );
    }
}
