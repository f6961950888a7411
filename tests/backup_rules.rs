//! Rules about what a Velero backup left out, in backups that were read whole or in part, with and without labels.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;
mod rule_worlds;

use common::{NOW, healthy, list};
use reissue_audit::coverage::{Impact, Problem};
use reissue_audit::policy::Index;
use reissue_audit::release::{self, ControllerFlags};
use reissue_audit::rule::{Finding, View, findings};
use reissue_audit::source::{VeleroBackup, VeleroFilters, load_bytes};
use reissue_audit::time::{GoDuration, Time};
use reissue_audit::verdict::{Scene, judge_all};
use rule_worlds::{and, cluster_issuer, of_cluster_issuer};
use serde_json::{Value, json};

/// What an input is apart from its objects.
#[derive(Clone, Copy)]
enum Input {
    Whole,
    /// Something could not be read.
    Partial,
    /// Given with `--complete`.
    Complete,
}

/// The findings of a rule in a backup with these filters.
fn found(rule: &str, objects: &[Value], filters: &Value, input: Input) -> Vec<Finding> {
    let mut world = load_bytes("nightly.tar.gz", list(objects).as_bytes()).world;
    let read = world.coverage.inputs.first_mut().unwrap();
    read.kind = "velero-backup".to_owned();
    match input {
        Input::Whole => {}
        Input::Partial => read.problems.push(Problem {
            location: "nightly.tar.gz".to_owned(),
            object: None,
            message: "is cut off".to_owned(),
            impact: Impact::Missing,
        }),
        Input::Complete => world.coverage.complete = true,
    }
    let filters: VeleroFilters = serde_json::from_value(filters.clone()).unwrap();
    let backup = VeleroBackup { name: "nightly".into(), filters, ..VeleroBackup::default() };
    let (release, flags) = (release::newest().clone(), ControllerFlags::default());
    let (now, horizon) = (Time::parse(NOW).unwrap(), GoDuration::hours(168));
    let index = Index::new(&world);
    let scene = Scene { world: &world, index: &index, release: &release, flags: &flags, now, horizon };
    let judgements = judge_all(&scene);
    let view = View::new(&scene, &judgements, None, Some((&backup, &world)));
    findings(&view).into_iter().filter(|finding| finding.rule == rule).collect()
}

/// Filters, input, the namespaces and resources that are found to mean nothing.
type Selector = (&'static str, Input, &'static [&'static str]);
const SELECTORS: [Selector; 7] = [
    (r#"{"includedNamespaces": ["shop", "gone"]}"#, Input::Whole, &["gone"]),
    (r#"{"includedNamespaces": ["gone", "shop", "gone", "*"]}"#, Input::Whole, &["gone"]),
    (r#"{"includedNamespaces": ["gone"]}"#, Input::Partial, &[]),
    (r#"{"includedNamespaces": ["gone"], "labelSelector": {"matchLabels": {"a": "b"}}}"#, Input::Whole, &[]),
    (
        r#"{"excludedResources": ["orders.cert-manager.io", "orders.cert-manager.io", "certificaterequestpolicies"]}"#,
        Input::Whole,
        &["orders.cert-manager.io"],
    ),
    (r#"{"excludedResources": ["certifcates"]}"#, Input::Partial, &["certifcates"]),
    (r#"{"includedResources": ["certificateauthorities"]}"#, Input::Whole, &[]),
];

#[test]
fn entries_that_resolve_to_nothing_are_named_once() {
    for (filters, input, expected) in SELECTORS {
        let filters = serde_json::from_str(filters).unwrap();
        let found = found("selector-resolves-to-nothing", &healthy("shop", "web"), &filters, input);
        let subjects: Vec<&str> = found.iter().map(|finding| &*finding.subject.key.name).collect();
        assert_eq!(subjects, expected, "{filters}");
    }
}

/// Whether the backup selects by labels, input, whether it holds this and another ClusterIssuer, words of the finding.
type Lack = (bool, Input, bool, bool, Option<&'static str>);
const LACKS: [Lack; 9] = [
    (false, Input::Whole, false, false, Some("holds no ClusterIssuers")),
    (false, Input::Complete, false, false, Some("holds no ClusterIssuers")),
    (false, Input::Partial, false, false, None),
    (false, Input::Whole, true, false, None),
    // Another rule says that it does not exist.
    (false, Input::Whole, false, true, None),
    (true, Input::Whole, false, true, Some("does not hold this ClusterIssuer")),
    (true, Input::Whole, false, false, Some("does not hold this ClusterIssuer")),
    (true, Input::Partial, false, true, None),
    (true, Input::Whole, true, true, None),
];

#[test]
fn cluster_issuers_that_were_left_out_are_named() {
    for (labels, input, holds_it, holds_another, words) in LACKS {
        let mut objects = of_cluster_issuer();
        if holds_it {
            objects = and(objects, cluster_issuer());
        }
        if holds_another {
            let mut another = cluster_issuer();
            another["metadata"]["name"] = json!("another");
            another["metadata"]["uid"] = json!("uid-another");
            objects = and(objects, another);
        }
        let filters = if labels { json!({"labelSelector": {"matchLabels": {"a": "b"}}}) } else { json!({}) };
        let found = found("backup-lacks-cluster-resources", &objects, &filters, input);
        let case = format!("{labels} {holds_it} {holds_another}");
        assert_eq!(found.len(), usize::from(words.is_some()), "{case}: {found:?}");
        for (finding, words) in found.iter().zip(words) {
            assert!(finding.detail.contains(words), "{case}: {}", finding.detail);
        }
    }
}
