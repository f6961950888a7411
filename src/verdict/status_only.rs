//! What can be said of a Certificate whose Secret was not read: only what its own status proves.
//!
//! When no Secret at all was read, cert-manager's own last look stands in the status, and an expert would believe it:
//! the readiness chain is the trigger chain apart from its last element (since 1.13; before, apart from the
//! issuer and the key spec; rules 1.2). When Secrets of other
//! namespaces were read and this one's were not, the namespace lies outside the picture and the verdict is `unknown`.

use thin_vec::thin_vec;

use crate::object::meta::has_condition;
use crate::object::{Certificate, Kind, NamespacedName};
use crate::policy::{Input, LABELS_SECRETS, Ownership, Renewal, Violation, gather, owns_secret, request_changed};

use super::judge::{Judgement, Scene};
use super::{Confidence, Verdict};

/// Says which Secret was not read, and how that is put right.
#[must_use]
pub(super) fn what_is_missing(scene: &Scene<'_>, secret: &NamespacedName) -> String {
    if secret.name.is_empty() {
        return "spec.secretName is empty, so no Secret can be looked at.".to_owned();
    }
    if scene.world.coverage.only_labelled_secrets && scene.world.coverage.secrets_were_read(&secret.namespace) {
        return format!(
            "Secret {secret} is not in the input, and only Secrets with the label controller.cert-manager.io/fao were read, \
             which cert-manager sets from {LABELS_SECRETS} on: whether it exists is not known. Add all Secrets to the input, \
             or give --complete if the input is all there is."
        );
    }
    let others = if scene.world.coverage.was_read(Kind::Secret) { " of this namespace" } else { "" };
    format!(
        "Secret {secret} is not in the input, and no Secrets{others} were read: whether it exists is not known. Add them \
         to the input, or give --complete if the input is all there is."
    )
}

/// Judges by what is there without the Secret, if that is telling.
#[must_use]
pub(super) fn judge(scene: &Scene<'_>, certificate: &Certificate) -> Option<Judgement> {
    let ownership = owns_secret(scene.index, scene.world, certificate, scene.release, scene.flags);
    if matches!(ownership, Ownership::NotOwner { .. } | Ownership::Arbitrary { .. }) {
        return None;
    }
    by_request(scene, certificate).or_else(|| by_status(scene, certificate))
}

/// A current request that differs from the spec triggers whatever the Secret holds: a Secret that passes every earlier
/// check is triggered by this one, any other by an earlier one.
fn by_request(scene: &Scene<'_>, certificate: &Certificate) -> Option<Judgement> {
    let violation = request_violation(scene, certificate)?;
    let because = format!("{} (Whatever its Secret holds, which was not read.)", violation.sentence());
    let obstacles = scene.obstacles(certificate);
    let verdict = if obstacles.is_empty() { Verdict::ReissueNow } else { Verdict::Blocked };
    Some(Judgement {
        assumptions: thin_vec!["The Secret was not read: an earlier check may name another reason.".to_owned()],
        trigger: Some(Box::new(violation.clone())),
        violations: thin_vec![violation],
        renewal: status_renewal(certificate),
        obstacles: obstacles.into(),
        ..Judgement::bare(certificate.metadata.key(), verdict, because, Confidence::Assumed)
    })
}

fn request_violation(scene: &Scene<'_>, certificate: &Certificate) -> Option<Violation> {
    let gathered = gather(scene.index, scene.world, certificate, scene.release, scene.flags).ok()?;
    request_changed(&Input {
        release: scene.release,
        certificate,
        secret: None,
        current_request: gathered.current,
        next_request: gathered.next,
        ari: gathered.ari,
        now: scene.now,
        certificate_owner_ref: scene.flags.certificate_owner_ref,
    })
}

/// cert-manager's last look, as it stands in the status.
fn by_status(scene: &Scene<'_>, certificate: &Certificate) -> Option<Judgement> {
    let status = &certificate.status;
    let is_current = status
        .conditions
        .iter()
        .any(|c| &*c.type_ == "Ready" && c.observed_generation.unwrap_or(0) == certificate.metadata.generation);
    if scene.world.coverage.was_read(Kind::Secret) || !is_current {
        return None;
    }
    if !has_condition(&status.conditions, "Ready", "True") {
        return None;
    }
    let due = status.renewal_time?;
    let obstacles = scene.obstacles(certificate);
    let (verdict, because) = if let Some(obstacle) = obstacles.first().filter(|_| due <= scene.now) {
        (Verdict::Blocked, format!("By its status the renewal was due at {due}. It cannot complete: {}.", obstacle.why))
    } else if due <= scene.now {
        (Verdict::ReissueNow, format!("By its status the renewal was due at {due}."))
    } else if due <= scene.now.plus(scene.horizon) {
        (Verdict::ReissueLater, format!("By its status it is ready, and its renewal falls due at {due}."))
    } else {
        (Verdict::Unchanged, format!("By its status it is ready, and its renewal falls due at {due}."))
    };
    Some(Judgement {
        assumptions: thin_vec![
            "No Secrets were read: what cert-manager last wrote into the status (Ready for this generation of the spec) is \
             taken as true."
                .to_owned(),
        ],
        renewal: status_renewal(certificate),
        obstacles: obstacles.into(),
        ..Judgement::bare(certificate.metadata.key(), verdict, because, Confidence::Assumed)
    })
}

fn status_renewal(certificate: &Certificate) -> Renewal {
    let status = &certificate.status;
    Renewal {
        not_before: status.not_before,
        not_after: status.not_after,
        renewal_time: status.renewal_time,
        because: "as cert-manager wrote it into the status".into(),
        predicted: false,
    }
}
