use std::fs;
use std::ops::Range;

use proptest::prelude::*;

use super::etcd_file::*;
use super::helpers::{certificate, gzip, names, problems, read};
use crate::object::Kind;
use crate::source::{LoadOptions, Loaded, SourceSpec, load};

const WEB: &str = "/registry/cert-manager.io/certificates/shop/web";
const TLS: &str = "/registry/secrets/shop/web-tls";
const SHOP: &str = "/registry/namespaces/shop";

/// What is said where there is no Namespace.
const PART: &str =
    ". in | it holds no Namespace, so it is not all that a cluster has: what is not in it may be elsewhere";

fn metadata(namespace: &str, name: &str) -> Vec<u8> {
    bytes(1, [bytes(1, name), bytes(3, namespace), bytes(5, "a-uid"), number(7, 3)].concat())
}

fn secret_value() -> Vec<u8> {
    let entry = [bytes(1, "token"), bytes(2, [0, 0xff, b'x'])].concat();
    stored("v1", "Secret", &[metadata("shop", "web-tls"), bytes(2, entry), bytes(3, "Opaque")].concat())
}

/// A Certificate, its Secret and its namespace, each on a leaf of its own.
fn small() -> Vec<u8> {
    let web = certificate("shop", "web");
    let records: [Record<'_>; 3] = [
        (2, WEB, Some(web.as_bytes())),
        (3, TLS, Some(&secret_value())),
        (4, SHOP, Some(&stored("v1", "Namespace", &metadata("", "shop")))),
    ];
    database(&records, 1)
}

///
#[test]
fn the_newest_revision_counts_and_a_deletion_removes() {
    let at = |name: &str| certificate("shop", "web").replace("web-tls", name);
    let (old, new, gone) = (at("old"), at("new"), certificate("shop", "gone"));
    let gone_key = "/registry/cert-manager.io/certificates/shop/gone";
    let back_key = "/registry/cert-manager.io/certificates/shop/back";
    let back = certificate("shop", "back");
    let records: [Record<'_>; 8] = [
        (2, WEB, Some(old.as_bytes())),
        (3, gone_key, Some(gone.as_bytes())),
        (4, back_key, Some(b"{")),
        (5, back_key, None),
        (6, WEB, Some(new.as_bytes())),
        (7, gone_key, None),
        (8, back_key, Some(back.as_bytes())),
        (9, "compact_rev_key", Some(b"9")),
    ];
    for on_each_leaf in [1, 3, 8] {
        let loaded = read(snapshot(database(&records, on_each_leaf)));
        assert_eq!(problems(&loaded), [PART]);
        assert_eq!(names(&loaded), ["Certificate shop/back", "Certificate shop/web"]);
        let web = loaded.world.certificates().last().unwrap();
        assert_eq!((&*web.spec.secret_name, web.metadata.resource_version), ("new", 0));
    }
}

#[test]
fn an_etcd_holds_everything() {
    let loaded = read(small());
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(names(&loaded), ["Secret shop/web-tls", "Certificate shop/web", "Namespace shop"]);
    let coverage = &loaded.world.coverage;
    assert_eq!(coverage.inputs[0].kind, "etcd-snapshot");
    assert!(coverage.secrets_were_read("shop") && !coverage.secrets_were_read("other"));
    assert!(coverage.was_read(Kind::Order) && !coverage.was_read(Kind::Event));
    assert!(!coverage.only_labelled_secrets);
    let secret = loaded.world.secrets().next().unwrap();
    assert_eq!((secret.value_len("token"), secret.metadata.generation), (Some(3), 3));
}

/// The API server can keep its Events in another etcd than everything else.
#[test]
fn an_etcd_of_events_says_nothing_about_secrets() {
    let loaded = read(database(&[(2, "/registry/events/shop/web.17a", Some(b"{}"))], 1));
    let coverage = &loaded.world.coverage;
    assert!(!coverage.secrets_were_read("shop") && !coverage.was_read(Kind::Certificate));
}

