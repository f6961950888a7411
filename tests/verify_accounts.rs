//! What `verify` tells beside what was seen: Events, reasons of surprises, who is stuck or orphaned.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
mod rule_worlds;

use common::{NOW, command, entry, healthy, issue, list, p256};
use rule_worlds::{altered, and, ingress, owned_by_ingress, without};
use serde_json::{Value, json};

/// The report on two pictures, foretold by a release that changes nothing.
fn report(before: &[Value], after: &[Value]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, objects: &[Value]| {
        let file = folder.path().join(name);
        std::fs::write(&file, list(objects)).unwrap();
        file.display().to_string()
    };
    let (before, after) = (write("before.json", before), write("after.json", after));
    let arguments = [
        "verify",
        "--before",
        &before,
        &after,
        "--to",
        "v1.21.2",
        "--now",
        NOW,
        "--complete",
        "-q",
        "--report",
        "json",
    ];
    let output = command().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    assert_eq!(common::schema::errors(&schema, &report), Vec::<String>::new());
    report
}

fn at(objects: Vec<Value>, kind: &str, name: &str, time: &str) -> Vec<Value> {
    altered(objects, kind, name, |object| object["metadata"]["creationTimestamp"] = json!(time))
}

fn event(object: (&str, &str), kind: &str, reason: &str, message: &str, time: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "shop", "name": format!("{}.{reason}", object.1)},
        "involvedObject": {"kind": object.0, "namespace": "shop", "name": object.1},
        "type": kind, "reason": reason, "message": message, "lastTimestamp": time,
    })
}

/// The healthy world with another certificate in the Secret, which was created after the Certificate.
fn reissued(before: &[Value]) -> Vec<Value> {
    let again = issue(p256(), &["web.example.com"]);
    let objects = altered(before.to_vec(), "Secret", "web-tls", |secret| {
        secret["data"] =
            json!({"tls.key": common::data(&again.key_pem), "tls.crt": common::data(&again.certificate_pem)});
    });
    let objects = altered(objects, "CertificateRequest", "web-1", |request| {
        request["spec"]["request"] = json!(common::data(&again.request_pem));
    });
    at(at(objects, "Certificate", "web", "2026-11-20T09:05:00Z"), "Secret", "web-tls", "2026-11-20T09:05:10Z")
}

fn observed(report: &Value) -> &Value {
    &entry(report, "shop", "web")["observed"]
}

