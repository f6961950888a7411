//! cert-manager's controllers at work on the target: trigger, issuance, accounts, shim (rules 0, 4, 6).

use std::sync::Arc;

use super::issuance::Issuance;
use super::judge::{Decision, Judgement};
use super::outcome::NewAccount;
use super::run::Run;
use super::shim;
use super::shim_update::needs_update;
use crate::object::ObjectRef;
use crate::object::meta::Condition;
use crate::object::secret::annotation;
use crate::object::{Certificate, Kind, NamespacedName, Object, ObjectMeta, Secret};
use crate::policy::{Index, Violation, secret_key};

impl Run<'_> {
    /// Starts the controller: all caches are filled before anything is looked at (restore rules 9.1).
    pub(super) fn start(&mut self) {
        self.running = true;
        for kind in
            [Kind::Issuer, Kind::ClusterIssuer, Kind::Ingress, Kind::Gateway, Kind::ListenerSet, Kind::Certificate]
        {
            let keys: Vec<_> = self.target.of_kind(kind).map(ObjectRef::of).collect();
            for reference in keys {
                self.react(&reference);
            }
        }
        for secret in std::mem::take(&mut self.overwritten) {
            let event = self.next_event();
            self.issue_again(&secret, event);
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
                Kind::Ingress | Kind::ListenerSet => self.follow(object),
                Kind::Gateway => {
                    self.follow(object);
                    self.follow_listener_sets(&object.key);
                }
                _ => {}
            }
        }
        self.wake(object);
        self.settle();
    }

    /// The trigger controller looks at a Certificate (rules 0).
    pub(super) fn look(&mut self, key: &NamespacedName) {
        if self.open.contains_key(key) || self.fates.get(key).is_some_and(|fate| fate.completed > 0) {
            return;
        }
        let Some(certificate) = self.shared_certificate(key) else { return };
        let secret = ObjectRef::new(Kind::Secret, secret_key(&certificate));
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

    /// Judges a Certificate in the target as it is now: what concerns it is looked up, so that one judgement costs the same in
    /// every world.
    pub(super) fn judge_of(&self, certificate: &Certificate) -> Judgement {
        let secret = secret_key(certificate);
        let requests = self.requests_by_owner.get(&certificate.metadata.uid).into_iter().flatten();
        let claimants = self.claimants(&secret);
        let index = Index::of_one(
            certificate,
            requests.filter_map(|key| self.target.request(key)),
            claimants.iter().filter_map(|key| self.target.certificate(key)),
        );
        self.judge.judge(&self.target, &index, certificate)
    }

    /// The Certificates with this Secret that can own it (rules 3.4) instead of one of them: the one that the Secret names, and
    /// the first by name, as all were created at the same instant. The others never decide anything.
    fn claimants(&self, secret: &NamespacedName) -> Vec<NamespacedName> {
        let Some(sharing) = self.certificates_by_secret.get(secret).filter(|sharing| sharing.len() > 1) else {
            return Vec::new();
        };
        let named = self.target.secret(secret).and_then(|found| {
            let name = found.metadata.annotations.get(annotation::CERTIFICATE_NAME)?;
            Some(NamespacedName::new(secret.namespace.clone(), name)).filter(|key| sharing.binary_search(key).is_ok())
        });
        named.into_iter().chain(sharing.iter().take(2).cloned()).collect()
    }

    fn trigger(&mut self, certificate: &Certificate, violation: Violation, judgement: &Judgement, event: usize) {
        let key = certificate.metadata.key();
        let told = self.tell(&key, event, format!("{}: {}", violation.reason, violation.message));
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
        fate.triggered_line.get_or_insert(told);
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
        let secret = secret_key(certificate);
        if self.target.secret(&secret).is_some() || self.source.secret(&secret).is_none() {
            return;
        }
        let reference = ObjectRef::new(Kind::Secret, secret);
        let left_out = self.tarballs.values().find_map(|tarball| tarball.left_out.get(&reference));
        let why = left_out.map_or("no step brought it before this", String::as_str);
        let text = format!("Secret {} exists in the source: {why}", reference.key.name);
        self.tell(&key, event, text);
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

    /// A Gateway that changes makes the shim look at its ListenerSets again.
    fn follow_listener_sets(&mut self, gateway: &NamespacedName) {
        let sets = self.target.listener_sets().filter(|set| shim::parent_of(set).as_ref() == Some(gateway));
        let keys: Vec<_> = sets.map(|set| ObjectRef::new(Kind::ListenerSet, set.metadata.key())).collect();
        keys.iter().for_each(|set| self.follow(set));
    }

    /// The shim follows an Ingress, a Gateway or a ListenerSet (rules 6.1, 6.5).
    pub(super) fn follow(&mut self, object: &ObjectRef) {
        let Some(owner) = self.target.get(object.kind, &object.key) else { return };
        let uid = owner.metadata().uid.clone();
        for certificate in self.shim().wanted(&self.target, owner) {
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
                self.tell_absence(&reference.key, event, "", format!("refused: {}", refused.message));
            }
        }
    }
}
