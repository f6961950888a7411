//! URIs in certificates, which Go parses and prints again.

use super::build::alt_name;
use super::*;
use insta::assert_snapshot;

/// A URI and how Go prints it.
const PRINTED: [(&str, &str); 14] = [
    ("spiffe://cluster.local/ns/shop", "spiffe://cluster.local/ns/shop"),
    ("HTTP://Example.com/a b", "http://Example.com/a%20b"),
    ("http://h/%7e", "http://h/%7e"),
    ("http://h/%2a", "http://h/%2a"),
    ("http://u:p@h:1/p?q#f%41", "http://u:p@h:1/p?q#f%41"),
    ("http://h?", "http://h?"),
    ("http://h#", "http://h"),
    ("mailto:a@b", "mailto:a@b"),
    ("file:/a", "file:/a"),
    ("file:///a", "file:///a"),
    ("*", "*"),
    ("//h/p", "//h/p"),
    ("http://[fe80::1%25en0]/", "http://[fe80::1%25en0]/"),
    ("", ""),
];

#[test]
fn uris_are_printed_as_go_prints_them() {
    for (given, printed) in PRINTED {
        let material = CertificateMaterial::read(&with(&[alt_name(0x86, given.as_bytes())]).pem());
        assert_eq!(*material.decode(&newest()).unwrap().names.uris[0], *printed);
    }
    let host = CertificateMaterial::read(&with(&[alt_name(0x86, b"file:/a")]).pem());
    assert_eq!(&*host.decode(&decoder(GO[0])).unwrap().names.uris[0], "file:///a");
}

/// Each has its results in the snapshot.
const URIS: [&str; 88] = [
    "a",
    "a/b",
    "a:b",
    "a/b:c",
    "1a:b",
    "a1+-.:b",
    "+a:b",
    "a_b:c",
    ":a",
    "/a",
    "//",
    "///a",
    "////a",
    "//a",
    "x://a",
    "x:////a",
    "x:/a",
    "x:",
    "x:?",
    "x:?y",
    "x:a?y?z",
    "?",
    "?a",
    "#",
    "#a",
    "#a#b",
    "x:#%41 b",
    "x:a#!()*",
    "x://h/#%zz",
    "\u{1}",
    "x:\u{7f}",
    "x: y",
    "x://h/ y",
    "x://h/\"",
    "x://h/!'()*",
    "x://h/[]",
    "x://h/%41%2f%20",
    "x://h/%",
    "x://h/%4",
    "x://h/%4g",
    "x://h/*",
    "*",
    "*a",
    "x:*",
    "x://h*",
    "x://h<>/",
    "x://h\"/",
    "x://h\\/",
    "x://h^/",
    "x://h%41/",
    "x://h%25/",
    "x://h%c3%bc/",
    "x://h:/",
    "x://h:1/",
    "x://h:a/",
    "x://h:1:2/",
    "x://h:a:2/",
    "http://h:1/",
    "http://h:1:2/",
    "http://h:a:2/",
    "https://h::2/",
    "ftp://h::2/",
    "x://u@h/",
    "x://u:@h/",
    "x://u:p@h/",
    "x://u:p:q@h/",
    "x://u@v@h/",
    "x://u%40:%3a@h/",
    "x://u%zz@h/",
    "x://u:%zz@h/",
    "x://u{@h/",
    "x://u/@h/",
    "x://@h/",
    "x://u@/",
    "x://[::1]/",
    "x://[::1]:8/",
    "x://[::1]a/",
    "x://[::1]:a/",
    "x://[::1%25a]/",
    "x://[::1%25a%20%3c]/",
    "x://[::1%25a%2f]/",
    "x://[::1%25a%zz]/",
    "%2A",
    "x://[fe80%3a:1]/",
    "x://[1.2.3.4%25a]/",
    "x://[a]/",
    "x://a[::1]/",
    "x://[::1/",
];

#[test]
fn what_each_go_makes_of_a_uri() {
    let result = |material: &CertificateMaterial, go| match material
        .decode(&Decoder { errors: PemErrors::Wrapped, ..decoder(go) })
    {
        Ok(certificate) => format!("{:?}", certificate.names.uris[0]),
        Err(error) => error.0.rsplit_once("x509: ").map_or_else(String::new, |(_, words)| words.to_owned()),
    };
    let mut all = String::new();
    for uri in URIS {
        let material = CertificateMaterial::read(&with(&[alt_name(0x86, uri.as_bytes())]).pem());
        let results = GO.map(|go| result(&material, go));
        all += &format!("{uri:?}\n");
        let mut seen: Vec<&String> = Vec::new();
        for found in &results {
            if !seen.contains(&found) {
                seen.push(found);
                let holds: String = results.iter().map(|other| if other == found { 'x' } else { '-' }).collect();
                all += &format!("    {holds} {found}\n");
            }
        }
    }
    assert_snapshot!("uris", all);
}
