//! # maybe-out-of-date: the certificate may not be what the spec asks for
//!
//! ## What
//!
//! The certificate differs from the spec in fields that its issuer may change by its own policy, and there is no
//! request that would prove who changed them.
//!
//! ## Why
//!
//! It may be drift that cert-manager does not notice, or the issuer's usual way. The verdict does not change.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! A Vault role that adds an organization to every certificate.
//!
//! ## Fix
//!
//! Compare with a certificate that the issuer signed recently; if they differ, renew.
//!
//! ## Source
//!
//! cert-manager `pkg/util/pki/match.go`: without a request only names are compared.

use crate::object::Kind;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "maybe-out-of-date";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates().filter(|(_, judgement)| !judgement.suspicion.is_empty()) {
        let fields: Vec<&str> = judgement.suspicion.iter().map(|d| d.path.as_str()).collect();
        let title = format!("May not be what the spec asks for: {}", fields.join(", "));
        let detail = "The issuer may have changed these fields itself; no request was read that would tell.";
        let mut finding = Finding::about(Kind::Certificate, &judgement.key, title, detail);
        for difference in &judgement.suspicion {
            finding = finding.evidence(&*difference.path, &*difference.spec, &*difference.actual);
        }
        found.push(finding.command(
            Effect::Issues,
            "If the issuer does not change these fields, ask for a new certificate.",
            format!("cmctl renew -n {} {}", shell(&judgement.key.namespace), shell(&judgement.key.name)),
        ));
    }
}
