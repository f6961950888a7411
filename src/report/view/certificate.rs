//! Certificates as a reader sees them: worst first, one line each, the explanation on demand.

use std::collections::HashMap;

use serde::Serialize;

use super::{Limits, cut};
use crate::report::model::{Certificate, CertificateStep, Field, Report, Trigger};
use crate::report::wording::{is_unchanged, renewal_day, symbol, verdict_rank, why};
use crate::time::Time;

/// At least this many Certificates must have an explanation before it is worth sharing.
const SHARED_BY: usize = 3;

/// The Certificates of a page.
#[derive(Serialize)]
pub(super) struct List<'a> {
    shown: Vec<Row<'a>>,
    /// How many are not shown though their verdict calls for it.
    more: usize,
    /// How many are not shown because nothing happens to them.
    unchanged_more: usize,
    /// Explanations that several rows refer to.
    shared: Vec<Shared<'a>>,
    /// What holds for the rows that say nothing.
    silent: Option<&'a str>,
    /// Rows whose explanation found no room.
    unexplained: usize,
    #[serde(skip)]
    anchors: HashMap<(&'a str, &'a str), String>,
}

#[derive(Serialize)]
struct Row<'a> {
    namespace: &'a str,
    name: &'a str,
    verdict: &'a str,
    rank: usize,
    symbol: &'static str,
    /// Set where something links to the row.
    anchor: Option<String>,
    secret: &'a str,
    issuer: String,
    confidence: &'a str,
    reason: Option<&'a str>,
    text: &'a str,
    renewal: Option<String>,
    predicted: bool,
    expires: Option<String>,
    key: Option<String>,
    rotates: bool,
    findings: Vec<Link<'a>>,
    explanation: Option<Explanation<'a>>,
    /// Index into `shared`, from 1.
    shared: Option<usize>,
}

/// A finding about the row's Certificate.
#[derive(Clone, Copy, Serialize)]
struct Link<'a> {
    number: usize,
    rule: &'a str,
    severity: &'a str,
}

#[derive(Serialize)]
struct Shared<'a> {
    index: usize,
    count: usize,
    explanation: Explanation<'a>,
}

/// Everything behind a verdict that is not in the row.
#[derive(Serialize)]
struct Explanation<'a> {
    because: Option<&'a str>,
    checks: Vec<Check<'a>>,
    readiness: Option<&'a Trigger>,
    rewrites: &'a [Trigger],
    renewal: Option<&'a str>,
    assumptions: &'a [String],
    issuances: Option<u32>,
    steps: &'a [CertificateStep],
}

#[derive(Serialize)]
struct Check<'a> {
    policy: &'a str,
    reason: &'a str,
    /// Nothing when the row shows it already.
    message: Option<&'a str>,
    trigger: bool,
    fields: &'a [Field],
    faq: Option<&'a str>,
}

/// The Certificates of a report: what is not as foretold, then worst first; those that follow at a known instant by that instant.
pub(in crate::report) fn sorted(report: &Report) -> Vec<&Certificate> {
    let mut all: Vec<_> = report.certificates.iter().collect();
    all.sort_by_cached_key(|certificate| {
        let when = certificate.renewal.renewal_time.filter(|_| certificate.verdict == "reissue-later");
        let as_foretold = certificate.observed.as_deref().is_none_or(|seen| seen.as_predicted != Some(false));
        let rank = verdict_rank(certificate.verdict);
        (as_foretold, rank, is_unchanged(certificate), when, &certificate.namespace, &certificate.name)
    });
    all
}

impl<'a> List<'a> {
    pub(super) fn new(report: &'a Report, limits: &Limits) -> Self {
        let mut all = sorted(report);
        let total = all.len();
        if !limits.unchanged {
            all.retain(|certificate| !is_unchanged(certificate));
        }
        let unchanged_more = total - all.len();
        let more = cut(&mut all, limits.certificates);
        let links: HashMap<&str, Link<'_>> = report
            .findings
            .iter()
            .enumerate()
            .map(|(i, finding)| {
                (finding.id.as_str(), Link { number: i + 1, rule: finding.rule, severity: finding.severity })
            })
            .collect();
        let mut list = Self {
            shown: Vec::with_capacity(all.len()),
            more,
            unchanged_more,
            shared: Vec::new(),
            silent: None,
            unexplained: 0,
            anchors: HashMap::new(),
        };
        let mut last = "";
        for (i, certificate) in all.iter().enumerate() {
            let mut row = Row::new(certificate);
            row.findings = certificate.findings.iter().filter_map(|id| links.get(id.as_str()).copied()).collect();
            if certificate.verdict != last || !row.findings.is_empty() {
                let anchor = format!("c{}", i + 1);
                list.anchors.insert((&certificate.namespace, &certificate.name), anchor.clone());
                row.anchor = Some(anchor);
                last = certificate.verdict;
            }
            list.shown.push(row);
        }
        list.explain(&all, limits);
        list
    }

    /// The anchor of the first row with a verdict.
    pub(super) fn first(&self, verdict: &str) -> Option<String> {
        self.shown.iter().find(|row| row.verdict == verdict)?.anchor.clone()
    }

    /// The anchor of a Certificate's row.
    pub(super) fn anchor(&self, namespace: &'a str, name: &'a str) -> Option<&str> {
        self.anchors.get(&(namespace, name)).map(String::as_str)
    }

