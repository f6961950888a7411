//! From the JSON text of one object to the object.
//!
//! The fast way is one pass of typed deserialisation over borrowed bytes. Whatever it refuses goes the slow way, through
//! [`Node`], which tells where the fault lies, lets the last of repeated keys win as Go does, and reads old API versions.

use std::sync::Arc;

use memchr::memmem;
use serde::de::{Deserialize, DeserializeSeed as _, Deserializer};
use serde_json::de::StrRead;

use super::json_scan::{Identity, api_version};
use super::kind::Kind;
use super::meta::NamespacedName;
use super::node::Node;
use super::old_versions::{is_old, modernise};
use super::secret_decode::Unread;
use super::{CertificateRequest, Object};

/// What the text of an object turned out to be.
#[derive(Debug)]
pub enum Outcome {
    /// An object that matters.
    Read {
        /// The object.
        object: Object,
        /// What is worth saying about it.
        notes: Vec<String>,
    },
    /// An object with a name that cannot be read.
    Broken {
        /// Its kind.
        kind: Kind,
        /// Its name.
        key: NamespacedName,
        /// What is wrong, with the place inside the object.
        error: String,
        /// What else is worth saying about it.
        notes: Vec<String>,
    },
    /// Something without a name, or of no known kind, that cannot be read.
    Nameless {
        /// The kind, as far as it is known.
        kind: Option<Kind>,
        /// What is wrong.
        error: String,
    },
    /// No Kubernetes object at all: it has neither `apiVersion` nor `kind`.
    Foreign,
    /// An object that decides nothing here.
    Irrelevant,
}

/// Whether the texts of certificates and signing requests, which are public, are kept beside what they mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Texts {
    /// They are forgotten.
    #[default]
    Forget,
    /// They are kept, for a snapshot.
    Keep,
}

/// Reads an object; `kind` is given where the place in an archive tells it.
#[must_use]
pub fn decode(json: &[u8], kind: Option<Kind>, texts: Texts) -> Outcome {
    match kind {
        Some(kind) => decode_as(json, kind, api_version(json).as_deref(), texts),
        None => {
            let identity = Identity::of(json);
            match (&identity.api_version, &identity.kind) {
                (Some(api_version), Some(name)) => match Kind::of(api_version, name) {
                    Some(kind) => decode_as(json, kind, Some(api_version), texts),
                    None => Outcome::Irrelevant,
                },
                (None, None) => Outcome::Foreign,
                (Some(_), None) => Outcome::Nameless { kind: None, error: "has no kind".to_owned() },
                (None, Some(_)) => Outcome::Nameless { kind: None, error: "has no apiVersion".to_owned() },
            }
        }
    }
}

/// [`decode`] for many objects: Secrets are read step by step, each step for all of them.
#[must_use]
pub fn decode_all<'t>(objects: impl Iterator<Item = (&'t [u8], Kind)>, texts: Texts) -> Vec<Outcome> {
    let mut begun: Vec<Begun> = objects.map(|(json, kind)| begin(json, kind, texts)).collect();
    for one in &mut begun {
        if let Begun::Secret(secret) = one {
            secret.read_certificates(texts);
        }
    }
    let finish = |one| match one {
        Begun::Done(outcome) => outcome,
        Begun::Secret(secret) => finish(Object::Secret(Arc::new(secret.finish(texts))), Vec::new()),
    };
    begun.into_iter().map(finish).collect()
}

/// An object that is read, or a Secret whose payloads are not.
enum Begun {
    Done(Outcome),
    Secret(Box<Unread>),
}

/// Reads an object, but for the payloads of a Secret that is as usual.
fn begin(json: &[u8], kind: Kind, texts: Texts) -> Begun {
    if kind == Kind::Secret
        && !api_version(json).as_deref().is_some_and(is_old)
        && let Ok(secret) = parse(json, |json| Unread::deserialize(json))
    {
        return Begun::Secret(Box::new(secret));
    }
    Begun::Done(decode(json, Some(kind), texts))
}

