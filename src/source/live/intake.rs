//! Where the objects of a list go while its next page is on its way.

use crate::object::decode::Outcome;
use crate::object::{Kind, NamespacedName};
use crate::source::collector::take_back::Bookmark;
use crate::source::collector::{Collector, Place};

/// What takes the objects of a list, one by one.
pub(super) trait Intake: Send {
    /// Takes one.
    fn take(&mut self, outcome: Outcome);

    /// Forgets all that were taken.
    fn take_back(&mut self);
}

/// Kept aside until somebody has looked at all of them.
impl Intake for Vec<Outcome> {
    fn take(&mut self, outcome: Outcome) {
        self.push(outcome);
    }

    fn take_back(&mut self) {
        self.clear();
    }
}

/// Straight into the world, so that a large cluster is never held twice.
pub(super) struct Filing<'c, 'o> {
    collector: &'c mut Collector<'o>,
    place: Place,
    kind: Kind,
    before: Bookmark,
    taken: Vec<NamespacedName>,
}

/// People see how far it is after so many objects.
const TOLD: usize = 500;

impl<'c, 'o> Filing<'c, 'o> {
    /// For the objects of a kind that stand under a path.
    pub(super) fn new(collector: &'c mut Collector<'o>, path: &str, kind: Kind) -> Self {
        let place = Place { origin: collector.origin(path), document: 0, item: 0 };
        let before = collector.bookmark();
        Self { collector, place, kind, before, taken: Vec::new() }
    }
}

impl Intake for Filing<'_, '_> {
    fn take(&mut self, outcome: Outcome) {
        match &outcome {
            Outcome::Read { object, .. } => self.taken.push(object.metadata().key()),
            Outcome::Broken { key, .. } => self.taken.push(key.clone()),
            Outcome::Irrelevant | Outcome::Foreign | Outcome::Nameless { .. } => {}
        }
        self.collector.accept(self.place, outcome, false);
        if self.taken.len().is_multiple_of(TOLD) {
            self.collector.report_progress();
        }
    }

    fn take_back(&mut self) {
        self.collector.take_back(&self.before, self.kind, &self.taken);
        self.taken.clear();
    }
}
