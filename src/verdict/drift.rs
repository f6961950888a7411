//! What was issued differs from the spec, and cert-manager does not notice (design 2, "Drift needs proof").

use std::borrow::Cow;

use crate::object::certificate::X509Subject;
use crate::object::issuer::IssuerType;
use crate::object::{Certificate, CertificateRequest, CertificateSpec, Secret};
use crate::pki::{OtherNames, X509Certificate, public_keys_equal};
use crate::policy::go_text::list;
use crate::policy::literal_subject;
use crate::policy::request_matches_spec::request_matches_spec;
use crate::policy::{Assessment, TriggerOutcome};
use crate::policy::{FieldDifference, texts_equal};
use crate::release::{LiteralSubject, Release};
use crate::time::GoDuration;

use super::judge::Scene;

/// Default lifetime when `spec.duration` is absent (rules 5.3).
pub(super) const DEFAULT_DURATION: GoDuration = GoDuration::hours(2160);

/// Lifetimes of CA and SelfSigned issuers equal the request to the second; one more second for inclusive notAfter.
const ROUNDING: GoDuration = GoDuration::seconds(1);

/// Differences between the spec and what was issued.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    /// Proven: the issuer copies the field, or a request with the certificate's own key differs.
    pub proven: Vec<FieldDifference>,
    /// Suspicious: the issuer may have changed the field itself.
    pub suspected: Vec<FieldDifference>,
}

/// How far other issuers date a certificate back or cut it: Vault by 30 seconds, private CAs by up to an hour.
const USUAL_ROUNDING: GoDuration = GoDuration::hours(1);

/// How far a certificate says what was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fidelity {
    /// SelfSigned and CA copy every field.
    Copies,
    /// Vault, Venafi and external issuers decide by their own policy.
    MayChange,
    /// ACME takes the names and nothing else.
    NamesOnly,
}

/// Compares a Certificate that cert-manager would leave alone with what its Secret holds.
#[must_use]
pub(super) fn drift(
    scene: &Scene<'_>,
    certificate: &Certificate,
    secret: Option<&Secret>,
    assessment: &Assessment,
) -> Comparison {
    if !matches!(assessment.outcome, TriggerOutcome::Wait { .. }) {
        return Comparison::default();
    }
    let Some(issued) = secret.and_then(|s| s.certificate.as_ref()).and_then(|c| c.decode(&scene.release.decoder).ok())
    else {
        return Comparison::default();
    };
    let mut comparison = Comparison::default();
    let request = request_of(scene, certificate, issued);
    if let Some(request) = request {
        comparison.proven = request_matches_spec(request, &certificate.spec, &whole(scene.release)).unwrap_or_default();
    }
    let differences = certificate_differences(&certificate.spec, issued, scene.release);
    match fidelity(scene, certificate) {
        Fidelity::Copies => add_new(&mut comparison.proven, differences),
        // A request that fits the spec proves that the issuer, not the spec, is why the certificate differs.
        Fidelity::MayChange if request.is_none() => {
            let (hard, soft): (Vec<_>, Vec<_>) =
                differences.into_iter().partition(|d| contradicts(&certificate.spec, issued, d));
            add_new(&mut comparison.proven, hard);
            comparison.suspected = soft.into_iter().filter(|d| is_unusual(&certificate.spec, issued, d)).collect();
        }
        Fidelity::MayChange => {}
        Fidelity::NamesOnly if request.is_none() => {
            let is_ca = differences.into_iter().filter(|d| d.path == "spec.isCA").collect();
            add_new(&mut comparison.proven, is_ca);
        }
        Fidelity::NamesOnly => {}
    }
    comparison
}

