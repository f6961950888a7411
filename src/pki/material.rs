//! Payloads, read once for all releases: `tls.key`, `tls.crt`, `spec.request` (rules 2.5 – 2.7).

use std::cell::RefCell;
use std::sync::Arc;

use super::era::{Era, Reading};
use super::go::{Decoder, PemErrors};
use super::key::{self, Context, Pkcs8};
use super::key_pair::{PairCertificate, PairKey};
use super::pem::{Block, Blocks};
use super::public_key::sha256;
use super::{DecodeError, KeyEncoding, PrivateKey, PublicKey, X509Certificate, X509Request, cert, csr};

/// Why a payload is refused, without the words that differ between releases of cert-manager.
#[derive(Clone, Debug)]
enum Refusal {
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
fn too_large(len: usize, limit: Option<usize>) -> Option<String> {
    let limit = limit.filter(|&limit| len > limit)?;
    Some(format!("provided PEM data was larger than the maximum {limit}B"))
}

/// The refusal of a key or a request before its block is looked at.
fn pem_refusal(what: &str, inner: &str, errors: PemErrors) -> DecodeError {
    DecodeError(match errors {
        PemErrors::Bare => format!("error decoding {what} PEM block"),
        PemErrors::Wrapped => format!("error decoding {what} PEM block: {inner}"),
    })
}

const NO_PEM: &str = "no PEM data was found in given input";

/// A private key payload (`tls.key`): its public half, or why each Go refuses it. Nothing secret is kept.
#[derive(Clone, Debug)]
pub struct KeyMaterial {
    len: usize,
    reading: Arc<Reading<KeyReading>>,
}

#[derive(Clone, Debug)]
struct KeyReading {
    decoded: Result<PrivateKey, Refusal>,
    /// What `tls.X509KeyPair` sees, if that is not the same.
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
}

#[derive(Clone, Debug)]
struct CertificateReading {
    decoded: Result<X509Certificate, Refusal>,
    /// What `tls.X509KeyPair` sees, if that is not the same.
    pair: Option<Box<PairCertificate>>,
}

/// Payloads that a thread remembers.
const REMEMBERED: usize = 16;

thread_local! {
    /// The last payloads of [`CertificateMaterial::read_again`], the latest first.
    static RECENT: RefCell<Vec<([u8; 32], Arc<CertificateMaterial>)>> = const { RefCell::new(Vec::new()) };
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
        let blocks = Blocks::find(pem);
        Self { len: pem.len(), reading: Arc::new(Reading::of(|era| read_certificate(blocks.of(era), era))) }
    }

    /// [`CertificateMaterial::read`] for payloads that stand in many Secrets, such as the certificate of a CA: what this
    /// thread read lately is not read again. Of the payload itself only a digest is remembered.
    #[must_use]
    pub fn read_again(pem: &[u8]) -> Arc<Self> {
        let digest = sha256(pem);
        RECENT.with_borrow_mut(|recent| match recent.iter().position(|(known, _)| *known == digest) {
            Some(at) => {
                recent[..=at].rotate_right(1);
                Arc::clone(&recent[0].1)
            }
            None => {
                let material = Arc::new(Self::read(pem));
                recent.truncate(REMEMBERED - 1);
                recent.insert(0, (digest, Arc::clone(&material)));
                material
            }
        })
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
        cert::parse(&block.bytes, era)?;
    }
    Ok(certificate)
}

/// A request payload (`spec.request`): its first block, or why each Go refuses it.
#[derive(Clone, Debug)]
pub struct RequestMaterial {
    len: usize,
    reading: Arc<Reading<Result<X509Request, Refusal>>>,
}

impl Default for RequestMaterial {
    /// An empty payload.
    fn default() -> Self {
        Self::read(&[])
    }
}

impl RequestMaterial {
    /// Reads a payload.
    #[must_use]
    pub fn read(pem: &[u8]) -> Self {
        let blocks = Blocks::find(pem);
        let read = |era: &Era| match blocks.of(era).first() {
            Some(block) => csr::parse(&block.bytes, era).map_err(Refusal::from),
            None => Err(Refusal::NoPem),
        };
        Self { len: pem.len(), reading: Arc::new(Reading::of(read)) }
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
        match self.reading.for_go(decoder.go) {
            Ok(request) => Ok(request),
            Err(Refusal::NoPem) => Err(pem_refusal("certificate request", NO_PEM, decoder.errors)),
            Err(Refusal::Text(text)) => Err(DecodeError(text.to_string())),
        }
    }
}
