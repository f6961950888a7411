//! Which ServiceAccounts and roles a Velero backup holds: their names tell whether a controller that is restored from it can
//! work (restore rules section 8).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::intern::intern;

/// The resources that are noted, as Velero names their folders.
const NOTED: [&str; 5] = [
    "serviceaccounts",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
];

/// In which namespaces there is at least one of each resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Access {
    seen: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl Access {
    /// Notes a path of the backup.
    pub(super) fn note(&mut self, resource: &str, namespace: &str) {
        if NOTED.contains(&resource) {
            self.seen.insert((intern(resource), intern(namespace)));
        }
    }

    /// Whether there is one of these in a namespace; the cluster's own are in the namespace of no name.
    #[must_use]
    pub fn holds(&self, resource: &str, namespace: &str) -> bool {
        self.seen.iter().any(|(seen, place)| **seen == *resource && **place == *namespace)
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Access {
    /// Of resources and namespaces.
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(places: I) -> Self {
        let mut access = Self::default();
        places.into_iter().for_each(|(resource, namespace)| access.note(resource, namespace));
        access
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_known_by_resource_and_namespace() {
        const NOTED: [(&str, &str); 3] = [
            ("roles.rbac.authorization.k8s.io", "kube-system"),
            ("clusterroles.rbac.authorization.k8s.io", ""),
            ("secrets", "shop"),
        ];
        let access: Access = NOTED.into_iter().collect();
        const ROWS: [(&str, &str, bool); 5] = [
            ("roles.rbac.authorization.k8s.io", "kube-system", true),
            ("roles.rbac.authorization.k8s.io", "shop", false),
            ("rolebindings.rbac.authorization.k8s.io", "kube-system", false),
            ("clusterroles.rbac.authorization.k8s.io", "", true),
            ("secrets", "shop", false),
        ];
        for (resource, namespace, held) in ROWS {
            assert_eq!(access.holds(resource, namespace), held, "{resource} {namespace}");
        }
    }
}
