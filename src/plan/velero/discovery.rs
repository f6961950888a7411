//! How names of resources in Velero's and kubectl's lists are found by API discovery (R-10, R-56).

use crate::object::Kind;
use crate::object::kind::KINDS;

/// Short names that the API server or a CRD gives a kind (`spec.names` of cert-manager's CRDs; those of Issuers came with
/// 1.18).
const SHORT: &[(Kind, &[&str])] = &[
    (Kind::Certificate, &["cert", "certs"]),
    (Kind::CertificateRequest, &["cr", "crs"]),
    (Kind::Issuer, &["iss"]),
    (Kind::ClusterIssuer, &["ciss"]),
    (Kind::Ingress, &["ing"]),
    (Kind::Gateway, &["gtw"]),
    (Kind::Namespace, &["ns"]),
    (Kind::Event, &["ev"]),
    (Kind::SigningRequest, &["csr"]),
    (Kind::Crd, &["crd", "crds"]),
    (Kind::Deployment, &["deploy"]),
    (Kind::Pod, &["po"]),
];

/// The kind that a name means where every kind is known: plural, singular or short, in any case, alone or with a group or
/// the beginning of one.
#[must_use]
pub fn kind_of(name: &str) -> Option<Kind> {
    let name = name.to_lowercase();
    let (resource, group) = name.split_once('.').unwrap_or((&name, ""));
    let is_short = |kind: Kind| SHORT.iter().any(|(known, short)| *known == kind && short.contains(&resource));
    let is_named = |row: &&crate::object::kind::KindRow| {
        let by_name = row.plural == resource || row.name.eq_ignore_ascii_case(resource) || is_short(row.kind);
        // The old names of a kind are not served any more.
        by_name && row.group == row.kind.row().group
    };
    KINDS.iter().filter(is_named).find(|row| row.group == group || row.group.starts_with(group)).map(|row| row.kind)
}

/// An entry of a list of resources as Velero uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Found: `plural.group`.
    Found(String),
    /// Not found, and kept as it stands: it matches literally, or as a glob.
    Kept(String),
    /// Not found because the kind is not there yet, and kept as it stands (R-56).
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
    fn r10_names_are_found_in_every_spelling() {
        const ROWS: &[(&str, Option<Kind>)] = &[
            ("certificates.cert-manager.io", Some(Kind::Certificate)),
            ("Certificates", Some(Kind::Certificate)),
            ("certificate", Some(Kind::Certificate)),
            ("cert", Some(Kind::Certificate)),
            ("cert.cert-manager.io", Some(Kind::Certificate)),
            ("orders.acme", Some(Kind::Order)),
            ("orders.acme.cert-manager.io", Some(Kind::Order)),
            ("orders.cert-manager.io", None),
            ("secrets", Some(Kind::Secret)),
            ("secret", Some(Kind::Secret)),
            ("ing", Some(Kind::Ingress)),
            ("ingresses.networking.k8s.io", Some(Kind::Ingress)),
            ("configmaps", None),
            ("*.cert-manager.io", None),
            ("issuers", Some(Kind::Issuer)),
            ("clusterissuer", Some(Kind::ClusterIssuer)),
        ];
        for (name, kind) in ROWS {
            assert_eq!(kind_of(name), *kind, "{name}");
        }
    }

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
