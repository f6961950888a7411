//! CertificateRequests with their Orders, Challenges and temporary keys.

use anyhow::Result;
use reissue_audit::time::Time;
use serde_json::{Value, json};

use crate::issued::{API, Builder, DAY, Issuance, restored_at, velero_labels};
use crate::json::{Object, condition, pick, put, suffix};
use crate::pki;
use crate::scenario::{Scenario, Signer, Twist};
use crate::spec::{duration_text, issuer_ref};
use crate::status::{issuing_since, next_key_name};

impl Builder {
    /// Adds the requests of a row, with what hangs on them.
    pub(crate) fn requests(&mut self, scenario: &Scenario, issued: &Issuance) -> Result<()> {
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
            .meta("creationTimestamp", json!(restored_at(self.now)))
            .meta("labels", velero_labels())
            .with("status", request_status(issued, RequestState::Issued));
        self.objects.push(object.done());
    }

    fn next_key(&mut self, scenario: &Scenario, issued: &Issuance) {
        let (namespace, name) = (scenario.namespace, next_key_name(scenario));
        let object = Object::new("v1", "Secret", namespace, &name, issued.issued_at)
            .meta(
                "labels",
                json!({"cert-manager.io/next-private-key": "true", "controller.cert-manager.io/fao": "true"}),
            )
            .owned_by(API, "Certificate", namespace, scenario.name)
            .with("data", json!({"tls.key": pki::base64(&issued.key)}))
            .with("type", json!("Opaque"));
        self.objects.push(object.done());
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
            .with(
                "spec",
                json!({
                    "dnsNames": dns_names, "issuerRef": issuer_ref(scenario.issued_by()),
                    "request": pki::base64(&issued.request),
                }),
            )
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
            .with(
                "spec",
                json!({
                    "dnsName": dns_name, "issuerRef": issuer_ref(scenario.signer), "type": "DNS-01",
                    "url": url, "wildcard": false,
                }),
            )
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

/// What cert-manager says of an Order that the ACME server has refused.
pub(crate) const ORDER_FAILED: &str =
    "Failed to wait for order resource to become ready: order is in \"errored\" state";

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
