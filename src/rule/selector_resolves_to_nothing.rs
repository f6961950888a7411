//! # selector-resolves-to-nothing: a filter names something that does not exist
//!
//! ## What
//!
//! The Velero Backup names a namespace that was not there, or a resource that none of cert-manager's kinds is called. Or a
//! Restore names a kind by a short name before its CRD is in the target.
//!
//! ## Why
//!
//! Velero takes such an entry for plain text that matches nothing, without an error: what should be left out comes along,
//! and what should be saved is not there. The group of Orders and Challenges is acme.cert-manager.io, so
//! `orders.cert-manager.io` excludes nothing.
//!
//! ## Since
//!
//! All releases of Velero.
//!
//! ## Example
//!
//! `--exclude-resources orders.cert-manager.io`: every Order is in the backup and is placed again after the restore.
//!
//! ## Fix
//!
//! Write the full name (`kubectl api-resources -o name` lists them) and make the backup again.
//!
//! ## Source
//!
//! Velero `pkg/util/collections/includes_excludes.go`.

use std::collections::BTreeSet;

use crate::object::{Kind, NamespacedName};
use crate::plan::velero::is_glob;

use super::View;
use super::finding::{Effect, Finding};

pub(super) const ID: &str = "selector-resolves-to-nothing";

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for early in view.simulation.into_iter().flat_map(|simulation| &simulation.too_early) {
        let detail = format!(
            "{} of the restore in step {} has the entry {}, which names {} only once its CRD is there. Velero looks names up \
             before it restores CRDs: the entry stays a text that matches nothing.",
            early.list, early.step, early.entry, early.kind
        );
        let title = "A filter of the restore is looked up too early and matches nothing";
        found.push(
            Finding::about(Kind::Crd, &NamespacedName::cluster(early.kind.resource()), title, detail)
                .part(format!("step {} {} {}", early.step, early.list, early.entry))
                .evidence(early.list, early.kind.resource(), &*early.entry)
                .advice(Effect::Safe, format!("Write {}, or install the CRDs first.", early.kind.resource())),
        );
    }
    let Some((backup, source)) = view.backup else { return };
    for (list, entry) in backup.filters.unresolved() {
        let detail = format!(
            "{list} of Backup {} has the entry {entry}, and no kind of cert-manager is called so: it matches nothing.",
            backup.name
        );
        found.push(
            Finding::about(
                Kind::Crd,
                &NamespacedName::cluster(entry),
                "A filter of the backup matches no kind",
                detail,
            )
            .part(list)
            .command(Effect::Safe, "Look up the full names.", "kubectl api-resources -o name"),
        );
    }
    let read: BTreeSet<&str> = source.namespaces().map(|namespace| &*namespace.metadata.name).collect();
    let held: BTreeSet<&str> = source.iter().map(|object| &*object.metadata().namespace).collect();
    // What could not be read, or was not chosen by its labels, may be of that namespace.
    if !source.coverage.is_whole() || backup.filters.selects_by_label() {
        return;
    }
    let named: BTreeSet<&str> = backup.filters.included_namespaces.iter().map(|name| &**name).collect();
    for name in named.into_iter().filter(|name| is_literal(name) && !read.contains(name) && !held.contains(name)) {
        let detail = format!(
            "Backup {} names it, and nothing that matters here was found of it: most likely it did not exist then, if the \
             other filters let its objects through.",
            backup.name
        );
        found.push(
            Finding::about(Kind::Namespace, &NamespacedName::cluster(name), "Named by the backup, not in it", detail)
                .advice(Effect::Safe, "Correct the name and make the backup again."),
        );
    }
}

/// Whether a namespace is named rather than matched.
fn is_literal(name: &str) -> bool {
    !name.is_empty() && !is_glob(name)
}
