//! `upgrade` as it is called: the demo from release to release.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
mod rule_worlds;

use common::{NOW, command, entry, list};
use serde_json::{Value, json};

fn report(arguments: &[&str]) -> Value {
    let output = command().arg("upgrade").args(arguments).args(["-q", "--report", "json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    assert_eq!(common::schema::errors(&schema, &report), Vec::<String>::new());
    report
}

/// Namespace, name, verdict before, verdict after, the causes with the releases since which they act.
type Changed = (&'static str, &'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// What the demo shows from 1.12.3 to 1.21.2.
const CHANGED: [Changed; 5] = [
    ("iam", "keycloak", "blocked", "reissue-now", &[("rotation-policy", "v1.18.0")]),
    ("iam", "scim-bridge", "unchanged", "reissue-now", &[("chain", "v1.13.2")]),
    ("payments", "fraud-scoring", "unchanged", "reissue-now", &[("chain", "v1.13.0")]),
    ("platform", "build-cache", "in-progress", "blocked", &[("stable-request-names", "v1.13.0")]),
    ("shop", "wholesale-eu", "reissue-now", "blocked", &[("chain", "v1.13.2"), ("secret-ownership", "v1.13.2")]),
];

#[test]
fn differences_are_told_with_their_causes() {
    let report = report(&["demo", "--from", "v1.12.3", "--to", "v1.21.2"]);
    assert_eq!((&report["command"], &report["certManager"]["version"]), (&json!("upgrade"), &json!("v1.21.2")));
    let of_verdict = |c: &&Value| c["change"]["kind"] == "verdict";
    let found: Vec<&Value> = report["certificates"].as_array().unwrap().iter().filter(of_verdict).collect();
    assert_eq!(found.len(), CHANGED.len(), "{found:#?}");
    assert_eq!(report["upgrade"]["changed"], json!(CHANGED.len()));
    for (namespace, name, before, after, causes) in CHANGED {
        let certificate = entry(&report, namespace, name);
        assert_eq!(
            (&certificate["before"]["verdict"], &certificate["verdict"]),
            (&json!(before), &json!(after)),
            "{name}"
        );
        let told = certificate["change"]["causes"].as_array().unwrap();
        let told: Vec<(&str, &str)> =
            told.iter().map(|cause| (cause["id"].as_str().unwrap(), cause["since"].as_str().unwrap())).collect();
        assert_eq!(told, causes, "{name}");
        let because = certificate["because"].as_str().unwrap();
        assert!(because.starts_with(&format!("v1.12.3: {before}")), "{because}");
    }
    // Every Certificate has both.
    assert!(report["certificates"].as_array().unwrap().iter().all(|c| c["before"]["verdict"].is_string()));
}

#[test]
fn the_release_before_is_read_from_the_input() {
    let report = report(&["demo", "--to", "v1.21.2"]);
    assert_eq!(report["upgrade"]["from"], "v1.21.2");
    assert_eq!((&report["upgrade"]["changed"], &report["upgrade"]["causes"]), (&json!(0), &json!([])));
    let assumed = report["certManager"]["assumptions"][0].as_str().unwrap();
    assert!(assumed.starts_with("cert-manager v1.21.2 was read from Deployment"), "{assumed}");
}

#[test]
fn the_way_goes_through_the_newest_1_12_and_each_minor_after_1_17() {
    let report = report(&["demo", "--from", "v1.12.3", "--to", "v1.21.2"]);
    let steps = report["upgrade"]["steps"].as_array().unwrap();
    let told: Vec<(&str, u64, u64)> = steps
        .iter()
        .map(|s| (s["version"].as_str().unwrap(), s["reissued"].as_u64().unwrap(), s["blocked"].as_u64().unwrap()))
        .collect();
    let way = [
        ("v1.12.17", 0, 0),
        ("v1.17.4", 2, 2),
        ("v1.18.6", 1, 0),
        ("v1.19.6", 0, 0),
        ("v1.20.3", 0, 0),
        ("v1.21.2", 0, 0),
    ];
    assert_eq!(told, way);
    let orders = report["upgrade"]["orders"].as_array().unwrap();
    assert_eq!(orders[0]["name"], "crds-first");
    assert_eq!((&orders[0]["recommended"], &orders[1]["recommended"]), (&json!(true), &json!(false)));
}

fn write(objects: &[Value]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    std::fs::write(&file, list(objects)).unwrap();
    let file = file.display().to_string();
    (folder, file)
}

/// The Certificate and its request leave out kind and group of the issuer.
fn bare() -> Vec<Value> {
    let bare = |object: &mut Value| object["spec"]["issuerRef"] = json!({"name": "vault"});
    rule_worlds::altered(rule_worlds::but("Certificate", "web", bare), "CertificateRequest", "web-1", bare)
}

#[test]
fn the_defaults_of_1_19_0_put_certificates_at_risk_while_caches_differ() {
    let (_folder, file) = write(&bare());
    let to_it = report(&[&file, "--from", "v1.18.2", "--to", "v1.19.0", "--now", NOW]);
    let at_risk = |report: &Value| -> Vec<(String, Vec<usize>)> {
        let orders = report["upgrade"]["orders"].as_array().unwrap().iter();
        let phases = |order: &Value| {
            let phases = order["phases"].as_array().unwrap().iter();
            phases.map(|phase| phase["atRisk"].as_array().unwrap().len()).collect()
        };
        orders.map(|order| (order["name"].as_str().unwrap().to_owned(), phases(order))).collect()
    };
    let both = |first: &[usize], then: &[usize]| {
        vec![("crds-first".to_owned(), first.to_vec()), ("controller-first".to_owned(), then.to_vec())]
    };
    assert_eq!(at_risk(&to_it), both(&[1, 0], &[0, 1]));
    assert_eq!(to_it["upgrade"]["steps"][0]["version"], "v1.19.6", "1.19.0 is skipped");
    assert_eq!(
        at_risk(&report(&[&file, "--from", "v1.17.4", "--to", "v1.18.6", "--now", NOW])),
        both(&[0, 0], &[0, 0])
    );
}

/// On the way out of 1.19.0 what is read has the defaults; stored it may not have them.
#[test]
fn out_of_1_19_0_the_controller_comes_first() {
    let (_folder, file) = write(&common::healthy("shop", "web"));
    let out = report(&[&file, "--from", "v1.19.0", "--to", "v1.19.6", "--now", NOW]);
    let orders = &out["upgrade"]["orders"];
    assert_eq!((&orders[0]["name"], &orders[0]["recommended"]), (&json!("controller-first"), &json!(true)), "{orders}");
    assert_eq!(orders[1]["phases"][0]["atRisk"][0]["name"], "web");
}

fn finding<'r>(report: &'r Value, rule: &str) -> &'r Value {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == rule).unwrap()
}

/// SHA-256 over the SubjectPublicKeyInfo, by another library.
fn fingerprint(secret: &Value) -> String {
    use base64::Engine as _;
    let pem = base64::engine::general_purpose::STANDARD.decode(secret["data"]["tls.crt"].as_str().unwrap()).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate.public_key().raw);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key that does not fit cannot be kept, and a renewal is not awaited by what is issued before it or never.
#[test]
fn a_key_that_changes_is_told_with_what_can_be_done_when() {
    let report = report(&["demo", "--from", "v1.12.3", "--to", "v1.21.2"]);
    let of = |name: &str| {
        let id = format!("rotation-default-changes/Certificate/{name}");
        report["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id)
    };
    let misfit = of("iam/keycloak").unwrap();
    assert_eq!(misfit["title"], "The key changes at the next issuance, now");
    assert_eq!(misfit["remediation"][0]["command"], Value::Null);
    assert_eq!(misfit["remediation"][0]["text"], "The key cannot be kept: it does not fit spec.privateKey.");
    assert!(of("shop/wholesale-eu").is_none(), "it never issues");
    let running = of("platform/argocd").unwrap();
    assert_eq!(running["title"], "The key changes at the next issuance", "it may go on with the key that was kept");
    let later = of("shop/storefront-tls").unwrap();
    assert!(later["title"].as_str().unwrap().contains(", about "), "{later}");
    assert!(later["remediation"][0]["command"].as_str().unwrap().contains("rotationPolicy"), "{later}");
}

/// A copy of the certificate in a Secret that no Certificate writes pins its key.
#[test]
fn a_copy_of_the_key_elsewhere_is_a_pin() {
    let silent = |c: &mut Value| c["spec"]["privateKey"] = json!({"algorithm": "ECDSA", "size": 256});
    let objects = rule_worlds::but("Certificate", "web", silent);
    let told = |objects: &[Value]| {
        let (_folder, file) = write(objects);
        finding(&report(&[&file, "--from", "v1.17.4", "--to", "v1.18.6", "--now", NOW]), "rotation-default-changes")
            .clone()
    };
    assert_eq!(told(&objects)["severity"], "medium");
    let own = objects.iter().find(|o| o["metadata"]["name"] == "web-tls").unwrap();
    let copy = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "app", "name": "truststore"},
        "data": {"tls.crt": own["data"]["tls.crt"]}});
    let pinned = told(&rule_worlds::and(objects.clone(), copy));
    assert_eq!(pinned["severity"], "high");
    assert_eq!(pinned["evidence"][1]["actual"], "Secret app/truststore");
    // The configuration lists it, by name or by fingerprint.
    let (folder, file) = write(&objects);
    let config = folder.path().join("config.yaml");
    let told = |entry: &str| {
        std::fs::write(&config, format!("pinned:\n- {entry}\n  reason: TLSA record\n")).unwrap();
        let arguments =
            [&file, "--from", "v1.17.4", "--to", "v1.18.6", "--now", NOW, "--config", config.to_str().unwrap()];
        finding(&report(&arguments), "rotation-default-changes").clone()
    };
    for entry in ["name: w*", &format!("publicKeySha256: {}", fingerprint(own))] {
        let listed = told(entry);
        assert_eq!(
            (&listed["severity"], &listed["evidence"][1]["actual"]),
            (&json!("high"), &json!("TLSA record")),
            "{entry}"
        );
    }
    assert_eq!(told(&format!("publicKeySha256: {}", "0".repeat(64)))["severity"], "medium");
}

