//! # issuer-secret-missing: a Secret that an issuer needs does not exist
//!
//! ## What
//!
//! An Issuer or ClusterIssuer refers to a Secret that does not exist, that lacks the key, or that cert-manager does not find:
//! its filtered cache (1.13+) passes over Secrets whose label `controller.cert-manager.io/fao` says anything but `true`.
//!
//! ## Why
//!
//! Without it the issuer cannot sign, prove names or log in. Certificates in use stay; whatever wants a new one
//! waits.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! ClusterIssuers read their Secrets from the cluster resource namespace. A backup without that namespace loses
//! them all.
//!
//! ## Fix
//!
//! Restore or create the Secret in the namespace named in the finding.
//!
//! ## Source
//!
//! cert-manager website `content/docs/devops-tips/backup.md`; `docs/restores.md`.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use crate::object::secret::FAO_LABEL;
use crate::object::{Issuer, Kind, NamespacedName, ObjectRef};

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "issuer-secret-missing";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    // Mostly none is missing, and nobody asks who needs it.
    let users = LazyCell::new(|| users(view));
    for (kind, issuer) in issuers(view) {
        let issuer_ref = ObjectRef::new(kind, issuer.metadata.key());
        let namespace = view.scene.resource_namespace(&issuer_ref);
        for needed in issuer.secret_references().iter().filter(|needed| !needed.account_key) {
            let key = NamespacedName::new(namespace, needed.name.as_str());
            let secret = view.scene.world.secret(&key);
            let hidden = secret.filter(|secret| !view.scene.release.finds(secret));
            let absent = secret.and_then(|secret| needed.keys.iter().find(|key| !secret.has(key)));
            let missing = match (hidden, absent) {
                (Some(_), _) => format!("is hidden from cert-manager by its label {FAO_LABEL}"),
                (None, Some(absent)) => format!("has no {absent}"),
                (None, None) if view.scene.is_missing_secret(&key) => "does not exist".to_owned(),
                (None, None) => continue,
            };
            let title = format!("Secret {key} {missing}");
            let detail =
                format!("{} of this issuer refers to it; until it is there the issuer cannot sign.", needed.path);
            let mut finding = Finding::about(kind, &issuer_ref.key, title, detail).part(&*needed.path);
            let (namespace, name) = (shell(namespace), shell(&needed.name));
            finding = match hidden {
                Some(_) => finding.command(
                    Effect::Issues,
                    "Take the label away, or make it `true`: what waits for the issuer then goes on.",
                    format!("kubectl -n {namespace} label secret {name} {FAO_LABEL}-"),
                ),
                None => finding.command(
                    Effect::Safe,
                    "Look at what is there.",
                    format!("kubectl -n {namespace} get secret {name}"),
                ),
            };
            for user in users.get(&issuer_ref).into_iter().flatten() {
                finding = finding.concerning(user);
            }
            found.push(finding);
        }
    }
}

/// The Certificates of each issuer.
fn users<'a>(view: &View<'a>) -> BTreeMap<ObjectRef, Vec<&'a NamespacedName>> {
    let mut users: BTreeMap<ObjectRef, Vec<_>> = BTreeMap::new();
    for (certificate, judgement) in view.certificates() {
        if let Some(issuer) = view.scene.issuer_ref(certificate) {
            users.entry(issuer).or_default().push(&judgement.key);
        }
    }
    users
}

/// All issuers of both kinds.
pub(super) fn issuers<'a>(view: &View<'a>) -> impl Iterator<Item = (Kind, &'a Issuer)> {
    let world = view.scene.world;
    let namespaced = world.issuers().map(|issuer| (Kind::Issuer, issuer));
    namespaced.chain(world.cluster_issuers().map(|issuer| (Kind::ClusterIssuer, issuer)))
}
