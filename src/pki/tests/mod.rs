//! Truth tables: one row a payload, with the Go versions that accept it. Every row was compared with the real Go.

mod build;
mod certificates;
mod extensions;
mod hostile;
mod keys;
mod records;
mod requests;
mod uris;

use super::der::{Der, tag};
use super::*;
use build::{Certificate, der_of, fixture, pem, tlv};

/// The Go versions of a row, in the order of its letters.
const GO: [Go; 8] = [
    go((18, 8), (18, 0)),
    go((20, 8), (20, 0)),
    go((23, 10), (23, 10)),
    go((24, 4), (23, 0)),
    go((24, 13), (24, 0)),
    go((25, 3), (25, 0)),
    go((26, 4), (25, 0)),
    go((26, 5), (26, 0)),
];

const fn go(toolchain: (u16, u16), line: (u16, u16)) -> Go {
    Go { toolchain: GoVersion::new(toolchain.0, toolchain.1), line: GoVersion::new(line.0, line.1) }
}

fn decoder(go: Go) -> Decoder {
    let errors = if go.line.minor < 25 { PemErrors::Bare } else { PemErrors::Wrapped };
    Decoder { go, limits: PemLimits::default(), errors }
}

fn newest() -> Decoder {
    decoder(GO[7])
}

/// One letter a Go: `a` accepted, `r` refused.
fn verdicts<T>(decode: impl Fn(&Decoder) -> Result<T, DecodeError>) -> String {
    GO.iter().map(|&go| if decode(&decoder(go)).is_ok() { 'a' } else { 'r' }).collect()
}

/// The words of each refusal, the oldest Go's first, below what is refused. They are Go's, but where it speaks of times, of addresses
/// in a URI, of a scalar that is the order of its curve and, before 1.23, of basic constraints: what ours say is the same for all.
fn words<T>(what: &str, decode: impl Fn(&Decoder) -> Result<T, DecodeError>) -> String {
    let mut said: Vec<String> = Vec::new();
    for go in GO {
        match decode(&Decoder { errors: PemErrors::Wrapped, ..decoder(go) }) {
            Err(error) if !said.contains(&error.0) => said.push(error.0),
            _ => {}
        }
    }
    if said.is_empty() { String::new() } else { format!("{what}\n    {}\n", said.join("\n    ")) }
}

/// A certificate with these extensions.
fn with(extensions: &[Vec<u8>]) -> Certificate {
    Certificate { extensions: extensions.to_vec(), ..Certificate::default() }
}

/// Checks each row, and gives the words of what is refused.
fn refusals<const N: usize>(rows: [(&str, Certificate, &str); N]) -> String {
    let told = |(what, certificate, expected): (&str, Certificate, &str)| {
        let material = CertificateMaterial::read(&certificate.pem());
        assert_eq!(verdicts(|decoder| material.decode(decoder).map(drop)), expected, "{what}");
        words(what, |decoder| material.decode(decoder).map(drop))
    };
    rows.into_iter().map(told).collect()
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
            for go in GO {
                let decoder = decoder(go);
                let decoded = key_material.decode(&decoder).unwrap();
                assert_eq!(decoded.encoding, encoding, "{key}");
                let public = &material.decode(&decoder).unwrap().public_key;
                assert_eq!(public_keys_equal(public, &decoded.public), Ok(true), "{key}");
                assert_eq!(x509_key_pair(&material, &key_material, &decoder), Ok(()), "{key}");
            }
        }
    }
}

#[test]
fn a_key_of_another_certificate_is_told_apart() {
    let text = |certificate: &str, key: &str| {
        let certificate = CertificateMaterial::read(&fixture(certificate));
        let key = KeyMaterial::read(&fixture(key), &certificate);
        let equal = public_keys_equal(
            &certificate.decode(&newest()).unwrap().public_key,
            &key.decode(&newest()).unwrap().public,
        );
        assert_eq!(equal, Ok(false));
        x509_key_pair(&certificate, &key, &decoder(GO[0])).unwrap_err().0
    };
    assert_eq!(text("p256.crt", "p384.key"), "tls: private key does not match public key");
    assert_eq!(text("rsa2048.crt", "p256.key"), "tls: private key type does not match public key type");
}

