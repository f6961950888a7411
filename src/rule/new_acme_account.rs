//! # new-acme-account: a new ACME account will be registered
//!
//! ## What
//!
//! The Secret with an ACME issuer's account key does not exist, and the issuer may make a new one.
//!
//! ## Why
//!
//! cert-manager generates a key and registers a new account without a word. CAA records with `accounturi`,
//! authorisations, per-account rate limits and external account bindings belong to the old account.
//!
//! ## Since
//!
//! All releases, unless `disableAccountKeyGeneration: true`.
//!
//! ## Example
//!
//! The account key of a ClusterIssuer lives in the cluster resource namespace, which the backup does not hold.
//!
//! ## Fix
//!
//! Restore the account key's Secret before the issuer.
//!
//! ## Source
//!
//! RFC 8555 7.3; `docs/restores.md`.

use crate::object::{NamespacedName, ObjectRef};

use super::View;
use super::finding::{Effect, Finding, shell};
use super::issuer_secret_missing::issuers;

pub(super) const ID: &str = "new-acme-account";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if let Some(simulation) = view.simulation {
        let accounts = simulation.new_accounts.iter();
        found.extend(accounts.map(|account| finding(&account.issuer, &account.secret)));
        return;
    }
    for (kind, issuer) in issuers(view) {
        let issuer_ref = ObjectRef::new(kind, issuer.metadata.key());
        let namespace = view.scene.resource_namespace(&issuer_ref);
        for needed in issuer.secret_references().iter().filter(|needed| needed.account_key) {
            let key = NamespacedName::new(namespace, needed.name.as_str());
            if !view.scene.is_missing_secret(&key) {
                continue;
            }
            found.push(finding(&issuer_ref, &key));
        }
    }
}

fn finding(issuer: &ObjectRef, secret: &NamespacedName) -> Finding {
    let detail = format!(
        "Secret {secret} with the account key does not exist: cert-manager makes a key and registers a new account."
    );
    Finding::about(issuer.kind, &issuer.key, "A new ACME account will be registered", detail).command(
        Effect::Safe,
        "Restore the account key before the issuer; see whether it is there.",
        format!("kubectl -n {} get secret {}", shell(&secret.namespace), shell(&secret.name)),
    )
}
