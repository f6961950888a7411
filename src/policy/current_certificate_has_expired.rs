//! # CurrentCertificateHasExpired
//!
//! ## What
//! The certificate in the Secret is past its end. Reason `Expired`. It only makes the condition `Ready` false; renewal is
//! CurrentCertificateNearingExpiry's business, and comes earlier.
//!
//! ## Why
//! An expired certificate with renewal disabled, or one whose issuance is blocked, shows this.
//!
//! ## Since
//! All releases from 1.8 on, under this name, last in the readiness chain.
//!
//! ## Example
//! `spec.renewal.policy: Disabled` on a certificate whose `notAfter` is last month.
//!
//! ## Fix
//! Find out why it was not renewed in time.
//!
//! ## Source
//! `CurrentCertificateHasExpired`, `internal/controller/certificates/policies/checks.go`.
//!
//! ## FAQ
//! Sixth bullet speaks of expired certificates; what re-issues them is the renewal time.

use super::{Input, Outcome, faq};
use crate::pki::X509Certificate;
use crate::release::ChainEra;

const NAME: &str = "CurrentCertificateHasExpired";

/// Rules 1.4.
pub(super) fn check(input: &Input) -> Outcome {
    let Some(secret) = input.secret else {
        return Outcome::Pass;
    };
    let old = input.release.chain == ChainEra::A;
    if old && secret.value_len("tls.crt").is_none() {
        return Outcome::violated(NAME, "MissingData", "Missing Certificate data").with_faq(faq::SECRET);
    }
    match input.x509(secret, |certificate| judge(input, certificate)) {
        Ok(outcome) => outcome,
        Err(error) => {
            let message = if old {
                format!("Failed to decode stored certificate: {error}")
            } else {
                format!("Issuing certificate as Secret contains an invalid certificate: {error}")
            };
            Outcome::violated(NAME, "InvalidCertificate", message).with_faq(faq::SECRET)
        }
    }
}

fn judge(input: &Input, certificate: &X509Certificate) -> Outcome {
    if input.now <= certificate.not_after {
        return Outcome::Pass;
    }
    Outcome::violated(NAME, "Expired", format!("Certificate expired on {}", certificate.not_after.rfc1123()))
        .with_field("notAfter", certificate.not_after.to_string(), format!("now {}", input.now))
        .with_faq(faq::RENEWAL)
}
