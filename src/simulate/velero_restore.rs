//! A Velero restore, object by object (restore rules section 3).

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::admission::is_cert_manager;
use super::backup::{Tarball, counts};
use super::existing::Existing;
use super::modify::Modified;
use super::outcome::TooEarly;
use super::restore::{Preparation, RestoreFilter, in_restore_order};
use super::run::{Run, Write};
use crate::object::kind::CERT_MANAGER_GROUPS;
use crate::object::{Kind, NamespacedName, Object, ObjectMeta, ObjectRef};
use crate::plan::RestoreSpec;
use crate::plan::velero::{ExistingResourcePolicy, Modifiers, RestoreOrder};

/// How many objects are prepared together, while those before them are being restored.
const TOGETHER: usize = 1024;

/// A restore that runs.
struct Restoring<'a> {
    preparation: &'a Preparation<'a>,
    existing: Existing,
    had_crds: bool,
    /// What was taken so far, by its place in the target, where namespaces are mapped.
    mapped: Option<BTreeSet<(Kind, NamespacedName)>>,
    /// The kind of each object that the filters let through.
    taken: Vec<Kind>,
}

/// What becomes of an object before it is sent.
enum Prepared {
    /// It is sent like this.
    Sent(Modified),
    /// An object of that name was there when the restore began, and would stay as it is.
    There,
    /// It is left out, and why.
    LeftOut(String),
}

