//! # release-not-advised: the release after has a known fault that concerns this cluster
//!
//! ## What
//!
//! The release after is one that a later patch of the same minor repairs, and the fault meets objects that are here.
//!
//! ## Why
//!
//! The later patch costs nothing more and does not have it.
//!
//! ## Since
//!
//! v1.13.0 to v1.13.3 (owner of a shared Secret), v1.16.0 (Secrets of ClusterIssuers for ACME), v1.16.0 to v1.16.2
//! (renewBeforePercentage), v1.19.0 (defaults in the CRDs), v1.21.0 (policy Disabled; events of unlabelled Secrets).
//!
//! ## Example
//!
//! `--to v1.19.0`.
//!
//! ## Fix
//!
//! Go to the newest patch release of that minor.
//!
//! ## Source
//!
//! cert-manager release notes 1.13, 1.16, 1.19, 1.21.

// Rules 0.1, 2.9, 3.3, 3.4, 5.1.

use crate::object::issuer::IssuerType;
use crate::object::secret::FAO_LABEL;
use crate::object::{Kind, NamespacedName, ObjectRef};
use crate::release::{self, Version};

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "release-not-advised";

/// A fault: first and last release that have it, what it is, and the Certificates that it concerns.
struct Fault(Version, Version, &'static str, fn(&View<'_>) -> Vec<NamespacedName>);

const FAULTS: [Fault; 7] = [
    Fault(
        Version::v1(13, 0),
        Version::v1(13, 1),
        "Certificates that share a Secret are re-issued without end.",
        sharing,
    ),
    Fault(
        Version::v1(13, 2),
        Version::v1(13, 3),
        "Which of several Certificates owns their Secret is arbitrary.",
        sharing,
    ),
    Fault(
        Version::v1(16, 0),
        Version::v1(16, 0),
        "Secrets of ACME ClusterIssuers are looked for in the wrong namespace.",
        of_acme_cluster_issuers,
    ),
    Fault(Version::v1(16, 0), Version::v1(16, 2), "renewBeforePercentage is taken the wrong way round.", by_percentage),
    Fault(
        Version::v1(19, 0),
        Version::v1(19, 0),
        "Its CRDs put defaults into issuerRef, which may re-issue any certificate; cert-manager says not to install it.",
        all,
    ),
    Fault(Version::v1(21, 0), Version::v1(21, 0), "The controller crashes on renewal policy Disabled.", never_renewed),
    Fault(
        Version::v1(21, 0),
        Version::v1(21, 0),
        "Changes of Secrets without cert-manager's label are noticed late.",
        unlabelled,
    ),
];

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.upgrade.is_none() {
        return;
    }
    let to = view.scene.release.version;
    let Some(better) = release::all().map(|r| r.version).filter(|v| v.minor == to.minor && *v > to).max() else {
        return;
    };
    for (number, Fault(first, last, text, concerned)) in FAULTS.iter().enumerate() {
        let keys = if (*first..=*last).contains(&to) { concerned(view) } else { Vec::new() };
        if keys.is_empty() {
            continue;
        }
        let subject = controller(view);
        let title = format!("{to} is not advised here: {}", text.trim_end_matches('.'));
        let detail = format!("{text} {better} does not do so.");
        let finding = Finding::about(subject.kind, &subject.key, title, detail)
            .part(format!("{to}-{number}"))
            .advice(Effect::Safe, format!("Go to {better} instead."));
        found.push(keys.iter().fold(finding, Finding::concerning));
    }
}

/// The controller, or one of its CRDs where it was not read.
fn controller(view: &View<'_>) -> ObjectRef {
    let detected = release::detect(view.scene.world).and_then(|detected| detected.object);
    detected.unwrap_or_else(|| ObjectRef::new(Kind::Crd, NamespacedName::cluster("certificates.cert-manager.io")))
}

fn with(view: &View<'_>, holds: impl Fn(&crate::object::Certificate) -> bool) -> Vec<NamespacedName> {
    view.certificates()
        .filter(|(certificate, _)| holds(certificate))
        .map(|(_, judgement)| judgement.key.clone())
        .collect()
}

fn all(view: &View<'_>) -> Vec<NamespacedName> {
    with(view, |_| true)
}

fn sharing(view: &View<'_>) -> Vec<NamespacedName> {
    with(view, |certificate| view.scene.index.shares_secret(certificate))
}

fn by_percentage(view: &View<'_>) -> Vec<NamespacedName> {
    with(view, |certificate| certificate.spec.renew_before_percentage.is_some())
}

fn never_renewed(view: &View<'_>) -> Vec<NamespacedName> {
    with(view, |certificate| certificate.spec.renewal.as_ref().is_some_and(|renewal| &*renewal.policy == "Disabled"))
}

fn unlabelled(view: &View<'_>) -> Vec<NamespacedName> {
    with(view, |certificate| view.scene.secret(certificate).is_some_and(|s| s.metadata.labels.get(FAO_LABEL).is_none()))
}

fn of_acme_cluster_issuers(view: &View<'_>) -> Vec<NamespacedName> {
    with(view, |certificate| {
        let cluster = view.scene.issuer_ref(certificate).is_some_and(|issuer| issuer.kind == Kind::ClusterIssuer);
        cluster && view.scene.issuer(certificate).is_some_and(|issuer| issuer.issuer_type() == IssuerType::Acme)
    })
}
