//! Events about Certificates and their requests: what cert-manager itself said while something happened.

use std::sync::Arc;

use super::collection::Collection;
use super::intake::Filing;
use super::list::{Query, list};
use super::reader::Reader;
use crate::coverage::Impact;
use crate::object::Kind;

/// What the Events are about that somebody is told of.
const ABOUT: [&str; 2] = ["Certificate", "CertificateRequest"];

/// Reads them. They are evidence and decide nothing, so that nothing counts as missing without them.
pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let events = Collection::new(Kind::Event, "", "v1");
    let mut scopes: Vec<Option<Arc<str>>> = vec![None];
    if !reader.options.namespaces.is_empty() {
        scopes = reader.namespaces.iter().cloned().map(Some).collect();
    }
    for namespace in scopes {
        for kind in ABOUT {
            let path = events.path(namespace.as_deref());
            let fields = format!("involvedObject.kind={kind}");
            let query = Query { fields: &fields, ..Query::all(&path, reader.options.chunk_size) };
            let what = (Kind::Event, reader.collector.texts());
            let mut intake = Filing::new(reader.collector, &[(Kind::Event, &path)]);
            let listed = list(reader.runtime, reader.exchange, &query, what, &mut intake);
            if let Err(failure) = listed.end {
                let what = format!("events of {kind} objects, which nothing depends on");
                return reader.failed(&path, &what, &failure, Impact::Note);
            }
        }
    }
}
