//! From judgements and findings to the frozen report.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;
use rayon::prelude::*;

use super::model::{
    self, CertManager, Certificate, Coverage, CoverageInput, CoverageProblem, Evidence, Field, Finding, IssuerRef, Key,
    ObjectId, Remediation, Renewal, Report, SCHEMA_VERSION, Summary, TimelineEntry, Tool, Trigger, Violation,
};
use crate::coverage::{self, Impact};
use crate::intern::intern;
use crate::object::{self, Kind, NamespacedName, ObjectRef};
use crate::pki::PublicKey;
use crate::policy;
use crate::rule;
use crate::simulate::Simulation;
use crate::time::{GoDuration, Time};
use crate::verdict::{Judgement, Scene, Verdict};
use crate::world::World;

/// How far the timeline reaches.
const TIMELINE: GoDuration = GoDuration::hours(90 * 24);

/// Everything that goes into a report.
pub struct Built<'a> {
    /// The command's name.
    pub command: &'static str,
    /// What was judged, by which release, when.
    pub scene: &'a Scene<'a>,
    /// How the release was found.
    pub source: &'static str,
    /// What was assumed about everything.
    pub assumptions: &'a [String],
    /// What was read.
    pub coverage: &'a coverage::Coverage,
    /// The judgements, by namespace and name.
    pub judgements: &'a [Judgement],
    /// The findings, worst first.
    pub findings: &'a [rule::Finding],
    /// The plan's simulation.
    pub simulation: Option<&'a Simulation>,
    /// The world before the plan: lost Certificates are only there.
    pub before: Option<&'a World>,
    /// The plan as it goes into the report.
    pub plan: Option<model::Plan>,
}

/// Builds the report.
#[must_use]
pub fn build(parts: &Built<'_>) -> Report {
    let by_certificate = findings_by_certificate(parts.findings);
    let of_one = |judgement| certificate(parts, judgement, &by_certificate);
    let (certificates, (findings, timeline)): (Vec<Certificate>, (Vec<Finding>, _)) = rayon::join(
        || parts.judgements.par_iter().map(of_one).collect(),
        || rayon::join(|| parts.findings.par_iter().map(finding).collect(), || timeline(parts)),
    );
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        command: parts.command,
        evaluated_at: parts.scene.now,
        cert_manager: CertManager {
            version: parts.scene.release.version.to_string(),
            source: parts.source,
            assumptions: parts.assumptions.to_vec(),
        },
        coverage: coverage(parts),
        summary: summary(&certificates, &findings),
        timeline,
        certificates,
        findings,
        plan: parts.plan.clone(),
        suppressed: Vec::new(),
        baseline: None,
        upgrade: None,
        renewals: None,
    }
}

/// The findings about each Certificate, worst first.
type ByCertificate<'a> = HashMap<&'a NamespacedName, Vec<&'a rule::Finding>, RandomState>;

fn findings_by_certificate(findings: &[rule::Finding]) -> ByCertificate<'_> {
    let mut by_certificate = ByCertificate::default();
    for finding in findings {
        let own = (finding.subject.kind == Kind::Certificate).then_some(&finding.subject.key);
        for key in own.into_iter().chain(&finding.concerns) {
            by_certificate.entry(key).or_default().push(finding);
        }
    }
    by_certificate
}

