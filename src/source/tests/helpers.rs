use std::io::Write;

use crate::coverage::Impact;
use crate::source::{Loaded, load_bytes};

/// A Certificate as compact JSON, keys sorted as the API server sorts them.
pub(super) fn certificate(namespace: &str, name: &str) -> String {
    format!(
        r#"{{"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{{"name":"{name}","namespace":"{namespace}"}},"spec":{{"dnsNames":["{name}.example"],"secretName":"{name}-tls"}}}}"#
    )
}

/// A Secret without a certificate, as compact JSON.
pub(super) fn secret(namespace: &str, name: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","data":{{"token":"QUJD"}},"kind":"Secret","metadata":{{"name":"{name}","namespace":"{namespace}"}},"type":"Opaque"}}"#
    )
}

pub(super) fn list(items: &[String]) -> String {
    format!(r#"{{"apiVersion":"v1","items":[{}],"kind":"List","metadata":{{}}}}"#, items.join(","))
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn tar(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, text) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o755);
        // Written by hand: the builder refuses paths that hostile archives have.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        builder.append(&header, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Problems as lines: `!` for what is missing and `.` for notes, place, object, message.
pub(super) fn problems(loaded: &Loaded) -> Vec<String> {
    let line = |p: &crate::coverage::Problem| {
        let mark = if p.impact == Impact::Missing { '!' } else { '.' };
        let object = p.object.as_ref().map(|object| format!("{object} | ")).unwrap_or_default();
        format!("{mark} {} | {object}{}", p.location, p.message)
    };
    loaded.world.coverage.inputs.iter().flat_map(|input| &input.problems).map(line).collect()
}

/// All names of readable Certificates and Secrets, then of broken objects.
pub(super) fn names(loaded: &Loaded) -> Vec<String> {
    let read = loaded.world.iter().map(|o| format!("{} {}", o.kind(), o.metadata().key()));
    let broken = loaded.world.broken().map(|(kind, key, _)| format!("broken {kind} {key}"));
    read.chain(broken).collect()
}

pub(super) fn read(bytes: impl AsRef<[u8]>) -> Loaded {
    load_bytes("in", bytes.as_ref())
}
