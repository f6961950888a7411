//! The committed cases with cert-manager's answers: `testdata/conformance/corpus/`.
//!
//! `cases-N.lz` hold the cases, one a line, shared by all releases. `answers-vX.Y.Z.lz` holds what one release said: a line on
//! where it comes from, then a line for each case on which it differs from the release before it in the index; the first one
//! holds all. `index.txt` names the releases, oldest first.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use lzma_rust2::{LzipOptions, LzipReader, LzipWriter};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::facets::{Facets, NAMES};

/// Where it lies.
pub(crate) const FOLDER: &str = "testdata/conformance/corpus";
const INDEX: &str = "index.txt";
/// Cases in one file.
const SHARD: usize = 2_000;
/// A window that reaches over a whole file.
const WINDOW: u32 = 1 << 26;

/// Where the answers of a release come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Provenance {
    pub(crate) release: String,
    /// The Go that built the oracle.
    pub(crate) go: String,
    /// The `go` line of the release's go.mod.
    pub(crate) go_line: String,
    /// The seed of the generator.
    pub(crate) seed: u64,
    /// How many cases were answered.
    pub(crate) cases: usize,
    /// The release whose answers these are compared with.
    pub(crate) after: Option<String>,
}

/// What changes in the answers on a case; `None` is a facet that is not there any more.
pub(crate) type Change = BTreeMap<String, Option<String>>;

/// A case with the changes of its answers: number of the release and change.
pub(crate) struct Entry {
    pub(crate) line: Value,
    pub(crate) history: Vec<(usize, Change)>,
}

/// All of it.
#[derive(Default)]
pub(crate) struct Corpus {
    pub(crate) releases: Vec<Provenance>,
    pub(crate) entries: Vec<Entry>,
}

impl Corpus {
    /// Reads it.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let folder = root.join(FOLDER);
        let index = std::fs::read_to_string(folder.join(INDEX)).with_context(|| format!("no index in {FOLDER}"))?;
        let mut corpus = Self::default();
        for path in shards(&folder)? {
            let lines = read(&path)?.into_iter();
            let entries = lines.map(|line| Ok(Entry { line: serde_json::from_str(&line)?, history: Vec::new() }));
            corpus.entries.extend(entries.collect::<Result<Vec<_>>>()?);
        }
        for release in index.split_whitespace() {
            let path = answers(&folder, release);
            corpus.read_answers(&path).with_context(|| path.display().to_string())?;
        }
        Ok(corpus)
    }

    fn read_answers(&mut self, path: &Path) -> Result<()> {
        let lines = read(path)?;
        let (first, lines) = lines.split_first().context("no provenance")?;
        let provenance: Provenance = serde_json::from_str(first)?;
        let before = self.releases.last().map(|before| before.release.clone());
        ensure!(provenance.after == before, "its answers follow {:?}, not {before:?}", provenance.after);
        ensure!(provenance.cases == self.entries.len(), "answers on {} cases", provenance.cases);
        for line in lines {
            let (case, change): (usize, Change) = serde_json::from_str(line)?;
            let entry = self.entries.get_mut(case).with_context(|| format!("no case {case}"))?;
            entry.history.push((self.releases.len(), change));
        }
        self.releases.push(provenance);
        Ok(())
    }

    /// Writes it.
    pub(crate) fn save(&self, root: &Path) -> Result<()> {
        let folder = root.join(FOLDER);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        for (number, entries) in self.entries.chunks(SHARD).enumerate() {
            let lines = entries.iter().map(|entry| entry.line.to_string());
            write(&folder.join(format!("cases-{number}.lz")), lines)?;
        }
        for (release, provenance) in self.releases.iter().enumerate() {
            let line = |(case, entry): (usize, &Entry)| {
                let (_, change) = entry.history.iter().find(|(of, _)| *of == release)?;
                Some(serde_json::to_string(&(case, change)))
            };
            let lines = self.entries.iter().enumerate().filter_map(line).collect::<Result<Vec<_>, _>>()?;
            let first = serde_json::to_string(provenance)?;
            write(&answers(&folder, &provenance.release), std::iter::once(first).chain(lines))?;
        }
        let index: String = self.releases.iter().map(|provenance| format!("{}\n", provenance.release)).collect();
        Ok(std::fs::write(folder.join(INDEX), index)?)
    }
}

impl Entry {
    /// Keeps what a release said, as far as it is not what the one before it said.
    pub(crate) fn record(&mut self, release: usize, facets: &Facets) {
        let before = self.answers(release).last().map(|(_, facets)| facets).unwrap_or_default();
        let text = |of: &Facets, name: &str| of.iter().find(|(facet, _)| *facet == name).map(|(_, text)| text.clone());
        let change: Change = NAMES
            .iter()
            .map(|name| (text(&before, name), text(facets, name), name))
            .filter(|(before, now, _)| before != now)
            .map(|(_, now, name)| ((*name).to_owned(), now))
            .collect();
        if !change.is_empty() {
            self.history.push((release, change));
        }
    }

    /// The answers of each of the first `releases` releases.
    pub(crate) fn answers(&self, releases: usize) -> impl Iterator<Item = (usize, Facets)> {
        let mut now = Change::new();
        let mut changes = self.history.iter().peekable();
        (0..releases).map(move |release| {
            while let Some((_, change)) = changes.next_if(|(of, _)| *of <= release) {
                now.extend(change.clone());
            }
            let text = |name: &&'static str| Some((*name, now.get(*name)?.clone()?));
            (release, NAMES.iter().filter_map(text).collect())
        })
    }
}

fn answers(folder: &Path, release: &str) -> PathBuf {
    folder.join(format!("answers-{release}.lz"))
}

fn shards(folder: &Path) -> Result<Vec<PathBuf>> {
    let number = |path: &Path| path.file_stem()?.to_str()?.strip_prefix("cases-")?.parse::<u32>().ok();
    let all = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut all: Vec<PathBuf> = all.into_iter().filter(|path| number(path).is_some()).collect();
    all.sort_by_key(|path| number(path));
    Ok(all)
}

fn read(path: &Path) -> Result<Vec<String>> {
    let packed = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut text = Vec::new();
    LzipReader::new(Cursor::new(packed)).read_to_end(&mut text)?;
    Ok(text.lines().collect::<Result<_, _>>()?)
}

fn write(path: &Path, lines: impl IntoIterator<Item = String>) -> Result<()> {
    let mut options = LzipOptions::with_preset(9);
    options.lzma_options.dict_size = WINDOW;
    let mut writer = LzipWriter::new(Vec::new(), options);
    for line in lines {
        writeln!(writer, "{line}")?;
    }
    Ok(std::fs::write(path, writer.finish()?)?)
}
