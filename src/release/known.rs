//! Which flags and feature gates the controller of each release has.
//!
//! Source: `cmd/controller/app/options/options.go` and `internal/controller/feature/features.go` at every tag from v1.8.0
//! on. None of them was ever taken away; a controller exits on a flag or gate that it does not know.

use super::Version;

/// A flag of the controller and the release that brought it.
type Flag = (&'static str, (u16, u16));

/// A flag that every supported release has.
const fn old(name: &'static str) -> Flag {
    (name, (0, 0))
}

/// The flags that are cert-manager's own.
const FLAGS: [Flag; 59] = [
    ("acme-http01-solver-extra-labels", (21, 0)),
    old("acme-http01-solver-image"),
    old("acme-http01-solver-nameservers"),
    old("acme-http01-solver-resource-limits-cpu"),
    old("acme-http01-solver-resource-limits-memory"),
    old("acme-http01-solver-resource-request-cpu"),
    old("acme-http01-solver-resource-request-memory"),
    ("acme-http01-solver-run-as-non-root", (11, 0)),
    ("acme-http01-solver-runtime-class-name", (21, 0)),
    old("auto-certificate-annotations"),
    ("certificate-request-maximum-backoff-duration", (21, 0)),
    ("certificate-request-minimum-backoff-duration", (20, 0)),
    old("cluster-issuer-ambient-credentials"),
    old("cluster-resource-namespace"),
    ("concurrent-workers", (12, 0)),
    ("config", (13, 0)),
    old("controllers"),
    old("copied-annotation-prefixes"),
    old("default-issuer-group"),
    old("default-issuer-kind"),
    old("default-issuer-name"),
    old("dns01-check-retry-period"),
    old("dns01-recursive-nameservers"),
    old("dns01-recursive-nameservers-only"),
    old("enable-certificate-owner-ref"),
    ("enable-gateway-api", (15, 0)),
    ("enable-gateway-api-listenerset", (20, 0)),
    old("enable-profiling"),
    ("extra-certificate-annotations", (18, 0)),
    old("feature-gates"),
    ("gateway-api-extra-protocols", (21, 0)),
    ("internal-healthz-leader-election-timeout", (12, 0)),
    ("internal-healthz-listen-address", (12, 0)),
    old("issuer-ambient-credentials"),
    old("kube-api-burst"),
    old("kube-api-qps"),
    old("kubeconfig"),
    old("leader-elect"),
    old("leader-election-lease-duration"),
    old("leader-election-namespace"),
    old("leader-election-renew-deadline"),
    old("leader-election-retry-period"),
    old("master"),
    ("max-certificate-bundle-size", (20, 0)),
    ("max-certificate-chain-length", (20, 0)),
    ("max-certificate-size", (20, 0)),
    old("max-concurrent-challenges"),
    ("max-private-key-size", (20, 0)),
    ("metrics-dynamic-serving-ca-secret-name", (14, 0)),
    ("metrics-dynamic-serving-ca-secret-namespace", (14, 0)),
    ("metrics-dynamic-serving-dns-names", (14, 0)),
    ("metrics-dynamic-serving-leaf-duration", (14, 0)),
    old("metrics-listen-address"),
    ("metrics-tls-cert-file", (14, 0)),
    ("metrics-tls-cipher-suites", (14, 0)),
    ("metrics-tls-min-version", (14, 0)),
    ("metrics-tls-private-key-file", (14, 0)),
    old("namespace"),
    old("profiler-address"),
];

/// Flags of the logging libraries (klog, component-base) and of cobra: they decide nothing here, and which release has
/// which of them is not followed. klog writes underscores and component-base dashes, and the controller, other than the
/// webhook, takes no spelling for the other.
const LOGGING: [&str; 20] = [
    "add_dir_header",
    "alsologtostderr",
    "h",
    "help",
    "log-flush-frequency",
    "log-json-info-buffer-size",
    "log-json-split-stream",
    "log-text-info-buffer-size",
    "log-text-split-stream",
    "log_backtrace_at",
    "log_dir",
    "log_file",
    "log_file_max_size",
    "logging-format",
    "logtostderr",
    "one_output",
    "skip_headers",
    "skip_log_headers",
    "stderrthreshold",
    "v",
];

/// How mature a feature gate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Alpha,
    Beta,
    Ga,
}

