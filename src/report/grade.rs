//! How a pipeline grades what a report says: one table for SARIF, JUnit, annotations and policy reports.

use super::model::{Certificate, Finding};
use super::wording::why;

/// How much a pipeline makes of something; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// A certificate is lost or cannot be had.
    Error,
    /// Something changes, or cannot be told.
    Warning,
    /// Worth knowing.
    Note,
    /// Nothing to say.
    Fine,
}

/// The grade of a verdict; one that is not known cannot be overlooked.
pub(super) fn of_verdict(verdict: &str) -> Grade {
    match verdict {
        "unknown" | "reissue-now" | "drift" => Grade::Warning,
        "in-progress" => Grade::Note,
        "reissue-later" | "unchanged" => Grade::Fine,
        _ => Grade::Error,
    }
}

/// The grade of a finding's severity.
pub(super) fn of_severity(severity: &str) -> Grade {
    match severity {
        "medium" => Grade::Warning,
        "low" | "info" => Grade::Note,
        _ => Grade::Error,
    }
}

/// A Certificate's verdict with its cause, in one sentence.
pub(super) fn sentence(certificate: &Certificate) -> String {
    let why = why(certificate);
    match why.reason {
        Some(reason) => format!("{}: {reason}: {}", certificate.verdict, why.text),
        None => format!("{}: {}", certificate.verdict, why.text),
    }
}

/// A finding as a paragraph, with what to do.
pub(super) fn paragraph(finding: &Finding) -> String {
    let mut text = stopped(&finding.title);
    if !finding.detail.is_empty() {
        text.push(' ');
        text.push_str(&finding.detail);
    }
    for step in &finding.remediation {
        text.push('\n');
        text.push_str(&step.text);
        if let Some(command) = &step.command {
            text.push(' ');
            text.push_str(command);
        }
    }
    text
}

/// With a full stop at its end.
fn stopped(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}
