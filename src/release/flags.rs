//! Flags of the cert-manager controller that change a decision.

use std::collections::BTreeMap;

use super::known::{self, Known, gate_is_on};
use super::{Backoff, Release, Version};
use crate::time::{GoDuration, NotADuration};

/// Flags of the cert-manager controller that change a decision (contract: cert-manager's own names).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerFlags {
    /// `--enable-certificate-owner-ref`
    pub certificate_owner_ref: bool,
    /// `--cluster-resource-namespace`
    pub cluster_resource_namespace: String,
    /// `--feature-gates`, only those given.
    pub feature_gates: BTreeMap<String, bool>,
    /// `--certificate-request-minimum-backoff-duration` (1.20+)
    pub minimum_backoff: Option<GoDuration>,
    /// `--certificate-request-maximum-backoff-duration` (1.21+)
    pub maximum_backoff: Option<GoDuration>,
    /// `--max-private-key-size`, `--max-certificate-size` … (1.20+), by flag name.
    pub pem_limits: BTreeMap<String, usize>,
    /// `--enable-gateway-api`
    pub gateway_api: bool,
    /// Every flag as given, for the report and for flags that only a later step understands.
    pub given: BTreeMap<String, String>,
}

impl Default for ControllerFlags {
    fn default() -> Self {
        Self {
            certificate_owner_ref: false,
            cluster_resource_namespace: "cert-manager".to_owned(),
            feature_gates: BTreeMap::new(),
            minimum_backoff: None,
            maximum_backoff: None,
            pem_limits: BTreeMap::new(),
            gateway_api: false,
            given: BTreeMap::new(),
        }
    }
}

/// A flag with a value that the controller would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    /// Not a boolean of Go's `strconv.ParseBool`.
    #[error("--{name} wants true or false, not {value:?}")]
    NotABoolean {
        /// The flag or feature gate.
        name: String,
        /// What was given.
        value: String,
    },
    /// Not a positive size in bytes.
    #[error("--{name} wants a number of bytes above 0, not {value:?}")]
    NotASize {
        /// The flag.
        name: String,
        /// What was given.
        value: String,
    },
    /// Not a Go duration.
    #[error("--{name}: {source}")]
    NotADuration {
        /// The flag.
        name: String,
        /// What is wrong.
        source: NotADuration,
    },
    /// `--feature-gates` without `=`.
    #[error("--feature-gates wants NAME=true,NAME=false …, not {value:?}")]
    NotAGate {
        /// The part that is wrong.
        value: String,
    },
}

/// Flags that limit the size of PEM data (cert-manager `cmd/controller/app/options/options.go`, 1.20+).
const PEM_LIMITS: [&str; 4] =
    ["max-certificate-size", "max-private-key-size", "max-certificate-chain-length", "max-certificate-bundle-size"];

impl ControllerFlags {
    /// Whether a feature gate is on in a release (rules 5.4); one that the release does not have is off.
    #[must_use]
    pub fn gate(&self, name: &str, version: Version) -> bool {
        gate_is_on(name, version, |name| self.feature_gates.get(name).copied())
    }

    /// Whether the gateway-shim runs: by the gate alone up to 1.14, by the flag and the gate since (rules 6).
    #[must_use]
    pub fn follows_gateways(&self, version: Version) -> bool {
        let flag = self.gateway_api || version < Version::v1(15, 0);
        flag && self.gate("ExperimentalGatewayAPISupport", version)
    }

    /// Whether ListenerSets are followed too (1.20+; corrections to restores, C).
    #[must_use]
    pub fn follows_listener_sets(&self, version: Version) -> bool {
        let flag = self.given.get("enable-gateway-api-listenerset").and_then(|value| boolean("", value).ok());
        self.follows_gateways(version) && flag == Some(true) && self.gate("ListenerSets", version)
    }

