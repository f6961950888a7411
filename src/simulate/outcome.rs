//! What a simulation finds out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::gateway_api::MissingApi;
use crate::object::{Kind, NamespacedName, ObjectRef};
use crate::obstacle::Obstacle;
use crate::policy::Violation;
use crate::report::model::{CertificateStep, PlanStep};
use crate::world::World;

/// The world after a plan, and what happened on the way.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// The objects of the target at quiet; its coverage says what may exist although no step
    /// created it, because it was not read in the source.
    pub world: World,
    /// Every Certificate of the source and every one that the plan made, exactly once.
    pub fates: BTreeMap<NamespacedName, Fate>,
    /// Where namespace mapping put Certificates, by where they were in the source.
    pub moved: BTreeMap<NamespacedName, NamespacedName>,
    /// The steps with what each of them did.
    pub steps: Vec<PlanStep>,
    /// Requests, Orders and Challenges that were restored without their owner, and what cert-manager does with them
    /// (restore rules 9.5).
    pub phantom: Vec<Phantom>,
    /// ACME issuers that register a new account because the Secret with the account key did not come along (rules 9.3).
    pub new_accounts: Vec<NewAccount>,
    /// Secrets whose contents were made during the plan (an issued certificate, an account key): that they exist is
    /// known, what is in them is not.
    pub stand_ins: BTreeSet<NamespacedName>,
    /// cert-manager was started and exits, for a while or for good (corrections B6).
    pub controller_down: Option<ControllerDown>,
    /// ClusterIssuers that exist in the source and are not in the backup.
    pub lost_cluster_issuers: LostClusterIssuers,
    /// Entries of a restore's filters that named a kind which was not there yet.
    pub too_early: Vec<TooEarly>,
    /// What was assumed rather than simulated, one sentence each.
    pub notes: Vec<String>,
}

impl Simulation {
    /// Requests that are signed again and Orders that are placed again though no Certificate needs them.
    #[must_use]
    pub fn phantom_requests(&self) -> usize {
        self.phantom.iter().filter(|phantom| phantom.act == PhantomAct::AsksAgain).count()
    }
}

/// An entry of a restore's filters that the API server could not resolve when the restore began: it stayed a text and
/// matched nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooEarly {
    /// The step, from 1.
    pub step: usize,
    /// The list in the Restore's spec.
    pub list: &'static str,
    /// The entry.
    pub entry: String,
    /// The kind that it would have named.
    pub kind: Kind,
}

/// A controller that exits or never becomes leader, as it lacks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerDown {
    /// The step that starts it.
    pub step: usize,
    /// What it lacks.
    pub cause: DownCause,
    /// The step after which it runs; `None` if it never does.
    pub until: Option<usize>,
}

/// What a controller lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownCause {
    /// A part of the Gateway API (corrections B6).
    GatewayApi(MissingApi),
    /// Its own CRDs.
    Crds,
    /// Its ServiceAccount: no pod is made of its Deployment.
    ServiceAccount {
        /// The Deployment that came without it.
        controller: NamespacedName,
        /// Its name.
        name: Box<str>,
    },
    /// Its ClusterRoles and ClusterRoleBindings, which only come with cluster-scoped objects (R-18, restore rules section 8).
    Roles {
        /// The Deployment that came without them.
        controller: NamespacedName,
    },
    /// The Role for its Lease, which the chart puts into this namespace (restore rules section 8).
    Lease {
        /// `--leader-election-namespace`.
        namespace: Arc<str>,
    },
}

impl DownCause {
    /// What happens, as a clause.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::GatewayApi(api) => api.message().trim_end_matches('.').to_owned(),
            Self::Crds => "the CRDs of cert-manager are not installed".to_owned(),
            Self::Lease { namespace } => format!(
                "the Role and RoleBinding with which it takes its Lease, in namespace {namespace}, do not come along: it never becomes \
                 leader"
            ),
            Self::ServiceAccount { name, .. } => {
                format!("its ServiceAccount {name} does not come along: no pod is made of its Deployment")
            }
            Self::Roles { .. } => {
                "its ClusterRoles and ClusterRoleBindings do not come along: whatever it lists is forbidden to it"
                    .to_owned()
            }
        }
    }

    /// The object that is missing, or the one that lacks its roles.
    #[must_use]
    pub fn object(&self) -> ObjectRef {
        match self {
            Self::GatewayApi(api) => ObjectRef::new(Kind::Crd, NamespacedName::cluster(api.crd())),
            Self::Crds => ObjectRef::new(Kind::Crd, NamespacedName::cluster("certificates.cert-manager.io")),
            Self::Roles { controller } | Self::ServiceAccount { controller, .. } => {
                ObjectRef::new(Kind::Deployment, controller.clone())
            }
            Self::Lease { namespace } => ObjectRef::new(Kind::Namespace, NamespacedName::cluster(&**namespace)),
        }
    }
}

