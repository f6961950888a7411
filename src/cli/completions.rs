//! What shells and kubectl complete, from the definition of the arguments.

use std::ffi::OsString;
use std::io::Write as _;

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use clap_complete::Shell;

use super::args::Arguments;
use super::exit::Exit;

/// The name by which kubectl finds who completes `kubectl reissue-audit` (kubectl
/// `staging/src/k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go`).
const HELPER: &str = "kubectl_complete-reissue_audit";

/// Cobra's `ShellCompDirectiveDefault` and `ShellCompDirectiveNoFileComp` (spf13/cobra `completions.go`).
const FILES: &str = ":0";
const NO_FILES: &str = ":4";

/// Prints the script that a shell loads.
pub(super) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    // A script is one write, so that a reader that goes away is met here.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "reissue-audit", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Success)
}

/// Whether kubectl asks for completions.
pub(super) fn is_asked(program: Option<&OsString>) -> bool {
    let name = program.and_then(|path| std::path::Path::new(path).file_stem()?.to_str());
    name == Some(HELPER)
}

/// Answers kubectl: what could stand for the last of `words`, as cobra's `__complete` prints it.
pub(super) fn answer(words: &[OsString]) -> anyhow::Result<Exit> {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (last, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
    let (found, directive) = candidates(&mut Arguments::command(), before, last);
    let mut out = std::io::stdout().lock();
    for (value, help) in found {
        writeln!(out, "{value}\t{help}")?;
    }
    writeln!(out, "{directive}")?;
    Ok(Exit::Success)
}

/// What begins like `last` behind the words `before`, and whether files may stand there as well.
fn candidates(root: &mut Command, before: &[String], last: &str) -> (Vec<(String, String)>, &'static str) {
    root.build();
    let mut command: &Command = root;
    let mut expects: Option<&Arg> = None;
    for word in before {
        if expects.take().is_some() {
            continue;
        }
        if word.starts_with('-') {
            expects = command.get_arguments().find(|arg| takes_next(arg, word));
        } else if let Some(sub) = command.find_subcommand(word) {
            command = sub;
        }
    }
    let begins = |(value, _): &(String, String)| value.starts_with(last);
    if let Some(arg) = expects {
        let values: Vec<_> = values_of(arg).filter(begins).collect();
        let directive = if values.is_empty() { FILES } else { NO_FILES };
        return (values, directive);
    }
    if last.starts_with('-') {
        let flags = command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(|arg| {
            Some((format!("--{}", arg.get_long()?), arg.get_help().map(ToString::to_string).unwrap_or_default()))
        });
        return (flags.filter(begins).collect(), NO_FILES);
    }
    if command.has_subcommands() {
        let about = |sub: &Command| sub.get_about().map(ToString::to_string).unwrap_or_default();
        let subs = command
            .get_subcommands()
            .filter(|sub| !sub.is_hide_set())
            .map(|sub| (sub.get_name().to_owned(), about(sub)));
        return (subs.filter(begins).collect(), NO_FILES);
    }
    let values: Vec<_> = command.get_positionals().flat_map(values_of).filter(begins).collect();
    let directive = if command.get_positionals().next().is_some() && values.is_empty() { FILES } else { NO_FILES };
    (values, directive)
}

/// Whether a flag that was typed so takes the next word as its value.
fn takes_next(arg: &Arg, word: &str) -> bool {
    let named = word.strip_prefix("--").map_or_else(
        || word.strip_prefix('-').is_some_and(|short| short.chars().last() == arg.get_short()),
        |long| Some(long) == arg.get_long(),
    );
    named && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

fn values_of(arg: &Arg) -> impl Iterator<Item = (String, String)> {
    let help = |value: &clap::builder::PossibleValue| value.get_help().map(ToString::to_string).unwrap_or_default();
    arg.get_possible_values().into_iter().map(move |value| (value.get_name().to_owned(), help(&value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words typed before, the beginning of the next, what is offered, and the directive.
    type Row = (&'static [&'static str], &'static str, &'static [&'static str], &'static str);

    const ROWS: [Row; 9] = [
        (&[], "au", &["audit"], NO_FILES),
        (&[], "zz", &[], NO_FILES),
        (&["audit"], "de", &[], FILES),
        (&["audit"], "--cert", &["--cert-manager"], NO_FILES),
        (&["--quiet", "plan"], "--pre", &["--preset"], NO_FILES),
        (&["audit", "--color"], "a", &["auto", "always"], NO_FILES),
        (&["audit", "--report"], "json:", &[], FILES),
        (&["completions"], "z", &["zsh"], NO_FILES),
        (&["audit", "--color=never", "demo"], "--str", &["--strict"], NO_FILES),
    ];

    #[test]
    fn kubectl_gets_what_can_stand_there() {
        for (before, last, offered, directive) in ROWS {
            let before: Vec<String> = before.iter().map(|word| (*word).to_owned()).collect();
            let (found, said) = candidates(&mut Arguments::command(), &before, last);
            let found: Vec<_> = found.iter().map(|(value, _)| value.as_str()).collect();
            assert_eq!((found.as_slice(), said), (offered, directive), "{before:?} {last}");
        }
    }
}
