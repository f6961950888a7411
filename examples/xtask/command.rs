//! `cargo xtask conformance`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::compare::Comparison;
use crate::generator::Generator;

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The release to compare with.
    #[arg(long)]
    release: String,
    /// How many cases.
    #[arg(long, default_value_t = 1000)]
    cases: u64,
    /// Another seed gives other cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first case.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// The oracle's binary; the default is to let its build script make it.
    #[arg(long)]
    oracle: Option<PathBuf>,
    /// Only mutations of this kind (may be repeated).
    #[arg(long)]
    only: Vec<String>,
    /// Folder for the smallest case of each divergence.
    #[arg(long, default_value = "target/conformance")]
    save: PathBuf,
    /// Lists differences in the tails of Go's messages, too.
    #[arg(long)]
    tails: bool,
}

/// Compares and reports.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let generator = Generator::new(arguments.seed, &arguments.only)?;
    let mut comparison = Comparison::start(&arguments.release, arguments.oracle.as_deref())?;
    let groups = comparison.run(&generator, arguments.first..arguments.first + arguments.cases)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} built with {}: {} cases, seed {}, from case {}",
        arguments.release, comparison.go, arguments.cases, arguments.seed, arguments.first
    )?;
    groups.report(&mut out, &mut comparison, arguments.tails, &folder(&arguments.save, &arguments.release))?;
    Ok(if groups.divergences() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where the smallest cases of a release go.
pub(crate) fn folder(save: &Path, release: &str) -> PathBuf {
    save.join(release)
}