/// The release with a comparison that leaves nothing out: from 1.9 to 1.11 a literalSubject is compared alone (rules 2.1),
/// which is why cert-manager does not notice, not why nothing would differ.
fn whole(release: &Release) -> Cow<'_, Release> {
    if release.literal_subject != LiteralSubject::Exclusive {
        return Cow::Borrowed(release);
    }
    Cow::Owned(Release { literal_subject: LiteralSubject::Decoded, sans_first: true, ..release.clone() })
}

/// Whether an issuer with a policy of its own cannot have made the difference by adding to what was asked for: another
/// `isCA`, or a usage that the spec names and the certificate lacks.
fn contradicts(spec: &CertificateSpec, issued: &X509Certificate, difference: &FieldDifference) -> bool {
    match &*difference.path {
        "spec.isCA" => true,
        "spec.usages" => spec.usages.iter().any(|usage| lacks(issued, usage)),
        _ => false,
    }
}

/// Whether a certificate lacks a usage by cert-manager's name.
fn lacks(issued: &X509Certificate, usage: &str) -> bool {
    if let Some((_, bit)) = KEY_USAGES.iter().find(|(name, _)| *name == usage) {
        return issued.key_usage.unwrap_or(0) & (1 << bit) == 0;
    }
    let oid = EXTENDED_KEY_USAGES.iter().find(|(name, _)| *name == usage).map(|(_, oid)| *oid);
    oid.is_some_and(|oid| issued.extended_key_usages.iter().all(|has| **has != *oid))
}

fn add_new(known: &mut Vec<FieldDifference>, more: Vec<FieldDifference>) {
    for difference in more {
        if known.iter().all(|d| d.path != difference.path) {
            known.push(difference);
        }
    }
}

fn fidelity(scene: &Scene<'_>, certificate: &Certificate) -> Fidelity {
    match scene.issuer(certificate).map(crate::object::Issuer::issuer_type) {
        Some(IssuerType::Ca | IssuerType::SelfSigned) => Fidelity::Copies,
        Some(IssuerType::Acme) => Fidelity::NamesOnly,
        // An issuer that was not read may be an ACME issuer.
        None if certificate.spec.issuer_ref.is_builtin() => Fidelity::NamesOnly,
        _ => Fidelity::MayChange,
    }
}

/// The newest request made with the key of the issued certificate, owned or not. With a re-used key there are several;
/// only the newest can have led to this certificate.
fn request_of<'a>(
    scene: &Scene<'a>,
    certificate: &Certificate,
    issued: &X509Certificate,
) -> Option<&'a CertificateRequest> {
    let same_key = scene.world.requests_named_for(certificate).filter(|request| {
        let decoded = request.spec.request.decode(&scene.release.decoder);
        decoded.is_ok_and(|csr| public_keys_equal(&csr.public_key, &issued.public_key) == Ok(true))
    });
    same_key.max_by_key(|request: &&'a CertificateRequest| {
        let request: &'a CertificateRequest = request;
        let revision = request.revision().and_then(|text| text.parse::<i64>().ok());
        (revision, request.metadata.creation_timestamp, &request.metadata.name)
    })
}

/// The fields in which a certificate that copies its request differs from the spec, as far as the release has them. Other
/// names are left to the policy chain: where they differ from the spec it triggers by itself.
fn certificate_differences(
    spec: &CertificateSpec,
    issued: &X509Certificate,
    release: &Release,
) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    if release.literal_subject == LiteralSubject::None || spec.literal_subject.is_empty() {
        subject_differences(spec, issued, &mut found);
    } else {
        found.extend(literal_difference(spec, issued, release));
    }
    if release.compares_other_names {
        found.extend(other_names_difference(spec, issued));
    }
    let is_ca = issued.is_ca.unwrap_or(false);
    if spec.is_ca != is_ca {
        found.push(difference("spec.isCA", spec.is_ca.to_string(), is_ca.to_string()));
    }
    found.extend(usage_difference(spec, issued));
    let wanted = spec.duration.unwrap_or(DEFAULT_DURATION);
    let actual = issued.not_after.since(issued.not_before);
    if lifetime_error(spec, issued) > ROUNDING.0.unsigned_abs() {
        found.push(difference("spec.duration", wanted.to_string(), actual.to_string()));
    }
    found
}

