//! What was read, from where, and what was refused: without it no count in a report means anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::object::secret::FAO_LABEL;
use crate::object::{Kind, Secret};
use crate::snapshot::Origin;
use crate::source::velero_access::Access;

/// One source that was read.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Path, `-` or `demo`, as the user gave it; context and address of a live cluster.
    pub location: String,
    /// What it turned out to be: `kubectl-json`, `kubectl-yaml`, `directory`, `velero-backup`, `rancher-backup`,
    /// `etcd-snapshot`, `snapshot`, `demo`, `cluster`.
    pub kind: String,
    /// How many objects of each kind were read.
    pub objects: BTreeMap<Kind, usize>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was asked of an API server; `None` for other sources.
    pub traffic: Option<Traffic>,
    /// The sources that a snapshot was made from; empty for anything else.
    pub(crate) snapshot_of: Vec<Origin>,
}

impl Input {
    /// Where the objects came from in the first place: of a snapshot, the sources that it was made from.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Origin> {
        let own = Origin { location: self.location.clone(), kind: self.kind.clone() };
        let own = self.snapshot_of.is_empty().then_some(own);
        own.into_iter().chain(self.snapshot_of.iter().cloned())
    }
}

/// How much was asked of an API server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests, repeated ones included.
    pub requests: u64,
    /// Bytes of the answers, as they are after decompression.
    pub bytes: u64,
}

/// How much of the truth a problem hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Impact {
    /// Something is missing from the analysis: coverage is partial (exit code 4 under `--strict`).
    Missing,
    /// Worth saying, nothing is missing (a duplicate key, an object given twice, an old API version).
    Note,
}

/// Something in an input that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Problem {
    /// File, tar entry, document number or line.
    pub location: String,
    /// The object, as far as it is known, e.g. `Certificate shop/web`.
    pub object: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Whether something is missing because of it.
    pub impact: Impact,
}

/// Whether all of these Secrets carry the label that cert-manager puts on what it writes: then the others were most likely
/// never asked for (`kubectl get secrets -l controller.cert-manager.io/fao`).
#[must_use]
pub fn all_labelled<'a>(secrets: impl Iterator<Item = &'a Secret>) -> bool {
    let mut secrets = secrets.peekable();
    secrets.peek().is_some() && secrets.all(|secret| secret.metadata.labels.get(FAO_LABEL).is_some())
}

/// What is known about how completely a world was read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Coverage {
    /// The sources, in the order given.
    #[serde(skip)]
    pub inputs: Vec<Input>,
    /// The user says that the input is all there is (`--complete`), or the world is one that a plan made.
    pub complete: bool,
    /// Namespaces of which all Secrets are known to have been read; see [`Coverage::secrets_were_read`].
    pub secret_namespaces: BTreeSet<Arc<str>>,
    /// Every Secret that was read carries cert-manager's label: one that no Certificate names may exist all the same.
    pub only_labelled_secrets: bool,
    /// A source told which Secrets it holds, as backups do.
    pub secrets_are_told: bool,
    /// Kinds of which at least one object was read, or that a source is known to hold completely.
    pub kinds: BTreeSet<Kind>,
    /// Which ServiceAccounts and roles a Velero backup holds; `None` for other sources.
    pub access: Option<Access>,
    /// API versions beside the preferred ones, by resource: a Velero server with `EnableAPIGroupVersions` saved them.
    pub other_versions: BTreeSet<String>,
    /// Where a kind could not be read, or not to its end; the namespace is empty where that holds for all of them.
    pub unread: BTreeSet<(Kind, Arc<str>)>,
}

impl Coverage {
    /// The first source of a kind, such as `velero-backup`, that the objects came from, be it by way of a snapshot.
    pub(crate) fn source_of_kind(&self, kind: &str) -> Option<Origin> {
        self.inputs.iter().flat_map(Input::origins).find(|origin| origin.kind.starts_with(kind))
    }

    /// Whether a Secret that is not in the input can be said not to exist (design 2, "What was not read").
    #[must_use]
    pub fn secrets_were_read(&self, namespace: &str) -> bool {
        self.complete || self.secret_namespaces.contains(namespace)
    }

    /// Whether objects of a kind were read at all.
    #[must_use]
    pub fn was_read(&self, kind: Kind) -> bool {
        self.complete || self.kinds.contains(&kind)
    }

    /// Whether an object of a kind that is not in the input can be said not to exist in a namespace, which is empty for
    /// objects of the cluster.
    #[must_use]
    pub fn was_read_in(&self, kind: Kind, namespace: &str) -> bool {
        let unread = |namespace: &str| self.unread.contains(&(kind, namespace.into()));
        self.was_read(kind) && (self.complete || self.unread.is_empty() || !unread("") && !unread(namespace))
    }

    /// Whether nothing is known to be missing from what was read.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.inputs.iter().flat_map(|input| &input.problems).all(|problem| problem.impact == Impact::Note)
    }
}
