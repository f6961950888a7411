//! The words of a report: ranks, symbols and meanings of verdicts and severities, and the sentence that answers the
//! question. Every renderer for people takes them from here.

use serde::Serialize;

use super::model::{Certificate, CoverageInput, CoverageProblem, Observed, Report};
use super::{observation, renewals, upgrade};

/// The verdicts of design 2, highest rank first.
pub const VERDICTS: [&str; 8] =
    ["lost", "unknown", "blocked", "in-progress", "reissue-now", "drift", "reissue-later", "unchanged"];

/// The severities of findings, worst first.
pub const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

/// How a verdict is shown.
#[derive(Clone, Copy, Debug)]
pub struct VerdictWords {
    /// The verdict as it stands in JSON.
    pub name: &'static str,
    /// A sign of one column, so that colour is never the only one.
    pub symbol: &'static str,
    /// What it means (design 2).
    pub meaning: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

/// One row per verdict, in the order of [`VERDICTS`].
pub const VERDICT_WORDS: [VerdictWords; 8] = [
    VerdictWords {
        name: "lost",
        symbol: "✕",
        meaning: "The Certificate itself does not exist after the plan: it was excluded, refused by the API server or garbage-collected.",
        advice: "Look at the certificate's steps: they tell which step left it out, was refused, or had it collected. Change the plan, or re-create the Certificate afterwards.",
    },
    VerdictWords {
        name: "unknown",
        symbol: "?",
        meaning: "What is needed to tell was not readable, or lies outside what was read. This is not a promise that nothing happens.",
        advice: "Add what the report says is missing to the input, or give --complete if the input is all there is.",
    },
    VerdictWords {
        name: "blocked",
        symbol: "■",
        meaning: "It wants a new certificate now, or one is being issued, and it cannot get it: somebody has to act.",
        advice: "Remove the obstacle that the report names; the issuance then goes on by itself. Until then the certificate runs towards its end.",
    },
    VerdictWords {
        name: "in-progress",
        symbol: "◐",
        meaning: "An issuance is already running (Issuing=True) and will finish, whatever the Secret holds.",
        advice: "Wait. If it does not end, look at the CertificateRequest of the Certificate and the events on it.",
    },
    VerdictWords {
        name: "reissue-now",
        symbol: "↻",
        meaning: "cert-manager asks for a new certificate at once; the reason and the message are cert-manager's own.",
        advice: "If that is not wanted, mend the field or the Secret that the trigger names before cert-manager sees it. Mind the CA's limits, and pins on a key that rotates.",
    },
    VerdictWords {
        name: "drift",
        symbol: "Δ",
        meaning: "What was issued differs from the spec and cert-manager will not notice: cmctl renew is needed.",
        advice: "Run cmctl renew when a new certificate is wanted; nothing happens by itself before the renewal.",
    },
    VerdictWords {
        name: "reissue-later",
        symbol: "○",
        meaning: "Not now, but at a known instant within the horizon, or as soon as a back-off ends.",
        advice: "Nothing now. Plan for the instant that the report names.",
    },
    VerdictWords {
        name: "unchanged",
        symbol: "✓",
        meaning: "The certificate in the Secret stays in use.",
        advice: "Nothing to do.",
    },
];

/// The rank of a verdict, 0 for the highest; one that is not known ranks first, so that it cannot be overlooked.
#[must_use]
pub fn verdict_rank(verdict: &str) -> usize {
    VERDICTS.iter().position(|&known| known == verdict).unwrap_or(0)
}

/// The rank of a severity, 0 for the worst; one that is not known ranks first.
#[must_use]
pub fn severity_rank(severity: &str) -> usize {
    SEVERITIES.iter().position(|&known| known == severity).unwrap_or(0)
}

/// The sign of a verdict.
#[must_use]
pub fn symbol(verdict: &str) -> &'static str {
    VERDICT_WORDS.iter().find(|words| words.name == verdict).map_or("?", |words| words.symbol)
}

/// What a remediation's command does to the cluster, in words.
#[must_use]
pub fn effect(effect: &str) -> &'static str {
    match effect {
        "safe" => "safe",
        "issues" => "causes issuance",
        "deletes" => "deletes",
        _ => "effect not known",
    }
}

