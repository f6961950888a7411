//! cert-manager's policy chain: one file per check, under cert-manager's own name.
//!
//! Source: `internal/controller/certificates/policies/{policies,checks}.go` of each release; rules section 1.

pub mod assess;
mod ber;
mod chains;
mod cron;
mod dn;
mod evaluate;
pub mod faq;
pub mod fuzzy_match;
pub mod gather;
pub mod go_text;
mod input;
pub mod issuer_reference;
pub mod literal_subject;
mod multiset;
mod named_secrets;
pub mod private_key_matches_spec;
pub mod renewal_time;
mod renewal_windows;
pub mod request_matches_spec;

mod current_certificate_has_expired;
mod current_certificate_nearing_expiry;
mod current_certificate_request_mismatches_spec;
mod post_issuance;
mod secret_certificate_name_annotations_mismatch;
mod secret_does_not_exist;
mod secret_is_missing_data;
mod secret_issuer_annotations_mismatch;
mod secret_private_key_mismatches_spec;
mod secret_public_key_differs_from_current_certificate_request;
mod secret_public_keys_differ;

#[cfg(test)]
mod tests;

pub use assess::{Assessment, Renewal, TriggerOutcome, assess, decide};
pub use chains::{
    Policy, policies, post_issuance_chain, readiness_alone, readiness_chain, same_check, temporary_chain, trigger_chain,
};
pub use current_certificate_request_mismatches_spec::request_changed;
pub use evaluate::{Evaluation, Panic, Undecided, evaluate, trigger};
pub use gather::{GatherError, Gathered, Index, Ownership, backoff, gather, owns_secret, secret_key};
pub(crate) use multiset::texts_equal;
pub use named_secrets::{LABELS_SECRETS, NamedSecrets};

use crate::object::certificate::AriWindow;
use crate::object::{Certificate, CertificateRequest, Secret};
use crate::release::Release;
use crate::sentence::sentence;
use crate::time::Time;

/// What the gatherer hands to the chain (rules section 3).
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The release whose checks are run.
    pub release: &'a Release,
    /// The Certificate.
    pub certificate: &'a Certificate,
    /// The Secret named in `spec.secretName`; `None` when the lister says NotFound.
    pub secret: Option<&'a Secret>,
    /// The CertificateRequest of `status.revision`.
    pub current_request: Option<&'a CertificateRequest>,
    /// The CertificateRequest of the next revision.
    pub next_request: Option<&'a CertificateRequest>,
    /// The ARI window, if the gate is on and there is one.
    pub ari: Option<AriWindow>,
    /// The instant of the evaluation.
    pub now: Time,
    /// `--enable-certificate-owner-ref`, for the post-issuance chain.
    pub certificate_owner_ref: bool,
}

/// What one check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to object.
    Pass,
    /// Violated: cert-manager would issue.
    Violated(Violation),
    /// This release panics on the object; the text of the panic.
    Panics(String),
    /// Cannot be told from what is read of the object; says what would be needed.
    Undecided(&'static str),
}

impl Outcome {
    fn violated(policy: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        let (fields, faq) = (Vec::new(), None);
        Self::Violated(Violation { policy, reason, message: message.into(), fields, faq })
    }

    fn with_fields(mut self, differences: Vec<FieldDifference>) -> Self {
        if let Self::Violated(violation) = &mut self {
            violation.fields = differences;
        }
        self
    }

    fn with_field(self, path: &str, spec: impl Into<String>, actual: impl Into<String>) -> Self {
        self.with_fields(vec![FieldDifference { path: path.to_owned(), spec: spec.into(), actual: actual.into() }])
    }

    fn with_faq(mut self, bullet: &'static str) -> Self {
        if let Self::Violated(violation) = &mut self {
            violation.faq = Some(bullet);
        }
        self
    }
}

/// A violated check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// cert-manager's function name in this release.
    pub policy: &'static str,
    /// cert-manager's reason.
    pub reason: &'static str,
    /// cert-manager's message, byte for byte; a tail that comes from Go's libraries may differ.
    pub message: String,
    /// The values compared, side by side.
    pub fields: Vec<FieldDifference>,
    /// The bullet of cert-manager's FAQ that speaks of it, or what the FAQ says otherwise.
    pub faq: Option<&'static str>,
}

impl Violation {
    /// Reason and message, as a sentence with one full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        sentence(&format!("{}: {}", self.reason, self.message))
    }
}

/// One field of the spec beside what is really there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// cert-manager's label of the field, e.g. `spec.dnsNames`.
    pub path: String,
    /// What the spec (or the rule) wants.
    pub spec: String,
    /// What is there.
    pub actual: String,
}
