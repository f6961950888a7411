//! Configuration, baseline and how files are written, through the program.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{NOW, certificate, command, healthy, list};
use serde_json::{Value, json};

/// Two Certificates that share a Secret; the second one has a label.
fn sharing() -> Vec<Value> {
    let mut objects = healthy("shop", "web");
    let mut second = certificate("shop", "api", &["web.example.com"]);
    second["spec"]["secretName"] = "web-tls".into();
    second["metadata"]["labels"] = json!({"team": "sandbox"});
    objects.push(second);
    for object in &mut objects {
        if object["kind"] == "Secret" && object["metadata"]["name"] == "web-tls" {
            object["metadata"]["labels"] = json!({"team": "sandbox"});
        }
    }
    objects
}

/// A folder to run in.
struct Place {
    folder: tempfile::TempDir,
}

/// How a run ended.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    fn audit(&self, objects: &[Value], arguments: &[&str]) -> Run {
        let mut command = command();
        command.current_dir(self.folder.path()).args(["audit", "-", "--now", NOW]).args(arguments);
        let output = command.write_stdin(list(objects)).output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn ids(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

const SHARED: &str = "shared-secret/Secret/shop/web-tls";

fn schema(text: &str) -> jsonschema::Validator {
    jsonschema::draft202012::new(&serde_json::from_str(text).unwrap()).unwrap()
}

const CONFIG_SCHEMA: &str = include_str!("../docs/config.schema.json");

#[test]
fn the_example_is_what_the_schema_and_the_program_accept() {
    let text = include_str!("../docs/reissue-audit.example.yaml");
    let value: Value = serde_saphyr::from_str(text).unwrap();
    let errors: Vec<_> = schema(CONFIG_SCHEMA).iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reissue-audit.example.yaml");
    let config = reissue_audit::config::read(&path).unwrap();
    assert_eq!((config.severities.len(), config.ignore.len(), config.pinned.len()), (2, 3, 2));
    assert_eq!(config.ignore[0].line, 7);
    assert!(config.pinned[0].name.as_ref().unwrap().is_match("mx"));
}

/// A document, its line and column, words of the error, whether the schema refuses it as well.
const WRONG: [(&str, &str, &str, bool); 14] = [
    ("severity: {}", "1:", "severity", true),
    ("severities:\n  shared-secret: grave", "2:18", "known are critical, high, medium, low, info", true),
    ("severities:\n  shared-secrets: low", "2:", "did you mean shared-secret?", false),
    ("ignore:\n  - rule: shared-secret", "2:", "needs a reason", true),
    ("ignore:\n  - rule: shared-secret\n    reason: ''", "2:", "needs a reason", true),
    ("ignore:\n  - reason: because", "2:", "at least one of id, rule, namespace, name and labels", true),
    ("ignore:\n  - labels: {}\n    reason: because", "2:", "at least one of", true),
    ("ignore:\n  - rule: nothing-like-it\n    reason: because", "2:11", "there is no rule", false),
    ("ignore:\n  - rule: drift\n    until: 2027-01-01\n    reason: x", "3:", "until", true),
    ("ignore:\n  - rule: drift\n    expires: tomorrow\n    reason: x", "3:14", "is not a day", true),
    ("ignore:\n  - name: '[a'\n    reason: x", "2:11", "", false),
    ("pinned:\n  - reason: x", "2:", "at least one of namespace, name and publicKeySha256", true),
    ("pinned:\n  - name: mx", "2:", "needs a reason", true),
    ("pinned:\n  - publicKeySha256: abc\n    reason: x", "2:22", "64 hexadecimal digits", true),
];

#[test]
fn mistakes_in_the_configuration_are_told_with_their_place() {
    let (place, schema) = (Place::new(), schema(CONFIG_SCHEMA));
    for (text, at, words, by_schema) in WRONG {
        let run = place.write("wrong.yaml", text).audit(&sharing(), &["--config", "wrong.yaml"]);
        assert_eq!(run.code, 2, "{text}: {}", run.err);
        assert!(
            run.err.starts_with(&format!("error: wrong.yaml:{at}")) && run.err.contains(words),
            "{text}: {}",
            run.err
        );
        let value: Value = serde_saphyr::from_str(text).unwrap();
        assert_eq!(!schema.is_valid(&value), by_schema, "{text}");
    }
    assert_eq!(place.audit(&sharing(), &["--config", "no-such.yaml"]).code, 2);
}

/// Entries that fit the shared Secret, and others that do not.
const FITS: [(&str, bool); 11] = [
    ("rule: shared-secret", true),
    ("id: shared-secret/Secret/shop/web-tls", true),
    ("namespace: shop", true),
    ("namespace: sh*\n    name: web-*", true),
    ("labels: {team: sandbox}", true),
    ("rule: shared-secret\n    labels: {team: sandbox}", true),
    ("rule: shared-secret\n    expires: 2026-11-20", true),
    ("rule: shared-secret\n    expires: 2026-11-19", false),
    ("rule: shared-secret\n    namespace: other", false),
    ("labels: {team: shop}", false),
    ("id: shared-secret/Secret/shop/web", false),
];

#[test]
fn ignored_findings_count_nowhere_and_are_not_lost() {
    let place = Place::new();
    let plain = place.audit(&sharing(), &["--report", "json"]).json();
    assert!(ids(&plain).contains(&SHARED), "{plain}");
    for (entry, fits) in FITS {
        place.write(".reissue-audit.yaml", &format!("ignore:\n  - {entry}\n    reason: They ask for the same.\n"));
        let run = place.audit(&sharing(), &["--report", "json"]);
        let report = run.json();
        assert_eq!(!ids(&report).contains(&SHARED), fits, "{entry}: {}", run.err);
        let suppressed = report["suppressed"].as_array().map_or(0, Vec::len);
        assert_eq!(ids(&report).len() + suppressed, ids(&plain).len(), "{entry}");
        let counted: u64 =
            report["summary"]["findings"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(counted, ids(&report).len() as u64);
        assert_eq!(common::schema::errors(&report_schema(), &report), Vec::<String>::new());
        if fits {
            assert_eq!(report["suppressed"][0]["reason"], "They ask for the same.");
            assert!(!report["certificates"].to_string().contains(SHARED));
            assert_eq!(run.err, "");
        } else {
            let said = if entry.contains("2026-11-19") { "expired on 2026-11-19" } else { "matches nothing" };
            assert!(
                run.err.contains(&format!("warning: .reissue-audit.yaml, line 2: this ignore entry {said}")),
                "{}",
                run.err
            );
        }
    }
}

fn report_schema() -> Value {
    serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap()
}

#[test]
fn what_is_ignored_is_said_and_shown_on_demand() {
    let place = Place::new();
    place.write(
        "config.yaml",
        "ignore:\n  - rule: shared-secret\n    reason: They ask for the same.\n    expires: 2027-03-31\n",
    );
    let config = ["--config", "config.yaml"];
    let shown = |arguments: &[&str]| place.audit(&sharing(), &[&config, arguments].concat()).out;
    for format in ["table", "markdown", "html"] {
        let quiet = shown(&["--report", format]);
        assert!(quiet.contains("1 finding is ignored by the configuration"), "{format}");
        assert!(!quiet.contains("They ask for the same"), "{format}");
        let loud = shown(&["--report", format, "--show-suppressed"]);
        assert!(loud.contains("They ask for the same"), "{format}");
    }
    assert!(!shown(&["--report", "sarif"]).contains("They ask for the same"));
    let sarif: Value = serde_json::from_str(&shown(&["--report", "sarif", "--show-suppressed"])).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "shared-secret").unwrap();
    assert_eq!(result["suppressions"][0]["justification"], "They ask for the same.");
    assert!(
        shown(&["--report", "junit", "--show-suppressed"]).contains("<skipped message=\"They ask for the same.\"/>")
    );
    assert!(shown(&["--report", "openreports", "--show-suppressed"]).contains("\"result\": \"skip\""));
}

#[test]
fn severities_of_the_configuration_decide() {
    let place = Place::new();
    let fail = ["--fail-on", "critical"];
    assert_eq!(place.audit(&sharing(), &fail).code, 0);
    place.write(".reissue-audit.yaml", "severities:\n  shared-secret: critical\n");
    let run = place.audit(&sharing(), &[&fail[..], &["--report", "json"]].concat());
    assert_eq!(run.code, 10);
    assert_eq!(run.json()["findings"][0]["id"], SHARED, "the worst comes first");
    assert_eq!(run.json()["summary"]["findings"]["critical"], 1);
}

/// What was read then, what is read now, the class of the finding, whether `--fail-on new:medium` ends with 10.
#[test]
fn a_baseline_tells_new_from_old() {
    let place = Place::new();
    let healthy = healthy("shop", "web");
    let with = sharing();
    let no_secrets: Vec<Value> = with.iter().filter(|object| object["kind"] != "Secret").cloned().collect();
    let cases: [(&[Value], &[Value], &str, i32); 5] = [
        (&healthy, &with, "new", 10),
        (&with, &with, "unchanged", 0),
        (&with, &healthy, "fixed", 0),
        (&no_secrets, &with, "not-comparable", 0),
        (&with, &[], "not-comparable", 3),
    ];
    for (then, now, class, code) in cases {
        place.audit(then, &["--report", "json:baseline.json"]);
        if then.len() == no_secrets.len() {
            // Without Secrets the rule cannot know of the shared one by another name.
            forget(&place, SHARED);
        }
        let run = place.audit(now, &["--baseline", "baseline.json", "--fail-on", "new:medium", "--report", "json"]);
        let report = run.json();
        assert_eq!(common::schema::errors(&report_schema(), &report), Vec::<String>::new());
        let all = [&report["findings"], &report["baseline"]["gone"]];
        let mut all = all.into_iter().flat_map(|list| list.as_array().unwrap());
        let found = all.find(|finding| finding["id"] == SHARED).unwrap_or_else(|| panic!("{class}: {report}"));
        assert_eq!(found["class"], class, "{report}");
        assert_eq!(run.code, code, "{class}: {}", run.err);
        assert_eq!(run.err.contains("cannot be compared with the baseline"), class == "not-comparable", "{}", run.err);
    }
}

fn forget(place: &Place, id: &str) {
    let mut report: Value = serde_json::from_str(&fs::read_to_string(place.path("baseline.json")).unwrap()).unwrap();
    report["findings"].as_array_mut().unwrap().retain(|finding| finding["id"] != id);
    place.write("baseline.json", &report.to_string());
}

#[test]
fn findings_ignored_then_are_not_new_now() {
    let place = Place::new();
    place.write("config.yaml", "ignore:\n  - rule: shared-secret\n    reason: x\n");
    place.audit(&sharing(), &["--config", "config.yaml", "--report", "json:baseline.json"]);
    let run = place.audit(&sharing(), &["--baseline", "baseline.json", "--fail-on", "new:info"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("Beside the report of 2026-11-20T09:00:00Z: 0 findings are new"), "{}", run.out);
    // And what is ignored now is not fixed.
    place.audit(&sharing(), &["--report", "json:baseline.json"]);
    let now = ["--config", "config.yaml", "--baseline", "baseline.json", "--report", "json"];
    assert_eq!(place.audit(&sharing(), &now).json()["baseline"]["fixed"], 0);
}

/// Arguments, words of the error.
const USAGE: [(&[&str], &str); 4] = [
    (&["--fail-on", "new:high"], "needs a --baseline"),
    (&["--baseline", "no-such.json"], "no-such.json"),
    (&["--baseline", "other.json"], "is not a report that `--report json` wrote"),
    (&["--fail-on", "new:sometimes"], "new: with a severity"),
];

#[test]
fn a_baseline_that_is_none_is_a_usage_error() {
    let place = Place::new();
    place.write("other.json", "{\"a\": 1}");
    for (arguments, words) in USAGE {
        let run = place.audit(&sharing(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn files_are_replaced_whole() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    let place = Place::new();
    let report = |path: &str| place.audit(&sharing(), &["--report", &format!("prometheus:{path}")]);
    assert_eq!(report("new.prom").code, 0);
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    place.write("plain", "");
    assert_eq!(mode("new.prom"), mode("plain"), "as any new file");
    // An existing file is another one afterwards, with the same permissions; a link stays a link.
    place.write("old.prom", "old");
    fs::set_permissions(place.path("old.prom"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old.prom", place.path("link.prom")).unwrap();
    let before = fs::metadata(place.path("old.prom")).unwrap().ino();
    assert_eq!(report("link.prom").code, 0);
    assert!(fs::symlink_metadata(place.path("link.prom")).unwrap().is_symlink());
    assert_ne!(fs::metadata(place.path("old.prom")).unwrap().ino(), before);
    assert_eq!(mode("old.prom"), 0o640);
    assert!(fs::read_to_string(place.path("old.prom")).unwrap().contains("reissue_audit_certificates"));
    assert_eq!(report("/dev/null").code, 0);
    assert_eq!(report("/dev/stdout").code, 0);
    let left: Vec<_> = fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn the_step_summary_is_appended_to() {
    let place = Place::new();
    place.write("summary.md", "before\n");
    let mut command = command();
    command.current_dir(place.folder.path()).env("GITHUB_STEP_SUMMARY", place.path("summary.md"));
    command.args(["audit", "-", "--now", NOW, "--report", "github"]);
    let output = command.write_stdin(list(&sharing())).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("::group::"));
    let summary = fs::read_to_string(place.path("summary.md")).unwrap();
    assert!(summary.starts_with("before\n## ") && summary.contains("shared-secret"), "{summary}");
    // Without a step nothing is written, and other formats do not write it.
    place.audit(&sharing(), &["--report", "github"]);
    assert_eq!(fs::read_to_string(place.path("summary.md")).unwrap(), summary);
}
