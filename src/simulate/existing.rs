//! Objects that are in the target already when a step brings them (R-38, R-61, corrections A4, A13), and targets that are not
//! empty.

use std::sync::Arc;

use super::issuance::Issuance;
use super::outcome::{PutBack, SecretWriter};
use super::run::Run;
use crate::object::kind::CERT_MANAGER_GROUPS;
use crate::object::serde_help::StringMap;
use crate::object::{Kind, NamespacedName, Object, ObjectMeta, ObjectRef, Secret};
use crate::world::World;

/// What a tool does with an object that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    /// Velero's policy `none`: it stays as it is.
    Leave,
    /// Velero's policy `update`: it becomes what the backup holds, owners and status apart.
    Update,
    /// `kubectl apply` of a file without uid and resourceVersion: what the file names is overwritten.
    Apply,
    /// `kubectl apply` of a file that carries uid and resourceVersion: refused unless nothing has changed.
    ApplyIdentified,
}

impl Run<'_> {
    /// Begins with a target that holds something.
    pub(super) fn adopt(&mut self, world: &World) {
        self.target = world.clone();
        for object in world.iter() {
            self.file(object, None);
            if object.kind() == Kind::Certificate {
                self.fates.entry(object.metadata().key()).or_default();
            }
        }
        self.crds |= world.crds().any(|crd| CERT_MANAGER_GROUPS.contains(&&*crd.spec.group))
            || world.certificates().next().is_some();
        self.continue_issuances();
    }

    /// Certificates whose status says `Issuing=True` are issued as soon as cert-manager runs.
    pub(super) fn continue_issuances(&mut self) {
        let issuing = self.target.certificates().filter(|certificate| certificate.is_issuing());
        for key in issuing.map(|certificate| certificate.metadata.key()).collect::<Vec<_>>() {
            let Some(certificate) = self.shared_certificate(&key).filter(|_| !self.open.contains_key(&key)) else {
                continue;
            };
            let violations = self.judge_of(&certificate).violations;
            let refused =
                self.ask(|around| around.no_key_is_made(&certificate).or_else(|| around.refused_key(&certificate)));
            self.fates.entry(key.clone()).or_default().continued = Some(violations);
            self.open.insert(key, Issuance { refused, obstacle: None });
        }
    }

    /// Brings an object that exists already.
    pub(super) fn meet_existing(&mut self, object: Object, existing: Existing) {
        let reference = ObjectRef::of(&object);
        match existing {
            Existing::Leave => self.leave_existing(&reference),
            Existing::ApplyIdentified => self.apply_identified(&reference, &object),
            Existing::Update | Existing::Apply => self.overwrite(&reference, object, existing),
        }
    }

    /// Counts an object that stays as it is.
    pub(super) fn leave_existing(&mut self, reference: &ObjectRef) {
        let event = self.next_event();
        if let Some(step) = self.step() {
            step.skipped += 1;
        }
        if reference.kind == Kind::Certificate {
            self.tell(&reference.key, event, "exists already and is left as it is");
        }
    }

    /// A4, A13: the file's resourceVersion is that of the dump, so only what is still the same object and was not changed
    /// since is accepted, and nothing changes by it.
    fn apply_identified(&mut self, reference: &ObjectRef, object: &Object) {
        let unchanged = self.target.get(reference.kind, &reference.key).is_some_and(|found| {
            found.metadata().uid == object.metadata().uid && found.metadata().resource_version == 0
        });
        if unchanged {
            return self.leave_existing(reference);
        }
        let resource = reference.kind.resource();
        let message = format!(
            "Operation cannot be fulfilled on {resource} {:?}: the object has been modified; please apply your changes to the \
             latest version and try again",
            reference.key.name
        );
        self.refuse_existing(reference, 409, &message);
    }

    fn overwrite(&mut self, reference: &ObjectRef, object: Object, existing: Existing) {
        let Some(found) = self.target.get(reference.kind, &reference.key) else { return };
        let Some(mut merged) = merge(found, object, existing) else { return self.leave_existing(reference) };
        if let Err(refused) = self.gatekeeper().admit(&mut merged) {
            self.refuse_existing(reference, refused.status, &refused.message);
            return;
        }
        let event = self.next_event();
        if let Some(step) = self.step() {
            step.updated += 1;
        }
        merged.metadata_mut().resource_version = event as u64;
        if reference.kind == Kind::Certificate {
            self.tell(&reference.key, event, "exists already: its spec becomes what is brought");
        }
        let fresh = reference.kind == Kind::Secret && self.stand_ins.remove(&reference.key);
        if let (Some(Object::Secret(found)), Object::Secret(merged)) =
            (self.target.get(reference.kind, &reference.key), &merged)
            && let Some(older) = self.serves_another_certificate(found, merged)
        {
            let by = if existing == Existing::Update { SecretWriter::Velero } else { SecretWriter::Apply };
            self.note_put_back(&reference.key, PutBack { step: self.steps.len(), by, older });
        }
        self.file(&merged, Some(event));
        self.target.insert(merged);
        if fresh {
            self.issue_again(&reference.key, event);
        }
        self.react(reference);
        self.collect_garbage(reference);
    }

    /// Whether the certificate that is brought is older, where both Secrets hold the same private key and not the same
    /// certificate.
    fn serves_another_certificate(&self, found: &Secret, merged: &Secret) -> Option<bool> {
        let decoder = &self.release.decoder;
        let key = |secret: &Secret| Some(secret.key.as_ref()?.decode(decoder).ok()?.public.clone());
        if key(found)? != key(merged)? {
            return None;
        }
        let found = found.certificate.as_ref()?.decode(decoder).ok()?;
        let merged = merged.certificate.as_ref()?.decode(decoder).ok()?;
        let other = (&found.serial, &found.raw_issuer) != (&merged.serial, &merged.raw_issuer);
        other.then_some(found.not_before > merged.not_before)
    }

    /// where the key is the same, nobody but the one who serves it notices.
    fn note_put_back(&mut self, secret: &NamespacedName, put_back: PutBack) {
        for key in self.certificates_by_secret.get(secret).cloned().unwrap_or_default() {
            self.fates.entry(key).or_default().secret_put_back = Some(put_back);
        }
    }

    /// A4: the old key overwrites the fresh one, which the request of the issuance was made for.
    pub(super) fn issue_again(&mut self, secret: &NamespacedName, event: usize) {
        let issued = self.certificates_by_secret.get(secret).into_iter().flatten();
        let issued = issued.filter(|key| self.fates.get(*key).is_some_and(|fate| fate.completed > 0));
        for key in issued.cloned().collect::<Vec<_>>() {
            self.tell(&key, event, format!("Secret {} is overwritten with what was in it before", secret.name));
            if self.running {
                self.trigger_mismatch(&key, event);
            } else {
                self.overwritten.insert(secret.clone());
            }
        }
    }

    /// A refusal that leaves the object as it was: its Certificate is not lost.
    fn refuse_existing(&mut self, reference: &ObjectRef, status: u16, message: &str) {
        let absent = self.absent.get(&reference.key).cloned();
        self.refuse(reference, Some(status), message);
        match absent {
            Some(reason) => self.absent.insert(reference.key.clone(), reason),
            None => self.absent.remove(&reference.key),
        };
    }

    /// the status of the backup is written over what cert-manager wrote in the meantime.
    pub(super) fn put_status(&mut self, reference: &ObjectRef, restored: &Object) {
        match (self.target.get_mut(reference.kind, &reference.key), restored) {
            (Some(Object::Certificate(stored)), Object::Certificate(restored)) => {
                Arc::make_mut(stored).status = restored.status.clone();
                self.look_at_restored_status(&reference.key, restored.is_issuing());
            }
            (Some(Object::CertificateRequest(stored)), Object::CertificateRequest(restored)) => {
                Arc::make_mut(stored).status = restored.status.clone();
            }
            (Some(Object::Order(stored)), Object::Order(restored)) => {
                Arc::make_mut(stored).status = restored.status.clone();
            }
            (Some(Object::Challenge(stored)), Object::Challenge(restored)) => {
                Arc::make_mut(stored).status = restored.status.clone();
            }
            _ => {}
        }
    }

    /// A14, seen with real Velero: the status takes away the `Issuing=True` that the trigger has just set, and the trigger looks
    /// again, now with the back-off of the backup before its eyes.
    fn look_at_restored_status(&mut self, key: &NamespacedName, is_issuing: bool) {
        let mut first = None;
        if self.open.remove(key).is_some() {
            let event = self.next_event();
            let text = if is_issuing {
                "the status of the backup comes, and says Issuing=True, too"
            } else {
                "the status of the backup comes, and takes Issuing=True away"
            };
            self.tell(key, event, text);
            let fate = self.fates.entry(key.clone()).or_default();
            fate.issuances = fate.issuances.saturating_sub(1);
            first = fate.first_trigger.take();
            if let Some(step) = self.step() {
                step.issued = step.issued.saturating_sub(1);
            }
        }
        if is_issuing {
            self.continue_issuances();
            self.queue.push_back(key.clone());
        } else {
            self.look(key);
        }
        if let Some(fate) = self.fates.get_mut(key).filter(|fate| fate.issuances > 0 && first.is_some()) {
            fate.first_trigger = first;
        }
    }
}

