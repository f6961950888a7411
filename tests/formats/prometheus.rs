//! The text format of Prometheus, read by the rules of its documentation; `tests/real/reports` gives the same to promtool.

use super::*;

type Sample = (String, BTreeMap<String, String>, f64);

/// Samples by the text format 0.0.4; a line that is none is an error.
fn samples_of(text: &str) -> Vec<Sample> {
    let lines = text.lines().filter(|line| !line.starts_with("# HELP ") && !line.starts_with("# TYPE "));
    lines.map(|line| sample_of(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

fn sample_of(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, after) = rest.strip_prefix(',').unwrap_or(rest).split_once("=\"")?;
            let (mut value, mut chars) = (String::new(), after.char_indices());
            let end = loop {
                match chars.next()? {
                    (at, '"') => break at,
                    (_, '\\') => value.push(match chars.next()?.1 {
                        'n' => '\n',
                        c @ ('\\' | '"') => c,
                        _ => return None,
                    }),
                    (_, c) => value.push(c),
                }
            };
            assert!(labels.insert(label.to_owned(), value).is_none(), "{label} twice in {line}");
            rest = &after[end + 1..];
        }
        rest = &rest[1..];
    }
    Some((name.to_owned(), labels, rest.trim().parse().ok()?))
}

#[test]
fn it_says_what_the_json_says() {
    for report in samples() {
        let (json, all) = (json(&report), samples_of(&rendered(&report, Format::Prometheus)));
        let of = |name: &str, labels: [&str; 3]| -> BTreeSet<_> {
            let named = all.iter().filter(|(found, ..)| found == &format!("reissue_audit_{name}"));
            let one_line = |text: &str| text.replace('\n', " ");
            named
                .map(|(_, found, _)| {
                    (one_line(&found[labels[0]]), one_line(&found[labels[1]]), found[labels[2]].clone())
                })
                .collect()
        };
        assert_eq!(of("certificate_verdict", ["namespace", "name", "verdict"]), shown(&certificates(&json)));
        assert_eq!(of("finding", ["id", "rule", "severity"]), shown(&findings(&json)));
        for (verdict, count) in json["summary"]["verdicts"].as_object().unwrap() {
            let sample = all.iter().find(|(name, labels, _)| {
                name == "reissue_audit_certificates" && labels["verdict"] == verdict.as_str()
            });
            assert_eq!(sample.unwrap().2, count.as_f64().unwrap());
        }
    }
}

/// The labels of `certmanager_certificate_*` (cert-manager v1.21 `pkg/metrics/metrics.go`).
const LABELS: [&str; 5] = ["name", "namespace", "issuer_name", "issuer_kind", "issuer_group"];

#[test]
fn labels_are_those_of_cert_manager_and_no_series_comes_twice() {
    for report in [sample::company_plan(), sample::large(300, false)] {
        let text = rendered(&report, Format::Prometheus);
        let all = samples_of(&text);
        for (name, labels, _) in all.iter().filter(|(name, ..)| name.starts_with("reissue_audit_certificate_")) {
            assert!(LABELS.iter().all(|label| labels.contains_key(*label)), "{name}: {labels:?}");
        }
        let series: BTreeSet<_> = all.iter().map(|(name, labels, _)| (name, labels)).collect();
        assert_eq!(series.len(), all.len());
        let names: BTreeSet<&String> = all.iter().map(|(name, ..)| name).collect();
        for name in names {
            assert_eq!(text.matches(&format!("# HELP {name} ")).count(), 1);
            assert_eq!(text.matches(&format!("# TYPE {name} gauge\n")).count(), 1);
        }
    }
}
