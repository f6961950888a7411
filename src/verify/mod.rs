//! What was done to each Certificate: a world before beside a world after, and beside what was foretold (design 4,
//! `verify`).
//!
//! Two certificates are the same when issuer, serial number and public key are (RFC 5280, 4.1.2.2).

mod account;
mod expectation;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use account::{Account, Between, Quote};
pub use expectation::{Prediction, fits};

use crate::object::secret::annotation::CERTIFICATE_NAME;
use crate::object::{Certificate, CertificateRequest, Kind, NamespacedName};
use crate::pki::X509Certificate;
use crate::policy::Index;
use crate::policy::gather::secret_key;
use crate::policy::renewal_time::renewal_time;
use crate::release::Release;
use crate::time::Time;
use crate::world::World;

/// What was done to a Certificate (contract: these spellings).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its Secret holds the certificate that it held before.
    Same,
    /// Its Secret holds another certificate, or one for the first time.
    Reissued,
    /// The Certificate is not there any more.
    Lost,
    /// The Certificate was not there before.
    New,
    /// It waits for a certificate: there is none, a stand-in, or an issuance that is not over.
    Pending,
    /// What is needed was not read on one side.
    NotComparable,
}

impl Change {
    /// The spelling in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Reissued => "reissued",
            Self::Lost => "lost",
            Self::New => "new",
            Self::Pending => "pending",
            Self::NotComparable => "not-comparable",
        }
    }
}

/// What was seen of a Certificate, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What was done to it.
    pub change: Change,
    /// Serial number before, in upper-case hex.
    pub serial_before: Option<Box<str>>,
    /// Serial number after.
    pub serial_after: Option<Box<str>>,
    /// The Certificate that the new certificate was issued for, where that is another one with the same Secret.
    pub issued_for: Option<Box<str>>,
    /// Whether a new certificate has the key of the one before; `None` where there are not two.
    pub key_kept: Option<bool>,
    /// The request that a new certificate was issued for, if it is there.
    pub request: Option<NamespacedName>,
    /// When it was issued: when that request was made, else since when the certificate is valid.
    pub at: Option<Time>,
}

impl Observed {
    const fn only(change: Change) -> Self {
        Self {
            change,
            serial_before: None,
            serial_after: None,
            issued_for: None,
            key_kept: None,
            request: None,
            at: None,
        }
    }

    /// What was seen, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let serial = |serial: &Option<Box<str>>| serial.as_deref().unwrap_or("none").to_owned();
        match self.change {
            Change::Same => "The same certificate as before.".to_owned(),
            Change::Reissued => {
                let key = match self.key_kept {
                    Some(true) => ", with the same key",
                    Some(false) => ", with another key",
                    None => "",
                };
                let at = self.at.map_or_else(String::new, |at| format!(" at {at}"));
                let request = self.request.as_ref().map_or_else(String::new, |key| format!(" by request {}", key.name));
                let (before, after) = (serial(&self.serial_before), serial(&self.serial_after));
                let what = self.issued_for.as_ref().map_or_else(
                    || "Re-issued".to_owned(),
                    |other| format!("Its Secret was written for Certificate {other}"),
                );
                format!("{what}{at}{request}{key}: serial {before} before, {after} now.")
            }
            Change::Lost => "It was there before and is not there any more.".to_owned(),
            Change::New => "It was not there before.".to_owned(),
            Change::Pending => "It waits for a certificate.".to_owned(),
            Change::NotComparable => "What is needed to compare was not read on both sides.".to_owned(),
        }
    }
}

/// A world on one side of the comparison.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The objects.
    pub world: &'a World,
    /// The objects by the relations that cert-manager follows.
    pub index: &'a Index<'a>,
    /// The release that reads them.
    pub release: &'a Release,
}

/// What a Secret holds for a Certificate.
enum Issued<'a> {
    Unread,
    Nothing,
    Holds(&'a X509Certificate),
}

impl<'a> Side<'a> {
    /// Every Certificate that is known to be there, readable or not.
    fn keys(&self) -> impl Iterator<Item = NamespacedName> {
        let broken = self.world.broken().filter(|(kind, ..)| *kind == Kind::Certificate);
        let readable = self.world.certificates().map(|certificate| certificate.metadata.key());
        readable.chain(broken.map(|(_, key, _)| key.clone()))
    }

    /// Whether a Certificate that is not in the world is known not to exist.
    fn is_absent(&self, key: &NamespacedName) -> bool {
        self.world.broken_object(Kind::Certificate, key).is_none() && self.world.coverage.was_read(Kind::Certificate)
    }

