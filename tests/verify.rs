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
        (&["verify", "--before", "demo"], "name a SOURCE"),
        (&["verify", "--before", "demo", "--preset", "none", "demo"], "no preset"),
        (&["verify", "--before", "demo", "--preset", "etcd", "--to", "v1.21.2", "demo"], "--to"),
    ] {
        let output = command().args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
}
