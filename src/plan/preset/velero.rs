//! Procedures with Velero (restore rules sections 2, 3 and 8).

use super::{Preset, Target, target_steps, until_quiet};
use crate::plan::step::Step;
use crate::plan::velero::{BackupSpec, RestoreSpec};

pub(super) const BARE: Preset = Preset {
    name: "velero-bare",
    summary: "one Velero backup without any flag, and its restore",
    explanation: "`velero backup create NAME` and nothing else. Since Velero 1.17 such a backup holds no cluster-scoped \
        objects but namespaces and the CRDs of what is in it: no ClusterIssuer comes back. Certificates with good \
        Secrets stay in use and fail at their next renewal; CertificateRequests and Orders come along, as in \
        velero-everything.",
    commands: &["velero backup create full-backup", "velero restore create --from-backup full-backup"],
    defaults: &[],
    target: Target::New,
    steps: || one_restore(BackupSpec { included_namespaces: all(), ..BackupSpec::default() }),
};

pub(super) const EVERYTHING: Preset = Preset {
    name: "velero-everything",
    summary: "one Velero backup and restore of everything, cluster-scoped resources included",
    explanation: "As velero-documented, but nothing is left out. CertificateRequests and Orders come back without \
        owner and status: cert-manager approves and signs the requests again and places the Orders again, though \
        no Certificate uses the result, and they come before the Certificates. From cert-manager 1.13 on a \
        request named like the next one of a Certificate blocks its issuance until somebody deletes it: at once \
        for `-1`, and months later, at the renewal that reaches its number, for others.",
    commands: &[
        "velero backup create full-backup --include-cluster-resources=true",
        "velero restore create --from-backup full-backup",
    ],
    defaults: &[],
    target: Target::New,
    steps: || one_restore(backup(&[])),
};

/// What cert-manager's documentation tells to leave out.
const DOCUMENTED_EXCLUDES: [&str; 3] =
    ["challenges.acme.cert-manager.io", "orders.acme.cert-manager.io", "certificaterequests.cert-manager.io"];

pub(super) const DOCUMENTED: Preset = Preset {
    name: "velero-documented",
    summary: "one Velero backup and restore without Orders, Challenges and CertificateRequests",
    explanation: "What cert-manager's documentation recommends for Velero: a backup with cluster-scoped resources \
        and without Orders, Challenges and CertificateRequests, restored in one go. Secrets come before \
        Certificates, so what fits its Certificate stays in use. Statuses and ownerReferences are never restored\
        : comparisons become coarser, back-off is forgotten, and Certificates of Ingresses and Gateways no \
        longer follow them, because Certificates are restored before Ingresses.",
    commands: &[
        "velero backup create full-backup --include-cluster-resources=true --exclude-resources \
         challenges.acme.cert-manager.io,orders.acme.cert-manager.io,certificaterequests.cert-manager.io",
        "velero restore create --from-backup full-backup",
    ],
    defaults: &[],
    target: Target::New,
    steps: || one_restore(backup(&DOCUMENTED_EXCLUDES)),
};

pub(super) const TWO_STEP: Preset = Preset {
    name: "velero-two-step",
    summary: "velero-documented in two restores: Certificates come last, so that the shim makes its own first",
    explanation: "The two-step procedure of cert-manager's documentation: the first restore leaves Certificates out. \
        Once the Ingresses, Gateways and ListenerSets are there, the shim makes their Certificates again, with good \
        owners, and finds their Secrets. The second restore brings the Certificates that people wrote. cert-manager \
        must run in between; otherwise the second restore brings all of them, ownerless.",
    commands: &[
        "velero backup create full-backup --include-cluster-resources=true --exclude-resources \
         challenges.acme.cert-manager.io,orders.acme.cert-manager.io,certificaterequests.cert-manager.io",
        "velero restore create --from-backup full-backup --exclude-resources certificates.cert-manager.io",
        "velero restore create --from-backup full-backup",
    ],
    defaults: &["between the restores one waits until nothing happens for a minute"],
    target: Target::New,
    steps: || {
        let mut steps = before(backup(&DOCUMENTED_EXCLUDES));
        let mut first = restore();
        first.excluded_resources.push("certificates.cert-manager.io".to_owned());
        steps.extend([Step::VeleroRestore { name: "full-backup-1".to_owned(), spec: first }, until_quiet()]);
        steps.extend([Step::VeleroRestore { name: "full-backup-2".to_owned(), spec: restore() }, until_quiet()]);
        steps
    },
};

const BACKUP: &str = "full-backup";

fn all() -> Vec<String> {
    vec!["*".to_owned()]
}

fn backup(excluded_resources: &[&str]) -> BackupSpec {
    BackupSpec {
        included_namespaces: all(),
        excluded_resources: excluded_resources.iter().map(|&name| name.to_owned()).collect(),
        include_cluster_resources: Some(true),
        ..BackupSpec::default()
    }
}

fn restore() -> RestoreSpec {
    RestoreSpec { backup_name: BACKUP.to_owned(), included_namespaces: all(), ..RestoreSpec::default() }
}

fn before(spec: BackupSpec) -> Vec<Step> {
    [Step::VeleroBackup { name: BACKUP.to_owned(), spec }].into_iter().chain(target_steps()).collect()
}

fn one_restore(backup: BackupSpec) -> Vec<Step> {
    let mut steps = before(backup);
    steps.extend([Step::VeleroRestore { name: "full-backup-restore".to_owned(), spec: restore() }, until_quiet()]);
    steps
}
