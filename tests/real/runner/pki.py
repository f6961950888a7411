"""Keys and certificates made for the scenarios alone."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key, pkcs8: bool = False) -> bytes:
    encoding = serialization.PrivateFormat.PKCS8 if pkcs8 else serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, encoding, serialization.NoEncryption())


def read_key(pem: bytes):
    return serialization.load_pem_private_key(pem, None)


def read_certificates(pem: bytes) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem)


def pem(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def authority(name: str):
    """A CA of its own: its key and its certificate."""
    key = ec_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return key, sign(subject, key.public_key(), [], subject, key, days=3650, is_ca=True)


def sign(subject, public_key, extensions, issuer, issuer_key, start=None, days=90, is_ca=False):
    start = start or now() - datetime.timedelta(minutes=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
    )
    if not any(extension.oid == x509.OID_BASIC_CONSTRAINTS for extension in extensions):
        builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(issuer_key, hashes.SHA256())


def sign_request(csr_pem: bytes, issuer, issuer_key):
    """What an external issuer does with a request: everything that it asks for."""
    csr = x509.load_pem_x509_csr(csr_pem)
    return sign(csr.subject, csr.public_key(), list(csr.extensions), issuer.subject, issuer_key)


def reissued_with_dates(old, key, issuer, issuer_key, start, days):
    """The same certificate with other dates."""
    return sign(old.subject, key.public_key(), list(old.extensions), issuer.subject, issuer_key, start, days)


def serving(folder: Path) -> None:
    """ca.crt, serving.crt, serving.key for 127.0.0.1, and the key of service-account tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, ca = authority("scenario-ca")
    key = rsa_key()
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    names = x509.Extension(x509.OID_SUBJECT_ALTERNATIVE_NAME, False, names)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scenario")])
    files = {
        "ca.crt": pem(ca),
        "serving.crt": pem(sign(subject, key.public_key(), [names], ca.subject, ca_key)),
        "serving.key": key_pem(key),
        "service-accounts.key": key_pem(rsa_key()),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
