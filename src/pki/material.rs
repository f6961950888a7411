//! Payloads of Secrets, read once for all releases: `tls.key`, `tls.crt` (rules 2.5 – 2.7).

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::era::{Era, Reading};
use super::go::{Decoder, PemErrors};
use super::key::{self, Context, Pkcs8};
use super::key_pair::{PairCertificate, PairKey};
use super::pem::{Block, Blocks};
use super::recent::Recent;
use super::record::{CertificateRecord, Outcome, Recorded, Unrecorded};
use super::{DecodeError, KeyEncoding, PrivateKey, PublicKey, X509Certificate, cert};

/// Why a payload is refused, without the words that differ between releases of cert-manager.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Refusal {
    /// There is no PEM block.
    NoPem,
    /// Go's words, or all of cert-manager's.
    Text(Box<str>),
}

impl From<String> for Refusal {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

/// cert-manager's `ErrPEMDataTooLarge`, if the payload is.
pub(super) fn too_large(len: usize, limit: Option<usize>) -> Option<String> {
    let limit = limit.filter(|&limit| len > limit)?;
    Some(format!("provided PEM data was larger than the maximum {limit}B"))
}

/// The refusal of a key or a request before its block is looked at.
pub(super) fn pem_refusal(what: &str, inner: &str, errors: PemErrors) -> DecodeError {
    DecodeError(match errors {
        PemErrors::Bare => format!("error decoding {what} PEM block"),
        PemErrors::Wrapped => format!("error decoding {what} PEM block: {inner}"),
    })
}

pub(super) const NO_PEM: &str = "no PEM data was found in given input";

/// A private key payload (`tls.key`): its public half, or why each Go refuses it. Nothing secret is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KeyMaterial {
    #[serde(rename = "length")]
    len: usize,
    #[serde(rename = "readings")]
    reading: Arc<Reading<KeyReading>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct KeyReading {
    #[serde(with = "Outcome", rename = "key")]
    decoded: Result<PrivateKey, Refusal>,
    /// What `tls.X509KeyPair` sees, if that is not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<Box<PairKey>>,
}

impl Default for KeyMaterial {
    /// An empty payload.
    fn default() -> Self {
        Self::read(&[], &CertificateMaterial::default())
    }
}

impl KeyMaterial {
    /// Reads a payload. Whether the key belongs to one of the `candidates` is found out much faster than what its
    /// public key is; the result does not depend on them.
    #[must_use]
    pub fn read(pem: &[u8], candidates: &CertificateMaterial) -> Self {
        let blocks = Blocks::find(pem);
        let candidates = candidates.public_keys();
        let reading = Reading::of(|era| read_key(blocks.of(era), Context { era, candidates: &candidates }));
        Self { len: pem.len(), reading: Arc::new(reading) }
    }

    /// cert-manager's `DecodePrivateKeyBytes` (`pkg/util/pki/parse.go`).
    ///
    /// # Errors
    /// [`DecodeError`] with cert-manager's text when the release refuses the payload.
    pub fn decode(&self, decoder: &Decoder) -> Result<&PrivateKey, DecodeError> {
        if let Some(inner) = too_large(self.len, decoder.limits.key) {
            return Err(pem_refusal("private key", &inner, decoder.errors));
        }
        match &self.reading.for_go(decoder.go).decoded {
            Ok(key) => Ok(key),
            Err(Refusal::NoPem) => Err(pem_refusal("private key", NO_PEM, decoder.errors)),
            Err(Refusal::Text(text)) => Err(DecodeError(text.to_string())),
        }
    }

