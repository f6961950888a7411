//! A live cluster, played by a server that exists only to be read: the reports that it gives, and which requests it takes.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/fake_api.rs"]
mod fake_api;

use std::fs;
use std::io::Read as _;

use assert_cmd::Command;
use common::{NOW, command};
use fake_api::{FakeApi, Fault};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

/// The objects of the demo.
fn demo() -> Vec<Value> {
    let mut text = String::new();
    GzDecoder::new(&include_bytes!("../testdata/demo/demo.yaml.gz")[..]).read_to_string(&mut text).unwrap();
    let list: Value = serde_saphyr::from_str(&text).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn on(api: &FakeApi, arguments: &[&str]) -> Command {
    let mut command = command();
    command.args(arguments).args(["--now", NOW, "-q", "--report", "json", "--kubeconfig"]).arg(api.kubeconfig());
    command
}

fn report_of(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    assert_eq!(common::schema::errors(&schema, &report), Vec::<String>::new());
    report
}

fn report(api: &FakeApi, arguments: &[&str]) -> Value {
    report_of(&mut on(api, arguments))
}

fn problems(report: &Value) -> Vec<String> {
    let problems = report["coverage"]["inputs"][0]["problems"].as_array().unwrap();
    let line =
        |problem: &Value| format!("{} {}", problem["impact"].as_str().unwrap(), problem["message"].as_str().unwrap());
    problems.iter().map(line).collect()
}

/// Where two reports differ, apart from their coverage.
fn differences(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", left, right, &mut found);
    found.retain(|line| !line.starts_with("/coverage") && !line.starts_with("/plan/source: \"live, "));
    found
}

fn compare(path: &str, left: &Value, right: &Value, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                let [left, right] = [left, right].map(|object| object.get(key).unwrap_or(&Value::Null));
                compare(&format!("{path}/{key}"), left, right, found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            left.iter().zip(right).enumerate().for_each(|(at, (left, right))| {
                compare(&format!("{path}/{at}"), left, right, found);
            });
        }
        _ if left == right => {}
        _ => found.push(format!("{path}: {left} and {right}")),
    }
}

/// The demo with a Secret of cert-manager's in each namespace: without any, a dump cannot tell that one does not exist.
fn whole() -> Vec<Value> {
    let mut objects = demo();
    // Events decide nothing, and are not read.
    objects.retain(|object| object["kind"] != "Event");
    let namespaces = objects.iter().filter(|object| object["kind"] == "Namespace");
    let secrets: Vec<Value> = namespaces
        .map(|namespace| {
            json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"a": "Yg=="},
                "metadata": {"namespace": namespace["metadata"]["name"], "name": "orphan",
                    "labels": {"controller.cert-manager.io/fao": "true"}}})
        })
        .collect();
    objects.extend(secrets);
    objects
}

#[test]
fn the_report_is_that_of_a_dump() {
    let api = FakeApi::healthy(whole());
    let dump = api.kubeconfig().with_file_name("dump.json");
    fs::write(&dump, common::list(&whole())).unwrap();
    let dump = dump.to_str().unwrap();
    let audits = [&["audit", "live"][..], &["audit"], &["audit", "--chunk-size", "7"], &["audit", "--chunk-size", "0"]];
    let plan = ["plan", "--preset", "velero-documented", "--backup"];
    let verify = ["verify", "--before", "demo"];
    let mut cases: Vec<(Vec<&str>, Vec<&str>)> =
        audits.into_iter().map(|audit| (audit.to_vec(), vec!["audit", dump])).collect();
    cases.push(([&plan[..], &["live"]].concat(), [&plan[..], &[dump]].concat()));
    cases.push((verify.to_vec(), [&verify[..], &[dump]].concat()));
    for (live, dump) in cases {
        let report = report(&api, &live);
        let input = report["coverage"]["inputs"].as_array().unwrap().last().unwrap();
        assert_eq!(input["problems"], json!([]));
        let dump = report_of(command().args(dump).args(["--now", NOW, "--report", "json"]));
        assert_eq!(differences(&report, &dump), Vec::<String>::new(), "{live:?}");
    }
}

