//! # secret-label-race: a Secret without cert-manager's label may be taken for missing once
//!
//! ## What
//!
//! The Secret of the Certificate lacks the label `controller.cert-manager.io/fao`. The release after looks for Secrets
//! through two caches that are filtered by it, and adds the label: on the way from one cache to the other the Secret is in
//! neither.
//!
//! ## Why
//!
//! If the controller looks in that moment, it re-issues with reason DoesNotExist, although the Secret is there. With many
//! Secrets to be labelled it happens to some.
//!
//! ## Since
//!
//! cert-manager 1.13 (gate SecretsFilteredCaching on by default). 1.11 and 1.12 add the label without that cache, which is
//! why cert-manager asks to go through the newest 1.12.
//!
//! ## Example
//!
//! From 1.10 to 1.13 in one step.
//!
//! ## Fix
//!
//! Go through the newest 1.12 and wait until every Secret is labelled, or add the label before the upgrade.
//!
//! ## Source
//!
//! cert-manager issue 6494; `upgrading-1.12.md`.

// Rules 3.3.

use crate::object::Kind;
use crate::object::secret::FAO_LABEL;
use crate::verdict::Verdict;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "secret-label-race";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    if upgrade.from().filtered_secret_cache || !view.scene.release.filtered_secret_cache {
        return;
    }
    for (certificate, judgement) in view.certificates() {
        let Some(secret) = view.scene.secret(certificate) else { continue };
        let rewritten = secret.has("tls.crt") && secret.has("tls.key") && !certificate.is_issuing();
        let anyway = judgement.verdict == Verdict::ReissueNow;
        if !rewritten || anyway || secret.metadata.labels.get(FAO_LABEL).is_some() {
            continue;
        }
        let (namespace, name) = (shell(&secret.metadata.namespace), shell(&secret.metadata.name));
        let title = "May be re-issued: its Secret is labelled by the upgrade";
        let detail = format!(
            "{} adds the label to the Secret, and for a moment finds the Secret in neither of its caches. If it looks at the \
             Certificate then, it re-issues it.",
            view.scene.release.version
        );
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, title, detail)
                .evidence(format!("label {FAO_LABEL}"), "true", "absent")
                .command(
                    Effect::Safe,
                    "Add the label before the upgrade.",
                    format!("kubectl -n {namespace} label secret {name} {FAO_LABEL}=true"),
                ),
        );
    }
}
