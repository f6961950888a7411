//! When the shim puts its own spec back over a Certificate that it made (rules 6.4).

use crate::object::Certificate;
use crate::object::certificate::PrivateKeySpec;
use crate::release::Version;

/// Whether what the shim made differs from what its Ingress or Gateway asks for now, in what the release compares.
pub(crate) fn needs_update(existing: &Certificate, wanted: &Certificate, version: Version) -> bool {
    let (a, b) = (&existing.spec, &wanted.spec);
    let always = existing.metadata.labels != wanted.metadata.labels
        || a.common_name != b.common_name
        || a.dns_names != b.dns_names
        || a.secret_name != b.secret_name
        || a.issuer_ref.name != b.issuer_ref.name
        || a.issuer_ref.kind != b.issuer_ref.kind;
    let from_1_9 = a.revision_history_limit != b.revision_history_limit
        || keys_differ(a.private_key.as_deref(), b.private_key.as_deref());
    let from_1_20 = a.duration != b.duration || a.renew_before != b.renew_before;
    always || (version.minor >= 9 && from_1_9) || (version.minor >= 20 && from_1_20)
}

/// An absent key spec is an empty one; the size of an Ed25519 key says nothing.
fn keys_differ(a: Option<&PrivateKeySpec>, b: Option<&PrivateKeySpec>) -> bool {
    let nothing = PrivateKeySpec::default();
    let (a, b) = (a.unwrap_or(&nothing), b.unwrap_or(&nothing));
    a.algorithm != b.algorithm
        || a.encoding != b.encoding
        || a.rotation_policy != b.rotation_policy
        || (&*a.algorithm != "Ed25519" && a.size != b.size)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn certificate(spec: Value) -> Certificate {
        serde_json::from_value(json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": spec})).unwrap()
    }

    #[test]
    fn rules_6_4_what_each_release_compares() {
        let newest = Version::parse("v1.21.2").unwrap();
        let made = certificate(json!({"dnsNames": ["a", "b"]}));
        for (spec, oldest) in [
            (json!({"dnsNames": ["b", "a"]}), "v1.8.2"),
            (json!({"dnsNames": ["a", "b"], "commonName": "a"}), "v1.8.2"),
            (json!({"dnsNames": ["a", "b"], "privateKey": {"size": 4096}}), "v1.9.2"),
            (json!({"dnsNames": ["a", "b"], "duration": "1h"}), "v1.20.3"),
        ] {
            let wanted = certificate(spec);
            assert!(needs_update(&made, &wanted, newest), "{wanted:?}");
            assert!(needs_update(&made, &wanted, Version::parse(oldest).unwrap()), "{wanted:?}");
            let before = Version { minor: Version::parse(oldest).unwrap().minor - 1, ..newest };
            assert_eq!(needs_update(&made, &wanted, before), oldest == "v1.8.2", "{wanted:?}");
        }
        // Not compared: usages, addresses; and the size of a key that has none.
        let same = certificate(json!({"dnsNames": ["a", "b"], "usages": ["client auth"], "ipAddresses": ["10.0.0.1"]}));
        assert!(!needs_update(&made, &same, newest));
        let ed25519 = |size: i32| certificate(json!({"privateKey": {"algorithm": "Ed25519", "size": size}}));
        assert!(!needs_update(&ed25519(0), &ed25519(1), newest));
    }
}
