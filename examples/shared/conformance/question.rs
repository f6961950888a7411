//! A case as it is asked: one line of JSON, from which both sides judge.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reissue_audit::time::Time;
use serde_json::{Map, Value, json};

pub(crate) const NAMESPACE: &str = "shop";
pub(crate) const NAME: &str = "web";
/// The CertificateRequest that is compared by itself.
pub(crate) const REQUEST: &str = "web-1";

/// The payloads that are decoded by themselves, whether an object holds them or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payloads {
    pub(crate) key: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) request: Vec<u8>,
}

/// One Certificate with all that belongs to it, and what is asked about it.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) id: String,
    /// The mutations that made it.
    pub(crate) kinds: Vec<String>,
    pub(crate) now: Time,
    pub(crate) flags: Value,
    pub(crate) objects: Vec<Value>,
    pub(crate) payloads: Payloads,
}

/// Lines for the oracle about each case.
pub(crate) const LINES: usize = 5;

impl Question {
    /// Reads a line.
    pub(crate) fn read(line: &Value) -> Result<Self> {
        let list = |field: &str| line[field].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let now = Time::parse(line["now"].as_str().context("no instant in \"now\"")?)?;
        let mut question = Self {
            id: text(&line["id"]).unwrap_or_default(),
            kinds: list("kinds").iter().filter_map(text).collect(),
            now,
            flags: line["flags"].clone(),
            objects: list("objects"),
            payloads: Payloads::default(),
        };
        let held = question.held();
        let payload = |name: &str, held: Vec<u8>| match line["payloads"][name].as_str() {
            Some(text) => Ok(STANDARD.decode(text)?),
            None => anyhow::Ok(held),
        };
        question.payloads = Payloads {
            key: payload("key", held.key)?,
            certificate: payload("certificate", held.certificate)?,
            request: payload("request", held.request)?,
        };
        Ok(question)
    }

    /// The line; payloads stand in it only if no object holds them.
    pub(crate) fn line(&self) -> Value {
        let mut line = json!({
            "id": self.id, "now": text(self.now.0), "certificate": format!("{NAMESPACE}/{NAME}"), "flags": self.flags,
            "objects": self.objects, "kinds": self.kinds,
        });
        let (held, asked) = (self.held(), &self.payloads);
        let parts = [
            ("key", &held.key, &asked.key),
            ("certificate", &held.certificate, &asked.certificate),
            ("request", &held.request, &asked.request),
        ];
        let other: Map<String, Value> = parts
            .into_iter()
            .filter(|(_, held, asked)| held != asked)
            .map(|(name, _, asked)| (name.to_owned(), STANDARD.encode(asked).into()))
            .collect();
        if !other.is_empty() {
            line["payloads"] = other.into();
        }
        line
    }

    /// The lines for the oracle: the case, the comparisons, and each decoder.
    pub(crate) fn lines(&self) -> [Value; LINES] {
        let decode = |kind: &str, pem: &[u8]| json!({"id": self.id, "mode": "decode", "kind": kind, "pem": STANDARD.encode(pem), "flags": self.flags});
        let spec = self.object("Certificate", NAME).map_or_else(|| json!({}), |object| object["spec"].clone());
        let data = json!({"tls.crt": STANDARD.encode(&self.payloads.certificate)});
        let mut comparison = json!({
            "id": self.id, "mode": "match", "spec": spec, "flags": self.flags,
            "key": STANDARD.encode(&self.payloads.key),
            "secret": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME, "namespace": NAMESPACE}, "data": data},
        });
        if let Some(request) = self.object("CertificateRequest", REQUEST) {
            comparison["request"] = request.clone();
        }
        let Payloads { key, certificate, request } = &self.payloads;
        [self.line(), comparison, decode("certificate", certificate), decode("request", request), decode("key", key)]
    }

    /// The objects as kubectl prints them.
    pub(crate) fn list(&self) -> Vec<u8> {
        json!({"apiVersion": "v1", "kind": "List", "items": self.objects}).to_string().into_bytes()
    }

    fn object(&self, kind: &str, name: &str) -> Option<&Value> {
        self.objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
    }

    /// The payloads that the objects hold.
    fn held(&self) -> Payloads {
        let bytes = |value: &Value| value.as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        let secret = self.objects.iter().find(|object| object["kind"] == "Secret");
        let data = |key: &str| secret.map(|secret| bytes(&secret["data"][key])).unwrap_or_default();
        let request = self.object("CertificateRequest", REQUEST);
        Payloads {
            key: data("tls.key"),
            certificate: data("tls.crt"),
            request: request.map(|request| bytes(&request["spec"]["request"])).unwrap_or_default(),
        }
    }
}

/// RFC 3339.
pub(crate) fn text(seconds: i64) -> String {
    Time(seconds).civil().map(|civil| civil.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}
