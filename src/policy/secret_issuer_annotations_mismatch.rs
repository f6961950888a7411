//! # SecretIssuerAnnotationsMismatch
//!
//! ## What
//! The annotations `cert-manager.io/issuer-name`, `-kind` and `-group` of the Secret must name the issuer in
//! `spec.issuerRef`. Reason `IncorrectIssuer`.
//!
//! ## Why
//! Changing `issuerRef` ends here, and so does a Secret that lost its annotations. Up to 1.12 missing annotations never match.
//! From 1.13 on a missing name is forgiven when all three are missing, but kind and group are compared all the same, with
//! `Issuer` and `cert-manager.io` for missing ones: such a Secret fits an Issuer of any name and no ClusterIssuer. The issuer
//! itself is never looked at: one that was made anew under the same name re-issues nothing.
//!
//! ## Since
//! Up to 1.12 as `SecretIssuerAnnotationsNotUpToDate`, behind the private key check; from 1.13.0 on under this name.
//!
//! ## Example
//! A Secret of a ClusterIssuer, brought back from a vault without annotations.
//!
//! ## Fix
//! Annotate the Secret with the issuer that really signed it, or let cert-manager issue.
//!
//! ## Source
//! `SecretIssuerAnnotationsNotUpToDate`, `SecretIssuerAnnotationsMismatch`,
//! `internal/controller/certificates/policies/checks.go`.
//!
//! ## FAQ
//! Fourth bullet: the issuer annotations do not match. The FAQ does not say what missing annotations mean.

use super::issuer_reference::{annotated, as_written, format, is_annotated, names_issuer};
use super::{Input, Outcome, faq};
use crate::go_quote::quote;
use crate::release::ChainEra;

/// Rules 1.4.
pub(super) fn check(input: &Input) -> Outcome {
    let Some(secret) = input.secret else {
        return Outcome::Pass;
    };
    let old = input.release.chain == ChainEra::A;
    let wanted = &input.certificate.spec.issuer_ref;
    let present = is_annotated(&secret.metadata.annotations);
    if names_issuer(secret, wanted, old || present) {
        return Outcome::Pass;
    }
    let actual = annotated(secret);
    let reference = format(&actual);
    let (name, shown) = if old {
        ("SecretIssuerAnnotationsNotUpToDate", reference)
    } else {
        ("SecretIssuerAnnotationsMismatch", quote(&reference))
    };
    let message = format!("Issuing certificate as Secret was previously issued by {shown}");
    let annotations = if present { as_written(&actual) } else { "no issuer annotation".to_owned() };
    let bullet = match (present, old) {
        (true, _) => faq::ISSUER,
        (false, true) => faq::ISSUER_STRICT,
        (false, false) => faq::ISSUER_LENIENT,
    };
    Outcome::violated(name, "IncorrectIssuer", message)
        .with_field("spec.issuerRef", as_written(wanted), annotations)
        .with_faq(bullet)
}
