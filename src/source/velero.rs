//! Velero backups (restore rules 1, R-01 – R-03).
//!
//! Every object of a backup of format 1.1.0 stands twice, in any order. The first copy is decoded; the second is looked at
//! only when it is the unversioned one, which is the one that a restore takes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::hash::BuildHasher as _;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::collector::Collector;
use super::decode_pool::{Copy, DecodePool, Decoded, Label, read_whole, room, with_pool};
use super::directory::entries;
use super::place::Place;
use super::velero_access::Access;
use super::velero_backup::VeleroBackup;
use super::velero_path::{self, Entry};
use crate::coverage::Impact;
use crate::object::Kind;
use crate::object::kind::{CERT_MANAGER_GROUPS, KINDS};

/// The largest entry that is read; the API server takes objects of a few MiB at most.
pub(super) const MAX_ENTRY: u64 = 128 << 20;

/// Problems that are kept for the collector, which writes down far fewer; only a hostile archive has more.
pub(super) const MAX_PROBLEMS: usize = 100_000;

const BACKUP_FILE: &str = "velero-backup.json";

/// A folder of objects.
#[derive(Default)]
struct Folder {
    resource: String,
    namespace: String,
    /// None for one whose objects do not matter.
    kind: Option<Kind>,
}

/// What an archive told, apart from its objects.
#[derive(Default)]
pub(super) struct Survey {
    /// That of the last object, to which the next one mostly belongs.
    folder: Folder,
    /// Objects of which the copy that counts was read, by the hash of their path.
    unversioned: HashSet<u64, RandomState>,
    /// Those of which only the copy under the preferred version was, with the fingerprint of its text.
    preferred: HashMap<u64, u64, RandomState>,
    /// Fast, as it runs over every object on the thread that inflates.
    hasher: RandomState,
    namespaces: HashSet<Arc<str>, RandomState>,
    holds_secrets: bool,
    pub(super) is_velero: bool,
    format_version: String,
    backup: Option<VeleroBackup>,
    problems: Vec<(String, String, Impact)>,
    misplaced: HashSet<String>,
    access: Access,
    other_versions: BTreeSet<String>,
}

impl Survey {
    pub(super) fn problem(&mut self, location: &str, path: &str, message: impl Into<String>, impact: Impact) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((format!("{location}: {path}"), message.into(), impact));
        }
    }

    /// Notes what the path of an object tells, and says whether the object is wanted.
    fn wants(&mut self, resource: &str, namespace: &str, name: &str, preferred: bool) -> Option<(Kind, u64)> {
        let is_noted = !namespace.is_empty() && self.folder.resource == resource && self.folder.namespace == namespace;
        if !is_noted {
            self.note(resource, namespace, name);
        }
        let kind = self.folder.kind?;
        let path = self.hasher.hash_one((resource, namespace, name));
        let seen = || self.unversioned.contains(&path) || self.preferred.contains_key(&path);
        (!preferred || !seen()).then_some((kind, path))
    }

    /// Notes what the folder of an object tells, and the name of one that is a namespace.
    fn note(&mut self, resource: &str, namespace: &str, name: &str) {
        self.is_velero = true;
        let namespace_here = if resource == "namespaces" && namespace.is_empty() { name } else { namespace };
        if !namespace_here.is_empty() && !self.namespaces.contains(namespace_here) {
            self.namespaces.insert(namespace_here.into());
        }
        self.holds_secrets |= resource == "secrets";
        self.access.note(resource, namespace);
        resource.clone_into(&mut self.folder.resource);
        namespace.clone_into(&mut self.folder.namespace);
        self.folder.kind = Kind::of_resource(resource);
    }

    /// Files an object that was just read.
    fn file(&mut self, path: u64, preferred: bool, text: &[u8]) -> Copy {
        if preferred {
            self.preferred.insert(path, self.hasher.hash_one(text));
            return Copy::New;
        }
        // The same path twice: tar lets the later one win, and the collector says so.
        self.unversioned.insert(path);
        match self.preferred.remove(&path) {
            None => Copy::New,
            Some(hash) if hash == self.hasher.hash_one(text) => Copy::Known,
            Some(_) => Copy::Better,
        }
    }

    /// Takes one file of the archive.
    pub(super) fn entry<R: Read>(
        &mut self,
        pool: &mut DecodePool<'_>,
        location: &str,
        path: &str,
        size: u64,
        open: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<()> {
        match velero_path::parse(path) {
            Entry::Object { resource, namespace, name, preferred } => {
                let Some((kind, hash)) = self.wants(resource, namespace, name, preferred) else { return Ok(()) };
                if size > MAX_ENTRY {
                    let message = format!("{size} bytes are too many for one object: it was not read");
                    self.problem(location, path, message, Impact::Missing);
                    return Ok(());
                }
                let reader = open()?;
                let label = Label { kind, namespace, name };
                pool.give(label, room(size), |text| {
                    read_whole(reader, text)?;
                    Ok(self.file(hash, preferred, text))
                })?;
            }
            Entry::FormatVersion => {
                self.is_velero = true;
                self.format_version.clear();
                let mut text = Vec::new();
                open()?.take(64).read_to_end(&mut text)?;
                self.format_version = String::from_utf8_lossy(&text).trim().to_owned();
            }
            Entry::Backup => {
                let mut text = Vec::new();
                open()?.take(MAX_ENTRY).read_to_end(&mut text)?;
                self.backup_text(&format!("{location}: {path}"), &text);
            }
            Entry::Misplaced => {
                let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
                if self.misplaced.insert(folder.to_owned()) {
                    let message = "not where Velero looks for objects: it was not read";
                    self.problem(location, path, message, Impact::Note);
                }
            }
            Entry::Escapes => {
                let message = "the path points out of the archive: it was not read";
                self.problem(location, path, message, Impact::Missing);
            }
            Entry::OtherVersion { resource, version } => {
                if Kind::of_resource(resource).is_some_and(|kind| CERT_MANAGER_GROUPS.contains(&kind.row().group)) {
                    self.other_versions.insert(format!("{resource}/{version}"));
                }
            }
            Entry::Other => {}
        }
        Ok(())
    }

    fn backup_text(&mut self, location: &str, text: &[u8]) {
        match VeleroBackup::read(text) {
            Ok(backup) => self.backup = Some(backup),
            Err(message) => self.problems.push((location.to_owned(), message, Impact::Note)),
        }
    }

    /// Uses the `velero-backup.json` that lies in a directory.
    pub(super) fn backup_in(&mut self, directory: &Path, tarball: Option<&Path>) {
        let path = directory.join(BACKUP_FILE);
        let Ok(text) = fs::read(&path) else { return };
        let before = self.backup.take();
        self.backup_text(&path.display().to_string(), &text);
        let other = |backup: &VeleroBackup| tarball.is_some_and(|file| !backup.may_describe(file) && has_others(file));
        if self.backup.as_ref().is_some_and(other) || self.backup.is_none() {
            self.backup = before;
        }
    }

    pub(super) fn finish(mut self, location: &str, collector: &mut Collector<'_>) {
        for (location, message, impact) in self.problems.drain(..) {
            collector.problem(location, message, impact);
        }
        if let Some(backup) = &mut self.backup
            && backup.format_version.is_empty()
        {
            backup.format_version = self.format_version.as_str().into();
        }
        let filters = self.backup.as_ref().map(|backup| &backup.filters);
        let failed = self.backup.as_ref().filter(|backup| backup.phase.contains("Failed"));
        if let Some(backup) = failed {
            let message = format!(
                "the Backup {} ended as {} with {} errors: objects may be missing from it",
                backup.name, backup.phase, backup.errors
            );
            collector.problem(location.to_owned(), message, Impact::Missing);
        }
        if filters.is_some_and(|filters| filters.selects_by_label()) {
            collector.secrets_are_partial();
        } else if failed.is_none() && filters.map_or(self.holds_secrets, |filters| filters.holds_all(Kind::Secret)) {
            collector.secrets_are_whole(self.namespaces.into_iter().collect());
        }
        if let Some(filters) = filters.filter(|_| failed.is_none()) {
            let kinds = KINDS.iter().map(|row| row.kind);
            kinds.filter(|kind| filters.holds_all(*kind)).for_each(|kind| collector.kind_is_whole(kind));
        }
        if self.is_velero {
            collector.velero_survey(self.access, self.other_versions);
        }
        if self.backup.is_some() {
            collector.velero_backup = self.backup;
        }
    }
}

