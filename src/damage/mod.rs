//! What a plan still does to the Certificates, and why it cannot be avoided.
//!
//! Nothing is carried out anew: the verdict of each Certificate is put beside the one that the clusters themselves come to
//! as they stand, and beside those of the other plans. What neither shows is not claimed.

mod likeness;
mod standing;
#[cfg(test)]
mod tests;
mod text;

pub use standing::{Compared, Standing, Standings};

use rayon::prelude::*;

use crate::object::{Kind, NamespacedName};
use crate::simulate::{Fate, Simulation, origins};
use crate::time::Time;
use crate::verdict::{Confidence, Judgement, Scene, Verdict, judge};
use likeness::{due, same};

/// What a plan does to a Certificate that a better one would not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The verdict says it: everything but `unchanged` and `reissue-later`.
    Verdict(Verdict),
    /// It no longer follows its Ingress, Gateway or ListenerSet.
    Orphaned,
}

impl Harm {
    /// Its spelling in a report: the verdict's, or `orphaned`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.as_str(),
            Self::Orphaned => "orphaned",
        }
    }

    /// 0 is the worst: the verdicts in the order of design 2, an orphan after what is issued again.
    fn rank(self) -> (usize, bool) {
        let verdict = match self {
            Self::Verdict(verdict) => verdict,
            Self::Orphaned => Verdict::ReissueNow,
        };
        (Verdict::ALL.iter().position(|known| *known == verdict).unwrap_or_default(), self == Self::Orphaned)
    }

    /// How much a verdict weighs in a comparison of plans: 3 where a Certificate is lost, stuck or not known, 2 where it is
    /// issued again, 1 where it drifts.
    const fn weight_of(verdict: Verdict) -> u8 {
        match verdict {
            Verdict::Lost | Verdict::Unknown | Verdict::Blocked => 3,
            Verdict::InProgress | Verdict::ReissueNow => 2,
            Verdict::Drift => 1,
            Verdict::ReissueLater | Verdict::Unchanged => 0,
        }
    }

    /// What a plan does to one Certificate.
    fn all(judgement: &Judgement, fate: &Fate) -> impl Iterator<Item = Self> {
        let verdict = (Self::weight_of(judgement.verdict) > 0).then_some(Self::Verdict(judgement.verdict));
        verdict.into_iter().chain(fate.orphaned_from.as_ref().map(|_| Self::Orphaned))
    }
}

/// Where a harm comes from; declared in the order of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The restore, and none of the plans that were compared avoids it.
    Restore,
    /// The restore; a plan that does more damage in sum avoids it.
    TradeOff,
    /// The release or the flags of the target: under them the source does the same as it stands.
    Release,
    /// What is in the target already: the target does the same as it stands.
    Target,
    /// The renewal falls due between the picture and the restore.
    Due,
    /// The source does the same as it stands, without a restore.
    Source,
}

impl Cause {
    /// Its spelling in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::TradeOff => "trade-off",
            Self::Release => "release",
            Self::Target => "target",
            Self::Due => "due",
            Self::Source => "source",
        }
    }
}

/// A cluster as it stands at the instant of the restore, with the cause that it is if it does the same.
#[derive(Clone, Copy, Debug)]
pub struct Cluster<'a> {
    /// [`Cause::Source`], [`Cause::Release`] or [`Cause::Target`].
    pub cause: Cause,
    /// Its objects, its release, its flags.
    pub scene: Scene<'a>,
}

impl Cluster<'_> {
    /// What it makes of a Certificate, if it has it.
    fn judge(&self, key: &NamespacedName) -> Option<Judgement> {
        let world = self.scene.world;
        let broken = || {
            let broken = world.broken_object(Kind::Certificate, key)?;
            Some(Judgement::unknown(key.clone(), format!("The Certificate could not be read: {}", broken.error)))
        };
        world.certificate(key).map(|certificate| judge(&self.scene, certificate)).or_else(broken)
    }
}

/// A plan, what it was compared with, and when.
#[derive(Clone, Copy, Debug)]
pub struct Survey<'a> {
    /// The verdicts of the plan.
    pub judgements: &'a [Judgement],
    /// How they came about.
    pub simulation: &'a Simulation,
    /// When the plan runs.
    pub now: Time,
    /// When the source was as it was read: no restore of it can come before that.
    pub picture: Time,
    /// The source is a finished backup, in which nothing can be put right any more.
    pub finished: bool,
    /// The clusters as they stand at [`Survey::now`], in the order in which they are asked.
    pub clusters: &'a [Cluster<'a>],
    /// All plans that were compared, this one too, the least damage first.
    pub plans: &'a [Compared],
}

/// A harm that the plan does, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// The Certificate, in the target.
    pub key: NamespacedName,
    /// What is done to it.
    pub harm: Harm,
    /// Where it comes from.
    pub cause: Cause,
    /// The least sure of the verdicts that show it.
    pub confidence: Confidence,
    /// The step and the event that bring it about, from 1.
    pub at: Option<(usize, usize)>,
    /// Why, in a sentence.
    pub text: String,
    /// What else than another plan would avoid it.
    pub advice: Option<String>,
    /// Of [`Cause::Due`]: when the renewal falls due.
    pub restore_before: Option<Time>,
    /// The plan that avoids it with the least damage.
    pub avoided_by: Option<Avoided>,
}

