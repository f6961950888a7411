//! Taking back what was read, as if it had not been.

use super::{Collector, Place};
use crate::object::{Kind, NamespacedName};

/// A point in the books to which they can be taken back.
pub(in crate::source) struct Bookmark {
    problems: usize,
    order: usize,
}

impl Collector<'_> {
    /// Takes an object back that was read, as if it had not been.
    pub(in crate::source) fn forget(&mut self, kind: Kind, key: &NamespacedName) {
        self.places.remove(kind, key);
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
        Bookmark { problems: self.input.problems.len(), order: self.order.len() }
    }

    /// Takes back objects of a kind that stood in one place, with all that was said of it since.
    pub(in crate::source) fn take_back(
        &mut self,
        bookmark: &Bookmark,
        place: Place,
        kind: Kind,
        keys: &[NamespacedName],
    ) {
        for key in keys {
            self.forget(kind, key);
        }
        let location = self.describe(place);
        let problems = self.input.problems.split_off(bookmark.problems.min(self.input.problems.len()));
        self.input.problems.extend(problems.into_iter().filter(|problem| problem.location != location));
        let order = self.order.split_off(bookmark.order.min(self.order.len()));
        self.order.extend(order.into_iter().filter(|object| object.kind != kind));
    }
}
