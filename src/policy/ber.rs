//! The little of BER and DER that a literal subject needs.

/// The content of the first element, as `github.com/go-asn1-ber/asn1-ber` reads it; `None` where that fails.
pub(super) fn content(bytes: &[u8]) -> Option<Vec<u8>> {
    let (&identifier, mut rest) = bytes.split_first()?;
    if identifier & 0x1f == 0x1f {
        // A long tag: seven bits a byte, the last without the top bit.
        let end = rest.iter().position(|byte| byte & 0x80 == 0)?;
        rest = rest.get(end + 1..)?;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        ..=0x7f => (usize::from(first), rest),
        // Indefinite length is refused for primitive elements; nobody writes a name as a constructed one.
        0x80 | 0xff => return None,
        _ => {
            let count = usize::from(first & 0x7f);
            let digits = rest.get(..count)?;
            let length = digits.iter().try_fold(0usize, |sum, &byte| sum.checked_mul(256)?.checked_add(byte.into()))?;
            (length, rest.get(count..)?)
        }
    };
    let content = rest.get(..length)?;
    let readable = match identifier {
        0x0c => std::str::from_utf8(content).is_ok(),
        0x13 => content.iter().all(|&byte| is_printable(byte) || matches!(byte, b'*' | b'&')),
        0x16 => content.is_ascii(),
        _ => true,
    };
    readable.then(|| content.to_vec())
}

/// X.680 PrintableString, as Go's encoder takes it: without `*` and `&`.
pub(super) const fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?')
}

/// A DER element.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|&byte| byte == 0).collect();
    let mut bytes = vec![tag];
    match (digits.as_slice(), u8::try_from(digits.len())) {
        ([], _) => bytes.push(0),
        (&[short @ ..0x80], _) => bytes.push(short),
        (long, Ok(count)) => {
            bytes.push(0x80 | count);
            bytes.extend(long);
        }
        (_, Err(_)) => {}
    }
    bytes.extend(content);
    bytes
}

/// The DER of an OBJECT IDENTIFIER, as Go's `asn1.Marshal` makes it; `None` where that fails.
pub(super) fn object_identifier(arcs: &[i64]) -> Option<Vec<u8>> {
    let (&[first, second], rest) = arcs.split_first_chunk()?;
    if first > 2 || (first < 2 && second >= 40) {
        return None;
    }
    let mut content = Vec::new();
    base_128(first.wrapping_mul(40).wrapping_add(second), &mut content);
    for &arc in rest {
        base_128(arc, &mut content);
    }
    Some(element(0x06, &content))
}

/// Go writes no byte at all for a negative number.
fn base_128(number: i64, out: &mut Vec<u8>) {
    if number == 0 {
        return out.push(0);
    }
    let count = (0..10).take_while(|at| number > 0 && number >> (7 * at).min(63) > 0).count();
    for at in (0..count).rev() {
        let digit = u8::try_from(number >> (7 * at) & 0x7f).unwrap_or_default();
        out.push(if at == 0 { digit } else { digit | 0x80 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arcs, DER; the errors of Go's `asn1.Marshal` as `None`.
    const OIDS: [(&[i64], Option<&[u8]>); 8] = [
        (&[2, 5, 4, 3], Some(&[6, 3, 0x55, 4, 3])),
        (&[0, 9, 2342, 19_200_300, 100, 1, 25], Some(&[6, 10, 9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25])),
        (&[1, 2, 840, 113_549, 1, 9, 1], Some(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1])),
        (&[2, 999], Some(&[6, 2, 0x88, 0x37])),
        (&[1, 40], None),
        (&[3, 1], None),
        (&[2], None),
        (&[], None),
    ];

    #[test]
    fn object_identifiers_are_encoded() {
        for (arcs, want) in OIDS {
            assert_eq!(object_identifier(arcs).as_deref(), want, "{arcs:?}");
        }
        assert_eq!(object_identifier(&[2, 5, i64::MAX]).map(|der| der.len()), Some(2 + 1 + 9));
    }

    #[test]
    fn lengths_are_encoded() {
        assert_eq!(element(0x30, &[]), [0x30, 0]);
        assert_eq!(element(0x30, &[0; 127])[..2], [0x30, 0x7f]);
        assert_eq!(element(0x30, &[0; 128])[..3], [0x30, 0x81, 0x80]);
        assert_eq!(element(0x30, &[0; 256])[..4], [0x30, 0x82, 1, 0]);
    }

    /// An element, its content as the library reads it.
    const CONTENTS: [(&[u8], Option<&[u8]>); 19] = [
        (&[0x0c, 3, b'f', b'o', b'o', 9], Some(b"foo")),
        (&[0x0c, 0x81, 3, b'f', b'o', b'o'], Some(b"foo")),
        (&[0x0c, 0x82, 0, 3, b'f', b'o', b'o'], Some(b"foo")),
        (&[0x00, 1, b'x'], Some(b"x")),
        // Long tags: seven bits a byte, the last without the top bit.
        (&[0x1f, 0x02, 1, b'x'], Some(b"x")),
        (&[0x1f, 0x81, 0x02, 1, b'x'], Some(b"x")),
        (&[0x1f, 0x81, 0x82, 0x03, 1, b'x'], Some(b"x")),
        (&[0x13, 2, b'a', b'*'], Some(b"a*")),
        (&[0x13, 2, b'a', b'&'], Some(b"a&")),
        (&[0x13, 2, b'a', b'_'], None),
        (&[], None),
        (&[0x0c], None),
        (&[0x0c, 4, b'f'], None),
        (&[0x0c, 0x80], None),
        (&[0x0c, 0xff], None),
        (&[0x0c, 0x82, 1, 0, b'f'], None),
        (&[0x0c, 1, 0xff], None),
        (&[0x16, 1, 0x80], None),
        (&[0x1f], None),
    ];

    #[test]
    fn content_of_an_element_is_found() {
        for (bytes, want) in CONTENTS {
            assert_eq!(content(bytes).as_deref(), want, "{bytes:02x?}");
        }
    }
}
