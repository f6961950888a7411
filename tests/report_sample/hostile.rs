//! Reports whose every text wants to break out.

use super::*;

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
