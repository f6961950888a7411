//! # temporary-certificate: the Secret holds cert-manager's stand-in certificate
//!
//! ## What
//!
//! The certificate in the Secret was made by cert-manager itself as a stand-in while a real one was pending (`cert-
//! manager.io/issue-temporary-certificate`).
//!
//! ## Why
//!
//! Nobody trusts it. While the issuance runs that is as intended; when the issuance was forgotten, for example by a
//! restore without status, the checks may find the stand-in good and keep it until its renewal.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! A backup taken during the first issuance of an Ingress with `http01-edit-in-place`.
//!
//! ## Fix
//!
//! If no issuance is under way, ask for one with `cmctl renew`.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificates/issuing/temporary.go`.

use crate::object::Kind;
use crate::verdict::Verdict;

use super::finding::{Effect, Finding, Severity, shell};
use super::{Row, View};

pub(super) const ID: &str = "temporary-certificate";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for Row { judgement, issued, .. } in view.rows() {
        if !issued.is_some_and(crate::pki::X509Certificate::is_temporary) {
            continue;
        }
        let replaced = matches!(judgement.verdict, Verdict::InProgress | Verdict::ReissueNow);
        let detail = if replaced {
            "A real certificate is on its way and will replace it."
        } else {
            "No issuance is under way: cert-manager would keep the stand-in, which nobody trusts, until its renewal."
        };
        let finding =
            Finding::about(Kind::Certificate, &judgement.key, "The Secret holds a stand-in certificate", detail);
        found.push(if replaced {
            finding.severity(Severity::Info).advice(Effect::Safe, "Wait for the issuance.")
        } else {
            finding.command(
                Effect::Issues,
                "Ask for a real certificate.",
                format!("cmctl renew -n {} {}", shell(&judgement.key.namespace), shell(&judgement.key.name)),
            )
        });
    }
}
