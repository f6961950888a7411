//! The garbage collector (restore rules section 5).

use super::run::Run;
use crate::object::{Kind, NamespacedName, Object, ObjectRef, OwnerReference};
use crate::policy::secret_key;

impl Run<'_> {
    /// Collects an object all of whose owners are absent (5.1): after cert-manager has looked at it, as the collector
    /// is the slower one (A11).
    pub(super) fn collect_garbage(&mut self, object: &ObjectRef) {
        let Some(found) = self.target.get(object.kind, &object.key) else { return };
        let owners = found.metadata().owner_references.clone();
        if owners.is_empty() || !owners.iter().all(|owner| self.is_dangling(owner, &object.key.namespace)) {
            return;
        }
        let event = self.next_event();
        let names: Vec<_> = owners.iter().map(|owner| format!("{} {}", owner.kind, owner.name)).collect();
        let why = format!("garbage-collected, as its owner {} does not exist with that uid", names.join(", "));
        let collected = self.target.remove(object.kind, &object.key);
        match object.kind {
            Kind::Certificate => {
                self.collect_dependents(collected.as_ref());
                self.open.remove(&object.key);
                self.tell_absence(&object.key, event, "", why);
                self.shim_after_delete(&owners, &object.key.namespace);
            }
            Kind::Secret => self.react(object),
            _ => {}
        }
    }

    /// The Secret, with `--enable-certificate-owner-ref`, and the requests of a Certificate go with it (5.3).
    fn collect_dependents(&mut self, collected: Option<&Object>) {
        let Some(Object::Certificate(certificate)) = collected else { return };
        let metadata = &certificate.metadata;
        let secret = secret_key(certificate);
        self.collect_garbage(&ObjectRef::new(Kind::Secret, secret));
        for request in self.requests_by_owner.get(&metadata.uid).cloned().unwrap_or_default() {
            self.collect_garbage(&ObjectRef::new(Kind::CertificateRequest, request));
        }
    }

    /// An owner of a kind that is not read cannot be looked up; its dependents stay.
    pub(super) fn is_dangling(&self, owner: &OwnerReference, namespace: &str) -> bool {
        let Some(kind) = Kind::of(&owner.api_version, &owner.kind) else { return false };
        let key = owner_key(kind, owner, namespace);
        self.target.get(kind, &key).is_none_or(|found| found.metadata().uid != owner.uid)
    }

    /// Rules 5.3: the shim looks again at an owner of that name, and makes the Certificate anew.
    pub(super) fn shim_after_delete(&mut self, owners: &[OwnerReference], namespace: &str) {
        if !self.running {
            return;
        }
        for owner in owners {
            if let Some(kind @ (Kind::Ingress | Kind::Gateway | Kind::ListenerSet)) =
                Kind::of(&owner.api_version, &owner.kind)
            {
                self.follow(&ObjectRef::new(kind, owner_key(kind, owner, namespace)));
            }
        }
        self.settle();
    }
}

/// Where an owner is looked for: in the dependent's own namespace, or cluster-wide.
pub(super) fn owner_key(kind: Kind, owner: &OwnerReference, namespace: &str) -> NamespacedName {
    if kind.is_namespaced() {
        NamespacedName::new(namespace, owner.name.clone())
    } else {
        NamespacedName::cluster(owner.name.clone())
    }
}
