//! A backup that real Velero made of a real cluster, and what a real restore of it did; how both came about is told by
//! `testdata/sources/README.md`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::command;
use serde_json::Value;

const FIXTURE: &str = "testdata/sources/velero";

/// Verdict and cert-manager's words for its trigger, by namespace and name.
type Verdicts = BTreeMap<(String, String), (String, Option<String>)>;

fn file(name: &str) -> PathBuf {
    Path::new(FIXTURE).join(name)
}

fn report(arguments: &[&str]) -> Value {
    let now = std::fs::read_to_string(file("now.txt")).unwrap();
    let output = command().args(arguments).args(["--report", "json", "--now", now.trim()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verdicts(report: &Value) -> Verdicts {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let entry = |certificate: &Value| {
        let who = (text(&certificate["namespace"]).unwrap(), text(&certificate["name"]).unwrap());
        (who, (text(&certificate["verdict"]).unwrap(), text(&certificate["trigger"]["message"])))
    };
    report["certificates"].as_array().unwrap().iter().map(entry).collect()
}

fn backup() -> String {
    let files = std::fs::read_dir(FIXTURE).unwrap().map(|entry| entry.unwrap().path());
    let mut tarballs = files.filter(|path| path.to_string_lossy().ends_with(".tar.gz"));
    tarballs.next().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn the_backup_and_the_dump_of_the_same_cluster_say_the_same() {
    let dump = file("source.json.gz");
    let version = ["--cert-manager", "v1.21.1"];
    let of_backup = verdicts(&report(&[&["audit", &backup()], &version[..]].concat()));
    let of_dump = verdicts(&report(&[&["audit", dump.to_str().unwrap()], &version[..]].concat()));
    assert!(of_backup.len() > 50);
    assert_eq!(of_backup, of_dump);
}

/// What can be seen of a verdict: `tests/real/runner/compare.py` says the same.
fn expected(verdict: &str) -> &[&str] {
    match verdict {
        "lost" => &["lost"],
        "blocked" => &["blocked", "failed"],
        "in-progress" => &["waiting"],
        "reissue-now" => &["reissued"],
        "unchanged" | "drift" | "reissue-later" => &["kept"],
        _ => &[],
    }
}

#[test]
fn the_prediction_is_what_the_real_restore_did() {
    let plan = file("plan.yaml");
    let backup = backup();
    let predicted = verdicts(&report(&["plan", "--backup", &backup, "--plan", plan.to_str().unwrap()]));
    let text = std::fs::read_to_string(file("observed.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let seen: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| seen[key].as_str().unwrap_or_default().to_owned();
        let (verdict, _) = &predicted[&(text("namespace"), text("name"))];
        if !expected(verdict).contains(&text("outcome").as_str()) {
            wrong.push(format!("{}/{}: {verdict}, seen: {}", text("namespace"), text("name"), text("outcome")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(text.lines().count() > 50);
}
