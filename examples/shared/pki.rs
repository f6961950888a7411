//! Keys, certificates and requests, with the fields and encodings that cert-manager and the issuers give them.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, date_time_ymd,
};
use reissue_audit::time::Time;
use ring::digest::{SHA256, digest};

use crate::wish::{Key, Wish};

/// RSA keys of the generated data; ring cannot make any.
const RSA_KEYS: [&str; 16] = [
    include_str!("../../testdata/demo/keys/rsa-2048-01.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-02.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-03.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-04.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-05.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-06.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-07.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-08.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-09.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-10.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-11.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-12.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-13.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-14.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-15.pem"),
    include_str!("../../testdata/demo/keys/rsa-2048-16.pem"),
];

/// Hands out keys; every RSA fixture once.
#[derive(Default)]
pub(crate) struct KeyRing {
    rsa_used: usize,
}

impl KeyRing {
    /// A key of that kind which nobody else has.
    pub(crate) fn take(&mut self, key: Key) -> Result<KeyPair> {
        let algorithm = match key {
            Key::Default | Key::Rsa(_) => {
                let text = RSA_KEYS.get(self.rsa_used).context("add RSA keys under testdata/demo/keys")?;
                self.rsa_used += 1;
                return Ok(KeyPair::from_pem(text)?);
            }
            Key::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Key::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            Key::Ed25519 => &rcgen::PKCS_ED25519,
        };
        Ok(KeyPair::generate_for(algorithm)?)
    }
}

/// Who signs, and what it adds to `tls.crt` and `ca.crt`.
pub(crate) struct Authority {
    /// Name and key of the signer.
    pub(crate) issuer: Issuer<'static, KeyPair>,
    /// PEM of the certificates between the leaf and the root.
    pub(crate) chain: String,
    /// PEM for `ca.crt`; ACME servers give none.
    pub(crate) ca: Option<String>,
}

/// Validity in seconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Validity {
    pub(crate) not_before: Time,
    pub(crate) not_after: Time,
}

/// The certificate's parameters, as an issuer that copies the wish sets them.
pub(crate) fn certificate_params(wish: &Wish, validity: Validity, serial_seed: &str) -> Result<CertificateParams> {
    let mut params = request_params(wish)?;
    params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(validity.not_before.0)?);
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(validity.not_after.0)?);
    params.serial_number = Some(serial(serial_seed));
    params.is_ca = if wish.is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// The request's parameters, as cert-manager's request manager sets them.
pub(crate) fn request_params(wish: &Wish) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(wish);
    for name in wish.dns_names {
        params.subject_alt_names.push(SanType::DnsName((*name).try_into()?));
    }
    for email in wish.emails {
        params.subject_alt_names.push(SanType::Rfc822Name((*email).try_into()?));
    }
    for address in wish.ip_addresses {
        params.subject_alt_names.push(SanType::IpAddress(address.parse()?));
    }
    for uri in wish.uris {
        params.subject_alt_names.push(SanType::URI((*uri).try_into()?));
    }
    for usage in wish.usages {
        match *usage {
            "digital signature" => params.key_usages.push(KeyUsagePurpose::DigitalSignature),
            "key encipherment" => params.key_usages.push(KeyUsagePurpose::KeyEncipherment),
            "cert sign" => params.key_usages.push(KeyUsagePurpose::KeyCertSign),
            "crl sign" => params.key_usages.push(KeyUsagePurpose::CrlSign),
            "server auth" => params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth),
            "client auth" => params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth),
            other => return Err(anyhow!("usage {other:?} is not known to the generator")),
        }
    }
    Ok(params)
}

fn subject(wish: &Wish) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if !wish.literal_subject.is_empty() {
        for (attribute, value) in wish.literal_subject {
            name.push(attribute_type(attribute), text(value));
        }
        return name;
    }
    for organization in wish.organizations {
        name.push(DnType::OrganizationName, text(organization));
    }
    if !wish.common_name.is_empty() {
        name.push(DnType::CommonName, text(wish.common_name));
    }
    name
}

