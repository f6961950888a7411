//! A bench for plans: a source world, a setting, and a judge that believes what annotations tell it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use thin_vec::thin_vec;

use crate::object::ObjectRef;
use crate::object::{
    Certificate, CertificateRequest, CustomResourceDefinition, Ingress, Issuer, Kind, Namespace, NamespacedName,
    Object, ObjectMeta, Order, OwnerReference, Secret,
};
use crate::plan::velero::{RestoreOrder, VeleroRelease};
use crate::plan::{Plan, SAME, SourceFacts, Step, TargetFacts, preset};
use crate::policy::{Index, Violation};
use crate::release::{ControllerFlags, Release, Version, find};
use crate::simulate::{Decision, Fate, FinishedBackup, Judge, Judgement, Setting, Simulation, simulate_with};
use crate::time::Time;
use crate::world::World;

/// On a Secret: the judge finds this policy violated.
pub(super) const VIOLATES: &str = "test/violates";

/// 2026-06-01T00:00:00Z
pub(super) const NOW: Time = Time(1_780_272_000);

pub(super) struct Lab {
    pub(super) source: World,
    pub(super) release: Release,
    pub(super) flags: ControllerFlags,
    pub(super) finished: bool,
    pub(super) velero: VeleroRelease,
    pub(super) restore_order: Option<RestoreOrder>,
    pub(super) target: Option<World>,
    pub(super) files: BTreeMap<String, Vec<Object>>,
}

pub(super) fn key(text: &str) -> NamespacedName {
    match text.split_once('/') {
        Some((namespace, name)) => NamespacedName::new(namespace, name),
        None => NamespacedName::cluster(text),
    }
}

pub(super) fn reference(kind: Kind, text: &str) -> ObjectRef {
    ObjectRef::new(kind, key(text))
}

pub(super) fn metadata(text: &str) -> ObjectMeta {
    let key = key(text);
    ObjectMeta {
        uid: format!("source-{}-{}", key.namespace, key.name).into(),
        name: key.name,
        namespace: key.namespace,
        ..ObjectMeta::default()
    }
}

impl Lab {
    /// A source that was read completely, and a target with this release.
    pub(super) fn on(version: &str) -> Self {
        let mut source = World::default();
        source.coverage.complete = true;
        let release = find(Version::parse(version).unwrap()).unwrap().release;
        Self {
            source,
            release,
            flags: ControllerFlags::default(),
            finished: false,
            velero: VeleroRelease::default(),
            restore_order: None,
            target: None,
            files: BTreeMap::new(),
        }
    }

    pub(super) fn new() -> Self {
        Self::on("v1.21.2")
    }

    pub(super) fn put(&mut self, object: Object) -> &mut Self {
        assert!(self.source.insert(object).is_none());
        self
    }

    /// A Certificate `ns/name` for Secret `name-tls` and Issuer `ca`, with more of its spec as JSON.
    pub(super) fn certificate_with(&mut self, name: &str, spec: Value) -> &mut Self {
        let metadata = metadata(name);
        let mut whole = json!({
            "secretName": format!("{}-tls", metadata.name),
            "issuerRef": {"name": "ca"},
            "dnsNames": ["example.com"],
        });
        for (field, value) in spec.as_object().unwrap() {
            whole[field] = value.clone();
        }
        let json = json!({"apiVersion": "cert-manager.io/v1", "spec": whole, "status": {"revision": 3}});
        let certificate: Certificate = serde_json::from_value(json).unwrap();
        self.put(Object::Certificate(Arc::new(Certificate { metadata, ..certificate })))
    }

    pub(super) fn certificate(&mut self, name: &str) -> &mut Self {
        self.certificate_with(name, json!({}))
    }

    /// Gives an object an owner; of a Certificate the shim is meant.
    pub(super) fn owned_by(&mut self, kind: Kind, name: &str, owner_kind: Kind, owner: &str) -> &mut Self {
        let row = owner_kind.row();
        let reference = OwnerReference {
            api_version: format!("{}/v1", row.group).into(),
            kind: row.name.into(),
            name: owner.into(),
            uid: format!("source-{}-{owner}", key(name).namespace).into(),
            controller: Some(true),
        };
        self.source.get_mut(kind, &key(name)).unwrap().metadata_mut().owner_references.push(reference);
        self
    }

    pub(super) fn annotate(&mut self, kind: Kind, name: &str, annotation: &str, value: &str) -> &mut Self {
        self.source.get_mut(kind, &key(name)).unwrap().metadata_mut().annotations.insert(annotation, value);
        self
    }

    pub(super) fn label(&mut self, kind: Kind, name: &str, label: &str, value: &str) -> &mut Self {
        self.source.get_mut(kind, &key(name)).unwrap().metadata_mut().labels.insert(label, value);
        self
    }

    pub(super) fn secret(&mut self, name: &str) -> &mut Self {
        let data =
            Some(thin_vec![("password".into(), 1), ("tls.crt".into(), 1), ("tls.key".into(), 1), ("token".into(), 1)]);
        let secret = Secret { metadata: metadata(name), data, ..Secret::default() };
        self.put(Object::Secret(Arc::new(secret)))
    }

    /// An Issuer `ns/name`, or a ClusterIssuer when there is no namespace.
    pub(super) fn issuer(&mut self, name: &str, spec: Value) -> &mut Self {
        let issuer = Arc::new(Issuer { metadata: metadata(name), spec, ..Issuer::default() });
        self.put(if name.contains('/') { Object::Issuer(issuer) } else { Object::ClusterIssuer(issuer) })
    }

