//! How the controllers gather what their checks look at (rules section 3).
//!
//! Source: `internal/controller/certificates/policies/gatherer.go`, `internal/controller/certificates/certificates.go`,
//! `internal/informers/core_filteredsecrets.go`, `pkg/controller/certificates/trigger/trigger_controller.go`.

use std::collections::HashMap;
use std::sync::Arc;

use super::request_matches_spec::request_matches_spec;
use crate::object::certificate::AriWindow;
use crate::object::secret::{FAO_LABEL, annotation};
use crate::object::{Certificate, CertificateRequest, NamespacedName, Secret};
use crate::release::{Backoff, ControllerFlags, Release, SecretOwnership};
use crate::time::{GoDuration, Time};
use crate::world::World;

/// Who belongs to whom, found once for a world.
#[derive(Clone, Debug, Default)]
pub struct Index {
    requests: HashMap<(Arc<str>, Box<str>), Vec<NamespacedName>>,
    /// Requests of Certificates without a uid.
    unnumbered: HashMap<NamespacedName, Vec<NamespacedName>>,
    certificates: HashMap<NamespacedName, Vec<Arc<str>>>,
}

impl Index {
    /// Indexes requests by namespace and controller owner's uid, Certificates by the Secret they name.
    #[must_use]
    pub fn new(world: &World) -> Self {
        let mut index = Self::default();
        for request in world.requests() {
            if let Some(owner) = request.metadata.controller().filter(|owner| !owner.uid.is_empty()) {
                let key = (request.metadata.namespace.clone(), owner.uid.clone());
                index.requests.entry(key).or_default().push(request.metadata.key());
            }
        }
        for certificate in world.certificates() {
            if certificate.metadata.uid.is_empty() {
                index.add_requests_by_name(world, certificate);
            }
            let secret = secret_key(certificate);
            index.certificates.entry(secret).or_default().push(certificate.metadata.name.clone());
        }
        index
    }

    /// Without a uid the names must do.
    fn add_requests_by_name(&mut self, world: &World, certificate: &Certificate) {
        let owned = world.requests_named_for(certificate).filter(|request| certificate.owns(&request.metadata));
        let keys: Vec<NamespacedName> = owned.map(|request| request.metadata.key()).collect();
        self.unnumbered.insert(certificate.metadata.key(), keys);
    }

    /// The requests whose controller owner is this Certificate, by name.
    pub fn requests_of<'a>(
        &'a self,
        world: &'a World,
        certificate: &Certificate,
    ) -> impl Iterator<Item = &'a CertificateRequest> {
        let owned = if certificate.metadata.uid.is_empty() {
            self.unnumbered.get(&certificate.metadata.key())
        } else {
            self.requests.get(&(certificate.metadata.namespace.clone(), certificate.metadata.uid.clone()))
        };
        owned.into_iter().flatten().filter_map(|key| world.request(key))
    }

    /// The names of all Certificates that name a Secret.
    #[must_use]
    pub fn certificates_of(&self, secret: &NamespacedName) -> &[Arc<str>] {
        self.certificates.get(secret).map_or(&[], Vec::as_slice)
    }
}

/// The key of the Secret that a Certificate names.
#[must_use]
pub fn secret_key(certificate: &Certificate) -> NamespacedName {
    NamespacedName::new(certificate.metadata.namespace.clone(), certificate.spec.secret_name.clone())
}

/// What the gatherer found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gathered<'a> {
    /// The Secret, if the lister finds it.
    pub secret: Option<&'a Secret>,
    /// The request of `status.revision`.
    pub current: Option<&'a CertificateRequest>,
    /// The request of the next revision.
    pub next: Option<&'a CertificateRequest>,
    /// The window that the CA suggests, with the gate ACMEUseARI.
    pub ari: Option<AriWindow>,
}

/// More than one request carries the same revision: neither trigger nor readiness go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "multiple CertificateRequests were found for the '{which}' revision {revision}, issuance is skipped until there are \
     no more duplicates"
)]
pub struct GatherError {
    /// `current` or `next`.
    pub which: &'static str,
    /// The revision.
    pub revision: i64,
    /// The requests.
    pub requests: Vec<NamespacedName>,
}

/// Gathers Secret, current and next request and ARI window of a Certificate (rules 3.1 – 3.3).
///
/// # Errors
/// [`GatherError`] when a revision is there twice.
pub fn gather<'a>(
    index: &'a Index,
    world: &'a World,
    certificate: &Certificate,
    release: &Release,
    flags: &ControllerFlags,
) -> Result<Gathered<'a>, GatherError> {
    let revision = certificate.status.revision;
    let current = revision.map(|revision| the_request(index, world, certificate, "current", revision)).transpose()?;
    let next = the_request(index, world, certificate, "next", revision.map_or(1, |revision| revision.wrapping_add(1)))?;
    Ok(Gathered {
        secret: listed_secret(world, certificate, release, flags),
        current: current.flatten(),
        next,
        ari: suggested_window(certificate, release, flags),
    })
}

fn the_request<'a>(
    index: &'a Index,
    world: &'a World,
    certificate: &Certificate,
    which: &'static str,
    revision: i64,
) -> Result<Option<&'a CertificateRequest>, GatherError> {
    let text = revision.to_string();
    let of_revision = index.requests_of(world, certificate).filter(|request| request.revision() == Some(&*text));
    match of_revision.collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [request] => Ok(Some(request)),
        several => {
            let requests = several.iter().map(|request| request.metadata.key()).collect();
            Err(GatherError { which, revision, requests })
        }
    }
}

