//! JSON as kubectl prints it: Lists, arrays, single objects, and several of them one after the other.

use std::ops::Range;

use rayon::prelude::*;

use super::collector::Collector;
use super::place::Place;
use crate::coverage::Impact;
use crate::object::Kind;
use crate::object::decode::{Outcome, Texts, decode};
use crate::object::json_scan::{Identity, ScanError, elements, fields, skip_space, value_end};

/// Items that are decoded before the next ones are looked at.
const WINDOW: usize = 4096;

/// Lists inside Lists: kubectl flattens one level, nobody writes more.
const MAX_LISTS: usize = 8;

struct Item {
    place: Place,
    range: Range<usize>,
    /// The kind of a typed list such as `SecretList`, whose items may leave it out.
    kind: Option<Kind>,
}

struct Walk<'t, 'c, 'o> {
    text: &'t [u8],
    items: Vec<Item>,
    place: Place,
    /// It was said where the text stops making sense.
    said: bool,
    ends_early: bool,
    collector: &'c mut Collector<'o>,
}

/// Reads a text of JSON values.
pub(super) fn read(text: &[u8], origin: u32, collector: &mut Collector<'_>) {
    read_at(text, Place { origin, document: 0, item: 0 }, collector);
}

/// Reads JSON values that stand at a place of something larger.
pub(super) fn read_at(text: &[u8], place: Place, collector: &mut Collector<'_>) {
    let mut walk = Walk { text, items: Vec::new(), place, said: false, ends_early: false, collector };
    walk.documents();
    let Walk { items, collector, ends_early, .. } = walk;
    let texts = collector.texts();
    for window in items.chunks(WINDOW) {
        let outcomes: Vec<Outcome> = window.par_iter().map(|item| decode_item(text, item, texts)).collect();
        for (item, outcome) in window.iter().zip(outcomes) {
            collector.accept(item.place, outcome, false);
        }
        collector.report_progress();
    }
    if ends_early {
        // A Secret that was not found may stand in what is missing.
        collector.secrets_are_partial();
    }
}

fn decode_item(text: &[u8], item: &Item, texts: Texts) -> Outcome {
    let json = text.get(item.range.clone()).unwrap_or_default();
    match (decode(json, None, texts), item.kind) {
        (Outcome::Foreign, Some(kind)) if json.starts_with(b"{") => decode(json, Some(kind), texts),
        (outcome, _) => outcome,
    }
}

