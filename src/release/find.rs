//! Finds the profile to judge by, and says what had to be assumed.

use std::fmt;

use super::profile::release;
use super::table::{ROWS, Row};
use super::{NotAVersion, Release, Version};

/// The oldest release that the rules cover.
const OLDEST: Version = Version::v1(8, 0);

/// A release that was asked for, and the profile that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What was asked for.
    pub asked: Version,
    /// The profile to judge by; its version may be another one, and `note` then says so.
    pub release: Release,
    /// What had to be assumed.
    pub note: Option<ReleaseNote>,
}

/// What had to be assumed to find a profile; `Display` is a sentence for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseNote {
    /// A pre-release is judged as the release that followed.
    PreRelease {
        /// The version as written.
        text: String,
        /// The release that stands for it.
        used: Version,
    },
    /// A patch release newer than this tool knows.
    UnknownPatch {
        /// What was asked for.
        asked: Version,
        /// The release that stands for it.
        used: Version,
    },
    /// A minor release newer than this tool knows: its rules may be other ones.
    UnknownMinor {
        /// What was asked for.
        asked: Version,
        /// The release that stands for it.
        used: Version,
    },
}

impl ReleaseNote {
    /// Whether the note must stand where nobody overlooks it: every verdict may be wrong.
    #[must_use]
    pub const fn is_loud(&self) -> bool {
        matches!(self, Self::UnknownMinor { .. })
    }
}

impl fmt::Display for ReleaseNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreRelease { text, used } => {
                write!(f, "cert-manager {text} is a pre-release and is judged as {used}.")
            }
            Self::UnknownPatch { asked, used } => write!(
                f,
                "cert-manager {asked} is newer than this tool knows; it is judged as {used}, the newest known patch \
                 release of its minor."
            ),
            Self::UnknownMinor { asked, used } => write!(
                f,
                "WARNING: cert-manager {asked} is a minor release that this tool does not know. It is judged as \
                 {used}, the newest known one; its rules may have changed, so that every verdict may be wrong."
            ),
        }
    }
}

/// A version that cannot be judged by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// Older than the rules reach.
    #[error(
        "cert-manager {version} is older than {OLDEST}, the first release whose rules are known: upgrade it first, or \
         judge by the release you will upgrade to"
    )]
    TooOld {
        /// The version.
        version: Version,
    },
    /// Not a version.
    #[error(transparent)]
    NotAVersion(#[from] NotAVersion),
}

/// Finds the profile of a release.
///
/// # Errors
/// [`ReleaseError::TooOld`] below v1.8.0.
pub fn find(version: Version) -> Result<Found, ReleaseError> {
    if version < OLDEST {
        return Err(ReleaseError::TooOld { version });
    }
    let of_minor =
        ROWS.iter().rfind(|row| version.major == 1 && row.minor == version.minor && row.patch <= version.patch);
    let used = of_minor.unwrap_or(&NEWEST);
    let mut release = release(used);
    release.go_assumed = release.version != version;
    let (asked, used) = (version, release.version);
    let note = match of_minor {
        None => Some(ReleaseNote::UnknownMinor { asked, used }),
        Some(_) => release.go_assumed.then_some(ReleaseNote::UnknownPatch { asked, used }),
    };
    Ok(Found { asked: version, release, note })
}

/// Finds the profile of a release given as text; a pre-release is judged as the release that followed.
///
/// # Errors
/// [`ReleaseError`] for a text that is no version, or one below v1.8.0.
pub fn find_text(text: &str) -> Result<Found, ReleaseError> {
    let mut found = find(Version::parse(text)?)?;
    if Version::pre_release(text).is_some() && found.asked == found.release.version {
        found.note = Some(ReleaseNote::PreRelease { text: text.trim().to_owned(), used: found.release.version });
    }
    Ok(found)
}

const NEWEST: Row = ROWS[ROWS.len() - 1];

/// The newest known release.
#[must_use]
pub fn newest() -> Release {
    release(&NEWEST)
}

