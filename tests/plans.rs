//! Plans as users run them: documents and their schema, presets, comparisons, bad input.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::command;
use reissue_audit::plan::{PRESETS, SourceFacts, TargetFacts, read_plan};
use serde_json::{Value, json};

/// Every field of the format.
const WHOLE: &str = r#"
apiVersion: reissue-audit/v1alpha1
kind: RestorePlan
metadata: {name: whole, summary: Every field.}
source: {location: backup.tar.gz, certManager: v1.17.4}
target:
  cluster: new
  certManager: v1.21.2
  flags: {enable-certificate-owner-ref: "true"}
  velero: v1.18.1
  restoreResourcePriorities: "secrets,-,certificates"
  kubectl: v1.32.4
  restoreAt: 2026-12-01T00:00:00Z
steps:
- veleroBackup:
    name: b
    spec:
      includedNamespaces: [shop]
      excludedNamespaces: [bank]
      includedClusterScopedResources: [clusterissuers.cert-manager.io]
      excludedClusterScopedResources: [nodes]
      includedNamespaceScopedResources: [secrets]
      excludedNamespaceScopedResources: [pods]
      labelSelector: {matchLabels: {app: a}, matchExpressions: [{key: k, operator: In, values: [v]}]}
      resourcePolicy: {kind: configmap, name: p}
      ttl: 720h0m0s
      hooks: {}
- veleroRestore:
    name: r
    spec:
      backupName: b
      includedNamespaces: ['*']
      excludedNamespaces: [bank]
      includedResources: ['*']
      excludedResources: [pods]
      includeClusterResources: true
      orLabelSelectors: [{matchLabels: {app: a}}]
      namespaceMapping: {shop: store}
      existingResourcePolicy: update
      restoreStatus: {includedResources: ['*'], excludedResources: [issuers.cert-manager.io]}
      restorePVs: false
      itemOperationTimeout: 4h0m0s
- kubectlApply:
    selection: [secrets, certificates]
    namespaces: [shop]
    names: [web]
    selector: {matchLabels: {app: a}}
    filter: jq
    form: documents
    validate: false
    serverSide: true
- kubectlApply: {files: [a.yaml]}
- createNamespaces: {}
- etcdRestore: {}
- gitops: {tool: flux, selection: [issuers]}
- installCRDs: {}
- startWebhook: {}
- stopWebhook: {}
- startCertManager: {}
- stopCertManager: {}
- wait: {quiet: 1m0s}
- delete: {selection: [certificates], namespaces: [shop], names: [web], selector: {}, orphan: true}
"#;

/// What it refers to.
const POLICY: &str = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata: {policy: 'version: v1'}\n";

fn schema_errors(yaml: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("../docs/plan.schema.json")).unwrap();
    let document: Value = serde_saphyr::from_str(yaml).unwrap();
    common::schema::errors(&schema, &document)
}

#[test]
fn the_published_schema_describes_what_is_read_and_what_is_printed() {
    let (plan, _) = read_plan("whole.yaml", &format!("{WHOLE}{POLICY}")).unwrap();
    assert_eq!(schema_errors(WHOLE), Vec::<String>::new());
    let printed = plan.to_yaml().unwrap();
    let (document, config_map) = printed.split_once("---\n").unwrap();
    assert_eq!(schema_errors(document), Vec::<String>::new());
    assert!(config_map.contains("kind: ConfigMap"));
    for preset in PRESETS {
        let source = SourceFacts { location: "demo".into(), cert_manager: None };
        let yaml = preset.plan(source, TargetFacts::new_cluster("v1.21.2")).to_yaml().unwrap();
        assert_eq!(schema_errors(&yaml), Vec::<String>::new(), "{}", preset.name);
    }
}

/// Reader and schema refuse the same.
#[test]
fn what_the_schema_refuses_is_not_read() {
    let edits = [
        ("ttl: 720h0m0s", "tll: 720h0m0s"),
        ("restorePVs: false", "restorePvs: false"),
        ("existingResourcePolicy: update", "existingResourcePolicy: patch"),
        ("filter: jq", "filter: sed"),
        ("- createNamespaces: {}", "- createNamespace: {}"),
        ("- etcdRestore: {}", "- etcdRestore: {fast: true}"),
        ("tool: flux", "tool: fleet"),
        ("operator: In", "operator: Gt"),
        ("orphan: true", "orphan: 'yes'"),
        ("metadata: {name: whole,", "metadata: {name: whole, owner: me,"),
        ("- wait: {quiet: 1m0s}", "- wait: {}"),
        ("kubectl: v1.32.4", "kubektl: v1.32.4"),
        ("- installCRDs: {}", "- installCRDs: {}\n  startWebhook: {}"),
    ];
    for (from, to) in edits {
        assert!(WHOLE.contains(from), "{from}");
        let edited = WHOLE.replacen(from, to, 1);
        assert!(read_plan("edited.yaml", &format!("{edited}{POLICY}")).is_err(), "{to} is read");
        assert_ne!(schema_errors(&edited), Vec::<String>::new(), "{to} passes the schema");
    }
}

