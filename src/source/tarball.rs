//! Tarballs: backups of Velero, or of Rancher's backup-restore-operator, told apart by the paths in them.

use std::io::{self, BufRead, Read, Seek};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::collector::Collector;
use super::decode_pool::{DecodePool, Decoded, with_pool};
use super::forward::Forward;
use super::place::Place;
use super::stream::{Meter, cut_off};
use super::{rancher, rancher_path, velero};
use crate::coverage::Impact;

/// Bytes behind the end of the archive that are read to see whether the compressed data is whole.
const TRAILER: u64 = 64 << 20;

/// What the entries told.
#[derive(Default)]
struct Surveys {
    velero: velero::Survey,
    rancher: rancher::Survey,
}

/// Reads a tar stream. `file` is where it lies, if it lies in a file.
pub(super) fn read(
    reader: impl BufRead,
    meter: &Meter,
    location: &str,
    file: Option<&Path>,
    collector: &mut Collector<'_>,
) {
    let origin = collector.origin(location);
    let mut surveys = Surveys::default();
    let is_rancher = AtomicBool::new(false);
    // Set before the first object is given, which is long before it arrives here.
    let place = || match is_rancher.load(Ordering::Relaxed) {
        true => Place::rancher(origin),
        false => Place::velero(origin),
    };
    let mut late: Vec<(String, Impact)> = Vec::new();
    let mut accepted = 0u32;
    let texts = collector.texts();
    let mut accept = |(outcome, replaces): Decoded| {
        collector.accept(place(), outcome, replaces);
        accepted = accepted.wrapping_add(1);
        if accepted.is_multiple_of(4096) {
            meter.show(collector);
        }
    };
    with_pool(texts, &mut accept, |pool| {
        let mut archive = tar::Archive::new(Forward::new(reader));
        if let Err(error) = walk(&mut archive, pool, location, &mut surveys, &is_rancher) {
            late.push((cut_off(&error), Impact::Missing));
            return;
        }
        // The checksum stands at the very end.
        if let Err(error) = io::copy(&mut archive.into_inner().take(TRAILER), &mut io::sink()) {
            late.push((format!("damaged behind the end of the archive ({error}): all of it was read"), Impact::Note));
        }
    });
    collector.settle();
    meter.show(collector);
    let Surveys { mut velero, rancher } = surveys;
    if velero.is_velero {
        collector.recognised("velero-backup");
    } else if rancher.is_rancher {
        collector.recognised("rancher-backup");
    } else if late.is_empty() {
        let message = "a tar archive, but no backup of Velero's or Rancher's: no path in it is one of theirs";
        let impact = if collector.in_directory { Impact::Note } else { Impact::Missing };
        late.push((message.to_owned(), impact));
    }
    for (message, impact) in late {
        collector.problem(location.to_owned(), message, impact);
    }
    if let Some(file) = file {
        velero.backup_in(file.parent().unwrap_or(Path::new(".")), Some(file));
    }
    if rancher.is_rancher {
        rancher.finish(location, Place::rancher(origin), collector);
    }
    if velero.is_velero {
        velero.finish(location, collector);
    }
}

fn walk(
    archive: &mut tar::Archive<impl Read + Seek>,
    pool: &mut DecodePool<'_>,
    location: &str,
    surveys: &mut Surveys,
    is_rancher: &AtomicBool,
) -> io::Result<()> {
    let mut path = String::new();
    for entry in archive.entries_with_seek()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        path.clear();
        let is_text = {
            let bytes = entry.path_bytes();
            let text = std::str::from_utf8(&bytes);
            match text {
                Ok(text) => path.push_str(text),
                Err(_) => path.push_str(&String::from_utf8_lossy(&bytes)),
            }
            text.is_ok()
        };
        if !is_text {
            let message = "the path is not UTF-8: it is read with replacement characters";
            surveys.velero.problem(location, &path, message, Impact::Note);
        }
        let size = entry.size();
        let found = if surveys.velero.is_velero { None } else { rancher_path::parse(&path) };
        match found {
            Some(found) => {
                is_rancher.store(true, Ordering::Relaxed);
                surveys.rancher.entry(pool, (location, &path), found, size, || Ok(&mut entry))?;
            }
            None => surveys.velero.entry(pool, location, &path, size, || Ok(&mut entry))?,
        }
    }
    Ok(())
}
