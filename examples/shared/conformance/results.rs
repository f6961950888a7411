//! The record of the comparisons with fresh cases, and the table that is made from it.

use std::fmt;
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use reissue_audit::release;

/// The record: one line for each run.
pub(crate) const FILE: &str = "testdata/conformance/results.tsv";
/// The document with the table.
pub(crate) const DOCUMENT: &str = "docs/conformance.md";
const START: &str = "<!-- results: made by cargo xtask matrix -->\n";
const END: &str = "<!-- end of results -->";
const HEAD: &str = "date\trelease\tgo\tseed\tfirst\tcases\tdivergences\texcepted\ttails";

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) date: String,
    pub(crate) release: String,
    /// The Go that built the oracle.
    pub(crate) go: String,
    pub(crate) seed: u64,
    /// The number of the first case.
    pub(crate) first: u64,
    pub(crate) cases: u64,
    pub(crate) divergences: u64,
    /// Cases that differ only where an exception allows it.
    pub(crate) excepted: u64,
    /// Cases that differ only in the words of Go's libraries.
    pub(crate) tails: u64,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, release, go, seed, first, cases, divergences, excepted, tails } = self;
        write!(f, "{date}\t{release}\t{go}\t{seed}\t{first}\t{cases}\t{divergences}\t{excepted}\t{tails}")
    }
}

impl FromStr for Row {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let parts: Vec<&str> = line.split('\t').collect();
        let [date, release, go, seed, first, cases, divergences, excepted, tails] = parts[..] else {
            bail!("not a line of results: {line}");
        };
        Ok(Self {
            date: date.to_owned(),
            release: release.to_owned(),
            go: go.to_owned(),
            seed: seed.parse()?,
            first: first.parse()?,
            cases: cases.parse()?,
            divergences: divergences.parse()?,
            excepted: excepted.parse()?,
            tails: tails.parse()?,
        })
    }
}

/// All of them, in the order in which they were run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
}

impl Results {
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { rows: text.lines().skip(1).map(Row::from_str).collect::<Result<_>>()? })
    }

    pub(crate) fn save(&self, root: &Path) -> Result<()> {
        let lines: String = self.rows.iter().map(|row| format!("{row}\n")).collect();
        Ok(std::fs::write(root.join(FILE), format!("{HEAD}\n{lines}"))?)
    }

    pub(crate) fn forget(&mut self, release: &str) {
        self.rows.retain(|row| row.release != release);
    }

    fn of<'a>(&'a self, release: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.release == release)
    }

    /// The number behind the last case of a seed.
    pub(crate) fn reached(&self, release: &str, seed: u64) -> u64 {
        self.of(release).filter(|row| row.seed == seed).map(|row| row.first + row.cases).max().unwrap_or_default()
    }

    /// How many cases of a release diverge.
    pub(crate) fn divergences(&self, release: &str) -> u64 {
        self.of(release).map(|row| row.divergences).sum()
    }

    /// The table, and the releases that nobody compared.
    pub(crate) fn table(&self) -> String {
        let mut text = String::from(
            "| release | Go of its images | Go of the oracle | go line | cases | divergences | excepted | tails | until |\n\
             |---|---|---|---|---:|---:|---:|---:|---|\n",
        );
        let mut missing = Vec::new();
        let mut total = [0; 4];
        for release in release::all() {
            let name = release.version.to_string();
            let rows: Vec<&Row> = self.of(&name).collect();
            let Some(last) = rows.last() else {
                missing.push(name);
                continue;
            };
            let sum = |number: fn(&Row) -> u64| rows.iter().map(|row| number(row)).sum::<u64>();
            let sums =
                [sum(|row| row.cases), sum(|row| row.divergences), sum(|row| row.excepted), sum(|row| row.tails)];
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            let mut gos: Vec<&str> = rows.iter().map(|row| row.go.trim_start_matches("go")).collect();
            gos.dedup();
            let go = release.decoder.go;
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {} | {} | {} |",
                go.toolchain.to_string().trim_start_matches("go"),
                gos.join(", "),
                go.line.to_string().trim_start_matches("go"),
                sums.map(grouped).join(" | "),
                last.date
            );
        }
        let _ = writeln!(text, "| all | | | | {} | |", total.map(grouped).join(" | "));
        let _ = writeln!(text, "\nNot compared, and so unproven: {}.", missing.join(", "));
        text
    }
}

/// With a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The document with the table of the record in it.
pub(crate) fn with_table(document: &str, results: &Results) -> Result<String> {
    let (before, rest) = document.split_once(START).context("no place for the results")?;
    let (_, after) = rest.split_once(END).context("no end of the results")?;
    Ok(format!("{before}{START}\n{}\n{END}{after}", results.table()))
}

/// Writes the table into the document.
pub(crate) fn write_table(root: &Path) -> Result<()> {
    let path = root.join(DOCUMENT);
    let document = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(std::fs::write(&path, with_table(&document, &Results::load(root)?)?)?)
}
