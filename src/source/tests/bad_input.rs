//! Each kind of bad input, with the exact words of the problem, and with its neighbours read.

use std::fs;

use super::helpers::*;
use crate::source::{LoadOptions, SourceSpec, load};

fn good() -> String {
    certificate("shop", "good")
}

/// Input beside the good Certificate in a List, and the problems it makes; `broken` says that the name `bad` is kept.
struct Case {
    what: &'static str,
    item: String,
    broken: bool,
    problems: &'static [&'static str],
}

fn case(what: &'static str, item: impl Into<String>, broken: bool, problems: &'static [&'static str]) -> Case {
    Case { what, item: item.into(), broken, problems }
}

fn bad(insert: &str) -> String {
    format!(
        r#"{{"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{{"name":"bad","namespace":"shop"{insert}}}}}"#
    )
}

fn json_cases() -> Vec<Case> {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let bad_secret = |data: &str| {
        format!(r#"{{"apiVersion":"v1","data":{data},"kind":"Secret","metadata":{{"name":"bad","namespace":"shop"}}}}"#)
    };
    vec![
        case(
            "label that is a boolean",
            bad(r#","labels":{"x":true}"#),
            true,
            &["! in: item 2 | Certificate shop/bad | metadata.labels.x: expected a string, found a boolean"],
        ),
        case(
            "annotation that is a number",
            bad(r#","annotations":{"a.b/c":1}"#),
            true,
            &[
                "! in: item 2 | Certificate shop/bad | metadata.annotations[\"a.b/c\"]: expected a string, found a number",
            ],
        ),
        case(
            "labels that are a list",
            bad(r#","labels":[]"#),
            true,
            &["! in: item 2 | Certificate shop/bad | metadata.labels: expected an object, found a list"],
        ),
        case(
            "finalizers that are an object",
            bad(r#","finalizers":[{}]"#),
            true,
            &["! in: item 2 | Certificate shop/bad | metadata.finalizers[0]: expected a string, found an object"],
        ),
        case(
            "a time that is none",
            bad(r#","creationTimestamp":"now""#),
            true,
            &[
                "! in: item 2 | Certificate shop/bad | metadata.creationTimestamp: \"now\" is not a time in RFC 3339 form, \
             such as 2026-06-15T10:00:00Z",
            ],
        ),
        case(
            "wrong base64",
            bad_secret(r#"{"tls.key":"!!!!"}"#),
            true,
            &["! in: item 2 | Secret shop/bad | data[\"tls.key\"]: illegal base64 data of 4 characters"],
        ),
        case(
            "wrong base64 in a value nobody needs",
            bad_secret(r#"{"other":"QQ="}"#),
            true,
            &["! in: item 2 | Secret shop/bad | data.other: illegal base64 data of 3 characters"],
        ),
        case(
            "broken JSON",
            bad(r#","labels":{"x":}"#),
            true,
            &["! in: item 2 | Certificate shop/bad | not valid JSON: expected value at line 1 column 115"],
        ),
        case(
            "deep nesting where something is read",
            bad(&format!(r#","labels":{deep}"#)),
            true,
            &["! in: item 2 | Certificate shop/bad | not valid JSON: recursion limit exceeded at line 1 column 235"],
        ),
        case("deep nesting where nothing is read", bad(&format!(r#","managedFields":{deep}"#)), false, &[]),
        case(
            "no metadata",
            r#"{"apiVersion":"cert-manager.io/v1","kind":"Certificate","spec":{}}"#,
            false,
            &["! in: item 2 | Certificate | has no metadata.name"],
        ),
        case(
            "no kind",
            r#"{"apiVersion":"cert-manager.io/v1","metadata":{"name":"x"}}"#,
            false,
            &["! in: item 2 | has no kind"],
        ),
        case(
            "no apiVersion",
            r#"{"kind":"Certificate","metadata":{"name":"x"}}"#,
            false,
            &["! in: item 2 | has no apiVersion"],
        ),
        case("no object", "17", false, &["! in: item 2 | no Kubernetes object: it has neither apiVersion nor kind"]),
        case(
            "a broken object without a name",
            r#"{"apiVersion":"v1","kind":"Secret","data":7}"#,
            false,
            &["! in: item 2 | Secret | data: expected an object, found a number"],
        ),
    ]
}

#[test]
fn a_bad_item_of_a_list_is_named_and_the_rest_is_read() {
    for Case { what, item, broken, problems: expected } in json_cases() {
        let loaded = read(list(&[certificate("shop", "first"), item, good()]));
        assert_eq!(problems(&loaded), expected, "{what}");
        let mut names = names(&loaded);
        names.retain(|name| name != "Certificate shop/bad");
        let kept = names.iter().any(|name| name.starts_with("broken") && name.ends_with("shop/bad"));
        assert_eq!(kept, broken, "{what}: {names:?}");
        names.retain(|name| !name.starts_with("broken"));
        assert_eq!(names, ["Certificate shop/first", "Certificate shop/good"], "{what}");
    }
}

#[test]
fn a_bad_entry_of_a_tar_is_named_and_the_rest_is_read() {
    let (good, cut) = (good(), &certificate("shop", "cut")[..120]);
    let loaded = read(gzip(&tar(&[
        ("resources/certificates.cert-manager.io/namespaces/shop/cut.json", cut),
        ("resources/certificates.cert-manager.io/namespaces/shop/nameless.json", "{}"),
        ("resources/secrets/../../etc/passwd", "{}"),
        ("resources/certificates.cert-manager.io/stray.json", "{}"),
        ("resources/certificates.cert-manager.io/namespaces/shop/good.json", &good),
    ])));
    assert_eq!(
        names(&loaded),
        ["Certificate shop/good", "broken Certificate shop/cut", "broken Certificate shop/nameless"]
    );
    let found = problems(&loaded);
    assert_eq!(
        found,
        [
            "! in: resources/certificates.cert-manager.io/namespaces/shop/cut.json | Certificate shop/cut | \
         not valid JSON: EOF while parsing a value at line 1 column 120",
            "! in: resources/certificates.cert-manager.io/namespaces/shop/nameless.json | Certificate shop/nameless | \
         has no metadata.name",
            "! in: resources/secrets/../../etc/passwd | the path points out of the archive: it was not read",
            ". in: resources/certificates.cert-manager.io/stray.json | not where Velero looks for objects: it was not read",
        ]
    );
}

#[test]
fn names_that_are_not_utf8_are_said() {
    let mut archive = tar(&[("resources/certificates.cert-manager.io/namespaces/shop/good.json", &good())]);
    let at = archive.windows(4).position(|w| w == b"good").unwrap();
    archive[at] = 0xff;
    let checksum: u32 =
        archive[..512].iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) }).sum();
    archive[148..156].copy_from_slice(format!("{checksum:06o}\0 ").as_bytes());
    let loaded = read(&archive);
    assert_eq!(names(&loaded), ["Certificate shop/good"]);
    assert_eq!(
        problems(&loaded),
        [
            ". in: resources/certificates.cert-manager.io/namespaces/shop/\u{fffd}ood.json | the path is not UTF-8: it is read \
         with replacement characters",
        ]
    );
    let mut text = list(&[bad(""), good()]).into_bytes();
    let at = text.windows(5).position(|w| w == b"\"bad\"").unwrap();
    text[at + 1] = 0xff;
    let loaded = read(&text);
    assert_eq!(names(&loaded), ["Certificate shop/good"]);
    assert_eq!(problems(&loaded), ["! in: item 1 | Certificate | not UTF-8, at byte 76 of the object"]);
}

#[test]
fn yaml_is_typed_as_the_api_server_types_it() {
    let head = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: bad\n  namespace: shop\n";
    let rows: [(&str, &[&str]); 9] = [
        ("  labels: {x: yes}\n", &["metadata.labels.x: expected a string, found a boolean"]),
        ("  labels: {x: 1}\n", &["metadata.labels.x: expected a string, found a number"]),
        ("  labels: {x: \"yes\"}\n", &[]),
        ("  labels: {x: null}\n", &[]),
        ("  labels:\n", &[]),
        ("  annotations: {1: a, yes: b}\n", &[]),
        ("  creationTimestamp: 2026-06-15T10:00:00Z\n", &[]),
        ("spec: {privateKey: {size: \"2048\"}}\n", &["spec.privateKey.size: expected an integer, found a string"]),
        ("spec: {isCA: 1}\n", &["spec.isCA: expected a boolean, found a number"]),
    ];
    for (insert, messages) in rows {
        let loaded = read(format!("{head}{insert}"));
        let expected: Vec<String> = messages.iter().map(|m| format!("! in | Certificate shop/bad | {m}")).collect();
        assert_eq!(problems(&loaded), expected, "{insert}");
        assert_eq!(names(&loaded).len(), 1, "{insert}");
    }
}

#[test]
fn a_bad_document_of_yaml_is_named_and_the_rest_is_read() {
    let good = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: good, namespace: shop}\n";
    let bomb: String =
        (1..20).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(","))).collect();
    let rows: Vec<(&str, String, &str)> = vec![
        ("syntax", "a: [\n".to_owned(), "not valid YAML, at line "),
        ("deep", format!("a: {}{}\n", "[".repeat(10_000), "]".repeat(10_000)), "not valid YAML, at line 5"),
        ("deep blocks", (0..1_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect(), "not valid YAML, at line "),
        ("bomb", format!("a0: &a0 x\n{bomb}"), "not valid YAML"),
        ("no object", "hello\n".to_owned(), "no Kubernetes object"),
    ];
    for (what, text, message) in rows {
        let loaded = read(format!("{good}---\n{text}---\n{}", good.replace("good", "best")));
        assert_eq!(names(&loaded), ["Certificate shop/best", "Certificate shop/good"], "{what}");
        let problems = problems(&loaded);
        assert_eq!(problems.len(), 1, "{what}: {problems:?}");
        assert!(problems[0].starts_with(&format!("! in: document 2 | {message}")), "{what}: {problems:?}");
    }
}

#[test]
fn repeated_keys_are_said_and_the_last_one_wins() {
    let yaml = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: first\n  name: web\n  namespace: shop\n  \
                labels:\n    a: \"1\"\n    a: \"2\"\nspec:\n  dnsNames: [a]\n  dnsNames: [b]\n";
    let json = r#"{"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"first","name":"web",
        "namespace":"shop","labels":{"a":"1","a":"2"}},"spec":{"dnsNames":["a"],"dnsNames":["b"]}}"#;
    for text in [yaml, json] {
        let loaded = read(text);
        assert_eq!(
            problems(&loaded),
            [
                ". in | Certificate shop/web | duplicate key metadata.name: the last one wins",
                ". in | Certificate shop/web | duplicate key metadata.labels.a: the last one wins",
                ". in | Certificate shop/web | duplicate key spec.dnsNames: the last one wins",
            ]
        );
        let certificate = loaded.world.certificates().next().unwrap();
        assert_eq!(&*certificate.spec.dns_names[0], "b");
        assert_eq!(certificate.metadata.labels.get("a"), Some("2"));
    }
    let secret =
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"n"},"data":{"a":"QQ==","a":"QUI="}}"#;
    let loaded = read(secret);
    assert_eq!(problems(&loaded), [". in | Secret n/s | duplicate key data.a: the last one wins"]);
    assert_eq!(loaded.world.secrets().next().unwrap().value_len("a"), Some(2));
    let issuer = r#"{"apiVersion":"cert-manager.io/v1","kind":"Issuer","metadata":{"name":"i","namespace":"n"},"spec":{"ca":{},"ca":{"secretName":"x"}}}"#;
    let loaded = read(issuer);
    assert_eq!(problems(&loaded), [". in | Issuer n/i | duplicate key spec.ca: the last one wins"]);
    assert_eq!(loaded.world.issuers().next().unwrap().ca_secret_name(), Some("x"));
}

#[test]
fn files_that_are_nothing_are_said() {
    let rows: [(&[u8], &str); 6] = [
        (b"", "! in | is empty"),
        (b" \n", "! in | is empty"),
        (b"\x00\x01\x02", "! in | not recognised: neither JSON, YAML, gzip, tar nor an etcd snapshot"),
        (b"hello", "! in | no Kubernetes object: it has neither apiVersion nor kind"),
        (
            &[0x1f, 0x8b, 0x08],
            "! in | the compressed data ends early: what came before was read, what follows is missing",
        ),
        (b"]", "! in | not valid YAML, at line 1"),
    ];
    for (bytes, problem) in rows {
        let problems = problems(&read(bytes));
        assert!(problems.len() == 1 && problems[0].starts_with(problem), "{problems:?}");
    }
    let no_backup = read(tar(&[("README", "hello")]));
    assert_eq!(
        problems(&no_backup),
        ["! in | a tar archive, but no backup of Velero's or Rancher's: no path in it is one of theirs",]
    );
}

#[test]
fn directories_name_what_they_cannot_read() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("b/c")).unwrap();
    fs::write(root.join("a.json"), good()).unwrap();
    fs::write(root.join(".hidden.json"), certificate("shop", "hidden")).unwrap();
    fs::write(root.join("b/backup.log"), "time: one: two\n").unwrap();
    fs::write(root.join("b/broken.yaml"), "apiVersion: v1: v2\n").unwrap();
    fs::write(root.join("b/notes.md"), "# Notes\n").unwrap();
    fs::write(root.join("b/picture.png"), b"\x89PNG\0").unwrap();
    fs::write(root.join("b/c/again.yaml"), good()).unwrap();
    let specs = [SourceSpec::Path(root.to_owned()), SourceSpec::Path(root.join("nowhere"))];
    let loaded = load(&specs, &LoadOptions::default());
    let here = root.display();
    assert_eq!(names(&loaded), ["Certificate shop/good"]);
    assert_eq!(
        problems(&loaded),
        [
            format!(
                ". {here}/b/backup.log | not valid YAML, at line 1: mapping values are not allowed in this context"
            ),
            format!(
                "! {here}/b/broken.yaml | not valid YAML, at line 1: mapping values are not allowed in this context"
            ),
            format!(
                ". {here}/b/c/again.yaml | Certificate shop/good | also given in {here}/a.json: this later one wins"
            ),
            format!(". {here}/b/notes.md | is empty"),
            format!(". {here}/b/picture.png | not recognised: neither JSON, YAML, gzip, tar nor an etcd snapshot"),
            format!("! {here}/nowhere | does not exist"),
        ]
    );
    assert_eq!(loaded.world.coverage.inputs[0].kind, "directory");
    assert_eq!(loaded.world.coverage.inputs[1].kind, "unreadable");
}

#[test]
fn no_problem_repeats_what_a_secret_holds() {
    let secret = "geheimgeheimgeheim";
    let last_applied = r#"{"kubectl.kubernetes.io/last-applied-configuration":"geheimgeheimgeheim"}"#;
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n";
    let texts = [
        format!("{head}data: {{tls.key: {secret}!}}\n"),
        format!("{head}data:\n  tls.key: {secret}: x\n"),
        format!("{head}data:\n  tls.key: \"{secret}\\q\"\n"),
        format!("{head}data:\n  tls.key: *{secret}\n"),
        format!("{head}data:\n  tls.key: !!int {secret}\n"),
        format!("{head}data:\n  tls.key: !!binary {secret}=\n"),
        format!("{head}data:\n  tls.key: [{secret}\n"),
        format!("{head}data: {secret}\n"),
        format!("{head}stringData:\n  tls.key: |\n    {secret}\n   {secret}\n"),
        format!("{head}data: [{secret}]\n"),
        format!(
            r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s","annotations":{last_applied}}},"data":{{"a":"{secret}""#
        ),
        format!(
            r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s","namespace":"shop"}},"data":{{"a":"{secret}\x"}}}}"#
        ),
        format!(r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s"}},"data":{{"a":{{"{secret}":1}}}}}}"#),
    ];
    for text in texts {
        let loaded = read(&text);
        assert!(!problems(&loaded).is_empty(), "{text}");
        let said = format!("{:?}", loaded.world);
        assert!(!said.contains("geheim"), "{text}: {:?}", problems(&loaded));
    }
}
