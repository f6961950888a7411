//! Judging one Certificate, and all of them.

use std::borrow::Cow;

use rayon::prelude::*;
use thin_vec::ThinVec;

use crate::naming::request_name;
use crate::object::{Certificate, Issuer, Kind, NamespacedName, ObjectRef, Secret};
use crate::obstacle::{Obstacle, ObstacleReason, Surroundings, issuer_ref};
use crate::policy::gather::secret_key;
use crate::policy::{self, Assessment, FieldDifference, Index, Renewal, TriggerOutcome, Violation, assess};
use crate::release::{ControllerFlags, Release};
use crate::time::{GoDuration, Time};
use crate::world::World;

use super::confidence::Doubts;
use super::drift::drift;
use super::status_only;
use super::{Circumstances, Confidence, Verdict, map, outcome_name};

/// A world under one release at one instant: everything a judge may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The objects.
    pub world: &'a World,
    /// The objects by the relations that cert-manager follows.
    pub index: &'a Index<'a>,
    /// The release that judges.
    pub release: &'a Release,
    /// Its controller's flags.
    pub flags: &'a ControllerFlags,
    /// The evaluated instant.
    pub now: Time,
    /// How far ahead `reissue-later` reaches.
    pub horizon: GoDuration,
}

impl<'a> Scene<'a> {
    /// The issuer that a Certificate names, if it is one of cert-manager's own kinds.
    #[must_use]
    pub fn issuer_ref(&self, certificate: &Certificate) -> Option<ObjectRef> {
        issuer_ref(&certificate.spec.issuer_ref, &certificate.metadata.namespace)
    }

    /// The issuer that a Certificate names, if it was read.
    #[must_use]
    pub fn issuer(&self, certificate: &Certificate) -> Option<&'a Issuer> {
        self.world.issuer_of(&certificate.spec.issuer_ref, &certificate.metadata.namespace)
    }

    /// Everything that keeps the Certificate's next issuance from completing. External issuers are taken to sign: that
    /// is an assumption of the verdict, not an obstacle.
    #[must_use]
    pub fn obstacles(&self, certificate: &Certificate) -> Vec<Obstacle> {
        let unread = |object: &ObjectRef| self.may_be_unread(object);
        let around =
            Surroundings { world: self.world, release: self.release, flags: self.flags, may_be_unread: &unread };
        let mut found = around.obstacles(certificate, certificate.next_revision());
        let prepared = self.prepared_key(certificate).is_some();
        found.retain(|obstacle| match obstacle.reason {
            ObstacleReason::ExternalIssuer => false,
            // With one that is prepared and fits, the key manager is done before it asks for the rotation policy, and makes
            // no key (rules 4.1.4).
            ObstacleReason::CannotRegenerateKey
            | ObstacleReason::UnmakableKey
            | ObstacleReason::UnknownRotationPolicy => !prepared,
            _ => true,
        });
        found.extend(self.foreign_next_key(certificate));
        found
    }

    /// Whether an object that is not in the world may exist all the same.
    fn may_be_unread(&self, object: &ObjectRef) -> bool {
        match object.kind {
            Kind::Secret => !self.is_missing_secret(&object.key),
            kind => {
                self.world.broken_object(kind, &object.key).is_some()
                    || !self.world.coverage.was_read_in(kind, &object.key.namespace)
            }
        }
    }

    /// Where an issuer's Secrets live: its own namespace, or the cluster resource namespace (rules section 9).
    #[must_use]
    pub fn resource_namespace<'b>(&'b self, issuer: &'b ObjectRef) -> &'b str {
        if issuer.kind == Kind::ClusterIssuer { &self.flags.cluster_resource_namespace } else { &issuer.key.namespace }
    }

    /// The Secret that a Certificate names.
    #[must_use]
    pub fn secret(&self, certificate: &Certificate) -> Option<&'a Secret> {
        self.world.secret_of(certificate)
    }

    /// Whether a Secret is known not to exist.
    #[must_use]
    pub fn is_missing_secret(&self, key: &NamespacedName) -> bool {
        self.world.secret(key).is_none()
            && self.world.broken_object(Kind::Secret, key).is_none()
            && self.index.secret_was_read(&self.world.coverage, key, self.release.version)
    }
}