    /// The flags and gates that the controller of a release would not start with: each with its name and a sentence. A
    /// release newer than the newest known may have more of them.
    #[must_use]
    pub fn unknown_to(&self, version: Version) -> Vec<(&str, String)> {
        let flags = self.given.keys().filter(|name| *name != "feature-gates");
        let flags = flags.map(|name| (&**name, format!("flag --{name}"), known::flag(name, version)));
        let gates = self.feature_gates.keys();
        let gates = gates.map(|name| (&**name, format!("feature gate {name}"), known::feature_gate(name, version)));
        let text = |what: String, known: Known| match known {
            Known::Yes => None,
            Known::Never(_) if version > super::newest().version => None,
            Known::Since(since) => Some(format!("{what} came with cert-manager {since}")),
            Known::Never(Some(meant)) => Some(format!("{what} is not cert-manager's (did you mean {meant}?)")),
            Known::Never(None) => Some(format!("{what} is not cert-manager's")),
        };
        flags.chain(gates).filter_map(|(name, what, known)| Some((name, text(what, known)?))).collect()
    }

    /// Sets a flag by cert-manager's own name, with or without leading dashes. A flag that decides nothing here is kept
    /// in [`ControllerFlags::given`] alone.
    ///
    /// # Errors
    /// [`FlagError`] for a value that the controller would refuse.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), FlagError> {
        let name = name.trim_start_matches('-');
        match name {
            "enable-certificate-owner-ref" => self.certificate_owner_ref = boolean(name, value)?,
            "enable-gateway-api" => self.gateway_api = boolean(name, value)?,
            "cluster-resource-namespace" => value.clone_into(&mut self.cluster_resource_namespace),
            "feature-gates" => {
                for gate in value.split(',').map(str::trim).filter(|gate| !gate.is_empty()) {
                    let not_a_gate = || FlagError::NotAGate { value: gate.to_owned() };
                    let (gate, on) = gate.split_once('=').ok_or_else(not_a_gate)?;
                    self.feature_gates.insert(gate.trim().to_owned(), boolean(gate.trim(), on.trim())?);
                }
            }
            "certificate-request-minimum-backoff-duration" => self.minimum_backoff = Some(duration(name, value)?),
            "certificate-request-maximum-backoff-duration" => self.maximum_backoff = Some(duration(name, value)?),
            _ if PEM_LIMITS.contains(&name) => {
                let bytes = value.parse().ok().filter(|&bytes| bytes > 0);
                let wrong = || FlagError::NotASize { name: name.to_owned(), value: value.to_owned() };
                self.pem_limits.insert(name.to_owned(), bytes.ok_or_else(wrong)?);
            }
            _ => {}
        }
        self.given.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// Sets the flags of a container's `args`; gives back those that the controller would refuse.
    pub fn set_all<'a>(&mut self, args: impl IntoIterator<Item = &'a str>) -> Vec<FlagError> {
        let mut refused = Vec::new();
        let mut args = args.into_iter().filter(|arg| arg.starts_with('-')).peekable();
        for arg in args.by_ref() {
            // A flag without a value is a boolean that is on (spf13/pflag).
            let (name, value) = arg.split_once('=').unwrap_or((arg, "true"));
            refused.extend(self.set(name, value).err());
        }
        refused
    }
}

/// Go's `strconv.ParseBool`.
fn boolean(name: &str, value: &str) -> Result<bool, FlagError> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(FlagError::NotABoolean { name: name.to_owned(), value: value.to_owned() }),
    }
}

fn duration(name: &str, value: &str) -> Result<GoDuration, FlagError> {
    GoDuration::parse(value).map_err(|source| FlagError::NotADuration { name: name.to_owned(), source })
}

