//! Verdicts of whole inputs: what was not selected, keys that are prepared or cannot be made, dates of what a plan issues.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use common::{NOW, data, entry, healthy, issue, list, p256, report};
use serde_json::{Value, json};

const FAO: &str = "controller.cert-manager.io/fao";

fn change(objects: &mut [Value], kind: &str, name: &str, change: impl FnOnce(&mut Value)) {
    let found = objects.iter_mut().find(|o| o["kind"] == kind && o["metadata"]["name"] == name);
    change(found.unwrap_or_else(|| panic!("no {kind} {name}")));
}

fn audit(objects: &[Value], more: &[&str]) -> Value {
    report(&[&["audit", "-", "--now", NOW], more].concat(), &list(objects))
}

fn rules_found(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

/// What `kubectl get secrets -l controller.cert-manager.io/fao` leaves of the healthy world and of one more Certificate.
fn labelled_secrets() -> Vec<Value> {
    let mut objects = healthy("shop", "web");
    objects.extend(healthy("shop", "late").into_iter().filter(|o| o["kind"] != "Issuer"));
    objects.retain(|o| o["metadata"]["name"] != "vault-token");
    for secret in objects.iter_mut().filter(|o| o["kind"] == "Secret") {
        secret["metadata"]["labels"] = json!({FAO: "true"});
    }
    objects
}

#[test]
fn secrets_that_were_not_selected_are_not_missing() {
    let mut objects = labelled_secrets();
    let selected = audit(&objects, &[]);
    assert!(!rules_found(&selected).contains(&"issuer-secret-missing"), "{selected}");
    assert_eq!(entry(&selected, "shop", "web")["verdict"], "unchanged");
    let assumptions = selected["certManager"]["assumptions"].to_string();
    assert!(assumptions.contains("left out by that selection"), "{assumptions}");
    // With --complete, or with one Secret that the label would not have selected, what is not there does not exist.
    assert!(rules_found(&audit(&objects, &["--complete"])).contains(&"issuer-secret-missing"));
    let mut more = objects.clone();
    more.push(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop", "name": "other"}}));
    assert!(rules_found(&audit(&more, &[])).contains(&"issuer-secret-missing"));
    // A Certificate's own Secret would have been selected.
    objects.retain(|o| o["metadata"]["name"] != "late-tls");
    let gone = audit(&objects, &[]);
    let late = entry(&gone, "shop", "late");
    assert_eq!((&late["verdict"], &late["confidence"]), (&json!("reissue-now"), &json!("assumed")), "{late}");
    assert_eq!(late["trigger"]["reason"], "DoesNotExist");
}

/// A temporary Secret with a key for the next issuance.
fn next_key(key_pem: &str, owner: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "namespace": "shop", "name": "web-next", "labels": {"cert-manager.io/next-private-key": "true", FAO: "true"},
            "ownerReferences": [{
                "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": "web", "uid": owner, "controller": true,
            }],
        },
        "data": {"tls.key": data(key_pem)},
    })
}

