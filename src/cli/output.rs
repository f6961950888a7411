//! Where things are printed: reports to stdout or files, the rest to stderr.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::Path;

use anstream::ColorChoice;
use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use super::args::{Color, FailOn, ReportTo, Shared};
use super::exit::Exit;
use super::file::replace;
use super::shared::warn;
use crate::report::model::{Finding, Report};
use crate::report::wording::thousands;
use crate::report::{Format, RenderOptions, render};
use crate::rule::Severity;
use crate::verdict::Verdict;
use crate::world::World;

/// Problems of the input that are told on stderr.
const WARNED_OF: usize = 5;

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

/// Applies the configuration and compares with the baseline, writes what was asked for, and says how the run ends.
/// `worlds` are searched for the labels of objects, the first one first.
pub(super) fn finish(report: &mut Report, worlds: &[&World], shared: &Shared) -> anyhow::Result<Exit> {
    shared.settings.apply(report, worlds);
    write_reports(report, shared)?;
    if !shared.quiet && !is_read_here(shared) && !report.certificates.is_empty() {
        warn_of_what_is_missing(report);
    }
    Ok(exit_code(report, shared))
}

/// Renders every report that was asked for; a table to stdout if none was.
fn write_reports(report: &Report, shared: &Shared) -> anyhow::Result<()> {
    let default = [ReportTo { format: Format::Table, path: None }];
    let wanted: &[ReportTo] = if shared.report.is_empty() { &default } else { &shared.report };
    for to in wanted {
        match &to.path {
            None => write_to_stdout(report, to.format, shared)?,
            Some(path) => {
                replace(path, |out| Ok(render(report, to.format, &for_a_file(shared), out)?))?;
                tracing::info!(path = %path.display(), "report written");
                tell_where(path, shared);
            }
        }
    }
    if wanted.iter().any(|to| to.format == Format::Github) {
        write_step_summary(report, shared)?;
    }
    Ok(())
}

fn for_a_file(shared: &Shared) -> RenderOptions {
    RenderOptions {
        template_dir: shared.template.clone(),
        show_suppressed: shared.show_suppressed,
        ..RenderOptions::default()
    }
}

/// Adds the Markdown report to the summary of a step, where GitHub Actions has one.
fn write_step_summary(report: &Report, shared: &Shared) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let path = Path::new(&path);
    let cannot = || format!("cannot write the step summary {}", path.display());
    let mut out = File::options().create(true).append(true).open(path).with_context(cannot)?;
    render(report, Format::Markdown, &for_a_file(shared), &mut out)?;
    // Whatever another command of the step adds starts a paragraph of its own.
    out.write_all(b"\n").with_context(cannot)
}

fn write_to_stdout(report: &Report, format: Format, shared: &Shared) -> anyhow::Result<()> {
    let stdout = std::io::stdout();
    let color = match shared.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(&stdout) != ColorChoice::Never,
    };
    let width = stdout.is_terminal().then(terminal_width).flatten();
    let options = RenderOptions { color, width, ..for_a_file(shared) };
    let mut out = BufWriter::new(stdout.lock());
    render(report, format, &options, &mut out)?;
    out.flush()?;
    Ok(())
}

fn terminal_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// On a terminal, a run that ends without a word leaves it open whether there is a report.
#[allow(clippy::print_stderr, reason = "progress belongs there")]
fn tell_where(path: &Path, shared: &Shared) {
    if !shared.quiet && std::io::stderr().is_terminal() {
        anstream::eprintln!("The report is in {}.", path.display());
    }
}

/// Whether a report for people goes to stdout.
fn is_read_here(shared: &Shared) -> bool {
    let is_for_people = |to: &ReportTo| to.path.is_none() && matches!(to.format, Format::Table | Format::Markdown);
    shared.report.is_empty() || shared.report.iter().any(is_for_people)
}

/// What is missing must not be noticed by nobody because the report went to a file.
fn warn_of_what_is_missing(report: &Report) {
    let mut problems = report.coverage.problems().filter(|problem| problem.is_missing());
    for problem in problems.by_ref().take(WARNED_OF) {
        warn(&format!("{}: {}", problem.location, problem.message));
    }
    match problems.count() {
        0 => {}
        more => warn(&format!("and {} more; the report lists them under coverage", thousands(more))),
    }
}

/// How the run ends (design 3): the first that holds.
#[must_use]
fn exit_code(report: &Report, shared: &Shared) -> Exit {
    if report.certificates.is_empty() {
        warn("no Certificate was read");
        for problem in report.coverage.problems() {
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
        FailOn::Severity(limit) => worst(report, |_| true).is_some_and(|severity| severity <= limit),
        FailOn::New(limit) => {
            worst(report, |finding| finding.class == Some("new")).is_some_and(|severity| severity <= limit)
        }
    }
}

/// The worst severity among findings.
fn worst(report: &Report, among: impl Fn(&Finding) -> bool) -> Option<Severity> {
    let findings = report.findings.iter().filter(|finding| among(finding));
    findings.filter_map(|finding| Severity::parse(finding.severity)).min()
}
