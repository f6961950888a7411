//! What the API server of the target does to an object on its way in: served versions, schema, webhook.
//!
//! Source: restore rules; rules 5.1, 5.2;
//! `internal/apis/certmanager/validation/certificate.go@v1.21.1`.

use crate::object::certificate::{Keystores, PrivateKeySpec};
use crate::object::{Certificate, CertificateSpec, Kind, Object, ObjectReference};
use crate::release::{ControllerFlags, Release};
use crate::time::GoDuration;

/// What the target's API server knows about cert-manager.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gatekeeper<'a> {
    pub(super) release: &'a Release,
    pub(super) flags: &'a ControllerFlags,
    /// cert-manager's CRDs are installed.
    pub(super) crds: bool,
    pub(super) webhook: Webhook,
}

/// State of cert-manager's webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Webhook {
    /// Not registered: nobody is asked.
    Absent,
    /// Registered and answering.
    Serving,
    /// Registered and not answering; failurePolicy is Fail.
    Down,
}

/// A refusal by the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) message: String,
}

/// An object as the CRDs of a release serve it: without fields that they do not know, and with the defaults of v1.19.0.
pub(crate) fn read_through_crds(object: &mut Object, release: &Release) {
    let flags = ControllerFlags::default();
    Gatekeeper { release, flags: &flags, crds: true, webhook: Webhook::Absent }.prune(object);
}

/// Why a release's API server and webhook refuse an object at its next update; nothing if they do not.
pub(crate) fn refusal(object: &Object, release: &Release, flags: &ControllerFlags) -> Option<String> {
    let gatekeeper = Gatekeeper { release, flags, crds: true, webhook: Webhook::Serving };
    gatekeeper.admit(&mut object.clone()).err().map(|refused| refused.message)
}

pub(super) fn refused(status: u16, message: impl Into<String>) -> Refused {
    Refused { status, message: message.into() }
}

