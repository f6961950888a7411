//! PEM, keys, certificates and requests, accepted and refused exactly as Go does (rules 2.5 – 2.7).
//!
//! A payload is read once, independent of any release: what some Go releases refuse and others accept is kept beside the
//! value as an objection, and [`KeyMaterial::decode`] and its siblings answer for one [`Decoder`]. The bytes are dropped
//! after reading; of a private key only its public half is ever kept.

mod asn1;
mod cert;
mod csr;
mod der;
mod ec;
mod era;
mod extension;
mod go;
mod key;
mod key_pair;
mod material;
mod name;
mod name_constraints;
mod other_names;
mod pem;
mod public_key;
mod recent;
mod record;
mod request_material;
mod rsa;
mod san;
mod text;
mod url;
mod validity;

pub use go::{Decoder, Go, GoVersion, PemErrors, PemLimits};
pub use key_pair::{public_keys_equal, x509_key_pair};
pub use material::{CertificateMaterial, KeyMaterial};
pub(crate) use record::{CertificateRecord, RequestRecord, Unrecorded};
pub use request_material::RequestMaterial;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use crate::time::Time;

/// Why Go, or cert-manager's wrapping of it, refuses a payload. `Display` gives cert-manager's text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

/// A public key, reduced to what Go's `Equal` methods compare.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PublicKey {
    /// RSA.
    Rsa {
        /// Bit length of the modulus.
        bits: u32,
        /// SHA-256 of the modulus, big-endian without leading zeros: equality is all that is ever asked of it.
        #[serde(with = "record::digest", rename = "modulusSha256")]
        modulus: [u8; 32],
        /// Public exponent.
        exponent: u64,
    },
    /// ECDSA.
    Ecdsa {
        /// The curve.
        curve: Curve,
        /// The uncompressed point.
        point: Point,
    },
    /// Ed25519.
    Ed25519(#[serde(with = "record::digest")] [u8; 32]),
    /// DSA: Go decodes it, cert-manager does not compare it.
    Dsa,
    /// An algorithm that Go does not know; its certificates decode, its keys do not compare.
    Unknown,
}

/// An uncompressed point of a curve: 0x04, X, Y. Those of the commonest curve need no memory of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// One of P-256.
    P256([u8; 65]),
    /// One of another curve.
    Other(Box<[u8]>),
}

impl From<&[u8]> for Point {
    fn from(octets: &[u8]) -> Self {
        octets.try_into().map_or_else(|_| Self::Other(octets.into()), Self::P256)
    }
}

impl AsRef<[u8]> for Point {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::P256(octets) => octets,
            Self::Other(octets) => octets,
        }
    }
}

/// The NIST curves that Go knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Curve {
    /// P-224
    P224,
    /// P-256
    P256,
    /// P-384
    P384,
    /// P-521
    P521,
}

impl Curve {
    /// Bits of the field, as Go's `Params().BitSize`.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::P224 => 224,
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }
}

/// What is known of a private key: never more than its public half.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct PrivateKey {
    /// The public key that belongs to it.
    pub public: PublicKey,
    /// How the key was wrapped.
    pub encoding: KeyEncoding,
}

/// The structure a private key was wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyEncoding {
    /// `RSA PRIVATE KEY`
    Pkcs1,
    /// `PRIVATE KEY`
    Pkcs8,
    /// `EC PRIVATE KEY`
    Sec1,
}

/// A subject as Go's `pkix.Name.FillFromRDNSequence` fills it from string-typed attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Name {
    /// The last common name.
    pub common_name: Box<str>,
    /// The last serialNumber attribute.
    pub serial_number: Box<str>,
    /// C
    pub countries: ThinVec<Box<str>>,
    /// O
    pub organizations: ThinVec<Box<str>>,
    /// OU
    pub organizational_units: ThinVec<Box<str>>,
    /// L
    pub localities: ThinVec<Box<str>>,
    /// ST
    pub provinces: ThinVec<Box<str>>,
    /// street
    pub street_addresses: ThinVec<Box<str>>,
    /// postalCode
    pub postal_codes: ThinVec<Box<str>>,
}

/// The names in a SAN extension, as Go parses them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectAltNames {
    /// dNSName
    pub dns: ThinVec<Box<str>>,
    /// rfc822Name
    pub emails: ThinVec<Box<str>>,
    /// iPAddress: 4 or 16 bytes each.
    #[serde(with = "record::octets_list")]
    pub ips: ThinVec<Box<[u8]>>,
    /// uniformResourceIdentifier, parsed by Go's `url.Parse` and printed by `URL.String`.
    pub uris: ThinVec<Box<str>>,
}

