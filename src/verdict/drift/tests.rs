//! What a certificate says beside what its spec asks for.

use std::sync::Arc;

use thin_vec::thin_vec;

use super::*;
use crate::object::certificate::OtherName;
use crate::pki::{Name, PublicKey, SubjectAltNames};
use crate::release;
use crate::time::Time;

fn issued(bits: u16, extended: &[&str], is_ca: Option<bool>, lifetime_hours: i64) -> X509Certificate {
    X509Certificate {
        serial: "01".into(),
        subject: Name { organizations: thin_vec!["Example".into()], ..Name::default() },
        raw_subject: Box::default(),
        raw_issuer: Arc::default(),
        issuer_common_name: "ca".into(),
        names: SubjectAltNames::default(),
        not_before: Time(0),
        not_after: Time(lifetime_hours * 3600),
        public_key: PublicKey::Unknown,
        public_key_sha256: Box::default(),
        is_ca,
        key_usage: Some(bits),
        extended_key_usages: extended.iter().map(|oid| Arc::from(*oid)).collect(),
        subject_key_id: Box::default(),
        authority_key_id: Arc::default(),
        other_names: None,
    }
}

fn spec(usages: &[&str], is_ca: bool, organization: &str, hours: Option<i64>) -> CertificateSpec {
    CertificateSpec {
        usages: usages.iter().map(|u| Arc::from(*u)).collect(),
        is_ca,
        duration: hours.map(GoDuration::hours),
        subject: Some(Box::new(crate::object::certificate::X509Subject {
            organizations: thin_vec![organization.into()],
            ..Default::default()
        })),
        ..CertificateSpec::default()
    }
}

const SERVER: &str = "1.3.6.1.5.5.7.3.1";

#[test]
fn fields_that_a_copying_issuer_would_have_copied() {
    let table: [(&str, CertificateSpec, X509Certificate, &[&str]); 8] = [
        ("defaults", spec(&[], false, "Example", None), issued(0b101, &[], Some(false), 2160), &[]),
        ("no basic constraints", spec(&[], false, "Example", None), issued(0b101, &[], None, 2160), &[]),
        ("CA default", spec(&[], true, "Example", None), issued(0b100101, &[], Some(true), 2160), &[]),
        (
            "usage added",
            spec(&["digital signature", "key encipherment", "server auth"], false, "Example", None),
            issued(0b101, &[], None, 2160),
            &["spec.usages"],
        ),
        (
            "order and repetition",
            spec(&["server auth", "key encipherment", "signing", "server auth"], false, "Example", None),
            issued(0b101, &[SERVER], None, 2160),
            &[],
        ),
        (
            "organization",
            spec(&[], false, "Other", None),
            issued(0b101, &[], None, 2160),
            &["spec.subject.organizations"],
        ),
        ("isCA", spec(&[], true, "Example", None), issued(0b101, &[], None, 2160), &["spec.isCA", "spec.usages"]),
        ("duration", spec(&[], false, "Example", Some(24)), issued(0b101, &[], None, 2160), &["spec.duration"]),
    ];
    let release = release::newest();
    for (name, spec, issued, expected) in table {
        let found: Vec<String> =
            certificate_differences(&spec, &issued, &release).into_iter().map(|d| d.path).collect();
        assert_eq!(found, expected, "{name}");
    }
}

/// The DER of a subject with one attribute of 2.5.4 per RDN, short enough for one octet of length.
fn subject(attributes: &[(u8, &str)]) -> Box<[u8]> {
    let element = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let rdns = attributes.iter().map(|(number, text)| {
        let attribute = [element(6, &[0x55, 4, *number]), element(0x0c, text.as_bytes())].concat();
        element(0x31, &element(0x30, &attribute))
    });
    element(0x30, &rdns.collect::<Vec<_>>().concat()).into()
}

/// Release, `spec.literalSubject`, whether the subject `C=DE, O=Example, CN=web` differs from it (rules 2.2).
const LITERALS: [(&str, &str, bool); 8] = [
    ("v1.21.2", "CN=web,O=Example,C=DE", false),
    ("v1.21.2", "CN=web,O=Other,C=DE", true),
    ("v1.21.2", "O=Example,CN=web,C=DE", true),
    ("v1.21.2", "CN=web,O=Example", true),
    ("v1.14.7", "CN=web,O=Example,C=DE", false),
    ("v1.9.2", "CN=web,O=Other,C=DE", true),
    // A type that the release does not know makes no subject; 1.8 has no such field and compares the parts.
    ("v1.14.7", "1.2.3=web", false),
    ("v1.8.2", "CN=web,O=Other,C=DE", false),
];

#[test]
fn a_copied_subject_is_compared_with_the_literal_one() {
    for (version, literal, differs) in LITERALS {
        let release = release::find_text(version).unwrap().release;
        let mut spec = spec(&[], false, "Example", None);
        spec.literal_subject = literal.into();
        let mut issued = issued(0b101, &[], None, 2160);
        issued.raw_subject = subject(&[(6, "DE"), (10, "Example"), (3, "web")]);
        let found: Vec<_> = certificate_differences(&spec, &issued, &release);
        let paths: Vec<&str> = found.iter().map(|d| d.path.as_str()).collect();
        assert_eq!(paths, if differs { vec!["spec.literalSubject"] } else { vec![] }, "{version} {literal}");
        if differs {
            assert_eq!(found[0].actual, "CN=web,O=Example,C=DE", "{version} {literal}");
        }
    }
}

/// Release, otherNames of the spec, otherNames of the certificate, whether they differ (rules 2.1).
type Names = &'static [(&'static str, &'static str)];
const OTHER: [(&str, Option<Names>, Option<Names>, bool); 8] = [
    ("v1.21.2", None, None, false),
    ("v1.21.2", Some(&[]), None, false),
    ("v1.21.2", Some(&[("1.2.3", "a"), ("1.2.4", "b")]), Some(&[("1.2.4", "b"), ("1.2.3", "a")]), false),
    ("v1.21.2", Some(&[("1.2.3", "a")]), Some(&[("1.2.3", "b")]), true),
    ("v1.14.0", Some(&[("1.2.3", "a")]), None, true),
    ("v1.14.0", None, Some(&[("1.2.3", "a")]), true),
    ("v1.13.6", Some(&[("1.2.3", "a")]), None, false),
    ("v1.13.6", None, Some(&[("1.2.3", "a")]), false),
];

#[test]
fn other_names_are_compared_where_the_release_has_them() {
    for (version, wanted, actual, differs) in OTHER {
        let release = release::find_text(version).unwrap().release;
        let mut spec = spec(&[], false, "Example", None);
        spec.other_names = wanted.map(|names| {
            let name = |(oid, value): &(&str, &str)| OtherName { oid: (*oid).into(), utf8_value: (*value).into() };
            names.iter().map(name).collect()
        });
        let mut issued = issued(0b101, &[], None, 2160);
        issued.other_names = actual.map(|names| {
            let names = names.iter().map(|(oid, value)| ((*oid).into(), (*value).into()));
            Box::new(OtherNames::Values(names.collect()))
        });
        let found = certificate_differences(&spec, &issued, &release);
        let paths: Vec<&str> = found.iter().map(|d| d.path.as_str()).collect();
        assert_eq!(paths, if differs { vec!["spec.otherNames"] } else { vec![] }, "{version} {wanted:?} {actual:?}");
    }
}
