//! Snapshots: what an audit looks at, written down without anything secret.
//!
//! A snapshot is gzip around lines of JSON. The first line is the header, then comes one line for each object in the order
//! of kinds, namespaces and names, then one for each object that exists and could not be read, and a last line that says how
//! many there were. It is made from the objects as they are held for an analysis, which never hold a private key; what
//! of that could still be secret is left out on the way. Everything that an analysis may ask of a private key,
//! for any release of cert-manager, stands there as the readings that each Go makes of it.
//!
//! The same objects give the same bytes.

mod format;
mod lean;
mod redact;
mod write;

pub(crate) use format::{Broken, End, Header, Line, Origin, SecretRecord, object_of};
pub use write::{Written, write};

/// How every snapshot begins, once it is unpacked.
pub(crate) const MARK: &[u8] = b"{\"reissueAuditSnapshot\":";

/// The version of the format that is written, and the newest that is read.
pub(crate) const FORMAT: u32 = 1;
