//! Whether cert-manager's controller runs when it is started, or comes along with a restore (corrections B6, rules section 8).

use std::sync::Arc;

use super::admission::Webhook;
use super::backup::Tarball;
use super::outcome::{ControllerDown, DownCause};
use super::restore::RestoreFilter;
use super::run::Run;
use crate::gateway_api;
use crate::object::{Kind, Object, ObjectMeta};
use crate::release::is_controller;

/// Where the chart and the manifests put the Role for the Lease.
const LEASES: &str = "kube-system";

/// The Deployments of cert-manager's controller that are to run.
pub(super) fn controllers<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Vec<ObjectMeta> {
    let wanted = objects.into_iter().filter_map(|object| match object {
        Object::Deployment(deployment) if is_controller(deployment) && deployment.spec.replicas != Some(0) => {
            Some(deployment.metadata.clone())
        }
        _ => None,
    });
    wanted.collect()
}

impl Run<'_> {
    /// Starts the controller, or says why it does not run.
    pub(super) fn start_cert_manager(&mut self) {
        let release = self.setting.release.version;
        match self.reason_to_be_down() {
            None => {
                self.say(format!("cert-manager {release} runs"));
                self.start();
            }
            Some(cause) => {
                self.say(format!("cert-manager {release} does not run: {}", cause.why()));
                self.down = Some(ControllerDown { step: self.steps.len(), cause, until: None });
            }
        }
    }

    /// Where no step says when cert-manager runs, it runs from the beginning in a target that holds its Deployment, with its
    /// webhook.
    pub(super) fn start_where_it_runs(&mut self) {
        if !self.comes_along || controllers(self.target.of_kind(Kind::Deployment)).is_empty() {
            return;
        }
        if self.reason_to_be_down().is_none() {
            self.webhook = Webhook::Serving;
            self.notes.insert(
                "The target holds cert-manager's Deployment: cert-manager and its webhook run there.".to_owned(),
            );
            self.start();
        }
    }

    /// Where no step says when cert-manager runs, a restore that brings its Deployment starts it. Its image is pulled in
    /// seconds to minutes, and its roles stand behind it in the order of older releases: it runs when the restore is done.
    pub(super) fn start_from_backup(
        &mut self,
        controllers: &[ObjectMeta],
        tarball: &Tarball,
        filter: &RestoreFilter<'_>,
    ) {
        self.roles_came |= !tarball.without_cluster_roles && filter.takes_cluster_roles();
        if self.roles_came {
            self.without_roles = None;
        }
        if !self.comes_along || self.running || self.down.is_some() {
            return;
        }
        let taken = |metadata: &&ObjectMeta| filter.reason_to_skip(Kind::Deployment, metadata).is_none();
        let Some(controller) = controllers.iter().find(taken) else { return };
        self.without_roles = (!self.roles_came).then(|| filter.target_of(&controller.key()));
        let given = |name: &str| self.setting.flags.given.get(name).map(String::as_str);
        let leases = given("leader-election-namespace").unwrap_or(LEASES);
        let comes = self.saved_namespaces.should_include(leases) && filter.takes_namespace(leases);
        let comes = comes && !tarball.without_roles && filter.takes_roles();
        self.lease_left_out = (!comes && given("leader-elect") != Some("false")).then(|| Arc::from(leases));
        let before = self.step().map(|step| step.text.clone()).unwrap_or_default();
        self.start_cert_manager();
        if let Some(step) = self.step() {
            step.text = format!("{before}; then {}", step.text);
        }
        self.notes.insert(
            "cert-manager's Deployment comes along with the restore: its image is taken to be there, and its roles, where their \
             namespaces come along; it runs when the restore is done."
                .to_owned(),
        );
    }

    /// B6, its roles (restore rules section 8), and what else keeps a controller from working.
    fn reason_to_be_down(&self) -> Option<DownCause> {
        if !self.crds {
            return Some(DownCause::Crds);
        }
        let missing = gateway_api::missing(&self.target, self.setting.release, self.setting.flags);
        let api = missing.filter(|_| !self.unread_crds_came).map(DownCause::GatewayApi);
        let roles = || Some(DownCause::Roles { controller: self.without_roles.clone()? });
        api.or_else(roles).or_else(|| Some(DownCause::Lease { namespace: self.lease_left_out.clone()? }))
    }

    /// The kubelet starts an exited controller again after seconds to minutes: here at the end of the step that brings
    /// what it lacked.
    pub(super) fn start_again(&mut self) {
        let waits = self.down.as_ref().is_some_and(|down| down.until.is_none());
        if !waits || self.reason_to_be_down().is_some() {
            return;
        }
        let step = self.steps.len();
        if let Some(down) = &mut self.down {
            down.until = Some(step);
        }
        if let Some(report) = self.step() {
            report.text.push_str("; cert-manager finds what it lacked and runs");
        }
        self.start();
    }
}
