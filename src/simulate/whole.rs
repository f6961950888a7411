//! Steps that act on the whole cluster: an etcd snapshot put back, what stands in Git, deletions (rules 6, 7.1, 5).

use std::collections::BTreeSet;

use super::backup::counts;
use super::existing::Existing;
use super::restore::drop_status;
use super::run::Run;
use crate::object::kind::KINDS;
use crate::object::{Kind, NamespacedName, Object, ObjectRef};
use crate::plan::velero::selects;
use crate::plan::{Delete, GitOps, GitOpsTool};

impl Run<'_> {
    /// Rules 6.1: everything is as it was, with uid, status and owners.
    pub(super) fn etcd_restore(&mut self) {
        self.brought.extend(KINDS.iter().map(|row| row.kind));
        self.external_issuers = true;
        self.unread_crds_came |= !self.source.coverage.was_read(Kind::Crd);
        self.adopt(self.source);
        self.crds = true;
        let count = self.source.iter().count();
        if let Some(step) = self.step() {
            step.created += count;
        }
        self.say("every object is as it was in the snapshot, with uid, status and owners");
        let event = self.next_event();
        for key in self.source.certificates().map(|certificate| certificate.metadata.key()) {
            self.tell(&key, event, "as it was in the snapshot, with its status");
        }
    }

    /// Rules 7.1: manifests without status and owners, in the order of the tool.
    pub(super) fn gitops(&mut self, gitops: &GitOps) {
        let mut objects: Vec<Object> =
            gitops.selection.iter().flat_map(|&kind| self.source.of_kind(kind)).cloned().collect();
        let made: Vec<Object> = objects.extract_if(.., |object| object.metadata().controller().is_some()).collect();
        self.brought.extend(gitops.selection.iter().copied());
        self.external_issuers |= gitops.selection.contains(&Kind::Ingress);
        let tool = match gitops.tool {
            GitOpsTool::Argocd => "Argo CD",
            GitOpsTool::Flux => "Flux",
        };
        self.say(format!("{tool} applies {}", counts(objects.iter().map(Object::kind))));
        for object in &made {
            self.skip(&ObjectRef::of(object), "a controller made it, so it does not stand in Git");
        }
        objects.sort_by_cached_key(|object| (rank(gitops.tool, object), object.metadata().key()));
        for mut object in objects {
            object.metadata_mut().owner_references.clear();
            drop_status(&mut object);
            self.apply_one(object, Existing::Apply);
        }
    }

    /// `kubectl delete`, and what the garbage collector does after it (rules 5).
    pub(super) fn delete(&mut self, delete: &Delete) {
        let doomed = self.doomed(delete);
        let crds = delete.selection.contains(&Kind::Crd);
        self.say(format!("deleted: {}", counts(doomed.iter().map(|object| object.kind))));
        let uids: BTreeSet<Box<str>> =
            doomed.iter().filter_map(|object| self.remove(object, "deleted by this step")).collect();
        if crds {
            self.crds = false;
        }
        if !delete.orphan {
            self.collect_orphans(uids);
        }
        for object in doomed {
            self.react(&object);
        }
    }

    fn doomed(&self, delete: &Delete) -> Vec<ObjectRef> {
        let of_crds =
            |kind: Kind| kind.row().group.ends_with("cert-manager.io") && delete.selection.contains(&Kind::Crd);
        let chosen = |object: &&Object| {
            let metadata = object.metadata();
            let kind = object.kind();
            let named = delete.names.is_empty() || delete.names.iter().any(|name| *name == *metadata.name);
            let here =
                delete.namespaces.is_empty() || delete.namespaces.iter().any(|name| *name == *metadata.namespace);
            let own_crd = kind != Kind::Crd || metadata.name.ends_with("cert-manager.io");
            of_crds(kind)
                || (delete.selection.contains(&kind)
                    && own_crd
                    && named
                    && here
                    && selects(delete.selector.as_ref(), &[], &metadata.labels))
        };
        self.target.iter().filter(chosen).map(ObjectRef::of).collect()
    }

    /// Takes an object out of the target; gives its uid.
    fn remove(&mut self, object: &ObjectRef, why: &str) -> Option<Box<str>> {
        let removed = self.target.remove(object.kind, &object.key)?;
        if object.kind == Kind::Certificate {
            let event = self.next_event();
            self.open.remove(&object.key);
            self.tell(&object.key, event, why);
            self.absent.insert(object.key.clone(), why.to_owned());
        }
        self.stand_ins.remove(&object.key);
        Some(removed.metadata().uid.clone())
    }

    /// Collects what belonged only to deleted objects, and what belonged to that.
    fn collect_orphans(&mut self, mut gone: BTreeSet<Box<str>>) {
        while !gone.is_empty() {
            let dependents: Vec<ObjectRef> = self
                .target
                .iter()
                .filter(|object| {
                    let owners = &object.metadata().owner_references;
                    owners.iter().any(|owner| gone.contains(&owner.uid))
                        && owners.iter().all(|owner| self.is_dangling(owner, &object.metadata().namespace))
                })
                .map(ObjectRef::of)
                .collect();
            gone = dependents
                .iter()
                .filter_map(|object| self.remove(object, "garbage-collected, as its owner was deleted"))
                .collect();
            for object in &dependents {
                if object.kind == Kind::Secret {
                    self.tell_of_collected(&object.key);
                }
                self.react(object);
            }
        }
    }

    fn tell_of_collected(&mut self, secret: &NamespacedName) {
        let event = self.next_event();
        for key in self.certificates_by_secret.get(secret).cloned().unwrap_or_default() {
            self.tell(&key, event, format!("Secret {} is garbage-collected with it", secret.name));
        }
    }
}

/// Where a tool puts an object (rules 7.1): known kinds in its own order, others behind them.
fn rank(tool: GitOpsTool, object: &Object) -> (usize, String) {
    const KNOWN: &[Kind] = &[Kind::Crd, Kind::Namespace, Kind::Secret, Kind::Deployment, Kind::Ingress];
    let kind = object.kind();
    match tool {
        GitOpsTool::Argocd => match KNOWN.iter().position(|known| *known == kind) {
            Some(position) => (position, String::new()),
            // All unknown kinds together, by name.
            None => (KNOWN.len(), object.metadata().name.to_string()),
        },
        GitOpsTool::Flux => {
            const FLUX: &[Kind] = &[Kind::Crd, Kind::Namespace, Kind::Secret, Kind::Deployment];
            let position = FLUX.iter().position(|known| *known == kind).unwrap_or(FLUX.len());
            (position, format!("{} {}", kind.row().group, kind.row().name))
        }
    }
}
