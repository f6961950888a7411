//! Certificate signing requests.

use super::build::{alt_name, pem, rdn, request, tlv};
use super::*;

fn named(string: u8, value: &[u8]) -> Vec<u8> {
    request(&tlv(0x30, &[&rdn(3, string, value)]), &[])
}

fn san(tag: u8, value: &[u8]) -> Vec<u8> {
    request(&[0x30, 0], &[&[alt_name(tag, value)]])
}

#[test]
fn what_each_go_makes_of_a_request() {
    let twice: &[Vec<u8>] = &[alt_name(0x82, b"a"), alt_name(0x82, b"b")];
    let broken = |extension: &[u8]| request(&[0x30, 0], &[&[extension.to_vec()]]);
    let rows: [(&str, Vec<u8>, &str); 20] = [
        ("empty subject", request(&[0x30, 0], &[]), "aaaaaaaa"),
        ("subject that is no SEQUENCE", request(&[5, 0], &[]), "rrrrrrrr"),
        ("one SAN", san(0x82, b"a"), "aaaaaaaa"),
        ("two SANs in one list", request(&[0x30, 0], &[twice]), "arrrrrrr"),
        ("two SANs in two lists", request(&[0x30, 0], &[&twice[..1], &twice[1..]]), "arrrrrrr"),
        ("IA5String that is not ASCII", named(0x16, b"\xff"), "rrrrrrrr"),
        ("PrintableString with an underscore", named(0x13, b"_"), "rrrrrrrr"),
        ("UTF8String that is not", named(0x0c, b"\xff"), "rrrrrrrr"),
        ("T61String", named(0x14, b"\xfc"), "aaaaaaaa"),
        ("odd BMPString", named(0x1e, b"abc"), "rrrrrrrr"),
        ("GeneralString", named(0x1b, b"a"), "aaaaaaaa"),
        ("BOOLEAN of 1", named(0x01, &[1]), "aaarrrrr"),
        ("INTEGER of nine octets", named(0x02, &[1; 9]), "rrrrrrrr"),
        ("NULL", named(0x05, b""), "aaaaaaaa"),
        ("malformed SAN", broken(&super::build::extension(17, false, b"x")), "rrrrrrrr"),
        ("malformed extension", broken(&[0x30, 2, 5, 0]), "rrrrrrrr"),
        ("IP of five octets", san(0x87, b"12345"), "rrrrrrrr"),
        ("URI, two colons", san(0x86, b"https://x:80:90/"), "aaaaaaar"),
        ("trailing octet", pem("X", &[der_of("p256.csr"), vec![0]].concat()), "rrrrrrrr"),
        ("any label, and more behind", [pem("X", &der_of("p256.csr")), pem("Y", &[])].concat(), "aaaaaaaa"),
    ];
    for (what, pem, expected) in rows {
        let material = RequestMaterial::read(&pem);
        assert_eq!(verdicts(|decoder| material.decode(decoder).map(drop)), expected, "{what}");
    }
}

/// String type, contents, and the common name in the oldest and the newest Go.
const TEXTS: [(u8, &[u8], &str, &str); 6] = [
    (0x0c, "Z\u{fc}rich".as_bytes(), "Z\u{fc}rich", "Z\u{fc}rich"),
    (0x14, b"abc", "abc", "abc"),
    (0x14, b"\xfc", "\u{fffd}", "\u{fc}"),
    (0x14, b"\xc3\xbc", "\u{fc}", "\u{c3}\u{bc}"),
    (0x1e, b"\0a\0b\0\0", "ab", "ab"),
    (0x05, b"", "", ""),
];

#[test]
fn subjects_are_read_by_their_string_types() {
    for (string, value, oldest, latest) in TEXTS {
        let material = RequestMaterial::read(&named(string, value));
        for (decoder, text) in [(decoder(GO[0]), oldest), (newest(), latest)] {
            let request = material.decode(&decoder).unwrap();
            assert_eq!(&*request.subject.common_name, text);
            let typed = (string != 5).then_some(text);
            assert_eq!(request.rdn_sequence[0][0].0.as_ref(), "2.5.4.3");
            assert_eq!(request.rdn_sequence[0][0].1.as_deref(), typed);
        }
    }
}

