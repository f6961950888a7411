use super::*;
use crate::plan::step::Delete;
use crate::plan::velero::{BackupSpec, RestoreSpec};
use crate::plan::{Material, SourceFacts, suggestions};

fn of(name: &str, issued: &[usize]) -> Vec<PlanCommand> {
    let source = SourceFacts { location: "dump.yaml".into(), cert_manager: None };
    let done: Vec<_> = issued.iter().map(|&issued| PlanStep { issued, ..PlanStep::default() }).collect();
    let plan = preset(name).unwrap().plan(source, TargetFacts::new_cluster("v1.21.2"));
    commands(&plan, Circumstances { done: &done, ..Circumstances::default() })
}

fn texts(commands: &[PlanCommand]) -> Vec<&str> {
    commands.iter().map(|command| command.command.as_str()).collect()
}

#[test]
fn velero_two_step_as_commands() {
    let commands = of("velero-two-step", &[0, 0, 0, 0, 0, 3]);
    let restores: Vec<_> = commands.iter().filter(|c| c.text == "In the target: restore.").collect();
    assert_eq!(
        restores[0].command,
        "velero restore create full-backup-1 --from-backup full-backup --exclude-resources \
         certificates.cert-manager.io --wait"
    );
    assert_eq!((restores[0].effect, restores[1].effect), (Effect::Issues, Effect::Safe));
    let texts = texts(&commands);
    assert!(texts[0].contains("> before.yaml") && texts[texts.len() - 2].starts_with("cmctl check api"));
    assert!(texts[1].starts_with("velero backup create full-backup --exclude-resources challenges.acme"));
    assert!(texts[1].contains(" --include-cluster-resources=true"));
}

#[test]
fn a_backup_that_is_there_is_not_made_again() {
    let plan = preset("velero-documented").unwrap();
    let plan = plan.plan(SourceFacts::default(), TargetFacts::new_cluster("v1.21.2"));
    let plan = Plan { source: SourceFacts { location: "n.tar.gz".into(), cert_manager: None }, ..plan };
    let found = commands(&plan, Circumstances { finished: Some("nightly"), ..Circumstances::default() });
    let texts = texts(&found);
    assert_eq!(texts[0], "velero backup describe nightly");
    assert!(texts[texts.len() - 1].contains("verify --before n.tar.gz --preset velero-documented "), "{texts:?}");
    assert!(!texts.iter().any(|text| text.starts_with("velero backup create")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains(" --from-backup nightly ")), "{texts:?}");
}

/// The last command foretells what this plan does, not what a preset of its name would.
#[test]
fn an_edited_preset_is_verified_as_a_file() {
    const START: &str = "kubectl get certificates,certificaterequests,issuers,clusterissuers,secrets,ingresses -A -o yaml | reissue-audit ";
    let mut target = TargetFacts::new_cluster("v1.17.4");
    target.flags.insert("feature-gates".into(), "A=true,B=false".into());
    let original = preset("velero-documented").unwrap().plan(SourceFacts::default(), target);
    let last = |plan: &Plan| commands(plan, Circumstances::default()).pop().unwrap().command;
    let rest = "--cert-manager v1.17.4 --controller-flag feature-gates=A=true,B=false -";
    let as_preset = format!("{START}verify --before before.yaml --preset velero-documented {rest}");
    let as_file = format!("{START}verify --before before.yaml --plan plan.yaml {rest}");
    assert_eq!(last(&original), as_preset);
    let fewer_steps = Plan { steps: original.steps[1..].to_vec(), ..original.clone() };
    let mut older = original.clone();
    older.target.velero = "v1.16.2".into();
    assert_eq!([last(&fewer_steps), last(&older)], [as_file.clone(), as_file]);
}

