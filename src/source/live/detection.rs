//! What tells which cert-manager runs, and with which flags: its Deployment, else the labels of its
//! CustomResourceDefinitions.

use std::collections::BTreeSet;

use super::collection::Collection;
use super::discovery::plural;
use super::failure::Failure;
use super::list::{Query, list};
use super::reader::Reader;
use super::{ACME, CERT_MANAGER, GATEWAY};
use crate::coverage::Impact;
use crate::object::decode::{Outcome, Texts, decode};
use crate::object::{Kind, Object};
use crate::release::is_controller;

/// The label that the chart and the static manifests put on cert-manager's Deployments (`deploy/charts/cert-manager` at
/// every tag since v1.8); other products use it too.
const COMPONENTS: &str = "app.kubernetes.io/component in (cainjector,controller,webhook)";

/// The namespace that the documentation installs cert-manager into.
const USUAL_NAMESPACE: &str = "cert-manager";

/// The kinds of cert-manager's that have CustomResourceDefinitions.
const OWN_CRDS: [(&str, &str); 6] = [
    (CERT_MANAGER, "certificates"),
    (CERT_MANAGER, "certificaterequests"),
    (CERT_MANAGER, "issuers"),
    (CERT_MANAGER, "clusterissuers"),
    (ACME, "orders"),
    (ACME, "challenges"),
];

/// The kinds of the Gateway API without which a controller may not start.
const GATEWAY_CRDS: [(&str, &str); 2] = [(GATEWAY, "gateways"), (GATEWAY, "listenersets")];

/// Reads cert-manager's Deployments: those with its labels, and only if the controller is not among them all others.
pub(super) fn deployments(reader: &mut Reader<'_, '_>) {
    let collection = Collection::new(Kind::Deployment, "apps", "v1");
    let path = collection.path(None);
    let everywhere = Query::all(&path, reader.options.chunk_size);
    let labelled = Query { labels: COMPONENTS, ..everywhere };
    for query in [labelled, everywhere] {
        let (outcomes, end) = ask(reader, &query);
        match end {
            Ok(()) if query.labels.is_empty() || has_controller(&outcomes) => {
                reader.take(&path, outcomes);
                return reader.collector.kind_is_whole(Kind::Deployment);
            }
            Ok(()) => {}
            Err(failure) => {
                reader.take(&path, outcomes);
                return elsewhere(reader, &collection, &failure);
            }
        }
    }
}

/// Looks where cert-manager usually is, and where the user looks.
fn elsewhere(reader: &mut Reader<'_, '_>, collection: &Collection, failure: &Failure) {
    if matches!(failure, Failure::Forbidden(_)) {
        let mut namespaces: BTreeSet<String> = reader.options.namespaces.iter().cloned().collect();
        namespaces.insert(USUAL_NAMESPACE.to_owned());
        for namespace in namespaces {
            let path = collection.path(Some(&namespace));
            let query = Query { labels: COMPONENTS, ..Query::all(&path, reader.options.chunk_size) };
            let (outcomes, _) = ask(reader, &query);
            if has_controller(&outcomes) {
                return reader.take(&path, outcomes);
            }
        }
    }
    let what = format!("{}: which cert-manager runs here is not known from its Deployment", collection.resource);
    reader.failed(&collection.path(None), &what, failure, Impact::Missing);
}

fn ask(reader: &Reader<'_, '_>, query: &Query<'_>) -> (Vec<Outcome>, Result<(), Failure>) {
    let mut outcomes = Vec::new();
    let listed = list(reader.runtime, reader.exchange, query, (Kind::Deployment, Texts::Forget), &mut outcomes);
    (outcomes, listed.end)
}

fn has_controller(outcomes: &[Outcome]) -> bool {
    outcomes.iter().any(|outcome| match outcome {
        Outcome::Read { object: Object::Deployment(deployment), .. } => is_controller(deployment),
        _ => false,
    })
}

/// Gets the CustomResourceDefinitions that decide something, by name: all of a cluster's would be many megabytes.
pub(super) fn crds(reader: &mut Reader<'_, '_>) {
    let crds = Collection::new(Kind::Crd, "apiextensions.k8s.io", "v1");
    let mut names: BTreeSet<String> =
        OWN_CRDS.iter().chain(&GATEWAY_CRDS).map(|(group, plural)| format!("{plural}.{group}")).collect();
    let mut refused = None;
    match external(reader) {
        Ok(found) => names.extend(found),
        Err(failure) => refused = Some(failure),
    }
    for name in &names {
        let path = crds.object("", name);
        let answer = reader.runtime.block_on(reader.exchange.get(&path, super::exchange::OBJECTS, Ok));
        match answer {
            Ok(text) => reader.take(&path, vec![decode(&text, Some(Kind::Crd), Texts::Forget)]),
            Err(Failure::NotFound) => {}
            Err(failure) => refused = Some(failure),
        }
        if matches!(refused, Some(Failure::Forbidden(_))) {
            break;
        }
    }
    match refused {
        Some(failure) => {
            let what = format!("{}: which kinds of issuers there are is not known", crds.resource);
            reader.failed(&crds.path(None), &what, &failure, Impact::Missing);
            reader.collector.unread(Kind::Crd, "".into());
        }
        None => reader.collector.kind_is_whole(Kind::Crd),
    }
}

/// The names of the CustomResourceDefinitions of external issuers that Certificates refer to.
fn external(reader: &Reader<'_, '_>) -> Result<BTreeSet<String>, Failure> {
    let world = reader.collector.world();
    let references = world.certificates().map(|certificate| &certificate.spec.issuer_ref);
    let wanted: BTreeSet<(&str, &str)> = references
        .filter(|reference| !reference.is_builtin())
        .map(|reference| (&*reference.group, reference.kind_or_default()))
        .collect();
    let mut names = BTreeSet::new();
    for (group, kind) in wanted {
        for version in reader.groups.versions(group) {
            match reader.runtime.block_on(plural(reader.exchange, group, version, kind)) {
                Ok(Some(plural)) => {
                    names.insert(format!("{plural}.{group}"));
                    break;
                }
                Ok(None) | Err(Failure::NotFound) => {}
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok(names)
}
