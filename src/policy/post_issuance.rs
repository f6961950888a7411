//! # Post-issuance chain
//!
//! ## What
//! Checks of the Secret's metadata, output formats and keystores. A violation makes the issuing controller write the Secret
//! again from the key and certificate that it holds; nothing is issued.
//!
//! ## Why
//! After a restore the owner of fields in `metadata.managedFields` is another one, so that most restored Secrets are written
//! once. Up to 1.12 that also sets the issuer annotations from the current spec, which can hide a changed issuer. From 1.13 on
//! it adds a missing label `controller.cert-manager.io/fao`, and while the label appears the Secret can seem missing.
//!
//! ## Since
//! 1.8; keystores and base label since 1.11; renamed and reordered in 1.13.0.
//!
//! ## Example
//! A Secret that `kubectl apply` restored: its labels and annotations belong to the field manager
//! `kubectl-client-side-apply`.
//!
//! ## Fix
//! Nothing to do: the Secret is written again by itself. What depends on managed fields, or on contents of values that are
//! not kept, is not decided here.
//!
//! ## Source
//! `NewSecretPostIssuancePolicyChain`, `internal/controller/certificates/policies/policies.go` and `checks.go`;
//! `pkg/controller/certificates/issuing/secret_manager.go`.
//!
//! ## FAQ
//! Not listed, as nothing is re-issued.

use super::{Input, Outcome};
use crate::go_quote::quote;
use crate::object::certificate::Keystore;
use crate::object::secret::FAO_LABEL;
use crate::object::{Secret, StringMap};
use crate::release::{ChainEra, Version};

const MANAGED_FIELDS: &str = "metadata.managedFields of the Secret, which is not read";
const CONTENTS: &str = "spec.additionalOutputFormats and the contents of the Secret, which are not kept";
const DETAILS: &str = "the annotations that repeat the certificate's subject and names, which are not compared";

/// Checks that compare field managers.
pub(super) fn managed_fields(_: &Input) -> Outcome {
    Outcome::Undecided(MANAGED_FIELDS)
}

/// Checks of `tls-combined.pem` and `key.der`.
pub(super) fn output_formats(_: &Input) -> Outcome {
    Outcome::Undecided(CONTENTS)
}

/// `SecretCertificateDetailsAnnotationsMismatch`.
pub(super) fn details(_: &Input) -> Outcome {
    Outcome::Undecided(DETAILS)
}

/// `SecretManagedLabelsAndAnnotationsManagedFieldsMismatch`: a label that is not there cannot be owned either.
pub(super) fn managed_metadata(input: &Input) -> Outcome {
    match input.secret {
        Some(secret) if secret.metadata.labels.get(FAO_LABEL).is_none() => Outcome::violated(
            "SecretManagedLabelsAndAnnotationsManagedFieldsMismatch",
            "SecretManagedMetadataMismatch",
            format!("Secret is missing these Managed Labels: [{FAO_LABEL}]"),
        )
        .with_field(FAO_LABEL, "true", "no such label"),
        Some(_) => Outcome::Undecided(MANAGED_FIELDS),
        None => Outcome::Pass,
    }
}

/// `SecretTemplateMismatchesSecret`, `SecretSecretTemplateMismatch`: up to 1.15 every entry must be there, from 1.16 on only
/// entries on both sides are compared.
pub(super) fn template(input: &Input) -> Outcome {
    let (Some(secret), Some(template)) = (input.secret, input.certificate.spec.secret_template.as_deref()) else {
        return Outcome::Pass;
    };
    let strict = input.release.version < Version::v1(16, 0);
    let differs = |wanted: &StringMap, actual: &StringMap| {
        wanted.iter().any(|(key, value)| actual.get(key).map_or(strict, |actual| actual != value))
    };
    let part = if differs(&template.annotations, &secret.metadata.annotations) {
        "Annotations"
    } else if differs(&template.labels, &secret.metadata.labels) {
        "Labels"
    } else {
        return Outcome::Pass;
    };
    let name = if input.release.chain == ChainEra::A {
        "SecretTemplateMismatchesSecret"
    } else {
        "SecretSecretTemplateMismatch"
    };
    let message = format!("Certificate's SecretTemplate {part} missing or incorrect value on Secret");
    Outcome::violated(name, "SecretTemplateMismatch", message)
}

