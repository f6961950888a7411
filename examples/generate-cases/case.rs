//! A case and what is expected of it.

use std::fmt::Write as _;

use anyhow::Result;

use crate::shop::Shop;

/// The instant of most cases.
pub(crate) const NOW: &str = "2026-11-20T09:00:00Z";

/// One release or more of every era and of both sides of each boundary that most cases care about.
pub(crate) const ALL: &[&str] = &[
    "v1.8.2", "v1.9.2", "v1.11.5", "v1.12.3", "v1.12.17", "v1.13.1", "v1.13.2", "v1.14.7", "v1.15.5", "v1.16.5",
    "v1.17.4", "v1.18.2", "v1.18.6", "v1.19.0", "v1.19.6", "v1.20.3", "v1.21.0", "v1.21.1", "v1.21.2",
];
/// Up to 1.12: seven checks, under their old names.
pub(crate) const ERA_A: &[&str] = &["v1.8.2", "v1.9.2", "v1.11.5", "v1.12.3", "v1.12.17"];
/// 1.13.0 and 1.13.1: eight checks.
pub(crate) const ERA_B: &[&str] = &["v1.13.0", "v1.13.1"];
/// From 1.13.2 on: nine checks.
pub(crate) const ERA_C: &[&str] = &[
    "v1.13.2", "v1.14.7", "v1.15.5", "v1.16.5", "v1.17.4", "v1.18.2", "v1.18.6", "v1.19.0", "v1.19.6", "v1.20.3",
    "v1.21.0", "v1.21.2",
];
/// From 1.13 on.
pub(crate) const SINCE_1_13: &[&str] = &[
    "v1.13.0", "v1.13.2", "v1.14.7", "v1.15.5", "v1.16.5", "v1.17.4", "v1.18.2", "v1.18.6", "v1.19.0", "v1.20.3",
    "v1.21.2",
];
/// 1.13 up to 1.18.2: errors of the decoders have no tail where no PEM block is found.
pub(crate) const BARE_ERRORS: &[&str] = &["v1.13.0", "v1.13.6", "v1.15.5", "v1.17.4", "v1.18.2"];
/// 1.18.3 and later.
pub(crate) const WRAPPED_ERRORS: &[&str] = &["v1.18.3", "v1.19.0", "v1.20.3", "v1.21.2"];

/// A world and what is expected of it.
pub(crate) struct Case {
    /// `<policy>/<case>`.
    pub(crate) path: &'static str,
    /// What it shows.
    pub(crate) why: &'static str,
    /// The evaluated instant.
    pub(crate) now: &'static str,
    /// The objects are all there is.
    pub(crate) complete: bool,
    /// Flags of the controller.
    pub(crate) flags: &'static [(&'static str, &'static str)],
    /// Makes the objects.
    pub(crate) build: fn() -> Result<Shop>,
    /// What is expected.
    pub(crate) expect: Vec<Expect>,
}

/// What some releases say about one Certificate.
pub(crate) struct Expect {
    releases: &'static [&'static str],
    certificate: &'static str,
    verdict: &'static str,
    confidence: &'static str,
    trigger: Option<[&'static str; 3]>,
    violations: &'static [&'static str],
}

/// A case at the usual instant.
pub(crate) fn case(
    path: &'static str,
    why: &'static str,
    build: fn() -> Result<Shop>,
    expect: impl Into<Vec<Expect>>,
) -> Case {
    Case { path, why, now: NOW, complete: false, flags: &[], build, expect: expect.into() }
}

/// A verdict without any violated check.
pub(crate) fn quiet(releases: &'static [&'static str], verdict: &'static str) -> Expect {
    let certificate = "shop/web";
    Expect { releases, certificate, verdict, confidence: "exact", trigger: None, violations: &[] }
}

/// `unchanged`.
pub(crate) fn unchanged(releases: &'static [&'static str]) -> Expect {
    quiet(releases, "unchanged")
}

/// `reissue-now` for a policy, with reason and message.
pub(crate) fn fires(
    releases: &'static [&'static str],
    policy: &'static str,
    reason: &'static str,
    message: &'static str,
) -> Expect {
    Expect { trigger: Some([policy, reason, message]), ..quiet(releases, "reissue-now") }
}

impl Expect {
    pub(crate) const fn of(mut self, certificate: &'static str) -> Self {
        self.certificate = certificate;
        self
    }

    pub(crate) const fn verdict(mut self, verdict: &'static str) -> Self {
        self.verdict = verdict;
        self
    }

    pub(crate) const fn confidence(mut self, confidence: &'static str) -> Self {
        self.confidence = confidence;
        self
    }

    /// All violated policies, in chain order.
    pub(crate) const fn violations(mut self, violations: &'static [&'static str]) -> Self {
        self.violations = violations;
        self
    }

    fn toml(&self, out: &mut String) -> Result<()> {
        let text = serde_json::to_string::<str>;
        writeln!(out, "\n[[expect]]\nreleases = {}", serde_json::to_string(self.releases)?)?;
        writeln!(out, "certificate = {}", text(self.certificate)?)?;
        writeln!(out, "verdict = {}", text(self.verdict)?)?;
        writeln!(out, "confidence = {}", text(self.confidence)?)?;
        if let Some([policy, reason, message]) = self.trigger {
            writeln!(out, "policy = {}\nreason = {}\nmessage = {}", text(policy)?, text(reason)?, text(message)?)?;
        }
        if !self.violations.is_empty() {
            writeln!(out, "violations = {}", serde_json::to_string(self.violations)?)?;
        }
        Ok(())
    }
}

impl Case {
    pub(crate) const fn at(mut self, now: &'static str) -> Self {
        self.now = now;
        self
    }

    pub(crate) const fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    pub(crate) const fn flags(mut self, flags: &'static [(&'static str, &'static str)]) -> Self {
        self.flags = flags;
        self
    }

    /// The text of `expect.toml`.
    pub(crate) fn toml(&self) -> Result<String> {
        let mut out = format!("# {}\nnow = \"{}\"\n", self.why, self.now);
        if self.complete {
            out.push_str("complete = true\n");
        }
        if !self.flags.is_empty() {
            out.push_str("\n[flags]\n");
            for (name, value) in self.flags {
                writeln!(out, "{name} = {}", serde_json::to_string(value)?)?;
            }
        }
        for expect in &self.expect {
            expect.toml(&mut out)?;
        }
        Ok(out)
    }
}
