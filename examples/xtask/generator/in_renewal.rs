//! Mutations of lifetimes, renewal and the instant of the evaluation.

use serde_json::{Value, json};

use super::case::text;
use super::mutation::Bench;

pub(crate) const LATEST: i64 = 253_402_300_799;

/// `spec.renewBefore` or the percentage.
fn wish(b: &mut Bench) {
    let lifetime = b.case.x509.not_after - b.case.x509.not_before;
    let fraction = b.random.pick(&["", "", "", ".5", ".000000001", ".999999999", ".25"]);
    if b.random.one_in(2) {
        let before = match b.random.below(6) {
            0 => lifetime + b.random.between(-2, 2),
            1 => 0,
            2 => -b.random.between(0, lifetime.clamp(1, 1_000_000)),
            3 => 1,
            _ => b.random.between(0, lifetime.max(1)),
        };
        // A Go duration reaches 292 years.
        b.case.spec()["renewBefore"] = format!("{}{fraction}s", before.clamp(-9_000_000_000, 9_000_000_000)).into();
    } else {
        b.case.spec()["renewBefore"] = Value::Null;
    }
    if b.random.one_in(2) {
        b.case.spec()["renewBeforePercentage"] =
            b.random.choose(&[1, 33, 50, 66, 99, 0, 100, -1, 101, 7, 13, 29, 57, 58, 2_147_483_647]).into();
    }
}

/// When the certificate is due, in the arithmetic of the newest releases.
fn due(b: &mut Bench) -> i64 {
    let (from, until) = (b.case.x509.not_before, b.case.x509.not_after);
    let lifetime = until - from;
    let spec = b.case.spec();
    let before = spec["renewBefore"].as_str().and_then(|text| text.trim_end_matches('s').parse::<f64>().ok());
    let part = match (before, spec["renewBeforePercentage"].as_i64()) {
        (Some(before), _) if before < lifetime as f64 && before > 0.0 => before.ceil() as i64,
        (_, Some(percentage @ 1..=99)) => lifetime * percentage / 100,
        _ => lifetime / 3,
    };
    until - part
}

/// The instant within a second of the renewal or of the expiry.
pub(crate) fn instant(b: &mut Bench) {
    wish(b);
    let due = due(b);
    let (from, until) = (b.case.x509.not_before, b.case.x509.not_after);
    let base = b.random.choose(&[due, due, due, until, until + 1, from, from - 100]);
    b.case.now = (base + b.random.between(-2, 2)).clamp(0, LATEST);
    if b.random.one_in(2) {
        b.case.status()["renewalTime"] = text(due.clamp(0, LATEST)).into();
    }
}

/// Lifetimes at which arithmetic overflows, or that are none.
pub(crate) fn lifetimes(b: &mut Bench) {
    let year = 31_557_600;
    let lifetime = match b.random.below(8) {
        0 => b.random.between(-86_400, 3),
        1 => 0,
        2 => 9_223_372_036 + b.random.between(-2, 2),
        3 => b.random.between(0, 400) * year,
        4 => 9_223_372_036 / b.random.choose(&[99, 50, 33, 2, 66]) + b.random.between(-2, 2),
        5 => LATEST - b.case.x509.not_before,
        6 => b.random.between(1, 100),
        _ => b.random.between(1, 20) * year,
    };
    if b.random.one_in(6) {
        b.case.x509.not_before = b.random.choose(&[-631_152_000, 0, 1, -1, 2_524_607_999, 2_524_608_000]);
    }
    b.case.x509.not_after = b.case.x509.not_before + lifetime;
    instant(b);
}

const CRONS: &[&str] = &[
    "0 2 * * *",
    "*/15 * * * *",
    "0 0 1 * *",
    "30 3 * * 1-5",
    "0 2 * * SAT,SUN",
    "0 0 29 2 *",
    "0 0 31 4 *",
    "0 0 13 * 5",
    "@daily",
    "@hourly",
    "@weekly",
    "@monthly",
    "@yearly",
    "@annually",
    "@midnight",
    "@every 36h",
    "@every 90m",
    "@reboot",
    "",
    "60 * * * *",
    "* * * *",
    "* * * * * *",
    "0 24 * * *",
    "0 0 * * 7",
    "0 0 * * 0",
    "5-10/2 1,2 * JAN-MAR *",
    "? ? ? ? ?",
    "TZ=Asia/Tokyo 0 2 * * *",
    "CRON_TZ=UTC 0 2 * * *",
    "0 2 L * *",
    "0 2 * * MON#1",
    "*/0 * * * *",
    "10-5 * * * *",
    "0-59/7 */5 */2 * *",
    "0  2  *  *  *",
    " 0 2 * * *",
    "0 2 * * * ",
    "@every 0s",
    "@every x",
    "0 2 */10 1-12/5 *",
    "0 2 * jan *",
    "1/20 * * * *",
    "*/70 * * * *",
    "0 2 1-7 * MON",
    "30 1 * * *",
    "30 2 * 3,10 *",
    "@every 1s",
    "@every 500ms",
    "@Daily",
    "0 2 0 * *",
    "0 2 * 0 *",
    "0 2 * 13 *",
    "1,2,,3 * * * *",
    "a * * * *",
    "-1 * * * *",
    "0x5 * * * *",
    "0 2 31 */2 *",
    "0 2 * * */2",
];
const ZONES: &[&str] = &[
    "",
    "",
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Local",
    "Nowhere/City",
    "Europe/berlin",
    "America/St_Johns",
    "Etc/GMT+5",
    "EST",
    "CET",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "../etc/passwd",
    "utc",
];

/// `spec.renewal` (1.21+).
pub(crate) fn windows(b: &mut Bench) {
    let list: Vec<Value> = (0..b.random.below(4))
        .map(|_| {
            let mut window = json!({
                "cron": if b.random.one_in(2) { CRONS[b.random.below(10)] } else { b.random.pick(CRONS) },
                "windowDuration": b.random.pick(&["1h", "1h", "4h", "15m", "24h", "1s", "0s", "-1h", "744h", "1ns", "90m30s"]),
            });
            if b.random.one_in(15) {
                window["windowDuration"] = Value::Null;
            }
            if b.random.one_in(2) {
                window["timezone"] = b.random.pick(ZONES).into();
            }
            window
        })
        .collect();
    let policy = b.random.pick(&[
        "RenewBefore",
        "RenewBefore",
        "RenewBefore",
        "RenewBefore",
        "RenewBefore",
        "Disabled",
        "",
        "renewBefore",
    ]);
    b.case.spec()["renewal"] = match b.random.below(12) {
        0 => json!({}),
        1 => json!({"policy": policy}),
        2 => json!({"windows": list}),
        _ => json!({"policy": policy, "windows": list}),
    };
    if b.random.one_in(2) {
        instant(b);
        b.case.now = (b.case.now + b.random.choose(&[0, 0, 3600, 86_400, -86_400, 7200, 14_400])).clamp(0, LATEST);
    }
}
