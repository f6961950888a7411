//! # ca-expires-first: the certificate outlives its CA
//!
//! ## What
//!
//! The issuer is a CA issuer, and its CA certificate ends before the certificate does.
//!
//! ## Why
//!
//! From the moment the CA ends, clients refuse every certificate below it, whatever their own dates say, and cert-
//! manager renews by the leaf's dates only.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! A leaf of one year issued by a CA that has two months left.
//!
//! ## Fix
//!
//! Renew the CA in good time and the leaves after it, or shorten `spec.duration` of the leaves.
//!
//! ## Source
//!
//! RFC 5280 6.1.3 (a)(2); cert-manager issue 5864.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::object::{Certificate, Kind};
use crate::pki::X509Certificate;
use crate::verdict::Scene;

use super::finding::{Effect, Finding};
use super::{Row, View};

pub(super) const ID: &str = "ca-expires-first";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut cas = IssuingCas::new(view.scene);
    for Row { certificate, issued, .. } in view.rows() {
        let Some((leaf, ca)) = issued.zip(cas.of(certificate)) else { continue };
        if ca.not_after >= leaf.not_after {
            continue;
        }
        let title = format!("Outlives its CA, which ends on {}", ca.not_after.date());
        let detail = "Clients refuse the certificate from the moment its CA ends, although its own dates are good.";
        found.push(
            Finding::about(Kind::Certificate, &certificate.metadata.key(), title, detail)
                .evidence("notAfter", ca.not_after.to_string(), leaf.not_after.to_string())
                .advice(Effect::Issues, "Renew the CA first, then this certificate, or shorten spec.duration."),
        );
    }
}

/// The CA certificates that CA issuers hold now; few sign for many.
pub(super) struct IssuingCas<'a> {
    scene: &'a Scene<'a>,
    known: HashMap<(Kind, &'a str, &'a str), Option<&'a X509Certificate>, RandomState>,
}

impl<'a> IssuingCas<'a> {
    /// None is looked up yet.
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        Self { scene, known: HashMap::default() }
    }

    /// The CA certificate that a Certificate's CA issuer holds now.
    pub(super) fn of(&mut self, certificate: &'a Certificate) -> Option<&'a X509Certificate> {
        let scene = self.scene;
        let reference = &certificate.spec.issuer_ref;
        let (kind, namespace) = reference.builtin_issuer(&certificate.metadata.namespace)?;
        *self.known.entry((kind, namespace, &*reference.name)).or_insert_with(|| {
            let name = scene.issuer(certificate)?.ca_secret_name()?;
            let issuer = scene.issuer_ref(certificate)?;
            let secret = scene.world.secret_in(scene.resource_namespace(&issuer), name)?;
            secret.certificate.as_ref()?.decode(&scene.release.decoder).ok()
        })
    }
}
