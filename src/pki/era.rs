//! What differs between Go releases when they read keys, certificates and requests, as data.
//!
//! Reading asks an [`Era`] only where the input at hand is one on which Go releases disagree. An input that asks nothing
//! has one result for all of them; otherwise it is read once more for each combination of answers that occurs.

use std::cell::Cell;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thin_vec::ThinVec;

use super::go::{Go, GoVersion};

/// A change in Go's standard library that decides what is accepted, or with which words it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub(crate) enum Change {
    /// encoding/pem looks for the END line first (1.24.8, 1.25.2).
    PemEndFirst,
    /// encoding/pem goes on behind an END line that has no BEGIN line (1.24.10, 1.25.4).
    PemSkipsStrayEnd,
    /// Duplicate extensions are refused (1.19).
    UniqueExtensions,
    /// An attribute of a request may occur twice (not in 1.19.0 to 1.19.4).
    RepeatedAttributes,
    /// The refusal of a duplicate extension of a certificate names it (1.23).
    NamesDuplicate,
    /// net/url prints an absent host as absent (1.19).
    UrlOmitsHost,
    /// X25519 keys in PKCS#8 are known, and refused by cert-manager for their type (1.20).
    X25519Keys,
    /// The hours of a time zone are limited (1.23).
    ZoneHours,
    /// Object identifiers in certificates must be minimally encoded (1.21).
    MinimalIdentifiers,
    /// Policy identifiers may have any length (1.22).
    LongPolicies,
    /// Negative serial numbers are refused (go line 1.23).
    PositiveSerial,
    /// Key identifiers and authority information access must not be critical (1.23).
    CriticalIdentifiers,
    /// A leading dot in the host of a URI is refused (1.23).
    LeadingDot,
    /// Policy constraints, mappings and inhibitAnyPolicy are parsed, policies must be unique (1.24).
    PolicyExtensions,
    /// A BOOLEAN as attribute value of a request's subject must be DER (1.24).
    StrictBoolean,
    /// RSA keys are checked by the FIPS module: oddness, distance of the primes, size of d (1.24).
    RsaFips,
    /// Stored CRT values of RSA keys are believed only if right (go line 1.24).
    RsaCrtValues,
    /// d is compared with the CRT exponents (1.26).
    RsaExponents,
    /// A name constraint of a single dot is refused (1.24.8, 1.25.2).
    DotConstraint,
    /// An IP literal in a URI must be an IPv6 address (1.24.8, 1.25.2).
    IpLiterals,
    /// An IPv4-mapped address in brackets is accepted again (1.24.10, 1.25.4).
    MappedLiterals,
    /// Text before the bracket of an IP literal is refused, not dropped (1.25.8).
    LiteralAtStart,
    /// More than one colon in the host of an http URI is refused (go line 1.26).
    StrictColons,
    /// T61String is ISO 8859-1 and BMPString must be UCS-2 (1.25).
    Latin1,
    /// The path length must not be negative (1.25).
    PathLength,
    /// crypto/ecdsa reads raw keys: no zero scalar, other error texts (1.26).
    EcdsaRawKeys,
}

impl Change {
    /// All changes, in the order of their bits.
    const ALL: [Self; 26] = [
        Self::PemEndFirst,
        Self::PemSkipsStrayEnd,
        Self::UniqueExtensions,
        Self::RepeatedAttributes,
        Self::NamesDuplicate,
        Self::UrlOmitsHost,
        Self::X25519Keys,
        Self::ZoneHours,
        Self::MinimalIdentifiers,
        Self::LongPolicies,
        Self::PositiveSerial,
        Self::CriticalIdentifiers,
        Self::LeadingDot,
        Self::PolicyExtensions,
        Self::StrictBoolean,
        Self::RsaFips,
        Self::RsaCrtValues,
        Self::RsaExponents,
        Self::DotConstraint,
        Self::IpLiterals,
        Self::MappedLiterals,
        Self::LiteralAtStart,
        Self::StrictColons,
        Self::Latin1,
        Self::PathLength,
        Self::EcdsaRawKeys,
    ];

    const fn bit(self) -> u32 {
        1 << self as u8
    }

