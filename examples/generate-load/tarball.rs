//! The tarball: format 1.1.0, every object twice with the same bytes.

use std::io::{BufWriter, Write};

use anyhow::Result;
use flate2::{Compression, GzBuilder, write::GzEncoder};
use reissue_audit::time::Time;
use tar::{Builder, EntryType, Header};

/// One object of the backup.
pub(crate) struct Entry {
    /// Velero's name of the resource, e.g. `certificates.cert-manager.io`.
    pub(crate) resource: &'static str,
    /// The namespace; empty for cluster-scoped objects.
    pub(crate) namespace: String,
    /// The object's name.
    pub(crate) name: String,
    /// The object as the API server gave it, in Go's JSON.
    pub(crate) json: Vec<u8>,
}

/// A backup being written.
pub(crate) struct Tarball<W: Write> {
    builder: Builder<GzEncoder<BufWriter<W>>>,
    written_at: u64,
}

impl<W: Write> Tarball<W> {
    /// Begins with the format's version, as Velero does.
    pub(crate) fn start(writer: W, now: Time) -> Result<Self> {
        let gzip = GzBuilder::new().operating_system(255).write(BufWriter::new(writer), Compression::default());
        let mut tarball = Self { builder: Builder::new(gzip), written_at: u64::try_from(now.0)? };
        tarball.file("metadata/version", b"1.1.0\n")?;
        Ok(tarball)
    }

    /// Writes an object under its plain path and under that of the preferred version.
    pub(crate) fn append(&mut self, entry: &Entry) -> Result<()> {
        let place = if entry.namespace.is_empty() {
            format!("cluster/{}.json", entry.name)
        } else {
            format!("namespaces/{}/{}.json", entry.namespace, entry.name)
        };
        self.file(&format!("resources/{}/{place}", entry.resource), &entry.json)?;
        self.file(&format!("resources/{}/v1-preferredversion/{place}", entry.resource), &entry.json)
    }

    /// Writes several objects.
    pub(crate) fn append_all(&mut self, entries: &[Entry]) -> Result<()> {
        entries.iter().try_for_each(|entry| self.append(entry))
    }

    /// Ends the tar and the gzip stream.
    pub(crate) fn finish(self) -> Result<()> {
        self.builder.into_inner()?.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.flush()?;
        Ok(())
    }

    fn file(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o755);
        header.set_mtime(self.written_at);
        header.set_size(bytes.len() as u64);
        self.builder.append_data(&mut header, path, bytes)?;
        Ok(())
    }
}
