//! Renewals on a terminal.

use std::io::{self, Write};

use super::Page;
use crate::report::model::{RenewalWave, Report};
use crate::report::wording::{count, thousands};

/// So many of each list are shown; the commands name them all.
const SHOWN: usize = 20;

impl<W: Write> Page<'_, W> {
    pub(super) fn renewals(&mut self, report: &Report) -> io::Result<()> {
        let Some(renewals) = &report.renewals else { return Ok(()) };
        self.heading("Renewals")?;
        if renewals.waves.is_empty() {
            let nothing = if report.coverage.complete { "Nothing has" } else { "Of what could be judged, nothing has" };
            self.paragraph("  ", &format!("{nothing} to be renewed by hand."))?;
        }
        for wave in &renewals.waves {
            self.wave(wave)?;
        }
        if !renewals.not_now.is_empty() {
            self.paragraph("  ", "Not now:")?;
        }
        for held in renewals.not_now.iter().take(SHOWN) {
            self.paragraph("    · ", &format!("{}/{}: {}", held.namespace, held.name, held.why))?;
        }
        self.rest(renewals.not_now.len())?;
        if !renewals.perhaps.is_empty() {
            self.paragraph("  ", "Perhaps, unless the issuer changes these fields itself:")?;
        }
        for entry in renewals.perhaps.iter().take(SHOWN) {
            self.paragraph("    · ", &format!("{}/{}: {}", entry.namespace, entry.name, entry.fields.join(", ")))?;
        }
        self.rest(renewals.perhaps.len())
    }

    fn wave(&mut self, wave: &RenewalWave) -> io::Result<()> {
        let keys = count(wave.keys_rotate, "private key changes", "private keys change");
        let calls = count(wave.ca_calls, "issuance", "issuances");
        self.paragraph(&format!("  {}. ", wave.index), &format!("{} {calls}, {keys}.", wave.why))?;
        for entry in wave.certificates.iter().take(SHOWN) {
            let why: Vec<&str> = entry.reasons.iter().map(|reason| &*reason.text).collect();
            let text = format!("{}/{}: {} Key {}.", entry.namespace, entry.name, why.join(" "), entry.key);
            self.paragraph("     · ", &text)?;
        }
        self.rest(wave.certificates.len())?;
        self.commands(&wave.commands)
    }

    fn rest(&mut self, of: usize) -> io::Result<()> {
        match of.saturating_sub(SHOWN) {
            0 => Ok(()),
            more => self.paragraph("       ", &format!("and {} more", thousands(more))),
        }
    }
}
