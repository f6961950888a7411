//! What going from one release of cert-manager to another changes: every Certificate judged under both (design 4, `upgrade`).

mod cause;
mod endless;
mod order;
mod parameter;
mod path;
mod shim;
mod state;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

pub use cause::Cause;
pub use endless::{Endless, endless};
pub use order::{Order, Phase, orders};
pub use parameter::{PARAMETERS, Parameter};
pub use path::{Stop, Why, stops};
pub use shim::Edit;

use rayon::prelude::*;

use crate::config::Pinned;
use crate::object::NamespacedName;
use crate::release::{ControllerFlags, Release};
use crate::verdict::{Judgement, Scene, Verdict, outcome_name};
use crate::world::World;

/// An upgrade that is looked at: the world under the release before. The release after is that of the scene that is judged.
#[derive(Clone, Copy, Debug)]
pub struct Upgrade<'a> {
    /// The world as it was read, under the release before.
    pub before: &'a Scene<'a>,
    /// What was judged there, by namespace and name.
    pub judged_before: &'a [Judgement],
    /// The specs that the shim of the release after replaces.
    pub edits: &'a [Edit],
    /// The keys that somebody outside of the cluster relies on, as the configuration lists them.
    pub pinned: &'a [Pinned],
}

impl<'a> Upgrade<'a> {
    /// The release before.
    #[must_use]
    pub const fn from(&self) -> &'a Release {
        self.before.release
    }

    /// What the release before makes of a Certificate.
    #[must_use]
    pub fn judgement_before(&self, key: &NamespacedName) -> Option<&'a Judgement> {
        let at = self.judged_before.binary_search_by(|judgement| judgement.key.cmp(key)).ok()?;
        self.judged_before.get(at)
    }
}

/// What an upgrade changes for a Certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whether the verdict is another one; else only what cert-manager does on the way to it, or the reason that it gives.
    pub verdict: bool,
    /// What of the releases makes the difference; empty where nothing by itself does.
    pub causes: Vec<Cause>,
}

/// What both releases say of a Certificate, as far as a difference matters: texts may differ between releases that do the same.
fn outcome(judgement: &Judgement) -> (Verdict, Option<&'static str>, Option<&'static str>) {
    let reason = judgement.trigger.as_deref().map(|violation| violation.reason);
    (judgement.verdict, judgement.outcome.as_ref().map(outcome_name), reason)
}

/// The Certificates that the release after judges otherwise, with the cause of each difference.
#[must_use]
pub fn differences(
    upgrade: &Upgrade<'_>,
    after: &Scene<'_>,
    judgements: &[Judgement],
) -> HashMap<NamespacedName, Difference> {
    let different = |judgement: &Judgement| {
        let before = upgrade.judgement_before(&judgement.key)?;
        if outcome(before) == outcome(judgement) {
            return None;
        }
        let verdict = before.verdict != judgement.verdict;
        let causes = cause::causes(upgrade, after, before, judgement);
        Some((judgement.key.clone(), Difference { verdict, causes }))
    };
    judgements.par_iter().filter_map(different).collect()
}

/// The world as the release after finds it and its shim leaves it, and the specs that the shim replaces.
#[must_use]
pub fn world_after<'w>(
    world: &'w World,
    from: &Release,
    to: &Release,
    flags: &ControllerFlags,
) -> (Cow<'w, World>, Vec<Edit>) {
    let (shimmed, edits) = state::shimmed(world, from, to, flags);
    (state::served(shimmed, from, to, state::Seen::All), edits)
}

/// The Certificates that are re-issued, and those that are blocked.
fn reissued_and_blocked(judgements: &[Judgement]) -> (BTreeSet<NamespacedName>, BTreeSet<NamespacedName>) {
    let with = |verdict| {
        let found = judgements.iter().filter(move |judgement| judgement.verdict == verdict);
        found.map(|judgement| judgement.key.clone()).collect()
    };
    (with(Verdict::ReissueNow), with(Verdict::Blocked))
}
