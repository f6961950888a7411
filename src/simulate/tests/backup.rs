//! Rules 1 and 2: what is in a Velero backup.

use serde_json::json;

use super::lab::{Lab, reference};
use crate::object::Kind;
use crate::obstacle::ObstacleReason;
use crate::plan::velero::VeleroRelease;
use crate::plan::{BackupSpec, RestoreSpec, Step};
use crate::simulate::backup::Tarball;
use crate::time::Time;

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.certificate("shop/web").secret("shop/web-tls").request("shop/web-3", "ca").order("shop/web-3-1", "acme");
    lab.self_signed("shop/ca").issuer("acme", json!({"acme": {}})).namespace("shop");
    lab.crd(Kind::Certificate).crd(Kind::Challenge);
    lab
}

fn kinds(lab: &Lab, spec: &BackupSpec) -> Vec<Kind> {
    let mut kinds: Vec<_> = Tarball::save(&lab.source, spec, VeleroRelease::default(), None)
        .objects
        .iter()
        .map(|object| object.kind())
        .collect();
    kinds.sort();
    kinds
}

fn all(include_cluster_resources: Option<bool>) -> BackupSpec {
    BackupSpec { included_namespaces: vec!["*".into()], include_cluster_resources, ..BackupSpec::default() }
}

const NAMESPACED: [Kind; 5] = [Kind::Secret, Kind::Certificate, Kind::CertificateRequest, Kind::Issuer, Kind::Order];

fn with(extra: &[Kind]) -> Vec<Kind> {
    let mut kinds: Vec<_> = NAMESPACED.iter().chain(extra).copied().collect();
    kinds.sort();
    kinds
}

#[test]
fn r14_cluster_scoped_kinds_by_include_cluster_resources() {
    let everything = with(&[Kind::ClusterIssuer, Kind::Namespace, Kind::Crd, Kind::Crd]);
    assert_eq!(kinds(&lab(), &all(Some(true))), everything);
    assert_eq!(kinds(&lab(), &all(Some(false))), with(&[Kind::Namespace, Kind::Crd]));
}

#[test]
fn r15_a_namespace_filter_drops_cluster_scoped_kinds() {
    let spec = BackupSpec {
        included_namespaces: vec!["shop".into()],
        excluded_resources: vec!["x".into()],
        ..BackupSpec::default()
    };
    assert_eq!(kinds(&lab(), &spec), with(&[Kind::Namespace, Kind::Crd]));
    let whole = BackupSpec { included_namespaces: vec!["*".into()], ..spec };
    assert_eq!(kinds(&lab(), &whole), with(&[Kind::ClusterIssuer, Kind::Namespace, Kind::Crd, Kind::Crd]));
    // One labelled namespace makes the filter "not everything" (R-03).
    let mut labelled = lab();
    labelled.namespace("noise").label(Kind::Namespace, "noise", "velero.io/exclude-from-backup", "true");
    assert_eq!(kinds(&labelled, &whole), with(&[Kind::Namespace, Kind::Crd]));
}

#[test]
fn r16_resources_are_left_out_by_full_name() {
    let spec = BackupSpec {
        excluded_resources: vec!["certificaterequests.cert-manager.io".into(), "orders.acme.cert-manager.io".into()],
        ..all(Some(true))
    };
    let saved = Tarball::save(&lab().source, &spec, VeleroRelease::default(), None);
    let left_out: Vec<_> = saved.left_out.keys().cloned().collect();
    assert_eq!(left_out, [reference(Kind::CertificateRequest, "shop/web-3"), reference(Kind::Order, "shop/web-3-1")]);
    assert_eq!(saved.left_out_counts(), "1 CertificateRequest, 1 Order");
}

