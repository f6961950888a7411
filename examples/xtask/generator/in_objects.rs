//! Mutations of the Secret and of other Certificates.

use serde_json::json;

use super::case::{Secret, text};
use super::mutation::Bench;

/// Annotations of the Secret: other, empty, absent.
pub(crate) fn annotations(b: &mut Bench) {
    let Some(secret) = &mut b.case.secret else {
        return;
    };
    if b.random.one_in(6) {
        secret.annotations.clear();
        return;
    }
    for _ in 0..1 + b.random.below(3) {
        let (key, values) = b.random.choose(&[
            ("issuer-name", &["ca", "other", "vault", "\"quoted\"\n\u{7f}é", ""][..]),
            ("issuer-kind", &["Issuer", "ClusterIssuer", "", "issuer", "AWSPCAIssuer"]),
            ("issuer-group", &["cert-manager.io", "", "awspca.cert-manager.io", "CERT-MANAGER.IO"]),
            ("certificate-name", &["web", "other", "", "Web", "wéb\t"]),
        ]);
        let key = format!("cert-manager.io/{key}");
        if b.random.one_in(3) {
            secret.annotations.remove(&key);
        } else {
            secret.annotations.insert(key, b.random.pick(values).into());
        }
    }
}

pub(crate) fn missing_data(b: &mut Bench) {
    let Some(secret) = &mut b.case.secret else {
        return;
    };
    match b.random.below(8) {
        0 => secret.no_data = true,
        1 => secret.without = vec!["tls.key", "tls.crt"],
        2 => secret.without = vec!["tls.key"],
        3 => secret.without = vec!["tls.crt"],
        4 => drop(secret.data.insert("tls.key".to_owned(), Vec::new())),
        5 => drop(secret.data.insert("tls.crt".to_owned(), Vec::new())),
        6 => {
            secret.without = vec!["tls.key", "tls.crt"];
            secret.data.insert("ca.crt".to_owned(), b"x".to_vec());
        }
        _ => drop(secret.data.insert("ca.crt".to_owned(), b"not a certificate".to_vec())),
    }
}

pub(crate) fn no_secret(b: &mut Bench) {
    if b.random.one_in(2) {
        b.case.secret = None;
    } else {
        b.case.certificate["spec"]["secretName"] = b.random.pick(&["other-tls", "web-tls-2"]).into();
    }
}

/// The label of the filtered cache, and its gate.
pub(crate) fn fao(b: &mut Bench) {
    let secret = b.case.secret.get_or_insert_with(Secret::default);
    let label = "controller.cert-manager.io/fao".to_owned();
    match b.random.below(5) {
        0 => drop(secret.labels.remove(&label)),
        choice => drop(secret.labels.insert(label, ["false", "", "True", "true"][choice - 1].into())),
    }
    if b.random.one_in(3) {
        b.case.flags["featureGates"]["SecretsFilteredCaching"] = b.random.one_in(2).into();
    }
}

/// Other Certificates with the same Secret.
pub(crate) fn shared_secret(b: &mut Bench) {
    let names = ["a", "other", "zzz"];
    for name in names.iter().take(1 + b.random.below(3)) {
        let mut other = b.case.certificate.clone();
        other["metadata"]["name"] = (*name).into();
        other["metadata"]["uid"] = format!("uid-{name}").into();
        let created = 1_767_571_200 + b.random.between(-1, 1);
        other["metadata"]["creationTimestamp"] = text(created).into();
        match b.random.below(7) {
            0 => other["spec"]["secretName"] = "elsewhere-tls".into(),
            1 => other["metadata"]["namespace"] = "elsewhere".into(),
            2 => {
                other["metadata"]["deletionTimestamp"] = text(b.case.now - 60).into();
                other["metadata"]["finalizers"] = json!(["example.com/x"]);
            }
            3 => other["metadata"]["creationTimestamp"] = serde_json::Value::Null,
            _ => {}
        }
        b.case.extra.push(other);
    }
    if let Some(secret) = &mut b.case.secret {
        let value = b.random.pick(&["web", "a", "other", "nobody", ""]);
        match b.random.below(3) {
            0 => drop(secret.annotations.remove("cert-manager.io/certificate-name")),
            1 => drop(secret.annotations.insert("cert-manager.io/certificate-name".to_owned(), value.into())),
            _ => {}
        }
    }
}
