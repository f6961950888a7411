//! Reading a Secret: payloads go straight from base64 into what they mean, everything else is measured and dropped.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use zeroize::Zeroize as _;

use super::decode::Texts;
use super::meta::ObjectMeta;
use super::secret::Secret;
use super::serde_help::{duplicate_key, nullable};
use crate::go_base64;
use crate::intern::{Interned, exact, interned};
use crate::pki::{CertificateMaterial, KeyMaterial};
use crate::wipe::Wiped;

/// The keys whose contents are looked at; of all others only the length is kept.
const PAYLOADS: [&str; 3] = ["tls.crt", "tls.key", "ca.crt"];

/// One value of `data` or `stringData`: its decoded length, and its bytes if they are wanted.
struct Payload {
    length: usize,
    bytes: Option<Wiped>,
}

#[derive(Default)]
struct Payloads(BTreeMap<Arc<str>, Payload>);

#[derive(Clone, Copy)]
enum Encoding {
    Base64,
    Text,
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Texts::Forget.deserialize(deserializer)
    }
}

/// Reads a Secret, and keeps or forgets the texts of its certificates.
impl<'de> DeserializeSeed<'de> for Texts {
    type Value = Secret;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Secret, D::Error> {
        Ok(Unread::deserialize(deserializer)?.finish(self))
    }
}

/// A Secret whose payloads are yet to be read. Who reads many Secrets does so step by step for all of them.
pub(super) struct Unread {
    metadata: ObjectMeta,
    type_: Arc<str>,
    values: BTreeMap<Arc<str>, Payload>,
    certificate: Option<CertificateMaterial>,
    ca: Option<Arc<CertificateMaterial>>,
}

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Wire {
            #[serde(deserialize_with = "nullable")]
            metadata: ObjectMeta,
            #[serde(rename = "type", deserialize_with = "interned")]
            type_: Arc<str>,
            #[serde(deserialize_with = "base64_values")]
            data: Payloads,
            #[serde(deserialize_with = "text_values")]
            string_data: Payloads,
        }
        let wire = Wire::deserialize(deserializer)?;
        let mut values = wire.data.0;
        // The API server writes stringData over data (kubernetes pkg/apis/core/v1/conversion.go).
        values.extend(wire.string_data.0);
        Ok(Self { metadata: wire.metadata, type_: wire.type_, values, certificate: None, ca: None })
    }
}

impl Unread {
    fn take(&mut self, key: &str) -> Option<Wiped> {
        self.values.get_mut(key).and_then(|payload| payload.bytes.take())
    }

    /// Reads the certificates, unless they are read.
    pub(super) fn read_certificates(&mut self, texts: Texts) {
        let keep = texts == Texts::Keep;
        let read = if keep { CertificateMaterial::read_and_keep } else { CertificateMaterial::read };
        if let Some(pem) = self.take("tls.crt") {
            self.certificate = Some(read(&pem));
        }
        if let Some(pem) = self.take("ca.crt") {
            self.ca = Some(CertificateMaterial::read_again(&pem, keep));
        }
    }

    /// Reads the key, and what was not read before.
    pub(super) fn finish(mut self, texts: Texts) -> Secret {
        self.read_certificates(texts);
        let key = self.take("tls.key").map(|pem| match &self.certificate {
            Some(certificate) => KeyMaterial::read(&pem, certificate),
            None => KeyMaterial::read(&pem, &CertificateMaterial::default()),
        });
        let Self { metadata, type_, values, certificate, ca } = self;
        let lengths: Vec<_> = values.into_iter().map(|(key, payload)| (key, payload.length)).collect();
        // An empty map is none: protobuf in etcd cannot tell them apart (corrections 1).
        let data = (!lengths.is_empty()).then(|| exact(lengths));
        Secret { metadata, type_, data, key, certificate, ca }
    }
}

fn base64_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Payloads, D::Error> {
    deserializer.deserialize_any(Values(Encoding::Base64))
}

fn text_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Payloads, D::Error> {
    deserializer.deserialize_any(Values(Encoding::Text))
}

struct Values(Encoding);

