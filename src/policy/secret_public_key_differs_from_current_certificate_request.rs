//! # SecretPublicKeyDiffersFromCurrentCertificateRequest
//!
//! ## What
//! If there is a current CertificateRequest, its signing request must decode and hold the public key of the private key in
//! the Secret. Reason `SecretMismatch`, or `InvalidCertificateRequest` when it does not decode.
//!
//! ## Why
//! An older Secret, from before the last change of key, restored beside newer requests and status ends here. Where the key is
//! never rotated it does not. Some patch releases refuse signing requests of more than 6500 bytes, about 150 names, and so
//! issue such a Certificate for ever: 1.15.4 – 1.15.5, 1.16.2 – 1.16.5, 1.17 and 1.18.0 – 1.18.2.
//!
//! ## Since
//! 1.13.0.
//!
//! ## Example
//! The Secret comes from the backup of last month, requests and status are those of today, and the key has been rotated
//! since.
//!
//! ## Fix
//! Restore the Secret that belongs to the request, or delete the request: then the certificate itself is compared loosely.
//!
//! ## Source
//! `SecretPublicKeyDiffersFromCurrentCertificateRequest`, `internal/controller/certificates/policies/checks.go`.
//!
//! ## FAQ
//! Not listed.

use super::{Input, Outcome, faq};
use crate::object::Secret;
use crate::pki::{DecodeError, PublicKey, X509Request, public_keys_equal};

/// Rules 1.4.
pub(super) fn check(input: &Input) -> Outcome {
    match (input.secret, input.signing_request()) {
        (Some(secret), Some(request)) => compare(input, secret, request),
        _ => Outcome::Pass,
    }
}

fn compare(input: &Input, secret: &Secret, request: Result<&X509Request, DecodeError>) -> Outcome {
    let key = match input.private_key(secret, |key| key.public.clone()) {
        Ok(key) => key,
        Err(error) => {
            let message = format!("Issuing certificate as Secret contains invalid private key data: {error}");
            return violated("InvalidKeyPair", message);
        }
    };
    let request: &PublicKey = match request {
        Ok(request) => &request.public_key,
        Err(error) => {
            return violated(
                "InvalidCertificateRequest",
                format!("Failed to decode current CertificateRequest: {error}"),
            );
        }
    };
    match public_keys_equal(request, &key) {
        Ok(true) => Outcome::Pass,
        Ok(false) => {
            let message = "Secret contains a private key that does not match the current CertificateRequest";
            violated("SecretMismatch", message.to_owned())
        }
        Err(error) => {
            violated("InvalidCertificateRequest", format!("CertificateRequest's public key is invalid: {error}"))
        }
    }
}

fn violated(reason: &'static str, message: String) -> Outcome {
    Outcome::violated("SecretPublicKeyDiffersFromCurrentCertificateRequest", reason, message)
        .with_faq(faq::KEY_OF_REQUEST)
}