impl Release {
    /// This release as its controller behaves with these flags; a flag that the release does not have changes nothing.
    #[must_use]
    pub fn with_flags(&self, flags: &ControllerFlags) -> Self {
        let mut release = self.clone();
        if self.backoff != Backoff::Fixed {
            // The flags came with 1.20, as did the one for the back-off. The request shares the limit of a single
            // certificate; DecodeX509CertificateBytes uses that of a bundle (internal/pem/decode.go@v1.20.0).
            let limit = |name: &str, default| flags.pem_limits.get(name).copied().or(default);
            let limits = self.decoder.limits;
            release.decoder.limits.key = limit("max-private-key-size", limits.key);
            release.decoder.limits.request = limit("max-certificate-size", limits.request);
            release.decoder.limits.certificate = limit("max-certificate-bundle-size", limits.certificate);
        }
        let gate = |name: &str| flags.gate(name, self.version);
        if self.rotation_gate {
            release.rotates_by_default = gate("DefaultPrivateKeyRotationPolicyAlways");
        }
        release.filtered_secret_cache = gate("SecretsFilteredCaching");
        release.stable_request_names = gate("StableCertificateRequestName");
        release
    }
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    fn with(version: (u16, u16), name: &str, value: &str) -> Release {
        let mut flags = ControllerFlags::default();
        flags.set(name, value).unwrap();
        find(Version::v1(version.0, version.1)).unwrap().release.with_flags(&flags)
    }

    #[test]
    fn flags_change_the_releases_that_know_them() {
        assert_eq!(with((20, 0), "--max-certificate-size", "7000").decoder.limits.request, Some(7000));
        assert_eq!(with((20, 0), "max-private-key-size", "7000").decoder.limits.key, Some(7000));
        assert_eq!(with((20, 0), "max-certificate-bundle-size", "7000").decoder.limits.certificate, Some(7000));
        assert_eq!(with((19, 6), "max-certificate-size", "7000").decoder.limits.request, Some(36_500));
        let rotation = "DefaultPrivateKeyRotationPolicyAlways=false";
        assert!(!with((18, 0), "feature-gates", rotation).rotates_by_default);
        assert!(with((20, 0), "feature-gates", rotation).rotates_by_default, "unconditional from 1.20 on");
        assert!(!with((17, 4), "feature-gates", "DefaultPrivateKeyRotationPolicyAlways=true").rotates_by_default);
        assert!(with((12, 3), "feature-gates", "SecretsFilteredCaching=true").filtered_secret_cache);
        assert!(!with((11, 5), "feature-gates", "SecretsFilteredCaching=true").filtered_secret_cache);
        assert!(!with((13, 0), "feature-gates", "A=true,SecretsFilteredCaching=false").filtered_secret_cache);
        assert!(with((10, 2), "feature-gates", "StableCertificateRequestName=true").stable_request_names);
        assert!(!with((9, 2), "feature-gates", "StableCertificateRequestName=true").stable_request_names);
    }

    /// Flags, release, whether Gateways are followed, whether ListenerSets are.
    const GATEWAYS: [(&[&str], Version, bool, bool); 12] = [
        (&[], Version::v1(21, 2), false, false),
        (&["enable-gateway-api=true"], Version::v1(15, 0), true, false),
        (&["enable-gateway-api=true"], Version::v1(21, 2), true, false),
        (&["enable-gateway-api=true"], Version::v1(14, 7), false, false),
        (&["feature-gates=ExperimentalGatewayAPISupport=true"], Version::v1(14, 7), true, false),
        (&["feature-gates=ExperimentalGatewayAPISupport=true"], Version::v1(15, 0), false, false),
        (
            &["enable-gateway-api=true", "feature-gates=ExperimentalGatewayAPISupport=false"],
            Version::v1(21, 2),
            false,
            false,
        ),
        (&["enable-gateway-api=true", "feature-gates=ListenerSets=true"], Version::v1(21, 2), true, false),
        (
            &["enable-gateway-api=true", "feature-gates=ListenerSets=true", "enable-gateway-api-listenerset=true"],
            Version::v1(20, 0),
            true,
            true,
        ),
        (
            &["enable-gateway-api=true", "feature-gates=ListenerSets=true", "enable-gateway-api-listenerset=true"],
            Version::v1(19, 6),
            true,
            false,
        ),
        (
            &["enable-gateway-api=true", "feature-gates=ListenerSets=true", "enable-gateway-api-listenerset=false"],
            Version::v1(21, 2),
            true,
            false,
        ),
        (&["feature-gates=ListenerSets=true", "enable-gateway-api-listenerset=true"], Version::v1(21, 2), false, false),
    ];

