//! Snapshots: the objects come back as they were held, and so does what was known about how they were read.

use std::io::{self, BufRead, Read as _};

use rayon::prelude::*;

use super::collector::Collector;
use super::place::Place;
use super::stream::{Meter, cut_off};
use crate::coverage::Impact;
use crate::object::decode::Texts;
use crate::object::{Kind, NamespacedName, Object};
use crate::snapshot::{Broken, End, FORMAT, Header, Line, MARK, object_of};
use crate::world::BrokenObject;

/// Lines that are read before they are understood, and bytes after which no more are.
const WINDOW: (usize, usize) = (1024, 8 << 20);

/// No object is larger: the API server refuses those of more than a few megabytes.
const LONGEST: u64 = 256 << 20;

enum Parsed {
    Object(Object),
    Broken(Kind, NamespacedName, BrokenObject),
    End(usize),
}

/// Whether a text begins as a snapshot does.
pub(super) fn is_snapshot(head: &[u8]) -> bool {
    head.starts_with(MARK)
}

/// Reads a snapshot.
pub(super) fn read(mut reader: impl BufRead, meter: &Meter, location: &str, collector: &mut Collector<'_>) {
    let origin = collector.origin(location);
    collector.recognised("snapshot");
    let header = match line(&mut reader).map(|line| serde_json::from_slice::<Header>(&line)) {
        Ok(Ok(header)) => header,
        Ok(Err(error)) => return missing(location, format!("the first line of the snapshot: {error}"), collector),
        Err(error) => return missing(location, cut_off(&error), collector),
    };
    if header.reissue_audit_snapshot > FORMAT {
        let (format, tool) = (header.reissue_audit_snapshot, &header.tool);
        let message =
            format!("a snapshot in format {format}, written by reissue-audit {tool}: this one reads format {FORMAT}");
        return missing(location, message, collector);
    }
    let mut lines = Lines { place: Place { origin, document: 0, item: 0 }, objects: 0, end: None };
    let mut failed = None;
    while lines.end.is_none() {
        let (window, error) = window(&mut reader);
        lines.read(&window, location, collector);
        meter.show(collector);
        failed = error;
        if window.is_empty() || failed.is_some() {
            break;
        }
    }
    match (failed, lines.end) {
        (Some(error), _) => missing(location, cut_off(&error), collector),
        (None, None) => missing(location, "the snapshot ends early: what follows is missing".to_owned(), collector),
        (None, Some(count)) if count != lines.objects => {
            let message = format!("the snapshot says that it holds {count} objects, and {} were read", lines.objects);
            missing(location, message, collector);
        }
        (None, Some(_)) => return collector.restore_coverage(header, true),
    }
    collector.restore_coverage(header, false);
}

fn missing(location: &str, message: String, collector: &mut Collector<'_>) {
    collector.problem(location.to_owned(), message, Impact::Missing);
}

/// The next line; an empty one at the end.
fn line(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    reader.take(LONGEST).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// The next lines, and the error that ended them.
fn window(reader: &mut impl BufRead) -> (Vec<Vec<u8>>, Option<io::Error>) {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < WINDOW.0 && bytes < WINDOW.1 {
        match line(reader) {
            Ok(line) if line.is_empty() => break,
            Ok(line) => {
                bytes += line.len();
                lines.push(line);
            }
            Err(error) => return (lines, Some(error)),
        }
    }
    (lines, None)
}

/// What was read so far.
struct Lines {
    place: Place,
    objects: usize,
    end: Option<usize>,
}

impl Lines {
    fn read(&mut self, window: &[Vec<u8>], location: &str, collector: &mut Collector<'_>) {
        let texts = collector.texts();
        let parsed: Vec<_> = window.par_iter().map(|line| parse(line, texts)).collect();
        for parsed in parsed {
            self.place.item += 1;
            match parsed {
                Ok(Parsed::Object(object)) => collector.restore(self.place, object),
                Ok(Parsed::Broken(kind, key, broken)) => collector.restore_broken(self.place, kind, key, broken),
                Ok(Parsed::End(count)) => self.end = Some(count),
                Err(error) => {
                    let line = self.place.item + 1;
                    missing(&format!("{location}: line {line}"), format!("cannot be read: {error}"), collector);
                    continue;
                }
            }
            self.objects += usize::from(self.end.is_none());
        }
    }
}

fn parse(line: &[u8], texts: Texts) -> Result<Parsed, serde_json::Error> {
    if let Ok(End { end }) = serde_json::from_slice(line) {
        return Ok(Parsed::End(end));
    }
    let Line { kind, object, request, broken } = serde_json::from_slice(line)?;
    match (object, broken) {
        (Some(object), _) => object_of(kind, &object, request, texts).map(Parsed::Object),
        (None, Some(Broken { key, error, location })) => {
            Ok(Parsed::Broken(kind, key, BrokenObject { error, location }))
        }
        (None, None) => Err(serde::de::Error::custom("neither an object nor what is wrong with one")),
    }
}
