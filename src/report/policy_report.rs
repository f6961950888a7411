//! Policy reports for a cluster: `Report` and `ClusterReport` of OpenReports, or `PolicyReport` and `ClusterPolicyReport` of the
//! older group, which differ by names alone.
//!
//! One document of kind `List` in JSON, which `kubectl apply --server-side` takes. Every Certificate is a result with the policy
//! `verdict`, every finding one with its rule as the policy.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::format::Format;
use super::grade::{self, Grade};
use super::model::{Certificate, Finding, ObjectId, Report};
use super::render::{PRETTY_UP_TO, RenderError, RenderOptions, write_serialised};
use super::text::{clip, visible};
use crate::object::kind::KINDS;

/// Results in one report: with its managed fields it stays far below the 1.5 MiB that etcd takes as an object, and without
/// them below the 256 KiB that a client-side apply keeps in an annotation.
const MAX_RESULTS: usize = 150;

/// Characters of a message.
const MAX_MESSAGE: usize = 1_000;

/// The names of a group.
struct Dialect {
    format: Format,
    api_version: &'static str,
    report: &'static str,
    cluster_report: &'static str,
    /// Whether a report names its source beside its results.
    names_source: bool,
}

/// Kyverno 1.15 and later, behind a flag, and policy-reporter read it.
const OPEN_REPORTS: Dialect = Dialect {
    format: Format::OpenReports,
    api_version: "openreports.io/v1alpha1",
    report: "Report",
    cluster_report: "ClusterReport",
    names_source: true,
};

/// The group before it.
const POLICY_REPORTS: Dialect = Dialect {
    format: Format::PolicyReport,
    api_version: "wgpolicyk8s.io/v1alpha2",
    report: "PolicyReport",
    cluster_report: "ClusterPolicyReport",
    names_source: false,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    api_version: &'static str,
    kind: &'static str,
    items: Vec<Object>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    summary: Counts,
    results: Vec<Entry>,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    namespace: String,
    labels: BTreeMap<&'static str, &'static str>,
}

#[derive(Default, Serialize)]
struct Counts {
    pass: usize,
    fail: usize,
    warn: usize,
    error: usize,
    skip: usize,
}

#[derive(Serialize)]
struct Entry {
    source: &'static str,
    policy: String,
    category: &'static str,
    result: &'static str,
    severity: &'static str,
    scored: bool,
    message: String,
    resources: [Resource; 1],
    properties: BTreeMap<&'static str, String>,
    timestamp: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    namespace: String,
    name: String,
}

#[derive(Clone, Copy, Serialize)]
struct Timestamp {
    seconds: i64,
    nanos: i32,
}

pub(super) fn write_open_reports(
    report: &Report,
    options: &RenderOptions,
    out: &mut impl Write,
) -> Result<(), RenderError> {
    write(report, options, &OPEN_REPORTS, out)
}

pub(super) fn write_policy_reports(
    report: &Report,
    options: &RenderOptions,
    out: &mut impl Write,
) -> Result<(), RenderError> {
    write(report, options, &POLICY_REPORTS, out)
}

fn write(report: &Report, options: &RenderOptions, dialect: &Dialect, out: &mut impl Write) -> Result<(), RenderError> {
    let mut by_namespace: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    let mut add = |entry: Entry| {
        let [resource] = &entry.resources;
        by_namespace.entry(resource.namespace.clone()).or_default().push(entry);
    };
    let at = Timestamp { seconds: report.evaluated_at.0, nanos: 0 };
    report.certificates.iter().for_each(|certificate| add(of_certificate(certificate, report.tool.name, at)));
    report.findings.iter().for_each(|finding| add(of_finding(finding, report.tool.name, at)));
    if options.show_suppressed {
        for suppressed in &report.suppressed {
            let mut entry = of_finding(&suppressed.finding, report.tool.name, at);
            entry.result = "skip";
            entry.properties.insert("suppressed", visible(&suppressed.reason).into_owned());
            add(entry);
        }
    }
    let mut items = Vec::new();
    for (namespace, mut entries) in by_namespace {
        let mut number = 1;
        while !entries.is_empty() {
            let rest = entries.split_off(entries.len().min(MAX_RESULTS));
            items.push(object(report, dialect, &namespace, number, entries));
            entries = rest;
            number += 1;
        }
    }
    let list = List { api_version: "v1", kind: "List", items };
    write_serialised(&list, report.certificates.len() <= PRETTY_UP_TO, dialect.format, out)
}

