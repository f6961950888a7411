//! JUnit XML, as Jenkins and GitLab read it: a suite for each namespace with a case for each Certificate, and a suite of
//! findings with a case for each.
//!
//! A case fails where a Certificate is lost, blocked, re-issued now or drifted, or a finding's severity is medium or worse; a
//! Certificate that cannot be judged is an error. What passes says so in its output.

use std::io::Write;

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::format::Format;
use super::grade::{self, Grade};
use super::model::{Certificate, Finding, Report};
use super::render::{RenderError, RenderOptions};
use super::text::{one_line, visible};
use super::view::object;

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut impl Write) -> Result<(), RenderError> {
    let mut document = Document::new(format!("{} {}", report.tool.name, report.command));
    for of_namespace in report.certificates.chunk_by(|a, b| a.namespace == b.namespace) {
        let Some(first) = of_namespace.first() else { continue };
        let mut suite = TestSuite::new(one_line(&first.namespace));
        suite.add_test_cases(of_namespace.iter().map(of_certificate));
        document.add_test_suite(suite);
    }
    let suppressed = report.suppressed.iter().filter(|_| options.show_suppressed);
    let mut suite = TestSuite::new("findings");
    suite.add_test_cases(report.findings.iter().map(of_finding));
    suite.add_test_cases(suppressed.map(|suppressed| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(one_line(&suppressed.reason));
        case(&suppressed.finding.id, suppressed.finding.rule, status)
    }));
    if !suite.test_cases.is_empty() {
        document.add_test_suite(suite);
    }
    // Its own writer would not tell a reader that went away from a failure.
    let text = document
        .to_string()
        .map_err(|error| RenderError::Serialize { format: Format::Junit, message: error.to_string() })?;
    Ok(out.write_all(text.as_bytes())?)
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(one_line(name), status);
    case.set_classname(one_line(class));
    case
}

fn of_certificate(certificate: &Certificate) -> TestCase {
    let sentence = grade::sentence(certificate);
    let kind = match (certificate.verdict, grade::of_verdict(certificate.verdict)) {
        ("unknown", _) => NonSuccessKind::Error,
        (_, Grade::Error | Grade::Warning) => NonSuccessKind::Failure,
        _ => {
            let mut case = case(&certificate.name, &certificate.namespace, TestCaseStatus::success());
            case.set_system_out(visible(&sentence));
            return case;
        }
    };
    let mut status = TestCaseStatus::non_success(kind);
    let findings = certificate.findings.iter().map(|id| format!("\nfinding {id}"));
    status
        .set_type(certificate.verdict)
        .set_message(one_line(&sentence))
        .set_description(visible(&format!("{sentence}{}", findings.collect::<String>())));
    case(&certificate.name, &certificate.namespace, status)
}

fn of_finding(finding: &Finding) -> TestCase {
    let text = format!("{} ({})\n{}", object(&finding.object), finding.severity, grade::paragraph(finding));
    if grade::of_severity(finding.severity) > Grade::Warning {
        let mut case = case(&finding.id, finding.rule, TestCaseStatus::success());
        case.set_system_out(visible(&text));
        return case;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(finding.severity).set_message(one_line(&finding.title)).set_description(visible(&text));
    case(&finding.id, finding.rule, status)
}
