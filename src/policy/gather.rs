//! How the controllers gather what their checks look at (rules section 3).
//!
//! Source: `internal/controller/certificates/policies/gatherer.go`, `internal/controller/certificates/certificates.go`,
//! `internal/informers/core_filteredsecrets.go`, `pkg/controller/certificates/trigger/trigger_controller.go`.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use thin_vec::ThinVec;

use super::named_secrets::NamedSecrets;
use super::request_matches_spec::request_matches_spec;
use crate::coverage::Coverage;
use crate::object::certificate::AriWindow;
use crate::object::secret::annotation;
use crate::object::{Certificate, CertificateRequest, Kind, NamespacedName, ObjectMeta, Secret};
use crate::release::{Backoff, ControllerFlags, Release, SecretOwnership, Version};
use crate::time::{GoDuration, Time};
use crate::world::World;

/// Label of a temporary Secret with the key of an issuance that runs (rules 4.1.2).
const NEXT_PRIVATE_KEY: &str = "cert-manager.io/next-private-key";

/// What belongs to controller owners, by namespace and the owner's uid.
type ByOwner<'w, T> = HashMap<(&'w str, &'w str), T, RandomState>;

/// How many Certificates make up for waking a second thread. A plan asks about worlds of one Certificate, thousands of times.
const WORTH_A_THREAD: usize = 500;

/// Who belongs to whom, found once for a world, so that no question about one Certificate looks at all the others.
#[derive(Clone, Debug, Default)]
pub struct Index<'w> {
    /// By namespace and controller owner's uid.
    requests: ByOwner<'w, ThinVec<&'w CertificateRequest>>,
    /// Requests of Certificates without a uid, by that Certificate.
    unnumbered: HashMap<NamespacedName, Vec<&'w CertificateRequest>>,
    /// Secrets that more than one Certificate names, with the one that comes first.
    shared: HashMap<NamespacedName, Arc<str>>,
    /// Temporary Secrets with a next private key, by namespace and controller owner's uid (rules 4.1.2).
    next_keys: ByOwner<'w, Vec<&'w Secret>>,
    named: NamedSecrets,
}

impl<'w> Index<'w> {
    /// Indexes requests by namespace and controller owner's uid, shared Secrets by their first Certificate.
    #[must_use]
    pub fn new(world: &'w World) -> Self {
        let shared_and_keys = || (shared_secrets(world), next_keys_by_owner(world));
        let ((shared, next_keys), requests) = if world.count(Kind::Certificate) < WORTH_A_THREAD {
            (shared_and_keys(), requests_by_owner(world))
        } else {
            rayon::join(shared_and_keys, || requests_by_owner(world))
        };
        let mut index = Self { shared, requests, next_keys, named: NamedSecrets::of(world), ..Self::default() };
        if world.certificates().any(|certificate| certificate.metadata.uid.is_empty()) {
            index.add_requests_by_name(world);
        }
        index
    }

    /// What concerns one Certificate, for who knows already which requests may be its own, in any order and some perhaps twice,
    /// and which Certificates name its Secret.
    #[must_use]
    pub fn of_one(
        certificate: &'w Certificate,
        requests: impl Iterator<Item = &'w CertificateRequest>,
        claimants: impl Iterator<Item = &'w Certificate>,
    ) -> Self {
        let mut index = Self::default();
        let metadata = &certificate.metadata;
        let is_own = |request: &&CertificateRequest| {
            request.metadata.namespace == metadata.namespace && certificate.owns(&request.metadata)
        };
        let mut own: Vec<_> = requests.filter(is_own).collect();
        own.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        own.dedup_by(|a, b| a.metadata.name == b.metadata.name);
        if metadata.uid.is_empty() {
            index.unnumbered.insert(metadata.key(), own);
        } else {
            index.requests.insert((&metadata.namespace, &metadata.uid), own.into());
        }
        let others = claimants.filter(|claimant| claimant.metadata.name != metadata.name);
        let first = others.fold(None, |first, other| Some(older(first.unwrap_or(certificate), other)));
        index.shared.extend(first.map(|first| (secret_key(certificate), first.metadata.name.clone())));
        index
    }