/// All known releases, oldest first.
pub fn all() -> impl Iterator<Item = Release> {
    ROWS.iter().map(release)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::GoVersion;

    #[test]
    fn every_patch_release_is_there_once_and_in_order() {
        let versions: Vec<Version> = all().map(|r| r.version).collect();
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(versions.first(), Some(&Version::v1(8, 0)));
        assert_eq!(newest().version, Version::v1(21, 2));
        for pair in versions.windows(2) {
            let next_patch = pair[0].minor == pair[1].minor && pair[0].patch + 1 == pair[1].patch;
            let next_minor = pair[0].minor + 1 == pair[1].minor && pair[1].patch == 0;
            assert!(next_patch || next_minor, "gap between {} and {}", pair[0], pair[1]);
        }
    }

    type Pair = (u16, u16);

    /// Releases whose binaries were looked at: minor, patch, go line, Go of the images.
    const CONFIRMED: [(u16, u16, Pair, Pair); 19] = [
        (8, 2, (17, 0), (17, 11)),
        (9, 2, (18, 0), (18, 8)),
        (10, 2, (19, 0), (19, 4)),
        (11, 5, (19, 0), (19, 12)),
        (12, 3, (20, 0), (20, 6)),
        (12, 14, (21, 0), (21, 13)),
        (13, 1, (20, 0), (20, 8)),
        (13, 6, (20, 0), (21, 9)),
        (14, 7, (21, 0), (21, 11)),
        (15, 5, (22, 0), (22, 10)),
        (16, 5, (23, 8), (23, 8)),
        (17, 4, (23, 10), (23, 10)),
        (18, 2, (23, 0), (24, 4)),
        (18, 6, (24, 0), (24, 13)),
        (19, 0, (25, 0), (25, 1)),
        (19, 5, (25, 0), (25, 9)),
        (20, 3, (25, 0), (26, 4)),
        (21, 0, (26, 0), (26, 5)),
        (21, 1, (26, 0), (26, 5)),
    ];

    #[test]
    fn the_go_numbers_are_those_of_the_binaries() {
        for (minor, patch, line, toolchain) in CONFIRMED {
            let found = find(Version::v1(minor, patch)).unwrap();
            let go = found.release.decoder.go;
            assert_eq!(go.line, GoVersion::new(line.0, line.1), "go line of 1.{minor}.{patch}");
            assert_eq!(go.toolchain, GoVersion::new(toolchain.0, toolchain.1), "toolchain of 1.{minor}.{patch}");
            assert_eq!(found.note, None, "1.{minor}.{patch}");
        }
    }

    type Expected = Result<(Pair, &'static str), &'static str>;

    /// Asked, used, a word of the note.
    const ASKED: [(&str, Expected); 10] = [
        ("v1.17.4", Ok(((17, 4), ""))),
        ("v1.21.2", Ok(((21, 2), ""))),
        ("v1.17.9", Ok(((17, 4), "newer than this tool knows"))),
        ("v1.8.7", Ok(((8, 2), "newer than this tool knows"))),
        ("v1.22.0", Ok(((21, 2), "WARNING"))),
        ("v2.0.0", Ok(((21, 2), "WARNING"))),
        ("v1.18.0-alpha.0", Ok(((18, 0), "pre-release"))),
        ("v1.22.0-beta.0", Ok(((21, 2), "WARNING"))),
        ("v1.7.3", Err("older than v1.8.0")),
        ("newest", Err("not a cert-manager version")),
    ];

    #[test]
    fn what_is_not_known_is_said() {
        for (text, want) in ASKED {
            match (find_text(text), want) {
                (Ok(found), Ok(((minor, patch), word))) => {
                    assert_eq!(found.release.version, Version::v1(minor, patch), "{text}");
                    let note = found.note.as_ref().map(ToString::to_string).unwrap_or_default();
                    assert_eq!(note.is_empty(), word.is_empty(), "{text}: {note}");
                    assert!(note.contains(word), "{text}: {note}");
                    assert_eq!(found.release.go_assumed, !matches!(word, "" | "pre-release"), "{text}");
                    assert_eq!(found.note.is_some_and(|n| n.is_loud()), word == "WARNING", "{text}");
                }
                (Err(error), Err(word)) => assert!(error.to_string().contains(word), "{text}: {error}"),
                (found, want) => panic!("{text}: {found:?}, not {want:?}"),
            }
        }
    }
}