/// A feature gate: when it came, became beta (on by default) and became generally available.
struct Gate {
    name: &'static str,
    alpha: Option<(u16, u16)>,
    beta: Option<(u16, u16)>,
    ga: Option<(u16, u16)>,
}

const fn gate(name: &'static str, alpha: Option<(u16, u16)>, beta: Option<(u16, u16)>, ga: Option<(u16, u16)>) -> Gate {
    Gate { name, alpha, beta, ga }
}

/// Present in every supported release.
const ALWAYS: Option<(u16, u16)> = Some((0, 0));

/// The controller's gates (rules 5.4).
const GATES: [Gate; 17] = [
    gate("ACMEHTTP01IngressPathTypeExact", None, Some((18, 1)), None),
    gate("ACMEUseARI", Some((21, 0)), None, None),
    gate("AdditionalCertificateOutputFormats", ALWAYS, Some((15, 0)), Some((18, 0))),
    gate("DefaultPrivateKeyRotationPolicyAlways", None, Some((18, 0)), Some((20, 0))),
    gate("DisallowInsecureCSRUsageDefinition", None, Some((13, 0)), Some((15, 0))),
    gate("ExperimentalCertificateSigningRequestControllers", ALWAYS, None, None),
    gate("ExperimentalGatewayAPISupport", ALWAYS, Some((15, 0)), None),
    gate("ListenerSets", Some((20, 0)), None, None),
    gate("LiteralCertificateSubject", Some((9, 0)), Some((15, 0)), None),
    gate("NameConstraints", Some((14, 0)), Some((17, 0)), None),
    gate("OtherNames", Some((14, 0)), Some((20, 0)), None),
    gate("SecretsFilteredCaching", Some((12, 0)), Some((13, 0)), None),
    gate("ServerSideApply", ALWAYS, None, None),
    gate("StableCertificateRequestName", Some((10, 0)), Some((13, 0)), None),
    gate("UseCertificateRequestBasicConstraints", Some((11, 0)), None, None),
    gate("UseDomainQualifiedFinalizer", Some((16, 0)), Some((17, 0)), Some((18, 0))),
    gate("ValidateCAA", ALWAYS, None, None),
];

/// Gates of the library that stand for all gates of a stage (`k8s.io/component-base/featuregate`).
const ALL_ALPHA: &str = "AllAlpha";
const ALL_BETA: &str = "AllBeta";

impl Gate {
    fn stage(&self, version: Version) -> Option<Stage> {
        let at = (version.minor, version.patch);
        let reached = |since: Option<(u16, u16)>| since.is_some_and(|since| at >= since);
        [(self.ga, Stage::Ga), (self.beta, Stage::Beta), (self.alpha, Stage::Alpha)]
            .into_iter()
            .find_map(|(since, stage)| reached(since).then_some(stage))
    }

    fn since(&self) -> (u16, u16) {
        [self.alpha, self.beta, self.ga].into_iter().flatten().min().unwrap_or_default()
    }
}

/// What is known about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The release has it.
    Yes,
    /// It came with a later release.
    Since(Version),
    /// No release has it; the name that was meant, as far as it can be guessed.
    Never(Option<&'static str>),
}

/// Whether the controller of a release has a flag.
#[must_use]
pub fn flag(name: &str, version: Version) -> Known {
    if LOGGING.contains(&name) || name == "vmodule" {
        return Known::Yes;
    }
    match FLAGS.iter().find(|(known, _)| *known == name) {
        Some((_, since)) => known_since(*since, version),
        None => Known::Never(closest(name, FLAGS.iter().map(|(known, _)| *known))),
    }
}

/// Whether the controller of a release has a feature gate.
#[must_use]
pub fn feature_gate(name: &str, version: Version) -> Known {
    if [ALL_ALPHA, ALL_BETA].contains(&name) {
        return Known::Yes;
    }
    match GATES.iter().find(|gate| gate.name == name) {
        Some(gate) => known_since(gate.since(), version),
        None => Known::Never(closest(name, GATES.iter().map(|gate| gate.name))),
    }
}

/// Whether a gate is on in a release, given what was said about gates by name.
#[must_use]
pub(super) fn gate_is_on(name: &str, version: Version, given: impl Fn(&str) -> Option<bool>) -> bool {
    let Some(stage) = GATES.iter().find(|gate| gate.name == name).and_then(|gate| gate.stage(version)) else {
        return false;
    };
    let of_stage = match stage {
        Stage::Alpha => given(ALL_ALPHA),
        Stage::Beta => given(ALL_BETA),
        Stage::Ga => None,
    };
    given(name).or(of_stage).unwrap_or(stage != Stage::Alpha)
}

