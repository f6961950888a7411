//! # crd-default-skew: the CRDs of 1.19.0 may re-issue the Certificate
//!
//! ## What
//!
//! `issuerRef` of the Certificate or of its current CertificateRequest leaves out `kind` or `group`. The CRDs of 1.19.0 fill
//! them in when an object is read, and the release compares both as they are read.
//!
//! ## Why
//!
//! The controller's caches of Certificates and of CertificateRequests do not change at the same moment. While one object has
//! the defaults and the other has not, they differ, and the certificate is re-issued with reason RequestChanged.
//!
//! ## Since
//!
//! cert-manager 1.19.0 alone; its CRDs do the same to controllers up to 1.18.2. 1.18.3 and 1.19.1 compare with defaults.
//!
//! ## Example
//!
//! `issuerRef: {name: ca}` and an upgrade from 1.18.2 to 1.19.0.
//!
//! ## Fix
//!
//! Skip 1.19.0: go to the newest 1.19.
//!
//! ## Source
//!
//! cert-manager issues 8158 and 8182; release notes 1.19, 1.19.1.

// Rules 5.1.

use crate::object::{Kind, ObjectReference};
use crate::release::Version;
use crate::verdict::Verdict;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "crd-default-skew";

const DEFAULTING: Version = Version::v1(19, 0);

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (from, to) = (upgrade.from().version, view.scene.release.version);
    if to != DEFAULTING || from == DEFAULTING {
        return;
    }
    let incomplete = |reference: &ObjectReference| reference.kind.is_empty() || reference.group.is_empty();
    // The world as it was read: in the one after, the defaults stand already.
    let before = upgrade.before;
    let anyway = |verdict| matches!(verdict, Verdict::ReissueNow | Verdict::Blocked);
    for (certificate, judgement) in view.certificates().filter(|(_, judged)| !anyway(judged.verdict)) {
        let Some(stored) = before.world.certificate(&judgement.key) else { continue };
        let Some(revision) = certificate.status.revision.map(|revision| revision.to_string()) else { continue };
        let current = before.index.requests_of(stored).find(|request| request.revision() == Some(&revision));
        let Some(request) = current else { continue };
        let wanted = &stored.spec.issuer_ref;
        if !incomplete(wanted) && !incomplete(&request.spec.issuer_ref) {
            continue;
        }
        let title = "May be re-issued while the CRDs of v1.19.0 are installed";
        let detail = "For a moment the controller sees the Certificate with kind and group of its issuer filled in and the \
                      CertificateRequest without, or the other way round, and takes that for a change.";
        let text = |reference: &ObjectReference| format!("kind {:?}, group {:?}", &*reference.kind, &*reference.group);
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, title, detail)
                .evidence("issuerRef of the Certificate", "kind and group are set", text(wanted))
                .evidence("issuerRef of the request", "kind and group are set", text(&request.spec.issuer_ref))
                .advice(Effect::Safe, "Skip v1.19.0: go to the newest 1.19."),
        );
    }
}
