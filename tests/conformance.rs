//! The committed cases of `testdata/conformance/`: the engine says of each release what cert-manager said. How they are made, and how
//! fresh ones are compared: `docs/conformance.md`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "../examples/shared/conformance/mod.rs"]
#[allow(dead_code, reason = "shared with the xtask example")]
mod conformance;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use reissue_audit::pki::GoVersion;
use reissue_audit::release::{self, Release, Version, find_text};

use conformance::corpus::{Corpus, Entry, Provenance};
use conformance::engine::Prepared;
use conformance::exceptions::Exceptions;
use conformance::facets::{Difference, differences};
use conformance::question::Question;
use conformance::results::{DOCUMENT, Results, with_table};

/// Cases for each minor release, at least.
const CASES: usize = 3_000;

/// Every way in which the trigger controller can end.
const OUTCOMES: [&str; 8] =
    ["set", "already-issuing", "back-off", "wait", "not-owner", "deleting", "gather-error", "panic"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn go(text: &str) -> GoVersion {
    let mut numbers = text.trim_start_matches("go1.").split('.').map(|number| number.parse().unwrap());
    GoVersion::new(numbers.next().unwrap(), numbers.next().unwrap_or(0))
}

/// The release as the oracle was built.
fn release(provenance: &Provenance) -> Release {
    let mut release = find_text(&provenance.release).unwrap().release;
    assert_eq!(release.version.to_string(), provenance.release, "it is a release of the table");
    assert_eq!(release.decoder.go.line, go(&provenance.go_line), "go line of {}", provenance.release);
    release.decoder.go.toolchain = go(&provenance.go);
    release
}

/// All differences on a case but those in tails, with the release.
fn replay(entry: &Entry, releases: &[Release]) -> Vec<(Version, String, Difference)> {
    let question = Question::read(&entry.line).unwrap();
    let prepared = Prepared::new(&question);
    let mut found = Vec::new();
    for (number, expected) in entry.answers(releases.len()) {
        assert!(!expected.is_empty(), "no answer on {}", question.id);
        let release = &releases[number];
        let differ =
            differences(&expected, &prepared.facets(release)).into_iter().filter(|difference| !difference.tail);
        found.extend(differ.map(|difference| (release.version, question.id.clone(), difference)));
    }
    found
}

#[test]
fn the_engine_decides_as_cert_manager_did() {
    let corpus = Corpus::load(root()).unwrap();
    let exceptions = Exceptions::load(root()).unwrap();
    let releases: Vec<Release> = corpus.releases.iter().map(release).collect();
    let found: Vec<_> = corpus.entries.par_iter().flat_map_iter(|entry| replay(entry, &releases)).collect();
    let mut seen = BTreeSet::new();
    let mut open = Vec::new();
    for (release, id, difference) in found {
        match exceptions.position(release, &difference) {
            Some(position) => drop(seen.insert(position)),
            None => open.push(format!("{release}, case {id}: {difference:?}")),
        }
    }
    let first = &open[..open.len().min(20)];
    assert!(open.is_empty(), "{} differences that no exception covers, such as\n{}", open.len(), first.join("\n"));
    let untrue = exceptions.untrue(|position| seen.contains(&position));
    assert!(untrue.is_empty(), "exceptions that are no longer true:\n{}", untrue.join("\n"));
}

/// A case on which the engine once said something else than cert-manager, reduced to what matters.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    releases: Vec<String>,
    facet: String,
    /// What cert-manager said.
    expected: String,
    case: serde_json::Value,
}

#[test]
fn what_was_wrong_once_is_right() {
    let files: Vec<_> = std::fs::read_dir(root().join("testdata/conformance/found")).unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        let path = file.unwrap().path();
        let found: Found = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let prepared = Prepared::new(&Question::read(&found.case).unwrap());
        for name in &found.releases {
            let facets = prepared.facets(&find_text(name).unwrap().release);
            let actual = facets.iter().find(|(facet, _)| *facet == found.facet).map(|(_, text)| text.as_str());
            assert_eq!(actual, Some(&*found.expected), "{} {name}", path.display());
        }
    }
}

#[test]
fn each_minor_release_has_its_cases() {
    let corpus = Corpus::load(root()).unwrap();
    assert!(corpus.entries.len() >= CASES, "{} cases", corpus.entries.len());
    let ids: BTreeSet<String> = corpus.entries.iter().map(|entry| entry.line["id"].to_string()).collect();
    assert_eq!(ids.len(), corpus.entries.len(), "each case is there once");
    let answered = |minor| {
        let of_minor =
            |provenance: &&Provenance| find_text(&provenance.release).unwrap().release.version.minor == minor;
        corpus.releases.iter().filter(of_minor).map(|provenance| provenance.cases).max().unwrap_or_default()
    };
    for minor in 8..=release::newest().version.minor {
        assert!(answered(minor) >= CASES, "1.{minor} has {} answers", answered(minor));
    }
}

