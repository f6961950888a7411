//! The plan in the report for a terminal.

use std::io::{self, Write};

use super::Page;
use crate::report::model::{Plan, PlanAge, PlanAlternative, PlanCommand, Report};
use crate::report::remaining::NOTHING;
use crate::report::text::{columns, one_line};
use crate::report::view::{object, remaining};
use crate::report::wording::{count, effect, thousands};

/// So many Certificates are shown of each cause.
const LEFT_SHOWN: usize = 20;

impl<W: Write> Page<'_, W> {
    pub(super) fn plan(&mut self, report: &Report) -> io::Result<()> {
        let Some(plan) = &report.plan else { return Ok(()) };
        self.heading(&format!("Plan {}", one_line(&plan.name)))?;
        self.paragraph("  from  ", &plan.source)?;
        self.paragraph("  to    ", &plan.target)?;
        for step in &plan.steps {
            self.paragraph(&format!("  {}. ", step.index), &step.text)?;
            let counts = format!(
                "created {}, changed {}, left out {}, refused {}, issuances begun {}",
                thousands(step.created),
                thousands(step.updated),
                thousands(step.skipped),
                thousands(step.refused.len()),
                thousands(step.issued)
            );
            // Many steps only prepare.
            if step.created + step.updated + step.skipped + step.refused.len() + step.issued > 0 {
                self.paragraph("     ", &counts)?;
            }
            for refusal in step.refused.iter().take(5) {
                self.paragraph("     ✕ ", &format!("{}: {}", object(&refusal.object), refusal.message))?;
            }
            if let more @ 1.. = step.refused.len().saturating_sub(5) {
                self.paragraph("     ", &format!("and {} more refused", thousands(more)))?;
            }
        }
        if plan.phantom_requests > 0 {
            let text = count(plan.phantom_requests, "request is", "requests are");
            self.paragraph("  ", &format!("{text} signed or ordered again though no Certificate needs it."))?;
        }
        if let Some(until) = &plan.restorable_until {
            let text = format!("Until {} a restore re-issues nothing; {} is first.", until.time, until.first);
            self.paragraph("  ", &text)?;
        }
        self.ages(plan)?;
        self.alternatives(plan)?;
        self.remaining(plan)?;
        if plan.commands.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Commands of {}", one_line(&plan.name)))?;
        self.commands(&plan.commands)
    }

    fn ages(&mut self, plan: &Plan) -> io::Result<()> {
        if plan.ages.is_empty() {
            return Ok(());
        }
        let one = |age: &PlanAge| {
            let blocked =
                if age.blocked == 0 { String::new() } else { format!(" and {} blocked", thousands(age.blocked)) };
            format!("in {} days {} re-issued{blocked}", age.days, thousands(age.reissued))
        };
        let texts: Vec<String> = plan.ages.iter().map(one).collect();
        self.paragraph("  ", &format!("Carried out later: {}.", texts.join(", ").replace("in 0 days", "now")))
    }

    fn alternatives(&mut self, plan: &Plan) -> io::Result<()> {
        if plan.alternatives.is_empty() {
            return Ok(());
        }
        self.heading("Plans compared, the least damage first")?;
        let values = |row: &PlanAlternative| {
            [row.reissued, row.blocked, row.lost, row.unknown, row.orphaned, row.drift, row.ca_calls].map(thousands)
        };
        const HEADER: [&str; 7] = ["re-issued", "blocked", "lost", "unknown", "orphaned", "drift", "CA calls"];
        let name = plan.alternatives.iter().map(|row| columns(&one_line(&row.name))).max().unwrap_or_default();
        if self.width.is_some_and(|width| width < name + 2 + HEADER.len() * 11) {
            for row in &plan.alternatives {
                let pairs: Vec<String> =
                    HEADER.iter().zip(values(row)).map(|(header, n)| format!("{header} {n}")).collect();
                self.paragraph("  ", &format!("{}: {}", row.name, pairs.join(", ")))?;
            }
            return Ok(());
        }
        let mut line = " ".repeat(name + 2);
        HEADER.iter().for_each(|column| line.push_str(&format!("  {column:>9}")));
        writeln!(self.out, "{line}")?;
        for row in &plan.alternatives {
            let label = one_line(&row.name);
            let mut line = format!("  {label}{}", " ".repeat(name.saturating_sub(columns(&label))));
            values(row).iter().for_each(|value| line.push_str(&format!("  {value:>9}")));
            writeln!(self.out, "{line}")?;
        }
        let hint = "--show-plan prints a plan as a document to edit; with --suggest it prints the first of these.";
        self.paragraph("  ", hint)
    }

    fn remaining(&mut self, plan: &Plan) -> io::Result<()> {
        let Some(groups) = remaining(plan, LEFT_SHOWN) else { return Ok(()) };
        self.heading(&format!("What {} does not avoid, and why", one_line(&plan.name)))?;
        if groups.is_empty() {
            self.paragraph("  ", NOTHING)?;
        }
        for group in groups {
            self.paragraph("  ", &group.heading)?;
            for left in &group.shown {
                self.paragraph("    · ", &format!("{} ({}): {}", left.name, left.harm, left.text))?;
            }
            if group.more > 0 {
                self.paragraph("      ", &format!("and {} more", thousands(group.more)))?;
            }
        }
        Ok(())
    }

    pub(super) fn commands(&mut self, commands: &[PlanCommand]) -> io::Result<()> {
        for command in commands {
            self.paragraph("  → ", &format!("{} [{}]", command.text, effect(command.effect)))?;
            writeln!(self.out, "      {}", one_line(&command.command))?;
        }
        Ok(())
    }
}
