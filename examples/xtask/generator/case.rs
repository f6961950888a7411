//! A case on its way from facts over DER and PEM to Kubernetes objects.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reissue_audit::time::Time;
use serde_json::{Map, Value, json};

use super::keys::Key;
use super::pem::pem;
use super::pki::{Csr, X509};
pub(crate) use crate::conformance::question::{NAME, NAMESPACE, text};
use crate::conformance::question::{Payloads, Question, REQUEST};

pub(crate) const UID: &str = "0b7d4f6e-6a5e-4d8c-9f4e-1b2c3d4e5f60";
pub(crate) const SECRET: &str = "web-tls";

/// A Secret in the making.
#[derive(Clone, Default)]
pub(crate) struct Secret {
    pub(crate) annotations: Map<String, Value>,
    pub(crate) labels: Map<String, Value>,
    /// Extra keys; `tls.key` and `tls.crt` are added at the end unless they are in `without`.
    pub(crate) data: BTreeMap<String, Vec<u8>>,
    pub(crate) without: Vec<&'static str>,
    pub(crate) no_data: bool,
}

/// A CertificateRequest in the making.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) metadata: Value,
    pub(crate) spec: Value,
}

/// One Certificate with all that belongs to it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) now: i64,
    pub(crate) key: Key,
    pub(crate) x509: X509,
    pub(crate) csr: Csr,
    /// How `tls.key` is wrapped: its label and DER.
    pub(crate) key_der: (String, Vec<u8>),
    pub(crate) crt_der: Vec<u8>,
    pub(crate) csr_der: Vec<u8>,
    pub(crate) key_pem: Vec<u8>,
    pub(crate) crt_pem: Vec<u8>,
    pub(crate) csr_pem: Vec<u8>,
    pub(crate) certificate: Value,
    pub(crate) secret: Option<Secret>,
    pub(crate) request: Option<Request>,
    pub(crate) extra: Vec<Value>,
    pub(crate) flags: Value,
}

impl Case {
    pub(crate) fn spec(&mut self) -> &mut Value {
        &mut self.certificate["spec"]
    }

    pub(crate) fn status(&mut self) -> &mut Value {
        &mut self.certificate["status"]
    }

    /// Certificate and request as DER, after their fields are final.
    pub(crate) fn encode_der(&mut self) {
        self.crt_der = self.x509.der();
        self.csr_der = self.csr.der();
    }

    pub(crate) fn encode_pem(&mut self) {
        self.key_pem = pem(&self.key_der.0, &self.key_der.1);
        self.crt_pem = pem("CERTIFICATE", &self.crt_der);
        self.csr_pem = pem("CERTIFICATE REQUEST", &self.csr_der);
    }

    fn secret_object(&self) -> Option<Value> {
        let secret = self.secret.as_ref()?;
        let mut data: Map<String, Value> =
            secret.data.iter().map(|(key, bytes)| (key.clone(), STANDARD.encode(bytes).into())).collect();
        for (key, bytes) in [("tls.key", &self.key_pem), ("tls.crt", &self.crt_pem)] {
            if !secret.without.contains(&key) && !data.contains_key(key) {
                data.insert(key.to_owned(), STANDARD.encode(bytes).into());
            }
        }
        let mut object = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "data": data,
            "metadata": {"name": SECRET, "namespace": NAMESPACE, "annotations": secret.annotations, "labels": secret.labels},
        });
        if secret.no_data {
            object.as_object_mut()?.remove("data");
        }
        Some(object)
    }

    /// A request object for a revision.
    pub(crate) fn request_object(&self, name: &str) -> Option<Value> {
        let request = self.request.as_ref()?;
        let mut metadata = request.metadata.clone();
        metadata["name"] = name.into();
        let mut spec = request.spec.clone();
        spec["request"] = STANDARD.encode(&self.csr_pem).into();
        Some(
            json!({"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest", "metadata": metadata, "spec": spec}),
        )
    }

    /// All objects.
    fn objects(&self) -> Vec<Value> {
        let mut all = vec![self.certificate.clone()];
        all.extend(self.secret_object());
        all.extend(self.request_object(REQUEST));
        all.extend(self.extra.iter().cloned());
        all
    }

    /// What is asked about it.
    pub(crate) fn question(&self) -> Question {
        Question {
            id: self.id.clone(),
            kinds: self.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            now: Time(self.now),
            flags: self.flags.clone(),
            objects: self.objects(),
            payloads: Payloads {
                key: self.key_pem.clone(),
                certificate: self.crt_pem.clone(),
                request: self.csr_pem.clone(),
            },
        }
    }
}
