//! The report on a small company's cluster, and on a plan for it.

use super::*;

pub fn company_certificates() -> Vec<Certificate> {
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
