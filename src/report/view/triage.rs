//! What a baseline and a configuration say of the findings, in sentences that every renderer for people shares.

use serde::Serialize;

use super::{cut, object};
use crate::report::model::{Baseline, Gone, Report, Suppressed};
use crate::report::wording::{count, list};

/// The sentences.
#[derive(Default, Serialize)]
pub(in crate::report) struct Triage {
    /// How the findings stand beside the baseline, and why some cannot be compared.
    pub(in crate::report) compared: Option<String>,
    /// What is gone since the baseline, one line each.
    pub(in crate::report) gone: Vec<String>,
    pub(in crate::report) gone_more: usize,
    /// How many findings the configuration ignores.
    pub(in crate::report) ignored: Option<String>,
    /// Those findings, one line each, where they are to be shown.
    pub(in crate::report) suppressed: Vec<String>,
    pub(in crate::report) suppressed_more: usize,
}

impl Triage {
    pub(in crate::report) fn new(report: &Report, limit: usize, show_suppressed: bool) -> Self {
        let baseline = report.baseline.as_ref();
        let mut gone: Vec<String> = baseline.into_iter().flat_map(|baseline| &baseline.gone).map(of_gone).collect();
        let gone_more = cut(&mut gone, limit);
        let shown = report.suppressed.iter().filter(|_| show_suppressed);
        let mut suppressed: Vec<String> = shown.map(of_suppressed).collect();
        let suppressed_more = cut(&mut suppressed, limit);
        let hint = if show_suppressed { "" } else { "; --show-suppressed lists them" };
        let ignored = (!report.suppressed.is_empty()).then(|| {
            let ignored = count(report.suppressed.len(), "finding is", "findings are");
            format!("{ignored} ignored by the configuration{hint}.")
        });
        Self { compared: baseline.map(compared), gone, gone_more, ignored, suppressed, suppressed_more }
    }
}

fn compared(baseline: &Baseline) -> String {
    let parts = [
        count(baseline.new, "finding is new", "findings are new"),
        count(baseline.fixed, "is fixed", "are fixed"),
        count(baseline.unchanged, "is unchanged", "are unchanged"),
    ];
    let unclear = count(baseline.not_comparable, "cannot be compared", "cannot be compared");
    let parts: Vec<String> = parts.into_iter().chain((baseline.not_comparable > 0).then_some(unclear)).collect();
    let mut text = format!("Beside the report of {}: {}.", baseline.evaluated_at, list(&parts));
    for note in &baseline.notes {
        text.push(' ');
        text.push_str(note);
    }
    text
}

fn of_gone(gone: &Gone) -> String {
    let class = if gone.class == "fixed" { "fixed" } else { "not comparable" };
    format!("{class}: {} {} ({}): {}", gone.severity, object(&gone.object), gone.rule, gone.title)
}

fn of_suppressed(suppressed: &Suppressed) -> String {
    let finding = &suppressed.finding;
    let until = suppressed.expires.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
    let about = object(&finding.object);
    format!("{} {about} ({}): {}; ignored{until}: {}", finding.severity, finding.rule, finding.title, suppressed.reason)
}
