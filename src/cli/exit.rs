//! Exit codes (design 3, contract); the first that holds, in the order of the design.

use std::io::ErrorKind;
use std::process::ExitCode;

use anstream::eprintln;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0
    Success,
    /// 1: the tool failed.
    Failure,
    /// 2: wrong usage.
    Usage,
    /// 3: no Certificate was read.
    NothingRead,
    /// 4: coverage was partial, with `--strict`.
    Partial,
    /// 10: something matched `--fail-on`.
    Matched,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::NothingRead => 3,
            Exit::Partial => 4,
            Exit::Matched => 10,
        })
    }
}

/// A mistake in how the command was called.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub String);

/// Prints an error once and says how the run ends because of it. A reader that closed the pipe is no error.
#[allow(clippy::print_stderr, reason = "the one place where errors are printed")]
pub(super) fn report_error(error: &anyhow::Error) -> Exit {
    let broken_pipe = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == ErrorKind::BrokenPipe);
    if broken_pipe {
        return Exit::Success;
    }
    eprintln!("error: {error:#}");
    if error.downcast_ref::<UsageError>().is_some() { Exit::Usage } else { Exit::Failure }
}
