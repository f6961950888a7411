//! The objects of one Certificate: itself, its Secret, and the issuance behind them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rcgen::{Issuer, KeyPair};
use reissue_audit::time::{GoDuration, Time};
use serde_json::{Value, json};

use crate::json::{Object, pick, put};
use crate::pki::{self, Authority, KeyRing, Validity};
use crate::scenario::{Extra, Key, Scenario, Signer, Twist, Wish};
use crate::spec::{certificate_spec, secret_annotations, shim_owner};

/// API version of cert-manager's kinds.
pub(crate) const API: &str = "cert-manager.io/v1";
/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

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
pub(crate) struct Issuance {
    pub(crate) key: String,
    pub(crate) signing_key: KeyPair,
    pub(crate) request: String,
    pub(crate) leaf: String,
    pub(crate) chain: String,
    pub(crate) ca: Option<String>,
    pub(crate) validity: Validity,
    pub(crate) issued_at: Time,
}

impl Issuance {
    /// `tls.crt`: the leaf and what leads to the root.
    pub(crate) fn full_chain(&self) -> String {
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
        let created = if scenario.was_restored() {
            restored_at(self.now)
        } else {
            Time(issued_at.0 - (scenario.revision - 1) * lived - 40)
        };
        self.certificate(scenario, &issued, renewal, created);
        self.requests(scenario, &issued)?;
        self.secret(scenario, &issued, created)?;
        if let Some(signer) = scenario.feeds {
            self.found_authority(scenario, signer, issued)?;
        }
        Ok(())
    }

    /// Makes a key, a request and a certificate, as the row was when it was last issued.
    pub(crate) fn issue(&mut self, scenario: &Scenario, kind: Key, revision: i64, at: Time) -> Result<Issuance> {
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
        Ok(Issuance { key: pki::key_pem(&key)?, signing_key: key, request, leaf, chain, ca, validity, issued_at: at })
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
        if scenario.was_restored() {
            object = object.meta("labels", velero_labels());
        }
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
        let mut labels = if scenario.was_restored() { velero_labels() } else { json!({}) };
        put(&mut labels, "controller.cert-manager.io/fao", json!("true"));
        let object = Object::new("v1", "Secret", scenario.namespace, scenario.secret_name(), created)
            .meta("annotations", secret_annotations(scenario))
            .meta("labels", labels)
            .with("data", data)
            .with("type", json!(type_));
        self.objects.push(object.done());
        Ok(())
    }
}

/// When some objects were brought back from a backup.
pub(crate) fn restored_at(now: Time) -> Time {
    Time(now.0 - 29 * DAY)
}

/// What Velero adds to the objects that it creates.
pub(crate) fn velero_labels() -> Value {
    json!({"velero.io/backup-name": "nightly-20261021", "velero.io/restore-name": "move-to-new-datacentre"})
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
