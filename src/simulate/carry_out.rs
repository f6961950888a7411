//! The steps of a plan, one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::admission::{Webhook, is_cert_manager};
use super::backup::{Tarball, counts};
use super::existing::Existing;
use super::modify::Modified;
use super::outcome::TooEarly;
use super::restore::{Preparation, RestoreFilter, in_restore_order};
use super::run::{Run, Write};
use crate::object::ObjectRef;
use crate::object::kind::CERT_MANAGER_GROUPS;
use crate::object::{Kind, Namespace, NamespacedName, Object, ObjectMeta};
use crate::plan::velero::{ExistingResourcePolicy, Modifiers, RestoreOrder, with_policy};
use crate::plan::{BackupSpec, RestoreSpec, Step};
use crate::report::model::PlanStep;

impl Run<'_> {
    /// Carries out one step.
    pub(super) fn carry_out(&mut self, step: &Step) {
        self.steps.push(PlanStep {
            index: self.steps.len() + 1,
            action: step.action().to_owned(),
            ..PlanStep::default()
        });
        match step {
            Step::VeleroBackup { name, spec } => self.velero_backup(name, spec),
            Step::VeleroRestore { name, spec } => self.velero_restore(name, spec),
            Step::KubectlApply(apply) => self.kubectl_apply(apply),
            Step::GitOps(gitops) => self.gitops(gitops),
            Step::EtcdRestore {} => self.etcd_restore(),
            Step::Delete(delete) => self.delete(delete),
            Step::CreateNamespaces {} => self.create_namespaces(),
            Step::InstallCrds {} => {
                self.crds = true;
                let release = self.setting.release.version;
                self.say(format!("the CRDs of cert-manager {release} are installed"));
            }
            Step::StartWebhook {} => {
                self.webhook = Webhook::Serving;
                self.say("cert-manager's webhook serves");
            }
            Step::StopWebhook {} => {
                self.webhook = Webhook::Down;
                self.say("cert-manager's webhook does not answer any more");
            }
            Step::StartCertManager {} => self.start_cert_manager(),
            Step::StopCertManager {} => {
                self.running = false;
                self.down = None;
                self.say("cert-manager is stopped");
            }
            Step::Wait { quiet } => {
                self.say(format!("until nothing has happened for {quiet}"));
            }
        }
        self.start_again();
        self.try_passwords_again();
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        if let Some(step) = self.step() {
            step.text = text.into();
        }
    }

    fn velero_backup(&mut self, name: &str, spec: &BackupSpec) {
        let policy = spec.resource_policy.as_ref().filter(|_| self.setting.velero.has_include_exclude_policy());
        let data = policy.and_then(|policy| self.config_maps.get(&policy.name));
        let merged = data.and_then(|data| with_policy(spec, data).ok());
        let saved =
            Tarball::save(self.source, merged.as_ref().unwrap_or(spec), self.setting.velero, self.needs.as_ref());
        if self.setting.backup.is_some() {
            let extra = saved.left_out_counts();
            let text = if saved.left_out.is_empty() {
                "skipped, as the source is a finished Velero backup; this step would have left out nothing of it"
                    .to_owned()
            } else {
                format!(
                    "skipped, as the source is a finished Velero backup; this step would have left out {extra}, which \
                     are in the backup and are restored"
                )
            };
            if !saved.left_out.is_empty() {
                self.notes.insert(format!(
                    "The backup step was skipped: the source is a finished Velero backup. It holds {extra} that this \
                     plan's backup step would have left out."
                ));
            }
            self.say(text);
            self.tarballs.insert(name.to_owned(), Arc::new(Tarball::finished(self.source, self.needs.as_ref())));
            return;
        }
        let saved_count = saved.objects.len() + saved.unreadable.len();
        self.say(format!("{saved_count} objects saved; left out: {}", saved.left_out_counts()));
        for (object, reason) in &saved.left_out {
            self.skip(object, reason);
        }
        self.tarballs.insert(name.to_owned(), Arc::new(saved));
    }

    fn velero_restore(&mut self, name: &str, spec: &RestoreSpec) {
        let velero = self.setting.velero;
        let wanted = if spec.backup_name.is_empty() { &spec.schedule_name } else { &spec.backup_name };
        let found = self.tarballs.get(wanted).cloned();
        let tarball = found.unwrap_or_else(|| Arc::new(Tarball::finished(self.source, self.needs.as_ref())));
        let backup = self.setting.backup.as_ref().map_or(wanted.as_str(), |backup| backup.name);
        let (spec, ignored) = velero.understood(spec);
        let spec = &spec;
        self.notes.extend(
            ignored
                .into_iter()
                .map(|field| format!("Velero {velero} does not know {field} of a Restore: it has no effect.")),
        );
        let filter = RestoreFilter::new(spec, |kind| self.serves(kind));
        let step = self.steps.len();
        let early = filter.too_early.iter().cloned();
        self.too_early.extend(early.map(|(list, entry, kind)| TooEarly { step, list, entry, kind }));
        self.brought.extend(RESTORED.iter().copied().filter(|kind| filter.takes(*kind)));
        // Their CRDs come with all namespaces only, seen with real Velero: without them the issuers are refused.
        let takes_crds = filter.reason_to_skip(Kind::Crd, &ObjectMeta::default()).is_none();
        self.external_issuers |= takes_crds && filter.takes(Kind::Ingress);
        self.unread_crds_came |= !self.source.coverage.was_read(Kind::Crd) && takes_crds;
        for object in tarball.unreadable.iter().filter(|object| filter.takes_unread(object)) {
            if let Some(broken) = self.source.broken_object(object.kind, &object.key) {
                let target = filter.target_of(&object.key);
                self.move_to(object, &target);
                self.target.insert_broken(object.kind, target, broken.clone());
            }
        }
        let modifiers = self.modifiers(spec);
        let preparation = Preparation::new(velero, &filter, modifiers.as_ref(), backup, name);
        let order = self.setting.restore_order.clone().unwrap_or_else(|| RestoreOrder::of(velero));
        let ordered = in_restore_order(velero, &order, &tarball.objects);
        let prepared: Vec<_> = ordered.par_iter().map(|object| preparation.prepare(object)).collect();
        let taken = ordered.iter().zip(&prepared).filter(|(_, prepared)| prepared.is_ok());
        self.say(format!("velero restore of {}", counts(taken.map(|(object, _)| object.kind()))));
        let had_crds = self.crds;
        let existing = match spec.existing_resource_policy {
            Some(ExistingResourcePolicy::Update) => Existing::Update,
            _ => Existing::Leave,
        };
        let mut handled = BTreeSet::new();
        for (object, prepared) in ordered.into_iter().zip(prepared) {
            let reference = ObjectRef::of(object);
            let passed_over = || self.passed_over(reference.kind);
            let taken = prepared.and_then(|prepared| passed_over().map_or(Ok(prepared), Err));
            let taken = taken.and_then(|prepared| self.not_simulated(object, had_crds).map_or(Ok(prepared), Err));
            let prepared = match taken {
                Ok(prepared) => prepared,
                Err(reason) => {
                    self.skip(&reference, &reason);
                    continue;
                }
            };
            let target = filter.target_of(&reference.key);
            // the second of two objects that are mapped onto one is dropped without a word.
            if target != reference.key || !spec.namespace_mapping.is_empty() {
                if !handled.insert((reference.kind, target.clone())) {
                    self.notes.insert(format!(
                        "Several namespaces are restored as {}; where both have an object of one name, the one that comes \
                         first stays, and Velero takes namespaces in random order. Here the first by name stays (R-37, R-52).",
                        target.namespace
                    ));
                    self.skip(&reference, "another namespace mapped onto the same one has an object of this name");
                    continue;
                }
                self.move_to(&reference, &target);
            }
            self.ensure_namespace(&target.namespace);
            self.note_modifiers(&reference, &prepared);
            match prepared.object {
                Ok(object) => {
                    let keeps_status = filter.restores_status(velero, reference.kind, object.metadata());
                    self.create(object, Write { existing, keeps_status });
                }
                Err(refused) => {
                    let sent = ObjectRef::new(reference.kind, target);
                    self.refuse(&sent, Some(refused.status), &refused.message);
                }
            }
        }
        // an error makes it so; what is there already is a warning. Of kinds that are not read nothing is known, so that the
        // other phase is never foretold.
        if let Some(step) = self.step().filter(|step| !step.refused.is_empty()) {
            step.text.push_str("; Velero ends it as PartiallyFailed");
        }
        self.start_from_backup(&tarball, &filter);
    }

    /// what discovery does not know was passed over without a word; later it is attempted, and fails.
    fn passed_over(&self, kind: Kind) -> Option<String> {
        let silent = is_cert_manager(kind) && !self.crds && !self.setting.velero.attempts_unknown_kinds();
        silent.then(|| {
            format!("Velero before 1.14 passes over kinds that the API server does not know, as {kind} is here, without a word")
        })
    }

    /// The resource modifiers of a restore; they were checked when the plan was read.
    fn modifiers(&self, spec: &RestoreSpec) -> Option<Modifiers> {
        let data = self.config_maps.get(&spec.resource_modifier.as_ref()?.name)?;
        Modifiers::parse(data).ok()
    }

    /// says what modifiers did to an object beside changing it.
    fn note_modifiers(&mut self, reference: &ObjectRef, prepared: &Modified) {
        for error in &prepared.errors {
            let message = format!("a resource modifier was not applied: {error}");
            self.note_error(reference, &message);
        }
        if prepared.unseen {
            self.notes.insert(format!(
                "What resource modifiers change in {}s beyond their metadata is not simulated.",
                reference.kind
            ));
        }
        if prepared.without_labels {
            self.notes.insert(format!(
                "A resource modifier gives a label of {}s a value that is no text: Velero drops all labels of such an object \
                 without a word, and writes its own two in their place. Put the value into quotes within the quotes: '\"true\"'.",
                reference.kind
            ));
        }
    }

    /// a Certificate goes on under another namespace.
    fn move_to(&mut self, reference: &ObjectRef, target: &NamespacedName) {
        if reference.kind != Kind::Certificate || reference.key == *target {
            return;
        }
        self.origins.insert(target.namespace.clone(), reference.key.namespace.clone());
        if let Some(unknown) = self.fates.get(&reference.key).and_then(|fate| fate.unknown.clone()) {
            self.fates.entry(target.clone()).or_default().unknown = Some(unknown);
        }
        if self.moved.insert(reference.key.clone(), target.clone()).is_none() {
            let event = self.next_event();
            let text = format!("namespace {} is restored as {}", reference.key.namespace, target.namespace);
            self.tell(target, event, text);
        }
    }

    /// Which kinds the target's API server knows.
    pub(super) fn serves(&self, kind: Kind) -> bool {
        match kind {
            _ if is_cert_manager(kind) => self.crds,
            Kind::Gateway | Kind::ListenerSet => {
                self.unread_crds_came || self.target.crds().any(|crd| *crd.spec.names.kind == *kind.row().name)
            }
            _ => true,
        }
    }

    /// Kinds that exist on the target already, or whose coming changes nothing that is simulated.
    fn not_simulated(&mut self, object: &Object, had_crds: bool) -> Option<String> {
        match object {
            Object::Crd(crd) => {
                let own = CERT_MANAGER_GROUPS.contains(&&*crd.spec.group);
                self.crds |= own;
                (own && had_crds).then(|| "the CRDs of the target's release are installed already".to_owned())
            }
            Object::Deployment(_) | Object::Pod(_) if self.comes_along => {
                Some("it starts when everything is there, see the step".to_owned())
            }
            Object::Deployment(_) | Object::Pod(_) => {
                Some("cert-manager's own workloads run on the target already".to_owned())
            }
            Object::SigningRequest(_) | Object::Event(_) => Some("it has no part in what is simulated".to_owned()),
            _ => None,
        }
    }

    /// The target namespace of an item is created on demand.
    pub(super) fn ensure_namespace(&mut self, namespace: &str) {
        if !namespace.is_empty() && self.target.namespace(&NamespacedName::cluster(namespace)).is_none() {
            self.create_namespace(namespace);
        }
    }

    fn create_namespaces(&mut self) {
        let mut names: BTreeSet<Arc<str>> =
            self.source.namespaces().map(|namespace| namespace.metadata.name.clone()).collect();
        names.extend(self.source.iter().map(|object| object.metadata().namespace.clone()));
        names.extend(self.source.broken().map(|(_, key, _)| key.namespace.clone()));
        names.insert(self.setting.flags.cluster_resource_namespace.as_str().into());
        names.remove("");
        self.say("the namespaces of the source are made");
        for name in names {
            self.create_namespace(&name);
        }
    }

    fn create_namespace(&mut self, name: &str) {
        let key = NamespacedName::cluster(name);
        let labels = self.source.namespace(&key).map(|found| found.metadata.labels.clone()).unwrap_or_default();
        let metadata = ObjectMeta { name: name.into(), labels, ..ObjectMeta::default() };
        self.create(Object::Namespace(Arc::new(Namespace { metadata })), Write::new(Existing::Leave));
    }
}

/// Kinds that a Velero restore brings along and that are simulated.
const RESTORED: &[Kind] = &[
    Kind::Secret,
    Kind::Certificate,
    Kind::CertificateRequest,
    Kind::Issuer,
    Kind::ClusterIssuer,
    Kind::Order,
    Kind::Challenge,
    Kind::Ingress,
    Kind::Gateway,
    Kind::ListenerSet,
    Kind::Namespace,
];
