//! Makes a backup as Velero 1.18 writes it, of a cluster as large as wanted: for benchmarks, and to try things out.
//!
//! ```text
//! cargo run --release --example generate-load -- --certificates 20000 --out load.tar.gz
//! ```
//!
//! Half of the keys are P-256, half RSA-2048. Keys come from a pool, as RSA keys are slow to make;
//! every Certificate has a certificate of its own. `openssl` makes the RSA keys, since ring cannot.

mod objects;
mod pool;
mod tarball;

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use reissue_audit::time::Time;

use crate::objects::Cluster;
use crate::pool::Pool;
use crate::tarball::Tarball;

/// How many Certificates are made, kept and written at a time.
const BATCH: u32 = 2_000;

/// Generates a Velero backup with many Certificates.
#[derive(Parser)]
struct Arguments {
    /// How many Certificates; each has a Secret and a CertificateRequest.
    #[arg(long, default_value_t = 20_000)]
    certificates: u32,
    /// How many namespaces they are spread over.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    namespaces: u32,
    /// File to write.
    #[arg(long)]
    out: PathBuf,
    /// Another seed gives other names, times and serial numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the backup was taken; no certificate is due within a week of it.
    #[arg(long, default_value = "2026-11-20T09:00:00Z")]
    now: String,
    /// Put the signed certificate into the requests, too. Nothing that decides stands there, and without it an object
    /// is as large as in common backups, 3 to 4 KB.
    #[arg(long)]
    full_requests: bool,
    /// How many keys of each kind.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pool: u32,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let now = Time::parse(&arguments.now)?;
    let cluster = Cluster::new(Pool::fill(arguments.pool)?, arguments.seed, arguments.namespaces, now)?;
    let file = File::create(&arguments.out).with_context(|| format!("cannot write {}", arguments.out.display()))?;
    let mut tarball = Tarball::start(file, now)?;
    for entry in cluster.surroundings() {
        tarball.append(&entry)?;
    }
    // A backup holds one kind after the other: what a later kind repeats of an earlier one is kept as DER.
    let mut leaves = Vec::new();
    for start in (0..arguments.certificates).step_by(BATCH as usize) {
        let batch = start..arguments.certificates.min(start.saturating_add(BATCH));
        let made = cluster.leaves(batch.clone())?;
        tarball.append_all(&cluster.secrets(batch, &made))?;
        if arguments.full_requests {
            leaves.extend(made);
        }
    }
    for start in (0..arguments.certificates).step_by(BATCH as usize) {
        let batch = start..arguments.certificates.min(start.saturating_add(BATCH));
        tarball.append_all(&cluster.requests(batch, &leaves)?)?;
    }
    for start in (0..arguments.certificates).step_by(BATCH as usize) {
        let batch = start..arguments.certificates.min(start.saturating_add(BATCH));
        tarball.append_all(&cluster.certificates(batch))?;
    }
    tarball.finish()
}
