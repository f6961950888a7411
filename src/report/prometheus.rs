//! Metrics for the textfile collector of node_exporter, or a Pushgateway, in Prometheus' text format.
//!
//! The labels of a Certificate are those of cert-manager's own metrics (cert-manager v1.21
//! `internal/collectors/certificate_collector.go`: name, namespace, issuer_name, issuer_kind, issuer_group), so that both
//! can be joined.

use std::io::{self, Write};

use super::model::{Certificate, Finding, Report};
use super::render::RenderError;
use super::text::visible;
use super::wording::{SEVERITIES, VERDICTS};

pub(super) fn write(report: &Report, out: &mut impl Write) -> Result<(), RenderError> {
    about_the_run(report, out)?;
    family(out, "certificates", "Certificates by verdict.")?;
    for verdict in VERDICTS {
        let count = report.summary.verdicts.get(verdict).copied().unwrap_or(0);
        sample(out, "certificates", &[("verdict", verdict)], count)?;
    }
    family(out, "findings", "Findings by severity.")?;
    for severity in SEVERITIES {
        let count = report.summary.findings.get(severity).copied().unwrap_or(0);
        sample(out, "findings", &[("severity", severity)], count)?;
    }
    family(out, "certificate_verdict", "1 for the verdict that a Certificate has.")?;
    for certificate in &report.certificates {
        let [a, b, c, d, e] = labels(certificate);
        let verdict = [("verdict", certificate.verdict), ("confidence", certificate.confidence)];
        sample(out, "certificate_verdict", &[a, b, c, d, e, verdict[0], verdict[1]], 1)?;
    }
    family(out, "certificate_renewal_timestamp_seconds", "When cert-manager renews a certificate by itself.")?;
    for certificate in &report.certificates {
        if let Some(at) = certificate.renewal.renewal_time {
            sample(out, "certificate_renewal_timestamp_seconds", &labels(certificate), at.0)?;
        }
    }
    family(out, "certificate_not_after_timestamp_seconds", "When a certificate ends.")?;
    for certificate in &report.certificates {
        if let Some(at) = certificate.renewal.not_after {
            sample(out, "certificate_not_after_timestamp_seconds", &labels(certificate), at.0)?;
        }
    }
    family(out, "finding", "1 for a finding.")?;
    for finding in &report.findings {
        of_finding(finding, out)?;
    }
    Ok(())
}

fn about_the_run(report: &Report, out: &mut impl Write) -> io::Result<()> {
    family(out, "info", "The program, its command and the cert-manager release that judged.")?;
    let release = report.cert_manager.version.as_str();
    let info = [("version", report.tool.version), ("command", report.command), ("cert_manager_version", release)];
    sample(out, "info", &info, 1)?;
    family(out, "evaluated_timestamp_seconds", "The instant that the verdicts hold for.")?;
    sample(out, "evaluated_timestamp_seconds", &[], report.evaluated_at.0)?;
    family(out, "coverage_complete", "1 if nothing that a verdict needs was left unread.")?;
    sample(out, "coverage_complete", &[], u8::from(report.coverage.complete))
}

fn of_finding(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let about = &finding.object;
    let mut labels = vec![
        ("rule", finding.rule),
        ("severity", finding.severity),
        ("kind", &*about.kind),
        ("namespace", &*about.namespace),
        ("name", &*about.name),
        ("id", finding.id.as_str()),
    ];
    labels.extend(finding.class.map(|class| ("class", class)));
    sample(out, "finding", &labels, 1)
}

fn labels(certificate: &Certificate) -> [(&str, &str); 5] {
    let issuer = &certificate.issuer_ref;
    [
        ("name", &*certificate.name),
        ("namespace", &*certificate.namespace),
        ("issuer_name", &*issuer.name),
        ("issuer_kind", &*issuer.kind),
        ("issuer_group", &*issuer.group),
    ]
}

/// The heading of a metric; all are gauges.
fn family(out: &mut impl Write, name: &str, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP reissue_audit_{name} {help}\n# TYPE reissue_audit_{name} gauge")
}

fn sample(out: &mut impl Write, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) -> io::Result<()> {
    write!(out, "reissue_audit_{name}")?;
    for (number, (label, text)) in labels.iter().enumerate() {
        let opening = if number == 0 { '{' } else { ',' };
        write!(out, "{opening}{label}=\"{}\"", escaped(text))?;
    }
    let closing = if labels.is_empty() { "" } else { "}" };
    writeln!(out, "{closing} {value}")
}

/// A label's value (Prometheus, "Exposition formats": backslash, quote and line feed are escaped).
fn escaped(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
