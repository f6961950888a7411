//! Reading the file: every mistake has a place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Config, Ignore, Pinned};
use crate::release::closest;
use crate::rule::{self, Severity};
use crate::yaml_file::{self, Mistake};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {error}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Something in it is wrong.
    #[error(transparent)]
    Malformed(#[from] Mistake),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Document {
    severities: BTreeMap<String, Spanned<String>>,
    ignore: Vec<Spanned<IgnoreEntry>>,
    pinned: Vec<Spanned<PinnedEntry>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct IgnoreEntry {
    id: Option<String>,
    rule: Option<Spanned<String>>,
    namespace: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    labels: BTreeMap<String, String>,
    reason: String,
    expires: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct PinnedEntry {
    namespace: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    public_key_sha256: Option<Spanned<String>>,
    reason: String,
}

/// Reads a configuration.
///
/// # Errors
/// [`ConfigError`] when the file cannot be read, has a key that is not known, names a rule or severity that does not exist, or
/// ignores something without a reason.
pub fn read(path: &Path) -> Result<Config, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
    parse(&path.display().to_string(), &text)
}

/// The configuration in a text; `file` is what errors call it.
pub(super) fn parse(file: &str, text: &str) -> Result<Config, ConfigError> {
    let place = Place { file };
    // A file of comments is a file without settings.
    let document: Option<Document> = yaml_file::parse(file, text)?;
    let document = document.unwrap_or_default();
    let mut config = Config { file: file.to_owned(), ..Config::default() };
    for (rule, severity) in document.severities {
        place.known_rule(&rule, &severity)?;
        let parsed = Severity::parse(&severity.value).ok_or_else(|| {
            let known = Severity::ALL.map(Severity::as_str).join(", ");
            place.wrong(&severity, format!("{:?} is not a severity; known are {known}", severity.value))
        })?;
        config.severities.insert(rule, parsed);
    }
    config.ignore = document.ignore.into_iter().map(|entry| place.ignore(entry)).collect::<Result<_, _>>()?;
    config.pinned = document.pinned.into_iter().map(|entry| place.pinned(entry)).collect::<Result<_, _>>()?;
    Ok(config)
}

/// Tells where something is wrong.
struct Place<'a> {
    file: &'a str,
}

impl Place<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, message: String) -> ConfigError {
        let (line, column) = (at.referenced.line(), at.referenced.column());
        Mistake { file: self.file.to_owned(), line, column, message }.into()
    }

    fn known_rule<T>(&self, rule: &str, at: &Spanned<T>) -> Result<(), ConfigError> {
        if rule::rule(rule).is_some() {
            return Ok(());
        }
        let meant = closest(rule, rule::TABLE.iter().map(|rule| rule.id));
        let hint = meant
            .map_or_else(|| "`reissue-audit rules` lists them".to_owned(), |meant| format!("did you mean {meant}?"));
        Err(self.wrong(at, format!("there is no rule {rule:?}; {hint}")))
    }

    fn glob(&self, text: Option<&Spanned<String>>) -> Result<Option<GlobMatcher>, ConfigError> {
        let Some(text) = text else { return Ok(None) };
        let glob = GlobBuilder::new(&text.value).literal_separator(true).build();
        glob.map(|glob| Some(glob.compile_matcher())).map_err(|error| self.wrong(text, error.to_string()))
    }

    fn ignore(&self, spanned: Spanned<IgnoreEntry>) -> Result<Ignore, ConfigError> {
        let entry = &spanned.value;
        let named = [&entry.rule, &entry.namespace, &entry.name].into_iter().any(Option::is_some);
        if !named && entry.id.is_none() && entry.labels.is_empty() {
            let message = "an ignore entry names at least one of id, rule, namespace, name and labels";
            return Err(self.wrong(&spanned, message.to_owned()));
        }
        if entry.reason.trim().is_empty() {
            return Err(self.wrong(&spanned, "an ignore entry needs a reason".to_owned()));
        }
        if let Some(rule) = &entry.rule {
            self.known_rule(&rule.value, rule)?;
        }
        let day = |text: &Spanned<String>| {
            let wrong = |_| self.wrong(text, format!("{:?} is not a day, such as 2027-03-31", text.value));
            text.value.parse::<Date>().map_err(wrong)
        };
        let expires = entry.expires.as_ref().map(day).transpose()?;
        let (namespace, name) = (self.glob(entry.namespace.as_ref())?, self.glob(entry.name.as_ref())?);
        let line = spanned.referenced.line();
        let IgnoreEntry { id, rule, labels, reason, .. } = spanned.value;
        Ok(Ignore { line, id, rule: rule.map(|rule| rule.value), namespace, name, labels, reason, expires })
    }

    fn pinned(&self, spanned: Spanned<PinnedEntry>) -> Result<Pinned, ConfigError> {
        let entry = &spanned.value;
        let hash = entry.public_key_sha256.as_ref();
        if entry.name.is_none() && entry.namespace.is_none() && hash.is_none() {
            let message = "a pinned entry names at least one of namespace, name and publicKeySha256";
            return Err(self.wrong(&spanned, message.to_owned()));
        }
        if entry.reason.trim().is_empty() {
            return Err(self.wrong(&spanned, "a pinned entry needs a reason: who relies on the key".to_owned()));
        }
        if let Some(hash) = hash.filter(|hash| !is_sha256(&hash.value)) {
            return Err(self.wrong(hash, format!("{:?} is not 64 hexadecimal digits", hash.value)));
        }
        Ok(Pinned {
            namespace: self.glob(entry.namespace.as_ref())?,
            name: self.glob(entry.name.as_ref())?,
            public_key_sha256: hash.map(|hash| hash.value.to_lowercase()),
            reason: spanned.value.reason,
        })
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