fn object(report: &Report, dialect: &Dialect, namespace: &str, number: usize, results: Vec<Entry>) -> Object {
    let name = match number {
        1 => format!("{}-{}", report.tool.name, report.command),
        more => format!("{}-{}-{more}", report.tool.name, report.command),
    };
    let mut summary = Counts::default();
    for entry in &results {
        *match entry.result {
            "pass" => &mut summary.pass,
            "fail" => &mut summary.fail,
            "warn" => &mut summary.warn,
            "error" => &mut summary.error,
            _ => &mut summary.skip,
        } += 1;
    }
    Object {
        api_version: dialect.api_version,
        kind: if namespace.is_empty() { dialect.cluster_report } else { dialect.report },
        metadata: Metadata {
            name,
            namespace: namespace.to_owned(),
            labels: BTreeMap::from([("app.kubernetes.io/managed-by", report.tool.name)]),
        },
        source: dialect.names_source.then_some(report.tool.name),
        summary,
        results,
    }
}

fn of_certificate(certificate: &Certificate, source: &'static str, timestamp: Timestamp) -> Entry {
    let (result, severity) = match (certificate.verdict, grade::of_verdict(certificate.verdict)) {
        ("unknown", _) => ("error", "medium"),
        (_, Grade::Error) => ("fail", "high"),
        (_, Grade::Warning) => ("warn", "medium"),
        _ => ("pass", "info"),
    };
    let about = ObjectId {
        kind: "Certificate".into(),
        namespace: certificate.namespace.clone(),
        name: certificate.name.clone(),
    };
    let mut properties = BTreeMap::from([
        ("verdict", certificate.verdict.to_owned()),
        ("confidence", certificate.confidence.to_owned()),
    ]);
    if let Some(trigger) = &certificate.trigger {
        properties.insert("reason", visible(&trigger.reason).into_owned());
    }
    Entry {
        source,
        policy: "verdict".to_owned(),
        category: "cert-manager",
        result,
        severity,
        scored: true,
        message: message(&grade::sentence(certificate)),
        resources: [resource(&about)],
        properties,
        timestamp,
    }
}

fn of_finding(finding: &Finding, source: &'static str, timestamp: Timestamp) -> Entry {
    let grade = grade::of_severity(finding.severity);
    let mut properties = BTreeMap::from([("id", visible(&finding.id).into_owned())]);
    if let Some(class) = finding.class {
        properties.insert("class", class.to_owned());
    }
    Entry {
        source,
        policy: finding.rule.to_owned(),
        category: "cert-manager",
        result: if grade == Grade::Error { "fail" } else { "warn" },
        severity: finding.severity,
        scored: true,
        message: message(&grade::paragraph(finding)),
        resources: [resource(&finding.object)],
        properties,
        timestamp,
    }
}

fn message(text: &str) -> String {
    clip(&visible(text), MAX_MESSAGE).into_owned()
}

fn resource(about: &ObjectId) -> Resource {
    // Of every group that is known, the version served today is v1.
    let row = KINDS.iter().find(|row| row.name == &*about.kind);
    let api_version = row.map(|row| if row.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", row.group) });
    Resource {
        api_version,
        kind: visible(&about.kind).into_owned(),
        namespace: visible(&about.namespace).into_owned(),
        name: visible(&about.name).into_owned(),
    }
}
