//! Corrections C: Gateways and ListenerSets as Ingresses.

use std::sync::Arc;

use serde_json::{Value, json};

use super::lab::{Lab, key, metadata};
use crate::object::{Gateway, Kind, Object};

const FLAGS: &[(&str, &str)] = &[
    ("enable-gateway-api", "true"),
    ("enable-gateway-api-listenerset", "true"),
    ("feature-gates", "ListenerSets=true"),
];

fn gateway(name: &str, secret: &str, parent: Option<&str>, annotations: &[(&str, &str)]) -> Gateway {
    let listener = json!({"name": "https", "hostname": "example.com", "protocol": "HTTPS",
        "tls": {"mode": "Terminate", "certificateRefs": [{"name": secret}]}});
    let parent = parent.map_or(Value::Null, |name| json!({"name": name}));
    let json = json!({"spec": {"listeners": [listener], "parentRef": parent}});
    let mut gateway: Gateway = serde_json::from_value(json).unwrap();
    gateway.metadata = metadata(name);
    annotations.iter().for_each(|(name, value)| gateway.metadata.annotations.insert(name, value));
    gateway
}

/// A Gateway with an issuer, a ListenerSet below it, and the Certificates of both.
fn lab(set_annotations: &[(&str, &str)]) -> Lab {
    let mut lab = Lab::new();
    FLAGS.iter().for_each(|(name, value)| lab.flags.set(name, value).unwrap());
    lab.self_signed("shop/ca").self_signed("shop/other").crd_versions(Kind::Gateway, &["v1"]);
    lab.crd_versions(Kind::ListenerSet, &["v1"]);
    lab.put(Object::Gateway(Arc::new(gateway("shop/gw", "gw-tls", None, &[("cert-manager.io/issuer", "ca")]))));
    lab.put(Object::ListenerSet(Arc::new(gateway("shop/set", "set-tls", Some("gw"), set_annotations))));
    for (name, kind, owner) in [("gw-tls", Kind::Gateway, "gw"), ("set-tls", Kind::ListenerSet, "set")] {
        lab.certificate_with(&format!("shop/{name}"), json!({"secretName": name})).secret(&format!("shop/{name}"));
        lab.owned_by(Kind::Certificate, &format!("shop/{name}"), kind, owner);
    }
    lab
}

#[test]
fn one_step_orphans_and_two_steps_give_good_owners() {
    let lab = lab(&[]);
    let one = lab.run("velero-documented");
    let two = lab.run("velero-two-step");
    for (name, owner) in [("shop/gw-tls", "Gateway"), ("shop/set-tls", "ListenerSet")] {
        assert!(one.fate(name).orphaned_from.is_some() && one.fate(name).made_by.is_none(), "{name}");
        let fate = two.fate(name);
        assert!(fate.made_by.is_some() && fate.orphaned_from.is_none() && fate.issuances == 0, "{name} {fate:#?}");
        let certificate = two.world.certificate(&key(name)).unwrap();
        assert_eq!(&*certificate.metadata.controller().unwrap().kind, owner);
        assert_eq!(*certificate.spec.issuer_ref.name, *"ca", "the ListenerSet takes its Gateway's issuer");
    }
}

#[test]
fn a_listener_set_may_name_an_issuer_of_its_own() {
    let two = lab(&[("cert-manager.io/issuer", "other")]).run("velero-two-step");
    assert_eq!(*two.world.certificate(&key("shop/set-tls")).unwrap().spec.issuer_ref.name, *"other");
}

#[test]
fn without_its_gateway_a_listener_set_yields_nothing() {
    let mut lab = lab(&[("cert-manager.io/issuer", "ca")]);
    lab.source.remove(Kind::Gateway, &key("shop/gw"));
    let two = lab.run("velero-two-step");
    let fate = two.fate("shop/set-tls");
    assert!(fate.made_by.is_none() && fate.orphaned_from.is_some());
}

/// The second condition beside the flag: the gate.
#[test]
fn without_the_gate_listener_sets_are_not_followed() {
    let mut lab = lab(&[]);
    lab.flags.set("feature-gates", "ListenerSets=false").unwrap();
    let two = lab.run("velero-two-step");
    assert!(two.fate("shop/gw-tls").made_by.is_some());
    assert!(two.fate("shop/set-tls").orphaned_from.is_some());
    assert!(two.notes.iter().any(|note| note.contains("does not follow ListenerSets")));
}
