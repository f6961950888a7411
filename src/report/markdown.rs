//! The Markdown report: a comment under a pull request, which has room for 65,536 characters.

use std::io::Write;

use super::model::Report;
use super::render::{RenderError, RenderOptions};
use super::template::Templates;
use super::text::clip;
use super::view::{Limits, View};

/// What GitHub takes as a comment.
pub(super) const MAX_CHARS: usize = 65_536;

/// How much is shown, from most to least; the first that fits is taken.
const ROOM: [(usize, usize, usize); 12] = [
    (200, 60, 40),
    (150, 50, 30),
    (150, 30, 20),
    (100, 30, 20),
    (100, 20, 10),
    (60, 20, 10),
    (40, 10, 10),
    (20, 10, 5),
    (10, 5, 3),
    (5, 2, 2),
    (2, 1, 1),
    (0, 0, 0),
];

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut impl Write) -> Result<(), RenderError> {
    let templates = Templates::new(options.template_dir.as_deref())?;
    let mut text = String::new();
    for (certificates, findings, entries) in ROOM {
        let limits = Limits {
            certificates,
            unchanged: false,
            findings,
            entries,
            share_above: usize::MAX,
            explanations: usize::MAX,
            suppressed: options.show_suppressed,
        };
        text = templates.render("report.md", &View::new(report, &limits))?;
        if text.chars().count() <= MAX_CHARS {
            break;
        }
    }
    // Only a template that heeds no limit comes here.
    Ok(out.write_all(clip(&text, MAX_CHARS).as_bytes())?)
}