#[test]
fn r17_crds_with_instances_are_rescued() {
    let saved = Tarball::save(&lab().source, &all(Some(false)), VeleroRelease::default(), None);
    let left_out: Vec<_> = saved.left_out.keys().filter(|object| object.kind == Kind::Crd).cloned().collect();
    assert_eq!(left_out, [reference(Kind::Crd, "challenges.acme.cert-manager.io")]);
    let named = BackupSpec {
        excluded_resources: vec!["customresourcedefinitions.apiextensions.k8s.io".into()],
        ..all(Some(true))
    };
    assert!(!kinds(&lab(), &named).contains(&Kind::Crd));
}

#[test]
fn r20_a2_a_bare_backup_holds_no_cluster_issuers() {
    assert_eq!(kinds(&lab(), &all(None)), with(&[Kind::Namespace, Kind::Crd]));
}

#[test]
fn r03_deleted_and_labelled_objects_are_not_saved() {
    const LABEL: &str = "velero.io/exclude-from-backup";
    let mut deleting = lab();
    let certificate = deleting.source.get_mut(Kind::Certificate, &super::lab::key("shop/web")).unwrap();
    certificate.metadata_mut().deletion_timestamp = Some(Time(0));
    let mut labelled = lab();
    labelled.label(Kind::Certificate, "shop/web", LABEL, "true");
    let mut in_namespace = lab();
    in_namespace.label(Kind::Namespace, "shop", LABEL, "true");
    for lab in [&deleting, &labelled, &in_namespace] {
        assert!(!kinds(lab, &all(Some(true))).contains(&Kind::Certificate));
        let lost = lab.run("velero-documented").fate("shop/web").lost.clone().unwrap();
        assert!(lost.contains("being deleted") || lost.contains("exclude-from-backup"), "{lost}");
    }
    let mut otherwise = lab();
    otherwise.label(Kind::Certificate, "shop/web", LABEL, "True");
    assert!(kinds(&otherwise, &all(Some(true))).contains(&Kind::Certificate));
}

#[test]
fn r03_the_story_says_why_a_secret_did_not_come_along() {
    let mut lab = lab();
    lab.label(Kind::Secret, "shop/web-tls", "velero.io/exclude-from-backup", "true");
    let simulation = lab.run("velero-documented");
    let fate = simulation.fate("shop/web");
    assert_eq!((fate.issuances, fate.completed), (1, 1));
    assert!(fate.story.iter().any(|step| step.text.contains("its label velero.io/exclude-from-backup")));
}

fn kinds_by(lab: &Lab, yaml: &str, velero: &str) -> Vec<Kind> {
    let spec: BackupSpec = serde_saphyr::from_str(yaml).unwrap();
    let saved = Tarball::save(&lab.source, &spec, VeleroRelease::parse(velero).unwrap(), None);
    let mut kinds: Vec<_> = saved.objects.iter().map(|object| object.kind()).collect();
    kinds.sort();
    kinds
}

/// Filters, Velero release, whether the ClusterIssuer is in the backup, whether the CertificateRequest is (R-13 – R-16, R-19,
/// R-20, R-22; corrections A2).
#[test]
fn r14_to_r22_filters_by_release() {
    const ROWS: &[(&str, &str, bool, bool)] = &[
        ("{}", "v1.18.1", false, true),
        ("{}", "v1.17.2", false, true),
        ("{}", "v1.16.2", true, true),
        ("{}", "v1.10.3", true, true),
        ("{excludedNamespaces: [bank]}", "v1.18.1", false, true),
        ("{excludedNamespaces: [bank]}", "v1.16.2", false, true),
        ("{includeClusterResources: true}", "v1.18.1", true, true),
        ("{excludedResources: [certificaterequests]}", "v1.18.1", true, false),
        ("{excludedResources: [cr]}", "v1.18.1", true, false),
        ("{excludedResources: ['*.cert-manager.io']}", "v1.18.1", false, false),
        ("{includedResources: [secrets, cert]}", "v1.18.1", false, false),
        ("{excludedNamespaceScopedResources: [certificaterequests]}", "v1.18.1", false, false),
        ("{excludedNamespaceScopedResources: [certificaterequests]}", "v1.16.2", false, false),
        ("{includedClusterScopedResources: [clusterissuers]}", "v1.18.1", true, true),
        ("{includedClusterScopedResources: ['*']}", "v1.18.1", true, true),
        ("{excludedClusterScopedResources: ['*']}", "v1.16.2", false, true),
        ("{includedNamespaceScopedResources: [secrets]}", "v1.16.2", false, false),
        ("{includedNamespaces: ['sh*']}", "v1.18.1", false, true),
        ("{includedNamespaces: ['sh*']}", "v1.17.2", false, false),
        ("{includedNamespaces: ['*'], excludedNamespaces: ['sh*']}", "v1.17.2", false, false),
        ("{includeClusterResources: true, labelSelector: {matchLabels: {app: shop}}}", "v1.18.1", false, false),
        ("{includeClusterResources: true, orLabelSelectors: [{matchLabels: {app: shop}}, {}]}", "v1.18.1", true, true),
    ];
    for (yaml, velero, cluster_issuer, request) in ROWS {
        let kinds = kinds_by(&lab(), yaml, velero);
        let found = (kinds.contains(&Kind::ClusterIssuer), kinds.contains(&Kind::CertificateRequest));
        assert_eq!(found, (*cluster_issuer, *request), "{yaml} {velero}");
    }
}

