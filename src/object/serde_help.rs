//! Deserialisation as the API server types objects: `null` is absence, text is text, maps hold text.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use thin_vec::ThinVec;

use crate::intern::{Interned, exact, intern, intern_list};

/// Reads a value; `null` gives the default, as Go's JSON decoder leaves a field alone for `null`.
pub fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a list; `null` is an empty one.
pub fn list<'de, D, T>(deserializer: D) -> Result<ThinVec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.map(exact).unwrap_or_default())
}

/// Reads what a text says, without a copy of the text.
pub(crate) fn parsed<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    struct Parse<F>(F);
    impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for Parse<F> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E2: serde::de::Error>(self, text: &str) -> Result<T, E2> {
            (self.0)(text).map_err(E2::custom)
        }
    }
    deserializer.deserialize_str(Parse(parse))
}

/// Looks at a text where it lies, without a copy of its own; `null` is an empty one.
pub(crate) fn with_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    look: impl FnOnce(&str) -> T,
) -> Result<T, D::Error> {
    struct Look<F>(F);
    impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Look<F> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, text: &str) -> Result<T, E> {
            Ok(self.0(text))
        }

        fn visit_unit<E>(self) -> Result<T, E> {
            Ok(self.0(""))
        }
    }
    deserializer.deserialize_any(Look(look))
}

/// A text of which only matters whether it is there; written as a text that says no more.
pub(crate) mod presence {
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(present: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if *present { "(left out)" } else { "" })
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        super::with_text(deserializer, |text| !text.is_empty())
    }
}

/// The error for a key that stands twice in a map, worded as serde's own for a field of a struct.
pub(crate) fn duplicate_key<E: serde::de::Error>(key: &str) -> E {
    E::custom(format_args!("duplicate field `{key}`"))
}

/// The annotation that `kubectl apply` writes; on a Secret it repeats the Secret's data.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Labels or annotations: pairs sorted by key.
///
/// Thousands of objects have the same keys, and nearly nobody changes a pair: the keys are shared between objects, the
/// values are one piece of memory, since each piece more would be one more to wait for.
///
/// Never holds [`LAST_APPLIED`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StringMap {
    /// None for an empty map.
    keys: Option<Arc<[Arc<str>]>>,
    /// Where each value ends, counted from here on and spelled in [`END`] characters each; then the values. As one text,
    /// none of them has to be checked again.
    values: Box<str>,
}

/// Characters that spell where a value ends, of seven bits each, the lowest first.
const END: usize = 5;

/// Adds where a value ends. Texts of 32 GiB would need more characters: no reader takes a quarter of that at once.
fn push_end(values: &mut String, end: usize) {
    let end = u64::try_from(end).unwrap_or(u64::MAX).min((1 << (7 * END)) - 1);
    let septet = |at: usize| u8::try_from((end >> (7 * at)) & 0x7f).unwrap_or_default();
    values.extend((0..END).map(|at| char::from(septet(at))));
}

impl StringMap {
    fn keys(&self) -> &[Arc<str>] {
        self.keys.as_deref().unwrap_or_default()
    }

    fn end(&self, at: usize) -> Option<usize> {
        let spelled: &[u8; END] = self.values.as_bytes().get(END * at..)?.first_chunk()?;
        Some(spelled.iter().rev().fold(0, |end, septet| end << 7 | usize::from(*septet)))
    }

    fn value(&self, at: usize) -> Option<&str> {
        let start = at.checked_sub(1).map_or(Some(END * self.keys().len()), |before| self.end(before))?;
        self.values.get(start..self.end(at)?)
    }
}

impl StringMap {
    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        // They are few, and mostly differ in length.
        self.value(self.keys().iter().position(|known| **known == *key)?)
    }

    /// Sets a key, replacing what stood there.
    pub fn insert(&mut self, key: &str, value: &str) {
        self.insert_all(&[(key, value)]);
    }

    /// Sets several different keys at once, replacing what stood there.
    pub fn insert_all(&mut self, pairs: &[(&str, &str)]) {
        let others = self.iter().filter(|(key, _)| pairs.iter().all(|(new, _)| new != key));
        *self = Self::of_unique(others.chain(pairs.iter().copied()).collect());
    }

    /// Takes a key away; says whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        let found = self.get(key).is_some();
        if found {
            *self = Self::of_unique(self.iter().filter(|(k, _)| *k != key).collect());
        }
        found
    }

    /// All pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.keys().iter().enumerate().map(|(at, key)| (&**key, self.value(at).unwrap_or_default()))
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_none()
    }

    /// Pairs of different keys, in any order.
    fn of_unique(mut pairs: Vec<(&str, &str)>) -> Self {
        pairs.sort_unstable();
        let mut building = Building::default();
        for (key, value) in pairs {
            building.keys.push(intern(key));
            building.values.push_str(value);
            building.end_value();
        }
        building.map()
    }
}

impl Serialize for StringMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl fmt::Debug for StringMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for StringMap {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs: Vec<(K, V)> = pairs.into_iter().collect();
        // Of equal keys the last one wins.
        let unique: BTreeMap<&str, &str> = pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())).collect();
        Self::of_unique(unique.into_iter().collect())
    }
}

