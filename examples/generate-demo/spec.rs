//! `spec` of a Certificate and what follows from it on the Secret.

use serde_json::{Value, json};

use crate::json::{put, texts};
use crate::scenario::{Extra, Key, Owner, Scenario, Signer, Twist, Wish};

/// `issuerRef` as the demo's authors write it.
pub(crate) fn issuer_ref(signer: Signer) -> Value {
    let (name, kind, group) = signer.reference();
    let mut reference = json!({"kind": kind, "name": name});
    if !group.is_empty() {
        put(&mut reference, "group", json!(group));
    }
    reference
}

/// `2160h0m0s`, as the API server stores a duration.
pub(crate) fn duration_text(hours: i64) -> String {
    format!("{hours}h0m0s")
}

/// API version, kind and name of what the shim made a Certificate from.
pub(crate) fn shim_owner(owner: Owner) -> (&'static str, &'static str, &'static str) {
    match owner {
        Owner::Ingress(name) => ("networking.k8s.io/v1", "Ingress", name),
        Owner::Gateway(name) => ("gateway.networking.k8s.io/v1", "Gateway", name),
    }
}

/// `spec` as it stands now.
pub(crate) fn certificate_spec(scenario: &Scenario, wish: &Wish) -> Value {
    let mut spec = json!({"issuerRef": issuer_ref(scenario.signer), "secretName": scenario.secret_name()});
    let mut list = |field: &str, values: &[&str]| {
        if !values.is_empty() {
            put(&mut spec, field, json!(values));
        }
    };
    list("dnsNames", wish.dns_names);
    list("emailAddresses", wish.emails);
    list("ipAddresses", wish.ip_addresses);
    list("uris", wish.uris);
    list("usages", wish.usages);
    if !wish.common_name.is_empty() {
        put(&mut spec, "commonName", json!(wish.common_name));
    }
    if !wish.organizations.is_empty() {
        put(&mut spec, "subject", json!({"organizations": wish.organizations}));
    }
    if !wish.literal_subject.is_empty() {
        let names: Vec<String> =
            wish.literal_subject.iter().rev().map(|(key, value)| format!("{key}={value}")).collect();
        put(&mut spec, "literalSubject", json!(names.join(",")));
    }
    if let Some(hours) = wish.duration_hours {
        put(&mut spec, "duration", json!(duration_text(hours)));
    }
    if wish.is_ca {
        put(&mut spec, "isCA", json!(true));
    }
    if let Some(key) = private_key(scenario) {
        put(&mut spec, "privateKey", key);
    }
    extra(&mut spec, scenario.extra);
    spec
}

fn private_key(scenario: &Scenario) -> Option<Value> {
    let mut key = match scenario.key {
        Key::Default => return None,
        Key::Rsa(size) => json!({"algorithm": "RSA", "size": size}),
        Key::P256 => json!({"algorithm": "ECDSA", "size": 256}),
        Key::P384 => json!({"algorithm": "ECDSA", "size": 384}),
        Key::Ed25519 => json!({"algorithm": "Ed25519"}),
    };
    if scenario.pinned {
        put(&mut key, "rotationPolicy", json!("Never"));
    }
    Some(key)
}

fn extra(spec: &mut Value, extra: Extra) {
    let keystore = |secret: &str| json!({"create": true, "passwordSecretRef": {"key": "password", "name": secret}});
    match extra {
        Extra::Nothing => {}
        Extra::RenewBeforeHours(hours) => put(spec, "renewBefore", json!(duration_text(hours))),
        Extra::RenewBeforePercentage(percent) => put(spec, "renewBeforePercentage", json!(percent)),
        Extra::Window { cron, hours, timezone, .. } => {
            let window = json!({"cron": cron, "timezone": timezone, "windowDuration": duration_text(hours)});
            put(spec, "renewal", json!({"policy": "RenewBefore", "windows": [window]}));
        }
        Extra::Pkcs12(secret) => put(spec, "keystores", json!({"pkcs12": keystore(secret)})),
        Extra::Jks(secret) => put(spec, "keystores", json!({"jks": keystore(secret)})),
    }
}

/// The annotations that cert-manager puts on the Secret of an issued certificate.
pub(crate) fn secret_annotations(scenario: &Scenario) -> Value {
    let wish = scenario.issued_wish();
    let (name, kind, group) = scenario.issued_by().reference();
    let issued_for = if let Twist::RenamedFrom(former) = scenario.twist { former } else { scenario.name };
    let literal = |attribute: &str| {
        wish.literal_subject.iter().find(|(key, _)| *key == attribute).map_or("", |(_, value)| *value).to_owned()
    };
    let common_name = if wish.common_name.is_empty() { literal("CN") } else { wish.common_name.to_owned() };
    let mut annotations = texts([
        ("cert-manager.io/alt-names", wish.dns_names.join(",")),
        ("cert-manager.io/certificate-name", issued_for.to_owned()),
        ("cert-manager.io/common-name", common_name),
        ("cert-manager.io/ip-sans", wish.ip_addresses.join(",")),
        ("cert-manager.io/issuer-group", group.to_owned()),
        ("cert-manager.io/issuer-kind", kind.to_owned()),
        ("cert-manager.io/issuer-name", name.to_owned()),
        ("cert-manager.io/uri-sans", wish.uris.join(",")),
    ]);
    let optional = [
        ("cert-manager.io/email-sans", wish.emails.join(",")),
        ("cert-manager.io/subject-organizations", wish.organizations.join(",") + &literal("O")),
        ("cert-manager.io/subject-organizationalunits", literal("OU")),
        ("cert-manager.io/subject-countries", literal("C")),
    ];
    for (key, value) in optional {
        if !value.is_empty() {
            put(&mut annotations, key, json!(value));
        }
    }
    annotations
}
