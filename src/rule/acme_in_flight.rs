//! # acme-in-flight: an ACME order that is under way is placed twice
//!
//! ## What
//!
//! An Order is not finished, and the upgrade crosses 1.12, which computes the names of Challenges in another way.
//!
//! ## Why
//!
//! The release after does not find the Challenges of the release before and makes new ones: the names are proven, and the
//! certificate is asked for, once more, which counts against rate limits.
//!
//! ## Since
//!
//! cert-manager 1.12.
//!
//! ## Example
//!
//! An upgrade from 1.11 to 1.12 while DNS propagation of a challenge is awaited.
//!
//! ## Fix
//!
//! Wait until no Order is under way.
//!
//! ## Source
//!
//! cert-manager release notes 1.12.

// Rules, section 8.

use crate::object::Kind;
use crate::release::Version;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "acme-in-flight";

/// States in which nothing happens to an Order any more (cert-manager `pkg/acme/util.go`, `IsFinalState`).
const FINAL: [&str; 4] = ["valid", "invalid", "expired", "errored"];

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.crosses(Version::v1(12, 0)).is_none() {
        return;
    }
    for order in view.scene.world.orders().filter(|order| !FINAL.contains(&&*order.status.state)) {
        let state = if order.status.state.is_empty() { "none yet" } else { &order.status.state };
        let detail = "The release after names Challenges in another way, does not find those that are there, and makes new ones.";
        found.push(
            Finding::about(Kind::Order, &order.metadata.key(), "Its challenges are begun again by the upgrade", detail)
                .evidence("state of the Order", "finished", state)
                .command(
                    Effect::Safe,
                    "Wait until no Order is under way.",
                    "kubectl get orders.acme.cert-manager.io -A",
                ),
        );
    }
}
