//! A snapshot says all that its source said, whatever the source was.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use common::command;
use reissue_audit::object::decode::Texts;
use reissue_audit::snapshot::write;
use reissue_audit::source::{LoadOptions, Loaded, SourceSpec, load, load_bytes};
use serde_json::Value;

const RELEASES: [&str; 5] = ["v1.8.0", "v1.12.0", "v1.17.0", "v1.18.0", "v1.21.0"];

/// What is left out of these sources.
const LEFT_OUT: [(&str, &str); 4] = [
    ("\"7f2c6a0e-demo\"", "\"(left out: 13 bytes)\""),
    ("\"AKIADEMODEMODEMODEMO\"", "\"(left out: 20 bytes)\""),
    (r#"["--v=2", "--leader-election-namespace=kube-system"]"#, "[]"),
    (
        r#"["--v=2", "--secure-port=10250", "--dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)", "--dynamic-serving-ca-secret-name=cert-manager-webhook-ca"]"#,
        "[]",
    ),
];

fn read(path: &Path, texts: Texts) -> Loaded {
    load(&[SourceSpec::Path(path.to_owned())], &LoadOptions { texts, ..LoadOptions::default() })
}

fn written(loaded: &Loaded) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(loaded, &mut bytes).unwrap();
    bytes
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

fn packed(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// Everything that analyses look at.
fn shown(loaded: &Loaded) -> Vec<String> {
    let mut coverage = loaded.world.coverage.clone();
    let problems: Vec<_> = coverage.inputs.iter().flat_map(|input| &input.problems).cloned().collect();
    coverage.inputs.clear();
    let facts = [
        format!("{problems:?}"),
        format!("{coverage:?}"),
        format!("{:?}", loaded.velero_backup),
        format!("{:?}", loaded.now),
    ];
    let objects = loaded.world.iter().map(|object| format!("{object:?}"));
    facts.into_iter().chain(objects).chain(loaded.world.broken().map(|broken| format!("{broken:?}"))).collect()
}

/// The golden cases and the sources that other programs wrote.
fn sources() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["testdata/demo/demo.yaml.gz", "testdata/sources/demo.etcd.gz", "testdata/sources/velero"]
            .map(PathBuf::from)
            .to_vec();
    found.extend(["backup.tar.gz", "source.json.gz"].map(|name| Path::new("testdata/sources/velero").join(name)));
    for policy in fs::read_dir("testdata/cases").unwrap() {
        for case in fs::read_dir(policy.unwrap().path()).unwrap() {
            found.push(case.unwrap().path().join("objects.yaml"));
        }
    }
    assert!(found.len() > 50);
    found
}

#[test]
fn what_comes_back_is_what_was_there() {
    for source in sources() {
        for texts in [Texts::Keep, Texts::Forget] {
            let loaded = read(&source, texts);
            let snapshot = written(&loaded);
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), &snapshot).unwrap();
            let restored = read(file.path(), texts);
            assert_eq!(restored.world.coverage.inputs[0].kind, "snapshot");
            let (mut expected, found) = (shown(&loaded), shown(&restored));
            for text in &mut expected {
                for (said, left_out) in LEFT_OUT {
                    *text = text.replace(said, left_out);
                }
            }
            assert_eq!(expected.len(), found.len(), "{}", source.display());
            for (expected, found) in expected.iter().zip(&found) {
                assert_eq!(expected, found, "{}", source.display());
            }
            assert!(written(&restored) == snapshot, "a snapshot of a snapshot: {}", source.display());
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bytes = || written(&read(Path::new("testdata/sources/velero/backup.tar.gz"), Texts::Keep));
    assert!(bytes() == bytes());
}

/// The JSON report of a command on a source, without what was read and with the name that the source shall have.
fn report(arguments: &[&str], source: &str, name: &str) -> Value {
    let output = command().args(arguments).args([source, "--report", "json"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace(source, name);
    let mut report: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{arguments:?} {error}: {}", String::from_utf8_lossy(&output.stderr)));
    report["coverage"].as_object_mut().unwrap().remove("inputs").unwrap();
    report
}

fn assert_alike(arguments: &[&str], source: &str, snapshot: &str) {
    let (expected, found) = (report(arguments, source, source), report(arguments, snapshot, source));
    assert!(expected["certificates"].as_array().is_some_and(|found| !found.is_empty()));
    assert_eq!(expected, found, "{source} {arguments:?}");
}

fn snapshot_of(source: &str, folder: &Path) -> String {
    let name = source.replace(['/', '.'], "-");
    let path = folder.join(format!("{name}.snapshot.gz")).display().to_string();
    let status = command().args(["snapshot", source, "-q", "-o", &path]).output().unwrap().status;
    assert!(status.success(), "{source}");
    path
}

#[test]
fn reports_are_those_of_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let now = ["--now", "2026-11-20T09:00:00Z"];
    for source in ["demo", "testdata/sources/demo.etcd.gz", "testdata/sources/velero/backup.tar.gz"] {
        let snapshot = snapshot_of(source, folder.path());
        for release in RELEASES {
            let arguments =
                [&["audit", "--cert-manager", release][..], if source == "demo" { &[] } else { &now }].concat();
            assert_alike(&arguments, source, &snapshot);
        }
        for release in ["v1.12.0", "v1.21.0"] {
            let arguments = ["plan", "--compare", "--cert-manager", release, now[0], now[1], "--backup"];
            assert_alike(&arguments, source, &snapshot);
        }
    }
}

#[test]
fn every_preset_foretells_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = snapshot_of("demo", folder.path());
    for preset in reissue_audit::plan::PRESETS {
        let arguments = ["plan", "--preset", preset.name, "--backup"];
        assert_alike(&arguments, "demo", &snapshot);
    }
    let arguments = ["verify", "--preset", "velero-documented", "demo", "--before"];
    assert_alike(&arguments, "demo", &snapshot);
}

#[test]
fn upgrades_and_renewals_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for source in ["demo", "testdata/sources/velero/backup.tar.gz"] {
        let snapshot = snapshot_of(source, folder.path());
        for arguments in [&["upgrade", "--from", "v1.12.3", "--to", "v1.21.2"][..], &["renewals"]] {
            assert_alike(&[arguments, &["--now", "2026-11-20T09:00:00Z"]].concat(), source, &snapshot);
        }
    }
}

