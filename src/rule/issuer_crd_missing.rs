//! # issuer-crd-missing: an external issuer's kind is not among the CRDs that were read
//!
//! ## What
//!
//! The Certificate names an issuer of another API group, and no CustomResourceDefinition of that group and kind is
//! among those that were read.
//!
//! ## Why
//!
//! Without the CRD nobody signs, and since the approval webhook refuses requests for unknown signers, such requests
//! stay without any condition.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! A namespace backup brings Certificates of `AWSPCAClusterIssuer` into a cluster without that controller.
//!
//! ## Fix
//!
//! Install the issuer's controller and CRDs before the certificates are needed.
//!
//! ## Source
//!
//! What real restores did: `docs/restores.md`.

use std::collections::HashSet;

use crate::object::Kind;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "issuer-crd-missing";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let world = view.scene.world;
    if !world.coverage.was_read(Kind::Crd) {
        return;
    }
    let known: HashSet<(&str, &str)> = world.crds().map(|crd| (&*crd.spec.group, &*crd.spec.names.kind)).collect();
    for (certificate, judgement) in view.certificates() {
        let reference = &certificate.spec.issuer_ref;
        let external = reference.group_or_default() != "cert-manager.io";
        if external && !known.contains(&(reference.group_or_default(), reference.kind_or_default())) {
            let title = format!("No CRD of {}.{} was read", reference.kind_or_default(), reference.group_or_default());
            let detail =
                "If that kind is not installed, requests of this Certificate stay pending without a condition.";
            found.push(
                Finding::about(Kind::Certificate, &judgement.key, title, detail)
                    .advice(Effect::Safe, "Install the issuer's controller and CRDs."),
            );
        }
    }
}
