//! The decoders and the comparisons one by one: what a chain that stops at the first violation hides.

use std::net::{Ipv4Addr, Ipv6Addr};

use reissue_audit::object::CertificateRequest;
use reissue_audit::object::certificate::CertificateSpec;
use reissue_audit::pki::{CertificateMaterial, KeyMaterial, Name, PublicKey, RequestMaterial, SubjectAltNames};
use reissue_audit::policy::FieldDifference;
use reissue_audit::policy::fuzzy_match::fuzzy_match;
use reissue_audit::policy::private_key_matches_spec::private_key_matches_spec;
use reissue_audit::policy::request_matches_spec::request_matches_spec;
use reissue_audit::release::Release;
use serde_json::{Value, json};

use super::facets::Facets;
use super::question::{Payloads, text};

/// The payloads of a case, read once for all releases.
pub(crate) struct Materials {
    certificate: CertificateMaterial,
    request: RequestMaterial,
    key: KeyMaterial,
}

impl Materials {
    pub(crate) fn read(payloads: &Payloads) -> Self {
        let certificate = CertificateMaterial::read(&payloads.certificate);
        let key = KeyMaterial::read(&payloads.key, &certificate);
        Self { request: RequestMaterial::read(&payloads.request), certificate, key }
    }

    /// The engine's answers.
    pub(crate) fn facets(
        &self,
        spec: &CertificateSpec,
        request: Option<&CertificateRequest>,
        release: &Release,
    ) -> Facets {
        let mut facets = Facets::new();
        let decoder = &release.decoder;
        if let Some(request) = request {
            let found = request_matches_spec(request, spec, release);
            facets.push(("match.request", found.map_or_else(|_| ERROR.to_owned(), |fields| paths(&fields))));
        }
        let key = self.key.decode(decoder);
        if let Ok(key) = key {
            let known = private_key_matches_spec(&key.public, spec, release);
            facets.push(("match.key", known.map_or_else(|_| ERROR.to_owned(), |fields| paths(&fields))));
        }
        match self.certificate.decode(decoder) {
            Ok(x509) => {
                facets.push(("match.fuzzy", paths(&fuzzy_match(x509, spec, release))));
                let times = format!("{} {}", text(x509.not_before.0), text(x509.not_after.0));
                let whole = format!("{} {times} {}", hex_number(&x509.serial), key_text(&x509.public_key));
                facets.push(("certificate", whole));
                facets.push(("certificate.names", names(&x509.names)));
                facets.push(("certificate.subject", subject(&x509.subject, &x509.raw_subject)));
            }
            Err(error) => facets.push(("certificate", error.to_string())),
        }
        match self.request.decode(decoder) {
            Ok(request) => {
                facets.push(("request", key_text(&request.public_key)));
                facets.push(("request.names", names(&request.names)));
                facets.push(("request.subject", subject(&request.subject, &request.raw_subject)));
            }
            Err(error) => facets.push(("request", format!("{CSR}{error}"))),
        }
        facets.push(("key", key.map_or_else(|error| error.to_string(), |key| key_text(&key.public))));
        facets
    }
}

/// Both speak of an error in words of their own.
const ERROR: &str = "an error";

/// Go's own words follow from the start, where cert-manager puts nothing in front of them.
const CSR: &str = "Failed to decode current CertificateRequest: ";

fn paths(fields: &[FieldDifference]) -> String {
    fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>().join(" ")
}

fn key_text(key: &PublicKey) -> String {
    match key {
        PublicKey::Rsa { bits, .. } => format!("RSA {bits}"),
        PublicKey::Ecdsa { curve, .. } => format!("ECDSA {}", curve.bits()),
        PublicKey::Ed25519(_) => "Ed25519".to_owned(),
        PublicKey::Dsa => "DSA".to_owned(),
        PublicKey::Unknown => "unknown".to_owned(),
    }
}

