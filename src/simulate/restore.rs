//! In which order Velero restores, and what it does to each object (restore rules 3.2, 3.3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::modify::{Modified, modify};
use super::rights::{CLUSTER_ROLES, Names, Needs, ROLES, Rights, SERVICE_ACCOUNTS};
use crate::naming::label_value;
use crate::object::kind::KINDS;
use crate::object::{Kind, NamespacedName, Object, ObjectMeta, ObjectRef};
use crate::plan::RestoreSpec;
use crate::plan::velero::{Filter, Modifiers, NEVER_RESTORED, Resolved, RestoreOrder, VeleroRelease, resolve, selects};

/// Annotation that decides about the status of one object.
const RESTORE_STATUS: &str = "velero.io/restore-status";

/// Puts objects in the order in which Velero restores them. Inside one resource Velero takes namespaces in random
/// order; here they are sorted, so that a simulation always says the same.
pub(super) fn in_restore_order<'a>(
    velero: VeleroRelease,
    order: &RestoreOrder,
    objects: &'a [Object],
) -> Vec<&'a Object> {
    let mut kinds: BTreeMap<Kind, Vec<&Object>> = BTreeMap::new();
    for object in objects {
        kinds.entry(object.kind()).or_default().push(object);
    }
    let mut kinds: Vec<(Kind, Vec<&Object>)> = kinds.into_iter().collect();
    kinds.sort_by_cached_key(|(kind, _)| order.rank(velero, *kind));
    kinds.into_iter().flat_map(|(_, objects)| objects).collect()
}

/// The filters of a Restore, resolved when it begins.
pub(super) struct RestoreFilter<'a> {
    spec: &'a RestoreSpec,
    namespaces: Filter,
    resources: Filter,
    /// The kinds that come along at all, and those whose status does.
    kinds: BTreeSet<Kind>,
    with_status: BTreeSet<Kind>,
    /// Entries that would mean a kind if its CRD were there already.
    pub(super) too_early: BTreeSet<(&'static str, String, Kind)>,
}

impl<'a> RestoreFilter<'a> {
    /// `served` tells which kinds the target's API server knows now.
    pub(super) fn new(spec: &'a RestoreSpec, served: impl Fn(Kind) -> bool) -> Self {
        let mut too_early = BTreeSet::new();
        let mut resolved = |list: &'static str, entries: &[String]| -> Vec<String> {
            let resolve = |entry: &String| {
                let resolved = resolve(entry, &served);
                if let Resolved::TooEarly { entry, kind } = &resolved {
                    too_early.insert((list, entry.clone(), *kind));
                }
                resolved.text().to_owned()
            };
            entries.iter().map(resolve).collect()
        };
        let included = resolved("includedResources", &spec.included_resources);
        let excluded = resolved("excludedResources", &spec.excluded_resources);
        let status = spec.restore_status.as_ref().map(|status| {
            let included = resolved("restoreStatus.includedResources", &status.included_resources);
            let mut excluded = resolved("restoreStatus.excludedResources", &status.excluded_resources);
            excluded.retain(|entry| entry != "*");
            Filter::new(&included, &excluded)
        });
        let resources = Filter::new(&included, &excluded);
        let kinds = || KINDS.iter().map(|row| row.kind);
        let takes = |kind: &Kind| {
            let resource = kind.resource();
            !NEVER_RESTORED.contains(&resource.as_str()) && resources.should_include(&resource)
        };
        let has_status = |kind: &Kind| status.as_ref().is_some_and(|filter| filter.should_include(&kind.resource()));
        Self {
            spec,
            namespaces: Filter::new(&spec.included_namespaces, &spec.excluded_namespaces),
            kinds: kinds().filter(takes).collect(),
            with_status: kinds().filter(has_status).collect(),
            resources,
            too_early,
        }
    }

    /// Whether objects of a kind can come along at all.
    pub(super) fn takes(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// What comes along of what a controller needs, if it is in the backup.
    pub(super) fn rights(&self, needs: &Needs) -> Rights {
        let metadata = &needs.controller.metadata;
        let chosen = self.selects(metadata);
        let by_scope = self.spec.include_cluster_resources.unwrap_or(self.namespaces.is_everything());
        let has = |namespace: &str, names: Names| {
            chosen && self.namespaces.should_include(namespace) && self.resources.includes_any(names)
        };
        Rights {
            service_account: has(&metadata.namespace, SERVICE_ACCOUNTS),
            cluster_roles: chosen && by_scope && CLUSTER_ROLES.iter().all(|names| self.resources.includes_any(names)),
            lease_role: ROLES.iter().all(|names| has(&needs.leases, names)),
        }
    }

    fn selects(&self, metadata: &ObjectMeta) -> bool {
        selects(self.spec.label_selector.as_ref(), &self.spec.or_label_selectors, &metadata.labels)
    }

    /// Whether an object that could not be read comes along.
    pub(super) fn takes_unread(&self, object: &ObjectRef) -> bool {
        let namespace = &object.key.namespace;
        self.takes(object.kind) && (namespace.is_empty() || self.namespaces.should_include(namespace))
    }

    /// Why a restore does not take an object along; `None` if it does.
    pub(super) fn reason_to_skip(&self, kind: Kind, metadata: &ObjectMeta) -> Option<String> {
        if kind == Kind::Event {
            return Some("Velero never restores Events".to_owned());
        }
        if !self.takes(kind) {
            return Some(format!("the restore leaves {} out", kind.resource()));
        }
        let by_scope = self.scope_reason(kind, metadata);
        by_scope.or_else(|| {
            (!self.selects(metadata)).then(|| "its labels are not those that the restore selects".to_owned())
        })
    }

    fn scope_reason(&self, kind: Kind, metadata: &ObjectMeta) -> Option<String> {
        if kind.is_namespaced() {
            let namespace = &metadata.namespace;
            let passes = self.namespaces.should_include(namespace);
            return (!passes).then(|| format!("the restore leaves namespace {namespace} out"));
        }
        match self.spec.include_cluster_resources {
            _ if kind == Kind::Namespace => (!self.namespaces.should_include(&metadata.name))
                .then(|| "the restore leaves this namespace out".to_owned()),
            Some(false) => Some("includeClusterResources of the restore is false".to_owned()),
            None if !self.namespaces.is_everything() => {
                Some("a namespace-filtered restore takes no cluster-scoped objects along".to_owned())
            }
            _ => None,
        }
    }

    /// Whether the status of an object comes back; to be asked after modifiers.
    pub(super) fn restores_status(&self, velero: VeleroRelease, kind: Kind, metadata: &ObjectMeta) -> bool {
        let wish = metadata.annotations.get(RESTORE_STATUS).map(|text| text.trim().to_lowercase());
        match wish.as_deref().filter(|_| velero.retries_status()) {
            Some("true") => true,
            Some("false") => false,
            _ => self.with_status.contains(&kind),
        }
    }

    /// Where an object goes.
    pub(super) fn target_of(&self, key: &NamespacedName) -> NamespacedName {
        match self.spec.namespace_mapping.get(&*key.namespace) {
            Some(namespace) => NamespacedName::new(namespace.as_str(), key.name.clone()),
            None => key.clone(),
        }
    }

    /// The same for a namespace.
    pub(super) fn target_namespace<'b>(&'b self, namespace: &'b str) -> &'b str {
        self.spec.namespace_mapping.get(namespace).map_or(namespace, String::as_str)
    }
}

