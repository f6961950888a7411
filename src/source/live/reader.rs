//! The course of reading: which kinds come when, and where each may be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::collection::Collection;
use super::discovery::Groups;
use super::exchange::Exchange;
use super::failure::Failure;
use super::intake::Filing;
use super::list::{Listed, Query, Versions, list, lists};
use super::{AROUND, CERT_MANAGER, LiveOptions, detection, events, recheck, secrets};
use crate::coverage::Impact;
use crate::object::decode::Outcome;
use crate::object::{Kind, NamespacedName};
use crate::source::collector::Collector;
use crate::source::place::Place;

/// A cluster that is being read.
pub(super) struct Reader<'a, 'o> {
    pub(super) runtime: &'a Runtime,
    pub(super) exchange: &'a Exchange,
    pub(super) options: &'a LiveOptions,
    pub(super) collector: &'a mut Collector<'o>,
    pub(super) groups: Groups,
    /// The namespaces that are asked one by one where a kind may not be read in all of them at once.
    pub(super) namespaces: BTreeSet<Arc<str>>,
    /// Those are all that the user wants.
    knows_namespaces: bool,
    /// The cluster told which groups it has.
    knows_groups: bool,
}

/// What came of reading a kind.
#[derive(Default)]
pub(super) struct KindRead {
    /// The cluster has no such kind.
    pub(super) absent: bool,
    /// Namespaces where it was read to the end; `None` for all at once.
    pub(super) scopes: Vec<Option<Arc<str>>>,
    /// The version of each object there.
    pub(super) versions: Versions,
}

impl<'a, 'o> Reader<'a, 'o> {
    pub(super) fn new(
        runtime: &'a Runtime,
        exchange: &'a Exchange,
        options: &'a LiveOptions,
        collector: &'a mut Collector<'o>,
    ) -> Self {
        let namespaces: BTreeSet<Arc<str>> = options.namespaces.iter().map(|name| Arc::from(name.as_str())).collect();
        let (groups, knows_namespaces) = (Groups::default(), !namespaces.is_empty());
        Self { runtime, exchange, options, collector, groups, namespaces, knows_namespaces, knows_groups: true }
    }

    /// Reads everything; `home` is the namespace of the context.
    pub(super) fn run(&mut self, home: &str) {
        match self.runtime.block_on(Groups::discover(self.exchange)) {
            Ok(groups) => self.groups = groups,
            // Nothing else would be answered.
            Err(failure @ (Failure::Unauthorized(_) | Failure::Unreachable(_))) => {
                return self.failed("/apis", "the cluster", &failure, Impact::Missing);
            }
            Err(failure) => {
                self.failed("/apis", "the list of API groups", &failure, Impact::Missing);
                (self.groups, self.knows_groups) = (Groups::assumed(), false);
            }
        }
        self.collector.recognised("cluster");
        self.find_namespaces(home);
        detection::deployments(self);
        for (kind, groups) in AROUND {
            self.around(kind, groups);
        }
        let Some(certificates) = self.collection(Kind::Certificate, CERT_MANAGER) else {
            let message = "the cluster does not serve cert-manager.io: is cert-manager installed there?";
            return self.collector.problem("/apis".to_owned(), message, Impact::Missing);
        };
        let read = self.kind(&certificates, &self.options.selector.clone());
        if read.absent {
            let message = "the cluster has no certificates.cert-manager.io: is cert-manager installed there?";
            self.collector.problem(certificates.path(None), message, Impact::Missing);
        }
        let requests = self.collection(Kind::CertificateRequest, CERT_MANAGER);
        let labelled = match &requests {
            Some(requests) if secrets::are_listed(self.options) => Some(self.with_secrets(requests)),
            Some(requests) => {
                self.kind(requests, "");
                None
            }
            None => None,
        };
        secrets::read(self, labelled);
        recheck::recheck(self, &certificates, requests.as_ref(), &read);
        detection::crds(self);
        if self.options.events {
            events::read(self);
        }
        if !self.options.selector.is_empty() {
            let message = format!("only Certificates with the labels {} were read (-l)", self.options.selector);
            self.collector.problem(certificates.path(None), message, Impact::Note);
        }
    }

