//! The contract of the command line: exit codes (design 3), streams, clean refusals.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use common::{NOW, command, entry, healthy, list, report};
use serde_json::json;

fn code(arguments: &[&str], input: &str) -> i32 {
    command().args(arguments).write_stdin(input).output().unwrap().status.code().unwrap()
}

#[test]
fn exit_codes() {
    let good = list(&healthy("shop", "web"));
    let broken = good.replacen("\"apiVersion\":\"v1\",\"items\":[", "\"apiVersion\":\"v1\",\"items\":[5,", 1);
    let missing_secret = {
        let mut objects = healthy("shop", "web");
        objects.retain(|object| object["metadata"]["name"] != "web-tls");
        list(&objects)
    };
    let table: &[(&[&str], &str, i32)] = &[
        (&["audit", "-", "--now", NOW], &good, 0),
        (&["audit", "-", "--now", NOW, "--fail-on", "reissue-now"], &good, 0),
        (&["audit", "-", "--now", NOW, "--fail-on", "reissue-now"], &missing_secret, 10),
        (&["audit", "-", "--now", NOW, "--fail-on", "drift"], &missing_secret, 10),
        (&["audit", "-", "--now", NOW, "--fail-on", "blocked"], &missing_secret, 0),
        (&["audit", "-", "--now", NOW], &missing_secret, 0),
        (&["audit", "-", "--now", NOW], &broken, 0),
        (&["audit", "-", "--now", NOW, "--strict"], &broken, 4),
        (&["audit", "-", "--now", NOW, "--strict", "--fail-on", "unchanged"], &broken, 4),
        (&["audit", "-", "--now", NOW, "--strict", "--fail-on", "unchanged"], &good, 10),
        (&["audit", "-"], "", 3),
        (&["audit", "/no/such/file"], "", 3),
        (&["audit", "/no/such/file", "--strict"], "", 3),
        (&["audit", "-", "--fail-on", "sometimes"], &good, 2),
        (&["audit", "-", "--cert-manager", "v1.7.3"], &good, 2),
        (&["audit", "-", "--cert-manager", "newest"], &good, 2),
        (&["audit", "-", "--report", "docx"], &good, 2),
        (&["audit", "-", "--now", "tomorrow"], &good, 2),
        (&["audit", "-", "--controller-flag", "x"], &good, 2),
        (&["audit", "-", "--controller-flag", "enable-certificate-owner-refs=true"], &good, 2),
        (&["audit", "-", "--controller-flag", "feature-gates=AcmeUseAri=true"], &good, 2),
        (&["audit", "-", "--now", NOW, "--controller-flag", "v=4"], &good, 0),
        (
            &["audit", "-", "--now", NOW, "--cert-manager", "v1.17.4", "--controller-flag", "max-certificate-size=9"],
            &good,
            0,
        ),
        // There is no cluster here.
        (&["audit"], "", 3),
        (&["audit", "live"], "", 3),
        (&["audit", "demo", "--as-group", "auditors"], "", 2),
        (&["audit", "demo", "--request-timeout", "soon"], "", 2),
        (&["audit", "demo", "--request-timeout", "90"], "", 0),
        // Files are read whole.
        (&["audit", "demo", "-n", "shop"], "", 2),
        (&["audit", "demo", "--no-secrets"], "", 2),
        (&["plan", "--backup", "-", "--preset", "kubectl-config", "-l", "app=x"], &good, 2),
        (&["audit", "demo", "--context", "prod"], "", 0),
        (&["plan", "--list-presets", "-n", "shop"], "", 0),
        (&["plan", "--backup", "-"], &good, 2),
        (&["plan", "--backup", "-", "--preset", "no-such-preset"], &good, 2),
        (&["plan", "--backup", "-", "--preset", "kubectl-config", "--now", NOW], &good, 0),
        (&["plan", "--list-presets"], "", 0),
        (&["plan", "--show-plan", "--preset", "velero-everything"], "", 0),
        (&["explain", "no-such-rule"], "", 2),
        (&["explain", "SecretDoesNotExist"], "", 0),
        (&["explain", "IncorrectIssuer"], "", 0),
        (&["explain", "blocked"], "", 0),
        (&["rules"], "", 0),
        (&["--version"], "", 0),
        (&["--help"], "", 0),
        (&["no-such-command"], "", 2),
        (&["audit", "-", "--now", NOW, "--report", "html:/no/such/folder/report.html"], &good, 1),
    ];
    for (arguments, input, expected) in table {
        assert_eq!(code(arguments, input), *expected, "{arguments:?}");
    }
}

