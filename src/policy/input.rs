//! The payloads of an input, decoded as its release decodes them.
//!
//! An absent value is an empty one, as a lookup in a Go map gives it.

use super::Input;
use crate::object::Secret;
use crate::pki::x509_key_pair;
use crate::pki::{CertificateMaterial, DecodeError, KeyMaterial, PrivateKey, X509Certificate, X509Request};

impl Input<'_> {
    /// cert-manager's `DecodePrivateKeyBytes` of `tls.key`.
    pub(super) fn private_key<T>(
        &self,
        secret: &Secret,
        with: impl FnOnce(&PrivateKey) -> T,
    ) -> Result<T, DecodeError> {
        match &secret.key {
            Some(key) => key.decode(&self.release.decoder).map(with),
            None => KeyMaterial::read(b"", &CertificateMaterial::default()).decode(&self.release.decoder).map(with),
        }
    }

    /// cert-manager's `DecodeX509CertificateBytes` of `tls.crt`.
    pub(super) fn x509<T>(&self, secret: &Secret, with: impl FnOnce(&X509Certificate) -> T) -> Result<T, DecodeError> {
        match &secret.certificate {
            Some(certificate) => certificate.decode(&self.release.decoder).map(with),
            None => CertificateMaterial::read(b"").decode(&self.release.decoder).map(with),
        }
    }

    /// Go's `tls.X509KeyPair` of both.
    pub(super) fn key_pair(&self, secret: &Secret) -> Result<(), DecodeError> {
        let (no_certificate, no_key);
        let certificate = match &secret.certificate {
            Some(certificate) => certificate,
            None => {
                no_certificate = CertificateMaterial::read(b"");
                &no_certificate
            }
        };
        let key = match &secret.key {
            Some(key) => key,
            None => {
                no_key = KeyMaterial::read(b"", certificate);
                &no_key
            }
        };
        x509_key_pair(certificate, key, &self.release.decoder)
    }

    /// The signing request of the current CertificateRequest; `None` when there is none.
    pub(super) fn signing_request(&self) -> Option<Result<&X509Request, DecodeError>> {
        self.current_request.map(|request| request.spec.request.decode(&self.release.decoder))
    }
}
