//! A world: the objects of one cluster, or of what a plan makes of it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use foldhash::quality::RandomState;
use rayon::prelude::*;

use crate::coverage::Coverage;
use crate::naming::{request_prefix, shorten};
use crate::object::secret::annotation::CERTIFICATE_NAME;
use crate::object::{Certificate, CertificateRequest, Issuer, Kind, NamespacedName, Object, ObjectReference, Secret};

/// An object that was there but could not be read; it is never left out silently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenObject {
    /// What is wrong, with the place inside the object.
    pub error: String,
    /// Where it was read from.
    pub location: String,
}

/// Objects of each kind and namespace, in the order in which they were read.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    heaps: Vec<(Kind, Arc<str>, Vec<Object>)>,
    /// Where the heap of a kind and namespace lies.
    at: HashMap<(Kind, Arc<str>), usize, RandomState>,
    /// The heap of the last object, to which the next one mostly belongs.
    last: usize,
}

impl Incoming {
    /// Puts an object of a kind and namespace on its heap.
    pub(crate) fn push(&mut self, kind: Kind, namespace: Arc<str>, object: Object) {
        let belongs = |heap: &&mut (Kind, Arc<str>, _)| heap.0 == kind && heap.1 == namespace;
        if let Some((.., objects)) = self.heaps.get_mut(self.last).filter(belongs) {
            objects.push(object);
            return;
        }
        self.last = *self.at.entry((kind, namespace.clone())).or_insert(self.heaps.len());
        match self.heaps.get_mut(self.last) {
            Some((.., objects)) => objects.push(object),
            None => self.heaps.push((kind, namespace, vec![object])),
        }
    }
}

/// All objects, by kind and name, and what is known about how completely they were read.
#[derive(Clone, Debug, Default)]
pub struct World {
    objects: BTreeMap<Kind, Shelf>,
    broken: BTreeMap<(Kind, NamespacedName), BrokenObject>,
    /// What was read to make this world.
    pub coverage: Coverage,
}

impl World {
    /// Puts an object in; gives back the one of the same kind and name that it replaces.
    pub fn insert(&mut self, object: Object) -> Option<Object> {
        let key = object.metadata().key();
        if !self.broken.is_empty() {
            self.broken.remove(&(object.kind(), key.clone()));
        }
        self.objects.entry(object.kind()).or_default().insert(key, object)
    }

    /// Puts many objects in, as [`World::insert`] would one after the other: those of a namespace are sorted while they lie
    /// close to each other.
    pub(crate) fn insert_all(&mut self, objects: Incoming) {
        let named = |(kind, namespace, objects): (Kind, Arc<str>, Vec<Object>)| {
            let by_name = objects.into_iter().map(|object| (object.metadata().name.clone(), object));
            (kind, namespace, by_name.collect::<BTreeMap<_, _>>())
        };
        let sorted: Vec<_> = objects.heaps.into_par_iter().map(named).collect();
        for (kind, namespace, mut objects) in sorted {
            if !self.broken.is_empty() {
                let here = |name: &Arc<str>| NamespacedName { namespace: namespace.clone(), name: name.clone() };
                objects.keys().for_each(|name| drop(self.broken.remove(&(kind, here(name)))));
            }
            self.objects.entry(kind).or_default().0.entry(namespace).or_default().append(&mut objects);
        }
    }

    /// Notes that an object exists and cannot be read. A readable one of the same name that came before is replaced,
    /// as the later one always wins.
    pub fn insert_broken(&mut self, kind: Kind, key: NamespacedName, broken: BrokenObject) {
        self.remove(kind, &key);
        self.broken.insert((kind, key), broken);
    }

    /// Forgets that an object exists and cannot be read.
    pub fn remove_broken(&mut self, kind: Kind, key: &NamespacedName) -> Option<BrokenObject> {
        self.broken.remove(&(kind, key.clone()))
    }

    /// Takes an object out.
    pub fn remove(&mut self, kind: Kind, key: &NamespacedName) -> Option<Object> {
        self.objects.get_mut(&kind)?.0.get_mut(&key.namespace)?.remove(&key.name)
    }

    /// Looks an object up.
    #[must_use]
    pub fn get(&self, kind: Kind, key: &NamespacedName) -> Option<&Object> {
        self.find(kind, &key.namespace, &key.name)
    }

    /// Looks an object up by namespace, empty for the cluster's own, and name.
    #[must_use]
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Object> {
        self.objects.get(&kind)?.0.get(namespace)?.get(name)
    }

