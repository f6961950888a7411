//! The names under which people, kubectl and Velero speak of kinds (R-10).

use super::kind::{KINDS, Kind, KindRow};

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
    let is_named = |row: &&KindRow| {
        let by_name = row.plural == resource || row.name.eq_ignore_ascii_case(resource) || is_short(row.kind);
        // The old names of a kind are not served any more.
        by_name && row.group == row.kind.row().group
    };
    KINDS.iter().filter(is_named).find(|row| row.group == group || row.group.starts_with(group)).map(|row| row.kind)
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
}
