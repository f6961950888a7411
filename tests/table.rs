//! The table on terminals of every width: what is left out or moved, and what never is.
#![allow(missing_docs, dead_code, clippy::unwrap_used)]

mod report_sample;

use reissue_audit::report::model::Report;
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
