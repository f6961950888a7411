//! Rules 2.9.

use super::super::Renewal;
use super::super::renewal_time::{RenewalTime, explain, renewal_time};
use super::support::{DAY, NOW, release, spec};
use crate::time::{GoDuration, Time};

/// Lifetime in days, spec, release, seconds before expiry (counted from `notAfter`).
const BEFORE_EXPIRY: [(i64, &str, &str, i64); 22] = [
    (90, "{}", "v1.8.2", 30 * DAY),
    (90, "{}", "v1.21.2", 30 * DAY),
    (90, "{renewBefore: 240h}", "v1.8.2", 10 * DAY),
    (90, "{renewBefore: 240h}", "v1.21.2", 10 * DAY),
    // As long as the lifetime: does not fit.
    (90, "{renewBefore: 2160h}", "v1.21.2", 30 * DAY),
    (90, "{renewBefore: 0s}", "v1.15.5", 0),
    (90, "{renewBefore: 0s}", "v1.16.0", 30 * DAY),
    (90, "{renewBefore: -24h}", "v1.15.5", -DAY),
    (90, "{renewBefore: -24h}", "v1.16.0", 30 * DAY),
    // Half a second before expiry is cut down to a whole one.
    (90, "{renewBefore: 500ms}", "v1.21.2", 1),
    (90, "{renewBeforePercentage: 20}", "v1.15.5", 30 * DAY),
    (90, "{renewBeforePercentage: 20}", "v1.16.2", 72 * DAY),
    (90, "{renewBeforePercentage: 20}", "v1.16.3", 18 * DAY),
    (90, "{renewBeforePercentage: 20}", "v1.21.2", 18 * DAY),
    (90, "{renewBeforePercentage: 0}", "v1.21.2", 30 * DAY),
    (90, "{renewBeforePercentage: 100}", "v1.21.2", 30 * DAY),
    (90, "{renewBefore: 240h, renewBeforePercentage: 20}", "v1.21.2", 10 * DAY),
    (90, "{renewBefore: 9000h, renewBeforePercentage: 20}", "v1.21.2", 18 * DAY),
    // 50 % of ten years overflows int64 nanoseconds up to 1.20: (D·50 − 2^64) / 100.
    (3650, "{renewBeforePercentage: 50}", "v1.20.3", -26_787_440),
    (3650, "{renewBeforePercentage: 50}", "v1.21.2", 1825 * DAY),
    (3650, "{renewBeforePercentage: 50}", "v1.16.0", -26_787_440),
    // Longer than Go's durations reach: the lifetime is 292 years for the arithmetic.
    (400 * 366, "{}", "v1.21.2", 3_074_457_346),
];

#[test]
fn renewal_comes_so_long_before_expiry() {
    for (days, yaml, version, before) in BEFORE_EXPIRY {
        let not_after = Time(NOW.0 + days * DAY);
        let got = renewal_time(NOW, not_after, &spec(yaml), &release(version));
        let seconds = got.time().map(|time| not_after.0 - time.0);
        assert_eq!(seconds, Some(before), "{days} days, {yaml}, {version}");
    }
}

fn with_renewal(renewal: &str) -> String {
    format!("{{renewBefore: 720h, renewal: {renewal}}}")
}

