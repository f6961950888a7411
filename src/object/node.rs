//! A JSON value that remembers every key: the slow way, taken only when the fast one refuses an object.
//!
//! It finds duplicate keys with their paths, and tells where inside an object a value has the wrong type. Texts lie in
//! zeroizing memory, and no error repeats a value, as the object may be a Secret.

use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor, value::StrDeserializer,
};
use zeroize::Zeroizing;

/// A JSON value.
#[derive(Debug)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(Zeroizing<String>),
    /// A list.
    List(Vec<Self>),
    /// An object; all entries in the order of the text.
    Object(Vec<(Box<str>, Self)>),
}

impl Node {
    /// Drops all but the last entry of each repeated key; gives the paths of the repeated keys.
    pub fn take_duplicates(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        self.dedup(&mut Vec::new(), &mut found);
        found
    }

    fn dedup(&mut self, path: &mut Vec<String>, found: &mut Vec<String>) {
        match self {
            Self::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    path.push(format!("[{at}]"));
                    item.dedup(path, found);
                    path.pop();
                }
            }
            Self::Object(entries) => {
                let mut seen = std::collections::HashSet::new();
                let mut keep: Vec<bool> = entries.iter().rev().map(|(key, _)| seen.insert(key.clone())).collect();
                keep.reverse();
                let mut flags = keep.into_iter();
                entries.retain(|(key, _)| {
                    let keep = flags.next().unwrap_or(true);
                    if !keep {
                        let full = format!("{}{}", path.concat(), segment(key));
                        let full = full.strip_prefix('.').unwrap_or(&full).to_owned();
                        if !found.contains(&full) {
                            found.push(full);
                        }
                    }
                    keep
                });
                for (key, value) in entries {
                    path.push(segment(key));
                    value.dedup(path, found);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    /// The value of a field, if this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(k, _)| &**k == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value of a field, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match self {
            Self::Object(entries) => entries.iter_mut().find(|(k, _)| &**k == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Takes a field out.
    pub fn take(&mut self, key: &str) -> Option<Self> {
        match self {
            Self::Object(entries) => {
                let at = entries.iter().position(|(k, _)| &**k == key)?;
                Some(entries.remove(at).1)
            }
            _ => None,
        }
    }

    /// Sets a field, unless it is there already or this is no object.
    pub fn set_if_absent(&mut self, key: &str, value: Self) {
        if let Self::Object(entries) = self
            && !entries.iter().any(|(k, _)| &**k == key)
        {
            entries.push((key.into(), value));
        }
    }

    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Number(_) => Unexpected::Float(0.0),
            Self::Text(text) => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        }
    }
}

/// `.key`, or `["key"]` where a dot would mislead.
fn segment(key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plain { format!(".{key}") } else { format!("[{key:?}]") }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Node;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
                Ok(Node::Number(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Number(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
                Ok(serde_json::Number::from_f64(value).map_or(Node::Null, Node::Number))
            }
            fn visit_str<E>(self, text: &str) -> Result<Node, E> {
                Ok(Node::Text(Zeroizing::new(text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<Node, E> {
                Ok(Node::Text(Zeroizing::new(text)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = access.next_element()? {
                    items.push(item);
                }
                Ok(Node::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = access.next_entry()? {
                    entries.push(entry);
                }
                Ok(Node::Object(entries))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// What is wrong inside an object, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    path: Vec<String>,
    message: String,
}

impl Fault {
    fn under(mut self, segment: String) -> Self {
        self.path.push(segment);
        self
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: String = self.path.iter().rev().map(String::as_str).collect();
        let path = path.strip_prefix('.').unwrap_or(&path);
        if path.is_empty() { f.write_str(&self.message) } else { write!(f, "{path}: {}", self.message) }
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { path: Vec::new(), message: message.to_string() }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = match expected.as_str() {
            "i64" | "i32" | "u64" | "u32" => "an integer",
            "a sequence" => "a list",
            "option" => "a value",
            "a formatted value" => "a string",
            text if text.starts_with("struct ") || text.starts_with("a map") => "an object",
            text => text,
        };
        let found = match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
            Unexpected::Str(_) | Unexpected::Char(_) => "a string",
            Unexpected::Seq => "a list",
            Unexpected::Map => "an object",
            Unexpected::Unit | Unexpected::Option => "null",
            _ => "another value",
        };
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("the value is not {expected}"))
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Number(number) => {
                if let Some(value) = number.as_u64() {
                    visitor.visit_u64(value)
                } else if let Some(value) = number.as_i64() {
                    visitor.visit_i64(value)
                } else {
                    visitor.visit_f64(number.as_f64().unwrap_or_default())
                }
            }
            Node::Text(text) => visitor.visit_borrowed_str(text),
            Node::List(items) => visitor.visit_seq(List { items, at: 0 }),
            Node::Object(entries) => visitor.visit_map(Entries { entries, at: 0 }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if matches!(self, Node::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Node::Text(text) => visitor.visit_borrowed_str(text),
            // `String`'s visitor would say so itself for most types, but takes a number's text in some formats.
            _ => Err(de::Error::invalid_type(self.unexpected(), &"a string")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct List<'de> {
    items: &'de [Node],
    at: usize,
}

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.get(self.at) else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        seed.deserialize(item).map(Some).map_err(|fault| fault.under(format!("[{at}]")))
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len().saturating_sub(self.at))
    }
}

struct Entries<'de> {
    entries: &'de [(Box<str>, Node)],
    at: usize,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, _)) = self.entries.get(self.at) else { return Ok(None) };
        let key: StrDeserializer<'_, Fault> = (**key).into_deserializer();
        seed.deserialize(key).map(Some)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, value)) = self.entries.get(self.at) else { return Err(de::Error::custom("no value")) };
        self.at += 1;
        seed.deserialize(value).map_err(|fault| fault.under(segment(key)))
    }
}
