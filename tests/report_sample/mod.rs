//! Reports to render: a plausible one with every verdict, one made of hostile strings, and large ones.
#![allow(dead_code, unreachable_pub)]

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

fn company_certificates() -> Vec<Certificate> {
    let mut all = vec![
        violated(
            "shop",
            "checkout",
            "reissue-now",
            "The Secret was restored under another name.",
            ("SecretDoesNotExist", "DoesNotExist", "Issuing certificate as Secret does not exist"),
            &[("spec.secretName", "checkout-tls", "(no such Secret)")],
        ),
        violated(
            "shop",
            "web",
            "reissue-now",
            "Two host names were added after the last issuance.",
            (
                "SecretCertificateDetailsMismatch",
                "SecretMismatch",
                "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]",
            ),
            &[("spec.dnsNames", "shop.example.com, www.shop.example.com, m.shop.example.com", "shop.example.com")],
        ),
        violated(
            "payments",
            "gateway",
            "blocked",
            "It wants a new certificate, and the request name gateway-3 is taken by a request that nobody owns.",
            (
                "SecretIssuerAnnotationsMismatch",
                "IncorrectIssuer",
                "Issuing certificate as Secret was previously issued by \"ClusterIssuer.cert-manager.io/vault-old\"",
            ),
            &[("spec.issuerRef", "ClusterIssuer/vault", "ClusterIssuer/vault-old")],
        ),
        Certificate {
            verdict: "in-progress",
            because: "Issuing=True stands in the status since 2026-06-15 09:58 UTC.".into(),
            ..certificate("identity", "sso", 55)
        },
        Certificate {
            verdict: "drift",
            because: "The CA issuer copies key usages, and the certificate lacks client auth.".into(),
            ..certificate("mesh", "sidecar-ca", 71)
        },
        Certificate {
            verdict: "reissue-later",
            because: "Renewal falls due in 3 days.".into(),
            ..certificate("mail", "smtp", 3)
        },
        Certificate {
            verdict: "unknown",
            confidence: "unknown",
            because: "The Secrets of namespace vault were not read.".into(),
            readiness: None,
            renewal: Renewal::default(),
            key: Key::default(),
            ..certificate("vault", "server", 20)
        },
        Certificate {
            verdict: "lost",
            because: "The API server refuses it: its Ingress was deleted and it is garbage-collected.".into(),
            ..certificate("legacy", "intranet", 12)
        },
    ];
    for (i, name) in
        ["api", "admin", "docs", "grafana", "harbor", "kibana", "ldap", "minio", "nats", "registry", "wiki"]
            .into_iter()
            .enumerate()
    {
        let days = i64::try_from(i).unwrap();
        all.push(Certificate {
            confidence: if i % 4 == 1 { "assumed" } else { "exact" },
            assumptions: if i % 4 == 1 { vec!["No CertificateRequests are in the input.".into()] } else { vec![] },
            ..certificate("platform", name, 9 + days * 7 % 80)
        });
    }
    all.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    all
}

fn company_findings() -> Vec<Finding> {
    vec![
        finding(
            "orphan-request",
            "critical",
            object("Certificate", "payments", "gateway"),
            "The request gateway-3 has no owner and stands in the way",
            &[
                ("Look at the request first.", "kubectl -n payments get certificaterequest gateway-3 -o yaml", "safe"),
                ("Delete it.", "kubectl -n payments delete certificaterequest gateway-3", "deletes"),
            ],
        ),
        finding(
            "key-will-rotate",
            "high",
            object("Certificate", "shop", "web"),
            "The next issuance makes a new key; clients that pin it will break",
            &[("Keep the key until the pins are changed.", "", "safe")],
        ),
        finding(
            "maybe-out-of-date",
            "medium",
            object("Certificate", "mesh", "sidecar-ca"),
            "Issue by hand, because cert-manager will not notice",
            &[("Renew it.", "cmctl renew -n mesh sidecar-ca", "issues")],
        ),
        finding("old-api-version", "low", object("Certificate", "legacy", "intranet"), "Stored as v1alpha2", &[]),
        finding("faq-differs", "info", object("ClusterIssuer", "", "letsencrypt"), "FAQ and code disagree", &[]),
    ]
}