/// `spec.renewal`, release, result: seconds after the desired time, or an error.
#[test]
fn windows_and_policies_move_the_renewal() {
    let not_after = Time(NOW.0 + 90 * DAY);
    let desired = Time(not_after.0 - 30 * DAY);
    assert_eq!(desired.to_string(), "2026-08-14T10:00:00Z", "a Friday");
    let at = |time: &str| RenewalTime::At(Time::parse(time).unwrap());
    let failed = |error: &str| RenewalTime::Failed { error: error.to_owned() };
    let window = |cron: &str, duration: &str| {
        format!("{{policy: RenewBefore, windows: [{{cron: '{cron}', windowDuration: {duration}}}]}}")
    };
    let in_zone = |cron: &str, zone: &str| {
        format!("{{policy: RenewBefore, windows: [{{cron: '{cron}', windowDuration: 1h, timezone: {zone}}}]}}")
    };
    let cases = [
        ("{policy: RenewBefore}".to_owned(), at("2026-08-14T10:00:00Z")),
        ("{policy: Disabled}".to_owned(), RenewalTime::Disabled),
        ("{}".to_owned(), failed("unsupported renewal policy: ")),
        (window("0 2 * * *", "1h"), at("2026-08-15T02:00:00Z")),
        (window("0 2 * * SAT", "1h"), at("2026-08-15T02:00:00Z")),
        (window("0 2 * * 0", "1h"), at("2026-08-16T02:00:00Z")),
        (window("0 2 1 * *", "1h"), at("2026-09-01T02:00:00Z")),
        (window("0 9 * * *", "2h"), at("2026-08-14T10:00:00Z")),
        (window("0 9 * * *", "1h"), at("2026-08-14T10:00:00Z")),
        (window("0 10 * * *", "1h"), at("2026-08-14T10:00:00Z")),
        // Day of month and day of week: either is enough, unless one is a star.
        (window("0 2 20 * SUN", "1h"), at("2026-08-16T02:00:00Z")),
        (window("0 2 ? * MON", "1h"), at("2026-08-17T02:00:00Z")),
        (window("@weekly", "1h"), at("2026-08-16T00:00:00Z")),
        (in_zone("0 2 * * *", "Europe/Berlin"), at("2026-08-15T00:00:00Z")),
        (in_zone("0 2 * * *", "America/New_York"), at("2026-08-15T06:00:00Z")),
        (
            in_zone("0 2 * * *", "europe/berlin"),
            failed("error parsing timezone in window unknown time zone europe/berlin"),
        ),
        (
            window("0 2 * *", "1h"),
            failed(
                "error parsing cron in window failed to parse cron spec '0 2 * *': expected exactly 5 fields, found 4: [0 2 * *]",
            ),
        ),
        (
            window("0 2 * * *", "0s"),
            failed("windowDuration must be a positive duration in window { &Duration{Duration:0s,} 0 2 * * *}"),
        ),
        (
            window("0x5 2 * * *", "1h"),
            failed(
                "error parsing cron in window failed to parse cron spec '0x5 2 * * *': failed to parse int from 0x5: \
                 strconv.Atoi: parsing \"0x5\": invalid syntax",
            ),
        ),
        (
            window("0 2 30 2 *", "1h"),
            RenewalTime::Anyway {
                time: desired,
                error:
                    "cannot find a time with the given windows between 2026-06-15 10:00:00 +0000 UTC and 2026-09-13 \
                        10:00:00 +0000 UTC for: 2026-08-14 10:00:00 +0000 UTC"
                        .to_owned(),
            },
        ),
    ];
    for (renewal, want) in cases {
        let spec = spec(&with_renewal(&renewal));
        for version in ["v1.21.0", "v1.21.1", "v1.21.2"] {
            assert_eq!(renewal_time(NOW, not_after, &spec, &release(version)), want, "{renewal} {version}");
        }
        assert_eq!(
            renewal_time(NOW, not_after, &spec, &release("v1.20.3")),
            at("2026-08-14T10:00:00Z"),
            "{renewal} 1.20"
        );
    }
}

