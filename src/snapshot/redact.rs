//! What is left out of a snapshot because it could be secret.
//!
//! - Of a **Secret** only the lengths of its values are held in the first place. Its annotations keep their values where
//!   cert-manager, Velero or a `secretTemplate` gives them their meaning; of all others the length stays. Tools keep whole
//!   Secrets in annotations.
//! - Of an **Issuer** those texts stay that say where something is, and the names of Secrets; credentials that stand in the
//!   spec itself (role and access ids, the configuration of webhook solvers, URLs with a password) go.
//! - Of the arguments of **containers** the flags of cert-manager's controller stay; of flags that it does not have, the names.
//! - Of everything, texts that hold a private key in PEM go, be it once more in base64, and annotations in which tools keep a
//!   copy of the object. A password that stands in a Certificate is never held at all.
//!
//! What goes leaves its length behind. Two texts of one length then count as the same.

use std::collections::BTreeSet;

use memchr::memmem;
use serde_json::Value;

use crate::object::Object;
use crate::release::{Known, flag, is_controller_container, newest};
use crate::world::World;

/// Annotations in which tools keep the object as it was applied.
const COPIES: [&str; 7] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "objectset.rio.cattle.io/applied",
    "kapp.k14s.io/original",
    "banzaicloud.com/last-applied",
    "kopf.zalando.org/last-handled-configuration",
    "config.kubernetes.io/previous-configuration",
    "kustomize.toolkit.fluxcd.io/last-applied",
];

/// Domains of annotations of Secrets that decide something.
const DOMAINS: [&str; 2] = ["cert-manager.io", "velero.io"];

/// Fields of an issuer's spec whose texts say nothing secret; everything else there that is a text goes.
const PLAIN: [&str; 43] = [
    "apiGroup",
    "audiences",
    "class",
    "cnameStrategy",
    "crlDistributionPoints",
    "dnsNames",
    "dnsZones",
    "email",
    "environment",
    "group",
    "groupName",
    "host",
    "hostedZoneID",
    "hostedZoneName",
    "ingressClassName",
    "issuingCertificateURLs",
    "key",
    "keyAlgorithm",
    "kind",
    "labels",
    "matchLabels",
    "mountPath",
    "name",
    "nameserver",
    "namespace",
    "ocspServers",
    "path",
    "preferredChain",
    "profile",
    "project",
    "protocol",
    "region",
    "resourceGroupName",
    "role",
    "secretName",
    "sectionName",
    "server",
    "serverName",
    "serviceType",
    "solverName",
    "tsigAlgorithm",
    "url",
    "zone",
];

/// What stands for a text that goes.
const LEFT_OUT: &str = "(left out: ";

/// Takes out what could be secret.
pub(super) struct Redaction {
    /// Keys of annotations that the Certificates of this world want on Secrets.
    wanted: BTreeSet<String>,
}

impl Redaction {
    /// What is to be left out of the objects of a world.
    pub(super) fn of(world: &World) -> Self {
        let templates = world.certificates().filter_map(|certificate| certificate.spec.secret_template.as_deref());
        let wanted = templates.flat_map(|template| template.annotations.iter().map(|(key, _)| key.to_owned()));
        Self { wanted: wanted.collect() }
    }

    /// Takes it out of an object that is about to be written.
    pub(super) fn apply(&self, object: &Object, json: &mut Value) {
        if let Some(Value::Object(annotations)) = json.pointer_mut("/metadata/annotations") {
            let is_secret = matches!(object, Object::Secret(_));
            for (key, value) in annotations {
                if COPIES.contains(&&**key) || is_secret && !self.decides(key) {
                    leave_out(value);
                }
            }
        }
        match object {
            Object::Issuer(_) | Object::ClusterIssuer(_) => {
                if let Some(spec) = json.get_mut("spec") {
                    issuer(spec, false);
                }
            }
            Object::Deployment(workload) | Object::Pod(workload) => {
                let places = [
                    ("/spec/containers", &workload.spec.containers),
                    ("/spec/template/spec/containers", &workload.spec.template.spec.containers),
                ];
                for (pointer, containers) in places {
                    let written = json.pointer_mut(pointer).and_then(Value::as_array_mut).into_iter().flatten();
                    written
                        .zip(containers)
                        .for_each(|(json, container)| arguments(json, is_controller_container(container)));
                }
            }
            _ => {}
        }
        // The readings of a Secret's payloads may name a private key, and hold none.
        let whole = !matches!(object, Object::Secret(_));
        if let Some(json) = if whole { Some(json) } else { json.get_mut("metadata") } {
            private_keys(json);
        }
    }

    fn decides(&self, key: &str) -> bool {
        let domain = key.split_once('/').map_or("", |(domain, _)| domain);
        let is_in =
            |parent: &str| domain.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        DOMAINS.into_iter().any(is_in) || self.wanted.contains(key)
    }
}

fn left_out(length: usize) -> String {
    format!("{LEFT_OUT}{length} bytes)")
}

/// Puts the length in the place of a text, or of anything else; what stands for a text already stays.
fn leave_out(value: &mut Value) {
    let length = match &*value {
        Value::String(text) if text.is_empty() || text.starts_with(LEFT_OUT) => return,
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    };
    *value = left_out(length).into();
}

/// Takes out of an issuer's spec what is not known to be harmless. `plain` says that the field around it is.
fn issuer(value: &mut Value, plain: bool) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match &**name {
                    // What webhook solvers take is theirs to know, and no analysis reads it.
                    "config" if !field.is_null() => leave_out(field),
                    name => issuer(field, plain || PLAIN.contains(&name)),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| issuer(item, plain)),
        Value::String(text) if !plain || has_credentials(text) => leave_out(value),
        _ => {}
    }
}

/// Whether a URL holds a user.
fn has_credentials(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    authority.is_some_and(|authority| authority.contains('@'))
}

/// Takes out of a container's arguments what is no flag of the controller. Nothing asks for the arguments of another program.
fn arguments(container: &mut Value, is_controller: bool) {
    let Some(Value::Array(arguments)) = container.get_mut("args") else { return };
    arguments.retain(|argument| is_controller && argument.as_str().is_some_and(is_flag));
    for argument in arguments {
        let Some((name, value)) = argument.as_str().and_then(|argument| argument.split_once('=')) else { continue };
        if let Known::Never(_) = flag(name.trim_start_matches('-'), newest().version) {
            let mut value = Value::from(value);
            leave_out(&mut value);
            *argument = format!("{name}={}", value.as_str().unwrap_or_default()).into();
        }
    }
}

/// Whether a text is a flag, alone or with its value.
fn is_flag(argument: &str) -> bool {
    let name = argument.split_once('=').map_or(argument, |(name, _)| name);
    let name = name.strip_prefix("--").or_else(|| name.strip_prefix('-')).unwrap_or_default();
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Takes every text out that holds a private key.
fn private_keys(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(_, field)| private_keys(field)),
        Value::Array(items) => items.iter_mut().for_each(private_keys),
        Value::String(text) if holds_private_key(text) => leave_out(value),
        _ => {}
    }
}

/// [`private_keys`] for a text alone.
pub(super) fn text(text: &str) -> String {
    if holds_private_key(text) { left_out(text.len()) } else { text.to_owned() }
}

/// Whether a text holds a private key in PEM, as it is or in base64, at any of the three alignments.
fn holds_private_key(text: &str) -> bool {
    const FORMS: [&str; 5] =
        ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----", "UFJJVkFURSBL", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtF"];
    FORMS.iter().any(|form| memmem::find(text.as_bytes(), form.as_bytes()).is_some())
}
