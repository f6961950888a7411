//! The rule table and its rules: documentation, ids, and for each rule a world in which it speaks and one like it in which
//! it is silent.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod common;
mod rule_worlds;

use std::collections::BTreeSet;

use common::healthy;
use reissue_audit::docs::{doc_comment, section, title};
use reissue_audit::rule::{Finding, Severity, TABLE};
use rule_worlds::run::{Run, run};
use rule_worlds::upgrade::{Upgraded, Way};
use rule_worlds::{
    acme, altered, and, below_another_ca, below_ca, but, cluster_issuer, crd, external, healthy_with_crd, ingress, key,
    keystore, of_cluster_issuer, opaque, organization, orphaned, owned_by_ingress, sharing, stand_in, without,
};
use serde_json::json;

/// The ids that other tools may rely on (design, "Rule ids").
const CONTRACT: [&str; 25] = [
    "blocked-at-renewal",
    "orphan-request",
    "phantom-signing",
    "orphaned-owner",
    "stale-owner",
    "owner-ref-collects-secret",
    "secret-replaced",
    "shared-secret",
    "shared-secret-owner-war",
    "issuer-missing",
    "issuer-secret-missing",
    "new-acme-account",
    "issuer-crd-missing",
    "keystore-password-missing",
    "key-will-rotate",
    "cannot-regenerate-key",
    "maybe-out-of-date",
    "selector-resolves-to-nothing",
    "backup-lacks-cluster-resources",
    "old-api-version",
    "ca-changed",
    "ca-expires-first",
    "controller-cannot-start",
    "controller-panics",
    "faq-differs",
];

#[test]
fn the_table() {
    let rows: Vec<String> = TABLE.iter().map(|rule| format!("{} {}", rule.id, rule.severity.as_str())).collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    acme-in-flight medium
    admission-refuses high
    backup-lacks-cluster-resources high
    being-deleted info
    blocked-at-renewal high
    ca-changed high
    ca-expires-first medium
    cannot-regenerate-key high
    controller-cannot-start critical
    controller-panics critical
    crd-default-skew high
    drift medium
    duplicate-requests high
    faq-differs info
    gateway-shim-stops high
    issuer-crd-missing info
    issuer-missing high
    issuer-secret-missing high
    key-will-rotate low
    keystore-password-missing high
    loop-ends info
    loop-starts high
    maybe-out-of-date info
    new-acme-account medium
    old-api-version medium
    orphan-request medium
    orphaned-owner medium
    owner-ref-collects-secret high
    phantom-signing medium
    release-not-advised high
    renewal-moves low
    requests-deleted low
    rotation-default-changes medium
    secret-label-race medium
    secret-replaced medium
    selector-resolves-to-nothing medium
    shared-secret medium
    shared-secret-owner-war medium
    shim-changes-spec medium
    signature-hash-changes info
    stale-owner high
    stored-api-version high
    stuck-request-ends low
    temporary-certificate high
    venafi-renewal medium
    ");
    let ids: BTreeSet<&str> = TABLE.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), TABLE.len(), "an id is there twice");
    for id in ids {
        let kebab = id.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
        assert!(kebab, "{id} is not kebab-case");
    }
}