/// Go does not look at the exponents of a key of three primes since 1.24, but compares them since 1.26.
#[test]
fn the_exponent_counts_from_go_1_26_on() {
    let der = der_of("../conformance/keys/rsa-2048-primes3.key");
    let mut fields = Der(&der).read(tag::SEQUENCE).unwrap();
    let pkcs1 = std::iter::from_fn(|| fields.any()).nth(2).unwrap().content;
    let mut numbers = Der(pkcs1).read(tag::SEQUENCE).unwrap();
    let mut numbers: Vec<Vec<u8>> = std::iter::from_fn(|| numbers.any().map(|tlv| tlv.full.to_vec())).collect();
    numbers[2] = vec![2, 3, 0x7f, 0xff, 0xff];
    let info = der_of("../conformance/keys/rsa-2048-primes3.pub");
    let certificate = CertificateMaterial::read(&Certificate { info, ..Certificate::default() }.pem());
    let key = KeyMaterial::read(&build::pem("RSA PRIVATE KEY", &build::rsa_key(&numbers)), &certificate);
    let pair = |go| x509_key_pair(&certificate, &key, &decoder(go));
    assert_eq!(pair(GO[5]), Ok(()));
    assert_eq!(pair(GO[6]).unwrap_err().0, "tls: private key does not match public key");
}

/// The wrong payload in the wrong place, and what `tls.X509KeyPair` says.
const MIXED_UP: [(&str, &str, &str); 6] = [
    ("", "p256.key", "tls: failed to find any PEM data in certificate input"),
    ("p256.crt", "", "tls: failed to find any PEM data in key input"),
    ("p256.crt", "p256.crt", "tls: found a certificate rather than a key in the PEM for the private key"),
    (
        "p256.key",
        "p256.key",
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have \
         been switched",
    ),
    (
        "p256.csr",
        "p256.key",
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following \
         types: [CERTIFICATE REQUEST]",
    ),
    (
        "p256.crt",
        "p256.csr",
        "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of \
         the following types: [CERTIFICATE REQUEST]",
    ),
];

#[test]
fn mixed_up_payloads_have_their_own_words() {
    let read = |name: &str| if name.is_empty() { Vec::new() } else { fixture(name) };
    for (certificate, key, text) in MIXED_UP {
        let certificate = CertificateMaterial::read(&read(certificate));
        let key = KeyMaterial::read(&read(key), &certificate);
        assert_eq!(x509_key_pair(&certificate, &key, &decoder(GO[1])), Err(DecodeError(text.to_owned())));
    }
}

/// Certificates that the old key check sees otherwise than the decoder, or not at all, with its words.
#[test]
fn the_old_key_check_has_its_own_words_for_certificates() {
    let unknown = tlv(0x30, &[&tlv(0x30, &[&[6, 3, 0x2b, 0x65, 0x71]]), &tlv(3, &[&[0], &[7; 57]])]);
    let of_unknown_key = Certificate { info: unknown, ..Certificate::default() };
    let trailing = [der_of("p256.crt"), vec![0]].concat();
    let rows = [
        (of_unknown_key.pem(), "tls: unknown public key algorithm"),
        (pem("CERTIFICATE", &trailing), "x509: trailing data"),
        (
            pem("TRUSTED CERTIFICATE", &der_of("p256.crt")),
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
             following types: [TRUSTED CERTIFICATE]",
        ),
    ];
    for (payload, text) in rows {
        let certificate = CertificateMaterial::read(&payload);
        let key = KeyMaterial::read(&fixture("p256.key"), &certificate);
        assert_eq!(x509_key_pair(&certificate, &key, &decoder(GO[1])), Err(DecodeError(text.to_owned())));
    }
}

