//! What a Velero release does differently (restore rules 3.2, 3.4; corrections A2).

use std::fmt;

use super::restore::RestoreSpec;
use crate::release::Version;

/// A Velero release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VeleroRelease(Version);

/// The newest release whose behaviour is known.
const NEWEST: Version = Version { major: 1, minor: 18, patch: 1 };

impl Default for VeleroRelease {
    fn default() -> Self {
        Self(NEWEST)
    }
}

impl fmt::Display for VeleroRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const CRDS: &str = "customresourcedefinitions.apiextensions.k8s.io";

impl VeleroRelease {
    /// Reads `v1.18.1`.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        Version::parse(text).map(Self).map_err(|_| format!("{text:?} is not a Velero version, such as {NEWEST}"))
    }

    const fn from(self, minor: u16, patch: u16) -> bool {
        self.0.minor > minor || (self.0.minor == minor && self.0.patch >= patch)
    }

    /// Whether the release is newer than those whose behaviour is known.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        self.0 > NEWEST
    }

    /// Whether a backup without filters excludes volume snapshots by name, so that it no longer counts as everything and
    /// holds no cluster-scoped objects (A2: seen at 1.17.2 and later, not at 1.16.2).
    #[must_use]
    pub const fn appends_snapshots_to_excludes(self) -> bool {
        self.from(17, 0)
    }

    /// Whether resource policies choose objects, too.
    #[must_use]
    pub const fn has_include_exclude_policy(self) -> bool {
        self.from(17, 0)
    }

    /// Whether the scoped filters exist (rules 2.3).
    #[must_use]
    pub const fn has_scoped_filters(self) -> bool {
        self.from(11, 0)
    }

    /// Whether globs in a backup's namespaces are expanded; before, an include with a glob found nothing.
    #[must_use]
    pub const fn expands_namespace_globs(self) -> bool {
        self.from(18, 0)
    }

    /// Whether namespaces with the exclude label are left out of backups.
    #[must_use]
    pub const fn heeds_namespace_label(self) -> bool {
        self.from(10, 0)
    }

    /// Whether a restore overwrites a status that cert-manager has written in the meantime.
    #[must_use]
    pub const fn retries_status(self) -> bool {
        self.from(16, 0)
    }

    /// Whether finalizers survive.
    #[must_use]
    pub const fn keeps_finalizers(self) -> bool {
        self.from(10, 2)
    }

    /// Whether CRDs are restored in a pass of their own, whatever the priorities.
    #[must_use]
    pub const fn restores_crds_first(self) -> bool {
        self.from(7, 0)
    }

    /// Whether the server's flag can name resources that come last.
    #[must_use]
    pub const fn has_low_priorities(self) -> bool {
        self.from(10, 0)
    }

    /// Whether a kind that the API server does not know is attempted, and fails; before, it was skipped without a word
    ///
    #[must_use]
    pub const fn attempts_unknown_kinds(self) -> bool {
        self.from(14, 0)
    }

    /// A Restore as this release understands it, and the fields that it does not know: the API server drops them (3.1, 3.4).
    #[must_use]
    pub fn understood(self, spec: &RestoreSpec) -> (RestoreSpec, Vec<&'static str>) {
        let mut known = spec.clone();
        let mut ignored = Vec::new();
        if !self.from(9, 0) {
            ignored.extend(known.restore_status.take().map(|_| "restoreStatus"));
            ignored.extend(known.existing_resource_policy.take().map(|_| "existingResourcePolicy"));
            if !std::mem::take(&mut known.or_label_selectors).is_empty() {
                ignored.push("orLabelSelectors");
            }
        }
        if !self.from(12, 0) {
            ignored.extend(known.resource_modifier.take().map(|_| "resourceModifier"));
        }
        (known, ignored)
    }

    /// The resources that are restored before all others, in order, as far as objects of these kinds are read.
    #[must_use]
    pub fn high_priorities(self) -> &'static [&'static str] {
        if self.from(3, 0) {
            &[CRDS, "namespaces", "secrets", "pods"]
        } else {
            &["namespaces", "secrets", "pods", CRDS]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_turn_at_their_releases() {
        type Switch = fn(VeleroRelease) -> bool;
        const ROWS: &[(Switch, &str, &str)] = &[
            (VeleroRelease::appends_snapshots_to_excludes, "v1.16.2", "v1.17.0"),
            (VeleroRelease::has_include_exclude_policy, "v1.16.2", "v1.17.0"),
            (VeleroRelease::has_scoped_filters, "v1.10.3", "v1.11.0"),
            (VeleroRelease::expands_namespace_globs, "v1.17.2", "v1.18.0"),
            (VeleroRelease::heeds_namespace_label, "v1.9.7", "v1.10.0"),
            (VeleroRelease::retries_status, "v1.15.2", "v1.16.0"),
            (VeleroRelease::keeps_finalizers, "v1.10.1", "v1.10.2"),
            (VeleroRelease::restores_crds_first, "v1.6.3", "v1.7.0"),
            (VeleroRelease::has_low_priorities, "v1.9.7", "v1.10.0"),
            (VeleroRelease::attempts_unknown_kinds, "v1.13.2", "v1.14.0"),
            (VeleroRelease::is_unknown, "v1.18.1", "v1.18.2"),
        ];
        for (switch, before, after) in ROWS {
            let of = |text: &str| switch(VeleroRelease::parse(text).unwrap());
            assert!(!of(before) && of(after), "{before} {after}");
        }
        let full: RestoreSpec = serde_saphyr::from_str(
            "{backupName: b, restoreStatus: {}, existingResourcePolicy: update, resourceModifier: {kind: configmap, name: m}}",
        )
        .unwrap();
        let ignored = |text: &str| VeleroRelease::parse(text).unwrap().understood(&full).1;
        assert_eq!(ignored("v1.8.3"), ["restoreStatus", "existingResourcePolicy", "resourceModifier"]);
        assert_eq!(ignored("v1.11.1"), ["resourceModifier"]);
        assert!(ignored("v1.12.0").is_empty());
        assert_eq!(VeleroRelease::default().to_string(), crate::plan::VELERO);
    }
}
