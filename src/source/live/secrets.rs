//! Which Secrets are read, and how: as few as can be.
//!
//! Wanted are those that a Certificate names (its own, the one with its next key, the passwords of its keystores), those
//! that an issuer refers to, and those that cert-manager labelled (1.12+). The labelled ones come as one list. What is then
//! still missing of the names is asked for namespace by namespace: few names each with a GET of its own; for many, first
//! one page of the Secrets of type `kubernetes.io/tls`, no longer than the GETs would be in bytes, and GETs for what was not
//! on it. So what is transferred beyond need stays below a twelfth. A name that is answered with 404 does not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use zeroize::Zeroizing;

use super::LiveOptions;
use super::collection::Collection;
use super::exchange::OBJECTS;
use super::failure::Failure;
use super::intake::Filing;
use super::list::{Listed, Query, give, list};
use super::page::{Heading, Page};
use super::reader::Reader;
use crate::coverage::Impact;
use crate::object::decode::Outcome;
use crate::object::json_scan::{skip_space, value_end};
use crate::object::secret::FAO_LABEL;
use crate::object::{Kind, NamespacedName};
use crate::release;
use crate::source::decode_pool::{Decoded, with_pool};
use crate::world::World;

/// Names by namespace.
pub(super) type Names = BTreeMap<Arc<str>, BTreeSet<Arc<str>>>;

/// From so many names on, a page of a list is tried before single GETs.
const MANY: usize = 8;

/// A request and its head cost about a twelfth of the Secret of a certificate (0.4 of 5 KB): a list may bring that many more.
const OVERHEAD: usize = 12;

/// GETs that are under way at the same time.
const ABREAST: usize = 8;

/// After so many refusals and no answer the other Secrets of a namespace are not asked for: the right is missing there.
const REFUSALS: usize = 3;

/// Whether there is one list of all that cert-manager labelled.
pub(super) const fn are_listed(options: &LiveOptions) -> bool {
    !options.no_secrets && options.selector.is_empty() && options.namespaces.is_empty()
}

/// The selector of what cert-manager labelled.
pub(super) fn label() -> String {
    format!("{FAO_LABEL}=true")
}

/// Reads the Secrets that decide something; `labelled` is how the list of those with cert-manager's label ended, if it was read.
pub(super) fn read(reader: &mut Reader<'_, '_>, labelled: Option<Listed>) {
    let secrets = Collection::new(Kind::Secret, "", "v1");
    if reader.options.no_secrets {
        let message = "Secrets were not read (--no-secrets): what only they can tell is unknown";
        return reader.collector.problem(secrets.path(None), message, Impact::Note);
    }
    let mut names = names(reader);
    let mut refused = BTreeMap::new();
    match labelled {
        Some(listed) => said(reader, &secrets.path(None), listed),
        None => list_labelled(reader, &secrets),
    }
    take_off(reader.collector.world(), &mut names);
    for (namespace, wanted) in names {
        if let Err(failure) = in_namespace(reader, &secrets, &namespace, wanted) {
            refused.insert(namespace, failure);
        }
    }
    let mut known: BTreeSet<Arc<str>> = reader.namespaces.clone();
    known.extend(reader.collector.world().certificates().map(|certificate| certificate.metadata.namespace.clone()));
    known.extend(resource_namespace(reader).map(Arc::from));
    known.retain(|namespace| !refused.contains_key(namespace));
    name_refused(reader, &secrets, &refused);
    if !known.is_empty() {
        reader.collector.secrets_are_whole(known);
    }
}

/// Where the Secrets of ClusterIssuers are, as far as that is known.
fn resource_namespace(reader: &Reader<'_, '_>) -> Option<String> {
    let given = reader.options.cluster_resource_namespace.clone();
    let flags = release::detect(reader.collector.world()).map(|detected| detected.flags).unwrap_or_default();
    reader.collector.world().cluster_issuers().next()?;
    Some(given.unwrap_or(flags.cluster_resource_namespace))
}

