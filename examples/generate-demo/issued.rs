//! The objects of one Certificate: itself, its requests, its Secret, its Order.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rcgen::{Issuer, KeyPair};
use reissue_audit::time::{GoDuration, Time};
use serde_json::{Value, json};

use crate::json::{Object, condition, pick, put, suffix};
use crate::pki::{self, Authority, KeyRing, Validity};
use crate::scenario::{Extra, Key, Scenario, Signer, Twist, Wish};
use crate::spec::{certificate_spec, duration_text, issuer_ref, secret_annotations, shim_owner};

const API: &str = "cert-manager.io/v1";
const DAY: i64 = 86_400;

/// Makes the objects of all scenarios, one after the other, since authorities sign later rows.
pub(crate) struct Builder {
    /// The fixed instant that all times are relative to.
    pub(crate) now: Time,
    /// Where keys come from.
    pub(crate) keys: KeyRing,
    /// Who can sign already.
    pub(crate) authorities: BTreeMap<Signer, Authority>,
    /// What has been made.
    pub(crate) objects: Vec<Value>,
}

/// One issuance.
struct Issuance {
    key: String,
    signing_key: KeyPair,
    request: String,
    leaf: String,
    chain: String,
    ca: Option<String>,
    validity: Validity,
    issued_at: Time,
}

impl Issuance {
    fn full_chain(&self) -> String {
        format!("{}{}", self.leaf, self.chain)
    }
}

impl Builder {
    /// Adds the objects of one row.
    pub(crate) fn add(&mut self, scenario: &Scenario) -> Result<()> {
        let jitter = pick(&format!("jitter/{}/{}", scenario.namespace, scenario.name), 3_000);
        let issued_at = Time(self.now.0 - scenario.age_days * DAY - 4 * 3_600 - jitter);
        let stored = scenario.revision - i64::from(matches!(scenario.twist, Twist::OlderSecret));
        let issued = self.issue(scenario, scenario.issued_key(), stored, issued_at)?;
        let renewal = renewal_time(scenario, issued.validity)?;
        let lived = renewal.0 - issued.validity.not_before.0;
        let created = Time(issued_at.0 - (scenario.revision - 1) * lived - 40);
        self.certificate(scenario, &issued, renewal, created);
        self.requests(scenario, &issued)?;
        self.secret(scenario, &issued, created)?;
        if let Some(signer) = scenario.feeds {
            self.found_authority(scenario, signer, issued)?;
        }
        Ok(())
    }

    fn issue(&mut self, scenario: &Scenario, kind: Key, revision: i64, at: Time) -> Result<Issuance> {
        let (wish, signer) = (scenario.issued_wish(), scenario.issued_by());
        let key = self.keys.take(kind)?;
        let request = pki::request_params(&wish)?.serialize_request(&key)?.pem()?;
        let validity = validity(signer, &wish, at);
        let seed = format!("{}/{}/{revision}", scenario.namespace, scenario.name);
        let params = pki::certificate_params(&wish, validity, &seed)?;
        let (leaf, chain, ca) = if signer.is_self() {
            let leaf = pki::pem("CERTIFICATE", params.self_signed(&key)?.der());
            (leaf.clone(), String::new(), Some(leaf))
        } else {
            let authority = self.authorities.get(&signer).context("an authority stands after a row that it signs")?;
            let leaf = pki::pem("CERTIFICATE", params.signed_by(&key, &authority.issuer)?.der());
            (leaf, authority.chain.clone(), authority.ca.clone())
        };
        let request = request.replace("\r\n", "\n");
        Ok(Issuance {
            key: pki::key_pem(&key)?, signing_key: key, request, leaf, chain, ca, validity, issued_at: at
        })
    }

    /// cert-manager's CA issuer puts the chain below a self-signed root into `tls.crt`, and its top into `ca.crt`.
    fn found_authority(&mut self, scenario: &Scenario, signer: Signer, issued: Issuance) -> Result<()> {
        let params = pki::certificate_params(&scenario.issued_wish(), issued.validity, "")?;
        let (chain, ca) = if scenario.signer.is_self() {
            (String::new(), Some(issued.leaf.clone()))
        } else {
            let top = if issued.chain.is_empty() { issued.leaf.clone() } else { issued.chain.clone() };
            (issued.full_chain(), Some(top))
        };
        self.authorities.insert(signer, Authority { issuer: Issuer::new(params, issued.signing_key), chain, ca });
        Ok(())
    }

