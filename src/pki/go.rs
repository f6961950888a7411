//! Which Go decided: toolchain, go line, and the limits that cert-manager put in front of it.

use std::fmt;

/// A Go release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoVersion {
    /// `1.MINOR`
    pub minor: u16,
    /// `1.minor.PATCH`
    pub patch: u16,
}

impl GoVersion {
    /// Go 1.`minor`.`patch`.
    #[must_use]
    pub const fn new(minor: u16, patch: u16) -> Self {
        Self { minor, patch }
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "go1.{}.{}", self.minor, self.patch)
    }
}

/// The Go that built a cert-manager release. Both numbers decide what decodes (corrections 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Go {
    /// Toolchain of the release images.
    pub toolchain: GoVersion,
    /// The `go` line of go.mod, which sets the GODEBUG defaults.
    pub line: GoVersion,
}

/// Size limits in bytes in front of PEM decoding (rules 2.6); `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PemLimits {
    /// Private keys.
    pub key: Option<usize>,
    /// Certificate signing requests.
    pub request: Option<usize>,
    /// What `DecodeX509CertificateBytes` uses.
    pub certificate: Option<usize>,
}

/// Which of cert-manager's own error texts wrap a PEM failure (rules 2.5, 2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PemErrors {
    /// Up to 1.18.2: no inner text.
    Bare,
    /// 1.18.3+ and 1.19.0+: with the inner text.
    Wrapped,
}

/// Everything about a release that decides whether a payload decodes, and with which text it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decoder {
    /// The Go that built the release.
    pub go: Go,
    /// Size limits.
    pub limits: PemLimits,
    /// Error texts.
    pub errors: PemErrors,
}
