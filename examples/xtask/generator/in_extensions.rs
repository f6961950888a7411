//! Mutations of extensions in certificates and requests.

use super::der::{oid, sequence, tlv};
use super::mutation::Bench;
use super::pki::{Extension, Names, extension_request};

/// Extensions that are there twice, malformed or unknown.
pub(crate) fn extensions(b: &mut Bench) {
    let extension = match b.random.below(16) {
        0 => Extension::new(
            "2.5.29.17",
            false,
            Names { dns: vec!["other.example.com".into()], ..Names::default() }.general_names(),
        ),
        1 => Extension::new("2.5.29.17", true, vec![0x30, 0]),
        2 => Extension::new(
            "2.5.29.17",
            false,
            b.random.pick(&[&[][..], &[5, 0], &[0x30, 3, 0x82, 5, 0x61], &[0x31, 0], &[0x30, 0, 0]]).to_vec(),
        ),
        3 => Extension::new(
            "2.5.29.15",
            true,
            b.random
                .pick(&[&[3u8, 2, 5, 0xa0][..], &[], &[3, 1, 0], &[3, 2, 9, 0], &[4, 1, 0], &[3, 2, 5, 0xa1]])
                .to_vec(),
        ),
        4 => Extension::new(
            "2.5.29.19",
            true,
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 3, 1, 1, 0xff],
                    &[0x30, 3, 1, 1, 1],
                    &[0x30, 6, 1, 1, 0xff, 2, 1, 0],
                    &[0x30, 3, 2, 1, 5],
                    &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff],
                    &[5, 0],
                    &[0x30, 3, 1, 1, 0],
                ])
                .to_vec(),
        ),
        5 => Extension::new(
            "2.5.29.37",
            false,
            b.random
                .pick(&[&[0x30, 0][..], &[0x30, 4, 6, 2, 0x2a, 3], &[0x30, 2, 6, 0], &[0x30, 2, 5, 0], &[0x31, 0]])
                .to_vec(),
        ),
        6 => Extension::new("2.5.29.14", false, b.random.pick(&[&[4, 2, 1, 2][..], &[], &[4, 0], &[5, 0]]).to_vec()),
        7 => Extension::new(
            "2.5.29.35",
            false,
            b.random.pick(&[&[0x30, 4, 0x80, 2, 1, 2][..], &[0x30, 0], &[], &[5, 0], &[0x30, 3, 0x82, 1, 1]]).to_vec(),
        ),
        8 => Extension::new(
            "2.5.29.31",
            false,
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 9, 0x30, 7, 0xa0, 5, 0xa0, 3, 0x86, 1, 0x61],
                    &[5, 0],
                    &[0x30, 2, 0x30, 0],
                    &[0x30, 4, 0x30, 2, 0xa0, 0],
                ])
                .to_vec(),
        ),
        9 => Extension::new(
            "2.5.29.32",
            false,
            b.random.pick(&[&[0x30, 0][..], &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3], &[0x30, 2, 0x30, 0], &[5, 0]]).to_vec(),
        ),
        10 => Extension::new(
            "1.3.6.1.5.5.7.1.1",
            false,
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 9, 0x30, 7, 6, 2, 0x2a, 3, 0x86, 1, 0x61],
                    &[5, 0],
                    &[0x30, 2, 0x30, 0],
                    &[0x30, 2, 5, 0],
                ])
                .to_vec(),
        ),
        11 => Extension::new(
            "2.5.29.30",
            b.random.one_in(2),
            b.random
                .pick(&[
                    &[0x30, 0][..],
                    &[0x30, 7, 0xa0, 5, 0x30, 3, 0x82, 1, 0x61],
                    &[0x30, 8, 0xa1, 6, 0x30, 4, 0x82, 2, 0x2e, 0x2e],
                    &[0x30, 12, 0xa0, 10, 0x30, 8, 0x87, 6, 1, 2, 3, 4, 5, 6],
                    &[0x30, 2, 0xa0, 0],
                    &[5, 0],
                    &[0x30, 14, 0xa0, 12, 0x30, 10, 0x87, 8, 10, 0, 0, 0, 0xff, 0, 0xff, 0],
                    &[0x30, 7, 0xa0, 5, 0x30, 3, 0x81, 1, 0x40],
                    &[0x30, 7, 0xa0, 5, 0x30, 3, 0x86, 1, 0x31],
                ])
                .to_vec(),
        ),
        12 => Extension::new(
            "2.5.29.36",
            true,
            b.random.pick(&[&[0x30, 0][..], &[0x30, 3, 0x80, 1, 1], &[5, 0], &[0x30, 3, 0x81, 1, 0xff]]).to_vec(),
        ),
        13 => Extension::new("2.5.29.54", true, b.random.pick(&[&[2, 1, 1][..], &[2, 1, 0xff], &[5, 0]]).to_vec()),
        14 => Extension::new(
            "2.5.29.33",
            true,
            b.random.pick(&[&[0x30, 0][..], &[0x30, 10, 0x30, 8, 6, 2, 0x2a, 3, 6, 2, 0x2a, 4], &[5, 0]]).to_vec(),
        ),
        _ => Extension::new("1.2.3.4.5", true, vec![1, 2, 3]),
    };
    if b.random.one_in(2) {
        b.case.x509.extensions.push(extension.clone());
    }
    if b.random.one_in(2) {
        b.case.csr.extensions.push(extension.clone());
    }
    if b.random.one_in(4) {
        let repeated = extension.clone();
        b.case.x509.extensions.insert(0, repeated.clone());
        b.case.csr.extensions.push(repeated);
    }
    if b.random.one_in(5) {
        let list = sequence(&[&oid(&extension.oid), &tlv(4, &[&extension.value])]);
        b.case.csr.attributes.push(match b.random.below(4) {
            0 => sequence(&[&oid("1.2.840.113549.1.9.7"), &tlv(0x31, &[&tlv(0x13, &[b"secret"])])]),
            1 => extension_request(&[]),
            2 => sequence(&[&oid("1.2.840.113549.1.9.14"), &tlv(0x31, &[])]),
            _ => extension_request(&list),
        });
    }
}
