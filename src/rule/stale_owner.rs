//! # stale-owner: the object will be garbage-collected
//!
//! ## What
//!
//! Every owner of the object is absent from the world, or lives there under another uid.
//!
//! ## Why
//!
//! Kubernetes' garbage collector deletes an object all of whose owners are gone, within seconds of the object's
//! creation. A Certificate goes with everything below it; a Secret that goes is issued anew.
//!
//! ## Since
//!
//! All releases of Kubernetes.
//!
//! ## Example
//!
//! A dump filtered with jq keeps `ownerReferences[].uid`, which mean nothing in a new cluster.
//!
//! ## Fix
//!
//! Remove `metadata.ownerReferences` before the object is applied.
//!
//! ## Source
//!
//! Kubernetes `pkg/controller/garbagecollector`.

use std::collections::HashSet;
use std::sync::Arc;

use crate::object::{Kind, NamespacedName, ObjectMeta};
use crate::world::World;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "stale-owner";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let world = view.scene.world;
    let certificates = world.certificates().map(|o| (Kind::Certificate, &o.metadata));
    let all = certificates.chain(world.secrets().map(|o| (Kind::Secret, &o.metadata)));
    let owned: Vec<_> = all.filter(|(_, metadata)| !metadata.owner_references.is_empty()).collect();
    if owned.is_empty() {
        return;
    }
    let present = Present::of(world, owned.iter().map(|(_, metadata)| *metadata));
    let gone = owned.into_iter().filter(|(_, metadata)| all_owners_gone(view, metadata, &present));
    found.extend(gone.map(|(kind, metadata)| finding(kind, metadata)));
}

/// What there is of owners, found once.
struct Present<'a> {
    /// Those of the uids that are named as owners.
    uids: HashSet<&'a str>,
    /// Kinds and the namespaces in which an object of theirs was read.
    namespaces: HashSet<(Kind, &'a str)>,
}

impl<'a> Present<'a> {
    fn of(world: &'a World, owned: impl Iterator<Item = &'a ObjectMeta>) -> Self {
        let named: HashSet<&str> = owned.flat_map(|metadata| &metadata.owner_references).map(|o| &*o.uid).collect();
        let mut present = Self { uids: HashSet::new(), namespaces: HashSet::new() };
        for object in world.iter() {
            let metadata = object.metadata();
            if !metadata.uid.is_empty() && named.contains(&*metadata.uid) {
                present.uids.insert(&metadata.uid);
            }
            present.namespaces.insert((object.kind(), &metadata.namespace));
        }
        present
    }
}

/// Whether every owner is of a kind that was read, and is not there (restore-semantics 5.1, all dangling).
fn all_owners_gone(view: &View<'_>, metadata: &ObjectMeta, present: &Present<'_>) -> bool {
    metadata.owner_references.iter().all(|owner| {
        let known = Kind::of(&owner.api_version, &owner.kind).filter(|kind| view.scene.world.coverage.was_read(*kind));
        known.is_some_and(|kind| {
            let namespace = if kind.is_namespaced() { metadata.namespace.clone() } else { Arc::default() };
            let key = NamespacedName::new(namespace, owner.name.clone());
            let world = view.scene.world;
            // Objects of that kind in that very namespace must have been read; one without a uid proves nothing.
            let read = world.coverage.complete
                || view.simulation.is_some()
                || present.namespaces.contains(&(kind, &*key.namespace));
            let nameless = world.get(kind, &key).is_some_and(|object| object.metadata().uid.is_empty());
            read && !nameless && !present.uids.contains(&*owner.uid) && world.broken_object(kind, &key).is_none()
        })
    })
}

fn finding(kind: Kind, metadata: &ObjectMeta) -> Finding {
    let owners: Vec<String> =
        metadata.owner_references.iter().map(|o| format!("{} {} (uid {})", o.kind, o.name, o.uid)).collect();
    let detail = format!(
        "Its owners do not exist: {}. The garbage collector deletes it within seconds, or within a minute where its kind is \
         new to the cluster.",
        owners.join(", ")
    );
    Finding::about(kind, &metadata.key(), "Will be garbage-collected", detail)
        .advice(Effect::Safe, "Remove metadata.ownerReferences from the object, or restore the owner first.")
}
