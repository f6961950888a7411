//! Certificates.

use super::build::{ECDSA, P256, alt_name, extension, p256_info, p256_point, pem, rdn, tlv};
use super::*;
use insta::assert_snapshot;

#[test]
fn what_each_go_makes_of_a_certificate() {
    let subject = |string, value: &[u8]| Certificate { subject: tlv(0x30, &[&rdn(3, string, value)]), ..with(&[]) };
    let until = |tag, value: &[u8]| Certificate { not_after: tlv(tag, &[value]), ..with(&[]) };
    let serial = |serial: &[u8]| Certificate { serial: serial.to_vec(), ..with(&[]) };
    let version = |version: &[u8]| Certificate { version: version.to_vec(), ..with(&[]) };
    let san = |tag, value: &[u8]| with(&[alt_name(tag, value)]);
    let constraint = |tag, value: &[u8]| {
        with(&[extension(30, true, &tlv(0x30, &[&tlv(0xa0, &[&tlv(0x30, &[&tlv(tag, &[value])])])]))])
    };
    let rows: [(&str, Certificate, &str); 75] = [
        ("plain", with(&[]), "aaaaaaaa"),
        ("v1", version(&[]), "aaaaaaaa"),
        ("v4", version(&[0xa0, 3, 2, 1, 3]), "rrrrrrrr"),
        ("zero serial", serial(&[2, 1, 0]), "aaaaaaaa"),
        ("negative serial", serial(&[2, 1, 0x80]), "aarrrrrr"),
        ("padded serial", serial(&[2, 2, 0, 1]), "rrrrrrrr"),
        ("unknown critical extension", with(&[extension(99, true, b"x")]), "aaaaaaaa"),
        ("the same extension twice", with(&[alt_name(0x82, b"a"), alt_name(0x82, b"b")]), "arrrrrrr"),
        ("critical key identifier", with(&[extension(14, true, &[4, 1, 1])]), "aarrrrrr"),
        ("malformed policy constraints", with(&[extension(36, true, b"x")]), "aaarrrrr"),
        ("negative path length", with(&[extension(19, true, &[0x30, 3, 2, 1, 0xff])]), "aaaaarrr"),
        ("BOOLEAN of 1", with(&[extension(19, true, &[0x30, 3, 1, 1, 1])]), "rrrrrrrr"),
        ("malformed key usage", with(&[extension(15, true, &[3, 0])]), "rrrrrrrr"),
        ("IP of four octets", san(0x87, &[10, 0, 0, 1]), "aaaaaaaa"),
        ("IP of three octets", san(0x87, &[10, 0, 1]), "rrrrrrrr"),
        ("empty dNSName", san(0x82, b""), "aaaaaaaa"),
        ("dNSName with trailing dot", san(0x82, b"a."), "aaaaaaaa"),
        ("dNSName that is not ASCII", san(0x82, b"\xc3\xbc"), "rrrrrrrr"),
        ("URI without scheme", san(0x86, b":"), "rrrrrrrr"),
        ("URI, bad escape", san(0x86, b"%zz"), "rrrrrrrr"),
        ("URI, open bracket", san(0x86, b"http://[::1"), "rrrrrrrr"),
        ("URI, blank in host", san(0x86, b"http://bad host/"), "rrrrrrrr"),
        ("URI, empty label", san(0x86, b"http://a..b/"), "rrrrrrrr"),
        ("URI, trailing dot", san(0x86, b"http://a.b./"), "rrrrrrrr"),
        ("URI, leading dot", san(0x86, b"http://.b/"), "aarrrrrr"),
        ("URI, odd host", san(0x86, b"http://-_*/"), "aaaaaaaa"),
        ("URI, two colons", san(0x86, b"http://x:80:90/"), "aaaaaaar"),
        ("URI, two colons, other scheme", san(0x86, b"mongodb://x:80,y:90/"), "aaaaaaaa"),
        ("URI, IPv6", san(0x86, b"http://[::1]:80/"), "aaaaaaaa"),
        ("URI, IPv4 in brackets", san(0x86, b"http://[1.2.3.4]/"), "aaaarrrr"),
        ("URI, mapped address", san(0x86, b"http://[::ffff:1.2.3.4]/"), "aaaaaraa"),
        ("URI, text before the bracket", san(0x86, b"http://a[::1]/"), "rrrraarr"),
        ("otherName is not looked at", san(0xa0, b"junk"), "aaaaaaaa"),
        ("dot as constraint", constraint(0x82, b"."), "aaaarrrr"),
        ("constraint with leading dot", constraint(0x82, b".a"), "aaaaaaaa"),
        ("network with a gap", constraint(0x87, &[10, 0, 0, 0, 255, 0, 255, 0]), "rrrrrrrr"),
        ("mailbox", constraint(0x81, b"\"a b\"@c"), "aaaaaaaa"),
        ("no mailbox", constraint(0x81, b"a..b@c"), "rrrrrrrr"),
        ("PrintableString with tolerated characters", subject(0x13, b"*&"), "aaaaaaaa"),
        ("PrintableString with an underscore", subject(0x13, b"_"), "rrrrrrrr"),
        ("GeneralString", subject(0x1b, b"a"), "rrrrrrrr"),
        ("BMPString with a surrogate pair", subject(0x1e, b"\xd8\x00\xdc\x00"), "aaaaarrr"),
        ("BMPString of odd length", subject(0x1e, b"abc"), "rrrrrrrr"),
        ("BMPString with a noncharacter", subject(0x1e, b"\xff\xfe"), "aaaaarrr"),
        ("T61String", subject(0x14, b"\xfc"), "aaaaaaaa"),
        ("UTF8String that is not", subject(0x0c, b"\xff"), "rrrrrrrr"),
        ("IA5String that is not ASCII", subject(0x16, b"\xff"), "rrrrrrrr"),
        ("NumericString", subject(0x12, b"1 2"), "aaaaaaaa"),
        ("NumericString with a letter", subject(0x12, b"1a"), "rrrrrrrr"),
        ("constructed UTF8String", subject(0x2c, b"a"), "rrrrrrrr"),
        ("RDN that is no SET", Certificate { subject: tlv(0x30, &[&[5, 0]]), ..with(&[]) }, "rrrrrrrr"),
        (
            "attribute that is no SEQUENCE",
            Certificate { subject: tlv(0x30, &[&[0x31, 2, 5, 0]]), ..with(&[]) },
            "rrrrrrrr",
        ),
        ("version that is no INTEGER", version(&[0xa0, 2, 5, 0]), "rrrrrrrr"),
        ("version with more behind", version(&[0xa0, 6, 2, 1, 2, 2, 1, 2]), "rrrrrrrr"),
        ("negative version", version(&[0xa0, 3, 2, 1, 0xff]), "rrrrrrrr"),
        ("version 2^63", version(&[0xa0, 10, 2, 8, 0x7f, 255, 255, 255, 255, 255, 255, 255]), "aaaaaaaa"),
        ("serial number that is no INTEGER", serial(&[5, 0]), "rrrrrrrr"),
        ("time that is none", until(0x17, b"x"), "rrrrrrrr"),
        ("GeneralizedTime that is none", until(0x18, b"x"), "rrrrrrrr"),
        ("another type of time", until(0x16, b"x"), "rrrrrrrr"),
        ("hour 24", until(0x17, b"300101240000Z"), "rrrrrrrr"),
        ("minute 60", until(0x17, b"300101006000Z"), "rrrrrrrr"),
        ("second 60", until(0x17, b"300101000060Z"), "rrrrrrrr"),
        ("offset of 24 hours", until(0x17, b"300101000000+2400"), "aaaaaaaa"),
        ("offset of 60 minutes", until(0x17, b"300101000000+0060"), "rrrrrrrr"),
        ("without seconds", until(0x17, b"3001010000Z"), "aaaaaaaa"),
        ("offset of zero", until(0x17, b"300101000000+0000"), "rrrrrrrr"),
        ("offset of a day and more", until(0x17, b"300101000000+2500"), "aarrrrrr"),
        ("31st of February", until(0x18, b"20300231000000Z"), "rrrrrrrr"),
        (
            "v1, malformed issuerUniqueID",
            Certificate { info: [p256_info(), vec![0x81, 9]].concat(), ..version(&[]) },
            "aaaaaaaa",
        ),
        (
            "v2, malformed issuerUniqueID",
            Certificate { info: [p256_info(), vec![0x81, 9]].concat(), ..version(&[0xa0, 3, 2, 1, 1]) },
            "rrrrrrrr",
        ),
        ("v2", version(&[0xa0, 3, 2, 1, 1]), "aaaaaaaa"),
        ("offset of 59 minutes", until(0x17, b"300101000000+0059"), "aaaaaaaa"),
        ("ones that are no digit", until(0x17, b"30010100000:Z"), "rrrrrrrr"),
        ("tens that are no digit", until(0x17, b"3001010000:0Z"), "rrrrrrrr"),
    ];
    assert_snapshot!("refused_certificates", refusals(rows));
}

