//! `CertificateRequest` of `cert-manager.io` (cert-manager `pkg/apis/certmanager/v1/types_certificaterequest.go`).

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use thin_vec::ThinVec;

use super::certificate::ObjectReference;
use super::meta::{Condition, ObjectMeta, has_condition};
use super::serde_help::{list, nullable, presence, with_text};
use crate::go_base64;
use crate::intern::{interned, interned_list};
use crate::pki::RequestMaterial;
use crate::time::{GoDuration, Time};

/// Annotation that numbers the requests of a Certificate.
pub const REVISION_ANNOTATION: &str = "cert-manager.io/certificate-revision";

/// A CertificateRequest: what was last asked of the issuer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CertificateRequest {
    /// The `apiVersion` it was read as.
    #[serde(deserialize_with = "interned")]
    pub api_version: Arc<str>,
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: CertificateRequestSpec,
    /// `status`.
    #[serde(deserialize_with = "nullable")]
    pub status: CertificateRequestStatus,
}

impl CertificateRequest {
    /// The text of the revision annotation, if there is one.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        self.metadata.annotations.get(REVISION_ANNOTATION)
    }

    /// Whether the request carries a condition of this type with status `True`.
    #[must_use]
    pub fn is(&self, condition: &str) -> bool {
        has_condition(&self.status.conditions, condition, "True")
    }
}

/// `spec` of a CertificateRequest.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CertificateRequestSpec {
    /// Copied from the Certificate at the time of the request.
    pub duration: Option<GoDuration>,
    /// Copied from the Certificate at the time of the request.
    #[serde(deserialize_with = "nullable")]
    pub issuer_ref: ObjectReference,
    /// The PEM-encoded certificate signing request, decoded once.
    #[serde(deserialize_with = "request_material", skip_serializing)]
    pub request: RequestMaterial,
    /// Copied from the Certificate at the time of the request.
    #[serde(rename = "isCA", deserialize_with = "nullable")]
    pub is_ca: bool,
    /// Copied from the Certificate at the time of the request.
    #[serde(deserialize_with = "interned_list")]
    pub usages: Arc<[Arc<str>]>,
}

fn request_material<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RequestMaterial, D::Error> {
    // Whoever does not want the text forgets it at once.
    let read = |text: &str| go_base64::decode(text).map(|bytes| RequestMaterial::read_and_keep(&bytes));
    with_text(deserializer, read)?.map_err(serde::de::Error::custom)
}

/// `status` of a CertificateRequest. The signed certificate is kept only as a yes or no.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CertificateRequestStatus {
    /// `Ready`, `Approved`, `Denied`, `InvalidRequest`.
    #[serde(deserialize_with = "list")]
    pub conditions: ThinVec<Condition>,
    /// Whether `status.certificate` is set.
    #[serde(rename = "certificate", with = "presence")]
    pub has_certificate: bool,
    /// When the request failed for good.
    pub failure_time: Option<Time>,
}