/// A small company, every verdict once or more.
pub fn company() -> Report {
    let mut report = empty();
    report.certificates = company_certificates();
    report.findings = company_findings();
    for finding in &report.findings {
        for certificate in &mut report.certificates {
            if finding.object.namespace == certificate.namespace && finding.object.name == certificate.name {
                certificate.findings.push(finding.id.clone());
            }
        }
    }
    report.cert_manager.assumptions =
        vec!["Controller flags are cert-manager's defaults; none were in the input.".into()];
    report.coverage = Coverage {
        complete: false,
        inputs: vec![CoverageInput {
            requests: None,
            bytes: None,
            location: "backup.tar.gz".into(),
            kind: "velero-backup".into(),
            objects: BTreeMap::from([
                ("Certificate".into(), 19),
                ("CertificateRequest".into(), 23),
                ("Secret".into(), 31),
            ]),
            problems: vec![
                CoverageProblem {
                    location: "resources/secrets/namespaces/vault/server-tls.json".into(),
                    object: Some("Secret vault/server-tls".into()),
                    message: "unexpected end of JSON at byte 512".into(),
                    impact: "missing",
                },
                CoverageProblem {
                    location: "resources/certificates.cert-manager.io/namespaces/legacy/intranet.json".into(),
                    object: Some("Certificate legacy/intranet".into()),
                    message: "is of version v1alpha2, which no release serves any more".into(),
                    impact: "note",
                },
            ],
        }],
    };
    report.timeline = vec![
        TimelineEntry {
            at: in_days(3),
            kind: "renewal",
            object: object("Certificate", "mail", "smtp"),
            text: "renewed by cert-manager".into(),
        },
        TimelineEntry {
            at: in_days(70),
            kind: "expiry",
            object: object("Certificate", "payments", "gateway"),
            text: "runs out, as it cannot be issued".into(),
        },
    ];
    summarise(report)
}

/// The same company in a plan.
pub fn company_plan() -> Report {
    let mut report = company();
    report.command = "plan";
    for certificate in &mut report.certificates {
        certificate.issuances = Some(u32::from(certificate.verdict == "reissue-now"));
        certificate.steps = Some(vec![
            CertificateStep { step: 2, event: 14, text: "created by the restore without its status".into() },
            CertificateStep { step: 2, event: 51, text: "cert-manager looked at it".into() },
        ]);
    }
    report.plan = Some(Plan {
        name: "velero-documented".into(),
        source: "backup nightly-0614, written by cert-manager v1.17.4".into(),
        target: "an empty cluster with cert-manager v1.21.2 running".into(),
        steps: vec![
            PlanStep {
                index: 1,
                action: "installCertManager".into(),
                text: "Install cert-manager v1.21.2 with its CRDs".into(),
                created: 31,
                ..PlanStep::default()
            },
            PlanStep {
                index: 2,
                action: "veleroRestore".into(),
                text: "Restore the backup without Orders, Challenges and CertificateRequests".into(),
                created: 74,
                updated: 2,
                issued: 2,
                skipped: 23,
                refused: vec![Refusal {
                    object: object("Certificate", "legacy", "intranet"),
                    status: Some(404),
                    message: "the server could not find the requested resource".into(),
                }],
            },
        ],
        phantom_requests: 4,
        restorable_until: Some(RestorableUntil { time: in_days(3), first: "mail/smtp".into() }),
        ages: vec![PlanAge { days: 7, reissued: 3, blocked: 1 }, PlanAge { days: 30, reissued: 9, blocked: 1 }],
        commands: vec![PlanCommand {
            text: "Restore.".into(),
            command: "velero restore create full-backup-1 --from-backup full-backup --wait".into(),
            effect: "issues",
        }],
        remaining: Some(company_remaining()),
        alternatives: [("velero-documented", 3, 1), ("velero-everything", 1, 3)]
            .map(|(name, reissued, blocked)| PlanAlternative {
                name: name.into(),
                reissued,
                blocked,
                lost: 0,
                unknown: 1,
                orphaned: 2,
                drift: 1,
                ca_calls: 5,
                document: "steps:\n- veleroRestore: {}\n".into(),
            })
            .into(),
    });
    report
}

