//! Healthy Certificates of many shapes: what was issued fits what is wished.

use serde_json::{Value, json};

use super::case::{Case, NAME, NAMESPACE, Request, SECRET, Secret, UID, text};
use super::der::tlv;
use super::keys::Key;
use super::literal;
use super::pki::{Attribute, Csr, Extension, Names, Subject, X509, go_string};
use super::random::Random;

pub(crate) const DNS: &[&str] = &[
    "web.example.com",
    "api.example.com",
    "Web.Example.com",
    "*.example.com",
    "xn--bcher-kva.example",
    "localhost",
    "a.b.c.d.example",
    "example.com.",
    "_dmarc.example.com",
    "mail.example.com",
    "svc.cluster.local",
    "1.example.com",
];
pub(crate) const IPS: &[&str] = &[
    "10.0.0.1",
    "192.0.2.7",
    "2001:db8::1",
    "::1",
    "fe80::1",
    "255.255.255.255",
    "0.0.0.0",
    "::",
    "2001:db8::a:0:0:1",
];
pub(crate) const URIS: &[&str] = &[
    "spiffe://cluster.local/ns/shop/sa/web",
    "https://example.com/a?b=c#d",
    "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
    "http://example.com:8080/",
    "mailto:a@example.com",
    "https://user:pw@example.com/",
    "/only/path",
    "https://[2001:db8::1]/",
];
pub(crate) const EMAILS: &[&str] = &["ops@example.com", "Ops@Example.com", "root@localhost", "a+b@example.com"];
pub(crate) const USAGES: &[&str] =
    &["server auth", "client auth", "digital signature", "key encipherment", "signing", "cert sign", "any", "s/mime"];
const TEXTS: &[&str] = &["Example", "Example, Inc.", "Größe", "a*b", "R&D", "x", "", " padded ", "A@B", "東京"];
pub(crate) const OTHER: &[&str] = &["1.3.6.1.4.1.311.20.2.3", "1.3.6.1.5.5.7.8.5", "1.2.3.4"];

/// The fields of `spec.subject` with their attribute, in the order in which Go writes them.
pub(crate) const SUBJECT: [(&str, &str); 7] = [
    ("countries", "2.5.4.6"),
    ("organizations", "2.5.4.10"),
    ("organizationalUnits", "2.5.4.11"),
    ("localities", "2.5.4.7"),
    ("provinces", "2.5.4.8"),
    ("streetAddresses", "2.5.4.9"),
    ("postalCodes", "2.5.4.17"),
];

/// The octets of an address, as Go's `net.ParseIP` and `To4` give them.
pub(crate) fn ip_octets(text: &str) -> Option<Vec<u8>> {
    Some(match text.parse().ok()? {
        std::net::IpAddr::V4(ip) => ip.octets().to_vec(),
        std::net::IpAddr::V6(ip) => ip.octets().to_vec(),
    })
}

/// An issuerRef in one of its spellings.
fn issuer_ref(random: &mut Random) -> Value {
    let mut reference = json!({"name": random.pick(&["ca", "letsencrypt", "vault"])});
    if !random.one_in(3) {
        reference["kind"] = random.pick(&["Issuer", "Issuer", "ClusterIssuer", "AWSPCAIssuer", ""]).into();
    }
    if !random.one_in(3) {
        reference["group"] = random.pick(&["cert-manager.io", "cert-manager.io", "awspca.cert-manager.io", ""]).into();
    }
    reference
}

fn names(spec: &mut Value, random: &mut Random) -> Names {
    let mut names = Names { dns: random.some(DNS, 4), ..Names::default() };
    spec["dnsNames"] = json!(names.dns);
    if random.one_in(3) {
        let ips = random.some(IPS, 3);
        names.ips = ips.iter().filter_map(|ip| ip_octets(ip)).collect();
        spec["ipAddresses"] = json!(ips);
    }
    if random.one_in(4) {
        names.uris = random.some(URIS, 3);
        spec["uris"] = json!(names.uris);
    }
    if random.one_in(5) {
        names.emails = random.some(EMAILS, 2);
        spec["emailAddresses"] = json!(names.emails);
    }
    if random.one_in(9) {
        let list: Vec<(&str, &str)> =
            (0..random.below(3)).map(|_| (random.pick(OTHER), random.pick(&["user@example.com", "ü", "x"]))).collect();
        names.others = list.iter().map(|(oid, value)| ((*oid).to_owned(), tlv(0x0c, &[value.as_bytes()]))).collect();
        let wishes: Vec<Value> = list.iter().map(|(oid, value)| json!({"oid": oid, "utf8Value": value})).collect();
        spec["otherNames"] = json!(wishes);
    }
    names
}

fn subject(spec: &mut Value, random: &mut Random) -> Subject {
    let mut subject = Subject::new();
    if random.one_in(8) {
        let (text, rdns) = literal::pair(random);
        spec["literalSubject"] = text.into();
        return rdns;
    }
    let full = random.one_in(3);
    for (field, oid) in SUBJECT.iter().filter(|_| full) {
        let most = if random.one_in(2) { 2 } else { 0 };
        let values = random.some(TEXTS, most);
        if !values.is_empty() {
            spec["subject"][*field] = json!(values);
            subject.push(values.iter().map(|value| Attribute::new(oid, value)).collect());
        }
    }
    if !random.one_in(4) {
        let name = random.pick(&[DNS, &["web", "Größe", "a b"]].concat());
        spec["commonName"] = name.into();
        subject.push(vec![Attribute { oid: "2.5.4.3".into(), string: go_string(name), value: name.into() }]);
    }
    if full && random.one_in(3) {
        spec["subject"]["serialNumber"] = "4711".into();
        subject.push(vec![Attribute::new("2.5.4.5", "4711")]);
    }
    subject
}

