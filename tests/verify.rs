//! `verify` as it is called: two pictures of a cluster beside each other.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;

use assert_cmd::Command;
use common::command;
use serde_json::{Value, json};

fn verify(arguments: &[&str]) -> Command {
    let mut command = command();
    command.args(["verify", "--before", "demo", "-q"]).args(arguments);
    command
}

fn report(arguments: &[&str]) -> Value {
    let output = verify(arguments).args(["--report", "json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    assert_eq!(common::schema::errors(&schema, &report), Vec::<String>::new());
    report
}

fn outcomes(report: &Value) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for certificate in report["certificates"].as_array().unwrap() {
        *counted.entry(certificate["observed"]["outcome"].as_str().unwrap()).or_default() += 1;
    }
    counted
}

fn of<'r>(report: &'r Value, name: &str) -> &'r Value {
    report["certificates"].as_array().unwrap().iter().find(|certificate| certificate["name"] == name).unwrap()
}

#[test]
fn nothing_was_done() {
    let report = report(&["demo"]);
    assert_eq!(report["command"], "verify");
    let counted = outcomes(&report);
    assert!(counted.keys().all(|outcome| ["same", "pending", "not-comparable"].contains(outcome)), "{counted:?}");
    assert!(counted["same"] > counted["pending"]);
    for certificate in report["certificates"].as_array().unwrap() {
        assert_eq!(certificate["predicted"], Value::Null);
        assert_eq!(certificate["observed"]["serialBefore"], certificate["observed"]["serialAfter"]);
    }
}

/// The restore that was foretold did not take place.
#[test]
fn what_was_foretold_and_not_done_is_named() {
    let report = report(&["demo", "--preset", "velero-documented"]);
    let (surprise, other) = (of(&report, "keycloak"), of(&report, "internal-root-ca"));
    assert_eq!(surprise["predicted"]["verdict"], "reissue-now");
    assert_eq!(surprise["observed"]["asPredicted"], false);
    assert!(surprise["because"].as_str().unwrap().contains("Foretold was: reissue-now (SecretMismatch)."));
    assert_eq!(
        (&other["predicted"]["verdict"], &other["observed"]["asPredicted"]),
        (&json!("unchanged"), &json!(true))
    );
    let table = verify(&["demo", "--preset", "velero-documented"]).output().unwrap();
    let first = String::from_utf8(table.stdout).unwrap().lines().next().unwrap().to_owned();
    assert!(first.contains("not as foretold") && first.contains("None of 41 certificates was re-issued"), "{first}");
}

#[test]
fn a_release_foretells_too() {
    let report = report(&["demo", "--to", "v1.14.7"]);
    assert_eq!(of(&report, "internal-root-ca")["predicted"]["verdict"], "unchanged");
    assert_eq!(report["certManager"]["version"], "v1.21.2");
}

/// A cluster in which one Certificate is left.
#[test]
fn what_is_gone_is_lost_and_what_came_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let after = folder.path().join("after.json");
    let metadata = json!({"namespace": "shop", "name": "came"});
    let spec = json!({"secretName": "came", "issuerRef": {"name": "ca"}});
    let certificate =
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": metadata, "spec": spec});
    fs::write(&after, certificate.to_string()).unwrap();
    let after = after.display().to_string();
    let report = report(&[&after, "--complete"]);
    assert_eq!(outcomes(&report), BTreeMap::from([("lost", 41), ("new", 1)]));
    assert_eq!(of(&report, "keycloak")["verdict"], "lost");
    verify(&[&after, "--complete", "--fail-on", "lost"]).assert().code(10);
}

#[test]
fn usage() {
    for (arguments, said) in [
        (&["verify", "demo"][..], "--before"),
        (&["verify", "--before", "demo", "--preset", "none", "demo"], "no preset"),
        (&["verify", "--before", "demo", "--preset", "etcd", "--to", "v1.21.2", "demo"], "--to"),
    ] {
        let output = command().args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
}

/// What was re-issued is told although it is unchanged now; what stays as it was is only counted.
#[test]
fn what_was_done_is_listed_whatever_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("before.json");
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "iam", "name": "keycloak"}});
    fs::write(&before, secret.to_string()).unwrap();
    let before = before.display().to_string();
    // The Secret of the first source is not the one that the demo has: it wins, and is empty.
    let output = command().args(["verify", "-q", "--before", "demo", "--before", &before, "demo"]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let row = table.lines().find(|line| line.contains("iam/keycloak")).unwrap();
    assert!(row.contains("Re-issued"), "{row}");
    assert!(table.lines().next().unwrap().starts_with("1 of 41 certificates was re-issued"), "{table}");
}
