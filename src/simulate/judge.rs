//! The question that the simulation asks about one Certificate at a time.

use crate::object::Certificate;
use crate::policy::Violation;
use crate::time::Time;
use crate::world::World;

/// Says what cert-manager's trigger controller does with a Certificate.
pub trait Judge {
    /// Judges a Certificate in a world that holds it, its Secret, its own requests and the Certificates that share its
    /// Secret, and nothing else.
    fn judge(&self, surroundings: &World, certificate: &Certificate) -> Judgement;
}

/// The answer of a [`Judge`].
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What the trigger controller does.
    pub decision: Decision,
    /// All violated checks, in chain order.
    pub violations: Vec<Violation>,
    /// When cert-manager renews what is in the Secret.
    pub renewal: Option<Time>,
}

/// What the trigger controller does.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It sets `Issuing=True`, for this reason.
    Issue(Violation),
    /// It leaves the Certificate alone; why, in a sentence.
    Leave(String),
}
