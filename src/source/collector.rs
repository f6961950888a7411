//! Puts outcomes into the world in the order of the input, and keeps the books of what was read and refused.

mod snapshot;
pub(super) mod take_back;

use std::collections::BTreeSet;
use std::sync::Arc;

use memchr::memmem;

use super::place::{Place, Places};
use super::rancher_uids;
use super::velero_access::Access;
use super::velero_backup::VeleroBackup;
use super::{LoadOptions, Loaded, Progress};
use crate::coverage::{Impact, Input, Problem, Traffic, all_labelled};
use crate::object::decode::{Outcome, Texts};
use crate::object::{Kind, NamespacedName, Object, ObjectRef};
use crate::time::Time;
use crate::world::{BrokenObject, Incoming, World};

/// What is said of something that is no object.
pub(super) const FOREIGN: &str = "no Kubernetes object: it has neither apiVersion nor kind";

/// Problems of one source that are written down; a damaged file can make millions.
const MAX_PROBLEMS: usize = 10_000;

/// The world in the making.
pub(super) struct Collector<'a> {
    world: World,
    /// What an archive held, before it is put into the world.
    incoming: Incoming,
    options: &'a LoadOptions<'a>,
    places: Places,
    origins: Vec<String>,
    input: Input,
    input_kinds: BTreeSet<Kind>,
    input_secret_namespaces: BTreeSet<Arc<str>>,
    objects: u64,
    bytes_read: u64,
    bytes_total: Option<u64>,
    /// Problems that are counted and no longer written down, and whether one of them hides something.
    unsaid: (u64, bool),
    /// Files of a directory may be anything; a file that the user names should be objects.
    pub(super) in_directory: bool,
    /// The Backup that describes the input, when one was found.
    pub(super) velero_backup: Option<VeleroBackup>,
    /// The fixed time of the demo.
    pub(super) now: Option<Time>,
    order: Vec<ObjectRef>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(options: &'a LoadOptions<'a>) -> Self {
        let mut world = World::default();
        world.coverage.complete = options.complete;
        Self {
            world,
            incoming: Incoming::default(),
            options,
            places: Places::default(),
            origins: Vec::new(),
            input: Input::default(),
            input_kinds: BTreeSet::new(),
            input_secret_namespaces: BTreeSet::new(),
            objects: 0,
            bytes_read: 0,
            bytes_total: None,
            unsaid: (0, false),
            in_directory: false,
            velero_backup: None,
            now: None,
            order: Vec::new(),
        }
    }

    /// Begins a source that the user named.
    pub(super) fn begin(&mut self, location: &str) {
        self.input = Input { location: location.to_owned(), kind: "unreadable".to_owned(), ..Input::default() };
        (self.bytes_read, self.bytes_total, self.in_directory) = (0, None, false);
    }

    /// Says what the source is; the first word stays, as a directory is more than its first file.
    pub(super) fn recognised(&mut self, kind: &str) {
        if self.input.kind == "unreadable" {
            kind.clone_into(&mut self.input.kind);
        }
    }

    /// Ends a source: its Secrets count as read where at least one was seen.
    pub(super) fn end(&mut self) {
        if let (more @ 1.., hides) = std::mem::take(&mut self.unsaid) {
            let impact = if hides { Impact::Missing } else { Impact::Note };
            let message = format!("{more} more problems of this source are not listed");
            let location = self.input.location.clone();
            self.input.problems.push(Problem { location, object: None, message, impact });
        }
        let coverage = &mut self.world.coverage;
        coverage.kinds.append(&mut self.input_kinds);
        coverage.secret_namespaces.append(&mut self.input_secret_namespaces);
        coverage.inputs.push(std::mem::take(&mut self.input));
    }

    /// Notes what a Velero backup holds beside the objects that are read.
    pub(super) fn velero_survey(&mut self, access: Access, mut other_versions: BTreeSet<String>) {
        self.world.coverage.access = Some(access);
        self.world.coverage.other_versions.append(&mut other_versions);
    }

    /// What was read so far; of an archive that is read, nothing.
    pub(super) const fn world(&self) -> &World {
        &self.world
    }

    /// Puts what an archive held into the world.
    pub(super) fn settle(&mut self) {
        self.world.insert_all(std::mem::take(&mut self.incoming));
    }

    /// Calls the source by another name than the user's.
    pub(super) fn located(&mut self, location: &str) {
        location.clone_into(&mut self.input.location);
    }

    /// Notes how much was asked of an API server.
    pub(super) const fn went_over_the_wire(&mut self, traffic: Traffic) {
        self.input.traffic = Some(traffic);
    }

    /// Notes that a kind could not be read in a namespace; an empty one stands for all of them.
    pub(super) fn unread(&mut self, kind: Kind, namespace: Arc<str>) {
        self.world.coverage.unread.insert((kind, namespace));
    }

    /// Forgets which namespaces had Secrets, because those that were read are known not to be all.
    pub(super) fn secrets_are_partial(&mut self) {
        self.input_secret_namespaces.clear();
    }

    /// Notes that all Secrets of these namespaces are known to be in the source.
    pub(super) fn secrets_are_whole(&mut self, namespaces: BTreeSet<Arc<str>>) {
        self.world.coverage.secrets_are_told = true;
        self.input_kinds.insert(Kind::Secret);
        self.input_secret_namespaces.extend(namespaces);
    }

    /// Notes that the source would hold every object of this kind.
    pub(super) fn kind_is_whole(&mut self, kind: Kind) {
        self.input_kinds.insert(kind);
    }

    /// Gives the objects of one backup their uids.
    pub(super) fn give_uids(&mut self, origin: u32) {
        self.settle();
        let places = &self.places;
        let is_own = |kind, key: &NamespacedName| places.is_from(origin, kind, key);
        rancher_uids::give(&mut self.world, is_own);
    }

    /// Ends the reading. Secrets that all carry cert-manager's label were most likely selected by it, unless a backup tells
    /// which Secrets it holds.
    pub(super) fn finish(mut self) -> Loaded {
        if !self.world.coverage.complete && !self.world.coverage.secrets_are_told {
            self.world.coverage.only_labelled_secrets = all_labelled(self.world.secrets());
        }
        Loaded { world: self.world, velero_backup: self.velero_backup, now: self.now, order: self.order }
    }

    /// Whether the texts of public payloads are kept.
    pub(super) fn texts(&self) -> Texts {
        self.options.texts
    }

    /// Registers a file; the number stands for its name in places.
    pub(super) fn origin(&mut self, name: &str) -> u32 {
        if self.origins.last().is_none_or(|last| last != name) {
            self.origins.push(name.to_owned());
        }
        u32::try_from(self.origins.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// A place in words.
    pub(super) fn describe(&self, place: Place) -> String {
        let origin = self.origins.get(place.origin as usize).map_or("", String::as_str);
        match (place.document, place.item) {
            (0 | Place::VELERO | Place::RANCHER, 0) => origin.to_owned(),
            (0, item) => format!("{origin}: item {item}"),
            (document, 0) => format!("{origin}: document {document}"),
            (document, item) => format!("{origin}: document {document}, item {item}"),
        }
    }

    fn describe_object(&self, place: Place, kind: Kind, key: &NamespacedName) -> String {
        let (archive, resource) = (self.describe(place), kind.resource());
        match (place.document, key.namespace.is_empty()) {
            (Place::VELERO, true) => format!("{archive}: resources/{resource}/cluster/{}.json", key.name),
            (Place::VELERO, false) => {
                format!("{archive}: resources/{resource}/namespaces/{}/{}.json", key.namespace, key.name)
            }
            (Place::RANCHER, _) => {
                let dot = if resource.contains('.') { "" } else { "." };
                format!("{archive}: {resource}{dot}#*/{key}.json")
            }
            _ => archive,
        }
    }

    fn push(&mut self, problem: Problem) {
        if self.input.problems.len() < MAX_PROBLEMS {
            self.input.problems.push(problem);
        } else {
            self.unsaid = (self.unsaid.0 + 1, self.unsaid.1 || problem.impact == Impact::Missing);
        }
    }

    pub(super) fn problem(&mut self, location: String, message: impl Into<String>, impact: Impact) {
        self.push(Problem { location, object: None, message: message.into(), impact });
    }

    /// How bad it is that a text cannot be read: in a directory, one that never speaks of an API version is no manifest.
    pub(super) fn impact_of(&self, text: &[u8]) -> Impact {
        let is_manifest = !self.in_directory || memmem::find(text, b"apiVersion").is_some();
        if is_manifest { Impact::Missing } else { Impact::Note }
    }

    fn object_problem(&mut self, location: String, kind: Kind, key: &NamespacedName, message: String, impact: Impact) {
        self.push(Problem { location, object: Some(format!("{kind} {key}")), message, impact });
    }

    /// Takes what was read at a place. `replaces` says that it is the better copy of an object of the same backup.
    pub(super) fn accept(&mut self, place: Place, outcome: Outcome, replaces: bool) {
        match outcome {
            Outcome::Irrelevant => {}
            Outcome::Foreign => {
                let impact = if self.in_directory { Impact::Note } else { Impact::Missing };
                let location = self.describe(place);
                self.problem(location, FOREIGN, impact);
            }
            Outcome::Nameless { kind, error } => {
                let location = self.describe(place);
                let object = kind.map(|kind| kind.to_string());
                self.push(Problem { location, object, message: error, impact: Impact::Missing });
            }
            Outcome::Broken { kind, key, error, notes } => {
                if self.arrived(place, kind, &key, notes, replaces) {
                    // It replaces what came before.
                    self.settle();
                }
                let location = self.describe_object(place, kind, &key);
                self.object_problem(location.clone(), kind, &key, error.clone(), Impact::Missing);
                self.world.insert_broken(kind, key, BrokenObject { error, location });
            }
            Outcome::Read { object, notes } => self.insert(place, object, notes, replaces),
        }
    }

    fn insert(&mut self, place: Place, object: Object, notes: Vec<String>, replaces: bool) {
        let (kind, key) = (object.kind(), object.metadata().key());
        self.arrived(place, kind, &key, notes, replaces);
        self.count(&object, replaces);
        if place.is_in_archive() {
            self.incoming.push(kind, key.namespace, object);
        } else {
            self.world.insert(object);
        }
    }

    fn count(&mut self, object: &Object, replaces: bool) {
        if !replaces {
            *self.input.objects.entry(object.kind()).or_default() += 1;
            self.objects += 1;
        }
        if self.options.keep_order {
            self.order.push(ObjectRef::of(object));
        }
    }

    /// Notes that an object was read; says whether one of its name was before.
    fn arrived(&mut self, place: Place, kind: Kind, key: &NamespacedName, notes: Vec<String>, replaces: bool) -> bool {
        if !notes.is_empty() {
            let location = self.describe_object(place, kind, key);
            for note in notes {
                self.object_problem(location.clone(), kind, key, note, Impact::Note);
            }
        }
        self.input_kinds.insert(kind);
        if kind == Kind::Secret && !self.input_secret_namespaces.contains(&key.namespace) {
            self.input_secret_namespaces.insert(key.namespace.clone());
        }
        self.found_at(place, kind, key, replaces)
    }

    /// Whether the object was given before, which is said of one that does not come to replace it.
    fn found_at(&mut self, place: Place, kind: Kind, key: &NamespacedName, replaces: bool) -> bool {
        let Some(earlier) = self.places.insert(place, kind, key) else { return false };
        if !replaces {
            let location = self.describe_object(place, kind, key);
            let message = format!("also given in {}: this later one wins", self.describe_object(earlier, kind, key));
            self.object_problem(location, kind, key, message, Impact::Note);
        }
        true
    }

    /// Counts bytes of the source, as they lie on disk.
    pub(super) fn advanced(&mut self, bytes_read: u64, bytes_total: Option<u64>) {
        (self.bytes_read, self.bytes_total) = (bytes_read, bytes_total);
        self.report_progress();
    }

    pub(super) fn report_progress(&self) {
        if let Some(progress) = self.options.progress {
            progress(Progress {
                location: self.input.location.clone(),
                bytes_read: self.bytes_read,
                bytes_total: self.bytes_total,
                objects: self.objects,
            });
        }
    }
}
