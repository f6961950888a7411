//! Reports to render: a plausible one with every verdict, one made of hostile strings, and large ones.
#![allow(dead_code, unreachable_pub, unused_imports)]

mod company;
mod hostile;

pub use company::{company, company_certificates, company_plan};
pub use hostile::{HOSTILE, hostile, with_strings};
use std::collections::BTreeMap;

use reissue_audit::report::model::*;
use reissue_audit::report::wording::{SEVERITIES, VERDICTS};
use reissue_audit::time::{GoDuration, Time};

/// The instant of every sample.
pub fn now() -> Time {
    Time::parse("2026-06-15T10:00:00Z").unwrap()
}

fn in_days(days: i64) -> Time {
    now().plus(GoDuration::hours(24 * days))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

pub fn object(kind: &str, namespace: &str, name: &str) -> ObjectId {
    ObjectId { kind: kind.into(), namespace: namespace.into(), name: name.into() }
}

pub fn trigger(policy: &str, reason: &str, message: &str) -> Trigger {
    Trigger { policy: policy.into(), reason: reason.into(), message: message.into() }
}

/// A Certificate with which nothing is wrong.
pub fn certificate(namespace: &str, name: &str, renews_in: i64) -> Certificate {
    Certificate {
        namespace: namespace.into(),
        name: name.into(),
        secret_name: format!("{name}-tls").into(),
        issuer_ref: IssuerRef {
            name: "letsencrypt".into(),
            kind: "ClusterIssuer".into(),
            group: "cert-manager.io".into(),
        },
        verdict: "unchanged",
        because: "No check is violated; the certificate in the Secret stays in use.".into(),
        confidence: "exact",
        assumptions: vec![],
        trigger: None,
        violations: vec![],
        readiness: Some(Box::new(trigger("", "Ready", "Certificate is up to date and has not expired"))),
        rewrites: vec![],
        renewal: Renewal {
            not_before: Some(in_days(renews_in - 60)),
            not_after: Some(in_days(renews_in + 30)),
            renewal_time: Some(in_days(renews_in)),
            because: "Two thirds of the lifetime of 2160h have passed then.".into(),
            predicted: false,
        },
        key: Key { algorithm: Some("ECDSA"), size: Some(256), rotates_on_reissue: true },
        findings: vec![],
        issuances: None,
        steps: None,
        observed: None,
        before: None,
        change: None,
        predicted: None,
    }
}

/// One with a verdict and a violated check.
pub fn violated(
    namespace: &str,
    name: &str,
    verdict: &'static str,
    because: &str,
    check: (&str, &str, &str),
    fields: &[(&str, &str, &str)],
) -> Certificate {
    let (policy, reason, message) = check;
    Certificate {
        verdict,
        because: because.into(),
        trigger: Some(Box::new(trigger(policy, reason, message))),
        violations: vec![Violation {
            policy: policy.into(),
            reason: reason.into(),
            message: message.into(),
            fields: fields
                .iter()
                .map(|(path, spec, actual)| Field {
                    path: (*path).into(),
                    spec: (*spec).into(),
                    actual: (*actual).into(),
                })
                .collect(),
            faq: some("Documented: a change of the spec re-issues."),
        }],
        ..certificate(namespace, name, 40)
    }
}

/// Counts what is in the report.
pub fn summarise(mut report: Report) -> Report {
    let mut verdicts: BTreeMap<_, _> = VERDICTS.iter().map(|verdict| (*verdict, 0)).collect();
    for certificate in &report.certificates {
        *verdicts.entry(certificate.verdict).or_default() += 1;
    }
    let mut findings: BTreeMap<_, _> = SEVERITIES.iter().map(|severity| (*severity, 0)).collect();
    for finding in &report.findings {
        *findings.entry(finding.severity).or_default() += 1;
    }
    report.summary = Summary { certificates: report.certificates.len(), verdicts, findings };
    report
}

/// A report about nothing.
pub fn empty() -> Report {
    summarise(Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "reissue-audit", version: "0.1.0" },
        command: "audit",
        evaluated_at: now(),
        cert_manager: CertManager { version: "v1.21.2".into(), source: "default", assumptions: vec![] },
        coverage: Coverage { inputs: vec![], complete: true },
        summary: Summary::default(),
        certificates: vec![],
        findings: vec![],
        timeline: vec![],
        plan: None,
        suppressed: vec![],
        baseline: None,
        upgrade: None,
        renewals: None,
    })
}

/// A Finding about a Certificate, with one remediation of each kind given.
pub fn finding(
    rule: &'static str,
    severity: &'static str,
    about: ObjectId,
    title: &str,
    remediation: &[(&str, &str, &'static str)],
) -> Finding {
    Finding {
        id: format!("{rule}:{}/{}/{}", about.kind, about.namespace, about.name),
        rule,
        severity,
        object: about,
        title: title.into(),
        detail: "What was found differs from what cert-manager will need at its next look.".into(),
        evidence: vec![Evidence { what: "revision".into(), expected: "3".into(), actual: "2".into() }],
        remediation: remediation
            .iter()
            .map(|(text, command, effect)| Remediation { text: (*text).into(), command: some(command), effect })
            .collect(),
        class: None,
    }
}

/// `n` Certificates over many namespaces, one in three with something to say, one in ten with a finding.
pub fn large(n: usize, plan: bool) -> Report {
    let mut report = if plan { company_plan() } else { company() };
    report.findings.clear();
    if let Some(remaining) = report.plan.as_mut().and_then(|plan| plan.remaining.as_mut()) {
        let one = remaining.clone();
        *remaining = (0..n / 10)
            .map(|i| PlanRemaining { name: format!("service-{i:05}").into(), ..one[i % one.len()].clone() })
            .collect();
    }
    let kinds = company_certificates();
    report.certificates = (0..n)
        .map(|i| {
            let of = if i % 3 == 0 { &kinds[i / 3 % kinds.len()] } else { &kinds[11] };
            let (namespace, name) = (format!("team-{:03}", i % 250), format!("service-{i:05}.example.com"));
            let mut certificate = Certificate { namespace: namespace.into(), name: name.into(), ..of.clone() };
            certificate.secret_name = format!("{}-tls", certificate.name).into();
            certificate.findings.clear();
            let days = i64::try_from(i % 60).unwrap();
            certificate.renewal = certificate_renewal(days, i % 5 == 0);
            certificate.issuances = plan.then_some(0);
            certificate.steps = plan.then(|| {
                let text = format!("created with its Secret {}", certificate.secret_name);
                vec![CertificateStep { step: 2, event: i + 1, text }]
            });
            if i % 10 == 0 {
                let about = object("Certificate", &certificate.namespace, &certificate.name);
                let finding = finding(
                    "key-will-rotate",
                    SEVERITIES[i / 10 % 5],
                    about,
                    "The next issuance makes a new key",
                    &[(
                        "Renew it.",
                        &format!("cmctl renew -n {} {}", certificate.namespace, certificate.name),
                        "issues",
                    )],
                );
                certificate.findings.push(finding.id.clone());
                report.findings.push(finding);
            }
            certificate
        })
        .collect();
    summarise(report)
}

fn certificate_renewal(days: i64, odd: bool) -> Renewal {
    let because =
        if odd { format!("renewBefore is {}h", 24 * days + 24) } else { "Two thirds have passed then.".into() };
    Renewal {
        not_before: Some(in_days(days - 60)),
        not_after: Some(in_days(days + 30)),
        renewal_time: Some(in_days(days)),
        because: because.into(),
        predicted: false,
    }
}
