//! How long `audit` takes on a large Velero backup, compared with only unzipping it, and how much memory; and how long a plan
//! of two restores takes, compared with `audit`.
//!
//! ```text
//! cargo bench --bench audit_velero -- [--certificates 20000] [--rounds 5] [--tenfold]
//! ```
//!
//! Benchmarks are built as what is handed out is (profile `dist` in `Cargo.toml`).
//!
//! The backup is made once by the example `generate-load` and kept under `target/bench-data`. Each round unzips the file
//! and throws the bytes away, then runs the binary on it, so that both see the same machine. It is unzipped twice: by
//! `benches/gunzip`, which has flate2 with zlib-rs as anybody gets it and is the yardstick, and by flate2 as the product
//! has it, with runtime detection of what the processor can, which is faster.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use flate2::read::GzDecoder;

/// The instant of the generated backup.
const NOW: &str = "2026-11-20T09:00:00Z";

/// Peak memory allowed beside 4 KiB a Certificate.
const BASE_KIB: u64 = 60 * 1_000_000 / 1024;

/// Compares `audit` of a large Velero backup with unzipping it.
#[derive(Parser)]
struct Arguments {
    /// How many Certificates the backup holds.
    #[arg(long, default_value_t = 20_000)]
    certificates: u32,
    /// How often each measurement is taken.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Measure ten times the objects, too.
    #[arg(long)]
    tenfold: bool,
    /// Given by cargo when it runs benchmarks; without it, as in tests of all targets, nothing is measured.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one size of backup gave.
struct Measurement {
    yardstick: Vec<Duration>,
    unzip: Vec<Duration>,
    audit: Vec<Duration>,
    two_step: Vec<Duration>,
    peak_kib: Option<u64>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if !arguments.bench {
        return Ok(());
    }
    let once = measure(arguments.certificates, arguments.rounds)?;
    once.print(arguments.certificates);
    if arguments.tenfold {
        let certificates = arguments.certificates.saturating_mul(10);
        let tenfold = measure(certificates, arguments.rounds)?;
        tenfold.print(certificates);
        let factor = median(&tenfold.audit).as_secs_f64() / median(&once.audit).as_secs_f64();
        line(&format!("ten times the objects take {factor:.2} times as long (allowed: 11)"));
    }
    Ok(())
}

fn measure(certificates: u32, rounds: u32) -> Result<Measurement> {
    let backup = backup(certificates)?;
    let mut measurement = Measurement {
        yardstick: Vec::new(),
        unzip: Vec::new(),
        audit: Vec::new(),
        two_step: Vec::new(),
        peak_kib: None,
    };
    // The first reading fills the page cache and is not counted.
    unzip(&backup)?;
    gunzip(&backup)?;
    for _ in 0..rounds {
        measurement.yardstick.push(gunzip(&backup)?);
        measurement.unzip.push(unzip(&backup)?);
        let (took, peak) = run(&["audit"], &backup, certificates)?;
        measurement.audit.push(took);
        measurement.peak_kib = measurement.peak_kib.max(peak);
        let (took, _) = run(&["plan", "--preset", "velero-two-step", "--backup"], &backup, certificates)?;
        measurement.two_step.push(took);
    }
    Ok(measurement)
}

/// The generated backup; made anew when there is none of that size.
fn backup(certificates: u32) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("load-{certificates}.tar.gz"));
    if !path.exists() {
        // Written under another name first: a generator that is stopped must not leave half a backup behind.
        let partial = folder.join(format!("load-{certificates}.partial"));
        line(&format!("generating a backup of {certificates} Certificates"));
        let status = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["run", "--release", "--quiet", "--example", "generate-load", "--", "--now", NOW, "--certificates"])
            .arg(certificates.to_string())
            .arg("--out")
            .arg(&partial)
            .status()
            .context("cannot run cargo")?;
        ensure!(status.success(), "generate-load failed");
        fs::rename(&partial, &path)?;
    }
    Ok(path)
}

fn unzip(path: &Path) -> Result<Duration> {
    let start = Instant::now();
    let mut decoder = GzDecoder::new(File::open(path)?);
    let mut buffer = vec![0; 128 * 1024];
    while std::hint::black_box(decoder.read(&mut buffer)?) > 0 {}
    Ok(start.elapsed())
}

