//! What the templates see: the report, sorted, grouped and put into words, with every limit applied and counted.
//!
//! Field names are the interface of `--template`; a template of a user reads them. Strings of the cluster are unescaped
//! here: the template engine escapes every one of them when it prints ([`super::template`]).

mod certificate;
mod coverage;
mod finding;
mod plan;
mod remaining;
mod renewals;
mod triage;
mod upgrade;

pub(super) use certificate::sorted;
pub(super) use finding::sorted as sorted_findings;
pub(super) use remaining::groups as remaining;
use serde::Serialize;
pub(super) use triage::Triage;

use super::chart::{Chart, chart};
use super::model::{ObjectId, Report};
use super::wording::{self, Headline, SEVERITIES, VERDICT_WORDS, headline, thousands};

/// How much of a report a page shows. What is beyond is counted, never passed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Certificates, worst first.
    pub certificates: usize,
    /// Whether `unchanged` Certificates are listed at all.
    pub unchanged: bool,
    /// Findings, worst first.
    pub findings: usize,
    /// Entries of each of the shorter lists: problems, refusals, events, assumptions.
    pub entries: usize,
    /// Above this many Certificates equal explanations are printed once and referred to.
    pub share_above: usize,
    /// Bytes of explanations that are not shared.
    pub explanations: usize,
    /// Whether findings that the configuration ignores are listed.
    pub suppressed: bool,
}

/// The root of what a template sees.
#[derive(Serialize)]
pub(super) struct View<'a> {
    question: &'static str,
    command: &'a str,
    tool: Tool<'a>,
    evaluated_at: String,
    cert_manager: CertManager<'a>,
    headline: Sentence,
    complete: bool,
    unread: Option<wording::Unread>,
    total: usize,
    verdicts: Vec<VerdictCount>,
    severities: Vec<SeverityCount>,
    certificates: certificate::List<'a>,
    findings: finding::List<'a>,
    triage: Triage,
    chart: Option<Chart>,
    timeline: Timeline<'a>,
    plan: Option<plan::Plan<'a>>,
    upgrade: Option<upgrade::Upgrade<'a>>,
    renewals: Option<renewals::Renewals<'a>>,
    coverage: coverage::Coverage<'a>,
    assumptions: Vec<Assumption<'a>>,
    assumptions_more: usize,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct CertManager<'a> {
    version: &'a str,
    source: &'static str,
}

#[derive(Serialize)]
struct Sentence {
    answer: String,
    others: String,
    action: String,
}

#[derive(Serialize)]
struct VerdictCount {
    name: &'static str,
    symbol: &'static str,
    meaning: &'static str,
    rank: usize,
    count: usize,
    words: String,
    /// Anchor of the first Certificate with it.
    first: Option<String>,
}

#[derive(Serialize)]
struct SeverityCount {
    name: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct Timeline<'a> {
    shown: Vec<Event<'a>>,
    more: usize,
}

#[derive(Serialize)]
struct Event<'a> {
    at: String,
    kind: &'a str,
    object: String,
    text: &'a str,
}

#[derive(Serialize)]
struct Assumption<'a> {
    text: &'a str,
    /// How many Certificates it concerns; nothing when it is about the whole run.
    certificates: Option<String>,
}

/// `Secret shop/web`, or `ClusterIssuer letsencrypt` for what has no namespace.
pub(in crate::report) fn object(id: &ObjectId) -> String {
    if id.namespace.is_empty() {
        format!("{} {}", id.kind, id.name)
    } else {
        format!("{} {}/{}", id.kind, id.namespace, id.name)
    }
}

/// The question that a command answers.
const fn question(command: &str) -> &'static str {
    match command.as_bytes() {
        b"plan" => "What would this restore do to the certificates?",
        b"upgrade" => "What would this upgrade do to the certificates?",
        b"verify" => "What was done to the certificates?",
        b"renewals" => "Which certificates have to be renewed by hand?",
        _ => "Which certificates would be re-issued now?",
    }
}

/// Where the version came from, in words.
pub(super) fn version_source(source: &str) -> &'static str {
    match source {
        "flag" => "as given",
        "detected" => "as found in the input",
        "default" => "the newest known; --cert-manager names another",
        _ => "source not known",
    }
}

