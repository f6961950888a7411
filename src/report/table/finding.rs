//! Findings on a terminal: what is said of several objects alike stands there once.

use std::collections::HashMap;
use std::io::{self, Write};

use super::{GAP, Page, style};
use crate::report::model::{Finding, Report};
use crate::report::text::{columns, one_line};
use crate::report::view::{object, sorted_findings};
use crate::report::wording::{effect, thousands};

/// So many objects of a group are named.
const NAMED: usize = 5;

impl<W: Write> Page<'_, W> {
    pub(super) fn findings(&mut self, report: &Report) -> io::Result<()> {
        if report.findings.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Findings ({})", thousands(report.findings.len())))?;
        for group in groups(report) {
            self.group(&group)?;
        }
        Ok(())
    }

    fn group(&mut self, group: &[&Finding]) -> io::Result<()> {
        let Some(finding) = group.first() else { return Ok(()) };
        let severity = self.styled(style(finding.severity), finding.severity);
        let class = finding.class.filter(|class| *class != "unchanged").map_or_else(String::new, |c| format!(", {c}"));
        let about = format!("{} ({}{class})", objects(group), finding.rule);
        self.paragraph_after(&format!("{severity}  "), columns(finding.severity) + GAP, &about)?;
        self.paragraph("  ", &finding.title)?;
        for evidence in &finding.evidence {
            let text = format!("{}: expected {}, found {}", evidence.what, evidence.expected, evidence.actual);
            self.paragraph("    ", &text)?;
        }
        for remediation in &finding.remediation {
            let label = self.styled(style(remediation.effect), effect(remediation.effect));
            self.paragraph("  → ", &remediation.text)?;
            if let Some(command) = &remediation.command {
                writeln!(self.out, "    [{label}]")?;
                // A command is never wrapped: it is there to be pasted.
                for line in command.lines() {
                    writeln!(self.out, "      {}", one_line(line))?;
                }
            }
        }
        Ok(())
    }
}

/// The findings, worst first; those that differ in nothing that is shown but the name of their object stand together, where the
/// first of them does.
fn groups(report: &Report) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known = HashMap::new();
    for (_, finding) in sorted_findings(report) {
        let Finding { rule, severity, class, title, evidence, remediation, .. } = finding;
        let alike = (severity, rule, class, title, &finding.object.kind, evidence, remediation);
        let at = *known.entry(alike).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// `Certificate shop/web, shop/api and 3 more`.
fn objects(group: &[&Finding]) -> String {
    let mut text = String::new();
    for (i, finding) in group.iter().take(NAMED).enumerate() {
        let id = &finding.object;
        match i {
            0 => text = object(id),
            _ if id.namespace.is_empty() => text.push_str(&format!(", {}", id.name)),
            _ => text.push_str(&format!(", {}/{}", id.namespace, id.name)),
        }
    }
    match group.len().saturating_sub(NAMED) {
        0 => text,
        more => format!("{text} and {} more", thousands(more)),
    }
}