    fn certificate(&mut self, scenario: &Scenario, issued: &Issuance, renewal: Time, created: Time) {
        let mut object = Object::new(API, "Certificate", scenario.namespace, scenario.name, created)
            .meta("generation", json!(if matches!(scenario.twist, Twist::Fine) { 1 } else { 2 }))
            .with("spec", certificate_spec(scenario, &scenario.wish))
            .with("status", self.certificate_status(scenario, issued, renewal));
        if let (Some(owner), false) = (scenario.owner, scenario.has_no_revision()) {
            let (api, kind, name) = shim_owner(owner);
            object = object.owned_by(api, kind, scenario.namespace, name);
        }
        if scenario.has_no_revision() && !matches!(scenario.twist, Twist::RenamedFrom(_) | Twist::SharesSecretOf(_)) {
            object = object.meta("labels", velero_labels());
        }
        self.objects.push(object.done());
    }

    fn certificate_status(&self, scenario: &Scenario, issued: &Issuance, renewal: Time) -> Value {
        let failing = failing_readiness(scenario, issued.validity.not_after < self.now);
        let ready = match &failing {
            Some((reason, message)) => condition("Ready", false, reason, message, Time(self.now.0 - 3_600)),
            None => {
                let fine = "Certificate is up to date and has not expired";
                condition("Ready", true, "Ready", fine, Time(issued.issued_at.0 + 4))
            }
        };
        let mut conditions = vec![ready];
        let mut status = json!({});
        if !matches!(scenario.twist, Twist::SecretDeleted | Twist::KeyMissing) {
            put(&mut status, "notAfter", json!(issued.validity.not_after));
            put(&mut status, "notBefore", json!(issued.validity.not_before));
            put(&mut status, "renewalTime", json!(renewal));
        }
        if !scenario.has_no_revision() {
            put(&mut status, "revision", json!(scenario.revision));
        }
        let due = format!("Renewing certificate as renewal was scheduled at {}", renewal.go_string());
        match scenario.twist {
            Twist::Issuing | Twist::NameTaken => {
                conditions.push(condition("Issuing", true, "Renewing", &due, issuing_since(scenario, self.now)));
                put(&mut status, "nextPrivateKeySecretName", json!(next_key_name(scenario)));
            }
            Twist::BackOff(minutes, attempts) => {
                let failed = Time(self.now.0 - minutes * 60);
                let message = format!("The certificate request has failed to complete and will be retried: {ORDER_FAILED}");
                conditions.push(condition("Issuing", false, "Failed", &message, failed));
                put(&mut status, "lastFailureTime", json!(failed));
                put(&mut status, "failedIssuanceAttempts", json!(attempts));
            }
            _ => {}
        }
        put(&mut status, "conditions", json!(conditions));
        status
    }

    fn requests(&mut self, scenario: &Scenario, issued: &Issuance) -> Result<()> {
        let next = scenario.revision + 1;
        match scenario.twist {
            Twist::RestoredWithOrphan => self.orphan(scenario, issued, 2),
            _ if scenario.has_no_revision() => {}
            Twist::OlderSecret => {
                // The request in the cluster is the newer one; its key is not the one in the Secret.
                let newer = self.issue(scenario, scenario.key, scenario.revision, issued.issued_at)?;
                self.request(scenario, &newer, scenario.revision, "", RequestState::Issued);
            }
            Twist::DuplicateRequests => {
                let letters = format!("-{}", suffix(scenario.name));
                self.request(scenario, issued, scenario.revision, "", RequestState::Issued);
                self.request(scenario, issued, scenario.revision, &letters, RequestState::Issued);
            }
            _ => self.request(scenario, issued, scenario.revision, "", RequestState::Issued),
        }
        match scenario.twist {
            Twist::Issuing => {
                let pending = self.issue(scenario, scenario.key, next, issuing_since(scenario, self.now))?;
                self.request(scenario, &pending, next, "", RequestState::Pending);
                self.next_key(scenario, &pending);
            }
            Twist::NameTaken => {
                let wanted = self.issue(scenario, scenario.key, next, issuing_since(scenario, self.now))?;
                self.next_key(scenario, &wanted);
                let old = self.issue(scenario, scenario.key, next, Time(self.now.0 - 160 * DAY))?;
                self.orphan(scenario, &old, next);
            }
            Twist::BackOff(minutes, _) => {
                let failed = self.issue(scenario, scenario.key, next, Time(self.now.0 - minutes * 60 - 95))?;
                self.request(scenario, &failed, next, "", RequestState::Failed);
            }
            _ => {}
        }
        Ok(())
    }

