//! The commands that a plan stands for.

use super::step::{Delete, Form, KubectlApply, Step, TextFilter};
use super::velero::{BackupSpec, ExistingResourcePolicy, LabelSelector, Operator, RestoreSpec};
use super::{GitOpsTool, Plan, Preset, TargetFacts, preset};
use crate::object::Kind;
use crate::report::model::PlanStep;
use crate::rule::{Effect, shell};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCommand {
    /// What and why.
    pub text: String,
    /// What to type; what depends on the installation stands in capital letters.
    pub command: String,
    /// What it does.
    pub effect: Effect,
}

const KINDS: &str = "certificates,certificaterequests,issuers,clusterissuers,secrets,ingresses";

impl PlanCommand {
    fn new(effect: Effect, text: impl Into<String>, command: impl Into<String>) -> Self {
        Self { text: text.into(), command: command.into(), effect }
    }
}

/// The commands of a plan, from what makes it safe to what shows that it went well. `done` tells what each step did; `finished`
/// is the name of the backup where there is one already, whose backup step is left out.
#[must_use]
pub fn commands(plan: &Plan, done: &[PlanStep], finished: Option<&str>) -> Vec<PlanCommand> {
    let mut commands = vec![PlanCommand::new(
        Effect::Safe,
        "Keep a picture of the source, to compare with afterwards. It holds private keys: keep it where Secrets may lie.",
        format!("kubectl get {KINDS} -A -o yaml > before.yaml"),
    )];
    for (at, step) in plan.steps.iter().enumerate() {
        // What is overwritten is gone.
        let effect = match done.get(at) {
            Some(done) if done.issued > 0 => Effect::Issues,
            Some(done) if done.updated > 0 => Effect::Deletes,
            _ => Effect::Safe,
        };
        commands.extend(of_step(plan, step, effect, finished));
    }
    commands.push(PlanCommand::new(
        Effect::Safe,
        "See whether cert-manager's API answers.",
        "cmctl check api --wait=2m",
    ));
    commands.push(PlanCommand::new(
        Effect::Safe,
        "See what was done to each certificate, and what is left to do.",
        verify(plan),
    ));
    commands
}

/// The comparison of the target with the picture of the source, and with what this plan foretells under its release. A plan
/// that began as a preset and was edited is no preset any more.
fn verify(plan: &Plan) -> String {
    let TargetFacts { cert_manager, flags, .. } = &plan.target;
    let unedited = |preset: &&Preset| {
        let target = TargetFacts { flags: flags.clone(), ..TargetFacts::new_cluster(cert_manager.clone()) };
        let original = preset.plan(plan.source.clone(), target);
        let facts = |plan: &Plan| (plan.target.velero.clone(), plan.target.restore_resource_priorities.clone());
        (original.steps == plan.steps) && facts(&original) == facts(plan)
    };
    let followed = match preset(&plan.name).filter(unedited) {
        Some(preset) => format!("--preset {}", preset.name),
        None => "--plan PLAN.yaml".to_owned(),
    };
    let flags: String =
        flags.iter().map(|(name, value)| format!(" --controller-flag {}", shell(&format!("{name}={value}")))).collect();
    format!(
        "kubectl get {KINDS} -A -o yaml | reissue-audit verify --before before.yaml {followed} --cert-manager \
         {cert_manager}{flags} -"
    )
}

