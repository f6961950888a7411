//! A reader of bbolt databases, as much of it as a walk needs (restore rules 6.2; bbolt `internal/common/{page,meta}.go`).
//!
//! Pages are read when they are wanted, so a database of gigabytes costs the memory of one page. Nothing that stands in
//! the file is believed: every page number, length and offset is checked, a page that is reached a second time is not
//! read again, and whatever is wrong becomes a [`Fault`] while the walk goes on beside it.

use std::io::{self, Read, Seek, SeekFrom};

use zeroize::Zeroizing;

use super::little_endian::{u16_at, u32_at, u64_at};

const MAGIC: u32 = 0xed0c_daed;
const VERSION: u32 = 2;

/// Bytes of a page's header; a meta page has its meta behind it.
const PAGE_HEADER: usize = 16;
/// Bytes of a meta before its checksum.
const META_SUMMED: usize = 56;
/// Bytes of an element of a leaf or branch page, and of a bucket's header.
const ELEMENT: usize = 16;

const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const IS_BUCKET: u32 = 1;

/// Sizes that a page can have: bbolt takes that of the machine's memory pages.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 9..=16;

/// The longest run of pages that one value can take. etcd refuses requests of more than a few MiB.
const MAX_RUN: u64 = 256 << 20;

/// Levels of a tree. A page of 4096 bytes has a hundred children and more: five levels hold any database.
const MAX_DEPTH: u32 = 64;

/// Bytes from the start of a file that are enough to recognise a database: the second meta of the largest page stands in.
pub(in crate::source) const HEAD: usize = (1 << 16) + PAGE_HEADER + META_SUMMED + 8;

/// What is wrong with a database, and where.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Neither meta page is valid.
    #[error("neither of the two meta pages is valid")]
    NoMeta,
    /// A page number that the file does not reach.
    #[error("page {0} lies behind the end of the file")]
    Behind(u64),
    /// A page that holds something else.
    #[error("page {0} is damaged: {1}")]
    Damaged(u64, &'static str),
    /// Elements of a page that point out of it.
    #[error("page {page} is damaged: {count} of its elements point out of it")]
    Elements {
        /// The page.
        page: u64,
        /// How many.
        count: usize,
    },
    /// A tree that is none.
    #[error("page {0} is reached twice")]
    Twice(u64),
    /// A tree that is too deep to be one.
    #[error("page {0} lies too deep in its tree")]
    TooDeep(u64),
    /// Reading failed.
    #[error("page {0} cannot be read: {1}")]
    Io(u64, io::Error),
}

/// One key and value of a bucket.
pub(super) struct Element<'p> {
    /// The value is a bucket.
    pub(super) is_bucket: bool,
    /// The key.
    pub(super) key: &'p [u8],
    /// The value.
    pub(super) value: &'p [u8],
    /// Where the value stands in the file.
    pub(super) value_at: u64,
}

/// The place of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bucket {
    /// The number of its root page.
    Tree(u64),
    /// It is small and stands inside of its parent; etcd's `key` is never so.
    Inline,
}

/// What a valid meta page tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Meta {
    page_size: u64,
    root: u64,
    high_water: u64,
    transaction: u64,
}

impl Meta {
    fn read(page: &[u8]) -> Option<Self> {
        let meta = page.get(PAGE_HEADER..)?;
        let summed = meta.get(..META_SUMMED)?;
        let page_size = u32_at(meta, 8)?;
        let is_meta = u32_at(meta, 0)? == MAGIC
            && u32_at(meta, 4)? == VERSION
            && page_size.is_power_of_two()
            && PAGE_SIZES.contains(&page_size.trailing_zeros())
            && u64_at(meta, META_SUMMED)? == fnv(summed);
        is_meta.then_some(Self {
            page_size: page_size.into(),
            root: u64_at(meta, 16)?,
            high_water: u64_at(meta, 40)?,
            transaction: u64_at(meta, 48)?,
        })
    }
}

/// FNV-1a of 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Where the second meta page can stand.
fn second_meta() -> impl Iterator<Item = u64> {
    PAGE_SIZES.map(|bits| 1 << bits)
}

