//! How the long lists of a report are serialised.

use std::cell::Cell;

use rayon::prelude::*;
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// Items whose texts are made at once: enough to keep every core busy, few enough to be held.
const PART: usize = 1024;

thread_local! {
    static IN_PARTS: Cell<bool> = const { Cell::new(false) };
}

/// Runs `write`, which must serialise to JSON without indentation on this thread: the texts of the items of long lists are
/// then made on all cores, part by part, while those of the part before are written.
pub(in crate::report) fn in_parts<T>(write: impl FnOnce() -> T) -> T {
    IN_PARTS.set(true);
    let written = write();
    IN_PARTS.set(false);
    written
}

/// For `serialize_with`.
pub(super) fn serialize<T: Serialize + Sync, S: Serializer>(items: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    if !IN_PARTS.get() {
        return serializer.collect_seq(items);
    }
    let mut list = serializer.serialize_seq(Some(items.len()))?;
    let mut parts = items.chunks(PART);
    let mut ready = texts(parts.next().unwrap_or_default());
    while !ready.is_empty() {
        let mut coming = Vec::new();
        let made = std::mem::take(&mut ready);
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| coming = texts(parts.next().unwrap_or_default()));
            for text in made {
                list.serialize_element(&text.map_err(S::Error::custom)?)?;
            }
            Ok(())
        })?;
        ready = coming;
    }
    list.end()
}

fn texts<T: Serialize + Sync>(items: &[T]) -> Vec<serde_json::Result<Box<RawValue>>> {
    items.par_iter().map(to_raw_value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct List {
        #[serde(serialize_with = "serialize")]
        items: Vec<String>,
        end: u8,
    }

    #[test]
    fn parts_are_the_same_text() {
        for length in [0, 1, PART, PART + 1, 3 * PART] {
            let list = List { items: (0..length).map(|number| format!("\"{number}\n")).collect(), end: 1 };
            let plain = serde_json::to_string(&list).unwrap();
            assert_eq!(in_parts(|| serde_json::to_string(&list).unwrap()), plain);
        }
    }
}