#[test]
fn a_snapshot_is_told_by_its_content_wherever_it_comes_from() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.yaml"), small()).unwrap();
    fs::write(directory.path().join("b"), certificate("shop", "other")).unwrap();
    let loaded = load(&[SourceSpec::Path(directory.path().to_owned())], &LoadOptions::default());
    let expected =
        ["Secret shop/web-tls", "Certificate shop/other", "Certificate shop/web", "Namespace shop"].map(str::to_owned);
    assert_eq!(names(&loaded), expected);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    assert_eq!(names(&read(gzip(&snapshot(small())))).len(), 3);
    let file = load(&[SourceSpec::Path(directory.path().join("a.yaml"))], &LoadOptions::default());
    assert_eq!(file.world.coverage.inputs[0].kind, "etcd-snapshot");
}

#[test]
fn the_newest_valid_meta_counts() {
    let old = small();
    // A newer transaction that knows an empty tree.
    let mut newer = old.clone();
    let empty = [meta(1, 7, 8, 9), old[2 * PAGE..].to_vec(), page(7, 2, 0, &[])].concat();
    newer.splice(PAGE.., empty);
    assert_eq!(
        problems(&read(&newer)),
        ["! in | a bbolt database, but no etcd snapshot: it has no bucket of revisions"]
    );
    newer[PAGE + 16 + 56] ^= 1;
    assert_eq!(names(&read(&newer)).len(), 3, "the newer meta is damaged");
    let mut second = old;
    second[16 + 20] ^= 1;
    assert_eq!(names(&read(&second)).len(), 3, "the first meta is damaged");
    second[PAGE + 16 + 20] ^= 1;
    assert_eq!(
        problems(&read(&second)),
        ["! in | a bbolt database that cannot be read: neither of the two meta pages is valid"]
    );
}

/// What is written over the small database, at which offset, and what is said.
const DAMAGE: [(&str, usize, &[u8], &str); 11] = [
    ("a number of another page", 4 * PAGE, &[9], "page 4 is damaged: it says that it is another one"),
    ("no known flags", 4 * PAGE + 8, &[9], "page 4 is damaged: it is neither a branch nor a leaf"),
    ("too many elements", 4 * PAGE + 10, &[99], "page 4 is damaged: it has more elements than room for them"),
    ("a value beyond the page", 4 * PAGE + 16 + 13, &[3], "page 4 is damaged: 1 of its elements point out of it"),
    ("a position beyond all", 4 * PAGE + 16 + 4, &[0xff; 4], "page 4 is damaged: 1 of its elements point out of it"),
    ("an overflow beyond the file", 4 * PAGE + 12, &[9], "page 4 lies behind the end of the file"),
    (
        "an overflow of terabytes",
        4 * PAGE + 12,
        &[0xff; 4],
        "page 4 is damaged: it is larger than anything that etcd writes",
    ),
    ("a child behind the end", 3 * PAGE + 24, &[99], "page 99 lies behind the end of the file"),
    (
        "a child behind everything",
        3 * PAGE + 24,
        &[0xff; 8],
        "page 18446744073709551615 lies behind the end of the file",
    ),
    ("a child twice", 3 * PAGE + 24, &[5], "page 5 is reached twice"),
    ("itself as a child", 3 * PAGE + 24, &[3], "page 3 is reached twice"),
];

#[test]
fn damaged_pages_are_named_and_the_others_are_read() {
    for (what, at, written, expected) in DAMAGE {
        let mut file = small();
        file[at..at + written.len()].copy_from_slice(written);
        let loaded = read(&file);
        assert_eq!(
            problems(&loaded),
            [format!("! in | {expected}: what stood there is missing, be it objects, their newer values or deletions")],
            "{what}"
        );
        assert_eq!(names(&loaded), ["Secret shop/web-tls", "Namespace shop"], "{what}");
        let coverage = &loaded.world.coverage;
        assert!(!coverage.secrets_were_read("shop") && !coverage.was_read(Kind::Order), "{what}");
    }
}

