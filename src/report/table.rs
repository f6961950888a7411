//! The report for a terminal.

mod finding;
mod plan;
mod renewals;
mod upgrade;

use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};

use super::model::{Certificate, Report};
use super::render::{RenderError, RenderOptions};
use super::text::{columns, one_line, wrap};
use super::view::{Triage, assumption_lines, sorted, version_source};
use super::wording::{VERDICTS, count, headline, is_unchanged, renewal_day, symbol, thousands, traffic, unread, why};

/// Up to so many `unchanged` Certificates are listed; more are only counted.
const UNCHANGED_SHOWN: usize = 20;
/// Columns between columns.
const GAP: usize = 2;
/// No column of names is wider than this as long as lines are wrapped.
const NAME_MAX: usize = 44;
/// `reissue-later` and its symbol.
const VERDICT_WIDTH: usize = 15;
const DATE_WIDTH: usize = 10;
const CONFIDENCE_WIDTH: usize = 10;

/// Below this the columns would not fit, so a narrower terminal wraps itself.
const NARROWEST: usize = 60;
/// Below this the cause has no column: it stands below its Certificate, over the whole width.
const STACKED: usize = 80;
/// From this width on the confidence has a column of its own.
const ROOMY: usize = 96;
/// How far a cause is indented that stands below its Certificate.
const INDENT: &str = "    ";

struct Page<'a, W> {
    out: &'a mut W,
    color: bool,
    width: Option<usize>,
}

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut impl Write) -> Result<(), RenderError> {
    let mut page = Page { out, color: options.color, width: options.width.map(|width| width.max(NARROWEST)) };
    page.head(report)?;
    page.certificates(report)?;
    page.findings(report)?;
    page.triage(&Triage::new(report, usize::MAX, options.show_suppressed))?;
    page.plan(report)?;
    page.upgrade(report)?;
    page.renewals(report)?;
    page.coverage(report)?;
    page.assumptions(report)?;
    Ok(())
}

const BOLD: Style = Style::new().effects(Effects::BOLD);
const DIM: Style = Style::new().effects(Effects::DIMMED);

