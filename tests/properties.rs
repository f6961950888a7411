//! What holds for every input: order does not matter, the same input gives the same bytes, nothing panics.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;

use common::{NOW, certificate, healthy, issue, issuer, list, p256, report, request, secret};
use proptest::prelude::*;
use reissue_audit::source::load_bytes;
use serde_json::Value;

/// Certificates of several namespaces in several states.
fn objects() -> Vec<Value> {
    let mut objects = healthy("shop", "web");
    let issued = issue(p256(), &["api.example.com"]);
    objects.push(certificate("shop", "api", &["api.example.com", "new.example.com"]));
    objects.push(secret("shop", "api", &issued));
    objects.push(request("shop", "api", &issued));
    objects.push(certificate("shop", "gone", &["gone.example.com"]));
    objects.push(certificate("elsewhere", "unread", &["unread.example.com"]));
    objects.extend(issuer("late"));
    let mut shared = certificate("shop", "sharer", &["web.example.com"]);
    shared["spec"]["secretName"] = Value::from("web-tls");
    objects.push(shared);
    objects
}

fn without_inputs(mut report: Value) -> Value {
    report["coverage"]["inputs"] = Value::Null;
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_objects_never_changes_an_audit(shuffled in Just(objects()).prop_shuffle()) {
        let mut sorted = shuffled.clone();
        sorted.sort_by_key(|object| object["metadata"]["name"].as_str().map(str::to_owned));
        let arguments = ["audit", "-", "--now", NOW];
        prop_assert_eq!(
            without_inputs(report(&arguments, &list(&shuffled))),
            without_inputs(report(&arguments, &list(&sorted)))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let _loaded = load_bytes("bytes", &bytes);
    }

    #[test]
    fn reading_damaged_objects_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = FLEET.clone();
        let index = at.index(bytes.len());
        bytes[index] = byte;
        let _loaded = load_bytes("damaged", &bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _loaded = load_bytes("cut", &bytes);
    }
}

static FLEET: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| list(&objects()).into_bytes());
