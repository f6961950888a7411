//! `renewals` as it is called: who is to be renewed by hand, in which wave, and who must wait.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
mod rule_worlds;

use common::{NOW, certificate, command, issue, list, p256, request, secret};
use serde_json::{Value, json};

fn report(arguments: &[&str], input: &str) -> Value {
    let mut command = command();
    command.arg("renewals").args(arguments).args(["-q", "--report", "json"]).write_stdin(input);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    assert_eq!(common::schema::errors(&schema, &report), Vec::<String>::new());
    report
}

/// Per wave: name and reasons of each Certificate, in order.
fn waves(report: &Value) -> Vec<Vec<(String, Vec<String>)>> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entry = |entry: &Value| {
        let reasons = entry["reasons"].as_array().unwrap().iter();
        (text(&entry["name"]), reasons.map(|reason| text(&reason["reason"])).collect())
    };
    let wave = |wave: &Value| wave["certificates"].as_array().unwrap().iter().map(entry).collect();
    report["renewals"]["waves"].as_array().unwrap().iter().map(wave).collect()
}

fn held(report: &Value) -> Vec<(String, String)> {
    let held = report["renewals"]["notNow"].as_array().unwrap().iter();
    held.map(|h| (h["name"].as_str().unwrap().to_owned(), h["why"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn the_demo_has_three_that_drifted() {
    let report = report(&["demo"], "");
    let names: Vec<String> = waves(&report).concat().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["node-exporter", "erp-frontend", "print-tls"]);
    let wave = &report["renewals"]["waves"][0];
    assert_eq!((&wave["caCalls"], &wave["keysRotate"]), (&json!(3), &json!(3)));
    assert_eq!(wave["commands"][0]["command"], "cmctl renew -n monitoring node-exporter");
    assert_eq!(wave["commands"][0]["effect"], "issues");
}

/// A root that signs itself, an intermediate CA below it and a leaf below that; each Certificate with its issuer.
struct Tree {
    objects: Vec<Value>,
}

impl Tree {
    fn new() -> Self {
        let mut objects = Vec::new();
        for (name, issuer) in [("root", "self"), ("middle", "root"), ("leaf", "middle")] {
            let issued = issue(p256(), &[&format!("{name}.example.com")]);
            let mut own = certificate("shop", name, &[&format!("{name}.example.com")]);
            let mut holds = secret("shop", name, &issued);
            let mut asked = request("shop", name, &issued);
            own["spec"]["issuerRef"]["name"] = json!(issuer);
            own["spec"]["privateKey"]["rotationPolicy"] = json!("Never");
            own["spec"]["isCA"] = json!(false);
            holds["metadata"]["annotations"]["cert-manager.io/issuer-name"] = json!(issuer);
            asked["spec"]["issuerRef"]["name"] = json!(issuer);
            objects.extend([own, holds, asked]);
        }
        objects.push(json!({"apiVersion": "cert-manager.io/v1", "kind": "Issuer",
            "metadata": {"namespace": "shop", "name": "self"}, "spec": {"selfSigned": {}}}));
        for name in ["root", "middle"] {
            objects.push(json!({"apiVersion": "cert-manager.io/v1", "kind": "Issuer",
                "metadata": {"namespace": "shop", "name": name}, "spec": {"ca": {"secretName": format!("{name}-tls")}}}));
        }
        Self { objects }
    }

    fn change(mut self, kind: &str, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        self.objects = rule_worlds::altered(self.objects, kind, name, change);
        self
    }

    fn report(&self) -> Value {
        report(&["-", "--now", NOW], &list(&self.objects))
    }
}

fn names(waves: &[Vec<(String, Vec<String>)>]) -> Vec<Vec<&str>> {
    waves.iter().map(|wave| wave.iter().map(|(name, _)| &**name).collect()).collect()
}

/// In this tree nothing chains, as every certificate signs itself: those below a CA are to be renewed, the CA first.
#[test]
fn a_ca_comes_before_what_it_signs() {
    let report = Tree::new().report();
    let found = waves(&report);
    assert_eq!(names(&found), [["middle"], ["leaf"]]);
    assert_eq!(found[0][0].1, ["ca-changed"]);
    let commands = report["renewals"]["waves"][0]["commands"].as_array().unwrap();
    assert_eq!(commands[0]["command"], "cmctl renew -n shop middle");
    let wait = "kubectl -n shop wait certificate middle --for=jsonpath='{.status.revision}'=2 --timeout=10m";
    assert_eq!((&commands[1]["command"], &commands[1]["effect"]), (&json!(wait), &json!("safe")));
    assert_eq!(report["renewals"]["waves"][1]["commands"].as_array().unwrap().len(), 1, "nothing to wait for");
}

#[test]
fn a_ca_with_a_new_key_takes_what_it_signed_along() {
    let rotating = |c: &mut Value| c["spec"]["privateKey"]["rotationPolicy"] = json!("Always");
    let report = Tree::new().change("Certificate", "middle", rotating).report();
    let found = waves(&report);
    assert_eq!(names(&found), [["middle"], ["leaf"]]);
    assert_eq!(found[1][0].1, ["ca-changed", "ca-replaced"]);
    assert_eq!(report["renewals"]["waves"][0]["keysRotate"], 1);
}

#[test]
fn who_cannot_be_issued_must_wait_and_what_is_below_too() {
    let gone = |secret: &mut Value| drop(secret["data"].as_object_mut().unwrap().remove("tls.key"));
    let report = Tree::new().change("Secret", "root-tls", gone).report();
    // The root is issued again by itself, as its key is missing; the middle waits for it.
    let held = held(&report);
    assert!(held.iter().any(|(name, why)| name == "middle" && why.contains("shop/root")), "{held:?}");
    assert!(waves(&report).concat().iter().all(|(name, _)| name != "middle"), "{report}");
}

#[test]
fn a_running_issuance_and_a_foreign_secret_are_left_alone() {
    let issuing = |c: &mut Value| c["status"]["conditions"] = json!([{"type": "Issuing", "status": "True"}]);
    let report = Tree::new().change("Certificate", "leaf", issuing).report();
    let held_back = held(&report);
    assert!(held_back.iter().any(|(name, why)| name == "leaf" && why.contains("running already")), "{held_back:?}");
    let mut tree = Tree::new();
    let mut late = certificate("shop", "late", &["leaf.example.com"]);
    late["spec"]["secretName"] = json!("leaf-tls");
    late["spec"]["issuerRef"]["name"] = json!("middle");
    late["metadata"]["creationTimestamp"] = json!("2026-11-12T00:00:00Z");
    tree.objects.push(late);
    let held_back = held(&tree.report());
    assert!(
        held_back.iter().any(|(name, why)| name == "late" && why.contains("belongs to Certificate leaf")),
        "{held_back:?}"
    );
}

/// Arguments, exit code.
const CODES: [(&[&str], i32); 5] = [
    (&["demo"], 0),
    (&["demo", "--fail-on", "drift"], 10),
    (&["demo", "--strict"], 4),
    (&[], 3),
    (&["/no/such/file"], 3),
];

#[test]
fn exit_codes() {
    for (arguments, code) in CODES {
        let output = command().arg("renewals").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn every_format_tells_the_waves() {
    let rendered = |format: &str| {
        String::from_utf8(command().args(["renewals", "demo", "--report", format]).output().unwrap().stdout).unwrap()
    };
    let table = rendered("table");
    insta::assert_snapshot!(table.split("\nRenewals\n").nth(1).unwrap().split("\nCoverage").next().unwrap());
    for format in ["markdown", "html", "yaml", "json"] {
        let text = rendered(format);
        for word in ["print-tls", "cmctl renew -n monitoring node-exporter", "spec.usages"] {
            assert!(text.contains(word), "{format}: {word}");
        }
    }
}
