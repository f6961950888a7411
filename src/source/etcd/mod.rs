//! etcd v3 snapshots, and raw copies of `member/snap/db` (restore rules 6.2, R-70).
//!
//! The newest value of a key is the state of its object, so the bucket of revisions is walked once, and only what is the
//! newest then is read and decoded. A damaged page may have held anything, newer values and deletions included: it is named,
//! and nothing counts as completely read any more.

mod bolt;
mod little_endian;
mod message;
mod registry_key;
mod revisions;
mod to_json;
mod value;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use rayon::prelude::*;
use ring::digest;
use zeroize::Zeroizing;

use self::bolt::{Bolt, Bucket, Fault};
use self::revisions::{Revisions, Slot};
use self::value::Stored;
use super::collector::Collector;
use super::place::Place;
use crate::coverage::Impact;
use crate::object::Kind;
use crate::object::decode::Outcome;
use crate::object::kind::KINDS;

pub(super) use bolt::{HEAD, is_bolt};

/// What `etcdctl snapshot save` puts behind the database.
const CHECKSUM: u64 = 32;

/// Values that are read before they are decoded, by number and by size.
const WINDOW: (usize, usize) = (1024, 16 << 20);

/// A value with the key of its object.
type Value = (Box<[u8]>, Zeroizing<Vec<u8>>);

/// The reading of one snapshot.
struct Snapshot<'a, 'c, 'o> {
    location: &'a str,
    collector: &'c mut Collector<'o>,
    place: Place,
    /// Something is missing that may have been anything.
    damaged: bool,
    namespaces: BTreeSet<Arc<str>>,
    /// A Namespace was seen, readable or not: every cluster has some.
    is_cluster: bool,
    /// Encrypted objects of kinds of which only few matter, by what is said of them.
    encrypted: BTreeMap<(Kind, String), u64>,
}

/// Reads a database of this length. `cut_off` says that its end is known to be missing.
pub(super) fn read(
    storage: impl Read + Seek,
    length: u64,
    location: &str,
    cut_off: bool,
    collector: &mut Collector<'_>,
) {
    let place = Place { origin: collector.origin(location), document: 0, item: 0 };
    let mut snapshot = Snapshot {
        location,
        collector,
        place,
        damaged: cut_off,
        namespaces: BTreeSet::new(),
        is_cluster: false,
        encrypted: BTreeMap::new(),
    };
    match Bolt::open(storage, length) {
        Ok(bolt) => snapshot.read(bolt, length),
        Err(error) => snapshot.missing(format!("a bbolt database that cannot be read: {error}")),
    }
}