/// Rules 2.2: issuers copy the subject of the request since the field exists (`RawSubject`, 1.9+).
fn literal_difference(spec: &CertificateSpec, issued: &X509Certificate, release: &Release) -> Option<FieldDifference> {
    let subject = issued.subject_sequence(release.decoder.go)?;
    let actual = literal_subject::differs(&spec.literal_subject, &subject, release)?;
    Some(difference("spec.literalSubject", spec.literal_subject.to_string(), actual))
}

/// Rules 2.1: the SAN extension of the request is copied as a whole since otherNames exist (1.14+).
fn other_names_difference(spec: &CertificateSpec, issued: &X509Certificate) -> Option<FieldDifference> {
    let mut actual = match issued.other_names.as_deref() {
        Some(OtherNames::Values(values)) => values.clone(),
        Some(OtherNames::Malformed(_)) => return None,
        Some(OtherNames::NoExtension) | None => Vec::new(),
    };
    let wanted = spec.other_names.iter().flatten();
    let mut wanted: Vec<_> = wanted.map(|name| (name.oid.clone(), name.utf8_value.clone())).collect();
    actual.sort_unstable();
    wanted.sort_unstable();
    let texts = |names: &[(Box<str>, Box<str>)]| {
        let names: Vec<String> = names.iter().map(|(oid, value)| format!("{oid}={value}")).collect();
        list(names.iter().map(String::as_str))
    };
    (actual != wanted).then(|| difference("spec.otherNames", texts(&wanted), texts(&actual)))
}

/// Whether a difference is more than what issuers usually do: add usages, and round the lifetime.
fn is_unusual(spec: &CertificateSpec, issued: &X509Certificate, difference: &FieldDifference) -> bool {
    match &*difference.path {
        "spec.usages" => false,
        "spec.duration" => lifetime_error(spec, issued) > USUAL_ROUNDING.0.unsigned_abs(),
        _ => true,
    }
}

/// Nanoseconds between the wished lifetime and the actual one.
fn lifetime_error(spec: &CertificateSpec, issued: &X509Certificate) -> u64 {
    spec.duration.unwrap_or(DEFAULT_DURATION).0.abs_diff(issued.not_after.since(issued.not_before).0)
}

fn difference(path: &str, spec: String, actual: String) -> FieldDifference {
    FieldDifference { path: path.to_owned(), spec, actual }
}

fn subject_differences(spec: &CertificateSpec, issued: &X509Certificate, found: &mut Vec<FieldDifference>) {
    let empty = X509Subject::default();
    let wanted = spec.subject.as_deref().unwrap_or(&empty);
    let has = &issued.subject;
    let lists = [
        ("spec.subject.organizations", &wanted.organizations, &has.organizations),
        ("spec.subject.countries", &wanted.countries, &has.countries),
        ("spec.subject.organizationalUnits", &wanted.organizational_units, &has.organizational_units),
        ("spec.subject.localities", &wanted.localities, &has.localities),
        ("spec.subject.provinces", &wanted.provinces, &has.provinces),
        ("spec.subject.streetAddresses", &wanted.street_addresses, &has.street_addresses),
        ("spec.subject.postalCodes", &wanted.postal_codes, &has.postal_codes),
    ];
    for (path, wanted, has) in lists {
        if !texts_equal(wanted, has) {
            found.push(difference(path, texts(wanted), texts(has)));
        }
    }
    if wanted.serial_number != has.serial_number {
        found.push(difference(
            "spec.subject.serialNumber",
            wanted.serial_number.to_string(),
            has.serial_number.to_string(),
        ));
    }
}

fn texts(items: &[impl AsRef<str>]) -> String {
    list(items.iter().map(AsRef::as_ref))
}

