//! # CurrentCertificateNearingExpiry
//!
//! ## What
//! The renewal time of the certificate in the Secret has come. It is computed from that certificate, `spec.renewBefore`,
//! `spec.renewBeforePercentage` and, from 1.21 on, `spec.renewal` and ACME renewal information. Reason `Renewing`.
//!
//! ## Why
//! The ordinary renewal, and the end of every old backup. The message prints `status.renewalTime`, which decides nothing and
//! is `<nil>` after most restores. The arithmetic differs: the percentage is inverted in 1.16.0 – 1.16.2 and overflows for
//! long lifetimes up to 1.20. In 1.21.0 the policy `Disabled` makes the controller panic, and up to now an empty policy, a bad
//! zone or a bad cron text do.
//!
//! ## Since
//! All releases from 1.8 on, under this name; percentages since 1.16.0, windows and policies since 1.21.0.
//!
//! ## Example
//! A certificate of 90 days in a backup that is 61 days old: two thirds of its life are over when it is restored.
//!
//! ## Fix
//! Nothing is wrong: let cert-manager renew, or restore a newer backup.
//!
//! ## Source
//! `CurrentCertificateNearingExpiry`, `internal/controller/certificates/policies/checks.go`; `pkg/util/pki/renewaltime.go`.
//!
//! ## FAQ
//! Sixth bullet: the certificate has expired or its renewal time has come.

use super::renewal_time::{RenewalTime, renewal_time};
use super::{Input, Outcome, faq, go_text};
use crate::pki::X509Certificate;
use crate::release::{ChainEra, RenewalPolicies};
use crate::time::Time;

const NAME: &str = "CurrentCertificateNearingExpiry";

/// What Go says when the controller takes the time out of a nil pointer.
const NIL_TIME: &str = "runtime error: invalid memory address or nil pointer dereference";

/// Rules 1.4, 2.9, corrections 10.
pub(super) fn check(input: &Input) -> Outcome {
    let Some(secret) = input.secret else {
        return Outcome::Pass;
    };
    match input.x509(secret, |certificate| judge(input, certificate)) {
        Ok(outcome) => outcome,
        Err(error) => {
            let message = match input.release.chain {
                ChainEra::A => format!("Failed to decode stored certificate: {error}"),
                _ => format!("Issuing certificate as Secret contains an invalid certificate: {error}"),
            };
            Outcome::violated(NAME, "InvalidCertificate", message).with_faq(faq::SECRET)
        }
    }
}

fn judge(input: &Input, certificate: &X509Certificate) -> Outcome {
    let spec = &input.certificate.spec;
    let disabled = spec.renewal.as_deref().is_some_and(|renewal| &*renewal.policy == "Disabled");
    if disabled && input.release.renewal_policies == RenewalPolicies::Supported {
        return Outcome::Pass;
    }
    if let Some(start) = suggested_start(input, certificate) {
        return if input.now < start { Outcome::Pass } else { renewing(input, certificate, start) };
    }
    match renewal_time(certificate.not_before, certificate.not_after, spec, input.release) {
        RenewalTime::Disabled | RenewalTime::Failed { .. } => Outcome::Panics(NIL_TIME.to_owned()),
        RenewalTime::At(time) | RenewalTime::Anyway { time, .. } if time > input.now => Outcome::Pass,
        RenewalTime::At(time) => renewing(input, certificate, time),
        RenewalTime::Anyway { time, error } => {
            with_times(Outcome::violated(NAME, "WindowError", error), input, certificate, time)
        }
    }
}

/// The start of the window that the CA suggests, if it speaks of this certificate and not of an earlier one.
pub(super) fn suggested_start(input: &Input, certificate: &X509Certificate) -> Option<Time> {
    let ari = input.ari.filter(|_| input.release.knows_ari)?;
    ari.start.filter(|start| *start > certificate.not_before)
}

fn renewing(input: &Input, certificate: &X509Certificate, due: Time) -> Outcome {
    let scheduled = go_text::time(input.certificate.status.renewal_time);
    let message = format!("Renewing certificate as renewal was scheduled at {scheduled}");
    with_times(Outcome::violated(NAME, "Renewing", message), input, certificate, due)
}

fn with_times(outcome: Outcome, input: &Input, certificate: &X509Certificate, due: Time) -> Outcome {
    let valid = format!("valid from {} to {}", certificate.not_before, certificate.not_after);
    outcome.with_field("renewal time", format!("{due}, {valid}"), format!("now {}", input.now)).with_faq(faq::RENEWAL)
}
