//! `Secret`: what cert-manager looks at, with the payloads decoded once and the bytes dropped.

use std::sync::Arc;

use thin_vec::ThinVec;

use crate::object::meta::ObjectMeta;
use crate::pki::{CertificateMaterial, KeyMaterial};

/// Annotations that cert-manager writes to a certificate's Secret (`pkg/apis/certmanager/v1/types.go`).
pub mod annotation {
    /// Name of the issuer that signed.
    pub const ISSUER_NAME: &str = "cert-manager.io/issuer-name";
    /// Kind of the issuer that signed.
    pub const ISSUER_KIND: &str = "cert-manager.io/issuer-kind";
    /// Group of the issuer that signed.
    pub const ISSUER_GROUP: &str = "cert-manager.io/issuer-group";
    /// Name of the Certificate it was issued for.
    pub const CERTIFICATE_NAME: &str = "cert-manager.io/certificate-name";
}

/// Label by which cert-manager's filtered cache tells its Secrets (rules 3.3).
pub const FAO_LABEL: &str = "controller.cert-manager.io/fao";

/// A Secret without its secrets: which keys it has, how long they are, and what their contents mean.
#[derive(Clone, Debug, Default)]
pub struct Secret {
    /// `metadata`.
    pub metadata: ObjectMeta,
    /// `type`, which cert-manager never looks at.
    pub type_: Arc<str>,
    /// The keys of `data` with the length of their decoded values, sorted by key; `None` when the Secret has no data
    /// at all. An empty map counts as none, as the API server cannot tell them apart (corrections 1).
    pub data: Option<ThinVec<(Arc<str>, usize)>>,
    /// The contents of `tls.key`, if that key exists.
    pub key: Option<KeyMaterial>,
    /// The contents of `tls.crt`, if that key exists.
    pub certificate: Option<CertificateMaterial>,
    /// The contents of `ca.crt`, if that key exists.
    pub ca: Option<Arc<CertificateMaterial>>,
}

impl Secret {
    /// Length of the value under a key; `None` when the key is absent.
    #[must_use]
    pub fn value_len(&self, key: &str) -> Option<usize> {
        let data = self.data.as_deref()?;
        data.binary_search_by(|(k, _)| (**k).cmp(key)).ok().map(|at| data[at].1)
    }

    /// Whether a key exists and is not empty.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.value_len(key).is_some_and(|len| len > 0)
    }
}