    fn request(&mut self, scenario: &Scenario, issued: &Issuance, revision: i64, letters: &str, state: RequestState) {
        let name = format!("{}-{revision}{letters}", scenario.name);
        let object = request_object(scenario, issued, &name, revision)
            .owned_by(API, "Certificate", scenario.namespace, scenario.name)
            .with("status", request_status(issued, state));
        self.objects.push(object.done());
        if scenario.issued_by() == Signer::Acme {
            self.order(scenario, issued, &name, state);
        }
    }

    /// A request that Velero brought back: no owner, no status, and approved and signed again since.
    fn orphan(&mut self, scenario: &Scenario, issued: &Issuance, revision: i64) {
        let name = format!("{}-{revision}", scenario.name);
        let object = request_object(scenario, issued, &name, revision)
            .meta("labels", velero_labels())
            .with("status", request_status(issued, RequestState::Issued));
        self.objects.push(object.done());
    }

    fn next_key(&mut self, scenario: &Scenario, issued: &Issuance) {
        let (namespace, name) = (scenario.namespace, next_key_name(scenario));
        let object = Object::new("v1", "Secret", namespace, &name, issued.issued_at)
            .meta("labels", json!({"cert-manager.io/next-private-key": "true", "controller.cert-manager.io/fao": "true"}))
            .owned_by(API, "Certificate", namespace, scenario.name)
            .with("data", json!({"tls.key": pki::base64(&issued.key)}))
            .with("type", json!("Opaque"));
        self.objects.push(object.done());
    }

    fn secret(&mut self, scenario: &Scenario, issued: &Issuance, created: Time) -> Result<()> {
        if matches!(scenario.twist, Twist::SecretDeleted | Twist::SharesSecretOf(_) | Twist::SecretsNotRead) {
            return Ok(());
        }
        let mut data = json!({
            "tls.crt": pki::base64(&issued.full_chain()),
            "tls.key": pki::base64(&issued.key),
        });
        if let Some(ca) = &issued.ca {
            put(&mut data, "ca.crt", json!(pki::base64(ca)));
        }
        let mut type_ = "kubernetes.io/tls";
        match scenario.twist {
            Twist::KeyMissing => {
                type_ = "Opaque";
                data.as_object_mut().and_then(|map| map.remove("tls.key"));
            }
            Twist::KeyOfAnother => {
                let other = pki::key_pem(&self.keys.take(scenario.key)?)?;
                put(&mut data, "tls.key", json!(pki::base64(&other)));
            }
            _ => {}
        }
        if matches!(scenario.extra, Extra::Pkcs12(_) | Extra::Jks(_)) {
            let (store, trust) = match scenario.extra {
                Extra::Jks(_) => ("keystore.jks", "truststore.jks"),
                _ => ("keystore.p12", "truststore.p12"),
            };
            // Nothing looks into a keystore; a real one would hold the key once more.
            put(&mut data, store, json!(pki::base64("keystore left out of the demo data")));
            put(&mut data, trust, json!(pki::base64("truststore left out of the demo data")));
        }
        let object = Object::new("v1", "Secret", scenario.namespace, scenario.secret_name(), created)
            .meta("annotations", secret_annotations(scenario))
            .meta("labels", json!({"controller.cert-manager.io/fao": "true"}))
            .with("data", data)
            .with("type", json!(type_));
        self.objects.push(object.done());
        Ok(())
    }

