//! The commands that a plan stands for.

use super::step::{Delete, Form, KubectlApply, Step, TextFilter};
use super::velero::{BackupSpec, ExistingResourcePolicy, LabelSelector, Operator, RestoreSpec};
use super::{GitOpsTool, Plan};
use crate::object::Kind;
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

/// The commands of a plan, from what makes it safe to what shows that it went well. `issued` tells how many issuances each
/// step begins.
#[must_use]
pub fn commands(plan: &Plan, issued: &[usize]) -> Vec<PlanCommand> {
    let mut commands = vec![PlanCommand::new(
        Effect::Safe,
        "Keep a picture of the source, to compare with afterwards. It holds private keys: keep it where Secrets may lie.",
        format!("kubectl get {KINDS} -A -o yaml > before.yaml"),
    )];
    for (at, step) in plan.steps.iter().enumerate() {
        let issues = issued.get(at).is_some_and(|count| *count > 0);
        commands.extend(of_step(plan, step, if issues { Effect::Issues } else { Effect::Safe }));
    }
    commands.push(PlanCommand::new(
        Effect::Safe,
        "See whether cert-manager's API answers.",
        "cmctl check api --wait=2m",
    ));
    commands.push(PlanCommand::new(
        Effect::Safe,
        "See whether anything is left to do.",
        format!("kubectl get {KINDS} -A -o yaml | reissue-audit audit -"),
    ));
    commands
}

fn of_step(plan: &Plan, step: &Step, effect: Effect) -> Vec<PlanCommand> {
    let one = |text: &str, command: String| vec![PlanCommand::new(effect, text, command)];
    match step {
        Step::VeleroBackup { name, spec } => one("Back up.", velero_backup(name, spec)),
        Step::VeleroRestore { name, spec } => {
            let phase = format!("velero restore describe {} --details", shell(name));
            vec![
                PlanCommand::new(effect, "Restore.", velero_restore(name, spec)),
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
        Step::EtcdRestore {} => one(
            "Restore the snapshot on every member, with the API servers stopped.",
            "etcdctl snapshot restore snapshot.db --data-dir DIR".to_owned(),
        ),
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
        Step::Delete(delete) => vec![PlanCommand::new(Effect::Deletes, "Delete.", kubectl_delete(delete))],
    }
}

fn watch() -> String {
    "kubectl get certificates,certificaterequests -A --watch".to_owned()
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
        list("include-cluster-scoped-resources", &spec.included_cluster_scoped_resources),
        list("exclude-cluster-scoped-resources", &spec.excluded_cluster_scoped_resources),
        list("include-namespace-scoped-resources", &spec.included_namespace_scoped_resources),
        list("exclude-namespace-scoped-resources", &spec.excluded_namespace_scoped_resources),
        selectors(spec.label_selector.as_ref(), &spec.or_label_selectors),
        spec.resource_policy.as_ref().map(|policy| format!(" --resource-policies-configmap {}", shell(&policy.name))),
    ];
    format!("velero backup create {}{} --wait", shell(name), joined(flags))
}

fn velero_restore(name: &str, spec: &RestoreSpec) -> String {
    let from = if spec.backup_name.is_empty() {
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
    let scope = match &*apply.namespaces {
        [] => " -A".to_owned(),
        [one] => format!(" -n {}", shell(one)),
        several => format!(" -n NAMESPACE (each of {})", several.join(", ")),
    };
    let kinds: Vec<String> = apply.selection.iter().map(|kind| kind.resource()).collect();
    let get = format!("kubectl get {}{scope}{} -o {format} > {file}", kinds.join(","), selector.unwrap_or_default());
    let through = match (apply.filter, apply.form) {
        (TextFilter::None, _) => format!("kubectl apply{server}{validate} -f {file}"),
        (TextFilter::Awk, _) => format!("{AWK} {file} | kubectl apply{server}{validate} -f -"),
        (TextFilter::Jq, Form::List) => format!("{JQ} {file} | kubectl apply{server}{validate} -f -"),
        // One document each: a List would be refused as a whole because of one bad item (A1).
        (TextFilter::Jq, Form::Documents) => {
            format!("{JQ} {file} | jq '.items[]' | kubectl apply{server}{validate} -f -")
        }
    };
    vec![
        PlanCommand::new(Effect::Safe, "In the source: dump.", get),
        PlanCommand::new(effect, "In the target: apply.", through),
    ]
}

fn kubectl_delete(delete: &Delete) -> String {
    let orphan = if delete.orphan { " --cascade=orphan" } else { "" };
    if delete.selection == [Kind::Crd] && delete.names.is_empty() {
        return format!("kubectl delete crd -l app.kubernetes.io/name=cert-manager{orphan}");
    }
    let kinds: Vec<String> = delete.selection.iter().map(|kind| kind.resource()).collect();
    let scope = match &*delete.namespaces {
        [] => " -A".to_owned(),
        [one] => format!(" -n {}", shell(one)),
        several => format!(" -n NAMESPACE (each of {})", several.join(", ")),
    };
    let what = match (&delete.selector, &*delete.names) {
        (Some(selector), _) => format!(" --selector {}", shell(&selector_text(selector))),
        (None, []) => " --all".to_owned(),
        (None, names) => format!(" {}", names.join(" ")),
    };
    format!("kubectl delete {}{scope}{what}{orphan}", kinds.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{SourceFacts, TargetFacts, preset};

    fn of(name: &str, issued: &[usize]) -> Vec<PlanCommand> {
        let source = SourceFacts { location: "dump.yaml".into(), cert_manager: None };
        commands(&preset(name).unwrap().plan(source, TargetFacts::new_cluster("v1.21.2")), issued)
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
            velero_restore("r", &spec),
            "velero restore create r --from-backup b --include-namespaces a --selector 'app=x,k notin (v,w)' \
             --namespace-mappings a:b --existing-resource-policy update --status-include-resources '*' \
             --resource-modifier-configmap m --wait"
        );
    }
}
