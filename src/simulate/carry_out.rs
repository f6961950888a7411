//! The steps of a plan, one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::admission::{Webhook, is_cert_manager};
use super::backup::Tarball;
use super::existing::Existing;
use super::run::{Run, Write};
use crate::object::{Kind, Namespace, NamespacedName, Object, ObjectMeta};
use crate::plan::velero::with_policy;
use crate::plan::{BackupSpec, Step};
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
