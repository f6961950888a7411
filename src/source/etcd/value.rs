//! The values that an API server writes: JSON, protobuf, and what is encrypted at rest (restore rules 6.2).

use super::message::message;
use super::registry_key::RegistryKey;
use super::to_json::to_json;
use super::wire::{NoMessage, bytes_of};
use crate::object::decode::{Outcome, Texts, decode};
use crate::object::{Kind, NamespacedName};
use crate::source::collector::FOREIGN;
use crate::source::encryption::encryption;

/// Begins everything that Kubernetes stores as protobuf (apimachinery `pkg/runtime/serializer/protobuf`).
const PROTOBUF: &[u8] = b"k8s\0";

/// CBOR's own mark, with which Kubernetes stores custom resources under an alpha feature gate.
const CBOR: &[u8] = &[0xd9, 0xd9, 0xf7];

/// What a value is.
pub(super) enum Stored {
    /// An object, or why it is none.
    Outcome(Outcome),
    /// Encrypted at rest, with what can be said of it.
    Encrypted(String),
}

/// Reads the value under a key.
pub(super) fn read(key: RegistryKey<'_>, value: &[u8], texts: Texts) -> Stored {
    if let Some(message) = encryption(value) {
        return Stored::Encrypted(message);
    }
    let outcome = if let Some(unknown) = value.strip_prefix(PROTOBUF) {
        protobuf(key, unknown, texts)
    } else if value.trim_ascii_start().starts_with(b"{") {
        json(key, value, texts)
    } else if value.starts_with(CBOR) {
        broken(key, "stored as CBOR, which is not read here: a kubectl dump has it as JSON")
    } else {
        broken(key, "stored as neither JSON nor protobuf: it cannot be read")
    };
    Stored::Outcome(outcome)
}

/// An object that is there and cannot be read.
pub(super) fn broken(key: RegistryKey<'_>, error: impl Into<String>) -> Outcome {
    let RegistryKey { kind, namespace, name } = key;
    Outcome::Broken { kind, key: NamespacedName::new(namespace, name), error: error.into(), notes: Vec::new() }
}

fn json(key: RegistryKey<'_>, json: &[u8], texts: Texts) -> Outcome {
    match decode(json, None, texts) {
        // Whatever else the text says, the key says which object it is.
        Outcome::Nameless { error, .. } => broken(key, error),
        Outcome::Foreign => broken(key, FOREIGN),
        Outcome::Broken { error, notes, kind, .. } if kind == key.kind => {
            let name = NamespacedName::new(key.namespace, key.name);
            Outcome::Broken { kind, key: name, error, notes }
        }
        Outcome::Read { object, .. } if object.kind() != key.kind => Outcome::Irrelevant,
        Outcome::Broken { .. } => Outcome::Irrelevant,
        outcome => outcome,
    }
}

/// Reads `runtime.Unknown`: 1 type meta (1 apiVersion, 2 kind), 2 the object, 3 its encoding.
fn protobuf(key: RegistryKey<'_>, unknown: &[u8], texts: Texts) -> Outcome {
    let read = || -> Result<_, NoMessage> {
        let type_meta = bytes_of(unknown, 1)?.unwrap_or_default();
        let text = |number| bytes_of(type_meta, number).map(|text| std::str::from_utf8(text.unwrap_or_default()));
        let encoding = bytes_of(unknown, 3)?.unwrap_or_default();
        Ok((text(1)?, text(2)?, bytes_of(unknown, 2)?.unwrap_or_default(), encoding))
    };
    let (api_version, kind, object, encoding) = match read() {
        Ok((Ok(api_version), Ok(kind), object, encoding)) => (api_version, kind, object, encoding),
        Ok(_) => return broken(key, "stored without a readable apiVersion and kind"),
        Err(error) => return broken(key, error.to_string()),
    };
    if Kind::of(api_version, kind) != Some(key.kind) {
        return Outcome::Irrelevant;
    }
    let Some(rows) = message(key.kind, api_version).filter(|_| encoding.is_empty()) else {
        return broken(key, "stored in an encoding that is not read here");
    };
    match to_json(api_version, kind, object, rows) {
        Ok(text) => json(key, &text, texts),
        Err(error) => broken(key, error.to_string()),
    }
}