fn report(arguments: &[&str]) -> Value {
    let output = command().arg("plan").args(arguments).args(["-q", "--report", "json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verdicts(report: &Value) -> BTreeMap<String, (String, Value)> {
    let key = |c: &Value| format!("{}/{}", c["namespace"].as_str().unwrap(), c["name"].as_str().unwrap());
    let verdict = |c: &Value| (c["verdict"].as_str().unwrap().to_owned(), c["trigger"].clone());
    report["certificates"].as_array().unwrap().iter().map(|c| (key(c), verdict(c))).collect()
}

/// Rules 6.1: everything comes back with status, uid and owners, so the answer is that of `audit`.
#[test]
fn an_etcd_restore_is_judged_like_the_source() {
    // Before 1.13 Certificates that share a Secret overwrite each other, which a plan foresees and audit does not.
    for release in ["v1.14.7", "v1.17.4", "v1.21.2"] {
        let audit =
            command().args(["audit", "demo", "-q", "--report", "json", "--cert-manager", release]).output().unwrap();
        let audit: Value = serde_json::from_slice(&audit.stdout).unwrap();
        let plan = report(&["--backup", "demo", "--preset", "etcd", "--cert-manager", release]);
        assert_eq!(verdicts(&plan), verdicts(&audit), "{release}");
    }
}

#[test]
fn a_comparison_names_every_plan_once_and_the_best_first() {
    let compared = report(&["--backup", "demo", "--compare"]);
    let rows = compared["plan"]["alternatives"].as_array().unwrap();
    let names: std::collections::BTreeSet<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    // What acts on the source cluster itself is compared only when named.
    assert_eq!(names, PRESETS.iter().filter(|preset| !preset.acts_on_source()).map(|preset| preset.name).collect());
    assert_eq!(compared["plan"]["name"], rows[0]["name"]);
    let damage =
        |row: &Value| ["lost", "unknown", "blocked"].iter().map(|field| row[*field].as_u64().unwrap()).sum::<u64>();
    assert!(rows.is_sorted_by_key(damage));
    // What is compared is what each plan says alone, and its document runs to the same.
    let folder = tempfile::tempdir().unwrap();
    for row in rows {
        let name = row["name"].as_str().unwrap();
        let path = folder.path().join(format!("{name}.yaml"));
        fs::write(&path, row["document"].as_str().unwrap()).unwrap();
        let by_file = report(&["--backup", "demo", "--plan", path.to_str().unwrap()]);
        let by_preset = report(&["--backup", "demo", "--preset", name]);
        assert_eq!(verdicts(&by_file), verdicts(&by_preset), "{name}");
        for (column, verdict) in [("lost", "lost"), ("blocked", "blocked"), ("drift", "drift"), ("unknown", "unknown")]
        {
            assert_eq!(row[column], by_preset["summary"]["verdicts"][verdict], "{name} {column}");
        }
    }
}

/// A restore that comes later issues what fell due in between: the same count as a restore at that time.
#[test]
fn ages_are_what_a_later_restore_gives() {
    let now = report(&["--backup", "demo", "--preset", "velero-documented"]);
    let ages = now["plan"]["ages"].as_array().unwrap();
    assert_eq!(ages.iter().map(|age| age["days"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 7, 30, 60, 90]);
    for (age, date) in ages.iter().zip(["2026-11-20", "2026-11-27", "2026-12-20", "2027-01-19", "2027-02-18"]) {
        let at = format!("{date}T09:00:00Z");
        let later = report(&["--backup", "demo", "--preset", "velero-documented", "--restore-at", &at]);
        let verdicts = &later["summary"]["verdicts"];
        let issued = verdicts["reissue-now"].as_u64().unwrap() + verdicts["in-progress"].as_u64().unwrap();
        assert_eq!((age["reissued"].as_u64(), &age["blocked"]), (Some(issued), &verdicts["blocked"]), "{date}");
    }
}

#[test]
fn bad_plans_end_with_2_and_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let plan = |steps: &str| format!("apiVersion: reissue-audit/v1alpha1\nkind: RestorePlan\nsteps:\n{steps}");
    let misspelled = write("misspelled.yaml", &plan("- etcdRestor: {}\n"));
    let file = write("file.yaml", &plan("- kubectlApply: {files: [missing.yaml]}\n"));
    let target = write(
        "target.yaml",
        "apiVersion: reissue-audit/v1alpha1\nkind: RestorePlan\ntarget: {cluster: gone.yaml}\nsteps: [{etcdRestore: {}}]\n",
    );
    let kind = write("kind.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n");
    let nobody = write(
        "nobody.yaml",
        &plan("- kubectlApply: {selection: [certificates], selector: {matchLabels: {no: one}}}\n"),
    );
    let nowhere = write("nowhere.yaml", &plan("- kubectlApply: {selection: [secrets], namespaces: [no-such]}\n"));
    let another = write(
        "another.yaml",
        &plan(
            "- veleroBackup: {name: a, spec: {includedNamespaces: ['*']}}\n- veleroRestore: {name: r, spec: {backupName: b}}\n",
        ),
    );
    let rows: &[(&[&str], &str)] = &[
        (&["--plan", &kind], "kind \"Pod\""),
        (&["--plan", &nobody], "step 1, kubectlApply: its selection matches nothing"),
        (&["--plan", &nowhere], "step 1, kubectlApply: its selection matches nothing"),
        (&["--plan", &another], "step 2, veleroRestore r"),
        (&["--plan", &misspelled], "misspelled.yaml:4:"),
        (&["--plan", &file], "there is no file"),
        (&["--plan", &target], "no object was read"),
        (&["--plan", "no-such-file.yaml"], "no-such-file.yaml"),
        (&["--preset", "etcd", "--preset", "gitops"], "--compare"),
        (&["--preset", "etcdd"], "known are"),
        (&["--preset", "etcd", "--target", "no-such-file.yaml"], "no object was read"),
    ];
    for (arguments, expected) in rows {
        let output = command().args(["plan", "--backup", "demo"]).args(*arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

/// A Restore of another backup than the one that is given; where the plan makes one of its own, the names are the plan's.
#[test]
fn a_restore_of_another_backup_is_refused() {
    let backup = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/sources/velero/backup.tar.gz");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.yaml");
    let run = |name: &str| {
        let restore =
            format!("- veleroRestore: {{name: r, spec: {{backupName: {name}, includedNamespaces: ['*']}}}}\n");
        let steps = format!("steps:\n- installCRDs: {{}}\n{restore}");
        fs::write(&path, format!("apiVersion: reissue-audit/v1alpha1\nkind: RestorePlan\n{steps}")).unwrap();
        let output = command().args(["plan", "--backup", backup, "--plan"]).arg(&path).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(run("backup").0, Some(0), "{}", run("backup").1);
    let (code, message) = run("weekly");
    assert_eq!(code, Some(2));
    assert!(
        message.contains("step 2, veleroRestore r: it restores weekly, and the source is the backup backup"),
        "{message}"
    );
}

/// R-56: a short name in a restore's filter that the target cannot resolve yet is a finding, with the name to write.
#[test]
fn a_filter_that_resolves_to_nothing_on_the_target_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.yaml");
    let found = |crds: &str, name: &str| {
        let backup = "- veleroBackup: {name: b, spec: {includedNamespaces: ['*'], includeClusterResources: true}}\n";
        let spec = format!("{{backupName: b, includedNamespaces: ['*'], excludedResources: [{name}]}}");
        let steps =
            format!("steps:\n{backup}{crds}- veleroRestore: {{name: r, spec: {spec}}}\n- startCertManager: {{}}\n");
        fs::write(&path, format!("apiVersion: reissue-audit/v1alpha1\nkind: RestorePlan\n{steps}")).unwrap();
        let report = report(&["--backup", "demo", "--plan", path.to_str().unwrap()]);
        let findings = report["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|finding| finding["rule"] == "selector-resolves-to-nothing")
    };
    let finding = found("", "certificates").unwrap();
    assert!(finding["title"].as_str().unwrap().contains("looked up too early"), "{finding:#}");
    assert!(finding["remediation"].to_string().contains("Write certificates.cert-manager.io"), "{finding:#}");
    assert_eq!(found("- installCRDs: {}\n", "certificates"), None);
    assert_eq!(found("", "certificates.cert-manager.io"), None);
}

/// Files are applied in the order of their documents (R-62): Secrets behind Certificates come too late. Where they come in
/// time nothing is issued until the renewal, after two thirds of the 90 days from 2026-11-10.
#[test]
fn files_are_applied_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let issued = common::issue(common::p256(), &["web.example.com"]);
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{namespace: shop, name: web-tls, annotations: {{cert-manager.io/certificate-name: \
         web, cert-manager.io/issuer-name: ca, cert-manager.io/issuer-kind: Issuer, cert-manager.io/issuer-group: \
         cert-manager.io}}}}\ndata: {{tls.crt: {}, tls.key: {}}}\n",
        common::data(&issued.certificate_pem),
        common::data(&issued.key_pem)
    );
    let issuer =
        "apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata: {namespace: shop, name: ca}\nspec: {selfSigned: {}}\n";
    let certificate = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {namespace: shop, name: web}\nspec: \
                       {secretName: web-tls, dnsNames: [web.example.com], commonName: web.example.com, issuerRef: {name: ca}, \
                       privateKey: {algorithm: ECDSA}}\n";
    let plan = "apiVersion: reissue-audit/v1alpha1\nkind: RestorePlan\nsteps:\n- createNamespaces: {}\n- installCRDs: {}\n- \
                startCertManager: {}\n- kubectlApply: {files: [objects.yaml]}\n";
    fs::write(folder.path().join("plan.yaml"), plan).unwrap();
    let path = folder.path().join("objects.yaml");
    let plan = folder.path().join("plan.yaml");
    let renewal = json!({"time": "2027-01-09T00:00:00Z", "first": "shop/web"});
    for (documents, verdict, issuances, until) in [
        ([&secret, issuer, certificate], "unchanged", 0, renewal),
        ([issuer, certificate, &secret], "reissue-now", 2, Value::Null),
    ] {
        fs::write(&path, documents.join("---\n")).unwrap();
        let source = path.to_str().unwrap();
        let report = report(&["--backup", source, "--plan", plan.to_str().unwrap(), "--now", common::NOW]);
        assert_eq!(report["certificates"][0]["verdict"], verdict, "{report:#}");
        assert_eq!(report["certificates"][0]["issuances"], issuances);
        assert_eq!(report["plan"]["restorableUntil"], until);
    }
}

/// Restore rules 9.5.4: the date counts renewals of what is in the Secret, or of what the plan issues.
#[test]
fn a_restored_request_hangs_on_a_date() {
    let renamed = |number: u64, due: bool, issuer: &Value| {
        let mut objects = common::healthy("shop", "web");
        for object in &mut objects {
            if object["kind"] == "CertificateRequest" {
                object["metadata"]["name"] = json!(format!("web-{number}"));
            }
            if due && object["kind"] == "Certificate" {
                object["spec"]["dnsNames"] = json!(["www.example.com"]);
                object["spec"]["issuerRef"] = issuer.clone();
            }
        }
        common::list(&objects)
    };
    let vault = json!({"name": "vault", "kind": "Issuer", "group": "cert-manager.io"});
    let external = json!({"name": "corp", "kind": "CorpIssuer", "group": "issuers.example.com"});
    for (number, due, issuer, title) in [
        // Renewed every 60 days since 2026-11-10.
        (1, false, &vault, "Issuance of revision 1 will hang, 1 renewal from now, about 2027-01-09"),
        (5, false, &vault, "Issuance of revision 5 will hang, 5 renewals from now, about 2027-09-06"),
        // The first revision is issued by the plan, on 2026-11-20.
        (5, true, &vault, "Issuance of revision 5 will hang, 4 renewals from now, about 2027-07-18"),
        // The first revision waits for an issuer that is not cert-manager's own.
        (5, true, &external, "Issuance of revision 5 will hang, 4 renewals from now, about 2027-07-18"),
        (
            u64::MAX,
            true,
            &vault,
            "Issuance of revision 18446744073709551615 will hang, 18446744073709551614 renewals from now",
        ),
    ] {
        let arguments = [
            "plan",
            "--preset",
            "velero-everything",
            "--backup",
            "-",
            "--cert-manager",
            "v1.21.2",
            "--now",
            common::NOW,
        ];
        let report = common::report(&arguments, &renamed(number, due, issuer));
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["rule"] == "blocked-at-renewal").unwrap();
        assert_eq!(found["title"], title);
    }
}
