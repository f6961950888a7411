//! Whether a key and a certificate belong together: Go's `tls.X509KeyPair` and cert-manager's `PublicKeysEqual`
//! (rules 2.5, corrections 9).

use serde::{Deserialize, Serialize};

use super::era::Era;
use super::go::{Decoder, GoVersion};
use super::key::{self, Context, Pkcs8};
use super::pem::Block;
use super::{CertificateMaterial, DecodeError, KeyMaterial, PublicKey, cert};

/// The certificate input of `tls.X509KeyPair`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PairCertificate {
    /// The public key of the first certificate.
    Leaf(PublicKey),
    /// There is no block labelled CERTIFICATE.
    NoBlock(Box<str>),
    /// The first one does not parse.
    Malformed(Box<str>),
}

/// The key input of `tls.X509KeyPair`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PairKey {
    /// The public half of the first key.
    Key(PublicKey),
    /// There is no block labelled PRIVATE KEY.
    NoBlock(Box<str>),
    /// The first one does not parse.
    Malformed(Box<str>),
}

impl PairCertificate {
    pub(crate) fn read(blocks: &[Block], era: &Era) -> Self {
        if let Some(block) = blocks.iter().find(|block| block.label == "CERTIFICATE") {
            return match cert::parse(&block.bytes, era) {
                Ok(certificate) => Self::Leaf(certificate.public_key),
                Err(fault) => Self::Malformed(fault.into()),
            };
        }
        Self::NoBlock(match blocks {
            [] => "tls: failed to find any PEM data in certificate input".into(),
            [only] if only.label.ends_with("PRIVATE KEY") => "tls: failed to find certificate PEM data in certificate \
                input, but did find a private key; PEM inputs may have been switched"
                .into(),
            _ => format!(
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
                 following types: {}",
                labels(blocks)
            )
            .into(),
        })
    }

    pub(crate) fn leaf(&self) -> Option<&PublicKey> {
        match self {
            Self::Leaf(key) => Some(key),
            Self::NoBlock(_) | Self::Malformed(_) => None,
        }
    }
}

impl PairKey {
    pub(crate) fn read(blocks: &[Block], context: Context<'_>) -> Self {
        let is_key = |label: &str| label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY");
        if let Some(block) = blocks.iter().find(|block| is_key(&block.label)) {
            return Self::of_any_format(&block.bytes, context);
        }
        Self::NoBlock(match blocks {
            [] => "tls: failed to find any PEM data in key input".into(),
            [only] if only.label == "CERTIFICATE" => {
                "tls: found a certificate rather than a key in the PEM for the private key".into()
            }
            _ => format!(
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM \
                 blocks of the following types: {}",
                labels(blocks)
            )
            .into(),
        })
    }

    fn of_any_format(der: &[u8], context: Context<'_>) -> Self {
        if let Ok(key) = key::pkcs1(der, context) {
            return Self::Key(key);
        }
        match key::pkcs8(der, context) {
            Ok(Pkcs8::Signer(key)) => return Self::Key(key),
            Ok(Pkcs8::X25519) => {
                return Self::Malformed("tls: found unknown private key type in PKCS#8 wrapping".into());
            }
            Err(_) => {}
        }
        match key::sec1(der, context) {
            Ok(key) => Self::Key(key),
            Err(_) => Self::Malformed("tls: failed to parse private key".into()),
        }
    }
}

/// Go's `%v` of the labels.
fn labels(blocks: &[Block]) -> String {
    let labels: Vec<&str> = blocks.iter().map(|block| &*block.label).collect();
    format!("[{}]", labels.join(" "))
}

/// Go's `tls.X509KeyPair`, by which cert-manager up to 1.12 judges a key pair (rules 1.4 SecretPublicKeysDiffer, Era A).
/// It skips other blocks, tries every format of key, and knows no size limits.
///
/// # Errors
/// [`DecodeError`] with Go's text when the pair does not load.
pub fn x509_key_pair(
    certificate: &CertificateMaterial,
    key: &KeyMaterial,
    decoder: &Decoder,
) -> Result<(), DecodeError> {
    let fail = |text: &str| Err(DecodeError(text.to_owned()));
    let leaf = match (certificate.pair(decoder), key.pair(decoder)) {
        (PairCertificate::NoBlock(text), _)
        | (_, PairKey::NoBlock(text))
        | (PairCertificate::Malformed(text), _)
        | (_, PairKey::Malformed(text)) => return fail(&text),
        (PairCertificate::Leaf(leaf), PairKey::Key(key)) => (leaf, key),
    };
    // Go 1.26 compares the exponents of RSA keys, too (crypto/tls/tls.go).
    let whole = decoder.go.toolchain >= GoVersion::new(26, 0);
    let same = match leaf {
        (a @ PublicKey::Rsa { .. }, b @ PublicKey::Rsa { .. }) if whole => a == b,
        (PublicKey::Rsa { modulus: a, .. }, PublicKey::Rsa { modulus: b, .. }) => a == b,
        (PublicKey::Ecdsa { point: a, .. }, PublicKey::Ecdsa { point: b, .. }) => a == b,
        (PublicKey::Ed25519(a), PublicKey::Ed25519(b)) => a == b,
        (PublicKey::Dsa | PublicKey::Unknown, _) => return fail("tls: unknown public key algorithm"),
        _ => return fail("tls: private key type does not match public key type"),
    };
    if same { Ok(()) } else { fail("tls: private key does not match public key") }
}

/// cert-manager's `PublicKeysEqual(a, b)` (`pkg/util/pki/generate.go`): the type of `a` decides how they are compared, and
/// a `b` of another type is merely different.
///
/// # Errors
/// [`DecodeError`] when `a` is neither RSA, ECDSA nor Ed25519.
pub fn public_keys_equal(a: &PublicKey, b: &PublicKey) -> Result<bool, DecodeError> {
    match a {
        PublicKey::Rsa { .. } | PublicKey::Ecdsa { .. } | PublicKey::Ed25519(_) => Ok(a == b),
        PublicKey::Dsa => Err(DecodeError("unrecognised public key type: *dsa.PublicKey".to_owned())),
        PublicKey::Unknown => Err(DecodeError("unrecognised public key type: <nil>".to_owned())),
    }
}
