//! What `verify` adds to a report: what was seen of each Certificate, beside what was foretold (design 4).

use std::collections::HashMap;

use super::build::trigger;
use super::model::{EventQuote, Observed, Predicted, Report};
use super::wording::{ADD_WHAT_IS_MISSING, Headline, count, list, thousands};
use crate::object::NamespacedName;
use crate::verify::{self, Account, Change, Prediction, Quote, fits};

/// Puts what was seen, and what was foretold if anything was, into the report of the world after it.
pub fn attach(
    report: &mut Report,
    observed: &[(NamespacedName, verify::Observed)],
    predicted: Option<&HashMap<NamespacedName, Prediction>>,
    accounts: &HashMap<NamespacedName, Account>,
) {
    let nothing = Account::default();
    let observed: HashMap<&NamespacedName, &verify::Observed> =
        observed.iter().map(|(key, seen)| (key, seen)).collect();
    for certificate in &mut report.certificates {
        let key = NamespacedName::new(certificate.namespace.clone(), certificate.name.clone());
        let Some(seen) = observed.get(&key) else { continue };
        let foretold = predicted.and_then(|predicted| predicted.get(&key));
        let as_predicted = foretold.map(|foretold| fits(foretold.verdict, seen));
        let mut because = seen.sentence();
        match (foretold, as_predicted) {
            (Some(foretold), Some(true)) => because.push_str(&format!(" As foretold: {}.", words(foretold))),
            (Some(foretold), _) => because.push_str(&format!(" Foretold was: {}.", words(foretold))),
            (None, _) if predicted.is_some() => because.push_str(" Nothing was foretold of it."),
            (None, _) => {}
        }
        let account = accounts.get(&key).unwrap_or(&nothing);
        // What is said at the end is not said twice.
        for text in account.explained.iter().filter(|text| ***text != *certificate.because) {
            because.push_str(&format!(" {text}"));
        }
        if let Some(text) = &account.orphaned {
            because.push_str(&format!(" Orphaned: {text}."));
        }
        // Of what is as it was and as foretold, the Events are in the JSON report.
        if let Some(quote) = telling(account).filter(|_| seen.change != Change::Same || as_predicted == Some(false)) {
            because.push_str(&format!(" {}", quote.sentence()));
        }
        // Of what is not there any more, nothing else can be said.
        if seen.change != Change::Lost && certificate.verdict != "unchanged" {
            // An Event that is quoted may end without a full stop.
            if !because.ends_with(['.', ':']) {
                because.push('.');
            }
            because.push_str(" Now: ");
            because.push_str(&certificate.because);
        }
        certificate.because = because.into();
        certificate.observed = Some(Box::new(Observed {
            outcome: seen.change.as_str(),
            serial_before: seen.serial_before.clone(),
            serial_after: seen.serial_after.clone(),
            issued_for: seen.issued_for.clone(),
            key_kept: seen.key_kept,
            request: seen.request.as_ref().map(|request| request.name.to_string()),
            at: seen.at,
            as_predicted,
            explained: account.explained.clone(),
            stuck: account.stuck.clone(),
            orphaned: account.orphaned.clone(),
            events: account.events.iter().map(event).collect(),
        }));
        certificate.predicted = Some(foretold.map(|foretold| Box::new(prediction(foretold))));
    }
}

/// The Event that tells most: the last warning, else the last that begins an issuance, else the last.
fn telling(account: &Account) -> Option<&Quote> {
    let last = |holds: fn(&Quote) -> bool| account.events.iter().rfind(|quote| holds(quote));
    last(|quote| &*quote.kind == "Warning")
        .or_else(|| last(|quote| &*quote.reason == "Issuing"))
        .or(account.events.last())
}

fn event(quote: &Quote) -> EventQuote {
    EventQuote {
        at: quote.at,
        kind: quote.kind.clone(),
        object: quote.about.clone(),
        reason: quote.reason.clone(),
        message: quote.message.clone(),
    }
}

fn words(foretold: &Prediction) -> String {
    match &foretold.trigger {
        Some(trigger) => format!("{} ({})", foretold.verdict.as_str(), trigger.reason),
        None => foretold.verdict.as_str().to_owned(),
    }
}

fn prediction(foretold: &Prediction) -> Predicted {
    Predicted { verdict: foretold.verdict.as_str(), trigger: foretold.trigger.as_deref().map(trigger) }
}

/// The answer of `verify` in one sentence.
pub(super) fn headline(report: &Report) -> Headline {
    let seen = || report.certificates.iter().filter_map(|certificate| certificate.observed.as_deref());
    let of = |outcome: &str| seen().filter(|seen| seen.outcome == outcome).count();
    let total = report.summary.certificates;
    let surprises = seen().filter(|seen| seen.as_predicted == Some(false)).count();
    let orphaned = seen().filter(|seen| seen.orphaned.is_some()).count();
    let stuck = seen().filter(|seen| seen.stuck.is_some()).count();
    let drifted = report.summary.verdicts.get("drift").copied().unwrap_or(0);
    let answer = match (of("reissued"), total) {
        (0, 1) => "The one certificate was not re-issued".to_owned(),
        (0, _) => format!("None of {} was re-issued", count(total, "certificate", "certificates")),
        (1, 1) => "The one certificate was re-issued".to_owned(),
        (n, _) => format!(
            "{} of {} {} re-issued",
            thousands(n),
            count(total, "certificate", "certificates"),
            if n == 1 { "was" } else { "were" }
        ),
    };
    let parts: Vec<String> = [
        (of("lost"), "is lost", "are lost"),
        (of("pending"), "waits for a certificate", "wait for a certificate"),
        (stuck, "is stuck", "are stuck"),
        (orphaned, "is orphaned", "are orphaned"),
        (of("new"), "is new", "are new"),
        (of("not-comparable"), "cannot be compared", "cannot be compared"),
        (surprises, "is not as foretold", "are not as foretold"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| count(n, one, many))
    .collect();
    let steps: Vec<&str> = [
        (of("lost") > 0, "bring back what is lost"),
        (of("pending") > 0, "see what the waiting ones wait for"),
        (stuck > 0, "clear what keeps them stuck"),
        (of("not-comparable") > 0, ADD_WHAT_IS_MISSING),
        (surprises > 0, "look at those that are not as foretold"),
        (drifted > 0, "renew by hand what has drifted"),
    ]
    .into_iter()
    .filter_map(|(wanted, text)| wanted.then_some(text))
    .collect();
    let action = if steps.is_empty() { "nothing needs to be done".to_owned() } else { list(&steps) };
    Headline { answer, others: list(&parts), action }
}