/// What an object becomes; `None` where nothing that is looked at changes.
fn merge(found: &Object, brought: Object, existing: Existing) -> Option<Object> {
    let mut merged = match (found, brought) {
        (Object::Secret(found), Object::Secret(brought)) => {
            if Arc::ptr_eq(found, &brought) {
                return None;
            }
            Object::Secret(Arc::new(merge_secret(found, &brought, existing)))
        }
        (Object::Certificate(found), Object::Certificate(mut brought)) => {
            if Arc::ptr_eq(found, &brought) {
                return None;
            }
            Arc::make_mut(&mut brought).status = found.status.clone();
            Object::Certificate(brought)
        }
        (Object::Issuer(found), Object::Issuer(mut brought)) => {
            Arc::make_mut(&mut brought).status = found.status.clone();
            Object::Issuer(brought)
        }
        (Object::ClusterIssuer(found), Object::ClusterIssuer(mut brought)) => {
            Arc::make_mut(&mut brought).status = found.status.clone();
            Object::ClusterIssuer(brought)
        }
        (_, brought @ (Object::Ingress(_) | Object::Gateway(_) | Object::ListenerSet(_) | Object::Crd(_))) => brought,
        // The spec of a request cannot change, and the rest has no part in what is simulated.
        _ => return None,
    };
    let kept = merge_metadata(found.metadata(), merged.metadata(), existing);
    *merged.metadata_mut() = kept;
    Some(merged)
}

