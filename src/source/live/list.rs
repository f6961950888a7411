//! A list, page by page, until its end or until it cannot be had.

use std::cell::RefCell;
use std::collections::HashMap;

use futures_util::future::{join, join_all};
use tokio::task::yield_now;

use super::collection::with_query;
use super::exchange::{Exchange, OBJECTS};
use super::failure::Failure;
use super::intake::Intake;
use super::page::{Heading, Page};
use crate::object::decode::Texts;
use crate::object::{Kind, NamespacedName};
use crate::source::decode_pool::{Copy, DecodePool, Decoded, Label, with_pool};

/// How often a list that expires while it is read is begun anew.
const RESTARTS: u32 = 3;

/// The resourceVersion of each object as it was read; only ever compared for equality, as the API demands.
pub(super) type Versions = HashMap<NamespacedName, Box<str>>;

/// What to ask for.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    /// The collection's path.
    pub(super) path: &'a str,
    /// `labelSelector`, or nothing.
    pub(super) labels: &'a str,
    /// `fieldSelector`, or nothing.
    pub(super) fields: &'a str,
    /// Objects on a page; 0 for all.
    pub(super) chunk: u32,
}

impl<'a> Query<'a> {
    /// All objects of a collection.
    pub(super) const fn all(path: &'a str, chunk: u32) -> Self {
        Self { path, labels: "", fields: "", chunk }
    }

    /// The path of a page; the first one has no token.
    pub(super) fn page(&self, next: &str) -> String {
        let limit = if self.chunk == 0 { String::new() } else { self.chunk.to_string() };
        let pairs =
            [("labelSelector", self.labels), ("fieldSelector", self.fields), ("limit", &*limit), ("continue", next)];
        with_query(self.path, &pairs)
    }
}

/// What became of a list.
#[derive(Debug)]
pub(super) struct Listed {
    /// How many objects it gave.
    pub(super) count: usize,
    /// Their versions, if they are Certificates.
    pub(super) versions: Versions,
    /// Why it ended before its end.
    pub(super) end: Result<(), Failure>,
    /// How often it expired and was begun anew.
    pub(super) restarts: u32,
}

impl Default for Listed {
    fn default() -> Self {
        Self { count: 0, versions: Versions::new(), end: Ok(()), restarts: 0 }
    }
}

/// Reads a list. Of one that expires and is begun anew, or is refused, nothing is kept.
pub(super) fn list(
    runtime: &tokio::runtime::Runtime,
    exchange: &Exchange,
    query: &Query<'_>,
    (kind, texts): (Kind, Texts),
    intake: &mut dyn Intake,
) -> Listed {
    let [listed] = lists(runtime, exchange, [(kind, *query)], texts, intake);
    listed
}

/// Reads lists of different kinds at the same time: an API server works on several with several cores.
pub(super) fn lists<const N: usize>(
    runtime: &tokio::runtime::Runtime,
    exchange: &Exchange,
    wanted: [(Kind, Query<'_>); N],
    texts: Texts,
    intake: &mut dyn Intake,
) -> [Listed; N] {
    let mut all = wanted.map(|_| Listed::default());
    let mut due = [true; N];
    while due.contains(&true) {
        let mut accept = |(outcome, _): Decoded| intake.take(outcome);
        with_pool(texts, &mut accept, |pool| {
            let pool = RefCell::new(pool);
            let reads = wanted.iter().zip(&mut all).zip(due).filter(|(_, due)| *due);
            let reads = reads.map(|(((kind, query), listed), _)| one(exchange, query, *kind, &pool, listed));
            runtime.block_on(join_all(reads));
        });
        for (((kind, query), listed), due) in wanted.iter().zip(&mut all).zip(&mut due) {
            if !*due {
                continue;
            }
            let expired = listed.end == Err(Failure::Expired) && listed.restarts < RESTARTS;
            if expired || matches!(listed.end, Err(Failure::Forbidden(_) | Failure::NotFound)) {
                intake.take_back(*kind);
            }
            *due = expired;
            if expired {
                *listed = Listed { restarts: listed.restarts + 1, ..Listed::default() };
                tracing::info!(path = query.path, listed.restarts, "the list expired: from the beginning");
            }
        }
    }
    all
}

/// Reads a list to its end, and hands what is on it to the decoders.
async fn one(
    exchange: &Exchange,
    query: &Query<'_>,
    kind: Kind,
    pool: &RefCell<&mut DecodePool<'_>>,
    listed: &mut Listed,
) {
    let Listed { count, versions, end, .. } = listed;
    let mut take = |page: &Page| {
        let pool = &mut **pool.borrow_mut();
        for (heading, text) in page.items() {
            *count += 1;
            give(pool, kind, &heading, text);
            // Only those are looked at again.
            if kind == Kind::Certificate {
                versions.insert(heading.key, heading.version);
            }
        }
    };
    *end = pages(exchange, query, OBJECTS, &mut take).await;
}

/// Asks for page after page, and has each taken while the next one is on its way.
pub(super) async fn pages(
    exchange: &Exchange,
    query: &Query<'_>,
    accept: &'static str,
    take: &mut dyn FnMut(&Page),
) -> Result<(), Failure> {
    let mut page = exchange.get(&query.page(""), accept, Page::cut).await?;
    let mut token = String::new();
    loop {
        let Some(next) = page.next.take() else {
            take(&page);
            return Ok(());
        };
        // A server that gives the same token again would be asked for ever.
        if next == token {
            take(&page);
            return Err(Failure::Garbage("the next page is this one".to_owned()));
        }
        token = next;
        let path = query.page(&token);
        let taken = async {
            // Let the request go out first.
            yield_now().await;
            take(&page);
        };
        let (following, ()) = join(exchange.get(&path, accept, Page::cut), taken).await;
        page = following?;
    }
}

/// Hands an object to the decoders.
pub(super) fn give(pool: &mut DecodePool<'_>, kind: Kind, heading: &Heading, text: &[u8]) {
    let label = Label { kind, namespace: &heading.key.namespace, name: &heading.key.name };
    // Copying cannot fail.
    let _ = pool.give(label, text.len(), |room| {
        room.copy_from_slice(text);
        Ok(Copy::New)
    });
}
