//! `Certificate` of `cert-manager.io` (cert-manager `pkg/apis/certmanager/v1/types_certificate.go`).

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use super::kind::Kind;
use super::meta::{Condition, ObjectMeta, has_condition};
use super::secret::annotation::CERTIFICATE_NAME;
use super::serde_help::{StringMap, list, nullable};
use crate::intern::{interned, interned_list};
use crate::time::{GoDuration, Time};

/// A Certificate: the wish that cert-manager compares with a Secret.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Certificate {
    /// The `apiVersion` it was read as; versions other than `cert-manager.io/v1` are no longer served.
    #[serde(deserialize_with = "interned")]
    pub api_version: Arc<str>,
    /// `metadata`.
    #[serde(deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(deserialize_with = "nullable")]
    pub spec: CertificateSpec,
    /// `status`; the default (no revision, no condition) when absent.
    #[serde(deserialize_with = "nullable")]
    pub status: CertificateStatus,
}

impl Certificate {
    /// The number of the next issuance; a revision that cannot be (below zero) counts as none.
    #[must_use]
    pub fn next_revision(&self) -> u64 {
        self.status.revision.and_then(|revision| u64::try_from(revision).ok()).unwrap_or(0).saturating_add(1)
    }

    /// Whether `Issuing=True` stands in the status: an issuance runs and no policy is asked (rules 3.5).
    #[must_use]
    pub fn is_issuing(&self) -> bool {
        has_condition(&self.status.conditions, "Issuing", "True")
    }
}

impl Certificate {
    /// Whether this Certificate is the controller of an object (rules 3.2).
    ///
    /// A Certificate without a uid comes from a filtered dump or a manifest, where uids mean nothing: there the owner's
    /// name must do, or, without any owner, the name in the annotation.
    #[must_use]
    pub fn owns(&self, object: &ObjectMeta) -> bool {
        if !self.metadata.uid.is_empty() {
            return object.is_controlled_by(&self.metadata.uid);
        }
        match object.controller() {
            Some(owner) => &*owner.kind == "Certificate" && owner.name == self.metadata.name,
            None => object.annotations.get(CERTIFICATE_NAME) == Some(&*self.metadata.name),
        }
    }
}

/// `spec` of a Certificate. Lists keep their order; absent and empty lists are the same unless said otherwise.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CertificateSpec {
    /// Requested X.509 subject, apart from the common name.
    pub subject: Option<Box<X509Subject>>,
    /// The whole subject as an RFC 4514 text (1.9+, rules 2.2).
    #[serde(deserialize_with = "nullable")]
    pub literal_subject: Box<str>,
    /// Requested common name.
    #[serde(deserialize_with = "nullable")]
    pub common_name: Box<str>,
    /// Requested lifetime.
    pub duration: Option<GoDuration>,
    /// How long before expiry to renew.
    pub renew_before: Option<GoDuration>,
    /// How long before expiry to renew, in percent of the lifetime (1.16+).
    pub renew_before_percentage: Option<i32>,
    /// DNS names.
    #[serde(deserialize_with = "list")]
    pub dns_names: ThinVec<Box<str>>,
    /// IP addresses, as written.
    #[serde(deserialize_with = "list")]
    pub ip_addresses: ThinVec<Box<str>>,
    /// URIs, as written.
    #[serde(deserialize_with = "list")]
    pub uris: ThinVec<Box<str>>,
    /// otherName SANs (1.14+); `[]` is not the same as absent (rules 2.1).
    pub other_names: Option<Vec<OtherName>>,
    /// E-mail addresses.
    #[serde(deserialize_with = "list")]
    pub email_addresses: ThinVec<Box<str>>,
    /// The Secret that holds the certificate and its key.
    #[serde(deserialize_with = "nullable")]
    pub secret_name: Arc<str>,
    /// Labels and annotations that are copied to the Secret.
    pub secret_template: Option<Box<SecretTemplate>>,
    /// Keystores written beside the certificate.
    pub keystores: Option<Box<Keystores>>,
    /// Who is to sign.
    #[serde(deserialize_with = "nullable")]
    pub issuer_ref: ObjectReference,
    /// Whether a CA certificate is wanted.
    #[serde(rename = "isCA", deserialize_with = "nullable")]
    pub is_ca: bool,
    /// Requested key usages, as written: nothing is defaulted for comparisons.
    #[serde(deserialize_with = "interned_list")]
    pub usages: Arc<[Arc<str>]>,
    /// Wishes about the private key.
    pub private_key: Option<Box<PrivateKeySpec>>,
    /// `encodeUsagesInRequest`.
    pub encode_usages_in_request: Option<bool>,
    /// How many CertificateRequests are kept.
    pub revision_history_limit: Option<i32>,
    /// Renewal policy and windows (1.21+, rules 2.9.2).
    pub renewal: Option<Box<RenewalSpec>>,
}