/// Seconds of `benches/gunzip`, as it measures them itself.
fn gunzip(path: &Path) -> Result<Duration> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO"))
        .current_dir(root.join("benches/gunzip"))
        .args(["run", "--release", "--quiet", "--target-dir"])
        .arg(root.join("target/gunzip"))
        .arg("--")
        .arg(path)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "benches/gunzip failed");
    let seconds = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(Duration::try_from_secs_f64(seconds)?)
}

/// Wall time and peak resident memory of one run of the binary.
fn run(arguments: &[&str], backup: &Path, certificates: u32) -> Result<(Duration, Option<u64>)> {
    let report = backup.with_extension("json");
    // Some file systems write a file out at once when it takes the place of another: that would be their time.
    remove_if_there(&report)?;
    let timed = Path::new("/usr/bin/time").exists();
    let mut command = if timed {
        let mut command = Command::new("/usr/bin/time");
        command.args(["-v", env!("CARGO_BIN_EXE_reissue-audit")]);
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_reissue-audit"))
    };
    command.args(arguments).arg(backup).args(["--cert-manager", "v1.17.4", "--now", NOW, "--report"]);
    command.arg(format!("json:{}", report.display())).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(if timed { Stdio::piped() } else { Stdio::inherit() });
    let start = Instant::now();
    let mut child = command.spawn().context("cannot run the binary")?;
    let watched = if timed { None } else { watch(&mut child)? };
    let output = child.wait_with_output()?;
    let took = start.elapsed();
    let messages = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?} failed: {messages}");
    check(&report, certificates)?;
    let reported = messages.lines().find_map(|l| l.trim().strip_prefix("Maximum resident set size (kbytes): "));
    Ok((took, reported.and_then(|kib| kib.parse().ok()).or(watched)))
}

fn remove_if_there(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Reads the high-water mark of a running child, where the system has `/proc`; its last milliseconds may be missed.
fn watch(child: &mut Child) -> Result<Option<u64>> {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = None;
    while child.try_wait()?.is_none() {
        if let Ok(file) = File::open(&status) {
            let mark = BufReader::new(file)
                .lines()
                .map_while(Result::ok)
                .find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            peak = peak.max(mark);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(peak)
}

/// A run that read less than everything must not count as a fast one.
fn check(report: &Path, certificates: u32) -> Result<()> {
    let json: serde_json::Value = serde_json::from_reader(BufReader::new(File::open(report)?))?;
    let read = json.pointer("/summary/certificates").and_then(serde_json::Value::as_u64);
    ensure!(read == Some(u64::from(certificates)), "the report speaks of {read:?} Certificates, not {certificates}");
    Ok(())
}

impl Measurement {
    fn print(&self, certificates: u32) {
        let show = |name: &str, times: &[Duration]| {
            line(&format!(
                "  {name:<16} min {:>7.3} s   median {:>7.3} s",
                fastest(times),
                median(times).as_secs_f64()
            ));
        };
        line(&format!("{certificates} Certificates, {} rounds", self.audit.len()));
        show("unzip, yardstick", &self.yardstick);
        show("unzip, detecting", &self.unzip);
        show("audit", &self.audit);
        show("velero-two-step", &self.two_step);
        let ratio = |unzip: &[Duration]| {
            let medians = median(&self.audit).as_secs_f64() / median(unzip).as_secs_f64();
            format!("{medians:.2} (of minima {:.2})", fastest(&self.audit) / fastest(unzip))
        };
        line(&format!("  ratio to the yardstick {} (allowed: 2, goal: 1.5)", ratio(&self.yardstick)));
        line(&format!("  ratio to unzipping with detection {}", ratio(&self.unzip)));
        let plan = median(&self.two_step).as_secs_f64() / median(&self.audit).as_secs_f64();
        line(&format!("  ratio of velero-two-step to audit {plan:.2} (allowed: 2)"));
        let allowed = BASE_KIB + 4 * u64::from(certificates);
        match self.peak_kib {
            Some(peak) => line(&format!("  peak memory {peak} KiB (allowed: {allowed} KiB)")),
            None => line("  peak memory unknown: neither /usr/bin/time nor /proc is there"),
        }
    }
}

fn fastest(times: &[Duration]) -> f64 {
    times.iter().min().copied().unwrap_or_default().as_secs_f64()
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the figures are what the benchmark is for")]
fn line(text: &str) {
    println!("{text}");
}
