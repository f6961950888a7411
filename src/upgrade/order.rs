//! CRDs before the controller or after it, and what the controller does while it sees some objects as the old CRDs serve them
//! and others as the new ones do (rules 5.1; cert-manager issues 8158 and 8182).

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::state::{Seen, crds_matter, served, shimmed};
use super::{Upgrade, reissued_and_blocked};
use crate::object::{Kind, NamespacedName};
use crate::policy::Index;
use crate::release::Release;
use crate::verdict::{Judgement, Scene, judge_all};
use crate::world::World;

/// An order of the two halves of an upgrade.
#[derive(Clone, Debug)]
pub struct Order {
    /// `crds-first` or `controller-first`.
    pub name: &'static str,
    /// The states on the way.
    pub phases: Vec<Phase>,
}

/// A state on the way.
#[derive(Clone, Debug)]
pub struct Phase {
    /// The controller's release.
    pub controller: Release,
    /// The CRDs' release.
    pub crds: Release,
    /// Certificates that are re-issued here and were not in the state before.
    pub reissued: BTreeSet<NamespacedName>,
    /// Certificates that are blocked here and were not.
    pub blocked: BTreeSet<NamespacedName>,
    /// Certificates that are re-issued if the controller sees a Certificate and its request through different CRDs.
    pub at_risk: BTreeSet<NamespacedName>,
}

impl Order {
    /// How much it does.
    fn damage(&self) -> (usize, usize) {
        let sum = |count: fn(&Phase) -> usize| self.phases.iter().map(count).sum::<usize>();
        (sum(|phase| phase.blocked.len()), sum(|phase| phase.reissued.len() + phase.at_risk.len()))
    }
}

/// Both orders, the better one first; where they do the same, CRDs come first, as in cert-manager's own instructions.
#[must_use]
pub fn orders(upgrade: &Upgrade<'_>, after: &Scene<'_>, judgements: &[Judgement]) -> Vec<Order> {
    let (from, to) = (upgrade.from(), after.release);
    let world = upgrade.before.world;
    let matter = crds_matter(from, to);
    let (start, end) = (reissued_and_blocked(upgrade.judged_before), reissued_and_blocked(judgements));
    let between = |controller: &Release, crds: &Release| -> (BTreeSet<NamespacedName>, BTreeSet<NamespacedName>) {
        if !matter {
            return if controller.version == to.version { end.clone() } else { start.clone() };
        }
        under(after, controller, &look(world, from, controller, crds, Seen::All, after))
    };
    // While the CRDs change, the controller that runs then sees both.
    let skewed = |controller: &Release| -> BTreeSet<NamespacedName> {
        if !matter {
            return BTreeSet::new();
        }
        let kinds = [Kind::Certificate, Kind::CertificateRequest];
        let seen = kinds.map(|kind| look(world, from, controller, to, Seen::Only(kind), after));
        let mut at_risk = BTreeSet::new();
        for world in &seen {
            let (reissued, blocked) = under(after, controller, world);
            at_risk.extend(reissued.into_iter().chain(blocked));
        }
        let anyway = [&start.0, &start.1, &end.0, &end.1];
        at_risk.retain(|key| !anyway.iter().any(|set| set.contains(key)));
        at_risk
    };
    let phase = |controller: &Release, crds: &Release, was: &Sets, is: &Sets, at_risk| Phase {
        controller: controller.clone(),
        crds: crds.clone(),
        reissued: is.0.difference(&was.0).cloned().collect(),
        blocked: is.1.difference(&was.1).cloned().collect(),
        at_risk,
    };
    let one = |name, controller: &Release, crds: &Release, first: bool| {
        let middle = between(controller, crds);
        let (risk_first, risk_then) =
            if first { (skewed(from), BTreeSet::new()) } else { (BTreeSet::new(), skewed(to)) };
        let phases =
            vec![phase(controller, crds, &start, &middle, risk_first), phase(to, to, &middle, &end, risk_then)];
        Order { name, phases }
    };
    let mut orders = vec![one("crds-first", from, to, true), one("controller-first", to, from, false)];
    orders.sort_by_key(Order::damage);
    orders
}

type Sets = (BTreeSet<NamespacedName>, BTreeSet<NamespacedName>);

fn look<'w>(
    world: &'w World,
    from: &Release,
    controller: &Release,
    crds: &Release,
    seen: Seen,
    after: &Scene<'_>,
) -> Cow<'w, World> {
    let (shimmed, _) = shimmed(world, from, controller, after.flags);
    if crds.version == from.version { shimmed } else { served(shimmed, from, crds, seen) }
}

fn under(after: &Scene<'_>, release: &Release, world: &World) -> Sets {
    let index = Index::new(world);
    let judgements = judge_all(&Scene { world, index: &index, release, ..*after });
    reissued_and_blocked(&judgements)
}
