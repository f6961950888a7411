//! The embedded demo cluster shows everything there is to show, and nothing in it is cut off.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::Value;

const DUMP: &[u8] = include_bytes!("../testdata/demo/demo.yaml.gz");
const EXPECTED: &str = include_str!("../testdata/demo/expected.tsv");

fn items() -> Vec<Value> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(DUMP).read_to_string(&mut text).unwrap();
    let list: Value = serde_saphyr::from_str(&text).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn rows() -> Vec<[&'static str; 4]> {
    EXPECTED.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect()
}

#[test]
fn the_dump_is_small_and_its_bytes_carry_no_clock() {
    assert!(DUMP.len() <= 300 * 1024, "{} bytes", DUMP.len());
    assert_eq!(DUMP[4..8], [0; 4], "gzip mtime");
}

#[test]
fn every_certificate_has_an_expectation() {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let in_dump: BTreeSet<(String, String)> = items()
        .iter()
        .filter(|object| object["kind"] == "Certificate")
        .map(|object| (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"])))
        .collect();
    let in_table: BTreeSet<_> = rows().iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(in_dump, in_table);
}

#[test]
fn every_verdict_of_audit_and_every_policy_occurs() {
    const VERDICTS: [&str; 7] =
        ["unknown", "blocked", "in-progress", "reissue-now", "drift", "reissue-later", "unchanged"];
    const POLICIES: [&str; 9] = [
        "SecretDoesNotExist",
        "SecretIsMissingData",
        "SecretPublicKeysDiffer",
        "SecretPrivateKeyMismatchesSpec",
        "SecretIssuerAnnotationsMismatch",
        "SecretCertificateNameAnnotationsMismatch",
        "SecretPublicKeyDiffersFromCurrentCertificateRequest",
        "CurrentCertificateRequestMismatchesSpec",
        "CurrentCertificateNearingExpiry",
    ];
    let verdicts: BTreeSet<&str> = rows().iter().map(|row| row[2]).collect();
    assert_eq!(verdicts, VERDICTS.into());
    let triggers: BTreeSet<&str> = rows().iter().map(|row| row[3]).filter(|policy| *policy != "-").collect();
    assert_eq!(triggers, POLICIES.into());
}

#[test]
fn only_the_partner_namespace_lacks_secrets() {
    let namespaces = |kind: &str| -> BTreeSet<String> {
        let of_kind = items().into_iter().filter(|object| object["kind"] == kind);
        of_kind.map(|object| object["metadata"]["namespace"].as_str().unwrap().to_owned()).collect()
    };
    let without: Vec<String> = namespaces("Certificate").difference(&namespaces("Secret")).cloned().collect();
    assert_eq!(without, ["partner"]);
}
