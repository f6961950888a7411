//! An object as JSON again, as far as it was kept: for what people write against the API's field names.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Kind, Object};

/// The object with the API's field names. Absent and empty fields are left out; of a Secret only the names of its keys are
/// there, as nothing of the values is kept; the contents of a request and every status are missing.
#[must_use]
pub fn to_json(object: &Object) -> Value {
    let kind = object.kind();
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    add("apiVersion", api_version(object).into());
    add("kind", kind.row().name.into());
    add("metadata", lean(object.metadata()));
    match object {
        Object::Certificate(o) => add("spec", lean(&o.spec)),
        // Kept as it stands.
        Object::Issuer(o) | Object::ClusterIssuer(o) => add("spec", o.spec.clone()),
        Object::Ingress(o) => add("spec", lean(&o.spec)),
        Object::Gateway(o) | Object::ListenerSet(o) => add("spec", lean(&o.spec)),
        Object::CertificateRequest(o) => {
            let spec = &o.spec;
            let duration = spec.duration;
            add(
                "spec",
                lean(
                    &json!({"duration": duration, "issuerRef": spec.issuer_ref, "isCA": spec.is_ca, "usages": spec.usages}),
                ),
            );
        }
        Object::Secret(secret) => {
            add("type", Value::from(&*secret.type_));
            let names = secret.data.iter().flatten().map(|(name, _)| (name.to_string(), Value::from("")));
            let data: Map<String, Value> = names.collect();
            if !data.is_empty() {
                add("data", Value::Object(data));
            }
        }
        _ => {}
    }
    Value::Object(fields)
}

fn api_version(object: &Object) -> String {
    let read: &str = match object {
        Object::Certificate(o) => &o.api_version,
        Object::CertificateRequest(o) => &o.api_version,
        Object::Issuer(o) | Object::ClusterIssuer(o) => &o.api_version,
        _ => "",
    };
    match (read, object.kind().row().group) {
        ("", "") => "v1".to_owned(),
        ("", group) => format!("{group}/v1"),
        (read, _) => read.to_owned(),
    }
}

/// A value without what Go's `omitempty` leaves out.
fn lean(of: &impl Serialize) -> Value {
    // These types hold nothing that JSON cannot.
    let mut value = serde_json::to_value(of).unwrap_or_default();
    prune(&mut value);
    value
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                // Their values are texts of the user's, and an empty one is one.
                if !matches!(name.as_str(), "labels" | "annotations") {
                    prune(value);
                }
            }
            fields.retain(|name, value| !is_empty(name, value));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

fn is_empty(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty() && matches!(name, "labels" | "annotations"),
        Value::Bool(true) => false,
    }
}

/// Kinds whose objects can be turned to JSON and back without losing what is looked at, Secrets apart.
#[must_use]
pub const fn is_complete(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Certificate | Kind::Issuer | Kind::ClusterIssuer | Kind::Ingress | Kind::Gateway | Kind::ListenerSet
    )
}
