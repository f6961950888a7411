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
//! RFC 5280 6.1.3 (a)(2); demand-and-peers A6.

use crate::object::{Certificate, Kind, NamespacedName};
use crate::pki::X509Certificate;
use crate::verdict::Scene;

use super::finding::{Effect, Finding};
use super::View;

pub(super) const ID: &str = "ca-expires-first";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for (certificate, _) in view.certificates() {
        let Some((leaf, ca)) = issuing_ca(view.scene, certificate) else { continue };
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

/// A Certificate's own certificate and the CA certificate that its CA issuer holds now.
pub(super) fn issuing_ca<'a>(
    scene: &Scene<'a>,
    certificate: &Certificate,
) -> Option<(&'a X509Certificate, &'a X509Certificate)> {
    let issuer = scene.issuer_ref(certificate)?;
    let ca_secret = scene.issuer(certificate)?.ca_secret_name()?;
    let secret = NamespacedName::new(scene.resource_namespace(&issuer), ca_secret);
    let decoder = &scene.release.decoder;
    let ca = scene.world.secret(&secret)?.certificate.as_ref()?.decode(decoder).ok()?;
    let leaf = scene.secret(certificate)?.certificate.as_ref()?.decode(decoder).ok()?;
    Some((leaf, ca))
}
