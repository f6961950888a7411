//! # secret-replaced: the Secret gets another certificate without an issuance of its own
//!
//! ## What
//!
//! The Secret is shared with another Certificate that is issued again, or a plan overwrites it.
//!
//! ## Why
//!
//! The certificate changes under whoever serves it, although this Certificate's own history shows nothing.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! Two Certificates with one Secret: the owner is issued again and the other's certificate is gone.
//!
//! ## Fix
//!
//! Give each Certificate a Secret of its own. Where a restore overwrites it, leave `existingResourcePolicy: update` away; where
//! `kubectl apply` or a GitOps tool does, leave the Secret out of what is applied.
//!
//! ## Source
//!
//! Velero `pkg/restore/restore.go`; `docs/restores.md`.

use crate::object::{Kind, NamespacedName};
use crate::policy::TriggerOutcome;
use crate::simulate::{Fate, PutBack, SecretWriter};
use crate::verdict::Verdict;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "secret-replaced";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if let Some(simulation) = view.simulation {
        let replaced = simulation.fates.iter().filter_map(|(key, fate)| Some((key, fate.secret_replaced_by.as_ref()?)));
        found.extend(replaced.map(|(key, by)| finding(key, by)));
        let silent = |fate: &Fate| {
            fate.issuances == 0 && fate.completed == 0 && fate.lost.is_none() && fate.secret_replaced_by.is_none()
        };
        let put_back = simulation.fates.iter().filter(|(_, fate)| silent(fate));
        found.extend(put_back.filter_map(|(key, fate)| Some(put_back_by(key, fate.secret_put_back?))));
        return;
    }
    for (_, judgement) in view.certificates() {
        let Some(TriggerOutcome::NotOwner { owner }) = &judgement.outcome else { continue };
        let owner = NamespacedName::new(judgement.key.namespace.clone(), &**owner);
        let issued = view.judgements.binary_search_by(|other| other.key.cmp(&owner)).ok().is_some_and(|at| {
            let verdict = view.judgements.get(at).map(|other| other.verdict);
            matches!(verdict, Some(Verdict::ReissueNow | Verdict::InProgress))
        });
        if issued {
            found.push(finding(&judgement.key, &owner));
        }
    }
}

/// the key that is brought is that of the cluster, so that no check objects.
fn put_back_by(key: &NamespacedName, put_back: PutBack) -> Finding {
    let (writes, advice) = match put_back.by {
        SecretWriter::Velero => (
            "writes the Secret of the backup over the one in the cluster",
            "Restore without existingResourcePolicy: update: the Secret of the cluster stays.",
        ),
        SecretWriter::Apply => (
            "applies the Secret of the source over the one in the cluster",
            "Leave the Secret out of what is applied: the one of the cluster stays.",
        ),
    };
    let served =
        if put_back.older { "although that of the cluster is newer" } else { "and no longer that of the cluster" };
    let detail = format!(
        "Step {} {writes}. The private key is the same, so cert-manager notices nothing: the certificate that the step brings is \
         served, {served}.",
        put_back.step
    );
    Finding::about(Kind::Certificate, key, "Its Secret gets the certificate of the source", detail)
        .advice(Effect::Safe, advice)
}

fn finding(key: &NamespacedName, by: &NamespacedName) -> Finding {
    let detail = format!(
        "Certificate {by} writes the same Secret and is issued again: what this Certificate's users serve changes with it."
    );
    Finding::about(Kind::Certificate, key, format!("Its Secret gets the certificate of {by}"), detail)
        .advice(Effect::Issues, "Give each Certificate a Secret of its own.")
        .concerning(by)
}
