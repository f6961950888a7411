//! Mutations of the Certificate's status and metadata.

use serde_json::{Value, json};

use super::case::text;
use super::in_renewal::LATEST;
use super::mutation::Bench;

pub(crate) fn deleting(b: &mut Bench) {
    b.case.certificate["metadata"]["deletionTimestamp"] = text(b.case.now - 30).into();
    b.case.certificate["metadata"]["finalizers"] = json!(["example.com/keep"]);
}

pub(crate) fn issuing(b: &mut Bench) {
    let status = b.random.pick(&["True", "True", "False", "Unknown"]);
    let condition = json!({
        "type": "Issuing", "status": status, "reason": "ManuallyTriggered",
        "message": "x", "lastTransitionTime": text(b.case.now - 30), "observedGeneration": 3,
    });
    let mut other = condition.clone();
    other["status"] = b.random.pick(&["True", "False"]).into();
    let twice = b.random.one_in(5);
    match b.case.certificate["status"]["conditions"].as_array_mut() {
        Some(list) if twice => list.extend([other, condition]),
        Some(list) => list.push(condition),
        None => b.case.certificate["status"]["conditions"] = json!([condition]),
    }
}

/// A failed issuance around the end of its back-off.
pub(crate) fn back_off(b: &mut Bench) {
    let attempts = b.random.choose(&[
        None,
        Some(0),
        Some(1),
        Some(2),
        Some(5),
        Some(6),
        Some(7),
        Some(8),
        Some(60),
        Some(64),
        Some(100),
        Some(-1),
        Some(2_147_483_647),
    ]);
    b.case.certificate["status"]["failedIssuanceAttempts"] = attempts.map_or(Value::Null, Value::from);
    let minimum = b.random.pick(&["1h", "1h", "1h", "30m", "0s", "-1s", "40h", "90s", "2540400h", "1h0m1s"]);
    let maximum = b.random.pick(&["32h", "32h", "32h", "1h", "10m", "100h", "0s", "2540400h"]);
    if minimum != "1h" {
        b.case.flags["minimumBackoff"] = minimum.into();
    }
    if maximum != "32h" {
        b.case.flags["maximumBackoff"] = maximum.into();
    }
    let base: i64 = match minimum {
        "30m" => 1800,
        "40h" => 144_000,
        "90s" => 90,
        "1h0m1s" => 3601,
        _ => 3600,
    };
    let power = attempts.map_or(0, |n| (n - 1).clamp(0, 6));
    let longest = b.random.choose(&[base << power, 32 * 3600, 3600, 360_000, 600]);
    b.case.certificate["status"]["lastFailureTime"] = text(b.case.now - longest + b.random.between(-1, 1)).into();
    if b.random.one_in(9) {
        b.case.certificate["status"]["lastFailureTime"] = text(b.case.now + 7200).into();
    }
    if b.random.one_in(2) {
        b.case.secret = None;
    }
}

/// What restores leave of a status.
pub(crate) fn status(b: &mut Bench) {
    match b.random.below(7) {
        0 => b.case.certificate["status"] = json!({}),
        1 => drop(b.case.certificate.as_object_mut().and_then(|object| object.remove("status"))),
        2 => b.case.status()["renewalTime"] = Value::Null,
        3 => b.case.certificate["status"]["renewalTime"] = text(b.case.now + b.random.between(-2, 2)).into(),
        4 => b.case.status()["conditions"] = json!([]),
        5 => b.case.status()["nextPrivateKeySecretName"] = "web-next".into(),
        _ => b.case.status()["notAfter"] = "2001-01-01T00:00:00Z".into(),
    }
}

/// A window that the CA suggested, with the gate.
pub(crate) fn ari(b: &mut Bench) {
    let start = match b.random.below(4) {
        0 => b.case.x509.not_before + b.random.between(-1, 1),
        1 => b.case.now + b.random.between(-1, 1),
        2 => b.case.now + 86_400,
        _ => b.case.x509.not_after,
    };
    b.case.certificate["status"]["acme"] = match b.random.below(6) {
        0 => json!({}),
        1 => {
            json!({"ari": {"suggestedWindow": null}})
        }
        _ => {
            json!({"ari": {"suggestedWindow": {"start": text(start.min(LATEST)), "end": text((start + 86_400).min(LATEST))}}})
        }
    };
    if !b.random.one_in(5) {
        b.case.flags["featureGates"]["ACMEUseARI"] = true.into();
    }
}
