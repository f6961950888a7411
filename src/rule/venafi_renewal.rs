//! # venafi-renewal: renewals through this Venafi issuer may fail after the upgrade
//!
//! ## What
//!
//! The issuer is a Venafi issuer, and the upgrade crosses 1.16.
//!
//! ## Why
//!
//! From 1.16 on cert-manager passes `spec.duration` to Venafi, which refuses what the policy of the zone does not allow; and
//! a TPP issuer with user name and password uses OAuth instead of the API key, which the server must be set up for.
//!
//! ## Since
//!
//! cert-manager 1.16.
//!
//! ## Example
//!
//! A TPP server that knows no API integration for cert-manager's client id.
//!
//! ## Fix
//!
//! See that the zone allows the durations and that the integration is set up, and renew one certificate as a trial after the
//! upgrade.
//!
//! ## Source
//!
//! cert-manager release notes 1.16 (PR 7084, PR 7104); `upgrading-1.12.md`.

use crate::object::issuer::IssuerType;
use crate::object::{NamespacedName, ObjectRef};
use crate::release::Version;

use super::View;
use super::finding::{Effect, Finding};
use super::issuer_secret_missing::issuers;

pub(super) const ID: &str = "venafi-renewal";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.crosses(Version::v1(16, 0)).is_none() {
        return;
    }
    for (kind, issuer) in issuers(view).filter(|(_, issuer)| issuer.issuer_type() == IssuerType::Venafi) {
        let issuer_ref = ObjectRef::new(kind, issuer.metadata.key());
        let password = uses_password(view, &issuer_ref, issuer.spec.pointer("/venafi/tpp/credentialsRef/name"));
        let users = || view.certificates().filter(|(c, _)| view.scene.issuer_ref(c).as_ref() == Some(&issuer_ref));
        let timed = users().filter(|(certificate, _)| certificate.spec.duration.is_some()).count();
        if !password && timed == 0 {
            continue;
        }
        let detail = "From 1.16 on durations are passed to Venafi, and user name and password are used with OAuth. What the zone or \
                      the server does not allow makes renewals fail.";
        let mut finding = Finding::about(kind, &issuer.metadata.key(), "Renewals may fail after the upgrade", detail);
        if password {
            finding = finding.evidence("credentials", "access-token", "username and password");
        }
        if timed > 0 {
            finding =
                finding.evidence("Certificates with a duration", "none, or allowed by the zone", timed.to_string());
        }
        for (_, judgement) in users() {
            finding = finding.concerning(&judgement.key);
        }
        found.push(finding.advice(Effect::Issues, "After the upgrade renew one certificate as a trial."));
    }
}

fn uses_password(view: &View<'_>, issuer: &ObjectRef, name: Option<&serde_json::Value>) -> bool {
    let Some(name) = name.and_then(serde_json::Value::as_str) else { return false };
    let key = NamespacedName::new(view.scene.resource_namespace(issuer), name);
    view.scene.world.secret(&key).is_some_and(|secret| secret.has("password") && !secret.has("access-token"))
}
