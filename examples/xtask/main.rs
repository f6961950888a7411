//! Tasks around the comparison with cert-manager itself (`tests/oracle`).
//!
//! ```text
//! cargo xtask conformance --release v1.21.2 --cases 10000 --seed 1    # fresh random cases
//! cargo xtask matrix --cases 100000                                   # the same for many releases, with a record
//! cargo xtask upgrades --way v1.17.4..v1.18.6                         # which Certificates an upgrade changes
//! cargo xtask corpus                                                  # the committed cases and answers
//! cargo xtask speed --release v1.21.2                                 # cases per second of both sides
//! ```
//!
//! The same seed gives the same cases on every machine.

mod command;
mod compare;
#[path = "../shared/conformance/mod.rs"]
#[allow(dead_code, reason = "shared with tests/conformance.rs")]
mod conformance;
mod corpus;
mod generator;
mod groups;
mod matrix;
mod minimise;
mod oracle;
mod releases;
mod speed;
mod upgrades;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Compares the engine with cert-manager on fresh random cases; exits with 1 when there is a divergence.
    Conformance(command::Arguments),
    /// Compares with many releases and writes down the results.
    Matrix(matrix::Arguments),
    /// Chooses the committed cases anew and asks the releases about them.
    Corpus(corpus::Arguments),
    /// Compares what `upgrade` tells with what the controllers of both releases do.
    Upgrades(upgrades::Arguments),
    /// Measures both sides on the same cases.
    Speed(speed::Arguments),
}

fn main() -> Result<ExitCode> {
    let done = match Task::parse() {
        Task::Conformance(arguments) => return command::run(&arguments),
        Task::Matrix(arguments) => return matrix::run(&arguments),
        Task::Upgrades(arguments) => return upgrades::run(&arguments),
        Task::Corpus(arguments) => corpus::run(&arguments),
        Task::Speed(arguments) => speed::run(&arguments),
    };
    done.map(|()| ExitCode::SUCCESS)
}
