//! # SecretCertificateNameAnnotationsMismatch
//!
//! ## What
//! If the Secret is annotated with `cert-manager.io/certificate-name`, the name must be that of the Certificate. Reason
//! `IncorrectCertificate`.
//!
//! ## Why
//! Renaming a Certificate during a restore, or copying a Secret for another Certificate, ends here. Without the annotation
//! there is nothing to compare. Where another Certificate of that name points to the same Secret, that one is the owner, and
//! this one is not triggered at all.
//!
//! ## Since
//! 1.13.2.
//!
//! ## Example
//! The Secret of Certificate `web` is copied for Certificate `web-new`, with its annotations.
//!
//! ## Fix
//! Take the annotation away, or set it to the name of the Certificate.
//!
//! ## Source
//! `SecretCertificateNameAnnotationsMismatch`, `internal/controller/certificates/policies/checks.go`.
//!
//! ## FAQ
//! Not listed.

use super::{Input, Outcome, faq};
use crate::go_quote::quote;
use crate::object::secret::annotation::CERTIFICATE_NAME;

/// Rules 1.4.
pub(super) fn check(input: &Input) -> Outcome {
    let annotated = input.secret.and_then(|secret| secret.metadata.annotations.get(CERTIFICATE_NAME));
    let name = &*input.certificate.metadata.name;
    let Some(other) = annotated.filter(|annotated| *annotated != name) else {
        return Outcome::Pass;
    };
    let message = format!(
        "Secret was issued for {}. If this message is not transient, you might have two conflicting Certificates pointing \
         to the same secret.",
        quote(other)
    );
    Outcome::violated("SecretCertificateNameAnnotationsMismatch", "IncorrectCertificate", message)
        .with_field("metadata.name", name, other)
        .with_faq(faq::CERTIFICATE_NAME)
}