/// A [`StringMap`] in the making.
#[derive(Default)]
struct Building {
    keys: Vec<Arc<str>>,
    values: String,
    ends: Vec<usize>,
}

impl Building {
    /// What was appended since the last call is a value.
    fn end_value(&mut self) {
        self.ends.push(self.values.len());
    }

    fn map(&self) -> StringMap {
        if self.keys.is_empty() {
            return StringMap::default();
        }
        let before = END * self.ends.len();
        let mut values = String::with_capacity(before + self.values.len());
        self.ends.iter().for_each(|end| push_end(&mut values, before + end));
        values.push_str(&self.values);
        StringMap { keys: Some(intern_list(&self.keys)), values: values.into() }
    }

    /// The map, and the room for the next one.
    fn finish(mut self) -> StringMap {
        let map = self.map();
        self.keys.clear();
        self.values.clear();
        self.ends.clear();
        if self.values.capacity() <= LARGE {
            ROOM.set(self);
        }
        map
    }
}

/// Values that are larger together are rare: their room is given back.
const LARGE: usize = 64 << 10;

thread_local! {
    /// Room of the map that was made last.
    static ROOM: Cell<Building> = Cell::default();
}

/// Appends a text to another; `null` is an empty one.
struct Append<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Append<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

impl<'de> Deserialize<'de> for StringMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = StringMap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of text to text")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<StringMap, A::Error> {
                let mut building = ROOM.take();
                while let Some(Interned(key)) = access.next_key()? {
                    if &*key == LAST_APPLIED {
                        access.next_value::<serde::de::IgnoredAny>()?;
                        continue;
                    }
                    building.keys.push(key);
                    access.next_value_seed(Append(&mut building.values))?;
                    building.end_value();
                }
                // The API server writes them sorted.
                if building.keys.is_sorted_by(|a, b| a < b) {
                    return Ok(building.finish());
                }
                let map = building.finish();
                let mut pairs: Vec<_> = map.iter().collect();
                pairs.sort_unstable();
                match pairs.array_windows().find(|[(a, _), (b, _)]| a == b) {
                    Some([(key, _), _]) => Err(duplicate_key(key)),
                    None => Ok(StringMap::of_unique(pairs)),
                }
            }
        }
        deserializer.deserialize_map(Map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> StringMap {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn pairs_are_sorted_and_last_applied_is_not_kept() {
        let map = read(&format!(r#"{{"b":"2","{LAST_APPLIED}":"x","a":null,"c":"\n"}}"#));
        assert_eq!(map.iter().collect::<Vec<_>>(), [("a", ""), ("b", "2"), ("c", "\n")]);
        assert_eq!([map.get("a"), map.get("b"), map.get("bb"), map.get("d")], [Some(""), Some("2"), None, None]);
        assert_eq!(map, read(r#"{"a":"","b":"2","c":"\n"}"#));
        assert_eq!(format!("{map:?}"), r#"{"a": "", "b": "2", "c": "\n"}"#);
    }

    /// Where a value ends is found whatever number of characters that takes.
    #[test]
    fn values_of_any_length_end_where_they_end() {
        for length in [0, 1, 126, 127, 128, 16_383, 16_384, 16_385, (1 << 21) - 1, 1 << 21, (1 << 21) + 1] {
            for before in [0, 100] {
                let (first, second) = ("x".repeat(before), "y".repeat(length));
                let map: StringMap = [("a", &*first), ("b", &*second), ("c", "z")].into_iter().collect();
                let lengths = ["a", "b", "c"].map(|key| map.get(key).map(str::len));
                assert_eq!(lengths, [Some(before), Some(length), Some(1)]);
                assert_eq!(map.get("c"), Some("z"), "{length}");
            }
        }
    }

    #[test]
    fn keys_come_and_go() {
        let mut map = StringMap::default();
        for (key, value) in [("b", "1"), ("a", "2"), ("b", "3"), ("", "4")] {
            map.insert(key, value);
        }
        assert_eq!(map.iter().collect::<Vec<_>>(), [("", "4"), ("a", "2"), ("b", "3")]);
        map.insert_all(&[("c", "5"), ("a", "6")]);
        assert_eq!(map.iter().collect::<Vec<_>>(), [("", "4"), ("a", "6"), ("b", "3"), ("c", "5")]);
        assert!(map.remove("c"));
        assert_eq!([map.remove("a"), map.remove("a"), map.is_empty()], [true, false, false]);
        assert_eq!(map, [("b", "3"), ("", "4")].into_iter().collect());
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for (json, error) in [
            (r#"{"a":true}"#, "invalid type: boolean `true`, expected a string"),
            (r#"{"a":"1","a":"1"}"#, "duplicate field `a`"),
            (r#"{"b":"1","a":"1","b":"2"}"#, "duplicate field `b`"),
        ] {
            let found = serde_json::from_str::<StringMap>(json).unwrap_err().to_string();
            assert!(found.starts_with(error), "{json}: {found}");
        }
    }
}