#[test]
fn errors_go_to_stderr_and_name_what_is_wrong() {
    let output = command().args(["audit", "-", "--cert-manager", "v1.7.3"]).write_stdin("{}").output().unwrap();
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: ") && text.contains("1.7.3") && text.contains("1.8"), "{text}");
}

/// Arguments, words on stderr.
const SUGGESTIONS: [(&[&str], &str); 3] = [
    (&["audit", "-", "--controller-flag", "enable-gatewayapi=true"], "did you mean enable-gateway-api?"),
    (&["audit", "-", "--controller-flag", "feature-gates=AcmeUseAri=true"], "did you mean ACMEUseARI?"),
    (&["explain", "IncorectIssuer"], "did you mean IncorrectIssuer?"),
];

#[test]
fn mistyped_names_are_answered_with_what_was_meant() {
    for (arguments, text) in SUGGESTIONS {
        let output = command().args(arguments).write_stdin("{}").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(text), "{arguments:?}: {said}");
    }
}

#[test]
fn what_the_release_does_not_know_is_said() {
    let flags = ["--controller-flag", "max-certificate-size=9", "--controller-flag", "feature-gates=ACMEUseARI=true"];
    let arguments = [&["audit", "-", "--now", NOW, "--cert-manager", "v1.17.4"][..], &flags].concat();
    let assumptions = report(&arguments, &list(&healthy("shop", "web")))["certManager"]["assumptions"].to_string();
    assert!(assumptions.contains("flag --max-certificate-size came with cert-manager v1.20.0"), "{assumptions}");
    assert!(assumptions.contains("feature gate ACMEUseARI came with cert-manager v1.21.0"), "{assumptions}");
    // A controller that was read with such a flag does not start.
    let mut objects = healthy("shop", "web");
    let image = "quay.io/jetstack/cert-manager-controller:v1.17.4";
    let container = json!({"image": image, "args": ["--max-certificate-size=9", "--v=2", "--enable-gatewayapi"]});
    objects.push(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "cert-manager", "name": "cert-manager"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }));
    let found = report(&["audit", "-", "--now", NOW], &list(&objects));
    let findings = found["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "controller-cannot-start");
    let details: Vec<&str> = findings.map(|finding| finding["detail"].as_str().unwrap()).collect();
    assert_eq!(details.len(), 2, "{details:?}");
    assert!(details[0].contains("--enable-gatewayapi is not cert-manager's (did you mean enable-gateway-api?)"));
}

#[test]
fn every_listed_id_is_explained() {
    let listing = command().arg("rules").output().unwrap().stdout;
    let listing = String::from_utf8(listing).unwrap();
    let entries = listing.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let ids: Vec<&str> = entries.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(ids.len() > 25, "{listing}");
    for id in ids {
        let output = command().args(["explain", id]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(id), "{id}: {text}");
        for section in ["## What", "## Why", "## Since", "## Fix", "## Source"] {
            assert!(text.contains(section), "{id} has no {section}");
        }
    }
}

