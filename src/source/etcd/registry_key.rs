//! The keys under which an API server stores objects (Kubernetes `pkg/kubeapiserver/default_storage_factory_builder.go`).
//!
//! Everything is below the server's `--etcd-prefix`, which can be anything, so keys are matched from their end. What looks
//! like an object that matters and is another is told by its value.

use crate::object::Kind;
use crate::object::kind::{KINDS, KindRow};

/// What a key tells of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RegistryKey<'k> {
    /// The kind.
    pub(super) kind: Kind,
    /// The namespace; empty for objects of the cluster.
    pub(super) namespace: &'k str,
    /// The name.
    pub(super) name: &'k str,
}

/// The folder of a kind: custom resources and their definitions have their group in it, other kinds have not.
fn folder(row: &KindRow) -> (Option<&'static str>, &'static str) {
    match row.kind {
        // Older than its group, and named as it was then.
        Kind::Ingress => (None, "ingress"),
        Kind::Secret | Kind::Namespace | Kind::Event | Kind::SigningRequest | Kind::Deployment | Kind::Pod => {
            (None, row.plural)
        }
        _ => (Some(row.group), row.plural),
    }
}

/// Reads a key; `None` when its object decides nothing here.
pub(super) fn parse(key: &[u8]) -> Option<RegistryKey<'_>> {
    let key = std::str::from_utf8(key).ok()?;
    let mut parts = key.rsplit('/');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let [second, third, fourth] = [(); 3].map(|()| parts.next());
    let second = second.filter(|part| !part.is_empty())?;
    KINDS.iter().find_map(|row| {
        let (group, plural) = folder(row);
        let (namespace, found) = if row.namespaced { (second, [fourth, third]) } else { ("", [third, Some(second)]) };
        let fits = found[1] == Some(plural) && (group.is_none() || group == found[0]);
        fits.then_some(RegistryKey { kind: row.kind, namespace, name })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn key(kind: Kind, namespace: &'static str, name: &'static str) -> Option<RegistryKey<'static>> {
        Some(RegistryKey { kind, namespace, name })
    }

    const KEYS: [(&str, Option<RegistryKey<'static>>); 24] = [
        ("/registry/secrets/shop/web-tls", key(Kind::Secret, "shop", "web-tls")),
        ("/kubernetes.io/secrets/shop/web-tls", key(Kind::Secret, "shop", "web-tls")),
        ("/a/b/c/secrets/shop/web-tls", key(Kind::Secret, "shop", "web-tls")),
        ("secrets/shop/web-tls", key(Kind::Secret, "shop", "web-tls")),
        ("/registry/namespaces/shop", key(Kind::Namespace, "", "shop")),
        ("/registry/ingress/shop/web", key(Kind::Ingress, "shop", "web")),
        ("/registry/deployments/cert-manager/cert-manager", key(Kind::Deployment, "cert-manager", "cert-manager")),
        ("/registry/pods/shop/web-0", key(Kind::Pod, "shop", "web-0")),
        ("/registry/events/shop/web.17a", key(Kind::Event, "shop", "web.17a")),
        ("/registry/certificatesigningrequests/csr-1", key(Kind::SigningRequest, "", "csr-1")),
        ("/registry/cert-manager.io/certificates/shop/web", key(Kind::Certificate, "shop", "web")),
        ("/registry/certmanager.k8s.io/certificates/shop/web", key(Kind::Certificate, "shop", "web")),
        ("/registry/cert-manager.io/certificaterequests/shop/web-1", key(Kind::CertificateRequest, "shop", "web-1")),
        ("/registry/cert-manager.io/clusterissuers/letsencrypt", key(Kind::ClusterIssuer, "", "letsencrypt")),
        ("/registry/acme.cert-manager.io/orders/shop/web-1-7", key(Kind::Order, "shop", "web-1-7")),
        ("/registry/gateway.networking.k8s.io/gateways/shop/web", key(Kind::Gateway, "shop", "web")),
        (
            "/registry/apiextensions.k8s.io/customresourcedefinitions/orders.acme.cert-manager.io",
            key(Kind::Crd, "", "orders.acme.cert-manager.io"),
        ),
        ("/registry/example.com/certificates/shop/web", None),
        ("/registry/configmaps/shop/web", None),
        ("/registry/secrets/shop/", None),
        ("/registry/secrets//web", None),
        ("/registry/secrets", None),
        ("compact_rev_key", None),
        ("", None),
    ];

    #[test]
    fn keys_are_told_by_their_end() {
        for (text, expected) in KEYS {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse(b"/registry/secrets/shop/\xff"), None);
    }
}
