//! Names, metadata and conditions that all Kubernetes objects share.

use std::fmt;

use serde::Deserialize;

use super::serde_help::{StringMap, nullable};
use crate::time::Time;

/// Namespace and name of an object; the namespace is empty for cluster-scoped kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespacedName {
    /// The namespace, or an empty text.
    pub namespace: Box<str>,
    /// The name.
    pub name: Box<str>,
}

impl NamespacedName {
    /// Puts a namespace and a name together.
    pub fn new(namespace: impl Into<Box<str>>, name: impl Into<Box<str>>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of a cluster-scoped object.
    pub fn cluster(name: impl Into<Box<str>>) -> Self {
        Self::new("", name)
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMeta {
    /// `metadata.name`; empty when the object has none.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// `metadata.namespace`; empty for cluster-scoped objects.
    #[serde(deserialize_with = "nullable")]
    pub namespace: Box<str>,
    /// `metadata.uid`; empty in hand-written objects.
    #[serde(deserialize_with = "nullable")]
    pub uid: Box<str>,
    /// `metadata.resourceVersion`; empty in hand-written objects.
    #[serde(deserialize_with = "nullable")]
    pub resource_version: Box<str>,
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
    #[serde(deserialize_with = "nullable")]
    pub owner_references: Vec<OwnerReference>,
    /// `metadata.finalizers`.
    #[serde(deserialize_with = "nullable")]
    pub finalizers: Vec<Box<str>>,
}

impl ObjectMeta {
    /// Namespace and name as a key.
    #[must_use]
    pub fn key(&self) -> NamespacedName {
        NamespacedName { namespace: self.namespace.clone(), name: self.name.clone() }
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// Group and version of the owner's kind.
    #[serde(deserialize_with = "nullable")]
    pub api_version: Box<str>,
    /// The owner's kind.
    #[serde(deserialize_with = "nullable")]
    pub kind: Box<str>,
    /// The owner's name; same namespace, or cluster-scoped.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// The owner's uid: the only field that cert-manager and the garbage collector believe.
    #[serde(deserialize_with = "nullable")]
    pub uid: Box<str>,
    /// Whether this owner is the managing controller.
    pub controller: Option<bool>,
}

/// One entry of a cert-manager object's `status.conditions`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Ready`, `Issuing`, `Approved`, `Denied`, `InvalidRequest` …
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub type_: Box<str>,
    /// `True`, `False` or `Unknown`.
    #[serde(deserialize_with = "nullable")]
    pub status: Box<str>,
    /// One word for programs.
    #[serde(deserialize_with = "nullable")]
    pub reason: Box<str>,
    /// A sentence for people.
    #[serde(deserialize_with = "nullable")]
    pub message: Box<str>,
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
