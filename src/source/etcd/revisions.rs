//! The newest revision of every key.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::bolt::Element;
use super::registry_key;
use super::wire::{NoMessage, Value, fields};

/// Bytes of a revision: two numbers of eight bytes and `_` between them.
const REVISION: usize = 17;

/// Behind the revision of a deletion.
const TOMBSTONE: &[u8] = b"t";

/// Where the newest value of a key stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    /// The revision that wrote it, which the API calls `resourceVersion`, and its part of the transaction.
    pub(super) revision: (u64, u64),
    /// Its offset.
    pub(super) at: u64,
    /// Its length.
    pub(super) length: usize,
}

/// What the bucket `key` was found to hold.
#[derive(Default)]
pub(super) struct Revisions {
    /// The keys of objects that matter, with their newest values: some hundred bytes each, however large the values are.
    pub(super) newest: HashMap<Box<[u8]>, Slot, RandomState>,
    /// Records that are none.
    pub(super) unreadable: u64,
    /// Records of any kind.
    pub(super) records: u64,
}

/// One record: `mvccpb.KeyValue` under its revision.
struct Record<'r> {
    key: &'r [u8],
    /// Its value, which a deletion has not.
    value: &'r [u8],
    /// Where the value begins in the record.
    at: usize,
}

impl Revisions {
    /// Takes the records of the bucket, in its order, which is that of the revisions.
    pub(super) fn take(&mut self, element: &Element<'_>) {
        self.records += 1;
        let Some((revision, deleted)) = revision(element.key) else {
            self.unreadable += 1;
            return;
        };
        let Ok(record) = record(element.value) else {
            self.unreadable += 1;
            return;
        };
        if registry_key::parse(record.key).is_none() {
            return;
        }
        if deleted {
            self.newest.remove(record.key);
            return;
        }
        let at = element.value_at.saturating_add(record.at as u64);
        let slot = Slot { revision, at, length: record.value.len() };
        match self.newest.get_mut(record.key) {
            Some(newest) => *newest = slot,
            None => drop(self.newest.insert(record.key.into(), slot)),
        }
    }

    /// The keys that exist with their values, by revision.
    pub(super) fn by_revision(self) -> Vec<(Box<[u8]>, Slot)> {
        let mut all: Vec<_> = self.newest.into_iter().collect();
        all.sort_unstable_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        all
    }
}

/// Reads the key of a record, and whether it is a deletion.
fn revision(key: &[u8]) -> Option<((u64, u64), bool)> {
    let (revision, rest) = key.split_at_checked(REVISION)?;
    let number = |at: usize| revision.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes);
    let fits = revision.get(8) == Some(&b'_') && (rest.is_empty() || rest == TOMBSTONE);
    Some(((number(0)?, number(9)?), !rest.is_empty())).filter(|_| fits)
}

/// Reads `mvccpb.KeyValue`: 1 is the key, 5 the value.
fn record(message: &[u8]) -> Result<Record<'_>, NoMessage> {
    let mut record = Record { key: &[], value: &[], at: 0 };
    for field in fields(message) {
        let field = field?;
        match (field.number, field.value) {
            (1, Value::Bytes(key)) => record.key = key,
            (5, Value::Bytes(value)) => (record.value, record.at) = (value, field.at),
            _ => {}
        }
    }
    Ok(record)
}
