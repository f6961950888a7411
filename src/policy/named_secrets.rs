//! Which Secrets can be said not to exist where only labelled ones were read (design 2, "What was not read").

use std::collections::HashSet;

use super::gather::secret_key;
use crate::coverage::Coverage;
use crate::object::NamespacedName;
use crate::release::Version;
use crate::world::World;

/// The release from which on cert-manager puts the label `controller.cert-manager.io/fao` on every Secret that it writes (rules 4.1.2).
pub const LABELS_SECRETS: Version = Version::v1(11, 0);

/// Secrets that a Certificate names; empty where not only labelled Secrets were read.
#[derive(Clone, Debug, Default)]
pub struct NamedSecrets(HashSet<NamespacedName>);

impl NamedSecrets {
    /// Those of a world.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let certificates = world.coverage.only_labelled_secrets.then(|| world.certificates()).into_iter().flatten();
        Self(certificates.map(secret_key).collect())
    }

    /// Whether a Secret would have been read if it existed: where only labelled Secrets were read, only one that a
    /// Certificate names, and only of a release that labels what it writes.
    #[must_use]
    pub fn secret_was_read(&self, coverage: &Coverage, secret: &NamespacedName, version: Version) -> bool {
        let selected = || version >= LABELS_SECRETS && self.0.contains(secret);
        coverage.secrets_were_read(&secret.namespace)
            && (coverage.complete || !coverage.only_labelled_secrets || selected())
    }
}
