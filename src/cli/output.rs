//! Where things are printed: reports to stdout or files, the rest to stderr.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write as _};

use anstream::ColorChoice;
use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use super::args::{Color, FailOn, ReportTo, Shared};
use super::exit::Exit;
use super::shared::warn;
use crate::report::model::Report;
use crate::report::{Format, RenderOptions, render};
use crate::verdict::Verdict;

/// Sets colour and logging for the whole run.
pub(super) fn set_up(shared: &Shared) {
    match shared.color {
        Color::Auto => {}
        Color::Always => ColorChoice::Always.write_global(),
        Color::Never => ColorChoice::Never.write_global(),
    }
    let level = match shared.verbose {
        0 => return,
        1 => "reissue_audit=info",
        2 => "reissue_audit=debug",
        _ => "reissue_audit=trace",
    };
    // A second subscriber is refused when several runs share a process, as tests do; the first one serves both.
    let _already_set = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal() && shared.color != Color::Never)
        .try_init();
}

/// Renders every report that was asked for; a table to stdout if none was.
pub(super) fn write_reports(report: &Report, shared: &Shared) -> anyhow::Result<()> {
    let default = [ReportTo { format: Format::Table, path: None }];
    let wanted: &[ReportTo] = if shared.report.is_empty() { &default } else { &shared.report };
    for to in wanted {
        match &to.path {
            None => write_to_stdout(report, to.format, shared)?,
            Some(path) => {
                let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
                let mut out = BufWriter::with_capacity(1 << 16, file);
                let options = RenderOptions { template_dir: shared.template.clone(), color: false, width: None };
                render(report, to.format, &options, &mut out)?;
                out.flush().with_context(|| format!("cannot write {}", path.display()))?;
                tracing::info!(path = %path.display(), "report written");
            }
        }
    }
    Ok(())
}

fn write_to_stdout(report: &Report, format: Format, shared: &Shared) -> anyhow::Result<()> {
    let stdout = std::io::stdout();
    let color = match shared.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(&stdout) != ColorChoice::Never,
    };
    let width = stdout.is_terminal().then(terminal_width).flatten();
    let options = RenderOptions { template_dir: shared.template.clone(), color, width };
    let mut out = BufWriter::new(stdout.lock());
    render(report, format, &options, &mut out)?;
    out.flush()?;
    Ok(())
}

fn terminal_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// How the run ends (design 3): the first that holds.
#[must_use]
pub(super) fn exit_code(report: &Report, shared: &Shared) -> Exit {
    if report.certificates.is_empty() {
        warn("no Certificate was read");
        for problem in report.coverage.inputs.iter().flat_map(|input| &input.problems) {
            warn(&format!("{}: {}", problem.location, problem.message));
        }
        Exit::NothingRead
    } else if shared.strict && !report.coverage.complete {
        Exit::Partial
    } else if shared.fail_on.iter().any(|wanted| matches(report, *wanted)) {
        Exit::Matched
    } else {
        Exit::Success
    }
}

fn matches(report: &Report, wanted: FailOn) -> bool {
    match wanted {
        FailOn::Verdict(limit) => report
            .certificates
            .iter()
            .filter_map(|certificate| Verdict::parse(certificate.verdict))
            .any(|verdict| verdict <= limit),
        FailOn::Severity(limit) => report
            .findings
            .iter()
            .filter_map(|finding| crate::rule::Severity::parse(finding.severity))
            .any(|severity| severity <= limit),
    }
}
