//! One stream of bytes: finds out what it is and has it read.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::collector::Collector;
use super::text::{read_all, to_utf8};
use super::{etcd, kubectl_json, kubectl_yaml, snapshot, tarball};
use crate::coverage::Impact;

/// Large windows keep inflate in its fast loop; reading straight into small tar headers would not.
const BUFFER: usize = 256 << 10;

/// Bytes that are needed to tell a tar: the magic ends at 263.
const HEAD: usize = 512;

/// Counts what passes through.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// How many bytes of the source were read so far, and of how many.
pub(super) struct Meter {
    count: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Meter {
    pub(super) fn show(&self, collector: &mut Collector<'_>) {
        collector.advanced(self.count.load(Ordering::Relaxed), self.total);
    }
}

/// Reads a stream. `beside` is the file that it comes from, beside which a `velero-backup.json` may lie.
pub(super) fn read(
    reader: impl Read,
    total: Option<u64>,
    location: &str,
    beside: Option<&Path>,
    collector: &mut Collector<'_>,
) {
    let count = Arc::new(AtomicU64::new(0));
    let meter = Meter { count: Arc::clone(&count), total };
    let (head, rest) = peek(BufReader::with_capacity(64 << 10, Counted { inner: reader, count }));
    if is_gzip(&head) {
        let (head, rest) = peek(inflate(head, rest));
        if is_gzip(&head) {
            // Some tools compress what is compressed already.
            let (head, rest) = peek(inflate(head, rest));
            return read_plain(head, rest, &meter, location, beside, collector);
        }
        return read_plain(head, rest, &meter, location, beside, collector);
    }
    read_plain(head, rest, &meter, location, beside, collector);
}

fn inflate(head: Head, rest: impl BufRead) -> impl BufRead {
    BufReader::with_capacity(BUFFER, MultiGzDecoder::new(head.chain(rest)))
}

fn read_plain(
    head: Head,
    rest: impl BufRead,
    meter: &Meter,
    location: &str,
    beside: Option<&Path>,
    collector: &mut Collector<'_>,
) {
    if is_tar(&head) {
        return tarball::read(head.chain(rest), meter, location, beside, collector);
    }
    if snapshot::is_snapshot(head.get()) {
        return snapshot::read(head.chain(rest), meter, location, collector);
    }
    let expected = meter.total.and_then(|total| usize::try_from(total).ok()).unwrap_or_default();
    let text = read_all(head.chain(rest), expected);
    meter.show(collector);
    let origin = collector.origin(location);
    if let Some(error) = &text.error {
        collector.problem(location.to_owned(), cut_off(error), Impact::Missing);
    }
    let cut_off = text.error.is_some();
    if etcd::is_bolt(&text.bytes) {
        let length = text.bytes.len() as u64;
        return etcd::read(Cursor::new(text.bytes.as_slice()), length, location, cut_off, collector);
    }
    let bytes = to_utf8(text.bytes);
    match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
        None if cut_off => {}
        None => nothing(location, "is empty", collector),
        Some(b'{' | b'[') => {
            collector.recognised("kubectl-json");
            kubectl_json::read(&bytes, origin, collector);
        }
        Some(_) if bytes.contains(&0) => {
            nothing(location, "not recognised: neither JSON, YAML, gzip, tar nor an etcd snapshot", collector)
        }
        Some(_) => {
            collector.recognised("kubectl-yaml");
            kubectl_yaml::read(&bytes, origin, cut_off, collector);
        }
    }
}

/// A file without objects is worth a note in a directory, and a hole in the analysis when the user named it.
fn nothing(location: &str, message: &str, collector: &mut Collector<'_>) {
    let impact = if collector.in_directory { Impact::Note } else { Impact::Missing };
    collector.problem(location.to_owned(), message, impact);
}

/// Says why a stream ended early.
pub(super) fn cut_off(error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the compressed data ends early".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => format!("the compressed data is damaged ({error})"),
        _ => format!("cannot be read to its end ({error})"),
    };
    format!("{why}: what came before was read, what follows is missing")
}

/// The first bytes of a stream, and the error that ended them, for the next reader to meet.
struct Head {
    bytes: Cursor<Vec<u8>>,
    error: Option<io::Error>,
}

impl Head {
    fn get(&self) -> &[u8] {
        self.bytes.get_ref()
    }
}

impl Read for Head {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        match self.error.take() {
            Some(error) if read == 0 && !buffer.is_empty() => Err(error),
            error => {
                self.error = error;
                Ok(read)
            }
        }
    }
}

impl BufRead for Head {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let all_read = self.bytes.position() >= self.bytes.get_ref().len() as u64;
        match self.error.take_if(|_| all_read) {
            Some(error) => Err(error),
            None => self.bytes.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

fn peek<R: Read>(mut reader: R) -> (Head, R) {
    let mut bytes = vec![0; HEAD];
    let (mut length, mut error) = (0, None);
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match reader.read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                error = Some(e);
                break;
            }
        }
    }
    bytes.truncate(length);
    (Head { bytes: Cursor::new(bytes), error }, reader)
}

fn is_gzip(head: &Head) -> bool {
    head.get().starts_with(&[0x1f, 0x8b, 0x08])
}

fn is_tar(head: &Head) -> bool {
    head.get().get(257..262) == Some(b"ustar")
}
