//! The chains of all releases: a table of contents of cert-manager's checks (rules 1.1, 1.2, 1.3, 1.5).

use super::{Input, Outcome};
use crate::docs::doc_comment;
use crate::release::{ChainEra, Release, Version};

/// One check under the name that a range of releases gives it.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// cert-manager's function name.
    pub id: &'static str,
    /// The source file whose doc comment is the documentation; see [`Policy::doc`].
    pub source: &'static str,
    /// The first release that has it under this name.
    pub since: Version,
    /// The first release that no longer has it; `None` while it lasts.
    pub until: Option<Version>,
    /// The check.
    pub check: fn(&Input) -> Outcome,
}

impl Policy {
    /// The published documentation, as Markdown.
    #[must_use]
    pub fn doc(&self) -> String {
        doc_comment(self.source)
    }

    /// Whether a release has the check under this name.
    #[must_use]
    pub fn is_in(&self, version: Version) -> bool {
        self.since <= version && self.until.is_none_or(|until| version < until)
    }
}

const V1_8: Version = Version::v1(8, 0);
const V1_11: Version = Version::v1(11, 0);
const V1_13: Version = Version::v1(13, 0);
const V1_13_2: Version = Version::v1(13, 2);

macro_rules! policy {
    ($id:ident, $file:ident, $since:expr, $until:expr) => {
        policy!($id, $file, $since, $until, check)
    };
    ($id:ident, $file:ident, $since:expr, $until:expr, $check:ident) => {
        Policy {
            id: stringify!($id),
            source: include_str!(concat!(stringify!($file), ".rs")),
            since: $since,
            until: $until,
            check: super::$file::$check,
        }
    };
}

const NO_SECRET: Policy = policy!(SecretDoesNotExist, secret_does_not_exist, V1_8, None);
const NO_DATA: Policy = policy!(SecretIsMissingData, secret_is_missing_data, V1_8, None);
const KEYS_DIFFER: Policy = policy!(SecretPublicKeysDiffer, secret_public_keys_differ, V1_8, None);
const OLD_KEY_SPEC: Policy =
    policy!(SecretPrivateKeyMatchesSpec, secret_private_key_mismatches_spec, V1_8, Some(V1_13));
const KEY_SPEC: Policy = policy!(SecretPrivateKeyMismatchesSpec, secret_private_key_mismatches_spec, V1_13, None);
const OLD_ISSUER: Policy =
    policy!(SecretIssuerAnnotationsNotUpToDate, secret_issuer_annotations_mismatch, V1_8, Some(V1_13));
const ISSUER: Policy = policy!(SecretIssuerAnnotationsMismatch, secret_issuer_annotations_mismatch, V1_13, None);
const CERTIFICATE_NAME: Policy =
    policy!(SecretCertificateNameAnnotationsMismatch, secret_certificate_name_annotations_mismatch, V1_13_2, None);
const KEY_OF_REQUEST: Policy = policy!(
    SecretPublicKeyDiffersFromCurrentCertificateRequest,
    secret_public_key_differs_from_current_certificate_request,
    V1_13,
    None
);
const OLD_REQUEST: Policy =
    policy!(CurrentCertificateRequestNotValidForSpec, current_certificate_request_mismatches_spec, V1_8, Some(V1_13));
const REQUEST: Policy =
    policy!(CurrentCertificateRequestMismatchesSpec, current_certificate_request_mismatches_spec, V1_13, None);
const EXPIRY: Policy = policy!(CurrentCertificateNearingExpiry, current_certificate_nearing_expiry, V1_8, None);
const EXPIRED: Policy = policy!(CurrentCertificateHasExpired, current_certificate_has_expired, V1_8, None);

const TRIGGER_A: &[Policy] = &[NO_SECRET, NO_DATA, KEYS_DIFFER, OLD_KEY_SPEC, OLD_ISSUER, OLD_REQUEST, EXPIRY];
const TRIGGER_B: &[Policy] = &[NO_SECRET, NO_DATA, KEYS_DIFFER, ISSUER, KEY_SPEC, KEY_OF_REQUEST, REQUEST, EXPIRY];
const TRIGGER_C: &[Policy] =
    &[NO_SECRET, NO_DATA, KEYS_DIFFER, ISSUER, CERTIFICATE_NAME, KEY_SPEC, KEY_OF_REQUEST, REQUEST, EXPIRY];

const READINESS_A: &[Policy] = &[NO_SECRET, NO_DATA, KEYS_DIFFER, OLD_REQUEST, EXPIRED];
const READINESS_B: &[Policy] = &[NO_SECRET, NO_DATA, KEYS_DIFFER, ISSUER, KEY_SPEC, KEY_OF_REQUEST, REQUEST, EXPIRED];
const READINESS_C: &[Policy] =
    &[NO_SECRET, NO_DATA, KEYS_DIFFER, ISSUER, CERTIFICATE_NAME, KEY_SPEC, KEY_OF_REQUEST, REQUEST, EXPIRED];