#[test]
fn several_reports_in_one_run_and_the_same_bytes_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let input = list(&healthy("shop", "web"));
    let mut runs = Vec::new();
    for run in 0..2 {
        let path = |name: &str| folder.path().join(format!("{run}-{name}"));
        let mut wanted = vec!["audit".to_owned(), "-".to_owned(), "--now".to_owned(), NOW.to_owned()];
        for format in ["table", "markdown", "html", "json", "yaml"] {
            wanted.push("--report".to_owned());
            wanted.push(format!("{format}:{}", path(format).display()));
        }
        let output = command().args(&wanted).write_stdin(input.clone()).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |format| std::fs::read(path(format)).unwrap();
        runs.push(["table", "markdown", "html", "json", "yaml"].map(read));
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].iter().all(|bytes| !bytes.is_empty()));
}

#[cfg(unix)]
#[test]
fn help_as_a_kubectl_plugin_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("kubectl-reissue_audit");
    // A copy could be "text file busy" while another test starts a process.
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_reissue-audit"), &plugin).unwrap();
    let output = assert_cmd::Command::new(&plugin).env_clear().arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Usage: kubectl reissue-audit"), "{text}");
}

/// A report that goes to a file is not the only one that knows.
#[test]
fn what_is_missing_is_warned_of_unless_it_is_read_here() {
    let file = tempfile::tempdir().unwrap();
    let to_file = format!("json:{}", file.path().join("report.json").display());
    let warned = |arguments: &[&str]| {
        let input = list(&healthy("shop", "web"));
        let output =
            command().args(["audit", "-", "/no/such/file"]).args(arguments).write_stdin(input).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.is_empty() || stderr.contains("warning: /no/such/file: "), "{stderr}");
        !stderr.is_empty()
    };
    assert!(warned(&["--report", &to_file]));
    assert!(warned(&["--report", "json"]));
    assert!(!warned(&["--report", &to_file, "-q"]));
    assert!(!warned(&["--report", &to_file, "--report", "markdown"]));
    assert!(!warned(&[]));
}

/// Design 2, "What was not read": the commonest inputs give an answer, not a wall of `unknown`.
#[test]
fn what_was_not_read() {
    let all = healthy("shop", "web");
    let without = |kinds: &[&str]| {
        let kept: Vec<_> = all.iter().filter(|o| !kinds.contains(&o["kind"].as_str().unwrap())).cloned().collect();
        list(&kept)
    };
    let verdict = |input: &str, extra: &[&str]| {
        let report = report(&[&["audit", "-", "--now", NOW], extra].concat(), input);
        let entry = entry(&report, "shop", "web");
        (entry["verdict"].as_str().unwrap().to_owned(), entry["confidence"].as_str().unwrap().to_owned())
    };
    let pair = |verdict: &str, confidence: &str| (verdict.to_owned(), confidence.to_owned());
    assert_eq!(verdict(&list(&all), &[]), pair("unchanged", "exact"));
    // Without requests names are compared, and that is said.
    assert_eq!(verdict(&without(&["CertificateRequest"]), &[]), pair("unchanged", "assumed"));
    // Without issuers nothing changes for a certificate that stays in use.
    assert_eq!(verdict(&without(&["Issuer"]), &[]), pair("unchanged", "exact"));
    // Without Secrets and without a telling status nobody knows; unless the input is all there is.
    assert_eq!(verdict(&without(&["Secret"]), &[]), pair("unknown", "unknown"));
    assert_eq!(verdict(&without(&["Secret", "Issuer"]), &["--complete"]).0, "blocked");
    // With a telling status, cert-manager's own last look is believed.
    let mut telling = all.clone();
    telling.retain(|object| object["kind"] != "Secret");
    for object in telling.iter_mut().filter(|object| object["kind"] == "Certificate") {
        object["status"] = json!({"revision": 1, "renewalTime": "2027-01-09T00:00:00Z", "conditions": [
            {"type": "Ready", "status": "True", "observedGeneration": 1},
        ]});
    }
    assert_eq!(verdict(&list(&telling), &[]), pair("unchanged", "assumed"));
}
