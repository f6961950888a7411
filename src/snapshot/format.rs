//! The lines of a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::coverage::{Coverage, Problem};
use crate::intern::exact;
use crate::object::decode::{Texts, typed};
use crate::object::{Kind, NamespacedName, Object, ObjectMeta, Secret};
use crate::pki::{CertificateMaterial, CertificateRecord, KeyMaterial, RequestMaterial, RequestRecord, Unrecorded};
use crate::source::VeleroBackup;
use crate::time::Time;

/// The first line: what is known about how completely the sources were read.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Header {
    /// Version of the format.
    pub(crate) reissue_audit_snapshot: u32,
    /// The release of this tool that wrote it.
    pub(crate) tool: String,
    /// The sources that were read.
    pub(crate) sources: Vec<Origin>,
    /// Their problems.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<Problem>,
    /// How completely they were read.
    pub(crate) coverage: Coverage,
    /// The Velero Backup that describes the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) velero_backup: Option<VeleroBackup>,
    /// The fixed time of the demo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) now: Option<Time>,
}

/// A source that a snapshot was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Origin {
    /// As the user named it.
    pub(crate) location: String,
    /// What it was.
    pub(crate) kind: String,
}

/// Every line but the first and the last: one object.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Line {
    /// Its kind.
    pub(crate) kind: Kind,
    /// The object, in the API's own shape but for Secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<Box<RawValue>>,
    /// What every Go makes of the signing request, of a CertificateRequest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<RequestRecord>,
    /// What is known of an object that could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) broken: Option<Broken>,
}

/// An object that exists and could not be read.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Broken {
    /// Its namespace and name.
    #[serde(flatten)]
    pub(crate) key: NamespacedName,
    /// What is wrong with it.
    pub(crate) error: String,
    /// Where it stood.
    pub(crate) location: String,
}

/// The last line.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct End {
    /// How many lines there are between the first and this one.
    pub(crate) end: usize,
}

/// A Secret: the names and lengths of its values, and what every Go makes of three of them.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SecretRecord {
    /// `metadata`
    pub(crate) metadata: ObjectMeta,
    /// `type`
    #[serde(rename = "type")]
    pub(crate) type_: Arc<str>,
    /// The length of each value.
    pub(crate) lengths: Option<BTreeMap<Arc<str>, usize>>,
    /// `tls.key`
    pub(crate) private_key: Option<KeyMaterial>,
    /// `tls.crt`
    pub(crate) certificate: Option<CertificateRecord>,
    /// `ca.crt`
    pub(crate) ca: Option<CertificateRecord>,
}

impl From<&Secret> for SecretRecord {
    fn from(secret: &Secret) -> Self {
        Self {
            metadata: secret.metadata.clone(),
            type_: Arc::clone(&secret.type_),
            lengths: secret.data.as_ref().map(|data| data.iter().cloned().collect()),
            private_key: secret.key.clone(),
            certificate: secret.certificate.as_ref().map(CertificateRecord::from),
            ca: secret.ca.as_deref().map(CertificateRecord::from),
        }
    }
}

impl SecretRecord {
    /// The Secret that was recorded.
    fn restore(self, keep: bool) -> Result<Secret, Unrecorded> {
        Ok(Secret {
            metadata: self.metadata,
            type_: self.type_,
            data: self.lengths.map(|lengths| exact(lengths.into_iter().collect())),
            key: self.private_key,
            certificate: self.certificate.map(|record| CertificateMaterial::of_record(record, keep)).transpose()?,
            ca: self.ca.map(|record| CertificateMaterial::shared_of_record(record, keep)).transpose()?,
        })
    }
}

/// The object of a line.
///
/// # Errors
/// Those of the JSON text.
pub(crate) fn object_of(
    kind: Kind,
    json: &RawValue,
    request: Option<RequestRecord>,
    texts: Texts,
) -> Result<Object, serde_json::Error> {
    use serde::de::Error as _;
    let keep = texts == Texts::Keep;
    if kind == Kind::Secret {
        let record: SecretRecord = serde_json::from_str(json.get())?;
        return record.restore(keep).map(|secret| Object::Secret(Arc::new(secret))).map_err(serde_json::Error::custom);
    }
    let mut object = typed(json.get().as_bytes(), kind, texts)?;
    if let (Object::CertificateRequest(object), Some(request)) = (&mut object, request) {
        let request = RequestMaterial::of_record(request, keep).map_err(serde_json::Error::custom)?;
        Arc::make_mut(object).spec.request = request;
    }
    Ok(object)
}