fn decode_as(json: &[u8], kind: Kind, api_version: Option<&str>, texts: Texts) -> Outcome {
    if !may_matter(kind, json) {
        return Outcome::Irrelevant;
    }
    let old = api_version.filter(|version| is_old(version));
    // Issuers keep their spec as a value, where the fast way would not see repeated keys.
    let fast = old.is_none() && !matches!(kind, Kind::Issuer | Kind::ClusterIssuer);
    if fast && let Ok(object) = typed(json, kind, texts) {
        return finish(object, Vec::new());
    }
    slow(json, kind, old, texts)
}

/// The fast way: an object of today's API versions, without a look at what it is worth.
///
/// # Errors
/// Those of the JSON text, and duplicate keys.
pub(crate) fn typed(json: &[u8], kind: Kind, texts: Texts) -> Result<Object, serde_json::Error> {
    parse(json, |json| build(kind, json, texts))
}

fn parse<'t, T>(
    json: &'t [u8],
    read: impl FnOnce(&mut serde_json::Deserializer<StrRead<'t>>) -> serde_json::Result<T>,
) -> serde_json::Result<T> {
    // Checked as a whole, the text need not be checked piece by piece. What is no UTF-8 goes the slow way.
    let text = simdutf8::basic::from_utf8(json).map_err(serde::de::Error::custom)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let object = read(&mut deserializer)?;
    deserializer.end()?;
    Ok(object)
}

fn slow(json: &[u8], kind: Kind, old: Option<&str>, texts: Texts) -> Outcome {
    let mut notes: Vec<String> = Vec::new();
    if let Some(version) = old {
        notes.push(format!(
            "old API version {version}: read as far as v1 has the same fields; no cert-manager since v1.7 knows it"
        ));
    }
    let mut node: Node = match serde_json::from_slice(json) {
        Ok(node) => node,
        Err(error) => return broken(json, kind, syntax(json, &error), notes),
    };
    notes.extend(node.take_duplicates().into_iter().map(|path| format!("duplicate key {path}: the last one wins")));
    if old.is_some() {
        modernise(kind, &mut node);
    }
    match build(kind, &node, texts) {
        Ok(object) => finish(object, notes),
        Err(fault) => broken(json, kind, fault.to_string(), notes),
    }
}

/// serde_json's message for a text that is no JSON. Its messages about syntax hold no values.
fn syntax(json: &[u8], error: &serde_json::Error) -> String {
    match std::str::from_utf8(json) {
        Err(utf8) => format!("not UTF-8, at byte {} of the object", utf8.valid_up_to()),
        Ok(_) => format!("not valid JSON: {error}"),
    }
}

fn broken(json: &[u8], kind: Kind, error: String, notes: Vec<String>) -> Outcome {
    let identity = Identity::of(json);
    match identity.name.filter(|name| !name.is_empty()) {
        Some(name) => {
            let namespace = identity.namespace.filter(|namespace| !namespace.is_empty());
            let namespace = match namespace {
                _ if !kind.is_namespaced() => "".into(),
                None => "default".into(),
                Some(namespace) => namespace,
            };
            Outcome::Broken { kind, key: NamespacedName::new(namespace, name), error, notes }
        }
        None => Outcome::Nameless { kind: Some(kind), error },
    }
}

fn finish(mut object: Object, mut notes: Vec<String>) -> Outcome {
    let kind = object.kind();
    if !matters(&object) {
        return Outcome::Irrelevant;
    }
    let metadata = object.metadata();
    if metadata.name.is_empty() {
        return Outcome::Nameless { kind: Some(kind), error: "has no metadata.name".to_owned() };
    }
    if kind.is_namespaced() && metadata.namespace.is_empty() {
        notes.push("has no metadata.namespace: read as in namespace default, as kubectl would put it there".to_owned());
        object.metadata_mut().namespace = "default".into();
    } else if !kind.is_namespaced() && !metadata.namespace.is_empty() {
        object.metadata_mut().namespace = "".into();
    }
    Outcome::Read { object, notes }
}