/// `1 certificate`, `20 certificates`.
#[must_use]
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n), if n == 1 { one } else { many })
}

/// `12,345`.
#[must_use]
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// What was asked of an API server, in words; nothing for other sources.
#[must_use]
pub fn traffic(input: &CoverageInput) -> Option<String> {
    let (requests, bytes) = (input.requests?, input.bytes?);
    let requests = count(usize::try_from(requests).unwrap_or(usize::MAX), "request", "requests");
    // Whole kilobytes: more is noise.
    let kilobytes = usize::try_from(bytes.div_ceil(1000)).unwrap_or(usize::MAX);
    Some(format!("{requests}, {} kB", thousands(kilobytes)))
}

/// The short cause of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why<'a> {
    /// cert-manager's reason, where its own message is the cause.
    pub reason: Option<&'a str>,
    /// cert-manager's message verbatim, or our sentence.
    pub text: &'a str,
}

/// cert-manager's reason and message where the trigger makes the verdict, and our sentence where it does not: a trigger
/// is also computed for Certificates that cert-manager never gets to judge (design 2).
#[must_use]
pub fn why(certificate: &Certificate) -> Why<'_> {
    match &certificate.trigger {
        // What was seen comes first.
        _ if certificate.observed.is_some() || certificate.change.is_some() => {
            Why { reason: None, text: &certificate.because }
        }
        Some(trigger) if certificate.verdict == "reissue-now" || certificate.because.is_empty() => {
            Why { reason: Some(&trigger.reason), text: &trigger.message }
        }
        _ => Why { reason: None, text: &certificate.because },
    }
}

/// Whether nothing has to be said of a Certificate but that it is unchanged: it stays as it is, and nothing was done to it
/// that `verify` would tell.
#[must_use]
pub fn is_unchanged(certificate: &Certificate) -> bool {
    let as_it_was = |seen: &Observed| seen.outcome == "same" && seen.as_predicted != Some(false);
    certificate.verdict == "unchanged"
        && certificate.observed.as_deref().is_none_or(as_it_was)
        && certificate.change.is_none()
}

/// The day of the renewal; one that is only predicted is marked.
#[must_use]
pub fn renewal_day(certificate: &Certificate) -> Option<String> {
    let day = certificate.renewal.renewal_time?.date();
    Some(if certificate.renewal.predicted { format!("~{day}") } else { day })
}

/// The answer of a report in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// Whether anything is re-issued, e.g. `2 of 19 certificates would be re-issued now`.
    pub answer: String,
    /// What else there is, e.g. `1 is lost and 1 is blocked`; may be empty.
    pub others: String,
    /// What to do, without the full stop.
    pub action: String,
}

impl std::fmt::Display for Headline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.answer)?;
        if !self.others.is_empty() {
            write!(f, ", {}", self.others)?;
        }
        write!(f, "; {}.", self.action)
    }
}

/// Says in one sentence whether anything will be re-issued and what to do.
#[must_use]
pub fn headline(report: &Report) -> Headline {
    if report.command == "verify" && report.summary.certificates > 0 {
        return observation::headline(report);
    }
    if let Some(upgrade) = report.upgrade.as_ref().filter(|_| report.summary.certificates > 0) {
        return upgrade::headline(report, upgrade);
    }
    if let Some(renewals) = report.renewals.as_ref().filter(|_| report.summary.certificates > 0) {
        return renewals::headline(report, renewals);
    }
    Headline { answer: answer(report), others: others(report), action: action(report) }
}

fn of(report: &Report, verdict: &str) -> usize {
    report.summary.verdicts.get(verdict).copied().unwrap_or(0)
}

