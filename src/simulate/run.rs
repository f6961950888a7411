//! A plan being carried out: the target as it grows, and the bookkeeping of who was told what when.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use foldhash::quality::RandomState;
use thin_vec::ThinVec;

use super::Setting;
use super::admission::{Gatekeeper, Webhook};
use super::backup::Tarball;
use super::existing::Existing;
use super::issuance::Issuance;
use super::judge::Judge;
use super::outcome::{ControllerDown, Fate, NewAccount, TooEarly};
use super::restore::drop_status;
use super::rights::{Needs, Rights};
use super::shim::Shim;
use crate::object::ObjectRef;
use crate::object::{Issuer, Kind, NamespacedName, Object};
use crate::obstacle::Surroundings;
use crate::policy::{NamedSecrets, secret_key};
use crate::release::Release;
use crate::report::model::{CertificateStep, PlanStep, Refusal};
use crate::world::World;

/// Of objects by name, asked many times for each.
type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
type HashSet<K> = std::collections::HashSet<K, RandomState>;

/// What is said before the reason why a step leaves a Certificate out.
pub(super) const NOT_TAKEN: &str = "not taken along: ";

/// Why a Certificate is not there.
#[derive(Clone)]
pub(super) struct Absence {
    pub(super) why: String,
    /// Which line of its story tells it.
    pub(super) told: usize,
}

/// The state of a simulation.
pub(super) struct Run<'a> {
    pub(super) source: &'a World,
    named_in_source: NamedSecrets,
    named_in_target: Option<NamedSecrets>,
    pub(super) setting: &'a Setting<'a>,
    /// The release as its controller behaves with its flags.
    pub(super) release: Release,
    pub(super) judge: &'a dyn Judge,
    pub(super) target: World,
    pub(super) fates: BTreeMap<NamespacedName, Fate>,
    /// Why a Certificate is not there, as far as a step said so.
    pub(super) absent: BTreeMap<NamespacedName, Absence>,
    /// What the backup steps saved, by name.
    pub(super) tarballs: BTreeMap<String, Arc<Tarball>>,
    /// Kinds that a step brought from the source: what the source lacks of them may only not have been read.
    pub(super) brought: BTreeSet<Kind>,
    /// Issuers of other kinds than cert-manager's may be there: the target had them, or a step brings whatever there is.
    pub(super) external_issuers: bool,
    pub(super) crds: bool,
    pub(super) webhook: Webhook,
    pub(super) running: bool,
    /// The controller was started and exits (B6).
    pub(super) down: Option<ControllerDown>,
    /// No step says when cert-manager runs: it runs where a restore brings its Deployment.
    pub(super) comes_along: bool,
    /// What the controller of the source needs to run, if the source has it.
    pub(super) needs: Option<Needs>,
    /// What of that the target has, or may have.
    pub(super) rights: Rights,
    /// The Deployment that a restore brought.
    pub(super) brought_controller: Option<NamespacedName>,
    /// The source's CRDs were not read and came along: the Gateway API's may be among them.
    pub(super) unread_crds_came: bool,
    /// Certificates with `Issuing=True`.
    pub(super) open: BTreeMap<NamespacedName, Issuance>,
    /// Who waits for which object.
    pub(super) waiting: HashMap<ObjectRef, Vec<NamespacedName>>,
    /// Issuances to be tried again.
    pub(super) queue: VecDeque<NamespacedName>,
    /// Issuances that are signed and wait for the password of a keystore: tried again at intervals.
    pub(super) without_password: BTreeSet<NamespacedName>,
    /// The Certificates that name a Secret, by name.
    pub(super) certificates_by_secret: HashMap<NamespacedName, ThinVec<NamespacedName>>,
    /// The Certificate that first wrote a Secret by an issuance.
    pub(super) writers: HashMap<NamespacedName, NamespacedName>,
    /// Requests that cert-manager made itself; only their names matter (A10).
    pub(super) own_requests: HashSet<NamespacedName>,
    pub(super) requests_by_owner: HashMap<Box<str>, Vec<NamespacedName>>,
    pub(super) new_accounts: Vec<NewAccount>,
    /// Entries of a restore's filters that name a kind which is not there yet.
    pub(super) too_early: Vec<TooEarly>,
    /// Data of the ConfigMaps that steps refer to.
    pub(super) config_maps: BTreeMap<String, BTreeMap<String, String>>,
    /// The source namespace of a mapped one.
    pub(super) origins: BTreeMap<Arc<str>, Arc<str>>,
    /// Secrets that were overwritten while cert-manager did not run: their Certificates are issued again when it does (A4).
    pub(super) overwritten: BTreeSet<NamespacedName>,
    /// Where namespace mapping put a Certificate, by where it was.
    pub(super) moved: BTreeMap<NamespacedName, NamespacedName>,
    pub(super) stand_ins: BTreeSet<NamespacedName>,
    pub(super) notes: BTreeSet<String>,
    pub(super) steps: Vec<PlanStep>,
    arrivals: HashMap<NamespacedName, (usize, usize)>,
    event: usize,
    uids: u64,
}

