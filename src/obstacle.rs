//! What keeps an issuance from completing (rules 4 and 9, restore rules 9.5): the same for a cluster as it stands and for
//! the world that a plan makes.

use std::collections::BTreeSet;

use crate::naming::request_name;
use crate::object::certificate::{Keystore, PrivateKeySpec};
use crate::object::issuer::{IssuerType, SecretReference};
use crate::object::{
    Certificate, CertificateRequest, Issuer, Kind, NamespacedName, ObjectRef, ObjectReference, Secret,
};
use crate::policy::private_key_matches_spec::private_key_matches_spec;
use crate::policy::secret_key;
use crate::release::{ControllerFlags, Release};
use crate::world::World;

/// What stands in the way of an issuance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What kind of obstacle, for findings.
    pub reason: ObstacleReason,
    /// A sentence for people.
    pub why: String,
    /// The object that is missing or in the way.
    pub object: Option<ObjectRef>,
}

/// The kinds of obstacles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObstacleReason {
    /// The existing key does not fit the spec and may not be replaced (`CannotRegenerateKey`, rules 4.1).
    CannotRegenerateKey,
    /// The name of the temporary Secret with the next key is taken by a foreign one (rules 4.1.5, up to 1.20).
    NextKeySecretTaken,
    /// The name of the next request is taken by an un-owned one (rules 4.2.5, 9.5).
    RequestNameTaken,
    /// The issuer does not exist.
    IssuerMissing,
    /// A Secret that the issuer needs does not exist, or lacks a key.
    IssuerSecretMissing,
    /// The issuer has none of the known types.
    IssuerUnusable,
    /// The issuer says of itself that it is not ready.
    IssuerNotReady,
    /// The issuer is an external one, whose controller is not simulated.
    ExternalIssuer,
    /// The password of a keystore does not exist: issued at the CA, not stored (rules 4.3).
    KeystorePasswordMissing,
    /// The spec asks for a rotation policy that cert-manager does not know; it hangs (rules 4.1).
    UnknownRotationPolicy,
    /// The spec asks for a key that cert-manager cannot make: an unknown algorithm or a size out of range (rules 4.1).
    UnmakableKey,
    /// cert-manager exits again and again and issues nothing (corrections B6).
    ControllerDown,
}

/// The objects around an issuance, and what is known about those that are not there.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The objects.
    pub world: &'a World,
    /// The release that issues.
    pub release: &'a Release,
    /// Its controller's flags.
    pub flags: &'a ControllerFlags,
    /// Whether an object that is not in the world may exist all the same, because it was not read.
    pub may_be_unread: &'a dyn Fn(&ObjectRef) -> bool,
}

impl<'a> Surroundings<'a> {
    /// Everything that keeps the issuance of a revision from completing, in the order in which cert-manager runs into it.
    #[must_use]
    pub fn obstacles(&self, certificate: &Certificate, revision: u64) -> Vec<Obstacle> {
        let checks = [
            self.no_key_is_made(certificate),
            self.refused_key(certificate),
            self.taken_name(certificate, revision),
            self.issuer_obstacle(certificate),
            self.keystore_obstacle(certificate),
        ];
        checks.into_iter().flatten().collect()
    }

    /// Rules 4.1: under rotationPolicy Never a key that does not fit the spec is neither used nor replaced.
    #[must_use]
    pub fn refused_key(&self, certificate: &Certificate) -> Option<Obstacle> {
        if self.release.rotates(certificate) {
            return None;
        }
        let key = secret_key(certificate);
        let found = self.secret(&key)?.key.as_ref()?.decode(&self.release.decoder).ok()?;
        let fields = private_key_matches_spec(&found.public, &certificate.spec, self.release).ok()?;
        if fields.is_empty() {
            return None;
        }
        let fields: Vec<&str> = fields.iter().map(|field| &*field.path).collect();
        Some(Obstacle {
            reason: ObstacleReason::CannotRegenerateKey,
            why: format!(
                "the key in Secret {} does not fit {}, and {} forbids a new one (CannotRegenerateKey)",
                key.name,
                fields.join(" and "),
                self.never(certificate)
            ),
            object: Some(ObjectRef::new(Kind::Secret, key)),
        })
    }

    /// Rules 4.1: the spec keeps the key manager from making a key.
    #[must_use]
    pub fn no_key_is_made(&self, certificate: &Certificate) -> Option<Obstacle> {
        unknown_rotation_policy(certificate).or_else(|| {
            let objection = unmakable_key(certificate.spec.private_key())?;
            (!self.keeps_key(certificate)).then(|| Obstacle {
                reason: ObstacleReason::UnmakableKey,
                why: format!("cert-manager cannot make the private key that the spec asks for ({objection})"),
                object: None,
            })
        })
    }