/// All Secrets that something names.
fn names(reader: &Reader<'_, '_>) -> Names {
    let world = reader.collector.world();
    let mut names = Names::new();
    named_by_certificates(world, |_| true, &mut names);
    for issuer in world.issuers() {
        for reference in issuer.secret_references() {
            add(&mut names, &issuer.metadata.namespace, &reference.name);
        }
    }
    if let Some(namespace) = resource_namespace(reader) {
        for reference in world.cluster_issuers().flat_map(|issuer| issuer.secret_references()) {
            add(&mut names, &namespace, &reference.name);
        }
    }
    names
}

/// The Secrets that these Certificates name.
pub(super) fn named_by_certificates(world: &World, these: impl Fn(&NamespacedName) -> bool, names: &mut Names) {
    for certificate in world.certificates().filter(|certificate| these(&certificate.metadata.key())) {
        let namespace = &certificate.metadata.namespace;
        add(names, namespace, &certificate.spec.secret_name);
        add(names, namespace, certificate.status.next_private_key_secret_name.as_deref().unwrap_or_default());
        let keystores = certificate.spec.keystores.as_deref();
        let stores = keystores.into_iter().flat_map(|stores| [stores.jks.as_ref(), stores.pkcs12.as_ref()]);
        for store in stores.flatten() {
            add(names, namespace, &store.password_secret_ref.name);
        }
    }
}

fn add(names: &mut Names, namespace: &str, name: &str) {
    if !name.is_empty() {
        names.entry(namespace.into()).or_default().insert(name.into());
    }
}

/// Reads what cert-manager labelled. Where that may not be listed, the names are all there is.
fn list_labelled(reader: &mut Reader<'_, '_>, secrets: &Collection) {
    // With -l only the Secrets of some Certificates are wanted.
    if !reader.options.selector.is_empty() {
        return;
    }
    let mut scopes: Vec<Option<Arc<str>>> = vec![None];
    if !reader.options.namespaces.is_empty() {
        scopes = reader.namespaces.iter().cloned().map(Some).collect();
    }
    let label = label();
    for namespace in scopes {
        let path = secrets.path(namespace.as_deref());
        let query = Query { labels: &label, ..Query::all(&path, reader.options.chunk_size) };
        let what = (Kind::Secret, reader.collector.texts());
        let mut intake = Filing::new(reader.collector, &[(Kind::Secret, &path)]);
        let listed = list(reader.runtime, reader.exchange, &query, what, &mut intake);
        said(reader, &path, listed);
    }
}

/// Says how the list of what is labelled ended.
fn said(reader: &mut Reader<'_, '_>, path: &str, listed: Listed) {
    // What may not be listed is asked for by name.
    if let Some(failure) = listed.end.err().filter(|failure| !matches!(failure, Failure::Forbidden(_))) {
        reader.failed(path, "secrets with cert-manager's label", &failure, Impact::Missing);
    }
    reader.collector.advanced(reader.exchange.traffic().bytes, None);
}

/// Takes what was read off the names.
fn take_off(world: &World, names: &mut Names) {
    for (namespace, wanted) in names {
        wanted.retain(|name| {
            let key = NamespacedName::new(namespace.clone(), name.clone());
            world.secret(&key).is_none() && world.broken_object(Kind::Secret, &key).is_none()
        });
    }
}

/// Reads Secrets of one namespace by name.
///
/// # Errors
/// When all of them are refused.
pub(super) fn in_namespace(
    reader: &mut Reader<'_, '_>,
    secrets: &Collection,
    namespace: &str,
    mut wanted: BTreeSet<Arc<str>>,
) -> Result<(), Failure> {
    if wanted.len() >= MANY {
        first_page(reader, secrets, namespace, &mut wanted);
    }
    // One after the other until one is answered: then the right is there.
    let mut refusals = Vec::new();
    while let Some(name) = wanted.pop_first() {
        let got = singles(reader, secrets, namespace, &BTreeSet::from([name.clone()]));
        match got.into_iter().next() {
            Some((name, failure @ Failure::Forbidden(_))) => refusals.push((name, failure)),
            Some((name, failure)) => {
                unreadable(reader, secrets, namespace, &name, &failure);
                break;
            }
            None => break,
        }
        if refusals.len() == REFUSALS || wanted.is_empty() {
            return Err(refusals.swap_remove(0).1);
        }
    }
    let failures = singles(reader, secrets, namespace, &wanted);
    for (name, failure) in refusals.into_iter().chain(failures) {
        unreadable(reader, secrets, namespace, &name, &failure);
    }
    Ok(())
}

