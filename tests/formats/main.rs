//! The formats for pipelines, read back by their own consumers and compared with the JSON.
#![allow(missing_docs, clippy::unwrap_used)]

mod csv_rows;
mod github;
mod junit;
mod policy_reports;
mod prometheus;
#[path = "../common/rendered.rs"]
mod rendered;
#[path = "../report_sample/mod.rs"]
mod report_sample;
mod sarif;

use std::collections::{BTreeMap, BTreeSet};

use reissue_audit::report::Format;
use reissue_audit::report::model::Report;
use rendered::rendered;
use report_sample as sample;
use serde_json::Value;

fn json(report: &Report) -> Value {
    serde_json::from_str(&rendered(report, Format::Json)).unwrap()
}

/// The samples that every format must carry.
fn samples() -> [Report; 4] {
    [sample::empty(), sample::company(), sample::company_plan(), sample::hostile()]
}

fn texts<'a>(value: &'a Value, pointer: &str) -> Vec<&'a str> {
    value.pointer(pointer).unwrap().as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// Namespace, name and verdict of every Certificate.
fn certificates(json: &Value) -> BTreeSet<(String, String, String)> {
    let all = json["certificates"].as_array().unwrap().iter();
    all.map(|c| (text(c, "namespace").to_owned(), text(c, "name").to_owned(), text(c, "verdict").to_owned())).collect()
}

/// Id, rule and severity of every finding.
fn findings(json: &Value) -> BTreeSet<(String, String, String)> {
    let all = json["findings"].as_array().unwrap().iter();
    all.map(|f| (text(f, "id").to_owned(), text(f, "rule").to_owned(), text(f, "severity").to_owned())).collect()
}

/// What [`certificates`] and [`findings`] are once unseen characters are spelled out, as every format but JSON and YAML
/// does; and on one line.
fn shown(set: &BTreeSet<(String, String, String)>) -> BTreeSet<(String, String, String)> {
    let show = |text: &str| {
        let spelled = text.chars().flat_map(|c| match c {
            '\n' | '\t' => vec![' '],
            c if c.is_control() || "\u{202e}\u{202c}\u{200b}".contains(c) => c.escape_unicode().collect(),
            c => vec![c],
        });
        spelled.collect::<String>()
    };
    set.iter().map(|(a, b, c)| (show(a), show(b), show(c))).collect()
}
