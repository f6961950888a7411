//! # blocked-at-renewal: a later issuance will hang on an old request
//!
//! ## What
//!
//! A CertificateRequest that the Certificate does not own already has the name that a later request of this
//! Certificate must have.
//!
//! ## Why
//!
//! Request names are `<certificate>-<revision>`. When the revision counter reaches the old request, creating the
//! new one fails with AlreadyExists for ever; only a Warning event `RequestFailed` shows it, and the certificate
//! runs into expiry. After a restore the counter starts at 1 again, so the old request may be many renewals away.
//!
//! ## Since
//!
//! cert-manager 1.13 (gate StableCertificateRequestName on by default).
//!
//! ## Example
//!
//! A backup taken at revision 7 with `revisionHistoryLimit: 1` brings back `web-7` without an owner. The first six
//! issuances after the restore work; the seventh hangs, months later.
//!
//! ## Fix
//!
//! Delete the old request now. It has done its work, and nothing follows from deleting it.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificates/requestmanager/requestmanager_controller.go`; `docs/restores.md`.

use crate::naming::{request_prefix, revision_of};
use crate::object::{Certificate, CertificateRequest, Kind, NamespacedName};
use crate::time::{GoDuration, Time};
use crate::obstacle::ObstacleReason;
use crate::verdict::{Judgement, Scene};

use super::finding::{Effect, Finding, shell};
use super::View;

pub(super) const ID: &str = "blocked-at-renewal";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if !view.scene.release.stable_request_names {
        return;
    }
    if let Some(simulation) = view.simulation {
        let blocked = simulation.fates.iter().filter(|(_, fate)| fate.blocked.is_none());
        let later = blocked.filter_map(|(key, fate)| Some((key, fate.blocked_at.as_ref()?)));
        found.extend(later.filter_map(|(key, block)| {
            let request = view.scene.world.request(&block.request)?;
            Some(finding(key, block.revision, block.renewals, block.date, request))
        }));
        return;
    }
    for (certificate, judgement) in view.certificates() {
        // What hangs now is the verdict's to say.
        let hangs_now = judgement.obstacles.iter().any(|o| o.reason == ObstacleReason::RequestNameTaken);
        if !(hangs_now && judgement.is_stuck()) {
            found.extend(first_obstacle(view.scene, certificate, judgement));
        }
    }
}

fn first_obstacle(scene: &Scene<'_>, certificate: &Certificate, judgement: &Judgement) -> Option<Finding> {
    let next = certificate.next_revision();
    let numbered = scene.world.requests_named_for(certificate).filter_map(|request| {
        let (prefix, revision) = revision_of(&request.metadata.name)?;
        let later = prefix == request_prefix(&certificate.metadata.name) && revision >= next;
        (later && !certificate.owns(&request.metadata)).then_some((revision, request))
    });
    let (revision, request) = numbered.min_by_key(|(revision, _)| *revision)?;
    let renewals = revision - next + 1;
    Some(finding(&certificate.metadata.key(), revision, renewals, date_of(judgement, renewals - 1), request))
}

fn finding(
    certificate: &NamespacedName,
    revision: u64,
    renewals: u64,
    date: Option<Time>,
    request: &CertificateRequest,
) -> Finding {
    let when = date.map_or_else(String::new, |at| format!(", about {}", at.date()));
    let times = if renewals == 1 { "1 renewal".to_owned() } else { format!("{renewals} renewals") };
    let title = format!("Issuance of revision {revision} will hang, {times} from now{when}");
    let detail = format!(
        "CertificateRequest {} exists and is not owned by this Certificate. The request for revision {revision} must have \
         that name, so creating it will fail with AlreadyExists until the old one is deleted.",
        request.metadata.key()
    );
    Finding::about(Kind::Certificate, certificate, title, detail)
        .evidence("controller of the request", "this Certificate", owner_text(request))
        .command(
            Effect::Deletes,
            "Delete the old request; nothing follows from it.",
            format!(
                "kubectl -n {} delete certificaterequest {}",
                shell(&request.metadata.namespace),
                shell(&request.metadata.name)
            ),
        )
}

fn owner_text(request: &CertificateRequest) -> String {
    request.metadata.controller().map_or_else(|| "none".to_owned(), |owner| format!("{} {} (uid {})", owner.kind, owner.name, owner.uid))
}

/// The instant of the `n`-th issuance from now, if every certificate lives as long as this one.
fn date_of(judgement: &Judgement, n: u64) -> Option<Time> {
    let renewal = &judgement.renewal;
    let (first, start) = (renewal.renewal_time?, renewal.not_before?);
    let period = first.since(start);
    Some(first.plus(GoDuration(period.0.checked_mul(i64::try_from(n).ok()?)?)))
}
