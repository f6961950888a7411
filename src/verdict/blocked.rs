//! What keeps an issuance from completing (rules 4, 9; restore-semantics 9.5).

use crate::object::issuer::IssuerType;
use crate::object::{Certificate, CertificateRequest, Kind, NamespacedName, Secret};
use crate::policy::private_key_matches_spec::private_key_matches_spec;

use super::judge::Scene;

/// Why an issuance cannot complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which obstacle.
    pub cause: BlockCause,
    /// The obstacle in a sentence.
    pub text: String,
    /// The object that is in the way or missing.
    pub object: (Kind, NamespacedName),
}

/// The obstacles that can be read off the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockCause {
    /// rotationPolicy Never and a key that does not fit the spec (rules 4.1).
    CannotRegenerateKey,
    /// The next request's name is taken by a request that this Certificate does not own (rules 4.2).
    RequestNameTaken,
    /// The issuer does not exist.
    IssuerMissing,
    /// A Secret that the issuer needs does not exist.
    IssuerSecretMissing,
    /// The issuer says that it is not ready.
    IssuerNotReady,
    /// The keystore password is missing: issued, but never stored (rules 4.3).
    KeystorePasswordMissing,
}

/// The name of the request for a revision with stable names (rules 4.2), for Certificates with names of up to 233
/// characters; longer ones are cut and carry a hash, and cannot collide with what people or older releases named.
#[must_use]
pub fn request_name(certificate: &str, revision: i64) -> Option<String> {
    (certificate.len() <= 233).then(|| format!("{certificate}-{revision}"))
}

/// Everything that keeps an issuance of this Certificate from completing, the earliest obstacle first.
#[must_use]
pub fn blocks(scene: &Scene<'_>, certificate: &Certificate, secret: Option<&Secret>) -> Vec<Block> {
    let mut found = Vec::new();
    found.extend(key_refused(scene, certificate, secret));
    found.extend(request_name_taken(scene, certificate));
    found.extend(issuer_obstacle(scene, certificate));
    found.extend(keystore_password_missing(scene, certificate));
    found
}

fn key_refused(scene: &Scene<'_>, certificate: &Certificate, secret: Option<&Secret>) -> Option<Block> {
    if scene.release.rotates(certificate) {
        return None;
    }
    let secret = secret?;
    let key = secret.key.as_ref()?.decode(&scene.release.decoder).ok()?;
    let mismatches = private_key_matches_spec(&key.public, &certificate.spec, scene.release).ok()?;
    if mismatches.is_empty() {
        return None;
    }
    let fields: Vec<&str> = mismatches.iter().map(|difference| difference.path.as_str()).collect();
    Some(Block {
        cause: BlockCause::CannotRegenerateKey,
        text: format!(
            "the private key in Secret {} does not fit the spec ({}) and rotationPolicy is Never: cert-manager neither \
             re-uses nor replaces it (event CannotRegenerateKey)",
            secret.metadata.name,
            fields.join(", ")
        ),
        object: (Kind::Secret, secret.metadata.key()),
    })
}

/// An un-owned request under the very name that the next request must have.
#[must_use]
pub fn foreign_request<'a>(
    scene: &Scene<'a>,
    certificate: &Certificate,
    revision: i64,
) -> Option<&'a CertificateRequest> {
    if !scene.release.stable_request_names {
        return None;
    }
    let name = request_name(&certificate.metadata.name, revision)?;
    let key = NamespacedName::new(certificate.metadata.namespace.clone(), name);
    let request = scene.world.request(&key)?;
    (!request.metadata.is_controlled_by(&certificate.metadata.uid)).then_some(request)
}

fn request_name_taken(scene: &Scene<'_>, certificate: &Certificate) -> Option<Block> {
    let next = certificate.status.revision.unwrap_or(0) + 1;
    let request = foreign_request(scene, certificate, next)?;
    Some(Block {
        cause: BlockCause::RequestNameTaken,
        text: format!(
            "the request for revision {next} must be named {}, and a CertificateRequest of that name exists that this \
             Certificate does not own: creating it fails with AlreadyExists until somebody deletes the old one",
            request.metadata.name
        ),
        object: (Kind::CertificateRequest, request.metadata.key()),
    })
}

fn issuer_obstacle(scene: &Scene<'_>, certificate: &Certificate) -> Option<Block> {
    let reference = &certificate.spec.issuer_ref;
    if !reference.is_builtin() {
        return None;
    }
    let (kind, key) = scene.issuer_key(certificate)?;
    let Some(issuer) = scene.issuer(certificate) else {
        if scene.world.broken_object(kind, &key).is_some() || !scene.world.coverage.was_read(kind) {
            return None;
        }
        return Some(Block {
            cause: BlockCause::IssuerMissing,
            text: format!("{kind} {key} does not exist: the request waits for it (IssuerNotFound)"),
            object: (kind, key),
        });
    };
    let namespace = scene.resource_namespace(kind, &key);
    for needed in issuer.secret_references() {
        let secret = NamespacedName::new(namespace, needed.name.as_str());
        if !needed.account_key && scene.is_missing_secret(&secret) {
            return Some(Block {
                cause: BlockCause::IssuerSecretMissing,
                text: format!("{kind} {key} needs Secret {secret} ({}), which does not exist", needed.path),
                object: (Kind::Secret, secret),
            });
        }
    }
    let not_ready = issuer.status.conditions.iter().find(|c| &*c.type_ == "Ready" && &*c.status == "False")?;
    // A self-signed issuer is always able to sign; its Ready condition is written once and never wrong for long.
    if issuer.issuer_type() == IssuerType::SelfSigned {
        return None;
    }
    Some(Block {
        cause: BlockCause::IssuerNotReady,
        text: format!("{kind} {key} is not ready ({}): {}", not_ready.reason, not_ready.message),
        object: (kind, key),
    })
}

fn keystore_password_missing(scene: &Scene<'_>, certificate: &Certificate) -> Option<Block> {
    let keystores = certificate.spec.keystores.as_deref()?;
    let wanted = [("jks", keystores.jks.as_ref()), ("pkcs12", keystores.pkcs12.as_ref())];
    for (name, keystore) in wanted {
        let Some(keystore) = keystore.filter(|k| k.create && !k.has_literal_password) else { continue };
        let key = NamespacedName::new(certificate.metadata.namespace.clone(), keystore.password_secret_ref.name.clone());
        let entry = if keystore.password_secret_ref.key.is_empty() { "password" } else { &keystore.password_secret_ref.key };
        let text = if scene.is_missing_secret(&key) {
            format!("the password of keystore {name} is in Secret {key}, which does not exist")
        } else if scene.world.secret(&key).is_some_and(|secret| !secret.has(entry)) {
            format!("the password of keystore {name} should be in Secret {key} under {entry}, which is not there")
        } else {
            continue;
        };
        return Some(Block {
            cause: BlockCause::KeystorePasswordMissing,
            text: format!("{text}: a new certificate would be issued and never stored"),
            object: (Kind::Secret, key),
        });
    }
    None
}
