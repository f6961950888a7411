//! What each of the compared plans does to one Certificate.

use std::collections::HashMap;

use super::Harm;
use crate::object::{NamespacedName, ObjectRef};
use crate::report::model::PlanAlternative;
use crate::simulate::{Fate, Simulation, origins};
use crate::verdict::{Confidence, Judgement, Verdict};

/// What is kept of a plan's outcome for one Certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it no longer follows.
    pub orphaned_from: Option<ObjectRef>,
}

impl Standing {
    pub(super) fn of(judgement: &Judgement, fate: &Fate) -> Self {
        let (verdict, confidence) = (judgement.verdict, judgement.confidence);
        Self { verdict, confidence, orphaned_from: fate.orphaned_from.clone() }
    }

    /// Whether a harm that another plan does is not done here, nor a worse one of its kind.
    pub(super) fn avoids(&self, harm: Harm) -> bool {
        let weight = Harm::weight_of(self.verdict);
        match harm {
            Harm::Verdict(verdict) => weight < Harm::weight_of(verdict),
            // An orphan weighs as much as what is issued again: that may be preferred to it, nothing worse.
            Harm::Orphaned => self.orphaned_from.is_none() && weight <= Harm::weight_of(Verdict::ReissueNow),
        }
    }

    fn weight(&self) -> u8 {
        let orphan = if self.orphaned_from.is_some() { Harm::weight_of(Verdict::ReissueNow) } else { 0 };
        Harm::weight_of(self.verdict).max(orphan)
    }
}

/// What a plan does to all Certificates, by their names in the source.
#[derive(Clone, Debug, Default)]
pub struct Standings(pub(super) HashMap<NamespacedName, Standing>);

impl Standings {
    /// Keeps what a comparison needs.
    #[must_use]
    pub fn of(judgements: &[Judgement], simulation: &Simulation) -> Self {
        let origins = origins(&simulation.moved);
        let one = |judgement: &Judgement| {
            let fate = simulation.fates.get(&judgement.key)?;
            let key = origins.get(&judgement.key).copied().unwrap_or(&judgement.key);
            Some((key.clone(), Standing::of(judgement, fate)))
        };
        Self(judgements.iter().filter_map(one).collect())
    }
}

/// A plan of a comparison.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Its row.
    pub row: PlanAlternative,
    /// What it does to each Certificate.
    pub standings: Standings,
}

/// The plan that avoids a harm: of those that do the least to the Certificate, the one with the least damage in sum. A plan that
/// does not know the Certificate says nothing of it.
pub(super) fn better<'a>(
    harm: Harm,
    here: &Standing,
    origin: &NamespacedName,
    plans: &'a [Compared],
) -> Option<(&'a Compared, &'a Standing)> {
    let standing = |plan: &'a Compared| Some((plan, plan.standings.0.get(origin)?));
    let avoiding = plans.iter().filter_map(standing).filter(|(_, there)| *there != here && there.avoids(harm));
    avoiding.min_by_key(|(_, there)| there.weight())
}
