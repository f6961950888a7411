//! A list, page by page, until its end or until it cannot be had.

use std::collections::HashMap;

use futures_util::future::join;
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

/// Reads a list. Of one that expires and is begun anew, or is refused, nothing is kept.
pub(super) fn list(
    runtime: &tokio::runtime::Runtime,
    exchange: &Exchange,
    query: &Query<'_>,
    (kind, texts): (Kind, Texts),
    intake: &mut dyn Intake,
) -> Listed {
    let mut restarts = 0;
    loop {
        let mut listed = Listed { count: 0, versions: Versions::new(), end: Ok(()), restarts };
        let Listed { count, versions, end, .. } = &mut listed;
        let mut accept = |(outcome, _): Decoded| intake.take(outcome);
        with_pool(texts, &mut accept, |pool| {
            let mut take = |page: &Page| {
                for (heading, text) in page.items() {
                    *count += 1;
                    give(pool, kind, &heading, text);
                    // Only those are looked at again.
                    if kind == Kind::Certificate {
                        versions.insert(heading.key, heading.version);
                    }
                }
            };
            *end = runtime.block_on(pages(exchange, query, OBJECTS, &mut take));
        });
        let begins_anew = listed.end == Err(Failure::Expired) && restarts < RESTARTS;
        if begins_anew || matches!(listed.end, Err(Failure::Forbidden(_) | Failure::NotFound)) {
            intake.take_back();
        }
        if !begins_anew {
            return listed;
        }
        restarts += 1;
        tracing::info!(path = query.path, restarts, "the list expired: from the beginning");
    }
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
pub(super) fn give(pool: &mut DecodePool, kind: Kind, heading: &Heading, text: &[u8]) {
    let label = Label { kind, namespace: &heading.key.namespace, name: &heading.key.name };
    // Copying cannot fail.
    let _ = pool.give(label, text.len(), |buffer| {
        buffer.extend_from_slice(text);
        Ok(Copy::New)
    });
}
