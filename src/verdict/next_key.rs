//! The private key of the next issuance: kept, made anew, or prepared already in a temporary Secret (rules 4.1).
//!
//! Source: `pkg/controller/certificates/keymanager/keymanager_controller.go`.

use crate::object::secret::FAO_LABEL;
use crate::object::{Certificate, Kind, NamespacedName, ObjectRef, Secret};
use crate::obstacle::{Obstacle, ObstacleReason};
use crate::pki::{PublicKey, public_keys_equal};
use crate::policy::private_key_matches_spec::private_key_matches_spec;
use crate::release::Version;

use super::judge::Scene;

/// The release from which on a Secret of the noted name is taken as it is (rules 4.1.5, 4.1.6).
const TAKES_FOREIGN: Version = Version::v1(21, 0);

impl<'a> Scene<'a> {
    /// Whether the next issuance brings another key than the Secret holds now. Without a key there is none to keep.
    #[must_use]
    pub fn key_rotates(&self, certificate: &Certificate, present: Option<&PublicKey>) -> bool {
        let Some(present) = present else { return true };
        match self.prepared_key(certificate) {
            Some(secret) => !self.key_of(secret).is_some_and(|key| public_keys_equal(key, present) == Ok(true)),
            None => self.release.rotates(certificate),
        }
    }

    /// The temporary Secret whose key a running issuance goes on with. Without `Issuing=True` the key manager deletes
    /// what it finds, and the rotation policy decides.
    #[must_use]
    pub fn prepared_key(&self, certificate: &Certificate) -> Option<&'a Secret> {
        if !certificate.is_issuing() {
            return None;
        }
        let noted = certificate.status.next_private_key_secret_name.as_deref().filter(|name| !name.is_empty());
        let owned: Vec<&Secret> = self.index.next_keys_of(certificate).filter(|s| self.is_listed(s)).collect();
        let chosen = match (owned.as_slice(), noted) {
            // Nothing is owned: from 1.21 on the noted one is used, whoever owns it.
            ([], Some(_)) if self.release.version >= TAKES_FOREIGN => self.noted_secret(certificate),
            ([only], None) => Some(*only),
            ([only], Some(name)) => Some(*only).filter(|secret| &*secret.metadata.name == name),
            ([_, _, ..], Some(name)) if self.release.version >= TAKES_FOREIGN => {
                owned.iter().copied().find(|secret| &*secret.metadata.name == name)
            }
            _ => None,
        };
        chosen.filter(|secret| self.fits(secret, certificate))
    }

    /// Up to 1.20 a temporary Secret of the noted name that belongs to somebody else can be neither used nor made.
    #[must_use]
    pub(super) fn foreign_next_key(&self, certificate: &Certificate) -> Option<Obstacle> {
        if !certificate.is_issuing() || self.release.version >= TAKES_FOREIGN {
            return None;
        }
        let secret = self.noted_secret(certificate)?;
        // One of its own under another name is deleted, and the foreign one is then in the way all the same.
        let mut listed = self.index.next_keys_of(certificate).filter(|own| self.is_listed(own));
        let owned = listed.any(|own| own.metadata.name == secret.metadata.name);
        (!owned).then(|| Obstacle {
            reason: ObstacleReason::NextKeySecretTaken,
            why: format!(
                "Secret {} has the name that the status gives to the next private key and does not belong to it, so the \
                 key can never be stored (AlreadyExists) until somebody deletes that Secret",
                secret.metadata.name
            ),
            object: Some(ObjectRef::new(Kind::Secret, secret.metadata.key())),
        })
    }

    fn noted_secret(&self, certificate: &Certificate) -> Option<&'a Secret> {
        let name = certificate.status.next_private_key_secret_name.clone().filter(|name| !name.is_empty())?;
        self.world.secret(&NamespacedName::new(certificate.metadata.namespace.clone(), name))
    }

    /// Whether the key manager's lister sees a Secret: with the filtered cache only labelled ones (rules 3.3).
    fn is_listed(&self, secret: &Secret) -> bool {
        !self.release.filtered_secret_cache || secret.metadata.labels.get(FAO_LABEL) == Some("true")
    }

    fn key_of(&self, secret: &'a Secret) -> Option<&'a PublicKey> {
        Some(&secret.key.as_ref()?.decode(&self.release.decoder).ok()?.public)
    }

    /// A key that is empty, does not decode or does not fit the spec is thrown away (rules 4.1.6).
    fn fits(&self, secret: &'a Secret, certificate: &Certificate) -> bool {
        self.key_of(secret).is_some_and(|key| {
            private_key_matches_spec(key, &certificate.spec, self.release).is_ok_and(|fields| fields.is_empty())
        })
    }
}
