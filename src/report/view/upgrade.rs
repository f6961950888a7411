//! An upgrade as a reader sees it.

use serde::Serialize;

use super::object;
use super::plan::Command;
use crate::report::model;
use crate::report::upgrade::order_words;

#[derive(Serialize)]
pub(super) struct Upgrade<'a> {
    from: &'a str,
    to: &'a str,
    changed: usize,
    causes: Vec<Cause<'a>>,
    steps: Vec<Step<'a>>,
    orders: Vec<Order<'a>>,
}

#[derive(Serialize)]
struct Cause<'a> {
    since: &'a str,
    text: &'a str,
    certificates: usize,
}

#[derive(Serialize)]
struct Step<'a> {
    index: usize,
    version: &'a str,
    why: &'a str,
    reissued: usize,
    blocked: usize,
    commands: Vec<Command<'a>>,
}

#[derive(Serialize)]
struct Order<'a> {
    name: &'static str,
    recommended: bool,
    phases: Vec<Phase<'a>>,
}

#[derive(Serialize)]
struct Phase<'a> {
    text: &'a str,
    reissued: usize,
    blocked: usize,
    at_risk: usize,
    /// The first of them.
    shown: Vec<String>,
}

/// So many Certificates at risk are named.
const SHOWN: usize = 10;

impl<'a> Upgrade<'a> {
    pub(super) fn new(upgrade: &'a model::Upgrade) -> Self {
        let causes = upgrade.causes.iter().map(|cause| Cause {
            since: &cause.cause.since,
            text: &cause.cause.text,
            certificates: cause.certificates,
        });
        let steps = upgrade.steps.iter().map(|step| Step {
            index: step.index,
            version: &step.version,
            why: &step.why,
            reissued: step.reissued,
            blocked: step.blocked,
            commands: step.commands.iter().map(Command::new).collect(),
        });
        let phase = |phase: &'a model::UpgradePhase| Phase {
            text: &phase.text,
            reissued: phase.reissued,
            blocked: phase.blocked,
            at_risk: phase.at_risk.len(),
            shown: phase.at_risk.iter().take(SHOWN).map(object).collect(),
        };
        let orders = upgrade.orders.iter().map(|order| Order {
            name: order_words(order.name),
            recommended: order.recommended,
            phases: order.phases.iter().map(phase).collect(),
        });
        Self {
            from: &upgrade.from,
            to: &upgrade.to,
            changed: upgrade.changed,
            causes: causes.collect(),
            steps: steps.collect(),
            orders: orders.collect(),
        }
    }
}
