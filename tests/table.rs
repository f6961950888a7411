//! The table on terminals of every width: what is left out or moved, and what never is.
#![allow(missing_docs, dead_code, clippy::unwrap_used)]

mod report_sample;

use reissue_audit::report::model::{Evidence, Finding, Report};
use reissue_audit::report::{Format, RenderOptions, render};
use report_sample as sample;

fn table(report: &Report, width: usize) -> String {
    let mut out = vec![];
    let options = RenderOptions { width: Some(width), ..RenderOptions::default() };
    render(report, Format::Table, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The part with the Certificates: between the first blank line and the next.
fn certificates(table: &str) -> &str {
    table.split("\n\n").nth(1).unwrap()
}

#[test]
fn the_cause_stands_below_where_it_has_no_column() {
    insta::assert_snapshot!(certificates(&table(&sample::company(), 64)));
}

/// Width, whether there is a column of causes, whether there is one of confidence.
const WIDTHS: [(usize, bool, bool); 6] =
    [(60, false, false), (79, false, false), (80, true, false), (95, true, false), (96, true, true), (200, true, true)];

#[test]
fn columns_come_with_the_width() {
    for (width, why, confidence) in WIDTHS {
        let text = table(&sample::company(), width);
        let heading = certificates(&text).lines().next().unwrap().to_owned();
        assert_eq!((heading.contains("WHY"), heading.contains("CONFIDENCE")), (why, confidence), "{width}: {heading}");
        for line in certificates(&text).lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn a_predicted_renewal_is_marked() {
    let mut report = sample::company();
    let day = report.certificates[0].renewal.renewal_time.unwrap().date();
    report.certificates[0].renewal.predicted = true;
    for width in [64, 120] {
        let text = table(&report, width);
        assert!(text.contains(&format!("~{day}")), "{width}: {text}");
    }
}

/// `n` findings alike but for their objects.
fn alike(n: usize) -> Report {
    let mut report = sample::company();
    let one = report.findings.swap_remove(0);
    report.findings = (0..n)
        .map(|i| Finding { object: sample::object("Certificate", "shop", &format!("web-{i}")), ..one.clone() })
        .collect();
    report
}

/// How many findings alike, and what stands for their objects.
const OBJECTS: [(usize, &str); 4] = [
    (1, "Certificate shop/web-0 ("),
    (2, "Certificate shop/web-0, shop/web-1 ("),
    (5, "Certificate shop/web-0, shop/web-1, shop/web-2, shop/web-3, shop/web-4 ("),
    (12, "shop/web-1, shop/web-10, shop/web-11, shop/web-2 and 7 more ("),
];

#[test]
fn what_is_said_of_several_objects_alike_stands_there_once() {
    for (n, objects) in OBJECTS {
        let report = alike(n);
        let text = table(&report, 200);
        assert!(text.contains(&format!("Findings ({n})")), "{text}");
        assert!(text.contains(objects), "{objects} in {text}");
        assert_eq!(text.matches(&report.findings[0].title).count(), 1, "{n}");
    }
}

/// What differs in anything that is shown is not the same.
#[test]
fn what_differs_stands_apart() {
    type Edit = fn(&mut Finding);
    const EDITS: [Edit; 6] = [
        |finding| finding.title.push_str(" twice"),
        |finding| finding.severity = "info",
        |finding| finding.class = Some("new"),
        |finding| finding.object.kind = "Secret".into(),
        |finding| finding.remediation.clear(),
        |finding| finding.evidence.push(Evidence { what: "a".into(), expected: "b".into(), actual: "c".into() }),
    ];
    let title = alike(1).findings[0].title.clone();
    for (i, edit) in EDITS.into_iter().enumerate() {
        let mut report = alike(3);
        assert!(!report.findings[1].remediation.is_empty());
        edit(&mut report.findings[1]);
        let text = table(&report, 200);
        assert_eq!(text.matches(&title).count(), 2, "edit {i}: {text}");
        assert!(text.contains("shop/web-0, shop/web-2 ("), "edit {i}: {text}");
    }
}
