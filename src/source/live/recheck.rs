//! What changed while it was read.
//!
//! A renewal that happens between two lists would look like a Secret that does not fit its request. Every issuance writes
//! the status of its Certificate first and last, so the versions of the Certificates are looked at again, without their
//! contents, after everything else was read. What differs is read again once with its requests and Secrets; what has
//! changed again by then is named.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::collection::Collection;
use super::exchange::{METADATA, OBJECTS};
use super::failure::Failure;
use super::list::{Query, Versions, pages};
use super::page::{Heading, Page};
use super::reader::{KindRead, Reader};
use super::secrets::{self, Names};
use crate::coverage::Impact;
use crate::object::decode::{Texts, decode};
use crate::object::{Kind, NamespacedName};

/// How often a list that expires is asked for.
const TRIES: u32 = 3;

/// Looks at the Certificates again.
pub(super) fn recheck(
    reader: &mut Reader<'_, '_>,
    certificates: &Collection,
    requests: Option<&Collection>,
    read: &KindRead,
) {
    let Some(now) = versions(reader, certificates, &read.scopes) else { return };
    let appeared = now.keys().filter(|key| !read.versions.contains_key(key));
    let differing = read.versions.iter().filter(|(key, version)| now.get(*key) != Some(*version)).map(|(key, _)| key);
    let changed: BTreeSet<NamespacedName> = appeared.chain(differing).cloned().collect();
    if changed.is_empty() {
        return;
    }
    let again = read_again(reader, certificates, requests, &changed);
    for key in changed {
        let path = certificates.object(&key.namespace, &key.name);
        let version = again.get(&key);
        let latest =
            reader.runtime.block_on(reader.exchange.get(&path, OBJECTS, |text| Ok(Heading::of(&text).version)));
        let (impact, what) = match latest {
            Ok(latest) if Some(&latest) == version => (Impact::Note, "it was read again"),
            Err(Failure::NotFound) if version.is_none() => (Impact::Note, "it is gone"),
            _ => {
                (Impact::Missing, "it was read again and has changed once more: what is said of it may mix two states")
            }
        };
        reader.collector.problem(path, format!("Certificate {key} changed while it was read: {what}"), impact);
    }
}

/// The versions that the Certificates have by now.
fn versions(reader: &mut Reader<'_, '_>, certificates: &Collection, scopes: &[Option<Arc<str>>]) -> Option<Versions> {
    let mut now = Versions::new();
    for namespace in scopes {
        let path = certificates.path(namespace.as_deref());
        let query = Query { labels: &reader.options.selector, ..Query::all(&path, reader.options.chunk_size) };
        let (mut here, mut end) = (Versions::new(), Err(Failure::Expired));
        for _ in 0..TRIES {
            here.clear();
            let mut take = |page: &Page| here.extend(page.items().map(|(heading, _)| (heading.key, heading.version)));
            end = reader.runtime.block_on(pages(reader.exchange, &query, METADATA, &mut take));
            if end != Err(Failure::Expired) {
                break;
            }
        }
        now.extend(here);
        if let Err(failure) = end {
            let what = "whether Certificates changed while they were read is not known";
            reader.failed(&path, what, &failure, Impact::Missing);
            return None;
        }
    }
    Some(now)
}

/// Reads Certificates anew, with the requests of their namespaces and the Secrets that they name by now.
fn read_again(
    reader: &mut Reader<'_, '_>,
    certificates: &Collection,
    requests: Option<&Collection>,
    changed: &BTreeSet<NamespacedName>,
) -> Versions {
    let mut versions = Versions::new();
    let mut names = Names::new();
    secrets::named_by_certificates(reader.collector.world(), |key| changed.contains(key), &mut names);
    for key in changed {
        let path = certificates.object(&key.namespace, &key.name);
        reader.collector.forget(Kind::Certificate, key);
        match reader.runtime.block_on(reader.exchange.get(&path, OBJECTS, Ok)) {
            Ok(text) => {
                versions.insert(key.clone(), Heading::of(&text).version);
                reader.take(&path, vec![decode(&text, Some(Kind::Certificate), Texts::Forget)]);
            }
            Err(Failure::NotFound) => {}
            Err(failure) => reader.failed(&path, &format!("Certificate {key}"), &failure, Impact::Missing),
        }
    }
    let namespaces: BTreeSet<Arc<str>> = changed.iter().map(|key| key.namespace.clone()).collect();
    if let Some(requests) = requests {
        for namespace in namespaces {
            reader.forget_all(Kind::CertificateRequest, &namespace);
            reader.kind_in(requests, namespace);
        }
    }
    secrets::named_by_certificates(reader.collector.world(), |key| changed.contains(key), &mut names);
    if !reader.options.no_secrets {
        let collection = Collection::new(Kind::Secret, "", "v1");
        for (namespace, wanted) in names {
            for name in &wanted {
                reader.collector.forget(Kind::Secret, &NamespacedName::new(namespace.clone(), name.clone()));
            }
            // That these are refused was said before.
            let _ = secrets::in_namespace(reader, &collection, &namespace, wanted);
        }
    }
    versions
}
