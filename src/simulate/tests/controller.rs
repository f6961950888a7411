//! A controller that exits until the Gateway API is there (corrections B6).

use super::lab::{Lab, key};
use crate::object::Kind;

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.flags.set("enable-gateway-api", "true").unwrap();
    lab.certificate("shop/web").self_signed("shop/ca");
    lab
}

/// The CRD of Gateways as it is served since Gateway API 1.0.
fn with_gateways(lab: &mut Lab) {
    lab.crd_versions(Kind::Gateway, &["v1"]);
}

#[test]
fn b6_without_the_crds_nothing_is_issued() {
    for preset in ["velero-documented", "kubectl-config"] {
        let simulation = lab().run(preset);
        let down = simulation.controller_down.unwrap();
        assert_eq!((down.until, down.api.crd()), (None, "gateways.gateway.networking.k8s.io"), "{preset}");
        assert_eq!(simulation.fate("shop/web").issuances, 0, "{preset}");
        assert!(simulation.step_named("startCertManager").text.contains("do not seem to be present"), "{preset}");
    }
}

#[test]
fn b6_it_runs_after_the_step_that_brings_them() {
    let mut lab = lab();
    with_gateways(&mut lab);
    let simulation = lab.run("velero-documented");
    let restore = simulation.step_named("veleroRestore");
    assert_eq!(simulation.controller_down.unwrap().until, Some(restore.index));
    assert!(restore.text.ends_with("cert-manager finds the Gateway API now and runs"), "{}", restore.text);
    assert_eq!(simulation.fate("shop/web").issuances, 1);
    // kubectl-config brings no CRDs.
    assert_eq!(lab.run("kubectl-config").controller_down.unwrap().until, None);
}

#[test]
fn b6_crds_that_were_not_read_may_come_along() {
    let mut lab = lab();
    lab.source.coverage.complete = false;
    for kind in [Kind::Certificate, Kind::Issuer, Kind::Secret] {
        lab.source.coverage.kinds.insert(kind);
    }
    lab.source.coverage.secret_namespaces.insert("shop".into());
    let simulation = lab.run("velero-documented");
    assert!(simulation.controller_down.unwrap().until.is_some());
    assert_eq!(simulation.fates[&key("shop/web")].issuances, 1);
}

#[test]
fn without_the_flag_it_starts() {
    let mut lab = lab();
    lab.flags = crate::release::ControllerFlags::default();
    assert_eq!(lab.run("velero-documented").controller_down, None);
}