fn merge_metadata(found: &ObjectMeta, brought: &ObjectMeta, existing: Existing) -> ObjectMeta {
    let mut merged = found.clone();
    merged.generation += 1;
    match existing {
        // Fields that only the cluster has are set to null; owners and status are in neither copy.
        Existing::Update => {
            merged.labels = brought.labels.clone();
            merged.annotations = brought.annotations.clone();
        }
        _ => {
            overlay(&mut merged.labels, &brought.labels);
            overlay(&mut merged.annotations, &brought.annotations);
            // the list is replaced as a whole.
            if !brought.owner_references.is_empty() {
                merged.owner_references = brought.owner_references.clone();
            }
        }
    }
    merged
}

fn overlay(map: &mut StringMap, over: &StringMap) {
    for (key, value) in over.iter() {
        if map.get(key) != Some(value) {
            map.insert(key, value);
        }
    }
}

fn merge_secret(found: &Secret, brought: &Secret, existing: Existing) -> Secret {
    let mut merged = brought.clone();
    if existing != Existing::Apply {
        return merged;
    }
    // Keys that only the cluster has stay.
    let more = found.data.iter().flatten().filter(|(key, _)| brought.value_len(key).is_none());
    let mut data = brought.data.clone().unwrap_or_default();
    data.extend(more.cloned());
    data.sort();
    merged.data = (!data.is_empty()).then_some(data);
    merged.key = brought.key.clone().or_else(|| found.key.clone());
    merged.certificate = brought.certificate.clone().or_else(|| found.certificate.clone());
    merged.ca = brought.ca.clone().or_else(|| found.ca.clone());
    merged
}
