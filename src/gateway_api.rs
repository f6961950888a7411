//! What the controller needs of the Gateway API before it starts (corrections to restores, B6).
//!
//! Source: `pkg/controller/context.go` at every minor release: with the gateway-shim on, the controller asks discovery for
//! one version of the API and exits when it is not served; with ListenerSets on, for that kind too (1.20+).

use crate::object::Kind;
use crate::release::{ControllerFlags, Release};
use crate::world::World;

/// What is assumed where a plan starts a controller that needs a part of the API which no step has brought.
pub const ONLY_BROUGHT: &str = "The target has only those Gateway API CRDs that a step brings.";

const GROUP: &str = "gateway.networking.k8s.io";

/// What the controller asks discovery for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Any kind of the group.
    Any,
    /// ListenerSets.
    ListenerSets,
}

/// A part of the Gateway API without which the controller exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingApi {
    /// The part.
    pub part: Part,
    /// The version that must be served.
    pub version: &'static str,
    /// The flag or gate because of which it is needed.
    pub flag: &'static str,
}

impl MissingApi {
    /// The `CustomResourceDefinition` that would serve it.
    #[must_use]
    pub const fn crd(&self) -> &'static str {
        match self.part {
            Part::Any => "gateways.gateway.networking.k8s.io",
            Part::ListenerSets => "listenersets.gateway.networking.k8s.io",
        }
    }

    /// The sentence with which the controller exits, its beginning byte for byte.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self.part {
            Part::ListenerSets => {
                "found GatewayAPI CRDs; however the Gateway API ListenerSet CRD do not seem to be present, but ListenerSets \
                 is set to true. Please install the gateway-api ListenerSet CRD."
            }
            Part::Any => {
                "the Gateway API CRDs do not seem to be present, but ExperimentalGatewayAPISupport is set to true. Please \
                 install the gateway-api CRDs."
            }
        }
    }
}

/// The version that a release asks for.
const fn version_of(release: &Release) -> &'static str {
    match release.version.minor {
        ..=10 => "v1alpha2",
        11..=13 => "v1beta1",
        _ => "v1",
    }
}

/// What a controller with these flags needs and the CRDs of a world do not serve.
#[must_use]
pub fn missing(world: &World, release: &Release, flags: &ControllerFlags) -> Option<MissingApi> {
    let version = version_of(release);
    let serves = |kind: Option<&str>| {
        world.crds().filter(|crd| &*crd.spec.group == GROUP).any(|crd| {
            kind.is_none_or(|kind| &*crd.spec.names.kind == kind)
                && crd.spec.versions.iter().any(|served| served.served && &*served.name == version)
        })
    };
    if flags.follows_gateways(release.version) && !serves(None) {
        let flag = if release.version.minor < 15 { "ExperimentalGatewayAPISupport" } else { "--enable-gateway-api" };
        return Some(MissingApi { part: Part::Any, version, flag });
    }
    let needs_sets = flags.follows_listener_sets(release.version) && !serves(Some(Kind::ListenerSet.row().name));
    let flag = "--enable-gateway-api-listenerset";
    needs_sets.then_some(MissingApi { part: Part::ListenerSets, version, flag })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::object::Object;
    use crate::release::find_text;

    fn crd(kind: &str, versions: &[(&str, bool)]) -> Object {
        let versions: Vec<_> =
            versions.iter().map(|(name, served)| serde_json::json!({"name": name, "served": served})).collect();
        let spec = serde_json::json!({"group": GROUP, "names": {"kind": kind}, "versions": versions});
        let json = serde_json::json!({"metadata": {"name": kind}, "spec": spec});
        Object::Crd(Arc::new(serde_json::from_value(json).unwrap()))
    }

    type Flags = &'static [(&'static str, &'static str)];
    type Crds = &'static [(&'static str, &'static [(&'static str, bool)])];

    const ON: Flags = &[("enable-gateway-api", "true")];
    const SETS: Flags = &[
        ("enable-gateway-api", "true"),
        ("enable-gateway-api-listenerset", "true"),
        ("feature-gates", "ListenerSets=true"),
    ];
    const GATE: Flags = &[("feature-gates", "ExperimentalGatewayAPISupport=true")];
    const GATEWAY: Crds = &[("Gateway", &[("v1beta1", true), ("v1", true)])];
    const OLD_GATEWAY: Crds = &[("Gateway", &[("v1alpha2", true), ("v1", false)])];

    /// Release, flags, CRDs, the CRD that is missing.
    const ROWS: [(&str, Flags, Crds, Option<&str>); 11] = [
        ("v1.21.2", &[], &[], None),
        ("v1.21.2", ON, &[], Some("gateways.gateway.networking.k8s.io")),
        ("v1.21.2", ON, GATEWAY, None),
        ("v1.21.2", ON, OLD_GATEWAY, Some("gateways.gateway.networking.k8s.io")),
        ("v1.21.2", SETS, GATEWAY, Some("listenersets.gateway.networking.k8s.io")),
        ("v1.21.2", SETS, &[("ListenerSet", &[("v1", true)])], None),
        ("v1.21.2", GATE, &[], None),
        ("v1.14.7", ON, &[], None),
        ("v1.14.7", GATE, &[], Some("gateways.gateway.networking.k8s.io")),
        ("v1.13.6", GATE, GATEWAY, None),
        ("v1.8.2", GATE, OLD_GATEWAY, None),
    ];

    #[test]
    fn b6_the_api_must_be_served_in_the_version_of_the_release() {
        for (version, given, crds, expected) in ROWS {
            let mut flags = ControllerFlags::default();
            for (name, value) in given {
                flags.set(name, value).unwrap();
            }
            let mut world = World::default();
            for (kind, versions) in crds {
                world.insert(crd(kind, versions));
            }
            let found = missing(&world, &find_text(version).unwrap().release, &flags);
            assert_eq!(found.map(|missing| missing.crd()), expected, "{version} {given:?} {crds:?}");
            let names_sets = |missing: MissingApi| missing.message().contains("ListenerSet CRD");
            assert!(found.is_none_or(|missing| names_sets(missing) == missing.crd().starts_with("listenersets")));
        }
    }
}
