//! A plan as a reader sees it.

use serde::Serialize;

use super::remaining::{Group, groups};
use super::{Limits, object};
use crate::report::model::{self, PlanAge, PlanAlternative};
use crate::report::remaining::NOTHING;
use crate::report::wording::effect;

#[derive(Serialize)]
pub(super) struct Plan<'a> {
    name: &'a str,
    source: &'a str,
    target: &'a str,
    steps: Vec<Step<'a>>,
    phantom_requests: usize,
    restorable_until: Option<Until<'a>>,
    ages: &'a [PlanAge],
    alternatives: &'a [PlanAlternative],
    /// Where it was asked: why the plan does not avoid what it still does.
    remaining: Option<Vec<Group<'a>>>,
    nothing_remains: &'static str,
    commands: Vec<Command<'a>>,
}

/// One thing to type.
#[derive(Serialize)]
pub(super) struct Command<'a> {
    text: &'a str,
    command: &'a str,
    effect: &'a str,
    effect_words: &'static str,
}

impl<'a> Command<'a> {
    pub(super) fn new(command: &'a model::PlanCommand) -> Self {
        Self {
            text: &command.text,
            command: &command.command,
            effect: command.effect,
            effect_words: effect(command.effect),
        }
    }
}

#[derive(Serialize)]
struct Step<'a> {
    index: usize,
    action: &'a str,
    text: &'a str,
    created: usize,
    updated: usize,
    issued: usize,
    skipped: usize,
    refused: usize,
    refusals: Vec<Refusal<'a>>,
    refusals_more: usize,
}

#[derive(Serialize)]
struct Refusal<'a> {
    object: String,
    /// `409`, or who refused when it was not the API server.
    status: String,
    message: &'a str,
}

#[derive(Serialize)]
struct Until<'a> {
    time: String,
    first: &'a str,
}

impl<'a> Plan<'a> {
    pub(super) fn new(plan: &'a model::Plan, limits: &Limits) -> Self {
        let steps = plan
            .steps
            .iter()
            .map(|step| Step {
                index: step.index,
                action: &step.action,
                text: &step.text,
                created: step.created,
                updated: step.updated,
                issued: step.issued,
                skipped: step.skipped,
                refused: step.refused.len(),
                refusals: step
                    .refused
                    .iter()
                    .take(limits.entries)
                    .map(|refusal| Refusal {
                        object: object(&refusal.object),
                        status: refusal.status.map_or_else(|| "client".to_owned(), |status| status.to_string()),
                        message: &refusal.message,
                    })
                    .collect(),
                refusals_more: step.refused.len().saturating_sub(limits.entries),
            })
            .collect();
        Self {
            name: &plan.name,
            source: &plan.source,
            target: &plan.target,
            steps,
            phantom_requests: plan.phantom_requests,
            restorable_until: plan
                .restorable_until
                .as_ref()
                .map(|until| Until { time: until.time.to_string(), first: &until.first }),
            ages: &plan.ages,
            alternatives: &plan.alternatives,
            remaining: groups(plan, limits.entries),
            nothing_remains: NOTHING,
            commands: plan.commands.iter().map(Command::new).collect(),
        }
    }
}
