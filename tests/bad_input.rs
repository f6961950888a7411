//! Bad input through the program: what is wrong is named with its place, the healthy Certificate beside it is judged, and
//! the exit code tells.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use std::io::Write as _;

use common::{NOW, certificate, command, data, entry, healthy, issue, list, p256, secret};
use serde_json::{Value, json};

/// An input with a healthy `shop/web` in it and something bad beside it.
struct Case {
    what: &'static str,
    input: Vec<u8>,
    /// `!` (missing) or `.` (note), place, object and the beginning of the message.
    problems: Vec<String>,
    /// Certificates that stay in the list as `unknown`, and what their reason names.
    unknown: Vec<(&'static str, &'static str)>,
}

fn case(what: &'static str, input: impl Into<Vec<u8>>, problems: &[&str]) -> Case {
    let problems = problems.iter().map(|text| (*text).to_owned()).collect();
    Case { what, input: input.into(), problems, unknown: Vec::new() }
}

impl Case {
    fn unknown(mut self, name: &'static str, because: &'static str) -> Self {
        self.unknown.push((name, because));
        self
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The healthy world with one more item.
fn beside(item: &Value) -> String {
    let mut objects = healthy("shop", "web");
    objects.push(item.clone());
    list(&objects)
}

/// The healthy world as the first document of a YAML file, and another document.
fn documents(other: &str) -> String {
    format!("---\n{}\n---\n{other}", list(&healthy("shop", "web")))
}

/// The healthy world as a Velero backup, and one more entry.
fn backup(path: &str, text: &str) -> Vec<u8> {
    let folder = |kind: &str| match kind {
        "Secret" => "secrets".to_owned(),
        kind => format!("{}s.cert-manager.io", kind.to_lowercase()),
    };
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |path: &str, text: &str| {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    };
    for object in healthy("shop", "web") {
        let (kind, name) = (object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap());
        add(&format!("resources/{}/namespaces/shop/{name}.json", folder(kind)), &object.to_string());
    }
    add(path, text);
    gzip(&archive.into_inner().unwrap())
}

/// Bytes that gzip cannot make smaller, the same at each run.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[(state >> 59) as usize])
    };
    (0..length).map(|_| next()).collect()
}

fn truncated() -> Vec<u8> {
    let filler = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop", "name": "filler"},
        "data": {"blob": noise(400_000)},
    });
    let whole = gzip(beside(&filler).as_bytes());
    whole[..whole.len() / 2].to_vec()
}

fn broken_base64() -> String {
    let issued = issue(p256(), &["bad.example.com"]);
    let mut broken = secret("shop", "bad", &issued);
    broken["data"]["tls.key"] = json!("!!!!");
    let mut objects = healthy("shop", "web");
    objects.extend([certificate("shop", "bad", &["bad.example.com"]), broken]);
    list(&objects)
}

fn not_utf8() -> Vec<u8> {
    let mut text = beside(&certificate("shop", "bad", &["bad.example.com"])).into_bytes();
    let at = text.windows(15).position(|run| run == b"bad.example.com").unwrap();
    text[at] = 0xff;
    text
}

