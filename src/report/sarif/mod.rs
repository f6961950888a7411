//! SARIF 2.1.0, for code scanning.
//!
//! Findings are results, and so are Certificates whose verdict asks for attention. The limits are those of GitHub's
//! "SARIF support for code scanning": 25,000 results in a run, of which it shows 5,000, 10 MB gzipped, 20 tags and
//! descriptions of 1,024 characters.

mod log;
mod rules;

use std::collections::HashMap;
use std::io::Write;

use self::log::{
    ArtifactLocation, Descriptor, Driver, Finding, FindingProperties, Fingerprints, Invocation, Location, Log,
    LogicalLocation, Notification, PhysicalLocation, Region, Run, RunProperties, Suppression, Text, Tool,
};
use super::format::Format;
use super::grade::{self, Grade};
use super::model::{self, Certificate, ObjectId, Report};
use super::render::{PRETTY_UP_TO, RenderError, RenderOptions, write_serialised};
use super::text::{clip, visible};
use super::view::object;
use crate::rule;

/// Results that GitHub takes in a run.
const MAX_RESULTS: usize = 25_000;

/// No text of a result is longer, so that 25,000 of them stay below what GitHub takes.
const MAX_MESSAGE: usize = 1_000;

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut impl Write) -> Result<(), RenderError> {
    let mut scribe = Scribe::new(report);
    let mut results: Vec<Finding> =
        report.certificates.iter().filter_map(|certificate| scribe.certificate(certificate)).collect();
    results.extend(report.findings.iter().map(|finding| scribe.finding(finding)));
    if options.show_suppressed {
        for suppressed in &report.suppressed {
            let mut result = scribe.finding(&suppressed.finding);
            result.suppressions =
                vec![Suppression { kind: "external", justification: plain(&suppressed.reason, MAX_MESSAGE) }];
            results.push(result);
        }
    }
    // The gravest are kept.
    results.sort_by_key(|result| ["error", "warning", "note"].iter().position(|level| *level == result.level));
    let left_out = results.len().saturating_sub(MAX_RESULTS);
    results.truncate(MAX_RESULTS);
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: report.tool.name,
                    semantic_version: report.tool.version,
                    rules: scribe.descriptors,
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: notifications(report, left_out),
            }],
            column_kind: "utf16CodeUnits",
            results,
            properties: RunProperties {
                command: report.command,
                evaluated_at: report.evaluated_at.to_string(),
                cert_manager: report.cert_manager.version.clone(),
                coverage_complete: report.coverage.complete,
                summary: report.summary.clone(),
            },
        }],
    };
    write_serialised(&log, report.certificates.len() <= PRETTY_UP_TO, Format::Sarif, out)
}

/// The level of a grade (section 3.27.10).
const fn level(grade: Grade) -> &'static str {
    match grade {
        Grade::Error => "error",
        Grade::Warning => "warning",
        Grade::Note | Grade::Fine => "note",
    }
}

/// Writes results that point into one list of descriptors.
struct Scribe {
    descriptors: Vec<Descriptor>,
    indices: HashMap<String, usize>,
    uri: String,
}

impl Scribe {
    fn new(report: &Report) -> Self {
        let descriptors = rules::descriptors();
        let indices = descriptors.iter().enumerate().map(|(index, known)| (known.id.clone(), index)).collect();
        Self { descriptors, indices, uri: uri(report) }
    }

    fn index(&mut self, id: &str, grade: Grade) -> usize {
        if let Some(index) = self.indices.get(id) {
            return *index;
        }
        self.descriptors.push(rules::bare(id, grade));
        self.indices.insert(id.to_owned(), self.descriptors.len() - 1);
        self.descriptors.len() - 1
    }

    /// A Certificate that asks for attention; what a rule of the verdict's name says is not said twice.
    fn certificate(&mut self, certificate: &Certificate) -> Option<Finding> {
        let grade = grade::of_verdict(certificate.verdict);
        if grade == Grade::Fine || rule::rule(certificate.verdict).is_some() {
            return None;
        }
        let about = ObjectId {
            kind: "Certificate".into(),
            namespace: certificate.namespace.clone(),
            name: certificate.name.clone(),
        };
        let properties = FindingProperties { verdict: Some(certificate.verdict), severity: None, class: None };
        let id = format!("{}/Certificate/{}/{}", certificate.verdict, certificate.namespace, certificate.name);
        let text = format!("{} is {}", object(&about), grade::sentence(certificate));
        Some(self.result(certificate.verdict, grade, &about, &text, id, properties))
    }

