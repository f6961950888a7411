//! An upgrade on a terminal.

use std::io::{self, Write};

use super::Page;
use crate::report::model::{Report, UpgradeOrder};
use crate::report::text::one_line;
use crate::report::upgrade::order_words;
use crate::report::view::object;
use crate::report::wording::{count, list, thousands};

/// So many Certificates at risk are named.
const SHOWN: usize = 5;

impl<W: Write> Page<'_, W> {
    pub(super) fn upgrade(&mut self, report: &Report) -> io::Result<()> {
        let Some(upgrade) = &report.upgrade else { return Ok(()) };
        self.heading(&format!("Upgrade {} to {}", one_line(&upgrade.from), one_line(&upgrade.to)))?;
        for cause in &upgrade.causes {
            let certificates = count(cause.certificates, "certificate", "certificates");
            self.paragraph("  · ", &format!("{certificates}, since {}: {}", cause.cause.since, cause.cause.text))?;
        }
        for step in &upgrade.steps {
            self.paragraph(&format!("  {}. ", step.index), &format!("{}: {}", step.version, step.why))?;
            self.paragraph("     ", &format!("{} there.", effects(step.reissued, step.blocked, 0)))?;
            self.commands(&step.commands)?;
        }
        for order in &upgrade.orders {
            self.order(order)?;
        }
        Ok(())
    }

    fn order(&mut self, order: &UpgradeOrder) -> io::Result<()> {
        let recommended = if order.recommended { " (recommended)" } else { "" };
        self.paragraph("  ", &format!("{}{recommended}:", order_words(order.name)))?;
        for phase in &order.phases {
            let done = effects(phase.reissued, phase.blocked, phase.at_risk.len());
            self.paragraph("    · ", &format!("{} {done}.", phase.text))?;
            if phase.at_risk.is_empty() {
                continue;
            }
            let mut names: Vec<String> = phase.at_risk.iter().take(SHOWN).map(object).collect();
            if let more @ 1.. = phase.at_risk.len().saturating_sub(SHOWN) {
                names.push(format!("{} more", thousands(more)));
            }
            self.paragraph("      ", &format!("At risk while objects are seen through both CRDs: {}.", list(&names)))?;
        }
        Ok(())
    }
}

/// `2 certificates are newly re-issued and 1 is at risk`.
fn effects(reissued: usize, blocked: usize, at_risk: usize) -> String {
    let parts: Vec<String> = [(reissued, "newly re-issued"), (blocked, "newly blocked"), (at_risk, "at risk")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", count(n, "certificate", "certificates")))
        .collect();
    if parts.is_empty() { "Nothing newly re-issued or blocked".to_owned() } else { list(&parts) }
}
