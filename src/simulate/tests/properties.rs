//! What holds for every world and every preset.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::lab::{Lab, VIOLATES, key};
use crate::object::Kind;
use crate::plan::PRESETS;

#[derive(Clone, Debug)]
enum Part {
    Certificate { name: String, spec: Value, owner: Option<Kind> },
    Secret { name: String, violates: bool },
    Issuer { name: String, spec: Value },
    Request { name: String, issuer: String },
    Order { name: String },
    Ingress { name: String, secret: String },
    Labelled { namespace: String },
}

fn name() -> impl Strategy<Value = String> {
    (0..3u8, 0..5u8).prop_map(|(namespace, name)| format!("n{namespace}/c{name}"))
}

fn spec() -> impl Strategy<Value = Value> {
    let issuer = (0..5u8, prop_oneof![Just(""), Just("ClusterIssuer"), Just("Odd")]);
    (issuer, 0..6u8, prop_oneof![Just(""), Just("Never"), Just("Sometimes")]).prop_map(|((issuer, kind), secret, rotation)| {
        json!({
            "issuerRef": {"name": format!("i{issuer}"), "kind": kind},
            "secretName": format!("c{secret}-tls"),
            "privateKey": {"rotationPolicy": rotation},
            "keystores": {"jks": {"create": secret == 3, "passwordSecretRef": {"name": "c1-tls", "key": "password"}}},
        })
    })
}

fn issuer_spec() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"selfSigned": {}})),
        (0..5u8).prop_map(|n| json!({"ca": {"secretName": format!("c{n}-tls")}})),
        (0..5u8).prop_map(|n| json!({"acme": {"privateKeySecretRef": {"name": format!("c{n}-tls")}}})),
        Just(json!({"acme": {"solvers": "not a list"}})),
        Just(json!(7)),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    let owner = prop_oneof![Just(None), Just(Some(Kind::Ingress)), Just(Some(Kind::Gateway))];
    prop_oneof![
        4 => (name(), spec(), owner).prop_map(|(name, spec, owner)| Part::Certificate { name, spec, owner }),
        3 => (name(), any::<bool>())
            .prop_map(|(name, violates)| Part::Secret { name: format!("{name}-tls"), violates }),
        2 => (name(), issuer_spec()).prop_map(|(name, spec)| Part::Issuer { name: name.replace("/c", "/i"), spec }),
        1 => (0..5u8, issuer_spec()).prop_map(|(n, spec)| Part::Issuer { name: format!("i{n}"), spec }),
        2 => (name(), 0..4u8, 0..5u8)
            .prop_map(|(name, k, i)| Part::Request { name: format!("{name}-{k}"), issuer: format!("i{i}") }),
        1 => (name(), 0..4u8).prop_map(|(name, k)| Part::Order { name: format!("{name}-{k}-17") }),
        1 => (name(), 0..6u8).prop_map(|(name, n)| Part::Ingress { name, secret: format!("c{n}-tls") }),
        1 => (0..3u8).prop_map(|n| Part::Labelled { namespace: format!("n{n}") }),
    ]
}

fn build(parts: &[Part], release: &str, finished: bool) -> Lab {
    let mut lab = Lab::on(release);
    lab.finished = finished;
    let mut seen = std::collections::BTreeSet::new();
    for part in parts {
        let (kind, name) = match part {
            Part::Certificate { name, .. } => (Kind::Certificate, name),
            Part::Secret { name, .. } => (Kind::Secret, name),
            Part::Issuer { name, .. } if name.contains('/') => (Kind::Issuer, name),
            Part::Issuer { name, .. } => (Kind::ClusterIssuer, name),
            Part::Request { name, .. } => (Kind::CertificateRequest, name),
            Part::Order { name } => (Kind::Order, name),
            Part::Ingress { name, .. } => (Kind::Ingress, name),
            Part::Labelled { namespace } => (Kind::Namespace, namespace),
        };
        if !seen.insert((kind, name.clone())) {
            continue;
        }
        match part {
            Part::Certificate { name, spec, owner } => {
                lab.certificate_with(name, spec.clone());
                if let Some(owner) = owner {
                    lab.owned_by(kind, name, *owner, "c0");
                }
            }
            Part::Secret { name, violates } => {
                lab.secret(name);
                if *violates {
                    lab.annotate(kind, name, VIOLATES, "SecretPrivateKeyMismatchesSpec");
                }
            }
            Part::Issuer { name, spec } => drop(lab.issuer(name, spec.clone())),
            Part::Request { name, issuer } => drop(lab.request(name, issuer)),
            Part::Order { name } => drop(lab.order(name, "i0")),
            Part::Ingress { name, secret } => drop(lab.ingress(name, secret)),
            Part::Labelled { namespace } => {
                lab.namespace(namespace).label(kind, namespace, "velero.io/exclude-from-backup", "true");
            }
        }
    }
    lab
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn every_certificate_has_one_consistent_fate(
        parts in proptest::collection::vec(part(), 0..24),
        release in prop_oneof![Just("v1.8.2"), Just("v1.12.3"), Just("v1.17.4"), Just("v1.19.0"), Just("v1.21.2")],
        finished in any::<bool>(),
    ) {
        let lab = build(&parts, release, finished);
        for preset in PRESETS {
            let simulation = lab.run(preset.name);
            let source: Vec<_> = lab.source.certificates().map(|c| c.metadata.key()).collect();
            prop_assert!(source.iter().all(|key| simulation.fates.contains_key(key)));
            for (key, fate) in &simulation.fates {
                let there = simulation.world.certificate(key).is_some();
                prop_assert_eq!(there, fate.lost.is_none(), "{} {:?}", key, fate);
                prop_assert!(there || source.contains(key) || fate.made_by.is_some());
                prop_assert!(fate.completed <= fate.issuances);
                prop_assert_eq!(fate.issuances > 0, fate.first_trigger.is_some());
                let open = fate.blocked.is_some() || fate.pending.is_some();
                prop_assert!(!there || open == (fate.issuances > fate.completed), "{} {:?}", key, fate);
                prop_assert!(!fate.story.is_empty(), "{} has no story", key);
                prop_assert!(fate.story.iter().all(|step| (1..=simulation.steps.len()).contains(&step.step)));
            }
            for certificate in simulation.world.certificates() {
                prop_assert!(simulation.fates.contains_key(&certificate.metadata.key()));
                prop_assert_eq!(certificate.is_issuing(), {
                    let fate = &simulation.fates[&certificate.metadata.key()];
                    fate.blocked.is_some() || fate.pending.is_some()
                });
            }
            // Those that an etcd snapshot brings are the source's own.
            let fresh = || simulation.world.iter().map(|o| &*o.metadata().uid).filter(|uid| !uid.starts_with("source-"));
            prop_assert_eq!(fresh().collect::<std::collections::BTreeSet<_>>().len(), fresh().count());
            prop_assert_eq!(format!("{:?}", simulation), format!("{:?}", lab.run(preset.name)));
        }
    }
}

#[test]
fn time_grows_with_the_number_of_objects() {
    // Counted in events, not in seconds: twice the objects, twice the events.
    let events = |count: u32| {
        let mut lab = Lab::new();
        lab.self_signed("shop/ca");
        for n in 0..count {
            lab.certificate(&format!("shop/c{n}"));
        }
        let simulation = lab.run("velero-everything");
        let last = simulation.fates.values().flat_map(|fate| &fate.story).map(|step| step.event).max().unwrap();
        assert_eq!(simulation.fates[&key("shop/c0")].completed, 1);
        last
    };
    assert!(events(400) <= 2 * events(200) + 10);
}
