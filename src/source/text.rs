//! Whole texts in memory that is overwritten after use.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// The largest text that is held in memory. A kubectl dump of a million Secrets stays below it.
const LIMIT: usize = 8 << 30;

/// A text and what ended it.
pub(super) struct Text {
    /// What was read.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Why reading stopped before the end.
    pub(super) error: Option<io::Error>,
}

/// Reads to the end; an error does not lose what came before it.
pub(super) fn read_all(mut reader: impl Read, expected: usize) -> Text {
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more than expected, so that the end is seen without growing.
    if let Err(error) = reserve(&mut bytes, expected.clamp(64 << 10, 1 << 30).saturating_add(1)) {
        return Text { bytes, error: Some(error) };
    }
    loop {
        let length = bytes.len();
        if length == bytes.capacity()
            && let Err(error) = reserve(&mut bytes, length)
        {
            return Text { bytes, error: Some(error) };
        }
        let room = bytes.capacity() - length;
        let step = room.min(1 << 20);
        bytes.resize(length + step, 0);
        let read = reader.read(bytes.get_mut(length..).unwrap_or_default());
        bytes.truncate(length + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => return Text { bytes, error: None },
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Text { bytes, error: Some(error) },
        }
    }
}

/// Appends a piece of a text whose length is not known.
///
/// # Errors
/// When it becomes too long, or memory is short.
pub(super) fn append(bytes: &mut Zeroizing<Vec<u8>>, piece: &[u8]) -> io::Result<()> {
    if bytes.capacity() - bytes.len() < piece.len() {
        let more = bytes.len().max(piece.len()).max(64 << 10);
        reserve(bytes, more)?;
    }
    bytes.extend_from_slice(piece);
    Ok(())
}

/// Makes room by copying into a new buffer, so that the old one is overwritten and not just given back.
fn reserve(bytes: &mut Zeroizing<Vec<u8>>, more: usize) -> io::Result<()> {
    let capacity = bytes.len().saturating_add(more);
    if capacity > LIMIT {
        return Err(io::Error::other("more than 8 GiB of text"));
    }
    let mut larger = Zeroizing::new(Vec::new());
    larger.try_reserve_exact(capacity).map_err(|_| io::Error::other("not enough memory"))?;
    larger.extend_from_slice(bytes);
    *bytes = larger;
    Ok(())
}

/// UTF-16 with a byte order mark, as PowerShell redirects it, made UTF-8; a UTF-8 mark is taken away.
pub(super) fn to_utf8(bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let unit: fn([u8; 2]) -> u16 = match *bytes {
        _ if bytes.starts_with(&[0xff, 0xfe]) => u16::from_le_bytes,
        _ if bytes.starts_with(&[0xfe, 0xff]) => u16::from_be_bytes,
        _ if bytes.starts_with(&[0xef, 0xbb, 0xbf]) => {
            let mut bytes = bytes;
            bytes.drain(..3);
            return bytes;
        }
        _ => return bytes,
    };
    let (pairs, _) = bytes.get(2..).unwrap_or_default().as_chunks::<2>();
    let mut text = Zeroizing::new(Vec::new());
    // Three bytes of UTF-8 for two of UTF-16 is the worst case.
    text.reserve_exact(pairs.len().saturating_mul(3));
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let c = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    text
}
