//! Object metadata as an API server writes it, the same at each generation.

use reissue_audit::time::Time;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

/// A uid that looks random and follows from the object's name.
pub(crate) fn uid(kind: &str, namespace: &str, name: &str) -> String {
    let hash = digest(&SHA256, format!("uid/{kind}/{namespace}/{name}").as_bytes());
    let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// A number below `limit` that follows from a text.
pub(crate) fn pick(seed: &str, limit: i64) -> i64 {
    let hash = digest(&SHA256, format!("pick/{seed}").as_bytes());
    let number = hash.as_ref().iter().take(7).fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    number % limit
}

/// Some lower-case letters and digits as generateName gives them.
pub(crate) fn suffix(seed: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let hash = digest(&SHA256, format!("suffix/{seed}").as_bytes());
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).map_or('x', |b| char::from(*b));
    hash.as_ref().iter().take(5).map(letter).collect()
}

/// An object under construction.
pub(crate) struct Object(Value);

impl Object {
    /// Starts an object with its metadata; cluster-scoped ones have an empty namespace.
    pub(crate) fn new(api_version: &str, kind: &str, namespace: &str, name: &str, created: Time) -> Self {
        let version = 40_000 + pick(&format!("{kind}/{namespace}/{name}"), 9_000_000);
        let mut metadata = json!({
            "creationTimestamp": created,
            "name": name,
            "resourceVersion": version.to_string(),
            "uid": uid(kind, namespace, name),
        });
        if !namespace.is_empty() {
            put(&mut metadata, "namespace", json!(namespace));
        }
        Self(json!({"apiVersion": api_version, "kind": kind, "metadata": metadata}))
    }

    /// Sets a field of the object.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        put(&mut self.0, field, value);
        self
    }

    /// Sets a field of the metadata.
    pub(crate) fn meta(mut self, field: &str, value: Value) -> Self {
        if let Some(metadata) = self.0.get_mut("metadata") {
            put(metadata, field, value);
        }
        self
    }

    /// Makes another object the controller.
    pub(crate) fn owned_by(self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        self.meta(
            "ownerReferences",
            json!([{
                "apiVersion": api_version, "blockOwnerDeletion": true, "controller": true,
                "kind": kind, "name": name, "uid": uid(kind, namespace, name),
            }]),
        )
    }

    /// The finished object.
    pub(crate) fn done(self) -> Value {
        self.0
    }
}

/// Sets a field of a JSON object.
pub(crate) fn put(object: &mut Value, field: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(field.to_owned(), value);
    }
}

/// A condition of a cert-manager object.
pub(crate) fn condition(type_: &str, status: bool, reason: &str, message: &str, since: Time) -> Value {
    json!({
        "lastTransitionTime": since, "message": message, "reason": reason,
        "status": if status { "True" } else { "False" }, "type": type_,
    })
}

/// A map of texts.
pub(crate) fn texts<const N: usize>(pairs: [(&str, String); N]) -> Value {
    Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect::<Map<_, _>>())
}
