use rcgen::{CertificateParams, KeyPair, SerialNumber};
use serde_json::{Value, json};

use super::*;
use crate::object::decode::{Outcome, Texts, decode};
use crate::release::newest;
use crate::verdict::Verdict;

/// What a Secret holds: a certificate of this serial number for one of the keys.
#[derive(Clone, Copy, Debug)]
enum Holds {
    Serial(u64, Key),
    StandIn,
    Garbage,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    A,
    B,
}

/// One side: whether the Certificate is there, what its Secret holds, whether `Issuing=True` stands in its status.
type Picture = Option<(Option<Holds>, bool)>;

/// Before, after, and what is seen: the change, whether the key was kept, the request.
type Row = (Picture, Picture, Change, Option<bool>, Option<&'static str>);

struct Keys {
    a: KeyPair,
    b: KeyPair,
}

impl Keys {
    fn new() -> Self {
        Self { a: KeyPair::generate().unwrap(), b: KeyPair::generate().unwrap() }
    }

    fn key(&self, key: Key) -> &KeyPair {
        match key {
            Key::A => &self.a,
            Key::B => &self.b,
        }
    }

    fn certificate(&self, holds: Holds) -> String {
        let (serial, key, issuer) = match holds {
            Holds::Serial(serial, key) => (serial, key, "an issuer"),
            Holds::StandIn => (9, Key::A, "cert-manager.local"),
            Holds::Garbage => return "garbage".to_owned(),
        };
        let mut params = CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
        params.serial_number = Some(SerialNumber::from(serial));
        params.distinguished_name.push(rcgen::DnType::CommonName, issuer);
        params.self_signed(self.key(key)).unwrap().pem()
    }

    fn request(&self, key: Key) -> String {
        let params = CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
        params.serialize_request(self.key(key)).unwrap().pem().unwrap()
    }
}

fn base64(text: &str) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(text)
}

fn world(objects: &[Value]) -> World {
    let mut world = World::default();
    world.coverage.complete = true;
    for object in objects {
        match decode(object.to_string().as_bytes(), None, Texts::Forget) {
            Outcome::Read { object, .. } => drop(world.insert(object)),
            other => panic!("{other:?}"),
        }
    }
    world
}

fn picture(keys: &Keys, picture: Picture) -> World {
    let Some((holds, issuing)) = picture else { return world(&[]) };
    let conditions = json!([{"type": "Issuing", "status": if issuing { "True" } else { "False" }}]);
    let metadata = json!({"namespace": "shop", "name": "web", "uid": "u"});
    let mut objects = vec![json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": metadata,
        "spec": {"secretName": "web-tls", "issuerRef": {"name": "ca"}}, "status": {"conditions": conditions, "revision": 2},
    })];
    objects.extend(holds.map(|holds| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "shop", "name": "web-tls"},
            "data": {"tls.crt": base64(&keys.certificate(holds))},
        })
    }));
    for (name, revision, key) in [("web-1", "1", Key::A), ("web-2", "2", Key::B)] {
        objects.push(json!({
            "apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
            "metadata": {
                "namespace": "shop", "name": name, "creationTimestamp": "2026-11-01T00:00:00Z",
                "annotations": {"cert-manager.io/certificate-revision": revision},
                "ownerReferences": [
                    {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": "web", "uid": "u", "controller": true},
                ],
            },
            "spec": {"request": base64(&keys.request(key)), "issuerRef": {"name": "ca"}},
        }));
    }
    world(&objects)
}

fn compare_worlds(before: &World, after: &World) -> Vec<(NamespacedName, Observed)> {
    let (old, new) = (Index::new(before), Index::new(after));
    let release = &newest();
    observe(&Side { world: before, index: &old, release }, &Side { world: after, index: &new, release })
}

