//! Rules 2.1.

use thin_vec::thin_vec;

use super::super::request_matches_spec::compare;
use super::support::{release, signing_request, spec, texts};
use crate::object::CertificateRequest;
use crate::object::certificate_request::CertificateRequestSpec;
use crate::pki::{DecodeError, Name, OtherNames, SubjectAltNames, X509Request};

fn request(yaml: &str) -> CertificateRequest {
    let spec: CertificateRequestSpec = serde_saphyr::from_str(yaml).unwrap();
    CertificateRequest { spec, ..CertificateRequest::default() }
}

fn paths(release_name: &str, wanted: &str, asked: &str, signing: &X509Request) -> Option<Vec<String>> {
    let fields = compare(&request(asked), signing, &spec(wanted), &release(release_name)).ok()?;
    Some(fields.into_iter().map(|field| field.path).collect())
}

/// A spec that differs in everything, and what it is compared with is empty.
const EVERYTHING: &str =
    "{commonName: cn, dnsNames: [d], ipAddresses: [10.0.0.1], uris: ['u:x'], emailAddresses: [e@x],
    otherNames: [{oid: 1.2.3, utf8Value: v}], isCA: true, usages: [signing], duration: 1h, issuerRef: {name: ca},
    subject: {serialNumber: s, organizations: [o], countries: [c], localities: [l], organizationalUnits: [ou],
    postalCodes: [p], provinces: [st], streetAddresses: [street]}}";

const SUBJECT_1_19: &str =
    "serialNumber organizations countries localities organizationalUnits postCodes postCodes streetAddresses";
const SUBJECT_1_20: &str =
    "serialNumber organizations countries localities organizationalUnits postCodes provinces streetAddresses";

#[test]
fn every_field_is_compared_in_the_order_of_the_release() {
    let orders = [
        ("v1.8.2", "commonName dnsNames ipAddresses uris emailAddresses", SUBJECT_1_19),
        ("v1.11.5", "commonName dnsNames ipAddresses uris emailAddresses", SUBJECT_1_19),
        ("v1.12.0", "ipAddresses uris emailAddresses dnsNames commonName", SUBJECT_1_19),
        ("v1.13.6", "ipAddresses uris emailAddresses dnsNames commonName", SUBJECT_1_19),
        ("v1.14.0", "ipAddresses uris emailAddresses dnsNames otherNames commonName", SUBJECT_1_19),
        ("v1.19.6", "ipAddresses uris emailAddresses dnsNames otherNames commonName", SUBJECT_1_19),
        ("v1.20.0", "ipAddresses uris emailAddresses dnsNames otherNames commonName", SUBJECT_1_20),
        ("v1.21.2", "ipAddresses uris emailAddresses dnsNames otherNames commonName", SUBJECT_1_20),
    ];
    for (version, names, subject) in orders {
        let names = names.split(' ').map(|name| format!("spec.{name}"));
        let subject = subject.split(' ').map(|name| format!("spec.subject.{name}"));
        let tail = ["spec.isCA", "spec.usages", "spec.duration", "spec.issuerRef"].map(str::to_owned);
        let want: Vec<String> = names.chain(subject).chain(tail).collect();
        let got = paths(version, EVERYTHING, "{duration: 2h}", &signing_request("", &[]));
        assert_eq!(got, Some(want), "{version}");
    }
}

/// Spec, request, violated field in v1.21.2, in v1.18.2.
const FIELDS: [(&str, &str, &str, &str); 18] = [
    ("{}", "{}", "", ""),
    ("{duration: 2160h}", "{duration: 2160h0m0s}", "", ""),
    ("{duration: 2160h}", "{duration: 90m}", "spec.duration", "spec.duration"),
    ("{duration: 2160h}", "{}", "", ""),
    ("{}", "{duration: 2160h}", "", ""),
    ("{usages: [signing]}", "{usages: [digital signature]}", "spec.usages", "spec.usages"),
    ("{usages: [a, b]}", "{usages: [b, a]}", "", ""),
    ("{usages: [a, b]}", "{usages: [b, a, a]}", "spec.usages", "spec.usages"),
    ("{usages: [digital signature, key encipherment]}", "{}", "spec.usages", "spec.usages"),
    ("{usages: []}", "{}", "", ""),
    ("{isCA: true}", "{isCA: true}", "", ""),
    ("{isCA: true}", "{}", "spec.isCA", "spec.isCA"),
    ("{issuerRef: {name: a}}", "{issuerRef: {name: a, kind: Issuer, group: cert-manager.io}}", "", "spec.issuerRef"),
    ("{issuerRef: {name: a, kind: ClusterIssuer}}", "{issuerRef: {name: a}}", "spec.issuerRef", "spec.issuerRef"),
    ("{issuerRef: {name: a}}", "{issuerRef: {name: b}}", "spec.issuerRef", "spec.issuerRef"),
    ("{privateKey: {algorithm: ECDSA, rotationPolicy: Always}}", "{}", "", ""),
    ("{secretName: x, renewBefore: 1h, revisionHistoryLimit: 3}", "{}", "", ""),
    ("{secretTemplate: {labels: {a: b}}, encodeUsagesInRequest: false}", "{}", "", ""),
];