    /// The Certificate of a namespace with this name.
    #[must_use]
    pub fn certificate_of(&self, namespace: &str, name: &str) -> Option<&Certificate> {
        match self.find(Kind::Certificate, namespace, name)? {
            Object::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }

    /// The Secret of a namespace with this name.
    #[must_use]
    pub fn secret_in(&self, namespace: &str, name: &str) -> Option<&Secret> {
        match self.find(Kind::Secret, namespace, name)? {
            Object::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// The Secret that a Certificate names.
    #[must_use]
    pub fn secret_of(&self, certificate: &Certificate) -> Option<&Secret> {
        self.secret_in(&certificate.metadata.namespace, &certificate.spec.secret_name)
    }

    /// The issuer that a reference in a namespace means, if it is one of cert-manager's own kinds.
    #[must_use]
    pub fn issuer_of(&self, reference: &ObjectReference, namespace: &str) -> Option<&Issuer> {
        let (kind, namespace) = reference.builtin_issuer(namespace)?;
        match self.find(kind, namespace, &reference.name)? {
            Object::Issuer(issuer) | Object::ClusterIssuer(issuer) => Some(issuer),
            _ => None,
        }
    }

    /// Looks an object up to change it.
    pub fn get_mut(&mut self, kind: Kind, key: &NamespacedName) -> Option<&mut Object> {
        self.objects.get_mut(&kind)?.0.get_mut(&key.namespace)?.get_mut(&key.name)
    }

    /// All objects of a kind, by namespace and name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.objects.get(&kind).into_iter().flat_map(Shelf::all)
    }

    /// How many objects of a kind there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.objects.get(&kind).map_or(0, |shelf| shelf.0.values().map(BTreeMap::len).sum())
    }

    /// The CertificateRequests whose names begin as cert-manager names those of a Certificate, owned or not (rules 4.2):
    /// `<name>-…`, and for a long name `<52 letters of it>-…` too, where no annotation names another Certificate.
    pub fn requests_named_for<'a>(&'a self, certificate: &Certificate) -> impl Iterator<Item = &'a CertificateRequest> {
        let metadata = &certificate.metadata;
        let full = request_prefix(&metadata.name);
        let cut = (metadata.name.len() > 52).then(|| shorten(&metadata.name, 52)).filter(|cut| *cut != full);
        let shortened = cut.map(|cut| {
            let (name, found) = (metadata.name.clone(), format!("{full}-"));
            let is_own = move |request: &&CertificateRequest| {
                !request.metadata.name.starts_with(&found)
                    && request.metadata.annotations.get(CERTIFICATE_NAME).is_none_or(|named| *named == *name)
            };
            self.requests_from(&metadata.namespace, cut).filter(is_own)
        });
        self.requests_from(&metadata.namespace, &full).chain(shortened.into_iter().flatten())
    }

    /// The requests of a namespace whose names begin with a text and a dash.
    fn requests_from(&self, namespace: &str, stem: &str) -> impl Iterator<Item = &CertificateRequest> + use<'_> {
        let stem = [stem, "-"].concat();
        let here = self.objects.get(&Kind::CertificateRequest).and_then(|shelf| shelf.0.get(namespace));
        let from = (Bound::Included(&*stem), Bound::Unbounded);
        let named = here.map(|here| here.range::<str, _>(from));
        named.into_iter().flatten().take_while(move |(name, _)| name.starts_with(&*stem)).filter_map(|(_, object)| {
            match object {
                Object::CertificateRequest(request) => Some(&**request),
                _ => None,
            }
        })
    }

    /// All objects, by kind, namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().flat_map(Shelf::all)
    }

    /// The namespaces that hold an object, empty for the cluster's own; one for each kind of object in it.
    pub(crate) fn inhabited_namespaces(&self) -> impl Iterator<Item = &Arc<str>> {
        let shelves = self.objects.values().flat_map(|shelf| &shelf.0);
        shelves.filter(|(_, objects)| !objects.is_empty()).map(|(namespace, _)| namespace)
    }

    /// All unreadable objects.
    pub fn broken(&self) -> impl Iterator<Item = (Kind, &NamespacedName, &BrokenObject)> {
        self.broken.iter().map(|((kind, key), broken)| (*kind, key, broken))
    }

    /// The reason why an object that is there could not be read.
    #[must_use]
    pub fn broken_object(&self, kind: Kind, key: &NamespacedName) -> Option<&BrokenObject> {
        if self.broken.is_empty() {
            return None;
        }
        self.broken.get(&(kind, key.clone()))
    }
}

/// The objects of one kind, by namespace and name.
#[derive(Clone, Debug, Default)]
struct Shelf(BTreeMap<Arc<str>, BTreeMap<Arc<str>, Object>>);

impl Shelf {
    fn insert(&mut self, key: NamespacedName, object: Object) -> Option<Object> {
        self.0.entry(key.namespace).or_default().insert(key.name, object)
    }

    fn all(&self) -> impl Iterator<Item = &Object> {
        self.0.values().flat_map(BTreeMap::values)
    }
}

macro_rules! typed_access {
    ($($get:ident, $all:ident: $variant:ident => $type:ty;)*) => {
        impl World {
            $(
                #[doc = concat!("The ", stringify!($variant), " of that name.")]
                #[must_use]
                pub fn $get(&self, key: &NamespacedName) -> Option<&$type> {
                    match self.get(Kind::$variant, key)? {
                        Object::$variant(object) => Some(object),
                        _ => None,
                    }
                }

                #[doc = concat!("All objects of kind ", stringify!($variant), ", by namespace and name.")]
                pub fn $all(&self) -> impl Iterator<Item = &$type> {
                    self.of_kind(Kind::$variant).filter_map(|object| match object {
                        Object::$variant(object) => Some(&**object),
                        _ => None,
                    })
                }
            )*
        }
    };
}

typed_access! {
    secret, secrets: Secret => crate::object::Secret;
    certificate, certificates: Certificate => crate::object::Certificate;
    request, requests: CertificateRequest => crate::object::CertificateRequest;
    issuer, issuers: Issuer => crate::object::Issuer;
    cluster_issuer, cluster_issuers: ClusterIssuer => crate::object::Issuer;
    order, orders: Order => crate::object::Order;
    challenge, challenges: Challenge => crate::object::Challenge;
    ingress, ingresses: Ingress => crate::object::Ingress;
    gateway, gateways: Gateway => crate::object::Gateway;
    listener_set, listener_sets: ListenerSet => crate::object::Gateway;
    namespace, namespaces: Namespace => crate::object::Namespace;
    event, events: Event => crate::object::Event;
    crd, crds: Crd => crate::object::CustomResourceDefinition;
    deployment, deployments: Deployment => crate::object::Workload;
    pod, pods: Pod => crate::object::Workload;
}
