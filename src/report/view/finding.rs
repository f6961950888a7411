//! Findings as a reader sees them: by severity, then by rule, with what to do.

use serde::Serialize;

use super::certificate::List as Certificates;
use super::{Limits, object};
use crate::report::model::{Evidence, Finding, Remediation, Report};
use crate::report::wording::{effect, severity_rank};

/// The findings of a page.
#[derive(Serialize)]
pub(super) struct List<'a> {
    total: usize,
    groups: Vec<Group<'a>>,
    more: usize,
}

/// Findings of one rule and severity.
#[derive(Serialize)]
struct Group<'a> {
    rule: &'a str,
    severity: &'a str,
    rank: usize,
    /// The paragraph, where all findings of the group have the same.
    detail: Option<&'a str>,
    shown: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    /// Number in the report, from 1; the anchor is `f` and this.
    number: usize,
    title: &'a str,
    /// With a baseline: `new`, `unchanged` or `not-comparable`.
    class: Option<&'static str>,
    object: String,
    /// Anchor of the Certificate that it is about.
    certificate: Option<String>,
    detail: Option<&'a str>,
    evidence: &'a [Evidence],
    remediation: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    text: &'a str,
    command: Option<&'a str>,
    effect: &'a str,
    effect_words: &'static str,
}

impl<'a> Step<'a> {
    fn new(remediation: &'a Remediation) -> Self {
        Self {
            text: &remediation.text,
            command: remediation.command.as_deref(),
            effect: remediation.effect,
            effect_words: effect(remediation.effect),
        }
    }
}

/// The findings of a report with their numbers, worst first.
pub(in crate::report) fn sorted(report: &Report) -> Vec<(usize, &Finding)> {
    let mut all: Vec<_> = report.findings.iter().enumerate().map(|(i, finding)| (i + 1, finding)).collect();
    all.sort_by_key(|(number, finding)| (severity_rank(finding.severity), finding.rule, &finding.object, *number));
    all
}

impl<'a> List<'a> {
    pub(super) fn new(report: &'a Report, limits: &Limits, certificates: &Certificates<'a>) -> Self {
        let mut all = sorted(report);
        let total = all.len();
        let more = super::cut(&mut all, limits.findings);
        let groups = all
            .chunk_by(|(_, a), (_, b)| a.rule == b.rule && a.severity == b.severity)
            .filter_map(|chunk| {
                let (_, first) = chunk.first()?;
                let same = chunk.iter().all(|(_, finding)| finding.detail == first.detail);
                let text = |finding: &'a Finding| Some(finding.detail.as_str()).filter(|text| !text.is_empty());
                Some(Group {
                    rule: first.rule,
                    severity: first.severity,
                    rank: severity_rank(first.severity),
                    detail: text(first).filter(|_| same),
                    shown: chunk
                        .iter()
                        .map(|&(number, finding)| Item {
                            number,
                            title: &finding.title,
                            class: finding.class,
                            object: object(&finding.object),
                            certificate: (&*finding.object.kind == "Certificate")
                                .then(|| certificates.anchor(&finding.object.namespace, &finding.object.name))
                                .flatten()
                                .map(str::to_owned),
                            detail: text(finding).filter(|_| !same),
                            evidence: &finding.evidence,
                            remediation: finding.remediation.iter().map(Step::new).collect(),
                        })
                        .collect(),
                })
            })
            .collect();
        Self { total, groups, more }
    }
}
