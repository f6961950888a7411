//! Certificates that the ingress- and gateway-shim make (rules 6.1, 6.2).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use thin_vec::{ThinVec, thin_vec};

use crate::object::certificate::PrivateKeySpec;
use crate::object::{
    Certificate, CertificateSpec, Gateway, Ingress, Kind, NamespacedName, Object, ObjectMeta, ObjectReference,
    OwnerReference,
};
use crate::release::{ControllerFlags, Release};
use crate::time::GoDuration;
use crate::world::World;

/// What the shim is told by its release and its flags.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shim<'a> {
    /// The release.
    pub(crate) release: &'a Release,
    /// The flags of its controller.
    pub(crate) flags: &'a ControllerFlags,
}

impl Shim<'_> {
    /// The Certificates that an Ingress, a Gateway or a ListenerSet asks for; none when it does not, or is badly configured.
    pub(crate) fn wanted(&self, world: &World, object: &Object) -> Vec<Certificate> {
        match object {
            Object::ListenerSet(set) if self.flags.follows_listener_sets(self.release.version) => {
                let parent = parent_of(set).and_then(|key| world.gateway(&key));
                let Some(parent) = parent.filter(|parent| parent.metadata.deletion_timestamp.is_none()) else {
                    return Vec::new();
                };
                let metadata = inherit(&set.metadata, &parent.metadata);
                self.for_object(Kind::ListenerSet, &metadata, || Some(gateway_blocks(set)))
            }
            Object::Ingress(ingress) => self.for_object(Kind::Ingress, &ingress.metadata, || ingress_blocks(ingress)),
            Object::Gateway(gateway) if self.flags.follows_gateways(self.release.version) => {
                self.for_object(Kind::Gateway, &gateway.metadata, || Some(gateway_blocks(gateway)))
            }
            _ => Vec::new(),
        }
    }

    fn for_object(
        &self,
        kind: Kind,
        metadata: &ObjectMeta,
        blocks: impl FnOnce() -> Option<BTreeMap<Box<str>, Vec<Box<str>>>>,
    ) -> Vec<Certificate> {
        let (Some(issuer_ref), Some(blocks)) = (self.issuer(kind, metadata), blocks()) else { return Vec::new() };
        let certificates = blocks
            .into_iter()
            .map(|(secret, hosts)| self.certificate(kind, metadata, &issuer_ref, secret.into(), hosts));
        // One malformed annotation ends the whole sync (rules 6.1.6).
        certificates.collect::<Option<_>>().unwrap_or_default()
    }

    /// Rules 6.1.1 and 6.1.3.
    fn issuer(&self, kind: Kind, metadata: &ObjectMeta) -> Option<ObjectReference> {
        let annotation = |key: &str| metadata.annotations.get(key);
        let issuer = annotation("cert-manager.io/issuer");
        let cluster = annotation("cert-manager.io/cluster-issuer");
        let automatic = kind == Kind::Ingress
            && annotation("kubernetes.io/tls-acme")
                .is_some_and(|value| matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True"));
        if issuer.is_none() && cluster.is_none() && !automatic {
            return None;
        }
        let (issuer_kind, group) =
            (annotation("cert-manager.io/issuer-kind"), annotation("cert-manager.io/issuer-group"));
        if cluster.is_some() && (issuer.is_some() || issuer_kind.is_some() || group.is_some()) {
            return None;
        }
        let flag = |name: &str, default: &str| -> Arc<str> {
            self.flags.given.get(name).map_or(default, String::as_str).into()
        };
        let mut reference = ObjectReference {
            name: flag("default-issuer-name", ""),
            kind: flag("default-issuer-kind", "Issuer"),
            group: flag("default-issuer-group", "cert-manager.io"),
        };
        if let Some(name) = issuer {
            (reference.name, reference.kind) = (name.into(), "Issuer".into());
        }
        if let Some(name) = cluster {
            (reference.name, reference.kind) = (name.into(), "ClusterIssuer".into());
        }
        if let Some(kind) = issuer_kind {
            reference.kind = kind.into();
        }
        if let Some(group) = group {
            reference.group = group.into();
        }
        (!reference.name.is_empty()).then_some(reference)
    }

    /// Rules 6.1.6 and 6.2.
    fn certificate(
        &self,
        kind: Kind,
        owner: &ObjectMeta,
        issuer_ref: &ObjectReference,
        secret: Arc<str>,
        mut hosts: Vec<Box<str>>,
    ) -> Option<Certificate> {
        let version = self.release.version;
        if (version.minor, version.patch) >= (21, 2) {
            let mut seen = std::collections::BTreeSet::new();
            hosts.retain(|host| seen.insert(host.clone()));
        }
        let (ips, names): (Vec<_>, Vec<_>) =
            hosts.into_iter().partition(|host| version.minor >= 13 && host.parse::<IpAddr>().is_ok());
        let mut spec = CertificateSpec {
            secret_name: secret.clone(),
            issuer_ref: issuer_ref.clone(),
            dns_names: names.into(),
            ip_addresses: ips.into(),
            usages: ["digital signature".into(), "key encipherment".into()].into(),
            ..CertificateSpec::default()
        };
        self.annotate(&mut spec, owner)?;
        let metadata = ObjectMeta {
            name: secret,
            namespace: owner.namespace.clone(),
            labels: owner.labels.clone(),
            owner_references: thin_vec![OwnerReference {
                api_version: format!("{}/v1", kind.row().group).into(),
                kind: kind.row().name.into(),
                name: owner.name.clone(),
                uid: owner.uid.clone(),
                controller: Some(true),
            }],
            ..ObjectMeta::default()
        };
        Some(Certificate { api_version: "cert-manager.io/v1".into(), metadata, spec, ..Certificate::default() })
    }

    fn annotate(&self, spec: &mut CertificateSpec, owner: &ObjectMeta) -> Option<()> {
        let minor = self.release.version.minor;
        let annotation = |key: &str| owner.annotations.get(key);
        let list = |text: &str| text.split(',').map(Into::into).collect::<ThinVec<Box<str>>>();
        if let Some(name) = annotation("cert-manager.io/common-name") {
            spec.common_name = name.into();
        }
        if let Some(text) = annotation("cert-manager.io/duration") {
            spec.duration = Some(GoDuration::parse(text).ok()?);
        }
        if let Some(text) = annotation("cert-manager.io/renew-before") {
            spec.renew_before = Some(GoDuration::parse(text).ok()?);
        }
        if let Some(text) = annotation("cert-manager.io/usages") {
            spec.usages = text.split(',').map(|usage| usage.trim().into()).collect();
        }
        if minor >= 9 {
            if let Some(text) = annotation("cert-manager.io/revision-history-limit") {
                spec.revision_history_limit = Some(text.parse().ok().filter(|limit| *limit >= 1)?);
            }
            self.annotate_key(spec, owner)?;
        }
        if minor >= 12
            && let Some(text) = annotation("cert-manager.io/email-sans")
        {
            spec.email_addresses = list(text);
        }
        if minor >= 16
            && let Some(text) = annotation("cert-manager.io/renew-before-percentage")
        {
            spec.renew_before_percentage = Some(text.parse().ok()?);
        }
        if minor >= 21 {
            spec.dns_names.extend(annotation("cert-manager.io/alt-names").map(list).into_iter().flatten());
            spec.ip_addresses.extend(annotation("cert-manager.io/ip-sans").map(list).into_iter().flatten());
        }
        Some(())
    }

    fn annotate_key(&self, spec: &mut CertificateSpec, owner: &ObjectMeta) -> Option<()> {
        let annotation = |key: &str| owner.annotations.get(key);
        let mut key = PrivateKeySpec::default();
        if let Some(text) = annotation("cert-manager.io/private-key-algorithm") {
            key.algorithm = Some(text).filter(|text| matches!(*text, "RSA" | "ECDSA" | "Ed25519"))?.into();
        }
        if let Some(text) = annotation("cert-manager.io/private-key-encoding") {
            key.encoding = Some(text).filter(|text| matches!(*text, "PKCS1" | "PKCS8"))?.into();
        }
        if let Some(text) = annotation("cert-manager.io/private-key-rotation-policy") {
            key.rotation_policy = Some(text).filter(|text| matches!(*text, "Never" | "Always"))?.into();
        }
        if let Some(text) = annotation("cert-manager.io/private-key-size") {
            key.size = text.parse().ok()?;
        }
        if key != PrivateKeySpec::default() {
            spec.private_key = Some(Box::new(key));
        }
        Some(())
    }
}

