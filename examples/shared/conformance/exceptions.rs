//! Divergences that are kept on purpose: `testdata/conformance/exceptions.toml`.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use reissue_audit::release::Version;
use serde::Deserialize;

use super::facets::Difference;

/// Where they stand.
pub(crate) const FILE: &str = "testdata/conformance/exceptions.toml";

/// One of them: it holds for differences of this facet, whose texts are these; a `*` stands for any text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    facet: String,
    /// The first release.
    since: String,
    /// The last release.
    until: String,
    /// What cert-manager says.
    expected: String,
    /// What the engine says.
    actual: String,
    reason: String,
}

impl Exception {
    fn covers(&self, release: Version, difference: &Difference) -> bool {
        let bound = |text: &str| Version::parse(text).ok();
        bound(&self.since).is_some_and(|since| since <= release)
            && bound(&self.until).is_some_and(|until| release <= until)
            && self.facet == difference.facet
            && fits(&self.expected, &difference.expected)
            && fits(&self.actual, &difference.actual)
    }

    fn check(&self) -> Result<()> {
        let (since, until) = (Version::parse(&self.since)?, Version::parse(&self.until)?);
        ensure!(since <= until, "an exception ends before it begins: {self:?}");
        ensure!(!self.reason.trim().is_empty(), "an exception without a reason: {self:?}");
        Ok(())
    }
}

/// All of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exceptions {
    #[serde(default, rename = "exception")]
    list: Vec<Exception>,
}

impl Exceptions {
    /// Reads the committed file.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| path.display().to_string())
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let found: Self = toml::from_str(text)?;
        found.list.iter().try_for_each(Exception::check)?;
        Ok(found)
    }

    /// Which exception covers a difference.
    pub(crate) fn position(&self, release: Version, difference: &Difference) -> Option<usize> {
        self.list.iter().position(|exception| exception.covers(release, difference))
    }

    /// Those that covered nothing: they are no longer true. `seen` holds the positions of those that did.
    pub(crate) fn untrue(&self, seen: impl Fn(usize) -> bool) -> Vec<String> {
        let unseen = self.list.iter().enumerate().filter(|(position, _)| !seen(*position));
        unseen.map(|(_, exception)| format!("{exception:?}")).collect()
    }
}

/// Whether a text is as the pattern says.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    let ends = (0..=text.len()).filter(|&at| text.is_char_boundary(at));
    ends.map(|at| &text[at..]).any(|text| fits(rest, text))
}
