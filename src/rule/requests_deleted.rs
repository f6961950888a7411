//! # requests-deleted: the upgrade deletes CertificateRequests
//!
//! ## What
//!
//! The spec is silent about `revisionHistoryLimit`. The release after keeps one CertificateRequest and deletes the others of a
//! Ready Certificate; the release before keeps all.
//!
//! ## Why
//!
//! They are the history of what was asked for. Where a request has a higher number than the current one (the next one has failed,
//! or the revision counter began anew), the current one is deleted in its place: from then on changes of usages, duration, isCA
//! and most of the subject are not noticed any more.
//!
//! ## Since
//!
//! cert-manager 1.18.
//!
//! ## Example
//!
//! `status.revision: 1` after a repair in place, beside requests of revisions 5 and 6: only that of revision 6 is kept.
//!
//! ## Fix
//!
//! Save the requests if you need them, or set `spec.revisionHistoryLimit`. Delete stale requests of higher revisions yourself
//! before the upgrade.
//!
//! ## Source
//!
//! cert-manager `pkg/controller/certificates/revisionmanager/revisionmanager_controller.go@v1.18.2`; release notes
//! 1.18.

// Rules 4.5.

use crate::object::meta::has_condition;
use crate::object::{CertificateRequest, Kind};

use super::View;
use super::finding::{Effect, Finding, Severity, shell};

pub(super) const ID: &str = "requests-deleted";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let Some(upgrade) = view.upgrade else { return };
    let (None, Some(limit)) = (upgrade.from().history_limit, view.scene.release.history_limit) else { return };
    for (certificate, judgement) in view.certificates() {
        let unset = certificate.spec.revision_history_limit.is_none();
        let ready = has_condition(&certificate.status.conditions, "Ready", "True");
        if !(unset && ready) || certificate.metadata.deletion_timestamp.is_some() {
            continue;
        }
        let mut requests: Vec<(i64, &CertificateRequest)> = view
            .scene
            .index
            .requests_of(certificate)
            .filter_map(|request| Some((request.revision()?.parse().ok()?, request)))
            .collect();
        requests.sort_by_key(|(revision, _)| *revision);
        let Some(many @ 1..) = requests.len().checked_sub(limit as usize) else { continue };
        let deleted = requests.get(..many).unwrap_or_default();
        let current = certificate.status.revision;
        let kept = requests.get(many..).unwrap_or_default();
        let has_current = |of: &[(i64, &CertificateRequest)]| of.iter().any(|(revision, _)| Some(*revision) == current);
        let loses_current = has_current(deleted) && !has_current(kept);
        let (namespace, name) = (shell(&judgement.key.namespace), shell(&judgement.key.name));
        let names: Vec<String> = deleted.iter().map(|(_, request)| shell(&request.metadata.name)).collect();
        let title = match many {
            1 => format!("CertificateRequest {} is deleted", names.concat()),
            _ => format!("{many} CertificateRequests are deleted"),
        };
        let detail = if loses_current {
            "Among them is that of the current revision, as others have higher numbers: cert-manager then compares the \
             certificate by its names alone and does not notice other changes of the spec."
        } else {
            "That of the current revision stays, so that cert-manager notices what it noticed before."
        };
        let mut finding = Finding::about(Kind::Certificate, &judgement.key, title, detail)
            .evidence("requests kept", "all", limit.to_string())
            .command(
                Effect::Safe,
                "Save them, if you need them.",
                format!("kubectl -n {namespace} get certificaterequests {} -o yaml", names.join(" ")),
            );
        if loses_current {
            finding = finding.severity(Severity::Medium).command(
                Effect::Safe,
                "Keep them all, until those with higher numbers are sorted out.",
                format!(
                    "kubectl -n {namespace} patch certificate {name} --type merge -p '{{\"spec\":{{\"revisionHistoryLimit\":{}}}}}'",
                    requests.len()
                ),
            );
        }
        found.push(finding);
    }
}
