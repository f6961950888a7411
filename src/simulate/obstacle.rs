//! What stands in the way of an issuance (rules 4.1 – 4.3, restore rules 9.3, 9.5).

use std::collections::BTreeSet;

use super::naming::request_name;
use super::needs::{issuer_secrets, solver_count, solver_of};
use super::outcome::{ObjectRef, Obstacle, ObstacleReason};
use super::run::Run;
use crate::object::certificate::Keystore;
use crate::object::issuer::{IssuerType, SecretReference};
use crate::object::{Certificate, Issuer, Kind, NamespacedName, ObjectReference};

impl Run<'_> {
    /// The first thing that keeps a request from becoming a stored certificate, in the order in which cert-manager runs
    /// into them.
    pub(super) fn obstacle(&self, certificate: &Certificate) -> Option<Obstacle> {
        self.issuer_obstacle(certificate).or_else(|| self.keystore_obstacle(certificate))
    }

    /// Name of the request that the next issuance of a Certificate makes, with stable names on.
    pub(super) fn next_request(&self, certificate: &Certificate) -> NamespacedName {
        let metadata = &certificate.metadata;
        let completed = self.fates.get(&metadata.key()).map_or(0, |fate| u64::from(fate.completed));
        NamespacedName::new(metadata.namespace.clone(), request_name(&metadata.name, completed + 1))
    }

    /// Rules 4.2.5: Create fails with AlreadyExists for ever.
    pub(super) fn taken_name(&self, certificate: &Certificate) -> Option<Obstacle> {
        if !self.release.stable_request_names {
            return None;
        }
        let key = self.next_request(certificate);
        let request = self.target.request(&key)?;
        (!request.metadata.is_controlled_by(&certificate.metadata.uid)).then(|| Obstacle {
            reason: ObstacleReason::RequestNameTaken,
            why: format!(
                "CertificateRequest {} exists and does not belong to it: a request of that name can never be created \
                 (restore rules 9.5)",
                key.name
            ),
            object: Some(ObjectRef::new(Kind::CertificateRequest, key)),
        })
    }

    fn issuer_obstacle(&self, certificate: &Certificate) -> Option<Obstacle> {
        let spec = &certificate.spec;
        if !spec.issuer_ref.is_builtin() {
            let reference = &spec.issuer_ref;
            return Some(Obstacle {
                reason: ObstacleReason::ExternalIssuer,
                why: format!(
                    "it waits for the external issuer {}.{} {}",
                    reference.kind, reference.group, reference.name
                ),
                object: None,
            });
        }
        let reference = issuer_ref(&spec.issuer_ref, &certificate.metadata.namespace);
        let Some(issuer) = self.issuer(&reference) else {
            return (!self.may_be_unread(&reference)).then(|| Obstacle {
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
        let (secret, missing) = self.missing_secret(&reference, issuer)?;
        Some(Obstacle {
            reason: ObstacleReason::IssuerSecretMissing,
            why: format!(
                "{reference} needs Secret {} ({}), which does not exist or lacks a key",
                secret.key, missing.path
            ),
            object: Some(secret),
        })
    }

    /// The first Secret that an issuer needs and does not have. A missing Secret of a DNS-01 solver counts only when
    /// no solver has all of its own: which solver a name takes is not simulated.
    pub(super) fn missing_secret(
        &self,
        reference: &ObjectRef,
        issuer: &Issuer,
    ) -> Option<(ObjectRef, SecretReference)> {
        let namespace = self.secret_namespace(reference);
        let mut broken_solvers = BTreeSet::new();
        let mut last = None;
        for needed in issuer_secrets(issuer) {
            let secret = ObjectRef::new(Kind::Secret, NamespacedName::new(namespace.clone(), needed.name.as_str()));
            if needed.account_key || self.has_keys(&secret, &needed.keys) {
                continue;
            }
            match solver_of(&needed) {
                None => return Some((secret, needed)),
                Some(solver) => {
                    broken_solvers.insert(solver);
                    last.get_or_insert((secret, needed));
                }
            }
        }
        last.filter(|_| broken_solvers.len() == solver_count(issuer))
    }

    fn has_keys(&self, secret: &ObjectRef, keys: &[String]) -> bool {
        match self.target.secret(&secret.key) {
            Some(found) => keys.iter().all(|key| found.has(key)),
            None => self.may_be_unread(secret),
        }
    }

    /// Rules 4.3: without the password the write fails, and the certificate is not stored.
    fn keystore_obstacle(&self, certificate: &Certificate) -> Option<Obstacle> {
        let keystores = certificate.spec.keystores.as_deref()?;
        let stores = [keystores.jks.as_ref(), keystores.pkcs12.as_ref()];
        let secret = stores.into_iter().flatten().find_map(|store| self.missing_password(store, certificate))?;
        Some(Obstacle {
            reason: ObstacleReason::KeystorePasswordMissing,
            why: format!(
                "the certificate is issued and cannot be stored: the keystore password in {secret} is missing"
            ),
            object: Some(secret),
        })
    }

    fn missing_password(&self, store: &Keystore, certificate: &Certificate) -> Option<ObjectRef> {
        if !store.create || store.has_literal_password {
            return None;
        }
        let selector = &store.password_secret_ref;
        let key = NamespacedName::new(certificate.metadata.namespace.clone(), selector.name.clone());
        let secret = ObjectRef::new(Kind::Secret, key);
        (!self.has_keys(&secret, &[selector.key.to_string()])).then_some(secret)
    }

    /// An Issuer or a ClusterIssuer of the target.
    pub(super) fn issuer(&self, reference: &ObjectRef) -> Option<&Issuer> {
        match reference.kind {
            Kind::Issuer => self.target.issuer(&reference.key),
            _ => self.target.cluster_issuer(&reference.key),
        }
    }

    /// Where an issuer's Secrets are (rules section 9).
    pub(super) fn secret_namespace(&self, issuer: &ObjectRef) -> Box<str> {
        match issuer.kind {
            Kind::Issuer => issuer.key.namespace.clone(),
            _ => self.setting.flags.cluster_resource_namespace.as_str().into(),
        }
    }
}

/// The issuer that an `issuerRef` means; only for cert-manager's own kinds.
pub(super) fn issuer_ref(reference: &ObjectReference, namespace: &str) -> ObjectRef {
    match reference.kind_or_default() {
        "ClusterIssuer" => ObjectRef::new(Kind::ClusterIssuer, NamespacedName::cluster(reference.name.clone())),
        _ => ObjectRef::new(Kind::Issuer, NamespacedName::new(namespace, reference.name.clone())),
    }
}