    fn is_in(self, go: Go) -> bool {
        let since = |minor| go.toolchain >= GoVersion::new(minor, 0);
        let line = |minor| since(minor) && go.line >= GoVersion::new(minor, 0);
        let patched = |patch_24, patch_25| match go.toolchain.minor {
            24 => go.toolchain.patch >= patch_24,
            25 => go.toolchain.patch >= patch_25,
            _ => since(26),
        };
        match self {
            Self::UniqueExtensions | Self::UrlOmitsHost => since(19),
            Self::RepeatedAttributes => go.toolchain.minor != 19 || go.toolchain.patch >= 5,
            Self::X25519Keys => since(20),
            Self::MinimalIdentifiers => since(21),
            Self::LongPolicies => since(22),
            Self::NamesDuplicate | Self::CriticalIdentifiers | Self::LeadingDot | Self::ZoneHours => since(23),
            Self::PositiveSerial => line(23),
            Self::PolicyExtensions | Self::StrictBoolean | Self::RsaFips => since(24),
            Self::RsaCrtValues => line(24),
            Self::PemEndFirst | Self::DotConstraint | Self::IpLiterals => patched(8, 2),
            Self::PemSkipsStrayEnd | Self::MappedLiterals => patched(10, 4),
            Self::LiteralAtStart => patched(u16::MAX, 8),
            Self::Latin1 | Self::PathLength => since(25),
            Self::RsaExponents | Self::EcdsaRawKeys => since(26),
            Self::StrictColons => line(26),
        }
    }
}

/// Toolchains on both sides of every change.
const TOOLCHAINS: [(u16, u16); 17] = [
    (17, 0),
    (19, 0),
    (19, 5),
    (20, 0),
    (21, 0),
    (22, 0),
    (23, 0),
    (24, 0),
    (24, 8),
    (24, 10),
    (25, 0),
    (25, 2),
    (25, 4),
    (25, 8),
    (26, 0),
    (26, 5),
    (27, 0),
];

/// Go lines on both sides of every change.
const LINES: [u16; 4] = [17, 23, 24, 26];

fn changes_in(go: Go) -> u32 {
    Change::ALL.iter().filter(|change| change.is_in(go)).fold(0, |bits, change| bits | change.bit())
}

/// One reading: the answers that it gets, and which questions it asked.
#[derive(Debug)]
pub(crate) struct Era {
    answers: u32,
    asked: Cell<u32>,
}

impl Era {
    fn new(answers: u32) -> Self {
        Self { answers, asked: Cell::new(0) }
    }

    /// Whether the Go of this reading has the change. Ask only where the answer makes a difference for the input.
    pub(crate) fn has(&self, change: Change) -> bool {
        self.asked.set(self.asked.get() | change.bit());
        self.answers & change.bit() != 0
    }
}

/// The results of reading one payload, for every Go.
#[derive(Clone, Debug)]
pub(crate) struct Reading<T> {
    first: T,
    /// Which questions `first` depends on and its answers; `others` likewise.
    asked: u32,
    answers: u32,
    others: ThinVec<(u32, u32, T)>,
}

impl<T> Reading<T> {
    /// Reads with `read`, as often as Go releases disagree on the input.
    pub(crate) fn of(mut read: impl FnMut(&Era) -> T) -> Self {
        let mut newest = Era::new(u32::MAX);
        let first = read(&newest);
        let asked = *newest.asked.get_mut();
        let mut reading = Self { first, asked, answers: asked, others: ThinVec::new() };
        if asked == 0 {
            return reading;
        }
        for (minor, patch) in TOOLCHAINS {
            for line in LINES.into_iter().filter(|&line| line <= minor) {
                let go = Go { toolchain: GoVersion::new(minor, patch), line: GoVersion::new(line, 0) };
                let answers = changes_in(go);
                if reading.position(answers).is_none() {
                    let mut era = Era::new(answers);
                    let value = read(&era);
                    let asked = *era.asked.get_mut();
                    reading.others.push((asked, answers & asked, value));
                }
            }
        }
        reading.others.shrink_to_fit();
        reading
    }

    /// The result for one Go.
    pub(crate) fn for_go(&self, go: Go) -> &T {
        if self.asked == 0 {
            return &self.first;
        }
        match self.position(changes_in(go)) {
            Some(at) if at > 0 => self.others.get(at - 1).map_or(&self.first, |(_, _, value)| value),
            _ => &self.first,
        }
    }

