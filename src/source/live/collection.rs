//! Which collections there are, and their paths.

use crate::object::Kind;
use crate::object::kind::KINDS;

/// All objects of a kind under one API version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Collection {
    /// Their kind.
    pub(super) kind: Kind,
    /// `/api/v1` or `/apis/<group>/<version>`.
    base: String,
    plural: &'static str,
    /// `plural.group`, for people.
    pub(super) resource: String,
    /// Whether they live in namespaces.
    pub(super) namespaced: bool,
}

impl Collection {
    /// The collection of a kind in a group under a version.
    pub(super) fn new(kind: Kind, group: &str, version: &str) -> Self {
        let row = KINDS.iter().find(|row| row.kind == kind && row.group == group).unwrap_or(kind.row());
        let base = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        let resource = if group.is_empty() { row.plural.to_owned() } else { format!("{}.{group}", row.plural) };
        Self { kind, base, plural: row.plural, resource, namespaced: row.namespaced }
    }

    /// The path of the collection, in one namespace or in all of them.
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) => format!("{}/namespaces/{namespace}/{}", self.base, self.plural),
            None => format!("{}/{}", self.base, self.plural),
        }
    }

    /// The path of one object; the namespace is empty for objects of the cluster.
    pub(super) fn object(&self, namespace: &str, name: &str) -> String {
        let namespace = Some(namespace).filter(|_| self.namespaced);
        format!("{}/{name}", self.path(namespace))
    }
}

/// Puts a query together, escaped as a URL wants it.
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    let mut mark = '?';
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(mark);
        text.push_str(key);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b',') {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
        mark = '&';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_collections_and_objects() {
        let certificates = Collection::new(Kind::Certificate, "cert-manager.io", "v1");
        assert_eq!(certificates.path(None), "/apis/cert-manager.io/v1/certificates");
        assert_eq!(certificates.object("shop", "web"), "/apis/cert-manager.io/v1/namespaces/shop/certificates/web");
        let namespaces = Collection::new(Kind::Namespace, "", "v1");
        assert_eq!(namespaces.object("", "shop"), "/api/v1/namespaces/shop");
        let sets = Collection::new(Kind::ListenerSet, "gateway.networking.x-k8s.io", "v1alpha1");
        assert_eq!(sets.path(Some("shop")), "/apis/gateway.networking.x-k8s.io/v1alpha1/namespaces/shop/xlistenersets");
        assert_eq!(sets.resource, "xlistenersets.gateway.networking.x-k8s.io");
    }

    #[test]
    fn queries_are_escaped() {
        let query = with_query("/api", &[("labelSelector", "a in (b, c)"), ("continue", ""), ("limit", "5")]);
        assert_eq!(query, "/api?labelSelector=a%20in%20%28b,%20c%29&limit=5");
    }
}