/// Case, release, whether the issuance runs, rotationPolicy, owner of the temporary Secret (none: no such Secret), whether
/// it holds the present key, verdict, whether the key changes (rules 4.1).
type Row = (&'static str, &'static str, bool, &'static str, Option<&'static str>, bool, &'static str, bool);
const NEXT_KEYS: [Row; 11] = [
    ("no Secret", "v1.21.2", true, "Always", None, false, "in-progress", true),
    ("another key", "v1.21.2", true, "Never", Some("uid-shop-web"), false, "in-progress", true),
    ("the same key", "v1.21.2", true, "Always", Some("uid-shop-web"), true, "in-progress", false),
    ("the same key", "v1.17.4", true, "Always", Some("uid-shop-web"), true, "in-progress", false),
    ("unknown policy", "v1.21.2", true, "Sometimes", Some("uid-shop-web"), false, "in-progress", true),
    ("unknown policy, no Secret", "v1.21.2", true, "Sometimes", None, false, "blocked", false),
    ("not issuing", "v1.21.2", false, "Always", Some("uid-shop-web"), true, "unchanged", true),
    ("not issuing", "v1.21.2", false, "Never", Some("uid-shop-web"), false, "unchanged", false),
    // A Secret of somebody else under the noted name: taken from 1.21 on, in the way before.
    ("foreign", "v1.21.2", true, "Always", Some("uid-old"), true, "in-progress", false),
    ("foreign", "v1.20.3", true, "Always", Some("uid-old"), true, "blocked", true),
    ("foreign", "v1.20.3", false, "Always", Some("uid-old"), true, "unchanged", true),
];

#[test]
fn a_prepared_key_is_the_next_one() {
    for (case, version, issuing, rotation, owner, same, verdict, rotates) in NEXT_KEYS {
        let mut objects = healthy("shop", "web");
        let present = objects.iter().find(|o| o["metadata"]["name"] == "web-tls").unwrap()["data"]["tls.key"].clone();
        change(&mut objects, "Certificate", "web", |c| {
            c["spec"]["privateKey"]["rotationPolicy"] = json!(rotation);
            c["status"]["nextPrivateKeySecretName"] = json!("web-next");
            if issuing {
                c["status"]["conditions"] = json!([{"type": "Issuing", "status": "True"}]);
            }
        });
        if let Some(owner) = owner {
            let mut secret = next_key(&issue(p256(), &["web.example.com"]).key_pem, owner);
            if same {
                secret["data"]["tls.key"] = present;
            }
            objects.push(secret);
        }
        let report = audit(&objects, &["--cert-manager", version]);
        let web = entry(&report, "shop", "web");
        let found = (&web["verdict"], &web["key"]["rotatesOnReissue"]);
        assert_eq!(found, (&json!(verdict), &json!(rotates)), "{case} {version} {rotation}: {web}");
    }
}

/// What the spec asks for cannot be made; the prepared key, verdict (rules 4.1.4).
const PREPARED_ALL_THE_SAME: [(Option<&str>, &str); 3] = [
    (Some(include_str!("../testdata/pki/p224.key")), "in-progress"),
    (Some(include_str!("../testdata/pki/p256.key")), "blocked"),
    (None, "blocked"),
];

#[test]
fn a_prepared_key_need_not_be_made() {
    for (prepared, verdict) in PREPARED_ALL_THE_SAME {
        let mut objects = healthy("shop", "web");
        change(&mut objects, "Certificate", "web", |c| {
            c["spec"]["privateKey"] = json!({"algorithm": "ECDSA", "size": 224, "rotationPolicy": "Always"});
            c["status"]["nextPrivateKeySecretName"] = json!("web-next");
            c["status"]["conditions"] = json!([{"type": "Issuing", "status": "True"}]);
        });
        objects.extend(prepared.map(|pem| next_key(pem, "uid-shop-web")));
        let report = audit(&objects, &["--cert-manager", "v1.17.4"]);
        assert_eq!(entry(&report, "shop", "web")["verdict"], verdict, "{report}");
    }
}

/// Name of a temporary Secret that is the Certificate's own, beside a foreign `web-next`; verdict (rules 4.1.5).
const OWN_BESIDE_FOREIGN: [(&str, &str); 2] = [("web-other", "blocked"), ("web-next", "in-progress")];

#[test]
fn an_own_next_key_under_another_name_does_not_help() {
    for (name, verdict) in OWN_BESIDE_FOREIGN {
        let mut objects = healthy("shop", "web");
        change(&mut objects, "Certificate", "web", |c| {
            c["status"]["nextPrivateKeySecretName"] = json!("web-next");
            c["status"]["conditions"] = json!([{"type": "Issuing", "status": "True"}]);
        });
        let pem = issue(p256(), &["web.example.com"]).key_pem;
        if name != "web-next" {
            objects.push(next_key(&pem, "uid-old"));
        }
        let mut own = next_key(&pem, "uid-shop-web");
        own["metadata"]["name"] = json!(name);
        objects.push(own);
        let report = audit(&objects, &["--cert-manager", "v1.20.3"]);
        assert_eq!(entry(&report, "shop", "web")["verdict"], verdict, "{name}: {report}");
    }
}

/// Release, `spec.privateKey`, whether the Secret is there, verdict, a word of the cause (rules 2.4, 4.1).
const UNMAKABLE: [(&str, &str, bool, &str, &str); 8] = [
    ("v1.15.5", r#"{"algorithm": "DSA"}"#, true, "blocked", "unsupported private key algorithm"),
    (
        "v1.15.5",
        r#"{"algorithm": "DSA", "rotationPolicy": "Always"}"#,
        true,
        "blocked",
        "unsupported private key algorithm",
    ),
    ("v1.8.2", r#"{"algorithm": "DSA"}"#, false, "blocked", "unsupported private key algorithm"),
    ("v1.16.5", r#"{"algorithm": "DSA"}"#, true, "blocked", "panics"),
    ("v1.16.5", r#"{"algorithm": "DSA"}"#, false, "blocked", "unsupported private key algorithm"),
    ("v1.17.4", r#"{"algorithm": "RSA", "size": 1024}"#, false, "blocked", "weak rsa key size"),
    ("v1.17.4", r#"{"algorithm": "ECDSA", "size": 224}"#, false, "blocked", "unsupported ecdsa key size"),
    ("v1.17.4", r#"{"algorithm": "ECDSA", "size": 384}"#, false, "reissue-now", "DoesNotExist"),
];

#[test]
fn a_key_that_cannot_be_made_blocks() {
    for (version, key, has_secret, verdict, cause) in UNMAKABLE {
        let mut objects = healthy("shop", "web");
        if !has_secret {
            objects.retain(|o| o["metadata"]["name"] != "web-tls");
        }
        let key: Value = serde_json::from_str(key).unwrap();
        change(&mut objects, "Certificate", "web", |c| c["spec"]["privateKey"] = key.clone());
        let report = audit(&objects, &["--cert-manager", version]);
        let web = entry(&report, "shop", "web");
        assert_eq!(web["verdict"], verdict, "{version} {key}: {web}");
        assert!(web["because"].as_str().unwrap().contains(cause), "{version} {key}: {web}");
    }
}

#[test]
fn a_back_off_says_whether_anything_is_violated() {
    let failed = |objects: &mut Vec<Value>| {
        change(objects, "Certificate", "web", |c| c["status"]["lastFailureTime"] = json!("2026-11-20T08:30:00Z"));
    };
    let mut fine = healthy("shop", "web");
    failed(&mut fine);
    let text = |objects: &[Value]| {
        let report = audit(objects, &[]);
        let web = entry(&report, "shop", "web");
        assert_eq!(web["verdict"], "reissue-later", "{web}");
        web["because"].as_str().unwrap().to_owned()
    };
    assert!(text(&fine).contains("nothing is violated"), "{}", text(&fine));
    fine.retain(|o| o["metadata"]["name"] != "web-tls");
    assert!(text(&fine).contains("DoesNotExist"), "{}", text(&fine));
}

#[test]
fn crds_of_external_issuers_are_read_whatever_their_group() {
    let mut objects = healthy("shop", "web");
    let reference = json!({"name": "corp", "kind": "StepIssuer", "group": "certmanager.step.sm"});
    change(&mut objects, "Certificate", "web", |c| c["spec"]["issuerRef"] = reference);
    let crd = |group: &str, kind: &str| {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("x.{group}")}, "spec": {"group": group, "names": {"kind": kind}},
        })
    };
    objects.push(crd("cert-manager.io", "Certificate"));
    assert!(rules_found(&audit(&objects, &[])).contains(&"issuer-crd-missing"));
    objects.push(crd("certmanager.step.sm", "StepIssuer"));
    assert!(!rules_found(&audit(&objects, &[])).contains(&"issuer-crd-missing"));
}

/// Flag of the target's controller, verdict, confidence (corrections B6): no step of the preset brings CRDs.
const STOPPED: [(&str, &str, &str); 2] =
    [("enable-gateway-api=true", "blocked", "assumed"), ("enable-gateway-api=false", "reissue-now", "exact")];

#[test]
fn a_controller_that_never_starts_blocks_as_far_as_is_known() {
    for (flag, verdict, confidence) in STOPPED {
        let mut objects = healthy("shop", "web");
        change(&mut objects, "Issuer", "vault", |o| o["spec"] = json!({"selfSigned": {}}));
        let arguments =
            ["plan", "--backup", "-", "--preset", "kubectl-config", "--now", NOW, "--controller-flag", flag];
        let report = report(&arguments, &list(&objects));
        let web = entry(&report, "shop", "web");
        assert_eq!((&web["verdict"], &web["confidence"]), (&json!(verdict), &json!(confidence)), "{web}");
        let is_down = verdict == "blocked";
        let assumed = "The target has only those Gateway API CRDs that a step brings.";
        assert_eq!(web["assumptions"].to_string().contains(assumed), is_down, "{web}");
        assert_eq!(report.to_string().matches(assumed).count(), if is_down { 2 } else { 0 }, "{report}");
        let because = web["because"].as_str().unwrap();
        assert_eq!(because.contains("It cannot complete: cert-manager does not run"), is_down, "{web}");
        assert_eq!(web["findings"].to_string().contains("controller-cannot-start"), is_down, "{web}");
        let found = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "controller-cannot-start");
        assert_eq!(found.map(|found| &found["severity"]), is_down.then_some(&json!("critical")), "{found:?}");
    }
}

/// Issuer's spec, `spec.duration`, `spec.renewBefore`, days to notAfter, days to the renewal.
type Dates = (&'static str, Option<&'static str>, Option<&'static str>, i64, i64);
const DATES: [Dates; 6] = [
    (r#"{"selfSigned": {}}"#, None, None, 90, 60),
    (r#"{"selfSigned": {}}"#, Some("720h"), Some("240h"), 30, 20),
    (r#"{"selfSigned": {}}"#, Some("720h"), None, 30, 20),
    (
        r#"{"acme": {"server": "https://acme.example.org", "privateKeySecretRef": {"name": "account"}}}"#,
        Some("8760h"),
        None,
        90,
        60,
    ),
    (r#"{"acme": {"server": "https://acme.example.org", "enableDurationFeature": true}}"#, Some("720h"), None, 30, 20),
    (r#"{"acme": {"server": "https://acme.example.org", "enableDurationFeature": true}}"#, None, None, 90, 60),
];

#[test]
fn a_plan_predicts_when_what_it_issues_is_renewed() {
    for (issuer, duration, renew_before, ends, renews) in DATES {
        let mut objects = healthy("shop", "web");
        let issuer_spec: Value = serde_json::from_str(issuer).unwrap();
        change(&mut objects, "Issuer", "vault", |o| o["spec"] = issuer_spec);
        change(&mut objects, "Certificate", "web", |c| {
            c["spec"]["duration"] = json!(duration);
            c["spec"]["renewBefore"] = json!(renew_before);
        });
        let report = report(&["plan", "--backup", "-", "--preset", "kubectl-config", "--now", NOW], &list(&objects));
        let web = entry(&report, "shop", "web");
        assert_eq!(web["verdict"], "reissue-now", "{web}");
        let day = |days: i64| {
            let now: jiff::Timestamp = NOW.parse().unwrap();
            json!((now + jiff::SignedDuration::from_hours(24 * days)).to_string())
        };
        let renewal = &web["renewal"];
        assert_eq!((&renewal["notBefore"], &renewal["predicted"]), (&json!(NOW), &json!(true)), "{issuer}: {web}");
        assert_eq!((&renewal["notAfter"], &renewal["renewalTime"]), (&day(ends), &day(renews)), "{issuer}: {web}");
        assert!(renewal["because"].as_str().unwrap().starts_with("predicted: "), "{renewal}");
        let timeline = report["timeline"].as_array().unwrap();
        assert!(timeline.iter().any(|event| event["at"] == day(renews) && event["kind"] == "renewal"), "{timeline:?}");
    }
}
