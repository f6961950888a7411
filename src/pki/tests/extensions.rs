//! The extensions of certificates.

use super::build::{alt_name, extension, tlv};
use super::*;
use insta::assert_snapshot;

#[test]
fn what_each_go_makes_of_an_extension() {
    let subtree = |list: u8, tag: u8, value: &[u8]| tlv(list, &[&tlv(0x30, &[&tlv(tag, &[value])])]);
    let constraints = |parts: &[&[u8]]| with(&[extension(30, true, &tlv(0x30, parts))]);
    let constraint = |tag: u8, value: &[u8]| constraints(&[&subtree(0xa0, tag, value)]);
    let value = |number: u8, value: &[u8]| with(&[extension(number, false, value)]);
    let list = |number: u8, entry: &[u8]| with(&[extension(number, false, &tlv(0x30, &[entry]))]);
    let access = |critical: &[u8], value: &[u8]| {
        let id = [6, 8, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];
        with(&[tlv(0x30, &[&id, critical, &tlv(4, &[value])])])
    };
    let policy = |id: &[u8]| tlv(0x30, &[&tlv(6, &[id])]);
    let long = [0x2a, 0x90, 0x80, 0x80, 0x80, 0x80, 0x01];
    let mask = |mask: [u8; 4]| constraint(0x87, &[&[10, 0, 0, 0], &mask[..]].concat());
    let rows: [(&str, Certificate, &str); 94] = [
        ("no SEQUENCE", with(&[vec![5, 0]]), "rrrrrrrr"),
        ("without identifier", with(&[tlv(0x30, &[&[4, 0]])]), "rrrrrrrr"),
        ("criticality of 1", with(&[tlv(0x30, &[&[6, 3, 0x55, 0x1d, 99, 1, 1, 1, 4, 0]])]), "rrrrrrrr"),
        ("without value", with(&[tlv(0x30, &[&[6, 3, 0x55, 0x1d, 99, 5, 0]])]), "rrrrrrrr"),
        ("access information", access(&[], &[0x30, 0]), "aaaaaaaa"),
        ("access information, critical", access(&[1, 1, 0xff], &[0x30, 0]), "aarrrrrr"),
        ("access information, no list", access(&[], &[5, 0]), "rrrrrrrr"),
        ("access information, empty entry", access(&[], &[0x30, 2, 0x30, 0]), "rrrrrrrr"),
        ("access information, malformed place", access(&[], &[0x30, 7, 0x30, 5, 6, 1, 0x2a, 0x86, 9]), "rrrrrrrr"),
        ("subject key identifier, no OCTET STRING", value(14, &[5, 0]), "rrrrrrrr"),
        ("key usage, no BIT STRING", value(15, &[5, 0]), "rrrrrrrr"),
        ("key usage, bits behind the end", value(15, &[3, 2, 5, 0x3f]), "rrrrrrrr"),
        ("key usage, eight unused bits", value(15, &[3, 2, 8, 0]), "rrrrrrrr"),
        ("SAN, no SEQUENCE", value(17, &[5, 0]), "rrrrrrrr"),
        ("SAN, malformed name", list(17, &[0x82, 9]), "rrrrrrrr"),
        ("SAN, rfc822Name that is not ASCII", with(&[alt_name(0x81, b"\xff")]), "rrrrrrrr"),
        ("SAN, URI that is not ASCII", with(&[alt_name(0x86, b"\xff")]), "rrrrrrrr"),
        ("SAN, a tag that means nothing", with(&[alt_name(0x89, b"\xff")]), "aaaaaaaa"),
        ("basic constraints, no SEQUENCE", value(19, &[5, 0]), "rrrrrrrr"),
        ("path length of zero", value(19, &[0x30, 3, 2, 1, 0]), "aaaaaaaa"),
        ("path length of nine octets", value(19, &[0x30, 11, 2, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]), "rrrrrrrr"),
        ("path length that is padded", value(19, &[0x30, 4, 2, 2, 0, 1]), "rrrrrrrr"),
        ("constraints, no SEQUENCE", value(30, &[5, 0]), "rrrrrrrr"),
        ("constraints, empty", constraints(&[]), "rrrrrrrr"),
        ("constraints, empty lists", constraints(&[&[0xa0, 0], &[0xa1, 0]]), "rrrrrrrr"),
        (
            "constraints, more behind",
            value(30, &[&*tlv(0x30, &[&subtree(0xa0, 0x82, b"a")]), &[5, 0]].concat()),
            "rrrrrrrr",
        ),
        ("constraints, a third list", constraints(&[&subtree(0xa0, 0x82, b"a"), &[0xa2, 0]]), "rrrrrrrr"),
        ("constraints, subtree that is none", constraints(&[&[0xa0, 2, 5, 0]]), "rrrrrrrr"),
        ("constraints, subtree without base", constraints(&[&[0xa0, 2, 0x30, 0]]), "rrrrrrrr"),
        ("excluded name", constraints(&[&subtree(0xa1, 0x82, b"a")]), "aaaaaaaa"),
        ("excluded name, empty label", constraints(&[&subtree(0xa1, 0x82, b"a..b")]), "rrrrrrrr"),
        ("a name of another kind", constraint(0xa4, b"\xff"), "aaaaaaaa"),
        ("a name that is not ASCII", constraint(0x82, b"a\xc3\xbc\xff"), "rrrrrrrr"),
        ("any name", constraint(0x82, b""), "aaaaaaaa"),
        ("URI, a domain", constraint(0x86, b".example.com"), "aaaaaaaa"),
        ("URI, two dots", constraint(0x86, b"..example.com"), "aarrrrrr"),
        ("URI, an address", constraint(0x86, b"10.0.0.1"), "rrrrrrrr"),
        ("URI, a blank", constraint(0x86, b"a b"), "rrrrrrrr"),
        ("mail of a domain", constraint(0x81, b"example.com"), "aaaaaaaa"),
        ("mail of a bad domain", constraint(0x81, b"a..b"), "rrrrrrrr"),
        ("mailbox", constraint(0x81, b"a.b!#$%&'*+-/=?^_`{|}~@c.d"), "aaaaaaaa"),
        ("mailbox with a backslash", constraint(0x81, b"a\\ b@c"), "aaaaaaaa"),
        ("mailbox that ends with a backslash", constraint(0x81, b"@\\"), "rrrrrrrr"),
        ("mailbox with a blank", constraint(0x81, b"a b@c"), "rrrrrrrr"),
        ("mailbox that starts with a dot", constraint(0x81, b".a@c"), "rrrrrrrr"),
        ("mailbox that ends with a dot", constraint(0x81, b"a.@c"), "rrrrrrrr"),
        ("mailbox without name", constraint(0x81, b"@c"), "rrrrrrrr"),
        ("mailbox at a bad domain", constraint(0x81, b"a@c..d"), "rrrrrrrr"),
        ("quoted mailbox with a backslash", constraint(0x81, b"\"a\\\"b\"@c"), "aaaaaaaa"),
        ("quoted mailbox, line break behind a backslash", constraint(0x81, b"\"a\\\n\"@c"), "rrrrrrrr"),
        ("quoted mailbox, line break", constraint(0x81, b"\"a\n\"@c"), "rrrrrrrr"),
        ("quoted mailbox without end", constraint(0x81, b"\"a@c"), "rrrrrrrr"),
        ("network of five octets", constraint(0x87, &[1; 5]), "rrrrrrrr"),
        ("network of IPv6", constraint(0x87, &[0xff; 32]), "aaaaaaaa"),
        ("network of all addresses", mask([0; 4]), "aaaaaaaa"),
        ("network of one address", mask([255; 4]), "aaaaaaaa"),
        ("network /12", mask([255, 240, 0, 0]), "aaaaaaaa"),
        ("mask with a gap in an octet", mask([255, 247, 0, 0]), "rrrrrrrr"),
        ("mask with a one behind", mask([255, 240, 0, 1]), "rrrrrrrr"),
        ("CRLs, no SEQUENCE", value(31, &[5, 0]), "rrrrrrrr"),
        ("CRLs, point that is none", list(31, &[5, 0]), "rrrrrrrr"),
        ("CRLs, empty point", list(31, &[0x30, 0]), "aaaaaaaa"),
        ("CRLs, malformed URI", list(31, &[0x30, 6, 0xa0, 4, 0xa0, 2, 0x86, 1]), "rrrrrrrr"),
        ("policies, no SEQUENCE", value(32, &[5, 0]), "rrrrrrrr"),
        ("policies, one that is none", list(32, &[5, 0]), "rrrrrrrr"),
        ("policies, one without identifier", list(32, &[0x30, 2, 5, 0]), "rrrrrrrr"),
        ("a policy twice", list(32, &[policy(&[0x2a, 3]), policy(&[0x2a, 3])].concat()), "aaarrrrr"),
        ("two policies", list(32, &[policy(&[0x2a, 3]), policy(&[0x2a, 4])].concat()), "aaaaaaaa"),
        ("a policy of many bits", list(32, &policy(&long)), "rraaaaaa"),
        ("a policy that is not minimal", list(32, &policy(&[0x2a, 0x80, 1])), "aarrrrrr"),
        ("a policy that does not end", list(32, &policy(&[0x2a, 0x81])), "rrrrrrrr"),
        ("policy mappings", list(33, &[0x30, 6, 6, 1, 0x2a, 6, 1, 0x2b]), "aaaaaaaa"),
        ("policy mappings, one identifier", list(33, &[0x30, 3, 6, 1, 0x2a]), "aaarrrrr"),
        ("policy constraints", value(36, &[0x30, 6, 0x80, 1, 0, 0x81, 1, 0]), "aaaaaaaa"),
        ("policy constraints, padded", value(36, &[0x30, 4, 0x80, 2, 0, 1]), "aaarrrrr"),
        ("inhibitAnyPolicy", value(54, &[2, 1, 0]), "aaaaaaaa"),
        ("inhibitAnyPolicy, no INTEGER", value(54, &[5, 0]), "aaarrrrr"),
        ("authority key identifier", value(35, &[0x30, 3, 0x80, 1, 1]), "aaaaaaaa"),
        ("authority key identifier, critical", with(&[extension(35, true, &[0x30, 0])]), "aarrrrrr"),
        ("authority key identifier, no SEQUENCE", value(35, &[5, 0]), "rrrrrrrr"),
        ("extended key usage, no SEQUENCE", value(37, &[5, 0]), "rrrrrrrr"),
        ("extended key usage, no identifier", list(37, &[5, 0]), "rrrrrrrr"),
        ("extended key usage", list(37, &[6, 1, 0x2a]), "aaaaaaaa"),
        ("arc of 31 bits", list(37, &[6, 6, 0x2a, 0x87, 0xff, 0xff, 0xff, 0x7f]), "aaaaaaaa"),
        ("arc of 32 bits", list(37, &[6, 6, 0x2a, 0x88, 0x80, 0x80, 0x80, 0]), "rrrrrrrr"),
        ("arc of six octets", list(37, &[6, 7, 0x2a, 0x81, 0x80, 0x80, 0x80, 0x80, 0]), "rrrrrrrr"),
        (
            "arc of eleven octets",
            list(37, &[6, 12, 0x2a, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]),
            "rrrrrrrr",
        ),
        ("criticality of FALSE", with(&[tlv(0x30, &[&[6, 3, 0x55, 0x1d, 99, 1, 1, 0, 4, 0]])]), "aaaaaaaa"),
        ("tag 31", list(17, &[0x9f, 1, 0]), "rrrrrrrr"),
        ("indefinite length", list(17, &[0x82, 0x80]), "rrrrrrrr"),
        ("length without its octets", list(17, &[0x82, 0x82, 1]), "rrrrrrrr"),
        ("length that is not minimal", list(17, &[0x82, 0x81, 1, b'a']), "rrrrrrrr"),
        ("length with a leading zero", list(17, &[&[0x82, 0x82, 0, 128], &[b'a'; 128][..]].concat()), "rrrrrrrr"),
        (
            "length of nine octets",
            list(17, &[&[0x82, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 128], &[b'a'; 128][..]].concat()),
            "rrrrrrrr",
        ),
    ];
    assert_snapshot!("refused_extensions", refusals(rows));
}