#[test]
fn commands_that_a_shell_and_kubectl_take() {
    let delete: Delete = serde_saphyr::from_str("{selection: [cert], namespaces: [a, b], names: ['x y', z]}").unwrap();
    assert_eq!(
        kubectl::delete(&delete),
        [
            "kubectl delete certificates.cert-manager.io -n a 'x y' z",
            "kubectl delete certificates.cert-manager.io -n b 'x y' z"
        ]
    );
    let everywhere: Delete = serde_saphyr::from_str("{selection: [cert], names: [z]}").unwrap();
    assert_eq!(kubectl::delete(&everywhere), ["kubectl delete certificates.cert-manager.io -n NAMESPACE z"]);
    let spec: BackupSpec = serde_saphyr::from_str("{includedClusterScopedResources: ['*']}").unwrap();
    assert_eq!(
        velero::backup("full", &spec),
        "velero backup create full --include-cluster-scoped-resources '*' --wait"
    );
}

#[test]
fn what_deletes_is_called_so() {
    let commands = of("reinstall", &[]);
    let deletes: Vec<_> = commands.iter().filter(|c| c.effect == Effect::Deletes).collect();
    assert_eq!(deletes.len(), 1);
    assert_eq!(deletes[0].command, "kubectl delete crd -l app.kubernetes.io/name=cert-manager");
    // Without their CRD there are no Certificates to watch.
    let waits = texts(&commands).into_iter().filter(|text| text.starts_with("sleep") || text.contains("--watch"));
    assert_eq!(waits.collect::<Vec<_>>(), ["sleep 60", "kubectl get certificates -A --watch"]);
}

#[test]
fn every_flag_of_a_restore_is_written() {
    let spec: RestoreSpec = serde_saphyr::from_str(
        "{backupName: b, includedNamespaces: [a], namespaceMapping: {a: b}, existingResourcePolicy: update, restoreStatus: {}, \
         labelSelector: {matchLabels: {app: x}, matchExpressions: [{key: k, operator: NotIn, values: [v, w]}]}, \
         resourceModifier: {kind: configmap, name: m}}",
    )
    .unwrap();
    assert_eq!(
        velero::restore("r", &spec, None),
        "velero restore create r --from-backup b --include-namespaces a --selector 'app=x,k notin (v,w)' \
         --namespace-mappings a:b --existing-resource-policy update --status-include-resources '*' \
         --resource-modifier-configmap m --wait"
    );
}

/// In the same cluster what is dumped is deleted in between.
#[test]
fn everything_is_taken_before_anything_is_changed() {
    for name in ["reinstall", "kubectl-config", "kubectl-with-secrets", "velero-two-step", "etcd"] {
        let commands = of(name, &[]);
        let is_taken = |text: &str| {
            text.starts_with("kubectl get ") && text.contains(" > ")
                || text.starts_with("velero backup")
                || text.contains("snapshot save")
        };
        let taken: Vec<bool> = texts(&commands).iter().map(|text| is_taken(text)).collect();
        assert!(taken[0] && taken.is_sorted_by(|a, b| a >= b), "{name} {commands:#?}");
        assert!(taken.iter().filter(|taken| **taken).count() > 1, "{name} takes more than the picture");
        let places = |place: &str| commands.iter().filter(|c| c.text.starts_with(place)).count();
        assert_eq!(places("In the source: ") > 0 && places("In the target: ") > 0, name != "reinstall", "{name}");
    }
}

/// What was suggested is kept in a file before it is carried out; what was read from a file is there.
#[test]
fn the_plan_that_is_verified_is_a_file() {
    let suggested = suggestions(Material::Cluster, &[Kind::Gateway]).pop().unwrap();
    let source = SourceFacts { location: "a b.yaml, demo".into(), cert_manager: None };
    let target = TargetFacts::new_cluster("v1.21.2");
    let plan = Plan { source, target, ..suggested };
    let show =
        "reissue-audit plan --backup 'a b.yaml' --backup demo --suggest --show-plan --cert-manager v1.21.2 > plan.yaml";
    let unnamed = commands(&plan, Circumstances::default());
    assert_eq!(texts(&unnamed)[1], show);
    assert!(texts(&unnamed)[unnamed.len() - 1].contains(" --plan plan.yaml "));
    let named = commands(&plan, Circumstances { document: Some("my plan.yaml"), ..Circumstances::default() });
    assert!(!texts(&named).contains(&show));
    assert!(texts(&named)[named.len() - 1].contains(" --plan 'my plan.yaml' "));
}

