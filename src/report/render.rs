//! One entry for all formats.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::format::Format;
use super::model::Report;
use super::model::list::in_parts;
use super::{csv, github, junit, markdown, page, policy_report, prometheus, sarif, table};

/// How to render.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// A directory whose files replace built-in templates of the same name.
    pub template_dir: Option<PathBuf>,
    /// Whether the table may use ANSI colours. Colour is never the only sign.
    pub color: bool,
    /// Columns of the terminal. Without it (a pipe, a file) nothing is wrapped, so that one line is one Certificate.
    pub width: Option<usize>,
    /// Whether findings that the configuration ignores are shown as such. JSON and YAML always hold them.
    pub show_suppressed: bool,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The output could not be written.
    #[error("the report could not be written: {0}")]
    Write(#[from] io::Error),
    /// The report could not be serialised.
    #[error("the report could not be serialised as {format}: {message}")]
    Serialize {
        /// The format.
        format: Format,
        /// The serialiser's words.
        message: String,
    },
    /// `--template` does not name a directory.
    #[error("the template directory {} cannot be read: {message}", path.display())]
    TemplateDir {
        /// The directory as given.
        path: PathBuf,
        /// What the system says.
        message: String,
    },
    /// A template is wrong.
    #[error("template {file}, line {line}: {message}")]
    Template {
        /// The file; a built-in template has its bare name.
        file: String,
        /// The line in it, from 1; 0 when the file could not be read at all.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl RenderError {
    /// Whether the reader of the output went away, which is no failure of ours.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes `report` in `format`.
///
/// # Errors
/// [`RenderError`] when the output cannot be written or a template of the user is wrong.
pub fn render(
    report: &Report,
    format: Format,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    match format {
        Format::Table => table::write(report, options, &mut out)?,
        Format::Markdown => markdown::write(report, options, &mut out)?,
        Format::Html => page::write(report, options, &mut out)?,
        Format::Json => write_serialised(report, report.certificates.len() <= PRETTY_UP_TO, format, &mut out)?,
        Format::Yaml => write_yaml(report, &mut out)?,
        Format::Csv => csv::write(report, &mut out)?,
        Format::Sarif => sarif::write(report, options, &mut out)?,
        Format::Junit => junit::write(report, options, &mut out)?,
        Format::Github => github::write(report, &mut out)?,
        Format::Prometheus => prometheus::write(report, &mut out)?,
        Format::OpenReports => policy_report::write_open_reports(report, options, &mut out)?,
        Format::PolicyReport => policy_report::write_policy_reports(report, options, &mut out)?,
    }
    out.flush()?;
    Ok(())
}

/// Above this many Certificates nobody reads the JSON by eye, and indentation would be half of it.
pub(super) const PRETTY_UP_TO: usize = 1_000;

/// Writes JSON with a line feed at its end.
pub(super) fn write_serialised(
    value: &impl Serialize,
    pretty: bool,
    format: Format,
    out: &mut impl Write,
) -> Result<(), RenderError> {
    let done = if pretty {
        serde_json::to_writer_pretty(&mut *out, value)
    } else {
        in_parts(|| serde_json::to_writer(&mut *out, value))
    };
    done.map_err(|error| match error.io_error_kind() {
        Some(kind) => RenderError::Write(io::Error::from(kind)),
        None => RenderError::Serialize { format, message: error.to_string() },
    })?;
    Ok(out.write_all(b"\n")?)
}

fn write_yaml(report: &Report, out: &mut impl Write) -> Result<(), RenderError> {
    serde_saphyr::to_io_writer(out, report).map_err(|error| match error {
        serde_saphyr::ser::Error::IO { error } => RenderError::Write(error),
        other => RenderError::Serialize { format: Format::Yaml, message: other.to_string() },
    })
}
