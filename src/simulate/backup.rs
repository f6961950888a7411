//! Which objects a Velero backup holds (restore rules section 2).

use std::collections::{BTreeMap, BTreeSet};

use crate::object::kind::KINDS;
use crate::object::{Kind, Object, ObjectMeta, ObjectRef};
use crate::plan::BackupSpec;
use crate::plan::velero::{Filter, VeleroRelease, is_glob, resolve, selects};
use crate::world::World;

use super::rights::{CLUSTER_ROLES, Names, Needs, ROLES, Rights, SERVICE_ACCOUNTS};

/// Label that keeps an object, or everything in a namespace, out of Velero's backups.
const EXCLUDE_LABEL: &str = "velero.io/exclude-from-backup";

const CRDS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// No namespace has this name.
const NO_NAMESPACE: &str = "/";

/// The contents of a Velero backup.
#[derive(Clone, Debug, Default)]
pub(super) struct Tarball {
    /// Readable objects; those of a kind by namespace and name.
    pub(super) objects: Vec<Object>,
    /// Objects that are in it and cannot be read by us.
    pub(super) unreadable: Vec<ObjectRef>,
    /// What was there and is not in it, with the reason.
    pub(super) left_out: BTreeMap<ObjectRef, String>,
    /// What it holds of what cert-manager's controller needs.
    pub(super) rights: Rights,
}

impl Tarball {
    /// A finished tarball: everything in the source is in it.
    pub(super) fn finished(source: &World, needs: Option<&Needs>) -> Self {
        let known = source.coverage.access.as_ref().zip(needs);
        Self {
            rights: known.map_or(Rights::ALL, |(access, needs)| Rights::lying_in(access, needs)),
            objects: source.iter().cloned().collect(),
            unreadable: source.broken().map(|(kind, key, _)| ObjectRef::new(kind, key.clone())).collect(),
            ..Self::default()
        }
    }

    /// Runs a backup step on a picture of the source cluster.
    pub(super) fn save(source: &World, spec: &BackupSpec, velero: VeleroRelease, needs: Option<&Needs>) -> Self {
        let filter = BackupFilter::new(source, spec, velero);
        let rights = needs.map(|needs| filter.rights(needs)).unwrap_or_default();
        let mut saved = Self { rights, ..Self::default() };
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
        saved.rescue_crds(source, &filter);
        saved
    }