#[test]
fn what_each_go_makes_of_a_public_key() {
    let info = |algorithm: &[&[u8]], key: &[u8]| Certificate {
        info: tlv(0x30, &[&tlv(0x30, algorithm), &tlv(3, &[&[0], key])]),
        ..with(&[])
    };
    // The first four bits of both keys are zero, so that there are four unused ones at the end.
    let unaligned = |algorithm: &[&[u8]], key: &[u8]| {
        let moved = key.iter().zip(key[1..].iter().chain([&0])).map(|(octet, next)| octet << 4 | next >> 4);
        let key = [vec![4], moved.collect()].concat();
        Certificate { info: tlv(0x30, &[&tlv(0x30, algorithm), &tlv(3, &[&key])]), ..with(&[]) }
    };
    let (p256, ed25519) = (p256_point(), [6, 3, 0x2b, 0x65, 0x70]);
    let off_curve = [&p256[..64], &[p256[64] ^ 1]].concat();
    let rsa = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let rsa_key = |modulus: &[u8], exponent: &[u8]| {
        info(&[&rsa, &[5, 0]], &tlv(0x30, &[&tlv(2, &[modulus]), &tlv(2, &[exponent])]))
    };
    let dsa = |numbers: &[u8], y: u8| {
        let numbers: Vec<u8> = numbers.iter().flat_map(|&number| [2, 1, number]).collect();
        info(&[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], &tlv(0x30, &[&numbers])], &[2, 1, y])
    };
    let secp256k1 = [6, 5, 0x2b, 0x81, 0x04, 0x00, 0x0a];
    let rows: [(&str, Certificate, &str); 26] = [
        ("P-256", info(&[ECDSA, P256], &p256), "aaaaaaaa"),
        ("P-256, moved by four bits", unaligned(&[ECDSA, P256], &p256), "aaaaaaaa"),
        ("Ed25519, moved by four bits", unaligned(&[&ed25519], &[7; 32]), "aaaaaaaa"),
        ("P-256 as P-224", info(&[ECDSA, &[6, 5, 0x2b, 0x81, 0x04, 0x00, 0x21]], &p256), "rrrrrrrr"),
        ("a point off the curve", info(&[ECDSA, P256], &off_curve), "rrrrrrrr"),
        ("a compressed point", info(&[ECDSA, P256], &[&[2], &p256[1..33]].concat()), "rrrrrrrr"),
        ("a point without curve", info(&[ECDSA], &p256), "rrrrrrrr"),
        ("a curve that Go does not know", info(&[ECDSA, &secp256k1], &p256), "rrrrrrrr"),
        ("Ed25519", info(&[&ed25519], &[7; 32]), "aaaaaaaa"),
        ("Ed25519 of 31 octets", info(&[&ed25519], &[7; 31]), "rrrrrrrr"),
        ("Ed25519 with parameters", info(&[&ed25519, &[5, 0]], &[7; 32]), "rrrrrrrr"),
        ("RSA", rsa_key(&[1, 1], &[3]), "aaaaaaaa"),
        ("RSA without NULL", info(&[&rsa], &tlv(0x30, &[&[2, 1, 3], &[2, 1, 3]])), "rrrrrrrr"),
        ("RSA, exponent of zero", rsa_key(&[3], &[0]), "rrrrrrrr"),
        ("RSA, negative exponent", rsa_key(&[3], &[0x80]), "rrrrrrrr"),
        ("RSA, exponent of nine octets", rsa_key(&[3], &[1; 9]), "rrrrrrrr"),
        ("RSA, negative modulus", rsa_key(&[0x80], &[3]), "rrrrrrrr"),
        ("RSA, modulus of zero", rsa_key(&[0], &[3]), "rrrrrrrr"),
        ("DSA", dsa(&[1, 1, 1], 1), "aaaaaaaa"),
        ("DSA, y of zero", dsa(&[1, 1, 1], 0), "rrrrrrrr"),
        ("DSA, p of zero", dsa(&[0, 1, 1], 1), "rrrrrrrr"),
        ("DSA, g of zero", dsa(&[1, 1, 0], 1), "rrrrrrrr"),
        ("DSA, two numbers", dsa(&[1, 1], 1), "rrrrrrrr"),
        ("an algorithm that Go does not know", info(&[&[6, 3, 0x2b, 0x65, 0x71]], &[7; 57]), "aaaaaaaa"),
        ("an identifier that is not minimal", info(&[&[6, 4, 0x2b, 0x80, 0x65, 0x71]], &[7]), "aarrrrrr"),
        ("an identifier that does not end", info(&[&[6, 2, 0x2b, 0x80]], &[7]), "rrrrrrrr"),
    ];
    assert_snapshot!("refused_public_keys", refusals(rows));
}

