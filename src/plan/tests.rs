//! Plan files: what is read, and what is said of a bad one.

use super::velero::ExistingResourcePolicy;
use super::{Step, read_plan};
use crate::object::Kind;

const PLAN: &str = "\
apiVersion: reissue-audit/v1alpha1
kind: RestorePlan
metadata:
  name: two
target:
  cluster: new
  certManager: v1.21.1
  flags: {enable-certificate-owner-ref: 'true'}
  velero: v1.16.2
  restoreAt: 2026-12-01T00:00:00Z
steps:
- veleroBackup: {name: b, spec: {includedNamespaces: [shop]}}
- createNamespaces: {}
- installCRDs: {}
- startCertManager: {}
- kubectlApply: {selection: [secret, cert], filter: jq, form: documents, validate: false}
- veleroRestore:
    name: r
    spec:
      backupName: b
      existingResourcePolicy: update
      namespaceMapping: {shop: shop2}
      restoreStatus: {includedResources: ['*']}
- gitops: {tool: flux}
- delete: {selection: [certificaterequests.cert-manager.io], namespaces: [shop]}
- wait: {quiet: 1m}
- etcdRestore: {}
";

#[test]
fn a_plan_is_read_with_all_its_steps() {
    let (plan, wishes) = read_plan("plan.yaml", PLAN).unwrap();
    let actions: Vec<_> = plan.steps.iter().map(Step::action).collect();
    assert_eq!(
        actions,
        [
            "veleroBackup",
            "createNamespaces",
            "installCRDs",
            "startCertManager",
            "kubectlApply",
            "veleroRestore",
            "gitops",
            "delete",
            "wait",
            "etcdRestore"
        ]
    );
    assert_eq!((plan.name.as_str(), plan.target.velero.as_str()), ("two", "v1.16.2"));
    assert_eq!(plan.target.restore_at.unwrap().to_string(), "2026-12-01T00:00:00Z");
    assert_eq!(wishes.cert_manager.unwrap().to_string(), "v1.21.1");
    assert_eq!(wishes.flags["enable-certificate-owner-ref"], "true");
    let Step::VeleroRestore { spec, .. } = &plan.steps[5] else { panic!() };
    assert_eq!(spec.existing_resource_policy, Some(ExistingResourcePolicy::Update));
    let Step::KubectlApply(apply) = &plan.steps[4] else { panic!() };
    assert_eq!(apply.selection, [Kind::Secret, Kind::Certificate]);
}

#[test]
fn velero_objects_alone_are_a_plan() {
    const OBJECTS: &str = "\
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: nightly, namespace: velero}
spec:
  schedule: 0 1 * * *
  template: {ttl: 720h0m0s, excludedResources: [orders.acme.cert-manager.io]}
---
apiVersion: velero.io/v1
kind: Restore
metadata: {name: first, namespace: velero}
spec: {scheduleName: nightly, excludedResources: [certificates.cert-manager.io], restorePVs: true}
---
# the second one
apiVersion: velero.io/v1
kind: Restore
metadata: {name: second, namespace: velero}
spec: {scheduleName: nightly}
status: {phase: Completed}
";
    let (plan, _) = read_plan("objects.yaml", OBJECTS).unwrap();
    let actions: Vec<_> = plan.steps.iter().map(Step::action).collect();
    assert_eq!(actions[0], "veleroBackup");
    assert_eq!(actions[5..], ["veleroRestore", "wait", "veleroRestore", "wait"]);
    let Step::VeleroBackup { name, spec } = &plan.steps[0] else { panic!() };
    assert_eq!((name.as_str(), spec.excluded_resources.len()), ("nightly", 1));
    assert_eq!(spec.included_namespaces, ["*"]);
}

#[test]
fn a_step_takes_its_spec_from_the_object_of_its_name() {
    let text = "\
apiVersion: reissue-audit/v1alpha1
kind: RestorePlan
steps:
- veleroBackup: {name: b}
- veleroRestore: {name: r}
---
apiVersion: velero.io/v1
kind: Backup
metadata: {name: b}
spec: {includedNamespaces: [shop]}
---
apiVersion: velero.io/v1
kind: Restore
metadata: {name: r}
spec: {backupName: b}
";
    let (plan, _) = read_plan("plan.yaml", text).unwrap();
    let Step::VeleroBackup { spec, .. } = &plan.steps[0] else { panic!() };
    assert_eq!(spec.included_namespaces, ["shop"]);
    let Step::VeleroRestore { spec, .. } = &plan.steps[1] else { panic!() };
    assert_eq!(spec.backup_name, "b");
}

