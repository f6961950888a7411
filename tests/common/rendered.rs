//! A report as the text that a format makes of it.

use reissue_audit::report::model::Report;
use reissue_audit::report::{Format, RenderOptions, render};

pub(crate) fn rendered_with(report: &Report, format: Format, options: &RenderOptions) -> String {
    let mut out = vec![];
    render(report, format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn rendered(report: &Report, format: Format) -> String {
    rendered_with(report, format, &RenderOptions::default())
}
