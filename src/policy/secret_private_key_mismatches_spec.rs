//! # SecretPrivateKeyMismatchesSpec
//!
//! ## What
//! Algorithm and size of the private key in the Secret must be those of `spec.privateKey`; without a wish, RSA 2048 or ECDSA
//! P-256. Reason `SecretMismatch`.
//!
//! ## Why
//! Changing `spec.privateKey` ends here, and so does a hand-made Secret with an RSA key of 4096 bits under a Certificate that
//! names no size. Encoding and rotation policy are not compared. With rotation policy `Never` the key manager then refuses to
//! go on: the issuance hangs. From 1.16 on an unknown algorithm makes the controller panic; the webhook keeps such values out.
//!
//! ## Since
//! Up to 1.12 as `SecretPrivateKeyMatchesSpec`, fourth in the chain; from 1.13.0 on under this name, behind the issuer check.
//!
//! ## Example
//! `spec.privateKey.algorithm: ECDSA` is added to a Certificate whose Secret holds an RSA key.
//!
//! ## Fix
//! Write the algorithm and size of the existing key into `spec.privateKey`, or let cert-manager issue with rotation policy
//! `Always`.
//!
//! ## Source
//! `SecretPrivateKeyMatchesSpec`, `SecretPrivateKeyMismatchesSpec`, `internal/controller/certificates/policies/checks.go`.
//!
//! ## FAQ
//! Second bullet: the private key does not match the private key spec.

use super::go_text::list;
use super::private_key_matches_spec::private_key_matches_spec;
use super::{Input, Outcome, faq};
use crate::go_quote::quote;
use crate::pki::PublicKey;
use crate::release::ChainEra;

/// Rules 1.4, 2.4, corrections 11.
pub(super) fn check(input: &Input) -> Outcome {
    let Some(secret) = input.secret else {
        return Outcome::Pass;
    };
    let old = input.release.chain == ChainEra::A;
    if old && !secret.has("tls.key") {
        return violated(
            input,
            "SecretMismatch",
            "Existing issued Secret does not contain private key data".to_owned(),
        );
    }
    match input.private_key(secret, |key| compare(input, &key.public)) {
        Ok(outcome) => outcome,
        Err(error) if old => {
            let message = format!("Existing issued Secret contains invalid private key data: {error}");
            violated(input, "SecretMismatch", message)
        }
        Err(error) => {
            let message = format!("Issuing certificate as Secret contains invalid private key data: {error}");
            violated(input, "InvalidKeyPair", message)
        }
    }
}

fn compare(input: &Input, key: &PublicKey) -> Outcome {
    match private_key_matches_spec(key, &input.certificate.spec, input.release) {
        Ok(fields) if fields.is_empty() => Outcome::Pass,
        Ok(fields) => {
            let labels = list(fields.iter().map(|field| &*field.path));
            let message = format!("Existing private key is not up to date for spec: {labels}");
            violated(input, "SecretMismatch", message).with_fields(fields)
        }
        Err(unknown) => {
            let text = format!("unrecognised key algorithm type {}", quote(&unknown.algorithm));
            if input.release.unknown_algorithm_panics {
                return Outcome::Panics(format!("[PROGRAMMING ERROR] {text}"));
            }
            violated(input, "SecretMismatch", format!("Failed to check private key is up to date: {text}"))
        }
    }
}

fn violated(input: &Input, reason: &'static str, message: String) -> Outcome {
    let name = match input.release.chain {
        ChainEra::A => "SecretPrivateKeyMatchesSpec",
        ChainEra::B | ChainEra::C => "SecretPrivateKeyMismatchesSpec",
    };
    Outcome::violated(name, reason, message).with_faq(faq::KEY_SPEC)
}
