//! Steps that act on the whole cluster: an etcd snapshot put back, what stands in Git, deletions (rules 6, 7.1, 5).

use std::collections::BTreeSet;

use super::backup::counts;
use super::existing::Existing;
use super::run::Run;
use crate::object::kind::{CERT_MANAGER_GROUPS, KINDS};
use crate::object::{Kind, NamespacedName, Object, ObjectMeta, ObjectRef};
use crate::plan::velero::selects;
use crate::plan::{Delete, GitOps, GitOpsTool};
use crate::policy::secret_key;

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
            self.apply_one(object, Existing::Apply);
        }
    }

    /// `kubectl delete`, and what the garbage collector and the shim do after it (rules 5).
    pub(super) fn delete(&mut self, delete: &Delete) {
        let kinds = self.kinds_without_crd(delete);
        let doomed = self.doomed(delete, &kinds);
        self.say(format!("deleted: {}", counts(doomed.iter().map(|object| object.kind))));
        let mut removed = Vec::new();
        for object in &doomed {
            removed.extend(self.remove(object, "deleted by this step").map(|metadata| (object.kind, metadata)));
        }
        if kinds.contains(&Kind::Certificate) {
            self.crds = false;
        }
        if !delete.orphan {
            self.collect_orphans(removed.iter().map(|(_, metadata)| metadata.uid.clone()).collect());
        }
        for object in doomed {
            self.react(&object);
        }
        // Rules 5.3: the shim reacts to the end of a Certificate by the name of its owner.
        for (_, metadata) in removed.iter().filter(|(kind, _)| *kind == Kind::Certificate) {
            self.shim_after_delete(&metadata.owner_references, &metadata.namespace);
        }
    }

    /// The kinds whose CRD is deleted, and their objects with it. cert-manager's CRDs need not be among the objects.
    fn kinds_without_crd(&self, delete: &Delete) -> BTreeSet<Kind> {
        if !delete.selection.contains(&Kind::Crd) {
            return BTreeSet::new();
        }
        let own = || KINDS.iter().filter(|row| CERT_MANAGER_GROUPS.contains(&row.group)).map(|row| row.kind);
        match (&*delete.names, &delete.selector) {
            ([], None) => own().collect(),
            ([], Some(selector)) => {
                let chosen = self.target.crds().filter(|crd| selector.matches(&crd.metadata.labels));
                let chosen: BTreeSet<Kind> =
                    chosen.filter_map(|crd| Kind::of(&format!("{}/", crd.spec.group), &crd.spec.names.kind)).collect();
                // Without the objects the selector is taken for the one of cert-manager's chart.
                if self.target.count(Kind::Crd) == 0 { own().collect() } else { chosen }
            }
            (names, _) => names.iter().filter_map(|name| Kind::of_resource(name)).collect(),
        }
    }

    fn doomed(&self, delete: &Delete, kinds: &BTreeSet<Kind>) -> Vec<ObjectRef> {
        let chosen = |object: &Object| {
            let metadata = object.metadata();
            let here =
                delete.namespaces.is_empty() || delete.namespaces.iter().any(|name| *name == *metadata.namespace);
            here && (delete.names.is_empty() || delete.names.iter().any(|name| *name == *metadata.name))
                && selects(delete.selector.as_ref(), &[], &metadata.labels)
        };
        let is_doomed = |object: &&Object| match object {
            _ if kinds.contains(&object.kind()) => true,
            Object::Crd(crd) if delete.selection.contains(&Kind::Crd) => {
                let own = CERT_MANAGER_GROUPS.contains(&&*crd.spec.group);
                chosen(object) && (own || !delete.names.is_empty() || delete.selector.is_some())
            }
            _ => delete.selection.contains(&object.kind()) && chosen(object),
        };
        let first: Vec<ObjectRef> = self.target.iter().filter(is_doomed).map(ObjectRef::of).collect();
        // A namespace takes everything in it along.
        let namespaces: BTreeSet<&str> =
            first.iter().filter(|object| object.kind == Kind::Namespace).map(|object| &*object.key.name).collect();
        let inside = |object: &&Object| namespaces.contains(&*object.metadata().namespace) && !is_doomed(object);
        let more: Vec<ObjectRef> = self.target.iter().filter(inside).map(ObjectRef::of).collect();
        first.into_iter().chain(more).collect()
    }

    /// Takes an object out of the target.
    fn remove(&mut self, object: &ObjectRef, why: &str) -> Option<ObjectMeta> {
        let removed = self.target.remove(object.kind, &object.key)?;
        match &removed {
            Object::Certificate(certificate) => {
                let event = self.next_event();
                self.open.remove(&object.key);
                self.tell_absence(&object.key, event, "", why.to_owned());
                let secret = secret_key(certificate);
                if let Some(sharing) = self.certificates_by_secret.get_mut(&secret) {
                    sharing.retain(|key| *key != object.key);
                }
            }
            Object::Secret(_) => drop(self.stand_ins.remove(&object.key)),
            Object::CertificateRequest(_) => drop(self.own_requests.remove(&object.key)),
            _ => {}
        }
        Some(removed.metadata().clone())
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
            gone.clear();
            for object in dependents {
                let Some(metadata) = self.remove(&object, "garbage-collected, as its owner was deleted") else {
                    continue;
                };
                if object.kind == Kind::Secret {
                    self.tell_of_collected(&metadata);
                }
                self.react(&object);
                gone.insert(metadata.uid);
            }
        }
    }

    fn tell_of_collected(&mut self, secret: &ObjectMeta) {
        let event = self.next_event();
        for owner in secret.owner_references.iter().filter(|owner| &*owner.kind == "Certificate") {
            let key = NamespacedName::new(secret.namespace.clone(), owner.name.clone());
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