/// Type and text of a time, and its second.
const TIMES: [(u8, &[u8], i64); 12] = [
    (0x17, b"700101000000Z", 0),
    (0x17, b"700101000001Z", 1),
    (0x17, b"7001010001Z", 60),
    (0x17, b"700101010203Z", 3723),
    (0x17, b"500101000000Z", -631_152_000),
    (0x17, b"491231235959Z", 2_524_607_999),
    (0x17, b"700101000000+0130", -5400),
    (0x17, b"700101000000-0130", 5400),
    (0x17, b"700101000000-0001", 60),
    (0x18, b"19700102000000Z", 86_400),
    (0x18, b"00010101000000Z", -62_135_596_800),
    (0x18, b"99991231235959Z", 253_402_300_799),
];

#[test]
fn times_are_seconds_since_1970() {
    for (tag, text, second) in TIMES {
        let certificate = Certificate { not_after: tlv(tag, &[text]), ..with(&[]) };
        let material = CertificateMaterial::read(&certificate.pem());
        assert_eq!(material.decode(&newest()).unwrap().not_after.0, second, "{}", String::from_utf8_lossy(text));
    }
}

/// Contents of a serial number, before Go 1.23 refuses those below zero.
const SERIALS: [(&[u8], &str); 8] = [
    (&[0], "00"),
    (&[1], "01"),
    (&[0x7f, 0xab], "7FAB"),
    (&[0, 0x80], "80"),
    (&[0xff], "-01"),
    (&[0x80], "-80"),
    (&[0x80, 0], "-8000"),
    (&[0xff, 0], "-0100"),
];

