//! `cargo xtask speed`: cases per second of both sides, on one thread each, on the same cases in the same run.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use reissue_audit::release::find_text;

use crate::conformance::engine::decide;
use crate::conformance::question::Question;
use crate::generator::Generator;
use crate::oracle::Oracle;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The release.
    #[arg(long)]
    release: String,
    /// How many cases.
    #[arg(long, default_value_t = 5_000)]
    cases: u64,
    /// Another seed gives other cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The oracle's binary, best built with `REISSUE_AUDIT_ORACLE_OPTIMISE=1`; the default is to let its build script make it.
    #[arg(long)]
    oracle: Option<PathBuf>,
}

/// Measures, one side after the other.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let generator = Generator::new(arguments.seed, &[])?;
    let questions: Vec<Question> = (0..arguments.cases).map(|number| generator.case(number)).collect();
    let program = arguments.oracle.clone().map_or_else(|| Oracle::build(&arguments.release), Ok)?;
    let mut release = find_text(&arguments.release)?.release;
    release.decoder.go.toolchain = Oracle::toolchain(&program)?;
    let theirs = theirs(&program, &questions)?;
    let lists: Vec<Vec<u8>> = questions.iter().map(Question::list).collect();
    let start = Instant::now();
    let violated = questions.iter().zip(&lists).filter(|(question, list)| decide(question, list, &release)).count();
    let ours = start.elapsed();
    let each = |spent: Duration| arguments.cases as f64 / spent.as_secs_f64();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}, {} cases, seed {}, one thread: cert-manager {:.0} cases/s (trigger and readiness controller, objects decoded \
         before), reissue-audit {:.0} cases/s (from JSON to the decision; {violated} are reissued)",
        arguments.release,
        arguments.cases,
        arguments.seed,
        each(theirs),
        each(ours)
    )?;
    Ok(())
}

fn theirs(program: &std::path::Path, questions: &[Question]) -> Result<Duration> {
    let mut oracle = Oracle::start(program, &["-time"])?;
    let lines: Vec<String> = questions.iter().map(|question| question.line().to_string()).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (answers, ()) = oracle.ask(&lines, || ())?;
    let spent = answers.iter().map(|answer| answer["nanoseconds"].as_u64().unwrap_or_default()).sum();
    (spent > 0).then(|| Duration::from_nanos(spent)).context("the oracle measured nothing")
}
