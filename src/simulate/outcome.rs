//! What a simulation finds out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::object::{Kind, NamespacedName, Object};
use crate::policy::Violation;
use crate::report::model::{CertificateStep, ObjectId, PlanStep};
use crate::time::Time;
use crate::world::World;

/// The world after a plan, and what happened on the way.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The objects of the target at quiet; `coverage.complete` is set, as what no step created does not exist.
    pub world: World,
    /// Every Certificate of the source and every one that the plan made, exactly once.
    pub fates: BTreeMap<NamespacedName, Fate>,
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
    /// How it got there.
    pub story: Vec<CertificateStep>,
}

/// What stands in the way of an issuance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What kind of obstacle, for findings.
    pub reason: ObstacleReason,
    /// A sentence for people.
    pub why: String,
    /// The object that is missing or in the way.
    pub object: Option<ObjectRef>,
}

/// The kinds of obstacles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObstacleReason {
    /// The existing key does not fit the spec and may not be replaced (`CannotRegenerateKey`, rules 4.1).
    CannotRegenerateKey,
    /// The name of the next request is taken by an un-owned one (rules 4.2.5, 9.5).
    RequestNameTaken,
    /// The issuer does not exist.
    IssuerMissing,
    /// A Secret that the issuer needs does not exist, or lacks a key.
    IssuerSecretMissing,
    /// The issuer has none of the known types.
    IssuerUnusable,
    /// The issuer is an external one, whose controller is not simulated.
    ExternalIssuer,
    /// The password of a keystore does not exist: issued at the CA, not stored (rules 4.3).
    KeystorePasswordMissing,
    /// The spec asks for a rotation policy that cert-manager does not know; it hangs (rules 4.1).
    UnknownRotationPolicy,
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
    /// When that renewal falls due, if the lifetimes stay as they are.
    pub date: Option<Time>,
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

    /// The same for the report.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        ObjectId {
            kind: self.kind.to_string(),
            namespace: self.key.namespace.to_string(),
            name: self.key.name.to_string(),
        }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}
