//! Who needs `cmctl renew`, in which order, and who must wait (design 4, `renewals`).
//!
//! `cmctl renew` sets `Issuing=True` and nothing else: no check is asked, no back-off is kept, and the Secret's owner is not
//! looked at (rules 3.5).

mod wave;

use std::collections::{BTreeMap, BTreeSet};

pub use wave::{Wave, waves};

use crate::object::{Certificate, NamespacedName};
use crate::policy::TriggerOutcome;
use crate::rule::Finding;
use crate::verdict::{Judgement, Scene, Verdict, secret_key};

/// Why a Certificate needs to be renewed by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What was issued differs from the spec in these fields.
    Drift(Vec<String>),
    /// It no longer chains to the CA that its issuer holds now.
    CaChanged,
    /// The renewal of its CA, this Certificate, replaces the CA.
    CaReplaced(NamespacedName),
}

impl Reason {
    /// The name in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Drift(_) => "drift",
            Self::CaChanged => "ca-changed",
            Self::CaReplaced(_) => "ca-replaced",
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Drift(fields) => format!("What was issued differs from the spec in {}.", fields.join(", ")),
            Self::CaChanged => "It was signed by another CA than the one that its issuer holds now.".to_owned(),
            Self::CaReplaced(ca) => format!("Its CA, Certificate {ca}, becomes another one by its own renewal."),
        }
    }
}

/// A Certificate to be renewed.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// Which.
    pub key: NamespacedName,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whether the renewal makes a new key.
    pub rotates: bool,
    /// The number that its status has when it is done.
    pub revision: u64,
    /// Its issuer, e.g. `ClusterIssuer ca`.
    pub issuer: String,
    /// Whether its Secret is the CA of an issuer.
    pub is_ca: bool,
}

/// A Certificate that needs a renewal and must not be renewed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotNow {
    /// Which.
    pub key: NamespacedName,
    /// Why not.
    pub why: String,
}

/// What is to be renewed.
#[derive(Clone, Debug, Default)]
pub struct Renewals {
    /// In waves: CAs before what they sign.
    pub waves: Vec<Wave>,
    /// Those that must wait.
    pub not_now: Vec<NotNow>,
    /// Those that may need it: their issuers may have changed these fields themselves.
    pub perhaps: Vec<(NamespacedName, Vec<String>)>,
}

/// Finds who needs a renewal by hand.
#[must_use]
pub fn renewals(scene: &Scene<'_>, judgements: &[Judgement], findings: &[Finding]) -> Renewals {
    let family = Family::of(scene, judgements);
    let mut reasons = reasons(judgements, findings);
    let held = |key: &NamespacedName| Some(NotNow { key: key.clone(), why: family.hold_or_ca(key, &reasons)? });
    let mut not_now: Vec<NotNow> = reasons.keys().filter_map(held).collect();
    reasons.retain(|key, _| not_now.iter().all(|held| held.key != *key));
    family.add_followers(&mut reasons, &mut not_now);
    not_now.sort_by(|a, b| a.key.cmp(&b.key));
    let renewals = reasons.into_iter().filter_map(|(key, reasons)| family.renewal(&key, reasons)).collect();
    let perhaps = judgements.iter().filter(|judgement| !judgement.suspicion.is_empty());
    let paths = |judgement: &Judgement| judgement.suspicion.iter().map(|field| field.path.clone()).collect();
    Renewals {
        waves: waves(renewals, |key| family.ca_of(key)),
        perhaps: perhaps.map(|judgement| (judgement.key.clone(), paths(judgement))).collect(),
        not_now,
    }
}

type Reasons = BTreeMap<NamespacedName, Vec<Reason>>;

/// What is known of each Certificate by itself.
fn reasons(judgements: &[Judgement], findings: &[Finding]) -> Reasons {
    let mut reasons = Reasons::new();
    for judgement in judgements.iter().filter(|judgement| judgement.verdict == Verdict::Drift) {
        let fields = judgement.drift.iter().map(|field| field.path.clone()).collect();
        reasons.entry(judgement.key.clone()).or_default().push(Reason::Drift(fields));
    }
    for finding in findings.iter().filter(|finding| finding.rule == "ca-changed") {
        reasons.entry(finding.subject.key.clone()).or_default().push(Reason::CaChanged);
    }
    reasons
}

/// Certificates with their judgements, and the CA of each where that is a Certificate too.
struct Family<'a> {
    scene: &'a Scene<'a>,
    members: BTreeMap<NamespacedName, (&'a Certificate, &'a Judgement)>,
    /// By the Secret that they write.
    writers: BTreeMap<NamespacedName, NamespacedName>,
}

impl<'a> Family<'a> {
    fn of(scene: &'a Scene<'a>, judgements: &'a [Judgement]) -> Self {
        let known = judgements.iter().filter_map(|j| Some((j.key.clone(), (scene.world.certificate(&j.key)?, j))));
        let members: BTreeMap<_, _> = known.collect();
        let writers = members.iter().map(|(key, (certificate, _))| (secret_key(certificate), key.clone())).collect();
        Self { scene, members, writers }
    }

    /// The Certificate whose Secret is the CA of a Certificate's issuer; none for a CA that signs itself.
    fn ca_of(&self, key: &NamespacedName) -> Option<NamespacedName> {
        let (certificate, _) = self.members.get(key)?;
        let issuer_ref = self.scene.issuer_ref(certificate)?;
        let secret = self.scene.issuer(certificate)?.ca_secret_name()?;
        let secret = NamespacedName::new(self.scene.resource_namespace(&issuer_ref), secret);
        self.writers.get(&secret).filter(|ca| *ca != key).cloned()
    }