    fn issued(&self, certificate: &Certificate) -> Issued<'a> {
        let key = secret_key(certificate);
        let Some(secret) = self.world.secret(&key) else {
            let known = self.world.broken_object(Kind::Secret, &key).is_none()
                && self.index.secret_was_read(&self.world.coverage, &key, self.release.version);
            return if known { Issued::Nothing } else { Issued::Unread };
        };
        let decoded = secret.certificate.as_ref().and_then(|material| material.decode(&self.release.decoder).ok());
        decoded.map_or(Issued::Nothing, Issued::Holds)
    }

    /// When the certificate that a Secret holds is renewed.
    fn renewal_time(&self, certificate: &Certificate) -> Option<Time> {
        let Issued::Holds(issued) = self.issued(certificate) else { return None };
        renewal_time(issued.not_before, issued.not_after, &certificate.spec, self.release).time()
    }

    /// The Certificate's own request for a key: that of its present revision before all others.
    fn request_for(&self, certificate: &Certificate, issued: &X509Certificate) -> Option<&'a CertificateRequest> {
        let revision = certificate.status.revision.map(|revision| revision.to_string());
        let is_for = |request: &&CertificateRequest| {
            let decoded = request.spec.request.decode(&self.release.decoder);
            decoded.is_ok_and(|decoded| decoded.public_key == issued.public_key)
        };
        let own = self.index.requests_of(certificate).filter(is_for);
        own.max_by_key(|request| (request.revision() == revision.as_deref(), request.metadata.creation_timestamp))
    }
}

/// When what lies between two worlds began, as far as they tell: the first creation of a Certificate or a Secret after
/// everything in the world before.
#[must_use]
pub fn began(before: &World, after: &World) -> Option<Time> {
    let created = |world: &'_ World| {
        let certificates = world.certificates().map(|certificate| certificate.metadata.creation_timestamp);
        certificates
            .chain(world.secrets().map(|secret| secret.metadata.creation_timestamp))
            .flatten()
            .collect::<Vec<_>>()
    };
    let last = created(before).into_iter().max();
    created(after).into_iter().filter(|time| last.is_none_or(|last| *time > last)).min()
}

/// Compares every Certificate of two worlds; by namespace and name.
#[must_use]
pub fn observe(before: &Side<'_>, after: &Side<'_>) -> Vec<(NamespacedName, Observed)> {
    let keys: BTreeSet<NamespacedName> = before.keys().chain(after.keys()).collect();
    let observed = |key: NamespacedName| {
        let seen = observe_one(before, after, &key);
        (key, seen)
    };
    keys.into_iter().map(observed).collect()
}

fn observe_one(before: &Side<'_>, after: &Side<'_>, key: &NamespacedName) -> Observed {
    match (before.world.certificate(key), after.world.certificate(key)) {
        (Some(old), Some(new)) => compare(before, after, old, new),
        (Some(_), None) if after.is_absent(key) => Observed::only(Change::Lost),
        (None, Some(new)) if before.is_absent(key) => {
            let serial_after = match after.issued(new) {
                Issued::Holds(issued) => Some(issued.serial.clone()),
                Issued::Nothing | Issued::Unread => None,
            };
            Observed { serial_after, ..Observed::only(Change::New) }
        }
        _ => Observed::only(Change::NotComparable),
    }
}

fn compare(before: &Side<'_>, after: &Side<'_>, old: &Certificate, new: &Certificate) -> Observed {
    let (old, issued) = match (before.issued(old), after.issued(new)) {
        (Issued::Unread, _) | (_, Issued::Unread) => return Observed::only(Change::NotComparable),
        (Issued::Nothing, Issued::Nothing) => return Observed::only(Change::Pending),
        (Issued::Holds(old), Issued::Nothing) => {
            return Observed { serial_before: Some(old.serial.clone()), ..Observed::only(Change::Pending) };
        }
        (Issued::Nothing, Issued::Holds(issued)) => (None, issued),
        (Issued::Holds(old), Issued::Holds(issued)) => (Some(old), issued),
    };
    let same = old.is_some_and(|old| {
        (&old.serial, &old.raw_issuer, &old.public_key) == (&issued.serial, &issued.raw_issuer, &issued.public_key)
    });
    let written_for = after.world.secret(&secret_key(new)).and_then(|s| s.metadata.annotations.get(CERTIFICATE_NAME));
    let other = written_for.filter(|name| !same && **name != *new.metadata.name);
    let request = (!same).then(|| after.request_for(new, issued)).flatten();
    let made = request.and_then(|request| request.metadata.creation_timestamp);
    Observed {
        change: match same {
            // What was written for another Certificate ends no issuance of this one.
            _ if issued.is_temporary() || (new.is_issuing() && (same || other.is_some())) => Change::Pending,
            true => Change::Same,
            false => Change::Reissued,
        },
        serial_before: old.map(|old| old.serial.clone()),
        serial_after: Some(issued.serial.clone()),
        issued_for: other.map(Box::from),
        key_kept: old.filter(|_| !same).map(|old| old.public_key == issued.public_key),
        request: request.map(|request| request.metadata.key()),
        at: (!same).then(|| made.unwrap_or(issued.not_before)),
    }
}
