//! # orphaned-owner: the Certificate no longer follows its Ingress, Gateway or ListenerSet
//!
//! ## What
//!
//! An Ingress (or, after a plan, a Gateway or ListenerSet) with an issuer annotation names the Secret, and the
//! Certificate of that name has no controller owner reference with the uid of that object.
//!
//! ## Why
//!
//! The shim leaves a Certificate alone that it does not own. Hosts and annotations changed from now on never reach
//! it, it is not deleted with the Ingress, and no event says so.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! Velero drops owner references and restores Certificates before Ingresses, so after a one-step
//! restore every shim Certificate is ownerless for ever.
//!
//! ## Fix
//!
//! Delete the Certificate; its Secret stays (unless `--enable-certificate-owner-ref` is on), and the shim makes it
//! again with a good owner.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificate-shim/sync.go`; Velero `pkg/restore/restore.go`.

use crate::object::{Ingress, Kind, NamespacedName};

use super::View;
use super::finding::{Effect, Finding, shell};

pub(super) const ID: &str = "orphaned-owner";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if let Some(simulation) = view.simulation {
        let orphaned = simulation.fates.iter().filter_map(|(key, fate)| Some((key, fate.orphaned_from.as_ref()?)));
        found.extend(orphaned.map(|(key, owner)| finding(view, key, owner.kind, &owner.key)));
        return;
    }
    for ingress in view.scene.world.ingresses().filter(|ingress| is_annotated(ingress)) {
        let namespace = &ingress.metadata.namespace;
        for tls in ingress.spec.tls.iter().filter(|tls| !tls.hosts.is_empty() && !tls.secret_name.is_empty()) {
            let key = NamespacedName::new(namespace.clone(), tls.secret_name.clone());
            let foreign = view
                .scene
                .world
                .certificate(&key)
                .is_some_and(|certificate| !certificate.metadata.is_controlled_by(&ingress.metadata.uid));
            if foreign {
                found.push(finding(view, &key, Kind::Ingress, &ingress.metadata.key()));
            }
        }
    }
}

/// Whether the shim acts on it (rules 6.1, 1); presence is enough.
fn is_annotated(ingress: &Ingress) -> bool {
    ["cert-manager.io/issuer", "cert-manager.io/cluster-issuer"]
        .iter()
        .any(|annotation| ingress.metadata.annotations.get(annotation).is_some())
}

fn finding(view: &View<'_>, key: &NamespacedName, kind: Kind, owner: &NamespacedName) -> Finding {
    let detail = format!(
        "{kind} {owner} names this Secret, but the Certificate carries no owner reference with its uid: the shim leaves it \
         alone for ever, and changes of the {kind} no longer reach it."
    );
    let (effect, text) = if view.scene.flags.certificate_owner_ref {
        (Effect::Deletes, "Delete the Certificate: its Secret and key go along, and the shim makes both anew.")
    } else {
        (
            Effect::Deletes,
            "Delete the Certificate: its Secret stays, and the shim makes the Certificate again with an owner.",
        )
    };
    Finding::about(Kind::Certificate, key, format!("No longer follows {kind} {owner}"), detail)
        .part(format!("{kind}/{}", owner.name))
        .command(effect, text, format!("kubectl -n {} delete certificate {}", shell(&key.namespace), shell(&key.name)))
}
