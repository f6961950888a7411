//! What was read, as a reader sees it.

use serde::Serialize;

use super::{Limits, cut};
use crate::report::model;
use crate::report::wording::traffic;

#[derive(Serialize)]
pub(super) struct Coverage<'a> {
    complete: bool,
    inputs: Vec<Input<'a>>,
    /// Problems that hide something, over all inputs.
    missing: usize,
    /// Remarks, over all inputs.
    notes: usize,
}

#[derive(Serialize)]
struct Input<'a> {
    location: &'a str,
    kind: &'a str,
    traffic: Option<String>,
    total: usize,
    objects: Vec<KindCount<'a>>,
    problems: Vec<Problem<'a>>,
    problems_more: usize,
}

#[derive(Serialize)]
struct KindCount<'a> {
    kind: &'a str,
    count: usize,
}

#[derive(Serialize)]
struct Problem<'a> {
    location: &'a str,
    object: Option<&'a str>,
    message: &'a str,
    missing: bool,
}

impl<'a> Coverage<'a> {
    pub(super) fn new(coverage: &'a model::Coverage, limits: &Limits) -> Self {
        let missing = coverage.problems().filter(|problem| problem.is_missing()).count();
        let notes = coverage.problems().count() - missing;
        let inputs = coverage
            .inputs
            .iter()
            .map(|input| {
                let mut problems: Vec<_> = input
                    .problems
                    .iter()
                    .map(|problem| Problem {
                        location: &problem.location,
                        object: problem.object.as_deref(),
                        message: &problem.message,
                        missing: problem.is_missing(),
                    })
                    .collect();
                problems.sort_by_key(|problem| !problem.missing);
                let problems_more = cut(&mut problems, limits.entries);
                Input {
                    location: &input.location,
                    kind: &input.kind,
                    traffic: traffic(input),
                    total: input.objects.values().sum(),
                    objects: input.objects.iter().map(|(kind, &count)| KindCount { kind, count }).collect(),
                    problems,
                    problems_more,
                }
            })
            .collect();
        Self { complete: coverage.complete, inputs, missing, notes }
    }
}
