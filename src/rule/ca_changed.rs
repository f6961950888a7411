//! # ca-changed: the certificate no longer chains to its issuer's CA
//!
//! ## What
//!
//! The issuer is a CA issuer, and the certificate's authority key identifier or issuer name is not the CA's that
//! the issuer holds now.
//!
//! ## Why
//!
//! cert-manager never looks at the CA: a replaced CA re-issues nothing. Clients that trust only the new CA refuse
//! the certificate until it is renewed, which may be months away.
//!
//! ## Since
//!
//! All releases.
//!
//! ## Example
//!
//! A restore brings back the CA Certificate but not its Secret. cert-manager makes a new CA; the leaves keep their
//! Secrets and no longer verify.
//!
//! ## Fix
//!
//! Renew the certificate with `cmctl renew`, the CA first, once clients trust the new CA.
//!
//! ## Source
//!
//! cert-manager `internal/controller/certificates/policies/checks.go`, where no check looks at the CA; RFC 5280 4.2.1.1.

use crate::object::{Certificate, Kind, NamespacedName};
use crate::pki::X509Certificate;
use crate::verdict::Verdict;

use super::ca_expires_first::IssuingCas;
use super::finding::{Effect, Finding, shell};
use super::{Row, View};

pub(super) const ID: &str = "ca-changed";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut cas = IssuingCas::new(view.scene);
    for Row { certificate, judgement, issued, .. } in view.rows() {
        if let Some(ca) = renewed_ca(view, certificate).filter(|_| judgement.verdict != Verdict::ReissueNow) {
            found.push(signed_before(&judgement.key, &ca));
            continue;
        }
        let Some((leaf, ca)) = issued.zip(cas.of(certificate)) else { continue };
        if chains(leaf, ca) {
            continue;
        }
        let key = certificate.metadata.key();
        let detail = "The issuer's Secret holds another CA than the one that signed this certificate. cert-manager does not \
                      notice; whoever trusts only the current CA refuses the certificate.";
        found.push(
            Finding::about(Kind::Certificate, &key, "Signed by another CA than the issuer's current one", detail)
                .evidence("authority key identifier", hex(&ca.subject_key_id), hex(&leaf.authority_key_id))
                .evidence("issuer name", &*ca.subject.common_name, &*leaf.issuer_common_name)
                .command(
                    Effect::Issues,
                    "Renew it under the current CA, after clients trust that CA.",
                    format!("cmctl renew -n {} {}", shell(&key.namespace), shell(&key.name)),
                ),
        );
    }
}

/// The Secret of the certificate's CA, if the plan issues that CA again with a new key: what was signed before then
/// chains to a CA that is gone.
fn renewed_ca(view: &View<'_>, certificate: &Certificate) -> Option<NamespacedName> {
    let simulation = view.simulation.filter(|simulation| !simulation.stand_ins.is_empty())?;
    let issuer = view.scene.issuer_ref(certificate)?;
    let ca = view.scene.issuer(certificate)?.ca_secret_name()?;
    let secret = NamespacedName::new(view.scene.resource_namespace(&issuer), ca);
    let signed_before = view.scene.secret(certificate).is_some_and(|secret| secret.certificate.is_some());
    (simulation.stand_ins.contains(&secret) && signed_before).then_some(secret)
}

fn signed_before(certificate: &NamespacedName, ca: &NamespacedName) -> Finding {
    let detail = format!(
        "The plan issues the CA in Secret {ca} again, with a new key if it is not kept. This certificate stays in use and was \
         signed before: whoever trusts only the new CA refuses it, and cert-manager does not notice."
    );
    Finding::about(Kind::Certificate, certificate, "Its CA is issued again by the plan", detail).command(
        Effect::Issues,
        "Restore the CA's Secret first, or renew this certificate after clients trust the new CA.",
        format!("cmctl renew -n {} {}", shell(&certificate.namespace), shell(&certificate.name)),
    )
}

/// Names must chain; key identifiers decide where both are there.
fn chains(leaf: &X509Certificate, ca: &X509Certificate) -> bool {
    let ids_known = !leaf.authority_key_id.is_empty() && !ca.subject_key_id.is_empty();
    *leaf.raw_issuer == *ca.raw_subject && (!ids_known || *leaf.authority_key_id == *ca.subject_key_id)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
