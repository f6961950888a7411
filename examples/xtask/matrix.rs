//! `cargo xtask matrix`: many releases one after another, with a record of the results.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;

use crate::command::folder;
use crate::compare::Comparison;
use crate::conformance::results::{FILE, Results, Row, write_table};
use crate::generator::Generator;
use crate::oracle::root;
use crate::releases::{RELEASES, Role};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these releases (may be repeated).
    #[arg(long)]
    release: Vec<String>,
    /// Cases for the newest patch release of each minor.
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// Cases for the releases beside a change between patch releases.
    #[arg(long, default_value_t = 20_000)]
    boundary_cases: u64,
    /// Another seed gives other cases; the number of the release is added to it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Forgets the results of the named releases and starts them anew, as after a change of the engine.
    #[arg(long)]
    again: bool,
    /// Only writes the table in docs/conformance.md anew.
    #[arg(long)]
    table: bool,
}

/// Cases between two lines of the record; a run that was stopped goes on behind the last one.
const STEP: u64 = 10_000;

/// Runs what the record does not hold yet.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut divergences = 0;
    if !arguments.table {
        for (number, compared) in (0..).zip(RELEASES) {
            let named = arguments.release.iter().any(|name| name == compared.name);
            if arguments.release.is_empty() || named {
                let cases = match compared.role {
                    Role::Newest => arguments.cases,
                    Role::Boundary => arguments.boundary_cases,
                };
                divergences += one(compared.name, cases, arguments.seed + number, arguments.again && named)?;
            }
        }
    }
    write_table(&root())?;
    Ok(if divergences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a release to the end and gives back how many cases diverge.
fn one(name: &str, cases: u64, seed: u64, again: bool) -> Result<u64> {
    let mut results = Results::load(&root())?;
    if again {
        results.forget(name);
        results.save(&root())?;
    }
    let mut first = results.reached(name, seed);
    if first >= cases {
        return Ok(results.divergences(name));
    }
    let generator = Generator::new(seed, &[])?;
    let mut comparison = Comparison::start(name, None)?;
    let mut out = std::io::stdout().lock();
    while first < cases {
        let end = cases.min(first + STEP);
        let groups = comparison.run(&generator, first..end)?;
        let row = Row {
            date: today(),
            release: name.to_owned(),
            go: comparison.go.to_string(),
            seed,
            first,
            cases: end - first,
            divergences: groups.divergences(),
            excepted: groups.excepted(),
            tails: groups.tails(),
        };
        writeln!(out, "{row}")?;
        if row.divergences > 0 {
            groups.report(&mut out, &mut comparison, false, &folder("target/conformance".as_ref(), name))?;
        }
        // Read again, as other releases may be under way.
        let mut results = Results::load(&root())?;
        results.rows.push(row);
        results.save(&root())?;
        first = end;
    }
    writeln!(out, "{name} done, recorded in {FILE}")?;
    Ok(Results::load(&root())?.divergences(name))
}

fn today() -> String {
    jiff::Zoned::now().date().to_string()
}
