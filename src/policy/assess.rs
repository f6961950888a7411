//! What the trigger controller does with one Certificate, in its order (rules section 0).
//!
//! Source: `ProcessItem`, `pkg/controller/certificates/trigger/trigger_controller.go`.

use std::borrow::Cow;
use std::sync::Arc;

use super::current_certificate_nearing_expiry::suggested_start;
use super::gather::{GatherError, Gathered, Index, Ownership, backoff, gather, listed_secret, owns_secret};
use super::renewal_time::{RenewalTime, explain, renewal_time};
use super::{
    Evaluation, Input, Violation, evaluate, post_issuance_chain, readiness_alone, readiness_chain, trigger,
    trigger_chain,
};
use crate::object::{Certificate, CertificateSpec, NamespacedName};
use crate::release::{ControllerFlags, Release};
use crate::time::{GoDuration, Time};
use crate::world::World;

/// What the trigger controller does at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerOutcome {
    /// It sets `Issuing=True`.
    Set {
        /// With this reason and message.
        violation: Box<Violation>,
    },
    /// `Issuing=True` stands already: no check is asked.
    AlreadyIssuing,
    /// A failed issuance holds it back.
    BackOff {
        /// Until then.
        until: Time,
    },
    /// Nothing is violated.
    Wait {
        /// When the certificate will be renewed; `None` when never.
        until: Option<Time>,
    },
    /// Another Certificate owns the Secret.
    NotOwner {
        /// That one.
        owner: Arc<str>,
    },
    /// The Certificate is being deleted (1.18+).
    Deleting,
    /// Duplicate requests stop the controllers.
    GatherError(String),
    /// The controller panics; the text of the panic.
    Panics(String),
}

/// When the certificate in the Secret is renewed for its age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Valid from.
    pub not_before: Option<Time>,
    /// Valid until.
    pub not_after: Option<Time>,
    /// When it is renewed; `None` when never, or when there is no certificate.
    pub renewal_time: Option<Time>,
    /// How that came about.
    pub because: Cow<'static, str>,
    /// The certificate is yet to be issued: the dates follow from the spec.
    pub predicted: bool,
}

impl Renewal {
    /// The dates of a certificate that is issued at an instant for a lifetime, renewed as the release renews (rules 2.9).
    #[must_use]
    pub fn predicted(issued: Time, lifetime: GoDuration, spec: &CertificateSpec, release: &Release) -> Self {
        let until = issued.plus(lifetime);
        Self {
            not_before: Some(issued),
            not_after: Some(until),
            renewal_time: renewal_time(issued, until, spec, release).time(),
            because: explain(issued, until, spec, release),
            predicted: true,
        }
    }
}

/// Everything about one Certificate at one instant.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// What the trigger controller does.
    pub outcome: TriggerOutcome,
    /// What the trigger chain says, be it asked or not.
    pub evaluation: Evaluation,
    /// What the readiness chain says.
    pub readiness: Evaluation,
    /// What the post-issuance chain says, as far as it can be told; empty where the controller does not ask it.
    pub post_issuance: Evaluation,
    /// When it is renewed.
    pub renewal: Renewal,
    /// The Secret is there for cert-manager.
    pub has_secret: bool,
    /// The current request.
    pub current: Option<NamespacedName>,
    /// The request of the next revision.
    pub next: Option<NamespacedName>,
    /// Other Certificates with the same Secret.
    pub ownership: Ownership,
    /// Requests of a revision that is there more than once.
    pub duplicates: Vec<NamespacedName>,
}

/// What there is to look at of one Certificate.
struct Seen<'a> {
    release: Release,
    certificate: &'a Certificate,
    flags: &'a ControllerFlags,
    now: Time,
    ownership: Ownership,
    gathered: Gathered<'a>,
    gather_error: Option<GatherError>,
}

impl<'a> Seen<'a> {
    fn new(
        index: &'a Index<'a>,
        world: &'a World,
        certificate: &'a Certificate,
        release: &Release,
        flags: &'a ControllerFlags,
        now: Time,
    ) -> Self {
        let release = release.with_flags(flags);
        let ownership = owns_secret(index, world, certificate, &release, flags);
        let found = gather(index, world, certificate, &release, flags);
        let (gathered, gather_error) = match found {
            Ok(gathered) => (gathered, None),
            Err(error) => {
                // What the chain would say is told all the same, by the first of the duplicates.
                let secret = listed_secret(world, certificate, &release, flags);
                let duplicate = error.requests.first().filter(|_| error.which == "current");
                let current = duplicate.and_then(|key| world.request(key));
                (Gathered { secret, current, ..Gathered::default() }, Some(error))
            }
        };
        Self { release, certificate, flags, now, ownership, gathered, gather_error }
    }

