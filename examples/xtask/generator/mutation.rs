//! All mutations by name and stage: a table of contents.

use super::case::Case;
use super::keys::Key;
use super::random::Random;
use super::{in_extensions, in_keys, in_names, in_objects, in_pem, in_renewal, in_request, in_status, in_subject};

/// When a mutation works on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// On names, subjects, keys and times, before anything is encoded.
    Facts,
    /// On DER.
    Der,
    /// On PEM.
    Pem,
    /// On the objects.
    Objects,
}

/// What a mutation gets.
pub(crate) struct Bench<'a> {
    pub(crate) case: &'a mut Case,
    pub(crate) random: &'a mut Random,
    pub(crate) pool: &'a [Key],
}

/// A mutation.
#[derive(Clone, Copy)]
pub(crate) struct Mutation {
    pub(crate) kind: &'static str,
    pub(crate) stage: Stage,
    pub(crate) apply: fn(&mut Bench),
}

const fn row(kind: &'static str, stage: Stage, apply: fn(&mut Bench)) -> Mutation {
    Mutation { kind, stage, apply }
}

/// Every mutation.
pub(crate) const ALL: &[Mutation] = &[
    row("names", Stage::Facts, in_names::move_name),
    row("dns", Stage::Facts, in_names::dns),
    row("common-name", Stage::Facts, in_subject::common_name),
    row("ips", Stage::Facts, in_names::ips),
    row("uris", Stage::Facts, in_names::uris),
    row("emails", Stage::Facts, in_names::emails),
    row("other-names", Stage::Facts, in_names::other_names),
    row("general-names", Stage::Facts, in_names::general_names),
    row("subject", Stage::Facts, in_subject::subject),
    row("literal", Stage::Facts, in_subject::literal),
    row("string-types", Stage::Facts, in_subject::string_types),
    row("extensions", Stage::Facts, in_extensions::extensions),
    row("certificate-fields", Stage::Facts, in_keys::certificate_fields),
    row("key-swap", Stage::Facts, in_keys::swap),
    row("key-unknown", Stage::Facts, in_keys::unknown),
    row("key-wrapping", Stage::Der, in_keys::wrapping),
    row("key-der", Stage::Der, in_keys::key_der),
    row("rsa-numbers", Stage::Der, in_keys::rsa_numbers),
    row("crt-der", Stage::Der, in_keys::crt_der),
    row("csr-der", Stage::Der, in_keys::csr_der),
    row("key-spec", Stage::Objects, in_keys::spec),
    row("key-pem", Stage::Pem, in_pem::key),
    row("crt-pem", Stage::Pem, in_pem::certificate),
    row("csr-pem", Stage::Pem, in_pem::request),
    row("chain", Stage::Pem, in_pem::chain),
    row("limits", Stage::Pem, in_pem::limits),
    row("request-fields", Stage::Objects, in_request::fields),
    row("issuer-ref", Stage::Objects, in_request::issuer_ref),
    row("request-owner", Stage::Objects, in_request::owner),
    row("revision", Stage::Objects, in_request::revision),
    row("duplicates", Stage::Objects, in_request::duplicates),
    row("next-request", Stage::Objects, in_request::next),
    row("annotations", Stage::Objects, in_objects::annotations),
    row("missing-data", Stage::Objects, in_objects::missing_data),
    row("no-secret", Stage::Objects, in_objects::no_secret),
    row("fao", Stage::Objects, in_objects::fao),
    row("shared-secret", Stage::Objects, in_objects::shared_secret),
    row("deleting", Stage::Objects, in_status::deleting),
    row("issuing", Stage::Objects, in_status::issuing),
    row("back-off", Stage::Objects, in_status::back_off),
    row("status", Stage::Objects, in_status::status),
    row("ari", Stage::Objects, in_status::ari),
    row("renewal", Stage::Facts, in_renewal::instant),
    row("lifetimes", Stage::Facts, in_renewal::lifetimes),
    row("windows", Stage::Facts, in_renewal::windows),
];
