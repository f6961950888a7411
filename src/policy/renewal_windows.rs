//! Renewal windows (rules 2.9.2): the desired time is moved into a window, if one can be found.
//!
//! Source: `applyRenewBeforeWithWindows`, `pkg/util/pki/renewaltime.go`@v1.21.1.

use super::cron::{self, Instant, Schedule};
use crate::object::certificate::RenewalWindow;
use crate::time::Time;

/// What the windows make of a desired time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Windowed {
    /// The time in a window, or the desired one without windows.
    At(Time),
    /// No window fits.
    None {
        /// cert-manager's error.
        error: String,
    },
}

/// Moves the desired time into the windows.
///
/// # Errors
/// A window that cannot be understood: cert-manager's error.
pub(super) fn apply(
    not_before: Time,
    not_after: Time,
    desired: Time,
    windows: &[RenewalWindow],
    search_years: i16,
) -> Result<Windowed, String> {
    if windows.is_empty() {
        return Ok(Windowed::At(desired));
    }
    let (mut best_before, mut best_after) = (None, None);
    for window in windows {
        let schedule = schedule(window, search_years)?;
        let duration = window.window_duration.filter(|duration| duration.0 > 0);
        let Some(duration) = duration else {
            return Err(format!("windowDuration must be a positive duration in window {}", describe(window)));
        };
        let search = Search {
            schedule: &schedule,
            min: Instant::from(not_before).plus(-i128::from(duration.0)),
            max: Instant::from(not_after).plus(duration.0.into()),
            desired: desired.into(),
            duration: duration.0.into(),
        };
        best_before = search.before(best_before);
        best_after = search.after(best_after);
    }
    Ok(match best_before.or(best_after) {
        Some(best) => Windowed::At(best.time()),
        None => Windowed::None {
            error: format!(
                "cannot find a time with the given windows between {} and {} for: {}",
                not_before.go_string(),
                not_after.go_string(),
                desired.go_string()
            ),
        },
    })
}

fn schedule(window: &RenewalWindow, search_years: i16) -> Result<Schedule, String> {
    let zone = cron::load_location(&window.timezone);
    let zone = zone.map_err(|error| format!("error parsing timezone in window {error}"))?;
    let parsed = Schedule::parse(&window.cron, zone, search_years);
    parsed.map_err(|error| format!("error parsing cron in window failed to parse cron spec '{}': {error}", window.cron))
}

/// Go's `%v` of the window, in the order of its fields there; the duration prints as a generated `String` does.
fn describe(window: &RenewalWindow) -> String {
    let text = |duration| format!("&Duration{{Duration:{duration},}}");
    let duration = window.window_duration.map_or_else(|| "nil".to_owned(), text);
    format!("{{{} {duration} {}}}", window.timezone, window.cron)
}

struct Search<'a> {
    schedule: &'a Schedule,
    min: Instant,
    max: Instant,
    desired: Instant,
    duration: i128,
}

const SECOND: i128 = 1_000_000_000;

impl Search<'_> {
    /// Looks at the last window that opened by the desired time. A desired time before the search range also throws away
    /// what an earlier window gave.
    fn before(&self, best: Option<Instant>) -> Option<Instant> {
        if self.desired < self.min {
            return None;
        }
        let Some(start) = self.latest_start(self.desired.min(self.max)) else {
            return best;
        };
        let end = start.plus(self.duration);
        let inside = self.desired >= start && self.desired < end;
        let candidate = if inside { self.desired } else { end };
        if candidate >= self.desired && best.is_none_or(|best| candidate > best) {
            return Some(candidate);
        }
        best
    }

    /// The last start from `min` to `max`, found as cert-manager finds it: by halving the range down to a second.
    fn latest_start(&self, max: Instant) -> Option<Instant> {
        if self.min >= max || self.schedule.next(self.min.plus(-SECOND)) > max {
            return None;
        }
        let (mut low, mut high) = (self.min, max);
        while high.since(low) > SECOND {
            let middle = low.plus(high.since(low) / 2);
            if self.schedule.next(middle) > max {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(self.schedule.next(low.plus(-SECOND))).filter(|last| *last <= max)
    }

    /// Looks at the first window that opens at or after the desired time. One that opens beyond the search range also
    /// throws away what an earlier window gave.
    fn after(&self, best: Option<Instant>) -> Option<Instant> {
        let start = self.schedule.next(self.desired.max(self.min).plus(-SECOND));
        if start > self.max {
            return None;
        }
        let inside = self.desired >= start && self.desired < start.plus(self.duration);
        let candidate = if inside { self.desired } else { start };
        // A start that lies before the desired time whose window has closed gives nothing.
        if candidate >= self.desired && best.is_none_or(|best| candidate < best) {
            return Some(candidate);
        }
        best
    }
}
