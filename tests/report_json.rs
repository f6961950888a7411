//! The JSON report: its published schema, and the fields that other tools rely on.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/rendered.rs"]
mod rendered;
mod report_sample;

use reissue_audit::report::Format;
use rendered::rendered;
use report_sample as sample;
use serde_json::Value;

#[test]
fn the_json_keeps_the_published_schema() {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    for report in [sample::company(), sample::company_plan(), sample::hostile(), sample::empty()] {
        let json: Value = serde_json::from_str(&rendered(&report, Format::Json)).unwrap();
        assert_eq!(common::schema::errors(&schema, &json), Vec::<String>::new());
    }
}

#[test]
fn the_schema_test_can_fail() {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let json: Value = serde_json::from_str(&rendered(&sample::company_plan(), Format::Json)).unwrap();
    type Edit = fn(&mut Value);
    const EDITS: [Edit; 6] = [
        |json| json["certificates"][0]["verdict"] = "fine".into(),
        |json| json["certificates"][0]["renewal"]["notAfter"] = "tomorrow".into(),
        |json| json["plan"]["steps"][0]["created"] = (-1).into(),
        |json| json["certificates"][0]["more"] = 1.into(),
        |json| json["plan"] = 7.into(),
        |json| _ = json.as_object_mut().unwrap().remove("summary"),
    ];
    for (i, edit) in EDITS.into_iter().enumerate() {
        let mut json = json.clone();
        edit(&mut json);
        assert_ne!(common::schema::errors(&schema, &json), Vec::<String>::new(), "edit {i}");
    }
}

/// The fields of design 4, by JSON pointer.
const CONTRACT: [&str; 56] = [
    "/schemaVersion",
    "/tool/name",
    "/tool/version",
    "/command",
    "/evaluatedAt",
    "/certManager/version",
    "/certManager/source",
    "/certManager/assumptions",
    "/coverage/inputs/0/location",
    "/coverage/inputs/0/kind",
    "/coverage/inputs/0/objects/Certificate",
    "/coverage/inputs/0/problems",
    "/coverage/complete",
    "/summary/certificates",
    "/summary/verdicts/reissue-now",
    "/summary/findings/high",
    "/certificates/0/namespace",
    "/certificates/0/name",
    "/certificates/0/secretName",
    "/certificates/0/issuerRef",
    "/certificates/0/verdict",
    "/certificates/0/confidence",
    "/certificates/4/trigger/policy",
    "/certificates/4/trigger/reason",
    "/certificates/4/trigger/message",
    "/certificates/4/violations/0/policy",
    "/certificates/4/violations/0/reason",
    "/certificates/4/violations/0/message",
    "/certificates/4/violations/0/fields/0/path",
    "/certificates/4/violations/0/fields/0/spec",
    "/certificates/4/violations/0/fields/0/actual",
    "/certificates/4/violations/0/faq",
    "/certificates/0/renewal/notBefore",
    "/certificates/0/renewal/notAfter",
    "/certificates/0/renewal/renewalTime",
    "/certificates/0/renewal/because",
    "/certificates/0/key/algorithm",
    "/certificates/0/key/size",
    "/certificates/0/key/rotatesOnReissue",
    "/certificates/0/findings",
    "/certificates/0/issuances",
    "/certificates/0/steps/0/event",
    "/findings/0/id",
    "/findings/0/rule",
    "/findings/0/severity",
    "/findings/0/object/kind",
    "/findings/0/evidence",
    "/findings/0/remediation/0/command",
    "/findings/0/remediation/0/effect",
    "/timeline/0/at",
    "/plan/phantomRequests",
    "/plan/restorableUntil/first",
    "/plan/ages/0/reissued",
    "/plan/alternatives/0/caCalls",
    "/plan/steps/1/refused/0/status",
    "/plan/steps/0/skipped",
];

#[test]
fn the_json_has_every_field_of_the_contract() {
    let json: Value = serde_json::from_str(&rendered(&sample::company_plan(), Format::Json)).unwrap();
    for pointer in CONTRACT {
        assert!(json.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn a_large_json_holds_everything() {
    let json: Value = serde_json::from_str(&rendered(&sample::large(2_100, false), Format::Json)).unwrap();
    assert_eq!(json["certificates"].as_array().unwrap().len(), 2_100);
}
