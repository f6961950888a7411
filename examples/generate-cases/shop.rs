//! The world that the cases start from: one healthy Certificate with all that belongs to it.

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, DistinguishedName, DnType, DnValue, Issuer, KeyPair};
use reissue_audit::time::Time;
use serde_json::{Value, json};

use crate::json::{Object, condition};
use crate::pki::{self, KeyRing, Validity};
use crate::wish::{Key, Wish};

/// API version of cert-manager's kinds.
const API: &str = "cert-manager.io/v1";
/// The usages that cert-manager adds by itself.
const USAGES: &[&str] = &["digital signature", "key encipherment"];
/// When most certificates begin; they last 90 days and are renewed on 2027-01-09.
const BEGIN: &str = "2026-11-10T09:00:00Z";

/// A wish for one name.
pub(crate) const WISH: Wish = Wish {
    common_name: "",
    organizations: &[],
    literal_subject: &[],
    dns_names: &["web.example.com"],
    ip_addresses: &[],
    uris: &[],
    emails: &[],
    usages: USAGES,
    is_ca: false,
    duration_hours: None,
};

/// What was issued, and when.
pub(crate) struct Order {
    pub(crate) wish: Wish,
    pub(crate) key: Key,
    pub(crate) begin: &'static str,
    pub(crate) days: i64,
    /// Changes request and certificate before they are signed.
    pub(crate) tweak: fn(&mut CertificateParams),
    /// Common name of a throw-away CA that signs; nobody's name means that the certificate signs itself.
    pub(crate) signer: &'static str,
}

impl Default for Order {
    fn default() -> Self {
        Self { wish: WISH, key: Key::P256, begin: BEGIN, days: 90, tweak: |_| {}, signer: "" }
    }
}

/// A key, its request and its certificate, as PEM.
pub(crate) struct Issued {
    pub(crate) key: String,
    pub(crate) pkcs8: String,
    pub(crate) request: String,
    pub(crate) certificate: String,
    begin: Time,
    end: Time,
}

/// Makes a key, its request and its certificate.
pub(crate) fn issue(order: &Order) -> Result<Issued> {
    let key = KeyRing::default().take(order.key)?;
    let begin = Time::parse(order.begin)?;
    let end = Time(begin.0 + order.days * 86_400);
    let mut wanted = pki::request_params(&order.wish)?;
    (order.tweak)(&mut wanted);
    let mut given = pki::certificate_params(&order.wish, Validity { not_before: begin, not_after: end }, order.begin)?;
    (order.tweak)(&mut given);
    Ok(Issued {
        key: pki::key_pem(&key)?,
        pkcs8: key.serialize_pem().replace("\r\n", "\n"),
        request: wanted.serialize_request(&key)?.pem()?.replace("\r\n", "\n"),
        certificate: pki::pem("CERTIFICATE", &sign(order.signer, &given, &key)?),
        begin,
        end,
    })
}

fn sign(signer: &str, params: &CertificateParams, key: &KeyPair) -> Result<Vec<u8>> {
    if signer.is_empty() {
        return Ok(params.self_signed(key)?.der().to_vec());
    }
    let mut authority = CertificateParams::default();
    authority.distinguished_name = DistinguishedName::new();
    authority.distinguished_name.push(DnType::CommonName, signer);
    let issuer = Issuer::new(authority, KeyRing::default().take(Key::P256)?);
    Ok(params.signed_by(key, &issuer)?.der().to_vec())
}

/// Writes the common name as UTF8String, where Go would take PrintableString.
pub(crate) fn utf8_common_name(params: &mut CertificateParams) {
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, DnValue::Utf8String("web".to_owned()));
}

/// Objects under construction.
pub(crate) struct Shop {
    pub(crate) objects: Vec<Value>,
}

impl Shop {
    /// Certificate `shop/web` with Secret, request, issuer and the issuer's Secret.
    pub(crate) fn healthy() -> Result<Self> {
        Self::from(&Order::default())
    }

    /// The same with another order.
    pub(crate) fn from(order: &Order) -> Result<Self> {
        let issued = issue(order)?;
        let mut shop = Self { objects: Vec::new() };
        shop.vault("Issuer", "shop", "shop")?;
        shop.add("web", &order.wish, &issued)?;
        shop.push_request("web-1", "web", &issued)?;
        if order.key == Key::P256 {
            shop.certificate()?["spec"]["privateKey"] =
                json!({"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"});
        }
        Ok(shop)
    }

    /// An issuer `vault` with the Secret of its token.
    pub(crate) fn vault(&mut self, kind: &str, namespace: &str, secrets: &str) -> Result<()> {
        let namespace = if kind == "ClusterIssuer" { "" } else { namespace };
        let created = Time::parse("2026-01-05T08:00:00Z")?;
        let token = json!({"key": "token", "name": "vault-token"});
        let vault =
            json!({"auth": {"tokenSecretRef": token}, "path": "pki/sign/shop", "server": "https://vault.example.com"});
        let issuer = Object::new(API, kind, namespace, "vault", created).with("spec", json!({"vault": vault}));
        let secret = Object::new("v1", "Secret", secrets, "vault-token", created)
            .with("data", json!({"token": pki::base64("not a token")}));
        self.objects.extend([issuer.done(), secret.done()]);
        Ok(())
    }