    fn input(&self) -> Input<'_> {
        Input {
            release: &self.release,
            certificate: self.certificate,
            secret: self.gathered.secret,
            current_request: self.gathered.current,
            next_request: self.gathered.next,
            ari: self.gathered.ari,
            now: self.now,
            certificate_owner_ref: self.flags.certificate_owner_ref,
        }
    }

    fn outcome(&self, evaluation: &Evaluation, renewal: &Renewal) -> TriggerOutcome {
        let certificate = self.certificate;
        if self.release.skips_deleting && certificate.metadata.deletion_timestamp.is_some() {
            return TriggerOutcome::Deleting;
        }
        if certificate.is_issuing() {
            return TriggerOutcome::AlreadyIssuing;
        }
        match &self.ownership {
            Ownership::NotOwner { owner, .. } => return TriggerOutcome::NotOwner { owner: owner.clone() },
            Ownership::Arbitrary { likely, .. } if *likely != certificate.metadata.name => {
                return TriggerOutcome::NotOwner { owner: likely.clone() };
            }
            _ => {}
        }
        if let Some(error) = &self.gather_error {
            return TriggerOutcome::GatherError(error.to_string());
        }
        if let Some(until) = backoff(certificate, self.gathered.next, &self.release, self.flags, self.now) {
            return TriggerOutcome::BackOff { until };
        }
        if let Some(panic) = &evaluation.panic {
            return TriggerOutcome::Panics(panic.text.clone());
        }
        match trigger(evaluation, certificate) {
            Some(violation) => TriggerOutcome::Set { violation: Box::new(violation) },
            None => TriggerOutcome::Wait { until: renewal.renewal_time },
        }
    }
}

/// Says what the trigger controller of a release does with a Certificate, and what its chain finds, be it asked or not.
#[must_use]
pub fn decide(
    index: &Index<'_>,
    world: &World,
    certificate: &Certificate,
    release: &Release,
    flags: &ControllerFlags,
    now: Time,
) -> (TriggerOutcome, Evaluation) {
    let seen = Seen::new(index, world, certificate, release, flags, now);
    let evaluation = evaluate(trigger_chain(&seen.release), &seen.input());
    (seen.outcome(&evaluation, &renewal(&seen.input()).0), evaluation)
}

/// Says what the trigger controller of a release does with a Certificate, and everything around it.
#[must_use]
pub fn assess(
    index: &Index<'_>,
    world: &World,
    certificate: &Certificate,
    release: &Release,
    flags: &ControllerFlags,
    now: Time,
) -> Assessment {
    let seen = Seen::new(index, world, certificate, release, flags, now);
    let (release, input) = (&seen.release, seen.input());
    let evaluation = evaluate(trigger_chain(release), &input);
    let (renewal, window_error) = renewal(&input);
    // Without a Secret the first check is violated.
    let passed = evaluation == Evaluation::default();
    let mut readiness = evaluate(if passed { readiness_alone() } else { readiness_chain(release) }, &input);
    // The chain is asked first, and a panic in it is the end.
    if let Some(error) = window_error.filter(|_| readiness.panic.is_none()) {
        let message = format!("Could not calculate renewal time: {error}");
        let (fields, faq) = (Vec::new(), None);
        let violation = Violation { policy: "RenewalTime", reason: "WindowError", message, fields, faq };
        readiness.violations.insert(0, violation);
    }
    let outcome = seen.outcome(&evaluation, &renewal);
    let gathered = &seen.gathered;
    let rewritten = !certificate.is_issuing()
        && gathered.secret.is_some_and(|secret| secret.has("tls.key") && secret.has("tls.crt"));
    Assessment {
        outcome,
        readiness,
        post_issuance: if rewritten { evaluate(post_issuance_chain(release), &input) } else { Evaluation::default() },
        renewal,
        has_secret: gathered.secret.is_some(),
        current: gathered.current.map(|request| request.metadata.key()),
        next: gathered.next.map(|request| request.metadata.key()),
        ownership: seen.ownership,
        duplicates: seen.gather_error.map(|error| error.requests).unwrap_or_default(),
        evaluation,
    }
}

/// The renewal of the certificate in the Secret, and the error that makes readiness say WindowError.
fn renewal(input: &Input) -> (Renewal, Option<String>) {
    let nothing = |because: &'static str| (Renewal { because: because.into(), ..Renewal::default() }, None);
    let Some(secret) = input.secret else {
        return nothing("there is no Secret");
    };
    if !secret.has("tls.crt") {
        return nothing("there is no certificate in the Secret");
    }
    let found = input.x509(secret, |certificate| {
        let (not_before, not_after, spec) = (certificate.not_before, certificate.not_after, &input.certificate.spec);
        let computed = renewal_time(not_before, not_after, spec, input.release);
        let mut renewal = Renewal {
            not_before: Some(not_before),
            not_after: Some(not_after),
            renewal_time: computed.time(),
            because: explain(not_before, not_after, spec, input.release),
            predicted: false,
        };
        if let Some(start) = suggested_start(input, certificate).filter(|_| computed != RenewalTime::Disabled) {
            renewal.renewal_time = Some(start);
            renewal.because = "the CA suggests to renew from then on (ACME renewal information)".into();
        }
        (renewal, computed.error().map(str::to_owned))
    });
    found.unwrap_or_else(|_| nothing("the certificate in the Secret cannot be decoded"))
}
