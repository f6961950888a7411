//! `plan --list-presets`.

use std::io::Write as _;

use crate::cli::exit::Exit;
use crate::plan::{PRESETS, Preset};
use crate::report::wrap;

/// Explains every preset.
pub(super) fn list() -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    for preset in PRESETS {
        writeln!(out, "{}: {}\n", preset.name, preset.summary)?;
        for line in wrap(preset.explanation, 96) {
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "\n  Stands for")?;
        for command in preset.commands {
            writeln!(out, "    {command}")?;
        }
        for default in preset.defaults {
            writeln!(out, "  Default: {default}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "Defaults of every preset, changeable in the plan document (--show-plan prints it):\n")?;
    for default in Preset::DEFAULTS {
        writeln!(out, "  {default}")?;
    }
    Ok(Exit::Success)
}
