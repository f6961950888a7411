//! Resource modifiers at work on one object (R-39, corrections C and B1 – B5).

use std::sync::Arc;

use json_patch::PatchOperation;
use serde_json::{Map, Value, json};

use crate::object::decode::{Outcome, Texts, decode};
use crate::object::view::{is_complete, to_json};
use crate::object::{Kind, Object, ObjectRef};
use crate::plan::velero::{JsonPatch, ModifierRule, Modifiers, Patches, typed};

use super::admission::{Refused, is_cert_manager, refused};

/// What modifiers make of an object.
pub(super) struct Modified {
    /// The object as it is sent.
    pub(super) object: Result<Object, Refused>,
    /// Patches that Velero could not apply: recorded as errors, the object goes on without them.
    pub(super) errors: Vec<String>,
    /// Something was changed that is not kept of objects of this kind, so that it is not simulated.
    pub(super) unseen: bool,
    /// A label became something else than a text, and all labels were dropped.
    pub(super) without_labels: bool,
}

/// Applies the rules that are meant for an object. All of them look at the object as it came; their patches accumulate.
/// `None` where no rule is meant for it.
pub(super) fn modify(modifiers: &Modifiers, reference: &ObjectRef, object: &Object) -> Option<Modified> {
    let resource = reference.kind.resource();
    let key = &reference.key;
    let labels = &object.metadata().labels;
    let mut rules =
        modifiers.rules.iter().filter(|rule| rule.concerns(&resource, &key.namespace, &key.name, labels)).peekable();
    rules.peek()?;
    let original = to_json(object);
    let mut patched = original.clone();
    let mut errors = Vec::new();
    for rule in rules.filter(|rule| holds(rule, &original)) {
        let mut next = patched.clone();
        match apply(rule, reference.kind, &mut next) {
            Ok(()) => patched = next,
            Err(Failure::Test) => {}
            Err(Failure::Other(error)) => errors.push(error),
        }
    }
    let unseen = !is_complete(reference.kind) && differs_beyond_metadata(&original, &patched);
    let without_labels = without_bad_labels(&mut patched);
    let object = if patched == original { Ok(object.clone()) } else { read_back(object, &patched) };
    Some(Modified { object, errors, unseen, without_labels })
}

fn holds(rule: &ModifierRule, object: &Value) -> bool {
    rule.matches.iter().all(|wanted| object.pointer(&wanted.path).is_some_and(|found| *found == typed(&wanted.value)))
}

enum Failure {
    /// A `test` that fails skips its rule without a word.
    Test,
    Other(String),
}

fn apply(rule: &ModifierRule, kind: Kind, object: &mut Value) -> Result<(), Failure> {
    match &rule.patches {
        Patches::Json(patches) => {
            let operations = patches.iter().map(operation).collect::<Result<Vec<PatchOperation>, _>>()?;
            let tests = |index: usize| matches!(operations.get(index), Some(PatchOperation::Test(_)));
            json_patch::patch(object, &operations)
                .map_err(|error| if tests(error.operation) { Failure::Test } else { Failure::Other(error.to_string()) })
        }
        Patches::Merge(patches) => {
            patches.iter().for_each(|patch| json_patch::merge(object, &without_status(patch)));
            Ok(())
        }
        Patches::Strategic(_) if is_custom(kind) => {
            let row = kind.row();
            Err(Failure::Other(format!(
                "no kind {:?} is registered for version \"{}/v1\" in scheme",
                row.name, row.group
            )))
        }
        Patches::Strategic(patches) => {
            patches.iter().for_each(|patch| json_patch::merge(object, patch));
            Ok(())
        }
    }
}

/// Kinds whose Go type Velero does not know.
const fn is_custom(kind: Kind) -> bool {
    is_cert_manager(kind) || matches!(kind, Kind::Gateway | Kind::ListenerSet)
}

/// A status in a merge patch has no effect: it is reset before.
fn without_status(patch: &Value) -> Value {
    let mut patch = patch.clone();
    if let Some(fields) = patch.as_object_mut() {
        fields.remove("status");
    }
    patch
}

fn operation(patch: &JsonPatch) -> Result<PatchOperation, Failure> {
    let mut fields = json!({"op": patch.operation, "path": patch.path});
    if let Some(fields) = fields.as_object_mut() {
        match patch.operation.as_str() {
            "add" | "replace" | "test" => drop(fields.insert("value".to_owned(), typed(&patch.value))),
            "move" | "copy" => drop(fields.insert("from".to_owned(), patch.from.clone().into())),
            _ => {}
        }
    }
    serde_json::from_value(fields).map_err(|error| Failure::Other(error.to_string()))
}

fn differs_beyond_metadata(original: &Value, patched: &Value) -> bool {
    let rest = |value: &Value| {
        let mut fields = value.as_object().cloned().unwrap_or_default();
        fields.remove("metadata");
        fields
    };
    rest(original) != rest(patched)
}

/// What Velero makes of labels that hold something else than texts: it reads them as none, and then writes its own two in
/// their place (seen with Velero 1.18). Whether it does.
fn without_bad_labels(patched: &mut Value) -> bool {
    let labels = patched.pointer_mut("/metadata/labels").and_then(Value::as_object_mut);
    let bad = labels.filter(|labels| labels.values().any(|value| !value.is_string()));
    bad.map(Map::clear).is_some()
}

/// The object that the patched JSON is; refused as the API server refuses it (B1).
fn read_back(object: &Object, patched: &Value) -> Result<Object, Refused> {
    let values = patched.pointer("/metadata/annotations").and_then(Value::as_object);
    for bad in values.into_iter().flat_map(Map::values) {
        let found = match bad {
            Value::String(_) | Value::Null => continue,
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let message =
            format!("json: cannot unmarshal {found} into Go struct field ObjectMeta.annotations of type string");
        return Err(refused(400, message));
    }
    let kind = object.kind();
    if !is_complete(kind) {
        // Their contents are not in the JSON; what they are known by is.
        let metadata = patched.get("metadata").cloned().unwrap_or_default();
        let metadata = serde_json::from_value(metadata).map_err(|error| refused(400, error.to_string()))?;
        let mut kept = object.clone();
        *kept.metadata_mut() = metadata;
        return Ok(kept);
    }
    match decode(patched.to_string().as_bytes(), Some(kind), Texts::Forget) {
        Outcome::Read { object: read, .. } => Ok(with_status_of(object, read)),
        Outcome::Broken { error, .. } => Err(refused(400, error)),
        other => Err(refused(400, format!("{other:?}"))),
    }
}

/// The status is not in the JSON, and no patch sees it.
fn with_status_of(before: &Object, mut read: Object) -> Object {
    if let (Object::Certificate(before), Object::Certificate(read)) = (before, &mut read) {
        Arc::make_mut(read).status = before.status.clone();
    }
    read
}
