//! Reports for a cluster, judged by the schemas of their CustomResourceDefinitions; `tests/real/reports` applies them to a real
//! API server.

use super::*;

/// Kinds of a group with their CustomResourceDefinitions.
const DIALECTS: [(Format, [(&str, &str); 2]); 2] = [
    (
        Format::OpenReports,
        [
            ("Report", include_str!("../schemas/openreports.io_reports.yaml")),
            ("ClusterReport", include_str!("../schemas/openreports.io_clusterreports.yaml")),
        ],
    ),
    (
        Format::PolicyReport,
        [
            ("PolicyReport", include_str!("../schemas/wgpolicyk8s.io_policyreports.yaml")),
            ("ClusterPolicyReport", include_str!("../schemas/wgpolicyk8s.io_clusterpolicyreports.yaml")),
        ],
    ),
];

/// The schema of a CustomResourceDefinition, and the version it is of. A field that it does not know is an error, as it is
/// for an API server under strict field validation.
fn schema(definition: &str) -> (String, jsonschema::Validator) {
    let definition: Value = serde_saphyr::from_str(definition).unwrap();
    let version = &definition["spec"]["versions"][0];
    let mut schema = version["schema"]["openAPIV3Schema"].clone();
    close(&mut schema);
    schema["properties"]["metadata"] = serde_json::json!({"type": "object"});
    let group = definition["spec"]["group"].as_str().unwrap();
    let name = format!("{group}/{}", version["name"].as_str().unwrap());
    (name, jsonschema::draft202012::new(&schema).unwrap())
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            if keywords.contains_key("properties") && !keywords.contains_key("additionalProperties") {
                keywords.insert("additionalProperties".to_owned(), false.into());
            }
            keywords.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn items(report: &Report, format: Format) -> Vec<Value> {
    let list: Value = serde_json::from_str(&rendered(report, format)).unwrap();
    assert_eq!((text(&list, "apiVersion"), text(&list, "kind")), ("v1", "List"));
    list["items"].as_array().unwrap().clone()
}

/// With a finding of a cluster-scoped object.
fn with_a_cluster_scoped_finding() -> Report {
    let mut report = sample::company_plan();
    let about = sample::object("ClusterIssuer", "", "letsencrypt");
    report.findings.push(sample::finding("new-acme-account", "medium", about, "A new account", &[]));
    sample::summarise(report)
}

#[test]
fn the_definitions_accept_them() {
    for (format, kinds) in DIALECTS {
        let schemas = kinds.map(|(kind, definition)| (kind, schema(definition)));
        for report in samples().into_iter().chain([sample::large(400, false), with_a_cluster_scoped_finding()]) {
            for item in items(&report, format) {
                let (_, (version, schema)) = schemas.iter().find(|(kind, _)| *kind == item["kind"]).unwrap();
                assert_eq!(text(&item, "apiVersion"), version);
                let errors: Vec<_> = schema.iter_errors(&item).map(|error| error.to_string()).collect();
                assert_eq!(errors, Vec::<String>::new());
                let mut broken = item.clone();
                broken["results"][0]["outcome"] = "pass".into();
                assert!(!schema.is_valid(&broken));
                // What a client-side apply keeps in an annotation, and etcd in an object.
                assert!(serde_json::to_string(&item).unwrap().len() < 262_144);
            }
        }
    }
}

#[test]
fn they_say_what_the_json_says() {
    for (format, kinds) in DIALECTS {
        for report in samples().into_iter().chain([with_a_cluster_scoped_finding()]) {
            let json = json(&report);
            let (mut of_certificates, mut of_findings) = (BTreeSet::new(), BTreeSet::new());
            let mut names = BTreeSet::new();
            for item in items(&report, format) {
                let namespace = item["metadata"]["namespace"].as_str();
                assert_eq!(text(&item, "kind"), kinds[usize::from(namespace.is_none())].0);
                assert!(names.insert((namespace.map(str::to_owned), text(&item["metadata"], "name").to_owned())));
                let mut counts = BTreeMap::<&str, u64>::new();
                for result in item["results"].as_array().unwrap() {
                    *counts.entry(text(result, "result")).or_default() += 1;
                    let about = &result["resources"][0];
                    assert_eq!(about["namespace"].as_str(), namespace);
                    if result["policy"] == "verdict" {
                        let verdict = text(&result["properties"], "verdict").to_owned();
                        of_certificates.insert((
                            namespace.unwrap().to_owned(),
                            text(about, "name").to_owned(),
                            verdict,
                        ));
                    } else {
                        let id = text(&result["properties"], "id").to_owned();
                        of_findings.insert((
                            id,
                            text(result, "policy").to_owned(),
                            text(result, "severity").to_owned(),
                        ));
                    }
                }
                for (outcome, count) in item["summary"].as_object().unwrap() {
                    assert_eq!(
                        counts.get(outcome.as_str()).copied().unwrap_or(0),
                        count.as_u64().unwrap(),
                        "{outcome}"
                    );
                }
            }
            let flat = |set: BTreeSet<(String, String, String)>| {
                let line = |text: &str| text.replace('\n', " ");
                set.iter().map(|(a, b, c)| (line(a), line(b), line(c))).collect::<BTreeSet<_>>()
            };
            assert_eq!(flat(of_certificates), shown(&certificates(&json)));
            assert_eq!(flat(of_findings), shown(&findings(&json)));
        }
    }
}

#[test]
fn objects_are_named_by_the_version_that_is_served() {
    let item = &items(&with_a_cluster_scoped_finding(), Format::OpenReports)[0];
    let about = &item["results"][0]["resources"][0];
    assert_eq!((text(about, "apiVersion"), text(about, "kind")), ("cert-manager.io/v1", "ClusterIssuer"));
}
