//! What `upgrade` adds to a report: beside each verdict that of the release before, and the cause where they differ (design 4).

use std::collections::{BTreeMap, HashMap};

use super::build::trigger;
use super::model::{
    self, Before, Cause, CauseCount, Change, ObjectId, PlanCommand, Report, UpgradeOrder, UpgradePhase, UpgradeStep,
};
use super::wording::{ADD_WHAT_IS_MISSING, Headline, count, list, thousands};
use crate::object::{Kind, NamespacedName, ObjectRef};
use crate::upgrade::{self, Difference, Order, Phase, Stop, Upgrade, Why};
use crate::verdict::Judgement;

/// Puts what the release before says beside what the release after says.
pub fn attach(report: &mut Report, upgrade: &Upgrade<'_>, differences: &HashMap<NamespacedName, Difference>) {
    let from = upgrade.from().version.to_string();
    let to = report.cert_manager.version.clone();
    for certificate in &mut report.certificates {
        let key = NamespacedName::new(certificate.namespace.clone(), certificate.name.clone());
        let Some(before) = upgrade.judgement_before(&key) else { continue };
        certificate.before = Some(Box::new(before_of(before)));
        let Some(difference) = differences.get(&key) else { continue };
        let change = change(difference);
        let (was, is) = (words(before), certificate.verdict);
        let mut because = format!("{from}: {was}; {to}: {is}. {}", certificate.because);
        for cause in &change.causes {
            because.push_str(&format!(" Cause (since {}): {}", cause.since, cause.text));
        }
        certificate.because = because.into();
        certificate.change = Some(Box::new(change));
    }
    let causes = causes(report);
    report.upgrade = Some(model::Upgrade {
        changed: differences.values().filter(|difference| difference.verdict).count(),
        from,
        to,
        causes,
        steps: Vec::new(),
        orders: Vec::new(),
    });
}

/// Puts in the way: the releases to go through, and the two orders of the last of them.
pub fn add_way(report: &mut Report, stops: &[Stop], orders: &[Order]) {
    let Some(upgrade) = &mut report.upgrade else { return };
    upgrade.steps = (1..).zip(stops).map(|(index, stop)| step(index, stop)).collect();
    upgrade.orders = orders.iter().enumerate().map(|(at, order)| order_of(order, at == 0)).collect();
}

fn step(index: usize, stop: &Stop) -> UpgradeStep {
    let version = stop.release.version;
    let why = match stop.why {
        Why::NewestOf112 => {
            "cert-manager asks to be on the newest 1.12 before anything later: it labels every Secret that it writes, and from 1.13 on \
             a Secret is looked for by that label."
        }
        Why::JumpTo117 => "From the newest 1.12, cert-manager supports going to 1.17 directly.",
        Why::NextMinor => "cert-manager recommends one minor release after another, always its newest patch.",
        Why::Asked => "The release that was asked for.",
        Why::InsteadOf1190 => {
            "In place of v1.19.0, which cert-manager says not to install: its CRDs put defaults into issuerRef, and certificates may be \
             re-issued needlessly."
        }
    };
    let crds = format!(
        "kubectl apply --server-side -f https://github.com/cert-manager/cert-manager/releases/download/{version}/cert-manager.crds.yaml"
    );
    let chart = format!(
        "helm upgrade cert-manager cert-manager --repo https://charts.jetstack.io --namespace cert-manager --version {version} --reset-then-reuse-values --wait"
    );
    let command = |text: &str, command: String| PlanCommand { text: text.to_owned(), command, effect: "safe" };
    let mut commands = vec![
        command("The CRDs, unless the chart brings them.", crds),
        command("The controller, webhook and cainjector.", chart),
    ];
    if stop.why == Why::NewestOf112 {
        let unlabelled =
            "kubectl get secrets -A --field-selector type=kubernetes.io/tls -l '!controller.cert-manager.io/fao'";
        commands.push(command("Go on when no Secret of a Certificate is listed any more.", unlabelled.to_owned()));
    }
    if !(stop.reissued.is_empty() && stop.blocked.is_empty()) {
        commands.iter_mut().skip(1).take(1).for_each(|command| command.effect = "issues");
    }
    UpgradeStep {
        index,
        version: version.to_string(),
        why: why.to_owned(),
        reissued: stop.reissued.len(),
        blocked: stop.blocked.len(),
        commands,
    }
}

fn order_of(order: &Order, recommended: bool) -> UpgradeOrder {
    UpgradeOrder { name: order.name, recommended, phases: order.phases.iter().map(phase).collect() }
}