/// Tries a page of the Secrets of certificates that is no larger than the GETs would be; nothing is lost if it fails.
fn first_page(reader: &mut Reader<'_, '_>, secrets: &Collection, namespace: &str, wanted: &mut BTreeSet<Arc<str>>) {
    let path = secrets.path(Some(namespace));
    let room = u32::try_from(wanted.len() + wanted.len() / OVERHEAD).unwrap_or(u32::MAX);
    let query = Query { fields: "type=kubernetes.io/tls", ..Query::all(&path, room) };
    let mut outcomes = Vec::new();
    let mut accept = |(outcome, _): Decoded| outcomes.push(outcome);
    let (runtime, exchange) = (reader.runtime, reader.exchange);
    with_pool(reader.collector.texts(), &mut accept, |pool| {
        let page = runtime.block_on(exchange.get(&query.page(""), OBJECTS, Page::cut));
        for (heading, text) in page.iter().flat_map(Page::items) {
            if wanted.remove(&heading.key.name) || heading.speaks_of_cert_manager {
                give(pool, Kind::Secret, &heading, text);
            }
        }
    });
    reader.take(&path, outcomes);
}

/// Gets Secrets one by one, several at a time; gives back those that could not be had. What is not there is no failure.
fn singles(
    reader: &mut Reader<'_, '_>,
    secrets: &Collection,
    namespace: &str,
    wanted: &BTreeSet<Arc<str>>,
) -> Vec<(Arc<str>, Failure)> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut outcomes = Vec::new();
    let mut failures = Vec::new();
    let mut accept = |(outcome, _): Decoded| outcomes.push(outcome);
    let (runtime, exchange) = (reader.runtime, reader.exchange);
    with_pool(reader.collector.texts(), &mut accept, |pool| {
        let got = stream::iter(wanted).map(|name| async move {
            let path = secrets.object(namespace, name);
            (name, exchange.get(&path, OBJECTS, whole).await)
        });
        runtime.block_on(got.buffered(ABREAST).for_each(|(name, got)| {
            match got {
                Ok(text) => give(pool, Kind::Secret, &Heading::of(&text), &text),
                Err(Failure::NotFound) => {}
                Err(failure) => failures.push((name.clone(), failure)),
            }
            std::future::ready(())
        }));
    });
    reader.take(&secrets.path(Some(namespace)), outcomes);
    failures
}

/// An object must be a whole one; what is wrong inside it is found when it is decoded.
fn whole(text: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let heading = Heading::of(&text);
    let ends = value_end(&text, skip_space(&text, 0)).is_ok();
    if heading.key.name.is_empty() || !ends {
        return Err(Failure::Garbage("it is no object".to_owned()));
    }
    Ok(text)
}

/// A Secret of which nothing is known: it may be there.
fn unreadable(reader: &mut Reader<'_, '_>, secrets: &Collection, namespace: &str, name: &str, failure: &Failure) {
    let key = NamespacedName::new(namespace, name);
    let outcome = Outcome::Broken { kind: Kind::Secret, key, error: failure.to_string(), notes: Vec::new() };
    reader.take(&secrets.object(namespace, name), vec![outcome]);
}

/// Names the namespaces whose Secrets are forbidden; one sentence where it is all of them.
fn name_refused(reader: &mut Reader<'_, '_>, secrets: &Collection, refused: &BTreeMap<Arc<str>, Failure>) {
    let none_read = reader.collector.world().secrets().next().is_none();
    if let (true, Some((_, failure))) = (none_read && refused.len() > 1, refused.first_key_value()) {
        let what = format!("secrets in each of {} namespaces", refused.len());
        return reader.failed(&secrets.path(None), &what, failure, Impact::Missing);
    }
    for (namespace, failure) in refused {
        let what = format!("secrets in namespace {namespace}");
        reader.failed(&secrets.path(Some(namespace)), &what, failure, Impact::Missing);
    }
}
