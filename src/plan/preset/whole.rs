//! Procedures that replace cert-manager, the cluster or its contents as a whole.

use super::{Preset, Target, target_steps, until_quiet};
use crate::object::Kind;
use crate::plan::step::{Delete, GitOps, GitOpsTool, KubectlApply, Step, TextFilter, in_git};

pub(super) const REINSTALL: Preset = Preset {
    name: "reinstall",
    summary: "uninstall cert-manager with its CRDs in the same cluster, install it again, apply the dump",
    explanation: "Deleting the CRDs deletes every Certificate, request, Issuer and ClusterIssuer. Secrets stay, unless \
        they carry owner references (--enable-certificate-owner-ref): then the garbage collector takes each with \
        its Certificate and everything is issued again. The jq dump keeps the owners of shim Certificates, which are \
        good in the same cluster as long as the Ingresses were not touched.",
    commands: &[
        "kubectl get --all-namespaces -ojson issuer,clusterissuer,cert > backup.json",
        "helm uninstall cert-manager -n cert-manager",
        "kubectl delete crd -l app.kubernetes.io/name=cert-manager",
        "helm install cert-manager oci://quay.io/jetstack/charts/cert-manager -n cert-manager --set crds.enabled=true",
        "jq 'walk(if type == \"object\" and has(\"metadata\") then del(.metadata.uid, .metadata.resourceVersion) else . end)' \
         backup.json | kubectl apply -f -",
    ],
    defaults: &[
        "target: the source cluster itself; Secrets, Ingresses and Gateways in it are not touched",
        "one waits long enough after deleting for the garbage collector to finish",
    ],
    target: Target::Same,
    steps: || {
        let apply = KubectlApply {
            selection: vec![Kind::Issuer, Kind::ClusterIssuer, Kind::Certificate],
            filter: TextFilter::Jq,
            ..KubectlApply::default()
        };
        vec![
            Step::StopCertManager {},
            Step::Delete(Delete { selection: vec![Kind::Crd], ..Delete::default() }),
            until_quiet(),
            Step::InstallCrds {},
            Step::StartWebhook {},
            Step::StartCertManager {},
            Step::KubectlApply(apply),
            until_quiet(),
        ]
    },
};

pub(super) const ETCD: Preset = Preset {
    name: "etcd",
    summary: "an etcd snapshot put back: every object as it was",
    explanation: "Every object returns with uid, status and owners, so cert-manager sees what it saw then. Only what time \
        has done since acts: renewals that have fallen due, issuances that were under way, owners that were gone \
        already. Certificates that were renewed after the snapshot go back to the older ones.",
    commands: &["etcdctl snapshot save snapshot.db", "etcdctl snapshot restore snapshot.db --data-dir DIR"],
    defaults: &[
        "target: a cluster that consists of the snapshot; CRDs, namespaces and cert-manager's flags come with it",
    ],
    target: Target::New,
    steps: || vec![Step::EtcdRestore {}, Step::StartWebhook {}, Step::StartCertManager {}, until_quiet()],
};

pub(super) const GITOPS: Preset = Preset {
    name: "gitops",
    summary: "Argo CD or Flux applies what stands in Git, without Secrets",
    explanation: "Certificates, issuers and Ingresses come from manifests: no status, no owners, and no TLS Secrets, so \
        every Certificate is issued again, ACME accounts are new, and CAs that a self-signed Certificate made are \
        other CAs, with another root for everything below them. Certificates that the shim made are not in Git; it \
        makes them again.",
    commands: &["argocd app sync APP", "flux reconcile kustomization NAME --with-source"],
    defaults: &[
        "Argo CD's order of kinds (tool: flux in the plan document for that of Flux)",
        "what a controller made is not in Git; everything else of the source is, Secrets and requests apart",
    ],
    target: Target::New,
    steps: || {
        let gitops = GitOps { tool: GitOpsTool::Argocd, selection: in_git() };
        target_steps().into_iter().chain([Step::GitOps(gitops), until_quiet()]).collect()
    },
};
