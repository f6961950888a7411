//! A controller that exits until the Gateway API is there (corrections B6).

use std::sync::Arc;

use super::lab::{Lab, key, metadata, reference};
use crate::object::{Kind, Object, Workload};
use crate::plan::{BackupSpec, RestoreSpec, Step};
use crate::simulate::{DownCause, Simulation};

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
        let down = simulation.controller_down.clone().unwrap();
        let missing = reference(Kind::Crd, "gateways.gateway.networking.k8s.io");
        assert_eq!((down.until, down.cause.object()), (None, missing), "{preset}");
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
    assert_eq!(simulation.controller_down.clone().unwrap().until, Some(restore.index));
    assert!(restore.text.ends_with("cert-manager finds what it lacked and runs"), "{}", restore.text);
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
    assert!(simulation.controller_down.clone().unwrap().until.is_some());
    assert_eq!(simulation.fates[&key("shop/web")].issuances, 1);
}

#[test]
fn without_the_flag_it_starts() {
    let mut lab = lab();
    lab.flags = crate::release::ControllerFlags::default();
    assert_eq!(lab.run("velero-documented").controller_down, None);
}

/// A source whose cert-manager is in the backup, restored by a plan that does not speak of cert-manager.
fn comes_along(lab: &Lab, backup: &str) -> Simulation {
    comes_along_by(lab, backup, &["{includedNamespaces: ['*']}"])
}

/// The same by these restores, where the CRDs are installed.
fn comes_along_by(lab: &Lab, backup: &str, restores: &[&str]) -> Simulation {
    let spec: BackupSpec = serde_saphyr::from_str(backup).unwrap();
    let restores = restores.iter().map(|restore| {
        let spec: RestoreSpec = serde_saphyr::from_str(restore).unwrap();
        Step::VeleroRestore { name: "r".into(), spec: RestoreSpec { backup_name: "b".into(), ..spec } }
    });
    lab.steps(
        [Step::InstallCrds {}, Step::VeleroBackup { name: "b".into(), spec }].into_iter().chain(restores).collect(),
    )
}

fn with_deployment(replicas: i64) -> Lab {
    let mut lab = Lab::new();
    lab.certificate("shop/web").self_signed("shop/ca").crd(Kind::Certificate).crd(Kind::Issuer);
    let json = serde_json::json!({"spec": {"replicas": replicas, "template": {"spec": {"containers": [
        {"image": "quay.io/jetstack/cert-manager-controller:v1.21.2"}]}}}});
    let workload: Workload = serde_json::from_value(json).unwrap();
    let metadata = metadata("cert-manager/cert-manager");
    lab.put(Object::Deployment(Arc::new(Workload { metadata, ..workload })));
    lab
}

/// Rules section 8: the Role for the Lease lies in kube-system.
#[test]
fn cert_manager_comes_along_and_needs_its_lease() {
    const ROWS: &[(&str, Option<&str>)] = &[
        ("{includedNamespaces: ['*'], includeClusterResources: true}", None),
        ("{includedNamespaces: [cert-manager, shop, kube-system], includeClusterResources: true}", None),
        ("{includedNamespaces: [cert-manager, shop], includeClusterResources: true}", Some("kube-system")),
    ];
    for (backup, lacks) in ROWS {
        let simulation = comes_along(&with_deployment(1), backup);
        let cause = simulation.controller_down.as_ref().map(|down| &down.cause);
        let lease = lacks.map(|namespace| DownCause::Lease { namespace: namespace.into() });
        assert_eq!(cause, lease.as_ref(), "{backup}");
        assert_eq!(simulation.fate("shop/web").issuances, u32::from(lacks.is_none()), "{backup}");
    }
    let mut elsewhere = with_deployment(1);
    elsewhere.flags.set("leader-election-namespace", "cert-manager").unwrap();
    let backup = "{includedNamespaces: [cert-manager, shop], includeClusterResources: true}";
    assert_eq!(comes_along(&elsewhere, backup).controller_down, None);
}

/// R-18, rules section 8: cluster-scoped roles come with cluster-scoped objects only, or with their ServiceAccount into the backup.
#[test]
fn cert_manager_comes_along_and_needs_its_roles() {
    const ALL: &str = "{includedNamespaces: ['*']}";
    let roles = || Some(DownCause::Roles { controller: key("cert-manager/cert-manager") });
    let lease = || Some(DownCause::Lease { namespace: "kube-system".into() });
    let rows: [(&str, &str, Option<DownCause>); 9] = [
        (ALL, ALL, None),
        ("{includedNamespaces: [cert-manager, shop, kube-system]}", ALL, None),
        ("{includedNamespaces: ['*'], includeClusterResources: false}", ALL, roles()),
        ("{excludedResources: [clusterrolebindings]}", ALL, roles()),
        ("{excludedNamespaceScopedResources: [serviceaccounts]}", ALL, roles()),
        ("{excludedResources: [roles.rbac.authorization.k8s.io]}", ALL, lease()),
        (ALL, "{includedNamespaces: ['*'], includeClusterResources: false}", roles()),
        (ALL, "{includedNamespaces: ['*'], excludedResources: [clusterroles.rbac.authorization.k8s.io]}", roles()),
        (ALL, "{includedNamespaces: ['*'], excludedResources: [rolebindings]}", lease()),
    ];
    for (backup, restore, lacks) in rows {
        let simulation = comes_along_by(&with_deployment(1), backup, &[restore]);
        assert_eq!(simulation.controller_down.as_ref().map(|down| down.cause.clone()), lacks, "{backup} {restore}");
        assert_eq!(simulation.fate("shop/web").issuances, u32::from(lacks.is_none()), "{backup} {restore}");
    }
    // A later restore brings them.
    let filtered = "{includedNamespaces: [cert-manager, kube-system, shop]}";
    let simulation = comes_along_by(&with_deployment(1), ALL, &[filtered, ALL]);
    let down = simulation.controller_down.unwrap();
    assert_eq!((down.step, Some(down.cause), down.until), (3, roles(), Some(4)));
}

#[test]
fn a_deployment_of_no_pods_or_left_out_starts_nothing() {
    let all = "{includedNamespaces: ['*'], includeClusterResources: true}";
    assert_eq!(comes_along(&with_deployment(0), all).fate("shop/web").issuances, 0);
    let shop = "{includedNamespaces: [shop], includeClusterResources: true}";
    let simulation = comes_along(&with_deployment(1), shop);
    assert_eq!((simulation.fate("shop/web").issuances, simulation.controller_down), (0, None));
}

/// A cluster that lives goes on living, where no step speaks of cert-manager.
#[test]
fn in_a_living_target_it_runs_from_the_beginning() {
    const ROWS: [(i64, &[Step], u32); 4] = [
        (1, &[Step::CreateNamespaces {}], 1),
        (0, &[Step::CreateNamespaces {}], 0),
        (1, &[Step::StopCertManager {}], 0),
        (0, &[Step::StartCertManager {}], 1),
    ];
    for (replicas, steps, issuances) in ROWS {
        let mut lab = with_deployment(replicas);
        lab.target = Some(lab.source.clone());
        assert_eq!(lab.steps(steps.to_vec()).fate("shop/web").issuances, issuances, "{replicas} {steps:?}");
    }
}

#[test]
fn without_crds_it_exits() {
    let simulation = with_deployment(1).steps(vec![Step::StartCertManager {}]);
    assert_eq!(simulation.controller_down.clone().unwrap().cause, DownCause::Crds);
}
