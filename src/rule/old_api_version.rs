//! # old-api-version: an object has an API version that is no longer served
//!
//! ## What
//!
//! The object is written in an API version that current releases of cert-manager do not serve.
//!
//! ## Why
//!
//! cert-manager 1.6 stopped serving `v1alpha2`, `v1alpha3` and `v1beta1`, and the group `certmanager.k8s.io` ended
//! with 0.11. The API server answers 404 to such an object: after a restore it is missing.
//!
//! ## Since
//!
//! cert-manager 1.6.
//!
//! ## Example
//!
//! A Velero backup taken under cert-manager 1.5 and restored beside 1.17.
//!
//! ## Fix
//!
//! Convert the object with `cmctl convert` before it is applied.
//!
//! ## Source
//!
//! cert-manager release notes 0.11 and 1.6.

use crate::object::Kind;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "old-api-version";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let world = view.scene.world;
    let certificates = world.certificates().map(|o| (Kind::Certificate, &o.api_version, &o.metadata));
    let requests = world.requests().map(|o| (Kind::CertificateRequest, &o.api_version, &o.metadata));
    let issuers = world.issuers().map(|o| (Kind::Issuer, &o.api_version, &o.metadata));
    let cluster_issuers = world.cluster_issuers().map(|o| (Kind::ClusterIssuer, &o.api_version, &o.metadata));
    for (kind, api_version, metadata) in certificates.chain(requests).chain(issuers).chain(cluster_issuers) {
        if api_version.is_empty() || &**api_version == "cert-manager.io/v1" {
            continue;
        }
        let title = format!("Written as {api_version}, which is no longer served");
        let detail =
            "The API server of a current cert-manager answers 404 to it; some of its fields have other names there.";
        found.push(Finding::about(kind, &metadata.key(), title, detail).command(
            Effect::Safe,
            "Convert the file before it is applied.",
            "cmctl convert -f FILE",
        ));
    }
}
