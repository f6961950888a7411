//! Cron schedules as `github.com/robfig/cron/v3` reads and runs them (rules 2.9.2).

use super::super::cron::{Instant, Schedule, load_location};
use crate::time::{NANOS_PER_SECOND, Time};

/// Schedule, zone, a time, the next one that is scheduled. 2026-06-15 is a Monday.
const NEXT: [(&str, &str, &str, &str); 62] = [
    ("* * * * *", "", "2026-06-15T10:00:00Z", "2026-06-15T10:01:00Z"),
    ("* * * * *", "", "2026-06-15T10:00:59Z", "2026-06-15T10:01:00Z"),
    ("* * * * *", "", "2026-06-15T10:59:00Z", "2026-06-15T11:00:00Z"),
    ("*/15 * * * *", "", "2026-06-15T10:07:00Z", "2026-06-15T10:15:00Z"),
    ("*/15 * * * *", "", "2026-06-15T10:45:00Z", "2026-06-15T11:00:00Z"),
    ("5-10/2 * * * *", "", "2026-06-15T10:05:30Z", "2026-06-15T10:07:00Z"),
    ("5-10/2 * * * *", "", "2026-06-15T10:09:00Z", "2026-06-15T11:05:00Z"),
    // A single number with a step runs to the end of the field.
    ("50/5 * * * *", "", "2026-06-15T10:00:00Z", "2026-06-15T10:50:00Z"),
    ("50/5 * * * *", "", "2026-06-15T10:50:00Z", "2026-06-15T10:55:00Z"),
    ("50/5 * * * *", "", "2026-06-15T10:55:00Z", "2026-06-15T11:50:00Z"),
    ("10,20 * * * *", "", "2026-06-15T10:10:00Z", "2026-06-15T10:20:00Z"),
    ("10,,20, * * * *", "", "2026-06-15T10:10:00Z", "2026-06-15T10:20:00Z"),
    ("1-5,3 * * * *", "", "2026-06-15T10:02:00Z", "2026-06-15T10:03:00Z"),
    ("0 9-17/4 * * *", "", "2026-06-15T10:20:30Z", "2026-06-15T13:00:00Z"),
    ("30 9 * * *", "", "2026-06-15T10:20:30Z", "2026-06-16T09:30:00Z"),
    ("0 23 * * *", "", "2026-06-30T23:30:00Z", "2026-07-01T23:00:00Z"),
    ("0 0 1 * *", "", "2026-06-15T10:00:00Z", "2026-07-01T00:00:00Z"),
    ("0 0 1 * *", "", "2026-12-15T10:00:00Z", "2027-01-01T00:00:00Z"),
    ("0 0 31 * *", "", "2026-06-15T10:00:00Z", "2026-07-31T00:00:00Z"),
    ("0 0 29 2 *", "", "2026-06-15T10:00:00Z", "2028-02-29T00:00:00Z"),
    // The fifth year is still searched, the sixth is not.
    ("0 0 29 2 *", "", "2099-06-15T10:00:00Z", "2104-02-29T00:00:00Z"),
    ("0 0 29 2 *", "", "2098-06-15T10:00:00Z", "0001-01-01T00:00:00Z"),
    ("0 0 1 1 *", "", "2026-06-15T10:00:00Z", "2027-01-01T00:00:00Z"),
    ("0 0 1 6 *", "", "2026-06-15T10:00:00Z", "2027-06-01T00:00:00Z"),
    ("0 0 1 JAN *", "", "2026-06-15T10:00:00Z", "2027-01-01T00:00:00Z"),
    ("0 0 1 feb-Mar *", "", "2026-06-15T10:00:00Z", "2027-02-01T00:00:00Z"),
    ("0 0 1 12 *", "", "2026-06-15T10:00:00Z", "2026-12-01T00:00:00Z"),
    ("30 6 * 7 *", "", "2026-06-15T10:00:00Z", "2026-07-01T06:30:00Z"),
    ("0 0 * * sun", "", "2026-06-15T10:00:00Z", "2026-06-21T00:00:00Z"),
    ("0 0 * * 6", "", "2026-06-15T10:00:00Z", "2026-06-20T00:00:00Z"),
    ("0 0 * * 1-5", "", "2026-06-19T12:00:00Z", "2026-06-22T00:00:00Z"),
    // Day of month or day of week, and both where one is a star; a step above 1 takes the star away.
    ("0 0 13 * FRI", "", "2026-06-15T10:00:00Z", "2026-06-19T00:00:00Z"),
    ("0 0 16 * FRI", "", "2026-06-15T10:00:00Z", "2026-06-16T00:00:00Z"),
    ("0 0 3 * 3", "", "2026-06-15T10:00:00Z", "2026-06-17T00:00:00Z"),
    ("0 0 16 * *", "", "2026-06-16T10:00:00Z", "2026-07-16T00:00:00Z"),
    ("0 0 16 * ?", "", "2026-06-16T10:00:00Z", "2026-07-16T00:00:00Z"),
    ("0 0 */10 * FRI", "", "2026-06-19T10:00:00Z", "2026-06-21T00:00:00Z"),
    ("0 0 */1 * FRI", "", "2026-06-19T10:00:00Z", "2026-06-26T00:00:00Z"),
    ("@hourly", "", "2026-06-15T10:00:00Z", "2026-06-15T11:00:00Z"),
    ("@daily", "", "2026-06-15T10:00:00Z", "2026-06-16T00:00:00Z"),
    ("@midnight", "", "2026-06-15T10:00:00Z", "2026-06-16T00:00:00Z"),
    ("@weekly", "", "2026-06-15T10:00:00Z", "2026-06-21T00:00:00Z"),
    ("@monthly", "", "2026-06-15T10:00:00Z", "2026-07-01T00:00:00Z"),
    ("@yearly", "", "2026-06-15T10:00:00Z", "2027-01-01T00:00:00Z"),
    ("@annually", "", "2026-06-15T10:00:00Z", "2027-01-01T00:00:00Z"),
    ("@every 90m", "", "2026-06-15T10:00:07Z", "2026-06-15T11:30:07Z"),
    ("@every 2500ms", "", "2026-06-15T10:00:07Z", "2026-06-15T10:00:09Z"),
    ("@every 10ms", "", "2026-06-15T10:00:07Z", "2026-06-15T10:00:08Z"),
    ("0 8 * * *", "America/New_York", "2026-06-15T14:20:00Z", "2026-06-16T12:00:00Z"),
    ("0 11 * * *", "America/New_York", "2026-06-15T14:20:00Z", "2026-06-15T15:00:00Z"),
    ("0 4 * * *", "America/New_York", "2026-03-08T07:20:00Z", "2026-03-08T08:00:00Z"),
    // An hour that the clock skips is left out, one that it repeats comes twice.
    ("30 2 * * *", "Europe/Berlin", "2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"),
    ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
    ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
    // A midnight that the clock skips, and one that it repeats (spec_test.go of the library, its issue 157).
    ("0 9 10 * *", "America/Sao_Paulo", "2018-10-17T09:00:00Z", "2018-11-10T11:00:00Z"),
    ("0 9 22 * *", "America/Sao_Paulo", "2018-02-14T10:00:00Z", "2018-02-22T12:00:00Z"),
    ("0 1 4 11 *", "America/Sao_Paulo", "2018-10-17T09:00:00Z", "2018-11-04T03:00:00Z"),
    ("0 1 18 2 *", "America/Sao_Paulo", "2018-02-14T10:00:00Z", "2018-02-18T04:00:00Z"),
    ("0 23 17 2 *", "America/Sao_Paulo", "2018-02-14T10:00:00Z", "2018-02-18T01:00:00Z"),
    // Where a clock east of Greenwich skips midnight, that day is left out whole.
    ("0 5 28 3 *", "Asia/Beirut", "2027-03-20T00:00:00Z", "2028-03-28T02:00:00Z"),
    // Nothing within the years searched: Go's zero time.
    ("0 0 30 2 *", "", "2026-06-15T10:00:00Z", "0001-01-01T00:00:00Z"),
    (", * * * *", "", "2026-06-15T10:00:00Z", "0001-01-01T00:00:00Z"),
];

