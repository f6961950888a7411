//! The bullets of cert-manager's FAQ "When do certs get re-issued?" (website, `content/docs/faq/README.md`), named in a few
//! words, and where the code says otherwise.

use super::FieldDifference;

pub(super) const SECRET: &str =
    "FAQ: the Secret does not exist, lacks the key or the certificate, or holds corrupt data.";
pub(super) const KEY_SPEC: &str = "FAQ: the private key in the Secret does not match the private key spec.";
pub(super) const KEY_PAIR: &str =
    "FAQ: the public key of the certificate does not match the private key in the Secret.";
pub(super) const ISSUER: &str = "FAQ: the issuer annotations of the Secret do not match the issuer of the Certificate.";
pub(super) const ISSUER_LENIENT: &str = "FAQ: the issuer annotations of the Secret do not match the issuer of the Certificate. \
     The code goes further: missing annotations count as kind Issuer, so that an unannotated Secret never fits a \
     ClusterIssuer, yet fits an Issuer of any name.";
pub(super) const ISSUER_STRICT: &str = "FAQ: the issuer annotations of the Secret do not match the issuer of the Certificate. \
     The code goes further: up to 1.12, missing annotations never match.";
pub(super) const CERTIFICATE_NAME: &str = "The FAQ does not speak of this: since 1.13.2 the Secret must not be annotated with \
     the name of another Certificate.";
pub(super) const KEY_OF_REQUEST: &str = "The FAQ does not speak of this: since 1.13 the private key must be the one that the \
     current CertificateRequest was made with.";
pub(super) const RENEWAL: &str = "FAQ: the certificate has expired, or its renewal time has come.";

const NAMES: &str = "FAQ: names in the issued certificate do not match the Certificate.";
const COMMON_NAME: &str = "The FAQ lists the common name only where there is a current CertificateRequest. The code also \
     compares it without one, as one of the names of the certificate.";
const REQUEST_COMMON_NAME: &str =
    "FAQ: the common name in the signing request of the latest CertificateRequest differs.";
const REQUEST_SUBJECT: &str = "FAQ: the subject in the signing request of the latest CertificateRequest differs.";
const REQUEST_DURATION: &str = "FAQ: the duration of the latest CertificateRequest differs.";
const REQUEST_IS_CA: &str = "FAQ: isCA of the latest CertificateRequest differs.";
const REQUEST_NAMES: &str = "FAQ: names in the spec of the latest CertificateRequest differ. The code takes them from the \
     signing request inside it, and with a request at hand it does not look at the certificate's names at all.";
const REQUEST_USAGES: &str = "FAQ: key usages of the latest CertificateRequest differ.";
const REQUEST_ISSUER: &str =
    "The FAQ does not speak of this: the issuerRef of the latest CertificateRequest is compared too.";
const REQUEST_OTHER: &str =
    "The FAQ does not list this field, the code compares it with the latest CertificateRequest.";

/// The bullet for fields in which a certificate differs.
pub(super) fn for_certificate(fields: &[FieldDifference]) -> &'static str {
    if fields.iter().any(|field| field.path == "spec.commonName") { COMMON_NAME } else { NAMES }
}

/// The bullet for the first field in which a request differs.
pub(super) fn for_request(fields: &[FieldDifference]) -> &'static str {
    match fields.first().map_or("", |field| &*field.path) {
        "spec.commonName" => REQUEST_COMMON_NAME,
        "spec.dnsNames" | "spec.ipAddresses" | "spec.uris" | "spec.emailAddresses" => REQUEST_NAMES,
        "spec.duration" => REQUEST_DURATION,
        "spec.isCA" => REQUEST_IS_CA,
        "spec.usages" => REQUEST_USAGES,
        "spec.issuerRef" => REQUEST_ISSUER,
        path if path.starts_with("spec.subject.") || path == "spec.literalSubject" => REQUEST_SUBJECT,
        _ => REQUEST_OTHER,
    }
}

/// Whether the text under a violation's `faq` says that the FAQ and the code disagree, or that the FAQ is silent.
#[must_use]
pub fn differs(text: &str) -> bool {
    text.contains("The code") || text.starts_with("The FAQ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(paths: &[&str]) -> Vec<FieldDifference> {
        let field =
            |path: &&str| FieldDifference { path: (*path).to_owned(), spec: String::new(), actual: String::new() };
        paths.iter().map(field).collect()
    }

    /// The fields in which a request differs, the bullet.
    const REQUESTS: [(&[&str], &str); 15] = [
        (&["spec.commonName", "spec.isCA"], REQUEST_COMMON_NAME),
        (&["spec.dnsNames"], REQUEST_NAMES),
        (&["spec.ipAddresses"], REQUEST_NAMES),
        (&["spec.uris"], REQUEST_NAMES),
        (&["spec.emailAddresses"], REQUEST_NAMES),
        (&["spec.duration"], REQUEST_DURATION),
        (&["spec.isCA", "spec.usages"], REQUEST_IS_CA),
        (&["spec.usages"], REQUEST_USAGES),
        (&["spec.issuerRef"], REQUEST_ISSUER),
        (&["spec.subject.organizations"], REQUEST_SUBJECT),
        (&["spec.subject.serialNumber", "spec.usages"], REQUEST_SUBJECT),
        (&["spec.literalSubject"], REQUEST_SUBJECT),
        (&["spec.otherNames"], REQUEST_OTHER),
        (&["spec.subjects"], REQUEST_OTHER),
        (&[], REQUEST_OTHER),
    ];

    #[test]
    fn the_first_field_of_a_request_chooses_the_bullet() {
        for (paths, want) in REQUESTS {
            assert_eq!(for_request(&fields(paths)), want, "{paths:?}");
        }
    }

    #[test]
    fn a_certificates_common_name_is_what_the_faq_leaves_out() {
        assert_eq!(for_certificate(&fields(&["spec.commonName", "spec.dnsNames"])), COMMON_NAME);
        assert_eq!(for_certificate(&fields(&["spec.dnsNames"])), NAMES);
    }

    #[test]
    fn texts_say_where_faq_and_code_differ() {
        for text in [SECRET, KEY_SPEC, KEY_PAIR, ISSUER, RENEWAL, NAMES, REQUEST_COMMON_NAME, REQUEST_USAGES] {
            assert!(!differs(text), "{text}");
        }
        for text in [ISSUER_LENIENT, ISSUER_STRICT, CERTIFICATE_NAME, KEY_OF_REQUEST, COMMON_NAME, REQUEST_NAMES] {
            assert!(differs(text), "{text}");
        }
    }
}
