//! Our own answers.

use reissue_audit::object::{Certificate, NamespacedName};
use reissue_audit::policy::{Assessment, Evaluation, Index, Ownership, TriggerOutcome, assess};
use reissue_audit::release::{ControllerFlags, Release};
use reissue_audit::source::load_bytes;
use reissue_audit::time::Time;
use reissue_audit::world::World;
use serde_json::Value;

use super::facets::{ANY_OWNER, Facets, instant, uses_ari};
use super::payloads::Materials;
use super::question::{NAME, NAMESPACE, Question, REQUEST};

/// A question whose objects and payloads are read: once, for all releases.
pub(crate) struct Prepared {
    world: World,
    flags: ControllerFlags,
    now: Time,
    uses_ari: bool,
    materials: Materials,
}

impl Prepared {
    pub(crate) fn new(question: &Question) -> Self {
        Self {
            world: load_bytes("case.json", &question.list()).world,
            flags: flags(&question.flags),
            now: question.now,
            uses_ari: uses_ari(&question.flags),
            materials: Materials::read(&question.payloads),
        }
    }

    /// What the engine says for a release.
    pub(crate) fn facets(&self, release: &Release) -> Facets {
        let world = &self.world;
        let broken: Vec<String> = world.broken().map(|(_, key, broken)| format!("{key}: {}", broken.error)).collect();
        let certificate = world.certificate(&NamespacedName::new(NAMESPACE, NAME));
        let Some(certificate) = certificate.filter(|_| broken.is_empty()) else {
            return vec![("outcome", format!("invalid-case {}", broken.join("; ")))];
        };
        let found = assess(&Index::new(world), world, certificate, release, &self.flags, self.now);
        let mut facets = facets_of(&found, self.uses_ari);
        facets.extend(self.comparisons(certificate, &release.with_flags(&self.flags)));
        facets
    }

    fn comparisons(&self, certificate: &Certificate, release: &Release) -> Facets {
        let request = self.world.request(&NamespacedName::new(NAMESPACE, REQUEST));
        self.materials.facets(&certificate.spec, request, release)
    }
}

/// Reads the objects and decides, as one does who wants to know nothing else; whether it is reissued.
pub(crate) fn decide(question: &Question, list: &[u8], release: &Release) -> bool {
    let world = load_bytes("case.json", list).world;
    let certificate = world.certificate(&NamespacedName::new(NAMESPACE, NAME));
    let found = certificate.map(|certificate| {
        assess(&Index::new(&world), &world, certificate, release, &flags(&question.flags), question.now)
    });
    found.is_some_and(|found| matches!(found.outcome, TriggerOutcome::Set { .. }))
}

pub(crate) fn flags(given: &Value) -> ControllerFlags {
    let mut flags = ControllerFlags::default();
    let mut set = |name: &str, value: &str| drop(flags.set(name, value));
    for (gate, on) in given["featureGates"].as_object().into_iter().flatten() {
        set("feature-gates", &format!("{gate}={on}"));
    }
    for (key, name) in [("minimumBackoff", "minimum"), ("maximumBackoff", "maximum")] {
        if let Some(value) = given[key].as_str() {
            set(&format!("certificate-request-{name}-backoff-duration"), value);
        }
    }
    let limits = [
        ("certificate", "max-certificate-size"),
        ("privateKey", "max-private-key-size"),
        ("chain", "max-certificate-chain-length"),
        ("bundle", "max-certificate-bundle-size"),
    ];
    for (key, name) in limits {
        if let Some(value) = given["pemLimits"][key].as_i64() {
            set(name, &value.to_string());
        }
    }
    flags
}

fn chain(evaluation: &Evaluation) -> (String, String) {
    match (&evaluation.panic, evaluation.violations.first()) {
        (_, Some(violation)) => (violation.reason.to_owned(), violation.message.clone()),
        (Some(panic), None) => ("panic".to_owned(), panic.text.clone()),
        (None, None) => ("-".to_owned(), String::new()),
    }
}

fn facets_of(found: &Assessment, uses_ari: bool) -> Facets {
    let mut facets = Facets::new();
    let gathered = found.duplicates.is_empty();
    if gathered {
        let (reason, message) = chain(&found.evaluation);
        facets.extend([("chain", reason), ("chain.message", message)]);
    } else {
        facets.extend([("chain", "gather-error".to_owned())]);
    }
    let (outcome, reason, message, until) = match &found.outcome {
        TriggerOutcome::Set { violation } => ("set", violation.reason, violation.message.clone(), None),
        TriggerOutcome::AlreadyIssuing => ("already-issuing", "", String::new(), None),
        TriggerOutcome::BackOff { until } => ("back-off", "", String::new(), Some(*until)),
        TriggerOutcome::Wait { .. } => ("wait", "", String::new(), None),
        TriggerOutcome::NotOwner { .. } => ("not-owner", "", String::new(), None),
        TriggerOutcome::Deleting => ("deleting", "", String::new(), None),
        TriggerOutcome::GatherError(error) => ("gather-error", "", error.clone(), None),
        TriggerOutcome::Panics(panic) => ("panic", "", panic.clone(), None),
    };
    facets.extend([("outcome", outcome.to_owned()), ("reason", reason.to_owned()), ("message", message)]);
    facets.push(("until", until.map(instant).unwrap_or_default()));
    if matches!(found.ownership, Ownership::Arbitrary { .. }) {
        facets.push((ANY_OWNER, String::new()));
    }
    if gathered && !uses_ari {
        let (reason, message) = chain(&found.readiness);
        let ready = "Certificate is up to date and has not expired".to_owned();
        facets.extend(if reason == "-" {
            [("ready", "Ready".to_owned()), ("ready.message", ready)]
        } else {
            [("ready", reason), ("ready.message", message)]
        });
        facets.push(("renewalTime", found.renewal.renewal_time.map(instant).unwrap_or_default()));
    }
    facets
}
