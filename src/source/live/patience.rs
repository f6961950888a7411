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
    /// The longest pause, also where `Retry-After` asks for more.
    pub longest_pause: Duration,
    /// How long nothing may arrive before a try counts as failed.
    pub silence: Duration,
}

/// Tries with an API server that has never answered, or that was waited for in vain: most likely nothing is there.
const TRIES_WITH_A_STRANGER: u32 = 3;

/// Tries where something answers that makes no sense: it rarely comes to its senses.
const TRIES_WITH_NONSENSE: u32 = 3;

impl Default for Patience {
    /// Half a minute of pauses: as long as an API server takes to start again.
    fn default() -> Self {
        Self {
            tries: 8,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(10),
            silence: Duration::from_secs(30),
        }
    }
}

impl Patience {
    /// The pause before the next try, if there is to be one. `tried` counts from 1; `known` says that the server has
    /// answered before and was not waited for in vain.
    pub(super) fn pause(&self, tried: u32, failure: &Failure, known: bool) -> Option<Duration> {
        let tries = match failure {
            _ if !failure.is_transient() => return None,
            Failure::NotJson(_) | Failure::Garbage(_) => self.tries.min(TRIES_WITH_NONSENSE),
            Failure::Unwell { .. } => self.tries,
            _ if known => self.tries,
            _ => self.tries.min(TRIES_WITH_A_STRANGER),
        };
        if tried >= tries {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(2u32.saturating_pow(tried.saturating_sub(1)));
        let asked = match failure {
            Failure::Unwell { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        Some(doubled.max(asked).min(self.longest_pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn unwell(retry_after: Option<Duration>) -> Failure {
        Failure::Unwell { status: 503, message: String::new(), retry_after }
    }

    /// Tries so far, failure, whether the server is known, pause in milliseconds.
    const PAUSES: [(u32, Failure, bool, Option<u64>); 13] = [
        (1, unwell(None), true, Some(250)),
        (2, unwell(None), true, Some(500)),
        (7, unwell(None), true, Some(10_000)),
        (8, unwell(None), true, None),
        (1, unwell(Some(Duration::from_secs(3))), true, Some(3000)),
        (1, unwell(Some(Duration::from_secs(3600))), true, Some(10_000)),
        (3, unwell(None), false, Some(1000)),
        (2, Failure::Unreachable(String::new()), false, Some(500)),
        (3, Failure::Unreachable(String::new()), false, None),
        (3, Failure::Unreachable(String::new()), true, Some(1000)),
        (3, Failure::NotJson(String::new()), true, None),
        (1, Failure::Forbidden(String::new()), true, None),
        (1, Failure::Expired, true, None),
    ];

    #[test]
    fn pauses_grow_and_end() {
        for (tried, failure, known, pause) in PAUSES {
            let found = Patience::default().pause(tried, &failure, known);
            assert_eq!(found, pause.map(Duration::from_millis), "{tried} {failure:?} {known}");
        }
    }
}
