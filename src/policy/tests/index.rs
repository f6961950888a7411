//! Rules 3.2 – 3.6 without uids, and what was not read.

use std::sync::Arc;

use super::super::{Index, Ownership, backoff, gather, owns_secret};
use super::gathering::{certificate, named, request, world};
use super::support::{NOW, release};
use crate::object::{NamespacedName, Object, Secret};
use crate::release::{ControllerFlags, Version};

const BARE: &str = "{metadata: {namespace: ns, name: web}, spec: {secretName: tls}, status: {revision: 3}}";

/// A request of revision 3 without uids: owner as YAML, annotation, whether it is the one of `web`.
const BY_NAME: [(&str, Option<&str>, bool); 7] = [
    ("{kind: Certificate, name: web, controller: true}", None, true),
    ("{kind: Certificate, name: web, controller: true}", Some("api"), true),
    ("{kind: Certificate, name: api, controller: true}", Some("web"), false),
    ("{kind: Issuer, name: web, controller: true}", None, false),
    ("{kind: Certificate, name: web}", None, false),
    ("{kind: Certificate, name: web}", Some("web"), true),
    ("{kind: Issuer, name: other}", Some("api"), false),
];

#[test]
fn without_uids_requests_are_found_by_name() {
    for (owner, annotation, found) in BY_NAME {
        let annotation =
            annotation.map_or_else(String::new, |name| format!(", cert-manager.io/certificate-name: {name}"));
        let yaml = format!(
            "{{metadata: {{namespace: ns, name: a, ownerReferences: [{owner}],
            annotations: {{cert-manager.io/certificate-revision: '3'{annotation}}}}}}}"
        );
        let request = Object::CertificateRequest(Arc::new(serde_saphyr::from_str(&yaml).unwrap()));
        let world = world([certificate(BARE), request.clone()]);
        let index = Index::new(&world);
        let flags = ControllerFlags::default();
        let got = gather(&index, &world, named(&world, "web"), &release("v1.21.2"), &flags).unwrap();
        assert_eq!(got.current.is_some(), found, "{owner} {annotation}");
        // A Certificate with a uid is not looked up by its name.
        let world = self::world([certificate(&BARE.replace("name: web", "name: web, uid: u1")), request]);
        let index = Index::new(&world);
        assert_eq!(index.requests_of(named(&world, "web")).count(), 0, "{owner}");
    }
}

#[test]
fn requests_of_another_namespace_or_owner_are_left_alone() {
    let uid = |namespace: &str, name: &str, uid: &str| {
        certificate(&format!("{{metadata: {{namespace: {namespace}, name: {name}, uid: {uid}}}}}"))
    };
    let world = world([
        uid("ns", "web", "u1"),
        uid("ns", "api", "u2"),
        request("a", "u1", true, "1"),
        request("b", "u1", true, "2"),
    ]);
    let index = Index::new(&world);
    let names = |name| index.requests_of(named(&world, name)).map(|r| r.metadata.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names("web"), ["a", "b"]);
    assert_eq!(names("api"), Vec::<String>::new());
}

/// What a plan knows of one Certificate is what the index of the whole world says of it.
#[test]
fn the_index_of_one_certificate_is_that_of_the_world() {
    let of = |namespace: &str, name: &str, uid: &str| {
        certificate(&format!(
            "{{metadata: {{namespace: {namespace}, name: {name}, uid: '{uid}'}}, spec: {{secretName: tls}}}}"
        ))
    };
    let owned = |namespace: &str, name: &str, owner: &str, uid: &str| {
        let owner = format!("{{kind: Certificate, name: {owner}, uid: '{uid}', controller: true}}");
        let yaml = format!("{{metadata: {{namespace: {namespace}, name: {name}, ownerReferences: [{owner}]}}}}");
        Object::CertificateRequest(Arc::new(serde_saphyr::from_str(&yaml).unwrap()))
    };
    for uid in ["", "u1"] {
        let world = world([
            of("ns", "web", uid),
            of("ns", "api", ""),
            of("other", "web", uid),
            owned("ns", "b", "web", uid),
            owned("ns", "a", "web", uid),
            owned("ns", "c", "api", uid),
            owned("other", "d", "web", uid),
        ]);
        let whole = Index::new(&world);
        for web in world.certificates() {
            let requests: Vec<_> = world.requests().collect();
            let twice = requests.iter().rev().chain(&requests).copied();
            let claimants = world.certificates().filter(|c| c.metadata.namespace == web.metadata.namespace);
            let one = Index::of_one(web, twice, claimants);
            let names = |index: &Index<'_>| {
                index.requests_of(web).map(|request| request.metadata.name.to_string()).collect::<Vec<_>>()
            };
            let key = web.metadata.key();
            assert_eq!(names(&one), names(&whole), "{key} {uid:?}");
            assert_eq!(one.shares_secret(web), whole.shares_secret(web), "{key}");
            let (release, flags) = (release("v1.21.2"), ControllerFlags::default());
            let owner = |index: &Index<'_>| owns_secret(index, &world, web, &release, &flags);
            assert_eq!(owner(&one), owner(&whole), "{key}");
        }
    }
}

