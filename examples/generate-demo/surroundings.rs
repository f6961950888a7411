//! What stands around the Certificates: namespaces, issuers and their Secrets, Ingresses, the Gateway, cert-manager.

use std::collections::BTreeMap;

use anyhow::Result;
use rcgen::{CertificateParams, Issuer, KeyPair};
use reissue_audit::time::Time;
use serde_json::{Value, json};

use crate::issued::{API, Builder, DAY};
use crate::json::{Object, condition};
use crate::pki::{self, Authority, Validity};
use crate::scenario::{Key, Signer, Wish};
use crate::table::CA_WISH;

const VERSION: &str = "v1.21.2";

const NAMESPACES: [&str; 8] =
    ["cert-manager", "iam", "legacy", "monitoring", "partner", "payments", "platform", "shop"];

/// Authorities outside the cluster; for all but the ACME server, the signer is the root itself.
const OUTSIDE: [(Signer, &str, &str); 6] = [
    (Signer::Acme, "Example Encrypt (demo)", "EE7"),
    (Signer::VaultPayments, "Example Corp", "Example Corp Payments PKI"),
    (Signer::VaultLegacy, "Example Corp", "Example Corp Legacy PKI"),
    (Signer::MetricsCa, "Example Corp", "Metrics CA"),
    (Signer::OldMetricsCa, "Example Corp", "Old Metrics CA"),
    (Signer::AwsPca, "Example Corp", "Example Corp Corporate PCA G1"),
];

impl Builder {
    /// Founds the authorities whose keys are not in the cluster.
    pub(crate) fn found_outside_authorities(&mut self) -> Result<()> {
        let validity = Validity { not_before: Time(self.now.0 - 900 * DAY), not_after: Time(self.now.0 + 2_400 * DAY) };
        let root_params = authority_params("Example Encrypt (demo)", "Example Encrypt Root X2", validity)?;
        let root_key = self.keys.take(Key::P384)?;
        for (signer, organization, name) in OUTSIDE {
            let params = authority_params(organization, name, validity)?;
            let key = self.keys.take(Key::P384)?;
            let (chain, ca) = if signer == Signer::Acme {
                let issuer = Issuer::from_params(&root_params, &root_key);
                (pki::pem("CERTIFICATE", params.signed_by(&key, &issuer)?.der()), None)
            } else {
                (String::new(), Some(pki::pem("CERTIFICATE", params.self_signed(&key)?.der())))
            };
            self.authorities.insert(signer, Authority { issuer: Issuer::<KeyPair>::new(params, key), chain, ca });
        }
        Ok(())
    }

    /// Adds all objects that are not made from a row of the scenario table.
    pub(crate) fn add_surroundings(&mut self) -> Result<()> {
        let born = Time(self.now.0 - 720 * DAY);
        for namespace in NAMESPACES {
            let object = Object::new("v1", "Namespace", "", namespace, born)
                .meta("labels", json!({"kubernetes.io/metadata.name": namespace}))
                .with("spec", json!({"finalizers": ["kubernetes"]}))
                .with("status", json!({"phase": "Active"}));
            self.objects.push(object.done());
        }
        self.issuers(born);
        self.other_secrets(born)?;
        self.shim_sources(born);
        self.cert_manager(born);
        self.name_taken_event();
        Ok(())
    }

    fn issuers(&mut self, born: Time) {
        let verified = "Signing CA verified";
        let ca = |secret: &str| json!({"ca": {"secretName": secret}});
        let vault = |path: &str, auth: Value| json!({"vault": {"auth": auth, "path": path, "server": "https://vault.platform.internal:8200"}});
        let app_role = json!({"appRole": {"path": "approle", "roleId": "7f2c6a0e-demo",
            "secretRef": {"key": "secretId", "name": "vault-approle"}}});
        let token = json!({"tokenSecretRef": {"key": "token", "name": "vault-token"}});
        let no_secret = "Error getting keypair for CA issuer: secrets \"metrics-ca-keypair\" not found";
        type Row = (&'static str, &'static str, Value, (bool, &'static str, &'static str));
        let rows: [Row; 9] = [
            ("", "internal-ca", ca("internal-intermediate-ca"), (true, "KeyPairVerified", verified)),
            ("", "internal-root-ca", ca("internal-root-ca"), (true, "KeyPairVerified", verified)),
            ("", "selfsigned-bootstrap", json!({"selfSigned": {}}), (true, "IsReady", "")),
            ("iam", "iam-ca", ca("iam-ca"), (true, "KeyPairVerified", verified)),
            ("legacy", "selfsigned", json!({"selfSigned": {}}), (true, "IsReady", "")),
            ("legacy", "vault-old", vault("pki_old/sign/legacy", token), (true, "VaultVerified", "Vault verified")),
            ("monitoring", "metrics-ca", ca("metrics-ca-keypair"), (false, "ErrGetKeyPair", no_secret)),
            ("payments", "vault-pki", vault("pki/sign/payments", app_role), (true, "VaultVerified", "Vault verified")),
            (
                "",
                "letsencrypt",
                acme_spec(),
                (true, "ACMEAccountRegistered", "The ACME account was registered with the ACME server"),
            ),
        ];
        for (namespace, name, spec, (ready, reason, message)) in rows {
            let kind = if namespace.is_empty() { "ClusterIssuer" } else { "Issuer" };
            let mut status = json!({"conditions": [condition("Ready", ready, reason, message, Time(born.0 + 60))]});
            if name == "letsencrypt" {
                let account = json!({"lastRegisteredEmail": "platform@example.com", "uri": "https://acme.example.org/acct/8312077"});
                crate::json::put(&mut status, "acme", account);
            }
            let object = Object::new(API, kind, namespace, name, born)
                .meta("generation", json!(1))
                .with("spec", spec)
                .with("status", status);
            self.objects.push(object.done());
        }
    }