impl CertificateSpec {
    /// The wishes about the private key; all empty when `spec.privateKey` is absent.
    #[must_use]
    pub fn private_key(&self) -> &PrivateKeySpec {
        static NO_WISH: LazyLock<PrivateKeySpec> = LazyLock::new(PrivateKeySpec::default);
        self.private_key.as_deref().unwrap_or(&NO_WISH)
    }
}

/// `spec.subject`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct X509Subject {
    /// O
    #[serde(deserialize_with = "list")]
    pub organizations: ThinVec<Box<str>>,
    /// C
    #[serde(deserialize_with = "list")]
    pub countries: ThinVec<Box<str>>,
    /// OU
    #[serde(deserialize_with = "list")]
    pub organizational_units: ThinVec<Box<str>>,
    /// L
    #[serde(deserialize_with = "list")]
    pub localities: ThinVec<Box<str>>,
    /// ST
    #[serde(deserialize_with = "list")]
    pub provinces: ThinVec<Box<str>>,
    /// street
    #[serde(deserialize_with = "list")]
    pub street_addresses: ThinVec<Box<str>>,
    /// postalCode
    #[serde(deserialize_with = "list")]
    pub postal_codes: ThinVec<Box<str>>,
    /// serialNumber of the subject
    #[serde(deserialize_with = "nullable")]
    pub serial_number: Box<str>,
}

/// One entry of `spec.otherNames`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(default)]
pub struct OtherName {
    /// Dotted object identifier of the name's type.
    #[serde(deserialize_with = "nullable")]
    pub oid: Box<str>,
    /// The value, a UTF8String inside the certificate.
    #[serde(rename = "utf8Value", deserialize_with = "nullable")]
    pub utf8_value: Box<str>,
}

/// `spec.secretTemplate`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct SecretTemplate {
    /// Annotations for the Secret.
    #[serde(deserialize_with = "nullable")]
    pub annotations: StringMap,
    /// Labels for the Secret.
    #[serde(deserialize_with = "nullable")]
    pub labels: StringMap,
}

/// `spec.keystores`: only what says which password Secrets are needed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Keystores {
    /// `keystores.jks`.
    pub jks: Option<Keystore>,
    /// `keystores.pkcs12`.
    pub pkcs12: Option<Keystore>,
}

/// One keystore. A literal `password` is never read, only that there is one.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Keystore {
    /// Whether the keystore is written.
    #[serde(deserialize_with = "nullable")]
    pub create: bool,
    /// Where the password stands.
    #[serde(deserialize_with = "nullable")]
    pub password_secret_ref: SecretKeySelector,
    /// A literal password is given (1.17+).
    #[serde(rename = "password", deserialize_with = "present", skip_serializing_if = "std::ops::Not::not")]
    pub has_literal_password: bool,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<serde::de::IgnoredAny>::deserialize(deserializer)?.is_some())
}

/// A key inside a Secret of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(default)]
pub struct SecretKeySelector {
    /// The Secret's name.
    #[serde(deserialize_with = "nullable")]
    pub name: Box<str>,
    /// The key in its data; empty means the default of the place that refers to it.
    #[serde(deserialize_with = "nullable")]
    pub key: Box<str>,
}

/// `issuerRef`, compared as written or with defaults, depending on the release (rules 2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(default)]
pub struct ObjectReference {
    /// The issuer's name.
    #[serde(deserialize_with = "interned")]
    pub name: Arc<str>,
    /// The issuer's kind; empty means `Issuer`.
    #[serde(deserialize_with = "interned")]
    pub kind: Arc<str>,
    /// The issuer's group; empty means `cert-manager.io`.
    #[serde(deserialize_with = "interned")]
    pub group: Arc<str>,
}

