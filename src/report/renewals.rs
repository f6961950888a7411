//! What `renewals` adds to a report (design 4).

use super::model::{self, Perhaps, PlanCommand, RenewalReason, RenewalWave, Renewing, Report, Waiting};
use super::wording::{ADD_WHAT_IS_MISSING, Headline, count, list, thousands};
use crate::object::NamespacedName;
use crate::renewals::{Reason, Renewal, Renewals, Wave};

/// Puts the waves into the report.
pub fn attach(report: &mut Report, found: &Renewals) {
    let last = found.waves.len();
    let waves = (1..).zip(&found.waves).map(|(index, wave)| self::wave(index, wave, index < last));
    let waiting = found.not_now.iter().map(|held| {
        let NamespacedName { namespace, name } = held.key.clone();
        Waiting { namespace, name, why: held.why.clone() }
    });
    let perhaps = found.perhaps.iter().map(|(key, fields)| Perhaps {
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        fields: fields.clone(),
    });
    report.renewals =
        Some(model::Renewals { waves: waves.collect(), not_now: waiting.collect(), perhaps: perhaps.collect() });
}

fn wave(index: usize, wave: &Wave, more_follow: bool) -> RenewalWave {
    let renews = |(text, command): (String, String)| PlanCommand { text, command, effect: "issues" };
    let waits = |(text, command): (String, String)| PlanCommand { text, command, effect: "safe" };
    let mut commands: Vec<PlanCommand> = wave.commands().into_iter().map(renews).collect();
    if more_follow {
        commands.extend(wave.waits().into_iter().map(waits));
    }
    RenewalWave {
        index,
        why: why(index, more_follow),
        certificates: wave.renewals.iter().map(renewing).collect(),
        ca_calls: wave.renewals.len(),
        keys_rotate: wave.renewals.iter().filter(|renewal| renewal.rotates).count(),
        commands,
    }
}

fn why(index: usize, more_follow: bool) -> String {
    match (index, more_follow) {
        (1, false) => "None of these signs another.".to_owned(),
        (1, true) => "CAs before what they sign, and whatever waits for no CA.".to_owned(),
        _ => format!("Signed by CAs of wave {}: begin when those are issued.", index - 1),
    }
}

fn renewing(renewal: &Renewal) -> Renewing {
    let reason = |reason: &Reason| RenewalReason {
        reason: reason.name(),
        text: reason.text(),
        fields: if let Reason::Drift(fields) = reason { fields.clone() } else { Vec::new() },
    };
    Renewing {
        namespace: renewal.key.namespace.clone(),
        name: renewal.key.name.clone(),
        issuer: renewal.issuer.clone(),
        reasons: renewal.reasons.iter().map(reason).collect(),
        key: if renewal.rotates { "rotates" } else { "kept" },
    }
}

/// The answer of `renewals` in one sentence.
pub(super) fn headline(report: &Report, renewals: &model::Renewals) -> Headline {
    let total = count(report.summary.certificates, "certificate", "certificates");
    let wanted: usize = renewals.waves.iter().map(|wave| wave.certificates.len()).sum();
    let keys: usize = renewals.waves.iter().map(|wave| wave.keys_rotate).sum();
    let unknown = report.summary.verdicts.get("unknown").copied().unwrap_or(0);
    let answer = match (wanted, report.summary.certificates) {
        (0, 1) => "The one certificate need not be renewed by hand".to_owned(),
        (0, _) => format!("None of {total} needs to be renewed by hand"),
        (n, _) => format!("{} of {total} {} to be renewed by hand", thousands(n), if n == 1 { "has" } else { "have" }),
    };
    let parts: Vec<String> = [
        (renewals.not_now.len(), "must wait", "must wait"),
        (renewals.perhaps.len(), "may need it", "may need it"),
        (keys, "private key changes", "private keys change"),
        (unknown, "cannot be judged", "cannot be judged"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| count(n, one, many))
    .collect();
    let steps: Vec<&str> = [
        (unknown > 0, ADD_WHAT_IS_MISSING),
        (!renewals.not_now.is_empty(), "clear what makes some wait"),
        (keys > 0, "see who depends on the keys"),
        (wanted > 0 && renewals.waves.len() == 1, "run the commands under Renewals"),
        (renewals.waves.len() > 1, "run the commands under Renewals wave by wave"),
    ]
    .into_iter()
    .filter_map(|(wanted, text)| wanted.then_some(text))
    .collect();
    let action = if steps.is_empty() { "nothing needs to be done".to_owned() } else { list(&steps) };
    Headline { answer, others: list(&parts), action }
}
