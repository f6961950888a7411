//! # stored-api-version: objects may be stored in an API version that the CRDs of the release after do not have
//!
//! ## What
//!
//! `status.storedVersions` of one of cert-manager's CRDs names a version other than v1.
//!
//! ## Why
//!
//! The API server refuses a CRD that drops a version which objects may be stored in, so the new CRDs cannot be installed.
//!
//! ## Since
//!
//! cert-manager 1.7, whose CRDs have v1 alone.
//!
//! ## Example
//!
//! A cluster that ran cert-manager 1.3 once, was brought to 1.6, and never had its objects rewritten.
//!
//! ## Fix
//!
//! `cmctl upgrade migrate-api-version` rewrites every object as v1 and corrects `status.storedVersions`.
//!
//! ## Source
//!
//! cert-manager website `content/docs/releases/upgrading/remove-deprecated-apis.md`.

// Rules, section 8 (1.6, 1.7).

use crate::object::Kind;
use crate::object::kind::CERT_MANAGER_GROUPS;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "stored-api-version";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.upgrade.is_none() {
        return;
    }
    let own = view.scene.world.crds().filter(|crd| CERT_MANAGER_GROUPS.contains(&&*crd.spec.group));
    for crd in own {
        let old: Vec<&str> =
            crd.status.stored_versions.iter().map(|version| &**version).filter(|v| *v != "v1").collect();
        if old.is_empty() {
            continue;
        }
        let title = format!("Objects may still be stored as {}", old.join(", "));
        let detail = "The API server refuses the CRDs of the release after as long as this version is listed.";
        found.push(
            Finding::about(Kind::Crd, &crd.metadata.key(), title, detail)
                .evidence("status.storedVersions", "[v1]", format!("[{}]", crd.status.stored_versions.join(" ")))
                .command(
                    Effect::Safe,
                    "Rewrite the stored objects before the upgrade.",
                    "cmctl upgrade migrate-api-version",
                ),
        );
    }
}
