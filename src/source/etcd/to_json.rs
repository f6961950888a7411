//! From a protobuf message to the JSON text that the API would give of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::message::{Row, Shape};
use super::wire::{Field, NoMessage, Value, bytes_of, fields};
use crate::time::Time;

/// Why a message cannot be written as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unwritable {
    /// The bytes are no message.
    #[error(transparent)]
    NoMessage(#[from] NoMessage),
    /// A field holds another type than its own.
    #[error("{0} is of another type than it should be")]
    Type(&'static str),
    /// A text that is none.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
}

/// The JSON of an object, in memory that is overwritten after use, as it may be that of a Secret.
pub(super) fn to_json(
    api_version: &str,
    kind: &str,
    message: &[u8],
    rows: &[Row],
) -> Result<Zeroizing<Vec<u8>>, Unwritable> {
    // Base64 takes a third more; what escapes take is mostly made up for by the fields that are left out.
    let mut writer = Writer { text: Zeroizing::new(Vec::with_capacity(message.len().saturating_mul(3) / 2 + 256)) };
    writer.put(b"{\"apiVersion\":");
    writer.text(api_version);
    writer.put(b",\"kind\":");
    writer.text(kind);
    writer.rows(message, rows, false)?;
    writer.put(b"}");
    Ok(writer.text)
}

struct Writer {
    text: Zeroizing<Vec<u8>>,
}

impl Writer {
    /// Makes room by moving into a new buffer, so that the old one is overwritten and not just given back.
    fn reserve(&mut self, more: usize) {
        let length = self.text.len().saturating_add(more);
        if length > self.text.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.saturating_mul(2)));
            larger.extend_from_slice(&self.text);
            self.text = larger;
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.text.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.put(b"\"");
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.put(text.as_bytes().get(plain..at).unwrap_or_default());
            match byte {
                b'"' | b'\\' => self.put(&[b'\\', byte]),
                _ => self.put(format!("\\u{byte:04x}").as_bytes()),
            }
            plain = at + 1;
        }
        self.put(text.as_bytes().get(plain..).unwrap_or_default());
        self.put(b"\"");
    }

    fn base64(&mut self, bytes: &[u8]) {
        let length = bytes.len().div_ceil(3).saturating_mul(4);
        self.reserve(length + 2);
        self.put(b"\"");
        let start = self.text.len();
        self.text.resize(start + length, 0);
        // The room is exactly what padded base64 takes.
        let written = STANDARD.encode_slice(bytes, self.text.get_mut(start..).unwrap_or_default());
        self.text.truncate(start + written.unwrap_or_default());
        self.put(b"\"");
    }

    /// Writes the fields of a message; `first` says that nothing stands before them.
    fn rows(&mut self, message: &[u8], rows: &[Row], mut first: bool) -> Result<(), Unwritable> {
        for row in rows {
            let begin = self.text.len();
            if !first {
                self.put(b",");
            }
            self.text(row.name);
            self.put(b":");
            if self.row(message, row)? {
                first = false;
            } else {
                self.text.truncate(begin);
            }
        }
        Ok(())
    }

    fn message(&mut self, message: &[u8], rows: &[Row]) -> Result<(), Unwritable> {
        self.put(b"{");
        self.rows(message, rows, true)?;
        self.put(b"}");
        Ok(())
    }

    /// Writes the value of a field; `false` when there is none.
    fn row(&mut self, message: &[u8], row: &Row) -> Result<bool, Unwritable> {
        match row.shape {
            Shape::Texts => self.list(message, row, &mut |writer, bytes| {
                writer.text(utf8(bytes, row.name)?);
                Ok(())
            }),
            Shape::Messages(rows) => self.list(message, row, &mut |writer, bytes| writer.message(bytes, rows)),
            Shape::TextMap => self.map(message, row, &mut |writer, bytes| {
                writer.text(utf8(bytes, row.name)?);
                Ok(())
            }),
            Shape::BytesMap => self.map(message, row, &mut |writer, bytes| {
                writer.base64(bytes);
                Ok(())
            }),
            Shape::Text | Shape::Number | Shape::Truth | Shape::Time | Shape::Message(_) => {
                // Of several the last one counts.
                let mut last = None;
                for field in fields(message) {
                    last = Some(field?).filter(|field| field.number == row.number).or(last);
                }
                last.map_or(Ok(false), |field| self.single(field, row))
            }
        }
    }

    fn single(&mut self, field: Field<'_>, row: &Row) -> Result<bool, Unwritable> {
        match (row.shape, field.value) {
            (Shape::Text, Value::Bytes(bytes)) => {
                self.text(utf8(bytes, row.name)?);
                Ok(!bytes.is_empty())
            }
            // Protobuf writes a negative int32 or int64 as its two's complement of 64 bits.
            (Shape::Number, Value::Varint(value)) => {
                self.put(value.cast_signed().to_string().as_bytes());
                Ok(true)
            }
            (Shape::Truth, Value::Varint(value)) => {
                self.put(if value == 0 { b"false" } else { b"true" });
                Ok(true)
            }
            (Shape::Time, Value::Bytes(bytes)) => self.time(bytes),
            (Shape::Message(rows), Value::Bytes(bytes)) => self.message(bytes, rows).map(|()| true),
            _ => Err(Unwritable::Type(row.name)),
        }
    }

    /// `Timestamp`: seconds and nanoseconds, of which JSON keeps the seconds.
    fn time(&mut self, message: &[u8]) -> Result<bool, Unwritable> {
        let mut seconds = 0;
        for field in fields(message) {
            let field = field?;
            if let (1, Value::Varint(value)) = (field.number, field.value) {
                seconds = value.cast_signed();
            }
        }
        let time = Time(seconds);
        // A time that no calendar has would be written as something that is none.
        if message.is_empty() || time.civil().is_none_or(|civil| civil.year() < 0) {
            return Ok(false);
        }
        self.text(&time.to_string());
        Ok(true)
    }

    fn list(&mut self, message: &[u8], row: &Row, write: Write<'_>) -> Result<bool, Unwritable> {
        let mut any = false;
        for field in fields(message) {
            let field = field?;
            if field.number != row.number {
                continue;
            }
            let Value::Bytes(bytes) = field.value else { return Err(Unwritable::Type(row.name)) };
            self.put(if any { b"," } else { b"[" });
            any = true;
            write(self, bytes)?;
        }
        self.put(b"]");
        Ok(any)
    }

    fn map(&mut self, message: &[u8], row: &Row, write: Write<'_>) -> Result<bool, Unwritable> {
        let mut any = false;
        for field in fields(message) {
            let field = field?;
            if field.number != row.number {
                continue;
            }
            let Value::Bytes(entry) = field.value else { return Err(Unwritable::Type(row.name)) };
            self.put(if any { b"," } else { b"{" });
            any = true;
            let key = bytes_of(entry, 1)?.unwrap_or_default();
            self.text(utf8(key, row.name)?);
            self.put(b":");
            write(self, bytes_of(entry, 2)?.unwrap_or_default())?;
        }
        self.put(b"}");
        Ok(any)
    }
}

type Write<'w> = &'w mut dyn FnMut(&mut Writer, &[u8]) -> Result<(), Unwritable>;

fn utf8<'t>(bytes: &'t [u8], name: &'static str) -> Result<&'t str, Unwritable> {
    std::str::from_utf8(bytes).map_err(|_| Unwritable::NotUtf8(name))
}