/// The Gateway of a ListenerSet.
pub(super) fn parent_of(set: &Gateway) -> Option<NamespacedName> {
    let parent = set.spec.parent_ref.as_ref().filter(|parent| !parent.name.is_empty())?;
    let namespace = parent.namespace.as_deref().filter(|namespace| !namespace.is_empty());
    Some(NamespacedName::new(namespace.unwrap_or(&set.metadata.namespace), &*parent.name))
}

/// What a ListenerSet takes over from its Gateway: the issuer where it names none, kind and group in any case
/// (`pkg/controller/certificate-shim/listenerset/controller.go@v1.21.2`, `inheritAnnotations`).
fn inherit(set: &ObjectMeta, gateway: &ObjectMeta) -> ObjectMeta {
    const ISSUERS: [&str; 2] = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer"];
    let mut inherited = set.clone();
    let names_one = ISSUERS.iter().any(|name| set.annotations.get(name).is_some());
    let issuers = ISSUERS.into_iter().filter(|_| !names_one);
    for name in issuers.chain(["cert-manager.io/issuer-kind", "cert-manager.io/issuer-group"]) {
        if let Some(value) = gateway.annotations.get(name) {
            inherited.annotations.insert(name, value);
        }
    }
    inherited
}

/// Rules 6.1.4 and 6.1.5: a Secret named twice spoils the whole Ingress.
fn ingress_blocks(ingress: &Ingress) -> Option<BTreeMap<Box<str>, Vec<Box<str>>>> {
    let mut blocks = BTreeMap::new();
    for tls in &ingress.spec.tls {
        if blocks.insert(tls.secret_name.clone(), tls.hosts.clone()).is_some() {
            return None;
        }
    }
    blocks.retain(|secret, hosts| !secret.is_empty() && !hosts.is_empty());
    Some(blocks)
}

