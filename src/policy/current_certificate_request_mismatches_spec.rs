//! # CurrentCertificateRequestMismatchesSpec
//!
//! ## What
//! If there is a current CertificateRequest, it must fit the spec: names, subject, isCA, usages, duration, issuer. Reason
//! `RequestChanged`. If there is none, the certificate in the Secret is compared loosely: DNS names and common name as one
//! set, IP addresses, URIs, e-mail addresses. Reason `SecretMismatch`.
//!
//! ## Why
//! Every change of the spec ends here. The request counts as current only if `status.revision`, its owner reference with the
//! Certificate's uid and its revision annotation fit together, which most restores break; then only the loose comparison is
//! left, and a Certificate with `literalSubject` whose common name is not among its DNS names is re-issued. A request that
//! does not decode passes. The fields that make a mismatch are named in cert-manager's own order and spelling.
//!
//! ## Since
//! Up to 1.12 as `CurrentCertificateRequestNotValidForSpec`, from 1.13.0 on under this name. What is compared differs: literal
//! subjects since 1.9, IP addresses by value since 1.12.4, otherNames since 1.14, issuerRef with defaults since 1.18.3 and
//! 1.19.1.
//!
//! ## Example
//! `www.example.com` is added to `spec.dnsNames`: `Fields on existing CertificateRequest resource not up to date:
//! [spec.dnsNames]`.
//!
//! ## Fix
//! Bring the spec back to what was issued, or let cert-manager issue.
//!
//! ## Source
//! `CurrentCertificateRequestNotValidForSpec`, `CurrentCertificateRequestMismatchesSpec`,
//! `internal/controller/certificates/policies/checks.go`; `pkg/util/pki/match.go`.
//!
//! ## FAQ
//! Fifth bullet, and the second list for requests. The FAQ names the common name only for requests, the loose comparison looks
//! at it too; and it takes the names of a request from its spec, while the code takes them from the signing request.

use super::fuzzy_match::fuzzy_match;
use super::go_text::list;
use super::request_matches_spec::request_matches_spec;
use super::{Input, Outcome, Violation, faq};
use crate::object::{CertificateRequest, Secret};
use crate::release::ChainEra;

/// Rules 1.4, 2.1, 2.3.
pub(super) fn check(input: &Input) -> Outcome {
    match (input.current_request, input.secret) {
        (Some(request), _) => compare_request(input, request),
        (None, Some(secret)) => compare_certificate(input, secret),
        (None, None) => Outcome::Pass,
    }
}

/// The violation of a current request that differs from the spec; it triggers whatever the Secret holds.
#[must_use]
pub fn request_changed(input: &Input) -> Option<Violation> {
    match compare_request(input, input.current_request?) {
        Outcome::Violated(violation) => Some(violation),
        _ => None,
    }
}

fn compare_request(input: &Input, request: &CertificateRequest) -> Outcome {
    match request_matches_spec(request, &input.certificate.spec, input.release) {
        Ok(fields) if !fields.is_empty() => {
            let labels = list(fields.iter().map(|field| &*field.path));
            let message = format!("Fields on existing CertificateRequest resource not up to date: {labels}");
            let bullet = faq::for_request(&fields);
            violated(input, "RequestChanged", message).with_fields(fields).with_faq(bullet)
        }
        _ => Outcome::Pass,
    }
}

fn compare_certificate(input: &Input, secret: &Secret) -> Outcome {
    let fields = input.x509(secret, |certificate| fuzzy_match(certificate, &input.certificate.spec, input.release));
    match fields {
        Ok(fields) if fields.is_empty() => Outcome::Pass,
        Ok(fields) => {
            let labels = list(fields.iter().map(|field| &*field.path));
            let message = match input.release.chain {
                ChainEra::A => format!("Existing issued Secret is not up to date for spec: {labels}"),
                // The doubled words are cert-manager's.
                _ => format!("Issuing certificate as Existing issued Secret is not up to date for spec: {labels}"),
            };
            let bullet = faq::for_certificate(&fields);
            violated(input, "SecretMismatch", message).with_fields(fields).with_faq(bullet)
        }
        Err(error) if input.release.fuzzy_needs_certificate => {
            let message = format!("Issuing certificate as Secret contains an invalid certificate: {error}");
            violated(input, "InvalidCertificate", message).with_faq(faq::SECRET)
        }
        Err(_) => Outcome::Pass,
    }
}

fn violated(input: &Input, reason: &'static str, message: String) -> Outcome {
    let name = match input.release.chain {
        ChainEra::A => "CurrentCertificateRequestNotValidForSpec",
        ChainEra::B | ChainEra::C => "CurrentCertificateRequestMismatchesSpec",
    };
    Outcome::violated(name, reason, message)
}