/// notAfter (notBefore is 2026-06-15T10:00:00Z), spec, windows, when it is renewed, if a window fits.
const AT_THE_EDGE: [(&str, &str, &str, Option<&str>); 12] = [
    // The window opened before the certificate was valid.
    (
        "2026-06-15T13:00:00Z",
        "renewBefore: 2h30m",
        "{cron: '0 10 * * *', windowDuration: 1h}",
        Some("2026-06-15T10:30:00Z"),
    ),
    (
        "2026-06-15T13:00:00Z",
        "renewBefore: 2h30m",
        "{cron: '30 9 * * *', windowDuration: 2h}",
        Some("2026-06-15T10:30:00Z"),
    ),
    // It opened at the very start of the search, its duration before the certificate was valid, and has just closed.
    (
        "2026-06-15T13:00:00Z",
        "renewBefore: 2h59m59.5s",
        "{cron: '0 9 15 6 *', windowDuration: 1h}",
        Some("2026-06-15T10:00:00Z"),
    ),
    // A delay from wherever the search stands: a window always opens a second before.
    (
        "2026-09-13T10:00:00Z",
        "renewBefore: 720h",
        "{cron: '@every 1h', windowDuration: 1s}",
        Some("2026-08-14T10:00:00Z"),
    ),
    (
        "2026-06-15T15:00:00Z",
        "renewBefore: 1h",
        "{cron: '@every 1h', windowDuration: 1s}",
        Some("2026-06-15T14:00:00Z"),
    ),
    // A second before it opens.
    (
        "2026-09-13T09:59:59Z",
        "renewBefore: 720h",
        "{cron: '0 10 * * *', windowDuration: 1h}",
        Some("2026-08-14T10:00:00Z"),
    ),
    // It opens when the search ends, its duration after the expiry.
    (
        "2026-09-13T10:00:00Z",
        "renewBefore: 720h",
        "{cron: '0 11 13 9 *', windowDuration: 1h}",
        Some("2026-09-13T11:00:00Z"),
    ),
    // The first of several that open later.
    (
        "2026-09-13T10:00:00Z",
        "renewBefore: 720h",
        "{cron: '0 4 * * *', windowDuration: 1h}, {cron: '0 2 * * *', windowDuration: 1h}",
        Some("2026-08-15T02:00:00Z"),
    ),
    (
        "2026-09-13T10:00:00Z",
        "renewBefore: 720h",
        "{cron: '0 2 * * *', windowDuration: 1h}, {cron: '0 4 * * *', windowDuration: 1h}",
        Some("2026-08-15T02:00:00Z"),
    ),
    // A certificate that ends before it begins: it is due before its windows are searched, which discards what was found.
    (
        "2026-06-15T07:00:00Z",
        "renewBefore: 720h",
        "{cron: '0 7 * * *', windowDuration: 3h}, {cron: '0 7 * * *', windowDuration: 1h}",
        None,
    ),
    (
        "2026-06-15T07:00:00Z",
        "renewBefore: 720h",
        "{cron: '0 7 * * *', windowDuration: 3h}, {cron: '0 7 * * *', windowDuration: 2h}",
        Some("2026-06-15T08:00:00Z"),
    ),
    (
        "2026-06-15T07:00:00Z",
        "renewBeforePercentage: 90",
        "{cron: '0 9 * * *', windowDuration: 2h}",
        Some("2026-06-15T09:42:00Z"),
    ),
];

#[test]
fn windows_hold_to_their_edges() {
    for (not_after, before, windows, want) in AT_THE_EDGE {
        let yaml = format!("{{{before}, renewal: {{policy: RenewBefore, windows: [{windows}]}}}}");
        let got = renewal_time(NOW, Time::parse(not_after).unwrap(), &spec(&yaml), &release("v1.21.2"));
        let want = want.map(|time| RenewalTime::At(Time::parse(time).unwrap()));
        assert_eq!(Some(got).filter(|got| matches!(got, RenewalTime::At(_))), want, "{yaml} {not_after}");
    }
}

#[test]
fn a_renewal_time_has_a_time_or_an_error_or_both() {
    let error = || "no".to_owned();
    for (renewal, time, text) in [
        (RenewalTime::At(NOW), Some(NOW), None),
        (RenewalTime::Disabled, None, None),
        (RenewalTime::Anyway { time: NOW, error: error() }, Some(NOW), Some("no")),
        (RenewalTime::Failed { error: error() }, None, Some("no")),
    ] {
        assert_eq!((renewal.time(), renewal.error()), (time, text), "{renewal:?}");
    }
}

#[test]
fn leap_days_are_found_over_nine_years_but_not_over_five() {
    // 2096-02-29 is followed by 2104-02-29.
    let (not_before, not_after) =
        (Time::parse("2097-01-01T00:00:00Z").unwrap(), Time::parse("2105-01-01T00:00:00Z").unwrap());
    let spec = spec(
        "{renewBefore: 60000h, renewal: {policy: RenewBefore, windows: [{cron: '0 0 29 2 *', windowDuration: 1h}]}}",
    );
    let time = |version: &str| renewal_time(not_before, not_after, &spec, &release(version));
    assert_eq!(time("v1.21.2"), RenewalTime::At(Time::parse("2104-02-29T00:00:00Z").unwrap()));
    assert!(matches!(time("v1.21.1"), RenewalTime::Anyway { .. }));
}

