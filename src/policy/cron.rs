//! Cron schedules as `github.com/robfig/cron/v3` reads and runs them (cert-manager `internal/cron`, since v1.21.0).

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::time::{GoDuration, NANOS_PER_SECOND, Time};

/// A Go `time.Time`: nanoseconds since 1970, with room for all years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instant(i128);

impl Instant {
    /// Go's zero time, 0001-01-01T00:00:00Z: what `Next` gives when it gives up.
    const ZERO: Self = Self(-62_135_596_800 * NANOS_PER_SECOND as i128);
    /// Later than every time that the calendar knows.
    const NEVER: Self = Self(i128::MAX / 4);

    pub(super) const fn plus(self, nanos: i128) -> Self {
        Self(self.0 + nanos)
    }

    /// `self - earlier`, saturated as Go's durations are.
    pub(super) fn since(self, earlier: Self) -> i128 {
        (self.0 - earlier.0).clamp(i64::MIN.into(), i64::MAX.into())
    }

    /// Whole seconds, cut off.
    pub(super) fn time(self) -> Time {
        Time(self.seconds())
    }

    fn seconds(self) -> i64 {
        i64::try_from(self.0.div_euclid(i128::from(NANOS_PER_SECOND))).unwrap_or(i64::MAX)
    }

    fn fraction(self) -> i128 {
        self.0.rem_euclid(i128::from(NANOS_PER_SECOND))
    }
}

impl From<Time> for Instant {
    fn from(time: Time) -> Self {
        Self(i128::from(time.0) * i128::from(NANOS_PER_SECOND))
    }
}

/// Go's `time.LoadLocation`, from the bundled database, so that every machine gives the same answer.
///
/// # Errors
/// Go's error for a name that is no zone.
pub(super) fn load_location(name: &str) -> Result<TimeZone, String> {
    match name {
        // cert-manager's containers run in UTC.
        "" | "UTC" | "Local" => return Ok(TimeZone::UTC),
        _ if name.contains("..") || name.starts_with(['/', '\\']) => {
            return Err("time: invalid location name".to_owned());
        }
        _ => {}
    }
    let zone = TimeZoneDatabase::bundled().get(name).ok();
    // The database takes names in any case, Go looks for a file.
    zone.filter(|zone| zone.iana_name() == Some(name)).ok_or_else(|| format!("unknown time zone {name}"))
}

/// When windows open.
#[derive(Clone, Debug)]
pub(super) enum Schedule {
    /// `@every`: a fixed delay from wherever one stands.
    Every(GoDuration),
    /// Fields.
    Fields(Box<Fields>),
}

/// Bit sets of the five fields; the top bit says that a field was a star.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    minute: u64,
    hour: u64,
    day: u64,
    month: u64,
    weekday: u64,
    zone: TimeZone,
    search_years: i16,
}

const STAR: u64 = 1 << 63;

struct Bounds {
    min: u64,
    max: u64,
    names: &'static [&'static str],
}

const MINUTES: Bounds = Bounds { min: 0, max: 59, names: &[] };
const HOURS: Bounds = Bounds { min: 0, max: 23, names: &[] };
const DAYS: Bounds = Bounds { min: 1, max: 31, names: &[] };
const MONTHS: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAYS: Bounds = Bounds { min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl Schedule {
    /// Reads five fields or a descriptor.
    ///
    /// # Errors
    /// The library's error text.
    pub(super) fn parse(text: &str, zone: TimeZone, search_years: i16) -> Result<Self, String> {
        let text = text.trim();
        let expanded = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ if text.starts_with('@') => return every(text),
            _ => text,
        };
        let fields: Vec<&str> = expanded.split_whitespace().collect();
        let &[minute, hour, day, month, weekday] = fields.as_slice() else {
            let found = super::go_text::list(fields.iter().copied());
            return Err(format!("expected exactly 5 fields, found {}: {found}", fields.len()));
        };
        Ok(Self::Fields(Box::new(Fields {
            minute: field(minute, &MINUTES)?,
            hour: field(hour, &HOURS)?,
            day: field(day, &DAYS)?,
            month: field(month, &MONTHS)?,
            weekday: field(weekday, &WEEKDAYS)?,
            zone,
            search_years,
        })))
    }

    /// The first scheduled time strictly after `after`; Go's zero time when there is none within the years searched.
    pub(super) fn next(&self, after: Instant) -> Instant {
        match self {
            Self::Every(delay) => after.plus(i128::from(delay.0) - after.fraction()),
            Self::Fields(fields) => fields.next(after),
        }
    }
}

fn every(text: &str) -> Result<Schedule, String> {
    let Some(delay) = text.strip_prefix("@every ") else {
        return Err(format!("unrecognized descriptor: {text}"));
    };
    let delay = GoDuration::parse(delay)
        .map_err(|_| format!("failed to parse duration {text}: time: invalid duration {delay:?}"))?;
    let nanos = delay.0.max(NANOS_PER_SECOND);
    Ok(Schedule::Every(GoDuration(nanos - nanos % NANOS_PER_SECOND)))
}

fn field(text: &str, bounds: &Bounds) -> Result<u64, String> {
    text.split(',').filter(|part| !part.is_empty()).try_fold(0, |bits, part| Ok(bits | range(part, bounds)?))
}

