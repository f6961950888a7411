//! Private keys as crypto/x509 reads them: PKCS#1, PKCS#8 and SEC 1 (rules 2.5, corrections 3 and 5).
//!
//! Nothing of a private key leaves this module but its public half.

use super::asn1::{self, Element, Fault, Fields, Kind, syntax};
use super::csr::algorithm;
use super::der::Oid;
use super::era::{Change, Era};
use super::public_key::{ECDSA, ED25519, RSA, X25519, positive, rsa_key};
use super::{Curve, PublicKey, ec, rsa};

/// What reading a key may ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The Go that reads.
    pub(crate) era: &'a Era,
    /// Public keys that the key may belong to.
    pub(crate) candidates: &'a [PublicKey],
}

/// A key in PKCS#8.
#[derive(Debug)]
pub(crate) enum Pkcs8 {
    /// One that signs.
    Signer(PublicKey),
    /// X25519, which Go reads but which does not sign.
    X25519,
}

/// `ParsePKCS1PrivateKey`
pub(crate) fn pkcs1(der: &[u8], context: Context<'_>) -> Result<PublicKey, Fault> {
    match pkcs1_fields(der) {
        Ok((_, rest)) if !rest.is_empty() => Err(syntax("trailing data")),
        Ok((fields, _)) => rsa_public_key(fields, context.era),
        Err(_) if ec_fields(der).is_ok() => Err(use_instead("ParseECPrivateKey")),
        Err(_) if pkcs8_fields(der).is_ok() => Err(use_instead("ParsePKCS8PrivateKey")),
        Err(fault) => Err(fault),
    }
}

/// `ParsePKCS8PrivateKey`
pub(crate) fn pkcs8(der: &[u8], context: Context<'_>) -> Result<Pkcs8, Fault> {
    let (oid, parameters, key) = match pkcs8_fields(der) {
        Ok(fields) => fields,
        Err(_) if ec_fields(der).is_ok() => return Err(use_instead("ParseECPrivateKey")),
        Err(_) if pkcs1_fields(der).is_ok() => return Err(use_instead("ParsePKCS1PrivateKey")),
        Err(fault) => return Err(fault),
    };
    let embedded = |kind: &str, fault| format!("x509: failed to parse {kind} private key embedded in PKCS#8: {fault}");
    match oid.0 {
        RSA => pkcs1(key, context).map(Pkcs8::Signer).map_err(|fault| embedded("RSA", fault)),
        ECDSA => {
            let curve = Fields::new(parameters).next(asn1::OID).and_then(asn1::oid).ok();
            ec_key(curve, key, context).map(Pkcs8::Signer).map_err(|fault| embedded("EC", fault))
        }
        ED25519 => ed25519(parameters, key).map(Pkcs8::Signer),
        X25519 if context.era.has(Change::X25519Keys) => x25519(parameters, key).map(|()| Pkcs8::X25519),
        _ => Err(format!("x509: PKCS#8 wrapping contained private key with unknown algorithm: {}", oid.dotted())),
    }
}

/// `ParseECPrivateKey`
pub(crate) fn sec1(der: &[u8], context: Context<'_>) -> Result<PublicKey, Fault> {
    ec_key(None, der, context)
}

fn use_instead(function: &str) -> Fault {
    format!("x509: failed to parse private key (use {function} instead for this key format)")
}

/// The fields of an RSAPrivateKey, as INTEGERs.
struct Pkcs1Fields<'a> {
    version: i64,
    modulus: &'a [u8],
    exponent: i64,
    private_exponent: &'a [u8],
    primes: Vec<&'a [u8]>,
    crt: [Option<&'a [u8]>; 3],
}

fn pkcs1_fields(der: &[u8]) -> Result<(Pkcs1Fields<'_>, &[u8]), Fault> {
    let mut input = Fields::new(der);
    let mut fields = Fields::new(input.next(Kind::sequence("pkcs1PrivateKey"))?.content);
    let version = asn1::int(fields.next(asn1::INT)?)?;
    let modulus = asn1::big_int(fields.next(asn1::BIG_INT)?)?;
    let exponent = asn1::int(fields.next(asn1::INT)?)?;
    let private_exponent = asn1::big_int(fields.next(asn1::BIG_INT)?)?;
    let p = asn1::big_int(fields.next(asn1::BIG_INT)?)?;
    let q = asn1::big_int(fields.next(asn1::BIG_INT)?)?;
    let mut crt = [None; 3];
    for value in &mut crt {
        *value = fields.optional(asn1::BIG_INT)?.map(asn1::big_int).transpose()?;
    }
    let mut primes = vec![p, q];
    if let Some(additional) = fields.optional(Kind::sequence(""))? {
        for prime in asn1::elements(additional.content, Some(Kind::sequence("pkcs1AdditionalRSAPrime")))? {
            let mut fields = Fields::new(prime.content);
            primes.push(asn1::big_int(fields.next(asn1::BIG_INT)?)?);
            asn1::big_int(fields.next(asn1::BIG_INT)?)?;
            asn1::big_int(fields.next(asn1::BIG_INT)?)?;
        }
    }
    Ok((Pkcs1Fields { version, modulus, exponent, private_exponent, primes, crt }, input.rest()))
}

