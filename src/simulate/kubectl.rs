//! `kubectl get`, a text filter, `kubectl apply` (restore rules section 4).

use std::collections::BTreeSet;

use super::admission::{is_cert_manager, is_served};
use super::backup::counts;
use super::existing::Existing;
use super::run::{NOT_TAKEN, Run, Write};
use crate::object::{Kind, NamespacedName, Object, ObjectRef};
use crate::plan::{Form, KubectlApply, TextFilter};

impl Run<'_> {
    /// Carries out one `kubectl apply`.
    pub(super) fn kubectl_apply(&mut self, apply: &KubectlApply) {
        let mut objects = self.objects_of(apply);
        if apply.filter == TextFilter::Awk {
            let owners = objects.iter_mut().flat_map(|object| &mut object.metadata_mut().owner_references);
            owners.for_each(|owner| owner.uid = Box::default());
        }
        self.brought.extend(apply.selection.iter().copied());
        let through = match (apply.files.is_empty(), apply.filter) {
            (false, _) => format!(" from {}", apply.files.join(", ")),
            (true, TextFilter::None) => String::new(),
            (true, TextFilter::Awk) => " through the awk filter".to_owned(),
            (true, TextFilter::Jq) => " through the jq filter".to_owned(),
        };
        let form = match apply.form {
            Form::List => "as one List",
            Form::Documents => "as single documents",
        };
        self.say(format!("kubectl apply of {}, {form}{through}", counts(objects.iter().map(Object::kind))));
        self.absent_by_selection(apply, &objects);
        if let Some(offender) = refused_as_a_whole(apply, &objects) {
            self.refuse_file(&objects, &offender);
            return;
        }
        self.carry_unreadable(apply);
        for object in objects {
            // What a filter or its author left without uid and resourceVersion is applied to whatever is there.
            let identified =
                apply.filter == TextFilter::None && !apply.server_side && !object.metadata().uid.is_empty();
            self.apply_one(object, if identified { Existing::ApplyIdentified } else { Existing::Apply });
        }
    }

    /// The objects of the file or of the dump, in its order.
    fn objects_of(&self, apply: &KubectlApply) -> Vec<Object> {
        let files = apply.files.iter().filter_map(|file| self.setting.files.get(file)).flatten();
        let dumped = apply
            .selection
            .iter()
            .flat_map(|&kind| self.source.of_kind(kind))
            .filter(|object| apply.selects(object.metadata()));
        files.chain(dumped).cloned().collect()
    }

    pub(super) fn apply_one(&mut self, object: Object, existing: Existing) {
        let reference = ObjectRef::of(&object);
        if is_cert_manager(reference.kind) && !is_served(&object) {
            self.refuse(
                &reference,
                None,
                &format!(
                    "no matches for kind {:?} in its old API version: ensure CRDs are installed first",
                    reference.kind.row().name
                ),
            );
            return;
        }
        let namespace = &reference.key.namespace;
        let known = self.setting.target.is_none_or(|target| target.coverage.was_read(Kind::Namespace));
        let missing =
            !namespace.is_empty() && self.target.namespace(&NamespacedName::cluster(namespace.clone())).is_none();
        if missing && known {
            self.refuse(&reference, Some(404), &format!("namespaces {namespace:?} not found"));
            return;
        }
        self.create(object, Write::new(existing));
    }

    /// A1: kubectl checks a List as a whole before it sends anything.
    fn refuse_file(&mut self, objects: &[Object], offender: &ObjectRef) {
        for object in objects {
            let reference = ObjectRef::of(object);
            if lacks_owner_uid(object) {
                let message = format!(
                    "error validating data: ValidationError({}.metadata.ownerReferences[0]): missing required field \
                     \"uid\"",
                    reference.kind
                );
                self.refuse(&reference, None, &message);
            } else {
                self.refuse(&reference, None, &format!("kubectl refuses the whole file because of {offender}"));
            }
        }
        if let Some(step) = self.step() {
            step.text.push_str(": kubectl refuses the whole file, nothing is created");
        }
    }

    /// What was there and could not be read is in the file all the same.
    fn carry_unreadable(&mut self, apply: &KubectlApply) {
        for (kind, key, broken) in self.source.broken() {
            let here = apply.namespaces.is_empty() || apply.namespaces.iter().any(|name| *name == *key.namespace);
            if apply.selection.contains(&kind) && here && apply.selector.is_none() {
                self.target.insert_broken(kind, key.clone(), broken.clone());
            }
        }
    }

    fn absent_by_selection(&mut self, apply: &KubectlApply, objects: &[Object]) {
        let why = if apply.files.is_empty() && !apply.selection.contains(&Kind::Certificate) {
            "Certificates are not in the file"
        } else {
            "it is not in the file"
        };
        let held: BTreeSet<NamespacedName> = objects
            .iter()
            .filter(|object| object.kind() == Kind::Certificate)
            .map(|object| object.metadata().key())
            .collect();
        for key in self.source.certificates().map(|certificate| certificate.metadata.key()) {
            if !held.contains(&key) && self.target.certificate(&key).is_none() && !self.absent.contains_key(&key) {
                let event = self.next_event();
                self.tell_absence(&key, event, NOT_TAKEN, why.to_owned());
            }
        }
    }
}

/// The object because of which kubectl refuses the whole file, if it does.
fn refused_as_a_whole(apply: &KubectlApply, objects: &[Object]) -> Option<ObjectRef> {
    let checked = apply.validate && apply.form == Form::List;
    objects.iter().find(|object| checked && lacks_owner_uid(object)).map(ObjectRef::of)
}

fn lacks_owner_uid(object: &Object) -> bool {
    object.metadata().owner_references.iter().any(|owner| owner.uid.is_empty())
}