fn range(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let limits: Vec<&str> = parts.first().copied().unwrap_or_default().split('-').collect();
    let (start, mut end, mut star) = match limits.as_slice() {
        ["*" | "?", ..] => (bounds.min, bounds.max, STAR),
        &[only] => (number_or_name(only, bounds)?, number_or_name(only, bounds)?, 0),
        &[low, high] => (number_or_name(low, bounds)?, number_or_name(high, bounds)?, 0),
        _ => return Err(format!("too many hyphens: {text}")),
    };
    let step = match parts.as_slice() {
        [_] => 1,
        &[_, step] => {
            let step = number(step)?;
            if limits.len() == 1 {
                end = bounds.max;
            }
            if step > 1 {
                star = 0;
            }
            step
        }
        _ => return Err(format!("too many slashes: {text}")),
    };
    if start < bounds.min {
        return Err(format!("beginning of range ({start}) below minimum ({}): {text}", bounds.min));
    }
    if end > bounds.max {
        return Err(format!("end of range ({end}) above maximum ({}): {text}", bounds.max));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok((start..=end).step_by(step).fold(star, |bits, value| bits | 1 << value))
}

fn number_or_name(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let lower = text.to_lowercase();
    match bounds.names.iter().position(|name| *name == lower) {
        Some(at) => Ok(bounds.min + u64::try_from(at).unwrap_or_default()),
        None => number(text),
    }
}

/// Go's `strconv.Atoi`, without negative numbers.
fn number(text: &str) -> Result<u64, String> {
    let fail = || format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax");
    let number: i64 = text.parse().map_err(|_| fail())?;
    u64::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}"))
}

/// The calendar left the years that it knows.
struct OutOfRange;

impl Fields {
    fn next(&self, after: Instant) -> Instant {
        // A field of commas alone is taken and matches nothing: the library would walk through all the years.
        if [self.minute, self.hour, self.month, self.day | self.weekday].contains(&0) {
            return Instant::ZERO;
        }
        match self.search(after) {
            Ok(Some(seconds)) => Instant(i128::from(seconds) * i128::from(NANOS_PER_SECOND)),
            Ok(None) => Instant::ZERO,
            Err(OutOfRange) => Instant::NEVER,
        }
    }

    /// Walks from month to minute as the library does, so that hours which a zone skips or repeats come out alike.
    fn search(&self, after: Instant) -> Result<Option<i64>, OutOfRange> {
        let mut now = after.seconds().saturating_add(1);
        let mut moved = false;
        let last_year = self.local(now)?.year().saturating_add(self.search_years);
        'wrap: loop {
            if self.local(now)?.year() > last_year {
                return Ok(None);
            }
            while !has(self.month, self.local(now)?.month()) {
                let local = self.local(now)?;
                // Once moved, the day is the first and the clock at midnight already.
                let first = if moved { local } else { midnight(local.date().first_of_month()) };
                moved = true;
                now = self.unix(first.checked_add(jiff::Span::new().months(1)).map_err(|_| OutOfRange)?)?;
                if self.local(now)?.month() == 1 {
                    continue 'wrap;
                }
            }
            while !self.day_matches(self.local(now)?) {
                let local = self.local(now)?;
                let start = if moved { local } else { midnight(local.date()) };
                moved = true;
                now = self.unix(start.checked_add(jiff::Span::new().days(1)).map_err(|_| OutOfRange)?)?;
                // Where midnight is skipped or repeated, go back or on to it.
                let hour = i64::from(self.local(now)?.hour());
                if hour != 0 {
                    now += if hour > 12 { 24 - hour } else { -hour } * 3600;
                }
                if self.local(now)?.day() == 1 {
                    continue 'wrap;
                }
            }
            while !has(self.hour, self.local(now)?.hour()) {
                if !moved {
                    moved = true;
                    let local = self.local(now)?;
                    now = self.unix(local.date().at(local.hour(), 0, 0, 0))?;
                }
                now += 3600;
                if self.local(now)?.hour() == 0 {
                    continue 'wrap;
                }
            }
            while !has(self.minute, self.local(now)?.minute()) {
                if !moved {
                    moved = true;
                    now -= now.rem_euclid(60);
                }
                now += 60;
                if self.local(now)?.minute() == 0 {
                    continue 'wrap;
                }
            }
            while self.local(now)?.second() != 0 {
                now += 1;
                if self.local(now)?.second() == 0 {
                    continue 'wrap;
                }
            }
            return Ok(Some(now));
        }
    }

    /// With a star in either day field both must match, otherwise one is enough.
    fn day_matches(&self, local: DateTime) -> bool {
        let day = has(self.day, local.day());
        let weekday = has(self.weekday, local.date().weekday().to_sunday_zero_offset());
        if (self.day | self.weekday) & STAR != 0 { day && weekday } else { day || weekday }
    }

    fn offset(&self, unix: i64) -> Result<i64, OutOfRange> {
        let at = jiff::Timestamp::from_second(unix).map_err(|_| OutOfRange)?;
        Ok(self.zone.to_offset(at).seconds().into())
    }

    fn local(&self, unix: i64) -> Result<DateTime, OutOfRange> {
        Time(unix + self.offset(unix)?).civil().ok_or(OutOfRange)
    }

    /// Go's `time.Date`: the offset is guessed as if the clock were UTC, and corrected once.
    fn unix(&self, local: DateTime) -> Result<i64, OutOfRange> {
        let as_utc = local.to_zoned(TimeZone::UTC).map_err(|_| OutOfRange)?.timestamp().as_second();
        let guess = self.offset(as_utc)?;
        if guess == 0 {
            return Ok(as_utc);
        }
        Ok(as_utc - self.offset(as_utc - guess)?)
    }
}

fn has(bits: u64, value: i8) -> bool {
    u32::try_from(value).is_ok_and(|value| bits >> value & 1 == 1)
}

/// Midnight by the clock, whether or not the zone has one.
fn midnight(date: Date) -> DateTime {
    date.at(0, 0, 0, 0)
}
