//! Sources: kubectl output, directories, standard input, Velero and Rancher backups, etcd snapshots, the demo and
//! live clusters become one [`World`].
//!
//! What a source is follows from its content, never from its name. Nothing here fails as a whole: what cannot be read is
//! named in [`World::coverage`] with the place and the reason, and the rest is analysed.
//!
//! # Memory
//!
//! A tarball is never held: one thread inflates it and walks the tar, entries of kinds that decide nothing are
//! skipped there, the others are packed into batches of a quarter of a mebibyte that go through a bounded channel to the
//! decoding threads and come back to be filled again; the results are put away in the order of the archive.
//! What stays is a few batches and the lean objects. kubectl output is
//! held as a whole, once; its items are decoded from slices of it. Of an etcd snapshot in a file one page at a time is read,
//! and for each key that matters the place of its newest value is kept; one that comes compressed or through standard input
//! is held as a whole, as its pages are wanted in another order than they come. Of a live cluster one page of a list is held. Texts that may hold Secrets lie in memory that is
//! overwritten after use, and their payloads are dropped as soon as they are understood. The window of the inflater and the
//! scratch space inside the JSON and YAML parsers are not overwritten; nothing keeps them, and nothing prints them.

mod collector;
mod decode_pool;
mod demo;
mod directory;
mod encryption;
mod etcd;
mod forward;
mod kubectl_json;
mod kubectl_yaml;
mod live;
mod place;
mod rancher;
mod rancher_path;
mod rancher_uids;
mod resource_set;
mod snapshot;
mod stream;
mod tarball;
mod text;
mod velero;
pub mod velero_access;
mod velero_backup;
mod velero_path;
mod yaml_salvage;
mod yaml_to_json;

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use collector::Collector;
pub use live::{LiveOptions, Patience};
pub use velero_backup::{VeleroBackup, VeleroFilters};

use crate::object::ObjectRef;
use crate::object::decode::Texts;
use crate::time::Time;
use crate::world::World;

/// Where objects come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// A file or a directory.
    Path(PathBuf),
    /// Standard input, `-`.
    Stdin,
    /// The cluster embedded in the program, `demo`.
    Demo,
    /// A cluster that is there, `live`.
    Live,
}

impl FromStr for SourceSpec {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Stdin,
            "demo" => Self::Demo,
            "live" => Self::Live,
            path => Self::Path(path.into()),
        })
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("-"),
            Self::Demo => f.write_str("demo"),
            Self::Live => f.write_str("live"),
        }
    }
}

/// How sources are read.
#[derive(Clone, Copy, Default)]
pub struct LoadOptions<'a> {
    /// The sources are all there is: what is not in them does not exist (`--complete`).
    pub complete: bool,
    /// Keep the order in which objects were read.
    pub keep_order: bool,
    /// Keep the texts of certificates and signing requests, for a snapshot.
    pub texts: Texts,
    /// Called now and then while reading.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
    /// Which cluster [`SourceSpec::Live`] is, and how it is read; as kubectl would find it if not given.
    pub live: Option<&'a LiveOptions>,
}

/// How far reading has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The source that is being read.
    pub location: String,
    /// Bytes of it that were read, as they lie on disk.
    pub bytes_read: u64,
    /// Its size, if it is known.
    pub bytes_total: Option<u64>,
    /// Objects that were kept so far, of all sources.
    pub objects: u64,
}

/// What sources held.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// All objects of all sources, and what is known about how completely they were read.
    pub world: World,
    /// The Velero Backup that the objects come from, when `velero-backup.json` was found; of several, the last.
    pub velero_backup: Option<VeleroBackup>,
    /// The fixed time of the demo.
    pub now: Option<Time>,
    /// What was read, in order, where [`LoadOptions::keep_order`] asks for it.
    pub order: Vec<ObjectRef>,
}

/// Reads sources, in the order given, into one world; a later object replaces an earlier one of the same name.
#[must_use]
pub fn load(specs: &[SourceSpec], options: &LoadOptions<'_>) -> Loaded {
    let mut collector = Collector::new(options);
    for spec in specs {
        let location = spec.to_string();
        collector.begin(&location);
        match spec {
            SourceSpec::Path(path) => directory::read_path(path, &location, &mut collector),
            SourceSpec::Stdin => stream::read(std::io::stdin().lock(), None, &location, None, &mut collector),
            SourceSpec::Demo => demo::read(&mut collector),
            SourceSpec::Live => live::read(options.live.unwrap_or(&LiveOptions::default()), &mut collector),
        }
        collector.end();
    }
    collector.finish()
}

/// Reads bytes as if they were a file at `location`.
#[must_use]
pub fn load_bytes(location: &str, bytes: &[u8]) -> Loaded {
    let options = LoadOptions::default();
    let mut collector = Collector::new(&options);
    collector.begin(location);
    stream::read(bytes, u64::try_from(bytes.len()).ok(), location, None, &mut collector);
    collector.end();
    collector.finish()
}

#[cfg(test)]
mod tests;