    /// The result for the Go of another reading, which then depends on the same questions.
    pub(crate) fn within(&self, other: &Era) -> &T {
        let at = self.position(other.answers).unwrap_or_default();
        let found = at.checked_sub(1).and_then(|at| self.others.get(at));
        let (asked, value) = found.map_or((self.asked, &self.first), |(asked, _, value)| (*asked, value));
        other.asked.set(other.asked.get() | asked);
        value
    }

    /// The result for the newest Go.
    pub(crate) const fn newest(&self) -> &T {
        &self.first
    }

    /// The results for all Go releases.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(self.others.iter().map(|(_, _, value)| value))
    }

    /// 0 for `first`, n + 1 for `others[n]`.
    fn position(&self, answers: u32) -> Option<usize> {
        if answers & self.asked == self.answers {
            return Some(0);
        }
        self.others.iter().position(|&(asked, wanted, _)| answers & asked == wanted).map(|at| at + 1)
    }
}

/// One result and the Go releases that come to it: those that have, of the changes `asked` for, just these.
#[derive(Deserialize, Serialize)]
struct Record<T> {
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    asked: Vec<Change>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    has: Vec<Change>,
    #[serde(flatten)]
    value: T,
}

impl<T: Serialize> Serialize for Reading<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = |bits: u32| Change::ALL.into_iter().filter(|change| bits & change.bit() != 0).collect();
        let record = |asked, answers, value| Record { asked: named(asked), has: named(answers), value };
        let first = std::iter::once(record(self.asked, self.answers, &self.first));
        serializer
            .collect_seq(first.chain(self.others.iter().map(|(asked, answers, value)| record(*asked, *answers, value))))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Reading<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = |changes: &[Change]| changes.iter().fold(0, |bits, change| bits | change.bit());
        let records = Vec::<Record<T>>::deserialize(deserializer)?;
        let mut read = records.into_iter().map(|record| (bits(&record.asked), bits(&record.has), record.value));
        let (asked, answers, first) = read.next().ok_or_else(|| serde::de::Error::custom("no reading at all"))?;
        Ok(Self { first, asked, answers, others: read.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_go_has_a_representative() {
        let known: Vec<u32> = TOOLCHAINS
            .iter()
            .flat_map(|&(minor, patch)| LINES.into_iter().filter(move |&l| l <= minor).map(move |l| (minor, patch, l)))
            .map(|(minor, patch, line)| {
                changes_in(Go { toolchain: GoVersion::new(minor, patch), line: GoVersion::new(line, 0) })
            })
            .collect();
        for minor in 17..28 {
            for patch in 0..20 {
                for line in 16..=minor {
                    let go = Go { toolchain: GoVersion::new(minor, patch), line: GoVersion::new(line, 3) };
                    assert!(known.contains(&changes_in(go)), "{go:?}");
                }
            }
        }
    }

    #[test]
    fn a_reading_that_asks_nothing_is_made_once() {
        let mut times = 0;
        let reading = Reading::of(|_| times += 1);
        assert_eq!(reading.all().count(), 1);
        assert_eq!(times, 1);
    }

    #[test]
    fn a_reading_within_another_is_as_if_it_were_made_there() {
        let read = |era: &Era| match era.has(Change::UniqueExtensions) {
            true => 1,
            false if era.has(Change::UrlOmitsHost) => 2,
            false => 3,
        };
        let (inner, direct) = (Reading::of(read), Reading::of(|era| (era.has(Change::Latin1), read(era))));
        let outer = Reading::of(|era| (era.has(Change::Latin1), *inner.within(era)));
        assert_eq!((outer.first, outer.asked, outer.answers), (direct.first, direct.asked, direct.answers));
        assert_eq!(outer.others, direct.others);
    }

    #[test]
    fn a_reading_is_made_once_for_each_outcome() {
        let reading = Reading::of(|era| match era.has(Change::UniqueExtensions) {
            true => 1,
            false if era.has(Change::UrlOmitsHost) => 2,
            false => 3,
        });
        let go = |minor| Go { toolchain: GoVersion::new(minor, 0), line: GoVersion::new(minor, 0) };
        assert_eq!(reading.all().count(), 2);
        assert_eq!((*reading.for_go(go(18)), *reading.for_go(go(19)), *reading.for_go(go(26))), (3, 1, 1));
    }
}
