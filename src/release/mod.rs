//! cert-manager's patch releases: everything that differs between them, as data (rules 0.1 and 11).

mod detect;
mod find;
mod flags;
mod known;
mod profile;
mod table;
mod version;

pub use detect::{Detected, detect, is_controller, is_controller_container};
pub use find::{Found, ReleaseError, ReleaseNote, all, find, find_text, newest};
pub use flags::{ControllerFlags, FlagError};
pub(crate) use known::closest;
pub use known::{Known, feature_gate, flag};
pub use version::{NotAVersion, Version};

use crate::object::secret::FAO_LABEL;
use crate::object::{Certificate, Secret};
use crate::pki::Decoder;

/// Order and members of the trigger chain (rules 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainEra {
    /// v1.8.0 – v1.12.x
    A,
    /// v1.13.0 – v1.13.1
    B,
    /// v1.13.2 and later
    C,
}

/// How `spec.literalSubject` is compared (rules 2.1, 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiteralSubject {
    /// 1.8: the field does not exist.
    None,
    /// 1.9 – 1.11: nothing else is compared beside it; decoded values are compared.
    Exclusive,
    /// 1.12 – 1.14: decoded values are compared.
    Decoded,
    /// 1.15+: DER is compared.
    Der,
}

/// Generation of the go-ldap DN parser (rules 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnParser {
    /// 1.9 – 1.12: every unescaped `=` starts a type.
    AnyEquals,
    /// 1.13 – 1.14: the first unescaped `=` does.
    FirstEquals,
    /// 1.15 – 1.21: pieces are split first, then unescaped.
    Split,
}

/// Attribute types known by name in literalSubject (rules 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnTypes {
    /// 1.9 – 1.10
    Base,
    /// 1.11 – 1.14: and DC, UID
    WithDcUid,
    /// 1.15+: and dotted OIDs
    WithOids,
}

/// How the renewal time is computed (rules 2.9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RenewalFormula {
    /// R0, up to 1.15: renewBefore or a third, no percentage; zero and negative renewBefore count.
    NoPercentage,
    /// R1, 1.16.0 – 1.16.2: the percentage is inverted.
    InvertedPercentage,
    /// R2, 1.16.3 – 1.20: int64, overflows.
    IntegerPercentage,
    /// R3, 1.21+: float64.
    FloatPercentage,
}

/// Renewal policies and windows (rules 2.9.2, corrections 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RenewalPolicies {
    /// Up to 1.20: the field does not exist.
    None,
    /// 1.21.0: Disabled panics; ARI is asked first.
    DisabledPanics,
    /// 1.21.1+: Disabled is asked first and passes. The empty policy still panics.
    Supported,
}

/// How several Certificates with one Secret are told apart (rules 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretOwnership {
    /// Up to 1.13.1: not at all; they overwrite each other.
    None,
    /// 1.13.2 – 1.13.3: the order is arbitrary unless the annotation decides.
    Arbitrary,
    /// 1.13.4+: annotation, else oldest, else name.
    Defined,
}

/// Flags that limit the back-off after a failure (rules 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backoff {
    /// Up to 1.19: 1 h … 32 h.
    Fixed,
    /// 1.20: the minimum is a flag.
    MinimumFlag,
    /// 1.21+: minimum and maximum are flags.
    MinimumAndMaximumFlags,
}

