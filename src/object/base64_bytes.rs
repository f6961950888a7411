//! Base64 as Go's JSON decoder reads it into `[]byte`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Go's `base64.StdEncoding`: padding required, non-zero trailing bits accepted.
const GO: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// A text that is not base64; never repeats the text, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data of {length} characters")]
pub struct IllegalBase64 {
    /// Length of the refused text.
    pub length: usize,
}

/// Decodes base64 as Go's `encoding/base64.StdEncoding` does: `\r` and `\n` are skipped anywhere.
///
/// # Errors
/// [`IllegalBase64`] for anything else that is not base64.
pub fn decode_go(text: &str) -> Result<Zeroizing<Vec<u8>>, IllegalBase64> {
    let fail = |_| IllegalBase64 { length: text.len() };
    if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some() {
        let joined: Zeroizing<Vec<u8>> = Zeroizing::new(text.bytes().filter(|&b| b != b'\n' && b != b'\r').collect());
        return GO.decode(&*joined).map(Zeroizing::new).map_err(fail);
    }
    GO.decode(text).map(Zeroizing::new).map_err(fail)
}