/// Key usage bits (RFC 5280 4.2.1.3) by cert-manager's names (`pkg/apis/certmanager/v1/types.go`).
const KEY_USAGES: [(&str, u16); 11] = [
    ("signing", 0),
    ("digital signature", 0),
    ("content commitment", 1),
    ("key encipherment", 2),
    ("data encipherment", 3),
    ("key agreement", 4),
    ("cert sign", 5),
    ("crl sign", 6),
    ("encipher only", 7),
    ("decipher only", 8),
    ("non repudiation", 1),
];

/// Extended key usages by cert-manager's names (`pkg/apis/certmanager/v1/types.go`, `pkg/util/pki/kube.go`).
const EXTENDED_KEY_USAGES: [(&str, &str); 14] = [
    ("any", "2.5.29.37.0"),
    ("server auth", "1.3.6.1.5.5.7.3.1"),
    ("client auth", "1.3.6.1.5.5.7.3.2"),
    ("code signing", "1.3.6.1.5.5.7.3.3"),
    ("email protection", "1.3.6.1.5.5.7.3.4"),
    ("s/mime", "1.3.6.1.5.5.7.3.4"),
    ("ipsec end system", "1.3.6.1.5.5.7.3.5"),
    ("ipsec tunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsec user", "1.3.6.1.5.5.7.3.7"),
    ("timestamping", "1.3.6.1.5.5.7.3.8"),
    ("ocsp signing", "1.3.6.1.5.5.7.3.9"),
    ("microsoft sgc", "1.3.6.1.4.1.311.10.3.3"),
    ("netscape sgc", "2.16.840.1.113730.4.1"),
    ("ipsec ike intermediate", "1.3.6.1.5.5.8.2.2"),
];

/// cert-manager's names of the usages that a certificate carries.
fn usages_of(issued: &X509Certificate) -> Vec<String> {
    let bits = issued.key_usage.unwrap_or(0);
    let mut names: Vec<String> = (0..=8)
        .filter(|bit| bits & (1 << bit) != 0)
        .filter_map(|bit| KEY_USAGES.iter().rev().find(|(name, b)| *b == bit && *name != "non repudiation"))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    names.extend(issued.extended_key_usages.iter().map(|oid| {
        let known = EXTENDED_KEY_USAGES.iter().find(|(_, known)| *known == &**oid);
        known.map_or_else(|| oid.to_string(), |(name, _)| (*name).to_owned())
    }));
    names
}

/// A usage that the spec asks for (or that cert-manager adds by default) and the certificate lacks, or the reverse.
fn usage_difference(spec: &CertificateSpec, issued: &X509Certificate) -> Option<FieldDifference> {
    let wanted: Vec<&str> = match &*spec.usages {
        [] => vec!["digital signature", "key encipherment"],
        usages => usages.iter().map(|usage| &**usage).collect(),
    };
    let mut bits = if spec.is_ca { 1 << 5 } else { 0 };
    let mut extended = Vec::new();
    for usage in &wanted {
        if let Some((_, bit)) = KEY_USAGES.iter().find(|(name, _)| name == usage) {
            bits |= 1u16 << bit;
        } else if let Some((_, oid)) = EXTENDED_KEY_USAGES.iter().find(|(name, _)| name == usage) {
            extended.push(*oid);
        } else {
            // A usage of a newer release: what it would look like in a certificate is not known.
            return None;
        }
    }
    let mut has: Vec<&str> = issued.extended_key_usages.iter().map(|oid| &**oid).collect();
    for usages in [&mut extended, &mut has] {
        usages.sort_unstable();
        usages.dedup();
    }
    if bits == issued.key_usage.unwrap_or(0) && extended == has {
        return None;
    }
    Some(difference("spec.usages", list(wanted.iter().copied()), list(usages_of(issued).iter().map(String::as_str))))
}

#[cfg(test)]
mod tests;
