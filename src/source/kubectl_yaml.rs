//! YAML as kubectl prints it and people write it: documents, and Lists cut into items before they are parsed.
//!
//! Cutting first keeps a fault in one item from hiding its neighbours, and lets all cores work. It is sound where it is
//! done: `---` at the start of a line ends a document wherever it stands (YAML 1.2, 9.1.2), and below `items:` at column
//! 0 nothing else than an item can begin with `- ` there.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use zeroize::Zeroizing;

use super::collector::Collector;
use super::kubectl_json;
use super::place::Place;
use super::yaml_salvage::{Salvaged, salvage};
use super::yaml_to_json::{YamlError, to_json};
use crate::coverage::Impact;
use crate::object::Kind;
use crate::object::decode::{Outcome, Texts, decode};
use crate::object::json_scan::{Identity, elements, fields};
use crate::object::meta::NamespacedName;

/// Parts that are decoded before the next ones are looked at.
const WINDOW: usize = 1024;

/// A piece of text that is parsed on its own.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) range: Range<usize>,
    /// Its first line, from 1.
    pub(super) line: u64,
    pub(super) place: Place,
    pub(super) shape: Shape,
}

/// What the text of a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Document,
    /// One item of a List, written as a sequence of one.
    Item,
    /// An item that the end of the text may have cut.
    MaybeHalf,
}

enum Parsed {
    Object(Outcome),
    /// A List or an array, as JSON.
    Values(Zeroizing<Vec<u8>>),
    /// Something with items and without a kind, as JSON.
    Kindless(Zeroizing<Vec<u8>>),
    Half(Identity),
    Failed(YamlError),
    Nothing,
}

/// Stack of the threads that parse: a reader that follows every level of nesting by a call needs some kilobytes each.
const STACK: usize = 32 << 20;

/// Reads a text of YAML documents. `cut_off` says that its end is missing.
pub(super) fn read(text: &[u8], origin: u32, cut_off: bool, collector: &mut Collector<'_>) {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| ThreadPoolBuilder::new().stack_size(STACK).build().ok());
    match pool {
        Some(pool) => pool.install(|| read_parts(text, origin, cut_off, collector)),
        None => {
            let location = collector.describe(Place { origin, document: 0, item: 0 });
            collector.problem(location, "cannot be read: no threads to read YAML with", Impact::Missing);
        }
    }
}

fn read_parts(text: &[u8], origin: u32, cut_off: bool, collector: &mut Collector<'_>) {
    let mut parts = parts(text, origin, cut_off);
    if cut_off && let Some(last) = parts.pop() {
        // YAML has no closing bracket: half an object looks like a whole one.
        let message = format!("the text ends inside this part, which begins at line {}: it was not read", last.line);
        let location = collector.describe(last.place);
        collector.problem(location, message, Impact::Missing);
    }
    if parts.is_empty() && !cut_off {
        let place = Place { origin, document: 0, item: 0 };
        let impact = if collector.in_directory { Impact::Note } else { Impact::Missing };
        collector.problem(collector.describe(place), "is empty", impact);
    }
    read_windows(text, &parts, collector);
}

/// Reads parts and counts those that are not YAML.
fn read_windows(text: &[u8], parts: &[Part], collector: &mut Collector<'_>) -> usize {
    let mut failures = 0;
    let texts = collector.texts();
    for window in parts.chunks(WINDOW) {
        let parsed: Vec<Parsed> = window.par_iter().map(|part| parse(text, part, texts)).collect();
        for (part, parsed) in window.iter().zip(parsed) {
            match parsed {
                Parsed::Object(outcome) => collector.accept(part.place, outcome, false),
                Parsed::Values(json) => kubectl_json::read_at(&json, part.place, collector),
                Parsed::Kindless(json) => match salvage_document(text, part) {
                    Some(salvaged) => read_salvaged(text, part, &salvaged, None, collector),
                    None => kubectl_json::read_at(&json, part.place, collector),
                },
                Parsed::Half(identity) => half(part, identity, collector),
                Parsed::Failed(error) => match salvage_document(text, part) {
                    Some(salvaged) => read_salvaged(text, part, &salvaged, Some(&error), collector),
                    None => {
                        failures += 1;
                        let impact = collector.impact_of(text.get(part.range.clone()).unwrap_or_default());
                        failed(part, &error, impact, collector);
                    }
                },
                Parsed::Nothing => {}
            }
        }
        collector.report_progress();
    }
    failures
}

