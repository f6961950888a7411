//! `cargo xtask upgrades`: the Certificates that going from one release to another changes, as `upgrade` tells them and as the
//! controllers of both releases do.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context, Result};
use rayon::prelude::*;
use reissue_audit::object::NamespacedName;
use reissue_audit::policy::Index;
use reissue_audit::release::{Release, Version};
use reissue_audit::source::load_bytes;
use reissue_audit::time::GoDuration;
use reissue_audit::upgrade::{Upgrade, differences, world_after};
use reissue_audit::verdict::{Judgement, Scene, judge_all, outcome_name};
use serde_json::Value;

use crate::compare::Comparison;
use crate::conformance::engine::flags;
use crate::conformance::facets::{ANY_OWNER, Facets};
use crate::conformance::question::{NAME, NAMESPACE, Question};
use crate::generator::Generator;

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where from and to, e.g. v1.17.4..v1.18.6 (may be repeated).
    #[arg(long, value_name = "FROM..TO")]
    way: Vec<String>,
    /// How many cases for each way.
    #[arg(long, default_value_t = 1000)]
    cases: u64,
    /// Another seed gives other cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Shows so many cases of each way in which both sides differ.
    #[arg(long, default_value_t = 5)]
    show: usize,
}

/// Every change of a parameter that decides, and the long ways that people go.
const WAYS: [&str; 14] = [
    "v1.8.2..v1.12.3",
    "v1.12.3..v1.12.14",
    "v1.12.14..v1.13.6",
    "v1.12.14..v1.17.4",
    "v1.13.1..v1.13.6",
    "v1.13.6..v1.14.7",
    "v1.14.7..v1.15.5",
    "v1.15.5..v1.16.5",
    "v1.16.2..v1.16.5",
    "v1.17.4..v1.18.6",
    "v1.18.2..v1.19.0",
    "v1.18.6..v1.21.2",
    "v1.19.0..v1.20.3",
    "v1.20.3..v1.21.2",
];

/// What a controller does with a Certificate: the outcome, and the first violated check's reason.
type Deed = (String, String);

/// Compares every way and reports.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let ways: Vec<&str> =
        if arguments.way.is_empty() { WAYS.to_vec() } else { arguments.way.iter().map(|w| &**w).collect() };
    let mut wrong = 0;
    let mut out = std::io::stdout().lock();
    writeln!(out, "| from | to | cases | changed | told otherwise |\n| --- | --- | ---: | ---: | ---: |")?;
    for way in ways {
        let (from, to) = way.split_once("..").context("a way is FROM..TO")?;
        let told = one(from, to, arguments)?;
        writeln!(out, "| {from} | {to} | {} | {} | {} |", told.cases, told.changed, told.wrong.len())?;
        for line in told.wrong.iter().take(arguments.show) {
            writeln!(out, "  {line}")?;
        }
        out.flush()?;
        wrong += told.wrong.len();
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Default)]
struct Told {
    cases: usize,
    /// Certificates with which the controllers of both releases do something else.
    changed: usize,
    /// Where `upgrade` says something else than the controllers do.
    wrong: Vec<String>,
}

fn one(from: &str, to: &str, arguments: &Arguments) -> Result<Told> {
    let generator = Generator::new(arguments.seed, &[])?;
    let (mut a, mut b) = (Comparison::start(from, None)?, Comparison::start(to, None)?);
    let questions: Vec<Question> = (0..arguments.cases).into_par_iter().map(|number| generator.case(number)).collect();
    let served: Vec<Question> = questions.iter().map(|question| serve(question, b.release.version)).collect();
    let (before, after) = (a.answers(&questions)?, b.answers(&served)?);
    let ours: Vec<Option<Answer>> =
        questions.par_iter().map(|question| answer(question, &a.release, &b.release)).collect();
    let mut told = Told::default();
    for (((question, before), after), ours) in questions.iter().zip(&before).zip(&after).zip(&ours) {
        let (Some((was, is)), Some(ours)) = (deed(before).zip(deed(after)), ours) else { continue };
        told.cases += 1;
        let changes = was != is;
        told.changed += usize::from(changes);
        let same = ours.deeds == (was.clone(), is.clone()) && (!changes || ours.told);
        if !same {
            told.wrong.push(format!("{} {:?}: {was:?} -> {is:?}, told {:?}", question.id, question.kinds, ours.deeds));
        }
    }
    Ok(told)
}

