//! The wire format of protocol buffers: fields one after the other.

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'m> {
    /// An integer or a truth value.
    Varint(u64),
    /// Text, bytes or a message.
    Bytes(&'m [u8]),
    /// Four or eight bytes, which no field here has.
    Fixed,
}

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'m> {
    /// Its number.
    pub(super) number: u32,
    /// Its value.
    pub(super) value: Value<'m>,
    /// Where [`Value::Bytes`] begin in the message.
    pub(super) at: usize,
}

/// Bytes that are no message, with the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a protobuf message, at byte {0}")]
pub(super) struct NoMessage(pub(super) usize);

/// Walks the fields of a message; stops after the first error.
pub(super) struct Fields<'m> {
    message: &'m [u8],
    at: usize,
}

/// The fields of a message, in the order in which they stand.
pub(super) const fn fields(message: &[u8]) -> Fields<'_> {
    Fields { message, at: 0 }
}

/// The last field of a number, as protobuf reads a field that is not repeated.
pub(super) fn bytes_of(message: &[u8], number: u32) -> Result<Option<&[u8]>, NoMessage> {
    let mut found = None;
    for field in fields(message) {
        let field = field?;
        if let (true, Value::Bytes(bytes)) = (field.number == number, field.value) {
            found = Some(bytes);
        }
    }
    Ok(found)
}

impl<'m> Fields<'m> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.message.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, length: usize) -> Option<&'m [u8]> {
        let end = self.at.checked_add(length)?;
        let bytes = self.message.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn step(&mut self) -> Option<Field<'m>> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0)?;
        let (value, at) = match tag & 7 {
            0 => (Value::Varint(self.varint()?), self.at),
            1 => self.skip(8).map(|_| (Value::Fixed, self.at))?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let at = self.at;
                (Value::Bytes(self.skip(length)?), at)
            }
            5 => self.skip(4).map(|_| (Value::Fixed, self.at))?,
            // Groups, which nobody writes any more.
            _ => return None,
        };
        Some(Field { number, value, at })
    }
}

impl<'m> Iterator for Fields<'m> {
    type Item = Result<Field<'m>, NoMessage>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.message.len() {
            return None;
        }
        let begin = self.at;
        let step = self.step().ok_or(NoMessage(begin));
        if step.is_err() {
            self.at = self.message.len();
        }
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (&'static [u8], Result<&'static [Field<'static>], NoMessage>);

    const MESSAGES: [Row; 11] = [
        (&[], Ok(&[])),
        (&[0x08, 0x96, 0x01], Ok(&[Field { number: 1, value: Value::Varint(150), at: 3 }])),
        (&[0x12, 2, b'h', b'i'], Ok(&[Field { number: 2, value: Value::Bytes(b"hi"), at: 2 }])),
        (&[0x0d, 1, 2, 3, 4], Ok(&[Field { number: 1, value: Value::Fixed, at: 5 }])),
        (&[0x09, 1, 2, 3, 4, 5, 6, 7, 8], Ok(&[Field { number: 1, value: Value::Fixed, at: 9 }])),
        (&[0x0b], Err(NoMessage(0))),
        (&[0x00, 0x01], Err(NoMessage(0))),
        (&[0x12, 3, b'h', b'i'], Err(NoMessage(0))),
        (&[0x08, 0x01, 0x12], Err(NoMessage(2))),
        (&[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Err(NoMessage(0))),
        (&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Err(NoMessage(0))),
    ];

    #[test]
    fn fields_are_read_up_to_the_first_that_is_none() {
        for (message, expected) in MESSAGES {
            let found: Result<Vec<Field<'_>>, NoMessage> = fields(message).collect();
            assert_eq!(found.as_deref(), expected.as_ref().map(|found| *found), "{message:?}");
        }
    }

    #[test]
    fn the_last_of_a_field_counts() {
        assert_eq!(bytes_of(&[0x0a, 1, b'a', 0x0a, 1, b'b', 0x10, 1], 1), Ok(Some(&b"b"[..])));
        assert_eq!(bytes_of(&[0x0a, 1, b'a'], 2), Ok(None));
    }
}
