//! PEM as Go's encoding/pem finds it, in the three generations of its `Decode` (rules 2.6, corrections 6).

use memchr::memmem;

use super::era::{Change, Era};
use crate::go_base64::decode_line;
use crate::wipe::Wiped;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// A block and what it contains.
#[derive(Debug)]
pub(crate) struct Block {
    /// The text between `BEGIN ` and the dashes.
    pub(crate) label: String,
    /// The decoded contents.
    pub(crate) bytes: Wiped,
}

/// The blocks of one payload, for every Go.
#[derive(Debug)]
pub(crate) struct Blocks {
    newest: Vec<Block>,
    /// There is nothing beside them.
    plain: bool,
    /// Go 1.24.8 – 1.24.9 and 1.25.2 – 1.25.3, if they find other blocks.
    end_first: Option<Vec<Block>>,
    /// Before that, if they find other blocks.
    begin_first: Option<Vec<Block>>,
}

impl Blocks {
    /// Finds the blocks.
    pub(crate) fn find(data: &[u8]) -> Self {
        match plain_blocks(data) {
            Some(newest) => Self { newest, plain: true, end_first: None, begin_first: None },
            None => Self::search(data),
        }
    }

    /// Finds the blocks of a payload that may hold anything.
    fn search(data: &[u8]) -> Self {
        let newest = scan(data, next_skipping, &[]);
        let end_first = differing(scan(data, next_end_first, &newest), &newest);
        let mut begin_first = BeginFirst::default();
        let begin_first = differing(scan(data, |data, valid| begin_first.next(data, valid), &newest), &newest);
        Self {
            newest: decode_all(newest),
            plain: false,
            end_first: end_first.map(decode_all),
            begin_first: begin_first.map(decode_all),
        }
    }

    /// The blocks that the newest Go finds.
    pub(crate) fn newest(&self) -> &[Block] {
        &self.newest
    }

    /// Whether the payload is blocks of these labels and nothing else.
    pub(crate) fn are_only(&self, labels: &[&str]) -> bool {
        self.plain && !self.newest.is_empty() && self.newest.iter().all(|block| labels.contains(&&*block.label))
    }

    /// The blocks that one Go finds by calling `Decode` until it finds no more.
    pub(crate) fn of(&self, era: &Era) -> &[Block] {
        if self.end_first.is_none() && self.begin_first.is_none() || era.has(Change::PemSkipsStrayEnd) {
            return &self.newest;
        }
        let older = if era.has(Change::PemEndFirst) { &self.end_first } else { &self.begin_first };
        older.as_ref().unwrap_or(&self.newest)
    }
}

/// The blocks of a payload as everybody writes it: one behind the other, with nothing but lines of base64 in them. Every Go
/// finds the same in such a payload; `None` for any other.
fn plain_blocks(data: &[u8]) -> Option<Vec<Block>> {
    let (mut rest, mut blocks) = (data, Vec::new());
    while !rest.iter().all(|&byte| byte == b'\n') {
        let (label, body) = until_dash(rest.strip_prefix(BEGIN)?).filter(|(label, _)| !label.contains(&b'\n'))?;
        let (body, trailer) = until_dash(body.strip_prefix(DASHES)?.strip_prefix(b"\n")?)?;
        let after = trailer.strip_prefix(&END[1..])?.strip_prefix(label)?.strip_prefix(DASHES)?;
        rest = if after.is_empty() { after } else { after.strip_prefix(b"\n")? };
        let bytes = decode_lines(body.strip_suffix(b"\n").filter(|lines| !lines.is_empty())?)?;
        blocks.push(Block { label: String::from_utf8_lossy(label).into_owned(), bytes });
    }
    Some(blocks)
}

/// What stands before the first dash, and what follows from there.
fn until_dash(data: &[u8]) -> Option<(&[u8], &[u8])> {
    data.split_at_checked(memchr::memchr(b'-', data)?)
}

/// Characters of a line, as everybody writes them (RFC 7468 section 2).
const LINE: usize = 64;

/// Decodes lines of base64 that hold nothing else.
fn decode_lines(lines: &[u8]) -> Option<Wiped> {
    let end = |rest: &[u8]| memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    // If such a line ends before, it is no base64 together with the next one.
    let usual_end = |rest: &[u8]| if rest.get(LINE) == Some(&b'\n') { LINE } else { end(rest) };
    decode_joined(lines, usual_end).or_else(|| decode_joined(lines, end))
}

/// Decodes lines of base64 that end where they are told to.
fn decode_joined(mut lines: &[u8], end: impl Fn(&[u8]) -> usize) -> Option<Wiped> {
    let mut text = Wiped::with_capacity(lines.len());
    while !lines.is_empty() {
        let end = end(lines);
        text.extend_from_slice(&lines[..end]);
        lines = lines.get(end + 1..).unwrap_or_default();
    }
    decode_line(&text)
}

/// Whether a body is base64.
type Valid<'a> = &'a dyn Fn(&[u8]) -> bool;

/// Where a block was found.
#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    label: &'a [u8],
    body: &'a [u8],
    rest: &'a [u8],
}

