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
    lab.put(Object::Deployment(Arc::new(controller(replicas, "cert-manager"))));
    lab
}

/// The Deployment of the chart, with the labels that all its objects carry.
fn controller(replicas: i64, service_account: &str) -> Workload {
    let json = serde_json::json!({"spec": {"replicas": replicas, "template": {"spec": {
        "serviceAccountName": service_account,
        "containers": [{"image": "quay.io/jetstack/cert-manager-controller:v1.21.2"}]}}}});
    let workload: Workload = serde_json::from_value(json).unwrap();
    let mut metadata = metadata("cert-manager/cert-manager");
    metadata.labels.insert("app", "cert-manager");
    Workload { metadata, ..workload }
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
    let account = || {
        Some(DownCause::ServiceAccount { controller: key("cert-manager/cert-manager"), name: "cert-manager".into() })
    };
    let rows: [(&str, &str, Option<DownCause>); 11] = [
        (ALL, ALL, None),
        ("{includedNamespaces: [cert-manager, shop, kube-system]}", ALL, None),
        ("{includedNamespaces: ['*'], includeClusterResources: false}", ALL, roles()),
        ("{excludedResources: [clusterrolebindings]}", ALL, roles()),
        ("{excludedNamespaceScopedResources: [serviceaccounts]}", ALL, account()),
        ("{excludedResources: [sa], includeClusterResources: true}", ALL, account()),
        (ALL, "{includedNamespaces: ['*'], excludedResources: [serviceaccounts]}", account()),
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

/// R-22: a selector is asked of what cert-manager needs, too, which carries the labels of its Deployment.
#[test]
fn r22_selectors_take_what_cert_manager_needs_along_or_not() {
    const ALL: &str = "{includedNamespaces: ['*']}";
    const OWN: &str = "{includedNamespaces: ['*'], labelSelector: {matchLabels: {app: cert-manager}}}";
    const OTHERS: &str =
        "{includedNamespaces: ['*'], orLabelSelectors: [{matchLabels: {app: shop}}, {matchLabels: {app: bank}}]}";
    const PLAIN: &str = "{includedNamespaces: ['*'], excludedResources: [serviceaccounts, clusterroles, roles]}";
    let mut lab = with_deployment(1);
    lab.certificate("bank/web").self_signed("bank/ca");
    for (kind, name) in [(Kind::Certificate, "bank/web"), (Kind::Issuer, "bank/ca")] {
        lab.label(kind, name, "app", "bank");
    }
    let account =
        DownCause::ServiceAccount { controller: key("cert-manager/cert-manager"), name: "cert-manager".into() };
    /// Backup, restores, what is lacked first with the step that ends it, issuances.
    type Row<'a> = (&'a str, &'a [&'a str], Option<(DownCause, Option<usize>)>, u32);
    let rows: [Row<'_>; 7] = [
        (ALL, &[OWN, OTHERS], None, 1),
        (OWN, &[ALL], None, 0),
        (ALL, &[OTHERS], None, 0),
        (OTHERS, &[ALL], None, 0),
        (ALL, &[PLAIN], Some((account.clone(), None)), 0),
        (ALL, &[PLAIN, OTHERS], Some((account.clone(), None)), 0),
        (ALL, &[PLAIN, OWN], Some((account, Some(4))), 1),
    ];
    for (backup, restores, lacks, issuances) in rows {
        let simulation = comes_along_by(&lab, backup, restores);
        let down = simulation.controller_down.as_ref().map(|down| (down.cause.clone(), down.until));
        assert_eq!(down, lacks, "{backup} {restores:?}");
        assert_eq!(simulation.fate("bank/web").issuances, issuances, "{backup} {restores:?}");
    }
}

/// Rules section 8: the restores add up, in whichever order they come.
#[test]
fn a_later_restore_of_kube_system_makes_it_leader() {
    const ALL: &str = "{includedNamespaces: ['*'], includeClusterResources: true}";
    const OWN: &str = "{includedNamespaces: [cert-manager, shop], includeClusterResources: true}";
    const LEASES: &str = "{includedNamespaces: [kube-system]}";
    const OTHER: &str = "{includedNamespaces: [bank]}";
    const BARE: &str = "{includedNamespaces: [kube-system], excludedResources: [rolebindings]}";
    /// Restores, whether the Lease is lacked and which step ends it, issuances.
    type Row<'a> = (&'a [&'a str], Option<Option<usize>>, u32);
    let rows: [Row<'_>; 5] = [
        (&[OWN, LEASES], Some(Some(4)), 1),
        (&[LEASES, OWN], None, 1),
        (&[OWN, OTHER], Some(None), 0),
        (&[OWN, BARE], Some(None), 0),
        (&[OWN, OTHER, LEASES], Some(Some(5)), 1),
    ];
    for (restores, until, issuances) in rows {
        let simulation = comes_along_by(&with_deployment(1), ALL, restores);
        let down = simulation.controller_down.as_ref();
        assert!(down.is_none_or(|down| matches!(down.cause, DownCause::Lease { .. })), "{restores:?}");
        assert_eq!(down.map(|down| down.until), until, "{restores:?}");
        assert_eq!(simulation.fate("shop/web").issuances, issuances, "{restores:?}");
    }
}

/// Every namespace has an account of the name `default`, and nothing has to bring it.
#[test]
fn the_default_account_is_always_there() {
    const WITHOUT: &str =
        "{includedNamespaces: ['*'], excludedResources: [serviceaccounts], includeClusterResources: true}";
    for (name, runs) in [("default", true), ("", true), ("cert-manager", false)] {
        let mut lab = with_deployment(1);
        lab.source.remove(Kind::Deployment, &key("cert-manager/cert-manager"));
        lab.put(Object::Deployment(Arc::new(controller(1, name))));
        assert_eq!(comes_along(&lab, WITHOUT).controller_down.is_none(), runs, "{name}");
    }
}

/// The folders of a finished backup tell what lies in it, whatever the plan's backup step would have taken.
#[test]
fn a_finished_backup_holds_what_it_holds() {
    const ROLES: [&str; 2] = ["roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"];
    const CLUSTER: [&str; 2] =
        ["clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"];
    let cluster_roles = CLUSTER.map(|resource| (resource, ""));
    let lease = ROLES.map(|resource| (resource, "kube-system"));
    let account = [("serviceaccounts", "cert-manager")];
    let cause = |access: &[(&'static str, &str)]| {
        let mut lab = with_deployment(1);
        lab.finished = true;
        lab.source.coverage.access = Some(access.iter().copied().collect());
        comes_along(&lab, "{includedNamespaces: ['*']}").controller_down.map(|down| down.cause)
    };
    assert_eq!(cause(&[&cluster_roles[..], &lease, &account].concat()), None);
    assert!(matches!(cause(&[&cluster_roles[..], &lease].concat()), Some(DownCause::ServiceAccount { .. })));
    assert!(matches!(cause(&[&lease[..], &account].concat()), Some(DownCause::Roles { .. })));
    assert!(matches!(cause(&[&cluster_roles[..1], &lease, &account].concat()), Some(DownCause::Roles { .. })));
    let elsewhere = ROLES.map(|resource| (resource, "cert-manager"));
    assert!(matches!(cause(&[&cluster_roles[..], &elsewhere, &account].concat()), Some(DownCause::Lease { .. })));
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