/// A plan that avoids a harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Avoided {
    /// Its name.
    pub plan: String,
    /// The Certificate's verdict under it.
    pub verdict: Verdict,
    /// What it does to the Certificate, and in sum.
    pub text: String,
}

/// Everything that the plan still does to Certificates, by cause, the worst first.
#[must_use]
pub fn remaining(survey: &Survey<'_>) -> Vec<Remaining> {
    let origins = origins(&survey.simulation.moved);
    let of_one = |here: &Judgement| {
        let fate = survey.simulation.fates.get(&here.key)?;
        let mut harms = Harm::all(here, fate).peekable();
        harms.peek()?;
        let origin = origins.get(&here.key).copied().unwrap_or(&here.key);
        let case = Case { survey, here, fate, origin, there: as_they_stand(survey.clusters, &here.key, origin) };
        Some(harms.map(|harm| case.explain(harm)).collect::<Vec<_>>())
    };
    let mut all: Vec<Remaining> = survey.judgements.par_iter().filter_map(of_one).flatten_iter().collect();
    all.sort_by(|a, b| (a.cause, a.harm.rank(), &a.key).cmp(&(b.cause, b.harm.rank(), &b.key)));
    all
}

/// A Certificate goes by another name in the source where namespaces are mapped.
fn as_they_stand(clusters: &[Cluster<'_>], key: &NamespacedName, origin: &NamespacedName) -> Vec<(Cause, Judgement)> {
    let judge = |cluster: &Cluster<'_>| {
        let key = if cluster.cause == Cause::Target { key } else { origin };
        Some((cluster.cause, cluster.judge(key)?))
    };
    clusters.iter().filter_map(judge).collect()
}

/// One Certificate and what is known of it.
struct Case<'a> {
    survey: &'a Survey<'a>,
    here: &'a Judgement,
    fate: &'a Fate,
    origin: &'a NamespacedName,
    /// What the clusters make of it as they stand.
    there: Vec<(Cause, Judgement)>,
}

impl Case<'_> {
    fn explain(&self, harm: Harm) -> Remaining {
        let (plans, here) = (self.survey.plans, Standing::of(self.here, self.fate));
        let better = standing::better(harm, &here, self.origin, plans);
        let (cause, alike) = cause(harm, self.here, &self.there, self.survey, better.is_some());
        let mut confidence =
            better.map_or(self.here.confidence, |(_, there)| there.confidence.max(self.here.confidence));
        confidence = match alike {
            Some(alike) => confidence.max(alike.confidence),
            // Perhaps the source would do the same.
            None if self.source_is_unknown() => confidence.max(Confidence::Assumed),
            None => confidence,
        };
        let at = alike.is_none().then(|| self.turning_point(harm)).flatten();
        Remaining {
            key: self.here.key.clone(),
            harm,
            cause,
            confidence,
            at,
            text: match alike {
                Some(alike) => text::alike(harm, cause, self.here, alike, self.due()),
                None => text::by_restore(harm, self, at),
            },
            advice: text::advice(harm, cause, self),
            restore_before: self.due().filter(|_| cause == Cause::Due),
            avoided_by: better.map(|(plan, standing)| Avoided {
                plan: plan.row.name.clone(),
                verdict: standing.verdict,
                text: text::avoided(harm, &here, plan, standing, plans),
            }),
        }
    }

    /// The step and the event after which nothing could keep the harm away.
    fn turning_point(&self, harm: Harm) -> Option<(usize, usize)> {
        let line = match harm {
            Harm::Orphaned => self.fate.created_at(),
            Harm::Verdict(Verdict::Lost) => self.fate.lost_at(),
            Harm::Verdict(Verdict::Drift | Verdict::Unknown) => None,
            Harm::Verdict(_) => self.fate.triggered_at(),
        };
        line.map(|line| (line.step, line.event))
    }

    /// What the source makes of it as it stands.
    fn source(&self) -> Option<&Judgement> {
        self.there.iter().find(|(cause, _)| *cause == Cause::Source).map(|(_, there)| there)
    }

    fn source_is_unknown(&self) -> bool {
        self.source().is_some_and(|there| there.verdict == Verdict::Unknown)
    }

    fn due(&self) -> Option<Time> {
        due(self.here, &self.there, self.survey.picture, self.survey.now)
    }
}

/// Where a harm comes from, and the verdict of the cluster that does the same.
fn cause<'a>(
    harm: Harm,
    here: &Judgement,
    there: &'a [(Cause, Judgement)],
    survey: &Survey<'_>,
    avoidable: bool,
) -> (Cause, Option<&'a Judgement>) {
    match there.iter().find(|(_, there)| same(harm, here, there)) {
        Some((Cause::Source, alike)) if due(here, there, survey.picture, survey.now).is_some() => {
            (Cause::Due, Some(alike))
        }
        Some((cause, alike)) => (*cause, Some(alike)),
        None if avoidable => (Cause::TradeOff, None),
        None => (Cause::Restore, None),
    }
}
