//! cert-manager's controllers at work on the target: trigger, issuance, accounts, shim (rules 0, 4, 6).

use std::sync::Arc;

use thin_vec::thin_vec;

use super::judge::{Decision, Judgement};
use super::outcome::NewAccount;
use super::run::Run;
use super::shim;
use super::shim_update::needs_update;
use crate::naming::request_name;
use crate::object::ObjectRef;
use crate::object::meta::Condition;
use crate::object::secret::{FAO_LABEL, annotation};
use crate::object::{Certificate, Kind, NamespacedName, Object, ObjectMeta, OwnerReference, Secret};
use crate::obstacle::Obstacle;
use crate::obstacle::ObstacleReason;
use crate::policy::Violation;
use crate::world::World;

/// A Certificate with `Issuing=True`.
#[derive(Clone, Debug, Default)]
pub(super) struct Issuance {
    /// The key manager refused at once (rules 4.1).
    pub(super) refused: Option<Obstacle>,
    /// What stood in the way at the last attempt.
    pub(super) obstacle: Option<Obstacle>,
}

impl Run<'_> {
    /// Starts the controller: all caches are filled before anything is looked at (restore rules 9.1).
    pub(super) fn start(&mut self) {
        self.running = true;
        for kind in [Kind::Issuer, Kind::ClusterIssuer, Kind::Ingress, Kind::Gateway, Kind::Certificate] {
            let keys: Vec<_> = self.target.of_kind(kind).map(ObjectRef::of).collect();
            for reference in keys {
                self.react(&reference);
            }
        }
        self.continue_issuances();
        self.queue.extend(self.open.keys().cloned().collect::<Vec<_>>());
        self.settle();
    }

    /// Lets every controller look at an object that has just changed.
    pub(super) fn react(&mut self, object: &ObjectRef) {
        if self.running {
            match object.kind {
                Kind::Certificate => self.look(&object.key),
                Kind::Secret => {
                    for certificate in self.certificates_by_secret.get(&object.key).cloned().unwrap_or_default() {
                        self.look(&certificate);
                    }
                }
                Kind::Issuer | Kind::ClusterIssuer => self.register_account(object),
                Kind::Ingress | Kind::Gateway => self.follow(object),
                _ => {}
            }
        }
        self.wake(object);
        self.settle();
    }

    /// The trigger controller looks at a Certificate (rules 0).
    fn look(&mut self, key: &NamespacedName) {
        if self.open.contains_key(key) || self.fates.get(key).is_some_and(|fate| fate.completed > 0) {
            return;
        }
        let Some(certificate) = self.shared_certificate(key) else { return };
        let secret = ObjectRef::new(
            Kind::Secret,
            NamespacedName::new(key.namespace.clone(), certificate.spec.secret_name.clone()),
        );
        if self.target.secret(&secret.key).is_none() && self.may_be_unread(&secret) {
            let why = format!(
                "{secret} comes along with the plan, but was not in the input or could not be read: what it holds is not known."
            );
            self.fates.entry(key.clone()).or_default().unknown = Some(why);
            return;
        }
        let judgement = self.judge_of(&certificate);
        self.fates.entry(key.clone()).or_default().unknown = None;
        let event = self.next_event();
        match judgement.decision.clone() {
            Decision::Leave(why) => {
                self.tell(key, event, format!("cert-manager leaves it alone: {why}"));
                self.note_other_writer(&secret.key, key);
            }
            Decision::Issue(violation) => self.trigger(&certificate, violation, &judgement, event),
        }
    }

    pub(super) fn shared_certificate(&self, key: &NamespacedName) -> Option<Arc<Certificate>> {
        match self.target.get(Kind::Certificate, key)? {
            Object::Certificate(certificate) => Some(Arc::clone(certificate)),
            _ => None,
        }
    }

    /// Judges a Certificate in its surroundings.
    pub(super) fn judge_of(&self, certificate: &Certificate) -> Judgement {
        let surroundings = self.surroundings(certificate);
        self.judge.judge(&surroundings, certificate)
    }

    /// The few objects that the trigger controller looks at, so that one judgement costs the same in every world.
    fn surroundings(&self, certificate: &Certificate) -> World {
        let mut world = World::default();
        world.coverage.complete = true;
        let secret = NamespacedName::new(certificate.metadata.namespace.clone(), certificate.spec.secret_name.clone());
        let sharing = self.claimants(&secret, certificate);
        let requests = self.requests_by_owner.get(&certificate.metadata.uid).into_iter().flatten();
        let objects = sharing
            .iter()
            .map(|key| (Kind::Certificate, key))
            .chain(requests.map(|key| (Kind::CertificateRequest, key)))
            .chain([(Kind::Secret, &secret)]);
        for object in objects.filter_map(|(kind, key)| self.target.get(kind, key)) {
            world.insert(object.clone());
        }
        world
    }

    /// The Certificates with this Secret that can own it (rules 3.4): itself, the one that the Secret names, and the
    /// first by name, as all were created at the same instant. The others never decide anything.
    fn claimants(&self, secret: &NamespacedName, certificate: &Certificate) -> Vec<NamespacedName> {
        let Some(sharing) = self.certificates_by_secret.get(secret) else { return vec![certificate.metadata.key()] };
        let named = self.target.secret(secret).and_then(|found| {
            let name = found.metadata.annotations.get(annotation::CERTIFICATE_NAME)?;
            Some(NamespacedName::new(secret.namespace.clone(), name)).filter(|key| sharing.contains(key))
        });
        let mut keys = vec![certificate.metadata.key()];
        keys.extend(named);
        keys.extend(sharing.iter().take(2).cloned());
        keys
    }

    fn trigger(&mut self, certificate: &Certificate, violation: Violation, judgement: &Judgement, event: usize) {
        let key = certificate.metadata.key();
        self.tell(&key, event, format!("{}: {}", violation.reason, violation.message));
        self.tell_why_secret_is_missing(certificate, event);
        let condition = Condition {
            type_: "Issuing".into(),
            status: "True".into(),
            reason: violation.reason.into(),
            message: violation.message.as_str().into(),
            last_transition_time: Some(self.setting.now),
            observed_generation: Some(certificate.metadata.generation),
        };
        if let Some(Object::Certificate(stored)) = self.target.get_mut(Kind::Certificate, &key) {
            Arc::make_mut(stored).status.conditions.push(condition);
        }
        if let Some(step) = self.step() {
            step.issued += 1;
        }
        let fate = self.fates.entry(key.clone()).or_default();
        fate.issuances += 1;
        fate.first_trigger.get_or_insert(violation);
        let refused =
            self.ask(|around| around.no_key_is_made(certificate)).or_else(|| self.key_refusal(certificate, judgement));
        self.open.insert(key.clone(), Issuance { refused, obstacle: None });
        self.queue.push_back(key);
    }

    /// A4: the Secret holds another key than the request of the last issuance.
    pub(super) fn trigger_mismatch(&mut self, key: &NamespacedName, event: usize) {
        let Some(certificate) = self.shared_certificate(key) else { return };
        let violation = Violation {
            policy: "SecretPublicKeyDiffersFromCurrentCertificateRequest",
            reason: "SecretMismatch",
            message: "Secret contains a private key that does not match the current CertificateRequest".to_owned(),
            fields: Vec::new(),
            faq: None,
        };
        // What else the old Secret violates decides whether its key may be replaced (rules 4.1.4).
        let judgement = self.judge_of(&certificate);
        self.trigger(&certificate, violation, &judgement, event);
    }

    /// Says which step left the Secret behind, if one did.
    fn tell_why_secret_is_missing(&mut self, certificate: &Certificate, event: usize) {
        let key = certificate.metadata.key();
        let secret = NamespacedName::new(key.namespace.clone(), certificate.spec.secret_name.clone());
        if self.target.secret(&secret).is_some() || self.source.secret(&secret).is_none() {
            return;
        }
        let reference = ObjectRef::new(Kind::Secret, secret);
        let left_out = self.tarball.as_ref().and_then(|tarball| tarball.left_out.get(&reference));
        let why = left_out.map_or("no step brought it before this", String::as_str);
        let text = format!("Secret {} exists in the source: {why}", reference.key.name);
        self.tell(&key, event, text);
    }

    /// Rules 4.1.4: an existing key that does not fit may not be replaced under rotationPolicy Never.
    fn key_refusal(&self, certificate: &Certificate, judgement: &Judgement) -> Option<Obstacle> {
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
            object: Some(ObjectRef::new(
                Kind::Secret,
                NamespacedName::new(certificate.metadata.namespace.clone(), certificate.spec.secret_name.clone()),
            )),
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
        let waits = matches!(
            obstacle.reason,
            ObstacleReason::IssuerMissing
                | ObstacleReason::IssuerSecretMissing
                | ObstacleReason::KeystorePasswordMissing
        );
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
        let secret = NamespacedName::new(key.namespace.clone(), certificate.spec.secret_name.clone());
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
    fn note_other_writer(&mut self, secret: &NamespacedName, certificate: &NamespacedName) {
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

    /// Restore rules 9.3: an ACME issuer whose account key is missing makes a new one and registers a new account.
    fn register_account(&mut self, issuer: &ObjectRef) {
        let Some(found) = self.issuer(issuer) else { return };
        let Some(reference) = found.secret_references().iter().find(|reference| reference.account_key).cloned() else {
            return;
        };
        let namespace = self.ask(|around| around.secret_namespace(issuer).to_owned());
        let secret = NamespacedName::new(namespace, reference.name);
        let secret_ref = ObjectRef::new(Kind::Secret, secret.clone());
        if self.target.secret(&secret).is_some() || self.may_be_unread(&secret_ref) {
            return;
        }
        let event = self.next_event();
        let metadata =
            ObjectMeta { name: secret.name.clone(), namespace: secret.namespace.clone(), ..ObjectMeta::default() };
        let data = Some(reference.keys.iter().map(|key| (key.as_str().into(), 1)).collect());
        self.store(Object::Secret(Arc::new(Secret { metadata, data, ..Secret::default() })), event, false);
        self.stand_ins.insert(secret.clone());
        self.new_accounts.push(NewAccount { issuer: issuer.clone(), secret });
        self.wake(&secret_ref);
    }

    /// The shim follows an Ingress or a Gateway (rules 6.1, 6.5).
    pub(super) fn follow(&mut self, object: &ObjectRef) {
        let Some(owner) = self.target.get(object.kind, &object.key) else { return };
        let uid = owner.metadata().uid.clone();
        for certificate in self.shim().wanted(owner) {
            let key = certificate.metadata.key();
            match self.target.certificate(&key) {
                Some(existing) if existing.metadata.is_controlled_by(&uid) => {
                    if needs_update(existing, &certificate, self.release.version) {
                        self.update_by_shim(object, certificate);
                    }
                }
                Some(_) => {
                    let event = self.next_event();
                    let text = format!("{object} finds it without a valid owner and leaves it alone for ever");
                    self.tell(&key, event, text);
                }
                None => {
                    self.fates.entry(key.clone()).or_default().made_by = Some(object.clone());
                    let event = self.next_event();
                    self.tell(&key, event, format!("made by the shim from {object}"));
                    self.create_by_controller(shim::object(certificate));
                }
            }
        }
    }

    /// Rules 6.1.7: the spec is replaced as a whole, and the trigger looks again.
    fn update_by_shim(&mut self, from: &ObjectRef, wanted: Certificate) {
        let key = wanted.metadata.key();
        let event = self.next_event();
        self.tell(&key, event, format!("updated by the shim from {from}"));
        if let Some(Object::Certificate(stored)) = self.target.get_mut(Kind::Certificate, &key) {
            let stored = Arc::make_mut(stored);
            stored.spec = wanted.spec;
            stored.metadata.labels = wanted.metadata.labels;
            stored.metadata.generation += 1;
        }
        self.look(&key);
    }

    fn create_by_controller(&mut self, mut object: Object) {
        let reference = ObjectRef::of(&object);
        match self.gatekeeper().admit(&mut object) {
            Ok(_) => {
                let event = self.next_event();
                self.store(object, event, false);
                self.look(&reference.key);
            }
            Err(refused) => {
                let event = self.next_event();
                self.tell(&reference.key, event, format!("refused: {}", refused.message));
                self.absent.insert(reference.key, format!("refused: {}", refused.message));
            }
        }
    }
}