/// The objects as the CRDs of a release serve them: v1.19.0 fills in kind and group of issuers.
fn serve(question: &Question, version: Version) -> Question {
    let mut served = question.clone();
    if version != Version::v1(19, 0) {
        return served;
    }
    for object in &mut served.objects {
        if !matches!(object["kind"].as_str(), Some("Certificate" | "CertificateRequest")) {
            continue;
        }
        let Some(Value::Object(reference)) = object["spec"].get_mut("issuerRef") else { continue };
        for (field, default) in [("kind", "Issuer"), ("group", "cert-manager.io")] {
            let value = reference.entry(field).or_insert(Value::Null);
            if value.as_str().is_none_or(str::is_empty) {
                *value = default.into();
            }
        }
    }
    served
}

/// What the controllers did; nothing for a case that they do not take, or whose outcome is arbitrary.
fn deed(facets: &Facets) -> Option<Deed> {
    let facets: BTreeMap<&str, &str> = facets.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let outcome = *facets.get("outcome")?;
    let whole = !outcome.starts_with("invalid-case") && !facets.contains_key(ANY_OWNER);
    // What it sets Issuing for; of a Certificate that it does not come to judge, what the chain says.
    let reason = if outcome == "set" { facets.get("reason") } else { facets.get("chain") }.copied().unwrap_or("-");
    let reason = if matches!(reason, "gather-error" | "panic") { "-" } else { reason };
    whole.then(|| (outcome.to_owned(), reason.to_owned()))
}

struct Answer {
    /// Under both releases.
    deeds: (Deed, Deed),
    /// Whether the difference is in the list that goes into the report.
    told: bool,
}

/// What `upgrade` says of the one Certificate of a case.
fn answer(question: &Question, from: &Release, to: &Release) -> Option<Answer> {
    let mut world = load_bytes("case.json", &question.list()).world;
    world.coverage.complete = true;
    if world.broken().next().is_some() {
        return None;
    }
    let flags = flags(&question.flags);
    let (from, to) = (from.with_flags(&flags), to.with_flags(&flags));
    let (served, edits) = world_after(&world, &from, &to, &flags);
    let (index_before, index) = (Index::new(&world), Index::new(&served));
    let horizon = GoDuration::hours(168);
    let before =
        Scene { world: &world, index: &index_before, release: &from, flags: &flags, now: question.now, horizon };
    let after = Scene { world: &served, index: &index, release: &to, ..before };
    let (judged_before, judged) = (judge_all(&before), judge_all(&after));
    let upgrade = Upgrade { before: &before, judged_before: &judged_before, edits: &edits, pinned: &[] };
    let told = differences(&upgrade, &after, &judged);
    let key = NamespacedName::new(NAMESPACE, NAME);
    let of = |judgements: &[Judgement]| judgements.iter().find(|judgement| judgement.key == key).map(deed_of);
    Some(Answer { deeds: (of(&judged_before)??, of(&judged)??), told: told.contains_key(&key) })
}

fn deed_of(judgement: &Judgement) -> Option<Deed> {
    let outcome = judgement.outcome.as_ref().map(outcome_name)?;
    let gathered = judgement.duplicates.is_empty();
    let first = if outcome == "set" { judgement.trigger.as_deref() } else { judgement.violations.first() };
    let reason = first.filter(|_| gathered).map_or("-", |violation| violation.reason);
    Some((outcome.to_owned(), reason.to_owned()))
}