fn rsa_public_key(fields: Pkcs1Fields<'_>, era: &Era) -> Result<PublicKey, Fault> {
    if fields.version > 1 {
        return Err("x509: unsupported private key version".to_owned());
    }
    let not_positive = || "x509: private key contains zero or negative value".to_owned();
    let modulus = positive(fields.modulus).ok_or_else(not_positive)?;
    let private_exponent = positive(fields.private_exponent).ok_or_else(not_positive)?;
    let mut primes = Vec::with_capacity(fields.primes.len());
    for (at, prime) in fields.primes.iter().enumerate() {
        if at == 2 {
            check_crt_signs(&fields, era)?;
        }
        primes.push(positive(prime).ok_or_else(|| match at {
            0 | 1 => not_positive(),
            _ => "x509: private key contains zero or negative prime".to_owned(),
        })?);
    }
    check_crt_signs(&fields, era)?;
    let crt = match fields.crt.map(|value| value.and_then(positive)) {
        [Some(dp), Some(dq), Some(coefficient)] => Some([dp, dq, coefficient]),
        _ => None,
    };
    let numbers = rsa::Numbers { modulus, exponent: fields.exponent, private_exponent, primes, crt };
    rsa::check(&numbers, era)?;
    Ok(rsa_key(modulus, u64::try_from(fields.exponent).unwrap_or(0)))
}

/// CRT values that are there must be positive, since Go looks at them.
fn check_crt_signs(fields: &Pkcs1Fields<'_>, era: &Era) -> Result<(), Fault> {
    let negative = fields.crt.iter().flatten().any(|value| positive(value).is_none());
    match negative && era.has(Change::RsaFips) {
        true => Err("x509: private key contains zero or negative value".to_owned()),
        false => Ok(()),
    }
}

fn pkcs8_fields(der: &[u8]) -> Result<(Oid<'_>, &[u8], &[u8]), Fault> {
    let mut fields = Fields::new(Fields::new(der).next(Kind::sequence("pkcs8"))?.content);
    asn1::int(fields.next(asn1::INT)?)?;
    let (oid, parameters) = algorithm(fields.next(Kind::sequence("AlgorithmIdentifier"))?)?;
    Ok((oid, parameters, fields.next(asn1::BYTES)?.content))
}

/// The fields of an ECPrivateKey that are used; the public key is only parsed.
struct EcFields<'a> {
    version: i64,
    scalar: &'a [u8],
    curve: Option<Oid<'a>>,
}

fn ec_fields(der: &[u8]) -> Result<EcFields<'_>, Fault> {
    let mut fields = Fields::new(Fields::new(der).next(Kind::sequence("ecPrivateKey"))?.content);
    let version = asn1::int(fields.next(asn1::INT)?)?;
    let scalar = fields.next(asn1::BYTES)?.content;
    let curve = fields.optional_explicit(0, asn1::OID)?.map(asn1::oid).transpose()?;
    let point: Option<Element<'_>> = fields.optional_explicit(1, asn1::BIT_STRING)?;
    point.map(|point| asn1::bit_string(point.content)).transpose()?;
    Ok(EcFields { version, scalar, curve })
}

fn ec_key(outer_curve: Option<Oid<'_>>, der: &[u8], context: Context<'_>) -> Result<PublicKey, Fault> {
    let fields = match ec_fields(der) {
        Ok(fields) => fields,
        Err(_) if pkcs8_fields(der).is_ok() => return Err(use_instead("ParsePKCS8PrivateKey")),
        Err(_) if pkcs1_fields(der).is_ok() => return Err(use_instead("ParsePKCS1PrivateKey")),
        Err(fault) => return Err(format!("x509: failed to parse EC private key: {fault}")),
    };
    if fields.version != 1 {
        return Err(format!("x509: unknown EC private key version {}", fields.version));
    }
    let curve = outer_curve.or(fields.curve).and_then(Curve::from_oid).ok_or("x509: unknown elliptic curve")?;
    Ok(ec::public_key(curve, fields.scalar, context.candidates, context.era)?)
}

fn ed25519(parameters: &[u8], key: &[u8]) -> Result<PublicKey, Fault> {
    if !parameters.is_empty() {
        return Err("x509: invalid Ed25519 private key parameters".to_owned());
    }
    let octets = Fields::new(key).next(asn1::BYTES);
    let seed = octets.map_err(|fault| format!("x509: invalid Ed25519 private key: {fault}"))?.content;
    let wrong_length = || format!("x509: invalid Ed25519 private key length: {}", seed.len());
    seed.try_into().ok().and_then(ec::ed25519_public_key).ok_or_else(wrong_length)
}

fn x25519(parameters: &[u8], key: &[u8]) -> Result<(), Fault> {
    if !parameters.is_empty() {
        return Err("x509: invalid X25519 private key parameters".to_owned());
    }
    let octets = Fields::new(key).next(asn1::BYTES);
    match octets.map_err(|fault| format!("x509: invalid X25519 private key: {fault}"))?.content.len() {
        32 => Ok(()),
        _ => Err("crypto/ecdh: invalid private key size".to_owned()),
    }
}