impl Found<'_> {
    fn is(&self, other: &Found<'_>) -> bool {
        std::ptr::eq(self.body, other.body) && std::ptr::eq(self.label, other.label)
    }
}

fn differing<'a>(found: Vec<Found<'a>>, newest: &[Found<'a>]) -> Option<Vec<Found<'a>>> {
    let same = found.len() == newest.len() && found.iter().zip(newest).all(|(a, b)| a.is(b));
    (!same).then_some(found)
}

fn decode_all(found: Vec<Found<'_>>) -> Vec<Block> {
    let decode = |block: Found<'_>| Block {
        label: String::from_utf8_lossy(block.label).into_owned(),
        bytes: decode_base64(block.body).unwrap_or_default(),
    };
    found.into_iter().map(decode).collect()
}

/// Calls `next` until it finds no more. The blocks `known` are known to be valid base64.
fn scan<'a>(
    data: &'a [u8],
    mut next: impl FnMut(&'a [u8], Valid<'_>) -> Option<Found<'a>>,
    known: &[Found<'a>],
) -> Vec<Found<'a>> {
    let valid = |body: &[u8]| known.iter().any(|k| std::ptr::eq(k.body, body)) || decode_base64(body).is_some();
    let (mut rest, mut found) = (data, Vec::new());
    while let Some(block) = next(rest, &valid) {
        rest = block.rest;
        found.push(block);
    }
    found
}

fn decode_base64(body: &[u8]) -> Option<Wiped> {
    let is_blank = |byte: &u8| matches!(byte, b'\n' | b'\r' | b' ' | b'\t');
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    // Before room is made: most bodies that are none end at their first character.
    if !body.iter().all(|byte| is_digit(byte) || is_blank(byte)) {
        return None;
    }
    let mut text = Wiped::with_capacity(body.len());
    text.extend(body.iter().filter(|byte| !is_blank(byte)));
    decode_line(&text)
}

/// Go's `getLine`: the line without trailing blanks, and what follows it.
fn line(data: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr::memchr(b'\n', data) {
        Some(at) => {
            let line = &data[..at];
            (line.strip_suffix(b"\r").unwrap_or(line), &data[at + 1..])
        }
        None => (data, &data[data.len()..]),
    };
    let blanks = line.iter().rev().take_while(|&&b| b == b' ' || b == b'\t').count();
    (&line[..line.len() - blanks], rest)
}

/// Skips header lines; `None` when the input ends within them, else what follows and whether there were any.
fn skip_headers(mut rest: &[u8]) -> Option<(&[u8], bool)> {
    let mut any = false;
    loop {
        if rest.is_empty() {
            return None;
        }
        let (header, next) = line(rest);
        if memchr::memchr(b':', header).is_none() {
            return Some((rest, any));
        }
        any = true;
        rest = next;
    }
}

/// What follows the END line, if that line closes a block of this label.
fn after_end<'a>(trailer: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    let tail = trailer.strip_prefix(label)?.strip_prefix(DASHES)?;
    let (blank, rest) = line(tail);
    blank.is_empty().then_some(rest)
}