/// What is wrong, and where.
#[test]
fn bad_plans_are_refused_with_the_place() {
    let steps = |steps: &str| format!("apiVersion: reissue-audit/v1alpha1\nkind: RestorePlan\nsteps:\n{steps}");
    let rows: &[(String, &[&str])] = &[
        (steps("- veleroRestor: {name: r}\n"), &["p.yaml:4:", "veleroRestor"]),
        (steps("- wait: {quiet: 1m}\n- createNamespaces: {all: true}\n"), &["p.yaml:5:", "all"]),
        (steps("- veleroRestore:\n    name: r\n    spec:\n      backupname: b\n"), &["p.yaml:7:", "backupname"]),
        (steps("- kubectlApply: {selection: [certificate, sekret]}\n"), &["p.yaml:4:", "sekret"]),
        (steps("- kubectlApply: {filter: jq}\n"), &["step 1, kubectlApply", "files or a selection"]),
        (steps("- wait: {quiet: soon}\n"), &["p.yaml:4:", "soon"]),
        (steps("- delete: {selection: []}\n"), &["step 1, delete"]),
        (steps("- veleroBackup: {name: nightly}\n"), &["step 1, veleroBackup nightly", "no spec"]),
        (steps("- kubectlApply: {files: [a.yaml], filter: awk}\n"), &["step 1, kubectlApply", "as they stand"]),
        (
            steps("- etcdRestore: {}\n").replace("steps:", "target: {kubectl: banana}\nsteps:"),
            &["target.kubectl", "banana"],
        ),
        (steps("- veleroRestore: {name: r}\n"), &["step 1, veleroRestore r", "FailedValidation", "neither backupName"]),
        (
            steps(
                "- veleroBackup: {name: a, spec: {includedNamespaces: [x]}}\n- veleroRestore: {name: r, spec: {backupName: b}}\n",
            ),
            &["step 2, veleroRestore r", "restores b", "make a"],
        ),
        (
            steps(
                "- veleroRestore: {name: r, spec: {backupName: b}}\n- veleroBackup: {name: b, spec: {includedNamespaces: [a]}}\n",
            ),
            &["step 1, veleroRestore r", "before it make nothing"],
        ),
        (
            steps("- veleroRestore: {name: r, spec: {backupName: b, resourceModifier: {kind: configmap, name: m}}}\n"),
            &["ConfigMap m", "not in the file"],
        ),
        (
            steps("- veleroRestore: {name: r, spec: {backupName: b, resourceModifier: {kind: configmap, name: m}}}\n")
                + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: '', b: ''}\n",
            &["ConfigMap m", "FailedValidation", "2 keys"],
        ),
        // R-30: scoped filters are for backups.
        (
            steps(
                "- veleroRestore:\n    name: r\n    spec:\n      backupName: b\n      includedNamespaceScopedResources: [secrets]\n",
            ),
            &["p.yaml:8:", "includedNamespaceScopedResources"],
        ),
        (steps("  []\n"), &["no steps"]),
        ("apiVersion: v1\nkind: Secret\n".to_owned(), &["kind \"Secret\"", "RestorePlan"]),
        ("apiVersion: reissue-audit/v2\nkind: RestorePlan\n".to_owned(), &["reissue-audit/v2"]),
        ("a: [\n".to_owned(), &["p.yaml:"]),
        (String::new(), &["neither a RestorePlan nor a Velero Restore"]),
        (
            "---\napiVersion: velero.io/v1\nkind: Restore\nmetadata: {name: r}\nspec:\n  backupName: b\n  hookz: {}\n"
                .to_owned(),
            &["p.yaml:7:", "hookz"],
        ),
        (
            "apiVersion: velero.io/v1\nkind: Backup\nmetadata: {name: b}\nspec: {includedNamespaces: ['*', a]}\n"
                .to_owned(),
            &["Backup b", "FailedValidation", "includedNamespaces"],
        ),
        (
            steps("- etcdRestore: {}\n").replace("steps:", "target: {certManager: newest}\nsteps:"),
            &["target.certManager", "newest"],
        ),
        (steps("- etcdRestore: {}\n").replace("steps:", "target: {velero: '1'}\nsteps:"), &["target.velero"]),
        (
            steps("- etcdRestore: {}\n").replace("steps:", "target: {restoreResourcePriorities: 'a,-,b,-'}\nsteps:"),
            &["target.restoreResourcePriorities", "multiple priority separator"],
        ),
    ];
    for (text, expected) in rows {
        let error = read_plan("p.yaml", text).map(|(plan, _)| plan).unwrap_err().to_string();
        assert!(!error.contains(" at line "), "{error}");
        for part in *expected {
            assert!(error.contains(part), "{part:?} is not in {error:?}, of\n{text}");
        }
        assert!(!error.contains('\n'), "{error}");
    }
}

/// As `kubectl get restores -o yaml` writes them, with what the API server fills in.
#[test]
fn a_list_of_velero_objects_with_nulls_is_read() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: velero.io/v1\n  kind: Restore\n  metadata: {name: r}\n  spec: \
                {backupName: b, includedResources: null, excludedNamespaces: null, namespaceMapping: null, hooks: {}}\n";
    let (plan, _) = read_plan("list.yaml", text).unwrap();
    assert!(plan.steps.iter().any(|step| matches!(step, Step::VeleroRestore { name, .. } if name == "r")));
    let bad = text.replace("hooks: {}", "hookz: {}");
    assert!(read_plan("list.yaml", &bad).unwrap_err().to_string().contains("item 1"));
}