fn salvage_document(text: &[u8], part: &Part) -> Option<Salvaged> {
    if part.shape == Shape::Document { salvage(text, part) } else { None }
}

/// Reads the items of a List that cannot be read as a whole.
fn read_salvaged(
    text: &[u8],
    document: &Part,
    salvaged: &Salvaged,
    error: Option<&YamlError>,
    collector: &mut Collector<'_>,
) {
    if salvaged.cut_off {
        let location = collector.describe(document.place);
        let message = "the document seems to be cut off: its `kind: List` is missing";
        collector.problem(location, message, Impact::Missing);
    }
    let failures = read_windows(text, &salvaged.items, collector);
    if salvaged.cut_off {
        // A Secret that is not among them may stand in what is missing.
        collector.secrets_are_partial();
    }
    // Where each item is fine, the fault lies around them.
    if let Some(error) = error.filter(|_| failures == 0 && !salvaged.cut_off) {
        failed(document, error, Impact::Missing, collector);
    }
}

/// Half an object of YAML looks like a whole one: it is kept as one that exists and cannot be read.
fn half(part: &Part, identity: Identity, collector: &mut Collector<'_>) {
    let error = format!("the text may end inside this item, which begins at line {}: it was not read", part.line);
    let Identity { api_version, kind, namespace, name } = identity;
    let kind = api_version.zip(kind).and_then(|(api_version, kind)| Kind::of(&api_version, &kind));
    // Without a namespace it is not known whether one was to come.
    let namespace = if kind.is_some_and(Kind::is_namespaced) { namespace } else { Some("".into()) };
    let outcome = match (kind, namespace.zip(name)) {
        (Some(kind), Some((namespace, name))) => {
            Outcome::Broken { kind, key: NamespacedName::new(namespace, name), error, notes: Vec::new() }
        }
        _ => Outcome::Nameless { kind, error },
    };
    collector.accept(part.place, outcome, false);
}

fn failed(part: &Part, error: &YamlError, impact: Impact, collector: &mut Collector<'_>) {
    let line = part.line + error.line.saturating_sub(1);
    let location = collector.describe(part.place);
    collector.problem(location, format!("not valid YAML, at line {line}: {}", error.message), impact);
}

fn parse(text: &[u8], part: &Part, texts: Texts) -> Parsed {
    let bytes = text.get(part.range.clone()).unwrap_or_default();
    let yaml = match std::str::from_utf8(bytes) {
        Ok(yaml) => yaml,
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + memchr_iter(b'\n', before).count() as u64;
            return Parsed::Failed(YamlError { line, message: "not UTF-8".to_owned() });
        }
    };
    let json = match to_json(yaml) {
        Ok(json) => json,
        Err(error) => return Parsed::Failed(error),
    };
    if part.shape != Shape::Document {
        let item = elements(&json).find_map(Result::ok).and_then(|range| json.get(range)).unwrap_or_default();
        let is_whole = part.shape == Shape::Item;
        return if is_whole { Parsed::Object(decode(item, None, texts)) } else { Parsed::Half(Identity::of(item)) };
    }
    if json.as_slice() == b"null" {
        return Parsed::Nothing;
    }
    let kind = Identity::of(&json).kind.unwrap_or_default();
    if kind.ends_with("List") || json.starts_with(b"[") {
        Parsed::Values(json)
    } else if "List".starts_with(&*kind) && fields(&json).map_while(Result::ok).any(|f| f.key == b"\"items\"") {
        Parsed::Kindless(json)
    } else {
        Parsed::Object(decode(&json, None, texts))
    }
}

/// Whether a text may refer from one item to another: a `*` where a value can begin.
fn may_have_aliases(text: &[u8]) -> bool {
    memchr_iter(b'*', text).any(|at| {
        let before = text.get(..at).unwrap_or_default().trim_ascii_end();
        let begins_value = matches!(before.last(), Some(b':' | b'-' | b',' | b'[' | b'{' | b'?'));
        begins_value && text.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace())
    })
}

