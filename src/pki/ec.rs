//! Elliptic curve keys: points of the NIST curves and the public half of a private scalar (rules 2.5).

use p224::elliptic_curve::sec1::ToSec1Point as _;
use ring::rand::SystemRandom;
use ring::signature::KeyPair as _;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use zeroize::Zeroizing;

use super::der::Oid;
use super::era::{Change, Era};
use super::{Curve, Point, PublicKey};

impl Curve {
    /// The curve of an OID that Go knows.
    pub(crate) fn from_oid(oid: Oid<'_>) -> Option<Self> {
        match oid.0 {
            [0x2b, 0x81, 0x04, 0x00, 0x21] => Some(Self::P224),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Some(Self::P256),
            [0x2b, 0x81, 0x04, 0x00, 0x22] => Some(Self::P384),
            [0x2b, 0x81, 0x04, 0x00, 0x23] => Some(Self::P521),
            _ => None,
        }
    }

    /// Octets of a coordinate, and of a scalar.
    const fn octets(self) -> usize {
        self.bits().div_ceil(8) as usize
    }
}

/// Applies an expression to the crate of a curve.
macro_rules! on_curve {
    ($curve:expr, $library:ident => $body:expr) => {
        match $curve {
            Curve::P224 => {
                use p224 as $library;
                $body
            }
            Curve::P256 => {
                use p256 as $library;
                $body
            }
            Curve::P384 => {
                use p384 as $library;
                $body
            }
            Curve::P521 => {
                use p521 as $library;
                $body
            }
        }
    };
}

/// The point, if it is uncompressed and on the curve.
pub(crate) fn checked_point(curve: Curve, point: &[u8]) -> Option<Point> {
    if point.len() != 1 + 2 * curve.octets() || point.first() != Some(&4) {
        return None;
    }
    on_curve!(curve, library => library::PublicKey::from_sec1_bytes(point).is_ok()).then(|| point.into())
}

/// Go 1.26's words for a point that it refuses.
pub(crate) fn raw_point_fault(curve: Curve, point: &[u8]) -> String {
    if point.first() != Some(&4) {
        "ecdsa: invalid uncompressed public key".to_owned()
    } else if point.len() == 1 + 2 * curve.octets() {
        format!("P{} point not on curve", curve.bits())
    } else {
        format!("invalid P{} point encoding", curve.bits())
    }
}

/// Derives the public key of a private scalar as it stands in SEC 1. The public key that comes with it is not looked at,
/// but if the key belongs to one of the `candidates`, that is found out ten times faster than by deriving.
pub(crate) fn public_key(
    curve: Curve,
    scalar: &[u8],
    candidates: &[PublicKey],
    era: &Era,
) -> Result<PublicKey, &'static str> {
    let significant = scalar.iter().position(|&octet| octet != 0).map_or(&scalar[..0], |at| &scalar[at..]);
    let size = curve.octets();
    let too_large = |era: &Era, raw| if era.has(Change::EcdsaRawKeys) { raw } else { OLD_TOO_LARGE };
    if significant.len() > size {
        return Err(too_large(era, "x509: invalid private key length"));
    }
    let mut padded = Zeroizing::new(vec![0; size]);
    padded[size - significant.len()..].copy_from_slice(significant);
    if significant.is_empty() {
        if era.has(Change::EcdsaRawKeys) {
            return Err("ecdsa: invalid public key encoding");
        }
        // Older Go takes the point at infinity for the point (0, 0).
        let mut point = vec![0; 1 + 2 * size];
        point[0] = 4;
        return Ok(PublicKey::Ecdsa { curve, point: Point::from(&*point) });
    }
    if let Some(known) = candidates.iter().find(|candidate| belongs_to(curve, &padded, candidate)) {
        return Ok(known.clone());
    }
    match derive(curve, &padded) {
        Some(point) => Ok(PublicKey::Ecdsa { curve, point }),
        None => Err(too_large(era, "input overflows the modulus")),
    }
}

const OLD_TOO_LARGE: &str = "x509: invalid elliptic curve private key value";

fn belongs_to(curve: Curve, scalar: &[u8], candidate: &PublicKey) -> bool {
    let algorithm = match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P224 | Curve::P521 => return false,
    };
    matches!(candidate, PublicKey::Ecdsa { curve: other, point } if *other == curve
        && EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point.as_ref(), &SystemRandom::new()).is_ok())
}

/// d·G, or nothing when d is not below the order of the curve.
fn derive(curve: Curve, scalar: &[u8]) -> Option<Point> {
    on_curve!(curve, library => {
        let key = library::SecretKey::from_slice(scalar).ok()?;
        Some(key.public_key().to_sec1_point(false).as_bytes().into())
    })
}

/// The public key of an Ed25519 seed.
pub(crate) fn ed25519_public_key(seed: &[u8; 32]) -> Option<PublicKey> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    pair.public_key().as_ref().try_into().ok().map(PublicKey::Ed25519)
}
