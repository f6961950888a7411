//! cert-manager itself: the Go program under `tests/oracle`, as a child process.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use reissue_audit::pki::GoVersion;
use serde_json::Value;

/// The running program.
pub(crate) struct Oracle {
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

impl Oracle {
    /// Lets the build script make the binary of a release, unless it is there already.
    pub(crate) fn build(release: &str) -> Result<PathBuf> {
        let script = root().join("tests/oracle/build.sh");
        let output = Command::new(&script)
            .arg(release)
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot run {}", script.display()))?;
        ensure!(output.status.success(), "{} {release} failed", script.display());
        Ok(String::from_utf8(output.stdout)?.trim().into())
    }

    /// Starts it.
    pub(crate) fn start(program: &Path, options: &[&str]) -> Result<Self> {
        let mut child = Command::new(program)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {} (tests/oracle/build.sh makes it)", program.display()))?;
        let input = BufWriter::new(child.stdin.take().context("no input")?);
        let output = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, input, output })
    }

    /// The Go that built it, which need not be the one of the release's images.
    pub(crate) fn toolchain(program: &Path) -> Result<GoVersion> {
        let output = Command::new(program).arg("-version").output().with_context(|| program.display().to_string())?;
        let version: Value = serde_json::from_slice(&output.stdout)?;
        let text = version["go"].as_str().unwrap_or_default();
        let mut numbers = text.trim_start_matches("go1.").split('.').map(|number| number.parse().ok());
        match (numbers.next().flatten(), numbers.next().unwrap_or(Some(0))) {
            (Some(minor), Some(patch)) => Ok(GoVersion::new(minor, patch)),
            _ => bail!("the oracle says that {text:?} built it"),
        }
    }

    /// Asks about many cases; `meanwhile` runs beside it.
    pub(crate) fn ask<T: Send>(
        &mut self,
        lines: &[&str],
        meanwhile: impl FnOnce() -> T + Send,
    ) -> Result<(Vec<Value>, T)> {
        let (input, output) = (&mut self.input, &mut self.output);
        thread::scope(|scope| {
            let writer = scope.spawn(move || -> Result<()> {
                for line in lines {
                    writeln!(input, "{line}")?;
                }
                Ok(input.flush()?)
            });
            let reader = scope.spawn(move || -> Result<Vec<Value>> {
                let mut answers = Vec::with_capacity(lines.len());
                for line in lines {
                    let mut text = String::new();
                    if output.read_line(&mut text)? == 0 {
                        bail!("the oracle ended at: {line}");
                    }
                    answers.push(serde_json::from_str(&text)?);
                }
                Ok(answers)
            });
            let other = meanwhile();
            let fail = |_| anyhow::anyhow!("a thread of the oracle's pipes panicked");
            let answers = reader.join().map_err(fail)?;
            let written = writer.join().map_err(fail)?;
            let answers = answers?;
            written?;
            Ok((answers, other))
        })
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It waits for its input to end; nobody needs it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