/// A step of the scan: a block, a place to go on from, or the end of the search.
enum Step<'a> {
    Found(Found<'a>),
    GoOn(&'a [u8]),
    Stop,
}

/// Go 1.24.10, 1.25.4 and later: the first END line, then the last BEGIN line before it.
fn next_skipping<'a>(data: &'a [u8], valid: Valid<'_>) -> Option<Found<'a>> {
    let mut rest = data;
    loop {
        let end = memmem::find(rest, END)?;
        match end_first_step(rest, end, valid) {
            Ok(found) => return Some(found),
            // A header line may have swallowed the END line.
            Err(Some(past)) if past > end + END.len() => return None,
            Err(Some(_)) => rest = &rest[end + END.len()..],
            Err(None) => return None,
        }
    }
}

/// Go 1.24.8 – 1.24.9 and 1.25.2 – 1.25.3: gives up at the first END line without a BEGIN line.
fn next_end_first<'a>(data: &'a [u8], valid: Valid<'_>) -> Option<Found<'a>> {
    let mut rest = data;
    loop {
        let end = memmem::find(rest, END)?;
        begin_before(rest, end)?;
        match end_first_step(rest, end, valid) {
            Ok(found) => return Some(found),
            Err(past) => rest = &rest[past?..],
        }
    }
}

/// The place behind the last `BEGIN ` before `end`, if it starts a line.
fn begin_before(rest: &[u8], end: usize) -> Option<usize> {
    let begin = memmem::rfind(&rest[..end], BEGIN)?;
    (begin == 0 || rest[begin - 1] == b'\n').then_some(begin + BEGIN.len())
}

/// Tries the block that ends at `end`. `Err(Some)` is the place up to which Go had read when it went on with the search,
/// `Err(None)` the end of the search.
fn end_first_step<'a>(rest: &'a [u8], end: usize, valid: Valid<'_>) -> Result<Found<'a>, Option<usize>> {
    let place = |tail: &[u8]| rest.len() - tail.len();
    let begin = begin_before(rest, end).ok_or(Some(0))?;
    let (label, after_label) = line(&rest[begin..]);
    let label = label.strip_suffix(DASHES).ok_or(Some(place(after_label)))?;
    let (body, headers) = skip_headers(after_label).ok_or(None)?;
    let failed = Some(place(body));
    if headers && place(body) > end {
        return Err(failed);
    }
    let after = after_end(&rest[end + END.len()..], label).ok_or(failed)?;
    let body = if place(body) < end { &rest[place(body)..end] } else { &rest[end..end] };
    if !valid(body) {
        return Err(failed);
    }
    Ok(Found { label, body, rest: after })
}

/// Go up to 1.24.7 and 1.25.1: the next BEGIN line, then the next END line.
#[derive(Default)]
struct BeginFirst {
    /// Length of the input behind the END line that was found last, so that a search is not repeated for each BEGIN.
    last_end: Option<usize>,
    /// There is no further END line.
    exhausted: bool,
}

impl BeginFirst {
    fn next<'a>(&mut self, data: &'a [u8], valid: Valid<'_>) -> Option<Found<'a>> {
        let mut input = data;
        loop {
            let rest = match input.strip_prefix(BEGIN) {
                Some(rest) => rest,
                None => after_begin(input)?,
            };
            match self.step(rest, valid) {
                Step::Found(found) => return Some(found),
                Step::Stop => return None,
                Step::GoOn(next) => input = next,
            }
        }
    }

    fn step<'a>(&mut self, rest: &'a [u8], valid: Valid<'_>) -> Step<'a> {
        let (label, after_label) = line(rest);
        let Some(label) = label.strip_suffix(DASHES) else { return Step::GoOn(after_label) };
        let Some((body, headers)) = skip_headers(after_label) else { return Step::Stop };
        let (end, trailer) = match body.strip_prefix(&END[1..]) {
            Some(trailer) if !headers => (0, trailer),
            _ => match self.end(body) {
                Some(end) => (end, &body[end + END.len()..]),
                None => return Step::GoOn(body),
            },
        };
        match after_end(trailer, label) {
            Some(after) if valid(&body[..end]) => Step::Found(Found { label, body: &body[..end], rest: after }),
            _ => Step::GoOn(body),
        }
    }

    fn end(&mut self, rest: &[u8]) -> Option<usize> {
        match self.last_end {
            Some(behind) if behind + END.len() <= rest.len() => Some(rest.len() - behind - END.len()),
            _ if self.exhausted => None,
            _ => {
                let found = memmem::find(rest, END);
                self.exhausted = found.is_none();
                let at = found?;
                self.last_end = Some(rest.len() - at - END.len());
                Some(at)
            }
        }
    }
}

fn after_begin(data: &[u8]) -> Option<&[u8]> {
    let at = memmem::find_iter(data, BEGIN).find(|&at| at > 0 && data[at - 1] == b'\n')?;
    Some(&data[at + BEGIN.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PIECES: [&str; 17] = [
        "-----BEGIN A-----\nQUJD\n-----END A-----\n",
        "-----BEGIN A-----\nQUJD\nQQ==\n-----END A-----",
        "-----BEGIN B C-----\nQUJD",
        // Lines of 64 characters, and of twelve, of which one ends where such a line would.
        "-----BEGIN A-----\nQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\nQUJD\n-----END A-----\n",
        "-----BEGIN A-----\nQUJDQUJDQUJD\nQUJDQUJDQUJD\nQUJDQUJDQUJD\nQUJDQUJDQUJD\nQUJDQUJDQUJD\nQUJD\n-----END A-----\n",
        "-----BEGIN A-----\n",
        "-----BEGIN ",
        "\n-----END A-----\n",
        "-----END ",
        "-----",
        "-----\n",
        "QUJD",
        "QQ==",
        "A",
        "A: b",
        "\n",
        "\r\n",
    ];

    fn shown(blocks: &[Block]) -> Vec<(&str, &[u8])> {
        blocks.iter().map(|block| (&*block.label, &**block.bytes)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn plain_payloads_are_what_every_go_finds(pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..5)) {
            let data = pieces.concat();
            if let Some(plain) = plain_blocks(data.as_bytes()) {
                let searched = Blocks::search(data.as_bytes());
                prop_assert_eq!(shown(&plain), shown(&searched.newest));
                prop_assert!(searched.end_first.is_none() && searched.begin_first.is_none());
            }
        }
    }

    #[test]
    fn what_tools_write_is_plain() {
        for (data, blocks) in [
            (PIECES[0].to_owned(), 1),
            (PIECES[1].to_owned(), 1),
            (PIECES[0].repeat(3), 3),
            (PIECES[3].to_owned(), 1),
            (PIECES[4].to_owned(), 1),
            (format!("{}\n\n", PIECES[0]), 1),
        ] {
            assert_eq!(plain_blocks(data.as_bytes()).map(|blocks| blocks.len()), Some(blocks), "{data}");
        }
        for data in ["x", "-----BEGIN A-----\n-----END A-----\n", "-----BEGIN A-----\nA: b\n\nQUJD\n-----END A-----\n"]
        {
            assert!(plain_blocks(data.as_bytes()).is_none(), "{data}");
        }
    }
}