/// Only for those who look at them, and nothing is missing where they are refused.
#[test]
fn events_are_read_to_be_quoted() {
    let mut objects = whole();
    let event = |kind: &str| {
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"namespace": "shop", "name": format!("e-{kind}")},
            "involvedObject": {"kind": kind, "namespace": "shop", "name": "search-api"},
            "type": "Normal", "reason": "Issuing", "message": format!("of a {kind}"), "lastTimestamp": NOW})
    };
    objects.extend(["Certificate", "CertificateRequest", "Pod"].map(event));
    let api = FakeApi::healthy(objects.clone());
    let verified = report(&api, &["verify", "--before", "demo"]);
    assert!(verified.to_string().contains("of a Certificate\""), "the Event is quoted");
    let count =
        |report: &Value| report["coverage"]["inputs"].as_array().unwrap().last().unwrap()["objects"]["Event"].clone();
    assert_eq!(count(&verified), json!(2));
    assert_eq!(count(&report(&api, &["audit"])), Value::Null);
    let refusing = FakeApi::start(objects, |request, _| match request.path.ends_with("/events") {
        true => Fault::Status(403, &[]),
        false => Fault::None,
    });
    let mut refused = on(&refusing, &["verify", "--before", "demo", "--strict"]);
    let refused = report_of(&mut refused);
    let notes = refused["coverage"]["inputs"].as_array().unwrap().last().unwrap()["problems"].clone();
    assert_eq!((&notes[0]["impact"], notes.as_array().unwrap().len()), (&json!("note"), 1), "{notes}");
}

#[test]
fn only_the_secrets_that_decide_something_are_asked_for() {
    let mut objects = demo();
    for number in 0..50 {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"namespace": "shop", "name": format!("unrelated-{number}")}, "data": {"a": "Yg=="},
        }));
    }
    let api = FakeApi::healthy(objects);
    let live = report(&api, &["audit"]);
    let input = &live["coverage"]["inputs"][0];
    let read = input["objects"]["Secret"].as_u64().unwrap();
    assert!(read <= 44, "{read}");
    assert_eq!(api.asked("unrelated"), 0);
    assert_eq!(api.asked("/api/v1/secrets?labelSelector=controller.cert-manager.io/fao%3Dtrue&limit=500"), 1);
    assert_eq!(input["requests"], json!(api.log().len()));
    assert!(input["bytes"].as_u64().unwrap() > 10_000);
}

#[test]
fn every_report_tells_what_was_asked() {
    let api = FakeApi::healthy(demo());
    for format in ["table", "markdown", "html"] {
        let mut command = command();
        command.args(["audit", "-q", "--now", NOW, "--report", format, "--kubeconfig"]).arg(api.kubeconfig());
        let before = api.log().len();
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let requests = format!("{} requests, ", api.log().len() - before);
        assert!(output.contains(&requests) && output.contains(" kB"), "{format}");
        assert!(output.contains("live (context fake, http://127.0.0.1:"), "{format}");
    }
}

#[test]
fn without_secrets_nothing_of_them_is_asked() {
    let api = FakeApi::healthy(demo());
    let live = report(&api, &["audit", "--no-secrets"]);
    assert_eq!(api.asked("secrets"), 0);
    assert_eq!(problems(&live), ["note Secrets were not read (--no-secrets): what only they can tell is unknown"]);
    let dump = report_of(&mut on(&api, &["audit", "demo"]));
    assert!(live["summary"]["certificates"] == dump["summary"]["certificates"]);
    assert!(live["summary"]["verdicts"]["unknown"].as_u64() > dump["summary"]["verdicts"]["unknown"].as_u64());
}

#[test]
fn a_namespace_and_labels_narrow_what_is_read() {
    let api = FakeApi::healthy(demo());
    let live = report(&api, &["audit", "-n", "shop"]);
    let certificates = live["certificates"].as_array().unwrap();
    assert!(!certificates.is_empty() && certificates.iter().all(|certificate| certificate["namespace"] == "shop"));
    assert_eq!(api.asked("/apis/cert-manager.io/v1/certificates"), 0);
    assert!(!on(&api, &["audit", "-n", "shop", "-A"]).output().unwrap().status.success());
}

#[test]
fn impersonation_is_asked_for_with_every_request() {
    let api = FakeApi::start(demo(), |request, _| match request.headers.get("impersonate-user").map(String::as_str) {
        Some("jane") if request.headers["impersonate-group"] == "auditors" => Fault::None,
        _ => Fault::Status(403, &[]),
    });
    let live = report(&api, &["audit", "--as", "jane", "--as-group", "auditors"]);
    assert_eq!(problems(&live), Vec::<String>::new());
}