fn attribute_type(text: &str) -> DnType {
    match text {
        "C" => DnType::CountryName,
        "O" => DnType::OrganizationName,
        "OU" => DnType::OrganizationalUnitName,
        _ => DnType::CommonName,
    }
}

/// Go writes a PrintableString wherever it can.
fn text(value: &str) -> DnValue {
    value.try_into().map_or_else(|_| DnValue::Utf8String(value.to_owned()), DnValue::PrintableString)
}

/// 16 bytes that look random and are the same at each generation; never negative.
fn serial(seed: &str) -> SerialNumber {
    let hash = digest(&SHA256, format!("serial/{seed}").as_bytes());
    let mut bytes: Vec<u8> = hash.as_ref().iter().copied().take(16).collect();
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x10;
    }
    SerialNumber::from(bytes)
}

/// `tls.key` as cert-manager stores it without `encoding`: PKCS#1, SEC 1, or PKCS#8 for Ed25519.
pub(crate) fn key_pem(key: &KeyPair) -> Result<String> {
    let pkcs8 = key.serialized_der();
    if key.is_compatible(&rcgen::PKCS_RSA_SHA256) {
        // Version, algorithm (rsaEncryption, NULL) and the header of the octet string are 26 bytes from 1024 bits on.
        return Ok(pem("RSA PRIVATE KEY", pkcs8.get(26..).context("RSA key too short")?));
    }
    if key.is_compatible(&rcgen::PKCS_ECDSA_P256_SHA256) {
        return sec1(key, 32, &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    }
    if key.is_compatible(&rcgen::PKCS_ECDSA_P384_SHA384) {
        return sec1(key, 48, &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22]);
    }
    // ring appends the public key (RFC 5958), Go does not (RFC 5208).
    let header = [0x04, 0x22, 0x04, 0x20];
    let start = pkcs8.windows(header.len()).position(|w| w == header).context("no seed in the key")?;
    let seed = pkcs8.get(start..start + 36).context("Ed25519 key too short")?;
    let mut body = vec![0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    body.extend_from_slice(seed);
    Ok(pem("PRIVATE KEY", &tlv(0x30, &body)))
}

/// An ECPrivateKey (RFC 5915) with curve and public key, as Go writes it.
fn sec1(key: &KeyPair, scalar_len: u8, curve: &[u8]) -> Result<String> {
    let pkcs8 = key.serialized_der();
    let header = [0x02, 0x01, 0x01, 0x04, scalar_len];
    let start = pkcs8.windows(header.len()).position(|w| w == header).context("no ECPrivateKey in the key")?;
    let scalar = pkcs8.get(start + 5..start + 5 + usize::from(scalar_len)).context("EC key too short")?;
    let mut body = vec![0x02, 0x01, 0x01];
    body.extend(tlv(0x04, scalar));
    body.extend(tlv(0xa0, curve));
    let point: Vec<u8> = std::iter::once(0).chain(key.der_bytes().iter().copied()).collect();
    body.extend(tlv(0xa1, &tlv(0x03, &point)));
    Ok(pem("EC PRIVATE KEY", &tlv(0x30, &body)))
}

fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(long) => out.extend([0x81, long]),
        Err(_) => out.extend([0x82, (contents.len() >> 8) as u8, contents.len() as u8]),
    }
    out.extend_from_slice(contents);
    out
}

/// PEM with lines of 64 characters and `\n`, as Go writes it.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut body = STANDARD.encode(der);
    while body.len() > 64 {
        let rest = body.split_off(64);
        out.push_str(&body);
        out.push('\n');
        body = rest;
    }
    out.push_str(&body);
    out.push_str(&format!("\n-----END {label}-----\n"));
    out
}

/// Base64 of a text, as in `data` of a Secret and `request` of a CertificateRequest.
pub(crate) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}
