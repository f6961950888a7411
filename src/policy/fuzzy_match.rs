//! The loose comparison of a certificate with a spec, used when there is no current request (rules 2.3).
//!
//! Source: `SecretDataAltNamesMatchSpec`, `pkg/controller/certificates/util.go` up to v1.11, `pkg/util/pki/match.go` from
//! v1.12 on, as `FuzzyX509AltNamesMatchSpec` from v1.16 on.

use std::collections::BTreeSet;

use super::FieldDifference;
use super::go_text::shown;
use super::multiset::{address_text, addresses_equal, texts_equal};
use crate::object::CertificateSpec;
use crate::pki::X509Certificate;
use crate::release::Release;

/// The fields of the spec that the certificate contradicts, in cert-manager's order.
#[must_use]
pub fn fuzzy_match(certificate: &X509Certificate, spec: &CertificateSpec, release: &Release) -> Vec<FieldDifference> {
    let mut fields = Vec::new();
    let mut violated = |path: &str, spec: String, actual: String| {
        fields.push(FieldDifference { path: path.to_owned(), spec, actual });
    };
    let names = &certificate.names;
    let common_name = &*certificate.subject.common_name;
    let expected = name_set(&spec.common_name, &spec.dns_names);
    let actual = name_set(common_name, &names.dns);
    if expected != actual {
        let lacks = |name: &str, set: &BTreeSet<&str>| !name.is_empty() && !set.contains(name);
        if lacks(&spec.common_name, &actual) || lacks(common_name, &expected) {
            let any = |common: &str, set: &BTreeSet<&str>| match common {
                "" => format!("no common name; names: {}", shown(set.iter().copied())),
                common => format!("{common}; names: {}", shown(set.iter().copied())),
            };
            violated("spec.commonName", any(&spec.common_name, &expected), any(common_name, &actual));
        }
        let missing = spec.dns_names.iter().any(|name| !actual.contains(&**name));
        if missing || names.dns.iter().any(|name| !expected.contains(&**name)) {
            violated("spec.dnsNames", texts(&spec.dns_names), texts(&names.dns));
        }
    }
    if !addresses_equal(&names.ips, &spec.ip_addresses, release) {
        let actual: Vec<String> = names.ips.iter().map(|ip| address_text(ip)).collect();
        violated("spec.ipAddresses", texts(&spec.ip_addresses), shown(actual.iter().map(String::as_str)));
    }
    if !texts_equal(&names.uris, &spec.uris) {
        violated("spec.uris", texts(&spec.uris), texts(&names.uris));
    }
    if !texts_equal(&names.emails, &spec.email_addresses) {
        violated("spec.emailAddresses", texts(&spec.email_addresses), texts(&names.emails));
    }
    fields
}

fn name_set<'a>(common_name: &'a str, dns: &'a [Box<str>]) -> BTreeSet<&'a str> {
    let common_name = Some(common_name).filter(|name| !name.is_empty());
    dns.iter().map(|name| &**name).chain(common_name).collect()
}

fn texts(list: &[Box<str>]) -> String {
    shown(list.iter().map(|text| &**text))
}