    /// the CRD of every kind with an object in the backup is added, unless CRDs are named in the filters.
    fn rescue_crds(&mut self, source: &World, filter: &BackupFilter<'_>) {
        if filter.names_crds {
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
        let mut crds: Vec<Object> = self.objects.extract_if(.., |object| object.kind() == Kind::Crd).collect();
        crds.sort_by(|a, b| a.metadata().name.cmp(&b.metadata().name));
        self.objects.append(&mut crds);
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

/// The filters of a Backup, ready to be asked.
struct BackupFilter<'a> {
    spec: &'a BackupSpec,
    velero: VeleroRelease,
    namespaces: Filter,
    /// Old filters (rules 2.2).
    resources: Filter,
    /// Scoped filters (rules 2.3).
    cluster_scoped: Filter,
    namespace_scoped: Filter,
    /// Namespaces that carry the exclude label: appended to `excludedNamespaces` at run time.
    labelled: BTreeSet<&'a str>,
    /// CRDs are included or excluded by name.
    names_crds: bool,
    /// Kinds that are left out as a whole, and why.
    left_out: BTreeMap<Kind, String>,
}

impl<'a> BackupFilter<'a> {
    fn new(source: &'a World, spec: &'a BackupSpec, velero: VeleroRelease) -> Self {
        let labelled = source.namespaces().filter(|ns| velero.heeds_namespace_label() && is_excluded(&ns.metadata));
        // Every kind that the source has objects of is served there.
        let resolved = |list: &[String]| -> Vec<String> {
            list.iter().map(|entry| resolve(entry, |_| true).text().to_owned()).collect()
        };
        // Before 1.18 an include with a glob was looked up literally and found nothing.
        let is_namespace = |entry: &&String| velero.expands_namespace_globs() || *entry == "*" || !is_glob(entry);
        let mut included: Vec<String> = spec.included_namespaces.iter().filter(is_namespace).cloned().collect();
        if included.is_empty() && !spec.included_namespaces.is_empty() {
            included.push(NO_NAMESPACE.to_owned());
        }
        let mut filter = Self {
            spec,
            velero,
            namespaces: Filter::new(&included, &spec.excluded_namespaces),
            resources: Filter::new(&resolved(&spec.included_resources), &resolved(&spec.excluded_resources)),
            cluster_scoped: Filter::new(
                &resolved(&spec.included_cluster_scoped_resources),
                &resolved(&spec.excluded_cluster_scoped_resources),
            ),
            namespace_scoped: Filter::new(
                &resolved(&spec.included_namespace_scoped_resources),
                &resolved(&spec.excluded_namespace_scoped_resources),
            ),
            labelled: labelled.map(|ns| &*ns.metadata.name).collect(),
            names_crds: [
                &spec.included_resources,
                &spec.excluded_resources,
                &spec.included_cluster_scoped_resources,
                &spec.excluded_cluster_scoped_resources,
            ]
            .into_iter()
            .any(|list| resolved(list).iter().any(|entry| entry == CRDS)),
            left_out: BTreeMap::new(),
        };
        // Namespaces come along with their contents, whatever the resource lists say.
        let kinds = KINDS.iter().map(|row| row.kind).filter(|kind| *kind != Kind::Namespace);
        let reason = |kind| if filter.is_scoped() { filter.scoped_reason(kind) } else { filter.old_reason(kind) };
        filter.left_out = kinds.filter_map(|kind| Some((kind, reason(kind)?))).collect();
        filter
    }

    fn is_scoped(&self) -> bool {
        self.velero.has_scoped_filters() && !self.spec.uses_old_filters()
    }

    fn reason_to_leave_out(&self, kind: Kind, metadata: &ObjectMeta) -> Option<String> {
        if metadata.deletion_timestamp.is_some() {
            return Some("it is being deleted, and Velero does not back up such objects".to_owned());
        }
        if is_excluded(metadata) {
            return Some(format!("its label {EXCLUDE_LABEL} keeps it out of the backup"));
        }
        let namespace = if kind == Kind::Namespace { &metadata.name } else { &metadata.namespace };
        if kind.is_namespaced() || kind == Kind::Namespace {
            if self.labelled.contains(&**namespace) {
                return Some(format!("namespace {namespace} carries the label {EXCLUDE_LABEL}"));
            }
            if !self.namespaces.should_include(namespace) {
                return Some(format!("namespace {namespace} is not in the backup"));
            }
        }
        // They come along with their contents, whatever their labels are.
        if kind == Kind::Namespace {
            return None;
        }
        self.left_out.get(&kind).cloned().or_else(|| {
            (!self.selects(metadata)).then(|| "its labels are not those that the backup selects".to_owned())
        })
    }

    /// What it holds of what a controller needs. R-22: a selector is asked for every resource.
    fn rights(&self, needs: &Needs) -> Rights {
        let metadata = &needs.controller.metadata;
        let chosen = self.selects(metadata);
        let namespaced = if self.is_scoped() { &self.namespace_scoped } else { &self.resources };
        let has =
            |namespace: &str, names: Names| chosen && self.takes_namespace(namespace) && namespaced.includes_any(names);
        let service_account = has(&metadata.namespace, SERVICE_ACCOUNTS);
        Rights {
            service_account,
            cluster_roles: CLUSTER_ROLES.iter().all(|names| {
                !self.excludes_cluster_role(names) && (service_account || chosen && self.lists_cluster_role(names))
            }),
            lease_role: ROLES.iter().all(|names| has(&needs.leases, names)),
        }
    }

    /// a ServiceAccount brings its ClusterRoles and their bindings along, whatever their labels are, unless they are
    /// excluded.
    fn excludes_cluster_role(&self, names: Names) -> bool {
        let excluded = |filter: &Filter| names.iter().any(|name| filter.excludes(name));
        if self.is_scoped() {
            return excluded(&self.cluster_scoped);
        }
        excluded(&self.resources) || self.spec.include_cluster_resources == Some(false)
    }

    /// Whether they are saved without a ServiceAccount.
    fn lists_cluster_role(&self, names: Names) -> bool {
        if self.is_scoped() {
            return names.iter().any(|name| self.cluster_scoped.names(name)) || self.has_unnamed_cluster_resources();
        }
        self.spec.include_cluster_resources.unwrap_or_else(|| self.has_every_namespace())
            && self.resources.includes_any(names)
    }

    fn selects(&self, metadata: &ObjectMeta) -> bool {
        selects(self.spec.label_selector.as_ref(), &self.spec.or_label_selectors, &metadata.labels)
    }

    fn takes_namespace(&self, namespace: &str) -> bool {
        !self.labelled.contains(namespace) && self.namespaces.should_include(namespace)
    }

    /// R-20, A2: whether cluster-scoped objects are in it that no scoped filter names.
    fn has_unnamed_cluster_resources(&self) -> bool {
        !self.velero.appends_snapshots_to_excludes()
            && self.has_every_namespace()
            && self.namespace_scoped.is_everything()
            && self.cluster_scoped.has_no_includes()
            && self.spec.excluded_cluster_scoped_resources.is_empty()
    }

    fn has_every_namespace(&self) -> bool {
        self.namespaces.is_everything() && self.labelled.is_empty()
    }

    ///
    fn old_reason(&self, kind: Kind) -> Option<String> {
        let resource = kind.resource();
        match self.spec.include_cluster_resources {
            _ if kind.is_namespaced() => {}
            Some(true) => {}
            Some(false) => return Some("includeClusterResources is false".to_owned()),
            None if self.has_every_namespace() => {}
            None => return Some("a namespace-filtered backup holds no cluster-scoped objects".to_owned()),
        }
        (!self.resources.should_include(&resource)).then(|| format!("the backup leaves {resource} out"))
    }

    /// A2.
    fn scoped_reason(&self, kind: Kind) -> Option<String> {
        let resource = kind.resource();
        if kind.is_namespaced() {
            let passes = self.namespace_scoped.should_include(&resource);
            return (!passes).then(|| format!("the backup leaves {resource} out"));
        }
        if self.cluster_scoped.excludes(&resource) {
            return Some(format!("the backup leaves {resource} out"));
        }
        if self.cluster_scoped.names(&resource) {
            return None;
        }
        if self.velero.appends_snapshots_to_excludes() {
            let filtered = self.spec.uses_scoped_filters() || !self.has_every_namespace();
            return Some(if filtered {
                "the backup holds only the cluster-scoped objects that its filters name".to_owned()
            } else {
                "since Velero 1.17 a backup without any filter flag holds no cluster-scoped objects".to_owned()
            });
        }
        (!self.has_unnamed_cluster_resources())
            .then(|| "the backup holds only the cluster-scoped objects that its filters name".to_owned())
    }
}

fn is_excluded(metadata: &ObjectMeta) -> bool {
    metadata.labels.get(EXCLUDE_LABEL) == Some("true")
}