/// Which ClusterIssuers a backup leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LostClusterIssuers {
    /// None that is known.
    #[default]
    None,
    /// A finished backup holds no ClusterIssuer at all.
    All,
    /// The backup step leaves these out.
    Some(BTreeSet<NamespacedName>),
}

impl LostClusterIssuers {
    /// Whether a ClusterIssuer is among them.
    #[must_use]
    pub fn covers(&self, issuer: &NamespacedName) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(issuers) => issuers.contains(issuer),
        }
    }
}

/// What happened to one Certificate between the first step and quiet.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    /// Why the Certificate does not exist at quiet.
    pub lost: Option<String>,
    /// Why nothing can be said: something that the plan brings was not readable, or was not read.
    pub unknown: Option<String>,
    /// How many issuances of its own were triggered.
    pub issuances: u32,
    /// How many of them completed.
    pub completed: u32,
    /// An issuance was under way in the status that came along; the checks that were violated then.
    pub continued: Option<Vec<Violation>>,
    /// The first check that triggered.
    pub first_trigger: Option<Violation>,
    /// The last issuance waits for an issuer that may yet sign.
    pub pending: Option<Obstacle>,
    /// The last issuance cannot complete.
    pub blocked: Option<Obstacle>,
    /// The Ingress, Gateway or ListenerSet that it no longer follows (rules 6.5).
    pub orphaned_from: Option<ObjectRef>,
    /// The shim made it during the plan, from this object.
    pub made_by: Option<ObjectRef>,
    /// The later issuance that will be blocked by an un-owned request of its name (9.5.4).
    pub blocked_at: Option<FutureBlock>,
    /// Its Secret was written by an issuance of this other Certificate (A7).
    pub secret_replaced_by: Option<NamespacedName>,
    /// A step wrote another certificate of the same key over the one in its Secret.
    pub secret_put_back: Option<PutBack>,
    /// How it got there.
    pub story: Vec<CertificateStep>,
    /// Which line of the story tells of the first trigger.
    pub triggered_line: Option<usize>,
    /// Which line tells why the Certificate does not exist at quiet.
    pub lost_line: Option<usize>,
    /// Which line tells of the last creation by a step.
    pub created_line: Option<usize>,
}

impl Fate {
    /// Where the story tells of the first trigger.
    #[must_use]
    pub fn triggered_at(&self) -> Option<&CertificateStep> {
        self.story.get(self.triggered_line?)
    }

    /// Where the story tells why the Certificate does not exist at quiet.
    #[must_use]
    pub fn lost_at(&self) -> Option<&CertificateStep> {
        self.story.get(self.lost_line?)
    }

    /// Where the story tells of the last creation by a step.
    #[must_use]
    pub fn created_at(&self) -> Option<&CertificateStep> {
        self.story.get(self.created_line?)
    }
}

/// A certificate in a Secret that a step replaced by another of the same key, which no check tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// The step, from 1.
    pub step: usize,
    /// What wrote it.
    pub by: SecretWriter,
    /// The certificate that was there is valid from a later time than the one that took its place.
    pub older: bool,
}

/// What writes over a Secret that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretWriter {
    /// A Velero restore with `existingResourcePolicy: update`.
    Velero,
    /// `kubectl apply`, or a GitOps tool.
    Apply,
}

/// A later issuance that will be blocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FutureBlock {
    /// Number of the blocked issuance.
    pub revision: u64,
    /// The request that has its name.
    pub request: NamespacedName,
    /// How many renewals from now.
    pub renewals: u64,
}

/// An object restored without its owner on which cert-manager acts by itself (rules 7.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phantom {
    /// The request, Order or Challenge.
    pub object: ObjectRef,
    /// What cert-manager does with it.
    pub act: PhantomAct,
    /// The same as a sentence.
    pub text: String,
}

/// What cert-manager does with an object that was restored without its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhantomAct {
    /// The issuer is asked to sign, or the ACME server for an order, once more.
    AsksAgain,
    /// A Challenge is scheduled and asks the ACME server about its old authorization.
    Scheduled,
    /// It stays where it is.
    Waits,
}

/// An ACME issuer that gets a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// The issuer.
    pub issuer: ObjectRef,
    /// The Secret of the account key, made anew.
    pub secret: NamespacedName,
}

/// The Certificates that go by another name in the target, with the one that they have in the source.
#[must_use]
pub fn origins(moved: &BTreeMap<NamespacedName, NamespacedName>) -> BTreeMap<&NamespacedName, &NamespacedName> {
    moved.iter().map(|(from, to)| (to, from)).collect()
}
