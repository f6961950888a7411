//! Texts and bytes that stand in thousands of objects are kept once.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::quality::RandomState;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use thin_vec::ThinVec;

/// Longer texts hardly repeat.
const LONGEST: usize = 512;

/// Texts that one thread remembers before it begins anew; a cluster has a few hundred that repeat.
const MOST: usize = 4096;

thread_local! {
    static KNOWN: RefCell<HashSet<Arc<str>, RandomState>> = RefCell::default();
    static KNOWN_LISTS: RefCell<HashSet<Arc<[Arc<str>]>, RandomState>> = RefCell::default();
    static KNOWN_BYTES: RefCell<HashSet<Arc<[u8]>, RandomState>> = RefCell::default();
    static KNOWN_SPELLINGS: RefCell<HashMap<Box<[u8]>, Arc<str>, RandomState>> = RefCell::default();
}

/// The text, shared with its equals as far as this thread met them before.
#[must_use]
pub(crate) fn intern(text: &str) -> Arc<str> {
    KNOWN.with_borrow_mut(|known| remembered(known, text))
}

/// The bytes, shared with their equals as far as this thread met them before.
#[must_use]
pub(crate) fn intern_bytes(bytes: &[u8]) -> Arc<[u8]> {
    KNOWN_BYTES.with_borrow_mut(|known| remembered(known, bytes))
}

/// The list, shared with its equals as far as this thread met them before.
#[must_use]
pub(crate) fn intern_list(texts: &[Arc<str>]) -> Arc<[Arc<str>]> {
    KNOWN_LISTS.with_borrow_mut(|known| remembered(known, texts))
}

/// The text that some bytes are spelled as, not spelled again for bytes that this thread met before. Only for one way of
/// spelling them.
#[must_use]
pub(crate) fn intern_spelling(bytes: &[u8], spell: impl FnOnce() -> String) -> Arc<str> {
    KNOWN_SPELLINGS.with_borrow_mut(|known| {
        if let Some(shared) = known.get(bytes) {
            return Arc::clone(shared);
        }
        let spelled: Arc<str> = spell().into();
        if bytes.len() <= LONGEST {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(bytes.into(), Arc::clone(&spelled));
        }
        spelled
    })
}

fn remembered<T: ?Sized + Hash + Eq>(known: &mut HashSet<Arc<T>, RandomState>, value: &T) -> Arc<T>
where
    Arc<T>: for<'a> From<&'a T>,
{
    if let Some(shared) = known.get(value) {
        return Arc::clone(shared);
    }
    let shared: Arc<T> = value.into();
    if size_of_val(value) <= LONGEST {
        // Those that repeat are soon there again; those that do not must not keep their place for ever.
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(Arc::clone(&shared));
    }
    shared
}

/// A list without room for more.
pub(crate) fn exact<T>(items: Vec<T>) -> ThinVec<T> {
    let mut list = ThinVec::with_capacity(items.len());
    list.extend(items);
    list
}

/// Reads a text that many objects have; `null` is an empty one.
pub(crate) fn interned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    struct Text;
    impl Visitor<'_> for Text {
        type Value = Arc<str>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, text: &str) -> Result<Arc<str>, E> {
            Ok(intern(text))
        }

        fn visit_unit<E>(self) -> Result<Arc<str>, E> {
            Ok(intern(""))
        }
    }
    deserializer.deserialize_any(Text)
}

/// A text that many objects have.
pub(crate) struct Interned(pub(crate) Arc<str>);

impl<'de> Deserialize<'de> for Interned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        interned(deserializer).map(Self)
    }
}

/// Reads a list of texts that many objects have; `null` is an empty one.
pub(crate) fn interned_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[Arc<str>]>, D::Error> {
    struct List;
    impl<'de> Visitor<'de> for List {
        type Value = Arc<[Arc<str>]>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Arc<[Arc<str>]>, A::Error> {
            let mut list = Vec::new();
            while let Some(Interned(text)) = access.next_element()? {
                list.push(text);
            }
            Ok(intern_list(&list))
        }

        fn visit_unit<E>(self) -> Result<Arc<[Arc<str>]>, E> {
            Ok(intern_list(&[]))
        }
    }
    deserializer.deserialize_any(List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one() {
        let (a, b) = (intern("Ready"), intern("Ready"));
        assert!(Arc::ptr_eq(&a, &b));
        assert_eq!(&*intern(&"x".repeat(LONGEST + 1)), "x".repeat(LONGEST + 1));
    }

    #[test]
    fn too_many_texts_are_read_all_the_same() {
        for number in 0..2 * MOST {
            let text = format!("text {number}");
            assert_eq!(&*intern(&text), text);
        }
    }
}
