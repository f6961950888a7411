//! What stands under `deploy/`: rights that only read, a manifest that krew accepts, pages and completions from the arguments.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use common::command;
use regex::Regex;
use reissue_audit::object::Kind;
use reissue_audit::object::kind::KINDS;
use serde_json::{Value, json};

/// The objects of a file under `deploy/`.
fn objects(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(format!("deploy/{path}")).unwrap();
    text.split("\n---\n").map(|document| serde_saphyr::from_str(document).unwrap()).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// `resource.group` of everything that a role may read.
fn readable(path: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rule in objects(path)[0]["rules"].as_array().unwrap() {
        assert_eq!(rule["verbs"], json!(["get", "list"]), "{path}: nothing but reading");
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                found.insert(format!("{resource}.{group}").trim_end_matches('.').to_owned());
            }
        }
    }
    found
}

#[test]
fn roles_read_what_an_audit_reads_and_nothing_else() {
    // Old groups are of old backups; Pods and CertificateSigningRequests decide nothing that Deployments do not tell.
    let is_served = |group: &str| !matches!(group, "extensions" | "certmanager.k8s.io" | "events.k8s.io");
    let is_asked = |kind: Kind| !matches!(kind, Kind::Pod | Kind::SigningRequest | Kind::Secret);
    let kinds: BTreeSet<String> = KINDS
        .iter()
        .filter(|row| is_served(row.group) && is_asked(row.kind))
        .map(|row| format!("{}.{}", row.plural, row.group).trim_end_matches('.').to_owned())
        .collect();
    assert_eq!(readable("base/cluster-role.yaml"), kinds);
    assert_eq!(readable("with-secrets/cluster-role.yaml"), BTreeSet::from(["secrets".to_owned()]));
}

#[test]
fn the_job_runs_without_rights_and_writes_reports_and_metrics() {
    let pod = &objects("base/cron-job.yaml")[0]["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let arguments = texts(&container["args"]);
    assert_eq!(arguments[..3], ["audit", "live", "--no-secrets"]);
    for report in ["json:/reports/report.json", "prometheus:/reports/reissue-audit.prom"] {
        assert!(arguments.contains(&&*format!("--report={report}")), "{report}");
    }
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let patch = objects("with-secrets/kustomization.yaml")[0]["patches"][0]["patch"].as_str().unwrap().to_owned();
    assert!(patch.contains("args/2\n  value: --no-secrets"), "the patch takes away what stands there");
}

#[test]
fn the_image_is_the_program_alone() {
    let text = fs::read_to_string("deploy/Dockerfile").unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let [from, copy, user, entry] = lines[..] else { panic!("{lines:?}") };
    assert_eq!([from, copy], ["FROM scratch", "COPY reissue-audit /reissue-audit"]);
    assert_eq!([user, entry], ["USER 65532:65532", r#"ENTRYPOINT ["/reissue-audit"]"#]);
}

/// What krew asks of a manifest (krew `internal/index/validation/validate.go` and its naming guide).
fn krew_objections(plugin: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            objections.push(what.to_owned());
        }
    };
    let matches =
        |pattern: &str, value: &Value| Regex::new(pattern).unwrap().is_match(value.as_str().unwrap_or_default());
    check(plugin["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2", "apiVersion");
    check(plugin["kind"] == "Plugin", "kind");
    check(matches(r"^[a-z0-9][a-z0-9-]*$", &plugin["metadata"]["name"]), "name");
    let spec = &plugin["spec"];
    check(matches(r"^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$", &spec["version"]), "version");
    check(matches(r"^[^\r\n]{1,50}[^.\r\n]$", &spec["shortDescription"]), "shortDescription");
    check(matches(r"^https://", &spec["homepage"]), "homepage");
    check(spec["description"].as_str().is_some_and(|text| text.lines().all(|line| line.len() <= 80)), "description");
    let platforms = spec["platforms"].as_array().cloned().unwrap_or_default();
    check(!platforms.is_empty(), "platforms");
    let selectors: BTreeSet<String> = platforms.iter().map(|platform| platform["selector"].to_string()).collect();
    check(selectors.len() == platforms.len(), "two platforms overlap");
    for platform in &platforms {
        let labels = &platform["selector"]["matchLabels"];
        check(
            matches("^(linux|darwin|windows)$", &labels["os"]) && matches("^(amd64|arm64)$", &labels["arch"]),
            "selector",
        );
        check(matches(r"^https://.*\.(tar\.gz|zip)$", &platform["uri"]), "uri");
        check(matches("^[a-f0-9]{64}$", &platform["sha256"]), "sha256");
        let files = platform["files"].as_array().cloned().unwrap_or_default();
        check(files.iter().all(|file| file["to"] == "." && file["from"].is_string()), "files");
        check(files.iter().any(|file| file["from"] == platform["bin"]), "bin is one of the files");
        check(files.iter().any(|file| file["from"] == "LICENSE"), "the licence is one of the files");
    }
    objections
}

#[test]
fn the_manifest_is_what_krew_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let archives =
        ["linux-amd64.tar.gz", "linux-arm64.tar.gz", "darwin-arm64.tar.gz", "windows-amd64.zip"].map(|platform| {
            let path = folder.path().join(format!("reissue-audit-v0.1.0-{platform}"));
            fs::write(&path, platform).unwrap();
            path
        });
    let fill = |version: &str| {
        let mut fill = Command::new("deploy/krew/fill");
        fill.args([version, "https://example.com/reissue-audit", "https://example.com/v0.1.0/"]).args(&archives);
        fill.output().unwrap()
    };
    let output = fill("v0.1.0");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('@') && !text.contains("#["), "{text}");
    let plugin: Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(krew_objections(&plugin), Vec::<String>::new());
    let platforms = plugin["spec"]["platforms"].as_array().unwrap();
    assert_eq!(platforms.len(), 4);
    assert_eq!(platforms[0]["uri"], "https://example.com/v0.1.0/reissue-audit-v0.1.0-linux-amd64.tar.gz");
    // SHA-256 of "linux-amd64.tar.gz", which is what the file holds.
    let sum = ring::digest::digest(&ring::digest::SHA256, b"linux-amd64.tar.gz");
    let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(platforms[0]["sha256"], hex);
    assert_eq!(platforms[3]["bin"], "reissue-audit.exe");
    for wrong in ["0.1.0", "v0.1", "v0.2.0"] {
        assert!(!fill(wrong).status.success(), "{wrong}");
    }
}