/// Wishes about the private key that the key fulfils.
fn private_key(key: &Key, random: &mut Random) -> Option<Value> {
    let default = matches!((key.algorithm, key.size), ("RSA", 2048) | ("ECDSA", 256) | ("Ed25519", _));
    let mut wish = json!({});
    if key.algorithm != "RSA" || random.one_in(2) {
        wish["algorithm"] = key.algorithm.into();
    }
    if !default || random.one_in(2) {
        wish["size"] = key.size.into();
    }
    if random.one_in(3) {
        wish["encoding"] = random.pick(&["PKCS1", "PKCS8"]).into();
    }
    if random.one_in(3) {
        wish["rotationPolicy"] = random.pick(&["Never", "Always"]).into();
    }
    (key.algorithm != "RSA" || key.size != 2048 || !random.one_in(3)).then_some(wish)
}

/// How a key is wrapped.
pub(crate) fn wrapping(key: &Key, random: &mut Random) -> (String, Vec<u8>) {
    match &key.traditional {
        Some(der) if random.one_in(2) => {
            (if key.algorithm == "RSA" { "RSA PRIVATE KEY" } else { "EC PRIVATE KEY" }.to_owned(), der.clone())
        }
        _ => ("PRIVATE KEY".to_owned(), key.pkcs8.clone()),
    }
}

/// A Certificate with nothing to object to, at an instant after its issuance.
pub(crate) fn healthy(id: String, pool: &[Key], random: &mut Random) -> Case {
    let good: Vec<&Key> = pool
        .iter()
        .filter(|key| matches!((key.algorithm, key.size), ("RSA", 2048..) | ("ECDSA", 256..) | ("Ed25519", _)))
        .collect();
    let key = if random.one_in(2) {
        good[random.below(good.len())].clone()
    } else {
        good.iter().find(|key| key.name == "ec-P-256-1").map_or_else(|| good[0].clone(), |key| (*key).clone())
    };
    let mut spec = json!({"secretName": SECRET, "issuerRef": issuer_ref(random)});
    let (names, subject) = (names(&mut spec, random), subject(&mut spec, random));
    if let Some(wish) = private_key(&key, random) {
        spec["privateKey"] = wish;
    }
    if random.one_in(2) {
        spec["usages"] = json!(random.some(USAGES, 3));
    }
    let not_before = 1_777_600_000 + random.between(0, 50_000_000);
    let lifetime = random.choose(&[3600, 86_400, 7_776_000, 31_536_000, 315_360_000, 7_776_001, 3601]);
    if random.one_in(2) {
        spec["duration"] = format!("{lifetime}s").into();
    }
    if random.one_in(4) {
        spec["renewBefore"] = format!("{}s", lifetime / random.between(2, 9)).into();
    }
    if random.one_in(9) {
        spec["isCA"] = true.into();
    }
    let mut request = json!({"issuerRef": spec["issuerRef"]});
    for field in ["duration", "usages", "isCA"] {
        if let Some(value) = spec.get(field) {
            request[field] = value.clone();
        }
    }
    let public = key.public.clone();
    let x509 = X509 {
        version: Some(2),
        serial: vec![1, random.next() as u8],
        not_before,
        not_after: not_before + lifetime,
        subject: subject.clone(),
        public: public.clone(),
        names: names.clone(),
        extensions: vec![Extension::new("2.5.29.15", true, vec![3, 2, 5, 0xa0])],
    };
    let csr = Csr { version: 0, subject, public, names, extensions: Vec::new(), attributes: Vec::new() };
    let key_der = wrapping(&key, random);
    let now = not_before + random.between(0, lifetime / 3 - 1);
    let mut case = Case {
        certificate: certificate(spec, not_before, lifetime),
        secret: Some(secret(&request["issuerRef"])),
        request: Some(Request { metadata: request_metadata(), spec: request }),
        id,
        kinds: Vec::new(),
        now,
        key,
        x509,
        csr,
        key_der,
        crt_der: Vec::new(),
        csr_der: Vec::new(),
        key_pem: Vec::new(),
        crt_pem: Vec::new(),
        csr_pem: Vec::new(),
        extra: Vec::new(),
        flags: json!({}),
    };
    if random.one_in(3) {
        case.request = None;
    }
    case
}

fn certificate(spec: Value, not_before: i64, lifetime: i64) -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "spec": spec,
        "metadata": {"name": NAME, "namespace": NAMESPACE, "uid": UID, "generation": 3, "creationTimestamp": "2026-01-05T00:00:00Z"},
        "status": {
            "revision": 1, "conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "message": ""}],
            "notBefore": text(not_before), "notAfter": text(not_before + lifetime), "renewalTime": text(not_before + lifetime / 3 * 2),
        },
    })
}

fn secret(issuer: &Value) -> Secret {
    let of = |key: &str| issuer.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut secret = Secret::default();
    for (key, value) in [
        ("issuer-name", of("name")),
        ("issuer-kind", of("kind")),
        ("issuer-group", of("group")),
        ("certificate-name", NAME),
    ] {
        secret.annotations.insert(format!("cert-manager.io/{key}"), value.into());
    }
    secret.labels.insert("controller.cert-manager.io/fao".to_owned(), "true".into());
    secret
}

fn request_metadata() -> Value {
    json!({
        "namespace": NAMESPACE, "uid": "11111111-2222-3333-4444-555555555555", "creationTimestamp": "2026-01-05T00:00:01Z",
        "annotations": {"cert-manager.io/certificate-revision": "1", "cert-manager.io/certificate-name": NAME},
        "ownerReferences": [{
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": NAME, "uid": UID,
            "controller": true, "blockOwnerDeletion": true,
        }],
    })
}
