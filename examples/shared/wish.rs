//! What a Certificate asks for, as far as it ends up in the key and in the signed certificate.

/// The fields of a Certificate that end up in the signed certificate.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) common_name: &'static str,
    pub(crate) organizations: &'static [&'static str],
    /// `spec.literalSubject` with the relative names from the least specific one, as they stand in the DER.
    pub(crate) literal_subject: &'static [(&'static str, &'static str)],
    pub(crate) dns_names: &'static [&'static str],
    pub(crate) ip_addresses: &'static [&'static str],
    pub(crate) uris: &'static [&'static str],
    pub(crate) emails: &'static [&'static str],
    pub(crate) usages: &'static [&'static str],
    pub(crate) is_ca: bool,
    pub(crate) duration_hours: Option<i64>,
}

/// Key algorithms that the generators use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// Nothing in the spec: RSA 2048.
    Default,
    /// RSA with a size in the spec; only 2048 can really be made.
    Rsa(i64),
    P256,
    P384,
    Ed25519,
}
