//! # phantom-signing: a request or order is signed again though nobody needs it
//!
//! ## What
//!
//! A plan brings back CertificateRequests, Orders or Challenges without status and owner, and cert-manager takes
//! them for new work.
//!
//! ## Why
//!
//! The built-in approver approves such requests, the issuer signs them again, and Orders are placed at the ACME
//! server once more. No Certificate changes; the CA's quotas and rate limits are spent all the same.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! Seven restored Orders without status led to seven `newOrder` calls and six new certificates that nobody uses.
//!
//! ## Fix
//!
//! Leave Orders, Challenges and CertificateRequests out of the backup or the restore.
//!
//! ## Source
//!
//! Velero `pkg/restore/restore.go`, which restores neither status nor owner; `docs/restores.md`.

use super::View;
use super::finding::{Effect, Finding};
use crate::sentence::sentence;
use crate::simulate::PhantomAct;

pub(super) const ID: &str = "phantom-signing";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(simulation) = view.simulation else { return };
    for phantom in simulation.phantom.iter().filter(|phantom| phantom.act == PhantomAct::AsksAgain) {
        found.push(
            Finding::about(
                phantom.object.kind,
                &phantom.object.key,
                "Signed again though nobody needs it",
                sentence(&phantom.text),
            )
            .advice(
                Effect::Safe,
                "Exclude orders.acme.cert-manager.io, challenges.acme.cert-manager.io and \
                     certificaterequests.cert-manager.io from the backup or the restore.",
            ),
        );
    }
}
