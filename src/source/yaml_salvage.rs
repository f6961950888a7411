//! A List that is no YAML as a whole, or that lost its end, cut into items by the look of its lines.
//!
//! kubectl sorts keys, so `kind: List` stands behind all items: a dump that is cut off has items and no kind.

use std::ops::Range;

use memchr::memmem;

use super::kubectl_yaml::{Part, Shape, is_mark, lines};
use super::place::Place;

/// What can be told from the lines of a List.
pub(super) struct Salvaged {
    /// Its items.
    pub(super) items: Vec<Part>,
    /// Its `kind: List` is missing.
    pub(super) cut_off: bool,
}

/// Keys of a List. Another line at column 0 is no YAML and belongs to the item before it.
const KEYS: [&str; 4] = ["apiVersion:", "items:", "kind:", "metadata:"];

struct Cutter<'t> {
    text: &'t [u8],
    document: &'t Part,
    items: Vec<Part>,
    /// Indentation of the items, known from the first one on.
    indent: Option<usize>,
    /// The lines that come next are below `items:`.
    inside: bool,
    has_items: bool,
    is_core: bool,
    kind: Option<&'t [u8]>,
}

/// Cuts a document at its items; `None` when it does not look like a List.
pub(super) fn salvage(text: &[u8], document: &Part) -> Option<Salvaged> {
    let mut cutter = Cutter {
        text,
        document,
        items: Vec::new(),
        indent: None,
        inside: false,
        has_items: false,
        is_core: false,
        kind: None,
    };
    for (number, range) in (document.line..).zip(lines(text, document.range.clone())) {
        cutter.line(number, range);
    }
    cutter.finish()
}

impl<'t> Cutter<'t> {
    fn line(&mut self, number: u64, range: Range<usize>) {
        let bytes: &'t [u8] = self.text.get(range.clone()).unwrap_or_default();
        if self.is_key(bytes, &range) {
            return self.key(bytes);
        }
        let content = bytes.trim_ascii_start();
        let indent = bytes.len() - content.len();
        if self.has_items && is_mark(content, b"-") && *self.indent.get_or_insert(indent) == indent {
            let item = u32::try_from(self.items.len() + 1).unwrap_or(u32::MAX);
            let place = Place { item, ..self.document.place };
            self.items.push(Part { range, line: number, place, shape: Shape::Item });
            self.inside = true;
        } else if self.inside
            && let Some(item) = self.items.last_mut()
        {
            item.range.end = range.end;
        }
    }

    /// Whether a line begins a key of the List, or breaks off in one.
    fn is_key(&self, line: &[u8], range: &Range<usize>) -> bool {
        let is_last = range.end == self.document.range.end && !line.is_empty();
        KEYS.iter().any(|key| line.starts_with(key.as_bytes()) || (is_last && key.as_bytes().starts_with(line)))
    }

    fn key(&mut self, line: &'t [u8]) {
        self.inside = false;
        let value = |key: &str| line.strip_prefix(key.as_bytes()).map(<[u8]>::trim_ascii);
        if value("items:").is_some() {
            (self.has_items, self.inside) = (true, true);
        } else if let Some(kind) = value("kind:") {
            self.kind = Some(kind);
        } else if value("apiVersion:") == Some(b"v1") {
            self.is_core = true;
        }
    }

    fn finish(mut self) -> Option<Salvaged> {
        let kind = self.kind.unwrap_or_default();
        let cut_off = kind != b"List";
        let first = self.items.first().and_then(|item| self.text.get(item.range.clone())).unwrap_or_default();
        let holds_objects = self.is_core || memmem::find(first, b"apiVersion:").is_some();
        if !self.has_items || !holds_objects || !b"List".starts_with(kind) {
            return None;
        }
        if cut_off
            && self.inside
            && let Some(mut last) = self.items.pop()
        {
            // Half a line may be half a name.
            let item = self.text.get(last.range.clone()).unwrap_or_default();
            if self.text.get(last.range.end) != Some(&b'\n') {
                let whole = item.iter().rposition(|b| *b == b'\n').unwrap_or_default();
                last.range.end = last.range.start + whole;
            }
            last.shape = Shape::MaybeHalf;
            self.items.push(last);
        }
        Some(Salvaged { items: self.items, cut_off })
    }
}