impl SubjectAltNames {
    /// Gives room back that was made for more names.
    fn shrink(&mut self) {
        for list in [&mut self.dns, &mut self.emails, &mut self.uris] {
            list.shrink_to_fit();
        }
        self.ips.shrink_to_fit();
    }
}

/// A certificate: the first one in `tls.crt`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct X509Certificate {
    /// Serial number as upper-case hex, with a leading `-` when negative.
    pub serial: Box<str>,
    /// Subject.
    pub subject: Name,
    /// Raw DER of the subject.
    #[serde(with = "record::octets")]
    pub raw_subject: Box<[u8]>,
    /// Raw DER of the issuer's name.
    #[serde(with = "record::shared_octets")]
    pub raw_issuer: Arc<[u8]>,
    /// The issuer's common name, for people.
    pub issuer_common_name: Arc<str>,
    /// Subject alternative names.
    pub names: SubjectAltNames,
    /// Valid from.
    pub not_before: Time,
    /// Valid until.
    pub not_after: Time,
    /// The public key.
    pub public_key: PublicKey,
    /// SHA-256 over the SubjectPublicKeyInfo, as pins name a key (RFC 7469, section 2.4).
    #[serde(default, with = "record::octets")]
    pub public_key_sha256: Box<[u8]>,
    /// Basic constraints say CA; `None` without the extension.
    pub is_ca: Option<bool>,
    /// Bits of the key usage extension (bit 0 = digitalSignature), `None` without it.
    pub key_usage: Option<u16>,
    /// Dotted OIDs of the extended key usages.
    pub extended_key_usages: ThinVec<Arc<str>>,
    /// Subject key identifier.
    #[serde(with = "record::octets")]
    pub subject_key_id: Box<[u8]>,
    /// Authority key identifier.
    #[serde(with = "record::shared_octets")]
    pub authority_key_id: Arc<[u8]>,
    /// otherNames of the SAN extension; `None` when there are none.
    pub other_names: Option<Box<OtherNames>>,
}

impl X509Certificate {
    /// The subject as `(dotted OID, value)` per RDN; `None` where Go would not decode it so.
    #[must_use]
    pub fn subject_sequence(&self, go: Go) -> Option<RdnSequence> {
        let reading = era::Reading::of(|era| name::of_request(&self.raw_subject, era).ok());
        reading.for_go(go).as_ref().map(|(_, sequence)| sequence.clone())
    }

    /// Whether cert-manager made it itself as a stand-in (`pki.GenerateLocallySignedTemporaryCertificate`; rules 4.4).
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        &*self.issuer_common_name == "cert-manager.local"
    }

    /// Whether subject and issuer are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        *self.raw_subject == *self.raw_issuer
    }
}

/// One attribute of a subject: dotted OID and value; a value that is no string is `None`.
pub type RdnAttribute = (Arc<str>, Option<Box<str>>);

/// The attributes of each RDN of a subject.
pub type RdnSequence = ThinVec<ThinVec<RdnAttribute>>;

/// Dotted OID and UTF-8 value of otherNames.
pub type OtherNameValues = Vec<(Box<str>, Box<str>)>;

/// A certificate signing request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct X509Request {
    /// Subject.
    pub subject: Name,
    /// Raw DER of the subject, for literalSubject (rules 2.2).
    #[serde(with = "record::octets")]
    pub raw_subject: Box<[u8]>,
    /// The subject as `(dotted OID, value)` per RDN, as Go's `asn1.Unmarshal` into `pkix.RDNSequence` sees it: the
    /// comparison of 1.9 – 1.14. Values that are no strings are `None`.
    pub rdn_sequence: RdnSequence,
    /// Subject alternative names.
    pub names: SubjectAltNames,
    /// otherNames of the first SAN extension, by cert-manager's own parser (1.14+, rules 2.1).
    pub other_names: OtherNames,
    /// The public key.
    pub public_key: PublicKey,
}

/// What cert-manager's `sans.go` finds in a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OtherNames {
    /// No SAN extension.
    NoExtension,
    /// The extension does not parse.
    Malformed(DecodeError),
    /// Pairs of dotted OID and UTF-8 value.
    Values(OtherNameValues),
}

#[cfg(test)]
mod tests;
