//! Both sides beside each other.

use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use reissue_audit::pki::GoVersion;
use reissue_audit::release::{Release, find_text};
use serde_json::Value;

use crate::conformance::engine::Prepared;
use crate::conformance::exceptions::Exceptions;
use crate::conformance::facets::{Difference, Facets, differences};
use crate::conformance::oracle_facets;
use crate::conformance::question::{LINES, Question};
use crate::generator::Generator;
use crate::groups::Groups;
use crate::oracle::{Oracle, root};

/// Cases that are under way at once.
const BATCH: u64 = 500;

/// One release's oracle, and the engine for it.
pub(crate) struct Comparison {
    /// The release, with the Go that built the oracle in place of that of the images.
    pub(crate) release: Release,
    pub(crate) go: GoVersion,
    oracle: Oracle,
    exceptions: Exceptions,
}

/// A case with its lines for the oracle.
struct Asked {
    question: Question,
    lines: Vec<String>,
}

impl Asked {
    fn new(question: Question) -> Self {
        let lines = question.lines().iter().map(Value::to_string).collect();
        Self { question, lines }
    }
}

impl Comparison {
    /// Starts the oracle; builds it first, if no binary is given.
    pub(crate) fn start(name: &str, program: Option<&Path>) -> Result<Self> {
        let mut release = find_text(name)?.release;
        let program = program.map_or_else(|| Oracle::build(name), |path| Ok(path.to_owned()))?;
        let go = Oracle::toolchain(&program)?;
        release.decoder.go.toolchain = go;
        Ok(Self { release, go, oracle: Oracle::start(&program, &[])?, exceptions: Exceptions::load(&root())? })
    }

    /// Compares the cases of a range.
    pub(crate) fn run(&mut self, generator: &Generator, numbers: Range<u64>) -> Result<Groups> {
        let mut groups = Groups::default();
        let batch = |from: u64| {
            let until = numbers.end.min(from + BATCH);
            (from..until).into_par_iter().map(|number| Asked::new(generator.case(number))).collect::<Vec<_>>()
        };
        let mut asked = batch(numbers.start);
        let mut from = numbers.start;
        while !asked.is_empty() {
            from += BATCH;
            let release = &self.release;
            let lines: Vec<&str> = asked.iter().flat_map(|asked| asked.lines.iter().map(String::as_str)).collect();
            let meanwhile = || {
                let facets = |asked: &Asked| Prepared::new(&asked.question).facets(release);
                let actual: Vec<Facets> = asked.par_iter().map(facets).collect();
                (actual, if from < numbers.end { batch(from) } else { Vec::new() })
            };
            let (answers, (actual, next)) = self.oracle.ask(&lines, meanwhile)?;
            for ((asked, answers), actual) in asked.iter().zip(answers.chunks(LINES)).zip(&actual) {
                let expected = oracle_facets::facets(answers, &asked.question.flags);
                let found = self.judge(&expected, actual);
                groups.add(&asked.question, &asked.lines[0], &expected, found);
            }
            asked = next;
        }
        Ok(groups)
    }

    /// The first difference that counts, and whether an exception covers it. Tails count last.
    fn judge(&self, expected: &Facets, actual: &Facets) -> Option<(Difference, bool)> {
        let found = differences(expected, actual);
        let covered = |difference: &Difference| self.exceptions.position(self.release.version, difference).is_some();
        let counts = |difference: &&Difference| !difference.tail && !covered(difference);
        let open = found.iter().find(counts).map(|difference| (difference.clone(), false));
        let excepted = || found.iter().find(|difference| !difference.tail).map(|difference| (difference.clone(), true));
        open.or_else(excepted).or_else(|| found.first().map(|difference| (difference.clone(), false)))
    }

    /// What both say about one case.
    pub(crate) fn once(&mut self, question: &Question) -> Result<(Facets, Facets)> {
        let lines: Vec<String> = question.lines().iter().map(Value::to_string).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let release = &self.release;
        let (answers, actual) = self.oracle.ask(&lines, || Prepared::new(question).facets(release))?;
        Ok((oracle_facets::facets(&answers, &question.flags), actual))
    }

    /// cert-manager's answers on many cases.
    pub(crate) fn answers(&mut self, questions: &[Question]) -> Result<Vec<Facets>> {
        let mut all = Vec::with_capacity(questions.len());
        for questions in questions.chunks(BATCH as usize) {
            let lines: Vec<String> = questions.iter().flat_map(Question::lines).map(|line| line.to_string()).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let (answers, ()) = self.oracle.ask(&lines, || ())?;
            let facets = questions.iter().zip(answers.chunks(LINES));
            all.extend(facets.map(|(question, answers)| oracle_facets::facets(answers, &question.flags)));
        }
        Ok(all)
    }
}
