//! # signature-hash-changes: the next certificate is signed with a longer hash
//!
//! ## What
//!
//! The key is an RSA key of 3072 bits or more, and the upgrade crosses 1.17.
//!
//! ## Why
//!
//! From 1.17 on requests and what a CA of this key signs use SHA-384 from 3072 bits on and SHA-512 from 4096 bits on, in place
//! of SHA-256. Nearly everybody reads them; very old clients and hardware may not.
//!
//! ## Since
//!
//! cert-manager 1.17.
//!
//! ## Example
//!
//! A CA with an RSA key of 4096 bits: what it signs after the upgrade bears sha512WithRSAEncryption.
//!
//! ## Fix
//!
//! Nothing, unless a client cannot read it; then use a key of 2048 bits or an ECDSA key.
//!
//! ## Source
//!
//! cert-manager `upgrading-1.16-1.17.md`.

// Rules, section 8.

use crate::object::Kind;
use crate::pki::PublicKey;
use crate::release::Version;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "signature-hash-changes";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if view.crosses(Version::v1(17, 0)).is_none() {
        return;
    }
    for (certificate, judgement) in view.certificates() {
        let secret = view.scene.secret(certificate);
        let key = secret.and_then(|s| s.key.as_ref()?.decode(&view.scene.release.decoder).ok());
        let Some(PublicKey::Rsa { bits, .. }) = key.map(|key| &key.public) else { continue };
        let hash = match bits {
            ..3072 => continue,
            3072..4096 => "SHA-384",
            _ => "SHA-512",
        };
        let what = if certificate.spec.is_ca { "What this CA signs" } else { "Its next request" };
        let detail = "From 1.17 on the hash grows with the RSA key. A CA decides by its own key for what it signs.";
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, format!("{what} is signed with {hash}"), detail)
                .evidence(format!("hash with RSA {bits}"), "SHA-256", hash)
                .advice(Effect::Safe, "Nothing to do, unless a client cannot read it."),
        );
    }
}
