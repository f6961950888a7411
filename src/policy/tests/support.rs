//! Values that the truth tables are written with.

use std::sync::Arc;

use thin_vec::ThinVec;

use crate::object::CertificateSpec;
use crate::pki::{Name, OtherNames, PublicKey, SubjectAltNames, X509Certificate, X509Request};
use crate::release::{Release, Version, find};
use crate::time::Time;

/// 2026-06-15T10:00:00Z
pub(super) const NOW: Time = Time(1_781_517_600);
pub(super) const DAY: i64 = 86_400;

pub(super) fn release(version: &str) -> Release {
    find(Version::parse(version).unwrap()).unwrap().release
}

/// A spec as it would stand under `spec:`.
pub(super) fn spec(yaml: &str) -> CertificateSpec {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"))
}

pub(super) fn texts<L: FromIterator<Box<str>>>(list: &[&str]) -> L {
    list.iter().map(|&text| text.into()).collect()
}

pub(super) fn certificate(common_name: &str, dns: &[&str]) -> X509Certificate {
    X509Certificate {
        serial: "01".into(),
        subject: Name { common_name: common_name.into(), ..Name::default() },
        raw_subject: Box::default(),
        raw_issuer: Arc::default(),
        issuer_common_name: Arc::default(),
        names: SubjectAltNames { dns: texts(dns), ..SubjectAltNames::default() },
        not_before: NOW,
        not_after: Time(NOW.0 + 90 * DAY),
        public_key: PublicKey::Unknown,
        public_key_sha256: Box::default(),
        is_ca: None,
        key_usage: None,
        extended_key_usages: ThinVec::new(),
        subject_key_id: Box::default(),
        authority_key_id: Arc::default(),
        other_names: None,
    }
}

pub(super) fn signing_request(common_name: &str, dns: &[&str]) -> X509Request {
    X509Request {
        subject: Name { common_name: common_name.into(), ..Name::default() },
        raw_subject: Box::default(),
        rdn_sequence: ThinVec::new(),
        names: SubjectAltNames { dns: texts(dns), ..SubjectAltNames::default() },
        other_names: OtherNames::NoExtension,
        public_key: PublicKey::Unknown,
    }
}
