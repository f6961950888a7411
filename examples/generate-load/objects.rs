//! The objects: what the API server gives of a cluster with many teams, each with a number of services.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use rayon::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};
use reissue_audit::time::Time;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::pool::{Pool, pem};
use crate::tarball::Entry;

const DAY: i64 = 86_400;
const CERTIFICATES: &str = "certificates.cert-manager.io";
const REQUESTS: &str = "certificaterequests.cert-manager.io";
const ISSUERS: [&str; 5] = ["internal-ca", "edge-ca", "mesh-ca", "data-ca", "batch-ca"];
const USAGES: [&str; 4] = ["digital signature", "key encipherment", "server auth", "client auth"];

/// What all objects follow from.
pub(crate) struct Cluster {
    pool: Pool,
    seed: u64,
    namespaces: u32,
    now: Time,
    issuer: Issuer<'static, KeyPair>,
    intermediate: String,
    root: String,
    issuer_key: String,
}

/// One Certificate's place and history.
struct Service {
    namespace: String,
    name: String,
    issuer: &'static str,
    revision: i64,
    not_before: Time,
    hash: String,
}

impl Cluster {
    /// Founds the authorities.
    pub(crate) fn new(pool: Pool, seed: u64, namespaces: u32, now: Time) -> Result<Self> {
        let (root_key, intermediate_key) = (KeyPair::generate()?, KeyPair::generate()?);
        let root_params = authority("Example Corp Root CA", now)?;
        let params = authority("Example Corp Issuing CA 7", now)?;
        let root = pem("CERTIFICATE", root_params.self_signed(&root_key)?.der());
        let intermediate = params.signed_by(&intermediate_key, &Issuer::from_params(&root_params, &root_key))?;
        let intermediate = pem("CERTIFICATE", intermediate.der());
        let issuer_key = pem("PRIVATE KEY", intermediate_key.serialized_der());
        let issuer = Issuer::new(params, intermediate_key);
        Ok(Self { pool, seed, namespaces, now, issuer, intermediate, root, issuer_key })
    }

    /// Namespaces, ClusterIssuers and the Secrets that those sign with.
    pub(crate) fn surroundings(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let born = Time(self.now.0 - 900 * DAY);
        let names = (0..self.namespaces).map(namespace_name).chain(["cert-manager".to_owned()]);
        for name in names {
            let labels = json!({"kubernetes.io/metadata.name": name, "team": name.trim_end_matches("-prod")});
            let mut object = self.object("v1", "Namespace", "", &name, born);
            object["metadata"]["labels"] = labels;
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
            entries.push(entry("namespaces", &object));
        }
        for name in ISSUERS {
            let mut object = self.object("cert-manager.io/v1", "ClusterIssuer", "", name, born);
            object["spec"] = json!({"ca": {"secretName": name}});
            object["status"] =
                json!({"conditions": [condition("Ready", "KeyPairVerified", "Signing CA verified", born)]});
            entries.push(entry("clusterissuers.cert-manager.io", &object));
            let mut secret = self.object("v1", "Secret", "cert-manager", name, born);
            secret["type"] = json!("kubernetes.io/tls");
            secret["data"] = json!({
                "ca.crt": STANDARD.encode(&self.root), "tls.crt": STANDARD.encode(&self.intermediate),
                "tls.key": STANDARD.encode(&self.issuer_key),
            });
            entries.push(entry("secrets", &secret));
        }
        entries
    }

    /// The DER of the certificates of some services.
    pub(crate) fn leaves(&self, numbers: Range<u32>) -> Result<Vec<Vec<u8>>> {
        numbers.into_par_iter().map(|number| self.leaf(number)).collect()
    }

