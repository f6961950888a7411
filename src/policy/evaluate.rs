//! Runs a chain: all violations in order, where cert-manager stops at the first.

use super::{Input, Outcome, Policy, Violation, go_text};
use crate::object::Certificate;

/// What a chain says of one Certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// All violated checks in chain order.
    pub violations: Vec<Violation>,
    /// The check at which cert-manager panics, if it gets there: nothing before it was violated.
    pub panic: Option<Panic>,
    /// Checks that cannot be decided from what is read; only the post-issuance chain has such.
    pub undecided: Vec<Undecided>,
}

/// A check that makes the controller panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// cert-manager's function name.
    pub policy: &'static str,
    /// The text of the panic.
    pub text: String,
}

/// A check that needs more than is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// cert-manager's function name.
    pub policy: &'static str,
    /// What it would take.
    pub needs: &'static str,
}

/// Asks every check of a chain.
///
/// Without a Secret only the first can be asked. A panic ends the evaluation when nothing was violated before it;
/// otherwise cert-manager never gets there.
#[must_use]
pub fn evaluate(chain: &[Policy], input: &Input) -> Evaluation {
    let mut evaluation = Evaluation::default();
    for policy in chain {
        match (policy.check)(input) {
            Outcome::Pass => {}
            Outcome::Violated(violation) => evaluation.violations.push(violation),
            Outcome::Undecided(needs) => evaluation.undecided.push(Undecided { policy: policy.id, needs }),
            Outcome::Panics(text) if evaluation.violations.is_empty() => {
                evaluation.panic = Some(Panic { policy: policy.id, text });
                break;
            }
            Outcome::Panics(_) => {}
        }
        if input.secret.is_none() {
            break;
        }
    }
    evaluation
}

/// What the trigger controller writes into `Issuing` and its event: the first violation, where a WindowError becomes an
/// ordinary renewal (rules 2.9.2, `pkg/controller/certificates/trigger/trigger_controller.go`@v1.21.0).
#[must_use]
pub fn trigger(evaluation: &Evaluation, certificate: &Certificate) -> Option<Violation> {
    let mut first = evaluation.violations.first()?.clone();
    if first.reason == "WindowError" {
        let time = go_text::time(certificate.status.renewal_time);
        first.reason = "Renewing";
        first.message = format!("Renewing certificate without satisfying renewal windows at: {time}");
    }
    Some(first)
}