fn phase(phase: &Phase) -> UpgradePhase {
    let (controller, crds) = (phase.controller.version, phase.crds.version);
    let certificate = |key: &NamespacedName| ObjectId::from(&ObjectRef::new(Kind::Certificate, key.clone()));
    let text = if controller == crds {
        format!("Both are {controller}.")
    } else {
        format!("The controller is {controller}, the CRDs are {crds}.")
    };
    UpgradePhase {
        controller: controller.to_string(),
        crds: crds.to_string(),
        text,
        reissued: phase.reissued.len(),
        blocked: phase.blocked.len(),
        at_risk: phase.at_risk.iter().map(certificate).collect(),
    }
}

fn before_of(before: &Judgement) -> Before {
    Before { verdict: before.verdict.as_str(), trigger: before.trigger.as_deref().map(trigger) }
}

fn words(before: &Judgement) -> String {
    match &before.trigger {
        Some(violation) => format!("{} ({})", before.verdict.as_str(), violation.reason),
        None => before.verdict.as_str().to_owned(),
    }
}

fn change(difference: &Difference) -> Change {
    let cause =
        |cause: &upgrade::Cause| Cause { id: cause.id, since: cause.since.to_string(), text: cause.text.to_owned() };
    Change {
        kind: if difference.verdict { "verdict" } else { "reason" },
        causes: difference.causes.iter().map(cause).collect(),
    }
}

/// Every cause with the number of Certificates whose verdict it changes, most first.
fn causes(report: &Report) -> Vec<CauseCount> {
    let mut counted: BTreeMap<&Cause, usize> = BTreeMap::new();
    let changes = report.certificates.iter().filter_map(|certificate| certificate.change.as_deref());
    for cause in changes.filter(|change| change.kind == "verdict").flat_map(|change| &change.causes) {
        *counted.entry(cause).or_default() += 1;
    }
    let mut causes: Vec<CauseCount> =
        counted.into_iter().map(|(cause, certificates)| CauseCount { cause: cause.clone(), certificates }).collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.certificates));
    causes
}

/// The answer of `upgrade` in one sentence.
pub(super) fn headline(report: &Report, upgrade: &model::Upgrade) -> Headline {
    let total = report.summary.certificates;
    let turned = |verdict: &str| {
        let changed = report.certificates.iter().filter(|certificate| certificate.verdict == verdict);
        changed.filter(|c| c.before.as_ref().is_some_and(|before| before.verdict != verdict)).count()
    };
    let all = |verdict: &str| report.summary.verdicts.get(verdict).copied().unwrap_or(0);
    let (reissued, blocked) = (turned("reissue-now"), turned("blocked"));
    let way = format!("the upgrade from {} to {}", upgrade.from, upgrade.to);
    let answer = match (reissued, total) {
        (0, 1) => format!("The one certificate is not re-issued by {way}"),
        (0, _) => format!("None of {} is re-issued by {way}", count(total, "certificate", "certificates")),
        (1, 1) => format!("The one certificate is re-issued by {way}"),
        (n, _) => format!(
            "{} of {} {} re-issued by {way}",
            thousands(n),
            count(total, "certificate", "certificates"),
            if n == 1 { "is" } else { "are" }
        ),
    };
    let anyway = all("reissue-now") - reissued;
    let calmed = report.certificates.iter().filter(|certificate| {
        let was = certificate.before.as_ref().map_or("", |before| before.verdict);
        matches!(was, "reissue-now" | "blocked") && !matches!(certificate.verdict, "reissue-now" | "blocked")
    });
    let parts: Vec<String> = [
        (blocked, "gets blocked by it", "get blocked by it"),
        (anyway, "is re-issued now under either release", "are re-issued now under either release"),
        (all("blocked") - blocked, "is blocked under either release", "are blocked under either release"),
        (calmed.count(), "comes to rest", "come to rest"),
        (all("unknown"), "cannot be judged", "cannot be judged"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| count(n, one, many))
    .collect();
    let grave = report.summary.findings.iter().filter(|(severity, _)| matches!(**severity, "critical" | "high"));
    let grave: usize = grave.map(|(_, n)| n).sum();
    let steps: Vec<&str> = [
        (upgrade.steps.len() > 1, "go step by step as listed under Upgrade"),
        (all("unknown") > 0, ADD_WHAT_IS_MISSING),
        (blocked > 0, "clear what blocks issuance before you upgrade"),
        (reissued > 0, "check the CA's limits and pinned keys before you upgrade"),
        (grave > 0, "look at the findings of high severity"),
    ]
    .into_iter()
    .filter_map(|(wanted, text)| wanted.then_some(text))
    .collect();
    let action = if steps.is_empty() { "nothing needs to be done before it".to_owned() } else { list(&steps) };
    Headline { answer, others: list(&parts), action }
}

/// An order's name in words.
pub(super) fn order_words(name: &str) -> &'static str {
    match name {
        "crds-first" => "CRDs first, then the controller",
        _ => "The controller first, then the CRDs",
    }
}
