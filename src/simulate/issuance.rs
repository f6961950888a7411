//! An issuance, from the key to the Secret (rules 4).

use std::sync::Arc;

use thin_vec::thin_vec;

use super::judge::Judgement;
use super::run::Run;
use crate::naming::request_name;
use crate::object::secret::{FAO_LABEL, annotation};
use crate::object::{Certificate, Kind, NamespacedName, Object, ObjectMeta, ObjectRef, OwnerReference, Secret};
use crate::obstacle::{Obstacle, ObstacleReason};
use crate::policy::secret_key;

/// A Certificate with `Issuing=True`.
#[derive(Clone, Debug, Default)]
pub(super) struct Issuance {
    /// The key manager refused at once (rules 4.1).
    pub(super) refused: Option<Obstacle>,
    /// What stood in the way at the last attempt.
    pub(super) obstacle: Option<Obstacle>,
}

impl Run<'_> {
    /// Rules 4.1.4: an existing key that does not fit may not be replaced under rotationPolicy Never.
    pub(super) fn key_refusal(&self, certificate: &Certificate, judgement: &Judgement) -> Option<Obstacle> {
        let misfit = judgement.violations.iter().any(|violation| {
            matches!(violation.policy, "SecretPrivateKeyMatchesSpec" | "SecretPrivateKeyMismatchesSpec")
                && violation.message.starts_with("Existing private key is not up to date for spec")
        });
        (misfit && !self.release.rotates(certificate)).then(|| Obstacle {
            reason: ObstacleReason::CannotRegenerateKey,
            why: format!(
                "the key in Secret {} does not fit the spec, and rotationPolicy Never forbids a new one",
                certificate.spec.secret_name
            ),
            object: Some(ObjectRef::new(Kind::Secret, secret_key(certificate))),
        })
    }

    /// Puts issuances that wait for an object back in the queue.
    pub(super) fn wake(&mut self, object: &ObjectRef) {
        self.queue.extend(self.waiting.remove(object).into_iter().flatten());
    }

    /// Tries issuances until none can go on.
    pub(super) fn settle(&mut self) {
        if !self.running {
            return;
        }
        while let Some(key) = self.queue.pop_front() {
            self.attempt(&key);
        }
    }

    /// No controller watches the Secret of a keystore's password: the issuance is tried again with a growing delay, and so
    /// finds it when the step that brings it is done (seen with real kubectl).
    pub(super) fn try_passwords_again(&mut self) {
        self.queue.extend(std::mem::take(&mut self.without_password));
        self.settle();
    }

    fn attempt(&mut self, key: &NamespacedName) {
        let Some(issuance) = self.open.get(key) else { return };
        let Some(certificate) = self.shared_certificate(key) else { return };
        let at_the_start = issuance.refused.clone().or_else(|| {
            let revision = self.next_revision(key);
            self.ask(|around| around.taken_name(&certificate, revision))
        });
        if at_the_start.is_none() && self.release.stable_request_names {
            let name = request_name(&certificate.metadata.name, self.next_revision(key));
            self.own_requests.insert(NamespacedName::new(key.namespace.clone(), name));
        }
        let obstacle = at_the_start.or_else(|| {
            self.ask(|around| around.issuer_obstacle(&certificate).or_else(|| around.keystore_obstacle(&certificate)))
        });
        let Some(obstacle) = obstacle else {
            self.complete(&certificate);
            return;
        };
        let waits = matches!(obstacle.reason, ObstacleReason::IssuerMissing | ObstacleReason::IssuerSecretMissing);
        if obstacle.reason == ObstacleReason::KeystorePasswordMissing {
            self.without_password.insert(key.clone());
        }
        if let Some(object) = obstacle.object.clone().filter(|_| waits) {
            self.waiting.entry(object).or_default().push(key.clone());
        }
        if let Some(issuance) = self.open.get_mut(key) {
            issuance.obstacle = Some(obstacle);
        }
    }

    /// The issuer signs, and the issuing controller writes the Secret (rules 4.3). What is signed is not known: the
    /// Secret becomes a stand-in.
    fn complete(&mut self, certificate: &Certificate) {
        let key = certificate.metadata.key();
        let event = self.next_event();
        self.open.remove(&key);
        let revision = self.next_revision(&key);
        self.fates.entry(key.clone()).or_default().completed += 1;
        self.tell(
            &key,
            event,
            format!("issued (revision {revision}); Secret {} written", certificate.spec.secret_name),
        );
        if let Some(Object::Certificate(stored)) = self.target.get_mut(Kind::Certificate, &key) {
            let status = &mut Arc::make_mut(stored).status;
            status.conditions.retain(|condition| &*condition.type_ != "Issuing");
            status.revision = i64::try_from(revision).ok();
        }
        let secret = secret_key(certificate);
        self.write_stand_in(&secret, certificate, event);
        self.tell_sharing(&secret, &key, event);
        self.wake(&ObjectRef::new(Kind::Secret, secret));
    }

    /// A7: the Certificates that share the Secret now serve this one's certificate. Only the first writer's neighbours
    /// are told, and then the first writer itself: it cannot become truer by repetition.
    fn tell_sharing(&mut self, secret: &NamespacedName, writer: &NamespacedName, event: usize) {
        let told = match self.writers.get(secret) {
            Some(first) => vec![first.clone()],
            None => self.certificates_by_secret.get(secret).into_iter().flatten().cloned().collect(),
        };
        self.writers.entry(secret.clone()).or_insert_with(|| writer.clone());
        for other in told.iter().filter(|other| *other != writer) {
            self.tell(other, event, format!("its Secret {} is written by Certificate {}", secret.name, writer.name));
            let fate = self.fates.entry(other.clone()).or_default();
            fate.secret_replaced_by.get_or_insert_with(|| writer.clone());
        }
    }

    /// A7: a Certificate that comes after another one was issued into the Secret of both finds that one's certificate.
    pub(super) fn note_other_writer(&mut self, secret: &NamespacedName, certificate: &NamespacedName) {
        let Some(writer) = self.writers.get(secret).filter(|writer| *writer != certificate).cloned() else { return };
        self.fates.entry(certificate.clone()).or_default().secret_replaced_by.get_or_insert(writer);
    }

    fn write_stand_in(&mut self, key: &NamespacedName, certificate: &Certificate, event: usize) {
        let exists = self.target.secret(key).is_some();
        let mut secret = self.target.secret(key).cloned().unwrap_or_else(|| Secret {
            metadata: ObjectMeta { name: key.name.clone(), namespace: key.namespace.clone(), ..ObjectMeta::default() },
            type_: "kubernetes.io/tls".into(),
            ..Secret::default()
        });
        let reference = &certificate.spec.issuer_ref;
        for (name, value) in [
            (annotation::CERTIFICATE_NAME, &certificate.metadata.name),
            (annotation::ISSUER_NAME, &reference.name),
            (annotation::ISSUER_KIND, &reference.kind),
            (annotation::ISSUER_GROUP, &reference.group),
        ] {
            secret.metadata.annotations.insert(name, value);
        }
        secret.metadata.labels.insert(FAO_LABEL, "true");
        if self.setting.flags.certificate_owner_ref {
            secret.metadata.owner_references = thin_vec![OwnerReference {
                api_version: "cert-manager.io/v1".into(),
                kind: "Certificate".into(),
                name: certificate.metadata.name.clone(),
                uid: certificate.metadata.uid.clone(),
                controller: Some(true),
            }];
        }
        let mut data = secret.data.take().unwrap_or_default();
        data.retain(|(name, _)| !matches!(&**name, "tls.crt" | "tls.key"));
        // The lengths are unknown; that both keys are filled is not.
        data.extend([("tls.crt".into(), 1), ("tls.key".into(), 1)]);
        data.sort();
        secret.data = Some(data);
        (secret.key, secret.certificate, secret.ca) = (None, None, None);
        let object = Object::Secret(Arc::new(secret));
        if exists {
            drop(self.target.insert(object))
        } else {
            self.store(object, event, false)
        }
        self.stand_ins.insert(key.clone());
    }
}
