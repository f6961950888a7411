//! # renewal-moves: the release after renews at another time
//!
//! ## What
//!
//! Both releases leave the certificate in use, and compute different instants for its renewal.
//!
//! ## Why
//!
//! An earlier renewal comes as a surprise and may meet a rate limit; a later one may leave less time to repair a failure.
//!
//! ## Since
//!
//! `renewBeforePercentage` is read since 1.16, the wrong way round until 1.16.3, and overflowed for lifetimes of some years
//! until 1.21. Zero and negative `renewBefore` count up to 1.15. `spec.renewal` is read since 1.21.
//!
//! ## Example
//!
//! `renewBeforePercentage: 25` and an upgrade from 1.16.1 to 1.16.5: the renewal moves from a quarter of the lifetime to
//! three quarters of it.
//!
//! ## Fix
//!
//! Nothing, if the new instant suits; else set `renewBefore`, which all releases read alike.
//!
//! ## Source
//!
//! cert-manager release notes 1.16 (1.16.3), 1.21 (PR 8947).

// Rules 2.9.1, 2.9.2.

use crate::object::Kind;
use crate::time::Time;
use crate::verdict::Verdict;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "renewal-moves";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let quiet = |verdict| matches!(verdict, Verdict::Unchanged | Verdict::ReissueLater | Verdict::Drift);
    for (_, judgement) in view.certificates().filter(|(_, judgement)| quiet(judgement.verdict)) {
        let Some(before) = upgrade.judgement_before(&judgement.key).filter(|before| quiet(before.verdict)) else {
            continue;
        };
        let (was, is) = (before.renewal.renewal_time, judgement.renewal.renewal_time);
        // A certificate that only one release can decode has no time in the other; its verdict tells that.
        if was == is || before.renewal.not_after != judgement.renewal.not_after {
            continue;
        }
        let text = |time: Option<Time>| time.map_or_else(|| "never".to_owned(), |time| time.to_string());
        let title = match (was, is) {
            (Some(was), Some(is)) if is < was => format!("Renewed earlier: on {}", is.date()),
            (_, Some(is)) => format!("Renewed later: on {}", is.date()),
            (_, None) => "Not renewed any more by itself".to_owned(),
        };
        let detail = format!(
            "{}: {}. {}: {}.",
            upgrade.from().version,
            before.renewal.because,
            view.scene.release.version,
            judgement.renewal.because
        );
        found.push(
            Finding::about(Kind::Certificate, &judgement.key, title, detail)
                .evidence("renewal time", text(was), text(is))
                .advice(Effect::Safe, "If the new instant does not suit, set spec.renewBefore."),
        );
    }
}
