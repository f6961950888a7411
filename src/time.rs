//! Instants and durations with the precision and the spelling that cert-manager's Go code gives them.
//!
//! X.509 and Kubernetes times are whole seconds, and X.509 reaches 9999-12-31T23:59:59Z (RFC 5280 4.1.2.5), which is
//! later than [`jiff::Timestamp`] goes. [`Time`] therefore counts seconds itself and uses jiff's civil calendar only to
//! read and to print.

use std::fmt;

use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::object::serde_help::parsed;

/// Nanoseconds in one second, the unit of Go's `time.Duration`.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// A text that is not an RFC 3339 time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time in RFC 3339 form, such as 2026-06-15T10:00:00Z")]
pub struct NotATime {
    /// The text as it was given.
    pub text: String,
}

impl Time {
    /// Reads an RFC 3339 time; a fraction of a second is cut off, as renewal arithmetic only looks at whole seconds.
    ///
    /// # Errors
    /// [`NotATime`] when the text is not RFC 3339.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let fail = || NotATime { text: text.to_owned() };
        let (local, offset) = split_offset(text).ok_or_else(fail)?;
        let civil: DateTime = local.parse().map_err(|_| fail())?;
        Ok(Self(civil_seconds(civil) - offset))
    }

    /// The instant `duration` later, saturating.
    #[must_use]
    pub fn plus(self, duration: GoDuration) -> Self {
        Self(self.0.saturating_add(duration.0.div_euclid(NANOS_PER_SECOND)))
    }

    /// `self - earlier` as Go's `Time.Sub` gives it: nanoseconds, saturated at about 292 years.
    #[must_use]
    pub fn since(self, earlier: Self) -> GoDuration {
        let nanos = (i128::from(self.0) - i128::from(earlier.0)) * i128::from(NANOS_PER_SECOND);
        GoDuration(i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX }))
    }

    /// The calendar date and clock in UTC; `None` outside the years that the calendar knows (-9999 … 9999).
    #[must_use]
    pub fn civil(self) -> Option<DateTime> {
        jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0).checked_add(jiff::Span::new().try_seconds(self.0).ok()?).ok()
    }

    /// Go's default format `2006-01-02 15:04:05 -0700 MST` for a UTC time, as cert-manager prints `status.renewalTime`.
    #[must_use]
    pub fn go_string(self) -> String {
        self.civil().map_or_else(|| self.0.to_string(), |c| c.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string())
    }

    /// Go's `time.RFC1123`, e.g. `Mon, 02 Jan 2006 15:04:05 UTC`.
    #[must_use]
    pub fn rfc1123(self) -> String {
        self.civil().map_or_else(|| self.0.to_string(), |c| c.strftime("%a, %d %b %Y %H:%M:%S UTC").to_string())
    }

    /// The date alone, e.g. `2026-06-15`.
    #[must_use]
    pub fn date(self) -> String {
        self.civil().map_or_else(|| self.0.to_string(), |c| c.strftime("%Y-%m-%d").to_string())
    }
}

fn civil_seconds(civil: DateTime) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let span = civil.duration_since(epoch);
    span.as_secs() - i64::from(span.subsec_nanos() < 0)
}

/// Cuts `2026-06-15T10:00:00.5+02:00` into its local part and the offset in seconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return local.contains(['T', 't', ' ']).then_some((local, 0));
    }
    let at = text.len().checked_sub(6)?;
    let (local, offset) = (text.get(..at)?, text.get(at..)?);
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let hours: i64 = hours.parse().ok()?;
    let minutes: i64 = minutes.parse().ok()?;
    local.contains(['T', 't', ' ']).then_some((local, sign * (hours * 3600 + minutes * 60)))
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(c) => write!(f, "{c}Z"),
            None => write!(f, "{} s since 1970", self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::parse)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Go's `time.Duration`: signed nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoDuration(pub i64);

/// A text that Go's `time.ParseDuration` refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a Go duration, such as 2160h or 1h30m")]
pub struct NotADuration {
    /// The text as it was given.
    pub text: String,
}

impl GoDuration {
    /// A duration of whole hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self(hours * 3600 * NANOS_PER_SECOND)
    }

    /// A duration of whole seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * NANOS_PER_SECOND)
    }

    /// Reads a duration as Go's `time.ParseDuration` does (go/src/time/format.go).
    ///
    /// # Errors
    /// [`NotADuration`] for anything that Go refuses, overflow included.
    pub fn parse(text: &str) -> Result<Self, NotADuration> {
        parse_go_duration(text).map(Self).ok_or_else(|| NotADuration { text: text.to_owned() })
    }
}

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

