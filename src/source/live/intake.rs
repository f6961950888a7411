//! Where the objects of a list go while its next page is on its way.

use crate::object::decode::Outcome;
use crate::object::{Kind, NamespacedName};
use crate::source::collector::Collector;
use crate::source::collector::take_back::Bookmark;
use crate::source::place::Place;

/// What takes the objects of a list, one by one.
pub(super) trait Intake: Send {
    /// Takes one.
    fn take(&mut self, outcome: Outcome);

    /// Forgets all of a kind that were taken.
    fn take_back(&mut self, kind: Kind);
}

/// Kept aside until somebody has looked at all of them; of one kind.
impl Intake for Vec<Outcome> {
    fn take(&mut self, outcome: Outcome) {
        self.push(outcome);
    }

    fn take_back(&mut self, _: Kind) {
        self.clear();
    }
}

/// Straight into the world, so that a large cluster is never held twice.
pub(super) struct Filing<'c, 'o> {
    collector: &'c mut Collector<'o>,
    lists: Vec<Filed>,
    before: Bookmark,
    objects: usize,
}

/// What came of one list.
struct Filed {
    kind: Kind,
    place: Place,
    keys: Vec<NamespacedName>,
}

/// People see how far it is after so many objects.
const TOLD: usize = 500;

impl<'c, 'o> Filing<'c, 'o> {
    /// For the objects of different kinds that stand under these paths.
    pub(super) fn new(collector: &'c mut Collector<'o>, lists: &[(Kind, &str)]) -> Self {
        let before = collector.bookmark();
        let filed = |(kind, path): &(Kind, &str)| {
            let place = Place { origin: collector.origin(path), document: 0, item: 0 };
            Filed { kind: *kind, place, keys: Vec::new() }
        };
        let lists = lists.iter().map(filed).collect();
        Self { collector, lists, before, objects: 0 }
    }
}

impl Intake for Filing<'_, '_> {
    fn take(&mut self, outcome: Outcome) {
        let kind = match &outcome {
            Outcome::Read { object, .. } => Some(object.kind()),
            Outcome::Broken { kind, .. } => Some(*kind),
            Outcome::Nameless { kind, .. } => *kind,
            Outcome::Irrelevant | Outcome::Foreign => None,
        };
        // What does not tell its kind stands on one of them.
        let index = self.lists.iter().position(|list| Some(list.kind) == kind).unwrap_or_default();
        let Some(list) = self.lists.get_mut(index) else { return };
        match &outcome {
            Outcome::Read { object, .. } => list.keys.push(object.metadata().key()),
            Outcome::Broken { key, .. } => list.keys.push(key.clone()),
            Outcome::Irrelevant | Outcome::Foreign | Outcome::Nameless { .. } => {}
        }
        self.collector.accept(list.place, outcome, false);
        self.objects += 1;
        if self.objects.is_multiple_of(TOLD) {
            self.collector.report_progress();
        }
    }

    fn take_back(&mut self, kind: Kind) {
        for list in self.lists.iter_mut().filter(|list| list.kind == kind) {
            self.collector.take_back(&self.before, list.place, kind, &list.keys);
            list.keys.clear();
        }
    }
}
