//! For each rule about upgrades a world in which it speaks, and one in which it does not.

use serde_json::{Value, json};

use super::{altered, and, but, crd, data, healthy, issue, key, p256, secret};

/// A rule; the world in which it speaks, from which release to which; another one in which it is silent; the finding's id and
/// the command to paste.
pub(crate) struct Upgraded {
    pub(crate) rule: &'static str,
    pub(crate) speaks: Way,
    pub(crate) silent: Way,
    pub(crate) id: &'static str,
    pub(crate) command: Option<&'static str>,
}

/// A world, where it goes from and to, and the controller's flags.
pub(crate) struct Way {
    pub(crate) objects: Vec<Value>,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) flags: &'static [(&'static str, &'static str)],
}

fn way(objects: Vec<Value>, from: &'static str, to: &'static str) -> Way {
    Way { objects, from, to, flags: &[] }
}

impl Way {
    fn flag(mut self, flags: &'static [(&'static str, &'static str)]) -> Self {
        self.flags = flags;
        self
    }
}

fn spec(change: impl FnOnce(&mut Value)) -> Vec<Value> {
    but("Certificate", "web", |certificate| change(&mut certificate["spec"]))
}

fn other_names() -> Vec<Value> {
    spec(|spec| spec["otherNames"] = json!([{"oid": "1.3.6.1.4.1.311.20.2.3", "utf8Value": "web"}]))
}

fn address(text: &'static str) -> Vec<Value> {
    spec(|spec| spec["ipAddresses"] = json!([text]))
}

/// A second owned request of the Certificate, with this revision, and `Ready=True`.
fn with_history(limit: Option<i64>) -> Vec<Value> {
    let objects = but("Certificate", "web", |certificate| {
        certificate["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
        if let Some(limit) = limit {
            certificate["spec"]["revisionHistoryLimit"] = json!(limit);
        }
    });
    let mut old = objects.iter().find(|o| o["kind"] == "CertificateRequest").unwrap().clone();
    old["metadata"]["name"] = json!("web-0");
    old["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = json!("0");
    and(objects, old)
}

fn bare_issuer(of_certificate: bool) -> Vec<Value> {
    let bare = |object: &mut Value| object["spec"]["issuerRef"] = json!({"name": "vault"});
    let objects = if of_certificate { but("Certificate", "web", bare) } else { healthy("shop", "web") };
    if of_certificate { altered(objects, "CertificateRequest", "web-1", bare) } else { objects }
}

fn stored_versions(versions: &[&str]) -> Vec<Value> {
    let mut definition = crd("certificates", "cert-manager.io");
    definition["status"] = json!({"storedVersions": versions});
    and(healthy("shop", "web"), definition)
}

/// A Certificate that an Ingress with an IP address as its host made.
fn host_with_address() -> Vec<Value> {
    let objects = but("Certificate", "web", |certificate| {
        certificate["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "front", "uid": "uid-front", "controller": true,
        }]);
        certificate["spec"] = json!({"dnsNames": ["10.0.0.1"], "secretName": "web",
            "issuerRef": {"name": "vault", "kind": "Issuer", "group": "cert-manager.io"},
            "usages": ["digital signature", "key encipherment"]});
    });
    let mut front = super::ingress();
    front["spec"]["tls"] = json!([{"hosts": ["10.0.0.1"], "secretName": "web"}]);
    and(objects, front)
}

fn order(state: &str) -> Vec<Value> {
    let order = json!({
        "apiVersion": "acme.cert-manager.io/v1", "kind": "Order", "metadata": {"namespace": "shop", "name": "web-1-123"},
        "spec": {"issuerRef": {"name": "vault"}, "dnsNames": ["web.example.com"]}, "status": {"state": state},
    });
    and(healthy("shop", "web"), order)
}

fn venafi(field: &'static str) -> Vec<Value> {
    let objects = but("Issuer", "vault", |issuer| {
        issuer["spec"] = json!({"venafi": {"zone": "web", "tpp": {"url": "https://tpp.example.internal",
            "credentialsRef": {"name": "vault-token"}}}});
    });
    altered(objects, "Secret", "vault-token", |secret| secret["data"] = json!({field: data("something")}))
}

fn with_key(pem: &str) -> Vec<Value> {
    let mut issued = issue(p256(), &["web.example.com"]);
    pem.clone_into(&mut issued.key_pem);
    altered(healthy("shop", "web"), "Secret", "web-tls", |object| *object = secret("shop", "web", &issued))
}

/// The running issuance waits for a request that was denied and has a Ready condition too.
fn denied() -> Vec<Value> {
    let objects = but("Certificate", "web", |certificate| {
        certificate["status"]["conditions"] = json!([{"type": "Issuing", "status": "True"}]);
    });
    let mut next = objects.iter().find(|o| o["kind"] == "CertificateRequest").unwrap().clone();
    next["metadata"]["name"] = json!("web-2");
    next["metadata"]["uid"] = json!("uid-next");
    next["metadata"]["annotations"]["cert-manager.io/certificate-revision"] = json!("2");
    next["status"]["conditions"] =
        json!([{"type": "Denied", "status": "True"}, {"type": "Ready", "status": "False", "reason": "Denied"}]);
    and(objects, next)
}

fn gateway() -> Vec<Value> {
    let gateway = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"namespace": "shop", "name": "front", "uid": "uid-front",
            "annotations": {"cert-manager.io/issuer": "vault"}},
        "spec": {"listeners": [{"name": "https", "protocol": "HTTPS", "hostname": "web.example.com",
            "tls": {"certificateRefs": [{"name": "web"}]}}]},
    });
    and(healthy("shop", "web"), gateway)
}

