//! A CertificateRequest against the spec of its Certificate (rules 2.1).
//!
//! Source: `RequestMatchesSpec`, `pkg/controller/certificates/util.go` up to v1.11, `pkg/util/pki/match.go` from v1.12 on.

use super::FieldDifference;
use super::go_text::{shown, shown_text};
use super::issuer_reference;
use super::literal_subject;
use super::multiset::{address_text, addresses_equal, equal, texts_equal};
use crate::object::certificate::X509Subject;
use crate::object::{CertificateRequest, CertificateSpec};
use crate::pki::{DecodeError, OtherNames, X509Request};
use crate::release::{LiteralSubject, Release};

/// The fields of the spec that the request contradicts, in the order of the release.
///
/// # Errors
/// When the signing request does not decode, its otherNames cannot be read or `spec.literalSubject` makes no subject:
/// then cert-manager finds nothing to object in this check.
pub fn request_matches_spec(
    request: &CertificateRequest,
    spec: &CertificateSpec,
    release: &Release,
) -> Result<Vec<FieldDifference>, DecodeError> {
    compare(request, request.spec.request.decode(&release.decoder)?, spec, release)
}

/// [`request_matches_spec`] with the signing request decoded.
///
/// # Errors
/// As [`request_matches_spec`].
pub fn compare(
    request: &CertificateRequest,
    signing_request: &X509Request,
    spec: &CertificateSpec,
    release: &Release,
) -> Result<Vec<FieldDifference>, DecodeError> {
    let mut fields = Differences(Vec::new());
    let has_literal = release.literal_subject != LiteralSubject::None && !spec.literal_subject.is_empty();
    if has_literal && release.literal_subject == LiteralSubject::Exclusive {
        fields.literal_subject(signing_request, spec, release)?;
        return Ok(fields.0);
    }
    if release.sans_first {
        fields.addresses(signing_request, spec, release);
        fields.texts("spec.uris", &signing_request.names.uris, &spec.uris);
        fields.texts("spec.emailAddresses", &signing_request.names.emails, &spec.email_addresses);
        fields.texts("spec.dnsNames", &signing_request.names.dns, &spec.dns_names);
        if release.compares_other_names {
            fields.other_names(signing_request, spec)?;
        }
        if has_literal {
            fields.literal_subject(signing_request, spec, release)?;
        } else {
            fields.text("spec.commonName", &signing_request.subject.common_name, &spec.common_name);
            fields.subject(signing_request, spec, release);
        }
    } else {
        fields.text("spec.commonName", &signing_request.subject.common_name, &spec.common_name);
        fields.texts("spec.dnsNames", &signing_request.names.dns, &spec.dns_names);
        fields.addresses(signing_request, spec, release);
        fields.texts("spec.uris", &signing_request.names.uris, &spec.uris);
        fields.texts("spec.emailAddresses", &signing_request.names.emails, &spec.email_addresses);
        fields.subject(signing_request, spec, release);
    }
    fields.request_fields(request, spec, release);
    Ok(fields.0)
}

struct Differences(Vec<FieldDifference>);

impl Differences {
    fn add(&mut self, path: &str, spec: String, actual: String) {
        self.0.push(FieldDifference { path: path.to_owned(), spec, actual });
    }

    fn text(&mut self, path: &str, actual: &str, spec: &str) {
        if actual != spec {
            self.add(path, shown_text(spec), shown_text(actual));
        }
    }

    fn texts<T: Ord + AsRef<str>>(&mut self, path: &str, actual: &[T], spec: &[T]) {
        if !texts_equal(actual, spec) {
            let texts = |list: &[T]| shown(list.iter().map(AsRef::as_ref));
            self.add(path, texts(spec), texts(actual));
        }
    }