fn output(program: Option<&str>, arguments: &[&str]) -> String {
    let output = match program {
        None => command().args(arguments).output().unwrap(),
        Some(name) => {
            let folder = tempfile::tempdir().unwrap();
            let link = folder.path().join(name);
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_reissue-audit"), &link).unwrap();
            Command::new(&link).args(arguments).env_clear().output().unwrap()
        }
    };
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn kubectl_knows_the_plugin_and_completes_it() {
    let help = output(Some("kubectl-reissue_audit"), &["audit", "--help"]);
    assert!(help.contains("Usage: kubectl reissue-audit audit"), "{help}");
    let helper = "kubectl_complete-reissue_audit";
    let answer = output(Some(helper), &["snap"]);
    assert!(answer.starts_with("snapshot\t") && answer.ends_with("\n:4\n"), "{answer}");
    assert!(output(Some(helper), &["snapshot", "--out"]).starts_with("--output\t"));
    assert_eq!(output(Some(helper), &["audit", ""]), ":0\n");
}

#[test]
fn every_shell_and_every_command_has_its_text() {
    for (shell, mark) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef reissue-audit"),
        ("fish", "complete -c"),
        ("powershell", "Register-"),
        ("elvish", "edit:"),
    ] {
        let script = output(None, &["completions", shell]);
        assert!(script.contains(mark) && script.contains("snapshot"), "{shell}");
    }
    let page = output(None, &["man"]);
    assert!(page.contains(".TH reissue-audit 1") && page.contains("snapshot"), "{page}");
    for name in ["audit", "plan", "verify", "snapshot", "rules", "explain", "completions", "man"] {
        assert!(output(None, &["man", name]).contains(&format!(".TH reissue-audit-{name} 1")), "{name}");
    }
    assert_eq!(command().args(["man", "nothing"]).output().unwrap().status.code(), Some(2));
}