/// Whether a file that begins so is a bbolt database, be it whole or not.
pub(in crate::source) fn is_bolt(head: &[u8]) -> bool {
    let has_magic = |at: usize| u32_at(head, at + PAGE_HEADER) == Some(MAGIC);
    has_magic(0) || second_meta().filter_map(|at| usize::try_from(at).ok()).any(has_magic)
}

/// An opened database.
pub(super) struct Bolt<R> {
    storage: R,
    length: u64,
    meta: Meta,
    /// One bit for each page that was reached.
    reached: Vec<u64>,
    page: Zeroizing<Vec<u8>>,
}

enum Page {
    Branch(Vec<u64>),
    Leaf { count: usize },
}

impl<R: Read + Seek> Bolt<R> {
    /// Opens a database whose file has this length.
    ///
    /// # Errors
    /// [`Fault::NoMeta`], and [`Fault::Io`].
    pub(super) fn open(mut storage: R, length: u64) -> Result<Self, Fault> {
        let first = meta_at(&mut storage, 0)?;
        let mut second = None;
        for at in second_meta().filter(|at| first.is_none_or(|first| first.page_size == *at)) {
            // A meta counts only where its own page size puts it.
            second = second.or(meta_at(&mut storage, at)?.filter(|meta| meta.page_size == at));
        }
        let newest = first.into_iter().chain(second).max_by_key(|meta| meta.transaction);
        let meta = newest.ok_or(Fault::NoMeta)?;
        let words = usize::try_from(length / meta.page_size / 64).unwrap_or_default() + 1;
        Ok(Self { storage, length, meta, reached: vec![0; words], page: Zeroizing::default() })
    }

    /// The bytes that the database has according to its meta.
    pub(super) fn expected_length(&self) -> u64 {
        self.meta.high_water.saturating_mul(self.meta.page_size)
    }

    /// The bucket of all buckets.
    pub(super) fn root(&self) -> u64 {
        self.meta.root
    }

    /// The file.
    pub(super) fn storage(&mut self) -> &mut R {
        &mut self.storage
    }

    /// Walks the tree of a bucket in the order of its keys.
    pub(super) fn walk(&mut self, root: u64, visit: &mut dyn FnMut(Element<'_>), fault: &mut dyn FnMut(Fault)) {
        let mut pending = vec![(root, 0)];
        while let Some((number, depth)) = pending.pop() {
            match self.load(number, depth) {
                Ok(Page::Branch(children)) => {
                    pending.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
                }
                Ok(Page::Leaf { count }) => self.leaf(number, count, visit, fault),
                Err(found) => fault(found),
            }
        }
    }

    /// Finds a bucket by its name.
    pub(super) fn bucket(&mut self, name: &[u8], fault: &mut dyn FnMut(Fault)) -> Option<Bucket> {
        let mut found = None;
        let mut visit = |element: Element<'_>| {
            if element.is_bucket && element.key == name {
                found = match u64_at(element.value, 0) {
                    Some(0) => Some(Bucket::Inline),
                    root => root.map(Bucket::Tree),
                };
            }
        };
        self.walk(self.root(), &mut visit, fault);
        found
    }