impl Snapshot<'_, '_, '_> {
    fn missing(&mut self, message: impl Into<String>) {
        self.damaged = true;
        self.collector.problem(self.location.to_owned(), message, Impact::Missing);
    }

    fn read(mut self, mut bolt: Bolt<impl Read + Seek>, length: u64) {
        let mut faults = Vec::new();
        let bucket = bolt.bucket(b"key", &mut |fault| faults.push(fault));
        let Some(Bucket::Tree(root)) = bucket else {
            self.faults(faults);
            let message = "a bbolt database, but no etcd snapshot: it has no bucket of revisions";
            let impact = if self.collector.in_directory { Impact::Note } else { Impact::Missing };
            return self.collector.problem(self.location.to_owned(), message, impact);
        };
        self.collector.recognised("etcd-snapshot");
        self.check_whole(&mut bolt, length);
        let mut revisions = Revisions::default();
        bolt.walk(root, &mut |element| revisions.take(&element), &mut |fault| faults.push(fault));
        self.faults(faults);
        if revisions.unreadable > 0 {
            self.missing(format!("{} of {} records are none of etcd's", revisions.unreadable, revisions.records));
        }
        self.objects(&mut bolt, revisions.by_revision());
        self.finish();
    }

    fn faults(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            self.missing(format!(
                "{fault}: what stood there is missing, be it objects, their newer values or deletions"
            ));
        }
    }

    /// Compares the length with what the database says, and the checksum behind it, which only a snapshot has: its length
    /// tells (etcd `etcdutl/snapshot/v3_snapshot.go`).
    fn check_whole(&mut self, bolt: &mut Bolt<impl Read + Seek>, length: u64) {
        let expected = bolt.expected_length();
        if length < expected {
            return self.missing(format!(
                "cut off: it has {length} of {expected} bytes; what could be reached was read, the rest is missing"
            ));
        }
        if length % 512 != CHECKSUM {
            return;
        }
        match checksum_fits(bolt.storage(), length, self.collector) {
            Ok(true) => {}
            Ok(false) => self.missing("damaged: the SHA-256 at its end is that of something else"),
            Err(error) => self.missing(format!("the SHA-256 at its end cannot be checked: {error}")),
        }
    }

    fn objects(&mut self, bolt: &mut Bolt<impl Read + Seek>, all: Vec<(Box<[u8]>, Slot)>) {
        let mut window: Vec<Value> = Vec::new();
        let mut size = 0;
        for (key, slot) in all {
            match bolt.read_at(slot.at, slot.length) {
                Ok(bytes) => window.push((key, bytes)),
                Err(error) => self.missing(format!("{}: cannot be read: {error}", String::from_utf8_lossy(&key))),
            }
            size += slot.length;
            if window.len() >= WINDOW.0 || size >= WINDOW.1 {
                self.decode(&window);
                window.clear();
                size = 0;
            }
        }
        self.decode(&window);
    }

    fn decode(&mut self, window: &[Value]) {
        let texts = self.collector.texts();
        let read = window.par_iter().map(|(key, bytes)| {
            let key = registry_key::parse(key)?;
            Some((key, value::read(key, bytes, texts)))
        });
        for (key, stored) in read.collect::<Vec<_>>().into_iter().flatten() {
            self.is_cluster |= key.kind == Kind::Namespace;
            let namespace = if key.kind == Kind::Namespace { key.name } else { key.namespace };
            if !namespace.is_empty() && !self.namespaces.contains(namespace) {
                self.namespaces.insert(namespace.into());
            }
            match stored {
                Stored::Outcome(outcome) => self.accept(outcome),
                // Of these only those of cert-manager matter, and which they are is encrypted too.
                Stored::Encrypted(message) if is_one_of_many(key.kind) => {
                    *self.encrypted.entry((key.kind, message)).or_default() += 1;
                }
                Stored::Encrypted(message) => self.accept(value::broken(key, message)),
            }
        }
        self.collector.report_progress();
    }

    /// The revision, which is the object's `resourceVersion`, is not kept: 0 is that of an object as it was read.
    fn accept(&mut self, outcome: Outcome) {
        self.collector.accept(self.place, outcome, false);
    }

    /// An etcd holds everything that its cluster has. Only Events are often kept in an etcd of their own (the API server's
    /// `--etcd-servers-overrides`), which then holds nothing else.
    fn finish(self) {
        for ((kind, message), count) in self.encrypted {
            let message = format!("{count} objects of kind {kind}: {message}");
            self.collector.problem(self.location.to_owned(), message, Impact::Missing);
        }
        if self.damaged {
            return self.collector.secrets_are_partial();
        }
        if !self.is_cluster {
            let message =
                "it holds no Namespace, so it is not all that a cluster has: what is not in it may be elsewhere";
            return self.collector.problem(self.location.to_owned(), message, Impact::Note);
        }
        self.collector.secrets_are_whole(self.namespaces);
        let kinds = KINDS.iter().map(|row| row.kind).filter(|kind| *kind != Kind::Event);
        kinds.for_each(|kind| self.collector.kind_is_whole(kind));
    }
}

/// Kinds of which most objects have nothing to do with cert-manager.
fn is_one_of_many(kind: Kind) -> bool {
    matches!(kind, Kind::Event | Kind::Pod | Kind::Deployment | Kind::SigningRequest)
}

fn checksum_fits(storage: &mut (impl Read + Seek), length: u64, collector: &mut Collector<'_>) -> io::Result<bool> {
    storage.seek(SeekFrom::Start(0))?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut left = length.saturating_sub(CHECKSUM);
    let mut buffer = Zeroizing::new(vec![0; 1 << 20]);
    while left > 0 {
        let step = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let step = storage.read(buffer.get_mut(..step).unwrap_or_default())?;
        if step == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        context.update(buffer.get(..step).unwrap_or_default());
        left = left.saturating_sub(step as u64);
        collector.advanced(length.saturating_sub(left), Some(length));
    }
    let mut stored = [0; 32];
    storage.read_exact(&mut stored)?;
    Ok(context.finish().as_ref() == stored)
}
