//! A backup of Rancher's backup-restore-operator gives the verdicts of the dump of the same objects.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::io::{Read as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{command, entry};
use serde_json::{Value, json};

const DUMP: &str = "testdata/demo/demo.yaml.gz";

/// What the operator takes away (`pkg/resourcesets/collector.go`, `WriteBackupObjects`).
const REMOVED: [&str; 6] =
    ["uid", "creationTimestamp", "deletionTimestamp", "selfLink", "resourceVersion", "deletionGracePeriodSeconds"];

type Files = Vec<(String, String)>;

fn demo() -> Vec<Value> {
    let mut text = String::new();
    let file = std::fs::File::open(DUMP).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let list: Value = serde_saphyr::from_str(&text).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// The path of an object: `<resource>.<group>#<version>/[<namespace>/]<name>.json`.
fn path(object: &Value) -> String {
    let api_version = object["apiVersion"].as_str().unwrap();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let plural = match object["kind"].as_str().unwrap() {
        "Ingress" => "ingresses".to_owned(),
        kind => format!("{}s", kind.to_lowercase()),
    };
    let namespace = object["metadata"]["namespace"].as_str().map(|name| format!("{name}/")).unwrap_or_default();
    format!("{plural}.{group}#{version}/{namespace}{}.json", object["metadata"]["name"].as_str().unwrap())
}

/// The files of a backup of the demo that a ResourceSet with these selectors made.
fn backup(selectors: &Value) -> Files {
    let filters =
        json!({"apiVersion": "resources.cattle.io/v1", "kind": "ResourceSet", "resourceSelectors": selectors});
    let mut files: Files = Vec::new();
    for mut object in demo() {
        REMOVED.iter().for_each(|key| drop(object["metadata"].as_object_mut().unwrap().remove(*key)));
        files.push((path(&object), object.to_string()));
    }
    files.push(("filters/filters.json".to_owned(), filters.to_string()));
    files.sort();
    files
}

/// One that selects all there is.
fn everything() -> Value {
    let groups = demo().iter().map(|object| object["apiVersion"].clone()).collect::<Vec<_>>();
    groups.into_iter().map(|group| json!({"apiVersion": group, "kindsRegexp": "."})).collect()
}

fn tarball(files: &Files) -> tempfile::NamedTempFile {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file.as_file(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap();
    file
}

fn audit(path: &Path, arguments: &[&str]) -> Value {
    let now = std::fs::read_to_string("testdata/demo/now.txt").unwrap();
    let output = command()
        .args(["audit", path.to_str().unwrap(), "--report", "json", "--now", now.trim()])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn name(certificate: &Value) -> String {
    format!("{}/{}", certificate["namespace"].as_str().unwrap(), certificate["name"].as_str().unwrap())
}

fn problems(report: &Value) -> Vec<String> {
    let line = |problem: &Value| {
        let text = |key: &str| problem[key].as_str().unwrap_or("-").to_owned();
        format!("{} | {} | {}", text("location"), text("object"), text("message"))
    };
    report["coverage"]["inputs"][0]["problems"].as_array().unwrap().iter().map(line).collect()
}

/// All that is said of a certificate.
fn judgement(certificate: &Value) -> Value {
    let keys = [
        "secretName",
        "issuerRef",
        "verdict",
        "because",
        "confidence",
        "trigger",
        "violations",
        "renewal",
        "key",
        "findings",
    ];
    keys.iter().map(|key| certificate[*key].clone()).collect()
}

#[test]
fn a_backup_is_judged_like_the_dump_of_the_same_objects() {
    let file = tarball(&backup(&everything()));
    let report = audit(file.path(), &[]);
    assert_eq!(report["coverage"]["inputs"][0]["kind"], "rancher-backup");
    let told = problems(&report);
    assert!(told.len() == 1 && told[0].contains("without uids and creation times"), "{told:#?}");
    // This ResourceSet left nothing out.
    let dump = audit(Path::new(DUMP), &["--complete"]);
    assert_eq!(report["certManager"], dump["certManager"]);
    let pairs = report["certificates"].as_array().unwrap().iter().zip(dump["certificates"].as_array().unwrap());
    let mut otherwise = Vec::new();
    for (found, expected) in pairs {
        assert_eq!(name(found), name(expected));
        if judgement(found) != judgement(expected) {
            otherwise.push(format!(
                "{} {} {} {}",
                name(found),
                found["verdict"],
                expected["verdict"],
                found["because"]
            ));
        }
    }
    assert_eq!(otherwise, Vec::<String>::new());
    assert_eq!(report["certificates"].as_array().unwrap().len(), dump["certificates"].as_array().unwrap().len());
}

/// An unpacked backup is the same.
#[test]
fn an_unpacked_backup_is_read_like_the_packed_one() {
    let files = backup(&everything());
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in &files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (packed, unpacked) = (audit(tarball(&files).path(), &[]), audit(directory.path(), &[]));
    assert!(packed["certificates"] == unpacked["certificates"]);
    assert_eq!(unpacked["coverage"]["inputs"][0]["kind"], "rancher-backup");
}

#[test]
fn what_the_resource_set_did_not_select_is_not_taken_for_missing() {
    let verdict = |selectors: Value| {
        let report = audit(tarball(&backup(&selectors)).path(), &[]);
        entry(&report, "shop", "cart-api")["verdict"].clone()
    };
    let secrets = |more: Value| {
        let mut selector = json!({"apiVersion": "v1", "kinds": ["secrets"]});
        selector.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        verdict(json!([selector]))
    };
    assert_eq!(secrets(json!({})), "reissue-now");
    assert_eq!(secrets(json!({"namespaces": ["shop"]})), "reissue-now");
    assert_eq!(secrets(json!({"namespaces": ["iam"]})), "unknown");
    assert_eq!(secrets(json!({"resourceNameRegexp": "^tls-"})), "unknown");
    assert_eq!(secrets(json!({"labelSelectors": {"matchLabels": {"a": "b"}}})), "unknown");
}

#[test]
fn what_is_encrypted_is_unknown() {
    let mut files = backup(&everything());
    let sealed = STANDARD.encode(b"k8s:enc:aesgcm:v1:backup:\x00\x01\x02\x03");
    for (path, text) in files.iter_mut().filter(|(path, _)| path.starts_with("secrets.#v1/")) {
        assert!(path.ends_with(".json"));
        *text = format!("\"{sealed}\"");
    }
    let file = tarball(&files);
    let report = audit(file.path(), &[]);
    let told = problems(&report);
    let secrets = files.iter().filter(|(path, _)| path.starts_with("secrets.#v1/")).count();
    assert_eq!(told.len(), secrets + 1);
    let place = format!("{}: secrets.#*/shop/catalog-api.json", file.path().display());
    let expected =
        format!("{place} | Secret shop/catalog-api | encrypted at rest with aesgcm, key backup: cannot be read");
    assert!(told.contains(&expected), "{told:#?}");
    assert_eq!(entry(&report, "shop", "catalog-api")["verdict"], "unknown");
    assert_eq!(report["coverage"]["complete"], false);
}