#[test]
fn the_next_time_is_found() {
    for (cron, zone, after, next) in NEXT {
        let schedule = Schedule::parse(cron, load_location(zone).unwrap(), 5).unwrap();
        let after = Instant::from(Time::parse(after).unwrap());
        let want = Time::parse(next).unwrap();
        assert_eq!(schedule.next(after).time().to_string(), want.to_string(), "{cron} {zone}");
        // A fraction of a second is dropped first.
        let half = i128::from(NANOS_PER_SECOND / 2);
        assert_eq!(schedule.next(after.plus(half)), Instant::from(want), "{cron} {zone}, half a second later");
    }
}

#[test]
fn beyond_the_calendar_is_later_than_all() {
    let schedule = Schedule::parse("0 0 1 1 *", load_location("").unwrap(), 5).unwrap();
    let last = Instant::from(Time::parse("9999-12-31T23:59:59Z").unwrap());
    assert!(schedule.next(last) > last);
}

/// Schedule, the library's error.
const ERRORS: [(&str, &str); 17] = [
    ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
    ("", "expected exactly 5 fields, found 0: []"),
    ("60 * * * *", "end of range (60) above maximum (59): 60"),
    ("* 24 * * *", "end of range (24) above maximum (23): 24"),
    ("* * 32 * *", "end of range (32) above maximum (31): 32"),
    ("* * * 13 *", "end of range (13) above maximum (12): 13"),
    ("* * * * 7", "end of range (7) above maximum (6): 7"),
    ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
    ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
    ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
    ("1/2/3 * * * *", "too many slashes: 1/2/3"),
    ("*/0 * * * *", "step of range should be a positive number: */0"),
    ("*/-1 * * * *", "negative number (-1) not allowed: -1"),
    ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
    ("-1 * * * *", "failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax"),
    ("@never", "unrecognized descriptor: @never"),
    ("@every x", "failed to parse duration @every x: time: invalid duration \"x\""),
];

#[test]
fn what_is_no_schedule_is_refused() {
    for (cron, want) in ERRORS {
        let got = Schedule::parse(cron, load_location("").unwrap(), 5).map(|_| ());
        assert_eq!(got, Err(want.to_owned()), "{cron}");
    }
}

/// Zone, Go's error.
const ZONES: [(&str, Option<&str>); 9] = [
    ("", None),
    ("UTC", None),
    ("Local", None),
    ("Europe/Berlin", None),
    ("europe/berlin", Some("unknown time zone europe/berlin")),
    ("Nowhere", Some("unknown time zone Nowhere")),
    ("Europe/../UTC", Some("time: invalid location name")),
    ("/UTC", Some("time: invalid location name")),
    ("\\UTC", Some("time: invalid location name")),
];

#[test]
fn zones_are_those_of_go() {
    for (name, want) in ZONES {
        assert_eq!(load_location(name).err().as_deref(), want, "{name}");
    }
}
