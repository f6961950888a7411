//! JUnit XML, read by junit-parser.

use super::*;
use junit_parser::{TestCase, TestStatus, TestSuites};

fn suites(report: &Report) -> TestSuites {
    junit_parser::from_reader(rendered(report, Format::Junit).as_bytes()).unwrap()
}

/// The verdict or severity that a case tells.
fn told(case: &TestCase) -> String {
    match &case.status {
        TestStatus::Failure(failure) => failure.failure_type.clone(),
        TestStatus::Error(error) => error.error_type.clone(),
        _ => {
            let output = case.system_out.as_deref().unwrap();
            output.split([':', '\n']).next().unwrap().to_owned()
        }
    }
}

#[test]
fn it_says_what_the_json_says() {
    for report in samples() {
        let (json, suites) = (json(&report), suites(&report));
        let (about, certs): (Vec<_>, Vec<_>) = suites.suites.iter().partition(|suite| suite.name == "findings");
        let cases = certs.iter().flat_map(|suite| &suite.cases);
        let cases: BTreeSet<_> =
            cases.map(|case| (case.classname.clone().unwrap(), case.original_name.clone(), told(case))).collect();
        assert_eq!(cases, shown(&certificates(&json)));
        let told: BTreeSet<_> = about
            .iter()
            .flat_map(|suite| &suite.cases)
            .map(|case| (case.original_name.clone(), case.classname.clone().unwrap()))
            .collect();
        let wanted: BTreeSet<_> = shown(&findings(&json)).into_iter().map(|(id, rule, _)| (id, rule)).collect();
        assert_eq!(told, wanted);
    }
}

/// Verdict, whether the case fails, whether it is an error.
const STATUS: [(&str, bool, bool); 8] = [
    ("lost", true, false),
    ("unknown", false, true),
    ("blocked", true, false),
    ("in-progress", false, false),
    ("reissue-now", true, false),
    ("drift", true, false),
    ("reissue-later", false, false),
    ("unchanged", false, false),
];

#[test]
fn what_needs_attention_fails() {
    for (verdict, fails, errs) in STATUS {
        let mut report = sample::empty();
        let certificate = sample::certificate("shop", "web", 9);
        report.certificates.push(reissue_audit::report::model::Certificate { verdict, ..certificate });
        let suites = suites(&report);
        assert_eq!((suites.failures > 0, suites.errors > 0), (fails, errs), "{verdict}");
        assert_eq!(suites.tests, 1);
    }
}
