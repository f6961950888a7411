//! # duplicate-requests: several CertificateRequests for one revision
//!
//! ## What
//!
//! The Certificate owns more than one CertificateRequest of its current or next revision.
//!
//! ## Why
//!
//! Neither the trigger controller nor readiness does anything until only one is left: the certificate is not renewed,
//! and nothing but a log line says so.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! Two controllers ran at once during an upgrade and both made the request of revision 2.
//!
//! ## Fix
//!
//! Keep one of the requests, best the one whose certificate is in the Secret, and delete the others.
//!
//! ## Source
//!
//! cert-manager `internal/controller/certificates/policies/gatherer.go`.

use crate::object::Kind;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "duplicate-requests";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates() {
        let Some((kept, others)) = judgement.duplicates.split_first() else { continue };
        let names: Vec<&str> = judgement.duplicates.iter().map(|key| &*key.name).collect();
        let detail = "cert-manager does nothing for this Certificate until only one request of the revision is left.";
        let title = format!("{} requests for one revision: {}", names.len(), names.join(", "));
        let others: Vec<String> = others.iter().map(|key| shell(&key.name)).collect();
        found.push(Finding::about(Kind::Certificate, &judgement.key, title, detail).command(
            Effect::Deletes,
            format!("Keep one, best the one whose certificate is in the Secret; here {} is kept.", kept.name),
            format!("kubectl -n {} delete certificaterequest {}", shell(&judgement.key.namespace), others.join(" ")),
        ));
    }
}