/// The assumptions of the run, then those of single Certificates with how many they concern.
fn assumptions(report: &Report) -> Vec<Assumption<'_>> {
    let mut all: Vec<_> =
        report.cert_manager.assumptions.iter().map(|text| Assumption { text, certificates: None }).collect();
    let mut counted = std::collections::BTreeMap::<&str, usize>::new();
    for text in report.certificates.iter().flat_map(|certificate| &certificate.assumptions) {
        *counted.entry(text).or_default() += 1;
    }
    for text in &report.cert_manager.assumptions {
        counted.remove(text.as_str());
    }
    let mut of_certificates: Vec<_> = counted.into_iter().collect();
    of_certificates.sort_by_key(|&(text, n)| (std::cmp::Reverse(n), text));
    all.extend(
        of_certificates
            .into_iter()
            .map(|(text, n)| Assumption { text, certificates: Some(wording::count(n, "certificate", "certificates")) }),
    );
    all
}

/// All assumptions as sentences with their counts, for renderers without templates.
pub(super) fn assumption_lines(report: &Report) -> Vec<String> {
    assumptions(report)
        .into_iter()
        .map(|assumption| match assumption.certificates {
            None => assumption.text.to_owned(),
            Some(n) => format!("{} ({n})", assumption.text),
        })
        .collect()
}

impl<'a> View<'a> {
    /// Prepares a report for a template.
    pub(super) fn new(report: &'a Report, limits: &Limits) -> Self {
        let Headline { answer, others, action } = headline(report);
        let certificates = certificate::List::new(report, limits);
        let verdicts = VERDICT_WORDS
            .iter()
            .enumerate()
            .map(|(rank, words)| {
                let count = report.summary.verdicts.get(words.name).copied().unwrap_or(0);
                VerdictCount {
                    name: words.name,
                    symbol: words.symbol,
                    meaning: words.meaning,
                    rank,
                    count,
                    words: thousands(count),
                    first: certificates.first(words.name),
                }
            })
            .collect();
        let severities = SEVERITIES
            .iter()
            .filter_map(|&name| {
                let count = *report.summary.findings.get(name)?;
                (count > 0).then_some(SeverityCount { name, count })
            })
            .collect();
        let mut assumptions = assumptions(report);
        let assumptions_more = cut(&mut assumptions, limits.entries);
        // A renewal that simply comes is a bar of the chart; the list is for the rest.
        let mut events: Vec<_> = report.timeline.iter().filter(|event| event.kind != "renewal").collect();
        let more = cut(&mut events, limits.entries);
        let shown = events
            .into_iter()
            .map(|event| Event {
                at: event.at.to_string(),
                kind: event.kind,
                object: object(&event.object),
                text: &event.text,
            })
            .collect();
        Self {
            question: question(report.command),
            command: report.command,
            tool: Tool { name: report.tool.name, version: report.tool.version },
            evaluated_at: report.evaluated_at.to_string(),
            cert_manager: CertManager {
                version: &report.cert_manager.version,
                source: version_source(report.cert_manager.source),
            },
            headline: Sentence { answer, others, action },
            complete: report.coverage.complete,
            unread: wording::unread(report),
            total: report.summary.certificates,
            verdicts,
            severities,
            findings: finding::List::new(report, limits, &certificates),
            triage: Triage::new(report, limits.entries, limits.suppressed),
            certificates,
            chart: chart(report),
            timeline: Timeline { shown, more },
            plan: report.plan.as_ref().map(|plan| plan::Plan::new(plan, limits)),
            upgrade: report.upgrade.as_ref().map(upgrade::Upgrade::new),
            renewals: report.renewals.as_ref().map(|renewals| renewals::Renewals::new(renewals, limits)),
            coverage: coverage::Coverage::new(&report.coverage, limits),
            assumptions,
            assumptions_more,
        }
    }
}

/// Cuts a list and says how many went.
fn cut<T>(list: &mut Vec<T>, limit: usize) -> usize {
    let more = list.len().saturating_sub(limit);
    list.truncate(limit);
    more
}
