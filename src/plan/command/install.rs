//! cert-manager on a new cluster, with its controller stopped until the plan starts it.

use std::collections::BTreeMap;

use crate::plan::TargetFacts;
use crate::release::Version;
use crate::rule::shell;

/// Flags that change nothing of what cert-manager does to a Certificate.
const IDLE: [&str; 4] = ["v", "acme-http01-solver-image", "max-concurrent-challenges", "logging-format"];

/// What the chart passes by itself.
const BY_CHART: [(&str, &str); 2] =
    [("cluster-resource-namespace", "cert-manager"), ("leader-election-namespace", "kube-system")];

/// The flags of a controller that decide something.
pub(super) fn deciding(flags: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    let pairs = flags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    pairs.filter(|(name, _)| !IDLE.contains(name))
}

/// `helm install`, with the flags of the plan.
pub(super) fn helm(target: &TargetFacts) -> String {
    // Since 1.15 (`deploy/charts/cert-manager/values.yaml`).
    let crds = match Version::parse(&target.cert_manager) {
        Ok(version) if version.minor < 15 => "installCRDs",
        _ => "crds.enabled",
    };
    let given = deciding(&target.flags).filter(|flag| !BY_CHART.contains(flag));
    let flags: String = given
        .enumerate()
        .map(|(at, (name, value))| {
            // A comma would begin another value.
            let text = format!("extraArgs[{at}]=--{name}={value}").replace(',', "\\,");
            format!(" --set-string {}", shell(&text))
        })
        .collect();
    format!(
        "helm install cert-manager cert-manager --repo https://charts.jetstack.io --version {} --namespace cert-manager \
         --create-namespace --set {crds}=true --set replicaCount=0{flags} --wait",
        target.cert_manager
    )
}

/// The CRDs alone, where cert-manager is there already.
pub(super) fn crds(release: &str) -> String {
    format!(
        "kubectl apply --server-side -f \
         https://github.com/cert-manager/cert-manager/releases/download/{release}/cert-manager.crds.yaml"
    )
}