/// Everything that differs between releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Which release this is.
    pub version: Version,
    /// The release is unknown: the Go numbers are those of the newest known neighbour.
    pub go_assumed: bool,
    /// What decodes.
    pub decoder: Decoder,
    /// Trigger chain.
    pub chain: ChainEra,
    /// literalSubject comparison.
    pub literal_subject: LiteralSubject,
    /// DN parser.
    pub dn_parser: DnParser,
    /// DN attribute types.
    pub dn_types: DnTypes,
    /// A literalSubject containing `=#` is an error (no violation).
    pub refuses_hash_values: bool,
    /// IP addresses are compared by value, not by text.
    pub ips_by_value: bool,
    /// otherNames are compared.
    pub compares_other_names: bool,
    /// `issuerRef` is compared with kind and group defaulted.
    pub defaults_issuer_ref: bool,
    /// `spec.subject.provinces` is labelled so (1.20+), not `postCodes`.
    pub labels_provinces: bool,
    /// `RequestMatchesSpec` compares SANs before the subject (1.12+).
    pub sans_first: bool,
    /// An undecodable certificate is a violation of the fuzzy comparison (1.16+).
    pub fuzzy_needs_certificate: bool,
    /// An unknown key algorithm panics (1.16+) instead of being an error text.
    pub unknown_algorithm_panics: bool,
    /// Renewal formula.
    pub renewal: RenewalFormula,
    /// Renewal policies.
    pub renewal_policies: RenewalPolicies,
    /// ARI is known (gate ACMEUseARI, default off).
    pub knows_ari: bool,
    /// Years that the search for the next renewal window reaches.
    pub window_search_years: i16,
    /// Shared Secrets.
    pub secret_ownership: SecretOwnership,
    /// SecretsFilteredCaching is on by default (1.13+; alpha in 1.12).
    pub filtered_secret_cache: bool,
    /// Request names are `<certificate>-<revision>` by default (1.13+).
    pub stable_request_names: bool,
    /// Back-off flags.
    pub backoff: Backoff,
    /// The trigger controller leaves Certificates alone that are being deleted (1.18+).
    pub skips_deleting: bool,
    /// `rotationPolicy` is `Always` by default (1.18+).
    pub rotates_by_default: bool,
    /// The gate DefaultPrivateKeyRotationPolicyAlways can still turn that off (1.18, 1.19).
    pub rotation_gate: bool,
    /// `revisionHistoryLimit` when unset; `None` is unlimited (up to 1.17).
    pub history_limit: Option<u32>,
}

impl Release {
    /// Whether the next issuance of a Certificate makes a new private key (rules 4.1, 5.3). An unknown policy makes
    /// none: the key manager logs it and hangs.
    #[must_use]
    pub fn rotates(&self, certificate: &Certificate) -> bool {
        match certificate.spec.private_key.as_deref().map_or("", |key| &*key.rotation_policy) {
            "" => self.rotates_by_default,
            policy => policy == "Always",
        }
    }

    /// Whether the controller finds a Secret that is there: with the filtered cache, one that carries the label with another
    /// value than `true` is in neither half (rules 3.3), whatever it is looked up for.
    #[must_use]
    pub fn finds(&self, secret: &Secret) -> bool {
        !self.filtered_secret_cache || secret.metadata.labels.get(FAO_LABEL).is_none_or(|value| value == "true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `spec.privateKey`, release, whether the next issuance makes a new key.
    const ROTATES: [(&str, Version, bool); 8] = [
        ("{}", Version::v1(17, 4), false),
        ("{}", Version::v1(18, 0), true),
        ("{privateKey: {}}", Version::v1(17, 4), false),
        ("{privateKey: {}}", Version::v1(21, 2), true),
        ("{privateKey: {rotationPolicy: Always}}", Version::v1(8, 0), true),
        ("{privateKey: {rotationPolicy: Never}}", Version::v1(21, 2), false),
        ("{privateKey: {rotationPolicy: always}}", Version::v1(21, 2), false),
        ("{privateKey: {rotationPolicy: Never}}", Version::v1(8, 0), false),
    ];

    #[test]
    fn keys_rotate_by_wish_and_later_by_default() {
        for (spec, version, rotates) in ROTATES {
            let certificate = Certificate { spec: serde_saphyr::from_str(spec).unwrap(), ..Certificate::default() };
            assert_eq!(find(version).unwrap().release.rotates(&certificate), rotates, "{spec} {version}");
        }
    }
}
