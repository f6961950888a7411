//! Divergences, put together by what was expected and what came.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::case::Case;
use crate::facets::{Facets, difference};

struct Group {
    count: u64,
    expected: String,
    actual: String,
    /// The shortest line and the number of its mutations.
    smallest: (usize, usize, String),
    kinds: BTreeMap<&'static str, u64>,
}

/// All divergences of a run.
pub(crate) struct Groups {
    folder: PathBuf,
    found: BTreeMap<(bool, &'static str, String, String), Group>,
    outcomes: BTreeMap<String, u64>,
}

/// Longest text of a group's name.
const WIDTH: usize = 110;

impl Groups {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, found: BTreeMap::new(), outcomes: BTreeMap::new() }
    }

    /// How many cases differ in more than a tail.
    pub(crate) fn divergences(&self) -> u64 {
        self.found.iter().filter(|((tail, ..), _)| !tail).map(|(_, group)| group.count).sum()
    }

    /// Compares the answers on a case.
    pub(crate) fn add(&mut self, case: &Case, line: &str, expected: &Facets, actual: &Facets) {
        let name = |name: &str| expected.iter().find(|(facet, _)| *facet == name).map_or("", |(_, text)| text.as_str());
        let outcome = name("outcome").split(' ').next().unwrap_or_default();
        *self.outcomes.entry(format!("{outcome} {}", name("chain"))).or_default() += 1;
        let Some((facet, theirs, ours, tail)) = difference(expected, actual) else {
            return;
        };
        let group = self.found.entry((tail, facet, shape(&theirs), shape(&ours))).or_insert_with(|| Group {
            count: 0,
            expected: theirs.clone(),
            actual: ours.clone(),
            smallest: (usize::MAX, 0, String::new()),
            kinds: BTreeMap::new(),
        });
        group.count += 1;
        for kind in &case.kinds {
            *group.kinds.entry(kind).or_default() += 1;
        }
        if (case.kinds.len(), line.len()) < (group.smallest.0, group.smallest.1) {
            group.smallest = (case.kinds.len(), line.len(), line.to_owned());
            (group.expected, group.actual) = (theirs, ours);
        }
    }

    /// Prints all groups and saves their smallest cases.
    pub(crate) fn report(&self, out: &mut impl Write, tails: bool) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        for (outcome, count) in &self.outcomes {
            writeln!(out, "  {count:>7}  {outcome}")?;
        }
        let mut groups: Vec<_> = self.found.iter().filter(|((tail, ..), _)| tails || !tail).collect();
        groups.sort_by_key(|((tail, ..), group)| (*tail, std::cmp::Reverse(group.count)));
        for (number, ((tail, facet, ..), group)) in groups.iter().enumerate() {
            let file = self.folder.join(format!("{number:03}.json"));
            std::fs::write(&file, &group.smallest.2)?;
            let id =
                group.smallest.2.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let kinds: Vec<String> = group.kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            writeln!(
                out,
                "{} {facet}, {} cases, smallest {id} in {}",
                if *tail { "tail" } else { "DIVERGENCE" },
                group.count,
                file.display()
            )?;
            writeln!(out, "    kinds     {}", kinds.join(", "))?;
            writeln!(out, "    expected  {}", group.expected)?;
            writeln!(out, "    actual    {}", group.actual)?;
        }
        let only_tails: u64 = self.found.iter().filter(|((tail, ..), _)| *tail).map(|(_, group)| group.count).sum();
        writeln!(out, "{} divergences, {only_tails} cases differ in a tail of Go's libraries alone", self.divergences())
    }
}

/// The text with everything that changes from case to case taken out.
fn shape(text: &str) -> String {
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
