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
//! cert-manager `pkg/controller/certificates/requestmanager/requestmanager_controller.go`; rules 7.3; R-35,
//! restore-semantics 9.5.4.

use crate::object::{Certificate, Kind};
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
    for (certificate, judgement) in view.certificates() {
        // What hangs now is the verdict's to say.
        if judgement.obstacles.iter().any(|obstacle| obstacle.reason == ObstacleReason::RequestNameTaken) && judgement.is_stuck() {
            continue;
        }
        found.extend(first_obstacle(view.scene, certificate, judgement));
    }
}

fn first_obstacle(scene: &Scene<'_>, certificate: &Certificate, judgement: &Judgement) -> Option<Finding> {
    let name = &certificate.metadata.name;
    let next = certificate.status.revision.unwrap_or(0) + 1;
    let foreign = scene.world.requests_named_for(certificate).filter(|request| {
        !certificate.metadata.uid.is_empty() && !request.metadata.is_controlled_by(&certificate.metadata.uid)
    });
    let numbered = foreign.filter_map(|request| {
        let revision: i64 = request.metadata.name.strip_prefix(&**name)?.strip_prefix('-')?.parse().ok()?;
        let canonical = format!("{name}-{revision}") == *request.metadata.name;
        (canonical && revision >= next).then_some((revision, request))
    });
    let (revision, request) = numbered.min_by_key(|(revision, _)| *revision)?;
    let at = date_of(judgement, revision - next);
    let when = at.map_or_else(String::new, |at| format!(", about {}", at.date()));
    let key = certificate.metadata.key();
    let title = format!("Issuance of revision {revision} will hang, {} from now{when}", renewals(revision - next + 1));
    let detail = format!(
        "CertificateRequest {} exists and is not owned by this Certificate. The request for revision {revision} must have \
         that name, so creating it will fail with AlreadyExists until the old one is deleted.",
        request.metadata.key()
    );
    Some(
        Finding::about(Kind::Certificate, &key, title, detail)
            .evidence("controller of the request", "this Certificate", owner_text(request))
            .command(
                Effect::Deletes,
                "Delete the old request; nothing follows from it.",
                format!(
                    "kubectl -n {} delete certificaterequest {}",
                    shell(&request.metadata.namespace),
                    shell(&request.metadata.name)
                ),
            ),
    )
}

fn owner_text(request: &crate::object::CertificateRequest) -> String {
    request.metadata.controller().map_or_else(|| "none".to_owned(), |owner| format!("{} {} (uid {})", owner.kind, owner.name, owner.uid))
}

/// The instant of the `n`-th issuance from now, if every certificate lives as long as this one.
pub(super) fn date_of(judgement: &Judgement, n: i64) -> Option<Time> {
    let renewal = &judgement.renewal;
    let (first, start) = (renewal.renewal_time?, renewal.not_before?);
    let period = first.since(start);
    Some(first.plus(GoDuration(period.0.checked_mul(n)?)))
}

fn renewals(n: i64) -> String {
    if n == 1 { "1 renewal".to_owned() } else { format!("{n} renewals") }
}