#[test]
fn the_first_go_1_19_refuses_an_attribute_that_occurs_twice() {
    let usage = super::build::extension(15, true, &[3, 2, 5, 0xa0]);
    let material = RequestMaterial::read(&request(&[0x30, 0], &[&[alt_name(0x82, b"a")], &[usage]]));
    for (toolchain, accepted) in [((18, 8), true), ((19, 0), false), ((19, 4), false), ((19, 5), true), ((20, 0), true)]
    {
        let found = material.decode(&decoder(go(toolchain, (17, 0))));
        assert_eq!(found.is_ok(), accepted, "{toolchain:?}");
        let refusal = found.err().map_or_else(String::new, |error| error.0);
        assert!(accepted || refusal == "x509: certificate request contains duplicate extensions", "{refusal}");
    }
}

#[test]
fn the_last_alt_names_win_but_the_first_other_names() {
    let other = tlv(0x30, &[&tlv(0xa0, &[&[6, 2, 0x2a, 3], &tlv(0xa0, &[&tlv(0x0c, &[b"x"])])])]);
    let first = super::build::extension(17, false, &other);
    let material = RequestMaterial::read(&request(&[0x30, 0], &[&[first, alt_name(0x82, b"b")]]));
    let request = material.decode(&decoder(GO[0])).unwrap();
    assert_eq!(request.names.dns, [Box::from("b")]);
    assert_eq!(request.other_names, OtherNames::Values(vec![("1.2.3".into(), "x".into())]));
    assert_eq!(
        material.decode(&newest()).unwrap_err().0,
        "x509: certificate request contains duplicate requested extensions"
    );
}

#[test]
fn other_names_are_read_as_cert_manager_reads_them() {
    let other = |value: &[u8]| [&[6, 2, 0x2a, 3], value].concat();
    let directory = tlv(0x30, &[&rdn(3, 0x0c, b"a")]);
    let rows: [(&str, Vec<u8>, Option<usize>); 12] = [
        ("UTF8String", san(0xa0, &other(&[0xa0, 3, 0x0c, 1, b'x'])), Some(1)),
        ("empty UTF8String", san(0xa0, &other(&[0xa0, 2, 0x0c, 0])), None),
        ("invalid UTF-8", san(0xa0, &other(&[0xa0, 3, 0x0c, 1, 0xff])), None),
        ("IA5String", san(0xa0, &other(&[0xa0, 3, 0x16, 1, b'x'])), None),
        ("no value", san(0xa0, &other(&[])), None),
        ("implicit value", san(0xa0, &other(&[0x80, 1, b'x'])), None),
        ("dNSName", san(0x82, b"a"), Some(0)),
        ("directoryName", san(0xa4, &directory), None),
        ("registeredID", san(0x88, &[0x2a, 3]), Some(0)),
        ("malformed registeredID", san(0x88, &[0x80]), None),
        ("ediPartyName", san(0xa5, &[0x81, 1, b'x']), Some(0)),
        ("tag 9", san(0x89, b"x"), None),
    ];
    for (what, pem, expected) in rows {
        let material = RequestMaterial::read(&pem);
        let found = match &material.decode(&newest()).unwrap().other_names {
            OtherNames::Values(values) => Some(values.len()),
            OtherNames::Malformed(_) => None,
            OtherNames::NoExtension => panic!("{what}"),
        };
        assert_eq!(found, expected, "{what}");
    }
    let none = RequestMaterial::read(&request(&[0x30, 0], &[]));
    assert_eq!(none.decode(&newest()).unwrap().other_names, OtherNames::NoExtension);
}

#[test]
fn the_requests_of_openssl_are_read() {
    let material = RequestMaterial::read(&fixture("p256.csr"));
    let request = material.decode(&newest()).unwrap();
    assert_eq!(request.names.dns, [Box::from("a.example.com"), Box::from("b.example.com")]);
    assert_eq!(
        request.other_names,
        OtherNames::Values(vec![("1.3.6.1.4.1.311.20.2.3".into(), "user@example.com".into())])
    );
    let material = RequestMaterial::read(&fixture("rsa2048.csr"));
    let request = material.decode(&newest()).unwrap();
    assert_eq!(request.rdn_sequence[1][0].0.as_ref(), "0.9.2342.19200300.100.1.25");
    assert_eq!(request.raw_subject[0], 0x30);
}
