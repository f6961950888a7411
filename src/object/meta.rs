//! Names, metadata and conditions that all Kubernetes objects share.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use super::serde_help::{StringMap, list, nullable};
use crate::intern::interned;
use crate::time::Time;

/// Namespace and name of an object; the namespace is empty for cluster-scoped kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct NamespacedName {
    /// The namespace, or an empty text.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl NamespacedName {
    /// Puts a namespace and a name together.
    pub fn new(namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of a cluster-scoped object.
    pub fn cluster(name: impl Into<Arc<str>>) -> Self {
        Self::new("", name)
    }

    /// What objects are sorted by.
    #[must_use]
    pub fn order(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
}

impl Ord for NamespacedName {
    fn cmp(&self, other: &Self) -> Ordering {
        // Names of a namespace mostly share its text.
        let by_name = || self.name.cmp(&other.name);
        if Arc::ptr_eq(&self.namespace, &other.namespace) {
            by_name()
        } else {
            self.namespace.cmp(&other.namespace).then_with(by_name)
        }
    }
}

impl PartialOrd for NamespacedName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for NamespacedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() { f.write_str(&self.name) } else { write!(f, "{}/{}", self.namespace, self.name) }
    }
}

/// The part of `metadata` that decides anything here.
///
/// `kubectl.kubernetes.io/last-applied-configuration` is never kept: on a Secret it holds the whole Secret.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMeta {
    /// `metadata.name`; empty when the object has none.
    #[serde(deserialize_with = "nullable")]
    pub name: Arc<str>,
    /// `metadata.namespace`; empty for cluster-scoped objects.
    #[serde(deserialize_with = "interned")]
    pub namespace: Arc<str>,
    /// `metadata.uid`; empty in hand-written objects.
    #[serde(deserialize_with = "nullable")]
    pub uid: Box<str>,
    /// `metadata.resourceVersion` in a world that a plan made: the number of the event that wrote the object. What a
    /// source says of it decides nothing and is not read.
    #[serde(skip)]
    pub resource_version: u64,
    /// `metadata.generation`, 0 when absent.
    #[serde(deserialize_with = "nullable")]
    pub generation: i64,
    /// `metadata.creationTimestamp`.
    pub creation_timestamp: Option<Time>,
    /// `metadata.deletionTimestamp`: the object waits for its finalizers.
    pub deletion_timestamp: Option<Time>,
    /// `metadata.labels`.
    #[serde(deserialize_with = "nullable")]
    pub labels: StringMap,
    /// `metadata.annotations` without the last-applied configuration.
    #[serde(deserialize_with = "nullable")]
    pub annotations: StringMap,
    /// `metadata.ownerReferences`.
    #[serde(deserialize_with = "list")]
    pub owner_references: ThinVec<OwnerReference>,
    /// `metadata.finalizers`.
    #[serde(deserialize_with = "list")]
    pub finalizers: ThinVec<Box<str>>,
}

impl ObjectMeta {
    /// Namespace and name as a key.
    #[must_use]
    pub fn key(&self) -> NamespacedName {
        NamespacedName { namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// What objects are sorted by.
    #[must_use]
    pub fn order(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    /// The one owner reference with `controller: true` (apimachinery `metav1.GetControllerOf`).
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }

    /// Whether the controller owner has this uid (apimachinery `metav1.IsControlledBy`: kind and name are not compared).
    #[must_use]
    pub fn is_controlled_by(&self, uid: &str) -> bool {
        self.controller().is_some_and(|owner| &*owner.uid == uid)
    }
}

/// One entry of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// Group and version of the owner's kind.
    #[serde(deserialize_with = "interned")]
    pub api_version: Arc<str>,
    /// The owner's kind.
    #[serde(deserialize_with = "interned")]
    pub kind: Arc<str>,
    /// The owner's name; same namespace, or cluster-scoped.
    #[serde(deserialize_with = "nullable")]
    pub name: Arc<str>,
    /// The owner's uid: the only field that cert-manager and the garbage collector believe.
    #[serde(deserialize_with = "nullable")]
    pub uid: Box<str>,
    /// Whether this owner is the managing controller.
    pub controller: Option<bool>,
}

/// One entry of a cert-manager object's `status.conditions`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Ready`, `Issuing`, `Approved`, `Denied`, `InvalidRequest` …
    #[serde(rename = "type", deserialize_with = "interned")]
    pub type_: Arc<str>,
    /// `True`, `False` or `Unknown`.
    #[serde(deserialize_with = "interned")]
    pub status: Arc<str>,
    /// One word for programs.
    #[serde(deserialize_with = "interned")]
    pub reason: Arc<str>,
    /// A sentence for people.
    #[serde(deserialize_with = "interned")]
    pub message: Arc<str>,
    /// When the status changed last.
    pub last_transition_time: Option<Time>,
    /// `metadata.generation` that the condition speaks of.
    pub observed_generation: Option<i64>,
}

/// Finds the condition of a type, if it stands with the given status.
#[must_use]
pub fn has_condition(conditions: &[Condition], type_: &str, status: &str) -> bool {
    conditions.iter().any(|c| &*c.type_ == type_ && &*c.status == status)
}
