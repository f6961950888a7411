//! When a certificate is renewed: how long before expiry, per release (rules 2.9.1).
//!
//! Source: `RenewalTime`, `pkg/controller/certificates/util.go` up to v1.11, `pkg/util/pki/renewaltime.go` from v1.12 on.

use std::borrow::Cow;

use super::renewal_windows::{self, Windowed};
use crate::object::CertificateSpec;
use crate::release::{Release, RenewalFormula, RenewalPolicies};
use crate::time::{GoDuration, NANOS_PER_SECOND, Time};

/// What the computation gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenewalTime {
    /// Renewed at this time.
    At(Time),
    /// Never: policy Disabled (1.21+).
    Disabled,
    /// No window fits: renewed at the desired time all the same, with an error.
    Anyway {
        /// The desired time.
        time: Time,
        /// cert-manager's error.
        error: String,
    },
    /// No time and an error: whoever needs the time dereferences nil.
    Failed {
        /// cert-manager's error.
        error: String,
    },
}

impl RenewalTime {
    /// The time, if there is one.
    #[must_use]
    pub const fn time(&self) -> Option<Time> {
        match self {
            Self::At(time) | Self::Anyway { time, .. } => Some(*time),
            Self::Disabled | Self::Failed { .. } => None,
        }
    }

    /// The error, if there is one.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Anyway { error, .. } | Self::Failed { error } => Some(error),
            Self::At(_) | Self::Disabled => None,
        }
    }
}

/// Computes the renewal time of a certificate.
#[must_use]
pub fn renewal_time(not_before: Time, not_after: Time, spec: &CertificateSpec, release: &Release) -> RenewalTime {
    let desired = desired_time(not_before, not_after, spec, release);
    let renewal = spec.renewal.as_deref().filter(|_| release.renewal_policies != RenewalPolicies::None);
    let Some(renewal) = renewal else {
        return RenewalTime::At(desired);
    };
    match &*renewal.policy {
        "Disabled" => RenewalTime::Disabled,
        "RenewBefore" => {
            let years = release.window_search_years;
            match renewal_windows::apply(not_before, not_after, desired, &renewal.windows, years) {
                Ok(Windowed::At(time)) => RenewalTime::At(time),
                Ok(Windowed::None { error }) => RenewalTime::Anyway { time: desired, error },
                Err(error) => RenewalTime::Failed { error },
            }
        }
        other => RenewalTime::Failed { error: format!("unsupported renewal policy: {other}") },
    }
}

/// The renewal time before any window is looked at.
fn desired_time(not_before: Time, not_after: Time, spec: &CertificateSpec, release: &Release) -> Time {
    let before = renew_before(not_after.since(not_before), spec, release.renewal).0;
    // Go: notAfter.Add(-1 * before).Truncate(time.Second), where the product wraps for the least integer.
    Time(not_after.0.saturating_add(before.wrapping_neg().div_euclid(NANOS_PER_SECOND)))
}

/// How long before expiry, in the arithmetic of the release.
fn renew_before(lifetime: GoDuration, spec: &CertificateSpec, formula: RenewalFormula) -> GoDuration {
    match chosen(lifetime, spec, formula) {
        Choice::Fixed(before) => before,
        Choice::Percentage(percentage) => GoDuration(match formula {
            RenewalFormula::NoPercentage => lifetime.0 / 3,
            RenewalFormula::InvertedPercentage => lifetime.0.wrapping_mul(100 - percentage) / 100,
            RenewalFormula::IntegerPercentage => lifetime.0.wrapping_mul(percentage) / 100,
            RenewalFormula::FloatPercentage => (lifetime.0 as f64 * percentage as f64 / 100.0) as i64,
        }),
        Choice::Third => GoDuration(lifetime.0 / 3),
    }
}

enum Choice {
    Fixed(GoDuration),
    Percentage(i64),
    Third,
}

fn chosen(lifetime: GoDuration, spec: &CertificateSpec, formula: RenewalFormula) -> Choice {
    let no_percentage = formula == RenewalFormula::NoPercentage;
    let usable = |before: &GoDuration| *before < lifetime && (no_percentage || before.0 > 0);
    if let Some(before) = spec.renew_before.filter(usable) {
        return Choice::Fixed(before);
    }
    match spec.renew_before_percentage {
        Some(percentage @ 1..=99) if !no_percentage => Choice::Percentage(percentage.into()),
        _ => Choice::Third,
    }
}

/// How the renewal time came about, in a sentence for people.
#[must_use]
pub fn explain(not_before: Time, not_after: Time, spec: &CertificateSpec, release: &Release) -> Cow<'static, str> {
    let base = explain_desired(not_after.since(not_before), spec, release);
    match renewal_time(not_before, not_after, spec, release) {
        RenewalTime::Disabled => "spec.renewal.policy is Disabled: it is not renewed for its age".into(),
        RenewalTime::Failed { error } => format!("the renewal time cannot be computed: {error}").into(),
        RenewalTime::Anyway { error, .. } => format!("{base}; no renewal window fits: {error}").into(),
        RenewalTime::At(time) if time != desired_time(not_before, not_after, spec, release) => {
            format!("{base}, moved into a renewal window").into()
        }
        RenewalTime::At(_) => base,
    }
}

/// How the time came about that is renewed at without windows.
fn explain_desired(lifetime: GoDuration, spec: &CertificateSpec, release: &Release) -> Cow<'static, str> {
    let before = renew_before(lifetime, spec, release.renewal);
    let text = match chosen(lifetime, spec, release.renewal) {
        Choice::Fixed(_) => format!("{before} before expiry (spec.renewBefore)"),
        Choice::Percentage(percentage) => match release.renewal {
            RenewalFormula::InvertedPercentage => format!(
                "{before} before expiry: {} takes spec.renewBeforePercentage {percentage} for {}",
                release.version,
                100 - percentage
            ),
            RenewalFormula::IntegerPercentage if lifetime.0.checked_mul(percentage).is_none() => format!(
                "spec.renewBeforePercentage {percentage} overflows in {} for so long a lifetime: {before} before expiry",
                release.version
            ),
            _ => format!("{percentage} % of the lifetime before expiry (spec.renewBeforePercentage)"),
        },
        Choice::Third if spec.renew_before.is_some() => {
            return "a third of the lifetime before expiry, as spec.renewBefore does not fit the lifetime".into();
        }
        Choice::Third => return "a third of the lifetime before expiry".into(),
    };
    text.into()
}
