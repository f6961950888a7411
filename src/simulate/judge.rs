//! The question that the simulation asks about one Certificate at a time.

use crate::object::Certificate;
use crate::policy::{Index, TriggerOutcome, Violation, decide};
use crate::release::{ControllerFlags, Release};
use crate::time::Time;
use crate::world::World;

/// Says what cert-manager's trigger controller does with a Certificate.
pub trait Judge: Sync {
    /// Judges a Certificate in a world; the index knows who belongs to it, and to nobody else.
    fn judge(&self, world: &World, index: &Index<'_>, certificate: &Certificate) -> Judgement;
}

/// The answer of a [`Judge`].
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What the trigger controller does.
    pub decision: Decision,
    /// All violated checks, in chain order.
    pub violations: Vec<Violation>,
}

/// What the trigger controller does.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It sets `Issuing=True`, for this reason.
    Issue(Violation),
    /// It leaves the Certificate alone; why, in a sentence.
    Leave(String),
}

/// The policies of one release at one instant.
#[derive(Clone, Copy, Debug)]
pub struct Policies<'a> {
    /// The release whose chain is asked.
    pub release: &'a Release,
    /// The flags of its controller.
    pub flags: &'a ControllerFlags,
    /// The instant.
    pub now: Time,
}

impl Judge for Policies<'_> {
    fn judge(&self, world: &World, index: &Index<'_>, certificate: &Certificate) -> Judgement {
        let (outcome, evaluation) = decide(index, world, certificate, self.release, self.flags, self.now);
        Judgement { decision: decision(outcome), violations: evaluation.violations }
    }
}

fn decision(outcome: TriggerOutcome) -> Decision {
    Decision::Leave(match outcome {
        TriggerOutcome::Set { violation } => return Decision::Issue(*violation),
        TriggerOutcome::AlreadyIssuing => "an issuance is running already".to_owned(),
        TriggerOutcome::BackOff { until } => format!("a failed issuance holds it back until {until}"),
        TriggerOutcome::Wait { until: Some(until) } => format!("no check objects; it is renewed on {}", until.date()),
        TriggerOutcome::Wait { until: None } => "no check objects".to_owned(),
        TriggerOutcome::NotOwner { owner } => format!("its Secret belongs to Certificate {owner}"),
        TriggerOutcome::Deleting => "it is being deleted".to_owned(),
        TriggerOutcome::GatherError(error) => error,
        TriggerOutcome::Panics(text) => format!("the controller panics: {text}"),
    })
}