#[test]
fn serial_numbers_are_shown_as_hex() {
    for (octets, text) in SERIALS {
        let certificate = Certificate { serial: tlv(2, &[octets]), ..with(&[]) };
        let material = CertificateMaterial::read(&certificate.pem());
        assert_eq!(&*material.decode(&decoder(GO[0])).unwrap().serial, text);
    }
}

#[test]
fn a_certificate_is_read_in_full() {
    let material = CertificateMaterial::read(&fixture("rsa2048.crt"));
    let certificate = material.decode(&newest()).unwrap();
    let Name { common_name, organizations, provinces, serial_number, .. } = &certificate.subject;
    assert_eq!((&**common_name, &**serial_number), ("shop.example.com", "7"));
    assert_eq!((&*organizations[0], &*provinces[0]), ("Shop", "UT"));
    assert_eq!(&*certificate.names.dns[0], "shop.example.com");
    assert_eq!(&*certificate.names.emails[0], "ops@example.com");
    assert_eq!(certificate.names.ips.iter().map(|ip| ip.len()).collect::<Vec<_>>(), [4, 16]);
    assert_eq!(certificate.not_after.since(certificate.not_before).to_string(), "87600h0m0s");
    assert_eq!(certificate.is_ca, Some(true));
    assert_eq!(*certificate.subject_key_id, *certificate.authority_key_id);
    assert!(certificate.is_self_issued() && !certificate.is_temporary());
    assert!(matches!(certificate.public_key, PublicKey::Rsa { bits: 2048, exponent: 65537, .. }));
    let other = Certificate { serial: vec![2, 2, 0xff, 0x01], ..with(&[extension(15, true, &[3, 2, 5, 0xa0])]) };
    let material = CertificateMaterial::read(&[other.pem(), fixture("p384.crt")].concat());
    let certificate = material.decode(&decoder(GO[0])).unwrap();
    assert!(certificate.is_temporary());
    assert_eq!((&*certificate.serial, certificate.key_usage), ("-FF", Some(5)));
}

