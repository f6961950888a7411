//! Version numbers as cert-manager's tags and image tags spell them.

use std::fmt;
use std::str::FromStr;

/// A cert-manager version, e.g. v1.17.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Major
    pub major: u16,
    /// Minor
    pub minor: u16,
    /// Patch
    pub patch: u16,
}

/// A text that is not a version of three numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a cert-manager version, such as v1.17.4")]
pub struct NotAVersion {
    /// The text as it was given.
    pub text: String,
}

impl Version {
    /// Version 1.`minor`.`patch`.
    #[must_use]
    pub const fn v1(minor: u16, patch: u16) -> Self {
        Self { major: 1, minor, patch }
    }

    /// Reads `v1.17.4`, `1.17.4` or `v1.18.0-alpha.0`; what follows the third number (semver 2.0, 9 and 10) is cut off.
    ///
    /// # Errors
    /// [`NotAVersion`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAVersion> {
        Self::split(text).map(|(version, _)| version).ok_or_else(|| NotAVersion { text: text.to_owned() })
    }

    /// The pre-release part of a version text: `alpha.0` of `v1.18.0-alpha.0`.
    #[must_use]
    pub fn pre_release(text: &str) -> Option<&str> {
        Self::split(text)?.1
    }

    fn split(text: &str) -> Option<(Self, Option<&str>)> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(before, _)| before);
        let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
        let mut parts = numbers.split('.').map(number);
        let version = Self { major: parts.next()??, minor: parts.next()??, patch: parts.next()?? };
        if parts.next().is_some() || pre.is_some_and(str::is_empty) {
            return None;
        }
        Some((version, pre))
    }
}

fn number(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        Self::parse(text)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Numbers = (u16, u16, u16);

    const TEXTS: [(&str, Option<Numbers>, Option<&str>); 12] = [
        ("v1.17.4", Some((1, 17, 4)), None),
        ("1.17.4", Some((1, 17, 4)), None),
        (" v1.17.4\n", Some((1, 17, 4)), None),
        ("v1.18.0-alpha.0", Some((1, 18, 0)), Some("alpha.0")),
        ("v1.18.0+build.7", Some((1, 18, 0)), None),
        ("v1.18.0-beta.1+build.7", Some((1, 18, 0)), Some("beta.1")),
        ("1.17", None, None),
        ("1.17.4.1", None, None),
        ("v1.+1.0", None, None),
        ("v1.99999999.0", None, None),
        ("v1.18.0-", None, None),
        ("latest", None, None),
    ];

    #[test]
    fn versions_are_read() {
        for (text, numbers, pre) in TEXTS {
            let want = numbers.map(|(major, minor, patch)| Version { major, minor, patch });
            assert_eq!(Version::parse(text).ok(), want, "{text}");
            assert_eq!(Version::pre_release(text), pre, "{text}");
        }
        assert_eq!(Version::v1(9, 2).to_string(), "v1.9.2");
        assert!(Version::v1(9, 2) < Version::v1(10, 0), "minors are numbers");
    }
}
