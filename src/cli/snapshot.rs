//! `snapshot`: a picture of the input without anything secret in it.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Context as _;

use super::args::{Shared, SnapshotArguments};
use super::exit::{Exit, UsageError};
use super::shared::{read_with, warn};
use crate::coverage::{Coverage, Impact};
use crate::object::decode::Texts;
use crate::snapshot::{Written, write};
use crate::source::Loaded;

/// Problems that are listed one by one.
const LISTED: usize = 20;

/// Reads, and writes down what was read.
pub(super) fn run(arguments: &SnapshotArguments, shared: &Shared) -> anyhow::Result<Exit> {
    let loaded = read_with(&arguments.sources, shared, Texts::Keep);
    let coverage = &loaded.world.coverage;
    tell_problems(coverage);
    if loaded.world.iter().next().is_none() && loaded.world.broken().next().is_none() {
        warn("no object was read: no snapshot was written");
        return Ok(Exit::NothingRead);
    }
    let written = write_to(&loaded, &arguments.output)?;
    tell(&written, arguments, shared);
    Ok(if loaded.world.certificates().next().is_none() {
        warn("no Certificate was read");
        Exit::NothingRead
    } else if shared.strict && !coverage.is_whole() {
        Exit::Partial
    } else {
        Exit::Success
    })
}

fn write_to(loaded: &Loaded, path: &Path) -> anyhow::Result<Written> {
    if path == Path::new("-") {
        let stdout = io::stdout();
        if stdout.is_terminal() {
            let text = "a snapshot is compressed and not for a terminal: name a file, or pipe it on";
            return Err(UsageError(text.to_owned()).into());
        }
        let mut out = BufWriter::new(stdout.lock());
        let written = write(loaded, &mut out)?;
        out.flush()?;
        return Ok(written);
    }
    let what = || format!("cannot write {}", path.display());
    let mut out = BufWriter::new(File::create(path).with_context(what)?);
    let written = write(loaded, &mut out).with_context(what)?;
    out.flush().with_context(what)?;
    Ok(written)
}

fn tell_problems(coverage: &Coverage) {
    let missing = || {
        let problems = coverage.inputs.iter().flat_map(|input| &input.problems);
        problems.filter(|problem| problem.impact == Impact::Missing)
    };
    for problem in missing().take(LISTED) {
        let object = problem.object.as_ref().map(|object| format!(", {object}")).unwrap_or_default();
        warn(&format!("{}{object}: {}", problem.location, problem.message));
    }
    if let more @ 1.. = missing().count().saturating_sub(LISTED) {
        warn(&format!("{more} more problems; all of them stand in the snapshot"));
    }
}

#[allow(clippy::print_stderr, reason = "summaries belong there")]
fn tell(written: &Written, arguments: &SnapshotArguments, shared: &Shared) {
    if shared.quiet {
        return;
    }
    let Written { objects, keys } = written;
    let (path, are) = (arguments.output.display(), if *keys == 1 { "key is" } else { "keys are" });
    anstream::eprintln!(
        "{objects} objects written to {path}; {keys} private {are} described there, and none is in it."
    );
}
