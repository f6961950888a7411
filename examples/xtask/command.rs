//! `cargo xtask conformance`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use jiff::civil::{Date, date};

use crate::compare::Comparison;
use crate::generator::Generator;
use crate::releases::of_day;

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The releases to compare with (may be repeated).
    #[arg(long)]
    release: Vec<String>,
    /// The newest release and two others, which change from day to day, with a seed of the day.
    #[arg(long)]
    of_the_day: bool,
    /// How many cases.
    #[arg(long, default_value_t = 1000)]
    cases: u64,
    /// Another seed gives other cases; 1, or the date.
    #[arg(long)]
    seed: Option<u64>,
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
    let today = jiff::Zoned::now().date();
    let mut releases = arguments.release.clone();
    if arguments.of_the_day {
        releases.extend(of_day(day(today)).into_iter().map(ToOwned::to_owned));
    }
    ensure!(!releases.is_empty(), "no --release, and not --of-the-day");
    let of_day = i64::from(today.year()) * 10_000 + i64::from(today.month()) * 100 + i64::from(today.day());
    let seed = arguments.seed.unwrap_or(if arguments.of_the_day { of_day.unsigned_abs() } else { 1 });
    let mut divergences = 0;
    for release in &releases {
        divergences += one(arguments, release, seed)?;
    }
    Ok(if divergences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares with one release and gives back how many cases diverge.
fn one(arguments: &Arguments, release: &str, seed: u64) -> Result<u64> {
    let generator = Generator::new(seed, &arguments.only)?;
    let mut comparison = Comparison::start(release, arguments.oracle.as_deref())?;
    let groups = comparison.run(&generator, arguments.first..arguments.first + arguments.cases)?;
    let mut out = std::io::stdout().lock();
    let (go, cases, first) = (comparison.go, arguments.cases, arguments.first);
    writeln!(out, "{release} built with {go}: {cases} cases, seed {seed}, from case {first}")?;
    groups.report(&mut out, &mut comparison, arguments.tails, &folder(&arguments.save, release))?;
    Ok(groups.divergences())
}

/// A number that grows by one each day.
fn day(today: Date) -> usize {
    let since = today.since(date(2026, 1, 1)).map_or(0, |span| span.get_days());
    since.unsigned_abs() as usize
}

/// Where the smallest cases of a release go.
pub(crate) fn folder(save: &Path, release: &str) -> PathBuf {
    save.join(release)
}
