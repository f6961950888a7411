//! Backups of Rancher's backup-restore-operator (restore rules 7.3).
//!
//! They hold what a ResourceSet selects and nothing else, without uids, with status and owner references. The restore looks
//! owners up by their names, so that what belonged together belongs together again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::collector::Collector;
use super::decode_pool::{Copy, DecodePool, Decoded, Label, read_whole, room, with_pool};
use super::encryption::encryption;
use super::place::Place;
use super::rancher_path::{self, Entry};
use super::resource_set::ResourceSet;
use super::velero::{MAX_ENTRY, MAX_PROBLEMS, list_files};
use crate::coverage::Impact;
use crate::object::decode::Outcome;
use crate::object::kind::KINDS;
use crate::object::{Kind, NamespacedName};

/// Characters of base64 that hold the prefix of everything encrypted at rest; a multiple of four.
const PREFIX: usize = 160;

/// What a backup told, apart from its objects.
#[derive(Default)]
pub(super) struct Survey {
    /// An entry of such a backup was seen.
    pub(super) is_rancher: bool,
    namespaces: BTreeSet<Arc<str>>,
    resource_set: Option<ResourceSet>,
    encrypted: Vec<Outcome>,
    problems: Vec<(String, String, Impact)>,
}

impl Survey {
    fn problem(&mut self, location: &str, path: &str, message: impl Into<String>, impact: Impact) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((format!("{location}: {path}"), message.into(), impact));
        }
    }

    /// Takes one file of the backup.
    pub(super) fn entry<R: Read>(
        &mut self,
        pool: &mut DecodePool<'_>,
        (location, path): (&str, &str),
        entry: Entry<'_>,
        size: u64,
        open: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<()> {
        self.is_rancher = true;
        match entry {
            Entry::Object { resource, namespace, name } => {
                let namespace_here = if resource == "namespaces" { name } else { namespace };
                if !namespace_here.is_empty() && !self.namespaces.contains(namespace_here) {
                    self.namespaces.insert(namespace_here.into());
                }
                let Some(kind) = Kind::of_resource(resource) else { return Ok(()) };
                if size > MAX_ENTRY {
                    let message = format!("{size} bytes are too many for one object: it was not read");
                    self.problem(location, path, message, Impact::Missing);
                    return Ok(());
                }
                self.object(pool, Label { kind, namespace, name }, size, open()?)?;
            }
            Entry::Filters => {
                let mut text = Vec::new();
                open()?.take(MAX_ENTRY).read_to_end(&mut text)?;
                match ResourceSet::read(&text) {
                    Ok(set) => self.resource_set = Some(set),
                    Err(error) => self.problem(location, path, format!("no ResourceSet: {error}"), Impact::Note),
                }
            }
            Entry::Misplaced => {
                self.problem(location, path, "not where Rancher puts objects: it was not read", Impact::Note);
            }
        }
        Ok(())
    }

    fn object(&mut self, pool: &mut DecodePool<'_>, label: Label<'_>, size: u64, reader: impl Read) -> io::Result<()> {
        pool.give(label, room(size), |text| {
            read_whole(reader, text)?;
            let Some(error) = sealed(text) else { return Ok(Copy::New) };
            let key = NamespacedName::new(label.namespace, label.name);
            self.encrypted.push(Outcome::Broken { kind: label.kind, key, error, notes: Vec::new() });
            Ok(Copy::Known)
        })
    }

    /// Says what the backup holds and lacks.
    pub(super) fn finish(self, location: &str, place: Place, collector: &mut Collector<'_>) {
        for outcome in self.encrypted {
            collector.accept(place, outcome, false);
        }
        for (location, message, impact) in self.problems {
            collector.problem(location, message, impact);
        }
        collector.give_uids(place.origin);
        let message = "without uids and creation times, which are taken away when such a backup is made: what belongs to an \
                       object is told by its name, as the restore does";
        collector.problem(location.to_owned(), message, Impact::Note);
        // A Secret says nothing about its neighbours, as each may have been selected by its name.
        collector.secrets_are_partial();
        let Some(set) = self.resource_set else {
            let message = "without filters/filters.json: what is not in it may have been left out";
            return collector.problem(location.to_owned(), message, Impact::Note);
        };
        let is_whole = |namespace: &Arc<str>| set.holds_all_in(Kind::Secret, namespace);
        let namespaces: BTreeSet<_> = self.namespaces.into_iter().filter(is_whole).collect();
        if !namespaces.is_empty() {
            collector.secrets_are_whole(namespaces);
        }
        let kinds = KINDS.iter().map(|row| row.kind);
        kinds.filter(|kind| set.holds_all(*kind)).for_each(|kind| collector.kind_is_whole(kind));
    }
}

/// Why an object that is a text instead of an object cannot be read: encrypted bytes are written in base64.
fn sealed(json: &[u8]) -> Option<String> {
    let text = json.trim_ascii().strip_prefix(b"\"")?;
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    let prefix = STANDARD.decode(text.get(..PREFIX).unwrap_or(text)).unwrap_or_default();
    Some(encryption(&prefix).unwrap_or_else(|| "encrypted: cannot be read".to_owned()))
}

/// Whether a directory is an unpacked backup.
pub(super) fn is_unpacked(directory: &Path) -> bool {
    // `secrets.#v1`, `certificates.cert-manager.io#v1`
    let is_folder = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        name.to_str().and_then(|name| name.split_once('#')).is_some_and(|(resource, version)| {
            resource.contains('.') && version.starts_with('v') && entry.file_type().is_ok_and(|kind| kind.is_dir())
        })
    };
    fs::read_dir(directory).into_iter().flatten().flatten().any(|entry| is_folder(&entry))
}

/// Reads an unpacked backup.
pub(super) fn read_unpacked(directory: &Path, collector: &mut Collector<'_>) {
    collector.recognised("rancher-backup");
    let location = directory.display().to_string();
    let place = Place::rancher(collector.origin(&location));
    let mut files = Vec::new();
    list_files(directory, 0, &mut files, collector);
    let mut survey = Survey::default();
    let texts = collector.texts();
    let mut accept = |(outcome, replaces): Decoded| collector.accept(place, outcome, replaces);
    with_pool(texts, &mut accept, |pool| {
        for path in &files {
            let relative = path.strip_prefix(directory).unwrap_or(path);
            let relative = relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
            let Some(entry) = rancher_path::parse(&relative) else {
                survey.problem(&location, &relative, "no part of the backup: it was not read", Impact::Note);
                continue;
            };
            let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
            if let Err(error) = survey.entry(pool, (&location, &relative), entry, size, || File::open(path)) {
                survey.problem(&location, &relative, format!("cannot be read: {error}"), Impact::Missing);
            }
        }
    });
    survey.finish(&location, place, collector);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [(&str, Option<&str>); 5] = [
        (r#"{"kind":"Secret"}"#, None),
        (r#""azhzOmVuYzphZXNjYmM6djE6a2V5MTp+fn4=""#, Some("encrypted at rest with aescbc, key key1: cannot be read")),
        (r#""azhzOmVuYzphZXNjYmM6djE6a2V5MTp+fn4"#, Some("encrypted: cannot be read")),
        (r#""AAAA""#, Some("encrypted: cannot be read")),
        ("", None),
    ];

    #[test]
    fn encrypted_objects_are_texts() {
        for (text, expected) in TEXTS {
            assert_eq!(sealed(text.as_bytes()).as_deref(), expected, "{text}");
        }
    }
}
