//! What is compared: the answers of both sides as texts under the same names.

use reissue_audit::object::NamespacedName;
use reissue_audit::policy::{Assessment, Evaluation, Index, TriggerOutcome, assess};
use reissue_audit::release::{ControllerFlags, Release};
use reissue_audit::source::load_bytes;
use reissue_audit::time::Time;
use serde_json::{Value, json};

use crate::case::{Case, NAME, NAMESPACE, text};
use crate::payloads;

/// Name and text, the most basic first.
pub(crate) type Facets = Vec<(&'static str, String)>;

/// The engine's answer.
pub(crate) fn engine(case: &Case, release: &Release) -> Facets {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": case.objects()});
    let world = load_bytes("case.json", list.to_string().as_bytes()).world;
    let broken: Vec<String> = world.broken().map(|(_, key, broken)| format!("{key}: {}", broken.error)).collect();
    let certificate = world.certificate(&NamespacedName::new(NAMESPACE, NAME));
    let Some(certificate) = certificate.filter(|_| broken.is_empty()) else {
        return vec![("outcome", format!("invalid-case {}", broken.join("; ")))];
    };
    let flags = flags(&case.flags);
    let found = assess(&Index::new(&world), &world, certificate, release, &flags, Time(case.now));
    let mut facets = facets_of(&found, case);
    let request = world.request(&NamespacedName::new(NAMESPACE, "web-1"));
    facets.extend(payloads::engine(case, certificate, request, &release.with_flags(&flags)));
    facets
}

fn flags(given: &Value) -> ControllerFlags {
    let mut flags = ControllerFlags::default();
    let mut set = |name: &str, value: &str| drop(flags.set(name, value));
    for (gate, on) in given["featureGates"].as_object().into_iter().flatten() {
        set("feature-gates", &format!("{gate}={on}"));
    }
    for (key, name) in [("minimumBackoff", "minimum"), ("maximumBackoff", "maximum")] {
        if let Some(value) = given[key].as_str() {
            set(&format!("certificate-request-{name}-backoff-duration"), value);
        }
    }
    let limits = [
        ("certificate", "max-certificate-size"),
        ("privateKey", "max-private-key-size"),
        ("chain", "max-certificate-chain-length"),
        ("bundle", "max-certificate-bundle-size"),
    ];
    for (key, name) in limits {
        if let Some(value) = given["pemLimits"][key].as_i64() {
            set(name, &value.to_string());
        }
    }
    flags
}

fn chain(evaluation: &Evaluation) -> (String, String) {
    match (&evaluation.panic, evaluation.violations.first()) {
        (_, Some(violation)) => (violation.reason.to_owned(), violation.message.clone()),
        (Some(panic), None) => ("panic".to_owned(), panic.text.clone()),
        (None, None) => ("-".to_owned(), String::new()),
    }
}

fn facets_of(found: &Assessment, case: &Case) -> Facets {
    let mut facets = Facets::new();
    let gathered = found.duplicates.is_empty();
    if gathered {
        let (reason, message) = chain(&found.evaluation);
        facets.extend([("chain", reason), ("chain.message", message)]);
    } else {
        facets.extend([("chain", "gather-error".to_owned())]);
    }
    let (outcome, reason, message, until) = match &found.outcome {
        TriggerOutcome::Set { violation } => ("set", violation.reason, violation.message.clone(), None),
        TriggerOutcome::AlreadyIssuing => ("already-issuing", "", String::new(), None),
        TriggerOutcome::BackOff { until } => ("back-off", "", String::new(), Some(*until)),
        TriggerOutcome::Wait { .. } => ("wait", "", String::new(), None),
        TriggerOutcome::NotOwner { .. } => ("not-owner", "", String::new(), None),
        TriggerOutcome::Deleting => ("deleting", "", String::new(), None),
        TriggerOutcome::GatherError(error) => ("gather-error", "", error.clone(), None),
        TriggerOutcome::Panics(panic) => ("panic", "", panic.clone(), None),
    };
    facets.extend([("outcome", outcome.to_owned()), ("reason", reason.to_owned()), ("message", message)]);
    facets.push(("until", until.map(instant).unwrap_or_default()));
    if gathered && !uses_ari(case) {
        let (reason, message) = chain(&found.readiness);
        let ready = "Certificate is up to date and has not expired".to_owned();
        facets.extend(if reason == "-" {
            [("ready", "Ready".to_owned()), ("ready.message", ready)]
        } else {
            [("ready", reason), ("ready.message", message)]
        });
        facets.push(("renewalTime", found.renewal.renewal_time.map(instant).unwrap_or_default()));
    }
    facets
}

/// RFC 3339, as far as there are years of four digits.
fn instant(time: Time) -> String {
    time.civil().map_or_else(|| BEYOND.to_owned(), |_| text(time.0))
}

/// The same for a text of the oracle.
fn in_calendar(text: String) -> String {
    if text.find('-').is_some_and(|year| year != 4) { BEYOND.to_owned() } else { text }
}

const BEYOND: &str = "beyond the calendar";

/// With the gate, readiness fetches from the CA, and the release's `RenewalTime` is not all.
fn uses_ari(case: &Case) -> bool {
    case.flags["featureGates"]["ACMEUseARI"] == true
}

/// The oracle's answer.
pub(crate) fn oracle(answer: &Value, case: &Case) -> Facets {
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
    if gathered && !uses_ari(case) {
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

/// Texts after which Go's libraries speak.
const TAILS: &[&str] = &[
    "error parsing pkcs#8 private key: ",
    "error parsing ecdsa private key: ",
    "error parsing rsa private key: ",
    "rsa private key failed validation: ",
    "error parsing X.509 certificate: ",
    "error parsing TLS certificate: ",
    "Issuing certificate as Secret contains an invalid key-pair: ",
    "Failed to decode current CertificateRequest: ",
    "failed to parse duration ",
];

/// Our own words in what would otherwise be taken for a tail of Go's.
const EXACT: &[&str] = &["error decoding", "provided PEM", "error parsing certificate request"];

/// A message without the tail that comes from Go's libraries.
pub(crate) fn without_tail(message: &str) -> &str {
    for tail in TAILS {
        if let Some(at) = message.find(tail) {
            let end = at + tail.len();
            return if EXACT.iter().any(|exact| message[end..].starts_with(exact)) { message } else { &message[..end] };
        }
    }
    message
}

/// The first facet that differs: its name, what the oracle says, what the engine says; and whether only a tail differs.
pub(crate) fn difference(expected: &Facets, actual: &Facets) -> Option<(&'static str, String, String, bool)> {
    let mut tail = None;
    let invalid = |facets: &Facets| facets.first().is_some_and(|(_, text)| text.starts_with("invalid-case"));
    if invalid(expected) && invalid(actual) {
        return None;
    }
    for (name, text) in expected {
        let Some((_, ours)) = actual.iter().find(|(other, _)| other == name) else {
            let ours = actual.first().map(|(_, text)| text.clone()).unwrap_or_default();
            return Some((name, text.clone(), ours, false));
        };
        if without_tail(text) != without_tail(ours) {
            return Some((name, text.clone(), ours.clone(), false));
        }
        if text != ours && tail.is_none() {
            tail = Some((*name, text.clone(), ours.clone(), true));
        }
    }
    tail
}