fn parse_go_duration(text: &str) -> Option<i64> {
    const LIMIT: u64 = 1 << 63;
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole_len = rest.bytes().take_while(u8::is_ascii_digit).count();
        let whole: u64 = if whole_len == 0 { 0 } else { rest[..whole_len].parse().ok().filter(|&v| v <= LIMIT)? };
        rest = &rest[whole_len..];
        let (mut fraction, mut scale, mut fraction_len) = (0u64, 1f64, 0);
        if let Some(after) = rest.strip_prefix('.') {
            fraction_len = after.bytes().take_while(u8::is_ascii_digit).count();
            let mut overflow = false;
            for digit in after.as_bytes()[..fraction_len].iter().map(|b| u64::from(b - b'0')) {
                match fraction.checked_mul(10).and_then(|v| v.checked_add(digit)).filter(|&v| v <= LIMIT) {
                    Some(next) if !overflow => {
                        fraction = next;
                        scale *= 10.0;
                    }
                    _ => overflow = true,
                }
            }
            rest = &after[fraction_len..];
        }
        if whole_len == 0 && fraction_len == 0 {
            return None;
        }
        let unit_len = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = UNITS.iter().find(|(name, _)| *name == &rest[..unit_len])?.1;
        rest = &rest[unit_len..];
        let mut value = whole.checked_mul(unit).filter(|&v| v <= LIMIT)?;
        if fraction > 0 {
            // Go computes the fractional part in float64, too.
            value = value.checked_add((fraction as f64 * (unit as f64 / scale)) as u64).filter(|&v| v <= LIMIT)?;
        }
        total = total.checked_add(value).filter(|&v| v <= LIMIT)?;
    }
    if negative {
        return if total == LIMIT { Some(i64::MIN) } else { i64::try_from(total).ok().map(|v| -v) };
    }
    i64::try_from(total).ok()
}

impl fmt::Display for GoDuration {
    /// Go's `Duration.String()` for durations of whole seconds; fractions are printed as a decimal of seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let (seconds, nanos) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
        let (hours, minutes, secs) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        if nanos == 0 {
            write!(f, "{secs}s")
        } else {
            let fraction = format!("{nanos:09}");
            write!(f, "{secs}.{}s", fraction.trim_end_matches('0'))
        }
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::parse)
    }
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [(&str, Option<i64>); 9] = [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("2026-06-15T10:00:00Z", Some(1_781_517_600)),
        ("2026-06-15T12:00:00+02:00", Some(1_781_517_600)),
        ("2026-06-15T10:00:00.999Z", Some(1_781_517_600)),
        ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
        ("1969-12-31T23:59:59Z", Some(-1)),
        ("2026-06-15", None),
        ("2026-06-15T10:00:00", None),
        ("tomorrow", None),
    ];

    #[test]
    fn times_are_read_and_printed() {
        for (text, seconds) in TIMES {
            assert_eq!(Time::parse(text).ok().map(|t| t.0), seconds, "{text}");
        }
        assert_eq!(Time(1_781_517_600).to_string(), "2026-06-15T10:00:00Z");
        assert_eq!(Time(1_781_517_600).go_string(), "2026-06-15 10:00:00 +0000 UTC");
        assert_eq!(Time(1_136_214_245).rfc1123(), "Mon, 02 Jan 2006 15:04:05 UTC");
        assert_eq!(Time(253_402_300_799).to_string(), "9999-12-31T23:59:59Z");
    }

    const DURATIONS: [(&str, Option<i64>); 15] = [
        ("0", Some(0)),
        ("2160h", Some(7_776_000_000_000_000)),
        ("2160h0m0s", Some(7_776_000_000_000_000)),
        ("1.5h", Some(5_400_000_000_000)),
        ("-5m", Some(-300_000_000_000)),
        ("1h1m1s1ms1us1ns", Some(3_661_001_001_001)),
        (".5s", Some(500_000_000)),
        ("2562047h47m16.854775807s", Some(i64::MAX)),
        ("-2562047h47m16.854775808s", Some(i64::MIN)),
        ("2562048h", None),
        ("", None),
        ("5", None),
        ("d", None),
        ("5d", None),
        (".s", None),
    ];

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanos) in DURATIONS {
            assert_eq!(GoDuration::parse(text).ok().map(|d| d.0), nanos, "{text}");
        }
        assert_eq!(GoDuration::hours(2160).to_string(), "2160h0m0s");
        assert_eq!(GoDuration(500_000_000).to_string(), "0.5s");
    }
}