impl<'de> Visitor<'de> for Values {
    type Value = Payloads;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of text to text")
    }

    fn visit_unit<E>(self) -> Result<Payloads, E> {
        Ok(Payloads::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Payloads, A::Error> {
        let mut values = BTreeMap::new();
        while let Some(Interned(key)) = access.next_key()? {
            let wanted = PAYLOADS.contains(&&*key);
            let payload = access.next_value_seed(ValueSeed { encoding: self.0, wanted })?;
            if values.contains_key(&key) {
                return Err(duplicate_key(&key));
            }
            values.insert(key, payload);
        }
        Ok(Payloads(values))
    }
}

struct ValueSeed {
    encoding: Encoding,
    wanted: bool,
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Payload;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Payload, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for ValueSeed {
    type Value = Payload;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_unit<E>(self) -> Result<Payload, E> {
        // Go reads null into a nil []byte: the key is there, and empty.
        Ok(Payload { length: 0, bytes: self.wanted.then(Wiped::default) })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Payload, E> {
        let bytes = match (self.encoding, self.wanted) {
            (Encoding::Text, true) => Wiped::new(text.as_bytes().to_vec()),
            (Encoding::Base64, true) => go_base64::decode(text).map_err(E::custom)?,
            (Encoding::Text, false) => return Ok(Payload { length: text.len(), bytes: None }),
            (Encoding::Base64, false) => {
                return Ok(Payload { length: decoded_len(text).map_err(E::custom)?, bytes: None });
            }
        };
        Ok(Payload { length: bytes.len(), bytes: Some(bytes) })
    }

    fn visit_string<E: Error>(self, mut text: String) -> Result<Payload, E> {
        let payload = self.visit_str(&text);
        text.zeroize();
        payload
    }
}

const IS_BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        at += 1;
    }
    table
};

/// How many bytes [`go_base64::decode`] would give, without decoding.
fn decoded_len(text: &str) -> Result<usize, go_base64::IllegalBase64> {
    let fail = || go_base64::IllegalBase64 { length: text.len() };
    let bytes = text.as_bytes();
    let body = bytes.iter().position(|b| !IS_BASE64[usize::from(*b)]).unwrap_or(bytes.len());
    let (mut digits, mut padding) = (body, 0usize);
    for byte in bytes.get(body..).unwrap_or_default() {
        match byte {
            b'\n' | b'\r' => {}
            b'=' => padding += 1,
            other if padding == 0 && IS_BASE64[usize::from(*other)] => digits += 1,
            _ => return Err(fail()),
        }
    }
    match (digits % 4, padding) {
        (0, 0) => Ok(digits / 4 * 3),
        (2, 2) => Ok(digits / 4 * 3 + 1),
        (3, 1) => Ok(digits / 4 * 3 + 2),
        _ => Err(fail()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn measuring_agrees_with_decoding() {
        for (text, decoded) in go_base64::tests::TEXTS {
            assert_eq!(decoded_len(text).ok(), decoded.map(str::len), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn measuring_agrees_with_decoding_always(text in "[AQz9+/=\n -]{0,14}") {
            prop_assert_eq!(decoded_len(&text).ok(), go_base64::decode(&text).ok().map(|bytes| bytes.len()));
        }
    }

    fn secret(json: &str) -> Secret {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn only_lengths_of_other_values_are_kept() {
        let read = secret(r#"{"metadata":{"name":"a"},"type":"Opaque","data":{"b":"QUJD","a":null}}"#);
        assert_eq!(read.data.as_deref(), Some(&[("a".into(), 0), ("b".into(), 3)][..]));
        assert!(read.key.is_none() && read.certificate.is_none() && read.ca.is_none());
    }

    #[test]
    fn empty_data_is_none() {
        for json in [r#"{"data":{}}"#, r#"{"data":null}"#, "{}", r#"{"stringData":{}}"#] {
            assert!(secret(json).data.is_none(), "{json}");
        }
    }

    #[test]
    fn string_data_is_written_over_data() {
        let read = secret(r#"{"data":{"a":"QUJD","tls.key":"QQ=="},"stringData":{"a":"hello","tls.crt":"x\ny"}}"#);
        assert_eq!(read.value_len("a"), Some(5));
        assert_eq!(read.value_len("tls.crt"), Some(3));
        assert!(read.key.is_some() && read.certificate.is_some());
    }

    #[test]
    fn an_error_does_not_repeat_the_value() {
        let error = serde_json::from_str::<Secret>(r#"{"data":{"tls.key":"!geheim!"}}"#).unwrap_err().to_string();
        assert!(error.contains("illegal base64 data of 8 characters") && !error.contains("geheim"), "{error}");
    }
}