/// The next request has failed and has the higher number, so that the current one is deleted.
#[test]
fn the_current_request_may_be_the_one_that_is_deleted() {
    let objects = rule_worlds::but("Certificate", "web", |certificate| {
        certificate["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
    });
    let mut next = objects.iter().find(|o| o["kind"] == "CertificateRequest").unwrap().clone();
    next["metadata"]["name"] = json!("web-2");
    next["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = json!("2");
    let (_folder, file) = write(&rule_worlds::and(objects, next));
    let report = report(&[&file, "--from", "v1.17.4", "--to", "v1.18.6", "--now", NOW]);
    let told = finding(&report, "requests-deleted");
    assert_eq!((&told["severity"], &told["title"]), (&json!("medium"), &json!("CertificateRequest web-1 is deleted")));
}

#[test]
fn going_back_is_told_to_be_untested() {
    let report = report(&["demo", "--from", "v1.21.2", "--to", "v1.17.4"]);
    let assumptions = report["certManager"]["assumptions"].to_string();
    assert!(assumptions.contains("does not test going back"), "{assumptions}");
}

/// Arguments, exit code, words on stderr.
const CODES: [(&[&str], i32, &str); 9] = [
    (&["demo", "--to", "v1.21.2"], 0, ""),
    (&["demo", "--from", "v1.12.3", "--to", "v1.21.2", "--fail-on", "blocked"], 10, ""),
    (&["demo", "--to", "v1.21.2", "--strict"], 4, ""),
    (&["demo"], 2, "--to"),
    (&["--to", "v1.21.2"], 3, "no Certificate was read"),
    (&["demo", "--to", "newest"], 2, "newest"),
    (&["demo", "--to", "v1.7.0"], 2, "v1.8.0"),
    (&["demo", "--to", "v1.21.2", "--cert-manager", "v1.17.4"], 2, "--from and --to"),
    (&["/no/such/file", "--from", "v1.17.4", "--to", "v1.21.2"], 3, ""),
];

#[test]
fn exit_codes() {
    for (arguments, code, said) in CODES {
        let output = command().arg("upgrade").args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
    // Without a controller in the input the release before must be named.
    let world = list(&common::healthy("shop", "web"));
    let output = command().args(["upgrade", "-", "--to", "v1.21.2"]).write_stdin(world).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("name it with --from"));
}

fn rendered(format: &str) -> String {
    let arguments = ["upgrade", "demo", "--from", "v1.17.4", "--to", "v1.19.0", "--report", format];
    String::from_utf8(command().args(arguments).output().unwrap().stdout).unwrap()
}

#[test]
fn every_format_tells_the_way() {
    let table = rendered("table");
    let way = table.split("\nUpgrade ").nth(1).unwrap().split("\nCoverage").next().unwrap();
    insta::assert_snapshot!(way);
    for format in ["markdown", "html", "yaml", "json"] {
        let text = rendered(format);
        for word in ["v1.19.6", "v1.18.6", "rotation-default-changes", "helm upgrade cert-manager"] {
            assert!(text.contains(word), "{format}: {word}");
        }
    }
}