fn of_step(plan: &Plan, step: &Step, effect: Effect, finished: Option<&str>) -> Vec<PlanCommand> {
    let one = |text: &str, command: String| vec![PlanCommand::new(effect, text, command)];
    match step {
        Step::VeleroBackup { .. } if finished.is_some() => Vec::new(),
        Step::VeleroBackup { name, spec } => one("Back up.", velero_backup(name, spec)),
        Step::VeleroRestore { name, spec } => {
            let phase = format!("velero restore describe {} --details", shell(name));
            vec![
                PlanCommand::new(effect, "Restore.", velero_restore(name, spec, finished)),
                PlanCommand::new(
                    Effect::Safe,
                    "Read the phase and the errors: the client ends with 0 even where objects were refused.",
                    phase,
                ),
            ]
        }
        Step::KubectlApply(apply) => kubectl_apply(apply, effect),
        Step::CreateNamespaces {} => {
            one("Make the namespaces of the source in the target.", "kubectl create namespace NAME".to_owned())
        }
        Step::EtcdRestore {} => vec![PlanCommand::new(
            Effect::Deletes,
            "Restore the snapshot on every member, with the API servers stopped. It takes the place of everything in the cluster.",
            "etcdctl snapshot restore snapshot.db --data-dir DIR",
        )],
        Step::GitOps(gitops) => one(
            "Let the tool apply what stands in Git.",
            match gitops.tool {
                GitOpsTool::Argocd => "argocd app sync APP".to_owned(),
                GitOpsTool::Flux => "flux reconcile kustomization NAME --with-source".to_owned(),
            },
        ),
        Step::InstallCrds {} => one(
            "Install the CRDs of the release.",
            format!(
                "kubectl apply --server-side -f https://github.com/cert-manager/cert-manager/releases/download/{}/cert-manager.crds.yaml",
                plan.target.cert_manager
            ),
        ),
        Step::StartWebhook {} => one(
            "Wait until cert-manager's webhook serves.",
            "kubectl -n cert-manager rollout status deployment/cert-manager-webhook".to_owned(),
        ),
        Step::StopWebhook {} => Vec::new(),
        Step::StartCertManager {} => one(
            "Let cert-manager's controller run.",
            "kubectl -n cert-manager scale deployment cert-manager --replicas=1".to_owned(),
        ),
        Step::StopCertManager {} => one(
            "Stop cert-manager's controller.",
            "kubectl -n cert-manager scale deployment cert-manager --replicas=0".to_owned(),
        ),
        Step::Wait { quiet } => {
            vec![PlanCommand::new(effect, format!("Wait until nothing has happened for {quiet}."), watch())]
        }
        Step::Delete(delete) => {
            kubectl_delete(delete).into_iter().map(|text| PlanCommand::new(Effect::Deletes, "Delete.", text)).collect()
        }
    }
}

fn watch() -> String {
    "kubectl get certificates,certificaterequests -A --watch".to_owned()
}

/// A flag of the scoped filters, where `*` is not the same as none (A2).
fn scoped(flag: &str, values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| format!(" --{flag} {}", shell(&values.join(","))))
}

/// A flag with a list, where there is one.
fn list(flag: &str, values: &[String]) -> Option<String> {
    (!values.is_empty() && *values != ["*"]).then(|| format!(" --{flag} {}", shell(&values.join(","))))
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect()
}

fn velero_backup(name: &str, spec: &BackupSpec) -> String {
    let flags = [
        list("include-namespaces", &spec.included_namespaces),
        list("exclude-namespaces", &spec.excluded_namespaces),
        list("include-resources", &spec.included_resources),
        list("exclude-resources", &spec.excluded_resources),
        spec.include_cluster_resources.map(|all| format!(" --include-cluster-resources={all}")),
        scoped("include-cluster-scoped-resources", &spec.included_cluster_scoped_resources),
        scoped("exclude-cluster-scoped-resources", &spec.excluded_cluster_scoped_resources),
        scoped("include-namespace-scoped-resources", &spec.included_namespace_scoped_resources),
        scoped("exclude-namespace-scoped-resources", &spec.excluded_namespace_scoped_resources),
        selectors(spec.label_selector.as_ref(), &spec.or_label_selectors),
        spec.resource_policy.as_ref().map(|policy| format!(" --resource-policies-configmap {}", shell(&policy.name))),
    ];
    format!("velero backup create {}{} --wait", shell(name), joined(flags))
}

fn velero_restore(name: &str, spec: &RestoreSpec, finished: Option<&str>) -> String {
    let from = if let Some(backup) = finished {
        format!(" --from-backup {}", shell(backup))
    } else if spec.backup_name.is_empty() {
        format!(" --from-schedule {}", shell(&spec.schedule_name))
    } else {
        format!(" --from-backup {}", shell(&spec.backup_name))
    };
    let mappings: Vec<String> = spec.namespace_mapping.iter().map(|(from, to)| format!("{from}:{to}")).collect();
    let status = spec.restore_status.as_ref().map(|status| {
        let all = ["*".to_owned()];
        let included = if status.included_resources.is_empty() { &all[..] } else { &status.included_resources };
        format!(" --status-include-resources {}", shell(&included.join(",")))
    });
    let flags = [
        list("include-namespaces", &spec.included_namespaces),
        list("exclude-namespaces", &spec.excluded_namespaces),
        list("include-resources", &spec.included_resources),
        list("exclude-resources", &spec.excluded_resources),
        spec.include_cluster_resources.map(|all| format!(" --include-cluster-resources={all}")),
        selectors(spec.label_selector.as_ref(), &spec.or_label_selectors),
        list("namespace-mappings", &mappings),
        spec.existing_resource_policy.map(|policy| match policy {
            ExistingResourcePolicy::None => " --existing-resource-policy none".to_owned(),
            ExistingResourcePolicy::Update => " --existing-resource-policy update".to_owned(),
        }),
        status,
        spec.restore_status.as_ref().and_then(|status| list("status-exclude-resources", &status.excluded_resources)),
        spec.resource_modifier
            .as_ref()
            .map(|modifier| format!(" --resource-modifier-configmap {}", shell(&modifier.name))),
    ];
    format!("velero restore create {}{from}{} --wait", shell(name), joined(flags))
}

