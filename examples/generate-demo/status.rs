//! `status` of a Certificate.

use reissue_audit::time::Time;
use serde_json::{Value, json};

use crate::issued::{Builder, DAY, Issuance};
use crate::json::{condition, put, suffix};
use crate::request::ORDER_FAILED;
use crate::scenario::{Key, Scenario, Twist};

impl Builder {
    /// `status` as the controllers left it at the time of the dump.
    pub(crate) fn certificate_status(&self, scenario: &Scenario, issued: &Issuance, renewal: Time) -> Value {
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
        if !matches!(scenario.twist, Twist::SecretDeleted | Twist::KeyMissing | Twist::SharesSecretOf(_)) {
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
                let message =
                    format!("The certificate request has failed to complete and will be retried: {ORDER_FAILED}");
                conditions.push(condition("Issuing", false, "Failed", &message, failed));
                put(&mut status, "lastFailureTime", json!(failed));
                put(&mut status, "failedIssuanceAttempts", json!(attempts));
            }
            _ => {}
        }
        put(&mut status, "conditions", json!(conditions));
        status
    }
}

/// When the running issuance began.
pub(crate) fn issuing_since(scenario: &Scenario, now: Time) -> Time {
    Time(now.0 - if let Twist::Issuing = scenario.twist { 480 } else { 2 * DAY })
}

/// Name of the temporary Secret with the next key.
pub(crate) fn next_key_name(scenario: &Scenario) -> String {
    format!("{}-{}", scenario.name, suffix(&format!("{}/{}", scenario.namespace, scenario.name)))
}

/// What the readiness controller says, where it is not content.
fn failing_readiness(scenario: &Scenario, expired: bool) -> Option<(&'static str, String)> {
    let of = |reason, text: &str| Some((reason, text.to_owned()));
    match scenario.twist {
        Twist::SecretDeleted => of("DoesNotExist", "Issuing certificate as Secret does not exist"),
        Twist::KeyMissing => of("MissingData", "Issuing certificate as Secret does not contain a private key"),
        Twist::KeyOfAnother => of(
            "InvalidKeyPair",
            "Issuing certificate as Secret contains a private key that does not match the certificate",
        ),
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
