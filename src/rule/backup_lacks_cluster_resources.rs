//! # backup-lacks-cluster-resources: Certificates need a ClusterIssuer that the backup does not hold
//!
//! ## What
//!
//! Certificates of the backup refer to a ClusterIssuer, and the backup holds no ClusterIssuer at all, or, where it selects
//! by labels, not this one.
//!
//! ## Why
//!
//! Namespace filters, `includeClusterResources: false` and, since Velero 1.17, a backup without any filter flag leave
//! cluster-scoped objects out. After the restore the certificates are in use and look well; what is issued or renewed then
//! waits for an issuer that does not exist.
//!
//! ## Since
//!
//! All releases of Velero with filters; without any since Velero 1.17.
//!
//! ## Example
//!
//! `velero backup create NAME` with Velero 1.18: all Secrets and Certificates, no ClusterIssuer.
//!
//! ## Fix
//!
//! Make the backup with `--include-cluster-resources=true`, or bring the ClusterIssuers from elsewhere before the restore.
//!
//! ## Source
//!
//! Velero `pkg/backup/item_collector.go`, `pkg/util/collections/includes_excludes.go`.

use std::collections::BTreeMap;

use crate::object::{Kind, NamespacedName};

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "backup-lacks-cluster-resources";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut users: BTreeMap<NamespacedName, Vec<&NamespacedName>> = BTreeMap::new();
    for (certificate, judgement) in view.certificates() {
        let issuer = view.scene.issuer_ref(certificate).filter(|issuer| issuer.kind == Kind::ClusterIssuer);
        if let Some(issuer) = issuer.filter(|issuer| left_out(view, &issuer.key)) {
            users.entry(issuer.key).or_default().push(&judgement.key);
        }
    }
    for (issuer, certificates) in users {
        let count = certificates.len();
        let need =
            if count == 1 { "1 Certificate needs it".to_owned() } else { format!("{count} Certificates need it") };
        let lack = if view.simulation.is_none() && selects(view) {
            "The backup selects by labels and does not hold this ClusterIssuer."
        } else {
            "The backup holds no ClusterIssuers."
        };
        let detail = format!(
            "{lack} After a restore into a new cluster their next issuance waits until somebody makes this one."
        );
        let text = "Make the backup with cluster-scoped resources, or make the ClusterIssuer before the restore.";
        let finding = Finding::about(Kind::ClusterIssuer, &issuer, format!("Not in the backup: {need}"), detail)
            .command(Effect::Safe, text, "velero backup create NAME --include-cluster-resources=true");
        found.push(certificates.into_iter().fold(finding, |finding, key| finding.concerning(key)));
    }
}

/// Whether a ClusterIssuer is absent because a Velero backup holds none, or because the plan's backup step leaves it out.
fn left_out(view: &View<'_>, issuer: &NamespacedName) -> bool {
    if let Some(simulation) = view.simulation {
        return simulation.lost_cluster_issuers.covers(issuer) && view.scene.world.cluster_issuer(issuer).is_none();
    }
    let world = view.scene.world;
    let coverage = &world.coverage;
    let is_backup = coverage.source_of_kind("velero").is_some();
    // What could not be read may have been it. That the input is all there is (--complete) does not make ClusterIssuers of
    // a backup that has none.
    is_backup
        && coverage.is_whole()
        && if selects(view) {
            world.cluster_issuer(issuer).is_none()
        } else {
            !coverage.kinds.contains(&Kind::ClusterIssuer)
        }
}

/// Whether the backup chose its objects by labels, so that it may hold some ClusterIssuers and lack others.
fn selects(view: &View<'_>) -> bool {
    view.backup.is_some_and(|(backup, _)| backup.filters.selects_by_label())
}
