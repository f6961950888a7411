//! Decoding beside inflating: batches of raw objects go to threads, outcomes come back in the order they were read.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};

use super::collector::FOREIGN;
use crate::object::decode::{Outcome, Texts, decode_all};
use crate::object::{Kind, NamespacedName};
use crate::wipe::Wiped;

/// Bytes of a batch: large enough that a hand-over costs nothing, small enough to stay in a core's cache.
const BATCH: usize = 256 << 10;

/// Batches that wait for each worker: enough that none runs dry while the thread that feeds them decodes one itself.
const WAITING: usize = 8;

/// Decoding needs no more than this beside one inflating thread.
const MAX_WORKERS: usize = 8;

/// An outcome, and whether it replaces a worse copy of the same object.
pub(super) type Decoded = (Outcome, bool);

/// What the place of an object tells about it.
#[derive(Clone, Copy)]
pub(super) struct Label<'p> {
    /// Its kind.
    pub(super) kind: Kind,
    /// Its namespace; empty for objects of the cluster.
    pub(super) namespace: &'p str,
    /// Its name.
    pub(super) name: &'p str,
}

struct Raw {
    range: Range<usize>,
    kind: Kind,
    /// Where namespace and name stand in [`Batch::names`].
    label: [usize; 3],
    replaces: bool,
}

#[derive(Default)]
struct Batch {
    /// The room for texts, of which the first part is used.
    text: Wiped,
    used: usize,
    names: String,
    raws: Vec<Raw>,
    /// A Secret was read into the text, be it kept or not.
    secret: bool,
    texts: Texts,
}

impl Batch {
    fn of(texts: Texts) -> Self {
        Self { texts, ..Self::default() }
    }

    fn push(&mut self, range: Range<usize>, label: Label<'_>, replaces: bool) {
        let start = self.names.len();
        self.names.push_str(label.namespace);
        let middle = self.names.len();
        self.names.push_str(label.name);
        self.used = range.end;
        self.raws.push(Raw { range, kind: label.kind, label: [start, middle, self.names.len()], replaces });
    }

    /// An object that does not tell its name still has the one of its file.
    fn named(&self, raw: &Raw, outcome: Outcome) -> Outcome {
        let error = match outcome {
            Outcome::Nameless { error, .. } => error,
            Outcome::Foreign => FOREIGN.to_owned(),
            other => return other,
        };
        let [start, middle, end] = raw.label;
        let text = |range: Range<usize>| Arc::from(self.names.get(range).unwrap_or_default());
        let key = NamespacedName { namespace: text(start..middle), name: text(middle..end) };
        Outcome::Broken { kind: raw.kind, key, error, notes: Vec::new() }
    }

    fn decode(&self) -> Vec<Decoded> {
        let texts = self.raws.iter().map(|raw| (self.text.get(raw.range.clone()).unwrap_or_default(), raw.kind));
        let outcomes = decode_all(texts, self.texts).into_iter().zip(&self.raws);
        outcomes.map(|(outcome, raw)| (self.named(raw, outcome), raw.replaces)).collect()
    }

    fn decode_and_empty(&mut self) -> Vec<Decoded> {
        let decoded = self.decode();
        self.empty();
        decoded
    }

    fn empty(&mut self) {
        if std::mem::take(&mut self.secret) {
            self.text.wipe();
        }
        if self.text.len() > 4 * BATCH {
            self.text = Wiped::default();
        }
        self.used = 0;
        self.names.clear();
        self.raws.clear();
    }

    /// Makes room for an object without moving what is there: a moved buffer would leave its old copy behind.
    fn reserve(&mut self, size: usize) {
        if self.text.len() < size {
            self.text = Wiped::zeros(size.max(BATCH));
        }
    }
}

/// Gets the outcomes one after the other.
type Accept<'a> = &'a mut (dyn FnMut(Decoded) + Send);

/// Puts outcomes away in the order in which their objects were given. Whoever decoded a batch does so while it is still in
/// its core's cache, unless one before it is not decoded yet.
struct InOrder<'a> {
    early: BTreeMap<usize, Vec<Decoded>>,
    next: usize,
    accept: Accept<'a>,
}

impl InOrder<'_> {
    fn put(&mut self, number: usize, decoded: Vec<Decoded>) {
        self.early.insert(number, decoded);
        while let Some(decoded) = self.early.remove(&self.next) {
            self.next += 1;
            decoded.into_iter().for_each(&mut *self.accept);
        }
    }
}

/// The inflating side.
pub(super) struct DecodePool<'s> {
    work: Sender<(usize, Batch)>,
    tasks: Receiver<(usize, Batch)>,
    idle: Receiver<Batch>,
    finish: &'s (dyn Fn(usize, Vec<Decoded>) + Sync),
    sent: usize,
    batch: Batch,
    texts: Texts,
}

/// Runs `feed` with threads that decode what it gives, and with its own where they cannot keep up; `accept` gets the
/// outcomes on any of them, in the order in which they were given.
pub(super) fn with_pool(texts: Texts, accept: Accept<'_>, feed: impl FnOnce(&mut DecodePool<'_>)) {
    // One core inflates.
    let workers = thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).clamp(1, MAX_WORKERS);
    with_workers(workers, WAITING * workers, texts, accept, feed);
}

