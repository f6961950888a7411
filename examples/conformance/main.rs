//! Compares the engine with cert-manager itself: seeded random cases go to the oracle (`tests/oracle`) and to the library, and
//! whatever they do not agree on is reported with its smallest case.
//!
//! ```text
//! cargo run --example conformance -- --release v1.21.2 --cases 10000 --seed 1
//! ```
//!
//! The same seed gives the same cases on every machine. Exits with 1 when there is a divergence.

mod case;
mod der;
mod facets;
mod groups;
mod in_extensions;
mod in_keys;
mod in_names;
mod in_objects;
mod in_pem;
mod in_renewal;
mod in_request;
mod in_status;
mod in_subject;
mod keys;
mod literal;
mod mutation;
mod oracle;
mod payloads;
mod pem;
mod pki;
mod random;
mod shape;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use rayon::prelude::*;
use reissue_audit::release::find_text;

use crate::case::Case;
use crate::groups::Groups;
use crate::keys::Key;
use crate::mutation::{ALL, Bench, Mutation, Stage};
use crate::oracle::Oracle;
use crate::random::Random;

/// Cases that are under way at once.
const BATCH: u64 = 500;

/// Compares the engine with cert-manager.
#[derive(Parser)]
struct Arguments {
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
    /// The oracle's binary; the default is where its build script puts it.
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

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut release = find_text(&arguments.release)?.release;
    let program = match &arguments.oracle {
        Some(path) => path.clone(),
        None => cache()?.join("oracle").join(&arguments.release).join("oracle"),
    };
    let wanted: Vec<&Mutation> = ALL
        .iter()
        .filter(|row| arguments.only.is_empty() || arguments.only.iter().any(|kind| kind == row.kind))
        .collect();
    ensure!(!wanted.is_empty(), "no mutation of that kind; there are: {}", ALL.map_names());
    let pool = keys::pool()?;
    release.decoder.go.toolchain = Oracle::toolchain(&program)?;
    let mut oracle = Oracle::start(&program)?;
    let mut groups = Groups::new(arguments.save.join(&arguments.release));
    let end = arguments.first + arguments.cases;
    let mut from = arguments.first;
    while from < end {
        let until = end.min(from + BATCH);
        let cases: Vec<Case> = (from..until).map(|number| generate(arguments.seed, number, &wanted, &pool)).collect();
        let each = 1 + payloads::LINES;
        let all = |case: &Case| {
            [case.line()].into_iter().chain(payloads::lines(case)).map(|line| line.to_string()).collect::<Vec<_>>()
        };
        let lines: Vec<String> = cases.iter().flat_map(all).collect();
        let judge = || cases.par_iter().map(|case| facets::engine(case, &release)).collect::<Vec<_>>();
        let (answers, actual) = oracle.ask(&lines, judge)?;
        for (((case, lines), answers), actual) in
            cases.iter().zip(lines.chunks(each)).zip(answers.chunks(each)).zip(&actual)
        {
            let mut expected = facets::oracle(&answers[0], case);
            expected.extend(payloads::oracle(&answers[1..]));
            groups.add(case, &lines[0], &expected, actual);
        }
        from = until;
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} built with {}: {} cases, seed {}, from case {}",
        arguments.release, release.decoder.go.toolchain, arguments.cases, arguments.seed, arguments.first
    )?;
    groups.report(&mut out, arguments.tails)?;
    Ok(if groups.divergences() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cache() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    Ok(cache.or_else(home).context("neither XDG_CACHE_HOME nor HOME is set")?.join("reissue-audit"))
}

trait Names {
    fn map_names(&self) -> String;
}

impl Names for [Mutation] {
    fn map_names(&self) -> String {
        self.iter().map(|row| row.kind).collect::<Vec<_>>().join(", ")
    }
}

/// The case of a number: a healthy Certificate with one to six mutations, seldom none.
fn generate(seed: u64, number: u64, wanted: &[&Mutation], pool: &[Key]) -> Case {
    let mut random = Random::of_case(seed, number);
    let mut case = shape::healthy(format!("{seed}-{number}"), pool, &mut random);
    let count = random.choose(&[0, 1, 1, 1, 1, 2, 2, 3, 4, 6]).max(usize::from(wanted.len() < 3));
    let mut chosen: Vec<&Mutation> = (0..count).map(|_| wanted[random.below(wanted.len())]).collect();
    chosen.sort_by_key(|row| row.stage);
    let mut done = 0;
    for stage in [Stage::Facts, Stage::Der, Stage::Pem, Stage::Objects] {
        match stage {
            Stage::Facts | Stage::Objects => {}
            Stage::Der => case.encode_der(),
            Stage::Pem => case.encode_pem(),
        }
        while let Some(row) = chosen.get(done).filter(|row| row.stage == stage) {
            case.kinds.push(row.kind);
            (row.apply)(&mut Bench { case: &mut case, random: &mut random, pool });
            done += 1;
        }
    }
    case
}