/// Lines with their ranges, the line feed not included.
pub(super) fn lines(text: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = range.start;
    std::iter::from_fn(move || {
        let rest = text.get(at..range.end).filter(|rest| !rest.is_empty())?;
        let start = at;
        let length = memchr(b'\n', rest);
        at = length.map_or(range.end, |length| start + length + 1);
        Some(start..length.map_or(range.end, |length| start + length))
    })
}

pub(super) fn is_mark(line: &[u8], mark: &[u8]) -> bool {
    line.strip_prefix(mark).is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

fn parts(text: &[u8], origin: u32, cut_off: bool) -> Vec<Part> {
    let documents = documents(text);
    let last = documents.len();
    let several = last > 1;
    let mut parts = Vec::new();
    for (number, (range, line)) in (1..).zip(documents) {
        let place = Place { origin, document: if several { number } else { 0 }, item: 0 };
        let document = Part { range, line, place, shape: Shape::Document };
        match items(text, &document, cut_off && number as usize == last) {
            Some(items) => parts.extend(items),
            None => parts.push(document),
        }
    }
    parts
}

/// The documents that hold anything, with their first lines.
fn documents(text: &[u8]) -> Vec<(Range<usize>, u64)> {
    let mut documents: Vec<(Range<usize>, u64)> = Vec::new();
    let mut open: Option<(Range<usize>, u64)> = None;
    for (number, line) in (1u64..).zip(lines(text, 0..text.len())) {
        let bytes = text.get(line.clone()).unwrap_or_default();
        let begins = is_mark(bytes, b"---");
        if begins || is_mark(bytes, b"...") {
            documents.extend(open.take());
        }
        let content = if begins { bytes.get(3..).unwrap_or_default() } else { bytes };
        match &mut open {
            Some((range, _)) => range.end = line.end,
            None if holds_something(content) => {
                open = Some((line.end - content.len()..line.end, number));
            }
            None => {}
        }
    }
    documents.extend(open);
    documents
}

/// Whether a line is more than white space, a comment, a directive or the mark of a document's end.
fn holds_something(line: &[u8]) -> bool {
    !is_mark(line, b"...") && !matches!(line.trim_ascii().first(), None | Some(b'#')) && !line.starts_with(b"%")
}

/// Cuts a List whose items begin at column 0 and stand alone, as kubectl writes them; `None` for anything else.
///
/// The kind stands behind the items, so that a text that is cut off need not have it.
fn items(text: &[u8], document: &Part, cut_off: bool) -> Option<Vec<Part>> {
    if may_have_aliases(text.get(document.range.clone()).unwrap_or_default()) {
        return None;
    }
    let mut frame: Vec<u8> = Vec::new();
    let mut items: Vec<Part> = Vec::new();
    let mut inside = false;
    for (number, line) in (document.line..).zip(lines(text, document.range.clone())) {
        let bytes = text.get(line.clone()).unwrap_or_default();
        let begins_item = inside && is_mark(bytes, b"-");
        let continues = bytes.first().is_none_or(|b| matches!(b, b' ' | b'\t' | b'\r' | b'#'));
        if begins_item {
            let place = Place { item: u32::try_from(items.len() + 1).unwrap_or(u32::MAX), ..document.place };
            items.push(Part { range: line, line: number, place, shape: Shape::Item });
        } else if inside && continues {
            if let Some(item) = items.last_mut() {
                item.range.end = line.end;
            }
        } else {
            inside = bytes.trim_ascii_end() == b"items:";
            if inside && !items.is_empty() {
                return None;
            }
            if !inside {
                frame.extend_from_slice(bytes);
                frame.push(b'\n');
            }
        }
    }
    let frame = to_json(std::str::from_utf8(&frame).ok()?).ok()?;
    let is_list = Identity::of(&frame).kind.map_or(cut_off, |kind| &*kind == "List");
    (is_list && !items.is_empty()).then_some(items)
}
