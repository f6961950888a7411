//! Objects as JSON without what reading them back would put there anyway.

use serde::Serialize;
use serde_json::Value;

use super::SecretRecord;
use crate::object::Object;

/// The object with the API's field names, and everything that is held of it.
pub(super) fn value(object: &Object) -> Value {
    match object {
        Object::Secret(o) => lean(&SecretRecord::from(&**o)),
        Object::Certificate(o) => lean(&**o),
        Object::CertificateRequest(o) => lean(&**o),
        Object::Issuer(o) | Object::ClusterIssuer(o) => {
            let mut value = lean(&**o);
            // It is kept as it stands, null and all.
            if !o.spec.is_null() {
                value["spec"] = o.spec.clone();
            }
            value
        }
        Object::Order(o) => lean(&**o),
        Object::Challenge(o) => lean(&**o),
        Object::Ingress(o) => lean(&**o),
        Object::Gateway(o) | Object::ListenerSet(o) => lean(&**o),
        Object::Namespace(o) => lean(&**o),
        Object::Event(o) => lean(&**o),
        Object::SigningRequest(o) => lean(&**o),
        Object::Crd(o) => lean(&**o),
        Object::Deployment(o) | Object::Pod(o) => lean(&**o),
    }
}

/// A value without the fields that have their default, which is what an absent field is read as, and without `null`, which
/// is read as absent.
fn lean<T: Default + Serialize>(of: &T) -> Value {
    // These types hold nothing that JSON cannot.
    let mut value = serde_json::to_value(of).unwrap_or_default();
    let default = serde_json::to_value(T::default()).unwrap_or_default();
    prune(&mut value, &default);
    value
}

fn prune(value: &mut Value, default: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                prune(field, default.get(name).unwrap_or(&Value::Null));
            }
            fields.retain(|name, field| !field.is_null() && default.get(name) != Some(field));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| prune(item, &Value::Null)),
        _ => {}
    }
}