/// Whether other tarballs lie beside this one.
fn has_others(tarball: &Path) -> bool {
    let is_tarball = |path: &Path| {
        let name = path.as_os_str().as_encoded_bytes();
        name.ends_with(b".tar.gz") || name.ends_with(b".tgz")
    };
    let listing = tarball.parent().map(fs::read_dir);
    listing.is_some_and(|listing| {
        listing.into_iter().flatten().flatten().any(|entry| entry.path() != tarball && is_tarball(&entry.path()))
    })
}

/// Whether a directory is an unpacked backup, and not just one that has a folder called `resources`.
pub(super) fn is_unpacked(directory: &Path) -> bool {
    let resources = directory.join("resources");
    if !resources.is_dir() {
        return false;
    }
    if directory.join("metadata").join("version").is_file() {
        return true;
    }
    let velero_folder = |path: &Path| {
        let folders = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name());
        folders.into_iter().any(|name| {
            let name = name.as_encoded_bytes();
            name == b"namespaces" || name == b"cluster" || name.ends_with(b"-preferredversion")
        })
    };
    fs::read_dir(&resources).into_iter().flatten().flatten().any(|entry| velero_folder(&entry.path()))
}

/// Reads an unpacked backup.
pub(super) fn read_unpacked(directory: &Path, collector: &mut Collector<'_>) {
    collector.recognised("velero-backup");
    let location = directory.display().to_string();
    let origin = collector.origin(&location);
    let mut files = Vec::new();
    for part in ["metadata", "resources"] {
        list_files(&directory.join(part), 0, &mut files, collector);
    }
    let mut survey = Survey { is_velero: true, ..Survey::default() };
    let texts = collector.texts();
    let mut accept = |(outcome, replaces): Decoded| collector.accept(Place::velero(origin), outcome, replaces);
    with_pool(texts, &mut accept, |pool| {
        for path in &files {
            let relative = path.strip_prefix(directory).unwrap_or(path);
            let relative = relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
            let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
            if let Err(error) = survey.entry(pool, &location, &relative, size, || File::open(path)) {
                survey.problem(&location, &relative, format!("cannot be read: {error}"), Impact::Missing);
            }
        }
    });
    collector.settle();
    survey.backup_in(directory, None);
    survey.finish(&location, collector);
}

pub(super) fn list_files(
    directory: &Path,
    depth: usize,
    files: &mut Vec<std::path::PathBuf>,
    collector: &mut Collector<'_>,
) {
    if !directory.is_dir() || depth > 8 {
        return;
    }
    for (path, is_directory) in entries(directory, collector) {
        if is_directory {
            list_files(&path, depth + 1, files, collector);
        } else {
            files.push(path);
        }
    }
}
