//! Certificate signing requests.

use super::build::{alt_name, pem, rdn, request, tlv};
use super::*;
use insta::assert_snapshot;

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
    let rows: [(&str, Vec<u8>, &str); 30] = [
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
        ("UTCTime", named(0x17, b"200101000000Z"), "aaaaaaaa"),
        ("UTCTime that is none", named(0x17, b"x"), "rrrrrrrr"),
        ("GeneralizedTime", named(0x18, b"20200101000000Z"), "aaaaaaaa"),
        ("GeneralizedTime that is none", named(0x18, b"x"), "rrrrrrrr"),
        ("BIT STRING without contents", named(0x03, b""), "rrrrrrrr"),
        ("identifier that does not end", named(0x06, &[0x80 | 1]), "rrrrrrrr"),
        ("NumericString with a letter", named(0x12, b"1a"), "rrrrrrrr"),
        ("NumericString", named(0x12, b"1 2"), "aaaaaaaa"),
        ("malformed SAN", broken(&super::build::extension(17, false, b"x")), "rrrrrrrr"),
        ("malformed extension", broken(&[0x30, 2, 5, 0]), "rrrrrrrr"),
        ("IP of five octets", san(0x87, b"12345"), "rrrrrrrr"),
        ("URI, two colons", san(0x86, b"https://x:80:90/"), "aaaaaaar"),
        ("trailing octet", pem("X", &[der_of("p256.csr"), vec![0]].concat()), "rrrrrrrr"),
        ("any label, and more behind", [pem("X", &der_of("p256.csr")), pem("Y", &[])].concat(), "aaaaaaaa"),
        ("criticality of FALSE", broken(&tlv(0x30, &[&[6, 3, 0x55, 0x1d, 99, 1, 1, 0, 4, 0]])), "aaaaaaaa"),
        ("criticality of 1", broken(&tlv(0x30, &[&[6, 3, 0x55, 0x1d, 99, 1, 1, 1, 4, 0]])), "rrrrrrrr"),
    ];
    let mut refused = String::new();
    for (what, pem, expected) in rows {
        let material = RequestMaterial::read(&pem);
        assert_eq!(verdicts(|decoder| material.decode(decoder).map(drop)), expected, "{what}");
        refused += &words(what, |decoder| material.decode(decoder).map(drop));
    }
    assert_snapshot!("refused_requests", refused);
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
    let once = RequestMaterial::read(&request(&[0x30, 0], &[&[alt_name(0x82, b"a")]]));
    assert!(once.decode(&decoder(go((19, 0), (17, 0)))).is_ok());
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
    let other = |tag: u8, value: &[u8]| san(tag, &[&[6, 2, 0x2a, 3], value].concat());
    let text = |tag: u8, value: &[u8]| other(0xa0, &tlv(0xa0, &[&tlv(tag, &[value])]));
    let extension = |value: &[u8]| request(&[0x30, 0], &[&[super::build::extension(17, false, value)]]);
    let one = tlv(0x30, &[&[0x82, 1, b'a']]);
    let directory = rdn(3, 0x0c, b"a");
    let latin = rdn(3, 0x0c, b"\xff");
    let no_match = |what: &str| format!("asn1: structure error: {what}");
    let party_tags = "tags don't match (5 vs {class:2 tag:5 length:3 isCompound:false}) {optional:false explicit:false \
                      application:false private:false defaultValue:<nil> tag:0x… stringType:0 timeType:0 set:false \
                      omitEmpty:false} EDIPartyName @2";
    let rows: [(&str, Vec<u8>, Result<usize, String>); 36] = [
        ("UTF8String", text(0x0c, b"x"), Ok(1)),
        ("empty UTF8String", text(0x0c, b""), Err("otherName is not an utf8 value, got: -1".to_owned())),
        ("PrintableString", text(0x13, b"x"), Err("otherName is not an utf8 value, got: 3".to_owned())),
        ("IA5String", text(0x16, b"x"), Err("otherName is not an utf8 value, got: 1".to_owned())),
        ("INTEGER", text(2, &[1]), Err("otherName is not an utf8 value, got: 0".to_owned())),
        ("tag 12 of another class", text(0x8c, b"x"), Err(no_match("tags don't match"))),
        ("constructed UTF8String", text(0x2c, b"x"), Err(no_match("tags don't match"))),
        ("invalid UTF-8", text(0x0c, b"\xff"), Err("asn1: invalid UTF-8 string".to_owned())),
        ("no value", other(0xa0, &[]), Err("asn1: syntax error: sequence truncated".to_owned())),
        ("nothing in the value", other(0xa0, &[0xa0, 0]), Err(no_match("explicit tag has no child"))),
        (
            "nothing in the value, and something behind",
            other(0xa0, &[0xa0, 0, 5, 0]),
            Err("asn1: syntax error: sequence truncated".to_owned()),
        ),
        (
            "the same, primitive",
            other(0xa0, &[0x80, 0, 5, 0]),
            Err("asn1: syntax error: sequence truncated".to_owned()),
        ),
        ("implicit value", other(0xa0, &[0x80, 1, b'x']), Err(no_match("explicitly tagged member didn't match"))),
        (
            "value of tag 1",
            other(0xa0, &[0xa1, 3, 12, 1, b'x']),
            Err(no_match("explicitly tagged member didn't match")),
        ),
        (
            "universal value",
            other(0xa0, &[0x20, 3, 12, 1, b'x']),
            Err(no_match("explicitly tagged member didn't match")),
        ),
        ("rfc822Name", san(0x81, b"x"), Ok(0)),
        ("rfc822Name of another class", san(0x41, b"\xff"), Err("x509: SAN rfc822Name is malformed".to_owned())),
        ("dNSName", san(0x82, b"a"), Ok(0)),
        ("dNSName of another class", san(0x02, b"\xff"), Err("x509: SAN dNSName is malformed".to_owned())),
        ("x400Address", san(0xa3, b""), Ok(0)),
        ("directoryName", san(0xa4, &tlv(0x30, &[&directory])), Err(no_match("sequence tag mismatch"))),
        ("directoryName as if implicit", san(0xa4, &directory), Ok(0)),
        ("the same, invalid", san(0xa4, &latin), Err("asn1: invalid UTF-8 string".to_owned())),
        ("ediPartyName", san(0xa5, &[0x81, 1, b'x']), Ok(0)),
        ("ediPartyName with assigner", san(0xa5, &[0x80, 1, b'x', 0x81, 1, b'x']), Ok(0)),
        (
            "bad assigner",
            san(0xa5, &[0x80, 1, b'_', 0x81, 1, b'x']),
            Err("asn1: syntax error: PrintableString contains invalid character".to_owned()),
        ),
        ("ediPartyName without party", san(0xa5, &[]), Err("asn1: syntax error: sequence truncated".to_owned())),
        ("primitive ediPartyName", san(0x85, &[0x81, 1, b'x']), Err(no_match(party_tags))),
        (
            "URI of another class",
            san(0x06, b"\xff"),
            Err("x509: SAN uniformResourceIdentifier is malformed".to_owned()),
        ),
        ("URI", san(0x86, b"x:y"), Ok(0)),
        ("address of another class", san(0x47, b"1234"), Ok(0)),
        ("the same of five octets", san(0x47, b"12345"), Err("x509: cannot parse IP address of length 5".to_owned())),
        ("registeredID", san(0x88, &[0x2a, 3]), Ok(0)),
        (
            "malformed registeredID",
            san(0x88, &[0x80]),
            Err("asn1: syntax error: integer is not minimally encoded".to_owned()),
        ),
        ("tag 9", san(0x89, b"x"), Err(no_match("bad SAN choice"))),
        (
            "more behind the list",
            extension(&[&*one, &[5, 0]].concat()),
            Err("x509: trailing data after X.509 extension".to_owned()),
        ),
    ];
    for (what, pem, expected) in rows {
        let material = RequestMaterial::read(&pem);
        let found = match &material.decode(&newest()).unwrap().other_names {
            OtherNames::Values(values) => Ok(values.len()),
            OtherNames::Malformed(error) => Err(error.0.clone()),
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