#[test]
fn every_id_of_the_contract_is_built() {
    let built: BTreeSet<&str> = TABLE.iter().map(|rule| rule.id).collect();
    let missing: Vec<&str> = CONTRACT.into_iter().filter(|id| !built.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_rule_is_documented() {
    for rule in TABLE {
        let doc = doc_comment(rule.source);
        let heading = title(&doc);
        assert!(heading.strip_prefix(rule.id).is_some_and(|rest| rest.len() > 10), "{}: {heading}", rule.id);
        for name in ["What", "Why", "Since", "Example", "Fix", "Source"] {
            assert!(section(&doc, name).is_some_and(|text| !text.is_empty()), "{}: {name} is empty", rule.id);
        }
    }
}

/// A rule, a world in which it speaks, one in which it does not, the finding's id and the command to paste.
struct Row(&'static str, Run, Run, &'static str, Option<&'static str>);

/// The issuer's Secret with this value of the label by which the filtered cache tells Secrets.
fn labelled_token(value: &'static str) -> Vec<serde_json::Value> {
    but("Secret", "vault-token", |secret| {
        secret["metadata"]["labels"] = json!({"controller.cert-manager.io/fao": value})
    })
}

fn issuance_rows() -> Vec<Row> {
    let renewed = "cmctl renew -n shop web";
    let names = || but("Certificate", "web", |c| c["spec"]["dnsNames"] = json!(["web.example.com", "www.example.com"]));
    let sized = |rotation| but("Certificate", "web", |c| c["spec"]["privateKey"] = key("ECDSA", 384, rotation));
    let issuer_gone = || but("Issuer", "vault", |issuer| issuer["metadata"]["name"] = json!("other"));
    let stranger = || {
        let objects = healthy("shop", "web");
        let mut old = objects.iter().find(|o| o["kind"] == "CertificateRequest").unwrap().clone();
        old["metadata"]["name"] = json!("web-5");
        old["metadata"]["uid"] = json!("uid-old");
        old["metadata"]["ownerReferences"] = json!([]);
        and(objects, old)
    };
    vec![
        Row(
            "blocked-at-renewal",
            run(stranger()),
            run(stranger()).on("v1.12.17"),
            "blocked-at-renewal/Certificate/shop/web",
            Some("kubectl -n shop delete certificaterequest web-5"),
        ),
        Row(
            "cannot-regenerate-key",
            run(sized("Never")),
            run(sized("Always")),
            "cannot-regenerate-key/Certificate/shop/web",
            Some(
                r#"kubectl -n shop patch certificate web --type merge -p '{"spec":{"privateKey":{"rotationPolicy":"Always"}}}'"#,
            ),
        ),
        Row(
            "controller-panics",
            run(but("Certificate", "web", |c| c["spec"]["renewal"] = json!({}))).on("v1.21.0"),
            run(but("Certificate", "web", |c| c["spec"]["renewal"] = json!({}))).on("v1.20.3"),
            "controller-panics/Certificate/shop/web",
            None,
        ),
        Row(
            "drift",
            run(organization(orphaned("web-4"))),
            run(orphaned("web-4")),
            "drift/Certificate/shop/web",
            Some(renewed),
        ),
        Row(
            "faq-differs",
            run(names()),
            run(without(healthy("shop", "web"), "Secret", "web-tls")),
            "faq-differs/Certificate/shop/web#CurrentCertificateRequestMismatchesSpec",
            None,
        ),
        Row(
            "issuer-crd-missing",
            run(external("AWSPCAClusterIssuer")),
            run(external("AWSPCAIssuer")),
            "issuer-crd-missing/Certificate/shop/web",
            None,
        ),
        Row(
            "issuer-missing",
            run(issuer_gone()),
            run(without(healthy("shop", "web"), "Issuer", "")),
            "issuer-missing/Certificate/shop/web",
            Some("kubectl -n shop get issuers"),
        ),
        Row(
            "issuer-secret-missing",
            run(without(healthy("shop", "web"), "Secret", "vault-token")),
            run(healthy("shop", "web")),
            "issuer-secret-missing/Issuer/shop/vault#spec.vault.auth.tokenSecretRef",
            Some("kubectl -n shop get secret vault-token"),
        ),
        // With another value of that label than `true`, a Secret is in neither half of the filtered cache.
        Row(
            "issuer-secret-missing",
            run(labelled_token("no")).on("v1.21.2"),
            run(labelled_token("true")).on("v1.21.2"),
            "issuer-secret-missing/Issuer/shop/vault#spec.vault.auth.tokenSecretRef",
            Some("kubectl -n shop label secret vault-token controller.cert-manager.io/fao-"),
        ),
        Row(
            "key-will-rotate",
            run(names()),
            run(altered(names(), "Certificate", "web", |c| c["spec"]["privateKey"] = key("ECDSA", 256, "Never"))),
            "key-will-rotate/Certificate/shop/web",
            Some(
                r#"kubectl -n shop patch certificate web --type merge -p '{"spec":{"privateKey":{"rotationPolicy":"Never"}}}'"#,
            ),
        ),
        Row(
            "keystore-password-missing",
            run(keystore()),
            run(and(keystore(), opaque("store", "password"))),
            "keystore-password-missing/Certificate/shop/web",
            Some("kubectl -n shop get secret store"),
        ),
        Row(
            "maybe-out-of-date",
            run(organization(without(orphaned("web-4"), "CertificateRequest", ""))),
            run(without(orphaned("web-4"), "CertificateRequest", "")),
            "maybe-out-of-date/Certificate/shop/web",
            Some(renewed),
        ),
        Row(
            "new-acme-account",
            run(acme()),
            run(and(acme(), opaque("account", "tls.key"))),
            "new-acme-account/Issuer/shop/vault",
            Some("kubectl -n shop get secret account"),
        ),
        Row(
            "temporary-certificate",
            run(stand_in()),
            run(healthy("shop", "web")),
            "temporary-certificate/Certificate/shop/web",
            Some(renewed),
        ),
    ]
}

fn surroundings_rows() -> Vec<Row> {
    let old = but("Issuer", "vault", |issuer| issuer["apiVersion"] = json!("cert-manager.io/v1alpha2"));
    let changed = but("Certificate", "web", |c| c["spec"]["dnsNames"] = json!(["web.example.com", "www.example.com"]));
    let owned_secret = but("Secret", "web-tls", |secret| {
        secret["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": "web", "uid": "uid-shop-web",
        }]);
    });
    let fine = || run(healthy("shop", "web"));
    let shared = || run(sharing(healthy("shop", "web")));
    let deleting = but("Certificate", "web", |c| {
        c["metadata"]["deletionTimestamp"] = json!("2026-11-19T00:00:00Z");
        c["metadata"]["finalizers"] = json!(["example.com/hold"]);
    });
    let doubled = {
        let mut objects = healthy("shop", "web");
        let mut second = objects.iter().find(|o| o["kind"] == "CertificateRequest").cloned().unwrap();
        second["metadata"]["name"] = json!("web-1-again");
        objects.push(second);
        objects
    };
    let restored = |objects| run(objects).restored("velero-documented").finished();
    let gateways = || run(healthy_with_crd("certificates", "cert-manager.io")).flag(&[("enable-gateway-api", "true")]);
    let mut with_gateways = gateways();
    with_gateways.objects.push(crd("gateways", "gateway.networking.k8s.io"));
    vec![
        Row(
            "backup-lacks-cluster-resources",
            restored(of_cluster_issuer()),
            restored(and(of_cluster_issuer(), cluster_issuer())),
            "backup-lacks-cluster-resources/ClusterIssuer/vault",
            Some("velero backup create NAME --include-cluster-resources=true"),
        ),
        Row(
            "controller-cannot-start",
            gateways(),
            with_gateways,
            "controller-cannot-start/CustomResourceDefinition/gateways.gateway.networking.k8s.io\
             #gateways.gateway.networking.k8s.io",
            None,
        ),
        Row(
            "being-deleted",
            run(deleting),
            fine(),
            "being-deleted/Certificate/shop/web",
            Some("kubectl -n shop get certificate web -o yaml"),
        ),
        Row(
            "duplicate-requests",
            run(doubled),
            fine(),
            "duplicate-requests/Certificate/shop/web",
            Some("kubectl -n shop delete certificaterequest web-1-again"),
        ),
        Row(
            "ca-changed",
            run(below_another_ca()),
            run(below_ca(2030)),
            "ca-changed/Certificate/shop/web",
            Some("cmctl renew -n shop web"),
        ),
        Row(
            "ca-expires-first",
            run(below_ca(2027)),
            run(below_ca(2030)),
            "ca-expires-first/Certificate/shop/web",
            None,
        ),
        Row("old-api-version", run(old), fine(), "old-api-version/Issuer/shop/vault", Some("cmctl convert -f FILE")),
        Row(
            "orphan-request",
            run(orphaned("web-1")),
            fine(),
            "orphan-request/CertificateRequest/shop/web-1",
            Some("kubectl -n shop delete certificaterequest web-1"),
        ),
        Row(
            "orphaned-owner",
            run(and(healthy("shop", "web"), ingress())),
            run(and(owned_by_ingress("uid-front"), ingress())),
            "orphaned-owner/Certificate/shop/web#Ingress/front",
            Some("kubectl -n shop delete certificate web"),
        ),
        Row("owner-ref-collects-secret", run(owned_secret), fine(), "owner-ref-collects-secret/Namespace/shop", None),
        Row(
            "phantom-signing",
            fine().restored("velero-everything"),
            fine().restored("velero-documented"),
            "phantom-signing/CertificateRequest/shop/web-1",
            None,
        ),
        Row("secret-replaced", run(sharing(changed)), shared(), "secret-replaced/Certificate/shop/late", None),
        Row(
            "selector-resolves-to-nothing",
            fine().without("orders.cert-manager.io"),
            fine().without("orders.acme.cert-manager.io"),
            "selector-resolves-to-nothing/CustomResourceDefinition/orders.cert-manager.io#excludedResources",
            Some("kubectl api-resources -o name"),
        ),
        Row("shared-secret", shared(), fine(), "shared-secret/Secret/shop/web-tls", None),
        Row(
            "shared-secret-owner-war",
            shared().flag(&[("enable-certificate-owner-ref", "true")]),
            shared(),
            "shared-secret-owner-war/Secret/shop/web-tls",
            None,
        ),
        Row(
            "stale-owner",
            run(and(owned_by_ingress("uid-of-another-cluster"), ingress())),
            run(owned_by_ingress("uid-of-another-cluster")),
            "stale-owner/Certificate/shop/web",
            None,
        ),
    ]
}

fn upgrade_rows() -> Vec<Row> {
    let along = |way: Way| Run { from: Some(way.from), ..run(way.objects).on(way.to).flag(way.flags) };
    let row = |row: Upgraded| Row(row.rule, along(row.speaks), along(row.silent), row.id, row.command);
    rule_worlds::upgrade::rows().into_iter().map(row).collect()
}

#[test]
fn every_rule_speaks_and_is_silent() {
    let rows = issuance_rows().into_iter().chain(surroundings_rows()).chain(upgrade_rows());
    let rows: Vec<Row> = rows.collect();
    let covered: BTreeSet<&str> = rows.iter().map(|Row(rule, ..)| *rule).collect();
    assert_eq!(covered, TABLE.iter().map(|rule| rule.id).collect());
    let mut wrong = Vec::new();
    for Row(rule, speaks, silent, id, command) in rows {
        let mut found = speaks.findings();
        found.retain(|finding| finding.rule == rule);
        let ids: Vec<String> = found.iter().map(Finding::id).collect();
        if ids != [id] {
            wrong.push(format!("{rule}: expected {id}, found {ids:?}"));
        }
        for finding in &found {
            let commands: Vec<&str> = finding.remediation.iter().filter_map(|r| r.command.as_deref()).collect();
            if commands != command.as_slice() {
                wrong.push(format!("{rule}: expected {command:?}, found {commands:?}"));
            }
            assert!(
                !finding.title.is_empty() && !finding.detail.is_empty() && !finding.remediation.is_empty(),
                "{rule}"
            );
        }
        let again: Vec<String> = speaks.findings().iter().filter(|f| f.rule == rule).map(Finding::id).collect();
        assert_eq!(ids, again, "{rule}: the id is not stable");
        let others: Vec<String> = silent.findings().iter().filter(|f| f.rule == rule).map(Finding::id).collect();
        if !others.is_empty() {
            wrong.push(format!("{rule}: should be silent, found {others:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// CRDs that were read, whether the input is said to be complete, severity without those of the Gateway API.
type Crds = (&'static [(&'static str, &'static str)], bool, Option<&'static str>);
const CRDS: [Crds; 4] = [
    (&[], false, None),
    (&[("certificates", "cert-manager.io"), ("orders", "acme.cert-manager.io")], false, Some("medium")),
    (&[("certificates", "cert-manager.io"), ("StepIssuer", "certmanager.step.sm")], false, Some("critical")),
    (&[("certificates", "cert-manager.io")], true, Some("critical")),
];

#[test]
fn crds_that_were_not_selected_are_not_missing() {
    for (crds, complete, severity) in CRDS {
        let mut objects = healthy("shop", "web");
        objects.extend(crds.iter().map(|(plural, group)| crd(plural, group)));
        let mut looked_at = run(objects).flag(&[("enable-gateway-api", "true")]);
        looked_at.complete = complete;
        let found = looked_at.findings().into_iter().find(|finding| finding.rule == "controller-cannot-start");
        let found = found.as_ref();
        assert_eq!(found.and_then(|f| f.severity).map(Severity::as_str), severity, "{crds:?} {complete}");
        let may = found.is_some_and(|finding| finding.title.contains("may exit"));
        assert_eq!(may, severity == Some("medium"), "{crds:?} {complete}");
    }
}
