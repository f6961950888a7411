//! Rules 2.3.

use thin_vec::thin_vec;

use super::super::fuzzy_match::fuzzy_match;
use super::support::{certificate, release, spec, texts};

/// Spec, certificate's common name, its DNS names, violated fields; the same in all releases.
const NAMES: [(&str, &str, &[&str], &[&str]); 14] = [
    ("{dnsNames: [a, b]}", "", &["b", "a"], &[]),
    ("{dnsNames: [a, b]}", "a", &["a", "b"], &[]),
    ("{commonName: a, dnsNames: [b]}", "", &["a", "b"], &[]),
    ("{commonName: a, dnsNames: [b]}", "b", &["a"], &[]),
    ("{dnsNames: [a, a]}", "", &["a"], &[]),
    ("{dnsNames: [a, b]}", "", &["a"], &["spec.dnsNames"]),
    ("{dnsNames: [a]}", "", &["a", "b"], &["spec.dnsNames"]),
    ("{dnsNames: [a]}", "b", &["a"], &["spec.commonName"]),
    ("{commonName: b, dnsNames: [a]}", "", &["a"], &["spec.commonName"]),
    ("{commonName: b, dnsNames: [a]}", "c", &["d"], &["spec.commonName", "spec.dnsNames"]),
    ("{dnsNames: [A]}", "", &["a"], &["spec.dnsNames"]),
    // literalSubject is not looked at: its common name has no place among the names of the spec.
    ("{literalSubject: CN=web, dnsNames: [a]}", "web", &["a"], &["spec.commonName"]),
    ("{literalSubject: CN=a, dnsNames: [a]}", "a", &["a"], &[]),
    ("{duration: 1h, isCA: true, usages: [signing], subject: {organizations: [x]}}", "", &[], &[]),
];

#[test]
fn names_may_move_but_not_change() {
    for version in ["v1.8.2", "v1.12.17", "v1.15.5", "v1.21.2"] {
        let release = release(version);
        for (yaml, common_name, dns, want) in NAMES {
            let fields = fuzzy_match(&certificate(common_name, dns), &spec(yaml), &release);
            let paths: Vec<&str> = fields.iter().map(|field| &*field.path).collect();
            assert_eq!(paths, want, "{version} {yaml} {common_name} {dns:?}");
        }
    }
}

#[test]
fn addresses_uris_and_mail_are_compared_as_lists() {
    let mut actual = certificate("", &[]);
    actual.names.ips = thin_vec![Box::from([10u8, 0, 0, 1])];
    actual.names.uris = texts(&["spiffe://a/b"]);
    actual.names.emails = texts(&["a@b"]);
    let fits = "{ipAddresses: [10.0.0.1], uris: ['spiffe://a/b'], emailAddresses: [a@b]}";
    let twice =
        "{ipAddresses: [10.0.0.1, 10.0.0.1], uris: ['spiffe://a/b', 'spiffe://a/b'], emailAddresses: [a@b, a@b]}";
    let mapped = "{ipAddresses: ['::ffff:10.0.0.1'], uris: ['SPIFFE://a/b'], emailAddresses: [A@b]}";
    let all = ["spec.ipAddresses", "spec.uris", "spec.emailAddresses"];
    for (version, yaml, want) in [
        ("v1.12.3", fits, &[][..]),
        ("v1.21.2", fits, &[]),
        ("v1.21.2", twice, &all),
        ("v1.12.3", mapped, &all),
        ("v1.12.4", mapped, &all[1..]),
        ("v1.21.2", "{}", &all),
    ] {
        let fields = fuzzy_match(&actual, &spec(yaml), &release(version));
        let paths: Vec<&str> = fields.iter().map(|field| &*field.path).collect();
        assert_eq!(paths, want, "{version} {yaml}");
    }
}

#[test]
fn both_sides_are_shown() {
    let fields =
        fuzzy_match(&certificate("x", &["a"]), &spec("{commonName: y, dnsNames: [b, c]}"), &release("v1.21.2"));
    let shown: Vec<(&str, &str)> = fields.iter().map(|f| (&*f.spec, &*f.actual)).collect();
    assert_eq!(shown, [("y; names: b, c, y", "x; names: a, x"), ("b, c", "a")]);
}
