//! # issuer-missing: the issuer does not exist
//!
//! ## What
//!
//! The Certificate names an Issuer or ClusterIssuer that does not exist, although issuers of that kind were read.
//!
//! ## Why
//!
//! The certificate in the Secret stays in use, but the next issuance waits for the issuer and the certificate ends.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! A namespace-filtered Velero backup holds no ClusterIssuers.
//!
//! ## Fix
//!
//! Create the issuer, or correct `spec.issuerRef` (which re-issues the certificate).
//!
//! ## Source
//!
//! cert-manager website `content/docs/devops-tips/backup.md`; `docs/restores.md`.

use crate::object::Kind;
use crate::obstacle::ObstacleReason;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "issuer-missing";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates() {
        let Some(obstacle) = judgement.obstacles.iter().find(|o| o.reason == ObstacleReason::IssuerMissing) else {
            continue;
        };
        let Some(issuer) = &obstacle.object else { continue };
        let title = format!("{issuer} does not exist");
        let detail = "The next issuance waits for it; the certificate in use is not renewed.";
        let scope = if issuer.key.namespace.is_empty() {
            String::new()
        } else {
            format!("-n {} ", shell(&issuer.key.namespace))
        };
        found.push(Finding::about(Kind::Certificate, &judgement.key, title, detail).command(
            Effect::Safe,
            "See whether it is there under another name.",
            format!("kubectl {scope}get {}", issuer.kind.row().plural),
        ));
    }
}