impl Gatekeeper<'_> {
    /// Lets an object in, changed as the target's CRDs change it; gives back the fields that were dropped.
    pub(super) fn admit(&self, object: &mut Object) -> Result<Vec<&'static str>, Refused> {
        if object.metadata().owner_references.iter().any(|owner| owner.uid.is_empty()) {
            // apimachinery validation/objectmeta.go, seen in A1.
            return Err(self.invalid(object, "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"));
        }
        if !is_cert_manager(object.kind()) {
            return Ok(Vec::new());
        }
        if !self.crds || !is_served(object) {
            return Err(refused(404, "the server could not find the requested resource"));
        }
        let dropped = self.prune(object);
        if let Object::Certificate(certificate) = object {
            self.schema(certificate).map_err(|error| self.invalid(object, &error))?;
        }
        match self.webhook {
            Webhook::Absent => Ok(dropped),
            Webhook::Down => Err(refused(
                500,
                "Internal error occurred: failed calling webhook \"webhook.cert-manager.io\": connection refused",
            )),
            Webhook::Serving => {
                let objection = match object {
                    Object::Certificate(certificate) => self.objection(&certificate.spec),
                    _ => None,
                };
                match objection {
                    Some(text) => Err(refused(
                        403,
                        format!("admission webhook \"webhook.cert-manager.io\" denied the request: {text}"),
                    )),
                    None => Ok(dropped),
                }
            }
        }
    }

    fn invalid(&self, object: &Object, error: &str) -> Refused {
        let row = object.kind().row();
        let kind = if row.group.is_empty() { row.name.to_owned() } else { format!("{}.{}", row.name, row.group) };
        refused(422, format!("{kind} {:?} is invalid: {error}", object.metadata().name))
    }

    fn minor(&self) -> u16 {
        self.release.version.minor
    }

    /// Structural pruning (rules 5.2) and the schema defaults of v1.19.0 (rules 5.1).
    fn prune(&self, object: &mut Object) -> Vec<&'static str> {
        let mut dropped = Vec::new();
        let defaults = (self.minor(), self.release.version.patch) == (19, 0);
        match object {
            Object::Certificate(certificate) => {
                if self.prunes(&certificate.spec) {
                    dropped = self.prune_spec(&mut std::sync::Arc::make_mut(certificate).spec);
                }
                if defaults {
                    default_issuer_ref(&mut std::sync::Arc::make_mut(certificate).spec.issuer_ref);
                }
            }
            Object::CertificateRequest(request) if defaults => {
                default_issuer_ref(&mut std::sync::Arc::make_mut(request).spec.issuer_ref);
            }
            _ => {}
        }
        dropped
    }

    /// Whether [`Self::prune_spec`] would drop anything; most specs are shared with the source and stay so.
    fn prunes(&self, spec: &CertificateSpec) -> bool {
        let minor = self.minor();
        let password = |keystores: &Keystores| {
            [&keystores.jks, &keystores.pkcs12].into_iter().flatten().any(|store| store.has_literal_password)
        };
        (minor < 9 && !spec.literal_subject.is_empty())
            || (minor < 14 && spec.other_names.is_some())
            || (minor < 16 && spec.renew_before_percentage.is_some())
            || (minor < 17 && spec.keystores.as_deref().is_some_and(password))
            || (minor < 21 && spec.renewal.is_some())
    }

    fn prune_spec(&self, spec: &mut CertificateSpec) -> Vec<&'static str> {
        let minor = self.minor();
        let mut dropped = Vec::new();
        if minor < 9 && !spec.literal_subject.is_empty() {
            spec.literal_subject = Box::default();
            dropped.push("spec.literalSubject");
        }
        if minor < 14 && spec.other_names.take().is_some() {
            dropped.push("spec.otherNames");
        }
        if minor < 16 && spec.renew_before_percentage.take().is_some() {
            dropped.push("spec.renewBeforePercentage");
        }
        if minor < 17
            && let Some(keystores) = &mut spec.keystores
        {
            for (store, label) in [
                (&mut keystores.jks, "spec.keystores.jks.password"),
                (&mut keystores.pkcs12, "spec.keystores.pkcs12.password"),
            ] {
                if let Some(store) = store.as_mut().filter(|store| store.has_literal_password) {
                    store.has_literal_password = false;
                    dropped.push(label);
                }
            }
        }
        if minor < 21 && spec.renewal.take().is_some() {
            dropped.push("spec.renewal");
        }
        dropped
    }

    /// Enumerations and required fields of the CRD's schema.
    fn schema(&self, certificate: &Certificate) -> Result<(), String> {
        let spec = &certificate.spec;
        let unsupported = |path: &str, value: &str, supported: &str| {
            Err(format!("{path}: Unsupported value: {value:?}: supported values: {supported}"))
        };
        if spec.secret_name.is_empty() {
            return Err("spec.secretName: Required value".to_owned());
        }
        if let Some(key) = &spec.private_key {
            if !matches!(&*key.algorithm, "" | "RSA" | "ECDSA" | "Ed25519") {
                return unsupported("spec.privateKey.algorithm", &key.algorithm, "\"RSA\", \"ECDSA\", \"Ed25519\"");
            }
            if !matches!(&*key.rotation_policy, "" | "Never" | "Always") {
                return unsupported("spec.privateKey.rotationPolicy", &key.rotation_policy, "\"Never\", \"Always\"");
            }
        }
        Ok(())
    }

    /// The first objection of the validating webhook, of those that are decided without reading names and certificates.
    fn objection(&self, spec: &CertificateSpec) -> Option<String> {
        issuer_objection(&spec.issuer_ref)
            .or_else(|| self.gate_objection(spec))
            .or_else(|| names_objection(spec))
            .or_else(|| spec.private_key.as_deref().and_then(size_objection))
            .or_else(|| duration_objection(spec))
            .or_else(|| match spec.revision_history_limit {
                Some(limit) if limit < 1 => {
                    Some(format!("spec.revisionHistoryLimit: Invalid value: {limit}: must not be less than 1"))
                }
                _ => None,
            })
            .or_else(|| match &spec.renewal {
                Some(renewal) if !matches!(&*renewal.policy, "Disabled" | "RenewBefore") => Some(format!(
                    "spec.renewal.policy: Unsupported value: {:?}: supported values: \"Disabled\", \"RenewBefore\"",
                    renewal.policy
                )),
                _ => None,
            })
    }

    /// Fields that need a feature gate in the webhook (rules 5.4); the gates are taken to be those of the controller.
    fn gate_objection(&self, spec: &CertificateSpec) -> Option<String> {
        let version = self.release.version;
        if !spec.literal_subject.is_empty() && !self.flags.gate("LiteralCertificateSubject", version) {
            return Some(
                "spec.literalSubject: Forbidden: Feature gate LiteralCertificateSubject must be enabled on both \
                 webhook and controller to use the alpha `literalSubject` field"
                    .to_owned(),
            );
        }
        let other_names = spec.other_names.as_ref().is_some_and(|names| !names.is_empty());
        (other_names && !self.flags.gate("OtherNames", version)).then(|| {
            "spec.OtherNames: Forbidden: Feature gate OtherNames must be enabled on both webhook and controller to use \
             the alpha `otherNames` field"
                .to_owned()
        })
    }
}