    /// Reads bytes that an [`Element`] stood in.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) fn read_at(&mut self, at: u64, length: usize) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        self.storage.seek(SeekFrom::Start(at))?;
        self.storage.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Puts a page and its overflow into the buffer.
    fn load(&mut self, number: u64, depth: u32) -> Result<Page, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::TooDeep(number));
        }
        let at = number.checked_mul(self.meta.page_size).ok_or(Fault::Behind(number))?;
        self.fits(number, at, self.meta.page_size)?;
        self.reach(number)?;
        self.fill(number, at, self.meta.page_size)?;
        let header = |value: Option<u64>| value.ok_or(Fault::Damaged(number, "it has no header"));
        if header(u64_at(&self.page, 0))? != number {
            return Err(Fault::Damaged(number, "it says that it is another one"));
        }
        let flags = u16_at(&self.page, 8);
        let count = usize::from(u16_at(&self.page, 10).unwrap_or_default());
        let pages = header(u32_at(&self.page, 12).map(u64::from))? + 1;
        if pages > 1 {
            let run = pages.saturating_mul(self.meta.page_size);
            if run > MAX_RUN {
                return Err(Fault::Damaged(number, "it is larger than anything that etcd writes"));
            }
            self.fits(number, at, run)?;
            self.fill(number, at, run)?;
        }
        if PAGE_HEADER + count * ELEMENT > self.page.len() {
            return Err(Fault::Damaged(number, "it has more elements than room for them"));
        }
        match flags {
            Some(BRANCH) => Ok(Page::Branch(
                (0..count).filter_map(|index| u64_at(&self.page, PAGE_HEADER + index * ELEMENT + 8)).collect(),
            )),
            Some(LEAF) => Ok(Page::Leaf { count }),
            _ => Err(Fault::Damaged(number, "it is neither a branch nor a leaf")),
        }
    }

    fn fits(&self, number: u64, at: u64, length: u64) -> Result<(), Fault> {
        match at.checked_add(length) {
            Some(end) if end <= self.length => Ok(()),
            _ => Err(Fault::Behind(number)),
        }
    }

    /// Notes that a page was reached.
    fn reach(&mut self, number: u64) -> Result<(), Fault> {
        let word = usize::try_from(number / 64).ok().and_then(|word| self.reached.get_mut(word));
        let word = word.ok_or(Fault::Behind(number))?;
        let bit = 1 << (number % 64);
        if *word & bit != 0 {
            return Err(Fault::Twice(number));
        }
        *word |= bit;
        Ok(())
    }

    fn fill(&mut self, number: u64, at: u64, length: u64) -> Result<(), Fault> {
        let length = usize::try_from(length).map_err(|_| Fault::Behind(number))?;
        if self.page.capacity() < length {
            // A new buffer, not a grown one, which would leave its old copy behind.
            self.page = Zeroizing::new(Vec::with_capacity(length));
        }
        self.page.resize(length, 0);
        let read = self.storage.seek(SeekFrom::Start(at)).and_then(|_| self.storage.read_exact(&mut self.page));
        read.map_err(|error| Fault::Io(number, error))
    }

    fn leaf(&self, number: u64, count: usize, visit: &mut dyn FnMut(Element<'_>), fault: &mut dyn FnMut(Fault)) {
        let (mut outside, mut used) = (0, 0);
        for index in 0..count {
            match self.element(number, index) {
                Some(element) => {
                    // No two stand in the same place; a small file could hold terabytes otherwise.
                    used += element.key.len() + element.value.len();
                    if used > self.page.len() {
                        return fault(Fault::Damaged(number, "its elements overlap"));
                    }
                    visit(element);
                }
                None => outside += 1,
            }
        }
        if outside > 0 {
            fault(Fault::Elements { page: number, count: outside });
        }
    }

    fn element(&self, number: u64, index: usize) -> Option<Element<'_>> {
        let at = PAGE_HEADER + index * ELEMENT;
        let size = |offset: usize| u32_at(&self.page, at + offset).and_then(|size| usize::try_from(size).ok());
        // The position counts from the element itself.
        let key_at = at.checked_add(size(4)?)?;
        let value_at = key_at.checked_add(size(8)?)?;
        let end = value_at.checked_add(size(12)?)?;
        Some(Element {
            is_bucket: u32_at(&self.page, at)? & IS_BUCKET != 0,
            key: self.page.get(key_at..value_at)?,
            value: self.page.get(value_at..end)?,
            value_at: number.checked_mul(self.meta.page_size)?.checked_add(u64::try_from(value_at).ok()?)?,
        })
    }
}

/// Reads the meta that stands at a place; a file that ends before has none.
fn meta_at(storage: &mut (impl Read + Seek), at: u64) -> Result<Option<Meta>, Fault> {
    let mut page = [0; PAGE_HEADER + META_SUMMED + 8];
    match storage.seek(SeekFrom::Start(at)).and_then(|_| storage.read_exact(&mut page)) {
        Ok(()) => Ok(Meta::read(&page)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(Fault::Io(at, error)),
    }
}