/// `SecretBaseLabelsAreMissing` (1.11, 1.12): the label must be there, with any value.
pub(super) fn base_label_missing(input: &Input) -> Outcome {
    const NAME: &str = "SecretBaseLabelsAreMissing";
    let Some(secret) = input.secret else {
        return Outcome::Pass;
    };
    if secret.has("tls.crt")
        && let Err(error) = input.x509(secret, |_| ())
    {
        return Outcome::violated(NAME, "InvalidCertificate", format!("Failed to decode stored certificate: {error}"));
    }
    if secret.metadata.labels.get(FAO_LABEL).is_some() {
        return Outcome::Pass;
    }
    Outcome::violated(NAME, "SecretBaseLabelsMissing", format!("missing base label {FAO_LABEL}"))
}

/// `SecretBaseLabelsMismatch` (1.13+): if the label is there it must be `true`.
pub(super) fn base_label_wrong(input: &Input) -> Outcome {
    let label = input.secret.and_then(|secret| secret.metadata.labels.get(FAO_LABEL));
    match label.filter(|value| *value != "true") {
        None => Outcome::Pass,
        Some(value) => {
            let message = format!("wrong base label {FAO_LABEL} value {}, expected \"true\"", quote(value));
            Outcome::violated("SecretBaseLabelsMismatch", "SecretManagedMetadataMismatch", message)
        }
    }
}

/// `SecretOwnerReferenceValueMismatch`, `SecretOwnerReferenceMismatch`: only with `--enable-certificate-owner-ref`.
pub(super) fn owner_reference(input: &Input) -> Outcome {
    let Some(secret) = input.secret.filter(|_| input.certificate_owner_ref) else {
        return Outcome::Pass;
    };
    let certificate = &input.certificate.metadata;
    let fits = secret.metadata.owner_references.iter().any(|owner| {
        owner.uid == certificate.uid
            && owner.name == certificate.name
            && &*owner.kind == "Certificate"
            && &*owner.api_version == "cert-manager.io/v1"
            && owner.controller == Some(true)
    });
    if fits {
        return Outcome::Pass;
    }
    let name = if input.release.chain == ChainEra::A {
        "SecretOwnerReferenceValueMismatch"
    } else {
        "SecretOwnerReferenceMismatch"
    };
    let message = "unexpected Secret Owner Reference value on Secret --enable-certificate-owner-ref=true";
    Outcome::violated(name, "SecretOwnerRefMismatch", message)
}

/// `SecretKeystoreFormatMatchesSpec`, `SecretKeystoreFormatMismatch`: from 1.12 on truststores are only needed beside a
/// `ca.crt`.
pub(super) fn keystores(input: &Input) -> Outcome {
    let Some(secret) = input.secret else {
        return Outcome::Pass;
    };
    let needs_truststore = input.release.version < Version::v1(12, 0) || secret.value_len("ca.crt").is_some();
    let message = match input.certificate.spec.keystores.as_deref() {
        None => any_keystore(secret).then(|| "Keystore is not defined".to_owned()),
        Some(wanted) => keystore(secret, wanted.jks.as_ref(), "JKS", "jks", needs_truststore)
            .or_else(|| keystore(secret, wanted.pkcs12.as_ref(), "PKCS12", "p12", needs_truststore)),
    };
    let name = if input.release.chain == ChainEra::A {
        "SecretKeystoreFormatMatchesSpec"
    } else {
        "SecretKeystoreFormatMismatch"
    };
    message.map_or(Outcome::Pass, |message| Outcome::violated(name, "SecretMismatch", message))
}

fn any_keystore(secret: &Secret) -> bool {
    ["keystore.p12", "truststore.p12", "keystore.jks", "truststore.jks"].into_iter().any(|key| secret.has(key))
}

fn keystore(secret: &Secret, wanted: Option<&Keystore>, name: &str, suffix: &str, truststore: bool) -> Option<String> {
    let has_keystore = secret.has(&format!("keystore.{suffix}"));
    let has_truststore = secret.has(&format!("truststore.{suffix}"));
    let any = has_keystore || has_truststore;
    match wanted {
        Some(wanted) if wanted.create => (!has_keystore || (truststore && !has_truststore))
            .then(|| format!("{name} Keystore key does not contain data")),
        Some(_) => any.then(|| format!("{name} Keystore create disabled")),
        None => any.then(|| format!("{name} Keystore not defined")),
    }
}
