//! The pool of keys.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use rayon::prelude::*;
use rcgen::KeyPair;

/// One key with the text that its Secrets hold.
pub(crate) struct PooledKey {
    /// For signing requests and naming the public key.
    pub(crate) pair: KeyPair,
    /// `tls.key`, in base64.
    pub(crate) data: String,
}

/// As many P-256 as RSA-2048 keys.
pub(crate) struct Pool {
    elliptic: Vec<PooledKey>,
    rsa: Vec<PooledKey>,
}

impl Pool {
    /// Makes `size` keys of each kind.
    pub(crate) fn fill(size: u32) -> Result<Self> {
        let elliptic = (0..size).map(|_| pooled(KeyPair::generate()?, "PRIVATE KEY", 0)).collect::<Result<_>>()?;
        // Version, algorithm and the octet string's header are 26 bytes before the PKCS#1 key that cert-manager stores.
        let rsa =
            (0..size).into_par_iter().map(|_| pooled(rsa_key()?, "RSA PRIVATE KEY", 26)).collect::<Result<_>>()?;
        Ok(Self { elliptic, rsa })
    }

    /// The key of a Certificate: P-256 for even numbers, RSA for odd ones.
    pub(crate) fn key(&self, number: u32) -> &PooledKey {
        let keys = if number.is_multiple_of(2) { &self.elliptic } else { &self.rsa };
        // The pool is never empty, and the remainder is smaller than its length.
        &keys[(number / 2) as usize % keys.len()]
    }
}

fn pooled(pair: KeyPair, label: &str, skip: usize) -> Result<PooledKey> {
    let der = pair.serialized_der().get(skip..).context("key too short")?;
    let data = STANDARD.encode(pem(label, der));
    Ok(PooledKey { pair, data })
}

fn rsa_key() -> Result<KeyPair> {
    let output = Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .output()
        .context("cannot run openssl, which makes the RSA keys; please install it")?;
    ensure!(output.status.success(), "openssl genpkey: {}", String::from_utf8_lossy(&output.stderr));
    Ok(KeyPair::from_pem(&String::from_utf8(output.stdout)?)?)
}

/// PEM with lines of 64 characters and `\n`, as Go writes it.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    let body = STANDARD.encode(der);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}
