//! In which order Velero restores, and what it does to each object (restore rules 3.2, 3.3).

use std::sync::Arc;

use crate::naming::label_value;
use crate::object::{Kind, Object};
use crate::plan::RestoreSpec;

/// High-priority resources of Velero 1.17.2, 1.18 and later, as far as objects of these kinds are read.
const HIGH_PRIORITY: &[&str] = &["customresourcedefinitions.apiextensions.k8s.io", "namespaces", "secrets", "pods"];

/// Where a kind stands in a restore: the high-priority list, then byte order of `plural.group`.
pub(super) fn restore_rank(kind: Kind) -> (usize, String) {
    let resource = kind.resource();
    let high = HIGH_PRIORITY.iter().position(|&name| name == resource).unwrap_or(HIGH_PRIORITY.len());
    (high, resource)
}

/// Puts objects in the order in which Velero restores them. Inside one resource Velero takes namespaces in random
/// order; here they are sorted, so that a simulation always says the same.
pub(super) fn in_restore_order(mut objects: Vec<Object>) -> Vec<Object> {
    objects.sort_by_cached_key(|object| (restore_rank(object.kind()), object.metadata().key()));
    objects
}

/// Why a restore does not take an object along; `None` if it does.
pub(super) fn reason_to_skip(spec: &RestoreSpec, object: &Object) -> Option<String> {
    let kind = object.kind();
    let resource = kind.resource();
    if kind == Kind::Event {
        return Some("Velero never restores Events".to_owned());
    }
    if !spec.resources().should_include(&resource) {
        return Some(format!("the restore leaves {resource} out"));
    }
    if kind.is_namespaced() {
        let namespace = &object.metadata().namespace;
        return (!spec.namespaces().should_include(namespace))
            .then(|| format!("the restore leaves namespace {namespace} out"));
    }
    match spec.include_cluster_resources {
        _ if kind == Kind::Namespace => (!spec.namespaces().should_include(&object.metadata().name))
            .then(|| "the restore leaves this namespace out".to_owned()),
        Some(false) => Some("includeClusterResources of the restore is false".to_owned()),
        None if !spec.namespaces().is_everything() => {
            Some("a namespace-filtered restore takes no cluster-scoped objects along".to_owned())
        }
        _ => None,
    }
}

/// R-33, as of Velero 1.10.2: identity, owners and status go, finalizers stay, two labels come.
pub(super) fn reset(object: &mut Object, backup: &str, restore: &str) {
    let metadata = object.metadata_mut();
    metadata.uid = Box::default();
    metadata.resource_version = 0;
    metadata.generation = 0;
    metadata.creation_timestamp = None;
    metadata.deletion_timestamp = None;
    metadata.owner_references.clear();
    metadata.labels.insert("velero.io/backup-name", &label_value(backup));
    metadata.labels.insert("velero.io/restore-name", &label_value(restore));
    drop_status(object);
}

/// Takes the status away; on create the API server does so for every kind with a status subresource.
pub(super) fn drop_status(object: &mut Object) {
    match object {
        Object::Certificate(o) => Arc::make_mut(o).status = Default::default(),
        Object::CertificateRequest(o) => Arc::make_mut(o).status = Default::default(),
        Object::Issuer(o) | Object::ClusterIssuer(o) => Arc::make_mut(o).status = Default::default(),
        Object::Order(o) => Arc::make_mut(o).status = Default::default(),
        Object::Challenge(o) => Arc::make_mut(o).status = Default::default(),
        _ => {}
    }
}
