//! `cargo xtask corpus`: chooses the committed cases, and asks the releases about them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use rayon::prelude::*;
use reissue_audit::release::{Release, Version, find_text};
use serde_json::Value;

use crate::compare::Comparison;
use crate::conformance::corpus::{Corpus, Entry, Provenance};
use crate::conformance::engine::Prepared;
use crate::conformance::facets::{Facets, differences, without_tail};
use crate::conformance::question::Question;
use crate::generator::Generator;
use crate::groups::shape;
use crate::oracle::root;
use crate::releases::RELEASES;

/// What to make.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Chooses the cases anew, and forgets all answers.
    #[arg(long)]
    choose: bool,
    /// Asks only these releases (may be repeated); answers of others stay.
    #[arg(long)]
    release: Vec<String>,
    /// From how many cases to choose.
    #[arg(long, default_value_t = 40_000)]
    candidates: u64,
    /// How many to choose, at least.
    #[arg(long, default_value_t = 3_200)]
    cases: usize,
    /// Another seed gives other cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// How often each feature shall occur.
const REPEATS: usize = 1;

/// A case that is chosen for nothing special may be this long.
const LONGEST: usize = 6_000;

type Answers = BTreeMap<Version, (Provenance, Vec<Facets>)>;

/// Makes the corpus, or the answers of some releases.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let (lines, mut answers) =
        if arguments.choose { (choose(arguments)?, Answers::new()) } else { kept(Corpus::load(&root())?)? };
    let all: Vec<String> = RELEASES.iter().map(|compared| compared.name.to_owned()).collect();
    let asked = if arguments.release.is_empty() { &all } else { &arguments.release };
    let questions = lines.iter().map(Question::read).collect::<Result<Vec<_>>>()?;
    let prepared: Vec<Prepared> = questions.par_iter().map(Prepared::new).collect();
    let seed = answers.values().next().map_or(arguments.seed, |(provenance, _)| provenance.seed);
    for name in asked {
        let mut comparison = Comparison::start(name, None)?;
        let found = comparison.answers(&questions)?;
        let release = &comparison.release;
        let diverges = |(expected, prepared): (&Facets, &Prepared)| {
            differences(expected, &prepared.facets(release)).iter().any(|difference| !difference.tail)
        };
        let divergences = found.iter().zip(&prepared).filter(|pair| diverges(*pair)).count();
        tell(&format!("{name} built with {}: {divergences} of {} differ", comparison.go, found.len()))?;
        let provenance = Provenance {
            release: name.clone(),
            go: comparison.go.to_string(),
            go_line: release.decoder.go.line.to_string(),
            seed,
            cases: questions.len(),
            after: None,
        };
        answers.insert(release.version, (provenance, found));
    }
    put_together(lines, answers).save(&root())
}