impl ObjectReference {
    /// The kind that an empty one stands for.
    pub const KIND: &'static str = "Issuer";
    /// The group that an empty one stands for.
    pub const GROUP: &'static str = "cert-manager.io";

    /// The kind with cert-manager's default.
    #[must_use]
    pub fn kind_or_default(&self) -> &str {
        if self.kind.is_empty() { Self::KIND } else { &self.kind }
    }

    /// The group with cert-manager's default.
    #[must_use]
    pub fn group_or_default(&self) -> &str {
        if self.group.is_empty() { Self::GROUP } else { &self.group }
    }

    /// Whether the issuer is one of cert-manager's own kinds.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        self.builtin_issuer("").is_some()
    }

    /// Kind and namespace, empty for a ClusterIssuer's, of the issuer that a reference in a namespace means; `None` for
    /// external issuers.
    #[must_use]
    pub fn builtin_issuer<'n>(&self, namespace: &'n str) -> Option<(Kind, &'n str)> {
        match (self.group_or_default(), self.kind_or_default()) {
            ("cert-manager.io", "Issuer") => Some((Kind::Issuer, namespace)),
            ("cert-manager.io", "ClusterIssuer") => Some((Kind::ClusterIssuer, "")),
            _ => None,
        }
    }
}

/// `spec.privateKey`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PrivateKeySpec {
    /// `Never`, `Always` or empty (default by release).
    #[serde(deserialize_with = "nullable")]
    pub rotation_policy: Box<str>,
    /// `PKCS1`, `PKCS8` or empty; never compared.
    #[serde(deserialize_with = "nullable")]
    pub encoding: Box<str>,
    /// `RSA`, `ECDSA`, `Ed25519` or empty (RSA).
    #[serde(deserialize_with = "nullable")]
    pub algorithm: Box<str>,
    /// Bits; 0 means the algorithm's default.
    #[serde(deserialize_with = "nullable")]
    pub size: i64,
}

/// `spec.renewal` (1.21+).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct RenewalSpec {
    /// `RenewBefore`, `Disabled`, or empty (which makes 1.21.0 and 1.21.1 panic).
    #[serde(deserialize_with = "nullable")]
    pub policy: Box<str>,
    /// When renewals may happen.
    #[serde(deserialize_with = "list")]
    pub windows: ThinVec<RenewalWindow>,
}

/// One entry of `spec.renewal.windows`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RenewalWindow {
    /// When the window opens: five cron fields or a `@` descriptor.
    #[serde(deserialize_with = "nullable")]
    pub cron: Box<str>,
    /// How long it stays open.
    pub window_duration: Option<GoDuration>,
    /// IANA time zone of the cron fields; empty means UTC.
    #[serde(deserialize_with = "nullable")]
    pub timezone: Box<str>,
}

/// `status` of a Certificate.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CertificateStatus {
    /// `Ready`, `Issuing`.
    #[serde(deserialize_with = "list")]
    pub conditions: ThinVec<Condition>,
    /// When the last issuance failed: starts the back-off (rules 3.6).
    pub last_failure_time: Option<Time>,
    /// How often in a row it failed.
    pub failed_issuance_attempts: Option<i64>,
    /// When readiness planned the renewal; cert-manager prints it, but does not decide by it.
    pub renewal_time: Option<Time>,
    /// `notAfter` as readiness saw it.
    pub not_after: Option<Time>,
    /// `notBefore` as readiness saw it.
    pub not_before: Option<Time>,
    /// Number of the last finished issuance; absent after most restores (rules 7.2).
    pub revision: Option<i64>,
    /// Name of the temporary Secret with the next key.
    pub next_private_key_secret_name: Option<Box<str>>,
    /// ACME renewal information (1.21+, gate ACMEUseARI).
    pub acme: Option<Box<AcmeStatus>>,
}

/// `status.acme`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct AcmeStatus {
    /// `status.acme.ari`.
    pub ari: Option<AriStatus>,
}

/// `status.acme.ari`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AriStatus {
    /// When the CA suggests to renew.
    pub suggested_window: Option<AriWindow>,
}

/// The window that the CA suggests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct AriWindow {
    /// First instant.
    pub start: Option<Time>,
    /// Last instant.
    pub end: Option<Time>,
}
