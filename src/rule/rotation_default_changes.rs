//! # rotation-default-changes: after the upgrade the next issuance makes a new key
//!
//! ## What
//!
//! The spec is silent about `privateKey.rotationPolicy`. The release before keeps the key at every renewal, the release
//! after makes a new one.
//!
//! ## Why
//!
//! Whoever pinned the key (DANE TLSA, mobile apps, SSH or JWT users of the same key, peers that exchange public keys) is cut
//! off at the next renewal, weeks after the upgrade. Who pins is known only in part: from copies of the key elsewhere in the
//! input, and from the list of pinned keys in the configuration.
//!
//! ## Since
//!
//! cert-manager 1.18: Always by default. In 1.18 and 1.19 the gate `DefaultPrivateKeyRotationPolicyAlways=false` keeps Never;
//! from 1.20 on the gate changes nothing.
//!
//! ## Example
//!
//! An upgrade from 1.17 to 1.18 with a truststore Secret that holds a copy of the server's certificate.
//!
//! ## Fix
//!
//! Set `spec.privateKey.rotationPolicy: Never` before the upgrade where the key must stay.
//!
//! ## Source
//!
//! cert-manager release notes 1.18, `upgrading-1.17-1.18.md`.

// Rules 4.1, 5.3.

use std::collections::HashMap;

use crate::object::{Certificate, Kind, NamespacedName, Secret};
use crate::pki::PublicKey;
use crate::policy::TriggerOutcome;
use crate::time::Time;
use crate::verdict::{Judgement, Verdict, secret_key};

use super::finding::{Finding, Severity};
use super::{View, key_will_rotate};

pub(super) const ID: &str = "rotation-default-changes";

/// So many copies are named.
const SHOWN: usize = 5;

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (from, to) = (upgrade.from(), view.scene.release);
    if from.rotates_by_default || !to.rotates_by_default {
        return;
    }
    let copies = Copies::of(view);
    let gate_is_off = view.scene.flags.feature_gates.get("DefaultPrivateKeyRotationPolicyAlways") == Some(&false);
    for (certificate, judgement) in view.certificates() {
        if !certificate.spec.private_key().rotation_policy.is_empty() {
            continue;
        }
        let Some(secret) = view.scene.secret(certificate) else { continue };
        let Some(key) = public_key(view, secret) else { continue };
        // Which never issues.
        if matches!(judgement.outcome, Some(TriggerOutcome::NotOwner { .. })) {
            continue;
        }
        let when = when(judgement, view.scene.now);
        let mut detail = format!(
            "rotationPolicy is unset: {} keeps the key, {} makes a new one at every issuance.",
            from.version, to.version
        );
        if gate_is_off {
            detail.push_str(" The gate DefaultPrivateKeyRotationPolicyAlways=false changes nothing there.");
        }
        let title = format!("The key changes at the next issuance{when}");
        let mut finding = Finding::about(Kind::Certificate, &judgement.key, title, detail).evidence(
            "rotationPolicy by default",
            "Never",
            "Always",
        );
        finding = key_will_rotate::keeping(finding, judgement);
        let others = copies.elsewhere(key, certificate);
        for place in others.iter().take(SHOWN) {
            finding = finding.evidence("copy of the public key", "none", format!("Secret {place}"));
        }
        let issued = secret.certificate.as_ref().and_then(|c| c.decode(&view.scene.release.decoder).ok());
        let fingerprint = issued.map(|issued| hex(&issued.public_key_sha256));
        let entry = upgrade.pinned.iter().find(|entry| entry.fits(&judgement.key, fingerprint.as_deref()));
        if let Some(entry) = entry {
            finding = finding.evidence("pinned keys in the configuration", "not listed", &*entry.reason);
        }
        if entry.is_some() || !others.is_empty() {
            finding.title = format!("A key that is pinned changes at the next issuance{when}");
            finding = finding.severity(Severity::High);
        }
        found.push(finding);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// When the next issuance comes, as far as it can be told: at the renewal only where nothing comes before it, and not that
/// of a running one, which may go on with the key that the release before kept.
fn when(judgement: &Judgement, now: Time) -> String {
    match (judgement.verdict, judgement.renewal.renewal_time.filter(|at| *at > now)) {
        (Verdict::ReissueNow, _) => ", now".to_owned(),
        (Verdict::Unchanged | Verdict::ReissueLater | Verdict::Drift, Some(at)) => format!(", about {}", at.date()),
        _ => String::new(),
    }
}

fn public_key<'a>(view: &View<'a>, secret: &'a Secret) -> Option<&'a PublicKey> {
    Some(&secret.key.as_ref()?.decode(&view.scene.release.decoder).ok()?.public)
}

/// Secrets by the public keys in them.
struct Copies<'a>(HashMap<&'a PublicKey, Vec<&'a Secret>>);

impl<'a> Copies<'a> {
    fn of(view: &View<'a>) -> Self {
        let decoder = &view.scene.release.decoder;
        let mut by_key: HashMap<&PublicKey, Vec<&Secret>> = HashMap::new();
        for secret in view.scene.world.secrets() {
            let private = public_key(view, secret);
            let issued = secret.certificate.as_ref().and_then(|material| material.decode(decoder).ok());
            let trusted = secret.ca.as_ref().and_then(|material| material.decode(decoder).ok());
            let certificates = [issued, trusted].into_iter().flatten().map(|certificate| &certificate.public_key);
            for key in private.into_iter().chain(certificates) {
                let places = by_key.entry(key).or_default();
                if !places.iter().any(|place| std::ptr::eq(*place, secret)) {
                    places.push(secret);
                }
            }
        }
        Self(by_key)
    }

    /// The Secrets that hold a key and are written by nobody who would follow its change: not the Certificate's own, none of
    /// a Certificate at all (that of a CA lies in `ca.crt` of everything below it), no temporary one.
    fn elsewhere(&self, key: &PublicKey, certificate: &Certificate) -> Vec<NamespacedName> {
        let own = secret_key(certificate);
        let copies = self.0.get(key).into_iter().flatten();
        let foreign = copies.filter(|secret| {
            let annotations = &secret.metadata.annotations;
            secret.metadata.key() != own
                && annotations.get(crate::object::secret::annotation::CERTIFICATE_NAME).is_none()
                && secret.metadata.labels.get("cert-manager.io/next-private-key").is_none()
        });
        foreign.map(|secret| secret.metadata.key()).collect()
    }
}
