//! UTCTime and GeneralizedTime as Go accepts them: with a time zone, without fractions, and only in the form in which
//! they would be written again.

use jiff::civil::date;

use super::der::{Der, tag};
use super::era::{Change, Era};
use crate::time::Time;

/// Reads a `Validity`.
pub(crate) fn read(mut der: Der<'_>, era: &Era) -> Result<(Time, Time), &'static str> {
    Ok((time(&mut der, era)?, time(&mut der, era)?))
}

fn time(der: &mut Der<'_>, era: &Era) -> Result<Time, &'static str> {
    if der.peek(tag::UTC_TIME) {
        der.read(tag::UTC_TIME).and_then(|content| utc_time(content.0, era)).ok_or("x509: malformed UTCTime")
    } else if der.peek(tag::GENERALIZED_TIME) {
        der.read(tag::GENERALIZED_TIME)
            .and_then(|content| generalized_time(content.0, era))
            .ok_or("x509: malformed GeneralizedTime")
    } else {
        Err("x509: unsupported time format")
    }
}

/// `YYMMDDhhmm[ss]` and a zone; years 50 to 99 are of the 20th century.
pub(crate) fn utc_time(content: &[u8], era: &Era) -> Option<Time> {
    let mut digits = Digits(content);
    let year = digits.two()?;
    let year = if year >= 50 { 1900 + year } else { 2000 + year };
    let (month, day, hour, minute) = (digits.two()?, digits.two()?, digits.two()?, digits.two()?);
    let second = if digits.0.first().is_some_and(u8::is_ascii_digit) { digits.two()? } else { 0 };
    instant([year, month, day, hour, minute, second], digits.zone(era)?)
}

/// `YYYYMMDDhhmmss` and a zone.
pub(crate) fn generalized_time(content: &[u8], era: &Era) -> Option<Time> {
    let mut digits = Digits(content);
    let year = digits.two()? * 100 + digits.two()?;
    let (month, day, hour, minute) = (digits.two()?, digits.two()?, digits.two()?, digits.two()?);
    instant([year, month, day, hour, minute, digits.two()?], digits.zone(era)?)
}

fn instant([year, month, day, hour, minute, second]: [i16; 6], zone: i64) -> Option<Time> {
    let day = jiff::civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = day.duration_since(date(1970, 1, 1)).as_hours() / 24;
    Some(Time(days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second) - zone))
}

struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn two(&mut self) -> Option<i16> {
        let (&[tens, ones], rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i16::from(tens - b'0') * 10 + i16::from(ones - b'0'))
    }

    /// The zone, which ends the text, in seconds: `Z`, or an offset other than zero.
    fn zone(&mut self, era: &Era) -> Option<i64> {
        let (&sign, rest) = self.0.split_first()?;
        self.0 = rest;
        let offset = match sign {
            b'Z' => return rest.is_empty().then_some(0),
            b'+' | b'-' => {
                let (hours, minutes) = (self.two()?, self.two()?);
                if minutes > 59 || hours > 24 && era.has(Change::ZoneHours) {
                    return None;
                }
                i64::from(hours) * 3600 + i64::from(minutes) * 60
            }
            _ => return None,
        };
        (offset != 0 && self.0.is_empty()).then_some(if sign == b'-' { -offset } else { offset })
    }
}
