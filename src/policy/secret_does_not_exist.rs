//! # SecretDoesNotExist
//!
//! ## What
//! The Secret named in `spec.secretName` does not exist for cert-manager. Reason `DoesNotExist`, message `Issuing certificate
//! as Secret does not exist`.
//!
//! ## Why
//! A restore that leaves Secrets out, or brings the Certificate before its Secret while cert-manager runs, ends here. Since
//! 1.13 a Secret also counts as missing when its label `controller.cert-manager.io/fao` has a value other than `true`: it is
//! then in neither of the two caches of the gate SecretsFilteredCaching.
//!
//! ## Since
//! All releases from 1.8 on, under this name.
//!
//! ## Example
//! A Velero backup with `excludedResources: [secrets]`, restored into a new cluster.
//!
//! ## Fix
//! Restore Secrets before Certificates, or with cert-manager stopped. Set the label to `true`, or take it away.
//!
//! ## Source
//! `SecretDoesNotExist`, `internal/controller/certificates/policies/checks.go`; `internal/informers/core_filteredsecrets.go`.
//!
//! ## FAQ
//! First bullet: the Secret does not exist.

use super::{Input, Outcome, faq};

/// Rules 1.4.
pub(super) fn check(input: &Input) -> Outcome {
    if input.secret.is_some() {
        return Outcome::Pass;
    }
    let name = input.certificate.spec.secret_name.to_string();
    Outcome::violated("SecretDoesNotExist", "DoesNotExist", "Issuing certificate as Secret does not exist")
        .with_field("spec.secretName", name, "no such Secret")
        .with_faq(faq::SECRET)
}