#[test]
fn next_keys_are_labelled_secrets_with_an_owner() {
    /// Name, label, owner's uid and controller; all in the namespace of `web`, which has the uid `u1`.
    const SECRETS: [(&str, Option<&str>, &str, bool); 6] = [
        ("fits", Some("true"), "u1", true),
        ("of another", Some("true"), "u2", true),
        ("not controlled", Some("true"), "u1", false),
        ("labelled otherwise", Some("false"), "u1", true),
        ("not labelled", None, "u1", true),
        ("without a uid", Some("true"), "", true),
    ];
    let secrets = SECRETS.map(|(name, label, uid, controller)| {
        let mut secret = Secret::default();
        (secret.metadata.namespace, secret.metadata.name) = ("ns".into(), name.into());
        secret.metadata.labels = label.map(|value| ("cert-manager.io/next-private-key", value)).into_iter().collect();
        let owner = format!("{{kind: Certificate, name: web, uid: '{uid}', controller: {controller}}}");
        secret.metadata.owner_references = [serde_saphyr::from_str(&owner).unwrap()].into_iter().collect();
        Object::Secret(Arc::new(secret))
    });
    for (uid, want) in [("u1", &["fits"][..]), ("u3", &[]), ("''", &[])] {
        let web = certificate(&format!("{{metadata: {{namespace: ns, name: web, uid: {uid}}}}}"));
        let world = world(secrets.iter().cloned().chain([web]));
        let index = Index::new(&world);
        let names: Vec<_> = index.next_keys_of(named(&world, "web")).map(|s| &*s.metadata.name).collect();
        assert_eq!(names, want, "{uid}");
    }
}

#[test]
fn a_secret_is_shared_if_another_certificate_names_it() {
    let of = |namespace: &str, name: &str, secret: &str| {
        certificate(&format!("{{metadata: {{namespace: {namespace}, name: {name}}}, spec: {{secretName: {secret}}}}}"))
    };
    let world = world([of("ns", "a", "x"), of("ns", "b", "x"), of("ns", "c", "y"), of("other", "d", "y")]);
    let index = Index::new(&world);
    for (name, shared) in [("a", true), ("b", true), ("c", false)] {
        assert_eq!(index.shares_secret(named(&world, name)), shared, "{name}");
    }
    assert!(!Index::default().shares_secret(named(&world, "a")));
    let flags = ControllerFlags::default();
    let owner = owns_secret(&index, &world, named(&world, "c"), &release("v1.21.2"), &flags);
    assert_eq!(owner, Ownership::Sole);
}

/// Complete, the namespace was read, only labelled Secrets were, release, Secret; whether it can be said not to exist.
const READ: [(bool, bool, bool, Version, &str, bool); 9] = [
    (true, false, false, Version::v1(8, 0), "any", true),
    (true, false, true, Version::v1(8, 0), "any", true),
    (false, false, false, Version::v1(21, 2), "tls", false),
    (false, true, false, Version::v1(8, 0), "any", true),
    (false, true, true, Version::v1(21, 2), "tls", true),
    (false, true, true, Version::v1(21, 2), "any", false),
    (false, true, true, Version::v1(11, 0), "tls", true),
    (false, true, true, Version::v1(10, 2), "tls", false),
    (false, false, true, Version::v1(21, 2), "tls", false),
];

#[test]
fn what_was_not_read_may_exist() {
    for (complete, namespace, labelled, version, secret, read) in READ {
        let mut world = world([certificate(BARE)]);
        world.coverage.complete = complete;
        world.coverage.only_labelled_secrets = labelled;
        world.coverage.secret_namespaces.extend(namespace.then(|| "ns".into()));
        let index = Index::new(&world);
        let got = index.secret_was_read(&world.coverage, &NamespacedName::new("ns", secret), version);
        assert_eq!(got, read, "{complete} {namespace} {labelled} {version} {secret}");
    }
}

#[test]
fn a_changed_spec_or_an_unreadable_request_ends_the_back_off() {
    let mut certificate = crate::object::Certificate::default();
    certificate.status.last_failure_time = Some(NOW);
    let flags = ControllerFlags::default();
    let next = crate::object::CertificateRequest::default();
    assert_eq!(backoff(&certificate, Some(&next), &release("v1.21.2"), &flags, NOW), None, "no signing request in it");
    assert!(backoff(&certificate, None, &release("v1.21.2"), &flags, NOW).is_some());
    certificate.status.last_failure_time = None;
    assert_eq!(backoff(&certificate, None, &release("v1.21.2"), &flags, NOW), None, "nothing failed");
}