fn answer(report: &Report) -> String {
    let total = report.summary.certificates;
    if total == 0 {
        return "No Certificate was read, so nothing can be said".to_owned();
    }
    let (issuing, unknown) = (of(report, "reissue-now"), of(report, "unknown"));
    if unknown == total {
        return format!(
            "{} be judged, so nothing can be said",
            count(total, "certificate cannot", "certificates cannot")
        );
    }
    if of(report, "lost") == total {
        return match total {
            1 => "The one certificate is lost".to_owned(),
            n => format!("All {} are lost", count(n, "certificate", "certificates")),
        };
    }
    let when = if report.command == "plan" { "during the plan" } else { "now" };
    match (issuing, total) {
        (0, 1) => format!("The one certificate would not be re-issued {when}"),
        (0, _) if unknown == 0 => {
            format!("None of {} would be re-issued {when}", count(total, "certificate", "certificates"))
        }
        (0, _) => format!(
            "None of the {} that could be judged would be re-issued {when}",
            count(total - unknown.min(total), "certificate", "certificates")
        ),
        (n, total) if n == total && n == 1 => format!("The one certificate would be re-issued {when}"),
        (n, total) if n == total => {
            format!("All {} would be re-issued {when}", count(n, "certificate", "certificates"))
        }
        (n, total) => {
            format!("{} of {} would be re-issued {when}", thousands(n), count(total, "certificate", "certificates"))
        }
    }
}

pub(super) fn others(report: &Report) -> String {
    let mut parts = Vec::new();
    for (verdict, one, many) in [
        ("lost", "is lost", "are lost"),
        ("blocked", "is blocked", "are blocked"),
        ("in-progress", "is being issued already", "are being issued already"),
        ("drift", "has drifted from its spec", "have drifted from their spec"),
        ("reissue-later", "follows soon", "follow soon"),
        ("unknown", "cannot be judged", "cannot be judged"),
    ] {
        let n = of(report, verdict);
        // When nothing can be judged the answer itself says so.
        let all = n == report.summary.certificates && matches!(verdict, "unknown" | "lost");
        if n > 0 && !all {
            parts.push(count(n, one, many));
        }
    }
    if let Some(plan) = &report.plan {
        let hanging = report.findings.iter().filter(|finding| finding.rule == "blocked-at-renewal").count();
        for (n, one, many) in [
            (hanging, "will hang at a later renewal", "will hang at a later renewal"),
            (plan.phantom_requests, "request is signed for nobody", "requests are signed for nobody"),
        ] {
            if n > 0 {
                parts.push(count(n, one, many));
            }
        }
    }
    list(&parts)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(parts: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for (i, part) in parts.iter().enumerate() {
        text.push_str(match parts.len() - i {
            _ if i == 0 => "",
            1 => " and ",
            _ => ", ",
        });
        text.push_str(part.as_ref());
    }
    text
}

/// What to do where something that a verdict needs was not read.
pub(super) const ADD_WHAT_IS_MISSING: &str = "add what is missing to the input";

/// Why the answer is partial, if it is.
pub(super) fn unread(report: &Report) -> Option<Unread> {
    if report.coverage.complete {
        None
    } else if report.coverage.problems().any(CoverageProblem::is_missing) {
        Some(Unread { what: "not everything could be read".to_owned(), in_coverage: true })
    } else {
        let needy = count(of(report, "unknown"), "certificate needs", "certificates need");
        Some(Unread { what: format!("{needy} what was not read"), in_coverage: false })
    }
}

/// Why an answer is partial.
#[derive(Serialize)]
pub(super) struct Unread {
    /// A part of a sentence.
    pub(super) what: String,
    /// Coverage lists it; otherwise it stands with the Certificates.
    pub(super) in_coverage: bool,
}

fn action(report: &Report) -> String {
    if report.summary.certificates == 0 {
        return "see under coverage what was read".to_owned();
    }
    let plan = report.command == "plan";
    let mut steps = Vec::new();
    if of(report, "lost") > 0 {
        steps.push("do not restore this way, as it loses certificates");
    }
    if of(report, "unknown") > 0 {
        steps.push(ADD_WHAT_IS_MISSING);
    }
    if of(report, "blocked") > 0 {
        steps.push("clear what blocks issuance");
    }
    if of(report, "reissue-now") > 0 {
        steps.push(if plan {
            "check the CA's limits and pinned keys before you restore"
        } else {
            "check the CA's limits and pinned keys first"
        });
    }
    if of(report, "drift") > 0 {
        steps.push("renew by hand what has drifted");
    }
    let grave: usize = ["critical", "high"].iter().filter_map(|s| report.summary.findings.get(*s)).sum();
    if steps.is_empty() && grave > 0 {
        return format!("look at {} below", count(grave, "finding of high severity", "findings of high severity"));
    }
    if steps.is_empty() { "nothing needs to be done".to_owned() } else { list(&steps) }
}