#[test]
fn elements_that_overlap_are_refused() {
    let mut file = database(&[(2, WEB, Some(&[b' '; 300])), (3, TLS, Some(b"")), (4, SHOP, Some(b""))], 3);
    // The others begin where the first one does and are as long.
    let first: Vec<u8> = file[4 * PAGE + 16..][..16].to_vec();
    for index in 1..3 {
        let head = &mut file[4 * PAGE + 16 + index * 16..][..16];
        head.copy_from_slice(&first);
        head[4] -= index as u8 * 16;
    }
    assert_eq!(
        problems(&read(&file))[0],
        "! in | page 4 is damaged: its elements overlap: what stood there is missing, be it objects, their newer values or deletions"
    );
}

#[test]
fn what_is_cut_off_or_changed_is_said() {
    let whole = snapshot(small());
    let told = |bytes: &[u8]| problems(&read(bytes)).remove(0);
    assert_eq!(
        told(&whole[..6 * PAGE]),
        "! in | cut off: it has 3072 of 3584 bytes; what could be reached was read, the rest is missing"
    );
    let mut changed = whole.clone();
    changed[5 * PAGE + 400] ^= 1;
    assert_eq!(told(&changed), "! in | damaged: the SHA-256 at its end is that of something else");
    assert_eq!(problems(&read(&whole)), Vec::<String>::new());
    assert_eq!(
        told(&gzip(&whole)[..200]),
        "! in | the compressed data ends early: what came before was read, what follows is missing"
    );
    assert_eq!(
        told(&whole[..60]),
        "! in | a bbolt database that cannot be read: neither of the two meta pages is valid"
    );
}

/// A key, a value and what becomes of it.
type Row = (&'static str, Vec<u8>, Option<&'static str>);

#[test]
fn values_that_are_no_object_are_broken_objects_of_their_key() {
    let other = stored("example.com/v1", "Secret", &metadata("shop", "web-tls"));
    let rows: [Row; 12] = [
        (TLS, b"k8s:enc:aescbc:v1:key1:\x00".to_vec(), Some("encrypted at rest with aescbc, key key1: cannot be read")),
        (WEB, b"k8s:enc:kms:v2:p:\x00".to_vec(), Some("encrypted at rest with kms v2, key p: cannot be read")),
        (
            WEB,
            vec![0xd9, 0xd9, 0xf7, 0xa0],
            Some("stored as CBOR, which is not read here: a kubectl dump has it as JSON"),
        ),
        (WEB, b"garbage".to_vec(), Some("stored as neither JSON nor protobuf: it cannot be read")),
        (WEB, Vec::new(), Some("stored as neither JSON nor protobuf: it cannot be read")),
        (WEB, b"{".to_vec(), Some("no Kubernetes object: it has neither apiVersion nor kind")),
        (TLS, b"k8s\0\x0a\xff".to_vec(), Some("not a protobuf message, at byte 0")),
        (TLS, stored("v1", "Secret", &bytes(1, bytes(1, [0xff]))), Some("name is not UTF-8")),
        (TLS, stored("v1", "Secret", &number(1, 1)), Some("metadata is of another type than it should be")),
        (TLS, stored("v1", "Secret", &[0x12, 9]), Some("not a protobuf message, at byte 0")),
        (TLS, stored("v1", "Secret", &[]), Some("has no metadata.name")),
        // The key of a custom resource can end like that of a Secret.
        (TLS, other, None),
    ];
    for (key, value, error) in rows {
        let loaded = read(database(&[(2, key, Some(&value))], 1));
        let broken: Vec<_> =
            loaded.world.broken().map(|(kind, key, broken)| format!("{kind} {key}: {}", broken.error)).collect();
        let object = if key == WEB { "Certificate shop/web" } else { "Secret shop/web-tls" };
        let expected: Vec<_> = error.map(|error| format!("{object}: {error}")).into_iter().collect();
        assert_eq!(broken, expected, "{}", value.escape_ascii());
        assert_eq!(loaded.world.iter().count(), 0);
    }
}

