//! `kubectl get`, a text filter, `kubectl apply` (restore rules section 4).

use super::admission::{is_cert_manager, is_served};
use super::backup::counts;
use super::run::{Run, Written};
use crate::object::{Kind, NamespacedName, Object, ObjectRef};
use crate::plan::{Form, KubectlApply, TextFilter};

impl Run<'_> {
    /// Carries out one `kubectl apply`.
    pub(super) fn kubectl_apply(&mut self, apply: &KubectlApply) {
        let objects: Vec<Object> =
            apply.selection.iter().flat_map(|&kind| self.source.of_kind(kind)).cloned().collect();
        self.brought.extend(apply.selection.iter().copied());
        let text = format!(
            "kubectl apply of {}, {}",
            counts(objects.iter().map(Object::kind)),
            match (apply.filter, apply.form) {
                (TextFilter::None, Form::List) => "as one List",
                (TextFilter::None, Form::Documents) => "as single documents",
                (TextFilter::Awk, Form::List) => "as one List through the awk filter",
                (TextFilter::Awk, Form::Documents) => "as single documents through the awk filter",
                (TextFilter::Jq, Form::List) => "as one List through the jq filter",
                (TextFilter::Jq, Form::Documents) => "as single documents through the jq filter",
            }
        );
        if let Some(step) = self.step() {
            step.text = text;
        }
        self.absent_by_selection(apply);
        if let Some(offender) = refused_as_a_whole(apply, &objects) {
            self.refuse_file(&objects, &offender);
            return;
        }
        self.carry_unreadable(apply);
        for mut object in objects {
            if apply.filter == TextFilter::Awk {
                for owner in &mut object.metadata_mut().owner_references {
                    owner.uid = Box::default();
                }
            }
            self.apply_one(object);
        }
    }

    fn apply_one(&mut self, object: Object) {
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
        if !namespace.is_empty() && self.target.namespace(&NamespacedName::cluster(namespace.clone())).is_none() {
            self.refuse(&reference, Some(404), &format!("namespaces {namespace:?} not found"));
            return;
        }
        if self.create(object) == Written::Exists {
            self.notes.insert(
                "What kubectl apply changes in objects that exist already is not simulated; they are taken as \
                 unchanged."
                    .to_owned(),
            );
        }
    }

    /// A1: kubectl checks a List as a whole before it sends anything.
    fn refuse_file(&mut self, objects: &[Object], offender: &ObjectRef) {
        for object in objects {
            let reference = ObjectRef::of(object);
            if has_owner(object) {
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
            if apply.selection.contains(&kind) {
                self.target.insert_broken(kind, key.clone(), broken.clone());
            }
        }
    }

    fn absent_by_selection(&mut self, apply: &KubectlApply) {
        if apply.selection.contains(&Kind::Certificate) {
            return;
        }
        for key in self.source.certificates().map(|certificate| certificate.metadata.key()) {
            self.absent.insert(key, "Certificates are not in the file".to_owned());
        }
    }
}

/// The object because of which kubectl refuses the whole file, if it does.
fn refused_as_a_whole(apply: &KubectlApply, objects: &[Object]) -> Option<ObjectRef> {
    let checked = apply.validate && apply.form == Form::List && apply.filter == TextFilter::Awk;
    objects.iter().find(|object| checked && has_owner(object)).map(ObjectRef::of)
}

fn has_owner(object: &Object) -> bool {
    !object.metadata().owner_references.is_empty()
}