#[test]
fn fields_of_the_request_are_compared_as_written() {
    for (wanted, asked, newest, older) in FIELDS {
        for (version, want) in [("v1.21.2", newest), ("v1.18.2", older), ("v1.19.0", older), ("v1.18.3", newest)] {
            let want: Vec<String> = Some(want).filter(|want| !want.is_empty()).into_iter().map(str::to_owned).collect();
            assert_eq!(
                paths(version, wanted, asked, &signing_request("", &[])),
                Some(want),
                "{version} {wanted} {asked}"
            );
        }
    }
}

#[test]
fn subject_and_names_come_from_the_signing_request() {
    let signing = X509Request {
        subject: Name { organizations: texts(&["o", "p"]), common_name: "cn".into(), ..Name::default() },
        names: SubjectAltNames { uris: texts(&["u:x"]), dns: texts(&["b", "a"]), ..SubjectAltNames::default() },
        ..signing_request("", &[])
    };
    let fits = "{commonName: cn, dnsNames: [a, b], uris: ['u:x'], subject: {organizations: [p, o]}}";
    assert_eq!(paths("v1.21.2", fits, "{}", &signing), Some(vec![]));
    let other = "{commonName: CN, dnsNames: [a, b, b], uris: ['U:x'], subject: {organizations: [o]}}";
    let want = ["spec.uris", "spec.dnsNames", "spec.commonName", "spec.subject.organizations"].map(str::to_owned);
    assert_eq!(paths("v1.21.2", other, "{}", &signing), Some(want.to_vec()));
}

#[test]
fn other_names_count_from_1_14_on_and_only_if_the_field_is_there() {
    let values =
        |pairs: &[(&str, &str)]| OtherNames::Values(pairs.iter().map(|&(o, v)| (o.into(), v.into())).collect());
    let wish = "{otherNames: [{oid: 1.2.3, utf8Value: v}]}";
    let violated = Some(vec!["spec.otherNames".to_owned()]);
    let cases = [
        (wish, values(&[("1.2.3", "v")]), Some(vec![])),
        (wish, values(&[("1.2.3", "V")]), violated.clone()),
        (wish, values(&[("1.2.3", "v"), ("1.2.3", "v")]), violated.clone()),
        (wish, OtherNames::NoExtension, violated.clone()),
        (wish, OtherNames::Malformed(DecodeError(String::new())), None),
        ("{otherNames: []}", OtherNames::NoExtension, violated.clone()),
        ("{otherNames: []}", values(&[]), Some(vec![])),
        ("{otherNames: []}", values(&[("1.2.3", "v")]), violated),
        ("{}", values(&[("1.2.3", "v")]), Some(vec![])),
        ("{}", OtherNames::Malformed(DecodeError(String::new())), Some(vec![])),
    ];
    for (wanted, other_names, want) in cases {
        let signing = X509Request { other_names, ..signing_request("", &[]) };
        assert_eq!(paths("v1.14.0", wanted, "{}", &signing), want, "{wanted} {:?}", signing.other_names);
        assert_eq!(paths("v1.13.6", wanted, "{}", &signing), Some(vec![]), "{wanted} {:?}", signing.other_names);
    }
}

#[test]
fn a_literal_subject_replaces_the_subject_and_up_to_1_11_everything() {
    let wish = "{literalSubject: 'CN=cn', commonName: x, dnsNames: [d], isCA: true}";
    let cn = |value: &str| thin_vec![thin_vec![("2.5.4.3".into(), Some(value.into()))]];
    let signing = X509Request { rdn_sequence: cn("cn"), ..signing_request("cn", &[]) };
    let other = X509Request { rdn_sequence: cn("other"), ..signing_request("cn", &[]) };
    let some = |list: &[&str]| Some(list.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(paths("v1.8.2", wish, "{}", &signing), some(&["spec.commonName", "spec.dnsNames", "spec.isCA"]));
    assert_eq!(paths("v1.11.5", wish, "{}", &signing), some(&[]));
    assert_eq!(paths("v1.11.5", wish, "{}", &other), some(&["spec.literalSubject"]));
    assert_eq!(paths("v1.12.0", wish, "{}", &signing), some(&["spec.dnsNames", "spec.isCA"]));
    assert_eq!(paths("v1.14.7", wish, "{}", &other), some(&["spec.dnsNames", "spec.literalSubject", "spec.isCA"]));
    assert_eq!(
        paths("v1.14.7", "{literalSubject: nonsense, isCA: true}", "{}", &other),
        None,
        "an error, no violation"
    );
}