#[test]
fn a_plugin_gives_the_credentials() {
    let api = FakeApi::start(whole(), |request, _| match request.headers.get("authorization").map(String::as_str) {
        Some("Bearer from a plugin") => Fault::None,
        _ => Fault::Status(401, &[]),
    });
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "from a plugin"},
    });
    let exec = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/echo", "args": [credential.to_string()],
        "interactiveMode": "Never",
    });
    let kubeconfig = api.kubeconfig_with(json!({"server": format!("http://{}", api.address)}), json!({"exec": exec}));
    let live = report_of(command().args(["audit", "--report", "json", "--kubeconfig"]).arg(kubeconfig));
    assert_eq!(problems(&live), Vec::<String>::new());
}

/// A token of an OpenID provider that ends at this instant; nobody here looks at its signature.
fn id_token(expires: u64) -> String {
    let part = |value: Value| base64_url(value.to_string().as_bytes());
    format!("{}.{}.{}", part(json!({"alg": "none"})), part(json!({"exp": expires})), base64_url(b"signature"))
}

fn base64_url(bytes: &[u8]) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[test]
fn an_openid_token_is_sent_while_it_is_good_and_a_new_one_is_wanted_after() {
    let (good, old) = (id_token(32_503_680_000), id_token(1));
    for (token, answered) in [(&good, true), (&old, false)] {
        let expected = format!("Bearer {token}");
        let api = FakeApi::start(whole(), move |request, _| match request.headers.get("authorization") {
            Some(found) if *found == expected => Fault::None,
            _ => Fault::Status(401, &[]),
        });
        let provider = json!({"name": "oidc", "config": {
            "id-token": token, "idp-issuer-url": "https://127.0.0.1:9", "client-id": "kubernetes",
        }});
        let server = json!({"server": format!("http://{}", api.address)});
        let kubeconfig = api.kubeconfig_with(server, json!({"auth-provider": provider}));
        let live = report_of(command().args(["audit", "--report", "json", "--kubeconfig"]).arg(kubeconfig));
        assert_eq!(problems(&live).is_empty(), answered, "{:?}", problems(&live));
        assert_eq!(api.log().is_empty(), !answered, "an expired token is not sent");
    }
}

#[test]
fn proxies_are_those_of_the_kubeconfig_and_of_the_environment() {
    let proxy = |api: &FakeApi| format!("http://{}", api.address);
    // Where the proxy stands: in the kubeconfig or in a variable; NO_PROXY; whether it is asked.
    let table = [
        (true, None, None, true),
        (true, None, Some("*"), true),
        (false, Some("HTTP_PROXY"), None, true),
        (false, Some("http_proxy"), None, true),
        (false, Some("HTTP_PROXY"), Some("127.0.0.1,localhost"), true),
        (false, Some("HTTP_PROXY"), Some("example.invalid"), false),
        (false, Some("HTTP_PROXY"), Some(".invalid,10.0.0.0/8"), false),
        (false, Some("HTTPS_PROXY"), None, false),
        (false, None, None, false),
    ];
    for (own, variable, no_proxy, asked) in table {
        let api = FakeApi::healthy(whole());
        let mut cluster = json!({"server": "http://api.example.invalid:6443"});
        if own {
            cluster["proxy-url"] = json!(proxy(&api));
        }
        let kubeconfig = api.kubeconfig_with(cluster, json!({}));
        let mut command = command();
        command.args(["audit", "--report", "json", "--kubeconfig"]).arg(kubeconfig);
        command.envs(variable.map(|name| (name, proxy(&api)))).envs(no_proxy.map(|hosts| ("NO_PROXY", hosts)));
        let live = report_of(&mut command);
        let connected = api.log().iter().any(|line| line.starts_with("CONNECT api.example.invalid:6443"));
        assert_eq!(connected, asked, "{variable:?} {no_proxy:?}: {:?}", problems(&live));
        assert_eq!(live["certificates"].as_array().unwrap().is_empty(), !asked);
    }
    let api = FakeApi::healthy(whole());
    let here = report_of(on(&api, &["audit"]).env("HTTP_PROXY", "http://127.0.0.1:9"));
    assert_eq!(problems(&here), Vec::<String>::new(), "this machine is not behind a proxy");
}

#[test]
fn no_cluster_and_no_cert_manager_are_told() {
    let nothing = command().args(["audit", "--kubeconfig", "/nonexistent"]).output().unwrap();
    assert_eq!(nothing.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("the kubeconfig cannot be used"));
    let nowhere = command().args(["audit"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no cluster is known"));
    let empty = FakeApi::healthy(Vec::new());
    let bare = on(&empty, &["audit"]).output().unwrap();
    assert_eq!(bare.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&bare.stderr).contains("is cert-manager installed there?"));
}