fn known_since(since: (u16, u16), version: Version) -> Known {
    if (version.minor, version.patch) >= since { Known::Yes } else { Known::Since(Version::v1(since.0, since.1)) }
}

/// The known name that a mistyped one most likely means.
#[must_use]
pub(crate) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let rated = known.map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate));
    rated.filter(|(rate, _)| *rate > 0.84).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V20: Version = Version::v1(20, 0);

    /// Flag, release, what is known.
    const ROWS: [(&str, Version, Known); 13] = [
        ("enable-certificate-owner-ref", Version::v1(8, 0), Known::Yes),
        ("max-certificate-size", V20, Known::Yes),
        ("max-certificate-size", Version::v1(19, 6), Known::Since(V20)),
        ("enable-gateway-api", Version::v1(14, 7), Known::Since(Version::v1(15, 0))),
        ("v", Version::v1(8, 0), Known::Yes),
        ("log_dir", Version::v1(8, 0), Known::Yes),
        ("logging-format", V20, Known::Yes),
        ("log-dir", V20, Known::Never(None)),
        ("enable_certificate_owner_ref", V20, Known::Never(Some("enable-certificate-owner-ref"))),
        ("vmodule", Version::v1(8, 0), Known::Yes),
        ("enable-certificate-owner-refs", V20, Known::Never(Some("enable-certificate-owner-ref"))),
        ("enable-gatewayapi", V20, Known::Never(Some("enable-gateway-api"))),
        ("colour", V20, Known::Never(None)),
    ];

    #[test]
    fn flags_are_known_by_release() {
        for (name, version, known) in ROWS {
            assert_eq!(flag(name, version), known, "{name} {version}");
        }
    }

    /// Gate, release, what is known.
    const GATE_ROWS: [(&str, Version, Known); 6] = [
        ("ACMEUseARI", Version::v1(21, 0), Known::Yes),
        ("ACMEUseARI", V20, Known::Since(Version::v1(21, 0))),
        ("ACMEHTTP01IngressPathTypeExact", Version::v1(18, 0), Known::Since(Version::v1(18, 1))),
        ("AllAlpha", V20, Known::Yes),
        ("AcmeUseAri", V20, Known::Never(Some("ACMEUseARI"))),
        ("SecretFilteredCaching", V20, Known::Never(Some("SecretsFilteredCaching"))),
    ];

    #[test]
    fn gates_are_known_by_release() {
        for (name, version, known) in GATE_ROWS {
            assert_eq!(feature_gate(name, version), known, "{name} {version}");
        }
    }

    /// Gate, release, what was given, whether it is on (rules 5.4).
    type Given = &'static [(&'static str, bool)];
    const ON: [(&str, Version, Given, bool); 9] = [
        ("SecretsFilteredCaching", Version::v1(11, 5), &[("SecretsFilteredCaching", true)], false),
        ("SecretsFilteredCaching", Version::v1(12, 0), &[], false),
        ("SecretsFilteredCaching", Version::v1(12, 0), &[("AllAlpha", true)], true),
        ("SecretsFilteredCaching", Version::v1(13, 0), &[], true),
        ("SecretsFilteredCaching", Version::v1(13, 0), &[("AllBeta", false)], false),
        ("SecretsFilteredCaching", V20, &[("AllBeta", false), ("SecretsFilteredCaching", true)], true),
        ("OtherNames", Version::v1(19, 6), &[], false),
        ("OtherNames", V20, &[], true),
        ("ACMEUseARI", Version::v1(21, 1), &[("AllAlpha", true)], true),
    ];

    #[test]
    fn gates_are_on_by_default_from_beta_on() {
        for (name, version, given, on) in ON {
            let found = gate_is_on(name, version, |name| given.iter().find(|(n, _)| *n == name).map(|(_, on)| *on));
            assert_eq!(found, on, "{name} {version} {given:?}");
        }
    }

    #[test]
    fn tables_are_sorted_and_without_repetition() {
        assert!(FLAGS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(GATES.is_sorted_by(|a, b| a.name < b.name));
        assert!(LOGGING.is_sorted());
    }
}