    /// A Certificate with its Secret.
    pub(crate) fn add(&mut self, name: &str, wish: &Wish, issued: &Issued) -> Result<()> {
        let created = Time::parse("2026-01-05T09:00:00Z")?;
        let secret = format!("{name}-tls");
        let mut spec = json!({
            "dnsNames": wish.dns_names, "secretName": secret, "usages": wish.usages,
            "issuerRef": {"group": "cert-manager.io", "kind": "Issuer", "name": "vault"},
        });
        if !wish.ip_addresses.is_empty() {
            spec["ipAddresses"] = json!(wish.ip_addresses);
        }
        if let Some(hours) = wish.duration_hours {
            spec["duration"] = json!(format!("{hours}h0m0s"));
        }
        let ready = condition("Ready", true, "Ready", "Certificate is up to date and has not expired", issued.begin);
        let status = json!({
            "conditions": [ready], "notAfter": issued.end, "notBefore": issued.begin,
            "renewalTime": Time(issued.end.0 - (issued.end.0 - issued.begin.0) / 3), "revision": 1,
        });
        let certificate = Object::new(API, "Certificate", "shop", name, created)
            .meta("generation", json!(1))
            .with("spec", spec)
            .with("status", status);
        let secret = Object::new("v1", "Secret", "shop", &secret, created)
            .meta(
                "annotations",
                json!({
                    "cert-manager.io/certificate-name": name, "cert-manager.io/issuer-group": "cert-manager.io",
                    "cert-manager.io/issuer-kind": "Issuer", "cert-manager.io/issuer-name": "vault",
                }),
            )
            .meta("labels", json!({"controller.cert-manager.io/fao": "true"}))
            .with("data", json!({"tls.crt": pki::base64(&issued.certificate), "tls.key": pki::base64(&issued.key)}))
            .with("type", json!("kubernetes.io/tls"));
        self.objects.extend([certificate.done(), secret.done()]);
        Ok(())
    }

    /// A request of the first revision, owned by the Certificate.
    pub(crate) fn push_request(&mut self, name: &str, certificate: &str, issued: &Issued) -> Result<()> {
        let mut spec = json!({"request": pki::base64(&issued.request)});
        for field in ["issuerRef", "usages", "duration"] {
            let value = &self.find("Certificate", certificate)?["spec"][field];
            if !value.is_null() {
                spec[field] = value.clone();
            }
        }
        let request = Object::new(API, "CertificateRequest", "shop", name, issued.begin)
            .meta("annotations", json!({
                "cert-manager.io/certificate-name": certificate, "cert-manager.io/certificate-revision": "1",
            }))
            .owned_by(API, "Certificate", "shop", certificate)
            .with("spec", spec)
            .with("status", json!({"conditions": [
                condition("Approved", true, "cert-manager.io", "Certificate request has been approved by cert-manager.io", issued.begin),
                condition("Ready", true, "Issued", "Certificate fetched from issuer successfully", issued.begin),
            ]}));
        self.objects.push(request.done());
        Ok(())
    }

    /// An object to change.
    pub(crate) fn find(&mut self, kind: &str, name: &str) -> Result<&mut Value> {
        let found = self.objects.iter_mut().find(|o| o["kind"] == kind && o["metadata"]["name"] == name);
        found.with_context(|| format!("no {kind} {name}"))
    }

    /// Certificate `web`.
    pub(crate) fn certificate(&mut self) -> Result<&mut Value> {
        self.find("Certificate", "web")
    }

    /// Secret `web-tls`.
    pub(crate) fn secret(&mut self) -> Result<&mut Value> {
        self.find("Secret", "web-tls")
    }

    /// CertificateRequest `web-1`.
    pub(crate) fn request(&mut self) -> Result<&mut Value> {
        self.find("CertificateRequest", "web-1")
    }

    /// Puts another text under a key of Secret `web-tls`.
    pub(crate) fn store(&mut self, key: &str, text: &str) -> Result<()> {
        self.secret()?["data"][key] = json!(pki::base64(text));
        Ok(())
    }

    /// The text under a key of Secret `web-tls`.
    pub(crate) fn stored(&mut self, key: &str) -> Result<String> {
        let text = self.secret()?["data"][key].as_str().unwrap_or_default();
        Ok(String::from_utf8(STANDARD.decode(text)?)?)
    }

    /// Sets an annotation of Secret `web-tls`.
    pub(crate) fn annotate(&mut self, annotation: &str, value: &str) -> Result<()> {
        self.secret()?["metadata"]["annotations"][format!("cert-manager.io/{annotation}")] = json!(value);
        Ok(())
    }

    /// Takes a field out of an object.
    pub(crate) fn drop_field(object: &mut Value, pointer: &str, field: &str) {
        if let Some(map) = object.pointer_mut(pointer).and_then(Value::as_object_mut) {
            map.remove(field);
        }
    }

    /// Takes all objects of a kind out, or the one of that name.
    pub(crate) fn without(mut self, kind: &str, name: &str) -> Self {
        self.objects.retain(|o| !(o["kind"] == kind && (name.is_empty() || o["metadata"]["name"] == name)));
        self
    }

    /// A shop after a change.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self) -> Result<()>) -> Result<Self> {
        change(&mut self)?;
        Ok(self)
    }

    /// A shop with another `spec` field of Certificate `web`.
    pub(crate) fn spec(self, field: &str, value: Value) -> Result<Self> {
        self.with(|shop| {
            shop.certificate()?["spec"][field] = value;
            Ok(())
        })
    }
}
