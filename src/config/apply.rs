//! What a configuration does to a report: severities change, and ignored findings are set apart with their reason.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Config, Ignore};
use crate::report::model::{Finding, ObjectId, Report, Suppressed};
use crate::report::wording::{count, severity_rank};
use crate::time::Time;

/// Whether an object has a label with a value.
pub type Labels<'a> = &'a dyn Fn(&ObjectId, &str, &str) -> bool;

/// Something about the configuration itself that its owner should mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An entry's last day is over, so that it ignores nothing.
    Expired {
        /// The line of the entry.
        line: u64,
        /// Its last day.
        on: Date,
        /// How many findings it would have ignored.
        findings: usize,
    },
    /// An entry matches nothing.
    Unmatched {
        /// The line of the entry.
        line: u64,
    },
}

/// Applies severities, then ignore entries, and counts anew; tells what the configuration's owner should know.
pub fn apply(report: &mut Report, config: &Config, labels: Labels<'_>) -> Vec<Note> {
    for finding in &mut report.findings {
        if let Some(severity) = config.severities.get(finding.rule) {
            finding.severity = severity.as_str();
        }
    }
    // The order within a severity stays.
    report.findings.sort_by(|a, b| (severity_rank(a.severity), a.rule).cmp(&(severity_rank(b.severity), b.rule)));
    let today = day(report.evaluated_at);
    let mut matched = vec![0; config.ignore.len()];
    let (mut kept, mut suppressed) = (Vec::new(), Vec::new());
    for finding in std::mem::take(&mut report.findings) {
        let mut because: Option<&Ignore> = None;
        for (entry, count) in config.ignore.iter().zip(&mut matched) {
            if fits(entry, &finding, labels) {
                *count += 1;
                if entry.holds(today) {
                    because = because.or(Some(entry));
                }
            }
        }
        match because {
            Some(entry) => suppressed.push(Suppressed {
                finding,
                reason: entry.reason.clone(),
                expires: entry.expires.map(|day| day.to_string()),
            }),
            None => kept.push(finding),
        }
    }
    report.findings = kept;
    report.suppressed = suppressed;
    forget_suppressed(report);
    recount(report);
    notes(config, &matched, today)
}

impl Ignore {
    fn holds(&self, today: Date) -> bool {
        self.expires.is_none_or(|last| today <= last)
    }
}

/// The day of an instant, in UTC; one that no calendar of ours reaches is the last.
fn day(at: Time) -> Date {
    at.date().parse().unwrap_or(Date::MAX)
}

fn fits(entry: &Ignore, finding: &Finding, labels: Labels<'_>) -> bool {
    let about = &finding.object;
    entry.id.as_ref().is_none_or(|id| *id == finding.id)
        && entry.rule.as_ref().is_none_or(|rule| rule == finding.rule)
        && entry.namespace.as_ref().is_none_or(|glob| glob.is_match(&*about.namespace))
        && entry.name.as_ref().is_none_or(|glob| glob.is_match(&*about.name))
        && entry.labels.iter().all(|(key, value)| labels(about, key, value))
}

/// Certificates name only findings that are in the report.
fn forget_suppressed(report: &mut Report) {
    let gone: BTreeSet<&str> = report.suppressed.iter().map(|suppressed| suppressed.finding.id.as_str()).collect();
    if gone.is_empty() {
        return;
    }
    for certificate in &mut report.certificates {
        certificate.findings.retain(|id| !gone.contains(id.as_str()));
    }
}

fn recount(report: &mut Report) {
    let counts = &mut report.summary.findings;
    counts.values_mut().for_each(|count| *count = 0);
    for finding in &report.findings {
        *counts.entry(finding.severity).or_default() += 1;
    }
}

fn notes(config: &Config, matched: &[usize], today: Date) -> Vec<Note> {
    let entries = config.ignore.iter().zip(matched);
    entries
        .filter_map(|(entry, findings)| match entry.expires {
            Some(on) if !entry.holds(today) => Some(Note::Expired { line: entry.line, on, findings: *findings }),
            _ if *findings == 0 => Some(Note::Unmatched { line: entry.line }),
            _ => None,
        })
        .collect()
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Expired { line, on, findings: 0 } => {
                write!(f, "line {line}: this ignore entry expired on {on} and matches nothing; remove it")
            }
            Self::Expired { line, on, findings } => write!(
                f,
                "line {line}: this ignore entry expired on {on}; what it ignored is reported again ({})",
                count(*findings, "finding", "findings")
            ),
            Self::Unmatched { line } => write!(f, "line {line}: this ignore entry matches nothing; remove or mend it"),
        }
    }
}