    fn leaf(&self, number: u32) -> Result<Vec<u8>> {
        let service = self.service(number);
        let mut params = request_params(&service)?;
        params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(service.not_before.0)?);
        params.not_after = params.not_before + Duration::from_secs(90 * 86_400);
        let serial = digest(&SHA256, format!("serial/{}/{number}", self.seed).as_bytes());
        let mut serial: Vec<u8> = serial.as_ref().iter().copied().take(16).collect();
        serial.iter_mut().take(1).for_each(|first| *first = *first & 0x7f | 0x10);
        params.serial_number = Some(SerialNumber::from(serial));
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        Ok(params.signed_by(&self.pool.key(number).pair, &self.issuer)?.der().to_vec())
    }

    /// The Secrets of some services, whose certificates are given.
    pub(crate) fn secrets(&self, numbers: Range<u32>, leaves: &[Vec<u8>]) -> Vec<Entry> {
        let numbers: Vec<u32> = numbers.collect();
        numbers.par_iter().zip(leaves).map(|(&number, leaf)| entry("secrets", &self.secret(number, leaf))).collect()
    }

    fn secret(&self, number: u32, leaf: &[u8]) -> Value {
        let service = self.service(number);
        let secret_name = format!("{}-tls", service.name);
        let mut object = self.object("v1", "Secret", &service.namespace, &secret_name, service.created());
        let metadata = &mut object["metadata"];
        metadata["annotations"] = json!({
            "cert-manager.io/alt-names": service.dns_names().join(","),
            "cert-manager.io/certificate-name": service.name,
            "cert-manager.io/common-name": service.common_name(),
            "cert-manager.io/ip-sans": "",
            "cert-manager.io/issuer-group": "cert-manager.io",
            "cert-manager.io/issuer-kind": "ClusterIssuer",
            "cert-manager.io/issuer-name": service.issuer,
            "cert-manager.io/uri-sans": "",
        });
        metadata["labels"] = json!({"controller.cert-manager.io/fao": "true"});
        let fields = json!({
            "f:data": {".": {}, "f:tls.crt": {}, "f:tls.key": {}},
            "f:metadata": {
                "f:annotations": fields_of(&metadata["annotations"]),
                "f:labels": fields_of(&metadata["labels"]),
            },
            "f:type": {},
        });
        metadata["managedFields"] =
            json!([managed("cert-manager-certificates-issuing", "Apply", "v1", service.issued_at(), fields)]);
        object["data"] = json!({
            "tls.crt": STANDARD.encode(self.chain(leaf)),
            "tls.key": self.pool.key(number).data,
        });
        object["type"] = json!("kubernetes.io/tls");
        object
    }

    /// The CertificateRequests of some services; `leaves` are the certificates of all, if the requests shall hold them.
    pub(crate) fn requests(&self, numbers: Range<u32>, leaves: &[Vec<u8>]) -> Result<Vec<Entry>> {
        let one = |number: u32| Ok(entry(REQUESTS, &self.request(number, leaves.get(number as usize))?));
        numbers.into_par_iter().map(one).collect()
    }

    fn request(&self, number: u32, leaf: Option<&Vec<u8>>) -> Result<Value> {
        let service = self.service(number);
        let name = format!("{}-{}", service.name, service.revision);
        let asked = Time(service.issued_at().0 - 2);
        let api = "cert-manager.io/v1";
        let mut object = self.object(api, "CertificateRequest", &service.namespace, &name, asked);
        let metadata = &mut object["metadata"];
        metadata["annotations"] = json!({
            "cert-manager.io/certificate-name": service.name,
            "cert-manager.io/certificate-revision": service.revision.to_string(),
            "cert-manager.io/private-key-secret-name": format!("{}-{}", service.name, &service.hash[..5]),
        });
        metadata["generation"] = json!(1);
        metadata["labels"] = service.labels();
        metadata["ownerReferences"] = json!([{
            "apiVersion": api, "blockOwnerDeletion": true, "controller": true, "kind": "Certificate",
            "name": service.name, "uid": self.uid("Certificate", &service.namespace, &service.name),
        }]);
        let fields = json!({"f:status": {".": {}, "f:certificate": {}, "f:conditions": {}}});
        let manager = "cert-manager-certificaterequests-issuer-ca";
        metadata["managedFields"] = json!([managed(manager, "Update", api, service.issued_at(), fields)]);
        let request = request_params(&service)?.serialize_request(&self.pool.key(number).pair)?;
        object["spec"] = json!({
            "duration": "2160h0m0s",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:cert-manager", "system:authenticated"],
            "issuerRef": service.issuer_ref(),
            "request": STANDARD.encode(pem("CERTIFICATE REQUEST", request.der())),
            "uid": "9f1b2f53-1d7e-4f0b-9a55-0f1f3f3b7a10",
            "usages": USAGES,
            "username": "system:serviceaccount:cert-manager:cert-manager",
        });
        let approved = "Certificate request has been approved by cert-manager.io";
        let fetched = "Certificate fetched from issuer successfully";
        object["status"] = json!({
            "conditions": [
                condition("Approved", "cert-manager.io", approved, asked),
                condition("Ready", "Issued", fetched, service.issued_at()),
            ],
        });
        if let Some(leaf) = leaf {
            object["status"]["certificate"] = json!(STANDARD.encode(self.chain(leaf)));
        }
        Ok(object)
    }

    /// Some Certificates.
    pub(crate) fn certificates(&self, numbers: Range<u32>) -> Vec<Entry> {
        numbers.into_par_iter().map(|number| entry(CERTIFICATES, &self.certificate(number))).collect()
    }

    fn certificate(&self, number: u32) -> Value {
        let service = self.service(number);
        let api = "cert-manager.io/v1";
        let mut object = self.object(api, "Certificate", &service.namespace, &service.name, service.created());
        let algorithm = if number.is_multiple_of(2) { ("ECDSA", 256) } else { ("RSA", 2_048) };
        object["spec"] = json!({
            "commonName": service.common_name(),
            "dnsNames": service.dns_names(),
            "duration": "2160h0m0s",
            "issuerRef": service.issuer_ref(),
            "privateKey": {"algorithm": algorithm.0, "rotationPolicy": "Always", "size": algorithm.1},
            "secretName": format!("{}-tls", service.name),
            "usages": USAGES,
        });
        let metadata = &mut object["metadata"];
        let applied = json!({"apiVersion": api, "kind": "Certificate", "spec": {"dnsNames": service.dns_names()}});
        metadata["annotations"] = json!({
            "kubectl.kubernetes.io/last-applied-configuration": format!("{applied}\n"),
        });
        metadata["generation"] = json!(1);
        metadata["labels"] = service.labels();
        let spec_fields = json!({
            "f:metadata": {"f:annotations": fields_of(&metadata["annotations"]), "f:labels": fields_of(&metadata["labels"])},
            "f:spec": fields_of(&object["spec"]),
        });
        object["status"] = json!({
            "conditions": [condition("Ready", "Ready", "Certificate is up to date and has not expired", service.issued_at())],
            "notAfter": Time(service.not_before.0 + 90 * DAY),
            "notBefore": service.not_before,
            "renewalTime": Time(service.not_before.0 + 60 * DAY),
            "revision": service.revision,
        });
        let status_fields = json!({"f:status": fields_of(&object["status"])});
        object["metadata"]["managedFields"] = json!([
            managed("helm", "Update", api, service.created(), spec_fields),
            managed("cert-manager-certificates-readiness", "Update", api, service.issued_at(), status_fields),
        ]);
        object
    }

    fn chain(&self, leaf: &[u8]) -> String {
        pem("CERTIFICATE", leaf) + &self.intermediate
    }

    fn service(&self, number: u32) -> Service {
        const PARTS: [&str; 8] = ["api", "web", "worker", "gateway", "cache", "search", "ledger", "events"];
        let hash = digest(&SHA256, format!("service/{}/{number}", self.seed).as_bytes());
        let byte = |at: usize| i64::from(hash.as_ref().get(at).copied().unwrap_or_default());
        let part = PARTS.get(byte(0) as usize % PARTS.len()).copied().unwrap_or_default();
        // Between 1 and 50 days old: renewal is at 60 days.
        let age = DAY + (byte(1) << 16 | byte(2) << 8 | byte(3)) % (49 * DAY);
        Service {
            namespace: namespace_name(number % self.namespaces),
            name: format!("{part}-{number:06}"),
            issuer: ISSUERS.get(byte(4) as usize % ISSUERS.len()).copied().unwrap_or_default(),
            revision: 1 + byte(5) % 12,
            not_before: Time(self.now.0 - age),
            hash: hash.as_ref().iter().map(|b| format!("{b:02x}")).collect(),
        }
    }

    fn object(&self, api_version: &str, kind: &str, namespace: &str, name: &str, created: Time) -> Value {
        let uid = self.uid(kind, namespace, name);
        let version = u32::from_str_radix(uid.get(..7).unwrap_or_default(), 16).unwrap_or_default();
        let mut metadata = json!({
            "creationTimestamp": created, "name": name, "resourceVersion": version.to_string(), "uid": uid,
        });
        if !namespace.is_empty() {
            metadata["namespace"] = json!(namespace);
        }
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})
    }

    fn uid(&self, kind: &str, namespace: &str, name: &str) -> String {
        let hash = digest(&SHA256, format!("uid/{}/{kind}/{namespace}/{name}", self.seed).as_bytes());
        let hex: String = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }
}

