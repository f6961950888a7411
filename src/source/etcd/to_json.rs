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

#[cfg(test)]
mod tests {
    use super::super::message::message;
    use super::*;
    use crate::object::Kind;

    /// A kind, its message, and its JSON behind `apiVersion` and `kind`.
    type Written = (Kind, &'static str, &'static [u8], Result<&'static str, Unwritable>);

    const MESSAGES: &[Written] = &[
        (Kind::Namespace, "v1", b"", Ok("")),
        (Kind::Namespace, "v1", b"\x0a\x03\x0a\x01a", Ok(r#","metadata":{"name":"a"}"#)),
        // The server writes empty fields too, and the zero time as an empty message.
        (
            Kind::Namespace,
            "v1",
            b"\x0a\x09\x0a\x01a\x1a\x00\x42\x00\x38\x00",
            Ok(r#","metadata":{"generation":0,"name":"a"}"#),
        ),
        (
            Kind::Namespace,
            "v1",
            b"\x0a\x04\x42\x02\x08\x01",
            Ok(r#","metadata":{"creationTimestamp":"1970-01-01T00:00:01Z"}"#),
        ),
        (Kind::Namespace, "v1", b"\x0a\x07\x0a\x01a\x0a\x02\"\n", Ok(r#","metadata":{"name":"\"\u000a"}"#)),
        (Kind::Namespace, "v1", b"\x0a\x08\x5a\x06\x0a\x01a\x12\x01b", Ok(r#","metadata":{"labels":{"a":"b"}}"#)),
        (Kind::Namespace, "v1", b"\x0a\x06\x72\x01a\x72\x01b", Ok(r#","metadata":{"finalizers":["a","b"]}"#)),
        (
            Kind::Namespace,
            "v1",
            b"\x0a\x04\x6a\x02\x30\x00",
            Ok(r#","metadata":{"ownerReferences":[{"controller":false}]}"#),
        ),
        (Kind::Secret, "v1", b"\x12\x07\x0a\x01k\x12\x02\x00\xff\x1a\x01T", Ok(r#","data":{"k":"AP8="},"type":"T""#)),
        (Kind::Secret, "v1", b"\x12\x03\x0a\x01k", Ok(r#","data":{"k":""}"#)),
        (
            Kind::Ingress,
            "networking.k8s.io/v1",
            b"\x12\x08\x12\x06\x0a\x01h\x12\x01s",
            Ok(r#","spec":{"tls":[{"hosts":["h"],"secretName":"s"}]}"#),
        ),
        (
            Kind::Deployment,
            "apps/v1",
            b"\x12\x0d\x08\x00\x1a\x09\x12\x07\x12\x05\x12\x01i\x22\x00",
            Ok(r#","spec":{"replicas":0,"template":{"spec":{"containers":[{"args":[""],"image":"i"}]}}}"#),
        ),
        (Kind::Pod, "v1", b"\x12\x05\x12\x03\x0a\x01n", Ok(r#","spec":{"containers":[{"name":"n"}]}"#)),
        (
            Kind::Event,
            "v1",
            b"\x12\x03\x0a\x01K\x1a\x01r\x22\x01m\x4a\x01t",
            Ok(r#","involvedObject":{"kind":"K"},"message":"m","reason":"r","type":"t""#),
        ),
        (
            Kind::Event,
            "events.k8s.io/v1",
            b"\x3a\x01r\x42\x03\x0a\x01K\x52\x01m\x5a\x01t",
            Ok(r#","note":"m","reason":"r","regarding":{"kind":"K"},"type":"t""#),
        ),
        (Kind::SigningRequest, "certificates.k8s.io/v1", b"\x12\x03\x3a\x01s", Ok(r#","spec":{"signerName":"s"}"#)),
        (Kind::Namespace, "v1", b"\x0a\x03\x0a\x01\xff", Err(Unwritable::NotUtf8("name"))),
        (Kind::Namespace, "v1", b"\x0a\x02\x08\x01", Err(Unwritable::Type("name"))),
        (Kind::Namespace, "v1", b"\x0a\x02\x70\x01", Err(Unwritable::Type("finalizers"))),
        (Kind::Secret, "v1", b"\x10\x01", Err(Unwritable::Type("data"))),
        (Kind::Namespace, "v1", b"\x0a\x02\x0a", Err(Unwritable::NoMessage(NoMessage(0)))),
    ];

    #[test]
    fn messages_are_written_as_the_api_would_give_them() {
        for (kind, api_version, bytes, expected) in MESSAGES {
            let found = to_json(api_version, "Kind", bytes, message(*kind, api_version).unwrap());
            let expected = expected.map(|tail| format!(r#"{{"apiVersion":"{api_version}","kind":"Kind"{tail}}}"#));
            assert_eq!(
                found.map(|text| String::from_utf8(text.to_vec()).unwrap()),
                expected,
                "{}",
                bytes.escape_ascii()
            );
        }
        assert!(message(Kind::Certificate, "cert-manager.io/v1").is_none());
    }
}
