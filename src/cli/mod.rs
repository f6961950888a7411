//! The command line: arguments, one file per command, exit codes.

mod args;
mod audit;
mod completions;
mod docs;
mod exit;
mod explain;
mod file;
mod man;
mod output;
mod plan;
mod progress;
mod reasons;
mod renewals;
mod settings;
mod shared;
mod snapshot;
mod upgrade;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use args::{Arguments, Command, Shared};
use exit::{Exit, UsageError};
use settings::Settings;

use crate::source::SourceSpec;

/// Parses, runs, and turns the outcome into an exit code (design 3).
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if completions::is_asked(arguments.first()) {
        return end(completions::answer(arguments.get(1..).unwrap_or_default()));
    }
    let parsed = Arguments::command()
        .bin_name(args::called_as(arguments.first()))
        .try_get_matches_from(&arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let mut parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // clap's own text; help and version are a success.
            let failed = error.use_stderr();
            let printed = error.print();
            return if failed || printed.is_err() { Exit::Usage.into() } else { Exit::Success.into() };
        }
    };
    output::set_up(&parsed.shared);
    end(run(&mut parsed))
}

fn end(outcome: anyhow::Result<Exit>) -> ExitCode {
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => exit::report_error(&error).into(),
    }
}

/// Files are read whole: whoever asks for a part of one must not get an answer about all of it.
fn refuse_parts_of_files(command: &Command, shared: &Shared) -> anyhow::Result<()> {
    let sources = command.sources();
    let reads_files = !sources.is_empty() && !sources.contains(&&SourceSpec::Live);
    match shared.live.narrows().filter(|_| reads_files) {
        None => Ok(()),
        Some(flag) => {
            Err(UsageError(format!("{flag} is a flag of the source live: other sources are read whole")).into())
        }
    }
}

fn run(parsed: &mut Arguments) -> anyhow::Result<Exit> {
    let Arguments { command, shared } = parsed;
    refuse_parts_of_files(command, shared)?;
    let reports = !matches!(
        command,
        Command::Snapshot(_)
            | Command::Rules
            | Command::Explain { .. }
            | Command::Completions { .. }
            | Command::Man { .. }
    );
    // `verify` quotes them, also from a snapshot that was made before.
    shared.live.events = matches!(command, Command::Verify(_) | Command::Snapshot(_));
    if reports {
        shared.settings = Settings::read(shared)?;
    }
    match command {
        Command::Audit(arguments) => audit::run(arguments, shared),
        Command::Plan(arguments) => plan::run(arguments, shared),
        Command::Upgrade(arguments) => upgrade::run(arguments, shared),
        Command::Verify(arguments) => verify::run(arguments, shared),
        Command::Renewals(arguments) => renewals::run(arguments, shared),
        Command::Snapshot(arguments) => snapshot::run(arguments, shared),
        Command::Rules => docs::rules(),
        Command::Explain { id } => explain::explain(id),
        Command::Completions { shell } => completions::completions(*shell),
        Command::Man { command } => man::man(command.as_deref()),
    }
}
