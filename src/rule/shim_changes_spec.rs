//! # shim-changes-spec: the upgrade gives the Certificate of an Ingress or Gateway another spec
//!
//! ## What
//!
//! The ingress- or gateway-shim of the release after reads the Ingress, Gateway or ListenerSet in another way than that of
//! the release before, and replaces the spec of the Certificate that follows it.
//!
//! ## Why
//!
//! The spec is replaced as a whole: hand-made changes are lost, and other names mean a new certificate. The verdict is that of
//! the new spec.
//!
//! ## Since
//!
//! 1.9: key and history annotations. 1.12: subject and e-mail annotations. 1.13: hosts that are IP addresses become
//! `ipAddresses`. 1.16: renew-before-percentage. 1.20: pending changes of duration and renew-before are carried over. 1.21:
//! alt-names and ip-sans. 1.21.2: a host that is named twice counts once.
//!
//! ## Example
//!
//! An Ingress with the host 10.0.0.1, going from 1.12 to 1.13.
//!
//! ## Fix
//!
//! Look at the annotations and hosts of the object before the upgrade; take away what was never meant.
//!
//! ## Source
//!
//! cert-manager release notes 1.13 (PR 6267), 1.20 (PR 8232), 1.21 (PR 8927).

// Rules 6.1, 6.2, 6.4; corrections, v1.21.2.

use crate::object::Kind;

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "shim-changes-spec";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    for edit in upgrade.edits {
        let fields: Vec<&str> = edit.fields.iter().map(|field| &*field.path).collect();
        let title = format!("{} gives it another spec: {}", edit.owner.kind, fields.join(", "));
        let detail = format!(
            "{} reads {} in another way than {} and replaces the spec as a whole. The verdict is that of the new spec.",
            view.scene.release.version,
            edit.owner,
            upgrade.from().version
        );
        let mut finding = Finding::about(Kind::Certificate, &edit.certificate, title, detail);
        for field in &edit.fields {
            finding = finding.evidence(&*field.path, &*field.spec, &*field.actual);
        }
        let (kind, key) = (edit.owner.kind.resource(), &edit.owner.key);
        found.push(finding.command(
            Effect::Safe,
            "Look at its annotations and hosts.",
            format!("kubectl -n {} get {kind} {} -o yaml", shell(&key.namespace), shell(&key.name)),
        ));
    }
}
