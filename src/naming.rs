//! Names that cert-manager computes.

use std::borrow::Cow;

use ring::digest::{SHA256, digest};

/// Name of the CertificateRequest for one revision of a Certificate, with stable names on
/// (`requestmanager_controller.go@v1.21.1`, `pkg/api/util/names.go`; rules 4.2.4).
///
/// Names up to 233 bytes are kept, longer ones are cut and told apart by a SHA-256.
pub(crate) fn request_name(certificate: &str, revision: u64) -> String {
    format!("{}-{revision}", request_prefix(certificate))
}

/// [`request_name`] without the revision and its dash.
pub(crate) fn request_prefix(certificate: &str) -> Cow<'_, str> {
    unique_name(certificate, 233)
}

/// The number at the end of a request's name, if the name is one that [`request_name`] makes.
pub(crate) fn revision_of(request: &str) -> Option<(&str, u64)> {
    let (prefix, digits) = request.rsplit_once('-')?;
    let revision: u64 = digits.parse().ok()?;
    (revision > 0 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'))
        .then_some((prefix, revision))
}

/// The part of an Order's name that comes from its request: `<prefix>-<hash of the spec>` (`apiutil.ComputeName`).
pub(crate) fn order_prefix(request: &str) -> &str {
    shorten(request, 52)
}

/// A value for Velero's labels: longer than 63 bytes, it keeps 57 and gets six digits of its SHA-256 (R-33, step 6).
pub(crate) fn label_value(text: &str) -> String {
    if text.len() <= 63 {
        return text.to_owned();
    }
    let mut hash = hex_sha256(text);
    hash.truncate(6);
    format!("{}{hash}", prefix(text, 57))
}

fn unique_name(full: &str, max: usize) -> Cow<'_, str> {
    const HASH: usize = 64;
    if full.len() <= max {
        return full.into();
    }
    let hash = hex_sha256(full);
    match shorten(full, max.saturating_sub(HASH + 1)) {
        "" => hash.into(),
        prefix => format!("{prefix}-{hash}").into(),
    }
}

/// Cuts so that the last byte is alphanumeric (`DNSSafeShortenToNCharacters`).
pub(crate) fn shorten(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    prefix(text, max).trim_end_matches(|c: char| !c.is_ascii_alphanumeric())
}

fn prefix(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn hex_sha256(text: &str) -> String {
    use std::fmt::Write as _;
    digest(&SHA256, text.as_bytes()).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_4_2_request_names() {
        assert_eq!(request_name("web", 1), "web-1");
        let limit = "a".repeat(233);
        assert_eq!(request_name(&limit, 7), format!("{limit}-7"));
        let long = "a".repeat(234);
        let name = request_name(&long, 7);
        assert_eq!(name.len(), 168 + 1 + 64 + 2);
        assert!(name.starts_with(&format!("{}-", "a".repeat(168))));
    }

    #[test]
    fn unique_names_as_in_cert_managers_own_tests() {
        let a64 = "a".repeat(64);
        const ROWS: &[(&str, usize, &str)] = &[
            ("b", 64, "08ba353c3a64d6186cac33ae87b2bd29700803754b34f77dc4d3a45e66316745"),
            ("bb", 65, "824cc1084d15d9bff4dda12c92066ff5d15ef2f9847c47347836cee174138ca0"),
        ];
        for (start, max, expected) in ROWS {
            assert_eq!(unique_name(&format!("{start}{a64}"), *max), *expected);
        }
        assert_eq!(unique_name(&format!("b{a64}"), 65), format!("b{a64}"));
    }

    #[test]
    fn shortened_names_end_alphanumerically() {
        const ROWS: &[(&str, usize, &str)] = &[
            ("aa11111aaaa", 5, "aa111"),
            (".....", 3, ""),
            ("aa.....", 3, "aa"),
            ("a*aa.....", 3, "a*a"),
            ("a**aa.....", 3, "a"),
            ("aéé", 2, "a"),
        ];
        for (text, max, expected) in ROWS {
            assert_eq!(shorten(text, *max), *expected);
        }
    }

    #[test]
    fn revisions_at_the_end_of_names() {
        const ROWS: &[(&str, Option<(&str, u64)>)] = &[
            ("web-1", Some(("web", 1))),
            ("web-tls-12", Some(("web-tls", 12))),
            ("web-x7k2p", None),
            ("web-0", None),
            ("web-01", None),
            ("web-+1", None),
            ("web", None),
            ("web-99999999999999999999999", None),
        ];
        for (name, expected) in ROWS {
            assert_eq!(revision_of(name), *expected, "{name}");
        }
    }

    #[test]
    fn r33_velero_labels_are_cut_at_63() {
        assert_eq!(label_value("full-backup"), "full-backup");
        let long = "b".repeat(64);
        let value = label_value(&long);
        assert_eq!(value.len(), 63);
        assert_eq!(value[..57], long[..57]);
        assert_eq!(value[57..], hex_sha256(&long)[..6]);
    }
}
