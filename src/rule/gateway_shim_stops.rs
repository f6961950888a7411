//! # gateway-shim-stops: after the upgrade Gateways are not followed any more
//!
//! ## What
//!
//! The controller follows Gateways by the gate ExperimentalGatewayAPISupport alone, and the release after wants the flag
//! `--enable-gateway-api`, too.
//!
//! ## Why
//!
//! The controller starts and renews what is there, but new hosts of a Gateway get no certificate, and nobody is told.
//!
//! ## Since
//!
//! cert-manager 1.15.
//!
//! ## Example
//!
//! An upgrade from 1.14 to 1.15 with the chart value `featureGates: ExperimentalGatewayAPISupport=true` alone.
//!
//! ## Fix
//!
//! Give the controller `--enable-gateway-api` with the upgrade (chart value `config.enableGatewayAPI: true`).
//!
//! ## Source
//!
//! cert-manager release notes 1.15; `upgrading-1.12.md`.

// Rules 5.4, 6.

use crate::object::{Kind, NamespacedName};
use crate::simulate::Shim;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "gateway-shim-stops";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (from, to) = (upgrade.from(), view.scene.release);
    let flags = view.scene.flags;
    if !flags.follows_gateways(from.version) || flags.follows_gateways(to.version) {
        return;
    }
    let shim = Shim { release: from, flags };
    let world = view.scene.world;
    for gateway in world.of_kind(Kind::Gateway) {
        let followed: Vec<NamespacedName> = shim.wanted(world, gateway).iter().map(|c| c.metadata.key()).collect();
        if followed.is_empty() {
            continue;
        }
        let detail =
            format!("{} wants the flag --enable-gateway-api, which this controller does not have.", to.version);
        let key = gateway.metadata().key();
        let finding = Finding::about(Kind::Gateway, &key, "Not followed any more after the upgrade", detail)
            .evidence("--enable-gateway-api", "true", "absent")
            .advice(Effect::Safe, "Give the controller --enable-gateway-api with the upgrade.");
        found.push(followed.iter().fold(finding, Finding::concerning));
    }
}