fn explained(report: &Value) -> String {
    let told = observed(report)["explained"].as_array().unwrap().iter();
    told.map(|text| text.as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_surprise_is_explained_and_events_are_quoted() {
    let before = healthy("shop", "web");
    let missing = "Issuing certificate as Secret does not exist";
    let mut after = reissued(&before);
    after.push(event(("Certificate", "web"), "Normal", "Issuing", missing, "2026-11-20T09:05:05Z"));
    after.push(event(
        ("CertificateRequest", "web-1"),
        "Normal",
        "CertificateIssued",
        "Certificate fetched",
        "2026-11-20T09:05:06Z",
    ));
    after.push(event(("Certificate", "other"), "Normal", "Issuing", "not of this one", "2026-11-20T09:05:07Z"));
    after.push(event(("Certificate", "web"), "Normal", "Old", "before it began", "2026-11-01T00:00:00Z"));
    let report = report(&before, &after);
    let seen = observed(&report);
    assert_eq!((&seen["outcome"], &seen["asPredicted"]), (&json!("reissued"), &json!(false)));
    let told = explained(&report);
    assert!(
        told.contains("Its Secret was created at 2026-11-20T09:05:10Z, after the Certificate at 2026-11-20T09:05:00Z"),
        "{told}"
    );
    let reasons: Vec<&str> = seen["events"].as_array().unwrap().iter().map(|e| e["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["Issuing", "CertificateIssued"]);
    let because = entry(&report, "shop", "web")["because"].as_str().unwrap();
    assert!(
        because.contains(&format!("Event at 2026-11-20T09:05:05Z of Certificate web, Issuing: {missing}")),
        "{because}"
    );
}

/// A change of the world after, and the words that explain the surprise.
type Row = (&'static str, fn(Vec<Value>) -> Vec<Value>, &'static str);
const SURPRISES: [Row; 3] = [
    (
        "the spec was changed",
        |objects| {
            altered(objects, "Certificate", "web", |c| {
                c["spec"]["dnsNames"] = json!(["web.example.com", "www.example.com"])
            })
        },
        "Its spec was changed in between: spec.dnsNames.",
    ),
    (
        "no request has the key",
        |objects| without(objects, "CertificateRequest", "web-1"),
        "No CertificateRequest of this Certificate has the new key",
    ),
    (
        "the issuance hangs",
        |objects| {
            let objects = altered(objects, "Certificate", "web", |c| {
                c["status"]["conditions"] = json!([{"type": "Issuing", "status": "True"}]);
            });
            let objects = altered(objects, "Issuer", "vault", |issuer| issuer["metadata"]["name"] = json!("other"));
            without(objects, "Secret", "web-tls")
        },
        "It cannot get a certificate: Issuer shop/vault does not exist",
    ),
];

#[test]
fn surprises_are_explained() {
    let before = healthy("shop", "web");
    for (name, change, words) in SURPRISES {
        let report = report(&before, &change(reissued(&before)));
        assert_eq!(observed(&report)["asPredicted"], false, "{name}");
        assert!(explained(&report).contains(words), "{name}: {}", explained(&report));
    }
}

#[test]
fn what_is_as_foretold_needs_no_explanation() {
    let before = healthy("shop", "web");
    let report = report(&before, &before);
    assert_eq!(observed(&report)["asPredicted"], true);
    assert_eq!(explained(&report), "");
}

#[test]
fn the_stuck_and_the_orphaned_are_named() {
    let before = and(owned_by_ingress("uid-front"), ingress());
    let orphan = altered(before.clone(), "Certificate", "web", |c| c["metadata"]["ownerReferences"] = json!([]));
    let told = report(&before, &orphan);
    assert_eq!(observed(&told)["orphaned"], "Ingress shop/front owned it before; it has no owner now");
    let other = altered(before.clone(), "Ingress", "front", |ingress| ingress["metadata"]["uid"] = json!("uid-new"));
    let told = report(&before, &other);
    assert!(observed(&told)["orphaned"].as_str().unwrap().contains("another uid"), "{}", observed(&told));
    assert_eq!(observed(&report(&before, &before))["orphaned"], Value::Null);
    // A Certificate without a Secret and with an issuer that is not there.
    let gone = altered(before.clone(), "Issuer", "vault", |issuer| issuer["metadata"]["name"] = json!("other"));
    let told = report(&before, &without(gone, "Secret", "web-tls"));
    assert!(
        observed(&told)["stuck"].as_str().unwrap().contains("Issuer shop/vault does not exist"),
        "{}",
        observed(&told)
    );
}

#[test]
fn what_the_garbage_collector_may_have_taken_is_said() {
    let before = and(owned_by_ingress("uid-front"), ingress());
    let after = without(without(before.clone(), "Certificate", "web"), "Ingress", "front");
    let told = report(&before, &after);
    assert_eq!(observed(&told)["outcome"], "lost");
    assert!(explained(&told).contains("the garbage collector may have deleted it"), "{}", explained(&told));
}

#[test]
fn no_reason_is_told_twice() {
    let arguments = ["verify", "--before", "demo", "--preset", "velero-documented", "demo", "-q", "--report", "json"];
    let output = command().args(arguments).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut now = 0;
    for certificate in report["certificates"].as_array().unwrap() {
        let because = certificate["because"].as_str().unwrap();
        if let Some((before, reason)) = because.split_once(" Now: ") {
            now += 1;
            assert!(!before.contains(reason), "{because}");
        }
    }
    assert!(now > 10);
}
