//! `.reissue-audit.yaml`: severities, findings to ignore, and keys that are pinned somewhere.
//!
//! The published schema is `docs/config.schema.json`; docs/configuration.md tells the same to people.

mod apply;
mod file;

pub use apply::{Labels, Note, apply};
pub use file::{ConfigError, read};

use std::collections::BTreeMap;

use globset::GlobMatcher;
use jiff::civil::Date;

use crate::object::NamespacedName;
use crate::rule::Severity;

/// The name under which a configuration is found in the current directory.
pub const FILE: &str = ".reissue-audit.yaml";

/// A configuration, checked.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file as it was named; empty without one.
    pub file: String,
    /// Severities by rule id.
    pub severities: BTreeMap<String, Severity>,
    /// Findings to ignore.
    pub ignore: Vec<Ignore>,
    /// Keys that somebody relies on.
    pub pinned: Vec<Pinned>,
}

/// Findings to ignore: those that fit everything that the entry names, which is one thing at least.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The line of the entry, from 1.
    pub line: u64,
    /// A finding's id.
    pub id: Option<String>,
    /// A rule's id.
    pub rule: Option<String>,
    /// The namespace of the finding's object.
    pub namespace: Option<GlobMatcher>,
    /// The name of the finding's object.
    pub name: Option<GlobMatcher>,
    /// Labels that the finding's object has.
    pub labels: BTreeMap<String, String>,
    /// Why.
    pub reason: String,
    /// The last day, in UTC, on which the entry holds.
    pub expires: Option<Date>,
}

/// A key that somebody outside of the cluster relies on, such as a pin in an app or a TLSA record.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// The namespace of the Certificate.
    pub namespace: Option<GlobMatcher>,
    /// The name of the Certificate.
    pub name: Option<GlobMatcher>,
    /// SHA-256 over the SubjectPublicKeyInfo (RFC 7469, section 2.4), in lower-case hex.
    pub public_key_sha256: Option<String>,
    /// Who relies on it.
    pub reason: String,
}

impl Pinned {
    /// Whether a Certificate, and the fingerprint of its key in lower-case hex, fit everything that the entry names.
    #[must_use]
    pub fn fits(&self, certificate: &NamespacedName, public_key_sha256: Option<&str>) -> bool {
        let fits = |glob: &Option<GlobMatcher>, text: &str| glob.as_ref().is_none_or(|glob| glob.is_match(text));
        fits(&self.namespace, &certificate.namespace)
            && fits(&self.name, &certificate.name)
            && self.public_key_sha256.as_deref().is_none_or(|wanted| public_key_sha256 == Some(wanted))
    }
}
