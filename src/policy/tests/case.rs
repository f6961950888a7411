//! A Certificate whose Secret and request fit, for tests that put one thing out of order.

use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use thin_vec::thin_vec;

use super::super::{Evaluation, Input, evaluate, trigger_chain};
use super::support::{NOW, release, spec};
use crate::object::certificate::AriWindow;
use crate::object::certificate_request::CertificateRequestSpec;
use crate::object::secret::annotation;
use crate::object::{Certificate, CertificateRequest, Secret, StringMap};
use crate::pki::{CertificateMaterial, KeyMaterial, RequestMaterial};
use crate::release::Release;
use crate::time::Time;

/// A Certificate `web` with its Secret and request, and a name for what is out of order.
pub(super) struct Case {
    pub(super) certificate: Certificate,
    pub(super) secret: Option<Secret>,
    pub(super) request: Option<CertificateRequest>,
    pub(super) ari: Option<AriWindow>,
    pub(super) now: Time,
}

pub(super) const FITTING: &str =
    "{secretName: web-tls, dnsNames: [a.example], issuerRef: {name: ca}, privateKey: {algorithm: ECDSA}}";

impl Case {
    /// Everything fits; valid for 90 days from NOW.
    pub(super) fn fitting() -> Self {
        Self::with_spec(FITTING)
    }

    pub(super) fn with_spec(yaml: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.not_before = rcgen::date_time_ymd(2026, 6, 15) + Duration::from_hours(10);
        params.not_after = params.not_before + Duration::from_hours(90 * 24);
        let certificate = CertificateMaterial::read(params.self_signed(&key).unwrap().pem().as_bytes());
        let request = CertificateParams::new(vec!["a.example".to_owned()]).map(|mut params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.serialize_request(&key).unwrap().pem().unwrap()
        });
        let mut annotations = StringMap::default();
        annotations.insert(annotation::ISSUER_NAME, "ca");
        let secret = Secret {
            data: Some(thin_vec![("tls.crt".into(), 1), ("tls.key".into(), 1)]),
            key: Some(KeyMaterial::read(key.serialize_pem().as_bytes(), &certificate)),
            certificate: Some(certificate),
            ..Secret::default()
        };
        let mut case = Self {
            certificate: Certificate { spec: spec(yaml), ..Certificate::default() },
            secret: Some(secret),
            request: Some(CertificateRequest {
                spec: CertificateRequestSpec {
                    request: RequestMaterial::read(request.unwrap().as_bytes()),
                    issuer_ref: spec(yaml).issuer_ref,
                    ..CertificateRequestSpec::default()
                },
                ..CertificateRequest::default()
            }),
            ari: None,
            now: NOW,
        };
        case.certificate.metadata.name = "web".into();
        case.secret().metadata.annotations = annotations;
        case
    }

    pub(super) fn secret(&mut self) -> &mut Secret {
        self.secret.as_mut().unwrap()
    }

    pub(super) fn change(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn run(&self, version: &str) -> Evaluation {
        let release = release(version);
        evaluate(trigger_chain(&release), &self.input(&release))
    }

    pub(super) fn input<'a>(&'a self, release: &'a Release) -> Input<'a> {
        Input {
            release,
            certificate: &self.certificate,
            secret: self.secret.as_ref(),
            current_request: self.request.as_ref(),
            next_request: None,
            ari: self.ari,
            now: self.now,
            certificate_owner_ref: false,
        }
    }
}
