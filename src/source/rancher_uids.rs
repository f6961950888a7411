//! Gives the objects of a backup of Rancher's the uids that were taken from them (restore rules 7.3).
//!
//! What depends on an object still names its uid, and the restore links owners by their names. So an object gets the uid
//! that its dependents name; one that nothing depends on gets a uid that nothing names. Without this, an object without any
//! owner could not be told from one whose owner reference was lost.

use std::collections::{BTreeMap, HashMap};

use crate::object::{Kind, NamespacedName};
use crate::world::World;

/// How often each uid is named as that of an owner.
type Named = HashMap<(Kind, NamespacedName), BTreeMap<Box<str>, usize>>;

/// Gives uids to the objects without one of which `is_own` says that they are of the backup.
pub(super) fn give(world: &mut World, is_own: impl Fn(Kind, &NamespacedName) -> bool) {
    let named = named(world);
    let without: Vec<(Kind, NamespacedName)> = world
        .iter()
        .filter(|object| object.metadata().uid.is_empty())
        .map(|object| (object.kind(), object.metadata().key()))
        .filter(|(kind, key)| is_own(*kind, key))
        .collect();
    for object in without {
        // Where they disagree, some are stale: the uid that more of them name is the one that was alive for longer.
        let uids = named.get(&object).into_iter().flatten();
        let uid = uids.max_by_key(|(_, count)| **count).map(|(uid, _)| uid.clone());
        let (kind, key) = &object;
        let uid = uid.unwrap_or_else(|| format!("not-in-backup/{kind}/{key}").into());
        if let Some(found) = world.get_mut(*kind, key) {
            found.metadata_mut().uid = uid;
        }
    }
}

fn named(world: &World) -> Named {
    let mut named = Named::new();
    for object in world.iter() {
        let metadata = object.metadata();
        for owner in metadata.owner_references.iter().filter(|owner| !owner.uid.is_empty()) {
            let Some(kind) = Kind::of(&owner.api_version, &owner.kind) else { continue };
            let namespace = if kind.is_namespaced() { metadata.namespace.clone() } else { "".into() };
            let key = NamespacedName { namespace, name: owner.name.clone() };
            *named.entry((kind, key)).or_default().entry(owner.uid.clone()).or_default() += 1;
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::load_bytes;

    fn request(name: &str, owner: &str, uid: &str) -> serde_json::Value {
        json!({
            "apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
            "metadata": {"namespace": "shop", "name": name, "ownerReferences": [
                {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": owner, "uid": uid, "controller": true},
            ]},
        })
    }

    #[test]
    fn objects_get_the_uids_that_their_dependents_name() {
        let certificate = |name: &str, uid: &str| {
            json!({
                "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
                "metadata": {"namespace": "shop", "name": name, "uid": uid},
            })
        };
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [
            certificate("web", ""), certificate("lonely", ""), certificate("other", "kept"), certificate("foreign", ""),
            request("web-1", "web", "old"), request("web-2", "web", "new"), request("web-3", "web", "new"),
            request("other-1", "other", "x"),
        ]});
        let mut world = load_bytes("in", list.to_string().as_bytes()).world;
        give(&mut world, |_, key| &*key.name != "foreign");
        let uids: Vec<_> =
            world.certificates().map(|certificate| (&*certificate.metadata.name, &*certificate.metadata.uid)).collect();
        let expected =
            [("foreign", ""), ("lonely", "not-in-backup/Certificate/shop/lonely"), ("other", "kept"), ("web", "new")];
        assert_eq!(uids, expected);
    }
}
