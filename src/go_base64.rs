//! Base64 as Go's `base64.StdEncoding` reads it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::wipe::Wiped;

/// Padding required, non-zero trailing bits accepted.
const GO: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// A text that is not base64; never repeats the text, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data of {length} characters")]
pub(crate) struct IllegalBase64 {
    /// Length of the refused text.
    pub(crate) length: usize,
}

/// Decodes base64 without line breaks.
pub(crate) fn decode_line(text: &[u8]) -> Option<Wiped> {
    // Room for all of it, so that no half-filled buffer is left behind when it grows.
    let mut bytes = Wiped::with_capacity(text.len() / 4 * 3 + 3);
    // Several times as fast, and strict: what it refuses may still be good enough for Go.
    if base64_simd::STANDARD.decode_append(text, &mut *bytes).is_err() {
        bytes.wipe();
        bytes.clear();
        GO.decode_vec(text, &mut bytes).ok()?;
    }
    Some(bytes)
}

/// Decodes base64 as `encoding/json` does into `[]byte`: `\r` and `\n` are skipped anywhere.
///
/// # Errors
/// [`IllegalBase64`] for anything else that is not base64.
pub(crate) fn decode(text: &str) -> Result<Wiped, IllegalBase64> {
    let is_break = |byte: u8| byte == b'\n' || byte == b'\r';
    let decoded = match memchr::memchr2(b'\n', b'\r', text.as_bytes()) {
        None => decode_line(text.as_bytes()),
        Some(_) => {
            let mut joined = Wiped::with_capacity(text.len());
            joined.extend(text.bytes().filter(|byte| !is_break(*byte)));
            decode_line(&joined)
        }
    };
    decoded.ok_or(IllegalBase64 { length: text.len() })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What Go 1.26 makes of it: `base64.StdEncoding.DecodeString`.
    pub(crate) const TEXTS: [(&str, Option<&str>); 15] = [
        ("", Some("")),
        ("QQ==", Some("A")),
        ("QR==", Some("A")),
        ("QUI=", Some("AB")),
        ("QUJ=", Some("AB")),
        ("QUJD", Some("ABC")),
        ("Q\nUJD\r\n", Some("ABC")),
        ("QU\nJD\r\n", Some("ABC")),
        ("QQ=\n=", Some("A")),
        ("QQ", None),
        ("QQ=", None),
        ("Q===", None),
        ("QQ==QQ==", None),
        ("QU D", None),
        ("QU-_", None),
    ];

    #[test]
    fn go_s_texts() {
        for (text, expected) in TEXTS {
            assert_eq!(decode(text).ok().as_deref().map(Vec::as_slice), expected.map(str::as_bytes), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_decides_as_the_slow_one(text in "[A-Za-z0-9+/]{0,90}[AQRgw9+/= -]{0,6}") {
            let slow = GO.decode(&text).ok();
            let fast = decode_line(text.as_bytes());
            prop_assert_eq!(fast.as_deref(), slow.as_ref());
        }
    }
}
