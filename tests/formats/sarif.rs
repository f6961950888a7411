//! SARIF, judged by the published schema.

use super::*;

fn schema() -> jsonschema::Validator {
    // As published, the pattern of `language` has a bracket too many, which not every engine forgives.
    let text = include_str!("../schemas/sarif-2.1.0.json");
    let mended = text.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    assert_ne!(mended, text);
    let schema: Value = serde_json::from_str(&mended).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

fn log(report: &Report) -> Value {
    serde_json::from_str(&rendered(report, Format::Sarif)).unwrap()
}

#[test]
fn the_published_schema_accepts_it() {
    let schema = schema();
    for report in samples().into_iter().chain([sample::large(300, false)]) {
        let errors: Vec<String> = schema.iter_errors(&log(&report)).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    let mut broken = log(&sample::company());
    broken["runs"][0]["results"][0]["level"] = "grave".into();
    assert!(!schema.is_valid(&broken));
}

#[test]
fn it_says_what_the_json_says() {
    for report in samples() {
        let (json, log) = (json(&report), log(&report));
        let run = &log["runs"][0];
        assert_eq!(run["properties"]["summary"], json["summary"]);
        let results = run["results"].as_array().unwrap();
        let of_findings = results.iter().filter(|result| !result["properties"]["severity"].is_null()).map(|result| {
            let id = text(&result["partialFingerprints"], "reissueAuditId/v1").to_owned();
            (id, text(result, "ruleId").to_owned(), text(&result["properties"], "severity").to_owned())
        });
        assert_eq!(of_findings.collect::<BTreeSet<_>>(), findings(&json));
        let of_verdicts = results.iter().filter(|result| !result["properties"]["verdict"].is_null()).map(|result| {
            assert_eq!(result["ruleId"], result["properties"]["verdict"]);
            let place = &result["locations"][0]["logicalLocations"][0];
            let namespace = text(place, "fullyQualifiedName").strip_suffix(text(place, "name")).unwrap();
            let namespace = namespace.strip_suffix("/Certificate/").unwrap().to_owned();
            (namespace, text(place, "name").to_owned(), text(result, "ruleId").to_owned())
        });
        let mut wanted = certificates(&json);
        // What stays as it is gives no alert; what has drifted is told by the rule of that name.
        wanted.retain(|(.., verdict)| !["unchanged", "reissue-later", "drift"].contains(&verdict.as_str()));
        assert_eq!(of_verdicts.collect::<BTreeSet<_>>(), wanted);
    }
}

#[test]
fn rules_are_what_results_point_at_and_have_help() {
    let log = log(&sample::company_plan());
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| text(rule, "id")).collect();
    assert_eq!(ids.len(), rules.len(), "an id occurs twice");
    for rule in rules {
        assert!(rule["shortDescription"]["text"].as_str().unwrap().chars().count() <= 1024, "{rule}");
        assert!(rule["fullDescription"]["text"].as_str().unwrap().chars().count() <= 1024, "{rule}");
        assert!(texts(rule, "/properties/tags").len() <= 20);
    }
    for rule in reissue_audit::rule::TABLE {
        let described = rules.iter().find(|known| known["id"] == rule.id).unwrap();
        assert!(described["help"]["markdown"].as_str().unwrap().contains("## Fix"), "{}", rule.id);
    }
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index]["id"]);
    }
}

#[test]
fn githubs_limits_hold_and_what_is_left_out_is_said() {
    use std::io::Write as _;
    let mut report = sample::large(500, false);
    let kinds = report.findings.clone();
    report.findings.extend((0..26_000).map(|i| {
        let of = &kinds[i % kinds.len()];
        let about = sample::object("Certificate", "team", &format!("service-{i:05}.example.com"));
        let id = format!("{}/Certificate/team/{}", of.rule, about.name);
        reissue_audit::report::model::Finding { id, object: about, ..of.clone() }
    }));
    let text = rendered(&report, Format::Sarif);
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    zipped.write_all(text.as_bytes()).unwrap();
    assert!(zipped.finish().unwrap().len() < 10_000_000);
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    let levels: Vec<&str> = results.iter().map(|result| super::text(result, "level")).collect();
    assert!(levels.is_sorted_by_key(|level| ["error", "warning", "note"].iter().position(|known| known == level)));
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("results, less grave than these, are left out"), "{notes}");
}

#[test]
fn fingerprints_are_stable_and_tell_results_apart() {
    let prints = |report: &Report| -> Vec<String> {
        let log = log(report);
        let results = log["runs"][0]["results"].as_array().unwrap().iter();
        results.map(|result| text(&result["partialFingerprints"], "primaryLocationLineHash").to_owned()).collect()
    };
    let before = prints(&sample::large(300, false));
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    let mut later = sample::large(300, false);
    for finding in &mut later.findings {
        finding.title.push_str(", differently put");
        finding.detail.clear();
    }
    later.evaluated_at = later.evaluated_at.plus(reissue_audit::time::GoDuration::hours(24));
    assert_eq!(prints(&later), before);
}
