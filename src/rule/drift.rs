//! # drift: what was issued differs from the spec, and cert-manager will not notice
//!
//! ## What
//!
//! It is proven that the certificate differs from the spec: its issuer copies the field, or a request made with the
//! certificate's own key asks for something else.
//!
//! ## Why
//!
//! Without a current CertificateRequest cert-manager compares names only. A changed subject, otherName, usage, isCA or
//! duration then waits for the next renewal, and nobody is told.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! `usages` edited after a Velero restore: `status.revision` is empty, so the request that would show the
//! difference is not looked at.
//!
//! ## Fix
//!
//! Renew the certificate with `cmctl renew`.
//!
//! ## Source
//!
//! cert-manager `internal/controller/certificates/policies/checks.go`, CurrentCertificateRequestMismatchesSpec; `pkg/util/pki/match.go`.

use crate::object::Kind;
use crate::verdict::Verdict;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "drift";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates().filter(|(_, judgement)| judgement.verdict == Verdict::Drift) {
        let fields: Vec<&str> = judgement.drift.iter().map(|d| d.path.as_str()).collect();
        let title = format!("Not what the spec asks for: {}", fields.join(", "));
        let detail = "cert-manager compares only names here and leaves the certificate in use until its renewal.";
        let mut finding = Finding::about(Kind::Certificate, &judgement.key, title, detail);
        for difference in &judgement.drift {
            finding = finding.evidence(&*difference.path, &*difference.spec, &*difference.actual);
        }
        found.push(finding.command(
            Effect::Issues,
            "Ask for a new certificate.",
            format!("cmctl renew -n {} {}", shell(&judgement.key.namespace), shell(&judgement.key.name)),
        ));
    }
}
