//! Which Secrets an issuer needs before it signs (rules section 9).

use serde_json::Value;

use super::issuer::{Issuer, IssuerType, SecretReference};

/// References of the form `{name, key}`: where they stand, and the default of `key`.
const SELECTORS: &[(&str, &str)] = &[
    ("/acme/privateKeySecretRef", "tls.key"),
    ("/acme/externalAccountBinding/keySecretRef", ""),
    ("/vault/auth/tokenSecretRef", "token"),
    ("/vault/auth/appRole/secretRef", ""),
    ("/vault/auth/kubernetes/secretRef", "token"),
    ("/vault/caBundleSecretRef", "ca.crt"),
    ("/vault/clientCertSecretRef", "tls.crt"),
    ("/vault/clientKeySecretRef", "tls.key"),
    ("/venafi/tpp/credentialsRef", ""),
    ("/venafi/tpp/caBundleSecretRef", "ca.crt"),
    ("/venafi/cloud/apiTokenSecretRef", "api-key"),
    ("/venafi/ngts/credentialsRef", ""),
];

/// References by name alone: where they stand, and the keys that must be there.
const NAMES: &[(&str, &[&str])] = &[
    ("/ca/secretName", &["tls.crt", "tls.key"]),
    ("/vault/auth/clientCertificate/secretName", &["tls.crt", "tls.key"]),
];

impl Issuer {
    /// Every Secret that an issuer refers to. Those of DNS-01 solvers have a path below `spec.acme.solvers[n]`; the opaque
    /// configuration of webhook solvers is not read.
    #[must_use]
    pub fn secret_references(&self) -> &[SecretReference] {
        // Every Certificate of the issuer asks.
        self.references.get_or_init(|| self.find_references())
    }

    fn find_references(&self) -> Vec<SecretReference> {
        let spec = &self.spec;
        let mut found = Vec::new();
        for (pointer, keys) in NAMES {
            if let Some(name) = spec.pointer(pointer).and_then(Value::as_str).filter(|name| !name.is_empty()) {
                found.push(reference(pointer, name, keys));
            }
        }
        for (pointer, default_key) in SELECTORS {
            found.extend(spec.pointer(pointer).and_then(|value| selector(pointer, value, default_key)));
        }
        let generates = !matches!(spec.pointer("/acme/disableAccountKeyGeneration"), Some(Value::Bool(true)));
        for reference in &mut found {
            reference.account_key = generates && reference.path == "spec.acme.privateKeySecretRef";
        }
        let solvers = spec.pointer("/acme/solvers").and_then(Value::as_array);
        for (index, solver) in solvers.into_iter().flatten().enumerate() {
            let providers = solver.get("dns01").and_then(Value::as_object).into_iter().flatten();
            for (provider, settings) in providers.filter(|(provider, _)| *provider != "webhook") {
                let fields = settings.as_object().into_iter().flatten();
                for (field, value) in fields.filter(|(field, _)| field.ends_with("SecretRef")) {
                    let pointer = format!("/acme/solvers[{index}]/dns01/{provider}/{field}");
                    found.extend(selector(&pointer, value, ""));
                }
            }
        }
        found
    }

    /// How many solvers an ACME issuer has.
    #[must_use]
    pub fn solver_count(&self) -> usize {
        match self.issuer_type() {
            IssuerType::Acme => self.spec.pointer("/acme/solvers").and_then(Value::as_array).map_or(0, Vec::len),
            _ => 0,
        }
    }
}

impl SecretReference {
    /// Number of the ACME solver that the reference belongs to.
    #[must_use]
    pub fn solver(&self) -> Option<usize> {
        self.path.strip_prefix("spec.acme.solvers[")?.split_once(']')?.0.parse().ok()
    }
}

fn selector(pointer: &str, value: &Value, default_key: &str) -> Option<SecretReference> {
    let name = value.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())?;
    let key = value.get("key").and_then(Value::as_str).filter(|key| !key.is_empty()).unwrap_or(default_key);
    Some(reference(pointer, name, if key.is_empty() { &[] } else { std::slice::from_ref(&key) }))
}

fn reference(pointer: &str, name: &str, keys: &[&str]) -> SecretReference {
    SecretReference {
        path: format!("spec{}", pointer.replace('/', ".")),
        name: name.to_owned(),
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
        account_key: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Path, name and keys of a reference.
    type Row = (&'static str, &'static str, &'static str);

    #[test]
    fn references_of_each_issuer_type() {
        let table: [(Value, &[Row]); 7] = [
            (json!({"selfSigned": {}}), &[]),
            (json!({"ca": {"secretName": "root"}}), &[("spec.ca.secretName", "root", "tls.crt tls.key")]),
            (
                json!({"vault": {"auth": {"appRole": {"secretRef": {"name": "r", "key": "k"}}}, "caBundleSecretRef": {"name": "b"}}}),
                &[("spec.vault.auth.appRole.secretRef", "r", "k"), ("spec.vault.caBundleSecretRef", "b", "ca.crt")],
            ),
            (
                json!({"venafi": {"tpp": {"credentialsRef": {"name": "tpp"}}}}),
                &[("spec.venafi.tpp.credentialsRef", "tpp", "")],
            ),
            (
                json!({"acme": {"privateKeySecretRef": {"name": "account"}, "solvers": [{"http01": {}}, {"dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "cf", "key": "token"}}}}]}}),
                &[
                    ("spec.acme.privateKeySecretRef", "account", "tls.key"),
                    ("spec.acme.solvers[1].dns01.cloudflare.apiTokenSecretRef", "cf", "token"),
                ],
            ),
            (json!({"ca": {"secretName": ""}}), &[]),
            (json!({"ca": null}), &[]),
        ];
        for (spec, expected) in table {
            let issuer = Issuer { spec: spec.clone(), ..Issuer::default() };
            let found = issuer.secret_references();
            let found: Vec<_> = found.iter().map(|r| (r.path.as_str(), r.name.as_str(), r.keys.join(" "))).collect();
            let expected: Vec<_> =
                expected.iter().map(|(path, name, keys)| (*path, *name, (*keys).to_owned())).collect();
            assert_eq!(found, expected, "{spec}");
        }
    }

    #[test]
    fn the_account_key_is_made_when_missing_unless_that_is_forbidden() {
        for (disabled, account_key) in [(json!(null), true), (json!(false), true), (json!(true), false)] {
            let spec = json!({"acme": {"privateKeySecretRef": {"name": "a"}, "disableAccountKeyGeneration": disabled}});
            let issuer = Issuer { spec, ..Issuer::default() };
            assert_eq!(issuer.secret_references()[0].account_key, account_key);
        }
    }
}