fn problems(loaded: &Loaded) -> Vec<String> {
    let problems = loaded.world.coverage.inputs.iter().flat_map(|input| &input.problems);
    problems.map(|problem| format!("{}: {}", problem.location, problem.message)).collect()
}

#[test]
fn a_snapshot_that_is_cut_says_so_and_claims_nothing() {
    let bytes = written(&read(Path::new("testdata/demo/demo.yaml.gz"), Texts::Keep));
    let text = unpacked(&bytes);
    let whole = load_bytes("a", &bytes);
    assert_eq!(problems(&whole), Vec::<String>::new());
    assert!(!whole.world.coverage.secret_namespaces.is_empty());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let cuts = [bytes[..bytes.len() / 2].to_vec(), bytes[..bytes.len() - 9].to_vec()];
    let dropped = [packed(&lines[..lines.len() - 1].concat()), packed(&lines[..10].concat())];
    for cut in cuts.iter().chain(&dropped) {
        let loaded = load_bytes("a", cut);
        assert_eq!(problems(&loaded).len(), 1, "{:?}", problems(&loaded));
        assert!(!loaded.world.coverage.is_whole());
        assert!(loaded.world.coverage.secret_namespaces.is_empty() && loaded.world.coverage.kinds.is_empty());
        assert!(loaded.world.iter().next().is_some(), "what came before was read");
    }
    // A line in the middle is missed.
    let holed = load_bytes("a", &packed(&[&lines[..5], &lines[6..]].concat().concat()));
    assert_eq!(
        problems(&holed),
        [format!("a: the snapshot says that it holds {} objects, and {} were read", lines.len() - 2, lines.len() - 3)]
    );
}

#[test]
fn what_is_wrong_with_a_line_is_named_with_its_number() {
    let text = unpacked(&written(&read(Path::new("testdata/demo/demo.yaml.gz"), Texts::Keep)));
    let mut lines: Vec<&str> = text.lines().collect();
    lines[3] = r#"{"kind":"Secret","object":{"metadata":{"name":7}}}"#;
    lines[4] = "{";
    lines[5] = r#"{"kind":"Secret"}"#;
    lines[6] = r#"{"kind":"Flower","object":{}}"#;
    let found = problems(&load_bytes("a", lines.join("\n").as_bytes()));
    assert_eq!(found.len(), 5, "{found:?}");
    for (problem, line) in found.iter().zip(["line 4", "line 5", "line 6", "line 7"]) {
        assert!(problem.starts_with(&format!("a: {line}: cannot be read: ")), "{problem}");
    }
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let text = unpacked(&written(&read(Path::new("testdata/demo/demo.yaml.gz"), Texts::Keep)));
    let newer = text.replacen("{\"reissueAuditSnapshot\":1,", "{\"reissueAuditSnapshot\":2,", 1);
    let found = problems(&load_bytes("a", newer.as_bytes()));
    assert!(found[0].contains("a snapshot in format 2"), "{found:?}");
}

#[test]
fn objects_that_could_not_be_read_stay_named() {
    let input = r#"{"apiVersion":"v1","kind":"List","items":[
        {"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"shop"},"data":{"tls.key":"*"}},
        {"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"b","namespace":"shop"},"spec":{"secretName":"a"}},
        {"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"c"},"spec":7},
        {"apiVersion":"cert-manager.io/v1alpha2","kind":"Certificate","metadata":{"name":"d","namespace":"shop"},"spec":{"organization":["x"]}},
        {"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"shop"}}"#;
    let loaded = load_bytes("a", input.as_bytes());
    let restored = load_bytes("b", &written(&loaded));
    assert_eq!(shown(&loaded), shown(&restored));
    assert!(problems(&restored).len() >= 4, "{:?}", problems(&restored));
}

#[test]
fn a_snapshot_and_another_source_are_one_world() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = snapshot_of("testdata/demo/demo.yaml.gz", folder.path());
    let more =
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"elsewhere"},"data":{"k":"QQ=="}}"#;
    let file = folder.path().join("more.json");
    fs::write(&file, more).unwrap();
    let specs = [SourceSpec::Path(snapshot.into()), SourceSpec::Path(file)];
    let both = load(&specs, &LoadOptions::default());
    assert!(both.world.coverage.secret_namespaces.contains("elsewhere"));
    assert_eq!(problems(&both), Vec::<String>::new());
    let twice = load(&[specs[0].clone(), specs[0].clone()], &LoadOptions::default());
    assert!(problems(&twice).iter().all(|problem| problem.contains("this later one wins")));
    assert!(problems(&twice).len() > 50);
}
