//! Taking back what was read, as if it had not been.

use std::hash::BuildHasher as _;

use super::Collector;
use crate::object::{Kind, NamespacedName};

/// A point in the books to which they can be taken back.
pub(in crate::source) struct Bookmark {
    problems: usize,
    unsaid: (u64, bool),
    order: usize,
}

impl Collector<'_> {
    /// Takes an object back that was read, as if it had not been.
    pub(in crate::source) fn forget(&mut self, kind: Kind, key: &NamespacedName) {
        self.places.remove(&self.hasher.hash_one((kind, key)));
        self.world.remove_broken(kind, key);
        if self.world.remove(kind, key).is_some() {
            self.objects = self.objects.saturating_sub(1);
            if let Some(count) = self.input.objects.get_mut(&kind) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// Where the books stand.
    pub(in crate::source) const fn bookmark(&self) -> Bookmark {
        Bookmark { problems: self.input.problems.len(), unsaid: self.unsaid, order: self.order.len() }
    }

    /// Takes objects back, with all that was said since.
    pub(in crate::source) fn take_back<'k>(
        &mut self,
        bookmark: &Bookmark,
        kind: Kind,
        keys: impl IntoIterator<Item = &'k NamespacedName>,
    ) {
        for key in keys {
            self.forget(kind, key);
        }
        self.input.problems.truncate(bookmark.problems);
        self.unsaid = bookmark.unsaid;
        self.order.truncate(bookmark.order);
    }
}
