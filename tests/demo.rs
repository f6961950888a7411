//! The demo: every verdict, every policy of the newest chain, and what the generator's scenarios expect.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::collections::BTreeSet;

use common::{command, entry};
use serde_json::Value;

fn run(arguments: &[&str]) -> Value {
    let output = command().args(arguments).args(["--report", "json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verdicts(report: &Value) -> BTreeSet<String> {
    let certificates = report["certificates"].as_array().unwrap();
    certificates.iter().map(|c| c["verdict"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn audit_says_what_the_scenarios_expect() {
    let report = run(&["audit", "demo"]);
    let expected = std::fs::read_to_string("testdata/demo/expected.tsv").unwrap();
    let rows: Vec<Vec<&str>> = expected.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let [namespace, name, verdict, trigger] = row[..] else { panic!("{row:?}") };
        let entry = entry(&report, namespace, name);
        let found = (entry["verdict"].as_str().unwrap(), entry["trigger"]["policy"].as_str().unwrap_or("-"));
        if found != (verdict, trigger) {
            wrong.push(format!(
                "{namespace}/{name}: expected {verdict} {trigger}, found {found:?}: {}",
                entry["because"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(report["certificates"].as_array().unwrap().len(), rows.len());
}

#[test]
fn every_verdict_occurs_over_audit_and_plan() {
    let mut found = verdicts(&run(&["audit", "demo"]));
    for preset in ["kubectl-config", "velero-documented", "velero-everything"] {
        found.extend(verdicts(&run(&["plan", "--backup", "demo", "--preset", preset])));
    }
    let all = ["blocked", "drift", "in-progress", "lost", "reissue-later", "reissue-now", "unchanged", "unknown"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

#[test]
fn every_policy_of_the_newest_chain_is_violated_once() {
    let report = run(&["audit", "demo"]);
    let violated: BTreeSet<&str> = report["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|certificate| certificate["violations"].as_array().unwrap())
        .map(|violation| violation["policy"].as_str().unwrap())
        .collect();
    let chain = reissue_audit::policy::trigger_chain(&reissue_audit::release::newest());
    let ids: BTreeSet<&str> = chain.iter().map(|policy| policy.id).collect();
    assert_eq!(violated, ids);
}

#[test]
fn the_demo_is_small_and_whole() {
    let size = std::fs::metadata("testdata/demo/demo.yaml.gz").unwrap().len();
    assert!(size <= 300 * 1024, "{size} bytes");
    let report = run(&["audit", "demo"]);
    assert_eq!(report["coverage"]["inputs"][0]["problems"], serde_json::json!([]), "{}", report["coverage"]);
    // The Secrets of one namespace were not read, on purpose.
    assert_eq!(report["coverage"]["complete"], false);
}