/// R-23: what decides nothing about which objects are saved is read and changes nothing.
#[test]
fn r23_fields_that_choose_nothing() {
    const FIELDS: &str = "{includeClusterResources: true, ttl: 720h0m0s, hooks: {resources: []}, snapshotVolumes: false, \
                          orderedResources: {secrets: shop/a}, itemOperationTimeout: 4h0m0s, storageLocation: default}";
    assert_eq!(kinds_by(&lab(), FIELDS, "v1.18.1"), kinds(&lab(), &all(Some(true))));
}

/// A12: a request carries the labels of its Certificate, comes along without an owner, and has the name that the new one needs.
#[test]
fn a12_a_label_selected_request_blocks_its_certificate() {
    let mut lab = lab();
    lab.request("shop/web-1", "ca").label(Kind::Issuer, "shop/ca", "app", "shop");
    for (kind, name) in [(Kind::Certificate, "shop/web"), (Kind::CertificateRequest, "shop/web-1")] {
        lab.label(kind, name, "app", "shop");
    }
    for (excluded, blocked) in [("[]", true), ("[certificaterequests.cert-manager.io]", false)] {
        let spec = format!(
            "{{includeClusterResources: true, excludedResources: {excluded}, labelSelector: {{matchLabels: {{app: shop}}}}}}"
        );
        let backup = Step::VeleroBackup { name: "b".into(), spec: serde_saphyr::from_str(&spec).unwrap() };
        let included_namespaces = vec!["*".to_owned()];
        let restore = RestoreSpec { backup_name: "b".into(), included_namespaces, ..RestoreSpec::default() };
        let restore = Step::VeleroRestore { name: "r".into(), spec: restore };
        let simulation = lab.steps(vec![backup, Step::InstallCrds {}, Step::StartCertManager {}, restore]);
        let fate = simulation.fate("shop/web");
        assert_eq!((fate.issuances, fate.completed), (1, u32::from(!blocked)), "{excluded}");
        let reason = fate.blocked.as_ref().map(|obstacle| obstacle.reason);
        assert_eq!(reason, blocked.then_some(ObstacleReason::RequestNameTaken), "{excluded}");
    }
}

/// A label selector finds the Certificate and not its Secret, which carries no labels of the application (R-22).
#[test]
fn r22_a_label_selected_backup_leaves_secrets_behind() {
    let mut lab = lab();
    lab.label(Kind::Certificate, "shop/web", "app", "shop");
    let kinds = kinds_by(&lab, "{includeClusterResources: true, labelSelector: {matchLabels: {app: shop}}}", "v1.18.1");
    assert!(kinds.contains(&Kind::Certificate) && !kinds.contains(&Kind::Secret));
}
