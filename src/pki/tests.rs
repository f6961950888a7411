//! What every release agrees on, and the differences between releases.

use super::*;

const NEWEST: Decoder = Decoder {
    go: Go { toolchain: GoVersion::new(26, 5), line: GoVersion::new(26, 0) },
    limits: PemLimits { key: Some(13_000), request: Some(36_500), certificate: Some(330_000) },
    errors: PemErrors::Wrapped,
};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pki").join(name)).unwrap()
}

/// Certificate, key, and how the key is wrapped.
const PAIRS: [(&str, &str, KeyEncoding); 10] = [
    ("rsa2048.crt", "rsa2048.key", KeyEncoding::Pkcs8),
    ("rsa2048.crt", "rsa2048-pkcs1.key", KeyEncoding::Pkcs1),
    ("p224.crt", "p224.key", KeyEncoding::Pkcs8),
    ("p256.crt", "p256.key", KeyEncoding::Pkcs8),
    ("p256.crt", "p256-sec1.key", KeyEncoding::Sec1),
    ("p256.crt", "p256-no-public.key", KeyEncoding::Sec1),
    ("p384.crt", "p384.key", KeyEncoding::Pkcs8),
    ("p384.crt", "p384-sec1.key", KeyEncoding::Sec1),
    ("p521.crt", "p521.key", KeyEncoding::Pkcs8),
    ("ed25519.crt", "ed25519.key", KeyEncoding::Pkcs8),
];

#[test]
fn usual_keys_fit_their_certificates() {
    for (certificate, key, encoding) in PAIRS {
        let material = CertificateMaterial::read(&fixture(certificate));
        for candidates in [&material, &CertificateMaterial::default()] {
            let key_material = KeyMaterial::read(&fixture(key), candidates);
            let decoded = key_material.decode(&NEWEST).unwrap();
            assert_eq!(decoded.encoding, encoding, "{key}");
            assert_eq!(decoded.public, material.decode(&NEWEST).unwrap().public_key, "{key}");
            assert_eq!(x509_key_pair(&material, &key_material, &NEWEST), Ok(()), "{key}");
        }
    }
}