fn cases() -> Vec<Case> {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_label = {
        let mut text = beside(&certificate("shop", "bad", &["bad.example.com"]));
        let at = text.find(r#""uid":"uid-shop-bad""#).unwrap();
        text.insert_str(at, &format!(r#""labels":{deep},"#));
        text
    };
    let bomb: String =
        (1..20).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(","))).collect();
    let doubled =
        list(&healthy("shop", "web")).replacen(r#""uid":"uid-shop-web""#, r#""uid":"another","uid":"uid-shop-web""#, 1);
    let cut = &certificate("shop", "cut", &["cut.example.com"]).to_string()[..150];
    let labelled = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: bad\n  namespace: shop\n  \
                    labels:\n    team: yes\nspec:\n  secretName: bad-tls\n";
    vec![
        case("truncated gzip", truncated(), &[
            "! - | the compressed data ends early: what came before was read, what follows is missing",
            "! -: item 6 | not valid JSON: the text ends early",
        ]),
        case("broken JSON in a tar entry", backup("resources/certificates.cert-manager.io/namespaces/shop/cut.json", cut), &[
            "! -: resources/certificates.cert-manager.io/namespaces/shop/cut.json | Certificate shop/cut | not valid JSON: ",
        ])
        .unknown("cut", "cut.json"),
        case("wrong base64 in a Secret", broken_base64(), &[
            "! -: item 7 | Secret shop/bad-tls | data[\"tls.key\"]: illegal base64 data of 4 characters",
        ])
        .unknown("bad", "Secret shop/bad-tls could not be read"),
        case("nesting 10,000 deep in JSON", deep_label, &["! -: item 6 | Certificate shop/bad | not valid JSON: recursion limit exceeded"])
            .unknown("bad", "recursion limit exceeded"),
        case("nesting 10,000 deep in YAML", documents(&format!("a: {deep}\n")), &["! -: document 2 | not valid YAML, at line "]),
        case("alias bomb", documents(&format!("a0: &a0 x\n{bomb}")), &["! -: document 2 | not valid YAML"]),
        case("object without metadata", beside(&json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "spec": {}})), &[
            "! -: item 6 | Certificate | has no metadata.name",
        ]),
        case(
            "duplicate keys",
            doubled,
            &[". -: item 3 | Certificate shop/web | duplicate key metadata.uid: the last one wins"],
        ),
        case("non-UTF-8", not_utf8(), &["! -: item 6 | Certificate shop/bad | not UTF-8, at byte "])
            .unknown("bad", "not UTF-8"),
        case("label that is a boolean in YAML", documents(labelled), &[
            "! -: document 2 | Certificate shop/bad | metadata.labels.team: expected a string, found a boolean",
        ])
        .unknown("bad", "metadata.labels.team: expected a string, found a boolean"),
    ]
}

/// Problems of a report as lines.
fn problems(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let inputs = report["coverage"]["inputs"].as_array().unwrap();
    let all = inputs.iter().flat_map(|input| input["problems"].as_array().unwrap());
    let line = |problem: &Value| {
        let mark = if problem["impact"] == "note" { '.' } else { '!' };
        let object = problem["object"].as_str().map(|object| format!("{object} | ")).unwrap_or_default();
        format!("{mark} {} | {object}{}", text(&problem["location"]), text(&problem["message"]))
    };
    all.map(line).collect()
}

/// Runs `audit` on standard input and other sources; the report, the exit code and whether stderr is free of panics.
fn audit(arguments: &[&str], input: &[u8]) -> (Value, i32) {
    let sources = ["audit", "-", "--now", NOW, "--report", "json"];
    let output = command().args(sources).args(arguments).write_stdin(input).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!errors.contains("panicked"), "{errors}");
    (serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {errors}")), output.status.code().unwrap())
}

fn check(case: &Case, arguments: &[&str]) {
    let what = case.what;
    let (report, code) = audit(arguments, &case.input);
    let found = problems(&report);
    let fits = found.len() == case.problems.len() && found.iter().zip(&case.problems).all(|(a, b)| a.starts_with(b));
    assert!(fits, "{what}: expected {:#?}, found {found:#?}", case.problems);
    assert_eq!(code, 0, "{what}");
    let partial = case.problems.iter().any(|problem| problem.starts_with('!'));
    assert_eq!(report["coverage"]["complete"], !partial, "{what}");
    let strict = [arguments, &["--strict"]].concat();
    assert_eq!(audit(&strict, &case.input).1, if partial { 4 } else { 0 }, "{what} with --strict");
    assert_eq!(entry(&report, "shop", "web")["verdict"], "unchanged", "{what}: {}", entry(&report, "shop", "web"));
    for (name, because) in &case.unknown {
        let entry = entry(&report, "shop", name);
        let reason = entry["because"].as_str().unwrap();
        assert!(entry["verdict"] == "unknown" && reason.contains(because), "{what}: {entry}");
    }
    assert_eq!(report["certificates"].as_array().unwrap().len(), 1 + case.unknown.len(), "{what}");
}

#[test]
fn bad_input_is_named_and_its_neighbours_are_judged() {
    for case in cases() {
        check(&case, &[]);
    }
}

#[test]
fn a_path_that_does_not_exist_is_named() {
    let case = case("missing path", list(&healthy("shop", "web")), &["! /no/such/file.yaml | does not exist"]);
    check(&case, &["/no/such/file.yaml"]);
}

#[test]
fn base64_of_a_secret_is_not_repeated() {
    let text = String::from_utf8(cases().remove(2).input).unwrap().replace("!!!!", &format!("{}!", data("hunter2")));
    let (report, _) = audit(&["-vv"], text.as_bytes());
    assert!(!report.to_string().contains(data("hunter2").trim_end_matches('=')));
    assert_eq!(entry(&report, "shop", "bad")["verdict"], "unknown");
}
