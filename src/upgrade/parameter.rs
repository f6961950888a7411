//! Everything in which two releases can differ, one by one, so that a difference between two verdicts can be told by its
//! cause (rules 0.1).

use crate::release::{ControllerFlags, Release, Version, all};

/// One thing in which releases differ.
pub struct Parameter {
    /// The name in JSON.
    pub id: &'static str,
    /// What changed and when, whichever way one goes.
    pub text: &'static str,
    differs: fn(&Release, &Release) -> bool,
    take: fn(&mut Release, &Release),
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

impl Parameter {
    /// Whether two releases differ in it.
    #[must_use]
    pub fn differs(&self, a: &Release, b: &Release) -> bool {
        (self.differs)(a, b)
    }

    /// A release that is like another one in this alone.
    #[must_use]
    pub fn taken_from(&self, release: &Release, other: &Release) -> Release {
        let mut mixed = release.clone();
        (self.take)(&mut mixed, other);
        mixed
    }

    /// The first of the releases between two whose value of this, and that of all after it, does what the newer one's does.
    #[must_use]
    pub fn since(
        &self,
        from: &Release,
        to: &Release,
        flags: &ControllerFlags,
        does_the_same: impl Fn(&Release) -> bool,
    ) -> Version {
        let (low, high) = (from.version.min(to.version), from.version.max(to.version));
        let newer = if from.version <= to.version { to } else { from };
        let between = all().filter(|release| release.version > low && release.version <= high);
        let mut newest_first: Vec<Release> = between.map(|release| release.with_flags(flags)).collect();
        newest_first.reverse();
        let mut last = newer.clone();
        for release in newest_first {
            if self.differs(&release, &last) && !does_the_same(&release) {
                break;
            }
            last = release;
        }
        last.version
    }
}

macro_rules! parameters {
    ($($id:literal, $($field:ident).+, $text:literal;)*) => {
        /// Every parameter; those that decide most first.
        pub const PARAMETERS: &[Parameter] = &[
            $(Parameter {
                id: $id,
                text: $text,
                differs: |a, b| a.$($field).+ != b.$($field).+,
                take: |release, other| release.$($field).+ = other.$($field).+.clone(),
            },)*
            // These two are read with the release's own feature gates, so that the version must come along.
            Parameter {
                id: "filtered-secret-cache",
                text: "Since 1.13 a Secret whose label controller.cert-manager.io/fao has another value than true is not found, as \
                       the cache is filtered by it.",
                differs: |a, b| a.filtered_secret_cache != b.filtered_secret_cache,
                take: |release, other| {
                    (release.filtered_secret_cache, release.version) = (other.filtered_secret_cache, other.version);
                },
            },
            Parameter {
                id: "stable-request-names",
                text: "Since 1.13 a CertificateRequest is named after its Certificate and revision, so that one that is there \
                       already is in the way.",
                differs: |a, b| a.stable_request_names != b.stable_request_names,
                take: |release, other| {
                    (release.stable_request_names, release.version) = (other.stable_request_names, other.version);
                },
            },
            Parameter {
                id: "version",
                text: "Something else that depends on the release: labels of Secrets since 1.11, the temporary Secret of a noted \
                       name since 1.21.",
                differs: |a, b| a.version != b.version,
                take: |release, other| release.version = other.version,
            },
        ];
    };
}

parameters! {
    "chain", chain,
        "The chain of checks: 1.13.0 compares the key with the current CertificateRequest and forgives a missing issuer name; \
         1.13.2 also looks at the Certificate's name on the Secret.";
    "issuer-ref-defaults", defaults_issuer_ref,
        "1.18.3, and 1.19.1 and later, compare issuerRef with kind and group defaulted; 1.18.2 and earlier, and 1.19.0, as written.";
    "ip-addresses", ips_by_value,
        "Since 1.12.4 IP addresses are compared by value; before, by their text.";
    "other-names", compares_other_names,
        "Since 1.14 spec.otherNames are compared with the CertificateRequest.";
    "literal-subject", literal_subject,
        "literalSubject is not known in 1.8, compared alone up to 1.11, beside the other names since 1.12, and byte by byte since 1.15.";
    "dn-parser", dn_parser,
        "The parser of literalSubject was replaced in 1.13 and again in 1.15.";
    "dn-types", dn_types,
        "literalSubject knows DC and UID since 1.11, and dotted object identifiers since 1.15.";
    "dn-hash-values", refuses_hash_values,
        "A literalSubject with =# is an error in 1.12.8, 1.13.4 and 1.14.3 and what followed in those minors; then it is not compared.";
    "pem-limits", decoder.limits,
        "Sizes of PEM data are limited: first in 1.12.14, 1.15.4 and 1.16.2; wider for certificates since 1.17 and for requests since \
         1.18.3. What is larger does not decode.";
    "renewal-formula", renewal,
        "The renewal time: renewBeforePercentage came with 1.16, was inverted until 1.16.3, and overflowed for long lifetimes until 1.21.";
    "renewal-policies", renewal_policies,
        "spec.renewal came with 1.21; 1.21.0 crashes on policy Disabled.";
    "renewal-information", knows_ari,
        "ACME renewal information came with 1.21, behind the gate ACMEUseARI.";
    "renewal-windows", window_search_years,
        "The search for the next renewal window reaches 9 years since 1.21.2, and 5 before.";
    "secret-ownership", secret_ownership,
        "Since 1.13.2 one of several Certificates with the same Secret owns it, and the others are left alone; in 1.13.2 and 1.13.3 \
         which one is arbitrary. Before, they overwrote each other.";
    "undecodable-certificate", fuzzy_needs_certificate,
        "Since 1.16 a certificate that cannot be decoded is re-issued where there is no current CertificateRequest.";
    "unknown-algorithm", unknown_algorithm_panics,
        "Since 1.16 the controller crashes on an unknown key algorithm.";
    "deletion", skips_deleting,
        "Since 1.18 a Certificate that is being deleted is left alone.";
    "back-off", backoff,
        "The back-off after a failed issuance has flags: for its least since 1.20, for its most since 1.21.";
    "rotation-policy", rotates_by_default,
        "Since 1.18 rotationPolicy is Always where the spec is silent; before, it was Never.";
    "go", decoder.go,
        "The Go that built the release decides which keys, certificates and requests decode.";
    "pem-errors", decoder.errors,
        "Texts of errors about PEM data changed in 1.18.3 and 1.19.0.";
    "field-order", sans_first,
        "Since 1.12 SANs are compared before the subject.";
    "province-label", labels_provinces,
        "Since 1.20 spec.subject.provinces has a label of its own.";
    "history-limit", history_limit,
        "Since 1.18 one CertificateRequest is kept where revisionHistoryLimit is unset; before, all were.";
}
