//! The configuration and the baseline of a run, read before anything else.

use std::path::Path;

use super::args::{FailOn, Shared};
use super::exit::UsageError;
use super::shared::warn;
use crate::baseline::{self, Baseline};
use crate::config::{self, Config};
use crate::object::{Kind, NamespacedName};
use crate::report::model::{ObjectId, Report};
use crate::world::World;

/// What a run brings besides its arguments.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// The configuration; the default without a file.
    pub config: Config,
    baseline: Option<Baseline>,
}

impl Settings {
    /// Reads what the arguments name, and the configuration of the current directory if they name none.
    pub(super) fn read(shared: &Shared) -> Result<Self, UsageError> {
        let wrong = |error: &dyn std::error::Error| UsageError(error.to_string());
        let here = Path::new(config::FILE);
        let file = shared.config.as_deref().or_else(|| here.is_file().then_some(here));
        let config = file.map(config::read).transpose().map_err(|error| wrong(&error))?;
        let baseline = shared.baseline.as_deref().map(baseline::read).transpose().map_err(|error| wrong(&error))?;
        if baseline.is_none() && shared.fail_on.iter().any(|wanted| matches!(wanted, FailOn::New(_))) {
            return Err(UsageError("--fail-on new:SEVERITY needs a --baseline to tell what is new".to_owned()));
        }
        Ok(Self { config: config.unwrap_or_default(), baseline })
    }

    /// Applies the configuration to a report, and then compares it with the baseline.
    pub(super) fn apply(&self, report: &mut Report, worlds: &[&World]) {
        let labelled = |about: &ObjectId, key: &str, value: &str| {
            let kind = Kind::named(&about.kind);
            let at = NamespacedName::new(about.namespace.clone(), about.name.clone());
            let object = kind.and_then(|kind| worlds.iter().find_map(|world| world.get(kind, &at)));
            object.is_some_and(|object| object.metadata().labels.get(key) == Some(value))
        };
        if !self.config.file.is_empty() {
            for note in config::apply(report, &self.config, &labelled) {
                warn(&format!("{}, {note}", self.config.file));
            }
        }
        if let Some(baseline) = &self.baseline {
            baseline::compare(report, baseline);
            tell(report);
        }
    }
}

/// Says on stderr what could not be compared, as `--fail-on new:` passes it by.
fn tell(report: &Report) {
    let Some(baseline) = report.baseline.as_ref().filter(|baseline| baseline.not_comparable > 0) else { return };
    let notes = baseline.notes.join(" ");
    warn(&format!("{} findings cannot be compared with the baseline. {notes}", baseline.not_comparable));
}
