//! Every Secret that an issuer refers to (rules section 9).

use serde_json::Value;

use super::issuer::{Issuer, SecretReference};

/// What stands at a path of the issuer's spec.
#[derive(Clone, Copy)]
enum Shape {
    /// An object `{name, key}`; the default key when `key` is empty, no key when there is no default.
    Selector(&'static str),
    /// A text with the Secret's name, and the keys it must hold.
    Name(&'static [&'static str]),
    /// An object `{name}` whose keys depend on the account.
    Credentials,
}

/// One place in an issuer where a Secret is named.
struct Place(&'static str, Shape);

use Shape::{Credentials, Name, Selector};

const PLACES: [Place; 14] = [
    Place("ca.secretName", Name(&["tls.crt", "tls.key"])),
    Place("vault.auth.tokenSecretRef", Selector("token")),
    Place("vault.auth.appRole.secretRef", Selector("")),
    Place("vault.auth.kubernetes.secretRef", Selector("token")),
    Place("vault.auth.clientCertificate.secretName", Name(&["tls.crt", "tls.key"])),
    Place("vault.caBundleSecretRef", Selector("ca.crt")),
    Place("vault.clientCertSecretRef", Selector("tls.crt")),
    Place("vault.clientKeySecretRef", Selector("tls.key")),
    Place("venafi.tpp.credentialsRef", Credentials),
    Place("venafi.tpp.caBundleSecretRef", Selector("ca.crt")),
    Place("venafi.cloud.apiTokenSecretRef", Selector("api-key")),
    Place("venafi.ngts.credentialsRef", Credentials),
    Place("acme.externalAccountBinding.keySecretRef", Selector("")),
    Place("acme.privateKeySecretRef", Selector("tls.key")),
];

/// References below `acme.solvers[].dns01`.
const DNS01: [&str; 13] = [
    "akamai.clientTokenSecretRef",
    "akamai.clientSecretSecretRef",
    "akamai.accessTokenSecretRef",
    "cloudDNS.serviceAccountSecretRef",
    "cloudflare.apiKeySecretRef",
    "cloudflare.apiTokenSecretRef",
    "digitalocean.tokenSecretRef",
    "route53.secretAccessKeySecretRef",
    "route53.accessKeyIDSecretRef",
    "azureDNS.clientSecretSecretRef",
    "acmeDNS.accountSecretRef",
    "rfc2136.tsigSecretSecretRef",
    "webhook.config.apiKeySecretRef",
];

impl Issuer {
    /// Every Secret that this issuer needs, in the issuer's resource namespace.
    #[must_use]
    pub fn secret_references(&self) -> Vec<SecretReference> {
        let mut found: Vec<SecretReference> = PLACES
            .iter()
            .filter_map(|Place(path, shape)| reference(at(&self.spec, path)?, format!("spec.{path}"), *shape))
            .collect();
        let generates = !at(&self.spec, "acme.disableAccountKeyGeneration").and_then(Value::as_bool).unwrap_or(false);
        for account in found.iter_mut().filter(|found| found.path == "spec.acme.privateKeySecretRef") {
            account.account_key = generates;
        }
        let solvers = at(&self.spec, "acme.solvers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, solver) in solvers.iter().enumerate() {
            for path in DNS01 {
                let place = format!("spec.acme.solvers[{index}].dns01.{path}");
                found.extend(at(solver, &format!("dns01.{path}")).and_then(|v| reference(v, place, Selector(""))));
            }
        }
        found
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

fn reference(value: &Value, path: String, shape: Shape) -> Option<SecretReference> {
    let (name, keys) = match shape {
        Name(keys) => (value.as_str()?, keys.iter().map(|key| (*key).to_owned()).collect()),
        Credentials => (value.get("name")?.as_str()?, Vec::new()),
        Selector(default) => {
            let key = value.get("key").and_then(Value::as_str).filter(|key| !key.is_empty()).unwrap_or(default);
            let keys = if key.is_empty() { Vec::new() } else { vec![key.to_owned()] };
            (value.get("name")?.as_str()?, keys)
        }
    };
    (!name.is_empty()).then(|| SecretReference { path, name: name.to_owned(), keys, account_key: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_of_each_issuer_type() {
        let table: [(Value, &[(&str, &str, &str)]); 7] = [
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
            let expected: Vec<_> = expected.iter().map(|(path, name, keys)| (*path, *name, (*keys).to_owned())).collect();
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
