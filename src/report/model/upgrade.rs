//! What `upgrade` adds to the report (design 4).

use serde::Serialize;

use super::{ObjectId, PlanCommand, Trigger};

/// What the release before makes of a Certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Before {
    /// The verdict.
    pub verdict: &'static str,
    /// The first violated check.
    pub trigger: Option<Trigger>,
}

/// A difference between both releases.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// `verdict`, or `reason` where the verdict is the same and cert-manager comes to it in another way.
    pub kind: &'static str,
    /// What makes the difference; empty where nothing by itself does.
    pub causes: Vec<Cause>,
}

/// What makes a difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// What of the releases, e.g. `chain` or `pem-limits`.
    pub id: &'static str,
    /// The first release that works as the one after does.
    pub since: String,
    /// In a sentence.
    pub text: String,
}

/// Going from one release to another.
#[derive(Clone, Debug, Serialize)]
pub struct Upgrade {
    /// The release before.
    pub from: String,
    /// The release after.
    pub to: String,
    /// How many Certificates have another verdict under the release after.
    pub changed: usize,
    /// What makes the differences, most Certificates first.
    pub causes: Vec<CauseCount>,
    /// The way that does least, release by release.
    pub steps: Vec<UpgradeStep>,
    /// CRDs before or after the controller.
    pub orders: Vec<UpgradeOrder>,
}

/// A cause and how many Certificates it concerns.
#[derive(Clone, Debug, Serialize)]
pub struct CauseCount {
    /// The cause.
    #[serde(flatten)]
    pub cause: Cause,
    /// How many Certificates.
    pub certificates: usize,
}

/// A release to go to.
#[derive(Clone, Debug, Serialize)]
pub struct UpgradeStep {
    /// From 1.
    pub index: usize,
    /// The release.
    pub version: String,
    /// Why there.
    pub why: String,
    /// How many Certificates are re-issued there that the release before it leaves alone.
    pub reissued: usize,
    /// How many are blocked there and were not.
    pub blocked: usize,
    /// What to type.
    pub commands: Vec<PlanCommand>,
}

/// CRDs before the controller, or after it.
#[derive(Clone, Debug, Serialize)]
pub struct UpgradeOrder {
    /// `crds-first` or `controller-first`.
    pub name: &'static str,
    /// The order that does less; cert-manager's own where both do the same.
    pub recommended: bool,
    /// The states on the way.
    pub phases: Vec<UpgradePhase>,
}

/// A state on the way.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpgradePhase {
    /// The release of the controller.
    pub controller: String,
    /// The release of the CRDs.
    pub crds: String,
    /// In words.
    pub text: String,
    /// How many Certificates are re-issued that were not in the state before.
    pub reissued: usize,
    /// How many are blocked that were not.
    pub blocked: usize,
    /// Certificates that are re-issued if the controller sees some objects as they were and others as they are.
    pub at_risk: Vec<ObjectId>,
}