/// The attributes that Go has fields for, each named by its number.
#[test]
fn each_attribute_has_its_field() {
    let attributes: Vec<u8> = (3..18).flat_map(|number| rdn(number, 0x0c, number.to_string().as_bytes())).collect();
    let certificate = Certificate { subject: tlv(0x30, &[&attributes]), ..with(&[]) };
    let material = CertificateMaterial::read(&certificate.pem());
    let certificate = material.decode(&newest()).unwrap();
    let list = |number: &str| ThinVec::from_iter([Box::from(number)]);
    let name = Name {
        common_name: "3".into(),
        serial_number: "5".into(),
        countries: list("6"),
        localities: list("7"),
        provinces: list("8"),
        street_addresses: list("9"),
        organizations: list("10"),
        organizational_units: list("11"),
        postal_codes: list("17"),
    };
    assert_eq!(certificate.subject, name);
    let sequence = certificate.subject_sequence(GO[7]).unwrap();
    assert_eq!(sequence.len(), 15);
    assert_eq!((&*sequence[14][0].0, sequence[14][0].1.as_deref()), ("2.5.4.17", Some("17")));
    assert!(!certificate.is_self_issued());
}

/// SAN of a certificate, and what is kept of its otherNames.
#[test]
fn other_names_of_a_certificate_are_kept() {
    let other = tlv(0xa0, &[&[6, 2, 0x2a, 3], &tlv(0xa0, &[&tlv(0x0c, &[b"x"])])]);
    let dns = tlv(0x82, &[b"a"]);
    let value = || Some(OtherNames::Values(vec![("1.2.3".into(), "x".into())]));
    let malformed = DecodeError("asn1: syntax error: sequence truncated".to_owned());
    let rows = [
        (dns.clone(), None),
        (other.clone(), value()),
        ([&*other, &*dns].concat(), value()),
        ([&*dns, &*other].concat(), value()),
        (tlv(0xa0, &[]), Some(OtherNames::Malformed(malformed))),
    ];
    for (names, expected) in rows {
        let certificate = with(&[extension(17, false, &tlv(0x30, &[&names]))]);
        let material = CertificateMaterial::read(&certificate.pem());
        assert_eq!(material.decode(&newest()).unwrap().other_names.as_deref(), expected.as_ref());
    }
}

