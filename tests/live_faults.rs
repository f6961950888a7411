//! A live cluster in which something goes wrong: every fault ends in the right answer or in a named problem, never in a
//! shorter list.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/fake_api.rs"]
mod fake_api;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{certificate, issue, issuer, p256, request, secret};
use fake_api::{FakeApi, Fault, Request};
use reissue_audit::coverage::Impact;
use reissue_audit::object::Kind;
use reissue_audit::source::{LiveOptions, LoadOptions, Loaded, Patience, SourceSpec, load};
use serde_json::{Value, json};

/// A fault, and what it is called or what has to be said of it.
type Named = (&'static str, fn() -> Fault);

const CERTIFICATES: &str = "/apis/cert-manager.io/v1/certificates";

/// Three Certificates in each of two namespaces, with what belongs to them; their Secrets are labelled.
fn cluster() -> Vec<Value> {
    let issued = issue(p256(), &["web.example.com"]);
    let mut objects = Vec::new();
    for namespace in ["blog", "shop"] {
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        objects.extend(issuer(namespace));
        for name in ["a", "b", "c"] {
            let mut labelled = secret(namespace, name, &issued);
            labelled["metadata"]["labels"] = json!({"controller.cert-manager.io/fao": "true"});
            objects.extend([certificate(namespace, name, &["web.example.com"]), labelled]);
            objects.push(request(namespace, name, &issued));
        }
    }
    objects
}

fn options(api: &FakeApi) -> LiveOptions {
    let patience = Patience {
        tries: 4,
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(1500),
        silence: Duration::from_millis(400),
        in_all: Duration::from_secs(60),
    };
    LiveOptions { kubeconfig: Some(api.kubeconfig()), chunk_size: 2, patience, ..LiveOptions::default() }
}

fn read_with(options: &LiveOptions) -> Loaded {
    load(&[SourceSpec::Live], &LoadOptions { live: Some(options), ..LoadOptions::default() })
}

fn read(api: &FakeApi) -> Loaded {
    read_with(&options(api))
}

/// What is missing by the coverage, one line each.
fn missing(loaded: &Loaded) -> Vec<String> {
    let problems = loaded.world.coverage.inputs.iter().flat_map(|input| &input.problems);
    let missing = problems.filter(|problem| problem.impact == Impact::Missing);
    missing.map(|problem| format!("{}: {}", problem.location, problem.message)).collect()
}

fn notes(loaded: &Loaded) -> Vec<String> {
    let problems = loaded.world.coverage.inputs.iter().flat_map(|input| &input.problems);
    let notes = problems.filter(|problem| problem.impact == Impact::Note);
    notes.map(|problem| problem.message.clone()).collect()
}

fn counts(loaded: &Loaded) -> [usize; 4] {
    let kinds = [Kind::Certificate, Kind::CertificateRequest, Kind::Secret, Kind::Issuer];
    kinds.map(|kind| loaded.world.count(kind))
}

/// All of it: six Certificates with their requests, their Secrets and those of two issuers.
const WHOLE: [usize; 4] = [6, 6, 8, 2];

#[test]
fn pages_are_followed_to_the_end() {
    let api = FakeApi::healthy(cluster());
    for (chunk, pages) in [(1, 6), (2, 3), (4, 2), (500, 1), (0, 1)] {
        let before = api.asked(CERTIFICATES);
        let loaded = read_with(&LiveOptions { chunk_size: chunk, ..options(&api) });
        assert_eq!((counts(&loaded), missing(&loaded)), (WHOLE, Vec::new()), "{chunk}");
        // As many again for the second look at their versions.
        assert_eq!(api.asked(CERTIFICATES) - before, 2 * pages, "{chunk}");
    }
}

/// Faults that pass: what goes wrong the first time, and nothing afterwards.
#[test]
fn faults_that_pass_leave_no_trace() {
    let faults: [Named; 9] = [
        ("429", || Fault::Status(429, &[("retry-after", "1")])),
        ("500", || Fault::Status(500, &[])),
        ("503", || Fault::Status(503, &[("retry-after", "0")])),
        ("cut", || Fault::Cut(700)),
        ("cut in the head of the body", || Fault::Cut(3)),
        ("stalls", || Fault::Stalls(Duration::from_millis(700))),
        ("hangs up", || Fault::HangUp),
        ("a login page", || Fault::Body("text/html", "<html>log in</html>".to_owned())),
        ("garbage", || Fault::Body("application/json", "{\"kind\":\"CertificateList\",\"items\":[{\"a\"".to_owned())),
    ];
    for (name, fault) in faults {
        let api = FakeApi::start(cluster(), move |request, _| {
            let strikes = request.path == CERTIFICATES && request.continues() && request.before == 0;
            if strikes { fault() } else { Fault::None }
        });
        let loaded = read(&api);
        assert_eq!((counts(&loaded), missing(&loaded), notes(&loaded)), (WHOLE, Vec::new(), Vec::new()), "{name}");
        assert!(loaded.world.coverage.is_whole(), "{name}");
    }
}

#[test]
fn retry_after_is_waited_for() {
    let api = FakeApi::start(cluster(), |request, _| {
        let strikes = request.path == CERTIFICATES && request.before == 0 && !request.wants_metadata();
        if strikes { Fault::Status(429, &[("retry-after", "1")]) } else { Fault::None }
    });
    let started = std::time::Instant::now();
    assert_eq!(counts(&read(&api)), WHOLE);
    assert!(started.elapsed() > Duration::from_secs(3), "three pages, a second each");
}

/// Faults that stay, at the second page: what came before is there, and the rest is named with its kind and path.
#[test]
fn faults_that_stay_are_named() {
    let faults: [Named; 6] = [
        ("the API server answered 500: made up", || Fault::Status(500, &[])),
        ("the API server answered 422: made up", || Fault::Status(422, &[])),
        ("the answer was cut off after 100 bytes", || Fault::Cut(100)),
        ("no answer within 0.4 s", || Fault::Stalls(Duration::from_millis(600))),
        ("the answer is text/html, not JSON", || Fault::Body("text/html", "<html>".to_owned())),
        ("the answer makes no sense", || Fault::Body("application/json", "{}".to_owned())),
    ];
    for (words, fault) in faults {
        let strikes =
            |request: &Request| request.path == CERTIFICATES && request.continues() && !request.wants_metadata();
        let api = FakeApi::start(cluster(), move |request, _| if strikes(request) { fault() } else { Fault::None });
        let loaded = read(&api);
        let missing = missing(&loaded);
        let expected = format!("{CERTIFICATES}: certificates.cert-manager.io: the list ended after 2 objects: {words}");
        assert!(missing.iter().any(|problem| problem.starts_with(&expected)), "{words}: {missing:?}");
        assert_eq!(loaded.world.count(Kind::Certificate), 2, "{words}");
        assert!(!loaded.world.coverage.is_whole() && !loaded.world.coverage.was_read_in(Kind::Certificate, "shop"));
    }
}

#[test]
fn a_list_that_expires_is_begun_anew_and_keeps_nothing_of_before() {
    let api = FakeApi::start(cluster(), |request, objects| {
        if request.path != CERTIFICATES
            || request.wants_metadata()
            || !request.asks("continue", "2")
            || request.before > 0
        {
            return Fault::None;
        }
        objects.retain(|object| object["kind"] != "Certificate" || object["metadata"]["name"] != "a");
        Fault::Status(410, &[])
    });
    let loaded = read(&api);
    assert_eq!(missing(&loaded), Vec::<String>::new());
    assert_eq!(loaded.world.count(Kind::Certificate), 4);
    let names: BTreeSet<&str> = loaded.world.certificates().map(|certificate| &*certificate.metadata.name).collect();
    assert_eq!(names, BTreeSet::from(["b", "c"]));
    assert!(notes(&loaded)[0].contains("the list expired while it was read and was begun anew once"));
    assert_eq!(loaded.world.coverage.inputs[0].objects[&Kind::Certificate], 4);
}

#[test]
fn a_list_that_always_expires_is_named() {
    let expires = |request: &Request| request.path == CERTIFICATES && request.continues() && !request.wants_metadata();
    let api = FakeApi::start(
        cluster(),
        move |request, _| {
            if expires(request) { Fault::Status(410, &[]) } else { Fault::None }
        },
    );
    let loaded = read(&api);
    assert!(missing(&loaded)[0].contains("expired on the API server before it was read to its end"));
}

#[test]
fn a_slow_answer_is_waited_for_and_the_request_timeout_is_kept() {
    let api = FakeApi::start(cluster(), |request, _| {
        if request.path == CERTIFICATES { Fault::Slow(Duration::from_millis(200)) } else { Fault::None }
    });
    assert_eq!(missing(&read(&api)), Vec::<String>::new());
    let impatient = LiveOptions { request_timeout: Some(Duration::from_millis(50)), ..options(&api) };
    assert!(missing(&read_with(&impatient))[0].contains("no answer within 0.05 s"));
}

#[test]
fn a_forbidden_kind_is_named_and_read_where_it_may_be() {
    let issuers = "/apis/cert-manager.io/v1/issuers";
    let api = FakeApi::start(cluster(), move |request, _| match &*request.path {
        path if path == issuers => Fault::Status(403, &[]),
        "/apis/cert-manager.io/v1/namespaces/shop/issuers" => Fault::Status(403, &[]),
        _ => Fault::None,
    });
    let loaded = read(&api);
    assert_eq!(
        missing(&loaded),
        [
            "/apis/cert-manager.io/v1/namespaces/shop/issuers: issuers.cert-manager.io in namespace shop: forbidden: made up"
        ]
    );
    let coverage = &loaded.world.coverage;
    assert_eq!(loaded.world.count(Kind::Issuer), 1);
    assert!(coverage.was_read_in(Kind::Issuer, "blog") && !coverage.was_read_in(Kind::Issuer, "shop"));
    let api = FakeApi::start(cluster(), |request, _| match request.path.ends_with("issuers") {
        true => Fault::Status(403, &[]),
        false => Fault::None,
    });
    let loaded = read(&api);
    let lines = missing(&loaded);
    assert!(lines[0].ends_with("issuers.cert-manager.io in each of 2 namespaces: forbidden: made up"), "{lines:?}");
    assert!(lines[1].contains("clusterissuers.cert-manager.io"), "{lines:?}");
    assert_eq!(lines.len(), 2, "{lines:?}");
}

/// What came before is taken back, and read again namespace by namespace.
#[test]
fn a_right_that_ends_within_a_list_leaves_nothing_twice() {
    let api = FakeApi::start(cluster(), |request, _| {
        let ends = request.path == CERTIFICATES && request.continues() && !request.wants_metadata();
        if ends { Fault::Status(403, &[]) } else { Fault::None }
    });
    let loaded = read(&api);
    assert_eq!((counts(&loaded), missing(&loaded), notes(&loaded)), (WHOLE, Vec::new(), Vec::new()));
    assert_eq!(loaded.world.coverage.inputs[0].objects[&Kind::Certificate], 6);
}

#[test]
fn without_a_right_on_namespaces_only_that_of_the_context_is_read_and_the_rest_is_named() {
    let api = FakeApi::start(cluster(), |request, _| match request.path.contains("/namespaces/shop/") {
        false if request.path != "/apis" => Fault::Status(403, &[]),
        _ => Fault::None,
    });
    let loaded = read(&api);
    assert_eq!(counts(&loaded), [3, 3, 4, 1]);
    let missing = missing(&loaded);
    for expected in [
        "/api/v1/namespaces: namespaces: forbidden: made up",
        "/apis/cert-manager.io/v1/certificates: certificates.cert-manager.io in namespaces whose names are not known: forbidden: made up",
        "/apis/cert-manager.io/v1/clusterissuers: clusterissuers.cert-manager.io: forbidden: made up",
    ] {
        assert!(missing.iter().any(|line| line == expected), "{expected}: {missing:?}");
    }
}

#[test]
fn a_missing_kind_and_a_group_that_is_down_do_not_matter() {
    // metrics.k8s.io is listed and nobody asks for it; Gateways and Orders are unknown here.
    let api = FakeApi::start(cluster(), |request, _| match request.path.starts_with("/apis/metrics.k8s.io") {
        true => Fault::Status(503, &[]),
        false => Fault::None,
    });
    let loaded = read(&api);
    assert_eq!((counts(&loaded), missing(&loaded)), (WHOLE, Vec::new()));
    assert!(loaded.world.coverage.was_read(Kind::Order) && loaded.world.coverage.was_read(Kind::Gateway));
}

#[test]
fn discovery_that_is_refused_is_named_and_done_without() {
    let api = FakeApi::start(cluster(), |request, _| match &*request.path {
        "/apis" => Fault::Status(403, &[]),
        _ => Fault::None,
    });
    let loaded = read(&api);
    assert_eq!(counts(&loaded), WHOLE);
    assert_eq!(missing(&loaded), ["/apis: the list of API groups: forbidden: made up"]);
    assert!(!loaded.world.coverage.was_read_in(Kind::Gateway, "shop"));
}

#[test]
fn without_any_right_on_secrets_they_are_unread() {
    let api = FakeApi::start(cluster(), |request, _| match request.path.contains("/secrets") {
        true => Fault::Status(403, &[]),
        false => Fault::None,
    });
    let loaded = read(&api);
    assert_eq!(missing(&loaded), ["/api/v1/secrets: secrets in each of 2 namespaces: forbidden: made up"]);
    assert!(!loaded.world.coverage.secrets_were_read("shop") && !loaded.world.coverage.was_read(Kind::Secret));
    // The list, and three single ones in each of two namespaces.
    assert_eq!(api.asked("/secrets"), 7, "{:?}", api.log());
}

#[test]
fn a_secret_that_is_refused_may_be_there_and_one_that_is_missing_is_not() {
    let mut objects = cluster();
    objects.retain(|object| object["kind"] != "Secret" || object["metadata"]["name"] != "b-tls");
    let api = FakeApi::start(objects, |request, _| match &*request.path {
        "/api/v1/secrets" | "/api/v1/namespaces/shop/secrets/vault-token" => Fault::Status(403, &[]),
        _ => Fault::None,
    });
    let loaded = read(&api);
    let broken: Vec<String> =
        loaded.world.broken().map(|(kind, key, broken)| format!("{kind} {key} {}", broken.error)).collect();
    assert_eq!(broken, ["Secret shop/vault-token forbidden: made up"]);
    assert!(loaded.world.coverage.secrets_were_read("shop"));
    assert_eq!(counts(&loaded), [6, 6, 5, 2]);
    assert!(!loaded.world.coverage.is_whole());
}

#[test]
fn many_names_in_a_namespace_are_a_page_of_a_list_and_no_longer_than_that() {
    let issued = issue(p256(), &["web.example.com"]);
    for foreign in [0, 100] {
        let mut objects = Vec::new();
        for number in 0..24 {
            objects.push(certificate("shop", &format!("m{number}"), &["web.example.com"]));
            objects.push(secret("shop", &format!("m{number}"), &issued));
        }
        for number in 0..foreign {
            let mut other = secret("shop", &format!("a{number}"), &issued);
            other["metadata"].as_object_mut().unwrap().remove("annotations");
            objects.push(other);
        }
        let api = FakeApi::healthy(objects);
        let loaded = read(&api);
        assert_eq!((loaded.world.count(Kind::Secret), missing(&loaded)), (24, Vec::new()), "{foreign}");
        assert_eq!(api.asked("/secrets?fieldSelector=type%3Dkubernetes.io/tls&limit=26"), 1, "{foreign}");
        let singles = api.log().iter().filter(|line| line.contains("/secrets/m")).count();
        assert_eq!(singles, if foreign == 0 { 0 } else { 24 }, "{foreign}");
    }
}

#[test]
fn what_changes_while_it_is_read_is_read_again() {
    let api = FakeApi::start(cluster(), |request, objects| {
        // A renewal ends after the Certificates were listed and before the Secrets are.
        if request.path == "/api/v1/secrets" && request.before == 0 {
            let changed = objects.iter_mut().filter(|object| object["metadata"]["namespace"] == "shop");
            for object in
                changed.filter(|object| object["metadata"]["name"] == "b" || object["metadata"]["name"] == "b-1")
            {
                object["metadata"]["resourceVersion"] = json!("9000");
                object["status"]["revision"] = json!(7);
            }
        }
        Fault::None
    });
    let loaded = read(&api);
    assert_eq!((counts(&loaded), missing(&loaded)), (WHOLE, Vec::new()));
    assert_eq!(notes(&loaded), ["Certificate shop/b changed while it was read: it was read again"]);
    let key = reissue_audit::object::NamespacedName::new("shop", "b");
    assert_eq!(loaded.world.certificate(&key).unwrap().status.revision, Some(7));
}

#[test]
fn what_keeps_changing_is_named() {
    let clock = AtomicUsize::new(9000);
    let api = FakeApi::start(cluster(), move |_, objects| {
        for object in objects.iter_mut().filter(|object| object["kind"] == "Certificate") {
            if object["metadata"]["name"] == "b" && object["metadata"]["namespace"] == "shop" {
                let now = clock.fetch_add(1, Ordering::Relaxed);
                object["metadata"]["resourceVersion"] = json!(now.to_string());
            }
        }
        Fault::None
    });
    let missing = missing(&read(&api));
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(
        missing[0]
            .contains("Certificate shop/b changed while it was read: it was read again and has changed once more")
    );
}

#[test]
fn a_certificate_that_goes_or_comes_while_it_is_read_is_as_it_is_last() {
    let api = FakeApi::start(cluster(), |request, objects| {
        if request.path == "/api/v1/secrets" && request.before == 0 {
            objects.retain(|object| object["kind"] != "Certificate" || object["metadata"]["name"] != "b");
            let mut new = certificate("blog", "new", &["web.example.com"]);
            new["metadata"]["resourceVersion"] = json!("9000");
            objects.push(new);
        }
        Fault::None
    });
    let loaded = read(&api);
    assert_eq!((loaded.world.count(Kind::Certificate), missing(&loaded)), (5, Vec::new()));
    assert_eq!(notes(&loaded).len(), 3, "{:?}", notes(&loaded));
}

#[test]
fn credentials_that_are_not_accepted_end_it() {
    let api = FakeApi::start(cluster(), |_, _| Fault::Status(401, &[]));
    let loaded = read(&api);
    assert_eq!(missing(&loaded), ["/apis: the cluster: the API server does not accept the credentials (401): made up"]);
    assert_eq!(api.log().len(), 1);
}

#[test]
fn an_api_server_that_is_away_for_a_while_is_waited_for() {
    let api = FakeApi::start(cluster(), |request, _| {
        if request.path == CERTIFICATES && request.before < 3 && !request.wants_metadata() {
            Fault::HangUp
        } else {
            Fault::None
        }
    });
    let loaded = read(&api);
    assert_eq!((counts(&loaded), missing(&loaded)), (WHOLE, Vec::new()));
}