/// The Secret as cert-manager's lister finds it: with the filtered cache, one that carries the label with another value
/// than `true` is in neither half (rules 3.3).
#[must_use]
pub fn listed_secret<'a>(
    world: &'a World,
    certificate: &Certificate,
    release: &Release,
    flags: &ControllerFlags,
) -> Option<&'a Secret> {
    let filtered = release.with_flags(flags).filtered_secret_cache;
    let secret = world.secret(&secret_key(certificate))?;
    let lost = filtered && secret.metadata.labels.get(FAO_LABEL).is_some_and(|value| value != "true");
    (!lost).then_some(secret)
}

fn suggested_window(certificate: &Certificate, release: &Release, flags: &ControllerFlags) -> Option<AriWindow> {
    let on = release.knows_ari && flags.gate("ACMEUseARI", false);
    let acme = certificate.status.acme.as_deref().filter(|_| on)?;
    acme.ari.as_ref()?.suggested_window
}

/// Who owns the Secret that several Certificates name (rules 3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// No other Certificate names the Secret.
    Sole,
    /// This one owns it.
    Owner {
        /// The other Certificates.
        others: Vec<Arc<str>>,
    },
    /// Another one owns it: this one is not triggered.
    NotOwner {
        /// The owner.
        owner: Arc<str>,
        /// All other Certificates, the owner among them.
        others: Vec<Arc<str>>,
    },
    /// 1.13.2 and 1.13.3 sort them by accident; one of them owns it.
    Arbitrary {
        /// The owner by the order of later releases.
        likely: Arc<str>,
        /// The other Certificates.
        others: Vec<Arc<str>>,
    },
    /// The release does not ask: they overwrite each other.
    NotAsked {
        /// The other Certificates.
        others: Vec<Arc<str>>,
    },
}

/// cert-manager's `CertificateOwnsSecret`.
#[must_use]
pub fn owns_secret(
    index: &Index,
    world: &World,
    certificate: &Certificate,
    release: &Release,
    flags: &ControllerFlags,
) -> Ownership {
    let name = &certificate.metadata.name;
    let key = secret_key(certificate);
    let mut names: Vec<&Arc<str>> = index.certificates_of(&key).iter().collect();
    let others: Vec<Arc<str>> = names.iter().filter(|other| **other != name).map(|other| (*other).clone()).collect();
    if others.is_empty() {
        return Ownership::Sole;
    }
    if release.secret_ownership == SecretOwnership::None {
        return Ownership::NotAsked { others };
    }
    let created = |name: &str| {
        let key = NamespacedName::new(certificate.metadata.namespace.clone(), name);
        world.certificate(&key).and_then(|certificate| certificate.metadata.creation_timestamp)
    };
    names.sort_by_cached_key(|name| (created(name), (*name).clone()));
    let secret = listed_secret(world, certificate, release, flags);
    let annotated = secret.and_then(|secret| secret.metadata.annotations.get(annotation::CERTIFICATE_NAME));
    let annotated = annotated.filter(|annotated| names.iter().any(|name| ***name == **annotated));
    let owner: Arc<str> = match (annotated, names.first()) {
        (Some(annotated), _) => annotated.into(),
        (None, Some(first)) => (*first).clone(),
        (None, None) => name.clone(),
    };
    match release.secret_ownership {
        SecretOwnership::Arbitrary if annotated.is_none() => Ownership::Arbitrary { likely: owner, others },
        _ if owner == *name => Ownership::Owner { others },
        _ => Ownership::NotOwner { owner, others },
    }
}

const HOUR: GoDuration = GoDuration::hours(1);
const LONGEST: GoDuration = GoDuration::hours(32);

/// Until when a failed issuance is not tried again; `None` without a back-off (rules 3.6).
#[must_use]
pub fn backoff(
    certificate: &Certificate,
    next: Option<&CertificateRequest>,
    release: &Release,
    flags: &ControllerFlags,
    now: Time,
) -> Option<Time> {
    let failed = certificate.status.last_failure_time?;
    if let Some(next) = next {
        // A spec that was changed since is tried at once, and so is a request that cannot be read.
        let differences = request_matches_spec(next, &certificate.spec, release);
        if !differences.is_ok_and(|fields| fields.is_empty()) {
            return None;
        }
    }
    let delay = delay(certificate.status.failed_issuance_attempts, release.backoff, flags)?;
    (now.since(failed) < delay).then(|| failed.plus(delay))
}

fn delay(attempts: Option<i64>, rule: Backoff, flags: &ControllerFlags) -> Option<GoDuration> {
    let base = if rule == Backoff::Fixed { HOUR } else { flags.minimum_backoff.unwrap_or(HOUR) };
    if base.0 <= 0 {
        return None;
    }
    let delay = match (attempts, rule) {
        (None, _) | (Some(..=0), Backoff::MinimumAndMaximumFlags) => base,
        (Some(attempts), Backoff::MinimumAndMaximumFlags) => {
            let longest = flags.maximum_backoff.unwrap_or(LONGEST);
            doubled(base, attempts).filter(|delay| *delay <= longest).unwrap_or(longest)
        }
        (Some(7..), _) => LONGEST,
        (Some(attempts), _) => doubled(base, attempts).unwrap_or(base),
    };
    Some(delay.max(base))
}

/// `base` · 2^(attempts − 1); `None` where Go's product would wrap or round to nothing.
fn doubled(base: GoDuration, attempts: i64) -> Option<GoDuration> {
    let power = u32::try_from(attempts.checked_sub(1)?).ok()?;
    base.0.checked_mul(2i64.checked_pow(power)?).map(GoDuration)
}
