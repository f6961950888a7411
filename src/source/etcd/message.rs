//! The messages of Kubernetes' own kinds, as far as this tool reads them: the field numbers of `generated.proto` in
//! `k8s.io/api` and `k8s.io/apimachinery`, which never change, with the names that the API gives them in JSON.

use crate::object::Kind;

/// How a field of protobuf becomes JSON.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// A text; an empty one is left out, as `omitempty` does.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Truth,
    /// `metav1.Time`: an empty message is the zero time, which JSON writes as `null`.
    Time,
    /// A message.
    Message(&'static [Row]),
    /// Texts.
    Texts,
    /// Messages.
    Messages(&'static [Row]),
    /// A map of text to text.
    TextMap,
    /// A map of text to bytes, which JSON writes in base64.
    BytesMap,
}

/// One field.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Its number in protobuf.
    pub(super) number: u32,
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) shape: Shape,
}

const fn row(number: u32, name: &'static str, shape: Shape) -> Row {
    Row { number, name, shape }
}

const OWNER_REFERENCE: &[Row] = &[
    row(5, "apiVersion", Shape::Text),
    row(7, "blockOwnerDeletion", Shape::Truth),
    row(6, "controller", Shape::Truth),
    row(1, "kind", Shape::Text),
    row(3, "name", Shape::Text),
    row(4, "uid", Shape::Text),
];

const OBJECT_META: &[Row] = &[
    row(12, "annotations", Shape::TextMap),
    row(8, "creationTimestamp", Shape::Time),
    row(9, "deletionTimestamp", Shape::Time),
    row(14, "finalizers", Shape::Texts),
    row(7, "generation", Shape::Number),
    row(11, "labels", Shape::TextMap),
    row(1, "name", Shape::Text),
    row(3, "namespace", Shape::Text),
    row(13, "ownerReferences", Shape::Messages(OWNER_REFERENCE)),
    row(5, "uid", Shape::Text),
];

const METADATA: Row = row(1, "metadata", Shape::Message(OBJECT_META));

const SECRET: &[Row] = &[
    METADATA,
    row(2, "data", Shape::BytesMap),
    row(3, "type", Shape::Text),
    // Never stored, as the server moves it into `data`.
    row(4, "stringData", Shape::TextMap),
];

const NAMESPACE: &[Row] = &[METADATA];

const INGRESS_TLS: &[Row] = &[row(1, "hosts", Shape::Texts), row(2, "secretName", Shape::Text)];
const INGRESS: &[Row] = &[METADATA, row(2, "spec", Shape::Message(&[row(2, "tls", Shape::Messages(INGRESS_TLS))]))];

const CONTAINER: &[Row] = &[row(4, "args", Shape::Texts), row(2, "image", Shape::Text), row(1, "name", Shape::Text)];
const POD_SPEC: &[Row] = &[row(2, "containers", Shape::Messages(CONTAINER))];
const POD: &[Row] = &[METADATA, row(2, "spec", Shape::Message(POD_SPEC))];
const POD_TEMPLATE: &[Row] = &[row(2, "spec", Shape::Message(POD_SPEC))];
const DEPLOYMENT_SPEC: &[Row] = &[row(1, "replicas", Shape::Number), row(3, "template", Shape::Message(POD_TEMPLATE))];
const DEPLOYMENT: &[Row] = &[METADATA, row(2, "spec", Shape::Message(DEPLOYMENT_SPEC))];

const OBJECT_REFERENCE: &[Row] =
    &[row(1, "kind", Shape::Text), row(3, "name", Shape::Text), row(2, "namespace", Shape::Text)];
const EVENT: &[Row] = &[
    METADATA,
    row(2, "involvedObject", Shape::Message(OBJECT_REFERENCE)),
    row(7, "lastTimestamp", Shape::Time),
    row(4, "message", Shape::Text),
    row(3, "reason", Shape::Text),
    row(9, "type", Shape::Text),
];
const NEW_EVENT: &[Row] = &[
    METADATA,
    row(10, "note", Shape::Text),
    row(7, "reason", Shape::Text),
    row(8, "regarding", Shape::Message(OBJECT_REFERENCE)),
    row(11, "type", Shape::Text),
];

const SIGNING_REQUEST: &[Row] = &[METADATA, row(2, "spec", Shape::Message(&[row(7, "signerName", Shape::Text)]))];

/// The message of a kind under an `apiVersion`; `None` for custom resources, which are never stored as protobuf.
pub(super) fn message(kind: Kind, api_version: &str) -> Option<&'static [Row]> {
    Some(match kind {
        Kind::Secret => SECRET,
        Kind::Namespace => NAMESPACE,
        Kind::Ingress => INGRESS,
        Kind::Deployment => DEPLOYMENT,
        Kind::Pod => POD,
        Kind::Event if api_version.starts_with("events.k8s.io/") => NEW_EVENT,
        Kind::Event => EVENT,
        Kind::SigningRequest => SIGNING_REQUEST,
        _ => return None,
    })
}
