//! Rules 2.2.

use super::super::literal_subject::{describe, differs, matches};
use super::support::{release, signing_request};
use crate::pki::X509Request;

/// A subject of `(dotted OID, value)` per RDN, general first, and its DER.
fn subject(rdns: &[&[(&str, Option<&str>)]], der: &[u8]) -> X509Request {
    let rdn = |rdn: &&[(&str, Option<&str>)]| rdn.iter().map(|(oid, v)| ((*oid).into(), v.map(Into::into))).collect();
    X509Request { rdn_sequence: rdns.iter().map(rdn).collect(), raw_subject: der.into(), ..signing_request("", &[]) }
}

const CN: &str = "2.5.4.3";
const O: &str = "2.5.4.10";

/// `O=x, CN=ab` with PrintableStrings.
const O_CN: &[u8] = &[
    0x30, 0x19, 0x31, 0x0a, 0x30, 0x08, 6, 3, 0x55, 4, 0x0a, 0x13, 1, b'x', 0x31, 0x0b, 0x30, 9, 6, 3, 0x55, 4, 3,
    0x13, 2, b'a', b'b',
];
/// `CN=a*` needs a UTF8String.
const CN_STAR: &[u8] = &[0x30, 0x0d, 0x31, 0x0b, 0x30, 9, 6, 3, 0x55, 4, 3, 0x0c, 2, b'a', b'*'];
/// `CN=a+O=b`: elements of a SET sorted by their encoding.
const CN_O_SET: &[u8] =
    &[0x30, 0x16, 0x31, 0x14, 0x30, 8, 6, 3, 0x55, 4, 3, 0x13, 1, b'a', 0x30, 8, 6, 3, 0x55, 4, 0x0a, 0x13, 1, b'b'];

/// Literal, subject, and per release: matches, differs, or an error.
#[test]
fn literal_subjects_are_compared() {
    let o_cn = || subject(&[&[(O, Some("x"))], &[(CN, Some("ab"))]], O_CN);
    let star = || subject(&[&[(CN, Some("a*"))]], CN_STAR);
    let set = || subject(&[&[(CN, Some("a")), (O, Some("b"))]], CN_O_SET);
    let empty = || subject(&[], &[0x30, 0]);
    let binary = || subject(&[&[(CN, None)]], &[]);
    let (yes, no, error) = (Some(true), Some(false), None);
    let cases = [
        ("CN=ab,O=x", o_cn(), ["v1.9.2", "v1.14.7", "v1.21.2"], [yes, yes, yes]),
        ("O=x,CN=ab", o_cn(), ["v1.9.2", "v1.14.7", "v1.21.2"], [no, no, no]),
        ("cn=ab,O=x", o_cn(), ["v1.9.2", "v1.14.7", "v1.21.2"], [no, no, error]),
        ("CN=ab,2.5.4.10=x", o_cn(), ["v1.9.2", "v1.14.7", "v1.15.0"], [no, no, yes]),
        ("CN=ab,O=#1301 78", o_cn(), ["v1.9.2", "v1.14.2", "v1.15.0"], [error, error, error]),
        ("CN=ab,O=#130178", o_cn(), ["v1.9.2", "v1.14.2", "v1.15.0"], [yes, yes, yes]),
        ("CN=ab,O=#130178", o_cn(), ["v1.12.7", "v1.12.8", "v1.14.3"], [yes, error, error]),
        ("CN=ab,O=#130178", o_cn(), ["v1.13.3", "v1.13.4", "v1.12.17"], [yes, error, error]),
        ("CN=a*", star(), ["v1.9.2", "v1.14.7", "v1.21.2"], [yes, yes, yes]),
        ("CN=a+O=b", set(), ["v1.9.2", "v1.14.7", "v1.21.2"], [yes, yes, yes]),
        ("O=b+CN=a", set(), ["v1.9.2", "v1.14.7", "v1.21.2"], [no, no, yes]),
        (" ", empty(), ["v1.11.5", "v1.12.0", "v1.21.2"], [no, yes, yes]),
        ("CN=\\ff", binary(), ["v1.9.2", "v1.14.7", "v1.21.2"], [no, no, error]),
        ("nonsense", o_cn(), ["v1.9.2", "v1.14.7", "v1.21.2"], [error, error, error]),
        ("3.1=x", o_cn(), ["v1.9.2", "v1.14.7", "v1.21.2"], [no, no, error]),
    ];
    for (literal, request, versions, want) in cases {
        for (version, want) in versions.into_iter().zip(want) {
            assert_eq!(matches(literal, &request, &release(version)).ok(), want, "{literal} {version}");
        }
    }
}

#[test]
fn domain_components_have_a_name_from_1_11_on() {
    let request = subject(&[&[("0.9.2342.19200300.100.1.25", Some("org"))]], &[]);
    let versions = ["v1.10.2", "v1.11.0", "v1.14.7"];
    let got = versions.map(|version| matches("DC=org", &request, &release(version)).ok());
    assert_eq!(got, [Some(false), Some(true), Some(true)]);
}

#[test]
fn a_subject_is_shown_as_a_literal_is_written() {
    assert_eq!(
        describe(&subject(&[&[(O, Some("x"))], &[(CN, Some("ab")), ("1.2", None)]], &[]).rdn_sequence),
        "CN=ab+1.2=(no text),O=x"
    );
    assert_eq!(describe(&subject(&[], &[]).rdn_sequence), "none");
}

/// Literal, release, the certificate's subject `CN=a+O=b,C=de` in words if it is another one.
const DIFFERENT: [(&str, &str, Option<&str>); 8] = [
    ("CN=a+O=b,C=de", "v1.21.2", None),
    ("O=b+CN=a,C=de", "v1.21.2", None),
    ("O=b+CN=a,C=de", "v1.14.7", None),
    ("CN=a+2.5.4.10=b,C=de", "v1.21.2", None),
    ("CN=a,O=b,C=de", "v1.21.2", Some("O=b+CN=a,C=de")),
    ("CN=x+O=b,C=de", "v1.21.2", Some("O=b+CN=a,C=de")),
    // What makes no subject is no difference: an unknown type, and no name at all.
    ("CN=a+2.5.4.10=b,C=de", "v1.14.7", None),
    ("nonsense", "v1.21.2", None),
];

#[test]
fn a_certificates_subject_is_compared_without_regard_to_the_order_inside() {
    let issued = subject(&[&[("2.5.4.6", Some("de"))], &[(O, Some("b")), (CN, Some("a"))]], &[]).rdn_sequence;
    for (literal, version, want) in DIFFERENT {
        assert_eq!(differs(literal, &issued, &release(version)).as_deref(), want, "{literal} {version}");
    }
}