    /// Whether a renewal makes a new key.
    fn rotates(&self, certificate: &Certificate) -> bool {
        let key = self.scene.secret(certificate).and_then(|secret| secret.key.as_ref());
        let present = key.and_then(|key| key.decode(&self.scene.release.decoder).ok()).map(|key| &key.public);
        self.scene.key_rotates(certificate, present)
    }

    /// Why a Certificate must not be renewed now by its own state or that of the CAs above it.
    fn hold(&self, key: &NamespacedName) -> Option<String> {
        let (certificate, judgement) = self.members.get(key)?;
        match &judgement.outcome {
            Some(TriggerOutcome::NotOwner { owner }) => {
                return Some(format!(
                    "Its Secret belongs to Certificate {owner}: a renewal would overwrite it. Give it a Secret of its own first."
                ));
            }
            Some(TriggerOutcome::AlreadyIssuing) => {
                return Some("An issuance is running already: it will bring a new certificate by itself.".to_owned());
            }
            Some(TriggerOutcome::GatherError(error)) => return Some(format!("cert-manager stops at it: {error}.")),
            Some(TriggerOutcome::Panics(text)) => return Some(format!("cert-manager crashes on it: {text}.")),
            _ => {}
        }
        if certificate.metadata.deletion_timestamp.is_some() {
            return Some("It is being deleted.".to_owned());
        }
        if let Some(obstacle) = judgement.obstacles.first() {
            return Some(format!("The issuance could not complete: {}.", obstacle.why));
        }
        self.ca_comes_first(key)
    }

    /// The same, and where a CA above needs a renewal that must wait.
    fn hold_or_ca(&self, key: &NamespacedName, reasons: &Reasons) -> Option<String> {
        self.hold(key).or_else(|| {
            let ca = self.ca_of(key).filter(|ca| reasons.contains_key(ca))?;
            let why = self.hold(&ca)?;
            Some(format!("Its CA, Certificate {ca}, needs a renewal first, and must wait: {why}"))
        })
    }

    fn ca_comes_first(&self, key: &NamespacedName) -> Option<String> {
        let ca = self.ca_of(key)?;
        let (certificate, judgement) = self.members.get(&ca)?;
        match judgement.verdict {
            Verdict::Blocked => Some(format!("Its CA, Certificate {ca}, is blocked: clear that first.")),
            Verdict::ReissueNow | Verdict::InProgress => {
                Some(format!("Its CA, Certificate {ca}, is issued anew by itself: wait until that is done."))
            }
            Verdict::ReissueLater if self.rotates(certificate) => {
                let when =
                    judgement.renewal.renewal_time.map_or_else(|| "soon".to_owned(), |at| format!("on {}", at.date()));
                Some(format!("Its CA, Certificate {ca}, is renewed {when} with a new key: wait until that is done."))
            }
            _ => None,
        }
    }

    /// Whether a renewal of a CA makes another CA of it, so that what it signed no longer chains.
    fn becomes_another(&self, key: &NamespacedName, reasons: &[Reason]) -> bool {
        let names = ["spec.commonName", "spec.literalSubject", "spec.subject"];
        let renamed = reasons.iter().any(|reason| {
            matches!(reason, Reason::Drift(fields) if fields.iter().any(|f| names.iter().any(|name| f.starts_with(name))))
        });
        renamed || self.members.get(key).is_some_and(|(certificate, _)| self.rotates(certificate))
    }

    /// Adds what is signed by a CA that its renewal replaces, level by level.
    fn add_followers(&self, reasons: &mut Reasons, not_now: &mut Vec<NotNow>) {
        let mut seen = BTreeSet::new();
        loop {
            let replaced: BTreeSet<NamespacedName> = reasons
                .iter()
                .filter(|(key, why)| !seen.contains(*key) && self.becomes_another(key, why))
                .map(|(key, _)| key.clone())
                .collect();
            if replaced.is_empty() {
                return;
            }
            for key in self.members.keys() {
                let Some(ca) = self.ca_of(key).filter(|ca| replaced.contains(ca)) else { continue };
                let has_certificate =
                    |c: &Certificate| self.scene.secret(c).is_some_and(|secret| secret.has("tls.crt"));
                if !self.members.get(key).is_some_and(|(certificate, _)| has_certificate(certificate)) {
                    continue;
                }
                if !reasons.contains_key(key) {
                    if let Some(why) = self.hold(key).filter(|_| !not_now.iter().any(|held| held.key == *key)) {
                        not_now.push(NotNow {
                            key: key.clone(),
                            why: format!("Its CA, Certificate {ca}, becomes another one. {why}"),
                        });
                    }
                    if not_now.iter().any(|held| held.key == *key) {
                        continue;
                    }
                }
                reasons.entry(key.clone()).or_default().push(Reason::CaReplaced(ca));
            }
            seen.extend(replaced);
        }
    }

    fn renewal(&self, key: &NamespacedName, reasons: Vec<Reason>) -> Option<Renewal> {
        let (certificate, _) = self.members.get(key)?;
        let reference = &certificate.spec.issuer_ref;
        let issuer = self.scene.issuer_ref(certificate).map_or_else(
            || format!("{}.{} {}", reference.kind_or_default(), reference.group_or_default(), reference.name),
            |issuer| issuer.to_string(),
        );
        let is_ca = self.members.keys().any(|other| self.ca_of(other).as_ref() == Some(key));
        let revision = certificate.next_revision();
        Some(Renewal { key: key.clone(), reasons, rotates: self.rotates(certificate), revision, issuer, is_ca })
    }
}
