//! What another release's ingress- and gateway-shim makes of Certificates that are there (rules 6.2, 6.4).

use std::sync::Arc;

use crate::object::{Certificate, CertificateSpec, Kind, NamespacedName, Object, ObjectMeta, ObjectRef};
use crate::policy::FieldDifference;
use crate::release::{ControllerFlags, Release};
use crate::simulate::{Shim, needs_update};
use crate::world::World;

/// A Certificate whose spec the shim of the release after replaces, and that of the release before leaves alone.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The Certificate.
    pub certificate: NamespacedName,
    /// The Ingress, Gateway or ListenerSet that it follows.
    pub owner: ObjectRef,
    /// The new spec.
    pub spec: CertificateSpec,
    /// What is another value in it: `spec` is the new value, `actual` the one that stands there.
    pub fields: Vec<FieldDifference>,
}

/// The specs that going from one release to another replaces. What either release would replace is no effect of going there.
#[must_use]
pub(super) fn edits(world: &World, from: &Release, to: &Release, flags: &ControllerFlags) -> Vec<Edit> {
    let (old, new) = (Shim { release: from, flags }, Shim { release: to, flags });
    let kinds = [Kind::Ingress, Kind::Gateway, Kind::ListenerSet];
    let mut edits = Vec::new();
    for object in kinds.into_iter().flat_map(|kind| world.of_kind(kind)) {
        let before = old.wanted(world, object);
        for wanted in new.wanted(world, object) {
            let key = wanted.metadata.key();
            let Some(existing) = world.certificate(&key).filter(|c| follows(c, object)) else { continue };
            let as_before = before.iter().find(|other| other.metadata.name == wanted.metadata.name);
            let already = as_before.is_some_and(|other| needs_update(existing, other, from.version));
            if already || !needs_update(existing, &wanted, to.version) {
                continue;
            }
            let fields = differing(&existing.spec, &wanted.spec);
            if !fields.is_empty() {
                let owner = ObjectRef::new(object.kind(), object.metadata().key());
                edits.push(Edit { certificate: key, owner, spec: wanted.spec, fields });
            }
        }
    }
    edits
}

/// Puts the new specs in.
pub(super) fn apply(world: &mut World, edits: &[Edit]) {
    for edit in edits {
        if let Some(Object::Certificate(certificate)) = world.get_mut(Kind::Certificate, &edit.certificate) {
            let certificate = Arc::make_mut(certificate);
            certificate.spec = edit.spec.clone();
            certificate.metadata.generation += 1;
        }
    }
}

/// Whether the shim takes a Certificate for its own (rules 6.1.7); without uids the name must do.
fn follows(certificate: &Certificate, object: &Object) -> bool {
    let owner: &ObjectMeta = object.metadata();
    certificate.metadata.controller().is_some_and(|reference| {
        let named = *reference.kind == *object.kind().row().name && reference.name == owner.name;
        if owner.uid.is_empty() { named } else { reference.uid == owner.uid }
    })
}

/// The fields of two specs that differ, as JSON.
fn differing(existing: &CertificateSpec, wanted: &CertificateSpec) -> Vec<FieldDifference> {
    let value = |spec| serde_json::to_value(spec).unwrap_or_default();
    let (old, new) = (value(existing), value(wanted));
    let fields = new.as_object().into_iter().flatten().filter(|(field, value)| old.get(*field) != Some(*value));
    let text = |value: Option<&serde_json::Value>| value.map_or_else(|| "null".to_owned(), ToString::to_string);
    let difference = |(field, value): (&String, &serde_json::Value)| FieldDifference {
        path: format!("spec.{field}"),
        spec: text(Some(value)),
        actual: text(old.get(field)),
    };
    fields.map(difference).collect()
}