    /// Whether the key in the Secret is used again: under Never, where it decodes and can be compared with the spec.
    /// Else a new one is made (rules 4.1.4).
    fn keeps_key(&self, certificate: &Certificate) -> bool {
        let key = secret_key(certificate);
        let present = self.secret(&key).and_then(|secret| secret.key.as_ref()?.decode(&self.release.decoder).ok());
        !self.release.rotates(certificate)
            && present.is_some_and(|key| private_key_matches_spec(&key.public, &certificate.spec, self.release).is_ok())
    }

    /// How a Certificate comes by rotationPolicy Never.
    fn never(&self, certificate: &Certificate) -> String {
        let written = certificate.spec.private_key.as_ref().is_some_and(|wish| !wish.rotation_policy.is_empty());
        if written {
            "rotationPolicy Never".to_owned()
        } else {
            format!("rotationPolicy Never, the default of {},", self.release.version)
        }
    }

    /// The un-owned request under the very name that the request of a revision must have.
    #[must_use]
    pub fn foreign_request(&self, certificate: &Certificate, revision: u64) -> Option<&'a CertificateRequest> {
        if !self.release.stable_request_names {
            return None;
        }
        let metadata = &certificate.metadata;
        let key = NamespacedName::new(metadata.namespace.clone(), request_name(&metadata.name, revision));
        let request = self.world.request(&key)?;
        (!certificate.owns(&request.metadata)).then_some(request)
    }

    /// Rules 4.2.5: Create fails with AlreadyExists for ever.
    #[must_use]
    pub fn taken_name(&self, certificate: &Certificate, revision: u64) -> Option<Obstacle> {
        let request = self.foreign_request(certificate, revision)?.metadata.key();
        Some(Obstacle {
            reason: ObstacleReason::RequestNameTaken,
            why: format!(
                "CertificateRequest {} exists and does not belong to it, so the request of that name can never be created \
                 (AlreadyExists) until somebody deletes the old one",
                request.name
            ),
            object: Some(ObjectRef::new(Kind::CertificateRequest, request)),
        })
    }

    /// An issuer that cannot sign.
    #[must_use]
    pub fn issuer_obstacle(&self, certificate: &Certificate) -> Option<Obstacle> {
        let spec = &certificate.spec;
        let Some(reference) = issuer_ref(&spec.issuer_ref, &certificate.metadata.namespace) else {
            let reference = &spec.issuer_ref;
            return Some(Obstacle {
                reason: ObstacleReason::ExternalIssuer,
                why: format!(
                    "it waits for the external issuer {}.{} {}",
                    reference.kind, reference.group, reference.name
                ),
                object: None,
            });
        };
        let Some(issuer) = self.issuer(&reference) else {
            return (!(self.may_be_unread)(&reference)).then(|| Obstacle {
                reason: ObstacleReason::IssuerMissing,
                why: format!("{reference} does not exist"),
                object: Some(reference),
            });
        };
        if issuer.issuer_type() == IssuerType::Unknown {
            return Some(Obstacle {
                reason: ObstacleReason::IssuerUnusable,
                why: format!("{reference} has none of the known types"),
                object: Some(reference),
            });
        }
        if let Some((secret, missing)) = self.missing_secret(&reference, issuer) {
            return Some(Obstacle {
                reason: ObstacleReason::IssuerSecretMissing,
                why: format!(
                    "{reference} needs Secret {} ({}), which does not exist or lacks a key",
                    secret.key, missing.path
                ),
                object: Some(secret),
            });
        }
        let not_ready = issuer.status.conditions.iter().find(|c| &*c.type_ == "Ready" && &*c.status == "False")?;
        Some(Obstacle {
            reason: ObstacleReason::IssuerNotReady,
            why: format!("{reference} is not ready ({}: {})", not_ready.reason, not_ready.message),
            object: Some(reference),
        })
    }

    /// The first Secret that an issuer needs and does not have. A missing Secret of a DNS-01 solver counts only when
    /// no solver has all of its own: which solver a name takes is not followed.
    #[must_use]
    pub fn missing_secret<'b>(
        &self,
        reference: &ObjectRef,
        issuer: &'b Issuer,
    ) -> Option<(ObjectRef, &'b SecretReference)> {
        let namespace = self.secret_namespace(reference);
        let mut broken_solvers = BTreeSet::new();
        let mut last = None;
        for needed in issuer.secret_references() {
            if needed.account_key {
                continue;
            }
            let Some(secret) = self.lacking(namespace, &needed.name, &needed.keys) else { continue };
            match needed.solver() {
                None => return Some((secret, needed)),
                Some(solver) => {
                    broken_solvers.insert(solver);
                    last.get_or_insert((secret, needed));
                }
            }
        }
        last.filter(|_| broken_solvers.len() == issuer.solver_count())
    }

    /// A Secret of which the controller does not find all of these keys. What its filtered cache does not hold is missing
    /// (rules 3.3).
    fn lacking(&self, namespace: &str, name: &str, keys: &[String]) -> Option<ObjectRef> {
        let found = self.world.secret_in(namespace, name);
        let fits = |secret: &Secret| self.release.finds(secret) && keys.iter().all(|key| secret.has(key));
        // Every Certificate of an issuer asks: nothing is put together for a Secret that is as it should be.
        if found.is_some_and(fits) {
            return None;
        }
        let secret = ObjectRef::new(Kind::Secret, NamespacedName::new(namespace, name));
        (found.is_some() || !(self.may_be_unread)(&secret)).then_some(secret)
    }

    /// A Secret as the controller sees it: what its filtered cache does not hold is missing (rules 3.3).
    fn secret(&self, key: &NamespacedName) -> Option<&'a Secret> {
        self.world.secret(key).filter(|secret| self.release.finds(secret))
    }

    /// Rules 4.3: without the password the write fails, and the certificate is not stored.
    #[must_use]
    pub fn keystore_obstacle(&self, certificate: &Certificate) -> Option<Obstacle> {
        let keystores = certificate.spec.keystores.as_deref()?;
        let stores = [keystores.jks.as_ref(), keystores.pkcs12.as_ref()];
        let secret = stores.into_iter().flatten().find_map(|store| self.missing_password(store, certificate))?;
        Some(Obstacle {
            reason: ObstacleReason::KeystorePasswordMissing,
            why: format!("what is issued cannot be stored: the keystore password in {secret} is missing"),
            object: Some(secret),
        })
    }

    fn missing_password(&self, store: &Keystore, certificate: &Certificate) -> Option<ObjectRef> {
        if !store.create || store.has_literal_password {
            return None;
        }
        let selector = &store.password_secret_ref;
        self.lacking(&certificate.metadata.namespace, &selector.name, &[selector.key.to_string()])
    }

    /// An Issuer or a ClusterIssuer.
    #[must_use]
    pub fn issuer(&self, reference: &ObjectRef) -> Option<&'a Issuer> {
        match reference.kind {
            Kind::Issuer => self.world.issuer(&reference.key),
            _ => self.world.cluster_issuer(&reference.key),
        }
    }

    /// Where an issuer's Secrets are (rules section 9).
    #[must_use]
    pub fn secret_namespace<'b>(&'b self, issuer: &'b ObjectRef) -> &'b str {
        match issuer.kind {
            Kind::Issuer => &issuer.key.namespace,
            _ => &self.flags.cluster_resource_namespace,
        }
    }
}