const fn style(name: &str) -> Style {
    let color = match name.as_bytes() {
        b"lost" | b"blocked" | b"critical" | b"high" | b"deletes" => AnsiColor::Red,
        b"unknown" | b"drift" => AnsiColor::Magenta,
        b"reissue-now" | b"medium" | b"issues" => AnsiColor::Yellow,
        b"in-progress" | b"reissue-later" | b"low" => AnsiColor::Blue,
        _ => AnsiColor::Green,
    };
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

impl<W: Write> Page<'_, W> {
    fn styled(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A paragraph, wrapped, with the first line begun by `first` and the others by blanks of the same width.
    fn paragraph(&mut self, first: &str, text: &str) -> io::Result<()> {
        self.paragraph_after(first, columns(first), text)
    }

    /// A paragraph after something of `indent` columns that may be coloured.
    fn paragraph_after(&mut self, first: &str, indent: usize, text: &str) -> io::Result<()> {
        let shown = one_line(text);
        let lines = match self.width {
            Some(width) => wrap(&shown, width.saturating_sub(indent)),
            None => vec![shown.into_owned()],
        };
        for (i, line) in lines.iter().enumerate() {
            if i == 0 {
                writeln!(self.out, "{first}{line}")?;
            } else {
                writeln!(self.out, "{:indent$}{line}", "")?;
            }
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.bold(text)
    }

    fn bold(&mut self, text: &str) -> io::Result<()> {
        let lines = self.width.map_or_else(|| vec![text.to_owned()], |width| wrap(text, width));
        for line in lines {
            let line = self.styled(BOLD, &line);
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn head(&mut self, report: &Report) -> io::Result<()> {
        let sentence = headline(report).to_string();
        self.bold(&sentence)?;
        if let Some(unread) = unread(report) {
            let place = if unread.in_coverage { "Coverage" } else { "the unknown ones" };
            self.paragraph("", &format!("The answer is partial: {}; see {place}.", unread.what))?;
        }
        let judged = format!(
            "Judged as cert-manager {} ({}) at {}.",
            one_line(&report.cert_manager.version),
            version_source(report.cert_manager.source),
            report.evaluated_at
        );
        self.paragraph("", &judged)
    }

    fn certificates(&mut self, report: &Report) -> io::Result<()> {
        let mut all = sorted(report);
        if all.is_empty() {
            return Ok(());
        }
        let total = all.len();
        let unchanged = all.iter().filter(|certificate| is_unchanged(certificate)).count();
        if unchanged > UNCHANGED_SHOWN {
            all.retain(|certificate| !is_unchanged(certificate));
        }
        writeln!(self.out)?;
        if !all.is_empty() {
            let columns = Columns::fit(&all, self.width);
            columns.heading(self)?;
            for certificate in &all {
                columns.row(self, certificate)?;
            }
        }
        if total > all.len() {
            let text = format!("{} {}", symbol(VERDICTS[7]), count(unchanged, "certificate", "certificates"));
            self.paragraph("", &format!("{text} unchanged, not listed: the certificate in the Secret stays in use."))?;
        }
        Ok(())
    }

    fn triage(&mut self, triage: &Triage) -> io::Result<()> {
        for (sentence, lines) in [(&triage.compared, &triage.gone), (&triage.ignored, &triage.suppressed)] {
            let Some(sentence) = sentence else { continue };
            writeln!(self.out)?;
            self.paragraph("", sentence)?;
            for line in lines {
                self.paragraph("  ", line)?;
            }
        }
        Ok(())
    }

    fn coverage(&mut self, report: &Report) -> io::Result<()> {
        self.heading("Coverage")?;
        for input in &report.coverage.inputs {
            let kinds: Vec<_> = input.objects.iter().map(|(kind, n)| format!("{} {kind}", thousands(*n))).collect();
            let kinds = if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") };
            let traffic = traffic(input).map(|text| format!("; {text}")).unwrap_or_default();
            self.paragraph("  ", &format!("{} ({}): {kinds}{traffic}", input.location, input.kind))?;
            for problem in &input.problems {
                let sign = if problem.is_missing() { "    ! missing: " } else { "    · " };
                let object = problem.object.as_ref().map(|object| format!(", {object}")).unwrap_or_default();
                self.paragraph(sign, &format!("{}{object}: {}", problem.location, problem.message))?;
            }
        }
        Ok(())
    }

    fn assumptions(&mut self, report: &Report) -> io::Result<()> {
        let lines = assumption_lines(report);
        if lines.is_empty() {
            return Ok(());
        }
        self.heading("Assumptions")?;
        for line in lines {
            self.paragraph("  · ", &line)?;
        }
        Ok(())
    }
}

/// Where the cause of a verdict stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// In a last column of this width.
    Column(usize),
    /// In a last column that is not wrapped.
    Unwrapped,
    /// Below the Certificate.
    Below,
}

/// Widths of the columns whose width depends on the content or the terminal.
struct Columns {
    name: usize,
    date: usize,
    /// Nothing where there is no room for it; the cause then names it.
    confidence: usize,
    cause: Cause,
}

impl Columns {
    fn fit(certificates: &[&Certificate], width: Option<usize>) -> Self {
        let longest = certificates.iter().map(|c| columns(&one_line(&full_name(c)))).max().unwrap_or(0).max(11);
        // A mark stands before a date that is only predicted.
        let date = DATE_WIDTH + usize::from(certificates.iter().any(|certificate| certificate.renewal.predicted));
        let fixed = VERDICT_WIDTH + date + 2 * GAP;
        match width {
            // One name of 300 characters must not push every other row out of sight.
            None => Self { name: longest.min(80), date, confidence: CONFIDENCE_WIDTH, cause: Cause::Unwrapped },
            Some(width) if width < STACKED => {
                Self { name: longest.min(width - fixed), date, confidence: 0, cause: Cause::Below }
            }
            Some(width) => {
                let name = longest.min(NAME_MAX).min(width / 4);
                let confidence = if width >= ROOMY { CONFIDENCE_WIDTH } else { 0 };
                let taken = fixed + name + GAP + if confidence > 0 { confidence + GAP } else { 0 };
                Self { name, date, confidence, cause: Cause::Column(width.saturating_sub(taken)) }
            }
        }
    }

    /// One line of the table; the confidence falls out where it has no column.
    fn line(&self, verdict: &str, name: &str, date: &str, confidence: &str, why: &str) -> String {
        let (name, date) = (pad(name, self.name), pad(date, self.date));
        let confidence = if self.confidence > 0 { pad(confidence, self.confidence + GAP) } else { String::new() };
        format!("{verdict}  {name}  {date}  {confidence}{why}").trim_end().to_owned()
    }

    fn heading<W: Write>(&self, page: &mut Page<'_, W>) -> io::Result<()> {
        let why = if self.cause == Cause::Below { "" } else { "WHY" };
        let line = self.line(&pad("VERDICT", VERDICT_WIDTH), "CERTIFICATE", "RENEWAL", "CONFIDENCE", why);
        let line = page.styled(DIM, &line);
        writeln!(page.out, "{line}")
    }

    fn row<W: Write>(&self, page: &mut Page<'_, W>, certificate: &Certificate) -> io::Result<()> {
        let why = why(certificate);
        let mut text = match why.reason {
            Some(reason) => format!("{reason}: {}", why.text),
            None => why.text.to_owned(),
        };
        if self.confidence == 0 && certificate.confidence == "assumed" {
            text.push_str(" (assumed)");
        }
        let (name, text) = (full_name(certificate), one_line(&text).into_owned());
        let name = one_line(&name);
        let (names, texts) = match self.cause {
            Cause::Column(width) => (wrap(&name, self.name), wrap(&text, width)),
            Cause::Below => (wrap(&name, self.name), Vec::new()),
            Cause::Unwrapped => (vec![name.into_owned()], vec![text.clone()]),
        };
        let verdict = pad(&format!("{} {}", symbol(certificate.verdict), certificate.verdict), VERDICT_WIDTH);
        let verdict = page.styled(style(certificate.verdict), &verdict);
        let date = renewal_day(certificate).unwrap_or_else(|| "-".to_owned());
        for i in 0..names.len().max(texts.len()) {
            let name = names.get(i).map_or("", String::as_str);
            let text = texts.get(i).map_or("", String::as_str);
            let line = if i == 0 {
                self.line(&verdict, name, &date, certificate.confidence, text)
            } else {
                self.line(&pad("", VERDICT_WIDTH), name, "", "", text)
            };
            writeln!(page.out, "{line}")?;
        }
        // Of what stays as it is, the verdict says enough.
        let silent = is_unchanged(certificate) && certificate.confidence == "exact";
        if self.cause == Cause::Below && !silent { page.paragraph(INDENT, &text) } else { Ok(()) }
    }
}

fn full_name(certificate: &Certificate) -> String {
    format!("{}/{}", certificate.namespace, certificate.name)
}

/// Fills up to a width in columns, which `format!` would count in characters.
fn pad(text: &str, width: usize) -> String {
    format!("{text}{:fill$}", "", fill = width.saturating_sub(columns(text)))
}
