//! Manual pages, from the definition of the arguments.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::args::Arguments;
use super::exit::{Exit, UsageError};

/// Prints the page of the program, or of one of its commands.
pub(super) fn man(name: Option<&str>) -> anyhow::Result<Exit> {
    let mut root = Arguments::command();
    root.build();
    let page = match name {
        None => root,
        Some(name) => match root.find_subcommand(name) {
            // The page bears both names, as those of git do.
            Some(command) => command.clone().name(format!("reissue-audit-{name}")),
            None => return Err(UsageError(format!("there is no command {name:?}")).into()),
        },
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    std::io::stdout().lock().write_all(&text)?;
    Ok(Exit::Success)
}
