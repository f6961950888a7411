//! CSV as RFC 4180 has it, for a spreadsheet: a row for each Certificate, then one for each finding.

use std::borrow::Cow;
use std::io::{self, Write};

use super::grade;
use super::model::{Certificate, Finding, Report};
use super::render::RenderError;
use super::text::visible;
use super::wording::why;
use crate::time::Time;

const HEADER: [&str; 22] = [
    "record",
    "namespace",
    "kind",
    "name",
    "verdict",
    "severity",
    "rule",
    "reason",
    "text",
    "confidence",
    "secret",
    "issuer_group",
    "issuer_kind",
    "issuer_name",
    "not_before",
    "not_after",
    "renewal_time",
    "key_algorithm",
    "key_size",
    "key_rotates_on_reissue",
    "findings",
    "id",
];

/// The column that only a report with a baseline has.
const CLASS: &str = "class";

pub(super) fn write(report: &Report, out: &mut impl Write) -> Result<(), RenderError> {
    let mut table = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    let mut header = HEADER.to_vec();
    header.extend(report.baseline.as_ref().map(|_| CLASS));
    table.write_record(&header).map_err(failed)?;
    let with_class = report.baseline.is_some();
    let mut row = |mut cells: Vec<String>, class: Option<&str>| {
        if with_class {
            cells.push(class.unwrap_or_default().to_owned());
        }
        table.write_record(cells.iter().map(|cell| cell_text(cell).into_owned())).map_err(failed)
    };
    for certificate in &report.certificates {
        row(of_certificate(certificate), None)?;
    }
    for finding in &report.findings {
        row(of_finding(finding), finding.class)?;
    }
    Ok(table.flush()?)
}

fn of_certificate(certificate: &Certificate) -> Vec<String> {
    let why = why(certificate);
    let at = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
    let (renewal, key, issuer) = (&certificate.renewal, &certificate.key, &certificate.issuer_ref);
    vec![
        "certificate".to_owned(),
        certificate.namespace.to_string(),
        "Certificate".to_owned(),
        certificate.name.to_string(),
        certificate.verdict.to_owned(),
        String::new(),
        String::new(),
        why.reason.unwrap_or_default().to_owned(),
        why.text.to_owned(),
        certificate.confidence.to_owned(),
        certificate.secret_name.to_string(),
        issuer.group.to_string(),
        issuer.kind.to_string(),
        issuer.name.to_string(),
        at(renewal.not_before),
        at(renewal.not_after),
        at(renewal.renewal_time),
        key.algorithm.unwrap_or_default().to_owned(),
        key.size.map(|size| size.to_string()).unwrap_or_default(),
        key.rotates_on_reissue.to_string(),
        certificate.findings.join(" "),
        String::new(),
    ]
}

fn of_finding(finding: &Finding) -> Vec<String> {
    let mut cells = vec![String::new(); HEADER.len()];
    let filled = [
        ("record", "finding".to_owned()),
        ("namespace", finding.object.namespace.to_string()),
        ("kind", finding.object.kind.to_string()),
        ("name", finding.object.name.to_string()),
        ("severity", finding.severity.to_owned()),
        ("rule", finding.rule.to_owned()),
        ("text", grade::paragraph(finding)),
        ("id", finding.id.clone()),
    ];
    for (column, text) in filled {
        if let Some(cell) = HEADER.iter().position(|name| *name == column).and_then(|at| cells.get_mut(at)) {
            *cell = text;
        }
    }
    cells
}

/// What a spreadsheet would compute gets an apostrophe in front, which it shows as text (OWASP, "CSV Injection").
fn cell_text(text: &str) -> Cow<'_, str> {
    let shown = visible(text);
    let formula = shown.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula { Cow::Owned(format!("'{shown}")) } else { shown }
}

fn failed(error: ::csv::Error) -> RenderError {
    let message = error.to_string();
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => RenderError::Write(error),
        _ => RenderError::Write(io::Error::other(message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: [(&str, &str); 8] = [
        ("web", "web"),
        ("", ""),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\t=1", "' =1"),
    ];

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in CELLS {
            assert_eq!(cell_text(text), cell, "{text:?}");
        }
    }
}