fn selectors(one: Option<&LabelSelector>, any: &[LabelSelector]) -> Option<String> {
    let one = one.map(|selector| format!(" --selector {}", shell(&selector_text(selector))));
    let texts: Vec<String> = any.iter().map(selector_text).collect();
    one.or_else(|| (!texts.is_empty()).then(|| format!(" --or-selector {}", shell(&texts.join(" or ")))))
}

/// A selector as kubectl writes it.
fn selector_text(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
    let conditions = selector.match_expressions.iter().map(|requirement| {
        let (key, values) = (&requirement.key, requirement.values.join(","));
        match requirement.operator {
            Operator::In => format!("{key} in ({values})"),
            Operator::NotIn => format!("{key} notin ({values})"),
            Operator::Exists => key.clone(),
            Operator::DoesNotExist => format!("!{key}"),
        }
    });
    labels.chain(conditions).collect::<Vec<_>>().join(",")
}

const AWK: &str = "awk '!/^ *(resourceVersion|uid): [^ ]+$/'";
const JQ: &str = "jq 'walk(if type == \"object\" and has(\"metadata\") then del(.metadata.uid, .metadata.resourceVersion) else . end)'";

fn kubectl_apply(apply: &KubectlApply, effect: Effect) -> Vec<PlanCommand> {
    let validate = if apply.validate { "" } else { " --validate=false" };
    let server = if apply.server_side { " --server-side" } else { "" };
    if !apply.files.is_empty() {
        let files: String = apply.files.iter().map(|file| format!(" -f {}", shell(file))).collect();
        return vec![PlanCommand::new(effect, "Apply.", format!("kubectl apply{server}{validate}{files}"))];
    }
    let format = if apply.filter == TextFilter::Jq { "json" } else { "yaml" };
    let file =
        format!("{}.{format}", apply.selection.iter().map(|kind| kind.row().plural).collect::<Vec<_>>().join("-"));
    let selector = apply.selector.as_ref().map(|selector| format!(" --selector {}", shell(&selector_text(selector))));
    let selector = selector.unwrap_or_default();
    let kinds = resources(&apply.selection);
    let gets: Vec<String> = match &*apply.namespaces {
        [] => vec![format!("kubectl get {kinds} -A{selector} -o {format} > {file}")],
        // One List each; kubectl takes several documents in one file, jq several texts.
        namespaces => (namespaces.iter().enumerate())
            .map(|(at, namespace)| {
                let into = if at == 0 { ">" } else { ">>" };
                let mark = if at > 0 && format == "yaml" { format!("echo --- >> {file}; ") } else { String::new() };
                format!("{mark}kubectl get {kinds} -n {}{selector} -o {format} {into} {file}", shell(namespace))
            })
            .collect(),
    };
    let through = match (apply.filter, apply.form) {
        (TextFilter::None, _) => format!("kubectl apply{server}{validate} -f {file}"),
        (TextFilter::Awk, Form::List) => format!("{AWK} {file} | kubectl apply{server}{validate} -f -"),
        (TextFilter::Awk, Form::Documents) => {
            format!("{AWK} {file} | yq '.items[] | split_doc' | kubectl apply{server}{validate} -f -")
        }
        (TextFilter::Jq, Form::List) => format!("{JQ} {file} | kubectl apply{server}{validate} -f -"),
        // One document each: a List would be refused as a whole because of one bad item (A1).
        (TextFilter::Jq, Form::Documents) => {
            format!("{JQ} {file} | jq '.items[]' | kubectl apply{server}{validate} -f -")
        }
    };
    let mut commands: Vec<_> =
        gets.into_iter().map(|get| PlanCommand::new(Effect::Safe, "In the source: dump.", get)).collect();
    commands.push(PlanCommand::new(effect, "In the target: apply.", through));
    commands
}

fn resources(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.resource()).collect::<Vec<_>>().join(",")
}

