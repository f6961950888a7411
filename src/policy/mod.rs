//! cert-manager's policy chain: one file per check, under cert-manager's own name.
//!
//! Source: `internal/controller/certificates/policies/{policies,checks}.go` of each release; rules section 1.

use crate::object::certificate::AriWindow;
use crate::object::{Certificate, CertificateRequest, Secret};
use crate::release::Release;
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
