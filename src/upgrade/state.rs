//! The cluster on the way: one release's controller over another release's CRDs.

use std::borrow::Cow;

use super::shim::{Edit, apply, edits};
use crate::object::{Kind, NamespacedName, Object};
use crate::release::{ControllerFlags, Release, Version};
use crate::simulate::read_through_crds;
use crate::world::World;

/// The release whose CRDs put defaults into every issuerRef that is read (rules 5.1).
const DEFAULTING: Version = Version::v1(19, 0);

/// Which objects a client sees as the CRDs after serve them, while the others are still those from before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// All of them.
    All,
    /// Only Certificates, or only CertificateRequests.
    Only(Kind),
}

/// Whether the CRDs of two releases serve an object differently that both can store.
#[must_use]
pub(super) fn crds_matter(from: &Release, to: &Release) -> bool {
    (from.version == DEFAULTING) != (to.version == DEFAULTING) || to.version < from.version
}

/// The world as a release's shim leaves it.
pub(super) fn shimmed<'w>(
    world: &'w World,
    from: &Release,
    to: &Release,
    flags: &ControllerFlags,
) -> (Cow<'w, World>, Vec<Edit>) {
    let edits = edits(world, from, to, flags);
    if edits.is_empty() {
        return (Cow::Borrowed(world), edits);
    }
    let mut changed = world.clone();
    apply(&mut changed, &edits);
    (Cow::Owned(changed), edits)
}

/// The world through other CRDs than those that it was read through.
pub(super) fn served<'w>(world: Cow<'w, World>, from: &Release, to: &Release, seen: Seen) -> Cow<'w, World> {
    if !crds_matter(from, to) {
        return world;
    }
    let mut world = world.into_owned();
    for kind in [Kind::Certificate, Kind::CertificateRequest] {
        if seen != Seen::All && seen != Seen::Only(kind) {
            continue;
        }
        let keys: Vec<NamespacedName> = world.of_kind(kind).map(|object| object.metadata().key()).collect();
        for object in keys.iter().filter_map(|key| Some((key, world.get(kind, key)?.clone()))).collect::<Vec<_>>() {
            let (key, mut object) = object;
            read_through_crds(&mut object, to);
            // What 1.19.0 served as a default may not be what is stored.
            if from.version == DEFAULTING && seen != Seen::All {
                forget_defaults(&mut object);
            }
            if let Some(place) = world.get_mut(kind, key) {
                *place = object;
            }
        }
    }
    Cow::Owned(world)
}

fn forget_defaults(object: &mut Object) {
    let reference = match object {
        Object::Certificate(certificate) => &mut std::sync::Arc::make_mut(certificate).spec.issuer_ref,
        Object::CertificateRequest(request) => &mut std::sync::Arc::make_mut(request).spec.issuer_ref,
        _ => return,
    };
    if &*reference.kind == "Issuer" {
        reference.kind = "".into();
    }
    if &*reference.group == "cert-manager.io" {
        reference.group = "".into();
    }
}