/// What was found out about one Certificate.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Namespace and name.
    pub key: NamespacedName,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence. Mostly one that needs no words of its own.
    pub because: Cow<'static, str>,
    /// How sure.
    pub confidence: Confidence,
    /// What was assumed.
    pub assumptions: ThinVec<String>,
    /// What the trigger controller would do; `None` where that was not asked or is not known.
    pub outcome: Option<TriggerOutcome>,
    /// The first violated check as cert-manager would log it.
    pub trigger: Option<Box<Violation>>,
    /// All violated checks of the trigger chain, in its order.
    pub violations: ThinVec<Violation>,
    /// The first violated check of the readiness chain; it does not re-issue.
    pub readiness: Option<Box<Violation>>,
    /// Violated post-issuance checks: the Secret is rewritten without a new certificate.
    pub rewrites: ThinVec<Violation>,
    /// Validity and renewal.
    pub renewal: Renewal,
    /// What keeps an issuance from completing, now or when it comes to one.
    pub obstacles: ThinVec<Obstacle>,
    /// The CertificateRequests of one revision that keep cert-manager from looking at all.
    pub duplicates: ThinVec<NamespacedName>,
    /// What was issued, beside what the spec asks for, where cert-manager will not notice.
    pub drift: ThinVec<FieldDifference>,
    /// Differences that are suspicious but not proven.
    pub suspicion: ThinVec<FieldDifference>,
}

impl Judgement {
    /// A judgement that says no more than its verdict.
    #[must_use]
    pub fn bare(
        key: NamespacedName,
        verdict: Verdict,
        because: impl Into<Cow<'static, str>>,
        confidence: Confidence,
    ) -> Self {
        Self {
            key,
            verdict,
            because: because.into(),
            confidence,
            assumptions: ThinVec::new(),
            outcome: None,
            trigger: None,
            violations: ThinVec::new(),
            readiness: None,
            rewrites: ThinVec::new(),
            renewal: Renewal::default(),
            obstacles: ThinVec::new(),
            duplicates: ThinVec::new(),
            drift: ThinVec::new(),
            suspicion: ThinVec::new(),
        }
    }

    /// `unknown`, and what is missing.
    #[must_use]
    pub fn unknown(key: NamespacedName, because: String) -> Self {
        Self::bare(key, Verdict::Unknown, because, Confidence::Unknown)
    }

    /// Whether something keeps an issuance from completing that is wanted now.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.verdict == Verdict::Blocked
    }
}

/// Judges every Certificate of a world, the unreadable ones too; sorted by namespace and name.
#[must_use]
pub fn judge_all(scene: &Scene<'_>) -> Vec<Judgement> {
    let certificates: Vec<&Certificate> = scene.world.certificates().collect();
    let mut judgements: Vec<Judgement> = certificates.par_iter().map(|certificate| judge(scene, certificate)).collect();
    let unreadable = scene.world.broken().filter(|(kind, _, _)| *kind == Kind::Certificate);
    judgements.extend(unreadable.map(|(_, key, broken)| {
        let because = format!("The Certificate could not be read: {} ({})", broken.error, broken.location);
        Judgement::unknown(key.clone(), because)
    }));
    judgements.sort_by(|a, b| a.key.cmp(&b.key));
    judgements
}

/// Judges one Certificate.
#[must_use]
pub fn judge(scene: &Scene<'_>, certificate: &Certificate) -> Judgement {
    let key = certificate.metadata.key();
    let assessment = assess(scene.index, scene.world, certificate, scene.release, scene.flags, scene.now);
    let secret = scene.secret(certificate);
    if secret.is_none() && needs_secret(&assessment.outcome) {
        let secret_key = secret_key(certificate);
        if let Some(broken) = scene.world.broken_object(Kind::Secret, &secret_key) {
            let because = format!("Secret {secret_key} could not be read: {} ({})", broken.error, broken.location);
            return Judgement::unknown(key, because);
        }
        if !scene.is_missing_secret(&secret_key) {
            return status_only::judge(scene, certificate)
                .unwrap_or_else(|| Judgement::unknown(key, status_only::what_is_missing(scene, &secret_key)));
        }
    }
    if let Some(because) = unreadable_request(scene, certificate) {
        return Judgement::unknown(key, because);
    }
    with_secret(scene, certificate, secret, assessment)
}

/// The current request is there, and could not be read: its annotations, which would name the revision, neither, so the
/// name that it has since 1.13 must do.
fn unreadable_request(scene: &Scene<'_>, certificate: &Certificate) -> Option<String> {
    let revision = certificate.status.revision?;
    let name = request_name(&certificate.metadata.name, u64::try_from(revision).ok()?);
    let key = NamespacedName::new(certificate.metadata.namespace.clone(), name);
    let broken = scene.world.broken_object(Kind::CertificateRequest, &key)?;
    Some(format!("The current CertificateRequest {key} could not be read: {} ({})", broken.error, broken.location))
}

