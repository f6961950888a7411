//! Comparison of lists without regard to order (cert-manager `pkg/util/util.go`, `EqualUnsorted`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::pki::GoVersion;
use crate::release::Release;

/// Same length and same elements with multiplicity.
pub(super) fn equal<T: Ord>(mut a: Vec<T>, mut b: Vec<T>) -> bool {
    a.sort_unstable();
    b.sort_unstable();
    a == b
}

/// [`equal`] for lists of texts.
pub(crate) fn texts_equal<T: Ord>(a: &[T], b: &[T]) -> bool {
    a == b || equal(a.iter().collect(), b.iter().collect())
}

/// Addresses of a certificate or request against the texts of a spec: by value, or up to 1.12.3 by text (rules 2.1).
pub(super) fn addresses_equal(actual: &[Box<[u8]>], spec: &[Box<str>], release: &Release) -> bool {
    if release.ips_by_value {
        let long_groups = release.decoder.go.toolchain < GoVersion::new(23, 0);
        let spec = spec.iter().map(|text| parse(text, long_groups).map(sixteen_bytes));
        return equal(actual.iter().map(|bytes| address(bytes).map(sixteen_bytes)).collect(), spec.collect());
    }
    equal(actual.iter().map(|bytes| address_text(bytes)).collect(), spec.iter().map(ToString::to_string).collect())
}

/// Go's `net.ParseIP`; before Go 1.23 it takes more than four digits in a group of an IPv6 address, if the first are zeros.
fn parse(text: &str, long_groups: bool) -> Option<IpAddr> {
    if !long_groups || !text.contains(':') {
        return text.parse().ok();
    }
    let short = |group: &str| match group.len() {
        0..=4 => group.to_owned(),
        _ if group.contains('.') => group.to_owned(),
        _ => format!("{:0>1}", group.trim_start_matches('0')),
    };
    text.split(':').map(short).collect::<Vec<_>>().join(":").parse().ok()
}

fn sixteen_bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match <[u8; 4]>::try_from(bytes) {
        Ok(four) => Some(IpAddr::V4(Ipv4Addr::from(four))),
        Err(_) => <[u8; 16]>::try_from(bytes).ok().map(|sixteen| IpAddr::V6(Ipv6Addr::from(sixteen))),
    }
}

/// Go's `net.IP.String`: a v4-mapped address is printed as IPv4.
pub(super) fn address_text(bytes: &[u8]) -> String {
    match address(bytes) {
        Some(IpAddr::V6(v6)) => v6.to_ipv4_mapped().map_or_else(|| v6.to_string(), |v4| v4.to_string()),
        Some(IpAddr::V4(v4)) => v4.to_string(),
        None => "<nil>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{Version, find};

    /// Address in the certificate, text of the spec, equal by text (≤ 1.12.3), equal by value.
    const ADDRESSES: [(&[u8], &str, bool, bool); 9] = [
        (&[10, 0, 0, 1], "10.0.0.1", true, true),
        (&[10, 0, 0, 1], "::ffff:10.0.0.1", false, true),
        (&[10, 0, 0, 1], "10.0.0.2", false, false),
        (&[10, 0, 0, 1], "010.0.0.1", false, false),
        (&[10, 0, 0, 1], "host", false, false),
        (&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8::1", true, true),
        (&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:0DB8::1", false, true),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1], "10.0.0.1", true, true),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], "::102:304", true, true),
    ];

    #[test]
    fn addresses_are_compared_by_text_and_later_by_value() {
        let by_text = find(Version::v1(12, 3)).unwrap().release;
        let by_value = find(Version::v1(12, 4)).unwrap().release;
        for (bytes, text, text_equal, value_equal) in ADDRESSES {
            let (bytes, text): (Vec<Box<[u8]>>, Vec<Box<str>>) = (vec![bytes.into()], vec![text.into()]);
            assert_eq!(addresses_equal(&bytes, &text, &by_text), text_equal, "{text:?} by text");
            assert_eq!(addresses_equal(&bytes, &text, &by_value), value_equal, "{text:?} by value");
        }
    }

    #[test]
    fn groups_may_be_long_before_go_1_23() {
        let bytes: Vec<Box<[u8]>> = vec![[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1].into()];
        for (text, old) in [("2001:db8::00001", true), ("2001:db8::12345", false), ("2001:db8:00000::1", true)] {
            let equal = |version| addresses_equal(&bytes, &[text.into()], &find(version).unwrap().release);
            assert_eq!(equal(Version::v1(15, 5)), old, "{text}");
            assert!(!equal(Version::v1(16, 5)), "{text}");
        }
    }

    #[test]
    fn go_1_23_is_the_first_to_refuse_long_groups_and_no_go_takes_them_in_dotted_ones() {
        let bytes: Vec<Box<[u8]>> = vec![[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1].into()];
        let mut release = find(Version::v1(15, 5)).unwrap().release;
        for (go, text, want) in [
            ((22, 12), "::00ffff:10.0.0.1", true),
            ((23, 0), "::00ffff:10.0.0.1", false),
            ((22, 12), "::ffff:010.0.0.1", false),
            ((23, 0), "::ffff:10.0.0.1", true),
        ] {
            release.decoder.go.toolchain = GoVersion::new(go.0, go.1);
            assert_eq!(addresses_equal(&bytes, &[text.into()], &release), want, "{text} {go:?}");
        }
    }

    #[test]
    fn multiplicity_counts_and_order_does_not() {
        assert!(equal(vec![1, 2, 1], vec![1, 1, 2]));
        assert!(!equal(vec![1, 2, 2], vec![1, 1, 2]));
        assert!(!equal(vec![1], vec![1, 1]));
        assert!(equal::<u8>(vec![], vec![]));
    }

    #[test]
    fn long_groups_are_addresses_up_to_go_1_22() {
        let bytes: Box<[u8]> = Box::from([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12]);
        for (text, old) in [
            ("2001:db8::00012", true),
            ("2001:00db8:0:0:0:0:0:000000012", true),
            ("2001:db8::10012", false),
            ("2001:db8::0000g", false),
            ("2001:db8:::00012", false),
        ] {
            for (version, equal) in [("v1.13.6", old), ("v1.15.5", old), ("v1.16.5", false), ("v1.21.2", false)] {
                let release = find(Version::parse(version).unwrap()).unwrap().release;
                let spec = [Box::from(text)];
                assert_eq!(addresses_equal(std::slice::from_ref(&bytes), &spec, &release), equal, "{text} {version}");
            }
        }
    }
}