    fn order(&mut self, scenario: &Scenario, issued: &Issuance, request: &str, state: RequestState) {
        let name = format!("{request}-{}", 1_000_000_000 + pick(request, 3_000_000_000));
        let server = "https://acme.example.org";
        let number = pick(&name, 900_000_000);
        let mut status = json!({
            "finalizeURL": format!("{server}/finalize/{number}"),
            "state": state.order(),
            "url": format!("{server}/order/{number}"),
        });
        if let RequestState::Failed = state {
            put(&mut status, "failureTime", json!(Time(issued.issued_at.0 + 90)));
        }
        let dns_names = scenario.issued_wish().dns_names;
        let object = Object::new("acme.cert-manager.io/v1", "Order", scenario.namespace, &name, issued.issued_at)
            .owned_by(API, "CertificateRequest", scenario.namespace, request)
            .with("spec", json!({
                "dnsNames": dns_names, "issuerRef": issuer_ref(scenario.issued_by()),
                "request": pki::base64(&issued.request),
            }))
            .with("status", status);
        self.objects.push(object.done());
        if let RequestState::Pending = state {
            for dns_name in dns_names {
                self.challenge(scenario, issued, &name, dns_name);
            }
        }
    }

    fn challenge(&mut self, scenario: &Scenario, issued: &Issuance, order: &str, dns_name: &str) {
        let name = format!("{order}-{}", 1_000_000_000 + pick(order, 3_000_000_000));
        let url = format!("https://acme.example.org/challenge/{}", pick(&name, 900_000_000));
        let object = Object::new("acme.cert-manager.io/v1", "Challenge", scenario.namespace, &name, issued.issued_at)
            .owned_by("acme.cert-manager.io/v1", "Order", scenario.namespace, order)
            .with("spec", json!({
                "dnsName": dns_name, "issuerRef": issuer_ref(scenario.signer), "type": "DNS-01",
                "url": url, "wildcard": false,
            }))
            .with("status", json!({"presented": true, "processing": true, "state": "pending"}));
        self.objects.push(object.done());
    }
}

/// How far a request has come.
#[derive(Clone, Copy)]
enum RequestState {
    Issued,
    Pending,
    Failed,
}

impl RequestState {
    fn order(self) -> &'static str {
        match self {
            Self::Issued => "valid",
            Self::Pending => "pending",
            Self::Failed => "errored",
        }
    }
}

const ORDER_FAILED: &str = "Failed to wait for order resource to become ready: order is in \"errored\" state";

fn request_object(scenario: &Scenario, issued: &Issuance, name: &str, revision: i64) -> Object {
    let wish = scenario.issued_wish();
    let mut spec = json!({
        "extra": {"authentication.kubernetes.io/pod-name": ["cert-manager-7c9d8f6b54-x2lqp"]},
        "groups": ["system:serviceaccounts", "system:serviceaccounts:cert-manager", "system:authenticated"],
        "issuerRef": issuer_ref(scenario.issued_by()),
        "request": pki::base64(&issued.request),
        "uid": "6f9d0a5c-6b43-4f0e-8f5c-0f2f1c7f5d11",
        "usages": wish.usages,
        "username": "system:serviceaccount:cert-manager:cert-manager",
    });
    if let Some(hours) = wish.duration_hours {
        put(&mut spec, "duration", json!(duration_text(hours)));
    }
    if wish.is_ca {
        put(&mut spec, "isCA", json!(true));
    }
    let annotations = json!({
        "cert-manager.io/certificate-name": scenario.name,
        "cert-manager.io/certificate-revision": revision.to_string(),
        "cert-manager.io/private-key-secret-name": next_key_name(scenario),
    });
    Object::new(API, "CertificateRequest", scenario.namespace, name, Time(issued.issued_at.0 - 3))
        .meta("annotations", annotations)
        .meta("generation", json!(1))
        .with("spec", spec)
}

fn request_status(issued: &Issuance, state: RequestState) -> Value {
    let approved = "Certificate request has been approved by cert-manager.io";
    let approved = condition("Approved", true, "cert-manager.io", approved, Time(issued.issued_at.0 - 2));
    let ready = |status, reason, text: &str| condition("Ready", status, reason, text, issued.issued_at);
    match state {
        RequestState::Issued => {
            let fetched = ready(true, "Issued", "Certificate fetched from issuer successfully");
            let mut status =
                json!({"certificate": pki::base64(&issued.full_chain()), "conditions": [approved, fetched]});
            if let Some(ca) = &issued.ca {
                put(&mut status, "ca", json!(pki::base64(ca)));
            }
            status
        }
        RequestState::Pending => {
            let waiting = "Waiting on certificate issuance from order: \"pending\"";
            json!({"conditions": [approved, ready(false, "Pending", waiting)]})
        }
        RequestState::Failed => {
            let failed = Time(issued.issued_at.0 + 95);
            json!({"conditions": [approved, condition("Ready", false, "Failed", ORDER_FAILED, failed)], "failureTime": failed})
        }
    }
}