const GATE: (&str, &str) = ("feature-gates", "ExperimentalGatewayAPISupport=true");

/// A row for every rule about upgrades.
pub(crate) fn rows() -> Vec<Upgraded> {
    let row = |rule, speaks, silent, id, command| Upgraded { rule, speaks, silent, id, command };
    let silent_key = || spec(|spec| spec["privateKey"] = json!({"algorithm": "ECDSA", "size": 256}));
    let rsa = include_str!("../../testdata/pki/rsa3072.key");
    let small = include_str!("../../testdata/pki/rsa2048.key");
    let percentage = || {
        spec(|spec| {
            spec["renewBeforePercentage"] = json!(20);
            spec["privateKey"] = key("ECDSA", 256, "Always");
        })
    };
    let plain = || healthy("shop", "web");
    vec![
        row(
            "loop-starts",
            way(other_names(), "v1.13.6", "v1.14.7"),
            way(other_names(), "v1.13.6", "v1.20.3"),
            "loop-starts/Certificate/shop/web",
            None,
        ),
        row(
            "loop-ends",
            way(address("2001:0db8::1"), "v1.12.3", "v1.12.4"),
            way(address("2001:db8::1"), "v1.12.3", "v1.12.4"),
            "loop-ends/Certificate/shop/web",
            None,
        ),
        row(
            "rotation-default-changes",
            way(silent_key(), "v1.17.4", "v1.18.0"),
            way(plain(), "v1.17.4", "v1.18.0"),
            "rotation-default-changes/Certificate/shop/web",
            Some(
                r#"kubectl -n shop patch certificate web --type merge -p '{"spec":{"privateKey":{"rotationPolicy":"Never"}}}'"#,
            ),
        ),
        row(
            "requests-deleted",
            way(with_history(None), "v1.17.4", "v1.18.0"),
            way(with_history(Some(2)), "v1.17.4", "v1.18.0"),
            "requests-deleted/Certificate/shop/web",
            Some("kubectl -n shop get certificaterequests web-0 -o yaml"),
        ),
        row(
            "secret-label-race",
            way(plain(), "v1.10.2", "v1.13.6"),
            way(plain(), "v1.13.1", "v1.13.6"),
            "secret-label-race/Certificate/shop/web",
            Some("kubectl -n shop label secret web-tls controller.cert-manager.io/fao=true"),
        ),
        row(
            "crd-default-skew",
            way(bare_issuer(true), "v1.18.2", "v1.19.0"),
            way(bare_issuer(false), "v1.18.2", "v1.19.0"),
            "crd-default-skew/Certificate/shop/web",
            None,
        ),
        row(
            "admission-refuses",
            way(other_names(), "v1.20.3", "v1.19.6"),
            way(other_names(), "v1.20.3", "v1.21.2"),
            "admission-refuses/Certificate/shop/web",
            None,
        ),
        row(
            "stored-api-version",
            way(stored_versions(&["v1alpha2", "v1"]), "v1.17.4", "v1.18.0"),
            way(stored_versions(&["v1"]), "v1.17.4", "v1.18.0"),
            "stored-api-version/CustomResourceDefinition/certificates.cert-manager.io",
            Some("cmctl upgrade migrate-api-version"),
        ),
        row(
            "shim-changes-spec",
            way(host_with_address(), "v1.12.17", "v1.13.6"),
            way(host_with_address(), "v1.13.6", "v1.14.7"),
            "shim-changes-spec/Certificate/shop/web",
            Some("kubectl -n shop get ingresses.networking.k8s.io front -o yaml"),
        ),
        row(
            "renewal-moves",
            way(percentage(), "v1.16.2", "v1.16.3"),
            way(percentage(), "v1.16.3", "v1.21.2"),
            "renewal-moves/Certificate/shop/web",
            None,
        ),
        row(
            "acme-in-flight",
            way(order("pending"), "v1.11.5", "v1.12.17"),
            way(order("valid"), "v1.11.5", "v1.12.17"),
            "acme-in-flight/Order/shop/web-1-123",
            Some("kubectl get orders.acme.cert-manager.io -A"),
        ),
        row(
            "venafi-renewal",
            way(venafi("password"), "v1.15.5", "v1.16.5"),
            way(venafi("access-token"), "v1.15.5", "v1.16.5"),
            "venafi-renewal/Issuer/shop/vault",
            None,
        ),
        row(
            "signature-hash-changes",
            way(with_key(rsa), "v1.16.5", "v1.17.4"),
            way(with_key(small), "v1.16.5", "v1.17.4"),
            "signature-hash-changes/Certificate/shop/web",
            None,
        ),
        row(
            "release-not-advised",
            way(plain(), "v1.18.2", "v1.19.0"),
            way(plain(), "v1.18.2", "v1.19.1"),
            "release-not-advised/CustomResourceDefinition/certificates.cert-manager.io#v1.19.0-4",
            None,
        ),
        row(
            "stuck-request-ends",
            way(denied(), "v1.11.5", "v1.12.17"),
            way(denied(), "v1.12.3", "v1.12.17"),
            "stuck-request-ends/Certificate/shop/web",
            None,
        ),
        row(
            "gateway-shim-stops",
            way(gateway(), "v1.14.7", "v1.15.5").flag(&[GATE]),
            way(gateway(), "v1.14.7", "v1.15.5").flag(&[GATE, ("enable-gateway-api", "true")]),
            "gateway-shim-stops/Gateway/shop/front",
            None,
        ),
    ]
}