    pub(super) fn self_signed(&mut self, name: &str) -> &mut Self {
        self.issuer(name, json!({"selfSigned": {}}))
    }

    pub(super) fn request(&mut self, name: &str, issuer: &str) -> &mut Self {
        let json = json!({"spec": {"issuerRef": {"name": issuer}}, "status": {"certificate": "eA=="}});
        let request: CertificateRequest = serde_json::from_value(json).unwrap();
        self.put(Object::CertificateRequest(Arc::new(CertificateRequest { metadata: metadata(name), ..request })))
    }

    pub(super) fn order(&mut self, name: &str, issuer: &str) -> &mut Self {
        let order: Order = serde_json::from_value(json!({"spec": {"issuerRef": {"name": issuer}}})).unwrap();
        self.put(Object::Order(Arc::new(Order { metadata: metadata(name), ..order })))
    }

    /// An Ingress with one TLS block for Secret `secret`, and the annotation for Issuer `ca`.
    pub(super) fn ingress(&mut self, name: &str, secret: &str) -> &mut Self {
        let json = json!({"spec": {"tls": [{"hosts": ["example.com", "10.0.0.1"], "secretName": secret}]}});
        let mut ingress: Ingress = serde_json::from_value(json).unwrap();
        ingress.metadata = metadata(name);
        ingress.metadata.annotations.insert("cert-manager.io/issuer", "ca");
        self.put(Object::Ingress(Arc::new(ingress)))
    }

    pub(super) fn namespace(&mut self, name: &str) -> &mut Self {
        self.put(Object::Namespace(Arc::new(Namespace { metadata: metadata(name) })))
    }

    pub(super) fn crd(&mut self, kind: Kind) -> &mut Self {
        self.crd_versions(kind, &[])
    }

    /// A CRD that serves these versions.
    pub(super) fn crd_versions(&mut self, kind: Kind, versions: &[&str]) -> &mut Self {
        let row = kind.row();
        let versions: Vec<Value> = versions.iter().map(|name| json!({"name": name, "served": true})).collect();
        let names = json!({"kind": row.name, "plural": row.plural});
        let json = json!({"spec": {"group": row.group, "names": names, "versions": versions}});
        let crd: CustomResourceDefinition = serde_json::from_value(json).unwrap();
        let metadata = metadata(&kind.resource());
        self.put(Object::Crd(Arc::new(CustomResourceDefinition { metadata, ..crd })))
    }

    pub(super) fn run(&self, name: &str) -> Simulation {
        let facts = SourceFacts { location: "source".into(), cert_manager: None };
        let plan = preset(name).unwrap().plan(facts, TargetFacts::new_cluster("v1.21.2"));
        if plan.target.cluster == SAME {
            let setting = Setting { target: Some(&self.source), ..self.setting() };
            return simulate_with(&self.source, &plan, &setting, &Believer);
        }
        self.carry_out(&plan)
    }

    pub(super) fn steps(&self, steps: Vec<Step>) -> Simulation {
        let source = SourceFacts { location: "source".into(), cert_manager: None };
        let target = TargetFacts::new_cluster("v1.21.2");
        self.carry_out(&Plan {
            name: "test".into(),
            summary: String::new(),
            source,
            target,
            steps,
            config_maps: BTreeMap::new(),
        })
    }

    fn carry_out(&self, plan: &Plan) -> Simulation {
        simulate_with(&self.source, plan, &self.setting(), &Believer)
    }

    pub(super) fn setting(&self) -> Setting<'_> {
        Setting {
            release: &self.release,
            flags: &self.flags,
            source_version: None,
            velero: self.velero,
            restore_order: self.restore_order.clone(),
            target: self.target.as_ref(),
            files: &self.files,
            now: NOW,
            backup: self.finished.then_some(FinishedBackup { name: "nightly" }),
        }
    }
}

/// Believes the annotations of Secrets, and holds back who failed.
struct Believer;

impl Judge for Believer {
    fn judge(&self, world: &World, _: &Index<'_>, certificate: &Certificate) -> Judgement {
        let key = NamespacedName::new(certificate.metadata.namespace.clone(), certificate.spec.secret_name.clone());
        let violation = |policy: &'static str, reason: &'static str, message: &str| Violation {
            policy,
            reason,
            message: message.to_owned(),
            fields: Vec::new(),
            faq: None,
        };
        let found = match world.secret(&key) {
            None => {
                let message = "Issuing certificate as Secret does not exist";
                Some(violation("SecretDoesNotExist", "DoesNotExist", message))
            }
            Some(secret) => secret.metadata.annotations.get(VIOLATES).map(|policy| match policy {
                "SecretPrivateKeyMismatchesSpec" => violation(
                    "SecretPrivateKeyMismatchesSpec",
                    "SecretMismatch",
                    "Existing private key is not up to date for spec: [spec.privateKey.size]",
                ),
                _ => violation("CurrentCertificateNearingExpiry", "Renewing", "Renewing"),
            }),
        };
        let decision = match found.clone() {
            _ if certificate.status.last_failure_time.is_some() => Decision::Leave("it failed lately".to_owned()),
            None => Decision::Leave("it fits".to_owned()),
            Some(violation) => Decision::Issue(violation),
        };
        Judgement { decision, violations: found.into_iter().collect() }
    }
}

impl Simulation {
    pub(super) fn fate(&self, name: &str) -> &Fate {
        self.fates.get(&key(name)).unwrap()
    }

    pub(super) fn step_named(&self, action: &str) -> &crate::report::model::PlanStep {
        self.steps.iter().find(|step| step.action == action).unwrap()
    }
}
