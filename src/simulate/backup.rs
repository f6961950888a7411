//! Which objects a Velero backup holds (restore rules section 2).

use crate::object::ObjectRef;
use std::collections::{BTreeMap, BTreeSet};

use crate::object::{Kind, Object, ObjectMeta};
use crate::plan::BackupSpec;
use crate::world::World;

/// Label that keeps an object, or everything in a namespace, out of Velero's backups.
const EXCLUDE_LABEL: &str = "velero.io/exclude-from-backup";

/// The contents of a Velero backup.
#[derive(Clone, Debug, Default)]
pub(super) struct Tarball {
    /// Readable objects.
    pub(super) objects: Vec<Object>,
    /// Objects that are in it and cannot be read by us.
    pub(super) unreadable: Vec<ObjectRef>,
    /// What was there and is not in it, with the reason.
    pub(super) left_out: BTreeMap<ObjectRef, String>,
}

impl Tarball {
    /// A finished tarball: everything in the source is in it.
    pub(super) fn finished(source: &World) -> Self {
        Self {
            objects: source.iter().cloned().collect(),
            unreadable: source.broken().map(|(kind, key, _)| ObjectRef::new(kind, key.clone())).collect(),
            left_out: BTreeMap::new(),
        }
    }

    /// Runs a backup step on a picture of the source cluster.
    pub(super) fn save(source: &World, spec: &BackupSpec) -> Self {
        let filter = BackupFilter::new(source, spec);
        let mut saved = Self::default();
        for object in source.iter() {
            match filter.reason_to_leave_out(object.kind(), object.metadata()) {
                None => saved.objects.push(object.clone()),
                Some(reason) => {
                    saved.left_out.insert(ObjectRef::of(object), reason);
                }
            }
        }
        for (kind, key, _) in source.broken() {
            let metadata =
                ObjectMeta { name: key.name.clone(), namespace: key.namespace.clone(), ..ObjectMeta::default() };
            let reference = ObjectRef::new(kind, key.clone());
            match filter.reason_to_leave_out(kind, &metadata) {
                None => saved.unreadable.push(reference),
                Some(reason) => {
                    saved.left_out.insert(reference, reason);
                }
            }
        }
        saved.rescue_crds(source, spec);
        saved
    }

    /// the CRD of every kind with an object in the backup is added, unless CRDs are named in the filters.
    fn rescue_crds(&mut self, source: &World, spec: &BackupSpec) {
        const CRDS: &str = "customresourcedefinitions.apiextensions.k8s.io";
        let named = |list: &[String]| list.iter().any(|entry| entry == CRDS);
        if named(&spec.included_resources) || named(&spec.excluded_resources) {
            return;
        }
        let saved_kinds: BTreeSet<Kind> = self.objects.iter().map(Object::kind).collect();
        for crd in source.crds() {
            let reference = ObjectRef::new(Kind::Crd, crd.metadata.key());
            let kind = Kind::of(&format!("{}/", crd.spec.group), &crd.spec.names.kind);
            if kind.is_some_and(|kind| saved_kinds.contains(&kind))
                && self.left_out.remove(&reference).is_some()
                && let Some(object) = source.get(Kind::Crd, &reference.key)
            {
                self.objects.push(object.clone());
            }
        }
    }

    /// How many objects of each kind were left out, e.g. `2 CertificateRequests, 1 Order`.
    pub(super) fn left_out_counts(&self) -> String {
        counts(self.left_out.keys().map(|object| object.kind))
    }
}

/// Counts kinds for people.
pub(super) fn counts(kinds: impl Iterator<Item = Kind>) -> String {
    let mut counted: BTreeMap<Kind, usize> = BTreeMap::new();
    for kind in kinds {
        *counted.entry(kind).or_default() += 1;
    }
    let parts: Vec<_> = counted.into_iter().map(|(kind, count)| plural(count, kind)).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn plural(count: usize, kind: Kind) -> String {
    let name = kind.row().name;
    match (count, name.ends_with('s')) {
        (1, _) => format!("1 {name}"),
        (_, true) => format!("{count} {name}es"),
        _ => format!("{count} {name}s"),
    }
}

struct BackupFilter<'a> {
    spec: &'a BackupSpec,
    /// Namespaces that carry the exclude label: appended to `excludedNamespaces` at run time.
    labelled: BTreeSet<&'a str>,
}

impl<'a> BackupFilter<'a> {
    fn new(source: &'a World, spec: &'a BackupSpec) -> Self {
        let labelled =
            source.namespaces().filter(|ns| is_excluded(&ns.metadata)).map(|ns| &*ns.metadata.name).collect();
        Self { spec, labelled }
    }

    fn reason_to_leave_out(&self, kind: Kind, metadata: &ObjectMeta) -> Option<String> {
        if metadata.deletion_timestamp.is_some() {
            return Some("it is being deleted, and Velero does not back up such objects".to_owned());
        }
        if is_excluded(metadata) {
            return Some(format!("its label {EXCLUDE_LABEL} keeps it out of the backup"));
        }
        let resource = kind.resource();
        let namespace = if kind == Kind::Namespace { &metadata.name } else { &metadata.namespace };
        if kind.is_namespaced() || kind == Kind::Namespace {
            if self.labelled.contains(&**namespace) {
                return Some(format!("namespace {namespace} carries the label {EXCLUDE_LABEL}"));
            }
            if !self.spec.namespaces().should_include(namespace) {
                return Some(format!("namespace {namespace} is not in the backup"));
            }
        } else if let Some(reason) = self.cluster_scope_reason() {
            return Some(reason.to_owned());
        }
        // Namespaces come along with their contents, whatever the resource lists say.
        (kind != Kind::Namespace && !self.spec.resources().should_include(&resource))
            .then(|| format!("the backup leaves {resource} out"))
    }

    fn cluster_scope_reason(&self) -> Option<&'static str> {
        let everything = self.spec.namespaces().is_everything() && self.labelled.is_empty();
        match self.spec.include_cluster_resources {
            Some(true) => None,
            Some(false) => Some("includeClusterResources is false"),
            None if !self.spec.uses_old_filters() => {
                Some("since Velero 1.17 a backup without any filter flag holds no cluster-scoped objects")
            }
            None if everything => None,
            None => Some("a namespace-filtered backup holds no cluster-scoped objects"),
        }
    }
}

fn is_excluded(metadata: &ObjectMeta) -> bool {
    metadata.labels.get(EXCLUDE_LABEL) == Some("true")
}
