//! Procedures with kubectl: a dump, a text filter, `kubectl apply` (restore rules section 4).

use super::{Preset, Target, target_steps, until_quiet};
use crate::object::Kind;
use crate::plan::step::{Form, KubectlApply, Step, TextFilter};

const CONFIGURATION: [Kind; 3] = [Kind::Issuer, Kind::ClusterIssuer, Kind::Certificate];

pub(super) const CONFIG: Preset = Preset {
    name: "kubectl-config",
    summary: "issuers, cluster issuers and certificates by kubectl and awk, without Secrets",
    explanation: "The backup recipe of cert-manager's documentation for v1.4 to v1.17: one `kind: List` with all \
        Issuers, ClusterIssuers and Certificates, through an awk filter that deletes uid and resourceVersion \
        lines, applied to an empty cluster. No Secret is in the file, so every Certificate is issued again with a \
        new key, and issuers lack their Secrets. ACME issuers register new accounts. The filter also deletes the \
        uid inside ownerReferences: as soon as one Certificate of an Ingress or a Gateway is in the List, kubectl \
        refuses the whole file and nothing is created at all.",
    commands: &[
        "kubectl get --all-namespaces -oyaml issuer,clusterissuer,cert > backup.yaml",
        "awk '!/^ *(resourceVersion|uid): [^ ]+$/' backup.yaml | kubectl apply -f -",
    ],
    defaults: &["kubectl validates the file (--validate is on)"],
    target: Target::New,
    steps: || around([apply(&CONFIGURATION, TextFilter::Awk)]),
};

pub(super) const CONFIG_JQ: Preset = Preset {
    name: "kubectl-config-jq",
    summary: "issuers, cluster issuers and certificates by kubectl and jq, without Secrets",
    explanation: "The recipe of the documentation since v1.18: the same objects as JSON through a jq filter that \
        deletes metadata.uid and metadata.resourceVersion. ownerReferences keep the uid of the old cluster, so the \
        garbage collector deletes every Certificate of an Ingress, a Gateway or a ListenerSet within seconds; the \
        shim makes it again where that object exists. No Secret is in the file: every Certificate is issued again.",
    commands: &[
        "kubectl get --all-namespaces -ojson issuer,clusterissuer,cert > backup.json",
        "jq 'walk(if type == \"object\" and has(\"metadata\") then del(.metadata.uid, .metadata.resourceVersion) else . end)' \
         backup.json | kubectl apply -f -",
    ],
    defaults: &["kubectl validates the file (--validate is on)"],
    target: Target::New,
    steps: || around([apply(&CONFIGURATION, TextFilter::Jq)]),
};

pub(super) const ISSUERS: Preset = Preset {
    name: "kubectl-issuers",
    summary: "issuers and cluster issuers by kubectl; the Ingresses bring their Certificates again",
    explanation: "For clusters whose Certificates all come from annotated Ingresses: only Issuers and ClusterIssuers \
        are taken along, then the Ingresses are applied, and the ingress-shim makes the Certificates again, with \
        good owners. Certificates that people wrote by hand are lost. No Secret is taken along: everything that \
        comes back is issued again.",
    commands: &[
        "kubectl get --all-namespaces -oyaml issuer,clusterissuer > issuers.yaml",
        "awk '!/^ *(resourceVersion|uid): [^ ]+$/' issuers.yaml | kubectl apply -f -",
        "kubectl apply -f ingresses.yaml",
    ],
    defaults: &["the Ingresses are those of the source, from wherever they are kept"],
    target: Target::New,
    steps: || {
        let ingresses = KubectlApply { form: Form::Documents, ..apply(&[Kind::Ingress], TextFilter::Jq) };
        around([apply(&[Kind::Issuer, Kind::ClusterIssuer], TextFilter::Awk), ingresses])
    },
};

pub(super) const WITH_SECRETS: Preset = Preset {
    name: "kubectl-with-secrets",
    summary: "Secrets first, then issuers, cluster issuers and certificates by kubectl",
    explanation: "The Secrets are applied before the configuration, so that cert-manager finds each certificate when \
        it looks at its Certificate: what fits stays in use, and ACME accounts stay. What the awk filter does to \
        owned objects is as in kubectl-config: Secrets with owner references (--enable-certificate-owner-ref) and \
        Certificates of Ingresses make kubectl refuse the file that they stand in.",
    commands: &[
        "kubectl get --all-namespaces -oyaml secret > secrets.yaml",
        "kubectl get --all-namespaces -oyaml issuer,clusterissuer,cert > backup.yaml",
        "awk '!/^ *(resourceVersion|uid): [^ ]+$/' secrets.yaml | kubectl apply -f -",
        "awk '!/^ *(resourceVersion|uid): [^ ]+$/' backup.yaml | kubectl apply -f -",
    ],
    defaults: &["kubectl validates the files (--validate is on)"],
    target: Target::New,
    steps: || around([apply(&[Kind::Secret], TextFilter::Awk), apply(&CONFIGURATION, TextFilter::Awk)]),
};

fn apply(selection: &[Kind], filter: TextFilter) -> KubectlApply {
    KubectlApply { selection: selection.to_vec(), filter, ..KubectlApply::default() }
}

fn around<const N: usize>(applies: [KubectlApply; N]) -> Vec<Step> {
    target_steps().into_iter().chain(applies.map(Step::KubectlApply)).chain([until_quiet()]).collect()
}
