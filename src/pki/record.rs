//! How readings are written to a snapshot and read back: everything that any Go makes of a payload, without the payload.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thin_vec::ThinVec;

use super::Point;
use super::era::Reading;
use super::material::CertificateReading;
use super::request_material::RequestReading;
use crate::go_base64;
use crate::intern::intern_bytes;

/// An outcome as `{"decoded": …}` or `{"refused": …}`.
#[derive(Deserialize, Serialize)]
#[serde(remote = "Result")]
pub(crate) enum Outcome<T, E> {
    #[serde(rename = "decoded")]
    Ok(T),
    #[serde(rename = "refused")]
    Err(E),
}

/// A payload: as it stands where it is public, else what each Go makes of it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Recorded<R> {
    pub(super) length: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pem: Option<Arc<str>>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub(super) readings: Option<Arc<Reading<R>>>,
}

/// A certificate payload.
pub(crate) type CertificateRecord = Recorded<CertificateReading>;

/// A request payload.
pub(crate) type RequestRecord = Recorded<RequestReading>;

/// A payload of which neither the text nor its meaning was recorded.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("neither a payload nor what it means")]
pub(crate) struct Unrecorded;

impl<R> Recorded<R> {
    pub(super) fn new(length: usize, text: Option<&Arc<str>>, reading: &Arc<Reading<R>>) -> Self {
        let readings = if text.is_none() { Some(Arc::clone(reading)) } else { None };
        Self { length, pem: text.cloned(), readings }
    }
}

/// No value at all; of a type that need not have a default.
fn none<T>() -> Option<T> {
    None
}

fn encode(octets: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(octets)
}

fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    go_base64::decode(&text).map(|octets| octets.to_vec()).map_err(D::Error::custom)
}

/// Octets of any length as base64.
pub(crate) mod octets {
    use super::{Deserializer, Serializer, decode, encode};

    pub(crate) fn serialize<S: Serializer>(octets: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(octets.as_ref()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: From<Vec<u8>>>(deserializer: D) -> Result<T, D::Error> {
        decode(deserializer).map(T::from)
    }
}

/// Octets that many objects have as base64; they are shared again when they are read.
pub(crate) mod shared_octets {
    use super::{Arc, Deserializer, Serializer, decode, encode, intern_bytes};

    pub(crate) fn serialize<S: Serializer>(octets: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(octets))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        decode(deserializer).map(|octets| intern_bytes(&octets))
    }
}

/// 32 octets as base64.
pub(crate) mod digest {
    use super::{Deserializer, Serializer, decode, encode};
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(octets: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(octets))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        decode(deserializer)?.try_into().map_err(|_| D::Error::custom("expected 32 octets"))
    }
}

/// A list of octets as a list of base64 texts.
pub(crate) mod octets_list {
    use super::{Deserialize, Deserializer, Serializer, ThinVec, encode, octets};

    #[derive(Deserialize)]
    struct Item(#[serde(with = "octets")] Box<[u8]>);

    pub(crate) fn serialize<S: Serializer>(list: &ThinVec<Box<[u8]>>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|octets| encode(octets)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ThinVec<Box<[u8]>>, D::Error> {
        Ok(Vec::<Item>::deserialize(deserializer)?.into_iter().map(|Item(octets)| octets).collect())
    }
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        octets::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decode(deserializer).map(|octets| Self::from(octets.as_slice()))
    }
}
