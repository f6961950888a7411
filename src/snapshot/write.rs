//! Writing a snapshot.

use std::io::{self, BufWriter, Write};

use flate2::{Compression, GzBuilder};
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::lean::value;
use super::redact::{self, Redaction};
use super::{Broken, End, FORMAT, Header, Line};
use crate::coverage::{Coverage, Input, Problem};
use crate::object::Object;
use crate::source::Loaded;

/// Collects lines before they are compressed.
const BUFFER: usize = 64 << 10;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Objects, unreadable ones included.
    pub objects: usize,
    /// Private keys that were replaced by what they mean.
    pub keys: usize,
}

/// Writes what was read.
///
/// # Errors
/// Those of `out`.
pub fn write(loaded: &Loaded, out: impl Write) -> io::Result<Written> {
    // No time and no name in the header of gzip, so that the same input gives the same bytes.
    let mut out = BufWriter::with_capacity(BUFFER, GzBuilder::new().write(out, Compression::default()));
    let redaction = Redaction::of(&loaded.world);
    let mut written = Written::default();
    write_line(&mut out, &header(loaded))?;
    for object in loaded.world.iter() {
        write_line(&mut out, &line(object, &redaction)?)?;
        written.objects += 1;
        written.keys += usize::from(matches!(object, Object::Secret(secret) if secret.key.is_some()));
    }
    for (kind, key, broken) in loaded.world.broken() {
        let broken = Broken { key: key.clone(), error: redact::text(&broken.error), location: broken.location.clone() };
        write_line(&mut out, &Line { kind, object: None, request: None, broken: Some(broken) })?;
        written.objects += 1;
    }
    write_line(&mut out, &End { end: written.objects })?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.flush()?;
    Ok(written)
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

fn header(loaded: &Loaded) -> Header {
    let coverage = &loaded.world.coverage;
    Header {
        reissue_audit_snapshot: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        sources: coverage.inputs.iter().flat_map(Input::origins).collect(),
        problems: coverage.inputs.iter().flat_map(|input| &input.problems).map(problem).collect(),
        coverage: Coverage { inputs: Vec::new(), ..coverage.clone() },
        velero_backup: loaded.velero_backup.clone(),
        now: loaded.now,
    }
}

fn problem(problem: &Problem) -> Problem {
    Problem { message: redact::text(&problem.message), ..problem.clone() }
}

fn line(object: &Object, redaction: &Redaction) -> io::Result<Line> {
    let request = match object {
        Object::CertificateRequest(object) => Some((&object.spec.request).into()),
        _ => None,
    };
    let mut json = value(object);
    redaction.apply(object, &mut json);
    let json = to_raw_value(&json)?;
    Ok(Line { kind: object.kind(), object: Some(json), request, broken: None })
}