#[test]
fn every_outcome_occurs() {
    let corpus = Corpus::load(root()).unwrap();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for entry in &corpus.entries {
        for (_, change) in &entry.history {
            if let Some(Some(outcome)) = change.get("outcome") {
                *outcomes.entry(outcome.clone()).or_default() += 1;
            }
        }
    }
    for outcome in OUTCOMES {
        assert!(outcomes.contains_key(outcome), "no case ends with {outcome}");
    }
}

const EXCEPTION: &str = r#"
    [[exception]]
    facet = "key"
    since = "v1.9.0"
    until = "v1.12.3"
    expected = "refused: *"
    actual = "RSA 2048"
    reason = "known"
"#;

fn difference(expected: &str, actual: &str) -> Difference {
    Difference { facet: "key", expected: expected.to_owned(), actual: actual.to_owned(), tail: false }
}

/// Minor and patch, what cert-manager and the engine say, whether the exception covers it.
const COVERED: [((u16, u16), &str, &str, bool); 7] = [
    ((9, 0), "refused: because", "RSA 2048", true),
    ((12, 3), "refused: ", "RSA 2048", true),
    ((8, 2), "refused: because", "RSA 2048", false),
    ((12, 4), "refused: because", "RSA 2048", false),
    ((10, 0), "accepted", "RSA 2048", false),
    ((10, 0), "refused: because", "RSA 1024", false),
    ((10, 0), "is refused: because", "RSA 2048", false),
];

#[test]
fn an_exception_covers_what_it_says_and_nothing_else() {
    let exceptions = Exceptions::parse(EXCEPTION).unwrap();
    for ((minor, patch), expected, actual, covered) in COVERED {
        let found = exceptions.position(Version::v1(minor, patch), &difference(expected, actual));
        assert_eq!(found.is_some(), covered, "v1.{minor}.{patch} {expected} {actual}");
    }
    let other = Difference { facet: "chain", ..difference("refused: x", "RSA 2048") };
    assert_eq!(exceptions.position(Version::v1(9, 0), &other), None);
}

#[test]
fn an_exception_that_covers_nothing_is_untrue() {
    let exceptions = Exceptions::parse(EXCEPTION).unwrap();
    assert_eq!(exceptions.untrue(|_| false).len(), 1);
    assert!(exceptions.untrue(|position| position == 0).is_empty());
    assert!(Exceptions::parse("").unwrap().untrue(|_| false).is_empty());
}

#[test]
fn an_exception_gives_its_reason() {
    for (from, to) in [("\"known\"", "\" \""), ("v1.12.3", "v1.8.0"), ("v1.9.0", "1.9"), ("reason", "because")] {
        assert!(Exceptions::parse(&EXCEPTION.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn the_document_has_the_results() {
    let document = std::fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let results = Results::load(root()).unwrap();
    assert!(with_table(&document, &results).unwrap() == document, "cargo xtask matrix --table writes the table anew");
    for row in results.rows.iter().filter(|row| row.divergences > 0) {
        let place = format!("{} (seed {}, cases {} to {})", row.release, row.seed, row.first, row.first + row.cases);
        assert!(document.contains(&place), "an open divergence that the document does not name: {place}");
    }
}

#[test]
fn each_release_has_a_line_on_its_go() {
    let text = std::fs::read_to_string(root().join("tests/oracle/toolchains.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let found: Vec<Vec<&str>> = lines.map(|line| line.split_whitespace().collect()).collect();
    let images: Vec<(&str, &str)> = found.iter().map(|line| (line[0], line[1])).collect();
    let wanted: Vec<(String, String)> = release::all()
        .map(|release| (release.version, release.decoder.go.toolchain.to_string()))
        .map(|(version, go)| (version.to_string(), go.trim_start_matches("go").to_owned()))
        .collect();
    let wanted: Vec<(&str, &str)> = wanted.iter().map(|(version, go)| (version.as_str(), go.as_str())).collect();
    assert_eq!(images, wanted);
    for line in found {
        assert!(line.len() == 4 && ["proxy", "pip", "local"].contains(&line[3]), "{line:?}");
    }
}