#[test]
fn the_end_of_the_calendar_is_no_trap() {
    let not_after = Time::parse("9999-12-31T23:59:59Z").unwrap();
    let spec =
        spec("{renewBefore: 1h, renewal: {policy: RenewBefore, windows: [{cron: '0 0 1 1 *', windowDuration: 1h}]}}");
    let got = renewal_time(NOW, not_after, &spec, &release("v1.21.2"));
    assert!(matches!(got, RenewalTime::Anyway { .. }), "{got:?}");
}

#[test]
fn a_certificate_that_is_yet_to_come_is_renewed_like_any_other() {
    let spec = spec("{renewBefore: 240h}");
    let want = Renewal {
        not_before: Some(NOW),
        not_after: Some(Time(NOW.0 + 90 * DAY)),
        renewal_time: Some(Time(NOW.0 + 80 * DAY)),
        because: "240h0m0s before expiry (spec.renewBefore)".into(),
        predicted: true,
    };
    assert_eq!(Renewal::predicted(NOW, GoDuration::hours(90 * 24), &spec, &release("v1.21.2")), want);
}

/// Lifetime in days, spec, release, the explanation.
const BECAUSE: [(i64, &str, &str, &str); 14] = [
    (90, "{}", "v1.21.2", "a third of the lifetime before expiry"),
    (90, "{renewBeforePercentage: 20}", "v1.15.5", "a third of the lifetime before expiry"),
    (90, "{renewBefore: 240h}", "v1.21.2", "240h0m0s before expiry (spec.renewBefore)"),
    (
        90,
        "{renewBefore: 9999h}",
        "v1.21.2",
        "a third of the lifetime before expiry, as spec.renewBefore does not fit the lifetime",
    ),
    (90, "{renewBeforePercentage: 20}", "v1.21.2", "20 % of the lifetime before expiry (spec.renewBeforePercentage)"),
    (90, "{renewBeforePercentage: 20}", "v1.20.3", "20 % of the lifetime before expiry (spec.renewBeforePercentage)"),
    (
        90,
        "{renewBeforePercentage: 20}",
        "v1.16.0",
        "1728h0m0s before expiry: v1.16.0 takes spec.renewBeforePercentage 20 for 80",
    ),
    (
        3650,
        "{renewBeforePercentage: 50}",
        "v1.20.3",
        "spec.renewBeforePercentage 50 overflows in v1.20.3 for so long a lifetime: -7440h57m20.737095516s before expiry",
    ),
    (3650, "{renewBeforePercentage: 50}", "v1.21.2", "50 % of the lifetime before expiry (spec.renewBeforePercentage)"),
    (90, "{renewal: {policy: Disabled}}", "v1.21.2", "spec.renewal.policy is Disabled: it is not renewed for its age"),
    (90, "{renewal: {policy: x}}", "v1.21.2", "the renewal time cannot be computed: unsupported renewal policy: x"),
    (
        90,
        "{renewal: {policy: RenewBefore, windows: [{cron: '0 2 * * *', windowDuration: 1h}]}}",
        "v1.21.2",
        "a third of the lifetime before expiry, moved into a renewal window",
    ),
    (
        90,
        "{renewal: {policy: RenewBefore, windows: [{cron: '0 10 * * *', windowDuration: 1h}]}}",
        "v1.21.2",
        "a third of the lifetime before expiry",
    ),
    (
        90,
        "{renewal: {policy: RenewBefore, windows: [{cron: '0 2 30 2 *', windowDuration: 1h}]}}",
        "v1.21.2",
        "a third of the lifetime before expiry; no renewal window fits: cannot find a time with the given windows between \
         2026-06-15 10:00:00 +0000 UTC and 2026-09-13 10:00:00 +0000 UTC for: 2026-08-14 10:00:00 +0000 UTC",
    ),
];

#[test]
fn the_renewal_time_is_explained() {
    for (days, yaml, version, want) in BECAUSE {
        let text = explain(NOW, Time(NOW.0 + days * DAY), &spec(yaml), &release(version));
        assert_eq!(text, want, "{yaml} {version}");
    }
}

proptest::proptest! {
    #[test]
    fn no_schedule_panics(cron in "[0-9*/,?@a-z -]{0,20}", days in 0i64..4000) {
        let yaml = format!("{{renewal: {{policy: RenewBefore, windows: [{{cron: '{cron}', windowDuration: 1h}}]}}}}");
        let _ = renewal_time(NOW, Time(NOW.0 + days * DAY), &spec(&yaml), &release("v1.21.2"));
    }
}