/// Rules 4.1: the key manager logs an unknown policy and does nothing more.
fn unknown_rotation_policy(certificate: &Certificate) -> Option<Obstacle> {
    let policy = &certificate.spec.private_key().rotation_policy;
    (!matches!(&**policy, "" | "Never" | "Always")).then(|| Obstacle {
        reason: ObstacleReason::UnknownRotationPolicy,
        why: format!("cert-manager does not know the rotationPolicy {policy:?} and makes no key"),
        object: None,
    })
}

/// Why no key can be made for a spec, in cert-manager's words (`pkg/util/pki/generate.go`; the same in all releases).
fn unmakable_key(wish: &PrivateKeySpec) -> Option<String> {
    let size = wish.size;
    match &*wish.algorithm {
        "" | "RSA" if size > 0 && size < 2048 => {
            Some(format!("weak rsa key size specified: {size}. minimum key size: 2048"))
        }
        "" | "RSA" if size > 8192 => Some(format!("rsa key size specified too big: {size}. maximum key size: 8192")),
        "ECDSA" if size > 0 && ![256, 384, 521].contains(&size) => {
            Some(format!("unsupported ecdsa key size specified: {size}"))
        }
        "" | "RSA" | "ECDSA" | "Ed25519" => None,
        unknown => Some(format!("unsupported private key algorithm specified: {unknown}")),
    }
}

/// The issuer that an `issuerRef` means; `None` for external issuers.
#[must_use]
pub fn issuer_ref(reference: &ObjectReference, namespace: &str) -> Option<ObjectRef> {
    let (kind, namespace) = reference.builtin_issuer(namespace)?;
    Some(ObjectRef::new(kind, NamespacedName::new(namespace, reference.name.clone())))
}
