//! # issuer-secret-missing: a Secret that an issuer needs does not exist
//!
//! ## What
//!
//! An Issuer or ClusterIssuer refers to a Secret that does not exist, or that lacks the key.
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
            let missing = if view.scene.is_missing_secret(&key) {
                "does not exist".to_owned()
            } else {
                let Some(secret) = view.scene.world.secret(&key) else { continue };
                let Some(absent) = needed.keys.iter().find(|k| !secret.has(k)) else { continue };
                format!("has no {absent}")
            };
            let title = format!("Secret {key} {missing}");
            let detail =
                format!("{} of this issuer refers to it; until it is there the issuer cannot sign.", needed.path);
            let mut finding = Finding::about(kind, &issuer_ref.key, title, detail).part(&*needed.path).command(
                Effect::Safe,
                "Look at what is there.",
                format!("kubectl -n {} get secret {}", shell(namespace), shell(&needed.name)),
            );
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
