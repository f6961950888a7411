//! The parts of Velero that decide which objects travel, and how (restore rules sections 2 and 3).

mod backup;
mod contradiction;
mod discovery;
mod glob;
mod modifier;
mod order;
mod policy;
mod release;
mod restore;
mod selector;

pub use backup::{BackupSpec, ConfigMapReference};
pub use contradiction::Contradiction;
pub use discovery::{Resolved, resolve};
pub use glob::{Filter, is_glob};
pub use modifier::{JsonPatch, ModifierError, ModifierRule, Modifiers, Patches, typed};
pub use order::RestoreOrder;
pub use policy::{PolicyError, with_policy};
pub use release::VeleroRelease;
pub use restore::{ExistingResourcePolicy, NEVER_RESTORED, RestoreSpec, RestoreStatus};
pub use selector::{LabelSelector, Operator, Requirement, selects};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_old_field_selects_the_old_filters() {
        const ROWS: &[(&str, bool, bool)] = &[
            ("{}", false, false),
            ("{includedNamespaces: ['*']}", false, false),
            ("{includeClusterResources: true}", true, false),
            ("{excludedResources: [x]}", true, false),
            ("{includedResources: [x]}", true, false),
            ("{excludedNamespaceScopedResources: [x]}", false, true),
        ];
        for (yaml, old, scoped) in ROWS {
            let spec: BackupSpec = serde_saphyr::from_str(yaml).unwrap();
            assert_eq!((spec.uses_old_filters(), spec.uses_scoped_filters()), (*old, *scoped), "{yaml}");
        }
    }

    #[test]
    fn what_velero_refuses_is_said_in_its_own_terms() {
        const BACKUPS: &[(&str, Option<&str>)] = &[
            ("{includedNamespaces: ['*']}", None),
            ("{includedNamespaces: ['*', shop]}", Some("includedNamespaces: `*` stands beside")),
            ("{excludedResources: ['*']}", Some("excludedResources: `*` cannot")),
            ("{includedResources: [a], excludedResources: [a]}", Some("a stands in includedResources")),
            ("{includeClusterResources: true, includedClusterScopedResources: [x]}", Some("cannot stand beside")),
            ("{labelSelector: {}, orLabelSelectors: [{}]}", Some("labelSelector and orLabelSelectors")),
            ("{ttl: 720h0m0s, hooks: {}, snapshotVolumes: false}", None),
        ];
        for (yaml, expected) in BACKUPS {
            let spec: BackupSpec = serde_saphyr::from_str(yaml).unwrap();
            let found = spec.check().err().map(|error| error.to_string());
            assert_eq!(found.is_some(), expected.is_some(), "{yaml} {found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{yaml}");
        }
        const RESTORES: &[(&str, Option<&str>)] = &[
            ("{backupName: b}", None),
            ("{}", Some("neither backupName nor scheduleName")),
            ("{backupName: b, scheduleName: s}", Some("backupName and scheduleName")),
            ("{backupName: b, includedResources: [events]}", Some("events is never restored")),
            ("{backupName: b, restorePVs: true, preserveNodePorts: false}", None),
        ];
        for (yaml, expected) in RESTORES {
            let spec: RestoreSpec = serde_saphyr::from_str(yaml).unwrap();
            let found = spec.check().err().map(|error| error.to_string());
            assert_eq!(found.is_some(), expected.is_some(), "{yaml} {found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{yaml}");
        }
    }
}
