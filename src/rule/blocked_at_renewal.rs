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
use crate::obstacle::ObstacleReason;
use crate::policy::Renewal;
use crate::time::{GoDuration, Time};
use crate::verdict::{Judgement, Scene, predicted_renewal};

use super::View;
use super::finding::{Effect, Finding, shell};

/// 9999-12-31T23:59:59Z.
const LAST_INSTANT: Time = Time(253_402_300_799);

pub(super) const ID: &str = "blocked-at-renewal";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    if !view.scene.release.stable_request_names {
        return;
    }
    if let Some(simulation) = view.simulation {
        found.extend(view.certificates().filter_map(|(certificate, judgement)| {
            let fate = simulation.fates.get(&judgement.key).filter(|fate| fate.blocked.is_none())?;
            let block = fate.blocked_at.as_ref()?;
            let request = view.scene.world.request(&block.request)?;
            // What a pending issuance will bring has no dates yet.
            let awaited = fate.pending.is_some().then(|| predicted_renewal(view.scene, certificate));
            let date = date_of(awaited.as_ref().unwrap_or(&judgement.renewal), block.renewals - 1);
            Some(finding(&judgement.key, block.revision, block.renewals, date, request))
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
    Some(finding(&certificate.metadata.key(), revision, renewals, date_of(&judgement.renewal, renewals - 1), request))
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
    request
        .metadata
        .controller()
        .map_or_else(|| "none".to_owned(), |owner| format!("{} {} (uid {})", owner.kind, owner.name, owner.uid))
}

/// When the certificate is renewed for the `n`-th time after the next one, if each lives as long as this one; none after the
/// last instant that X.509 can name.
fn date_of(renewal: &Renewal, n: u64) -> Option<Time> {
    let (first, start) = (renewal.renewal_time?, renewal.not_before?);
    let later = first.since(start).0.checked_mul(i64::try_from(n).ok()?)?;
    Some(first.plus(GoDuration(later))).filter(|date| *date <= LAST_INSTANT)
}