    /// The collection of a kind under the version that is served.
    pub(super) fn collection(&self, kind: Kind, group: &str) -> Option<Collection> {
        let versions = self.groups.versions(group);
        versions.first().map(|version| Collection::new(kind, group, version))
    }

    /// Reads a kind that need not be there.
    fn around(&mut self, kind: Kind, groups: &[&str]) {
        for group in groups {
            let versions: Vec<String> = self.groups.versions(group).into_iter().map(str::to_owned).collect();
            for version in versions {
                if !self.kind(&Collection::new(kind, group, &version), "").absent {
                    return;
                }
            }
        }
        // What the cluster does not know it does not have.
        if self.knows_groups {
            self.collector.kind_is_whole(kind);
        } else {
            self.collector.unread(kind, "".into());
        }
    }

    fn find_namespaces(&mut self, home: &str) {
        if !self.namespaces.is_empty() {
            return;
        }
        let read = self.kind(&Collection::new(Kind::Namespace, "", "v1"), "");
        self.knows_namespaces = !read.scopes.is_empty();
        self.namespaces.extend(self.collector.world().namespaces().map(|namespace| namespace.metadata.name.clone()));
        if self.namespaces.is_empty() {
            self.namespaces.insert(home.into());
        }
    }

    /// Reads all objects of a kind, where they may be read.
    pub(super) fn kind(&mut self, collection: &Collection, labels: &str) -> KindRead {
        let mut read = KindRead::default();
        if !collection.namespaced || self.options.namespaces.is_empty() {
            let listed = self.list(collection, None, labels);
            match listed.end {
                Err(Failure::NotFound) => return KindRead { absent: true, ..read },
                Err(failure @ Failure::Forbidden(_)) if collection.namespaced => {
                    if !self.knows_namespaces {
                        let what = format!("{} in namespaces whose names are not known", collection.resource);
                        self.failed(&collection.path(None), &what, &failure, Impact::Missing);
                        self.collector.unread(collection.kind, "".into());
                    }
                }
                _ => {
                    self.ended(collection, None, listed, &mut read);
                    return read;
                }
            }
        }
        let mut refused: Vec<(Arc<str>, Failure)> = Vec::new();
        for namespace in self.namespaces.clone() {
            let listed = self.list(collection, Some(&namespace), labels);
            match listed.end {
                Err(Failure::NotFound) => return KindRead { absent: true, ..read },
                Err(failure @ Failure::Forbidden(_)) => refused.push((namespace, failure)),
                _ => self.ended(collection, Some(namespace), listed, &mut read),
            }
        }
        self.refused(collection, refused);
        read
    }

    /// Reads all requests, and at the same time the Secrets with cert-manager's label; of those it says how the list ended.
    ///
    /// Which of the two comes first does not matter: what was issued meanwhile is seen by its Certificate, before and after.
    fn with_secrets(&mut self, requests: &Collection) -> Listed {
        let (secrets, texts) = (Collection::new(Kind::Secret, "", "v1"), self.collector.texts());
        let (first, second) = (requests.path(None), secrets.path(None));
        let label = secrets::label();
        let chunk = self.options.chunk_size;
        let labelled = Query { labels: &label, ..Query::all(&second, chunk) };
        let wanted = [(Kind::CertificateRequest, Query::all(&first, chunk)), (Kind::Secret, labelled)];
        let mut intake = Filing::new(self.collector, &[(Kind::CertificateRequest, &first), (Kind::Secret, &second)]);
        let [of_requests, of_secrets] = lists(self.runtime, self.exchange, wanted, texts, &mut intake);
        self.collector.advanced(self.exchange.traffic().bytes, None);
        match of_requests.end {
            // It says where they may be read, or that there are none.
            Err(Failure::Forbidden(_) | Failure::NotFound) => _ = self.kind(requests, ""),
            _ => self.ended(requests, None, of_requests, &mut KindRead::default()),
        }
        of_secrets
    }

