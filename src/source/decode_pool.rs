//! Decoding beside inflating: batches of raw objects go to threads, outcomes come back in the order they were read.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};
use zeroize::{Zeroize, Zeroizing};

use super::collector::FOREIGN;
use crate::object::decode::{Outcome, Texts, decode};
use crate::object::{Kind, NamespacedName};

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
    text: Zeroizing<Vec<u8>>,
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
        let decode = |raw: &Raw| {
            let outcome = decode(self.text.get(raw.range.clone()).unwrap_or_default(), Some(raw.kind), self.texts);
            (self.named(raw, outcome), raw.replaces)
        };
        self.raws.iter().map(decode).collect()
    }

    fn decode_and_empty(&mut self) -> Vec<Decoded> {
        let decoded = self.decode();
        self.empty();
        decoded
    }

    fn empty(&mut self) {
        if std::mem::take(&mut self.secret) {
            self.text.zeroize();
        }
        if self.text.capacity() > 4 * BATCH {
            self.text = Zeroizing::default();
        }
        self.text.clear();
        self.names.clear();
        self.raws.clear();
    }

    /// Makes room for an object without moving what is there: a moved buffer would leave its old copy behind.
    fn reserve(&mut self, size: usize) {
        if self.text.capacity() < size {
            self.text = Zeroizing::new(Vec::with_capacity(size.max(BATCH)));
        }
    }
}

/// The inflating side.
pub(super) struct DecodePool {
    work: Sender<(usize, Batch)>,
    tasks: Receiver<(usize, Batch)>,
    idle: Receiver<Batch>,
    finished: Sender<(usize, Vec<Decoded>)>,
    sent: usize,
    batch: Batch,
    texts: Texts,
}

/// Runs `feed` with threads that decode what it gives, and with its own where they cannot keep up; `accept` gets the
/// outcomes on a thread of its own, in the order in which they were given.
pub(super) fn with_pool(texts: Texts, accept: &mut (dyn FnMut(Decoded) + Send), feed: impl FnOnce(&mut DecodePool)) {
    // One core inflates.
    let workers = thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).clamp(1, MAX_WORKERS);
    with_workers(workers, WAITING * workers, texts, accept, feed);
}

/// [`with_pool`] with so many threads, and batches that may wait for one.
fn with_workers(
    workers: usize,
    waiting: usize,
    texts: Texts,
    accept: &mut (dyn FnMut(Decoded) + Send),
    feed: impl FnOnce(&mut DecodePool),
) {
    let (work, tasks) = bounded::<(usize, Batch)>(waiting);
    let (give_back, idle) = unbounded();
    let (finished, done) = unbounded();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (tasks, give_back, finished) = (tasks.clone(), give_back.clone(), finished.clone());
            scope.spawn(move || {
                for (number, mut batch) in tasks {
                    // A side that is gone no longer wants anything.
                    let _ = finished.send((number, batch.decode_and_empty()));
                    let _ = give_back.send(batch);
                }
            });
        }
        drop(give_back);
        scope.spawn(move || in_order(&done, accept));
        let mut pool = DecodePool { work, tasks, idle, finished, sent: 0, batch: Batch::of(texts), texts };
        feed(&mut pool);
        pool.finish();
    });
}

fn in_order(done: &Receiver<(usize, Vec<Decoded>)>, accept: &mut (dyn FnMut(Decoded) + Send)) {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (number, decoded) in done {
        early.insert(number, decoded);
        while let Some(decoded) = early.remove(&next) {
            next += 1;
            decoded.into_iter().for_each(&mut *accept);
        }
    }
}

impl DecodePool {
    /// Gives an object of about `size` bytes, which `read` appends; on an error nothing is given.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn give(
        &mut self,
        label: Label<'_>,
        size: usize,
        read: impl FnOnce(&mut Vec<u8>) -> io::Result<Copy>,
    ) -> io::Result<()> {
        if !self.batch.raws.is_empty() && self.batch.text.len().saturating_add(size) > self.batch.text.capacity() {
            self.send();
        }
        self.batch.reserve(size);
        self.batch.secret |= label.kind == Kind::Secret;
        let start = self.batch.text.len();
        let copy = read(&mut self.batch.text);
        let end = self.batch.text.len();
        match copy {
            Ok(Copy::New) => self.batch.push(start..end, label, false),
            Ok(Copy::Better) => self.batch.push(start..end, label, true),
            // What is cut off is overwritten by the next object, or with the whole buffer.
            Ok(Copy::Known) => self.batch.text.truncate(start),
            Err(error) => {
                self.batch.text.truncate(start);
                return Err(error);
            }
        }
        Ok(())
    }

    fn send(&mut self) {
        let next = self.idle.try_recv().unwrap_or_else(|_| Batch::of(self.texts));
        let batch = std::mem::replace(&mut self.batch, next);
        match self.work.try_send((self.sent, batch)) {
            // There is more than enough to decode, so this thread helps.
            Err(TrySendError::Full((number, mut batch))) => {
                let _ = self.finished.send((number, batch.decode_and_empty()));
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
            let _ = self.finished.send((number, batch.decode_and_empty()));
        }
    }
}

/// The room that an entry of an archive needs: a few bytes more, so that its end is seen without growing the buffer.
pub(super) fn room(size: u64) -> usize {
    usize::try_from(size).unwrap_or_default().saturating_add(64)
}

/// Appends an entry of an archive, which has this many bytes.
///
/// # Errors
/// Those of reading, and when there are fewer.
pub(super) fn read_whole(reader: impl Read, size: u64, text: &mut Vec<u8>) -> io::Result<()> {
    let read = reader.take(size).read_to_end(text)?;
    if (read as u64) < size { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
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
                    let given = pool.give(label, BATCH / 3, |buffer| {
                        buffer.extend_from_slice(text.as_bytes());
                        buffer.resize(buffer.len() + BATCH / 3 - text.len(), b' ');
                        Ok(Copy::New)
                    });
                    given.unwrap();
                }
            });
            assert_eq!(seen, names, "{workers} workers, {waiting} waiting");
        }
    }
}