/// What a restore makes of each object before it sends it; no object's answer depends on another's.
pub(super) struct Preparation<'a> {
    /// The release that restores.
    velero: VeleroRelease,
    /// Which objects it takes.
    pub(super) filter: &'a RestoreFilter<'a>,
    /// Its resource modifiers.
    pub(super) modifiers: Option<&'a Modifiers>,
    /// The labels that Velero adds (restore rules 3.3).
    labels: [(&'static str, String); 2],
}

impl<'a> Preparation<'a> {
    /// Prepares what is restored under this name from a backup of that name.
    pub(super) fn new(
        velero: VeleroRelease,
        filter: &'a RestoreFilter<'a>,
        modifiers: Option<&'a Modifiers>,
        backup: &str,
        restore: &str,
    ) -> Self {
        let labels = [("velero.io/backup-name", label_value(backup)), ("velero.io/restore-name", label_value(restore))];
        Self { velero, filter, modifiers, labels }
    }

    /// Why the restore does not take an object along; `None` if it does.
    pub(super) fn reason_to_skip(&self, object: &Object) -> Option<String> {
        self.filter.reason_to_skip(object.kind(), object.metadata())
    }

    /// Prepares one object.
    ///
    /// # Errors
    /// Why the restore does not take it along.
    pub(super) fn prepare(&self, object: &Object) -> Result<Modified, String> {
        if let Some(reason) = self.reason_to_skip(object) {
            return Err(reason);
        }
        let reference = ObjectRef::of(object);
        let mut object = object.clone();
        reset(&mut object, self.velero);
        let modified = self.modifiers.and_then(|modifiers| modify(modifiers, &reference, &object));
        let untouched =
            |object| Modified { object: Ok(object), errors: Vec::new(), unseen: false, without_labels: false };
        let mut sent = modified.unwrap_or_else(|| untouched(object));
        if let Ok(object) = &mut sent.object {
            let metadata = object.metadata_mut();
            metadata.namespace = self.filter.target_of(&reference.key).namespace;
            // After the modifiers.
            metadata.labels.insert_all(&self.labels.each_ref().map(|(key, value)| (*key, value.as_str())));
        }
        Ok(sent)
    }
}

/// identity and owners go; finalizers stay since 1.10.2. The status goes where it is not restored.
fn reset(object: &mut Object, velero: VeleroRelease) {
    let metadata = object.metadata_mut();
    metadata.uid = Box::default();
    metadata.resource_version = 0;
    metadata.generation = 0;
    metadata.creation_timestamp = None;
    metadata.deletion_timestamp = None;
    metadata.owner_references.clear();
    if !velero.keeps_finalizers() {
        metadata.finalizers.clear();
    }
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
