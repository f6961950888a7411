//! `plan --suggest` says why what is left cannot be avoided. Whatever it claims is carried out here and looked at.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use common::{NOW, command, entry, healthy, list};
use reissue_audit::report::wording::verdict_rank;
use reissue_audit::time::{GoDuration, Time};
use serde_json::{Value, json};
use tempfile::TempDir;

fn output(arguments: &[&str]) -> String {
    let output = command().args(arguments).arg("-q").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn report(arguments: &[&str]) -> Value {
    serde_json::from_str(&output(&[arguments, &["--report", "json"]].concat())).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

fn left<'a>(report: &'a Value, cause: &'a str) -> impl Iterator<Item = &'a Value> {
    report["plan"]["remaining"].as_array().unwrap().iter().filter(move |left| left["cause"] == cause)
}

/// Verdict and trigger of what is left in another report.
fn there<'a>(other: &'a Value, left: &Value) -> &'a Value {
    entry(other, text(left, "namespace"), text(left, "name"))
}

/// How much a verdict weighs: 3 for what is lost, unknown or blocked, 2 for what is issued again, 1 for drift.
fn weight(verdict: &str) -> usize {
    match verdict {
        "lost" | "unknown" | "blocked" => 3,
        "in-progress" | "reissue-now" => 2,
        "drift" => 1,
        _ => 0,
    }
}

/// The plans of a comparison, each run by itself.
fn alone(suggested: &Value, source: &str, folder: &TempDir, more: &[&str]) -> BTreeMap<String, Value> {
    let rows = suggested["plan"]["alternatives"].as_array().unwrap();
    let run = |row: &Value| {
        let path = folder.path().join(format!("{}.yaml", text(row, "name")));
        fs::write(&path, text(row, "document")).unwrap();
        let found = report(&[&["plan", "--backup", source, "--plan", path.to_str().unwrap()], more].concat());
        (text(row, "name").to_owned(), found)
    };
    rows.iter().map(run).collect()
}

const BACKUP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/sources/velero/backup.tar.gz");
const BACKUP_TIME: &str = include_str!("../testdata/sources/velero/now.txt");

/// A source, what else is given, and the causes that occur.
const SOURCES: [(&str, &[&str], &[&str]); 3] = [
    ("demo", &[], &["restore", "trade-off", "source"]),
    ("demo", &["--restore-at", "2026-12-05T00:00:00Z"], &["restore", "trade-off", "due", "source"]),
    (BACKUP, &["--now", BACKUP_TIME], &["restore", "trade-off", "source"]),
];

#[test]
fn what_is_claimed_is_what_the_commands_say() {
    for (source, more, causes) in SOURCES {
        let more: Vec<&str> = more.iter().map(|text| text.trim()).collect();
        let suggested = report(&[&["plan", "--backup", source, "--suggest"], more.as_slice()].concat());
        let all = suggested["plan"]["remaining"].as_array().unwrap();
        let found: BTreeSet<&str> = all.iter().map(|left| text(left, "cause")).collect();
        assert_eq!(found, causes.iter().copied().collect(), "{source} {more:?}");
        everything_is_explained(&suggested);
        let folder = tempfile::tempdir().unwrap();
        plans_do_what_is_said_of_them(&suggested, &alone(&suggested, source, &folder, &more));
    }
}

fn everything_is_explained(suggested: &Value) {
    let all = suggested["plan"]["remaining"].as_array().unwrap();
    let verdicts = all.iter().filter(|left| left["harm"] != "orphaned");
    let explained: BTreeMap<_, _> =
        verdicts.map(|left| ((text(left, "namespace"), text(left, "name")), text(left, "harm"))).collect();
    let certificates = suggested["certificates"].as_array().unwrap();
    let harmed: BTreeMap<_, _> = certificates
        .iter()
        .filter(|certificate| weight(text(certificate, "verdict")) > 0)
        .map(|certificate| ((text(certificate, "namespace"), text(certificate, "name")), text(certificate, "verdict")))
        .collect();
    assert_eq!(explained, harmed);
    let orphans = all.len() - explained.len();
    assert_eq!(suggested["plan"]["alternatives"][0]["orphaned"], orphans);
    for left in all {
        let step = left["step"].as_u64();
        let event = |story: &&Value| story["step"].as_u64() == step && story["event"] == left["event"];
        let stories = there(suggested, left)["steps"].as_array().unwrap();
        assert!(step.is_none() || stories.iter().any(|story| event(&story)), "{left}");
    }
}

