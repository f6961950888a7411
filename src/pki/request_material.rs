//! The signing request of a CertificateRequest, read once for all releases (rules 2.7).

use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::era::{Era, Reading};
use super::go::Decoder;
use super::material::{NO_PEM, Refusal, pem_refusal, too_large};
use super::pem::Blocks;
use super::record::{Outcome, Recorded, RequestRecord, Unrecorded};
use super::{DecodeError, X509Request, csr};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct RequestReading {
    #[serde(with = "Outcome", rename = "request")]
    decoded: Result<X509Request, Refusal>,
}

/// A request payload (`spec.request`): its first block, or why each Go refuses it.
#[derive(Clone, Debug)]
pub struct RequestMaterial {
    len: usize,
    reading: Arc<Reading<RequestReading>>,
    /// The payload, where it was to be kept and is nothing but one request without a password in it.
    text: Option<Arc<str>>,
}

impl Default for RequestMaterial {
    /// An empty payload.
    fn default() -> Self {
        Self::read(&[])
    }
}

/// pkcs-9-at-challengePassword (RFC 2985 5.4.1), tag and all.
const CHALLENGE_PASSWORD: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07];

/// Finds [`CHALLENGE_PASSWORD`]; made once, since that takes longer than to look for it.
static PASSWORD_FINDER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(CHALLENGE_PASSWORD));

impl RequestMaterial {
    /// Reads a payload.
    #[must_use]
    pub fn read(pem: &[u8]) -> Self {
        Self::of(pem.len(), &Blocks::find(pem))
    }

    /// [`RequestMaterial::read`], which keeps the payload if it is one request and nothing else, and holds no password.
    #[must_use]
    pub fn read_and_keep(pem: &[u8]) -> Self {
        let blocks = Blocks::find(pem);
        let read = Self::of(pem.len(), &blocks);
        let is_public = blocks.are_only(&["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])
            && matches!(blocks.newest(), [only] if PASSWORD_FINDER.find(&only.bytes).is_none())
            && read.reading.newest().decoded.is_ok();
        let text = std::str::from_utf8(pem).ok().filter(|_| is_public).map(Arc::from);
        Self { text, ..read }
    }

    /// Forgets the payload that was kept.
    pub fn forget(&mut self) {
        self.text = None;
    }

    fn of(len: usize, blocks: &Blocks) -> Self {
        let read = |era: &Era| RequestReading {
            decoded: match blocks.of(era).first() {
                Some(block) => csr::parse(&block.bytes, era).map_err(Refusal::from),
                None => Err(Refusal::NoPem),
            },
        };
        Self { len, reading: Arc::new(Reading::of(read)), text: None }
    }

    /// cert-manager's `DecodeX509CertificateRequestBytes` (`pkg/util/pki/parse.go`): the first block counts, whatever
    /// its label.
    ///
    /// # Errors
    /// [`DecodeError`] with cert-manager's text when the release refuses the payload.
    pub fn decode(&self, decoder: &Decoder) -> Result<&X509Request, DecodeError> {
        if let Some(inner) = too_large(self.len, decoder.limits.request) {
            return Err(pem_refusal("certificate request", &inner, decoder.errors));
        }
        match &self.reading.for_go(decoder.go).decoded {
            Ok(request) => Ok(request),
            Err(Refusal::NoPem) => Err(pem_refusal("certificate request", NO_PEM, decoder.errors)),
            Err(Refusal::Text(text)) => Err(DecodeError(text.to_string())),
        }
    }
}

impl From<&RequestMaterial> for RequestRecord {
    fn from(material: &RequestMaterial) -> Self {
        Self::new(material.len, material.text.as_ref(), &material.reading)
    }
}

impl RequestMaterial {
    /// The payload that was recorded.
    pub(crate) fn of_record(record: RequestRecord, keep: bool) -> Result<Self, Unrecorded> {
        match record {
            Recorded { pem: Some(pem), .. } if keep => Ok(Self::read_and_keep(pem.as_bytes())),
            Recorded { pem: Some(pem), .. } => Ok(Self::read(pem.as_bytes())),
            Recorded { length, readings: Some(reading), .. } => Ok(Self { len: length, reading, text: None }),
            Recorded { .. } => Err(Unrecorded),
        }
    }
}