#[test]
fn encrypted_objects_of_which_only_few_matter_are_counted() {
    let value = b"k8s:enc:aescbc:v1:key1:\x00";
    let keys = ["pods/a/1", "pods/a/2", "events/a/1", "deployments/a/1", "certificatesigningrequests/1"];
    let keys = keys.map(|key| format!("/registry/{key}"));
    let records: Vec<Record<'_>> =
        (2..).zip(&keys).map(|(revision, key)| (revision, key.as_str(), Some(&value[..]))).collect();
    let loaded = read(database(&records, 2));
    let line = |count: usize, kind: &str| {
        format!("! in | {count} objects of kind {kind}: encrypted at rest with aescbc, key key1: cannot be read")
    };
    assert_eq!(
        problems(&loaded),
        [
            line(1, "Event"),
            line(1, "CertificateSigningRequest"),
            line(1, "Deployment"),
            line(2, "Pod"),
            PART.to_owned()
        ]
    );
    assert_eq!(names(&loaded), Vec::<String>::new());
}

fn mutated(mut file: Vec<u8>, changes: &[(prop::sample::Index, u8)], length: Option<prop::sample::Index>) -> Loaded {
    for (at, byte) in changes {
        let at = at.index(file.len());
        file[at] = *byte;
    }
    if let Some(length) = length {
        file.truncate(length.index(file.len()));
    }
    read(&file)
}

fn changes(count: Range<usize>) -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), count)
}

proptest! {
    #[test]
    fn a_mutated_snapshot_never_panics(changes in changes(1..12), cut in any::<Option<prop::sample::Index>>()) {
        mutated(snapshot(small()), &changes, cut);
    }

    /// Valid metas above pages of noise, so that the noise is looked at.
    #[test]
    fn pages_of_noise_never_panic(
        noise in proptest::collection::vec(any::<u8>(), 0..4 * PAGE),
        headers in proptest::collection::vec((0u16..6, 0u16..40, 0u32..3, proptest::collection::vec(0u64..9, 8)), 5),
    ) {
        let mut file = small();
        file.truncate(2 * PAGE);
        file.extend(&noise);
        file.resize(7 * PAGE, 0);
        for (number, (flags, count, overflow, words)) in (2u64..).zip(headers) {
            let at = number as usize * PAGE;
            file[at..at + 8].copy_from_slice(&number.to_le_bytes());
            file[at + 8..at + 10].copy_from_slice(&flags.to_le_bytes());
            file[at + 10..at + 12].copy_from_slice(&count.to_le_bytes());
            file[at + 12..at + 16].copy_from_slice(&overflow.to_le_bytes());
            for (index, word) in words.into_iter().enumerate() {
                file[at + 16 + index * 8..][..8].copy_from_slice(&word.to_le_bytes());
            }
        }
        read(&file);
    }

    /// A changed byte that hides an object, or brings an older one back, is always told by the checksum.
    #[test]
    fn a_changed_snapshot_loses_nothing_silently(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let whole = snapshot(small());
        let loaded = mutated(whole.clone(), &[(at, byte)], None);
        let unchanged = whole[at.index(whole.len())] == byte;
        prop_assert_eq!(problems(&loaded).is_empty(), unchanged);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_mutated_real_snapshot_never_panics(changes in changes(1..200), cut in any::<Option<prop::sample::Index>>()) {
        let mut whole = Vec::new();
        let compressed = fs::File::open("testdata/sources/demo.etcd.gz").unwrap();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(compressed), &mut whole).unwrap();
        mutated(whole, &changes, cut);
    }
}