    /// Gives each row its explanation. In a large report equal ones are kept once, and what is left has a limit, worst
    /// first, so that a page of thousands still opens on a phone.
    fn explain(&mut self, certificates: &[&'a Certificate], limits: &Limits) {
        if certificates.len() <= limits.share_above {
            for (row, certificate) in self.shown.iter_mut().zip(certificates) {
                row.explanation = Explanation::new(certificate, row.text);
            }
            return;
        }
        self.hush();
        let silent = self.silent.unwrap_or_default();
        let explanations: Vec<_> = self
            .shown
            .iter()
            .zip(certificates)
            .map(|(row, certificate)| {
                let shown = if row.text.is_empty() { silent } else { row.text };
                let explanation = Explanation::new(certificate, shown)?;
                let key = serde_json::to_string(&explanation).unwrap_or_default();
                Some((explanation, key))
            })
            .collect();
        let mut uses = HashMap::<&str, usize>::new();
        for (_, key) in explanations.iter().flatten() {
            *uses.entry(key).or_default() += 1;
        }
        let counts: Vec<usize> = explanations
            .iter()
            .map(|e| e.as_ref().and_then(|(_, key)| uses.get(key.as_str()).copied()).unwrap_or(0))
            .collect();
        let mut indices = HashMap::<String, usize>::new();
        let mut room = limits.explanations;
        for ((row, explained), count) in self.shown.iter_mut().zip(explanations).zip(counts) {
            let Some((explanation, key)) = explained else { continue };
            if let Some(&index) = indices.get(&key) {
                row.shared = Some(index);
            } else if key.len() > room {
                self.unexplained += 1;
            } else {
                room -= key.len();
                if count >= SHARED_BY {
                    let index = self.shared.len() + 1;
                    self.shared.push(Shared { index, count, explanation });
                    indices.insert(key, index);
                    row.shared = Some(index);
                } else {
                    row.explanation = Some(explanation);
                }
            }
        }
    }
}

impl<'a> List<'a> {
    /// Takes the sentence that most `unchanged` rows share out of them, to be said once.
    fn hush(&mut self) {
        let unchanged = || self.shown.iter().filter(|row| row.verdict == "unchanged");
        let mut uses = HashMap::<&str, usize>::new();
        for row in unchanged() {
            *uses.entry(row.text).or_default() += 1;
        }
        let commonest = uses.into_iter().filter(|&(_, n)| n >= SHARED_BY).max_by_key(|&(text, n)| (n, text));
        self.silent = commonest.map(|(text, _)| text).filter(|text| !text.is_empty());
        for row in self.shown.iter_mut().filter(|row| row.verdict == "unchanged" && Some(row.text) == self.silent) {
            row.text = "";
        }
    }
}

impl<'a> Row<'a> {
    fn new(certificate: &'a Certificate) -> Self {
        let why = why(certificate);
        let issuer = &certificate.issuer_ref;
        let kind = if issuer.kind.is_empty() { "Issuer" } else { &issuer.kind };
        let issuer = match &*issuer.group {
            "" | "cert-manager.io" => format!("{kind} {}", issuer.name),
            group => format!("{kind}.{group} {}", issuer.name),
        };
        Self {
            namespace: &certificate.namespace,
            name: &certificate.name,
            verdict: certificate.verdict,
            rank: verdict_rank(certificate.verdict),
            symbol: symbol(certificate.verdict),
            anchor: None,
            secret: &certificate.secret_name,
            issuer,
            confidence: certificate.confidence,
            reason: why.reason,
            text: why.text,
            renewal: renewal_day(certificate),
            predicted: certificate.renewal.predicted,
            expires: certificate.renewal.not_after.map(Time::date),
            key: certificate.key.algorithm.map(|algorithm| match certificate.key.size {
                Some(size) if algorithm != "Ed25519" => format!("{algorithm} {size}"),
                _ => algorithm.to_owned(),
            }),
            rotates: certificate.key.rotates_on_reissue,
            findings: Vec::new(),
            explanation: None,
            shared: None,
        }
    }
}

impl<'a> Explanation<'a> {
    /// What the row does not say yet; nothing if it says all.
    fn new(certificate: &'a Certificate, shown: &str) -> Option<Self> {
        let unless_shown = |text: &'a str| Some(text).filter(|text| !text.is_empty() && *text != shown);
        let trigger = certificate.trigger.as_ref();
        let mut checks: Vec<_> = certificate
            .violations
            .iter()
            .enumerate()
            .map(|(i, violation)| Check {
                policy: &violation.policy,
                reason: &violation.reason,
                message: unless_shown(&violation.message),
                trigger: i == 0 && trigger.is_some_and(|trigger| trigger.policy == violation.policy),
                fields: &violation.fields,
                faq: violation.faq.as_deref(),
            })
            .collect();
        // Of a plan the trigger is the first on the way, which need not be violated any more when all is quiet.
        if let Some(trigger) = trigger.filter(|_| !checks.iter().any(|check| check.trigger)) {
            checks.insert(
                0,
                Check {
                    policy: &trigger.policy,
                    reason: &trigger.reason,
                    message: unless_shown(&trigger.message),
                    trigger: true,
                    fields: &[],
                    faq: None,
                },
            );
        }
        let explanation = Self {
            because: unless_shown(&certificate.because),
            checks,
            readiness: certificate.readiness.as_deref(),
            rewrites: &certificate.rewrites,
            renewal: unless_shown(&certificate.renewal.because),
            assumptions: &certificate.assumptions,
            issuances: certificate.issuances.filter(|&n| n > 0),
            steps: certificate.steps.as_deref().unwrap_or_default(),
        };
        let empty = explanation.because.is_none()
            && explanation.checks.is_empty()
            && explanation.readiness.is_none()
            && explanation.rewrites.is_empty()
            && explanation.renewal.is_none()
            && explanation.assumptions.is_empty()
            && explanation.steps.is_empty();
        (!empty).then_some(explanation)
    }
}
