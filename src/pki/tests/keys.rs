//! Private keys.

use super::build::{P256, numbers_of, pem, rsa_key, rsa_numbers, scalar, tlv};
use super::*;
use insta::assert_snapshot;

/// 1.3.101.110
const X25519: [u8; 5] = [6, 3, 0x2b, 0x65, 0x6e];

fn read(pem: &[u8]) -> KeyMaterial {
    KeyMaterial::read(pem, &CertificateMaterial::default())
}

fn sec1(scalar: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&[2, 1, 1], &tlv(4, &[scalar]), &tlv(0xa0, &[P256])])
}

fn pkcs8(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&[2, 1, 0], &tlv(0x30, &[algorithm]), &tlv(4, &[key])])
}

/// An RSA key in which one number is replaced.
fn rsa_with(at: usize, number: &[u8]) -> Vec<u8> {
    let mut numbers = rsa_numbers();
    numbers[at] = number.to_vec();
    rsa_key(&numbers)
}

/// The last octet of a number, changed.
fn altered(at: usize) -> Vec<u8> {
    let mut numbers = rsa_numbers();
    *numbers[at].last_mut().unwrap() ^= 2;
    rsa_key(&numbers)
}

/// An RSA key with a third prime.
fn with_third(prime: &[u8]) -> Vec<u8> {
    let mut numbers = rsa_numbers();
    numbers[0] = vec![2, 1, 1];
    numbers.push(tlv(0x30, &[&tlv(0x30, &[prime, &[2, 1, 1], &[2, 1, 1]])]));
    rsa_key(&numbers)
}

/// An odd number, less one.
fn less_one(at: usize) -> Vec<u8> {
    let mut number = rsa_numbers().swap_remove(at);
    *number.last_mut().unwrap() -= 1;
    number
}

/// A number with an octet more.
fn longer(at: usize) -> Vec<u8> {
    let number = rsa_numbers().swap_remove(at);
    tlv(2, &[&[1], &number[5..], &[1]])
}

/// A key without CRT values, one of whose primes is even.
fn with_even_prime(at: usize) -> Vec<u8> {
    let mut numbers = rsa_numbers();
    numbers[at] = less_one(at);
    rsa_key(&numbers[..6])
}