    fn other_secrets(&mut self, born: Time) -> Result<()> {
        let account_key = pki::key_pem(&self.keys.take(Key::Default)?)?;
        let demo = "not-a-real-secret".to_owned();
        let rows = [
            ("cert-manager", "letsencrypt-account-key", "tls.key", account_key),
            ("cert-manager", "route53-credentials", "secret-access-key", demo.clone()),
            ("iam", "vpn-keystore-password", "password", demo.clone()),
            ("legacy", "vault-token", "token", demo.clone()),
            ("payments", "vault-approle", "secretId", demo),
        ];
        for (namespace, name, key, value) in rows {
            let data: BTreeMap<&str, String> = [(key, pki::base64(&value))].into();
            let object = Object::new("v1", "Secret", namespace, name, born)
                .with("data", json!(data))
                .with("type", json!("Opaque"));
            self.objects.push(object.done());
        }
        Ok(())
    }

    fn shim_sources(&mut self, born: Time) {
        let cluster = "cert-manager.io/cluster-issuer";
        type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, &'static str);
        let rows: [Row; 5] = [
            ("legacy", "print", "print-tls", &["print.legacy.internal"], "cert-manager.io/issuer", "vault-old"),
            ("monitoring", "grafana", "grafana-tls", &["grafana.example.com"], cluster, "letsencrypt"),
            ("payments", "webhooks", "webhooks-tls", &["webhooks.payments.example.com"], cluster, "letsencrypt"),
            (
                "shop",
                "checkout",
                "checkout-tls",
                &["checkout.shop.example.com", "pay.shop.example.com"],
                cluster,
                "letsencrypt",
            ),
            (
                "shop",
                "storefront",
                "storefront-tls",
                &["shop.example.com", "www.shop.example.com"],
                cluster,
                "letsencrypt",
            ),
        ];
        for (namespace, name, secret, hosts, annotation, issuer) in rows {
            let backend = json!({"service": {"name": name, "port": {"number": 8080}}});
            let rule = |host: &&str| json!({"host": host, "http": {"paths": [{"backend": backend, "path": "/", "pathType": "Prefix"}]}});
            let rules: Vec<Value> = hosts.iter().map(rule).collect();
            let mut annotations = json!({annotation: issuer});
            if name == "print" {
                crate::json::put(&mut annotations, "cert-manager.io/subject-organizations", json!("Example Corp"));
            }
            let object = Object::new("networking.k8s.io/v1", "Ingress", namespace, name, born)
                .meta("annotations", annotations)
                .meta("generation", json!(2))
                .with(
                    "spec",
                    json!({"ingressClassName": "nginx", "rules": rules,
                    "tls": [{"hosts": hosts, "secretName": secret}]}),
                )
                .with("status", json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.10"}]}}));
            self.objects.push(object.done());
        }
        let listener = |name: &str, host: &str, secret: &str| {
            json!({
                "allowedRoutes": {"namespaces": {"from": "Same"}}, "hostname": host, "name": name, "port": 443,
                "protocol": "HTTPS",
                "tls": {"certificateRefs": [{"group": "", "kind": "Secret", "name": secret}], "mode": "Terminate"},
            })
        };
        let listeners = [
            listener("git", "git.example.com", "git-tls"),
            listener("registry", "registry.example.com", "registry-tls"),
            listener("charts", "charts.example.com", "registry-tls"),
        ];
        let object = Object::new("gateway.networking.k8s.io/v1", "Gateway", "platform", "edge", born)
            .meta("annotations", json!({cluster: "letsencrypt"}))
            .meta("generation", json!(3))
            .with("spec", json!({"gatewayClassName": "envoy", "listeners": listeners}))
            .with("status", json!({"addresses": [{"type": "IPAddress", "value": "192.0.2.11"}]}));
        self.objects.push(object.done());
    }

    fn cert_manager(&mut self, born: Time) {
        let controller_args = json!([
            "--v=2",
            "--cluster-resource-namespace=$(POD_NAMESPACE)",
            "--leader-election-namespace=kube-system",
            format!("--acme-http01-solver-image=quay.io/jetstack/cert-manager-acmesolver:{VERSION}"),
            "--enable-gateway-api",
            "--max-concurrent-challenges=60",
        ]);
        let other_args = json!(["--v=2", "--leader-election-namespace=kube-system"]);
        let webhook_args = json!([
            "--v=2",
            "--secure-port=10250",
            "--dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)",
            "--dynamic-serving-ca-secret-name=cert-manager-webhook-ca"
        ]);
        let rows = [
            ("cert-manager", "controller", controller_args),
            ("cert-manager-cainjector", "cainjector", other_args),
            ("cert-manager-webhook", "webhook", webhook_args),
        ];
        for (name, component, args) in rows {
            let labels = json!({
                "app.kubernetes.io/component": component, "app.kubernetes.io/instance": "cert-manager",
                "app.kubernetes.io/name": component, "app.kubernetes.io/version": VERSION,
            });
            let container = json!({
                "args": args, "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
                "image": format!("quay.io/jetstack/cert-manager-{component}:{VERSION}"), "name": format!("cert-manager-{component}"),
            });
            let object = Object::new("apps/v1", "Deployment", "cert-manager", name, born)
                .meta("labels", labels.clone())
                .with("spec", json!({
                    "replicas": 1, "selector": {"matchLabels": {"app.kubernetes.io/component": component}},
                    "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], "serviceAccountName": name}},
                }))
                .with("status", json!({"availableReplicas": 1, "readyReplicas": 1, "replicas": 1}));
            self.objects.push(object.done());
        }
        self.resource_definitions(born);
    }

    fn resource_definitions(&mut self, born: Time) {
        const ACME: &str = "acme.cert-manager.io";
        const GATEWAY: &str = "gateway.networking.k8s.io";
        let rows = [
            ("cert-manager.io", "Certificate", "certificates", true),
            ("cert-manager.io", "CertificateRequest", "certificaterequests", true),
            ("cert-manager.io", "Issuer", "issuers", true),
            ("cert-manager.io", "ClusterIssuer", "clusterissuers", false),
            (ACME, "Order", "orders", true),
            (ACME, "Challenge", "challenges", true),
            (GATEWAY, "Gateway", "gateways", true),
        ];
        for (group, kind, plural, namespaced) in rows {
            let singular = kind.to_lowercase();
            let mut object = Object::new(
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                "",
                &format!("{plural}.{group}"),
                born,
            );
            object = if group == GATEWAY {
                object.meta("annotations", json!({"gateway.networking.k8s.io/bundle-version": "v1.4.0"}))
            } else {
                object.meta(
                    "labels",
                    json!({"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/version": VERSION}),
                )
            };
            let names =
                json!({"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": singular});
            let scope = if namespaced { "Namespaced" } else { "Cluster" };
            let object = object
                .with(
                    "spec",
                    json!({
                        "group": group, "names": names, "scope": scope,
                        "versions": [{"name": "v1", "served": true, "storage": true}],
                    }),
                )
                .with("status", json!({"acceptedNames": names, "storedVersions": ["v1"]}));
            self.objects.push(object.done());
        }
    }

    fn name_taken_event(&mut self) {
        let uid = crate::json::uid("Certificate", "platform", "build-cache");
        let message =
            "Failed to create CertificateRequest: certificaterequests.cert-manager.io \"build-cache-5\" already exists";
        let seen = Time(self.now.0 - 240);
        let object = Object::new("v1", "Event", "platform", "build-cache.18790f3a5b1c2d4e", seen)
            .with(
                "involvedObject",
                json!({"apiVersion": API, "kind": "Certificate", "name": "build-cache",
                "namespace": "platform", "uid": uid}),
            )
            .with("reason", json!("RequestFailed"))
            .with("message", json!(message))
            .with("type", json!("Warning"))
            .with("count", json!(61))
            .with("firstTimestamp", json!(Time(self.now.0 - 2 * DAY)))
            .with("lastTimestamp", json!(seen));
        self.objects.push(object.done());
    }
}

fn acme_spec() -> Value {
    let route53 = json!({
        "accessKeyID": "AKIADEMODEMODEMODEMO", "region": "eu-central-1",
        "secretAccessKeySecretRef": {"key": "secret-access-key", "name": "route53-credentials"},
    });
    json!({"acme": {
        "email": "platform@example.com", "privateKeySecretRef": {"name": "letsencrypt-account-key"},
        "server": "https://acme.example.org/directory", "solvers": [{"dns01": {"route53": route53}}],
    }})
}

fn authority_params(organization: &'static str, name: &'static str, validity: Validity) -> Result<CertificateParams> {
    let wish = Wish { common_name: name, ..CA_WISH };
    let mut params = pki::certificate_params(&wish, validity, &format!("authority/{name}"))?;
    params.distinguished_name.push(rcgen::DnType::OrganizationName, organization);
    Ok(params)
}