    fn addresses(&mut self, signing_request: &X509Request, spec: &CertificateSpec, release: &Release) {
        let actual = &signing_request.names.ips;
        if !addresses_equal(actual, &spec.ip_addresses, release) {
            let actual: Vec<String> = actual.iter().map(|ip| address_text(ip)).collect();
            let wanted = shown(spec.ip_addresses.iter().map(|text| &**text));
            self.add("spec.ipAddresses", wanted, shown(actual.iter().map(String::as_str)));
        }
    }

    fn other_names(&mut self, signing_request: &X509Request, spec: &CertificateSpec) -> Result<(), DecodeError> {
        let Some(wanted) = spec.other_names.as_deref() else {
            return Ok(());
        };
        let actual: &[(Box<str>, Box<str>)] = match &signing_request.other_names {
            OtherNames::Malformed(error) => return Err(error.clone()),
            OtherNames::Values(values) => values,
            OtherNames::NoExtension => &[],
        };
        let pair = |(oid, value): &(Box<str>, Box<str>)| format!("{oid}={value}");
        let wanted: Vec<_> = wanted.iter().map(|name| (name.oid.clone(), name.utf8_value.clone())).collect();
        // Without any SAN extension even an empty list is not met.
        let no_extension = signing_request.other_names == OtherNames::NoExtension;
        if no_extension || !equal(actual.iter().collect(), wanted.iter().collect()) {
            let list = |names: &[(Box<str>, Box<str>)]| {
                let names: Vec<String> = names.iter().map(pair).collect();
                shown(names.iter().map(String::as_str))
            };
            self.add("spec.otherNames", list(&wanted), list(actual));
        }
        Ok(())
    }

    fn literal_subject(
        &mut self,
        signing_request: &X509Request,
        spec: &CertificateSpec,
        release: &Release,
    ) -> Result<(), DecodeError> {
        if !literal_subject::matches(&spec.literal_subject, signing_request, release)? {
            let actual = literal_subject::describe(&signing_request.rdn_sequence);
            self.add("spec.literalSubject", spec.literal_subject.to_string(), actual);
        }
        Ok(())
    }

    /// The subject apart from the common name. Postal codes and, before 1.20, provinces share a label.
    fn subject(&mut self, signing_request: &X509Request, spec: &CertificateSpec, release: &Release) {
        let empty = X509Subject::default();
        let wanted = spec.subject.as_deref().unwrap_or(&empty);
        let actual = &signing_request.subject;
        let provinces = if release.labels_provinces { "spec.subject.provinces" } else { "spec.subject.postCodes" };
        self.text("spec.subject.serialNumber", &actual.serial_number, &wanted.serial_number);
        self.texts("spec.subject.organizations", &actual.organizations, &wanted.organizations);
        self.texts("spec.subject.countries", &actual.countries, &wanted.countries);
        self.texts("spec.subject.localities", &actual.localities, &wanted.localities);
        self.texts("spec.subject.organizationalUnits", &actual.organizational_units, &wanted.organizational_units);
        self.texts("spec.subject.postCodes", &actual.postal_codes, &wanted.postal_codes);
        self.texts(provinces, &actual.provinces, &wanted.provinces);
        self.texts("spec.subject.streetAddresses", &actual.street_addresses, &wanted.street_addresses);
    }

    /// What the request repeats of the spec beside the signing request.
    fn request_fields(&mut self, request: &CertificateRequest, spec: &CertificateSpec, release: &Release) {
        let request = &request.spec;
        if request.is_ca != spec.is_ca {
            self.add("spec.isCA", spec.is_ca.to_string(), request.is_ca.to_string());
        }
        self.texts("spec.usages", &request.usages, &spec.usages);
        if let (Some(actual), Some(wanted)) = (request.duration, spec.duration)
            && actual != wanted
        {
            self.add("spec.duration", wanted.to_string(), actual.to_string());
        }
        if !issuer_reference::matches(&request.issuer_ref, &spec.issuer_ref, release.defaults_issuer_ref) {
            let written = issuer_reference::as_written;
            self.add("spec.issuerRef", written(&spec.issuer_ref), written(&request.issuer_ref));
        }
    }
}
