//! Divergences, put together by what was expected and what came.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;

use crate::compare::Comparison;
use crate::conformance::facets::{Difference, Facets};
use crate::conformance::question::Question;
use crate::minimise::minimise;

/// How a difference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Divergence,
    /// An exception covers it.
    Excepted,
    /// Only the words of Go's libraries differ.
    Tail,
}

impl Kind {
    const fn title(self) -> &'static str {
        match self {
            Self::Divergence => "DIVERGENCE",
            Self::Excepted => "excepted",
            Self::Tail => "tail",
        }
    }
}

struct Group {
    count: u64,
    difference: Difference,
    /// Length of its line, number of its mutations, the case.
    smallest: (usize, usize, Question),
    kinds: BTreeMap<String, u64>,
}

/// All divergences of a run.
#[derive(Default)]
pub(crate) struct Groups {
    found: BTreeMap<(Kind, &'static str, String, String), Group>,
    outcomes: BTreeMap<String, u64>,
}

/// Longest text of a group's name.
const WIDTH: usize = 110;

/// Groups whose smallest case is looked for; that takes some seconds each.
const MINIMISED: usize = 20;

impl Groups {
    /// How many cases differ in more than a tail.
    pub(crate) fn divergences(&self) -> u64 {
        self.count(Kind::Divergence)
    }

    /// How many differ only where an exception allows it.
    pub(crate) fn excepted(&self) -> u64 {
        self.count(Kind::Excepted)
    }

    /// How many differ in a tail alone.
    pub(crate) fn tails(&self) -> u64 {
        self.count(Kind::Tail)
    }

    fn count(&self, of: Kind) -> u64 {
        self.found.iter().filter(|((kind, ..), _)| *kind == of).map(|(_, group)| group.count).sum()
    }

    /// Counts a case.
    pub(crate) fn add(
        &mut self,
        question: &Question,
        line: &str,
        expected: &Facets,
        difference: Option<(Difference, bool)>,
    ) {
        let name = |name: &str| expected.iter().find(|(facet, _)| *facet == name).map_or("", |(_, text)| text.as_str());
        let outcome = name("outcome").split(' ').next().unwrap_or_default();
        *self.outcomes.entry(format!("{outcome} {}", name("chain"))).or_default() += 1;
        let Some((difference, excepted)) = difference else {
            return;
        };
        let kind = match difference.tail {
            true => Kind::Tail,
            false if excepted => Kind::Excepted,
            false => Kind::Divergence,
        };
        let key = (kind, difference.facet, shape(&difference.expected), shape(&difference.actual));
        let size = (question.kinds.len(), line.len());
        let group = self.found.entry(key).or_insert_with(|| Group {
            count: 0,
            difference: difference.clone(),
            smallest: (size.0, size.1, question.clone()),
            kinds: BTreeMap::new(),
        });
        group.count += 1;
        for kind in &question.kinds {
            *group.kinds.entry(kind.clone()).or_default() += 1;
        }
        if size < (group.smallest.0, group.smallest.1) {
            group.smallest = (size.0, size.1, question.clone());
            group.difference = difference;
        }
    }

    /// Prints all groups and saves the smallest case of each.
    pub(crate) fn report(
        &self,
        out: &mut impl Write,
        comparison: &mut Comparison,
        tails: bool,
        folder: &Path,
    ) -> Result<()> {
        for (outcome, count) in &self.outcomes {
            writeln!(out, "  {count:>7}  {outcome}")?;
        }
        let mut groups: Vec<_> = self.found.iter().filter(|((kind, ..), _)| tails || *kind != Kind::Tail).collect();
        groups.sort_by_key(|((kind, ..), group)| (*kind, std::cmp::Reverse(group.count)));
        for (number, ((kind, ..), group)) in groups.iter().enumerate() {
            let mut question = group.smallest.2.clone();
            if *kind == Kind::Divergence && number < MINIMISED {
                question = minimise(&question, &group.difference, comparison)?;
            }
            std::fs::create_dir_all(folder)?;
            let file = folder.join(format!("{number:03}.json"));
            std::fs::write(&file, serde_json::to_string_pretty(&question.line())?)?;
            group.print(out, kind.title(), &question.id, &file)?;
        }
        writeln!(
            out,
            "{} divergences, {} excepted, {} cases differ in a tail of Go's libraries alone",
            self.divergences(),
            self.excepted(),
            self.tails()
        )?;
        Ok(())
    }
}

impl Group {
    fn print(&self, out: &mut impl Write, title: &str, id: &str, file: &Path) -> io::Result<()> {
        let facet = self.difference.facet;
        writeln!(out, "{title} {facet}, {} cases, smallest {id} in {}", self.count, file.display())?;
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        writeln!(out, "    kinds     {}", kinds.join(", "))?;
        writeln!(out, "    expected  {}", self.difference.expected)?;
        writeln!(out, "    actual    {}", self.difference.actual)
    }
}

/// The text with everything that changes from case to case taken out.
pub(crate) fn shape(text: &str) -> String {
    let mut shape = String::new();
    let mut digits = false;
    for letter in text.chars().take(WIDTH) {
        match letter {
            '0'..='9' if digits => {}
            '0'..='9' => {
                shape.push('#');
                digits = true;
            }
            _ => {
                shape.push(letter);
                digits = false;
            }
        }
    }
    shape
}