/// Without leading zeros.
fn hex_number(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    format!("{sign}{}", digits.trim_start_matches('0').to_lowercase())
}

fn names(names: &SubjectAltNames) -> String {
    let ip = |octets: &[u8]| match (<[u8; 4]>::try_from(octets), <[u8; 16]>::try_from(octets)) {
        (Ok(octets), _) => Ipv4Addr::from(octets).to_string(),
        (_, Ok(octets)) => {
            let ip = Ipv6Addr::from(octets);
            ip.to_ipv4_mapped().map_or_else(|| ip.to_string(), |ip| ip.to_string())
        }
        _ => format!("{octets:?}"),
    };
    let ips: Vec<String> = names.ips.iter().map(|octets| ip(octets)).collect();
    json!([&names.dns[..], ips, &names.uris[..], &names.emails[..]]).to_string()
}

fn subject(name: &Name, raw: &[u8]) -> String {
    let hex: String = raw.iter().map(|octet| format!("{octet:02x}")).collect();
    json!([
        hex,
        name.common_name,
        name.serial_number,
        &name.organizations[..],
        &name.countries[..],
        &name.localities[..],
        &name.organizational_units[..],
        &name.postal_codes[..],
        &name.provinces[..],
        &name.street_addresses[..],
    ])
    .to_string()
}

/// The oracle's answers.
pub(crate) fn oracle(answers: &[Value]) -> Facets {
    let mut facets = Facets::new();
    let [comparison, certificate, request, key] = answers else {
        return facets;
    };
    for (field, name) in [("request", "match.request"), ("privateKey", "match.key"), ("fuzzy", "match.fuzzy")] {
        let part = &comparison[field];
        let undecoded = match field {
            "privateKey" => key["ok"] != true,
            "fuzzy" => certificate["ok"] != true,
            _ => false,
        };
        if part.is_null() || undecoded {
            continue;
        }
        let failed = ["error", "panic"].iter().any(|key| part[*key].as_str().is_some_and(|text| !text.is_empty()));
        let violations: Vec<&str> =
            part["violations"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        facets.push((name, if failed { ERROR.to_owned() } else { violations.join(" ") }));
    }
    let of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let public = |answer: &Value| match (of(&answer["publicKey"]["type"]), answer["publicKey"]["bits"].as_i64()) {
        (kind, Some(bits)) if matches!(&*kind, "RSA" | "ECDSA") => format!("{kind} {bits}"),
        (kind, _) => kind,
    };
    for (answer, name, in_names, in_subject) in [
        (certificate, "certificate", "certificate.names", "certificate.subject"),
        (request, "request", "request.names", "request.subject"),
        (key, "key", "", ""),
    ] {
        if answer["ok"] != true {
            let prefix = if name == "request" { CSR } else { "" };
            facets.push((name, format!("{prefix}{}", of(&answer["error"]))));
            continue;
        }
        let times =
            format!("{} {} {}", hex_number(&of(&answer["serial"])), of(&answer["notBefore"]), of(&answer["notAfter"]));
        facets.push((name, if name == "certificate" { format!("{times} {}", public(answer)) } else { public(answer) }));
        if name != "key" {
            let list = |field: &str| if answer[field].is_null() { json!([]) } else { answer[field].clone() };
            facets.push((in_names, json!([list("dns"), list("ips"), list("uris"), list("emails")]).to_string()));
            facets.push((in_subject, oracle_subject(answer)));
        }
    }
    facets
}

fn oracle_subject(answer: &Value) -> String {
    let name = &answer["subject"];
    let list = |field: &str| if name[field].is_null() { json!([]) } else { name[field].clone() };
    json!([
        answer["rawSubject"],
        answer["commonName"],
        name["serialNumber"],
        list("organizations"),
        list("countries"),
        list("localities"),
        list("organizationalUnits"),
        list("postalCodes"),
        list("provinces"),
        list("streetAddresses"),
    ])
    .to_string()
}