fn issuing_since(scenario: &Scenario, now: Time) -> Time {
    Time(now.0 - if let Twist::Issuing = scenario.twist { 480 } else { 2 * DAY })
}

fn next_key_name(scenario: &Scenario) -> String {
    format!("{}-{}", scenario.name, suffix(&format!("{}/{}", scenario.namespace, scenario.name)))
}

fn velero_labels() -> Value {
    json!({"velero.io/backup-name": "nightly-20260601", "velero.io/restore-name": "move-to-new-datacentre"})
}

/// What the readiness controller says, where it is not content.
fn failing_readiness(scenario: &Scenario, expired: bool) -> Option<(&'static str, String)> {
    let of = |reason, text: &str| Some((reason, text.to_owned()));
    match scenario.twist {
        Twist::SecretDeleted => of("DoesNotExist", "Issuing certificate as Secret does not exist"),
        Twist::KeyMissing => of("MissingData", "Issuing certificate as Secret does not contain a private key"),
        Twist::KeyOfAnother => {
            of("InvalidKeyPair", "Issuing certificate as Secret contains a private key that does not match the certificate")
        }
        Twist::IssuerWas(signer) => {
            let (name, kind, group) = signer.reference();
            let text = format!("Issuing certificate as Secret was previously issued by \"{kind}.{group}/{name}\"");
            Some(("IncorrectIssuer", text))
        }
        Twist::KeyWas(Key::Rsa(_)) => {
            of("SecretMismatch", "Existing private key is not up to date for spec: [spec.privateKey.size]")
        }
        Twist::KeyWas(_) => {
            of("SecretMismatch", "Existing private key is not up to date for spec: [spec.privateKey.algorithm]")
        }
        Twist::OlderSecret => {
            of("SecretMismatch", "Secret contains a private key that does not match the current CertificateRequest")
        }
        Twist::NameAdded => of("RequestChanged", &changed("spec.dnsNames")),
        Twist::DurationWas(_) => of("RequestChanged", &changed("spec.duration")),
        Twist::RenamedFrom(name) | Twist::SharesSecretOf(name) => {
            let advice = "If this message is not transient, you might have two conflicting Certificates pointing to the same secret.";
            Some(("IncorrectCertificate", format!("Secret was issued for \"{name}\". {advice}")))
        }
        _ if expired => of("Expired", "Certificate expired"),
        _ => None,
    }
}

fn changed(field: &str) -> String {
    format!("Fields on existing CertificateRequest resource not up to date: [{field}]")
}

fn validity(signer: Signer, wish: &Wish, at: Time) -> Validity {
    let lifetime = wish.duration_hours.unwrap_or(2_160) * 3_600;
    let (backdated, shortened) = match signer {
        Signer::Acme => (3_600, 3_601),
        Signer::VaultPayments | Signer::VaultLegacy => (30, 0),
        Signer::AwsPca => (3_600, 0),
        _ => (0, 0),
    };
    Validity { not_before: Time(at.0 - backdated), not_after: Time(at.0 + lifetime - shortened) }
}

/// When cert-manager 1.21 renews (`pkg/util/pki/renewaltime.go`).
fn renewal_time(scenario: &Scenario, validity: Validity) -> Result<Time> {
    let lifetime = validity.not_after.0 - validity.not_before.0;
    let before = match scenario.extra {
        Extra::RenewBeforeHours(hours) => hours * 3_600,
        Extra::RenewBeforePercentage(percent) => lifetime * percent / 100,
        Extra::Window { renewal, .. } => return Ok(Time::parse(renewal)?),
        _ => (lifetime + 2) / 3,
    };
    Ok(validity.not_after.plus(GoDuration::seconds(-before)))
}