    /// Whether another Certificate names the same Secret.
    #[must_use]
    pub fn shares_secret(&self, certificate: &Certificate) -> bool {
        !self.shared.is_empty() && self.shared.contains_key(&secret_key(certificate))
    }

    /// The temporary Secrets with a next private key that belong to a Certificate.
    pub fn next_keys_of<'a>(&'a self, certificate: &'a Certificate) -> impl Iterator<Item = &'w Secret> + use<'w, 'a> {
        let owner = (&*certificate.metadata.namespace, &*certificate.metadata.uid);
        self.next_keys.get(&owner).into_iter().flatten().copied()
    }

    /// [`NamedSecrets::secret_was_read`].
    #[must_use]
    pub fn secret_was_read(&self, coverage: &Coverage, secret: &NamespacedName, version: Version) -> bool {
        self.named.secret_was_read(coverage, secret, version)
    }

    /// Without a uid the names must do.
    fn add_requests_by_name(&mut self, world: &'w World) {
        for request in world.requests() {
            let metadata = &request.metadata;
            let owner = match metadata.controller() {
                Some(owner) => Some(&*owner.name),
                None => metadata.annotations.get(annotation::CERTIFICATE_NAME),
            };
            let Some(owner) = owner.map(|name| NamespacedName::new(metadata.namespace.clone(), name)) else { continue };
            let named = world.certificate(&owner).filter(|certificate| certificate.metadata.uid.is_empty());
            if named.is_some_and(|certificate| certificate.owns(metadata)) {
                self.unnumbered.entry(owner).or_default().push(request);
            }
        }
    }

    /// The requests whose controller owner is this Certificate, by name.
    pub fn requests_of<'a>(
        &'a self,
        certificate: &'a Certificate,
    ) -> impl Iterator<Item = &'w CertificateRequest> + Clone + use<'w, 'a> {
        let metadata = &certificate.metadata;
        let owned: &[_] = if metadata.uid.is_empty() {
            self.unnumbered.get(&metadata.key()).map_or(&[], Vec::as_slice)
        } else {
            self.requests.get(&(&*metadata.namespace, &*metadata.uid)).map_or(&[], ThinVec::as_slice)
        };
        owned.iter().copied()
    }
}

fn requests_by_owner(world: &World) -> ByOwner<'_, ThinVec<&CertificateRequest>> {
    // Mostly there is one for each.
    let count = world.count(Kind::Certificate).min(world.count(Kind::CertificateRequest));
    let mut requests = ByOwner::with_capacity_and_hasher(count, RandomState::default());
    for request in world.requests() {
        if let Some(owner) = owner_of(&request.metadata) {
            requests.entry(owner).or_insert_with(|| ThinVec::with_capacity(1)).push(request);
        }
    }
    requests
}

fn next_keys_by_owner(world: &World) -> ByOwner<'_, Vec<&Secret>> {
    let mut next_keys = ByOwner::<Vec<_>>::default();
    for secret in world.secrets().filter(|s| s.metadata.labels.get(NEXT_PRIVATE_KEY) == Some("true")) {
        if let Some(owner) = owner_of(&secret.metadata) {
            next_keys.entry(owner).or_default().push(secret);
        }
    }
    next_keys
}

/// Namespace, and the uid of the controller owner if it has one.
fn owner_of(metadata: &ObjectMeta) -> Option<(&str, &str)> {
    let owner = metadata.controller().filter(|owner| !owner.uid.is_empty())?;
    Some((&metadata.namespace, &owner.uid))
}

/// Secrets that more than one Certificate names, each with the oldest of them, the first by name among equals.
fn shared_secrets(world: &World) -> HashMap<NamespacedName, Arc<str>> {
    let count = world.count(Kind::Certificate);
    let mut claims =
        HashMap::<(&str, &str), (&Certificate, bool), _>::with_capacity_and_hasher(count, RandomState::default());
    for certificate in world.certificates() {
        let secret = (&*certificate.metadata.namespace, &*certificate.spec.secret_name);
        let (first, shared) = claims.entry(secret).or_insert((certificate, false));
        if !std::ptr::eq(*first, certificate) {
            *shared = true;
            *first = older(first, certificate);
        }
    }
    let shared = claims.into_values().filter(|(_, shared)| *shared);
    shared.map(|(first, _)| (secret_key(first), first.metadata.name.clone())).collect()
}

