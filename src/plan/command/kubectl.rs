//! kubectl's command line: dumps, text filters, apply, delete.

use super::selector_text;
use crate::object::Kind;
use crate::plan::step::{Delete, Form, KubectlApply, TextFilter};
use crate::rule::shell;

const AWK: &str = "awk '!/^ *(resourceVersion|uid): [^ ]+$/'";
const JQ: &str = "jq 'walk(if type == \"object\" and has(\"metadata\") then del(.metadata.uid, .metadata.resourceVersion) else . end)'";

/// The kinds that tell what became of every Certificate.
const PICTURE: &str = "certificates,certificaterequests,issuers,clusterissuers,secrets,ingresses";

/// Prints everything that `verify` needs, and the owners that the source has beside Ingresses.
pub(super) fn picture(owners: &[Kind]) -> String {
    let owners: String = owners.iter().map(|kind| format!(",{}", kind.resource())).collect();
    format!("kubectl get {PICTURE}{owners} -A -o yaml")
}

/// The file that holds the dump of a step.
fn file_of(apply: &KubectlApply) -> String {
    let format = if apply.filter == TextFilter::Jq { "json" } else { "yaml" };
    format!("{}.{format}", apply.selection.iter().map(|kind| kind.row().plural).collect::<Vec<_>>().join("-"))
}

/// What is typed in the source before anything is done; nothing where files are applied as they stand.
pub(super) fn dumps(apply: &KubectlApply) -> Vec<String> {
    if !apply.files.is_empty() {
        return Vec::new();
    }
    let format = if apply.filter == TextFilter::Jq { "json" } else { "yaml" };
    let (file, kinds) = (file_of(apply), resources(&apply.selection));
    let selector = apply.selector.as_ref().map(|selector| format!(" --selector {}", shell(&selector_text(selector))));
    let selector = selector.unwrap_or_default();
    let names: String = apply.names.iter().map(|name| format!(" {}", shell(name))).collect();
    let namespaced = apply.selection.iter().any(|kind| kind.is_namespaced());
    match &*apply.namespaces {
        // kubectl takes no names for all namespaces at once.
        [] if !names.is_empty() => {
            let scope = if namespaced { " -n NAMESPACE" } else { "" };
            vec![format!("kubectl get {kinds}{names}{scope} -o {format} > {file}")]
        }
        [] => vec![format!("kubectl get {kinds} -A{selector} -o {format} > {file}")],
        // One List each; kubectl takes several documents in one file, jq several texts.
        namespaces => (namespaces.iter().enumerate())
            .map(|(at, namespace)| {
                let into = if at == 0 { ">" } else { ">>" };
                let mark = if at > 0 && format == "yaml" { format!("echo --- >> {file}; ") } else { String::new() };
                format!("{mark}kubectl get {kinds}{names} -n {}{selector} -o {format} {into} {file}", shell(namespace))
            })
            .collect(),
    }
}

/// What is typed in the target.
pub(super) fn apply(apply: &KubectlApply) -> String {
    let validate = if apply.validate { "" } else { " --validate=false" };
    let server = if apply.server_side { " --server-side" } else { "" };
    if !apply.files.is_empty() {
        let files: String = apply.files.iter().map(|file| format!(" -f {}", shell(file))).collect();
        return format!("kubectl apply{server}{validate}{files}");
    }
    let file = file_of(apply);
    match (apply.filter, apply.form) {
        (TextFilter::None, _) => format!("kubectl apply{server}{validate} -f {file}"),
        (TextFilter::Awk, Form::List) => format!("{AWK} {file} | kubectl apply{server}{validate} -f -"),
        (TextFilter::Awk, Form::Documents) => {
            format!("{AWK} {file} | yq '.items[] | split_doc' | kubectl apply{server}{validate} -f -")
        }
        (TextFilter::Jq, Form::List) => format!("{JQ} {file} | kubectl apply{server}{validate} -f -"),
        // One document each: a List would be refused as a whole because of one bad item (A1). kubectl prints one object
        // without a List around it.
        (TextFilter::Jq, Form::Documents) => {
            format!("{JQ} {file} | jq '.items[]? // .' | kubectl apply{server}{validate} -f -")
        }
    }
}

/// Waits for the CustomResourceDefinitions that a step applies: what follows in the same second is not known yet.
pub(super) fn established(apply: &KubectlApply) -> Option<String> {
    let names: String = match &*apply.names {
        _ if !apply.selection.contains(&Kind::Crd) => return None,
        [] => " --all".to_owned(),
        names => names.iter().map(|name| format!(" {}", shell(name))).collect(),
    };
    Some(format!("kubectl wait crd{names} --for=condition=Established --timeout=1m"))
}

fn resources(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.resource()).collect::<Vec<_>>().join(",")
}

/// What is typed to delete.
pub(super) fn delete(delete: &Delete) -> Vec<String> {
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
