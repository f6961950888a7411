//! # SecretIsMissingData
//!
//! ## What
//! The Secret has no data at all, or no `tls.key`, or no `tls.crt`; an empty value counts as none. Reason `MissingData`.
//!
//! ## Why
//! Redacted backups, placeholders made for a workload, and Secrets of another purpose under the same name end here. The type
//! of the Secret and `ca.crt` are never looked at.
//!
//! ## Since
//! All releases from 1.8 on, under this name.
//!
//! ## Example
//! A dump whose Secrets were emptied before it was stored, applied as it is.
//!
//! ## Fix
//! Restore the Secret with its data, or let cert-manager issue.
//!
//! ## Source
//! `SecretIsMissingData`, `internal/controller/certificates/policies/checks.go`.
//!
//! ## FAQ
//! First bullet: the Secret lacks the private key or the certificate.

use super::go_text::shown;
use super::{Input, Outcome, faq};

/// Rules 1.4, corrections 1.
pub(super) fn check(input: &Input) -> Outcome {
    let Some(secret) = input.secret else {
        return Outcome::Pass;
    };
    let message = match &secret.data {
        None => "Issuing certificate as Secret does not contain any data",
        Some(_) if !secret.has("tls.key") => "Issuing certificate as Secret does not contain a private key",
        Some(_) if !secret.has("tls.crt") => "Issuing certificate as Secret does not contain a certificate",
        Some(_) => return Outcome::Pass,
    };
    let keys = secret.data.iter().flatten().map(|(key, length)| format!("{key} ({length} bytes)"));
    let keys: Vec<String> = keys.collect();
    Outcome::violated("SecretIsMissingData", "MissingData", message)
        .with_field("data", "tls.key, tls.crt", shown(keys.iter().map(String::as_str)))
        .with_faq(faq::SECRET)
}
