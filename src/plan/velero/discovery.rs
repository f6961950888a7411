//! How names of resources in Velero's and kubectl's lists are found by API discovery.

use crate::object::Kind;
use crate::object::resource_name::kind_of;

/// An entry of a list of resources as Velero uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Found: `plural.group`.
    Found(String),
    /// Not found, and kept as it stands: it matches literally, or as a glob.
    Kept(String),
    /// Not found because the kind is not there yet, and kept as it stands.
    TooEarly {
        /// The entry.
        entry: String,
        /// What it would mean.
        kind: Kind,
    },
}

impl Resolved {
    /// The text that is compared.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Found(text) | Self::Kept(text) | Self::TooEarly { entry: text, .. } => text,
        }
    }
}

/// Resolves an entry; `served` tells which kinds the API server knows at that moment.
pub fn resolve(entry: &str, served: impl Fn(Kind) -> bool) -> Resolved {
    match kind_of(entry) {
        Some(kind) if served(kind) => Resolved::Found(kind.resource()),
        Some(kind) if entry != kind.resource() => Resolved::TooEarly { entry: entry.to_owned(), kind },
        _ => Resolved::Kept(entry.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r56_a_name_that_is_not_served_yet_stays_a_text() {
        let nothing = |_: Kind| false;
        assert_eq!(resolve("cert", |_| true), Resolved::Found("certificates.cert-manager.io".into()));
        assert_eq!(resolve("cert", nothing), Resolved::TooEarly { entry: "cert".into(), kind: Kind::Certificate });
        // The full name matches whether it is found or not.
        let full = "certificates.cert-manager.io";
        assert_eq!(resolve(full, nothing), Resolved::Kept(full.into()));
        assert_eq!(resolve("*.cert-manager.io", |_| true), Resolved::Kept("*.cert-manager.io".into()));
    }
}
