//! Deserialisation as the API server types objects: `null` is absence, text is text, maps hold text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Reads a value; `null` gives the default, as Go's JSON decoder leaves a field alone for `null`.
pub fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// The error for a key that stands twice in a map, worded as serde's own for a field of a struct.
pub(crate) fn duplicate_key<E: serde::de::Error>(key: &str) -> E {
    E::custom(format_args!("duplicate field `{key}`"))
}

/// The annotation that `kubectl apply` writes; on a Secret it repeats the Secret's data.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Labels or annotations: a sorted list of pairs, a third of the size of a map.
///
/// Never holds [`LAST_APPLIED`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StringMap(Vec<(Box<str>, Box<str>)>);

impl StringMap {
    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.binary_search_by(|(k, _)| (**k).cmp(key)).ok().map(|at| &*self.0[at].1)
    }

    /// Sets a key, replacing what stood there.
    pub fn insert(&mut self, key: &str, value: &str) {
        match self.0.binary_search_by(|(k, _)| (**k).cmp(key)) {
            Ok(at) => self.0[at].1 = value.into(),
            Err(at) => self.0.insert(at, (key.into(), value.into())),
        }
    }

    /// Takes a key away; says whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        let found = self.0.binary_search_by(|(k, _)| (**k).cmp(key));
        found.map(|at| self.0.remove(at)).is_ok()
    }

    /// All pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (&**k, &**v))
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for StringMap {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = Self::default();
        for (key, value) in pairs {
            map.insert(key.as_ref(), value.as_ref());
        }
        map
    }
}

impl<'de> Deserialize<'de> for StringMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = StringMap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of text to text")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<StringMap, A::Error> {
                let mut pairs: Vec<(Box<str>, Box<str>)> = Vec::new();
                while let Some(key) = access.next_key::<Box<str>>()? {
                    if &*key == LAST_APPLIED {
                        access.next_value::<serde::de::IgnoredAny>()?;
                        continue;
                    }
                    let value = access.next_value::<Option<Box<str>>>()?.unwrap_or_default();
                    pairs.push((key, value));
                }
                pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
                if let Some([(key, _), _]) = pairs.array_windows().find(|[(a, _), (b, _)]| a == b) {
                    return Err(duplicate_key(key));
                }
                pairs.shrink_to_fit();
                Ok(StringMap(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}
