//! The renewals of the next 90 days as the bars of a small drawing.

use serde::Serialize;

use super::model::{Certificate, Report};
use super::wording::{count, thousands};
use crate::time::{GoDuration, Time};

/// Days that are drawn.
const DAYS: usize = 90;
/// Height of the drawing in units; a day is [`STEP`] wide.
const HEIGHT: usize = 100;
const STEP: usize = 10;
const DAY: i64 = 86_400;

/// A drawing, described in numbers.
#[derive(Serialize)]
pub(super) struct Chart {
    width: usize,
    height: usize,
    renewals: Vec<Bar>,
    expiries: Vec<Bar>,
    /// The count at the top edge.
    top: usize,
    /// Labels below, evenly spaced.
    ticks: Vec<Tick>,
    within: Vec<Within>,
    /// One sentence that says what the drawing shows.
    text: String,
}

#[derive(Serialize)]
struct Bar {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    title: String,
}

#[derive(Serialize)]
struct Tick {
    label: String,
    date: String,
}

#[derive(Serialize)]
struct Within {
    span: &'static str,
    count: String,
}

/// The day that something falls on, if it is drawn; what is overdue counts as today.
fn day(now: Time, at: Time) -> Option<usize> {
    let days = at.0.div_euclid(DAY) - now.0.div_euclid(DAY);
    usize::try_from(days.max(0)).ok().filter(|&day| day < DAYS)
}

/// When a Certificate runs out without a renewal before: it cannot be issued, or is never renewed.
fn expiry(certificate: &Certificate) -> Option<Time> {
    let not_after = certificate.renewal.not_after?;
    let stuck = certificate.verdict == "blocked" || certificate.renewal.renewal_time.is_none_or(|at| at >= not_after);
    stuck.then_some(not_after)
}

/// The chart of a report; nothing when no date is known.
pub(super) fn chart(report: &Report) -> Option<Chart> {
    let now = report.evaluated_at;
    let (mut renewals, mut expiries) = ([0usize; DAYS], [0usize; DAYS]);
    let mut dated = false;
    let dates = ["blocked", "drift", "reissue-later", "unchanged"];
    for certificate in report.certificates.iter().filter(|c| dates.contains(&c.verdict) || c.renewal.predicted) {
        let (counts, at) = match (expiry(certificate), certificate.renewal.renewal_time) {
            (Some(at), _) => (&mut expiries, at),
            (None, Some(at)) => (&mut renewals, at),
            (None, None) => continue,
        };
        dated = true;
        if let Some(slot) = day(now, at).and_then(|day| counts.get_mut(day)) {
            *slot += 1;
        }
    }
    if !dated {
        return None;
    }
    let date = |day: usize| now.plus(GoDuration::hours(24 * i64::try_from(day).unwrap_or(0))).date();
    let top = renewals.iter().zip(&expiries).map(|(a, b)| a + b).max().unwrap_or(0).max(1);
    let bars = |counts: &[usize; DAYS], below: Option<&[usize; DAYS]>, one: &str, many: &str| {
        let drawn = counts.iter().enumerate().filter(|&(_, &n)| n > 0);
        drawn
            .map(|(day, &n)| {
                let height = (n * HEIGHT).div_ceil(top).min(HEIGHT);
                let base = below.and_then(|below| below.get(day)).map_or(0, |&n| (n * HEIGHT).div_ceil(top));
                Bar {
                    x: day * STEP + 1,
                    y: HEIGHT.saturating_sub(height + base),
                    width: STEP - 2,
                    height,
                    title: format!("{}: {}", date(day), count(n, one, many)),
                }
            })
            .collect()
    };
    let within = |days: usize| renewals.iter().take(days).sum::<usize>();
    let busiest = renewals.iter().enumerate().max_by_key(|&(day, &n)| (n, std::cmp::Reverse(day)));
    let mut text = match busiest {
        Some((day, &n)) if n > 0 => {
            format!(
                "{}, at most {} on one day, {}",
                count(within(DAYS), "renewal", "renewals"),
                thousands(n),
                date(day)
            )
        }
        _ => "No renewal".to_owned(),
    };
    if let n @ 1.. = expiries.iter().sum::<usize>() {
        text.push_str("; ");
        text.push_str(&count(n, "certificate runs", "certificates run"));
        text.push_str(" out in that time with no renewal before");
    }
    Some(Chart {
        width: DAYS * STEP,
        height: HEIGHT,
        renewals: bars(&renewals, None, "renewal", "renewals"),
        expiries: bars(&expiries, Some(&renewals), "expiry without renewal", "expiries without renewal"),
        top,
        ticks: [(0, "today"), (30, "30 days"), (60, "60 days"), (90, "90 days")]
            .map(|(day, label)| Tick { label: label.to_owned(), date: date(day) })
            .into(),
        within: [("today", 1), ("7 days", 7), ("30 days", 30), ("90 days", 90)]
            .map(|(span, days)| Within { span, count: thousands(within(days)) })
            .into(),
        text,
    })
}
