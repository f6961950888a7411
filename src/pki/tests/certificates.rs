//! Certificates.

use super::build::{Certificate, alt_name, extension, pem, rdn, tlv};
use super::*;

fn with(extensions: &[Vec<u8>]) -> Certificate {
    Certificate { extensions: extensions.to_vec(), ..Certificate::default() }
}

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
    let rows: [(&str, Certificate, &str); 46] = [
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
        ("without seconds", until(0x17, b"3001010000Z"), "aaaaaaaa"),
        ("offset of zero", until(0x17, b"300101000000+0000"), "rrrrrrrr"),
        ("offset of a day and more", until(0x17, b"300101000000+2500"), "aarrrrrr"),
        ("31st of February", until(0x18, b"20300231000000Z"), "rrrrrrrr"),
    ];
    for (what, certificate, expected) in rows {
        let material = CertificateMaterial::read(&certificate.pem());
        assert_eq!(verdicts(|decoder| material.decode(decoder).map(drop)), expected, "{what}");
    }
}

/// A URI and how Go prints it.
const PRINTED: [(&str, &str); 14] = [
    ("spiffe://cluster.local/ns/shop", "spiffe://cluster.local/ns/shop"),
    ("HTTP://Example.com/a b", "http://Example.com/a%20b"),
    ("http://h/%7e", "http://h/%7e"),
    ("http://h/%2a", "http://h/%2a"),
    ("http://u:p@h:1/p?q#f%41", "http://u:p@h:1/p?q#f%41"),
    ("http://h?", "http://h?"),
    ("http://h#", "http://h"),
    ("mailto:a@b", "mailto:a@b"),
    ("file:/a", "file:/a"),
    ("file:///a", "file:///a"),
    ("*", "*"),
    ("//h/p", "//h/p"),
    ("http://[fe80::1%25en0]/", "http://[fe80::1%25en0]/"),
    ("", ""),
];

#[test]
fn uris_are_printed_as_go_prints_them() {
    for (given, printed) in PRINTED {
        let material = CertificateMaterial::read(&with(&[alt_name(0x86, given.as_bytes())]).pem());
        assert_eq!(*material.decode(&newest()).unwrap().names.uris[0], *printed);
    }
    let host = CertificateMaterial::read(&with(&[alt_name(0x86, b"file:/a")]).pem());
    assert_eq!(&*host.decode(&decoder(GO[0])).unwrap().names.uris[0], "file:///a");
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
    for payload in (1..40).map(payload).chain([damaged]) {
        let (again, once) = (CertificateMaterial::read_again(&payload, false), CertificateMaterial::read(&payload));
        assert_eq!(again.decode(&newest()), once.decode(&newest()));
    }
    let forgotten = CertificateMaterial::read_again(&payload(0), false);
    assert!(!Arc::ptr_eq(&first, &forgotten));
    assert_eq!(first.decode(&newest()), forgotten.decode(&newest()));
}