const TEMPORARY: &[Policy] = &[NO_SECRET, NO_DATA, KEYS_DIFFER];

macro_rules! rewrite {
    ($id:ident, $since:expr, $until:expr, $check:ident) => {
        policy!($id, post_issuance, $since, $until, $check)
    };
}

const POST_8: &[Policy] = &[
    rewrite!(SecretTemplateMismatchesSecret, V1_8, Some(V1_13), template),
    rewrite!(SecretTemplateMismatchesSecretManagedFields, V1_8, Some(V1_13), managed_fields),
    rewrite!(SecretAdditionalOutputFormatsDataMismatch, V1_8, Some(V1_13), output_formats),
    rewrite!(SecretAdditionalOutputFormatsOwnerMismatch, V1_8, Some(V1_13), managed_fields),
    rewrite!(SecretOwnerReferenceManagedFieldMismatch, V1_8, None, managed_fields),
    rewrite!(SecretOwnerReferenceValueMismatch, V1_8, Some(V1_13), owner_reference),
    rewrite!(SecretKeystoreFormatMatchesSpec, V1_11, Some(V1_13), keystores),
    rewrite!(SecretBaseLabelsAreMissing, V1_11, Some(V1_13), base_label_missing),
];

const POST_13: &[Policy] = &[
    rewrite!(SecretBaseLabelsMismatch, V1_13, None, base_label_wrong),
    rewrite!(SecretCertificateDetailsAnnotationsMismatch, V1_13, None, details),
    rewrite!(SecretManagedLabelsAndAnnotationsManagedFieldsMismatch, V1_13, None, managed_metadata),
    rewrite!(SecretSecretTemplateMismatch, V1_13, None, template),
    rewrite!(SecretSecretTemplateManagedFieldsMismatch, V1_13, None, managed_fields),
    rewrite!(SecretAdditionalOutputFormatsMismatch, V1_13, None, output_formats),
    rewrite!(SecretAdditionalOutputFormatsManagedFieldsMismatch, V1_13, None, managed_fields),
    rewrite!(SecretOwnerReferenceMismatch, V1_13, None, owner_reference),
    rewrite!(SecretOwnerReferenceManagedFieldMismatch, V1_8, None, managed_fields),
    rewrite!(SecretKeystoreFormatMismatch, V1_13, None, keystores),
];

/// The chain that re-issues.
#[must_use]
pub const fn trigger_chain(release: &Release) -> &'static [Policy] {
    match release.chain {
        ChainEra::A => TRIGGER_A,
        ChainEra::B => TRIGGER_B,
        ChainEra::C => TRIGGER_C,
    }
}

/// Whether two names stand for the same check of the chain that re-issues: 1.13 gave some of them others.
#[must_use]
pub fn same_check(a: &str, b: &str) -> bool {
    let source =
        |id: &str| TRIGGER_C.iter().chain(TRIGGER_A).find(|policy| policy.id == id).map(|policy| policy.source);
    a == b || source(a).is_some_and(|file| source(b) == Some(file))
}

/// The chain behind the condition `Ready`; it re-issues nothing.
#[must_use]
pub const fn readiness_chain(release: &Release) -> &'static [Policy] {
    match release.chain {
        ChainEra::A => READINESS_A,
        ChainEra::B => READINESS_B,
        ChainEra::C => READINESS_C,
    }
}

/// What the readiness chain of every release asks beyond its trigger chain: where that finds nothing, only this is left.
#[must_use]
pub const fn readiness_alone() -> &'static [Policy] {
    &[EXPIRED]
}

/// The chain that decides whether a temporary certificate is written while one is pending.
#[must_use]
pub const fn temporary_chain() -> &'static [Policy] {
    TEMPORARY
}

/// The chain that rewrites the Secret without issuing anything (1.8 and 1.9, 1.10 know the first six, 1.11 two more).
#[must_use]
pub fn post_issuance_chain(release: &Release) -> &'static [Policy] {
    match release.chain {
        ChainEra::A if release.version < V1_11 => POST_8.get(..6).unwrap_or(POST_8),
        ChainEra::A => POST_8,
        ChainEra::B | ChainEra::C => POST_13,
    }
}

/// All policies under all their names, each once: those of the trigger chain first, in its order.
#[must_use]
pub fn policies() -> Vec<&'static Policy> {
    let chains = [TRIGGER_C, TRIGGER_A, READINESS_C, POST_13, POST_8];
    let mut policies: Vec<&Policy> = Vec::new();
    for policy in chains.into_iter().flatten() {
        if !policies.iter().any(|known| known.id == policy.id) {
            policies.push(policy);
        }
    }
    policies
}
