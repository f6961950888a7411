//! # shared-secret-owner-war: two Certificates fight for a Secret's owner reference
//!
//! ## What
//!
//! Several Certificates share a Secret while the controller runs with `--enable-certificate-owner-ref`.
//!
//! ## Why
//!
//! The post-issuance checks of each Certificate put its own owner reference on the Secret, in turn, for ever,
//! several times a second. Nothing is re-issued, but the API server and etcd carry the load.
//!
//! ## Since
//!
//! All releases with the flag.
//!
//! ## Example
//!
//! Two Certificates with `secretName: web-tls` and the flag on.
//!
//! ## Fix
//!
//! Give each Certificate a Secret of its own.
//!
//! ## Source
//!
//! cert-manager `internal/controller/certificates/policies/policies.go`, NewSecretPostIssuancePolicyChain; `docs/restores.md`.

use crate::object::Kind;

use super::View;
use super::finding::{Effect, Finding};
use super::shared_secret::shared_secrets;

pub(super) const ID: &str = "shared-secret-owner-war";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if !view.scene.flags.certificate_owner_ref {
        return;
    }
    for (secret, sharers) in shared_secrets(view.scene) {
        let detail = "With --enable-certificate-owner-ref each Certificate writes its own owner reference to the Secret, \
                      again and again. Nothing is re-issued; the API server carries the load.";
        let mut finding = Finding::about(Kind::Secret, &secret, "Its owner reference is fought over", detail)
            .advice(Effect::Issues, "Give each Certificate a Secret of its own.");
        for certificate in sharers {
            finding = finding.concerning(&certificate.metadata.key());
        }
        found.push(finding);
    }
}
