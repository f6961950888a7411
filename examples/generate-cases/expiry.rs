//! Cases of the renewal time.

use anyhow::Result;
use serde_json::{Value, json};

use crate::case::{ALL, Case, case, fires, quiet, unchanged};
use crate::shop::{Order, Shop};

const DUE: &str = "CurrentCertificateNearingExpiry";

pub(crate) fn cases() -> Vec<Case> {
    let mut all = thirds();
    all.extend(formulas());
    all.extend(policies());
    all
}

/// 90 days; two thirds of them end on 2026-11-20T09:00:00Z.
fn due_now() -> Result<Shop> {
    Shop::from(&Order { begin: "2026-09-21T09:00:00Z", ..Order::default() })
}

fn thirds() -> Vec<Case> {
    vec![
        case(
            "current-certificate-nearing-expiry/due",
            "Two thirds of the lifetime are over to the second.",
            due_now,
            [fires(
                ALL,
                DUE,
                "Renewing",
                "Renewing certificate as renewal was scheduled at 2026-11-20 09:00:00 +0000 UTC",
            )
            .violations(&["CurrentCertificateNearingExpiry"])],
        ),
        case(
            "current-certificate-nearing-expiry/one-second-early",
            "A second before.",
            due_now,
            [quiet(ALL, "reissue-later")],
        )
        .at("2026-11-20T08:59:59Z"),
        case(
            "current-certificate-nearing-expiry/status-says-nothing",
            "The message quotes the status, the decision does not.",
            || {
                due_now()?.with(|shop| {
                    Shop::drop_field(shop.certificate()?, "/status", "renewalTime");
                    Ok(())
                })
            },
            [fires(ALL, DUE, "Renewing", "Renewing certificate as renewal was scheduled at <nil>")],
        ),
        case(
            "current-certificate-nearing-expiry/status-is-wrong",
            "A restored renewalTime of long ago triggers nothing.",
            || {
                Shop::healthy()?.with(|shop| {
                    shop.certificate()?["status"]["renewalTime"] = json!("2024-06-01T10:00:00Z");
                    Ok(())
                })
            },
            [unchanged(ALL)],
        ),
    ]
}

fn formulas() -> Vec<Case> {
    vec![
        case(
            "current-certificate-nearing-expiry/percentage",
            "25 percent before the end; 1.16.0 to 1.16.2 take 75, and before 1.16 the field means nothing.",
            || {
                Shop::from(&Order { begin: "2026-10-21T09:00:00Z", ..Order::default() })?
                    .spec("renewBeforePercentage", json!(25))
            },
            [
                unchanged(&["v1.12.17", "v1.15.5", "v1.16.3", "v1.17.4", "v1.20.3", "v1.21.2"]),
                fires(
                    &["v1.16.0", "v1.16.2"],
                    DUE,
                    "Renewing",
                    "Renewing certificate as renewal was scheduled at 2026-12-20 09:00:00 +0000 UTC",
                ),
            ],
        ),
        case(
            "current-certificate-nearing-expiry/percentage-overflow",
            "Half of six years does not fit 64 bits of nanoseconds times 50: 1.16.3 to 1.20 renew long after the end.",
            || {
                Shop::from(&Order { begin: "2023-06-01T09:00:00Z", days: 2_190, ..Order::default() })?
                    .spec("renewBeforePercentage", json!(50))?
                    .spec("duration", json!("52560h"))
            },
            [
                unchanged(&["v1.16.3", "v1.17.4", "v1.20.3"]),
                fires(
                    &["v1.21.1", "v1.21.2"],
                    DUE,
                    "Renewing",
                    "Renewing certificate as renewal was scheduled at 2027-05-31 09:00:00 +0000 UTC",
                ),
            ],
        ),
        case(
            "current-certificate-nearing-expiry/renew-before-zero",
            "Up to 1.15 zero means at the end; from 1.16 on it counts as absent.",
            || {
                Shop::from(&Order { begin: "2026-09-11T09:00:00Z", ..Order::default() })?
                    .spec("renewBefore", json!("0s"))
            },
            [
                unchanged(&["v1.8.2", "v1.12.17", "v1.15.5"]),
                fires(
                    &["v1.16.0", "v1.17.4", "v1.21.2"],
                    DUE,
                    "Renewing",
                    "Renewing certificate as renewal was scheduled at 2026-11-10 09:00:00 +0000 UTC",
                ),
            ],
        ),
        case(
            "current-certificate-nearing-expiry/renew-before-longer-than-life",
            "Then a third counts.",
            || Shop::healthy()?.spec("renewBefore", json!("2161h")),
            [unchanged(ALL)],
        ),
    ]
}

fn windowed(cron: &str) -> Result<Shop> {
    let window = json!({"cron": cron, "timezone": "Europe/Berlin", "windowDuration": "4h"});
    due_now()?.spec("renewal", json!({"policy": "RenewBefore", "windows": [window]}))
}

fn renewal(policy: Value, shop: Shop) -> Result<Shop> {
    shop.spec("renewal", policy)
}

fn policies() -> Vec<Case> {
    let due = "Renewing certificate as renewal was scheduled at 2026-11-20 09:00:00 +0000 UTC";
    vec![
        case(
            "current-certificate-nearing-expiry/policy-disabled",
            "1.21.0 panics on it, 1.21.1 never renews, older ones do not know it.",
            || renewal(json!({"policy": "Disabled"}), due_now()?),
            [
                fires(&["v1.17.4", "v1.20.3"], DUE, "Renewing", due),
                quiet(&["v1.21.0"], "blocked"),
                unchanged(&["v1.21.1", "v1.21.2"]),
            ],
        ),
        case(
            "current-certificate-nearing-expiry/policy-empty",
            "An empty policy panics, however far the renewal.",
            || renewal(json!({}), Shop::healthy()?),
            [unchanged(&["v1.20.3"]), quiet(&["v1.21.0", "v1.21.1"], "blocked")],
        ),
        case(
            "current-certificate-nearing-expiry/window",
            "It was due on Friday at 10:00 in Berlin; the window opens on Saturday at 02:00.",
            || windowed("0 2 * * 6"),
            [fires(&["v1.20.3"], DUE, "Renewing", due), quiet(&["v1.21.0", "v1.21.1", "v1.21.2"], "reissue-later")],
        ),
        case(
            "current-certificate-nearing-expiry/window-opens",
            "The same at the opening.",
            || windowed("0 2 * * 6"),
            [fires(&["v1.21.0", "v1.21.2"], DUE, "Renewing", due)],
        )
        .at("2026-11-21T01:00:00Z"),
        case(
            "current-certificate-nearing-expiry/window-out-of-reach",
            "The only window is after the end: it is renewed all the same, and that is said.",
            || windowed("0 2 1 6 *"),
            [fires(
                &["v1.21.1", "v1.21.2"],
                DUE,
                "Renewing",
                "Renewing certificate without satisfying renewal windows at: 2026-11-20 09:00:00 +0000 UTC",
            )],
        ),
    ]
}