    /// What `tls.X509KeyPair` sees of the payload.
    pub(crate) fn pair(&self, decoder: &Decoder) -> PairKey {
        let reading = self.reading.for_go(decoder.go);
        match (&reading.pair, &reading.decoded) {
            (None, Ok(key)) => PairKey::Key(key.public.clone()),
            (Some(pair), _) => (**pair).clone(),
            (None, Err(_)) => PairKey::Malformed(Box::default()),
        }
    }
}

fn read_key(blocks: &[Block], context: Context<'_>) -> KeyReading {
    let decoded = match blocks.first() {
        Some(block) => decode_key(block, context),
        None => Err(Refusal::NoPem),
    };
    // A key that cert-manager decodes is the first that X509KeyPair comes to, and it decodes it alike.
    let pair = decoded.is_err().then(|| Box::new(PairKey::read(blocks, context)));
    KeyReading { decoded, pair }
}

fn decode_key(block: &Block, context: Context<'_>) -> Result<PrivateKey, Refusal> {
    let failed = |what: &str, fault: &str| Refusal::from(format!("error parsing {what} private key: {fault}"));
    let (public, encoding) = match &*block.label {
        "PRIVATE KEY" => match key::pkcs8(&block.bytes, context) {
            Ok(Pkcs8::Signer(public)) => (public, KeyEncoding::Pkcs8),
            Ok(Pkcs8::X25519) => return Err(failed("pkcs#8", "invalid key type")),
            Err(fault) => return Err(failed("pkcs#8", &fault)),
        },
        "EC PRIVATE KEY" => {
            (key::sec1(&block.bytes, context).map_err(|fault| failed("ecdsa", &fault))?, KeyEncoding::Sec1)
        }
        "RSA PRIVATE KEY" => {
            (key::pkcs1(&block.bytes, context).map_err(|fault| failed("rsa", &fault))?, KeyEncoding::Pkcs1)
        }
        other => return Err(format!("unknown private key type: {other}").into()),
    };
    Ok(PrivateKey { public, encoding })
}

/// A certificate payload (`tls.crt`, `ca.crt`): its first certificate, or why each Go refuses it.
#[derive(Clone, Debug)]
pub struct CertificateMaterial {
    len: usize,
    reading: Arc<Reading<CertificateReading>>,
    /// The payload, where it was to be kept and is nothing but certificates.
    text: Option<Arc<str>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CertificateReading {
    #[serde(with = "Outcome", rename = "certificate")]
    decoded: Result<X509Certificate, Refusal>,
    /// What `tls.X509KeyPair` sees, if that is not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<Box<PairCertificate>>,
}

/// Whether each Go parses a certificate, or why not.
type Parses = Rc<Reading<Result<(), String>>>;

thread_local! {
    /// The last payloads of [`CertificateMaterial::read_again`], and whether their texts are kept.
    static PAYLOADS: RefCell<Recent<Arc<CertificateMaterial>>> = RefCell::default();
    /// The last certificates that stood behind the first of a payload.
    static ISSUERS: RefCell<Recent<Parses>> = RefCell::default();
}

impl Default for CertificateMaterial {
    /// An empty payload.
    fn default() -> Self {
        Self::read(&[])
    }
}

impl CertificateMaterial {
    /// Reads a payload.
    #[must_use]
    pub fn read(pem: &[u8]) -> Self {
        Self::of(pem.len(), &Blocks::find(pem))
    }

    /// [`CertificateMaterial::read`], which keeps the payload if it is certificates and nothing else: they are public.
    #[must_use]
    pub fn read_and_keep(pem: &[u8]) -> Self {
        let blocks = Blocks::find(pem);
        let read = Self::of(pem.len(), &blocks);
        let is_public = blocks.are_only(&["CERTIFICATE"]) && read.reading.newest().decoded.is_ok();
        let text = std::str::from_utf8(pem).ok().filter(|_| is_public).map(Arc::from);
        Self { text, ..read }
    }

    fn of(len: usize, blocks: &Blocks) -> Self {
        Self { len, reading: Arc::new(Reading::of(|era| read_certificate(blocks.of(era), era))), text: None }
    }

    /// [`CertificateMaterial::read`] for payloads that stand in many Secrets, such as the certificate of a CA: what this
    /// thread read lately is not read again. Of the payload itself only a hash is remembered, unless it is to be kept.
    #[must_use]
    pub fn read_again(pem: &[u8], keep: bool) -> Arc<Self> {
        let read = || Arc::new(if keep { Self::read_and_keep(pem) } else { Self::read(pem) });
        PAYLOADS.with_borrow_mut(|recent| recent.or_read((pem, keep), read))
    }

