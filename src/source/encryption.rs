//! What Kubernetes' encryption at rest puts in front of what it encrypts (restore rules 6.2; apiserver
//! `pkg/server/options/encryptionconfig/config.go`).

/// Begins everything that a provider of an EncryptionConfiguration wrote.
const PREFIX: &[u8] = b"k8s:enc:";

/// The longest name of a provider or key that is repeated in a message.
const MAX_NAME: usize = 64;

/// What an encrypted value tells of itself, as a sentence: `k8s:enc:<provider>:<version>:<name of the key>:`. `None` for a
/// value that is not encrypted.
pub(super) fn encryption(value: &[u8]) -> Option<String> {
    let rest = value.strip_prefix(PREFIX)?;
    let mut parts = rest.splitn(4, |byte| *byte == b':').map(|part| {
        let is_name = !part.is_empty() && part.len() <= MAX_NAME && part.iter().all(u8::is_ascii_graphic);
        std::str::from_utf8(part).ok().filter(|_| is_name)
    });
    let mut next = || parts.next().flatten();
    let provider = next().unwrap_or("an unknown provider");
    let version = next().filter(|version| *version != "v1").map(|version| format!(" {version}")).unwrap_or_default();
    let key = next().map(|name| format!(", key {name}")).unwrap_or_default();
    Some(format!("encrypted at rest with {provider}{version}{key}: cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [(&[u8], Option<&str>); 8] = [
        (b"k8s:enc:aescbc:v1:key1:\x00\xff", Some("encrypted at rest with aescbc, key key1: cannot be read")),
        (b"k8s:enc:secretbox:v1:2026:\x00:\x01", Some("encrypted at rest with secretbox, key 2026: cannot be read")),
        (b"k8s:enc:kms:v2:vault:\x00", Some("encrypted at rest with kms v2, key vault: cannot be read")),
        (b"k8s:enc:aesgcm:v1:\x00\x01:", Some("encrypted at rest with aesgcm: cannot be read")),
        (b"k8s:enc:aesgcm", Some("encrypted at rest with aesgcm: cannot be read")),
        (b"k8s:enc:", Some("encrypted at rest with an unknown provider: cannot be read")),
        (b"k8s\0", None),
        (b"", None),
    ];

    #[test]
    fn providers_and_keys_are_told_and_nothing_else() {
        for (value, expected) in VALUES {
            assert_eq!(encryption(value).as_deref(), expected, "{}", value.escape_ascii());
        }
    }
}