fn plans_do_what_is_said_of_them(suggested: &Value, alone: &BTreeMap<String, Value>) {
    let orphaned = |report: &Value, left: &Value| {
        report["findings"].as_array().unwrap().iter().any(|finding| {
            finding["rule"] == "orphaned-owner"
                && finding["object"]["namespace"] == left["namespace"]
                && finding["object"]["name"] == left["name"]
        })
    };
    for left in suggested["plan"]["remaining"].as_array().unwrap() {
        if let Some(plan) = left["avoidedBy"]["plan"].as_str() {
            let certificate = there(&alone[plan], left);
            assert_eq!(certificate["verdict"], left["avoidedBy"]["verdict"], "{left}");
            let avoided = match text(left, "harm") {
                "orphaned" => !orphaned(&alone[plan], left) && weight(text(certificate, "verdict")) <= 2,
                harm => weight(text(certificate, "verdict")) < weight(harm),
            };
            assert!(avoided, "{left}");
            continue;
        }
        assert_ne!(left["cause"], "trade-off", "{left}");
        for (name, report) in alone {
            let verdict = text(there(report, left), "verdict");
            let harmed = match text(left, "harm") {
                "orphaned" => orphaned(report, left) || weight(verdict) > 2,
                harm => weight(verdict) >= weight(harm),
            };
            assert!(harmed, "{name} avoids {left}");
        }
    }
}

/// What the source does as it stands is what `audit` says of it at the instant of the restore.
#[test]
fn what_the_source_does_is_what_audit_says() {
    for at in ["2026-11-20T09:00:00Z", "2026-12-05T00:00:00Z"] {
        let suggested = report(&["plan", "--backup", "demo", "--suggest", "--restore-at", at]);
        let audit = report(&["audit", "demo", "--now", at]);
        for left in left(&suggested, "source").chain(left(&suggested, "due")) {
            let (here, there) = (there(&suggested, left), there(&audit, left));
            let held_back = text(there, "because").starts_with("The last issuance failed");
            assert!(held_back || weight(text(there, "verdict")) >= weight(text(left, "harm")), "{left} {there}");
            let policy = |certificate: &Value| certificate["trigger"]["policy"].clone();
            assert_eq!(policy(here), policy(there), "{left}");
        }
        for left in left(&suggested, "restore").chain(left(&suggested, "trade-off")) {
            let (here, there) = (there(&suggested, left), there(&audit, left));
            assert!(here["verdict"] != there["verdict"] || here["trigger"] != there["trigger"], "{left}");
        }
    }
}

/// The same plan carried out a second before leaves alone what falls due then, and not a second later.
#[test]
fn a_restore_before_the_date_leaves_it_alone() {
    let suggested = report(&["plan", "--backup", "demo", "--suggest", "--restore-at", "2026-12-05T00:00:00Z"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.yaml");
    fs::write(&path, text(&suggested["plan"]["alternatives"][0], "document")).unwrap();
    let due: Vec<&Value> = left(&suggested, "due").collect();
    assert_eq!(due.len(), 2);
    for left in due {
        let date = Time::parse(text(left, "restoreBefore")).unwrap();
        let verdict = |at: Time| {
            let at = at.to_string();
            let found = report(&["plan", "--backup", "demo", "--plan", path.to_str().unwrap(), "--restore-at", &at]);
            text(there(&found, left), "verdict").to_owned()
        };
        let before = Time(date.0 - 1);
        assert_eq!((verdict(before).as_str(), verdict(date).as_str()), ("reissue-later", "reissue-now"), "{left}");
        assert_eq!(verdict(date.plus(GoDuration::hours(1))), "reissue-now");
    }
}

#[test]
fn the_worst_stands_first_in_every_cause() {
    let suggested = report(&["plan", "--backup", "demo", "--suggest"]);
    let all = suggested["plan"]["remaining"].as_array().unwrap();
    for cause in all.chunk_by(|a, b| a["cause"] == b["cause"]) {
        assert!(cause.is_sorted_by_key(|left| verdict_rank(text(left, "harm"))), "{cause:#?}");
    }
    let causes: Vec<&str> = all.chunk_by(|a, b| a["cause"] == b["cause"]).map(|some| text(&some[0], "cause")).collect();
    assert_eq!(causes, ["restore", "trade-off", "source"]);
}

/// Every format for people says it where it was asked for, and only there.
#[test]
fn only_a_suggestion_says_why() {
    for format in ["table", "markdown", "html"] {
        let asked = output(&["plan", "--backup", "demo", "--suggest", "--report", format]);
        for words in [
            "does not avoid, and why",
            "The restore causes it, and none of the 7 plans that were compared avoids it (1).",
            "The restore causes it; another plan avoids it and does no less damage in sum (1).",
            "With velero-documented it stays as it is.",
            "The restore does not cause it: the source does the same as it stands (3).",
            "Have the source renew it before the backup is made.",
        ] {
            assert!(asked.contains(words), "{format} lacks {words}");
        }
        let compared = output(&["plan", "--backup", "demo", "--compare", "--report", format]);
        assert!(!compared.contains("does not avoid, and why"), "{format}");
    }
    assert!(report(&["plan", "--backup", "demo", "--compare"])["plan"].get("remaining").is_none());
    assert!(report(&["plan", "--backup", "demo", "--preset", "etcd"])["plan"].get("remaining").is_none());
}

fn run_as(release: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "cert-manager", "name": "cert-manager"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [
            {"name": "controller", "image": format!("quay.io/jetstack/cert-manager-controller:{release}"), "args": []},
        ]}}},
    })
}

