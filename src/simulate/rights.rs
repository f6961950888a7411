//! What cert-manager's controller needs beside its Deployment: a ServiceAccount, ClusterRoles, and the Role for its Lease
//! (restore rules section 8).
//!
//! None of them is simulated as an object. Whether they travel follows from the filters of a backup and a restore; they are
//! taken to carry the labels of the Deployment, as all of them do in cert-manager's chart and in its static manifests
//! (`deploy/charts/cert-manager/templates/{deployment,rbac,serviceaccount}.yaml@v1.21.1`).

use std::sync::Arc;

use crate::object::Workload;
use crate::object::{Kind, Object};
use crate::release::{ControllerFlags, is_controller};
use crate::source::velero_access::Access;

/// Where the chart and the manifests put the Role for the Lease.
const LEASES: &str = "kube-system";

/// The ServiceAccount that the API server makes in every namespace.
const DEFAULT_ACCOUNT: &str = "default";

/// The names that discovery knows a resource by, the full one first.
pub(super) type Names = &'static [&'static str];

/// ServiceAccounts.
pub(super) const SERVICE_ACCOUNTS: Names = &["serviceaccounts", "serviceaccount", "sa"];

/// ClusterRoles and their bindings.
pub(super) const CLUSTER_ROLES: [Names; 2] = [
    &["clusterroles.rbac.authorization.k8s.io", "clusterroles", "clusterrole"],
    &["clusterrolebindings.rbac.authorization.k8s.io", "clusterrolebindings", "clusterrolebinding"],
];

/// Roles and their bindings.
pub(super) const ROLES: [Names; 2] = [
    &["roles.rbac.authorization.k8s.io", "roles", "role"],
    &["rolebindings.rbac.authorization.k8s.io", "rolebindings", "rolebinding"],
];

/// Which of them are there, or travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rights {
    /// The ServiceAccount: without it no pod is made.
    pub(super) service_account: bool,
    /// The ClusterRoles and their bindings: without them whatever the controller lists is forbidden to it.
    pub(super) cluster_roles: bool,
    /// The Role and the RoleBinding for the Lease: without them it never becomes leader.
    pub(super) lease_role: bool,
}

impl Rights {
    /// Nothing is missing.
    pub(super) const ALL: Self = Self { service_account: true, cluster_roles: true, lease_role: true };

    /// What both have: a backup and the restore of it.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            service_account: self.service_account && other.service_account,
            cluster_roles: self.cluster_roles && other.cluster_roles,
            lease_role: self.lease_role && other.lease_role,
        }
    }

    /// What one of them has: one restore after another.
    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            service_account: self.service_account || other.service_account,
            cluster_roles: self.cluster_roles || other.cluster_roles,
            lease_role: self.lease_role || other.lease_role,
        }
    }

    /// What lies in a finished backup.
    pub(super) fn lying_in(access: &Access, needs: &Needs) -> Self {
        let holds = |names: Names, namespace: &str| names.first().is_some_and(|name| access.holds(name, namespace));
        Self {
            service_account: holds(SERVICE_ACCOUNTS, &needs.controller.metadata.namespace),
            cluster_roles: CLUSTER_ROLES.iter().all(|names| holds(names, "")),
            lease_role: ROLES.iter().all(|names| holds(names, &needs.leases)),
        }
    }
}

/// A controller, and where its Lease is.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    /// Its Deployment in the source.
    pub(super) controller: Arc<Workload>,
    /// `--leader-election-namespace`.
    pub(super) leases: Arc<str>,
    /// `--leader-elect`
    elects_leader: bool,
}

impl Needs {
    /// What the first controller among these objects needs, if one of them is to run.
    pub(super) fn of<'a>(objects: impl IntoIterator<Item = &'a Object>, flags: &ControllerFlags) -> Option<Self> {
        let controller = controllers(objects).next()?;
        let given = |name: &str| flags.given.get(name).map(String::as_str);
        Some(Self {
            controller,
            leases: given("leader-election-namespace").unwrap_or(LEASES).into(),
            elects_leader: given("leader-elect") != Some("false"),
        })
    }

    /// The name of the ServiceAccount, where it is not the one that every namespace has.
    pub(super) fn service_account(&self) -> Option<&str> {
        let name = &*self.controller.spec.template.spec.service_account_name;
        (!name.is_empty() && name != DEFAULT_ACCOUNT).then_some(name)
    }

    /// Which of its needs are met, as what it does not need is never missing.
    pub(super) fn met_by(&self, rights: Rights) -> Rights {
        Rights {
            service_account: rights.service_account || self.service_account().is_none(),
            lease_role: rights.lease_role || !self.elects_leader,
            ..rights
        }
    }
}

/// The Deployments of cert-manager's controller that are to run.
pub(super) fn controllers<'a>(objects: impl IntoIterator<Item = &'a Object>) -> impl Iterator<Item = Arc<Workload>> {
    objects.into_iter().filter(|object| object.kind() == Kind::Deployment).filter_map(|object| match object {
        Object::Deployment(deployment) if is_controller(deployment) && deployment.spec.replicas != Some(0) => {
            Some(Arc::clone(deployment))
        }
        _ => None,
    })
}
