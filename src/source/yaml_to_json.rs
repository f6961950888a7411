//! YAML rewritten as JSON, key by key, so that there is one way to read objects and one place that finds duplicate keys.
//!
//! Plain scalars get the types that kubectl's reader (YAML 1.1 as sigs.k8s.io/yaml has it) gives them: `yes` is a
//! boolean and `0777` an octal number. Keys that are no text become text, as there.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use zeroize::Zeroizing;

/// Why a text is not YAML.
#[derive(Debug)]
pub(super) struct YamlError {
    /// Line inside the text, from 1; 0 when unknown.
    pub(super) line: u64,
    /// What is wrong.
    pub(super) message: String,
}

/// Nesting that is followed; the deepest CRDs have about sixty levels. serde_json's own limit is the same.
const MAX_DEPTH: usize = 120;

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        // What is only large is read; what grows from nothing is stopped by the alias limits and the output's size.
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: None,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_total_comment_bytes: usize::MAX,
            max_documents: usize::MAX,
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_merge_keys: 1_000_000,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        legacy_octal_numbers: true,
        // An error must not show the lines around it, which may be a Secret's.
        with_snippet: false,
    }
}

/// Rewrites one YAML document as JSON.
pub(super) fn to_json(yaml: &str) -> Result<Zeroizing<Vec<u8>>, YamlError> {
    // Escapes and quotes take about as much as the indentation that goes.
    let mut json = Zeroizing::new(Vec::with_capacity(yaml.len() + yaml.len() / 2 + 64));
    let limit = yaml.len().saturating_mul(64).saturating_add(1 << 20);
    serde_saphyr::with_deserializer_from_str_with_options(yaml, options(), |deserializer| {
        Value { json: &mut json, limit }.deserialize(deserializer)
    })
    .map_err(|error| describe(&error))?;
    Ok(json)
}

fn describe(error: &serde_saphyr::Error) -> YamlError {
    let line = error.location().map_or(0, |location| location.line());
    let message = error.without_snippet().to_string();
    // The line is one of the cut piece; the caller knows which one of the file it is.
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message).to_owned();
    YamlError { line, message }
}

struct Value<'j> {
    json: &'j mut Vec<u8>,
    limit: usize,
}

impl Value<'_> {
    fn put<E: Error>(self, value: impl serde::Serialize) -> Result<(), E> {
        serde_json::to_writer(&mut *self.json, &value).map_err(E::custom)?;
        if self.json.len() > self.limit {
            return Err(E::custom("aliases make it many times as large as it is"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has, too")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.put(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(value)
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<(), E> {
        self.put(value)
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<(), E> {
        self.put(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.put(text)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        let text = std::str::from_utf8(bytes).map_err(|_| E::custom("!!binary that is not text"))?;
        self.put(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        self.json.push(b'[');
        let start = self.json.len();
        loop {
            let before = self.json.len();
            if before > start {
                self.json.push(b',');
            }
            if access.next_element_seed(Value { json: &mut *self.json, limit: self.limit })?.is_none() {
                self.json.truncate(before);
                self.json.push(b']');
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        self.json.push(b'{');
        let start = self.json.len();
        loop {
            let before = self.json.len();
            if before > start {
                self.json.push(b',');
            }
            if access.next_key_seed(Key(&mut *self.json))?.is_none() {
                self.json.truncate(before);
                self.json.push(b'}');
                return Ok(());
            }
            self.json.push(b':');
            access.next_value_seed(Value { json: &mut *self.json, limit: self.limit })?;
        }
    }
}

/// A key: text, or a scalar whose text is taken.
struct Key<'j>(&'j mut Vec<u8>);

impl Key<'_> {
    fn put<E: Error>(self, key: &str) -> Result<(), E> {
        serde_json::to_writer(self.0, key).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put("null")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(if value { "true" } else { "false" })
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(&value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put(&value.to_string())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.put(text)
    }
}