/// How a step writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Write {
    /// What it does with an object that is there already.
    pub(super) existing: Existing,
    /// A second request brings the status of what was created.
    pub(super) keeps_status: bool,
}

impl Write {
    /// A write without status.
    pub(super) const fn new(existing: Existing) -> Self {
        Self { existing, keeps_status: false }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(source: &'a World, setting: &'a Setting<'a>, judge: &'a dyn Judge) -> Self {
        let mut target = World::default();
        target.coverage.complete = true;
        let mut fates: BTreeMap<_, _> =
            source.certificates().map(|certificate| (certificate.metadata.key(), Fate::default())).collect();
        for (_, key, broken) in source.broken().filter(|(kind, ..)| *kind == Kind::Certificate) {
            let unknown = Some(format!("the Certificate could not be read: {}", broken.error));
            fates.insert(key.clone(), Fate { unknown, ..Fate::default() });
        }
        let mut run = Self {
            source,
            named_in_source: NamedSecrets::of(source),
            named_in_target: setting.target.map(NamedSecrets::of),
            setting,
            release: setting.release.with_flags(setting.flags),
            judge,
            target,
            fates,
            absent: BTreeMap::new(),
            tarballs: BTreeMap::new(),
            brought: BTreeSet::new(),
            external_issuers: setting.target.is_some(),
            crds: false,
            webhook: Webhook::Absent,
            running: false,
            down: None,
            comes_along: false,
            needs: Needs::of(source.of_kind(Kind::Deployment), setting.flags),
            rights: if setting.target.is_some() { Rights::ALL } else { Rights::default() },
            brought_controller: None,
            unread_crds_came: false,
            open: BTreeMap::new(),
            waiting: HashMap::default(),
            queue: VecDeque::new(),
            without_password: BTreeSet::new(),
            certificates_by_secret: HashMap::default(),
            writers: HashMap::default(),
            own_requests: HashSet::default(),
            requests_by_owner: HashMap::default(),
            new_accounts: Vec::new(),
            too_early: Vec::new(),
            config_maps: BTreeMap::new(),
            origins: BTreeMap::new(),
            overwritten: BTreeSet::new(),
            moved: BTreeMap::new(),
            stand_ins: BTreeSet::new(),
            notes: BTreeSet::new(),
            steps: Vec::new(),
            arrivals: HashMap::default(),
            event: 0,
            uids: 0,
        };
        if let Some(existing) = setting.target {
            run.adopt(existing);
        }
        run
    }

    /// Counts an event and gives its number.
    pub(super) fn next_event(&mut self) -> usize {
        self.event += 1;
        self.event
    }

    /// The report of the step that is being carried out.
    pub(super) fn step(&mut self) -> Option<&mut PlanStep> {
        self.steps.last_mut()
    }

    /// Adds a line to the story of a Certificate, and says which one it is.
    pub(super) fn tell(&mut self, certificate: &NamespacedName, event: usize, text: impl Into<String>) -> usize {
        let step = self.steps.len();
        let fate = self.fates.entry(certificate.clone()).or_default();
        fate.story.push(CertificateStep { step, event, text: text.into() });
        fate.story.len().saturating_sub(1)
    }

    /// Tells, behind some words, why a Certificate is not there.
    pub(super) fn tell_absence(&mut self, certificate: &NamespacedName, event: usize, lead: &str, why: String) {
        let told = self.tell(certificate, event, format!("{lead}{why}"));
        self.absent.insert(certificate.clone(), Absence { why, told });
    }

    /// Counts an object that a step leaves out.
    pub(super) fn skip(&mut self, object: &ObjectRef, reason: &str) {
        if let Some(step) = self.step() {
            step.skipped += 1;
        }
        if object.kind == Kind::Certificate {
            self.tell_absence(&object.key, self.event, NOT_TAKEN, reason.to_owned());
        }
    }

    /// Notes a refusal, by the API server (with a status) or by the client.
    pub(super) fn refuse(&mut self, object: &ObjectRef, status: Option<u16>, message: &str) {
        let event = self.next_event();
        if let Some(step) = self.step() {
            step.refused.push(Refusal { object: object.into(), status, message: message.to_owned() });
        }
        if object.kind == Kind::Certificate {
            self.tell_absence(&object.key, event, "", format!("refused: {message}"));
        }
    }

    /// Notes an error that keeps a change away and not the object.
    pub(super) fn note_error(&mut self, object: &ObjectRef, message: &str) {
        let event = self.event;
        if let Some(step) = self.step() {
            step.refused.push(Refusal { object: object.into(), status: None, message: message.to_owned() });
        }
        if object.kind == Kind::Certificate {
            self.tell(&object.key, event, message);
        }
    }

    /// Creates an object as a step would: it exists, is refused, or is stored and everybody reacts.
    pub(super) fn create(&mut self, mut object: Object, write: Write) {
        let reference = ObjectRef::of(&object);
        let own_request = reference.kind == Kind::CertificateRequest && self.own_requests.contains(&reference.key);
        if own_request {
            return self.leave_existing(&reference);
        }
        if self.target.get(reference.kind, &reference.key).is_some() {
            return self.meet_existing(object, write.existing);
        }
        let dropped = match self.gatekeeper().admit(&mut object) {
            Ok(dropped) => dropped,
            Err(refused) => {
                self.refuse(&reference, Some(refused.status), &refused.message);
                return;
            }
        };
        let event = self.next_event();
        if let Some(step) = self.step() {
            step.created += 1;
        }
        let with_status = write.keeps_status && (!self.running || self.setting.velero.retries_status());
        if let Object::Certificate(certificate) = &object {
            self.tell_of_secret(&secret_key(certificate), &reference.key);
            let owner = match certificate.metadata.controller() {
                Some(owner) => format!(", owned by {} {}", owner.kind, owner.name),
                None => " without owner".to_owned(),
            };
            let status = if with_status { "with its status" } else { "without status" };
            let told = self.tell(&reference.key, event, format!("Certificate created{owner}, {status}"));
            self.fates.entry(reference.key.clone()).or_default().created_line = Some(told);
            for field in dropped {
                let release = self.setting.release.version;
                self.tell(&reference.key, event, format!("{field} is unknown to the CRD of {release} and dropped"));
            }
        }
        let late_status = (with_status && self.running).then(|| object.clone());
        self.store(object, event, with_status && !self.running);
        if let Some(restored) = late_status {
            // A14: the trigger is faster than the PUT of the status, and everything else is slower.
            if reference.kind == Kind::Certificate {
                self.look(&reference.key);
            }
            self.put_status(&reference, &restored);
        }
        self.react(&reference);
        self.collect_garbage(&reference);
    }

    fn tell_of_secret(&mut self, secret: &NamespacedName, certificate: &NamespacedName) {
        if let Some(&(step, event)) = self.arrivals.get(secret) {
            let fate = self.fates.entry(certificate.clone()).or_default();
            fate.story.push(CertificateStep { step, event, text: format!("Secret {} created", secret.name) });
        }
    }

    /// Puts an object into the target as the API server stores it: new uid, new times; the status is kept
    /// where a second request brings it.
    pub(super) fn store(&mut self, mut object: Object, event: usize, with_status: bool) {
        if !with_status {
            drop_status(&mut object);
        }
        self.uids += 1;
        let metadata = object.metadata_mut();
        // Deterministic, and of the form that the API server gives.
        metadata.uid = format!("00000000-0000-4000-8000-{:012x}", self.uids).into();
        metadata.resource_version = event as u64;
        metadata.generation = 1;
        metadata.creation_timestamp = Some(self.setting.now);
        metadata.deletion_timestamp = None;
        self.file(&object, Some(event));
        self.target.insert(object);
    }

    /// Notes who belongs to an object that is put into the target.
    pub(super) fn file(&mut self, object: &Object, event: Option<usize>) {
        let key = object.metadata().key();
        match object {
            Object::Certificate(certificate) => {
                let secret = secret_key(certificate);
                let sharing = self.certificates_by_secret.entry(secret).or_insert_with(|| ThinVec::with_capacity(1));
                if let Err(at) = sharing.binary_search(&key) {
                    sharing.insert(at, key);
                }
            }
            Object::Secret(_) => {
                self.arrivals.extend(event.map(|event| (key, (self.steps.len(), event))));
            }
            Object::CertificateRequest(request) => {
                if let Some(owner) = request.metadata.controller() {
                    self.requests_by_owner.entry(owner.uid.clone()).or_default().push(key);
                }
            }
            _ => {}
        }
    }

    /// Asks about obstacles in the target as it is now.
    pub(super) fn ask<R>(&self, ask: impl FnOnce(&Surroundings<'_>) -> R) -> R {
        ask(&Surroundings {
            world: &self.target,
            release: &self.release,
            flags: self.setting.flags,
            may_be_unread: &|object| self.may_be_unread(object),
        })
    }

    /// An Issuer or a ClusterIssuer of the target.
    pub(super) fn issuer(&self, reference: &ObjectRef) -> Option<&Issuer> {
        match reference.kind {
            Kind::Issuer => self.target.issuer(&reference.key),
            _ => self.target.cluster_issuer(&reference.key),
        }
    }

    /// The number of a Certificate's last issuance: where the status is lost, the counter begins at one again.
    pub(super) fn revision(&self, key: &NamespacedName) -> u64 {
        let status = self.target.certificate(key).and_then(|certificate| certificate.status.revision);
        status.and_then(|revision| u64::try_from(revision).ok()).unwrap_or(0)
    }

    /// The number of a Certificate's next issuance.
    pub(super) fn next_revision(&self, key: &NamespacedName) -> u64 {
        self.revision(key) + 1
    }

    /// Whether something that is not in the target could be there if the source, or the target itself, had been read
    /// completely.
    pub(super) fn may_be_unread(&self, object: &ObjectRef) -> bool {
        self.is_unread_in_target(object) || self.is_unread_in_source(object)
    }

    /// A target that holds something holds what was not read of it, too.
    fn is_unread_in_target(&self, object: &ObjectRef) -> bool {
        let (Some(target), Some(named)) = (self.setting.target, &self.named_in_target) else { return false };
        let read = match object.kind {
            Kind::Secret => named.secret_was_read(&target.coverage, &object.key, self.setting.release.version),
            kind => target.coverage.was_read_in(kind, &object.key.namespace),
        };
        !read && target.get(object.kind, &object.key).is_none()
    }

    fn is_unread_in_source(&self, object: &ObjectRef) -> bool {
        if !self.brought.contains(&object.kind) {
            return false;
        }
        if self.target.broken_object(object.kind, &object.key).is_some() {
            return true;
        }
        // What is not in a finished backup that was read whole is not restored.
        if self.setting.backup.is_some() && self.source.coverage.is_whole() {
            return false;
        }
        let namespace = self.origins.get(&object.key.namespace).unwrap_or(&object.key.namespace);
        let origin = ObjectRef::new(object.kind, NamespacedName::new(namespace.clone(), object.key.name.clone()));
        let left_out = self.tarballs.values().any(|tarball| tarball.left_out.contains_key(&origin));
        let read = match object.kind {
            Kind::Secret => {
                let writer = self.setting.source_version.unwrap_or(self.setting.release.version);
                self.named_in_source.secret_was_read(&self.source.coverage, &origin.key, writer)
            }
            kind => self.source.coverage.was_read_in(kind, &origin.key.namespace),
        };
        !left_out && !read && self.source.get(object.kind, &origin.key).is_none()
    }

    pub(super) fn gatekeeper(&self) -> Gatekeeper<'a> {
        Gatekeeper { release: self.setting.release, flags: self.setting.flags, crds: self.crds, webhook: self.webhook }
    }

    pub(super) const fn shim(&self) -> Shim<'a> {
        Shim { release: self.setting.release, flags: self.setting.flags }
    }
}
