//! The pool of keys: committed files, in all the structures that a key can be wrapped in.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::der::{inside, oid, sequence, split, tlv};

/// One key pair.
#[derive(Clone)]
pub(crate) struct Key {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// `RSA`, `ECDSA`, `Ed25519`, or empty for those that cert-manager does not know.
    pub(crate) algorithm: &'static str,
    /// The size as `spec.privateKey.size` wants it.
    pub(crate) size: i64,
    /// PKCS#8.
    pub(crate) pkcs8: Vec<u8>,
    /// PKCS#1 or SEC 1, if there is such a structure.
    pub(crate) traditional: Option<Vec<u8>>,
    /// SubjectPublicKeyInfo.
    pub(crate) public: Vec<u8>,
}

/// Reads all keys; first those that cert-manager takes.
pub(crate) fn pool() -> Result<Vec<Key>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/conformance/keys");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&root)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "key"));
    files.sort();
    let mut keys = files.iter().map(|path| key(path)).collect::<Result<Vec<_>>>()?;
    keys.sort_by_key(|key| key.algorithm.is_empty());
    Ok(keys)
}

fn key(path: &Path) -> Result<Key> {
    let name = path.file_stem().context("no name")?.to_string_lossy().into_owned();
    let (pkcs8, public) = (block(path)?, block(&path.with_extension("pub"))?);
    let number = || name.split('-').find_map(|part| part.parse::<i64>().ok()).unwrap_or_default();
    let curve = |text: &str| name.starts_with(&format!("ec-P-{text}")) && !name.contains("explicit");
    let inner = octet_string(&pkcs8);
    let (algorithm, size, traditional) = match () {
        () if name.starts_with("rsa-pss") => ("", 0, None),
        () if name.starts_with("rsa-") => ("RSA", number(), inner),
        () if curve("224") => ("ECDSA", 224, inner.map(|inner| sec1(&inner, "1.3.132.0.33"))),
        () if curve("256") => ("ECDSA", 256, inner.map(|inner| sec1(&inner, "1.2.840.10045.3.1.7"))),
        () if curve("384") => ("ECDSA", 384, inner.map(|inner| sec1(&inner, "1.3.132.0.34"))),
        () if curve("521") => ("ECDSA", 521, inner.map(|inner| sec1(&inner, "1.3.132.0.35"))),
        () if name.starts_with("ec-secp256k1") => ("", 0, inner.map(|inner| sec1(&inner, "1.3.132.0.10"))),
        () if name.starts_with("ed25519") => ("Ed25519", 0, None),
        () => ("", 0, None),
    };
    Ok(Key { name, algorithm, size, pkcs8, traditional, public })
}

fn block(path: &Path) -> Result<Vec<u8>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    Ok(STANDARD.decode(lines)?)
}

/// The contents of the OCTET STRING that stands third in a PKCS#8 text.
fn octet_string(pkcs8: &[u8]) -> Option<Vec<u8>> {
    let (_, after_version) = split(inside(pkcs8)?)?;
    let (_, after_algorithm) = split(after_version)?;
    inside(after_algorithm).map(<[u8]>::to_vec)
}

/// An ECPrivateKey with its curve, as OpenSSL leaves that out inside PKCS#8.
fn sec1(inner: &[u8], curve: &str) -> Vec<u8> {
    let fields = inside(inner).unwrap_or_default();
    let rest = split(fields).and_then(|(_, rest)| split(rest)).map(|(_, rest)| rest).unwrap_or_default();
    let (start, end) = fields.split_at(fields.len() - rest.len());
    sequence(&[start, &tlv(0xa0, &[&oid(curve)]), end])
}
