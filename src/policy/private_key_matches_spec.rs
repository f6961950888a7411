//! Algorithm and size of a private key against `spec.privateKey` (rules 2.4).
//!
//! Source: `PrivateKeyMatchesSpec`, `pkg/controller/certificates/util.go` up to v1.11, `pkg/util/pki/match.go` from
//! v1.12 on.

use super::FieldDifference;
use crate::object::CertificateSpec;
use crate::pki::PublicKey;
use crate::release::{Release, Version};

/// `spec.privateKey.algorithm` is none of `RSA`, `ECDSA`, `Ed25519`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm {
    /// The algorithm as written.
    pub algorithm: String,
}

/// The fields of the spec that the key does not have.
///
/// # Errors
/// [`UnknownAlgorithm`]: an error up to 1.15, a panic from 1.16 on.
pub fn private_key_matches_spec(
    key: &PublicKey,
    spec: &CertificateSpec,
    release: &Release,
) -> Result<Vec<FieldDifference>, UnknownAlgorithm> {
    let (algorithm_label, size_label) = if release.version < Version::v1(9, 0) {
        ("spec.keyAlgorithm", "spec.keySize")
    } else {
        ("spec.privateKey.algorithm", "spec.privateKey.size")
    };
    let (algorithm, size) = spec.private_key.as_deref().map_or(("", 0), |wish| (&*wish.algorithm, wish.size));
    let (wanted, size) = match algorithm {
        "" | "RSA" => ("RSA", Some(if size > 0 { size } else { 2048 })),
        "ECDSA" => ("ECDSA", Some(if size > 0 { size } else { 256 })),
        "Ed25519" => ("Ed25519", None),
        other => return Err(UnknownAlgorithm { algorithm: other.to_owned() }),
    };
    let (actual, bits) = describe(key);
    if actual != wanted {
        return Ok(vec![difference(algorithm_label, wanted, actual)]);
    }
    match size {
        Some(size) if i64::from(bits) != size => Ok(vec![difference(size_label, &size.to_string(), &bits.to_string())]),
        _ => Ok(Vec::new()),
    }
}

/// cert-manager's name of the algorithm, and the bits.
fn describe(key: &PublicKey) -> (&'static str, u32) {
    match key {
        PublicKey::Rsa { bits, .. } => ("RSA", *bits),
        PublicKey::Ecdsa { curve, .. } => ("ECDSA", curve.bits()),
        PublicKey::Ed25519(_) => ("Ed25519", 256),
        PublicKey::Dsa => ("DSA", 0),
        PublicKey::Unknown => ("unknown", 0),
    }
}

fn difference(path: &str, spec: &str, actual: &str) -> FieldDifference {
    FieldDifference { path: path.to_owned(), spec: spec.to_owned(), actual: actual.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::certificate::PrivateKeySpec;
    use crate::pki::Curve;
    use crate::pki::Point;
    use crate::release::find;

    fn rsa(bits: u32) -> PublicKey {
        PublicKey::Rsa { bits, modulus: [0; 32], exponent: 65537 }
    }

    fn ecdsa(curve: Curve) -> PublicKey {
        PublicKey::Ecdsa { curve, point: Point::Other(Box::default()) }
    }

    type Violated = Result<&'static [&'static str], &'static str>;

    /// Algorithm and size of the spec, key, violated field (1.9+), or `Err`.
    fn cases() -> Vec<(&'static str, i64, PublicKey, Violated)> {
        const ALGORITHM: &[&str] = &["spec.privateKey.algorithm"];
        const SIZE: &[&str] = &["spec.privateKey.size"];
        vec![
            ("", 0, rsa(2048), Ok(&[])),
            ("RSA", 0, rsa(2048), Ok(&[])),
            ("RSA", -1, rsa(2048), Ok(&[])),
            ("RSA", 0, rsa(4096), Ok(SIZE)),
            ("RSA", 4096, rsa(4096), Ok(&[])),
            ("RSA", 4096, rsa(4095), Ok(SIZE)),
            ("RSA", 2048, ecdsa(Curve::P256), Ok(ALGORITHM)),
            ("", 0, PublicKey::Ed25519([0; 32]), Ok(ALGORITHM)),
            ("ECDSA", 0, ecdsa(Curve::P256), Ok(&[])),
            ("ECDSA", 0, ecdsa(Curve::P384), Ok(SIZE)),
            ("ECDSA", 521, ecdsa(Curve::P521), Ok(&[])),
            ("ECDSA", 256, ecdsa(Curve::P224), Ok(SIZE)),
            ("ECDSA", 256, rsa(2048), Ok(ALGORITHM)),
            ("Ed25519", 4096, PublicKey::Ed25519([0; 32]), Ok(&[])),
            ("Ed25519", 0, rsa(2048), Ok(ALGORITHM)),
            ("ed25519", 0, PublicKey::Ed25519([0; 32]), Err("ed25519")),
            ("DSA", 0, rsa(2048), Err("DSA")),
        ]
    }

    #[test]
    fn keys_are_compared_with_the_spec() {
        for (algorithm, size, key, want) in cases() {
            let wish = PrivateKeySpec { algorithm: algorithm.into(), size, ..PrivateKeySpec::default() };
            let spec = CertificateSpec { private_key: Some(Box::new(wish)), ..CertificateSpec::default() };
            for version in [Version::v1(9, 0), Version::v1(12, 17), Version::v1(21, 2)] {
                let release = find(version).unwrap().release;
                let got = private_key_matches_spec(&key, &spec, &release);
                let got = got.map(|fields| fields.into_iter().map(|f| f.path).collect::<Vec<_>>());
                let want = want.map(|f| f.iter().map(ToString::to_string).collect::<Vec<_>>());
                assert_eq!(
                    got.map_err(|e| e.algorithm),
                    want.map_err(str::to_owned),
                    "{version} {algorithm} {size} {key:?}"
                );
            }
        }
    }

    #[test]
    fn labels_of_1_8_are_the_old_ones_and_no_spec_means_rsa_2048() {
        let old = find(Version::v1(8, 2)).unwrap().release;
        let spec = CertificateSpec::default();
        let paths =
            |key| private_key_matches_spec(&key, &spec, &old).unwrap().pop().map(|f| (f.path, f.spec, f.actual));
        let want = |path: &str, spec: &str, actual: &str| Some((path.to_owned(), spec.to_owned(), actual.to_owned()));
        assert_eq!(paths(ecdsa(Curve::P256)), want("spec.keyAlgorithm", "RSA", "ECDSA"));
        assert_eq!(paths(rsa(3072)), want("spec.keySize", "2048", "3072"));
        assert_eq!(paths(rsa(2048)), None);
    }
}