impl Run<'_> {
    /// Carries out a Restore.
    pub(super) fn velero_restore(&mut self, name: &str, spec: &RestoreSpec) {
        let velero = self.setting.velero;
        let wanted = if spec.backup_name.is_empty() { &spec.schedule_name } else { &spec.backup_name };
        let found = self.tarballs.get(wanted).cloned();
        let tarball = found.unwrap_or_else(|| Arc::new(Tarball::finished(self.source, self.needs.as_ref())));
        let backup = self.setting.backup.as_ref().map_or(wanted.as_str(), |backup| backup.name);
        let (spec, ignored) = velero.understood(spec);
        let spec = &spec;
        self.notes.extend(
            ignored
                .into_iter()
                .map(|field| format!("Velero {velero} does not know {field} of a Restore: it has no effect.")),
        );
        let filter = RestoreFilter::new(spec, |kind| self.serves(kind));
        self.note_filter(&filter);
        for object in tarball.unreadable.iter().filter(|object| filter.takes_unread(object)) {
            if let Some(broken) = self.source.broken_object(object.kind, &object.key) {
                let target = filter.target_of(&object.key);
                self.move_to(object, &target);
                self.target.insert_broken(object.kind, target, broken.clone());
            }
        }
        let modifiers = self.modifiers(spec);
        let order = self.setting.restore_order.clone().unwrap_or_else(|| RestoreOrder::of(velero));
        let mut restoring = Restoring {
            preparation: &Preparation::new(velero, &filter, modifiers.as_ref(), backup, name),
            existing: match spec.existing_resource_policy {
                Some(ExistingResourcePolicy::Update) => Existing::Update,
                _ => Existing::Leave,
            },
            had_crds: self.crds,
            mapped: (!spec.namespace_mapping.is_empty()).then(BTreeSet::new),
            taken: Vec::new(),
        };
        self.restore_all(&in_restore_order(velero, &order, &tarball.objects), &mut restoring);
        self.say(format!("velero restore of {}", counts(restoring.taken.into_iter())));
        // an error makes it so; what is there already is a warning. Of kinds that are not read nothing is known, so that the
        // other phase is never foretold.
        if let Some(step) = self.step().filter(|step| !step.refused.is_empty()) {
            step.text.push_str("; Velero ends it as PartiallyFailed");
        }
        self.start_from_backup(&tarball, &filter);
    }

    /// What follows from the filters alone.
    fn note_filter(&mut self, filter: &RestoreFilter<'_>) {
        let step = self.steps.len();
        let early = filter.too_early.iter().cloned();
        self.too_early.extend(early.map(|(list, entry, kind)| TooEarly { step, list, entry, kind }));
        self.brought.extend(RESTORED.iter().copied().filter(|kind| filter.takes(*kind)));
        // Their CRDs come with all namespaces only, seen with real Velero: without them the issuers are refused.
        let takes_crds = filter.reason_to_skip(Kind::Crd, &ObjectMeta::default()).is_none();
        self.external_issuers |= takes_crds && filter.takes(Kind::Ingress);
        self.unread_crds_came |= !self.source.coverage.was_read(Kind::Crd) && takes_crds;
    }

    /// Restores objects in their order. One core prepares some while the other restores those before them.
    fn restore_all(&mut self, ordered: &[&Object], restoring: &mut Restoring<'_>) {
        let preparation = restoring.preparation;
        let leaves = restoring.existing == Existing::Leave && preparation.modifiers.is_none();
        let target = &self.target;
        let exists = |object: &&Object| {
            let (namespace, name) = object.metadata().order();
            leaves && target.find(object.kind(), preparation.filter.target_namespace(namespace), name).is_some()
        };
        let there: Vec<bool> = ordered.par_iter().map(exists).collect();
        let prepare = |objects: &[&Object], there: &[bool]| -> Vec<Prepared> {
            let one = |(object, there): (&&Object, &bool)| preparation.unless_there(object, *there);
            objects.iter().zip(there).map(one).collect()
        };
        let mut prepared = Vec::new();
        let mut before: &[&Object] = &[];
        for (objects, there) in ordered.chunks(TOGETHER).zip(there.chunks(TOGETHER)) {
            let next = if before.is_empty() {
                prepare(objects, there)
            } else {
                rayon::join(|| prepare(objects, there), || self.restore_some(before, prepared, restoring)).0
            };
            (before, prepared) = (objects, next);
        }
        self.restore_some(before, prepared, restoring);
    }

    fn restore_some(&mut self, objects: &[&Object], prepared: Vec<Prepared>, restoring: &mut Restoring<'_>) {
        for (object, prepared) in objects.iter().zip(prepared) {
            self.restore_one(object, prepared, restoring);
        }
    }

    fn restore_one(&mut self, object: &Object, prepared: Prepared, restoring: &mut Restoring<'_>) {
        let reference = ObjectRef::of(object);
        let taken = match prepared {
            Prepared::LeftOut(reason) => Err(reason),
            prepared => {
                restoring.taken.push(reference.kind);
                let reason = self.passed_over(reference.kind);
                reason.or_else(|| self.not_simulated(object, restoring.had_crds)).map_or(Ok(prepared), Err)
            }
        };
        let prepared = match taken {
            Ok(prepared) => prepared,
            Err(reason) => return self.skip(&reference, &reason),
        };
        let target = restoring.preparation.filter.target_of(&reference.key);
        // the second of two objects that are mapped onto one is dropped without a word.
        if let Some(mapped) = &mut restoring.mapped {
            if !mapped.insert((reference.kind, target.clone())) {
                self.notes.insert(format!(
                    "Several namespaces are restored as {}; where both have an object of one name, the one that comes first \
                     stays, and Velero takes namespaces in random order. Here the first by name stays (R-37, R-52).",
                    target.namespace
                ));
                return self.skip(&reference, "another namespace mapped onto the same one has an object of this name");
            }
            self.move_to(&reference, &target);
        }
        self.ensure_namespace(&target.namespace);
        let sent = match prepared {
            Prepared::Sent(sent) => sent,
            _ if self.target.get(reference.kind, &target).is_some() => {
                return self.leave_existing(&ObjectRef::new(reference.kind, target));
            }
            // Something took it away in the meantime.
            _ => match restoring.preparation.prepare(object) {
                Ok(sent) => sent,
                Err(reason) => return self.skip(&reference, &reason),
            },
        };
        self.note_modifiers(&reference, &sent);
        match sent.object {
            Ok(object) => {
                let velero = self.setting.velero;
                let keeps_status =
                    restoring.preparation.filter.restores_status(velero, reference.kind, object.metadata());
                self.create(object, Write { existing: restoring.existing, keeps_status });
            }
            Err(refused) => {
                let sent = ObjectRef::new(reference.kind, target);
                self.refuse(&sent, Some(refused.status), &refused.message);
            }
        }
    }

    /// what discovery does not know was passed over without a word; later it is attempted, and fails.
    fn passed_over(&self, kind: Kind) -> Option<String> {
        let silent = is_cert_manager(kind) && !self.crds && !self.setting.velero.attempts_unknown_kinds();
        silent.then(|| {
            format!("Velero before 1.14 passes over kinds that the API server does not know, as {kind} is here, without a word")
        })
    }

    /// The resource modifiers of a restore; they were checked when the plan was read.
    fn modifiers(&self, spec: &RestoreSpec) -> Option<Modifiers> {
        let data = self.config_maps.get(&spec.resource_modifier.as_ref()?.name)?;
        Modifiers::parse(data).ok()
    }

    /// says what modifiers did to an object beside changing it.
    fn note_modifiers(&mut self, reference: &ObjectRef, prepared: &Modified) {
        for error in &prepared.errors {
            let message = format!("a resource modifier was not applied: {error}");
            self.note_error(reference, &message);
        }
        if prepared.unseen {
            self.notes.insert(format!(
                "What resource modifiers change in {}s beyond their metadata is not simulated.",
                reference.kind
            ));
        }
        if prepared.without_labels {
            self.notes.insert(format!(
                "A resource modifier gives a label of {}s a value that is no text: Velero drops all labels of such an object \
                 without a word, and writes its own two in their place. Put the value into quotes within the quotes: '\"true\"'.",
                reference.kind
            ));
        }
    }

    /// a Certificate goes on under another namespace.
    fn move_to(&mut self, reference: &ObjectRef, target: &NamespacedName) {
        if reference.kind != Kind::Certificate || reference.key == *target {
            return;
        }
        self.origins.insert(target.namespace.clone(), reference.key.namespace.clone());
        if let Some(unknown) = self.fates.get(&reference.key).and_then(|fate| fate.unknown.clone()) {
            self.fates.entry(target.clone()).or_default().unknown = Some(unknown);
        }
        if self.moved.insert(reference.key.clone(), target.clone()).is_none() {
            let event = self.next_event();
            let text = format!("namespace {} is restored as {}", reference.key.namespace, target.namespace);
            self.tell(target, event, text);
        }
    }

    /// Kinds that exist on the target already, or whose coming changes nothing that is simulated.
    fn not_simulated(&mut self, object: &Object, had_crds: bool) -> Option<String> {
        match object {
            Object::Crd(crd) => {
                let own = CERT_MANAGER_GROUPS.contains(&&*crd.spec.group);
                self.crds |= own;
                (own && had_crds).then(|| "the CRDs of the target's release are installed already".to_owned())
            }
            Object::Deployment(_) | Object::Pod(_) if self.comes_along => {
                Some("it starts when everything is there, see the step".to_owned())
            }
            Object::Deployment(_) | Object::Pod(_) => {
                Some("cert-manager's own workloads run on the target already".to_owned())
            }
            Object::SigningRequest(_) | Object::Event(_) => Some("it has no part in what is simulated".to_owned()),
            _ => None,
        }
    }
}

impl Preparation<'_> {
    /// Prepares an object where it does not exist yet.
    fn unless_there(&self, object: &Object, there: bool) -> Prepared {
        if there {
            return self.reason_to_skip(object).map_or(Prepared::There, Prepared::LeftOut);
        }
        self.prepare(object).map_or_else(Prepared::LeftOut, Prepared::Sent)
    }
}

/// Kinds that a Velero restore brings along and that are simulated.
const RESTORED: &[Kind] = &[
    Kind::Secret,
    Kind::Certificate,
    Kind::CertificateRequest,
    Kind::Issuer,
    Kind::ClusterIssuer,
    Kind::Order,
    Kind::Challenge,
    Kind::Ingress,
    Kind::Gateway,
    Kind::ListenerSet,
    Kind::Namespace,
];
