//! What Velero refuses before it begins (rules 2.1, R-31).

/// Why a Backup or a Restore would end as `FailedValidation`, with nothing done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// `*` and something else.
    #[error("included{list}: `*` stands beside other entries")]
    StarAndMore {
        /// `Namespaces` or `Resources`.
        list: &'static str,
    },
    /// `*` is excluded.
    #[error("excluded{list}: `*` cannot be excluded")]
    StarExcluded {
        /// `Namespaces` or `Resources`.
        list: &'static str,
    },
    /// In both lists.
    #[error("{entry} stands in included{list} and in excluded{list}")]
    InBoth {
        /// The end of the lists' names.
        list: &'static str,
        /// The entry.
        entry: String,
    },
    /// Old and scoped filters.
    #[error(
        "includedResources, excludedResources and includeClusterResources cannot stand beside the lists of cluster-scoped \
         and namespace-scoped resources"
    )]
    OldAndScoped,
    /// Both selectors.
    #[error("labelSelector and orLabelSelectors cannot stand beside each other")]
    TwoSelectors,
    /// Something that is never restored is asked for.
    #[error("includedResources: {0} is never restored")]
    NeverRestored(String),
    /// Both `backupName` and `scheduleName`.
    #[error("backupName and scheduleName cannot stand beside each other")]
    BackupAndSchedule,
    /// Neither of them.
    #[error("neither backupName nor scheduleName is given")]
    NoBackup,
}

/// Checks a pair of lists in which `*` has a meaning of its own.
pub(super) fn check_lists(list: &'static str, included: &[String], excluded: &[String]) -> Result<(), Contradiction> {
    let is_star = |entry: &String| entry == "*";
    if included.len() > 1 && included.iter().any(is_star) {
        return Err(Contradiction::StarAndMore { list });
    }
    if excluded.iter().any(is_star) {
        return Err(Contradiction::StarExcluded { list });
    }
    check_both(list, included, excluded)
}

/// Checks that no entry stands in both lists.
pub(super) fn check_both(list: &'static str, included: &[String], excluded: &[String]) -> Result<(), Contradiction> {
    match included.iter().find(|entry| excluded.contains(entry)) {
        Some(entry) => Err(Contradiction::InBoth { list, entry: entry.clone() }),
        None => Ok(()),
    }
}
