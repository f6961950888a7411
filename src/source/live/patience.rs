//! How often and when a request is made again.

use std::time::Duration;

use super::failure::Failure;

/// How long a cluster is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often a request is made at most.
    pub tries: u32,
    /// The pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause that the program takes of its own accord.
    pub longest_pause: Duration,
    /// How long nothing may arrive before a try counts as failed.
    pub silence: Duration,
    /// All pauses together; when they are used up, every request is made once.
    pub in_all: Duration,
}

/// How the API server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has never answered: most likely nothing is there.
    Stranger,
    /// It answers.
    Known,
    /// It was waited for in vain, and has not answered since.
    GivenUp,
}

/// Tries to reach a stranger.
const TRIES_WITH_A_STRANGER: u32 = 3;

/// Tries where something answers that makes no sense: it rarely comes to its senses.
const TRIES_WITH_NONSENSE: u32 = 3;

/// The longest that a server may ask to be left alone (`Retry-After`).
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

impl Default for Patience {
    /// Half a minute of pauses for a request: as long as an API server takes to start again.
    fn default() -> Self {
        Self {
            tries: 8,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            in_all: Duration::from_secs(180),
        }
    }
}

impl Patience {
    /// The pause before the next try, if there is to be one. `tried` counts from 1, `waited` is the sum of all pauses so far.
    pub(super) fn pause(
        &self,
        tried: u32,
        failure: &Failure,
        standing: Standing,
        waited: Duration,
    ) -> Option<Duration> {
        let tries = match (failure, standing) {
            _ if !failure.is_transient() => return None,
            (_, Standing::GivenUp) => 1,
            (Failure::NotJson(_) | Failure::Garbage(_), _) => self.tries.min(TRIES_WITH_NONSENSE),
            (Failure::Unwell { .. }, _) | (_, Standing::Known) => self.tries,
            (_, Standing::Stranger) => self.tries.min(TRIES_WITH_A_STRANGER),
        };
        if tried >= tries {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(2u32.saturating_pow(tried.saturating_sub(1)));
        let asked = match failure {
            Failure::Unwell { retry_after, .. } => retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER),
            _ => Duration::ZERO,
        };
        let pause = doubled.min(self.longest_pause).max(asked);
        (waited.saturating_add(pause) <= self.in_all).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::Standing::{GivenUp, Known, Stranger};
    use super::*;

    const fn unwell(retry_after: u64) -> Failure {
        Failure::Unwell { status: 503, message: String::new(), retry_after: Some(Duration::from_secs(retry_after)) }
    }

    const AWAY: Failure = Failure::Unreachable(String::new());

    /// Tries so far, failure, how the server stands, seconds waited, pause in milliseconds.
    const PAUSES: [(u32, Failure, Standing, u64, Option<u64>); 17] = [
        (1, unwell(0), Known, 0, Some(250)),
        (2, unwell(0), Known, 0, Some(500)),
        (7, unwell(0), Known, 0, Some(10_000)),
        (8, unwell(0), Known, 0, None),
        (1, unwell(3), Known, 0, Some(3000)),
        (1, unwell(3600), Known, 0, Some(60_000)),
        (7, unwell(1), Known, 0, Some(10_000)),
        (7, unwell(1), Known, 175, None),
        (1, unwell(1), GivenUp, 0, None),
        (3, unwell(0), Stranger, 0, Some(1000)),
        (2, AWAY, Stranger, 0, Some(500)),
        (3, AWAY, Stranger, 0, None),
        (3, AWAY, Known, 0, Some(1000)),
        (1, AWAY, GivenUp, 0, None),
        (3, Failure::NotJson(String::new()), Known, 0, None),
        (1, Failure::Forbidden(String::new()), Known, 0, None),
        (1, Failure::Expired, Known, 0, None),
    ];

    #[test]
    fn pauses_grow_and_end() {
        for (tried, failure, standing, waited, pause) in PAUSES {
            let found = Patience::default().pause(tried, &failure, standing, Duration::from_secs(waited));
            assert_eq!(found, pause.map(Duration::from_millis), "{tried} {failure:?} {standing:?} {waited}");
        }
    }
}
