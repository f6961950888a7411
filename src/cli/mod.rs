//! The command line: arguments, one file per command, exit codes.

mod args;
mod audit;
mod docs;
mod exit;
mod explain;
mod file;
mod output;
mod plan;
mod progress;
mod reasons;
mod settings;
mod shared;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use args::{Arguments, Command};
use exit::Exit;
use settings::Settings;

/// Parses, runs, and turns the outcome into an exit code (design 3).
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
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
    match run(&mut parsed) {
        Ok(exit) => exit.into(),
        Err(error) => exit::report_error(&error).into(),
    }
}

fn run(parsed: &mut Arguments) -> anyhow::Result<Exit> {
    let Arguments { command, shared } = parsed;
    if !matches!(command, Command::Rules | Command::Explain { .. }) {
        shared.settings = Settings::read(shared)?;
    }
    match command {
        Command::Audit(arguments) => audit::run(arguments, shared),
        Command::Plan(arguments) => plan::run(arguments, shared),
        Command::Verify(arguments) => verify::run(arguments, shared),
        Command::Rules => docs::rules(),
        Command::Explain { id } => explain::explain(id),
    }
}
