//! Writing files that others may be reading: the new text appears whole, or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;

/// Writes a file by way of a temporary one beside it, which then takes its name. A device or a pipe, and a file that cannot
/// be replaced (one that is mounted into a container), is written to as it is.
pub(super) fn replace(path: &Path, write: impl Fn(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    // Where a link stands, what it points at is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = fs::metadata(&target).ok();
    if existing.as_ref().is_none_or(fs::Metadata::is_file)
        && let Ok(mut temporary) = beside(&target)
    {
        fill(temporary.as_file_mut(), &write)?;
        if let Some(existing) = &existing {
            temporary.as_file().set_permissions(existing.permissions()).with_context(cannot)?;
        }
        if temporary.persist(&target).is_ok() {
            return Ok(());
        }
    }
    fill(&mut File::create(&target).with_context(cannot)?, &write).with_context(cannot)
}

fn fill(file: &mut File, write: &impl Fn(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    write(&mut out)?;
    Ok(out.flush()?)
}

/// A hidden file in the same folder, readable as a file made the ordinary way would be.
fn beside(target: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".reissue-audit-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
