//! What a thread understood lately: what stands in thousands of payloads is not read again for each of them.

use std::hash::{BuildHasher as _, Hash};

use foldhash::quality::RandomState;

/// Hashes of what was read and what it means, the latest first. The octets themselves are not kept: whatever is labelled a
/// certificate may be anything.
pub(super) struct Recent<T> {
    hasher: RandomState,
    known: Vec<(u64, T)>,
}

/// How much is remembered.
const REMEMBERED: usize = 16;

impl<T> Default for Recent<T> {
    /// Remembers nothing.
    fn default() -> Self {
        Self { hasher: RandomState::default(), known: Vec::with_capacity(REMEMBERED) }
    }
}

impl<T: Clone> Recent<T> {
    /// What `octets` mean, read if they were not met lately.
    pub(super) fn or_read(&mut self, octets: impl Hash, read: impl FnOnce() -> T) -> T {
        let hash = self.hasher.hash_one(octets);
        match self.known.iter().position(|(known, _)| *known == hash) {
            Some(at) => self.known[..=at].rotate_right(1),
            None => {
                let meaning = read();
                self.known.truncate(REMEMBERED - 1);
                self.known.insert(0, (hash, meaning));
            }
        }
        self.known[0].1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_met_lately_is_not_read_again() {
        let mut recent = Recent::default();
        let mut read = Vec::new();
        let others = 10..10 + REMEMBERED - 1;
        for octets in [1, 2, 1].into_iter().chain(others.clone()).chain([1, 2]) {
            let meaning = recent.or_read(octets, || {
                read.push(octets);
                10 * octets
            });
            assert_eq!(meaning, 10 * octets);
        }
        // Of the first two, only the one that was met again is still known.
        assert_eq!(read, [1, 2].into_iter().chain(others).chain([2]).collect::<Vec<_>>());
    }
}
