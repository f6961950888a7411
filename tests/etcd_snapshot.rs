//! A snapshot of a real etcd gives the report of the dump of the same objects; how it was made is told by
//! `testdata/sources/README.md`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::io::Read as _;

use common::{command, entry};
use serde_json::{Value, json};

const SNAPSHOT: &str = "testdata/sources/demo.etcd.gz";
const DUMP: &str = "testdata/demo/demo.yaml.gz";

/// The demo is looked at when it was made.
fn audit(arguments: &[&str]) -> Value {
    let now = std::fs::read_to_string("testdata/demo/now.txt").unwrap();
    let output =
        command().arg("audit").args(arguments).args(["--report", "json", "--now", now.trim()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn snapshot() -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(SNAPSHOT).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The snapshot as a file of its own, with and without the checksum behind it.
fn unpacked(checksum: bool) -> tempfile::NamedTempFile {
    let mut bytes = snapshot();
    if !checksum {
        bytes.truncate(bytes.len() - 32);
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

/// What stands in the snapshot beside the demo.
fn is_beside(object: &Value) -> bool {
    object["namespace"] == "sealed"
}

fn without_the_beside(report: &Value, list: &str) -> Vec<Value> {
    let of = |entry: &Value| if list == "findings" { entry["object"].clone() } else { entry.clone() };
    report[list].as_array().unwrap().iter().filter(|entry| !is_beside(&of(entry))).cloned().collect()
}

fn problems(report: &Value) -> Vec<String> {
    let line = |problem: &Value| {
        let text = |key: &str| problem[key].as_str().unwrap_or("-").to_owned();
        format!("{} | {} | {}", text("location"), text("object"), text("message"))
    };
    report["coverage"]["inputs"][0]["problems"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_snapshot_is_judged_like_the_dump_of_the_same_objects() {
    // An etcd holds every Secret, a dump only those that were asked for.
    let dump = audit(&[DUMP, "--complete"]);
    for (checksum, file) in [(true, unpacked(true)), (false, unpacked(false))] {
        let report = audit(&[file.path().to_str().unwrap()]);
        assert_eq!(report["coverage"]["inputs"][0]["kind"], "etcd-snapshot");
        assert_eq!(report["certManager"], dump["certManager"], "with checksum: {checksum}");
        for list in ["certificates", "findings"] {
            let (found, expected) = (without_the_beside(&report, list), dump[list].as_array().unwrap());
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(found, expected);
            }
            assert_eq!(found.len(), expected.len(), "{list}");
        }
    }
}

#[test]
fn a_compressed_snapshot_and_one_from_standard_input_are_the_same() {
    let file = unpacked(true);
    let plain = audit(&[file.path().to_str().unwrap()]);
    let compressed = audit(&[SNAPSHOT]);
    // The reasons for what cannot be read name the file.
    let all = |report: &Value| without_the_beside(report, "certificates");
    assert!(all(&plain) == all(&compressed));
    let now = std::fs::read_to_string("testdata/demo/now.txt").unwrap();
    let arguments = ["audit", "-", "--report", "json", "--now", now.trim()];
    let output = command().args(arguments).write_stdin(snapshot()).output().unwrap();
    let piped: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(all(&plain) == all(&piped));
    assert_eq!(problems(&plain).len(), problems(&piped).len());
}

#[test]
fn what_is_encrypted_at_rest_is_unknown() {
    let report = audit(&[SNAPSHOT]);
    for (name, message) in [
        ("aescbc", "encrypted at rest with aescbc, key key1: cannot be read"),
        ("aesgcm", "encrypted at rest with aesgcm, key key1: cannot be read"),
        ("secretbox", "encrypted at rest with secretbox, key key1: cannot be read"),
        ("kms-v1", "encrypted at rest with kms, key plugin: cannot be read"),
        ("kms-v2", "encrypted at rest with kms v2, key plugin: cannot be read"),
        ("cbor", "stored as CBOR"),
    ] {
        let entry = entry(&report, "sealed", name);
        assert_eq!(entry["verdict"], "unknown", "{entry}");
        assert!(entry["because"].as_str().unwrap().contains(message), "{entry}");
    }
    let told = problems(&report);
    assert_eq!(told.len(), 7, "{told:#?}");
    assert!(told.iter().any(|line| line.contains("1 objects of kind Pod: encrypted at rest with aescbc")), "{told:#?}");
    assert_eq!(report["coverage"]["complete"], false);
    // Deleted twice.
    assert!(!report["certificates"].as_array().unwrap().iter().any(|entry| entry["name"] == "gone"));
}

#[test]
fn a_cut_snapshot_says_so_and_nothing_is_taken_for_missing() {
    let whole = snapshot();
    let file = tempfile::NamedTempFile::new().unwrap();
    for parts in [1, 2, 4, 7] {
        std::fs::write(file.path(), &whole[..whole.len() * parts / 8]).unwrap();
        let now = std::fs::read_to_string("testdata/demo/now.txt").unwrap();
        let arguments = ["audit", file.path().to_str().unwrap(), "--report", "json", "--now", now.trim(), "--strict"];
        let output = command().args(arguments).output().unwrap();
        let code = output.status.code().unwrap();
        assert!(matches!(code, 3 | 4), "{code} {}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["coverage"]["complete"], false);
        assert_ne!(report["coverage"]["inputs"][0]["problems"], json!([]));
        for certificate in report["certificates"].as_array().unwrap() {
            assert_ne!(certificate["trigger"]["reason"], "DoesNotExist", "{parts}/8: {certificate}");
        }
    }
}

#[test]
fn a_changed_byte_is_told_by_the_checksum() {
    let mut bytes = snapshot();
    let at = bytes.len() - 100;
    bytes[at] ^= 1;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let told = problems(&audit(&[file.path().to_str().unwrap()]));
    assert!(told.iter().any(|line| line.contains("damaged: the SHA-256 at its end")), "{told:#?}");
}
