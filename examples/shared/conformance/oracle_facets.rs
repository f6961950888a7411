//! The oracle's answers about a case.

use serde_json::Value;

use super::facets::{Facets, in_calendar, uses_ari};
use super::payloads;

/// What cert-manager said: the answer about the case first, then those about its payloads.
pub(crate) fn facets(answers: &[Value], flags: &Value) -> Facets {
    let Some((answer, others)) = answers.split_first() else {
        return Facets::new();
    };
    let mut facets = of_case(answer, flags);
    facets.extend(payloads::oracle(others));
    facets
}

fn of_case(answer: &Value, flags: &Value) -> Facets {
    let of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcome = of(&answer["outcome"]);
    if outcome == "invalid-case" {
        return vec![("outcome", format!("invalid-case {}", of(&answer["error"])))];
    }
    let mut facets = Facets::new();
    let chain = &answer["chain"];
    let gathered = chain["error"].as_str().is_none_or(str::is_empty);
    match chain["panic"].as_str() {
        _ if !gathered => facets.push(("chain", "gather-error".to_owned())),
        Some(panic) => facets.extend([("chain", "panic".to_owned()), ("chain.message", panic.to_owned())]),
        None if chain["violated"] == true => {
            facets.extend([("chain", of(&chain["reason"])), ("chain.message", of(&chain["message"]))]);
        }
        None => facets.extend([("chain", "-".to_owned()), ("chain.message", String::new())]),
    }
    let message = match &*outcome {
        "gather-error" | "panic" => of(&answer["error"]),
        _ => of(&answer["message"]),
    };
    let until = if outcome == "back-off" { in_calendar(of(&answer["until"])) } else { String::new() };
    facets.extend([("outcome", outcome), ("reason", of(&answer["reason"])), ("message", message), ("until", until)]);
    if gathered && !uses_ari(flags) {
        let ready = &answer["ready"];
        facets.extend(match ready["panic"].as_str() {
            Some(panic) => [("ready", "panic".to_owned()), ("ready.message", panic.to_owned())],
            None => [("ready", of(&ready["reason"])), ("ready.message", of(&ready["message"]))],
        });
        // A Secret that the filtered cache hides has a renewal time, but nobody computes it.
        let renewal = in_calendar(of(&answer["renewalTime"]));
        let hidden = ready["reason"] == "DoesNotExist";
        facets.push(("renewalTime", if hidden { String::new() } else { renewal }));
    }
    facets
}
