//! # SecretPublicKeysDiffer
//!
//! ## What
//! The private key in `tls.key` and the certificate in `tls.crt` must decode and belong together. Reason `InvalidKeyPair`, or
//! from 1.13 on `InvalidCertificate` when it is the certificate that does not decode.
//!
//! ## Why
//! Truncated or mixed-up Secrets end here, and after an upgrade also Secrets that were fine before: what decodes depends on
//! the Go release that cert-manager was built with. Up to 1.12, Go's `tls.X509KeyPair` decides, which skips PEM blocks that
//! are not certificates; from 1.13 on, every block in `tls.crt` must be a certificate.
//!
//! ## Since
//! All releases from 1.8 on, under this name; own decoders since 1.13.0, size limits in some patch releases from 1.12.14 on.
//!
//! ## Example
//! `tls.crt` of one Secret and `tls.key` of another, put together by hand.
//!
//! ## Fix
//! Put the key and the certificate that belong together back, without any other PEM blocks, or let cert-manager issue.
//!
//! ## Source
//! `SecretPublicKeysDiffer`, `internal/controller/certificates/policies/checks.go`; `pkg/util/pki/parse.go`.
//!
//! ## FAQ
//! First bullet: the Secret holds corrupt data. Third bullet: the certificate's public key does not match the private key.

use super::{Input, Outcome, faq};
use crate::object::Secret;
use crate::pki::{PublicKey, public_keys_equal};
use crate::release::ChainEra;

const NAME: &str = "SecretPublicKeysDiffer";

/// Rules 1.4, 2.5, 2.6.
pub(super) fn check(input: &Input) -> Outcome {
    match input.secret {
        None => Outcome::Pass,
        Some(secret) if input.release.chain == ChainEra::A => key_pair(input, secret),
        Some(secret) => own_decoders(input, secret),
    }
}

fn key_pair(input: &Input, secret: &Secret) -> Outcome {
    match input.key_pair(secret) {
        Ok(()) => Outcome::Pass,
        Err(error) => {
            let message = format!("Issuing certificate as Secret contains an invalid key-pair: {error}");
            Outcome::violated(NAME, "InvalidKeyPair", message).with_faq(faq::KEY_PAIR)
        }
    }
}

fn own_decoders(input: &Input, secret: &Secret) -> Outcome {
    let key = match input.private_key(secret, |key| key.public.clone()) {
        Ok(key) => key,
        Err(error) => {
            let message = format!("Issuing certificate as Secret contains invalid private key data: {error}");
            return Outcome::violated(NAME, "InvalidKeyPair", message).with_faq(faq::SECRET);
        }
    };
    match input.x509(secret, |certificate| compare(&certificate.public_key, &key)) {
        Ok(outcome) => outcome,
        Err(error) => {
            let message = format!("Issuing certificate as Secret contains an invalid certificate: {error}");
            Outcome::violated(NAME, "InvalidCertificate", message).with_faq(faq::SECRET)
        }
    }
}

fn compare(certificate: &PublicKey, key: &PublicKey) -> Outcome {
    let message = match public_keys_equal(certificate, key) {
        Ok(true) => return Outcome::Pass,
        Ok(false) => {
            "Issuing certificate as Secret contains a private key that does not match the certificate".to_owned()
        }
        Err(error) => format!("Secret contains an invalid key-pair: {error}"),
    };
    Outcome::violated(NAME, "InvalidKeyPair", message).with_faq(faq::KEY_PAIR)
}