fn tell(text: &str) -> Result<()> {
    use std::io::Write as _;
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

/// The cases and answers that are there already.
fn kept(corpus: Corpus) -> Result<(Vec<Value>, Answers)> {
    let mut lists: Vec<Vec<Facets>> = corpus.releases.iter().map(|_| Vec::new()).collect();
    for entry in &corpus.entries {
        for (release, facets) in entry.answers(corpus.releases.len()) {
            lists[release].push(facets);
        }
    }
    let named = corpus.releases.into_iter().zip(lists);
    let answers = named.map(|(provenance, list)| Ok((Version::parse(&provenance.release)?, (provenance, list))));
    Ok((corpus.entries.into_iter().map(|entry| entry.line).collect(), answers.collect::<Result<_>>()?))
}

/// Each release's answers as differences from the release before it.
fn put_together(lines: Vec<Value>, answers: Answers) -> Corpus {
    let entries = lines.into_iter().map(|line| Entry { line, history: Vec::new() }).collect();
    let mut corpus = Corpus { entries, ..Corpus::default() };
    for (number, (mut provenance, list)) in answers.into_values().enumerate() {
        provenance.after = corpus.releases.last().map(|before| before.release.clone());
        corpus.entries.iter_mut().zip(&list).for_each(|(entry, facets)| entry.record(number, facets));
        corpus.releases.push(provenance);
    }
    corpus
}

/// A case that may be chosen.
struct Candidate {
    number: u64,
    size: usize,
    features: BTreeSet<u64>,
}

/// The cases: every feature some times, the rarest first and the shortest cases first, then others up to the number wanted.
fn choose(arguments: &Arguments) -> Result<Vec<Value>> {
    let generator = Generator::new(arguments.seed, &[])?;
    let releases =
        RELEASES.iter().map(|compared| Ok(find_text(compared.name)?.release)).collect::<Result<Vec<Release>>>()?;
    let candidates: Vec<Candidate> =
        (0..arguments.candidates).into_par_iter().map(|number| candidate(&generator, number, &releases)).collect();
    let mut holders: BTreeMap<u64, Vec<&Candidate>> = BTreeMap::new();
    for candidate in &candidates {
        for feature in &candidate.features {
            holders.entry(*feature).or_default().push(candidate);
        }
    }
    let features = holders.len();
    let mut rarest: Vec<Vec<&Candidate>> = holders.into_values().collect();
    rarest.sort_by_key(Vec::len);
    let mut chosen: BTreeSet<u64> = BTreeSet::new();
    for mut holders in rarest {
        let have = holders.iter().filter(|candidate| chosen.contains(&candidate.number)).count();
        holders.retain(|candidate| !chosen.contains(&candidate.number));
        holders.sort_by_key(|candidate| (candidate.size, candidate.number));
        chosen.extend(holders.iter().take(REPEATS.saturating_sub(have)).map(|candidate| candidate.number));
    }
    tell(&format!("{features} features, {} cases for them", chosen.len()))?;
    let fill = candidates.iter().filter(|candidate| candidate.size <= LONGEST).map(|candidate| candidate.number);
    for number in fill {
        if chosen.len() >= arguments.cases {
            break;
        }
        chosen.insert(number);
    }
    ensure!(chosen.len() >= arguments.cases, "only {} cases", chosen.len());
    Ok(chosen.into_iter().map(|number| generator.case(number).line()).collect())
}

/// What is special about a case: what is said of it, where releases disagree, and which mutations lead to it.
fn candidate(generator: &Generator, number: u64, releases: &[Release]) -> Candidate {
    let question = generator.case(number);
    let prepared = Prepared::new(&question);
    let all: Vec<Facets> = releases.iter().map(|release| prepared.facets(release)).collect();
    let mut features = BTreeSet::new();
    let mut add = |feature: &[&str]| {
        features.insert(hash(feature));
    };
    for (release, facets) in releases.iter().zip(&all) {
        let minor = release.version.minor.to_string();
        let text = |name: &str| facets.iter().find(|(facet, _)| *facet == name).map_or("", |(_, text)| text.as_str());
        add(&["outcome", &minor, text("outcome"), text("chain")]);
        add(&["ready", &minor, text("ready")]);
        for kind in &question.kinds {
            add(&["kind", kind, text("outcome"), text("chain")]);
        }
        for name in ["chain.message", "ready.message", "message"] {
            add(&[name, &shape(without_tail(text(name)))]);
        }
        for name in ["match.request", "match.key", "match.fuzzy"] {
            add(&[name, &minor, text(name)]);
        }
        for name in ["certificate", "request", "key"] {
            add(&[name, &shape(text(name))]);
        }
    }
    for ((before, after), facets) in releases.iter().zip(&releases[1..]).zip(all.windows(2)) {
        let boundary = format!("{} {}", before.version, after.version);
        for difference in differences(&facets[0], &facets[1]) {
            let texts = (shape(&difference.expected), shape(&difference.actual));
            let long = difference.facet.ends_with("names") || difference.facet.ends_with("subject");
            let texts = if long { ("", "") } else { (&*texts.0, &*texts.1) };
            add(&["differ", &boundary, difference.facet, texts.0, texts.1]);
        }
    }
    Candidate { number, size: question.line().to_string().len(), features }
}

fn hash(feature: &[&str]) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    feature.hash(&mut hasher);
    hasher.finish()
}