/// Whether the outcome was found by looking at the Secret.
const fn needs_secret(outcome: &TriggerOutcome) -> bool {
    matches!(outcome, TriggerOutcome::Set { .. } | TriggerOutcome::Wait { .. } | TriggerOutcome::NotOwner { .. })
}

fn with_secret(
    scene: &Scene<'_>,
    certificate: &Certificate,
    secret: Option<&Secret>,
    assessment: Assessment,
) -> Judgement {
    let obstacles = scene.obstacles(certificate);
    let compared = drift(scene, certificate, secret, &assessment);
    let due = assessment.renewal.renewal_time;
    let circumstances = Circumstances {
        cannot_complete: !obstacles.is_empty(),
        secret_does_not_fit: does_not_fit(&assessment),
        drifted: !compared.proven.is_empty(),
        due_inside_horizon: due.is_some_and(|due| due <= scene.now.plus(scene.horizon)),
    };
    let verdict = map(outcome_name(&assessment.outcome), &circumstances);
    let because = explain(verdict, &assessment, &obstacles, &compared.proven, due);
    let doubts = Doubts::about(scene, certificate, verdict);
    Judgement {
        assumptions: doubts.sentences().into(),
        trigger: policy::trigger(&assessment.evaluation, certificate).map(Box::new),
        violations: assessment.evaluation.violations.into(),
        readiness: assessment.readiness.violations.into_iter().next().map(Box::new),
        rewrites: assessment.post_issuance.violations.into(),
        renewal: assessment.renewal,
        outcome: Some(assessment.outcome),
        duplicates: assessment.duplicates.into(),
        obstacles: obstacles.into(),
        drift: compared.proven.into(),
        suspicion: compared.suspected.into(),
        ..Judgement::bare(certificate.metadata.key(), verdict, because, doubts.confidence())
    }
}

/// Whether the Secret fails this Certificate's spec for another reason than whose name stands on it or its age.
fn does_not_fit(assessment: &Assessment) -> bool {
    let harmless = [
        "SecretCertificateNameAnnotationsMismatch",
        "SecretPublicKeyDiffersFromCurrentCertificateRequest",
        "CurrentCertificateNearingExpiry",
    ];
    assessment.evaluation.violations.iter().any(|violation| !harmless.contains(&violation.policy))
}

fn explain(
    verdict: Verdict,
    assessment: &Assessment,
    obstacles: &[Obstacle],
    drift: &[FieldDifference],
    due: Option<Time>,
) -> Cow<'static, str> {
    let blocked_by =
        || obstacles.first().map_or_else(String::new, |found| format!(" It cannot complete: {}.", found.why));
    let text = match &assessment.outcome {
        TriggerOutcome::Set { violation } => violation.sentence() + &blocked_by(),
        TriggerOutcome::AlreadyIssuing => {
            format!("Issuing=True stands in the status: it is issued again whatever the Secret holds.{}", blocked_by())
        }
        TriggerOutcome::BackOff { until } => back_off_text(*until, assessment),
        TriggerOutcome::NotOwner { owner } => format!(
            "Its Secret is shared, and Certificate {owner} is the owner: cert-manager never issues for this one{}.",
            if verdict == Verdict::Blocked { ", although the Secret does not hold what it asks for" } else { "" }
        ),
        TriggerOutcome::Deleting => "It is being deleted, and this release leaves it alone.".to_owned(),
        TriggerOutcome::GatherError(error) => format!("cert-manager stops before its checks: {error}"),
        TriggerOutcome::Panics(text) => format!("This release of cert-manager panics on it: {text}."),
        TriggerOutcome::Wait { .. } => return wait_text(verdict, drift, due),
    };
    text.into()
}

/// A back-off ends with another look: what that finds is what the checks say already.
fn back_off_text(until: Time, assessment: &Assessment) -> String {
    let lead = format!("The last issuance failed, and cert-manager waits until {until} before it looks again");
    match assessment.evaluation.violations.first() {
        Some(found) => format!("{lead}. As things stand it then issues. {}", found.sentence()),
        None => format!("{lead}. As things stand nothing is violated, so nothing is issued then either."),
    }
}

fn wait_text(verdict: Verdict, drift: &[FieldDifference], due: Option<Time>) -> Cow<'static, str> {
    let fields: Vec<&str> = drift.iter().map(|difference| difference.path.as_str()).collect();
    match (verdict, due) {
        (Verdict::Drift, _) => {
            format!("What was issued differs from the spec in {} and cert-manager does not notice.", fields.join(", "))
                .into()
        }
        (Verdict::ReissueLater, Some(due)) => format!("Nothing to do now; its renewal falls due at {due}.").into(),
        _ => "The certificate in the Secret stays in use.".into(),
    }
}