    /// Reads the objects of a kind in one namespace.
    pub(super) fn kind_in(&mut self, collection: &Collection, namespace: Arc<str>) {
        let listed = self.list(collection, Some(&namespace), "");
        self.ended(collection, Some(namespace), listed, &mut KindRead::default());
    }

    /// Takes back what was read of a kind in a namespace.
    pub(super) fn forget_all(&mut self, kind: Kind, namespace: &str) {
        let keys = self.collector.world().of_kind(kind).map(|object| object.metadata().key());
        let keys: Vec<NamespacedName> = keys.filter(|key| &*key.namespace == namespace).collect();
        for key in keys {
            self.collector.forget(kind, &key);
        }
    }

    /// Names the namespaces where a kind is forbidden; one sentence where it is everywhere.
    fn refused(&mut self, collection: &Collection, refused: Vec<(Arc<str>, Failure)>) {
        let everywhere = refused.len() > 1 && refused.len() == self.namespaces.len();
        if let Some((_, failure)) = refused.first().filter(|_| everywhere) {
            let what = format!("{} in each of {} namespaces", collection.resource, refused.len());
            self.failed(&collection.path(None), &what, failure, Impact::Missing);
        } else {
            for (namespace, failure) in &refused {
                let what = format!("{} in namespace {namespace}", collection.resource);
                self.failed(&collection.path(Some(namespace)), &what, failure, Impact::Missing);
            }
        }
        for (namespace, _) in refused {
            self.collector.unread(collection.kind, namespace);
        }
    }

    fn list(&mut self, collection: &Collection, namespace: Option<&str>, labels: &str) -> Listed {
        let path = collection.path(namespace);
        let query = Query { labels, ..Query::all(&path, self.options.chunk_size) };
        let what = (collection.kind, self.collector.texts());
        let mut intake = Filing::new(self.collector, &[(collection.kind, &path)]);
        let listed = list(self.runtime, self.exchange, &query, what, &mut intake);
        self.collector.advanced(self.exchange.traffic().bytes, None);
        listed
    }

    /// Says how a list ended whose objects were taken.
    fn ended(&mut self, collection: &Collection, namespace: Option<Arc<str>>, listed: Listed, read: &mut KindRead) {
        let path = collection.path(namespace.as_deref());
        let Listed { count, versions, end, restarts } = listed;
        if restarts > 0 {
            let times = if restarts == 1 { "once".to_owned() } else { format!("{restarts} times") };
            let message = format!(
                "{}: the list expired while it was read and was begun anew {times}; nothing is missing because of it",
                collection.resource
            );
            self.collector.problem(path.clone(), message, Impact::Note);
        }
        self.collector.kind_is_whole(collection.kind);
        if let Err(failure) = &end {
            let what = match count {
                0 => collection.resource.clone(),
                _ => format!("{}: the list ended after {count} objects", collection.resource),
            };
            self.failed(&path, &what, failure, Impact::Missing);
            return self.collector.unread(collection.kind, namespace.unwrap_or_default());
        }
        read.versions.extend(versions);
        read.scopes.push(namespace);
    }

    /// Hands objects over.
    pub(super) fn take(&mut self, path: &str, outcomes: Vec<Outcome>) {
        let origin = self.collector.origin(path);
        for outcome in outcomes {
            self.collector.accept(Place { origin, document: 0, item: 0 }, outcome, false);
        }
        self.collector.advanced(self.exchange.traffic().bytes, None);
    }

    /// Names what could not be had.
    pub(super) fn failed(&mut self, path: &str, what: &str, failure: &Failure, impact: Impact) {
        self.collector.problem(path.to_owned(), format!("{what}: {failure}"), impact);
    }
}