#[test]
fn what_each_go_makes_of_a_key() {
    let d = scalar(&der_of("p256-sec1.key"));
    let plain = sec1(&d);
    let rsa = der_of("rsa2048-pkcs1.key");
    let ed25519 = der_of("ed25519.key");
    let rsa_algorithm = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 5, 0];
    let without_crt = |n: usize| rsa_key(&rsa_numbers()[..n]);
    let order = b"\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
    let (ec, pkcs1) = ("EC PRIVATE KEY", "RSA PRIVATE KEY");
    let ec_key = |curve: &[u8]| tlv(0x30, &[&[2, 1, 1], &tlv(4, &[&d]), curve]);
    let of_three = numbers_of("rsa-prime-of-3.key");
    let too_much = [vec![2, 1, of_three[8][2] + 3]];
    let rows: [(&str, &str, Vec<u8>, &str); 73] = [
        ("SEC 1", ec, plain.clone(), "aaaaaaaa"),
        ("SEC 1, trailing octet", ec, [&*plain, &[0]].concat(), "aaaaaaaa"),
        ("SEC 1, padded scalar", ec, sec1(&[&[0, 0], &*d].concat()), "aaaaaaaa"),
        ("SEC 1, one octet", ec, sec1(&[1]), "aaaaaaaa"),
        ("SEC 1, zero", ec, sec1(&[0; 32]), "aaaaaarr"),
        ("SEC 1, empty scalar", ec, sec1(&[]), "aaaaaarr"),
        ("SEC 1, scalar is the order", ec, sec1(order), "rrrrrrrr"),
        ("SEC 1, scalar too long", ec, sec1(&[1; 33]), "rrrrrrrr"),
        ("SEC 1, no curve", ec, tlv(0x30, &[&[2, 1, 1], &tlv(4, &[&d])]), "rrrrrrrr"),
        ("SEC 1, version 2", ec, tlv(0x30, &[&[2, 1, 2], &tlv(4, &[&d]), &tlv(0xa0, &[P256])]), "rrrrrrrr"),
        ("SEC 1, long length", ec, [&[0x30, 0x81, 0x31], &plain[2..]].concat(), "rrrrrrrr"),
        ("SEC 1, explicit parameters", ec, tlv(0x30, &[&[2, 1, 1], &tlv(4, &[&d]), &[0xa0, 2, 0x30, 0]]), "rrrrrrrr"),
        ("SEC 1, foreign public key", ec, tlv(0x30, &[&plain[2..], &[0xa1, 4, 3, 2, 0, 4]]), "aaaaaaaa"),
        ("SEC 1 as PKCS#8", "PRIVATE KEY", plain.clone(), "rrrrrrrr"),
        ("PKCS#8", "PRIVATE KEY", der_of("p256.key"), "aaaaaaaa"),
        ("PKCS#8, trailing octet", "PRIVATE KEY", [der_of("p256.key"), vec![0]].concat(), "aaaaaaaa"),
        ("PKCS#8, RSA without parameters", "PRIVATE KEY", pkcs8(&rsa_algorithm[..11], &rsa), "aaaaaaaa"),
        ("PKCS#8, trailing octet in RSA", "PRIVATE KEY", pkcs8(&rsa_algorithm, &[&*rsa, &[0]].concat()), "rrrrrrrr"),
        ("Ed25519", "PRIVATE KEY", ed25519.clone(), "aaaaaaaa"),
        ("Ed25519, short seed", "PRIVATE KEY", pkcs8(&[6, 3, 0x2b, 0x65, 0x70], &tlv(4, &[&[7; 31]])), "rrrrrrrr"),
        (
            "Ed25519 with parameters",
            "PRIVATE KEY",
            pkcs8(&[6, 3, 0x2b, 0x65, 0x70, 5, 0], &tlv(4, &[&[7; 32]])),
            "rrrrrrrr",
        ),
        ("X25519", "PRIVATE KEY", pkcs8(&X25519, &tlv(4, &[&[7; 32]])), "rrrrrrrr"),
        ("PKCS#1", "RSA PRIVATE KEY", rsa.clone(), "aaaaaaaa"),
        ("PKCS#1, trailing octet", "RSA PRIVATE KEY", [&*rsa, &[0]].concat(), "rrrrrrrr"),
        ("PKCS#1 without CRT values", "RSA PRIVATE KEY", without_crt(6), "aaaaaaaa"),
        ("PKCS#1 with dP alone", "RSA PRIVATE KEY", without_crt(7), "aaaaaaaa"),
        ("PKCS#1, other N", "RSA PRIVATE KEY", altered(1), "rrrrrrrr"),
        ("PKCS#1, other D", "RSA PRIVATE KEY", altered(3), "rrraaarr"),
        ("PKCS#1, other dP", "RSA PRIVATE KEY", altered(6), "aaaarrrr"),
        ("PKCS#1, other qInv", "RSA PRIVATE KEY", altered(8), "aaaarrrr"),
        ("PKCS#1, negative qInv", "RSA PRIVATE KEY", rsa_with(8, &[2, 1, 0xff]), "aaarrrrr"),
        ("PKCS#1, version 2", "RSA PRIVATE KEY", rsa_with(0, &[2, 1, 2]), "rrrrrrrr"),
        ("PKCS#1, a third prime", "RSA PRIVATE KEY", with_third(&[2, 1, 3]), "rrraaaaa"),
        ("PKCS#1, primes that are close", "RSA PRIVATE KEY", der_of("rsa256-close-primes.key"), "aaarrrrr"),
        ("SEC 1, curve that is primitive", ec, ec_key(&tlv(0x80, &[P256])), "rrrrrrrr"),
        ("SEC 1, curve that is universal", ec, ec_key(&tlv(0x20, &[P256])), "rrrrrrrr"),
        ("SEC 1, curve in the place of the key", ec, ec_key(&tlv(0xa1, &[P256])), "rrrrrrrr"),
        ("SEC 1, empty curve", ec, ec_key(&[0xa0, 0]), "rrrrrrrr"),
        ("SEC 1, empty curve, more behind", ec, ec_key(&[0xa0, 0, 5, 0]), "rrrrrrrr"),
        ("SEC 1, empty primitive curve, more behind", ec, ec_key(&[0x80, 0, 5, 0]), "rrrrrrrr"),
        ("SEC 1 as PKCS#1", pkcs1, plain.clone(), "rrrrrrrr"),
        ("PKCS#8 as PKCS#1", pkcs1, der_of("p256.key"), "rrrrrrrr"),
        ("PKCS#8 as SEC 1", ec, der_of("p256.key"), "rrrrrrrr"),
        ("PKCS#1 as SEC 1", ec, rsa.clone(), "rrrrrrrr"),
        ("PKCS#1 as PKCS#8", "PRIVATE KEY", rsa.clone(), "rrrrrrrr"),
        ("PKCS#1, empty INTEGER", pkcs1, rsa_with(0, &[2, 0]), "rrrrrrrr"),
        ("PKCS#1, padded INTEGER", pkcs1, rsa_with(0, &[2, 2, 0, 1]), "rrrrrrrr"),
        ("PKCS#1, p of zero", pkcs1, rsa_with(4, &[2, 1, 0]), "rrrrrrrr"),
        ("PKCS#1, p of one", pkcs1, rsa_with(4, &[2, 1, 1]), "rrrrrrrr"),
        (
            "PKCS#1, p of two",
            pkcs1,
            rsa_key(&[&rsa_numbers()[..4], &[vec![2, 1, 2], rsa_numbers().swap_remove(5)]].concat()),
            "rrrrrrrr",
        ),
        ("PKCS#1, p greater than N", pkcs1, rsa_with(4, &longer(1)), "rrrrrrrr"),
        ("PKCS#1, N of one", pkcs1, rsa_with(1, &[2, 1, 1]), "rrrrrrrr"),
        ("PKCS#1, N that is even", pkcs1, rsa_with(1, &less_one(1)), "rrrrrrrr"),
        ("PKCS#1, D that is N", pkcs1, rsa_with(3, &rsa_numbers()[1]), "rrrrrrrr"),
        ("PKCS#1, D longer than N", pkcs1, rsa_with(3, &longer(1)), "rrrrrrrr"),
        ("PKCS#1, E of zero", pkcs1, rsa_with(2, &[2, 1, 0]), "rrrrrrrr"),
        ("PKCS#1, E of one", pkcs1, rsa_with(2, &[2, 1, 1]), "rrrrrrrr"),
        ("PKCS#1, E of two", pkcs1, rsa_with(2, &[2, 1, 2]), "rrrrrrrr"),
        ("PKCS#1, E that is even", pkcs1, rsa_with(2, &[2, 3, 1, 0, 2]), "rrrrrrrr"),
        ("PKCS#1, E of 31 bits", pkcs1, rsa_with(2, &[2, 4, 0x7f, 0xff, 0xff, 0xff]), "rrrrrrrr"),
        ("PKCS#1, E of 32 bits", pkcs1, rsa_with(2, &[2, 5, 0, 0x80, 0, 0, 0]), "rrrrrrrr"),
        ("PKCS#1, E of 32 bits that fits", pkcs1, der_of("rsa256-large-exponent.key"), "rrrrrrrr"),
        ("PKCS#1, a prime of 3", pkcs1, der_of("rsa-prime-of-3.key"), "aaaaaaaa"),
        ("PKCS#1, a prime of 3, without CRT values", pkcs1, rsa_key(&of_three[..6]), "aaaaaaaa"),
        ("PKCS#1, qInv that is p too much", pkcs1, rsa_key(&[&of_three[..8], &too_much[..]].concat()), "aaaarrrr"),
        ("tag 30 in two octets", pkcs1, vec![0x1f, 0x1e, 0], "rrrrrrrr"),
        ("tag 31", pkcs1, vec![0x1f, 0x1f, 0], "rrrrrrrr"),
        ("tag 128", pkcs1, vec![0x3f, 0x81, 0, 0], "rrrrrrrr"),
        ("tag that is not minimal", pkcs1, vec![0x1f, 0x80, 1, 0], "rrrrrrrr"),
        ("tag 2^31 - 1", pkcs1, vec![0x1f, 0x87, 0xff, 0xff, 0xff, 0x7f, 0], "rrrrrrrr"),
        ("tag 2^31", pkcs1, vec![0x1f, 0x88, 0x80, 0x80, 0x80, 0, 0], "rrrrrrrr"),
        ("tag of six octets", pkcs1, vec![0x1f, 0x81, 0x80, 0x80, 0x80, 0x80, 0, 0], "rrrrrrrr"),
        ("tag that does not end", pkcs1, vec![0x1f, 0x81], "rrrrrrrr"),
    ];
    let mut refused = String::new();
    for (what, label, der, expected) in rows {
        let key = read(&pem(label, &der));
        assert_eq!(verdicts(|decoder| key.decode(decoder).map(drop)), expected, "{what}");
        refused += &words(what, |decoder| key.decode(decoder).map(drop));
    }
    assert_snapshot!("refused_keys", refused);
}

