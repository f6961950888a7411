//! Which object: kind, namespace and name.

use std::fmt;

use super::{Kind, NamespacedName, Object};

/// Which object: kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// The kind.
    pub kind: Kind,
    /// Namespace and name.
    pub key: NamespacedName,
}

impl ObjectRef {
    /// Puts a kind and a key together.
    #[must_use]
    pub const fn new(kind: Kind, key: NamespacedName) -> Self {
        Self { kind, key }
    }

    /// The reference to an object at hand.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        Self::new(object.kind(), object.metadata().key())
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}