    fn finding(&mut self, finding: &model::Finding) -> Finding {
        let properties = FindingProperties { verdict: None, severity: Some(finding.severity), class: finding.class };
        let text = format!("{}: {}", object(&finding.object), grade::paragraph(finding));
        let grade = grade::of_severity(finding.severity);
        self.result(finding.rule, grade, &finding.object, &text, finding.id.clone(), properties)
    }

    fn result(
        &mut self,
        rule: &str,
        grade: Grade,
        about: &ObjectId,
        text: &str,
        id: String,
        properties: FindingProperties,
    ) -> Finding {
        let path = if about.namespace.is_empty() { String::new() } else { format!("{}/", about.namespace) };
        Finding {
            rule_id: rule.to_owned(),
            rule_index: self.index(rule, grade),
            level: level(grade),
            message: Text { text: plain(text, MAX_MESSAGE) },
            locations: [Location {
                physical_location: PhysicalLocation {
                    artifact_location: ArtifactLocation { uri: self.uri.clone() },
                    region: Region { start_line: 1 },
                },
                logical_locations: [LogicalLocation {
                    name: about.name.to_string(),
                    fully_qualified_name: format!("{path}{}/{}", about.kind, about.name),
                    kind: "resource",
                }],
            }],
            partial_fingerprints: Fingerprints { primary_location_line_hash: hash(&id), id },
            suppressions: Vec::new(),
            properties,
        }
    }
}

/// A text without what would be read as an embedded link (section 3.11.6).
fn plain(text: &str, limit: usize) -> String {
    clip(&visible(text), limit).replace("](", "] (")
}

/// The form that GitHub's own fingerprints have: 16 hexadecimal digits and a count.
fn hash(id: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, id.as_bytes());
    let hex: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}:1")
}

/// The input file: the first, or in `verify` the last, which is the cluster as it is now.
fn uri(report: &Report) -> String {
    let inputs = &report.coverage.inputs;
    let input = if report.command == "verify" { inputs.last() } else { inputs.first() };
    match input.map(|input| input.location.as_str()) {
        None | Some("-") => "stdin".to_owned(),
        Some(path) => reference(path),
    }
}

/// A path as a URI reference (RFC 3986, section 4.1).
fn reference(path: &str) -> String {
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let drive = cfg!(windows) && path.as_bytes().get(1) == Some(&b':');
    let mut uri = String::from(if drive {
        "file:///"
    } else if path.starts_with('/') {
        "file://"
    } else {
        ""
    });
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

fn notifications(report: &Report, left_out: usize) -> Vec<Notification> {
    let problems = report.coverage.inputs.iter().flat_map(|input| &input.problems);
    let missing = problems.filter(|problem| problem.impact == "missing");
    let mut notifications: Vec<Notification> = missing
        .map(|problem| Notification {
            level: "warning",
            message: Text { text: plain(&format!("{}: {}", problem.location, problem.message), MAX_MESSAGE) },
        })
        .collect();
    if left_out > 0 {
        let text = format!("{left_out} results, less grave than these, are left out: GitHub takes {MAX_RESULTS}.");
        notifications.push(Notification { level: "warning", message: Text { text } });
    }
    notifications
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCES: [(&str, &str); 5] = [
        ("cluster.yaml", "cluster.yaml"),
        ("./dumps/my cluster.yaml", "dumps/my%20cluster.yaml"),
        ("/var/backups/a.tar.gz", "file:///var/backups/a.tar.gz"),
        ("a:b", "a%3Ab"),
        ("ü", "%C3%BC"),
    ];

    #[test]
    fn paths_become_uri_references() {
        for (path, uri) in REFERENCES {
            assert_eq!(reference(path), uri);
        }
    }

    #[test]
    fn links_are_not_embedded() {
        assert_eq!(plain("[a](b)\u{1b}", 100), "[a] (b)\\u{1b}");
    }
}