/// Label, contents, and the words of the newest release.
#[test]
fn refused_keys_are_refused_in_gos_words() {
    let sec1 = der_of("p256-sec1.key");
    let rsa = "RSA PRIVATE KEY";
    let third = rsa_numbers().swap_remove(4);
    let rows: [(&str, &[u8], &str); 19] = [
        ("EC PARAMETERS", &sec1, "unknown private key type: EC PARAMETERS"),
        ("RSA PRIVATE KEY", &[], "error parsing rsa private key: asn1: syntax error: sequence truncated"),
        ("PRIVATE KEY", &[], "error parsing pkcs#8 private key: asn1: syntax error: sequence truncated"),
        (
            "EC PRIVATE KEY",
            &[],
            "error parsing ecdsa private key: x509: failed to parse EC private key: asn1: syntax error: sequence \
             truncated",
        ),
        (
            "PRIVATE KEY",
            &sec1,
            "error parsing pkcs#8 private key: x509: failed to parse private key (use ParseECPrivateKey instead for \
             this key format)",
        ),
        (
            "EC PRIVATE KEY",
            &[0x30, 3, 2, 1, 1],
            "error parsing ecdsa private key: x509: failed to parse EC private key: asn1: syntax error: sequence \
             truncated",
        ),
        (
            "RSA PRIVATE KEY",
            &[4, 0],
            "error parsing rsa private key: asn1: structure error: tags don't match (16 vs {class:0 tag:4 length:0 \
             isCompound:false}) {optional:false explicit:false application:false private:false defaultValue:<nil> \
             tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} pkcs1PrivateKey @2",
        ),
        (
            "RSA PRIVATE KEY",
            &[0x30, 0x80],
            "error parsing rsa private key: asn1: syntax error: indefinite length found (not DER)",
        ),
        (
            "PRIVATE KEY",
            &[0x30, 10, 2, 1, 0, 0x30, 3, 6, 1, 0x2a, 4, 0],
            "error parsing pkcs#8 private key: x509: PKCS#8 wrapping contained private key with unknown algorithm: 1.2",
        ),
        (
            "PRIVATE KEY",
            &pkcs8(&[&X25519[..], &[5, 0]].concat(), &tlv(4, &[&[7; 32]])),
            "error parsing pkcs#8 private key: x509: invalid X25519 private key parameters",
        ),
        (
            "PRIVATE KEY",
            &pkcs8(&X25519, &[4]),
            "error parsing pkcs#8 private key: x509: invalid X25519 private key: asn1: syntax error: truncated tag or \
             length",
        ),
        (
            "PRIVATE KEY",
            &pkcs8(&X25519, &tlv(4, &[&[7; 31]])),
            "error parsing pkcs#8 private key: crypto/ecdh: invalid private key size",
        ),
        (
            rsa,
            &with_third(&[2, 1, 0]),
            "error parsing rsa private key: x509: private key contains zero or negative prime",
        ),
        (rsa, &with_third(&[2, 1, 1]), "error parsing rsa private key: crypto/rsa: prime factor is <= 1"),
        (rsa, &with_third(&third), "error parsing rsa private key: crypto/rsa: prime factors are not relatively prime"),
        (rsa, &rsa_with(1, &tlv(2, &[&[0x7f; 1 << 15]])), "error parsing rsa private key: crypto/rsa: p * q != n"),
        // Go would take minutes before it refuses it.
        (
            rsa,
            &rsa_with(1, &tlv(2, &[&[0x7f; (1 << 15) + 1]])),
            "error parsing rsa private key: crypto/rsa: key too large",
        ),
        (rsa, &with_even_prime(4), "error parsing rsa private key: crypto/rsa: p is even"),
        (rsa, &with_even_prime(5), "error parsing rsa private key: crypto/rsa: p * q != n"),
    ];
    for (label, der, text) in rows {
        assert_eq!(read(&pem(label, der)).decode(&newest()).unwrap_err().0, text);
    }
    let altered = read(&pem("RSA PRIVATE KEY", &altered(6)));
    assert_eq!(
        altered.decode(&newest()).unwrap_err().0,
        "error parsing rsa private key: crypto/rsa: invalid CRT exponent"
    );
}

/// A key is what it is, whichever certificate lies beside it.
#[test]
fn candidates_do_not_change_the_key() {
    let candidates = ["p256.crt", "p384.crt", "rsa2048.crt"].map(|name| CertificateMaterial::read(&fixture(name)));
    for name in ["p256.key", "p384.key", "p256-no-public.key", "rsa2048.key", "ed25519.key"] {
        let alone = read(&fixture(name)).decode(&newest()).unwrap().clone();
        for certificate in &candidates {
            assert_eq!(KeyMaterial::read(&fixture(name), certificate).decode(&newest()), Ok(&alone));
        }
    }
}