/// [`with_pool`] with so many threads, and batches that may wait for one.
fn with_workers(
    workers: usize,
    waiting: usize,
    texts: Texts,
    accept: Accept<'_>,
    feed: impl FnOnce(&mut DecodePool<'_>),
) {
    let (work, tasks) = bounded::<(usize, Batch)>(waiting);
    let (give_back, idle) = unbounded();
    let in_order = Mutex::new(InOrder { early: BTreeMap::new(), next: 0, accept });
    // A thread that panicked while it held the lock ends the scope with its panic.
    let finish = |number, decoded| in_order.lock().unwrap_or_else(PoisonError::into_inner).put(number, decoded);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (tasks, give_back, finish) = (tasks.clone(), give_back.clone(), &finish);
            scope.spawn(move || {
                for (number, mut batch) in tasks {
                    finish(number, batch.decode_and_empty());
                    // A side that is gone no longer wants anything.
                    let _ = give_back.send(batch);
                }
            });
        }
        drop(give_back);
        let mut pool = DecodePool { work, tasks, idle, finish: &finish, sent: 0, batch: Batch::of(texts), texts };
        feed(&mut pool);
        pool.finish();
    });
}

impl DecodePool<'_> {
    /// Gives an object of `size` bytes, with which `read` fills the room that it gets; on an error nothing is given.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn give(
        &mut self,
        label: Label<'_>,
        size: usize,
        read: impl FnOnce(&mut [u8]) -> io::Result<Copy>,
    ) -> io::Result<()> {
        if !self.batch.raws.is_empty() && self.batch.used.saturating_add(size) > self.batch.text.len() {
            self.send();
        }
        self.batch.reserve(size);
        self.batch.secret |= label.kind == Kind::Secret;
        let place = self.batch.used..self.batch.used.saturating_add(size);
        match read(self.batch.text.get_mut(place.clone()).unwrap_or_default())? {
            Copy::New => self.batch.push(place, label, false),
            Copy::Better => self.batch.push(place, label, true),
            // It is overwritten by the next object, or with all of the room.
            Copy::Known => {}
        }
        Ok(())
    }

    fn send(&mut self) {
        let next = self.idle.try_recv().unwrap_or_else(|_| Batch::of(self.texts));
        let batch = std::mem::replace(&mut self.batch, next);
        match self.work.try_send((self.sent, batch)) {
            // There is more than enough to decode, so this thread helps.
            Err(TrySendError::Full((number, mut batch))) => {
                (self.finish)(number, batch.decode_and_empty());
                self.batch = batch;
            }
            // Only fails when every decoder is gone, and then their panic ends the scope.
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
        }
        self.sent += 1;
    }

    fn finish(mut self) {
        if !self.batch.raws.is_empty() {
            self.send();
        }
        drop(self.work);
        for (number, mut batch) in self.tasks.try_iter() {
            (self.finish)(number, batch.decode_and_empty());
        }
    }
}

/// The room that an entry of an archive needs.
pub(super) fn room(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// Reads an entry of an archive, which has as many bytes as there is room.
///
/// # Errors
/// Those of reading, and when there are fewer.
pub(super) fn read_whole(mut reader: impl Read, room: &mut [u8]) -> io::Result<()> {
    reader.read_exact(room).map_err(|error| match error.kind() {
        // In the system's words.
        io::ErrorKind::UnexpectedEof => io::ErrorKind::UnexpectedEof.into(),
        _ => error,
    })
}

/// How an object that was just read stands to what was read before.
pub(super) enum Copy {
    /// It is new.
    New,
    /// It is the better copy of one that was given.
    Better,
    /// It is not to be decoded: it was given before, or is no text at all.
    Known,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever decodes a batch, a worker or the thread that feeds, the outcomes come in order and none is lost.
    #[test]
    fn outcomes_come_in_the_order_of_the_input() {
        for (workers, waiting) in [(1, 0), (1, 1), (3, 0), (3, 8)] {
            let names: Vec<String> = (0..200).map(|number| format!("secret-{number}")).collect();
            let mut seen = Vec::new();
            let mut accept = |(outcome, _): Decoded| match outcome {
                Outcome::Read { object, .. } => seen.push(object.metadata().name.to_string()),
                other => panic!("{other:?}"),
            };
            with_workers(workers, waiting, Texts::Forget, &mut accept, |pool| {
                for name in &names {
                    let label = Label { kind: Kind::Secret, namespace: "shop", name };
                    let text = format!(
                        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"{name}","namespace":"shop"}}}}"#
                    );
                    // A batch has room for three of this size.
                    let given = pool.give(label, BATCH / 3, |room| {
                        room.fill(b' ');
                        room[..text.len()].copy_from_slice(text.as_bytes());
                        Ok(Copy::New)
                    });
                    given.unwrap();
                }
            });
            assert_eq!(seen, names, "{workers} workers, {waiting} waiting");
        }
    }
}
