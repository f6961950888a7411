//! Whether cert-manager's controller runs when it is started, or comes along with a restore (corrections B6, rules section 8).

use std::sync::Arc;

use super::admission::Webhook;
use super::backup::Tarball;
use super::outcome::{ControllerDown, DownCause};
use super::restore::RestoreFilter;
use super::rights::controllers;
use super::run::Run;
use crate::gateway_api;
use crate::object::Kind;

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
        if !self.comes_along || controllers(self.target.of_kind(Kind::Deployment)).next().is_none() {
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
    pub(super) fn start_from_backup(&mut self, tarball: &Tarball, filter: &RestoreFilter<'_>) {
        let Some(needs) = self.needs.clone() else { return };
        self.rights = self.rights.or(tarball.rights.and(filter.rights(&needs)));
        if !self.comes_along || self.running || self.down.is_some() {
            return;
        }
        let metadata = &needs.controller.metadata;
        let key = metadata.key();
        let saved = tarball.objects.iter().any(|o| o.kind() == Kind::Deployment && o.metadata().key() == key);
        if !saved || filter.reason_to_skip(Kind::Deployment, metadata).is_some() {
            return;
        }
        self.brought_controller = Some(filter.target_of(&key));
        let before = self.step().map(|step| step.text.clone()).unwrap_or_default();
        self.start_cert_manager();
        if let Some(step) = self.step() {
            step.text = format!("{before}; then {}", step.text);
        }
        self.notes.insert(
            "cert-manager's Deployment comes along with the restore: its image is taken to be there, and its ServiceAccount and \
             roles, where the filters let them through, as they carry the labels of the Deployment in its chart; it runs when the \
             restore is done."
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
        api.or_else(|| self.missing_right())
    }

    /// What a controller that a restore brought has no right to; what makes no pod before what stops one.
    fn missing_right(&self) -> Option<DownCause> {
        let (controller, needs) = (self.brought_controller.clone()?, self.needs.as_ref()?);
        let met = needs.met_by(self.rights);
        if !met.service_account {
            return Some(DownCause::ServiceAccount { controller, name: needs.service_account()?.into() });
        }
        if !met.cluster_roles {
            return Some(DownCause::Roles { controller });
        }
        (!met.lease_role).then(|| DownCause::Lease { namespace: Arc::clone(&needs.leases) })
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