fn kubectl_delete(delete: &Delete) -> Vec<String> {
    let orphan = if delete.orphan { " --cascade=orphan" } else { "" };
    if delete.selection == [Kind::Crd] && delete.names.is_empty() && delete.selector.is_none() {
        return vec![format!("kubectl delete crd -l app.kubernetes.io/name=cert-manager{orphan}")];
    }
    let kinds = resources(&delete.selection);
    let what = match (&delete.selector, &*delete.names) {
        (Some(selector), _) => format!(" --selector {}", shell(&selector_text(selector))),
        (None, []) => " --all".to_owned(),
        (None, names) => names.iter().map(|name| format!(" {}", shell(name))).collect(),
    };
    let namespaced = delete.selection.iter().any(|kind| kind.is_namespaced());
    let scopes: Vec<String> = match &*delete.namespaces {
        _ if !namespaced => vec![String::new()],
        // kubectl takes no names for all namespaces at once.
        [] if !delete.names.is_empty() => vec![" -n NAMESPACE".to_owned()],
        [] => vec![" -A".to_owned()],
        namespaces => namespaces.iter().map(|namespace| format!(" -n {}", shell(namespace))).collect(),
    };
    scopes.into_iter().map(|scope| format!("kubectl delete {kinds}{scope}{what}{orphan}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{SourceFacts, TargetFacts, preset};

    fn of(name: &str, issued: &[usize]) -> Vec<PlanCommand> {
        let source = SourceFacts { location: "dump.yaml".into(), cert_manager: None };
        let done: Vec<_> = issued.iter().map(|&issued| PlanStep { issued, ..PlanStep::default() }).collect();
        commands(&preset(name).unwrap().plan(source, TargetFacts::new_cluster("v1.21.2")), &done, None)
    }

    fn texts(commands: &[PlanCommand]) -> Vec<&str> {
        commands.iter().map(|command| command.command.as_str()).collect()
    }

    #[test]
    fn velero_two_step_as_commands() {
        let commands = of("velero-two-step", &[0, 0, 0, 0, 0, 3]);
        let restores: Vec<_> = commands.iter().filter(|c| c.text == "Restore.").collect();
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
        let found = commands(&plan, &[], Some("nightly"));
        let texts = texts(&found);
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
        let last = |plan: &Plan| commands(plan, &[], None).pop().unwrap().command;
        let rest = "--cert-manager v1.17.4 --controller-flag feature-gates=A=true,B=false -";
        let as_preset = format!("{START}verify --before before.yaml --preset velero-documented {rest}");
        let as_file = format!("{START}verify --before before.yaml --plan PLAN.yaml {rest}");
        assert_eq!(last(&original), as_preset);
        let fewer_steps = Plan { steps: original.steps[1..].to_vec(), ..original.clone() };
        let mut older = original.clone();
        older.target.velero = "v1.16.2".into();
        assert_eq!([last(&fewer_steps), last(&older)], [as_file.clone(), as_file]);
    }

    #[test]
    fn commands_that_a_shell_and_kubectl_take() {
        let delete: Delete =
            serde_saphyr::from_str("{selection: [cert], namespaces: [a, b], names: ['x y', z]}").unwrap();
        assert_eq!(
            kubectl_delete(&delete),
            [
                "kubectl delete certificates.cert-manager.io -n a 'x y' z",
                "kubectl delete certificates.cert-manager.io -n b 'x y' z"
            ]
        );
        let everywhere: Delete = serde_saphyr::from_str("{selection: [cert], names: [z]}").unwrap();
        assert_eq!(kubectl_delete(&everywhere), ["kubectl delete certificates.cert-manager.io -n NAMESPACE z"]);
        let spec: BackupSpec = serde_saphyr::from_str("{includedClusterScopedResources: ['*']}").unwrap();
        assert_eq!(
            velero_backup("full", &spec),
            "velero backup create full --include-cluster-scoped-resources '*' --wait"
        );
    }

    #[test]
    fn what_deletes_is_called_so() {
        let commands = of("reinstall", &[]);
        let deletes: Vec<_> = commands.iter().filter(|c| c.effect == Effect::Deletes).collect();
        assert_eq!(deletes.len(), 1);
        assert_eq!(deletes[0].command, "kubectl delete crd -l app.kubernetes.io/name=cert-manager");
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
            velero_restore("r", &spec, None),
            "velero restore create r --from-backup b --include-namespaces a --selector 'app=x,k notin (v,w)' \
             --namespace-mappings a:b --existing-resource-policy update --status-include-resources '*' \
             --resource-modifier-configmap m --wait"
        );
    }
}
