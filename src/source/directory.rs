//! Paths: a file, a directory of files, or an unpacked backup.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::collector::Collector;
use super::{etcd, rancher, stream, velero};
use crate::coverage::Impact;

/// Directories inside directories that are followed.
const MAX_DEPTH: usize = 64;

/// Reads what lies at a path that the user named.
pub(super) fn read_path(path: &Path, location: &str, collector: &mut Collector<'_>) {
    match fs::metadata(path) {
        Err(error) => collector.problem(location.to_owned(), unreadable(&error), Impact::Missing),
        Ok(metadata) if metadata.is_dir() => {
            if !velero::is_unpacked(path) && !rancher::is_unpacked(path) {
                collector.recognised("directory");
                collector.in_directory = true;
            }
            read_directory(path, 0, collector);
        }
        Ok(metadata) => {
            let length = metadata.is_file().then_some(metadata.len());
            read_file(path, length, location, collector);
        }
    }
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn read_file(path: &Path, length: Option<u64>, location: &str, collector: &mut Collector<'_>) {
    let opened = File::open(path).and_then(|mut file| Ok((begins_as_bolt(&mut file, length)?, file)));
    match (opened, length) {
        // A database is larger than what anyone wants to hold: its pages are read where they lie.
        (Ok((true, file)), Some(length)) => etcd::read(file, length, location, false, collector),
        (Ok((_, file)), _) => stream::read(file, length, location, Some(path), collector),
        (Err(error), _) => collector.problem(location.to_owned(), unreadable(&error), Impact::Missing),
    }
}

/// Whether a regular file is a bbolt database; it is read from its start afterwards.
fn begins_as_bolt(file: &mut File, length: Option<u64>) -> std::io::Result<bool> {
    if length.is_none() {
        return Ok(false);
    }
    // Room for all of it, so that no copy is left behind: what stands there may be a Secret.
    let mut head = Zeroizing::new(Vec::with_capacity(etcd::HEAD + 64));
    file.by_ref().take(etcd::HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(etcd::is_bolt(&head))
}

/// The entries of a directory by name, hidden ones left out, with whether each is a directory itself.
pub(super) fn entries(directory: &Path, collector: &mut Collector<'_>) -> Vec<(PathBuf, bool)> {
    let mut found = Vec::new();
    let listing = match fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(error) => {
            collector.problem(directory.display().to_string(), unreadable(&error), Impact::Missing);
            return found;
        }
    };
    for entry in listing {
        match entry {
            Ok(entry) if entry.file_name().as_encoded_bytes().starts_with(b".") => {}
            Ok(entry) => found.push((entry.path(), entry.file_type().is_ok_and(|kind| kind.is_dir()))),
            Err(error) => collector.problem(directory.display().to_string(), unreadable(&error), Impact::Missing),
        }
    }
    found.sort();
    found
}

fn read_directory(directory: &Path, depth: usize, collector: &mut Collector<'_>) {
    if velero::is_unpacked(directory) {
        return velero::read_unpacked(directory, collector);
    }
    if rancher::is_unpacked(directory) {
        return rancher::read_unpacked(directory, collector);
    }
    for (path, is_directory) in entries(directory, collector) {
        let location = path.display().to_string();
        if is_directory && depth < MAX_DEPTH {
            read_directory(&path, depth + 1, collector);
            continue;
        }
        match fs::metadata(&path) {
            Err(error) => collector.problem(location, unreadable(&error), Impact::Missing),
            Ok(metadata) if metadata.is_file() => read_file(&path, Some(metadata.len()), &location, collector),
            Ok(metadata) if metadata.is_dir() => {
                let why = if is_directory { "is nested too deeply" } else { "is a link to a directory" };
                collector.problem(location, format!("{why}: it was not followed"), Impact::Note);
            }
            Ok(_) => collector.problem(location, "is no regular file: it was not read", Impact::Note),
        }
    }
}
