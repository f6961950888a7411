//! The HTML report: one file that needs nothing else.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::model::Report;
use super::render::{RenderError, RenderOptions};
use super::template::Templates;
use super::view::{Limits, View};

/// A page of 5,000 Certificates stays below 2 MB with these.
const LIMITS: Limits = Limits {
    certificates: usize::MAX,
    unchanged: true,
    findings: 1_000,
    entries: 50,
    share_above: 200,
    explanations: 400_000,
};

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut impl Write) -> Result<(), RenderError> {
    let mut templates = Templates::new(options.template_dir.as_deref())?;
    let (style, script) = (templates.source("report.css")?, templates.source("report.js")?);
    templates.add("csp", policy(&style, &script));
    templates.add("style", style);
    templates.add("script", script);
    Ok(out.write_all(templates.render("report.html", &View::new(report, &LIMITS))?.as_bytes())?)
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
