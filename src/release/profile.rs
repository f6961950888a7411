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

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    /// A parameter, how it is shown, and from which releases on it has which value; a new minor release may fall back.
    type Parameter = (&'static str, fn(&Release) -> String, &'static [((u16, u16), &'static str)]);

    /// Rules 0.1 and 11, one parameter a row.
    const PARAMETERS: [Parameter; 26] = [
        ("chain", |r| format!("{:?}", r.chain), &[((8, 0), "A"), ((13, 0), "B"), ((13, 2), "C")]),
        (
            "literalSubject",
            |r| format!("{:?}", r.literal_subject),
            &[((8, 0), "None"), ((9, 0), "Exclusive"), ((12, 0), "Decoded"), ((15, 0), "Der")],
        ),
        (
            "DN parser",
            |r| format!("{:?}", r.dn_parser),
            &[((8, 0), "AnyEquals"), ((13, 0), "FirstEquals"), ((15, 0), "Split")],
        ),
        (
            "DN types",
            |r| format!("{:?}", r.dn_types),
            &[((8, 0), "Base"), ((11, 0), "WithDcUid"), ((15, 0), "WithOids")],
        ),
        (
            "`=#` refused",
            |r| r.refuses_hash_values.to_string(),
            &[
                ((8, 0), "false"),
                ((12, 8), "true"),
                ((13, 0), "false"),
                ((13, 4), "true"),
                ((14, 0), "false"),
                ((14, 3), "true"),
                ((15, 0), "false"),
            ],
        ),
        ("IP by value", |r| r.ips_by_value.to_string(), &[((8, 0), "false"), ((12, 4), "true")]),
        ("otherNames", |r| r.compares_other_names.to_string(), &[((8, 0), "false"), ((14, 0), "true")]),
        (
            "issuerRef defaults",
            |r| r.defaults_issuer_ref.to_string(),
            &[((8, 0), "false"), ((18, 3), "true"), ((19, 0), "false"), ((19, 1), "true")],
        ),
        ("label of provinces", |r| r.labels_provinces.to_string(), &[((8, 0), "false"), ((20, 0), "true")]),
        ("SANs first", |r| r.sans_first.to_string(), &[((8, 0), "false"), ((12, 0), "true")]),
        ("fuzzy needs it", |r| r.fuzzy_needs_certificate.to_string(), &[((8, 0), "false"), ((16, 0), "true")]),
        ("algorithm panics", |r| r.unknown_algorithm_panics.to_string(), &[((8, 0), "false"), ((16, 0), "true")]),
        (
            "renewal",
            |r| format!("{:?}", r.renewal),
            &[
                ((8, 0), "NoPercentage"),
                ((16, 0), "InvertedPercentage"),
                ((16, 3), "IntegerPercentage"),
                ((21, 0), "FloatPercentage"),
            ],
        ),
        (
            "renewal policies",
            |r| format!("{:?}", r.renewal_policies),
            &[((8, 0), "None"), ((21, 0), "DisabledPanics"), ((21, 1), "Supported")],
        ),
        ("ARI", |r| r.knows_ari.to_string(), &[((8, 0), "false"), ((21, 0), "true")]),
        ("years of windows", |r| r.window_search_years.to_string(), &[((8, 0), "5"), ((21, 2), "9")]),
        (
            "shared Secrets",
            |r| format!("{:?}", r.secret_ownership),
            &[((8, 0), "None"), ((13, 2), "Arbitrary"), ((13, 4), "Defined")],
        ),
        ("filtered cache", |r| r.filtered_secret_cache.to_string(), &[((8, 0), "false"), ((13, 0), "true")]),
        ("request names", |r| r.stable_request_names.to_string(), &[((8, 0), "false"), ((13, 0), "true")]),
        (
            "back-off",
            |r| format!("{:?}", r.backoff),
            &[((8, 0), "Fixed"), ((20, 0), "MinimumFlag"), ((21, 0), "MinimumAndMaximumFlags")],
        ),
        ("deletion", |r| r.skips_deleting.to_string(), &[((8, 0), "false"), ((18, 0), "true")]),
        ("rotation", |r| r.rotates_by_default.to_string(), &[((8, 0), "false"), ((18, 0), "true")]),
        (
            "gate of rotation",
            |r| r.rotation_gate.to_string(),
            &[((8, 0), "false"), ((18, 0), "true"), ((20, 0), "false")],
        ),
        ("history", |r| format!("{:?}", r.history_limit), &[((8, 0), "None"), ((18, 0), "Some(1)")]),
        (
            "PEM limits",
            |r| {
                let limits = r.decoder.limits;
                let [key, request, certificate] = [limits.key, limits.request, limits.certificate]
                    .map(|limit| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string()));
                format!("{key} {request} {certificate}")
            },
            &[
                ((8, 0), "none none none"),
                ((12, 14), "13000 6500 65000"),
                ((13, 0), "none none none"),
                ((15, 4), "13000 6500 65000"),
                ((16, 0), "none none none"),
                ((16, 2), "13000 6500 65000"),
                ((17, 0), "13000 6500 330000"),
                ((18, 3), "13000 36500 330000"),
            ],
        ),
        ("PEM errors", |r| format!("{:?}", r.decoder.errors), &[((8, 0), "Bare"), ((18, 3), "Wrapped")]),
    ];

    #[test]
    fn every_parameter_changes_where_the_rules_say() {
        for (name, shown, changes) in PARAMETERS {
            for release in all() {
                let at = (release.version.minor, release.version.patch);
                let want = changes.iter().rfind(|(since, _)| *since <= at).map(|(_, value)| *value);
                assert_eq!(Some(&*shown(&release)), want, "{name} in {}", release.version);
            }
        }
    }
}