#[test]
fn usages_are_kept() {
    let usage = |value: &[u8]| {
        let material = CertificateMaterial::read(&with(&[extension(15, true, value)]).pem());
        material.decode(&newest()).unwrap().key_usage
    };
    assert_eq!(usage(&[3, 3, 7, 0x01, 0x80]), Some(1 << 7 | 1 << 8));
    assert_eq!(usage(&[3, 2, 6, 0x40]), Some(1 << 1));
    let material = CertificateMaterial::read(&with(&[extension(37, false, &[0x30, 4, 6, 2, 0x2a, 3])]).pem());
    assert_eq!(material.decode(&newest()).unwrap().extended_key_usages, [Arc::from("1.2.3")]);
}

/// With an extension given twice, the Go that takes it takes the last one.
#[test]
fn the_last_of_two_alt_names_wins() {
    let material = CertificateMaterial::read(&with(&[alt_name(0x82, b"a"), alt_name(0x81, b"b")]).pem());
    let names = &material.decode(&decoder(GO[0])).unwrap().names;
    assert_eq!((names.dns.len(), names.emails.len()), (0, 1));
    assert_eq!(
        material.decode(&newest()).unwrap_err().0,
        "error parsing X.509 certificate: x509: certificate contains duplicate extension with OID \"2.5.29.17\""
    );
}

#[test]
fn every_block_must_be_a_certificate() {
    let certificate = fixture("p256.crt");
    let rows: [(&str, Vec<u8>, Option<&str>); 6] = [
        ("text around", [b"hello\n", &*certificate, b"bye\n"].concat(), None),
        ("another label", pem("TRUSTED CERTIFICATE", &der_of("p256.crt")), None),
        ("an empty block", pem("CERTIFICATE", &[]), Some("x509: malformed certificate")),
        ("a key behind", [&*certificate, &*fixture("p256.key")].concat(), Some("x509: malformed tbs certificate")),
        ("trailing octet", pem("CERTIFICATE", &[der_of("p256.crt"), vec![0]].concat()), Some("x509: trailing data")),
        ("cut off behind", [&*certificate, &certificate[..100]].concat(), None),
    ];
    for (what, pem, fault) in rows {
        let decoded = CertificateMaterial::read(&pem).decode(&newest()).map(drop);
        let expected = fault.map(|fault| DecodeError(format!("error parsing X.509 certificate: {fault}")));
        assert_eq!(decoded.err(), expected, "{what}");
    }
}

#[test]
fn what_was_read_lately_is_not_read_again() {
    let payload = |number: usize| [fixture("p256.crt"), b"\n".repeat(number)].concat();
    let first = CertificateMaterial::read_again(&payload(0), false);
    assert!(Arc::ptr_eq(&first, &CertificateMaterial::read_again(&payload(0), false)));
    let mut damaged = payload(0);
    damaged[100] = b'!';
    for number in 1..16 {
        let _ = CertificateMaterial::read_again(&payload(number), false);
    }
    assert!(Arc::ptr_eq(&first, &CertificateMaterial::read_again(&payload(0), false)));
    for payload in (1..16).map(payload).chain([damaged]) {
        let (again, once) = (CertificateMaterial::read_again(&payload, false), CertificateMaterial::read(&payload));
        assert_eq!(again.decode(&newest()), once.decode(&newest()));
    }
    let forgotten = CertificateMaterial::read_again(&payload(0), false);
    assert!(!Arc::ptr_eq(&first, &forgotten));
    assert_eq!(first.decode(&newest()), forgotten.decode(&newest()));
}
