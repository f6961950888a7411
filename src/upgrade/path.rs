//! The releases on the way: cert-manager recommends one minor after another, always the newest patch, with one jump from 1.12 to
//! 1.17; and to be on the newest 1.12 before anything later.
//!
//! Source: cert-manager website `content/docs/installation/upgrade.md`, `content/docs/releases/upgrading/upgrading-1.12.md`,
//! `upgrading-1.18-1.19.md`.

use std::collections::BTreeSet;

use super::state::{Seen, served, shimmed};
use super::{Upgrade, reissued_and_blocked};
use crate::object::NamespacedName;
use crate::policy::Index;
use crate::release::{Release, Version, all};
use crate::verdict::{Scene, judge_all};

/// A release to go to.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The release.
    pub release: Release,
    /// Why there.
    pub why: Why,
    /// Certificates that are re-issued here and were not under the release before it.
    pub reissued: BTreeSet<NamespacedName>,
    /// Certificates that are blocked here and were not.
    pub blocked: BTreeSet<NamespacedName>,
}

/// Why a release is on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The newest 1.12 labels every Secret before 1.13 filters by that label.
    NewestOf112,
    /// From 1.12 one may go to 1.17 directly.
    JumpTo117,
    /// The newest patch of the next minor.
    NextMinor,
    /// The release that was asked for.
    Asked,
    /// In place of 1.19.0, which may re-issue needlessly.
    InsteadOf1190,
}

/// The minors between which one may jump.
const LONG_TERM: u16 = 12;
const AFTER_LONG_TERM: u16 = 17;

/// The release that must not be installed.
const WITHDRAWN: Version = Version::v1(19, 0);

/// The releases to go through, in order; going back has no way that is recommended.
fn route(from: Version, to: Version) -> Vec<(Version, Why)> {
    let newest_of = |minor: u16| all().map(|r| r.version).filter(|v| v.minor == minor).max();
    let last = match newest_of(WITHDRAWN.minor) {
        Some(instead) if to == WITHDRAWN => (instead, Why::InsteadOf1190),
        _ => (to, Why::Asked),
    };
    if to <= from {
        return vec![last];
    }
    let mut route = Vec::new();
    let mut at = from;
    while at.minor < to.minor {
        let newest_here = newest_of(at.minor).filter(|newest| at < *newest);
        let next = if at.minor == LONG_TERM {
            if let Some(newest) = newest_here {
                route.push((newest, Why::NewestOf112));
            }
            if to.minor >= AFTER_LONG_TERM { AFTER_LONG_TERM } else { at.minor + 1 }
        } else {
            at.minor + 1
        };
        let Some(newest) = newest_of(next).filter(|_| next < to.minor) else { break };
        route.push(match next {
            LONG_TERM => (newest, Why::NewestOf112),
            AFTER_LONG_TERM if at.minor == LONG_TERM => (newest, Why::JumpTo117),
            _ => (newest, Why::NextMinor),
        });
        at = newest;
    }
    route.push(last);
    route
}

/// The stops with what happens at each.
#[must_use]
pub fn stops(upgrade: &Upgrade<'_>, after: &Scene<'_>) -> Vec<Stop> {
    let from = upgrade.from();
    let world = upgrade.before.world;
    let mut last = reissued_and_blocked(upgrade.judged_before);
    let mut stops = Vec::new();
    for (version, why) in route(from.version, after.release.version) {
        let known = all().find(|release| release.version == version).map(|release| release.with_flags(after.flags));
        let release = known.unwrap_or_else(|| after.release.clone());
        let (shimmed, _) = shimmed(world, from, &release, after.flags);
        let there = served(shimmed, from, &release, Seen::All);
        let index = Index::new(&there);
        let judged = judge_all(&Scene { world: &there, index: &index, release: &release, ..*after });
        let here = reissued_and_blocked(&judged);
        stops.push(Stop {
            release,
            why,
            reissued: here.0.difference(&last.0).cloned().collect(),
            blocked: here.1.difference(&last.1).cloned().collect(),
        });
        last = here;
    }
    stops
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From, to, the way.
    const ROUTES: [(&str, &str, &[&str]); 10] = [
        ("v1.17.4", "v1.17.4", &["v1.17.4"]),
        ("v1.17.0", "v1.17.4", &["v1.17.4"]),
        ("v1.17.4", "v1.18.2", &["v1.18.2"]),
        ("v1.17.4", "v1.20.3", &["v1.18.6", "v1.19.6", "v1.20.3"]),
        ("v1.18.6", "v1.19.0", &["v1.19.6"]),
        ("v1.12.3", "v1.13.6", &["v1.12.17", "v1.13.6"]),
        ("v1.12.17", "v1.17.4", &["v1.17.4"]),
        ("v1.12.3", "v1.19.0", &["v1.12.17", "v1.17.4", "v1.18.6", "v1.19.6"]),
        ("v1.10.2", "v1.14.7", &["v1.11.5", "v1.12.17", "v1.13.6", "v1.14.7"]),
        ("v1.20.3", "v1.17.4", &["v1.17.4"]),
    ];

    #[test]
    fn one_minor_after_another_and_one_jump() {
        for (from, to, way) in ROUTES {
            let (from, to) = (Version::parse(from).unwrap(), Version::parse(to).unwrap());
            let found: Vec<String> = route(from, to).iter().map(|(version, _)| version.to_string()).collect();
            assert_eq!(found, way, "{from} to {to}");
        }
        let why: Vec<Why> = route(Version::v1(12, 3), Version::v1(19, 0)).into_iter().map(|(_, why)| why).collect();
        assert_eq!(why, [Why::NewestOf112, Why::JumpTo117, Why::NextMinor, Why::InsteadOf1190]);
    }
}