#[test]
fn points_are_their_octets() {
    for length in [57, 65, 97] {
        let octets: Vec<u8> = (0..length).collect();
        assert_eq!(Point::from(&*octets).as_ref(), octets);
    }
}

#[test]
fn go_versions_are_shown_as_go_names_them() {
    assert_eq!(GoVersion::new(26, 8).to_string(), "go1.26.8");
}

#[test]
fn the_old_key_check_skips_what_the_new_decoders_refuse() {
    let certificate = CertificateMaterial::read(&[fixture("p256.csr"), fixture("p256.crt")].concat());
    let key = KeyMaterial::read(&[fixture("p384.crt"), fixture("p256-sec1.key")].concat(), &certificate);
    assert_eq!(x509_key_pair(&certificate, &key, &decoder(GO[1])), Ok(()));
    assert!(certificate.decode(&decoder(GO[1])).is_err());
    assert_eq!(key.decode(&decoder(GO[1])).unwrap_err().0, "unknown private key type: CERTIFICATE");
}

#[test]
fn limits_are_of_the_whole_payload_to_the_byte() {
    let limits = |n| PemLimits { key: Some(n), request: Some(n), certificate: Some(n) };
    for (name, words) in [
        ("p256.key", "error decoding private key PEM block: "),
        ("p256.csr", "error decoding certificate request PEM block: "),
        ("p256.crt", ""),
    ] {
        let pem = fixture(name);
        let decode = |decoder: &Decoder| match name.rsplit_once('.').unwrap().1 {
            "key" => KeyMaterial::read(&pem, &CertificateMaterial::default()).decode(decoder).map(drop),
            "csr" => RequestMaterial::read(&pem).decode(decoder).map(drop),
            _ => CertificateMaterial::read(&pem).decode(decoder).map(drop),
        };
        assert_eq!(decode(&Decoder { limits: limits(pem.len()), ..newest() }), Ok(()));
        let limit = pem.len() - 1;
        let text = format!("{words}provided PEM data was larger than the maximum {limit}B");
        assert_eq!(decode(&Decoder { limits: limits(limit), ..newest() }).unwrap_err().0, text);
    }
}

/// What is said of a payload without PEM, before and after the inner text was added.
#[test]
fn nothing_at_all_is_refused_in_the_words_of_the_release() {
    let bare = decoder(GO[0]);
    let of = |decoder: &Decoder| {
        [
            KeyMaterial::default().decode(decoder).map(drop).unwrap_err().0,
            CertificateMaterial::default().decode(decoder).map(drop).unwrap_err().0,
            RequestMaterial::default().decode(decoder).map(drop).unwrap_err().0,
        ]
    };
    assert_eq!(
        of(&bare),
        [
            "error decoding private key PEM block",
            "error decoding certificate PEM block",
            "error decoding certificate request PEM block",
        ]
    );
    assert_eq!(
        of(&newest()),
        [
            "error decoding private key PEM block: no PEM data was found in given input",
            "error decoding certificate PEM block: no valid certificates found",
            "error decoding certificate request PEM block: no PEM data was found in given input",
        ]
    );
}

#[test]
fn materials_never_show_what_they_hold() {
    let pem = fixture("p256-sec1.key");
    let scalar = build::scalar(&der_of("p256-sec1.key"));
    let shown = format!("{:?}", KeyMaterial::read(&pem, &CertificateMaterial::default()));
    assert!(!shown.contains(&format!("{:?}", &scalar[..8]).replace(['[', ']'], "")));
}

/// Tens of thousands of Secrets are held in memory at once.
#[test]
fn materials_are_small() {
    assert!(size_of::<CertificateMaterial>() <= 96, "{}", size_of::<CertificateMaterial>());
    assert!(size_of::<RequestMaterial>() <= 96, "{}", size_of::<RequestMaterial>());
    assert!(size_of::<KeyMaterial>() <= 128, "{}", size_of::<KeyMaterial>());
    assert!(size_of::<X509Certificate>() <= 640, "{}", size_of::<X509Certificate>());
}