impl Service {
    fn dns_names(&self) -> [String; 2] {
        let (name, namespace) = (&self.name, &self.namespace);
        [format!("{name}.{namespace}.svc"), self.common_name()]
    }

    fn common_name(&self) -> String {
        format!("{}.example.internal", self.name)
    }

    fn issuer_ref(&self) -> Value {
        json!({"group": "cert-manager.io", "kind": "ClusterIssuer", "name": self.issuer})
    }

    fn labels(&self) -> Value {
        json!({
            "app.kubernetes.io/instance": self.name, "app.kubernetes.io/managed-by": "Helm",
            "helm.sh/chart": "service-4.12.0",
        })
    }

    fn issued_at(&self) -> Time {
        Time(self.not_before.0 + 1)
    }

    fn created(&self) -> Time {
        Time(self.not_before.0 - (self.revision - 1) * 60 * DAY)
    }
}

fn namespace_name(number: u32) -> String {
    format!("team-{number:03}-prod")
}

fn authority(name: &str, now: Time) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Example Corp");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(now.0 - 900 * DAY)?);
    params.not_after = params.not_before + Duration::from_secs(3_650 * 86_400);
    Ok(params)
}

fn request_params(service: &Service) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, service.common_name());
    for name in service.dns_names() {
        params.subject_alt_names.push(SanType::DnsName(name.try_into()?));
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn condition(type_: &str, reason: &str, message: &str, since: Time) -> Value {
    json!({"lastTransitionTime": since, "message": message, "reason": reason, "status": "True", "type": type_})
}

fn managed(manager: &str, operation: &str, api_version: &str, time: Time, fields: Value) -> Value {
    json!({
        "apiVersion": api_version, "fieldsType": "FieldsV1", "fieldsV1": fields,
        "manager": manager, "operation": operation, "time": time,
    })
}

fn fields_of(map: &Value) -> Value {
    let names = map.as_object().into_iter().flat_map(serde_json::Map::keys);
    let fields: BTreeMap<String, Value> = names.map(|name| (format!("f:{name}"), json!({}))).collect();
    json!(fields)
}

fn entry(resource: &'static str, object: &Value) -> Entry {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    // Go's encoder escapes what HTML would take for markup.
    let json = object.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    Entry { resource, namespace: text("/metadata/namespace"), name: text("/metadata/name"), json: json.into_bytes() }
}
