//! What the best plan does not avoid, by cause, as a reader sees it.

use serde::Serialize;

use crate::report::model::{self, PlanRemaining};
use crate::report::remaining::{cause, line};
use crate::report::wording::thousands;

/// What is left for one reason, with one way to avoid it.
#[derive(Serialize)]
pub(in crate::report) struct Group<'a> {
    /// The reason, how many there are, and what else than another plan would avoid it.
    pub(in crate::report) heading: String,
    pub(in crate::report) shown: Vec<Entry<'a>>,
    pub(in crate::report) more: usize,
}

#[derive(Serialize)]
pub(in crate::report) struct Entry<'a> {
    pub(in crate::report) name: String,
    pub(in crate::report) harm: &'a str,
    pub(in crate::report) text: String,
}

/// The groups in the order of the report, each with so many entries at most; nothing where they were not asked for.
pub(in crate::report) fn groups(plan: &model::Plan, limit: usize) -> Option<Vec<Group<'_>>> {
    let mut groups: Vec<(&PlanRemaining, Vec<&PlanRemaining>)> = Vec::new();
    for left in plan.remaining.as_ref()? {
        let same = |first: &PlanRemaining| (first.cause, &first.advice) == (left.cause, &left.advice);
        match groups.iter_mut().find(|(first, _)| same(first)) {
            Some((_, all)) => all.push(left),
            None => groups.push((left, vec![left])),
        }
    }
    let compared = plan.alternatives.len();
    Some(groups.into_iter().map(|(first, all)| group(first, &all, compared, limit)).collect())
}

fn group<'a>(first: &'a PlanRemaining, all: &[&'a PlanRemaining], compared: usize, limit: usize) -> Group<'a> {
    let entry = |left: &&'a PlanRemaining| Entry {
        name: format!("{}/{}", left.namespace, left.name),
        harm: left.harm,
        text: line(left),
    };
    let advice = first.advice.as_ref().map_or_else(String::new, |advice| format!(" {advice}"));
    Group {
        heading: format!("{} ({}).{advice}", cause(first.cause, compared), thousands(all.len())),
        shown: all.iter().take(limit).map(entry).collect(),
        more: all.len().saturating_sub(limit),
    }
}