/// CRDs are too large for client-side apply, and are known only to the next call; others than those are not taken along.
#[test]
fn gateways_come_after_their_crds() {
    let plan = suggestions(Material::Cluster, &[Kind::Gateway]).pop().unwrap();
    let commands = commands(&plan, Circumstances { owners: &[Kind::Gateway], ..Circumstances::default() });
    let texts = texts(&commands);
    let at = |part: &str| texts.iter().position(|text| text.contains(part)).unwrap();
    const CRD: &str = "gateways.gateway.networking.k8s.io";
    assert!(texts[0].starts_with("kubectl get ") && texts[0].contains(CRD), "{}", texts[0]);
    assert_eq!(
        texts[at("kubectl get customresourcedefinitions")],
        format!(
            "kubectl get customresourcedefinitions.apiextensions.k8s.io {CRD} -o json > customresourcedefinitions.json"
        )
    );
    let apply = at("customresourcedefinitions.json | jq");
    assert!(texts[apply].ends_with("| kubectl apply --server-side -f -"), "{}", texts[apply]);
    assert_eq!(texts[apply + 1], format!("kubectl wait crd {CRD} --for=condition=Established --timeout=1m"));
    assert!(texts[apply + 2].contains("ingresses-gateways.json"), "{}", texts[apply + 2]);
    let without = suggestions(Material::Cluster, &[]).pop().unwrap();
    assert!(
        !without.steps.iter().any(|step| matches!(step, Step::KubectlApply(apply) if apply.selection == [Kind::Crd]))
    );
}

#[test]
fn a_new_cluster_gets_cert_manager_stopped_with_the_flags_that_decide() {
    let mut target = TargetFacts::new_cluster("v1.21.2");
    let flags = [("v", "2"), ("feature-gates", "A=true,B=false"), ("cluster-resource-namespace", "cert-manager")];
    target.flags.extend(flags.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let plan = preset("velero-documented").unwrap().plan(SourceFacts::default(), target);
    let namespaces = ["cert-manager", "kube-system", "shop"].map(str::to_owned);
    let known = Circumstances { namespaces: &namespaces, ..Circumstances::default() };
    let new = commands(&plan, known);
    let helm = "helm install cert-manager cert-manager --repo https://charts.jetstack.io --version v1.21.2 --namespace \
                cert-manager --create-namespace --set crds.enabled=true --set replicaCount=0 --set-string \
                'extraArgs[0]=--feature-gates=A=true\\,B=false' --wait";
    assert!(texts(&new).contains(&helm), "{new:#?}");
    assert!(texts(&new).contains(&"for name in cert-manager shop; do kubectl create namespace \"$name\"; done"));
    let mut same = plan.clone();
    same.target.cluster = SAME.to_owned();
    assert!(!texts(&commands(&same, known)).iter().any(|text| text.contains("helm")));
    let mut old = plan;
    old.target.cert_manager = "v1.11.5".into();
    assert!(texts(&commands(&old, known)).iter().any(|text| text.contains("--set installCRDs=true ")));
}

/// kubectl watches one kind at a time.
#[test]
fn nothing_is_left_to_fill_in() {
    let namespaces = ["shop".to_owned()];
    for material in [Material::Cluster, Material::Velero] {
        for plan in suggestions(material, &[Kind::Gateway, Kind::ListenerSet]) {
            let finished = (material == Material::Velero).then_some("nightly");
            let known = Circumstances { namespaces: &namespaces, finished, ..Circumstances::default() };
            for command in commands(&plan, known) {
                let capitals = command
                    .command
                    .split([' ', '/', ':'])
                    .find(|word| word.len() > 2 && word.chars().all(|letter| letter.is_ascii_uppercase()));
                assert_eq!(capitals, None, "{}", command.command);
                let watches = command.command.contains("--watch");
                assert!(!watches || !command.command.contains(','), "{}", command.command);
            }
        }
    }
}
