//! Certificates and requests put together field by field. Nobody verifies their signatures, so they bear none.

use reissue_audit::time::Time;

use super::der::{oid, sequence, tlv};

/// One attribute: dotted OID, string type, value.
#[derive(Clone)]
pub(crate) struct Attribute {
    pub(crate) oid: String,
    pub(crate) string: u8,
    pub(crate) value: Vec<u8>,
}

/// The string type that Go chooses.
pub(crate) fn go_string(text: &str) -> u8 {
    let printable = |octet: u8| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet);
    if text.bytes().all(printable) { 0x13 } else { 0x0c }
}

impl Attribute {
    pub(crate) fn new(oid: &str, text: &str) -> Self {
        Self { oid: oid.to_owned(), string: go_string(text), value: text.into() }
    }

    fn der(&self) -> Vec<u8> {
        sequence(&[&oid(&self.oid), &tlv(self.string, &[&self.value])])
    }
}

/// A subject: its RDNs.
pub(crate) type Subject = Vec<Vec<Attribute>>;

pub(crate) fn subject_der(subject: &Subject) -> Vec<u8> {
    let rdns: Vec<u8> = subject
        .iter()
        .flat_map(|rdn| {
            let mut attributes: Vec<Vec<u8>> = rdn.iter().map(Attribute::der).collect();
            attributes.sort();
            tlv(0x31, &[&attributes.concat()])
        })
        .collect();
    sequence(&[&rdns])
}

/// The names of a SAN extension, in this order.
#[derive(Clone, Default)]
pub(crate) struct Names {
    pub(crate) dns: Vec<String>,
    pub(crate) emails: Vec<String>,
    pub(crate) ips: Vec<Vec<u8>>,
    pub(crate) uris: Vec<String>,
    /// OID and the element inside.
    pub(crate) others: Vec<(String, Vec<u8>)>,
    /// Whole GeneralNames.
    pub(crate) raw: Vec<Vec<u8>>,
}

impl Names {
    pub(crate) fn is_empty(&self) -> bool {
        self.dns.is_empty()
            && self.emails.is_empty()
            && self.ips.is_empty()
            && self.uris.is_empty()
            && self.others.is_empty()
            && self.raw.is_empty()
    }

    pub(crate) fn general_names(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let texts =
            |tag: u8, names: &[String]| names.iter().flat_map(|name| tlv(tag, &[name.as_bytes()])).collect::<Vec<u8>>();
        all.extend(texts(0x82, &self.dns));
        all.extend(texts(0x81, &self.emails));
        all.extend(self.ips.iter().flat_map(|ip| tlv(0x87, &[ip])));
        all.extend(texts(0x86, &self.uris));
        all.extend(self.others.iter().flat_map(|(id, value)| tlv(0xa0, &[&oid(id), &tlv(0xa0, &[value])])));
        all.extend(self.raw.concat());
        sequence(&[&all])
    }
}

/// An extension.
#[derive(Clone)]
pub(crate) struct Extension {
    pub(crate) oid: String,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

impl Extension {
    pub(crate) fn new(oid: &str, critical: bool, value: Vec<u8>) -> Self {
        Self { oid: oid.to_owned(), critical, value }
    }

    fn der(&self) -> Vec<u8> {
        let critical: &[u8] = if self.critical { &[1, 1, 0xff] } else { &[] };
        sequence(&[&oid(&self.oid), critical, &tlv(4, &[&self.value])])
    }
}

fn extensions(names: &Names, extra: &[Extension]) -> Vec<u8> {
    let san = (!names.is_empty()).then(|| Extension::new("2.5.29.17", false, names.general_names()));
    san.iter().chain(extra).flat_map(Extension::der).collect()
}

const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";

/// A certificate.
#[derive(Clone)]
pub(crate) struct X509 {
    /// The contents of the version element; `None` leaves it out.
    pub(crate) version: Option<u8>,
    /// The octets of the serial number.
    pub(crate) serial: Vec<u8>,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) subject: Subject,
    pub(crate) public: Vec<u8>,
    pub(crate) names: Names,
    pub(crate) extensions: Vec<Extension>,
}

fn x509_time(seconds: i64) -> Vec<u8> {
    let Some(civil) = Time(seconds).civil() else {
        return tlv(0x18, &[b"99991231235959Z"]);
    };
    if (1950..2050).contains(&civil.year()) {
        tlv(0x17, &[civil.strftime("%y%m%d%H%M%SZ").to_string().as_bytes()])
    } else {
        tlv(0x18, &[civil.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes()])
    }
}

impl X509 {
    pub(crate) fn der(&self) -> Vec<u8> {
        let version = self.version.map(|version| tlv(0xa0, &[&[2, 1, version]])).unwrap_or_default();
        let algorithm = sequence(&[&oid(ECDSA_SHA256)]);
        let issuer = subject_der(&vec![vec![Attribute::new("2.5.4.3", "Example CA")]]);
        let validity = sequence(&[&x509_time(self.not_before), &x509_time(self.not_after)]);
        let list = extensions(&self.names, &self.extensions);
        let list = if list.is_empty() { list } else { tlv(0xa3, &[&sequence(&[&list])]) };
        let serial = tlv(2, &[&self.serial]);
        let subject = subject_der(&self.subject);
        let parts: [&[u8]; 8] = [&version, &serial, &algorithm, &issuer, &validity, &subject, &self.public, &list];
        sequence(&[&sequence(&parts), &algorithm, &[3, 3, 0, 1, 1]])
    }
}

/// A request.
#[derive(Clone)]
pub(crate) struct Csr {
    pub(crate) version: u8,
    pub(crate) subject: Subject,
    pub(crate) public: Vec<u8>,
    pub(crate) names: Names,
    pub(crate) extensions: Vec<Extension>,
    /// Whole attributes beside the extensions.
    pub(crate) attributes: Vec<Vec<u8>>,
}

impl Csr {
    pub(crate) fn der(&self) -> Vec<u8> {
        let list = extensions(&self.names, &self.extensions);
        let mut attributes = self.attributes.concat();
        if !list.is_empty() {
            attributes.extend(extension_request(&list));
        }
        let info =
            sequence(&[&[2, 1, self.version], &subject_der(&self.subject), &self.public, &tlv(0xa0, &[&attributes])]);
        sequence(&[&info, &sequence(&[&oid(ECDSA_SHA256)]), &[3, 3, 0, 1, 1]])
    }
}

/// The attribute that holds extensions.
pub(crate) fn extension_request(list: &[u8]) -> Vec<u8> {
    sequence(&[&oid("1.2.840.113549.1.9.14"), &tlv(0x31, &[&sequence(&[list])])])
}
