//! PEM as it should not be, and input that is nothing at all.

use super::build::pem;
use super::*;
use proptest::prelude::*;

/// Where `#` stands for a certificate's block, which Go finds it?
const AROUND: [(&str, &str); 25] = [
    ("#", "aaaaaaaa"),
    ("text\n#text", "aaaaaaaa"),
    ("text#", "rrrrrrrr"),
    (" #", "rrrrrrrr"),
    ("-----BEGIN CERTIFICATE-----\n#", "aaaaaaaa"),
    ("-----BEGIN X-----\nA: b\n\nAA\n#", "aaaaaaaa"),
    ("-----END CERTIFICATE-----\n#", "aaaaaaaa"),
    ("\n-----END CERTIFICATE-----\n#", "aaaaaraa"),
    ("-----BEGIN X\n#", "aaaaaaaa"),
    ("-----BEGIN X-----\n-----END Y-----\n#", "aaaaaaaa"),
    ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n#", "rrrrrrrr"),
    ("#-----BEGIN CERTIFICATE-----\n", "aaaaaaaa"),
    ("-----BEGIN X-----\n-----END X: y\n#", "aaaararr"),
    ("-----BEGIN X-----\nA: b\n-----END X-----:\n#", "aaaararr"),
    ("-----BEGIN X-----\n-----END X:-----\n-----END X-----\n#", "aaaararr"),
    ("-----BEGIN X-----\nA:\n-----END X:-----\nB:\n#", "aaaararr"),
    ("-----BEGIN CERTIFICATE-----\nA: b\n-----END CERTIFICATE-----\n#", "aaaaaaaa"),
    ("-----BEGIN CERTIFICATE-----\nA: #", "aaaarrrr"),
    ("-----BEGIN CERTIFICATE-----\nA: ##", "aaaaaraa"),
    ("-----BEGIN X-----\n\n-----END X-----\n#", "rrrrrrrr"),
    ("-----BEGIN X-----\nA: b\n\n-----END X-----\n#", "rrrrrrrr"),
    ("-----BEGIN CERTIFICATE-----\nA: #-----BEGIN A-----\n-----BEGIN C:D-----\nAA==\n-----END C:D-----\n", "aaaarrrr"),
    ("-----BEGIN A-----\nx\n-----BEGIN A-----\nH: h\n-----END A-----\n#", "aaaaaaaa"),
    ("#-----BEGIN A-----\nx\n-----BEGIN A-----\nH: h\n-----END ", "aaaaaaaa"),
    ("-----BEGIN X-----\nA: b\n-----END X-----\nC: d", "rrrrrrrr"),
];

#[test]
fn blocks_are_found_where_each_go_finds_them() {
    let block = String::from_utf8(fixture("p256.crt")).unwrap();
    for (around, expected) in AROUND {
        let material = CertificateMaterial::read(around.replace('#', &block).as_bytes());
        assert_eq!(verdicts(|decoder| material.decode(decoder).map(drop)), expected, "{around:?}");
    }
}

/// What is replaced in a block, and whether it is still one.
const WITHIN: [(&str, &str, bool); 10] = [
    ("\n", "\r\n", true),
    ("\n", " \t\n", true),
    ("-----\n", "-----", false),
    ("=\n", "\n", false),
    ("END CERTIFICATE", "END CERTIFICAT", false),
    ("END CERTIFICATE-----", "END CERTIFICATE-----x", false),
    ("BEGIN CERTIFICATE-----\n", "BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\n", true),
    ("BEGIN CERTIFICATE-----\n", "BEGIN CERTIFICATE-----\n\n", true),
    ("CERTIFICATE", "", true),
    ("BEGIN CERTIFICATE-----\n", "BEGIN CERTIFICATE-----\n!", false),
];

#[test]
fn blocks_are_as_strict_as_go_has_them() {
    let block = String::from_utf8(fixture("p256.crt")).unwrap();
    for (from, to, expected) in WITHIN {
        let changed = block.replace(from, to);
        assert_ne!(changed, block, "{from:?} is not in the fixture");
        let material = CertificateMaterial::read(changed.as_bytes());
        assert_eq!(material.decode(&newest()).is_ok(), expected, "{from:?} as {to:?}");
    }
}

/// A megabyte of BEGIN lines must not take a minute.
#[test]
fn repeated_lines_are_not_searched_again_and_again() {
    let pieces = [
        "-----BEGIN X-----\n",
        "-----BEGIN X:-----\n",
        "-----END X-----\n",
        "-----BEGIN X-----\nA: b\n",
        "-----BEGIN \n-----END \n",
    ];
    for piece in pieces {
        let many = piece.repeat(1_000_000 / piece.len());
        for end in ["", "\n-----END X-----\n", "\n-----END Y-----\n"] {
            let material = CertificateMaterial::read(format!("{many}{end}").as_bytes());
            assert!(material.decode(&newest()).is_err());
        }
    }
}

const FIXTURES: [&str; 10] = [
    "rsa2048.key",
    "rsa2048-pkcs1.key",
    "rsa2048.crt",
    "rsa2048.csr",
    "p256.key",
    "p256-sec1.key",
    "p256.crt",
    "p256.csr",
    "ed25519.key",
    "p521.crt",
];

/// Reads the payload as everything and asks for every Go.
fn read_all_ways(payload: &[u8]) {
    let certificate = CertificateMaterial::read(payload);
    let key = KeyMaterial::read(payload, &certificate);
    let request = RequestMaterial::read(payload);
    for go in GO {
        let decoder = decoder(go);
        let pair = x509_key_pair(&certificate, &key, &decoder);
        assert!(pair.is_err() || certificate.decode(&decoder).is_err() || key.decode(&decoder).is_ok());
        let _ = request.decode(&decoder);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_bytes_are_read_without_panic(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_all_ways(&payload);
        read_all_ways(&pem("PRIVATE KEY", &payload));
        read_all_ways(&pem("CERTIFICATE", &[&[0x30, 0x82, 1, 0x2c], &*payload].concat()));
    }

    #[test]
    fn changed_payloads_are_read_without_panic(
        name in proptest::sample::select(FIXTURES.to_vec()),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut der = der_of(name);
        for (at, value) in &changes {
            let at = at.index(der.len());
            der[at] = *value;
        }
        for label in ["CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
            read_all_ways(&pem(label, &der));
        }
        read_all_ways(&pem("CERTIFICATE", &der[..cut.index(der.len())]));
        let mut text = fixture(name);
        let at = cut.index(text.len());
        text[at] = changes[0].1;
        read_all_ways(&text);
    }
}
