//! Workflow commands, read as the runner of GitHub Actions reads them.

use super::*;

/// The runner's own reading of a line (actions/runner, ActionCommand): command, properties, message.
fn parse(line: &str) -> Option<(String, BTreeMap<String, String>, String)> {
    let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (command, properties) = head.split_once(' ').unwrap_or((head, ""));
    let unescape = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        text.replace("%25", "%")
    };
    let properties = properties.split(',').filter_map(|property| property.split_once('='));
    let properties = properties.map(|(key, value)| (key.to_owned(), unescape(value))).collect();
    Some((command.to_owned(), properties, unescape(message)))
}

#[test]
fn the_log_says_what_the_json_says() {
    for report in samples() {
        let (json, text) = (json(&report), rendered(&report, Format::Github));
        let lines = text.lines().skip(1).take_while(|line| *line != "::endgroup::");
        let (mut verdicts, mut ids) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
        for line in lines {
            let (level, rest) = line.split_once(" [").unwrap();
            assert!(["error", "warning", "notice"].contains(&level), "{line}");
            let key = rest.split_once("] ").unwrap().0;
            match key.split_once(' ') {
                None => *verdicts.entry(key.to_owned()).or_default() += 1,
                Some((severity, id)) => assert!(ids.insert((id.to_owned(), severity.to_owned())), "{line}"),
            }
        }
        for (verdict, count) in json["summary"]["verdicts"].as_object().unwrap() {
            let quiet = ["unchanged", "reissue-later"].contains(&verdict.as_str());
            let wanted = if quiet { 0 } else { count.as_u64().unwrap() };
            assert_eq!(verdicts.get(verdict).copied().unwrap_or(0) as u64, wanted, "{verdict}");
        }
        let wanted: BTreeSet<_> = shown(&findings(&json)).into_iter().map(|(id, _, severity)| (id, severity)).collect();
        assert_eq!(ids, wanted);
    }
}

#[test]
fn a_step_shows_all_annotations() {
    for report in [sample::company_plan(), sample::hostile(), sample::large(5_000, true)] {
        let text = rendered(&report, Format::Github);
        let mut counts = BTreeMap::<String, usize>::new();
        for (command, properties, message) in text.lines().filter_map(parse) {
            if ["group", "endgroup"].contains(&command.as_str()) {
                continue;
            }
            assert!(["error", "warning", "notice"].contains(&command.as_str()), "{command}");
            assert!(properties["title"].starts_with("reissue-audit: "), "{properties:?}");
            assert!(!message.is_empty() && message.lines().count() <= 11, "{message}");
            *counts.entry(command).or_default() += 1;
        }
        assert!(!counts.is_empty() && counts.values().all(|count| *count <= 10), "{counts:?}");
    }
}

#[test]
fn more_rules_than_annotations_are_named_by_the_last() {
    let mut report = sample::company_plan();
    report.certificates.clear();
    let first = report.findings[0].clone();
    report.findings = reissue_audit::rule::TABLE
        .iter()
        .map(|rule| {
            let id = format!("{}/Secret/shop/web", rule.id);
            reissue_audit::report::model::Finding { rule: rule.id, id, severity: "high", ..first.clone() }
        })
        .collect();
    let text = rendered(&report, Format::Github);
    let annotations: Vec<_> = text.lines().filter_map(parse).filter(|(command, ..)| command == "error").collect();
    assert_eq!(annotations.len(), 10);
    for rule in reissue_audit::rule::TABLE {
        let told = annotations
            .iter()
            .any(|(_, properties, message)| properties["title"].contains(rule.id) || message.contains(rule.id));
        assert!(told, "{}", rule.id);
    }
}

#[test]
fn no_text_of_the_cluster_is_a_command() {
    let texts = ["::error::x", "##[error]x", "a\n::set-env name=X::y", "x\r::stop-commands::t", "%0A::error::x"];
    let report = sample::with_strings(&texts);
    let harmless = sample::with_strings(&["a", "b", "c", "d", "e"]);
    let commands = |report: &Report| {
        let text = rendered(report, Format::Github);
        assert!(!text.contains("##["));
        text.split(['\n', '\r']).filter_map(parse).map(|(command, ..)| command).collect::<Vec<_>>()
    };
    assert_eq!(commands(&report), commands(&harmless));
}
