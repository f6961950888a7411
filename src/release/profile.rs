//! What each release does differently, as ranges of versions (rules 0.1 and 11).

use super::table::Row;
use super::{
    Backoff, ChainEra, DnParser, DnTypes, LiteralSubject, Release, RenewalFormula, RenewalPolicies, SecretOwnership,
    Version,
};
use crate::pki::{Decoder, PemErrors, PemLimits};

/// The parameters of one row of the table.
pub(super) fn release(row: &Row) -> Release {
    let (minor, patch) = (row.minor, row.patch);
    let at = (minor, patch);
    Release {
        version: Version::v1(minor, patch),
        go_assumed: false,
        decoder: Decoder { go: row.go, limits: pem_limits(at), errors: pem_errors(at) },
        chain: match at {
            (..=12, _) => ChainEra::A,
            (13, 0..=1) => ChainEra::B,
            _ => ChainEra::C,
        },
        literal_subject: match minor {
            ..=8 => LiteralSubject::None,
            9..=11 => LiteralSubject::Exclusive,
            12..=14 => LiteralSubject::Decoded,
            _ => LiteralSubject::Der,
        },
        dn_parser: match minor {
            ..=12 => DnParser::AnyEquals,
            13..=14 => DnParser::FirstEquals,
            _ => DnParser::Split,
        },
        dn_types: match minor {
            ..=10 => DnTypes::Base,
            11..=14 => DnTypes::WithDcUid,
            _ => DnTypes::WithOids,
        },
        refuses_hash_values: matches!(at, (12, 8..) | (13, 4..) | (14, 3..)),
        ips_by_value: at >= (12, 4),
        compares_other_names: minor >= 14,
        defaults_issuer_ref: matches!(at, (18, 3..) | (19, 1..) | (20.., _)),
        labels_provinces: minor >= 20,
        sans_first: minor >= 12,
        fuzzy_needs_certificate: minor >= 16,
        unknown_algorithm_panics: minor >= 16,
        renewal: match at {
            (..=15, _) => RenewalFormula::NoPercentage,
            (16, 0..=2) => RenewalFormula::InvertedPercentage,
            (..=20, _) => RenewalFormula::IntegerPercentage,
            _ => RenewalFormula::FloatPercentage,
        },
        renewal_policies: match at {
            (..=20, _) => RenewalPolicies::None,
            (21, 0) => RenewalPolicies::DisabledPanics,
            _ => RenewalPolicies::Supported,
        },
        knows_ari: minor >= 21,
        window_search_years: if at >= (21, 2) { 9 } else { 5 },
        secret_ownership: match at {
            (..=12, _) | (13, 0..=1) => SecretOwnership::None,
            (13, 2..=3) => SecretOwnership::Arbitrary,
            _ => SecretOwnership::Defined,
        },
        filtered_secret_cache: minor >= 13,
        stable_request_names: minor >= 13,
        backoff: match minor {
            ..=19 => Backoff::Fixed,
            20 => Backoff::MinimumFlag,
            _ => Backoff::MinimumAndMaximumFlags,
        },
        skips_deleting: minor >= 18,
        rotates_by_default: minor >= 18,
        rotation_gate: matches!(minor, 18..=19),
        history_limit: (minor >= 18).then_some(1),
    }
}

/// Rules 2.6.
const fn pem_limits(at: (u16, u16)) -> PemLimits {
    let (request, certificate) = match at {
        (12, 14..) | (15, 4..) | (16, 2..) => (6_500, 65_000),
        (17, _) | (18, 0..=2) => (6_500, 330_000),
        (18.., _) => (36_500, 330_000),
        _ => return PemLimits { key: None, request: None, certificate: None },
    };
    PemLimits { key: Some(13_000), request: Some(request), certificate: Some(certificate) }
}

/// Rules 2.5, 2.6.
const fn pem_errors(at: (u16, u16)) -> PemErrors {
    match at {
        (..=17, _) | (18, 0..=2) => PemErrors::Bare,
        _ => PemErrors::Wrapped,
    }
}
