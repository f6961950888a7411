//! What is compared: the answers of both sides as texts under the same names.

use reissue_audit::time::Time;
use serde_json::Value;

use super::question::text;

/// Name and text, the most basic first.
pub(crate) type Facets = Vec<(&'static str, String)>;

/// Every facet, in this order.
pub(crate) const NAMES: [&str; 19] = [
    "chain",
    "chain.message",
    "outcome",
    "reason",
    "message",
    "until",
    "ready",
    "ready.message",
    "renewalTime",
    "match.request",
    "match.key",
    "match.fuzzy",
    "certificate",
    "certificate.names",
    "certificate.subject",
    "request",
    "request.names",
    "request.subject",
    "key",
];

/// RFC 3339, as far as there are years of four digits.
pub(crate) fn instant(time: Time) -> String {
    time.civil().map_or_else(|| BEYOND.to_owned(), |_| text(time.0))
}

/// The same for a text of the oracle.
pub(crate) fn in_calendar(text: String) -> String {
    if text.find('-').is_some_and(|year| year != 4) { BEYOND.to_owned() } else { text }
}

const BEYOND: &str = "beyond the calendar";

/// With the gate, readiness fetches from the CA, and the release's `RenewalTime` is not all.
pub(crate) fn uses_ari(flags: &Value) -> bool {
    flags["featureGates"]["ACMEUseARI"] == true
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

/// A facet on which both do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) facet: &'static str,
    /// What cert-manager says.
    pub(crate) expected: String,
    /// What the engine says.
    pub(crate) actual: String,
    /// Whether only the words of Go's libraries differ.
    pub(crate) tail: bool,
}

/// Whether the objects of a case could not be read.
pub(crate) fn is_invalid(facets: &Facets) -> bool {
    facets.iter().any(|(name, text)| *name == "outcome" && text.starts_with("invalid-case"))
}

/// All facets that differ, in their order.
pub(crate) fn differences(expected: &Facets, actual: &Facets) -> Vec<Difference> {
    if is_invalid(expected) && is_invalid(actual) {
        return Vec::new();
    }
    let chance = is_chance(expected, actual);
    let differs = |(facet, text): &(&'static str, String)| {
        if chance && DECIDED_BY_OWNER.contains(facet) {
            return None;
        }
        let ours = actual.iter().find(|(other, _)| other == facet).map(|(_, ours)| ours);
        if ours == Some(text) {
            return None;
        }
        let first = || actual.first().map(|(name, text)| format!("{name} {text}")).unwrap_or_default();
        Some(Difference {
            facet,
            expected: text.clone(),
            actual: ours.cloned().unwrap_or_else(|| format!("nothing, but {}", first())),
            tail: ours.is_some_and(|ours| without_tail(ours) == without_tail(text)),
        })
    };
    expected.iter().filter_map(differs).collect()
}

/// A facet of ours alone: which of the Certificates that share a Secret owns it is left to chance in this release (rules 3.4),
/// so that cert-manager itself answers now so, now otherwise.
pub(crate) const ANY_OWNER: &str = "any-owner";

/// What follows from the owner; the chain is compared all the same.
const DECIDED_BY_OWNER: [&str; 4] = ["outcome", "reason", "message", "until"];

/// Whether the sides differ only in who was taken for the owner.
fn is_chance(expected: &Facets, actual: &Facets) -> bool {
    let is_other = |facets: &Facets| facets.iter().any(|(name, text)| *name == "outcome" && text == "not-owner");
    actual.iter().any(|(name, _)| *name == ANY_OWNER) && is_other(expected) != is_other(actual)
}
