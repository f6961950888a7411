//! The HTML report: one file that needs nothing else.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::model::Report;
use super::render::{RenderError, RenderOptions};
use super::template::Templates;
use super::view::{Limits, View};

/// What a page of up to 5,000 Certificates may weigh, and what each more may add.
const MAX_BYTES: usize = 2_000_000;
const BYTES_PER_CERTIFICATE: usize = 400;

/// How many findings and how many bytes of explanations are shown, from most to least; the first that fits is taken.
/// Every Certificate has its row in any case.
const ROOM: [(usize, usize); 4] = [(1_000, 600_000), (500, 300_000), (200, 100_000), (50, 0)];

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut impl Write) -> Result<(), RenderError> {
    let mut templates = Templates::new(options.template_dir.as_deref())?;
    let (style, script) = (templates.source("report.css")?, templates.source("report.js")?);
    templates.add("csp", policy(&style, &script));
    templates.add("style", style);
    templates.add("script", script);
    let most = MAX_BYTES.max(report.certificates.len().saturating_mul(BYTES_PER_CERTIFICATE));
    let mut page = String::new();
    for (findings, explanations) in ROOM {
        let limits = Limits {
            certificates: usize::MAX,
            unchanged: true,
            findings,
            entries: 50,
            share_above: 200,
            explanations,
            suppressed: options.show_suppressed,
        };
        page = templates.render("report.html", &View::new(report, &limits))?;
        if page.len() <= most {
            break;
        }
    }
    Ok(out.write_all(page.as_bytes())?)
}

/// A Content-Security-Policy under which nothing is fetched and nothing runs but our own style and script (CSP level 3,
/// section 6.6.2: the hash is over the text of the element).
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )
}