/// The ids of findings, each once.
fn ids(findings: &[&rule::Finding]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::with_capacity(findings.len());
    for id in findings.iter().map(|finding| finding.id()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn certificate(parts: &Built<'_>, judgement: &Judgement, findings: &ByCertificate<'_>) -> Certificate {
    let read = parts.scene.world.certificate(&judgement.key).or_else(|| parts.before?.certificate(&judgement.key));
    let fate = parts.simulation.and_then(|simulation| simulation.fates.get(&judgement.key));
    let reference = read.map(|c| c.spec.issuer_ref.clone()).unwrap_or_default();
    Certificate {
        namespace: judgement.key.namespace.clone(),
        name: judgement.key.name.clone(),
        secret_name: read.map(|c| c.spec.secret_name.clone()).unwrap_or_default(),
        issuer_ref: IssuerRef { name: reference.name, kind: reference.kind, group: reference.group },
        verdict: judgement.verdict.as_str(),
        because: intern(&judgement.because),
        confidence: judgement.confidence.as_str(),
        assumptions: judgement.assumptions.to_vec(),
        trigger: judgement.trigger.as_deref().map(trigger).map(Box::new),
        violations: judgement.violations.iter().map(violation).collect(),
        readiness: judgement.readiness.as_deref().map(trigger).map(Box::new),
        rewrites: judgement.rewrites.iter().map(trigger).collect(),
        renewal: Renewal {
            not_before: judgement.renewal.not_before,
            not_after: judgement.renewal.not_after,
            renewal_time: judgement.renewal.renewal_time,
            because: intern(&judgement.renewal.because),
            predicted: judgement.renewal.predicted,
        },
        key: read.map_or_else(Key::default, |c| key(parts, c)),
        findings: findings.get(&judgement.key).map(|findings| ids(findings)).unwrap_or_default(),
        issuances: parts.simulation.map(|_| fate.map_or(0, |fate| fate.issuances)),
        steps: parts.simulation.map(|_| fate.map_or_else(Vec::new, |fate| fate.story.clone())),
        observed: None,
        predicted: None,
        before: None,
        change: None,
    }
}

pub(super) fn trigger(violation: &policy::Violation) -> Trigger {
    Trigger {
        policy: violation.policy.to_owned(),
        reason: violation.reason.to_owned(),
        message: violation.message.clone(),
    }
}

fn violation(violation: &policy::Violation) -> Violation {
    Violation {
        policy: violation.policy.to_owned(),
        reason: violation.reason.to_owned(),
        message: violation.message.clone(),
        fields: violation
            .fields
            .iter()
            .map(|field| Field { path: field.path.clone(), spec: field.spec.clone(), actual: field.actual.clone() })
            .collect(),
        faq: violation.faq.as_ref().map(ToString::to_string),
    }
}

/// The key in the Secret; of a Secret that the plan issues anew, the key that it had before.
fn key(parts: &Built<'_>, certificate: &object::Certificate) -> Key {
    let scene = parts.scene;
    let worlds = [Some(scene.world), parts.before];
    // Without a Secret at the time of the trigger there was no key to keep.
    let was_gone = parts
        .simulation
        .and_then(|simulation| simulation.fates.get(&certificate.metadata.key())?.first_trigger.as_ref())
        .is_some_and(|trigger| trigger.reason == "DoesNotExist");
    let decoded = worlds.into_iter().flatten().find_map(|world| {
        let key = world.secret_of(certificate)?.key.as_ref()?;
        key.decode(&scene.release.decoder).ok()
    });
    let (algorithm, size) = match decoded.map(|key| &key.public) {
        Some(PublicKey::Rsa { bits, .. }) => (Some("RSA"), Some(*bits)),
        Some(PublicKey::Ecdsa { curve, .. }) => (Some("ECDSA"), Some(curve.bits())),
        Some(PublicKey::Ed25519(_)) => (Some("Ed25519"), Some(256)),
        _ => (None, None),
    };
    let present = decoded.map(|key| &key.public).filter(|_| !was_gone);
    Key { algorithm, size, rotates_on_reissue: scene.key_rotates(certificate, present) }
}

impl From<&ObjectRef> for ObjectId {
    fn from(object: &ObjectRef) -> Self {
        Self {
            kind: intern(object.kind.row().name),
            namespace: object.key.namespace.clone(),
            name: object.key.name.clone(),
        }
    }
}

fn finding(finding: &rule::Finding) -> Finding {
    Finding {
        id: finding.id(),
        rule: finding.rule,
        severity: finding.severity.unwrap_or(rule::Severity::Info).as_str(),
        object: (&finding.subject).into(),
        title: finding.title.clone(),
        detail: finding.detail.clone(),
        evidence: finding
            .evidence
            .iter()
            .map(|e| Evidence { what: e.what.clone(), expected: e.expected.clone(), actual: e.actual.clone() })
            .collect(),
        remediation: finding
            .remediation
            .iter()
            .map(|r| Remediation { text: r.text.clone(), command: r.command.clone(), effect: r.effect.as_str() })
            .collect(),
        class: None,
    }
}

/// Coverage is partial when something could not be read, and when something that a verdict needs was not.
fn coverage(parts: &Built<'_>) -> Coverage {
    let read = parts.coverage;
    let inputs = read.inputs.iter().map(|input| CoverageInput {
        location: input.location.clone(),
        kind: input.kind.clone(),
        objects: input.objects.iter().map(|(kind, count)| (kind.to_string(), *count)).collect(),
        problems: input
            .problems
            .iter()
            .map(|problem| CoverageProblem {
                location: problem.location.clone(),
                object: problem.object.clone(),
                message: problem.message.clone(),
                impact: match problem.impact {
                    Impact::Missing => "missing",
                    Impact::Note => "note",
                },
            })
            .collect(),
        requests: input.traffic.map(|traffic| traffic.requests),
        bytes: input.traffic.map(|traffic| traffic.bytes),
    });
    let unjudged = parts.judgements.iter().any(|judgement| judgement.verdict == Verdict::Unknown);
    Coverage { inputs: inputs.collect(), complete: read.is_whole() && !unjudged }
}

fn summary(certificates: &[Certificate], findings: &[Finding]) -> Summary {
    let mut verdicts: BTreeMap<&'static str, usize> = Verdict::ALL.iter().map(|v| (v.as_str(), 0)).collect();
    for certificate in certificates {
        *verdicts.entry(certificate.verdict).or_default() += 1;
    }
    let mut severities: BTreeMap<&'static str, usize> = rule::Severity::ALL.iter().map(|s| (s.as_str(), 0)).collect();
    for finding in findings {
        *severities.entry(finding.severity).or_default() += 1;
    }
    Summary { certificates: certificates.len(), verdicts, findings: severities }
}

/// Renewals, expiries and ends of back-off within the next 90 days.
fn timeline(parts: &Built<'_>) -> Vec<TimelineEntry> {
    let now = parts.scene.now;
    let events_of = |judgement| events(judgement, now);
    let mut entries: Vec<TimelineEntry> = parts.judgements.par_iter().flat_map_iter(events_of).collect();
    entries.par_sort_by(|a, b| (a.at, &a.object, a.kind).cmp(&(b.at, &b.object, b.kind)));
    entries
}

fn events(judgement: &Judgement, now: Time) -> impl Iterator<Item = TimelineEntry> + use<'_> {
    let renewal = &judgement.renewal;
    let is_kept = matches!(judgement.verdict, Verdict::Unchanged | Verdict::ReissueLater | Verdict::Drift);
    let is_stuck = matches!(judgement.verdict, Verdict::Blocked | Verdict::Unknown);
    let looks_again = match &judgement.outcome {
        Some(policy::TriggerOutcome::BackOff { until }) => Some(*until),
        _ => None,
    };
    let events = [
        (renewal.renewal_time.filter(|_| is_kept), "renewal", "cert-manager renews it"),
        (
            renewal.renewal_time.filter(|_| renewal.predicted),
            "renewal",
            "cert-manager renews what the plan issued (predicted)",
        ),
        (renewal.not_after.filter(|_| is_stuck), "expiry", "the certificate in the Secret ends"),
        (looks_again, "back-off-ends", "cert-manager looks again"),
    ];
    events.into_iter().filter_map(move |(at, kind, text)| {
        let at = at.filter(|at| *at > now && *at <= now.plus(TIMELINE))?;
        let object = (&ObjectRef::new(Kind::Certificate, judgement.key.clone())).into();
        Some(TimelineEntry { at, kind, object, text: text.into() })
    })
}
