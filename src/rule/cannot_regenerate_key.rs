//! # cannot-regenerate-key: the key does not fit the spec and may not be replaced
//!
//! ## What
//!
//! `rotationPolicy` is Never (the default up to cert-manager 1.17), and the private key in the Secret has another
//! algorithm or size than the spec asks for.
//!
//! ## Why
//!
//! cert-manager neither re-uses such a key nor makes a new one: the issuance hangs with the event
//! `CannotRegenerateKey` and Issuing stays True, at the next trigger or at once.
//!
//! ## Since
//!
//! cert-manager 1.9 (in 1.8 the event is called `DecodeFailed`).
//!
//! ## Example
//!
//! An etcd snapshot of a 1.17 cluster with `privateKey.algorithm` edited from RSA to ECDSA.
//!
//! ## Fix
//!
//! Set `spec.privateKey.rotationPolicy: Always`, or delete the Secret if its key may change.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificates/keymanager/keymanager_controller.go`.

use crate::object::Kind;
use crate::obstacle::ObstacleReason;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "cannot-regenerate-key";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (_, judgement) in view.certificates() {
        let Some(obstacle) = judgement.obstacles.iter().find(|o| o.reason == ObstacleReason::CannotRegenerateKey)
        else {
            continue;
        };
        let detail = format!("An issuance cannot begin: {}.", obstacle.why);
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, "The key may be neither used nor replaced", detail).command(
                Effect::Issues,
                "Allow a new key; the certificate is then issued with it.",
                format!(
                    "kubectl -n {} patch certificate {} --type merge -p '{{\"spec\":{{\"privateKey\":{{\"rotationPolicy\":\"Always\"}}}}}}'",
                    shell(&judgement.key.namespace),
                    shell(&judgement.key.name)
                ),
            ),
        );
    }
}