/// Rules 6.1.5: listeners that share a Secret are merged.
fn gateway_blocks(gateway: &Gateway) -> BTreeMap<Box<str>, Vec<Box<str>>> {
    let mut blocks: BTreeMap<Box<str>, Vec<Box<str>>> = BTreeMap::new();
    let ignored: Vec<&str> = gateway
        .metadata
        .annotations
        .get("cert-manager.io/ignore-tls-listeners")
        .unwrap_or_default()
        .split(',')
        .collect();
    for listener in &gateway.spec.listeners {
        let Some(tls) = &listener.tls else { continue };
        let terminates = tls.mode.as_deref().is_none_or(|mode| mode == "Terminate");
        let speaks_tls = matches!(&*listener.protocol, "HTTPS" | "TLS");
        if !terminates || !speaks_tls || listener.hostname.is_empty() || ignored.contains(&&*listener.name) {
            continue;
        }
        for reference in &tls.certificate_refs {
            let own = reference.namespace.as_deref().is_none_or(|namespace| *namespace == *gateway.metadata.namespace);
            let core = reference.group.as_deref().is_none_or(|group| matches!(group, "" | "core"));
            if own && core && reference.kind.as_deref().is_none_or(|kind| kind == "Secret") {
                blocks.entry(reference.name.clone()).or_default().push(listener.hostname.clone());
            }
        }
    }
    blocks
}

/// A new Certificate as an object.
pub(super) fn object(certificate: Certificate) -> Object {
    Object::Certificate(Arc::new(certificate))
}