/// A Certificate whose Secret names another one, which only 1.13.2 and later mind.
fn with_another_name(namespace: &str, name: &str) -> Vec<Value> {
    let mut objects = healthy(namespace, name);
    for object in objects.iter_mut().filter(|object| object["metadata"]["annotations"].is_object()) {
        if object["kind"] == "Secret" {
            object["metadata"]["annotations"]["cert-manager.io/certificate-name"] = json!("another");
        }
    }
    objects
}

/// The source's own release, the one restored to, and whose doing it is; where nothing tells which release the source runs, an
/// assumption says so.
const RELEASES: [(Option<&str>, &str, &str); 3] =
    [(Some("v1.12.17"), "v1.21.2", "release"), (Some("v1.17.4"), "v1.21.2", "source"), (None, "v1.21.2", "source")];

#[test]
fn what_the_targets_release_does_is_not_the_restores_doing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source.json");
    for (own, to, cause) in RELEASES {
        let objects: Vec<Value> = with_another_name("shop", "web").into_iter().chain(own.map(run_as)).collect();
        fs::write(&path, list(&objects)).unwrap();
        let suggest = ["plan", "--suggest", "--now", NOW, "--cert-manager", to, "--backup", path.to_str().unwrap()];
        let found = report(&suggest);
        let [left] = found["plan"]["remaining"].as_array().unwrap().as_slice() else { panic!("{found:#}") };
        assert_eq!((text(left, "harm"), text(left, "cause")), ("reissue-now", cause), "{own:?}");
        let assumed = found["certManager"]["assumptions"].to_string().contains("The source's own release is not known");
        assert_eq!(assumed, own.is_none());
        // The audits say the same.
        let audit = |release: &str| {
            let found = report(&["audit", "--now", NOW, "--cert-manager", release, path.to_str().unwrap()]);
            text(there(&found, left), "verdict").to_owned()
        };
        assert_eq!(audit(to), "reissue-now");
        assert_eq!(own.map(audit), own.map(|_| if cause == "release" { "unchanged" } else { "reissue-now" }.into()));
    }
}

#[test]
fn what_is_in_the_target_already_is_not_the_restores_doing() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, objects: &[Value]| {
        let path = folder.path().join(name);
        fs::write(&path, list(objects)).unwrap();
        path.display().to_string()
    };
    let source = write("source.json", &healthy("shop", "web"));
    let target = write("target.json", &with_another_name("bank", "ledger"));
    let found = report(&["plan", "--suggest", "--now", NOW, "--backup", &source, "--target", &target]);
    let causes: Vec<_> = found["plan"]["remaining"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| (text(left, "name"), text(left, "harm"), text(left, "cause"), left["advice"].as_str()))
        .collect();
    let advice = Some("Put it right in the target before the restore.");
    assert_eq!(causes, [("ledger", "reissue-now", "target", advice)]);
}

#[test]
fn where_nothing_is_left_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source.json");
    fs::write(&path, list(&healthy("shop", "web"))).unwrap();
    let suggest = ["plan", "--suggest", "--now", NOW, "--backup", path.to_str().unwrap()];
    assert_eq!(report(&suggest)["plan"]["remaining"], json!([]));
    for format in ["table", "markdown", "html"] {
        let words = "Nothing: this plan re-issues, blocks, loses and orphans no Certificate.";
        assert!(output(&[suggest.as_slice(), &["--report", format]].concat()).contains(words), "{format}");
    }
}
