//! Public keys in certificates and requests, as crypto/x509's `parsePublicKey` reads them.

use super::der::{BitString, Der, Oid, tag};
use super::ec;
use super::era::{Change, Era};
use super::{Curve, PublicKey};

/// 1.2.840.113549.1.1.1
pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
pub(crate) const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.3.101.112
pub(crate) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.3.101.110
pub(crate) const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
/// 1.2.840.10040.4.1
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];

/// Reads a public key; `parameters` are the algorithm's, tag and all, empty when absent.
pub(crate) fn parse(algorithm: Oid<'_>, parameters: &[u8], key: BitString<'_>, era: &Era) -> Result<PublicKey, String> {
    let data = key.right_align();
    match algorithm.0 {
        RSA => rsa(parameters, &data),
        ECDSA => {
            let curve = Der(parameters).oid(era).ok_or("x509: invalid ECDSA parameters")?;
            let curve = Curve::from_oid(curve).ok_or("x509: unsupported elliptic curve")?;
            match ec::checked_point(curve, &data) {
                Some(point) => Ok(PublicKey::Ecdsa { curve, point }),
                None if era.has(Change::EcdsaRawKeys) => Err(ec::raw_point_fault(curve, &data)),
                None => Err("x509: failed to unmarshal elliptic curve point".to_owned()),
            }
        }
        ED25519 => {
            if !parameters.is_empty() {
                return Err("x509: Ed25519 key encoded with illegal parameters".to_owned());
            }
            let key = <[u8; 32]>::try_from(&*data).map_err(|_| "x509: wrong Ed25519 public key size")?;
            Ok(PublicKey::Ed25519(key))
        }
        DSA => dsa(parameters, &data),
        _ => Ok(PublicKey::Unknown),
    }
}

fn rsa(parameters: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    if parameters != [5, 0] {
        return Err("x509: RSA key missing NULL parameters".to_owned());
    }
    let mut key = Der(data).read(tag::SEQUENCE).ok_or("x509: invalid RSA public key")?;
    let modulus = key.integer().ok_or("x509: invalid RSA modulus")?;
    let exponent = key.int64().ok_or("x509: invalid RSA public exponent")?;
    let modulus = positive(modulus).ok_or("x509: RSA modulus is not a positive number")?;
    match u64::try_from(exponent) {
        Ok(exponent) if exponent > 0 => Ok(rsa_key(modulus, exponent)),
        _ => Err("x509: RSA public exponent is not a positive number".to_owned()),
    }
}

/// An RSA key of a modulus without leading zeros.
pub(crate) fn rsa_key(modulus: &[u8], exponent: u64) -> PublicKey {
    let top = modulus.first().map_or(0, |octet| octet.leading_zeros());
    let bits = u32::try_from(modulus.len() * 8).unwrap_or(u32::MAX).saturating_sub(top);
    PublicKey::Rsa { bits, modulus: sha256(modulus), exponent }
}

/// SHA-256.
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    ring::digest::digest(&ring::digest::SHA256, octets).as_ref().try_into().unwrap_or_default()
}

/// The magnitude of a positive INTEGER, without leading zeros.
pub(crate) fn positive(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [] | [0] | [0x80..=0xff, ..] => None,
        [0, magnitude @ ..] => Some(magnitude),
        _ => Some(integer),
    }
}

fn dsa(parameters: &[u8], data: &[u8]) -> Result<PublicKey, String> {
    let y = Der(data).integer().ok_or("x509: invalid DSA public key")?;
    let mut numbers = Der(parameters).read(tag::SEQUENCE).ok_or("x509: invalid DSA parameters")?;
    let mut all_positive = positive(y).is_some();
    for _ in 0..3 {
        all_positive &= positive(numbers.integer().ok_or("x509: invalid DSA parameters")?).is_some();
    }
    if all_positive { Ok(PublicKey::Dsa) } else { Err("x509: zero or negative DSA parameter".to_owned()) }
}