/// The one that was created first, by name among equals.
fn older<'a>(one: &'a Certificate, other: &'a Certificate) -> &'a Certificate {
    let age = |certificate: &'a Certificate| (certificate.metadata.creation_timestamp, &certificate.metadata.name);
    if age(other) < age(one) { other } else { one }
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
    index: &'a Index<'a>,
    world: &'a World,
    certificate: &Certificate,
    release: &Release,
    flags: &ControllerFlags,
) -> Result<Gathered<'a>, GatherError> {
    let revision = certificate.status.revision;
    let owned = index.requests_of(certificate);
    let current = revision.map(|revision| the_request(owned.clone(), "current", revision)).transpose()?;
    let next = the_request(owned, "next", revision.map_or(1, |revision| revision.wrapping_add(1)))?;
    Ok(Gathered {
        secret: listed_secret(world, certificate, release, flags),
        current: current.flatten(),
        next,
        ari: suggested_window(certificate, release, flags),
    })
}

fn the_request<'a>(
    owned: impl Iterator<Item = &'a CertificateRequest>,
    which: &'static str,
    revision: i64,
) -> Result<Option<&'a CertificateRequest>, GatherError> {
    let text = revision.to_string();
    match owned.filter(|request| request.revision() == Some(&*text)).collect::<Vec<_>>().as_slice() {
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
    let secret = world.secret_of(certificate)?;
    release.with_flags(flags).finds(secret).then_some(secret)
}

fn suggested_window(certificate: &Certificate, release: &Release, flags: &ControllerFlags) -> Option<AriWindow> {
    let on = release.knows_ari && flags.gate("ACMEUseARI", release.version);
    let acme = certificate.status.acme.as_deref().filter(|_| on)?;
    acme.ari.as_ref()?.suggested_window
}

/// Who owns the Secret that several Certificates name (rules 3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// No other Certificate names the Secret.
    Sole,
    /// Others name it too, and this one owns it.
    Owner,
    /// Another one owns it: this one is not triggered.
    NotOwner {
        /// The owner.
        owner: Arc<str>,
    },
    /// 1.13.2 and 1.13.3 sort them by accident; one of them owns it.
    Arbitrary {
        /// The owner by the order of later releases.
        likely: Arc<str>,
    },
    /// The release does not ask: they overwrite each other.
    NotAsked,
}

/// cert-manager's `CertificateOwnsSecret`.
#[must_use]
pub fn owns_secret(
    index: &Index<'_>,
    world: &World,
    certificate: &Certificate,
    release: &Release,
    flags: &ControllerFlags,
) -> Ownership {
    if index.shared.is_empty() {
        return Ownership::Sole;
    }
    let key = secret_key(certificate);
    let Some(first) = index.shared.get(&key) else { return Ownership::Sole };
    if release.secret_ownership == SecretOwnership::None {
        return Ownership::NotAsked;
    }
    let shares = |name: &str| {
        let named = world.certificate(&NamespacedName::new(key.namespace.clone(), name));
        named.is_some_and(|named| named.spec.secret_name == key.name)
    };
    let secret = listed_secret(world, certificate, release, flags);
    let annotated = secret.and_then(|secret| secret.metadata.annotations.get(annotation::CERTIFICATE_NAME));
    let annotated = annotated.filter(|annotated| shares(annotated));
    let owner: Arc<str> = annotated.map_or_else(|| first.clone(), Arc::from);
    match release.secret_ownership {
        SecretOwnership::Arbitrary if annotated.is_none() => Ownership::Arbitrary { likely: owner },
        _ if owner == certificate.metadata.name => Ownership::Owner,
        _ => Ownership::NotOwner { owner },
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
