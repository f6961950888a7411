//! Skipping in a stream that only goes forward.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// A stream that can be moved forward. What is skipped is passed over in the buffer where it lies, not copied out of it:
/// of a Velero backup that is more than half.
pub(super) struct Forward<R> {
    inner: R,
    position: u64,
}

impl<R: BufRead> Forward<R> {
    /// Begins where the stream is.
    pub(super) const fn new(inner: R) -> Self {
        Self { inner, position: 0 }
    }
}

impl<R: BufRead> Read for Forward<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> Seek for Forward<R> {
    /// # Errors
    /// Those of the stream, its end, and [`io::ErrorKind::Unsupported`] for every way but forward from here.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(distance) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        let mut left = u64::try_from(distance).map_err(|_| io::Error::from(io::ErrorKind::Unsupported))?;
        while left > 0 {
            let there = match self.inner.fill_buf() {
                Ok([]) => return Err(io::Error::other("unexpected end of the archive")),
                Ok(buffer) => buffer.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let step = usize::try_from(left).map_or(there, |left| left.min(there));
            self.inner.consume(step);
            self.position += step as u64;
            left -= step as u64;
        }
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn what_is_skipped_is_what_would_have_been_read() {
        let bytes: Vec<u8> = (0..=99).collect();
        for capacity in [1, 7, 64, 1000] {
            let mut stream = Forward::new(BufReader::with_capacity(capacity, bytes.as_slice()));
            let mut two = [0; 2];
            let mut seen = Vec::new();
            for skip in [0, 1, 50, 12] {
                seen.push(stream.seek(SeekFrom::Current(skip)).unwrap());
                stream.read_exact(&mut two).unwrap();
                seen.extend(two.map(u64::from));
            }
            assert_eq!(seen, [0, 0, 1, 3, 3, 4, 55, 55, 56, 69, 69, 70], "buffer of {capacity}");
        }
    }

    #[test]
    fn neither_backwards_nor_beyond_the_end() {
        let mut stream = Forward::new(&b"abc"[..]);
        for to in [SeekFrom::Current(-1), SeekFrom::Start(0), SeekFrom::End(0)] {
            assert_eq!(stream.seek(to).unwrap_err().kind(), io::ErrorKind::Unsupported, "{to:?}");
        }
        assert_eq!(stream.seek(SeekFrom::Current(4)).unwrap_err().to_string(), "unexpected end of the archive");
    }
}
