//! Where objects were read.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;

use crate::object::{Kind, NamespacedName};

/// Where an object stands, in twelve bytes: the text is made only when something has to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the file in [`super::collector::Collector`]'s list.
    pub(super) origin: u32,
    /// Number of the document in a file of several, from 1; 0 when there is only one; [`Place::VELERO`] or
    /// [`Place::RANCHER`] in a backup.
    pub(super) document: u32,
    /// Number of the item in a List, from 1; 0 outside of one.
    pub(super) item: u32,
}

impl Place {
    /// What stands for the document in a Velero backup.
    pub(super) const VELERO: u32 = u32::MAX;
    /// What stands for the document in a backup of Rancher's.
    pub(super) const RANCHER: u32 = u32::MAX - 1;

    /// An entry of a Velero backup, whose path follows from kind and name.
    pub(super) const fn velero(origin: u32) -> Self {
        Self { origin, document: Self::VELERO, item: 0 }
    }

    /// An entry of a backup of Rancher's, whose path follows from kind and name, but for the API version.
    pub(super) const fn rancher(origin: u32) -> Self {
        Self { origin, document: Self::RANCHER, item: 0 }
    }

    /// Whether it is an entry of an archive.
    pub(super) const fn is_in_archive(self) -> bool {
        matches!(self.document, Self::VELERO | Self::RANCHER)
    }
}

/// Which objects were read where, told apart by hashes: only used to name the first of two places.
#[derive(Default)]
pub(super) struct Places {
    /// The archive that is read, or was read last: its objects all stand in the same place.
    archive: Option<Place>,
    in_archive: HashSet<u64, RandomState>,
    others: HashMap<u64, Place, RandomState>,
    hasher: RandomState,
}

impl Places {
    fn hash(&self, kind: Kind, key: &NamespacedName) -> u64 {
        self.hasher.hash_one((kind, key))
    }

    /// Notes that an object was read, and tells where it was before.
    pub(super) fn insert(&mut self, place: Place, kind: Kind, key: &NamespacedName) -> Option<Place> {
        let object = self.hash(kind, key);
        if !place.is_in_archive() {
            return self.others.insert(object, place).or_else(|| self.take_from_archive(object));
        }
        if self.archive != Some(place) {
            self.begin(place);
        }
        let again = (!self.in_archive.insert(object)).then_some(place);
        again.or_else(|| self.others.remove(&object))
    }

    /// Begins an archive.
    fn begin(&mut self, archive: Place) {
        if let Some(before) = self.archive.replace(archive) {
            self.others.extend(self.in_archive.drain().map(|object| (object, before)));
        }
    }

    fn take_from_archive(&mut self, object: u64) -> Option<Place> {
        self.archive.filter(|_| self.in_archive.remove(&object))
    }

    /// Forgets an object.
    pub(super) fn remove(&mut self, kind: Kind, key: &NamespacedName) {
        let object = self.hash(kind, key);
        self.others.remove(&object);
        self.take_from_archive(object);
    }

    /// Whether an object that counts stands in a file of this number.
    pub(super) fn is_from(&self, origin: u32, kind: Kind, key: &NamespacedName) -> bool {
        let object = self.hash(kind, key);
        let in_archive = self.archive.filter(|_| self.in_archive.contains(&object));
        in_archive.or_else(|| self.others.get(&object).copied()).is_some_and(|place| place.origin == origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever kind of place an object is read in, the place before is told, and only the last one counts.
    #[test]
    fn the_place_before_is_told() {
        let file = |item| Place { origin: 2, document: 0, item };
        let (first, second) = (Place::velero(0), Place::rancher(1));
        let visits = [first, first, file(1), file(2), second, first, second, file(1)];
        let mut places = Places::default();
        let key = NamespacedName::new("shop", "web");
        let mut before = None;
        for place in visits {
            assert_eq!(places.insert(place, Kind::Secret, &key), before, "{place:?}");
            assert_eq!(places.insert(place, Kind::Issuer, &key), before, "{place:?}");
            let from: Vec<u32> = (0..3).filter(|&origin| places.is_from(origin, Kind::Secret, &key)).collect();
            assert_eq!(from, [place.origin]);
            before = Some(place);
        }
        places.remove(Kind::Secret, &key);
        assert_eq!(places.insert(first, Kind::Secret, &key), None);
        assert_eq!(places.insert(first, Kind::Issuer, &key), before);
    }
}