/// What a plan leaves, one of each cause.
fn company_remaining() -> Vec<PlanRemaining> {
    let left = |name: &str, harm: &'static str, cause: &'static str, text: &str, advice: &str| PlanRemaining {
        namespace: "shop".into(),
        name: name.into(),
        harm,
        cause,
        confidence: "exact",
        step: None,
        event: None,
        text: text.into(),
        advice: some(advice),
        restore_before: None,
        avoided_by: None,
    };
    vec![
        PlanRemaining {
            step: Some(2),
            event: Some(51),
            ..left("cart", "blocked", "restore", "Step 2, event 51: Its request is there without an owner.", "")
        },
        PlanRemaining {
            step: Some(2),
            event: Some(40),
            avoided_by: Some(AvoidedBy {
                plan: "velero-everything".into(),
                verdict: "unchanged",
                text: "With velero-everything it stays as it is. In sum: blocked 3 instead of 1, re-issued 1 instead of 3.".into(),
            }),
            ..left("images", "reissue-now", "trade-off", "Step 2, event 40: The Secret comes after it.", "")
        },
        PlanRemaining {
            restore_before: Some(in_days(3)),
            ..left("search", "reissue-now", "due", "Its renewal falls due.", "Restore before 2026-06-18T10:00:00Z.")
        },
        PlanRemaining {
            confidence: "assumed",
            ..left("api", "drift", "source", "It differs from its spec.", "Renew it in the source.")
        },
    ]
}

/// Strings that try to be something else.
pub const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>",
    "' onmouseover='alert(3)",
    "a|b|c",
    "`code` ```fence```",
    "line\nbreak\r\n\n# heading\n- list\n<!-- comment",
    "@everyone and #1 and https://evil.example/?q=1 and www.evil.example",
    "[link](javascript:alert(4)) ![img](https://evil.example/x.png)",
    "\u{202e}gnirts desrever\u{202c} \u{5d0}\u{5d1}\u{5d2}",
    "\u{1b}[31mred\u{1b}[0m\u{7}\u{0}",
    "{{ config }} {% raw %} </style></script>",
    "</details></table>--- \\ &amp; *bold* _it_ ~~no~~ $x$",
];

/// Every string of the cluster is hostile, names are longer than 300 characters.
pub fn hostile() -> Report {
    with_strings(&HOSTILE)
}

/// The plan of the company with every string of the cluster replaced by one of these and a number.
pub fn with_strings(strings: &[&str]) -> Report {
    let mut report = company_plan();
    let mut n = 0;
    let mut next = || {
        n += 1;
        format!("{} {n}", strings[n % strings.len()])
    };
    for certificate in &mut report.certificates {
        certificate.namespace = next().into();
        certificate.name = format!("{}{}", next(), "n".repeat(300)).into();
        certificate.secret_name = next().into();
        certificate.issuer_ref = IssuerRef { name: next().into(), kind: next().into(), group: next().into() };
        certificate.because = next().into();
        certificate.assumptions = vec![next()];
        certificate.trigger = Some(Box::new(trigger(&next(), &next(), &next())));
        certificate.readiness = Some(Box::new(trigger(&next(), &next(), &next())));
        certificate.rewrites = vec![trigger(&next(), &next(), &next())];
        certificate.renewal.because = next().into();
        certificate.steps = Some(vec![CertificateStep { step: 1, event: 1, text: next() }]);
        certificate.violations = vec![Violation {
            policy: next(),
            reason: next(),
            message: next(),
            fields: vec![Field { path: next(), spec: next(), actual: next() }],
            faq: Some(next()),
        }];
    }
    for finding in &mut report.findings {
        finding.object = object(&next(), &next(), &next());
        finding.title = next();
        finding.detail = next();
        finding.evidence = vec![Evidence { what: next(), expected: next(), actual: next() }];
        finding.remediation = vec![Remediation { text: next(), command: Some(next()), effect: "deletes" }];
    }
    for event in &mut report.timeline {
        event.object = object(&next(), &next(), &next());
        event.text = next().into();
    }
    for input in &mut report.coverage.inputs {
        input.location = next();
        input.kind = next();
        input.objects = BTreeMap::from([(next(), 1)]);
        for problem in &mut input.problems {
            problem.location = next();
            problem.object = Some(next());
            problem.message = next();
        }
    }
    report.cert_manager.version = next();
    report.cert_manager.assumptions = (0..HOSTILE.len()).map(|_| next()).collect();
    if let Some(plan) = &mut report.plan {
        plan.name = next();
        plan.source = next();
        plan.target = next();
        for step in &mut plan.steps {
            step.action = next();
            step.text = next();
            for refusal in &mut step.refused {
                refusal.object = object(&next(), &next(), &next());
                refusal.message = next();
            }
        }
        plan.restorable_until = Some(RestorableUntil { time: now(), first: next() });
        for left in plan.remaining.iter_mut().flatten() {
            (left.namespace, left.name) = (next().into(), next().into());
            (left.text, left.advice) = (next(), Some(next()));
            if let Some(avoided) = &mut left.avoided_by {
                (avoided.plan, avoided.text) = (next(), next());
            }
        }
        for alternative in &mut plan.alternatives {
            alternative.name = next();
            alternative.document = next();
        }
    }
    report
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