fn build<'de, D: Deserializer<'de>>(kind: Kind, deserializer: D, texts: Texts) -> Result<Object, D::Error> {
    fn arc<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
    Ok(match kind {
        Kind::Secret => Object::Secret(Arc::new(texts.deserialize(deserializer)?)),
        Kind::Certificate => Object::Certificate(arc(deserializer)?),
        Kind::CertificateRequest => {
            let mut object = CertificateRequest::deserialize(deserializer)?;
            if texts == Texts::Forget {
                object.spec.request.forget();
            }
            Object::CertificateRequest(Arc::new(object))
        }
        Kind::Issuer => Object::Issuer(arc(deserializer)?),
        Kind::ClusterIssuer => Object::ClusterIssuer(arc(deserializer)?),
        Kind::Order => Object::Order(arc(deserializer)?),
        Kind::Challenge => Object::Challenge(arc(deserializer)?),
        Kind::Ingress => Object::Ingress(arc(deserializer)?),
        Kind::Gateway => Object::Gateway(arc(deserializer)?),
        Kind::ListenerSet => Object::ListenerSet(arc(deserializer)?),
        Kind::Namespace => Object::Namespace(arc(deserializer)?),
        Kind::Event => Object::Event(arc(deserializer)?),
        Kind::SigningRequest => Object::SigningRequest(arc(deserializer)?),
        Kind::Crd => Object::Crd(arc(deserializer)?),
        Kind::Deployment => Object::Deployment(arc(deserializer)?),
        Kind::Pod => Object::Pod(arc(deserializer)?),
    })
}

/// A look at the raw text that spares the typed reading of the many Pods and Events of a cluster.
fn may_matter(kind: Kind, json: &[u8]) -> bool {
    let has = |needle: &str| memmem::find(json, needle.as_bytes()).is_some();
    match kind {
        Kind::Deployment | Kind::Pod => has("cert-manager"),
        Kind::SigningRequest => has("cert-manager.io"),
        // Kinds of external issuers end so, whatever their group.
        Kind::Crd => has("cert-manager") || has("certmanager.k8s.io") || has("gateway") || has("Issuer\""),
        _ => true,
    }
}

fn matters(object: &Object) -> bool {
    match object {
        Object::Deployment(o) | Object::Pod(o) => o.containers().iter().any(|c| c.image.contains("cert-manager")),
        Object::Event(o) => matches!(
            &*o.involved_object.kind,
            "Certificate" | "CertificateRequest" | "Issuer" | "ClusterIssuer" | "Order" | "Challenge"
        ),
        Object::SigningRequest(o) => {
            o.spec.signer_name.split_once('/').is_some_and(|(signer, _)| signer.ends_with(".cert-manager.io"))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    /// Texts of Secrets, as archives hold them, whose `CERT` and `KEY` are payloads that belong together.
    const SECRETS: [&str; 9] = [
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"n"},"data":{"tls.crt":"CERT","tls.key":"KEY","ca.crt":"CERT"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"n"},"data":{"tls.key":"KEY","tls.key":"KEY"}}"#,
        r#"{"apiVersion":"cert-manager.io/v1alpha2","kind":"Secret","metadata":{"name":"a","namespace":"n"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"n"},"data":null}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"tls.key":null,"tls.crt":"CERT"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"n"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"n"},"data":{"tls.key":"KEY","x":"QQ=="},"stringData":{"tls.key":"no key"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"n"},"data":{"tls.key":"?"}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"n""#,
    ];

    /// Step by step for all of them, or one after the other: the outcomes are the same, whatever is to be kept.
    #[test]
    fn many_are_read_as_each_is_alone() {
        let issued = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let (certificate, key) =
            (STANDARD.encode(issued.cert.pem()), STANDARD.encode(issued.signing_key.serialize_pem()));
        let texts = SECRETS.map(|text| text.replace("CERT", &certificate).replace("KEY", &key).into_bytes());
        let mut all: Vec<(&[u8], Kind)> = texts.iter().map(|text| (text.as_slice(), Kind::Secret)).collect();
        all.push((b"{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}}", Kind::Namespace));
        all.push((b"\xff", Kind::Secret));
        for keep in [Texts::Forget, Texts::Keep] {
            let together = decode_all(all.iter().copied(), keep);
            assert_eq!(together.len(), all.len());
            for (outcome, (text, kind)) in together.iter().zip(&all) {
                let alone = decode(text, Some(*kind), keep);
                assert_eq!(format!("{outcome:?}"), format!("{alone:?}"), "{}", String::from_utf8_lossy(text));
            }
            let kept = format!("{:?}", together[0]).contains("BEGIN CERTIFICATE");
            assert_eq!(kept, keep == Texts::Keep);
        }
    }
}
