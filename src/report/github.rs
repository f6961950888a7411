//! Workflow commands of GitHub Actions: annotations, and the full list in a group that is folded in the log.
//!
//! GitHub shows ten annotations of each kind per step ("Workflow commands for GitHub Actions", limits), so that there is one
//! for each verdict and each rule, not one for each object.

use std::io::{self, Write};

use super::grade::{self, Grade};
use super::model::Report;
use super::render::RenderError;
use super::text::{clip, one_line, visible};
use super::view::object;
use super::wording::{count, headline};

/// Annotations of a kind that a step shows.
const MAX_ANNOTATIONS: usize = 10;

/// Objects that an annotation names.
const MAX_NAMED: usize = 10;

/// Characters of a line of an annotation.
const MAX_LINE: usize = 400;

/// Something that asks for attention.
struct Item {
    grade: Grade,
    /// The verdict or the rule.
    about: &'static str,
    /// What stands in brackets in the log: a verdict, or a finding's id and severity.
    key: String,
    text: String,
}

pub(super) fn write(report: &Report, out: &mut impl Write) -> Result<(), RenderError> {
    let mut items = items(report);
    items.sort_by_key(|item| (item.grade, item.about));
    let summary = headline(report).to_string();
    writeln!(out, "::group::{}", data(&summary))?;
    for item in &items {
        writeln!(out, "{} [{}] {}", command(item.grade), line(&item.key), line(&item.text))?;
    }
    writeln!(out, "::endgroup::")?;
    for of_kind in items.chunk_by(|a, b| a.grade == b.grade) {
        let groups: Vec<&[Item]> = of_kind.chunk_by(|a, b| a.about == b.about).collect();
        let hidden = groups.len().saturating_sub(MAX_ANNOTATIONS);
        // The last one tells of those that there is no room for.
        let shown = if hidden > 0 { MAX_ANNOTATIONS - 1 } else { MAX_ANNOTATIONS };
        for group in groups.iter().take(shown) {
            annotation(group, out)?;
        }
        if let (Some(item), true) = (of_kind.first(), hidden > 0) {
            let names: Vec<&str> = groups.iter().skip(shown).filter_map(|group| Some(group.first()?.about)).collect();
            let text = format!("Also {}; the log of the step lists them.", names.join(", "));
            writeln!(out, "::{} title=reissue-audit::{}", command(item.grade), data(&text))?;
        }
    }
    Ok(())
}

fn items(report: &Report) -> Vec<Item> {
    let certificates = report.certificates.iter().filter_map(|certificate| {
        let grade = grade::of_verdict(certificate.verdict);
        (grade != Grade::Fine).then(|| Item {
            grade,
            about: certificate.verdict,
            key: certificate.verdict.to_owned(),
            text: format!("{}/{} {}", certificate.namespace, certificate.name, grade::sentence(certificate)),
        })
    });
    let findings = report.findings.iter().map(|finding| Item {
        grade: grade::of_severity(finding.severity),
        about: finding.rule,
        key: format!("{} {}", finding.severity, finding.id),
        text: format!("{}: {}", object(&finding.object), finding.title),
    });
    certificates.chain(findings).collect()
}

fn annotation(group: &[Item], out: &mut impl Write) -> io::Result<()> {
    let Some(first) = group.first() else { return Ok(()) };
    let title = match group.len() {
        1 => format!("reissue-audit: {}", first.about),
        n => format!("reissue-audit: {}, {}", first.about, count(n, "object", "objects")),
    };
    let mut lines: Vec<String> =
        group.iter().take(MAX_NAMED).map(|item| clip(&one_line(&item.text), MAX_LINE).into_owned()).collect();
    if group.len() > MAX_NAMED {
        lines.push(format!("and {} more; the log of the step lists them.", group.len() - MAX_NAMED));
    }
    let title = data(&title).replace(':', "%3A").replace(',', "%2C");
    writeln!(out, "::{} title={title}::{}", command(first.grade), data(&lines.join("\n")))
}

const fn command(grade: Grade) -> &'static str {
    match grade {
        Grade::Error => "error",
        Grade::Warning => "warning",
        Grade::Note | Grade::Fine => "notice",
    }
}

/// The message of a command (`@actions/toolkit`, command escapes).
fn data(text: &str) -> String {
    harmless(&visible(text)).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A line of the log.
fn line(text: &str) -> String {
    harmless(&one_line(text))
}

/// The runner also obeys commands of the older form, wherever they stand in a line.
fn harmless(text: &str) -> String {
    text.replace("##[", "## [")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_the_cluster_is_a_command() {
        assert_eq!(line("##[error]x\n::error::y"), "## [error]x ::error::y");
        assert_eq!(data("50%\nof ##[group]"), "50%25%0Aof ## [group]");
    }
}