/// Whether a kind belongs to cert-manager's own CRDs.
pub(super) const fn is_cert_manager(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Certificate
            | Kind::CertificateRequest
            | Kind::Issuer
            | Kind::ClusterIssuer
            | Kind::Order
            | Kind::Challenge
    )
}

/// Whether the object stands under a version that cert-manager 1.8 and later serve; objects that do not say
/// where they come from count as `v1`.
pub(super) fn is_served(object: &Object) -> bool {
    let version: &str = match object {
        Object::Certificate(o) => &o.api_version,
        Object::CertificateRequest(o) => &o.api_version,
        Object::Issuer(o) | Object::ClusterIssuer(o) => &o.api_version,
        _ => "",
    };
    matches!(version, "" | "cert-manager.io/v1")
}

fn default_issuer_ref(reference: &mut ObjectReference) {
    reference.kind = reference.kind_or_default().into();
    reference.group = reference.group_or_default().into();
}

fn issuer_objection(reference: &ObjectReference) -> Option<String> {
    if reference.name.is_empty() {
        return Some("spec.issuerRef.name: Required value: must be specified".to_owned());
    }
    let known = matches!(&*reference.kind, "" | "Issuer" | "ClusterIssuer");
    (reference.group_or_default() == "cert-manager.io" && !known).then(|| {
        format!("spec.issuerRef.kind: Invalid value: {:?}: must be one of Issuer or ClusterIssuer", reference.kind)
    })
}

fn names_objection(spec: &CertificateSpec) -> Option<String> {
    let nameless = spec.common_name.is_empty()
        && spec.literal_subject.is_empty()
        && spec.dns_names.is_empty()
        && spec.uris.is_empty()
        && spec.email_addresses.is_empty()
        && spec.ip_addresses.is_empty()
        && spec.other_names.as_ref().is_none_or(Vec::is_empty);
    if nameless {
        return Some(
            "spec: Invalid value: \"\": at least one of commonName (from the commonName field or from a \
             literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set"
                .to_owned(),
        );
    }
    (spec.common_name.len() > 64).then(|| "spec.commonName: Too long: may not be more than 64 bytes".to_owned())
}

fn size_objection(key: &PrivateKeySpec) -> Option<String> {
    match &*key.algorithm {
        "" | "RSA" if key.size > 0 && !(2048..=8192).contains(&key.size) => Some(format!(
            "spec.privateKey.size: Invalid value: {}: must be between 2048 and 8192 for rsa keyAlgorithm",
            key.size
        )),
        "ECDSA" if key.size > 0 && !matches!(key.size, 256 | 384 | 521) => Some(format!(
            "spec.privateKey.size: Unsupported value: {}: supported values: \"256\", \"384\", \"521\"",
            key.size
        )),
        _ => None,
    }
}

/// Lifetime of a certificate whose spec asks for none (`DefaultCertificateDuration`; rules 5.3).
pub(super) const DEFAULT_DURATION: GoDuration = GoDuration::hours(2160);

fn duration_objection(spec: &CertificateSpec) -> Option<String> {
    if spec.duration.is_none() && spec.renew_before.is_none() {
        return None;
    }
    let duration = spec.duration.unwrap_or(DEFAULT_DURATION);
    if duration < GoDuration::hours(1) {
        return Some(format!(
            "spec.duration: Invalid value: {duration}: certificate duration must be greater than 1h0m0s"
        ));
    }
    let before = spec.renew_before?;
    if before < GoDuration::seconds(300) {
        return Some(format!(
            "spec.renewBefore: Invalid value: {before}: certificate renewBefore must be greater than 5m0s"
        ));
    }
    (before >= duration).then(|| {
        format!(
            "spec.renewBefore: Invalid value: {before}: certificate duration {duration} must be greater than \
             renewBefore {before}"
        )
    })
}
