//! Issuances that lead to the next one, for ever, under one release and not under another (rules 2.1, 2.6, 3.4, 4.3).

use std::net::IpAddr;

use crate::object::{Certificate, CertificateRequest};
use crate::pki::{PemLimits, public_keys_equal};
use crate::release::{ChainEra, LiteralSubject, Release, SecretOwnership, Version};
use crate::verdict::Scene;

/// Why an issuance leads to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endless {
    /// Several Certificates overwrite one Secret (up to 1.13.1).
    SharedSecret,
    /// An address that is not written as Go writes it is never found again (up to 1.12.3).
    Addresses,
    /// The request is larger than the release reads; the next one will be as large.
    LargeRequest,
    /// The chain in the Secret is larger than the release reads; the issuer will send it again.
    LargeCertificate,
    /// The request never holds the literalSubject while the controller's gate is off (1.9 to 1.14 by default).
    LiteralSubject,
    /// The request never holds the otherNames while the controller's gate is off (1.14 to 1.19 by default).
    OtherNames,
    /// The issuer answered with a certificate for another key, which is stored (before 1.18.5, 1.19.3 and 1.20).
    WrongKey,
    /// The issuer answered with a certificate that had ended already, which is stored (before 1.21).
    Expired,
    /// The Secret is rewritten for a truststore that can never be made (1.11): no issuance, but no rest either.
    Truststore,
}

impl Endless {
    /// In a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::SharedSecret => "several Certificates name the Secret and overwrite each other",
            Self::Addresses => {
                "an IP address is not written in its canonical form, and addresses are compared by their text"
            }
            Self::LargeRequest => "its signing request is larger than this release reads",
            Self::LargeCertificate => "its certificate chain is larger than this release reads",
            Self::LiteralSubject => {
                "literalSubject is set while the gate LiteralCertificateSubject is off, so that no request holds it"
            }
            Self::OtherNames => "otherNames are set while the gate OtherNames is off, so that no request holds them",
            Self::WrongKey => "its issuer answers with a certificate for another key, and this release stores it",
            Self::Expired => "its issuer answers with a certificate that has ended already, and this release stores it",
            Self::Truststore => {
                "its keystore wants a truststore, and its issuer gives no CA certificate: the Secret is rewritten again and again"
            }
        }
    }
}

/// Whether a reason holds for a Certificate.
type Check = fn(&Scene<'_>, &Certificate) -> bool;

/// Why a Certificate never comes to rest under the scene's release; nothing if it does.
#[must_use]
pub fn endless(scene: &Scene<'_>, certificate: &Certificate) -> Option<Endless> {
    const CHECKS: [(Endless, Check); 9] = [
        (Endless::SharedSecret, |scene, certificate| {
            scene.release.secret_ownership == SecretOwnership::None && scene.index.shares_secret(certificate)
        }),
        (Endless::Addresses, |scene, certificate| {
            !scene.release.ips_by_value && certificate.spec.ip_addresses.iter().any(|text| !is_canonical(text))
        }),
        (Endless::LargeRequest, large_request),
        (Endless::LargeCertificate, large_certificate),
        (Endless::LiteralSubject, |scene, certificate| {
            scene.release.literal_subject != LiteralSubject::None
                && !certificate.spec.literal_subject.is_empty()
                && !scene.flags.gate("LiteralCertificateSubject", scene.release.version)
        }),
        (Endless::OtherNames, |scene, certificate| {
            scene.release.compares_other_names
                && certificate.spec.other_names.as_ref().is_some_and(|names| !names.is_empty())
                && !scene.flags.gate("OtherNames", scene.release.version)
        }),
        (Endless::WrongKey, wrong_key),
        (Endless::Expired, expired),
        (Endless::Truststore, |scene, certificate| {
            let keystores = certificate.spec.keystores.as_deref();
            let wanted =
                keystores.into_iter().flat_map(|all| [&all.jks, &all.pkcs12]).flatten().any(|store| store.create);
            scene.release.version.minor == 11
                && wanted
                && scene.secret(certificate).is_some_and(|secret| secret.has("tls.crt") && !secret.has("ca.crt"))
        }),
    ];
    CHECKS.iter().find(|(_, holds)| holds(scene, certificate)).map(|(endless, _)| *endless)
}

/// Whether a text is what Go's `net.IP.String` writes: an IPv4 address mapped to IPv6 is written as IPv4.
fn is_canonical(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().to_string() == text)
}

/// The same release without limits.
fn unlimited(release: &Release) -> Release {
    let mut release = release.clone();
    release.decoder.limits = PemLimits { key: None, request: None, certificate: None };
    release
}

/// From 1.13 on a request that does not decode is re-issued; before, it was passed over (rules 2.6).
fn large_request(scene: &Scene<'_>, certificate: &Certificate) -> bool {
    let Some(request) = current(scene, certificate).filter(|_| scene.release.chain != ChainEra::A) else {
        return false;
    };
    request.spec.request.decode(&scene.release.decoder).is_err()
        && request.spec.request.decode(&unlimited(scene.release).decoder).is_ok()
}

fn large_certificate(scene: &Scene<'_>, certificate: &Certificate) -> bool {
    let Some(chain) = scene.secret(certificate).and_then(|secret| secret.certificate.as_ref()) else { return false };
    chain.decode(&scene.release.decoder).is_err() && chain.decode(&unlimited(scene.release).decoder).is_ok()
}

fn wrong_key(scene: &Scene<'_>, certificate: &Certificate) -> bool {
    let v = scene.release.version;
    let refused = v >= Version::v1(20, 0) || matches!((v.minor, v.patch), (18, 5..) | (19, 3..));
    let decoder = &scene.release.decoder;
    let answered = || {
        let secret = scene.secret(certificate)?;
        let key = secret.key.as_ref()?.decode(decoder).ok()?;
        let issued = secret.certificate.as_ref()?.decode(decoder).ok()?;
        let request = current(scene, certificate)?.spec.request.decode(decoder).ok()?;
        let asked_with_it = public_keys_equal(&request.public_key, &key.public) == Ok(true);
        Some(asked_with_it && public_keys_equal(&issued.public_key, &key.public) == Ok(false))
    };
    !refused && answered() == Some(true)
}

fn expired(scene: &Scene<'_>, certificate: &Certificate) -> bool {
    let answered = || {
        let issued = scene.secret(certificate)?.certificate.as_ref()?.decode(&scene.release.decoder).ok()?;
        let asked = current(scene, certificate)?.metadata.creation_timestamp?;
        Some(issued.not_after <= asked)
    };
    scene.release.version < Version::v1(21, 0) && answered() == Some(true)
}

/// The request of the present revision.
fn current<'a>(scene: &Scene<'a>, certificate: &Certificate) -> Option<&'a CertificateRequest> {
    let revision = certificate.status.revision?.to_string();
    scene.index.requests_of(certificate).find(|request| request.revision() == Some(&revision))
}

#[cfg(test)]
mod tests {
    use super::is_canonical;

    #[test]
    fn addresses_as_go_writes_them() {
        for text in ["10.0.0.1", "2001:db8::1", "::1"] {
            assert!(is_canonical(text), "{text}");
        }
        for text in ["2001:0db8::1", "::ffff:1.2.3.4", "2001:DB8::1", "010.0.0.1", "host"] {
            assert!(!is_canonical(text), "{text}");
        }
    }
}