    /// cert-manager's `DecodeX509CertificateBytes` (`pkg/util/pki/parse.go`): every block must be a certificate, the
    /// first one counts.
    ///
    /// # Errors
    /// [`DecodeError`] with cert-manager's text when the release refuses the payload.
    pub fn decode(&self, decoder: &Decoder) -> Result<&X509Certificate, DecodeError> {
        // The limit is applied to what is left at each block, which is never more than at the first.
        if let Some(text) = too_large(self.len, decoder.limits.certificate) {
            return Err(DecodeError(text));
        }
        let no_pem = "error decoding certificate PEM block";
        match (&self.reading.for_go(decoder.go).decoded, decoder.errors) {
            (Ok(certificate), _) => Ok(certificate),
            (Err(Refusal::NoPem), PemErrors::Bare) => Err(DecodeError(no_pem.to_owned())),
            (Err(Refusal::NoPem), PemErrors::Wrapped) => {
                Err(DecodeError(format!("{no_pem}: no valid certificates found")))
            }
            (Err(Refusal::Text(text)), PemErrors::Bare) => {
                Err(DecodeError(format!("error parsing TLS certificate: {text}")))
            }
            (Err(Refusal::Text(text)), PemErrors::Wrapped) => {
                Err(DecodeError(format!("error parsing X.509 certificate: {text}")))
            }
        }
    }

    /// What `tls.X509KeyPair` sees of the payload.
    pub(crate) fn pair(&self, decoder: &Decoder) -> PairCertificate {
        let reading = self.reading.for_go(decoder.go);
        match (&reading.pair, &reading.decoded) {
            (None, Ok(certificate)) => PairCertificate::Leaf(certificate.public_key.clone()),
            (Some(pair), _) => (**pair).clone(),
            (None, Err(_)) => PairCertificate::Malformed(Box::default()),
        }
    }

    /// The public keys that any Go sees in the payload.
    fn public_keys(&self) -> Vec<PublicKey> {
        let mut keys: Vec<PublicKey> = Vec::new();
        for reading in self.reading.all() {
            let decoded = reading.decoded.as_ref().ok().map(|certificate| &certificate.public_key);
            let pair = reading.pair.as_ref().and_then(|pair| pair.leaf());
            for key in decoded.into_iter().chain(pair) {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
            }
        }
        keys
    }
}

fn read_certificate(blocks: &[Block], era: &Era) -> CertificateReading {
    let decoded = decode_certificates(blocks, era);
    let alike = decoded.is_ok() && blocks.first().is_some_and(|block| block.label == "CERTIFICATE");
    let pair = (!alike).then(|| Box::new(PairCertificate::read(blocks, era)));
    CertificateReading { decoded, pair }
}

fn decode_certificates(blocks: &[Block], era: &Era) -> Result<X509Certificate, Refusal> {
    let (first, others) = blocks.split_first().ok_or(Refusal::NoPem)?;
    let certificate = cert::parse(&first.bytes, era)?;
    for block in others {
        check_issuer(&block.bytes, era)?;
    }
    Ok(certificate)
}

/// Whether a certificate behind the first parses: most are those of a few authorities.
fn check_issuer(der: &[u8], era: &Era) -> Result<(), Refusal> {
    let read = || Rc::new(Reading::of(|era| cert::parse(der, era).map(drop)));
    let reading = ISSUERS.with_borrow_mut(|recent| recent.or_read(der, read));
    reading.within(era).clone().map_err(Refusal::from)
}

impl From<&CertificateMaterial> for CertificateRecord {
    fn from(material: &CertificateMaterial) -> Self {
        Self::new(material.len, material.text.as_ref(), &material.reading)
    }
}

impl CertificateMaterial {
    /// The payload that was recorded.
    pub(crate) fn of_record(record: CertificateRecord, keep: bool) -> Result<Self, Unrecorded> {
        match record {
            Recorded { pem: Some(pem), .. } if keep => Ok(Self::read_and_keep(pem.as_bytes())),
            Recorded { pem: Some(pem), .. } => Ok(Self::read(pem.as_bytes())),
            Recorded { length, readings: Some(reading), .. } => Ok(Self { len: length, reading, text: None }),
            Recorded { .. } => Err(Unrecorded),
        }
    }

    /// [`CertificateMaterial::of_record`] for payloads that stand in many Secrets.
    pub(crate) fn shared_of_record(record: CertificateRecord, keep: bool) -> Result<Arc<Self>, Unrecorded> {
        match &record.pem {
            Some(pem) => Ok(Self::read_again(pem.as_bytes(), keep)),
            None => Self::of_record(record, keep).map(Arc::new),
        }
    }
}
