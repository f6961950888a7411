//! # keystore-password-missing: the keystore password is missing
//!
//! ## What
//!
//! `spec.keystores` asks for a keystore whose password Secret does not exist or lacks the key.
//!
//! ## Why
//!
//! The certificate is issued, at the CA it counts, but it is never stored: cert-manager retries with growing delay
//! until the password is there.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! A restore that selects Secrets by label brings the TLS Secrets and not the password.
//!
//! ## Fix
//!
//! Restore the password Secret in the Certificate's namespace.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificates/issuing/keystore.go`; `docs/restores.md`.

use crate::object::Kind;
use crate::obstacle::ObstacleReason;
use crate::sentence::sentence;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "keystore-password-missing";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates() {
        let Some(obstacle) = judgement.obstacles.iter().find(|o| o.reason == ObstacleReason::KeystorePasswordMissing)
        else {
            continue;
        };
        let Some(secret) = &obstacle.object else { continue };
        found.push(
            Finding::about(
                Kind::Certificate,
                &judgement.key,
                "The keystore password is missing",
                sentence(&obstacle.why),
            )
            .command(
                Effect::Safe,
                "Look at what is there, then restore the password.",
                format!("kubectl -n {} get secret {}", shell(&secret.key.namespace), shell(&secret.key.name)),
            ),
        );
    }
}
