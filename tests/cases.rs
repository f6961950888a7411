//! The golden cases: worlds under `testdata/cases/<policy>/<case>/` and what is expected of them, release by release.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use reissue_audit::policy::{Index, trigger_chain};
use reissue_audit::release::{self, ControllerFlags, Version};
use reissue_audit::source::load_bytes;
use reissue_audit::time::{GoDuration, Time};
use reissue_audit::verdict::{Judgement, Scene, judge_all};
use reissue_audit::world::World;
use serde::Deserialize;

const ROOT: &str = "testdata/cases";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    now: String,
    #[serde(default)]
    complete: bool,
    #[serde(default)]
    flags: BTreeMap<String, String>,
    expect: Vec<Expect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    releases: Vec<String>,
    certificate: String,
    verdict: String,
    confidence: String,
    policy: Option<String>,
    reason: Option<String>,
    message: Option<String>,
    violations: Option<Vec<String>>,
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(!found.is_empty(), "{} is empty", of.display());
    found
}

/// Every case, by its folder.
fn cases() -> Vec<(PathBuf, Expectations)> {
    let all = folders(Path::new(ROOT)).into_iter().flat_map(|policy| folders(&policy));
    let read = |folder: PathBuf| {
        let text = fs::read_to_string(folder.join("expect.toml")).unwrap();
        let expectations = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        (folder, expectations)
    };
    all.map(read).collect()
}

fn judge(world: &World, case: &Expectations, version: &str) -> Vec<Judgement> {
    let mut flags = ControllerFlags::default();
    for (name, value) in &case.flags {
        flags.set(name, value).unwrap();
    }
    let version = Version::parse(version).unwrap();
    let found = release::find(version).unwrap();
    assert_eq!(found.release.version, version, "a case names a release that is not in the table");
    let release = found.release.with_flags(&flags);
    let index = Index::new(world);
    let now = Time::parse(&case.now).unwrap();
    judge_all(&Scene { world, index: &index, release: &release, flags: &flags, now, horizon: GoDuration::hours(168) })
}

/// Every value that differs from the expectation.
fn differences(expect: &Expect, judgements: &[Judgement]) -> Vec<String> {
    let Some(found) = judgements.iter().find(|judgement| judgement.key.to_string() == expect.certificate) else {
        return vec![format!("{} was not judged", expect.certificate)];
    };
    let trigger = found.trigger.as_ref();
    let text = |of: Option<&str>| of.unwrap_or("-").to_owned();
    let mut compared = vec![
        ("verdict", expect.verdict.clone(), found.verdict.as_str().to_owned()),
        ("confidence", expect.confidence.clone(), found.confidence.as_str().to_owned()),
        ("policy", text(expect.policy.as_deref()), text(trigger.map(|t| t.policy))),
        ("reason", text(expect.reason.as_deref()), text(trigger.map(|t| t.reason))),
        ("message", text(expect.message.as_deref()), text(trigger.map(|t| &*t.message))),
    ];
    if let Some(expected) = &expect.violations {
        let violated: Vec<&str> = found.violations.iter().map(|violation| violation.policy).collect();
        compared.push(("violations", expected.join(" "), violated.join(" ")));
    }
    let differ = compared.into_iter().filter(|(_, expected, found)| expected != found);
    differ
        .map(|(what, expected, value)| format!("{what}: expected {expected:?}, found {value:?} ({})", found.because))
        .collect()
}

#[test]
fn every_case_is_judged_as_expected() {
    let mut wrong = Vec::new();
    for (folder, case) in cases() {
        let location = folder.join("objects.yaml");
        let mut world = load_bytes(&location.display().to_string(), &fs::read(&location).unwrap()).world;
        world.coverage.complete |= case.complete;
        for expect in &case.expect {
            for version in &expect.releases {
                let found = differences(expect, &judge(&world, &case, version));
                wrong.extend(found.into_iter().map(|text| format!("{} {version}: {text}", folder.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_policy_of_the_newest_chain_fires_and_is_silent_somewhere() {
    let kebab = |id: &str| {
        let mut name = String::new();
        for letter in id.chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    };
    let cases = cases();
    for policy in trigger_chain(&release::newest()) {
        let folder = Path::new(ROOT).join(kebab(policy.id));
        let mut seen = BTreeSet::new();
        for (_, case) in cases.iter().filter(|(path, _)| path.starts_with(&folder)) {
            let fires = case.expect.iter().map(|expect| expect.policy.as_deref() == Some(policy.id));
            seen.extend(fires);
        }
        assert_eq!(seen, [false, true].into(), "{}", folder.display());
    }
}
