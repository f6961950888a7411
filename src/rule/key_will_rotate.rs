//! # key-will-rotate: the issuance makes a new private key
//!
//! ## What
//!
//! The Certificate is about to be issued again, and the issuance makes a new private key.
//!
//! ## Why
//!
//! Whoever pinned the key (DANE TLSA, mobile apps, SSH or JWT users of the same key, peers that exchange public
//! keys) is cut off at that moment.
//!
//! ## Since
//!
//! `rotationPolicy: Always` in every release; the default since cert-manager 1.18. With Never a new key is made
//! only where there is none to use.
//!
//! ## Example
//!
//! An upgrade from 1.17 to 1.18 rotates the key of every Certificate with a silent spec at its next issuance.
//!
//! ## Fix
//!
//! If the key must stay, set `spec.privateKey.rotationPolicy: Never` before the issuance.
//!
//! ## Source
//!
//! cert-manager `internal/apis/certmanager/v1/defaults.go`, `pkg/controller/certificates/keymanager/keymanager_controller.go`; release
//! notes 1.18.

use crate::object::{Kind, NamespacedName};
use crate::verdict::{Judgement, Verdict};

use super::finding::{Effect, Finding, shell};
use super::{Row, View};

pub(super) const ID: &str = "key-will-rotate";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for Row { certificate, judgement, secret, .. } in view.rows() {
        let issues = matches!(judgement.verdict, Verdict::ReissueNow | Verdict::InProgress);
        let secret = secret.filter(|secret| issues && secret.has("tls.key"));
        let Some(secret) = secret else { continue };
        let prepared = view.scene.prepared_key(certificate);
        let key = secret.key.as_ref().and_then(|key| key.decode(&view.scene.release.decoder).ok());
        let rotates = match prepared {
            Some(_) => view.scene.key_rotates(certificate, key.map(|key| &key.public)),
            None => view.scene.release.rotates(certificate),
        };
        if !rotates {
            continue;
        }
        let by_default = certificate.spec.private_key().rotation_policy.is_empty();
        let detail = if let Some(prepared) = prepared {
            format!(
                "The running issuance goes on with the key in Secret {}, which is another one.",
                prepared.metadata.name
            )
        } else if by_default {
            format!("rotationPolicy is unset, and Always is the default of {}.", view.scene.release.version)
        } else {
            "rotationPolicy is Always.".to_owned()
        };
        let finding = Finding::about(Kind::Certificate, &judgement.key, "The private key will change", detail);
        let fits = fits(judgement);
        found.push(if fits && view.simulation.is_some() {
            let text = "If somebody depends on the key, set spec.privateKey.rotationPolicy to Never in the source before the \
                        backup, and see that the Secret is restored before the Certificate.";
            finding.advice(Effect::Safe, text)
        } else if fits && judgement.verdict == Verdict::InProgress {
            finding.advice(Effect::Safe, "The issuance runs already: its new key is made.")
        } else {
            keeping(finding, judgement)
        });
    }
}

/// Whether the key is one that the spec asks for.
fn fits(judgement: &Judgement) -> bool {
    judgement.violations.iter().all(|v| v.fields.iter().all(|f| !f.path.starts_with("spec.privateKey")))
}

/// Adds how to keep the key of a Certificate, or why it cannot be kept.
pub(super) fn keeping(finding: Finding, judgement: &Judgement) -> Finding {
    if fits(judgement) {
        finding.command(Effect::Safe, "If somebody depends on the key, keep it.", never(&judgement.key))
    } else {
        finding.advice(Effect::Safe, "The key cannot be kept: it does not fit spec.privateKey.")
    }
}

fn never(key: &NamespacedName) -> String {
    format!(
        "kubectl -n {} patch certificate {} --type merge -p '{{\"spec\":{{\"privateKey\":{{\"rotationPolicy\":\"Never\"}}}}}}'",
        shell(&key.namespace),
        shell(&key.name)
    )
}
