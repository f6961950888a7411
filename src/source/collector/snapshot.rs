//! What a snapshot tells beside its objects.

use super::{Collector, Place};
use crate::coverage::Coverage;
use crate::object::{Kind, NamespacedName, Object};
use crate::snapshot::Header;
use crate::world::BrokenObject;

impl Collector<'_> {
    /// Takes an object of a snapshot, whose notes stand in its header.
    pub(in crate::source) fn restore(&mut self, place: Place, object: Object) {
        self.found_at(place, object.kind(), &object.metadata().key(), false);
        self.count(&object, false);
        self.world.insert(object);
    }

    /// Takes an object of a snapshot that could not be read when it was made.
    pub(in crate::source) fn restore_broken(
        &mut self,
        place: Place,
        kind: Kind,
        key: NamespacedName,
        broken: BrokenObject,
    ) {
        self.found_at(place, kind, &key, false);
        self.world.insert_broken(kind, key, broken);
    }

    /// Takes what a snapshot tells about its sources. If not all of it was read, what it says of completeness is void.
    pub(in crate::source) fn restore_coverage(&mut self, header: Header, whole: bool) {
        header.problems.into_iter().for_each(|problem| self.push(problem));
        self.input.snapshot_of = header.sources;
        self.velero_backup = header.velero_backup.or(self.velero_backup.take());
        self.now = header.now.or(self.now);
        if !whole {
            return self.secrets_are_partial();
        }
        // Whether only labelled Secrets were read is found out anew, as there may be other sources.
        let Coverage {
            inputs: _,
            complete,
            secret_namespaces,
            only_labelled_secrets: _,
            secrets_are_told,
            kinds,
            access,
            other_versions,
            unread,
        } = header.coverage;
        self.input_kinds.extend(kinds);
        self.input_secret_namespaces.extend(secret_namespaces);
        self.world.coverage.complete |= complete;
        self.world.coverage.access = access.or(self.world.coverage.access.take());
        self.world.coverage.other_versions.extend(other_versions);
        self.world.coverage.unread.extend(unread);
        self.world.coverage.secrets_are_told |= secrets_are_told;
    }
}
