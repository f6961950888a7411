//! What is assumed rather than simulated, for the report.

use super::admission::Webhook;
use super::outcome::DownCause;
use super::run::Run;
use crate::gateway_api::ONLY_BROUGHT;
use crate::object::Kind;
use crate::plan::{Plan, Step};
use crate::release::SecretOwnership;

impl Run<'_> {
    /// One sentence per assumption that could change the outcome of this plan on these objects.
    pub(super) fn assumptions(&self, plan: &Plan) -> Vec<String> {
        let velero = plan.steps.iter().any(|step| matches!(step, Step::VeleroRestore { .. }));
        let mut notes: Vec<String> = self.notes.iter().cloned().collect();
        let mut assume = |holds: bool, text: &str| {
            if holds {
                notes.push(text.to_owned());
            }
        };
        assume(
            true,
            "Issuers that have what they need sign within a minute; the CA, the ACME server, Vault and Venafi are \
             taken to answer and to agree.",
        );
        assume(
            self.fates.values().any(|fate| fate.completed > 0),
            "Dates of what the plan issues are predicted (~): issued when the plan runs, for the lifetime in the spec, with ACME \
             for 90 days unless the issuer has enableDurationFeature.",
        );
        assume(
            self.target.certificates().any(|certificate| !certificate.spec.issuer_ref.is_builtin()),
            "External issuers are not simulated: their Certificates wait at quiet, or are blocked where no step brings \
             the issuer.",
        );
        assume(
            velero && self.setting.velero.is_unknown(),
            "The Velero release is newer than those whose behaviour is known: it is taken to behave as the newest of them.",
        );
        assume(
            velero,
            "Velero restores the namespaces of one resource in random order; here they are taken in order of name.",
        );
        assume(
            velero,
            "The backup is taken as a picture of one instant; Velero lists kind after kind, and a renewal in between \
             can leave a Secret and its Certificate apart.",
        );
        assume(
            velero && !self.comes_along,
            "cert-manager and its CRDs are installed on the target; its own Deployments, roles and webhook \
             configurations in the backup are not simulated.",
        );
        assume(
            self.webhook == Webhook::Serving,
            "Of the webhook's refusals only those are simulated that follow from spec fields alone; keystores, secret \
             templates, windows, usages and the contents of requests are taken as valid.",
        );
        let down = self.down.as_ref();
        assume(down.is_some_and(|down| matches!(down.cause, DownCause::GatewayApi(_))), ONLY_BROUGHT);
        assume(
            down.is_some_and(|down| down.until.is_some()),
            "A controller that exits is started again by the kubelet after seconds to minutes; here it runs from the end of \
             the step that brings what it lacked.",
        );
        assume(
            self.target.count(Kind::ListenerSet) > 0
                && !self.setting.flags.follows_listener_sets(self.setting.release.version),
            "The target's cert-manager does not follow ListenerSets (1.20 and later, --enable-gateway-api-listenerset and the \
             gate ListenerSets): no Certificates are made from them.",
        );
        assume(
            self.target.count(Kind::Gateway) > 0 && !self.setting.flags.follows_gateways(self.setting.release.version),
            "The target's cert-manager does not follow Gateways (--enable-gateway-api; up to 1.14 the gate \
             ExperimentalGatewayAPISupport): no Certificates are made from them.",
        );
        let versions: Vec<&str> = self.source.coverage.other_versions.iter().map(String::as_str).collect();
        assume(
            velero && !versions.is_empty(),
            &format!(
                "The backup holds objects in more than one API version ({}), as a Velero server with the feature EnableAPIGroupVersions \
                 writes it: a server with that feature may restore another version than the preferred one, which is the one \
                 restored here (R-36).",
                versions.join(", ")
            ),
        );
        assume(
            velero && self.names_a_token(),
            "The ServiceAccount token that a Vault issuer names is taken to be there: Velero does not restore a token whose name \
             begins with that of a ServiceAccount in its namespace, and of others it restores the Secret without the token, which \
             Kubernetes makes anew (R-41).",
        );
        assume(
            self.target.orders().next().is_some(),
            "Orders and Challenges of an old API version are not told apart from those of v1.",
        );
        assume(
            velero
                && !self.source.coverage.was_read(Kind::CertificateRequest)
                && self.source.count(Kind::CertificateRequest) == 0,
            "No CertificateRequest was read: requests that would come along and take names are not known.",
        );
        assume(
            self.fates
                .values()
                .any(|fate| fate.first_trigger.as_ref().is_some_and(|trigger| trigger.reason == "Renewing")),
            "A message `Renewing …` names `<nil>` as the scheduled time when the readiness controller has not run yet, \
             and the time itself when it has; both occur after a restore.",
        );
        assume(
            self.target.requests().next().is_some(),
            "cert-manager's own approver approves every request; an approval policy would decide otherwise.",
        );
        assume(
            self.setting.source_version.is_some_and(|source| source > self.setting.release.version),
            "The target's cert-manager is older than the one that wrote the objects: of the fields that its CRDs drop \
             only those are looked at that decide something.",
        );
        assume(
            self.setting.release.secret_ownership != SecretOwnership::Defined && self.share_secrets(),
            "Certificates with one Secret overwrite each other endlessly in this release; one issuance of each is counted.",
        );
        notes
    }

    /// Whether a Vault issuer logs in with the token in a Secret of a ServiceAccount.
    fn names_a_token(&self) -> bool {
        let issuers = self.target.issuers().chain(self.target.cluster_issuers());
        issuers.into_iter().any(|issuer| issuer.spec.pointer("/vault/auth/kubernetes/secretRef/name").is_some())
    }

    fn share_secrets(&self) -> bool {
        self.certificates_by_secret.values().any(|certificates| certificates.len() > 1)
    }
}
