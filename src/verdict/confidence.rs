//! How sure a verdict is, and what it assumes (design 2, "What was not read").

use crate::object::{Certificate, Kind, NamespacedName};

use super::judge::Scene;
use super::secret_key;
use super::{Confidence, Verdict};

/// The assumptions behind one verdict.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts(Vec<String>);

impl Doubts {
    /// Collects what was not read and could change the verdict.
    #[must_use]
    pub(super) fn about(scene: &Scene<'_>, certificate: &Certificate, verdict: Verdict) -> Self {
        let mut doubts = Vec::new();
        let coverage = &scene.world.coverage;
        if certificate.status.revision.is_some()
            && !coverage.was_read_in(Kind::CertificateRequest, &certificate.metadata.namespace)
        {
            doubts.push(
                "No CertificateRequests were read: the current request is taken as absent, so only names are compared."
                    .to_owned(),
            );
        }
        if certificate.metadata.uid.is_empty() {
            doubts.push(
                "The input has no uids: requests are taken to belong to the Certificate that they name.".to_owned(),
            );
        }
        if coverage.only_labelled_secrets && scene.is_missing_secret(&secret_key(certificate)) {
            doubts.push(format!(
                "Only Secrets with the label controller.cert-manager.io/fao were read. cert-manager labels every Secret that \
                 it writes: Secret {} is not among them and is taken not to exist.",
                certificate.spec.secret_name
            ));
        }
        if matches!(verdict, Verdict::ReissueNow | Verdict::InProgress) {
            doubts.extend(about_issuer(scene, certificate));
        }
        Self(doubts)
    }

    /// `exact` without doubts.
    #[must_use]
    pub(super) fn confidence(&self) -> Confidence {
        if self.0.is_empty() { Confidence::Exact } else { Confidence::Assumed }
    }

    /// One more doubt.
    pub(super) fn add(&mut self, sentence: &str) {
        self.0.push(sentence.to_owned());
    }

    /// The doubts as sentences.
    #[must_use]
    pub(super) fn sentences(&self) -> Vec<String> {
        self.0.clone()
    }
}

fn about_issuer(scene: &Scene<'_>, certificate: &Certificate) -> Option<String> {
    let reference = &certificate.spec.issuer_ref;
    let Some(issuer_ref) = scene.issuer_ref(certificate) else {
        return Some(format!(
            "Issuer {} of group {} is not one of cert-manager's own: it is assumed to sign.",
            reference.name,
            reference.group_or_default()
        ));
    };
    if scene.world.broken_object(issuer_ref.kind, &issuer_ref.key).is_some() {
        return Some(format!("{issuer_ref} could not be read: it is assumed to sign."));
    }
    if scene.issuer(certificate).is_none()
        && !scene.world.coverage.was_read_in(issuer_ref.kind, &issuer_ref.key.namespace)
    {
        return Some(format!("No {}s were read: {} is assumed to exist and to sign.", issuer_ref.kind, issuer_ref.key));
    }
    let issuer = scene.issuer(certificate)?;
    let namespace = scene.resource_namespace(&issuer_ref);
    let needed = issuer.secret_references().iter().find(|needed| {
        let key = NamespacedName::new(namespace, needed.name.as_str());
        scene.world.secret(&key).is_none() && !scene.is_missing_secret(&key)
    })?;
    Some(format!(
        "{issuer_ref} needs Secret {namespace}/{}, which was not read: it is assumed to be there.",
        needed.name
    ))
}