    #[test]
    fn gateways_and_listener_sets_are_followed_by_flag_and_gate() {
        for (given, version, gateways, listener_sets) in GATEWAYS {
            let mut flags = ControllerFlags::default();
            for flag in given {
                let (name, value) = flag.split_once('=').unwrap();
                flags.set(name, value).unwrap();
            }
            assert_eq!(flags.follows_gateways(version), gateways, "{given:?} {version}");
            assert_eq!(flags.follows_listener_sets(version), listener_sets, "{given:?} {version}");
        }
        let mut no_gate = ControllerFlags::default();
        no_gate.set("enable-gateway-api", "true").unwrap();
        no_gate.set("enable-gateway-api-listenerset", "true").unwrap();
        assert!(!no_gate.follows_listener_sets(Version::v1(21, 2)), "the gate is off by default");
    }

    #[test]
    fn booleans_are_those_of_go() {
        for (value, on) in ["1 t T true TRUE True", "0 f F false FALSE False"].into_iter().zip([true, false]) {
            for value in value.split(' ') {
                assert_eq!(boolean("x", value), Ok(on), "{value}");
            }
        }
        for value in ["", "yes", "tRUE", "2"] {
            assert!(boolean("x", value).is_err(), "{value}");
        }
    }

    /// Flag, value, whether the controller takes it.
    const VALUES: [(&str, &str, bool); 12] = [
        ("enable-certificate-owner-ref", "true", true),
        ("enable-certificate-owner-ref", "1", true),
        ("enable-certificate-owner-ref", "yes", false),
        ("feature-gates", "ACMEUseARI=true, OtherNames=false", true),
        ("feature-gates", "ACMEUseARI", false),
        ("feature-gates", "ACMEUseARI=maybe", false),
        ("certificate-request-minimum-backoff-duration", "30m", true),
        ("certificate-request-maximum-backoff-duration", "2 days", false),
        ("max-certificate-size", "0", false),
        ("max-certificate-size", "many", false),
        ("cluster-resource-namespace", "pki", true),
        ("v", "9", true),
    ];

    #[test]
    fn wrong_values_are_refused() {
        for (name, value, taken) in VALUES {
            let mut flags = ControllerFlags::default();
            assert_eq!(flags.set(name, value).is_ok(), taken, "{name}={value}");
            assert_eq!(flags.given.contains_key(name), taken, "{name}={value}");
        }
    }

    #[test]
    fn flags_that_a_release_lacks_are_named() {
        let mut flags = ControllerFlags::default();
        assert!(flags.set_all(["--max-certificate-size=9", "--such-is-new=1", "--v=2"]).is_empty());
        let names = |version| flags.unknown_to(version).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(Version::v1(19, 6)), ["max-certificate-size", "such-is-new"]);
        assert_eq!(names(Version::v1(20, 0)), ["such-is-new"]);
        assert_eq!(names(super::super::newest().version), ["such-is-new"]);
        assert_eq!(names(Version::v1(99, 0)), Vec::<&str>::new(), "what comes after the table is not known");
        flags.set_all(["--max-certificate-sizes=9", "--feature-gates=AcmeUseAri=true,OtherNames=true"]);
        let sentences: Vec<String> = flags.unknown_to(Version::v1(13, 6)).into_iter().map(|(_, text)| text).collect();
        let want = [
            "flag --max-certificate-size came with cert-manager v1.20.0",
            "flag --max-certificate-sizes is not cert-manager's (did you mean max-certificate-size?)",
            "flag --such-is-new is not cert-manager's",
            "feature gate AcmeUseAri is not cert-manager's (did you mean ACMEUseARI?)",
            "feature gate OtherNames came with cert-manager v1.14.0",
        ];
        assert_eq!(sentences, want);
    }

    #[test]
    fn arguments_of_a_container_are_read() {
        let mut flags = ControllerFlags::default();
        let refused = flags.set_all(["--v=2", "--enable-certificate-owner-ref", "--feature-gates=A=x", "controller"]);
        assert_eq!(refused.len(), 1);
        assert!(flags.certificate_owner_ref);
        assert_eq!(flags.given.len(), 2);
    }
}
