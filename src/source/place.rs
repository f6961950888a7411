//! Where objects were read.

/// Where an object stands, in twelve bytes: the text is made only when something has to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of the file in [`super::collector::Collector`]'s list.
    pub(super) origin: u32,
    /// Number of the document in a file of several, from 1; 0 when there is only one; [`Place::VELERO`] or
    /// [`Place::RANCHER`] in a backup.
    pub(super) document: u32,
    /// Number of the item in a List, from 1; 0 outside of one.
    pub(super) item: u32,
}

impl Place {
    /// What stands for the document in a Velero backup.
    pub(super) const VELERO: u32 = u32::MAX;
    /// What stands for the document in a backup of Rancher's.
    pub(super) const RANCHER: u32 = u32::MAX - 1;

    /// An entry of a Velero backup, whose path follows from kind and name.
    pub(super) const fn velero(origin: u32) -> Self {
        Self { origin, document: Self::VELERO, item: 0 }
    }

    /// An entry of a backup of Rancher's, whose path follows from kind and name, but for the API version.
    pub(super) const fn rancher(origin: u32) -> Self {
        Self { origin, document: Self::RANCHER, item: 0 }
    }

    /// Whether it is an entry of an archive.
    pub(super) const fn is_in_archive(self) -> bool {
        matches!(self.document, Self::VELERO | Self::RANCHER)
    }
}