impl Walk<'_, '_, '_> {
    fn documents(&mut self) {
        let mut at = self.next_document(0);
        let first_end = value_end(self.text, at).unwrap_or(self.text.len());
        if self.place.document == 0 && self.next_document(first_end) < self.text.len() {
            self.place.document = 1;
        }
        while at < self.text.len() {
            let end = match value_end(self.text, at) {
                Err(error @ ScanError::Unexpected { .. }) => return self.broken_off(at, error),
                Err(error @ ScanError::EndsEarly { .. }) => return self.cut_off(at, error),
                Ok(end) => end,
            };
            self.value(at..end, None, 0);
            at = self.next_document(end);
            self.place.document += u32::from(self.place.document > 0);
            self.place.item = 0;
        }
    }

    /// Reads what the last value holds before it breaks off.
    fn cut_off(&mut self, at: usize, error: ScanError) {
        self.ends_early = true;
        let end = self.text.len();
        self.value(at..end, None, 0);
        if self.items.last().is_some_and(|item| item.range == (at..end)) {
            // Where the kind is known, decoding says what is wrong; without it, it is the end that is missing.
            let value = self.text.get(at..end).unwrap_or_default();
            if !value.starts_with(b"{") || Identity::of(value).kind.is_some() {
                return;
            }
            self.items.pop();
        }
        if !self.said {
            self.broken_off(end, error);
        }
    }

    /// Skips white space and YAML's document marks.
    fn next_document(&self, from: usize) -> usize {
        let mut at = skip_space(self.text, from);
        while self.text.get(at..).is_some_and(|rest| rest.starts_with(b"---")) {
            at = skip_space(self.text, at + 3);
        }
        at
    }

    fn value(&mut self, range: Range<usize>, kind: Option<Kind>, lists: usize) {
        let value = self.text.get(range.clone()).unwrap_or_default();
        match value.first() {
            Some(b'[') if lists < MAX_LISTS => self.list(range, kind, lists),
            Some(b'{') => match self.list_items(range.clone(), value) {
                Some((items, kind)) if lists < MAX_LISTS => self.list(items, kind, lists),
                _ => self.items.push(Item { place: self.place, range, kind }),
            },
            _ => self.items.push(Item { place: self.place, range, kind }),
        }
    }

    /// Where the items of a List stand, and the kind that a typed list gives them; `None` for what is no List.
    fn list_items(&mut self, range: Range<usize>, value: &[u8]) -> Option<(Range<usize>, Option<Kind>)> {
        let mut items: Option<Range<usize>> = None;
        let (mut is_list, mut breaks_off) = (false, false);
        for field in fields(value).map_while(Result::ok) {
            let end = field.end.unwrap_or(value.len());
            if field.key == b"\"items\"" {
                breaks_off = field.end.is_err();
            }
            if field.key == b"\"kind\"" {
                is_list = value.get(field.start..end).is_some_and(|kind| kind.ends_with(b"List\""));
            } else if field.key == b"\"items\"" && items.replace(field.start..end).is_some() {
                let location = self.collector.describe(self.place);
                self.collector.problem(location, "duplicate key items: the last one wins", Impact::Note);
            }
        }
        let found = items.clone().and_then(|items| value.get(items)).unwrap_or_default();
        if !found.starts_with(b"[") {
            if is_list && found != b"null" {
                let location = self.collector.describe(self.place);
                self.collector.problem(location, "a List without items", Impact::Missing);
            }
            return None;
        }
        // The kind comes behind the items: where a text breaks off, it is not seen.
        let first = elements(found).find_map(Result::ok).and_then(|first| found.get(first));
        let holds_objects = |first| Identity::of(first).kind.is_some();
        let ends_in_first = breaks_off && first.is_none();
        if !is_list && !ends_in_first && !first.is_some_and(holds_objects) {
            return None;
        }
        let identity = Identity::of(value);
        let item = identity.kind.as_deref().and_then(|kind| kind.strip_suffix("List"));
        let kind = item.and_then(|item| Kind::of(identity.api_version.as_deref().unwrap_or_default(), item));
        items.map(|items| (range.start + items.start..range.start + items.end, kind))
    }

    fn list(&mut self, range: Range<usize>, kind: Option<Kind>, lists: usize) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let mut end = range.start + 1;
        for element in elements(text) {
            let top = lists == 0;
            self.place.item += u32::from(top);
            match element {
                Ok(found) => {
                    end = range.start + found.end;
                    self.value(range.start + found.start..end, kind, lists + 1);
                }
                Err(error) => {
                    let at = skip_space(self.text, end);
                    let at = if self.text.get(at) == Some(&b',') { skip_space(self.text, at + 1) } else { at };
                    return self.broken_off(at, shifted(error, range.start));
                }
            }
        }
    }

    /// Names the place where a text stops making sense, and the object that lies across it.
    fn broken_off(&mut self, at: usize, error: ScanError) {
        self.said = true;
        let message = format!("not valid JSON: {error}; what came before was read, what follows is missing");
        let location = self.collector.describe(self.place);
        let impact = self.collector.impact_of(self.text);
        self.collector.problem(location, message, impact);
        let tail = self.text.get(at..).unwrap_or_default();
        if let outcome @ Outcome::Broken { .. } = decode(tail, None, Texts::Forget) {
            self.collector.accept(self.place, outcome, false);
        }
    }
}

fn shifted(error: ScanError, by: usize) -> ScanError {
    match error {
        ScanError::Unexpected { expected, at } => ScanError::Unexpected { expected, at: at + by },
        // The length of the slice is not that of the text only when the value ends; then it does not end early.
        ScanError::EndsEarly { at } => ScanError::EndsEarly { at: at + by },
    }
}