#[test]
fn what_was_done_to_a_certificate() {
    use Change::{Lost, New, Pending, Reissued, Same};
    use Holds::{Garbage, Serial, StandIn};
    const FIRST: Picture = Some((Some(Serial(1, Key::A)), false));
    const ROWS: [Row; 13] = [
        (FIRST, FIRST, Same, None, None),
        (FIRST, Some((Some(Serial(1, Key::A)), true)), Pending, None, None),
        (FIRST, Some((Some(Serial(2, Key::A)), false)), Reissued, Some(true), Some("web-1")),
        (FIRST, Some((Some(Serial(2, Key::B)), false)), Reissued, Some(false), Some("web-2")),
        // Another CA may give the same number.
        (FIRST, Some((Some(Serial(1, Key::B)), false)), Reissued, Some(false), Some("web-2")),
        (FIRST, Some((Some(StandIn), true)), Pending, Some(true), Some("web-1")),
        (FIRST, Some((Some(Garbage), false)), Pending, None, None),
        (FIRST, Some((None, false)), Pending, None, None),
        (FIRST, None, Lost, None, None),
        (None, FIRST, New, None, None),
        (Some((None, false)), FIRST, Reissued, None, Some("web-1")),
        (Some((Some(Garbage), false)), FIRST, Reissued, None, Some("web-1")),
        (Some((None, false)), Some((None, true)), Pending, None, None),
    ];
    let keys = Keys::new();
    for (before, after, change, key_kept, request) in ROWS {
        let observed = compare_worlds(&picture(&keys, before), &picture(&keys, after));
        let [(key, seen)] = &observed[..] else { panic!("{observed:?}") };
        assert_eq!(key.to_string(), "shop/web");
        assert_eq!((seen.change, seen.key_kept), (change, key_kept), "{before:?} {after:?}");
        assert_eq!(seen.request.as_ref().map(|key| &*key.name), request, "{before:?} {after:?}");
        let at = request.map(|_| "2026-11-01T00:00:00Z".to_owned());
        assert_eq!(seen.at.map(|at| at.to_string()), at, "{before:?} {after:?}");
    }
}

/// What was not read on one side is no change.
#[test]
fn what_was_not_read_cannot_be_compared() {
    let keys = Keys::new();
    let whole = picture(&keys, Some((Some(Holds::Serial(1, Key::A)), false)));
    let mut without_secret = picture(&keys, Some((None, false)));
    without_secret.coverage = crate::coverage::Coverage::default();
    let mut nothing = world(&[]);
    nothing.coverage = crate::coverage::Coverage::default();
    for (before, after) in
        [(&whole, &without_secret), (&without_secret, &whole), (&whole, &nothing), (&nothing, &whole)]
    {
        let observed = compare_worlds(before, after);
        assert_eq!(observed[0].1.change, Change::NotComparable, "{observed:?}");
    }
}

#[test]
fn every_verdict_but_unknown_foretells_something() {
    const CHANGES: [Change; 5] = [Change::Same, Change::Reissued, Change::Lost, Change::New, Change::Pending];
    let fits = |verdict, change| fits(verdict, &Observed::only(change));
    for verdict in Verdict::ALL {
        let fitting = CHANGES.iter().filter(|change| fits(verdict, **change)).count();
        assert_eq!(fitting == CHANGES.len(), verdict == Verdict::Unknown, "{verdict:?}");
        assert!(fits(verdict, Change::NotComparable));
    }
    assert!(fits(Verdict::Unchanged, Change::Same) && !fits(Verdict::Unchanged, Change::Reissued));
    assert!(fits(Verdict::ReissueNow, Change::Reissued) && !fits(Verdict::ReissueNow, Change::Same));
    let for_other = Observed { issued_for: Some("other".into()), ..Observed::only(Change::Reissued) };
    assert!(super::fits(Verdict::Unchanged, &for_other) && !super::fits(Verdict::ReissueNow, &for_other));
}

/// A restore begins with the first thing that it creates.
#[test]
fn the_beginning_is_the_first_creation_after_the_picture() {
    let secret = |name: &str, day: u8| {
        json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"namespace": "a", "name": name, "creationTimestamp": format!("2026-11-{day:02}T00:00:00Z")}})
    };
    let before = world(&[secret("old", 1), secret("newer", 5)]);
    let after = world(&[secret("old", 1), secret("late", 9), secret("early", 7)]);
    assert_eq!(began(&before, &after).map(|time| time.date()), Some("2026-11-07".to_owned()));
    assert_eq!(began(&before, &before), None);
}

/// The Secret of two Certificates was written for the other one: this one has what it waits for only if it waits no more.
#[test]
fn what_was_issued_for_another_ends_no_issuance() {
    let keys = Keys::new();
    let before = picture(&keys, Some((Some(Holds::Serial(1, Key::A)), false)));
    for (issuing, change) in [(true, Change::Pending), (false, Change::Reissued)] {
        let mut after = picture(&keys, Some((Some(Holds::Serial(2, Key::B)), issuing)));
        let secret = after.get_mut(Kind::Secret, &NamespacedName::new("shop", "web-tls")).unwrap();
        secret.metadata_mut().annotations.insert(CERTIFICATE_NAME, "other");
        let observed = &compare_worlds(&before, &after)[0].1;
        assert_eq!((observed.change, observed.issued_for.as_deref()), (change, Some("other")));
    }
}
