"""A large cluster, written straight into etcd: the API server reads JSON there as well as what it writes itself."""

import base64
import datetime
import json
import urllib.request
import uuid

import pki
from stack import ETCD
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

# What a transaction of etcd takes (--max-txn-ops), and a request of it in bytes (--max-request-bytes is 1.5 MiB).
OPERATIONS, BYTES = 128, 1 << 20
# Enough that certificates differ; making one for each would take longer than everything else.
KEYS = 40


class Writer:
    """Puts objects into etcd, many in one transaction."""

    def __init__(self):
        self.operations: list[dict] = []
        self.bytes = 0

    def put(self, place: str, item: dict) -> None:
        key, value = (base64.b64encode(text.encode()).decode() for text in (f"/registry/{place}", json.dumps(item)))
        self.operations.append({"requestPut": {"key": key, "value": value}})
        self.bytes += len(value)
        if len(self.operations) == OPERATIONS or self.bytes > BYTES:
            self.flush()

    def flush(self) -> None:
        if self.operations:
            post("/v3/kv/txn", {"success": self.operations})
        self.operations, self.bytes = [], 0


def post(path: str, body: dict) -> dict:
    request = urllib.request.Request(ETCD + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def revision() -> int:
    return int(post("/v3/kv/range", {"key": base64.b64encode(b"/").decode()})["header"]["revision"])


def compact() -> int:
    """Makes everything but the present unreadable in etcd."""
    # One more write, so that what was read last lies behind.
    post("/v3/kv/put", {"key": base64.b64encode(b"/not-kubernetes").decode(), "value": ""})
    now = revision()
    post("/v3/kv/compaction", {"revision": now, "physical": True})
    return now


def metadata(namespace: str | None, name: str, **more) -> dict:
    when = (pki.now() - datetime.timedelta(days=10)).isoformat().replace("+00:00", "Z")
    own = {"name": name, "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{namespace}/{name}/{more.get('kind')}")), "creationTimestamp": when}
    more.pop("kind", None)
    return own | ({"namespace": namespace} if namespace else {}) | more


class Issued:
    """A key with its request and the certificate that the CA of the world made of it."""

    def __init__(self, number: int, ca, ca_key):
        self.dns = f"site-{number}.example.com"
        key = pki.ec_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.dns)])
        names = x509.SubjectAlternativeName([x509.DNSName(self.dns)])
        # What cert-manager asks for where the spec is silent.
        usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
        request = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(names, False).add_extension(usage, True)
        self.request = pki.pem(request.sign(key, hashes.SHA256()))
        extensions = [x509.Extension(names.oid, False, names), x509.Extension(usage.oid, True, usage)]
        start = pki.now() - datetime.timedelta(days=10)
        certificate = pki.sign(subject, key.public_key(), extensions, ca.subject, ca_key, start)
        self.secret = {"tls.crt": pki.pem(certificate), "tls.key": pki.key_pem(key), "ca.crt": pki.pem(ca)}
        self.times = [start + datetime.timedelta(days=days) for days in (0, 90, 60)]


def encoded(data: dict[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(value).decode() for name, value in data.items()}


def fill(certificates: int, namespaces: int, unrelated: int, labelled: bool = True) -> None:
    """Certificates of a CA issuer in each namespace, and Secrets that nobody names; every tenth Certificate wants another name by now."""
    ca_key, ca = pki.authority("world")
    issued = [Issued(number, ca, ca_key) for number in range(KEYS)]
    writer = Writer()
    root = {"tls.crt": pki.pem(ca), "tls.key": pki.key_pem(ca_key)}
    for number in range(namespaces):
        namespace = f"team-{number:03}"
        writer.put(f"namespaces/{namespace}", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": metadata(None, namespace),
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}})
        writer.put(f"cert-manager.io/issuers/{namespace}/ca", {
            "apiVersion": "cert-manager.io/v1", "kind": "Issuer",
            "metadata": metadata(namespace, "ca", kind="issuer", generation=1),
            "spec": {"ca": {"secretName": "root"}},
            "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KeyPairVerified", "message": "Signing CA verified"}]}})
        writer.put(f"secrets/{namespace}/root", secret(namespace, "root", root, {}, False, "kubernetes.io/tls"))
    for number in range(certificates):
        write_certificate(writer, f"team-{number % namespaces:03}", f"web-{number:05}", issued[number % KEYS], number % 10 == 0, labelled)
    for number in range(unrelated):
        namespace, name = f"team-{number % namespaces:03}", f"unrelated-{number:05}"
        data = {"config": b"x" * 900, "password": b"of no use to anybody"}
        writer.put(f"secrets/{namespace}/{name}", secret(namespace, name, data, {}, False, "Opaque"))
    writer.flush()


def secret(namespace: str, name: str, data: dict, annotations: dict, labelled: bool, type_: str) -> dict:
    labels = {"labels": {"controller.cert-manager.io/fao": "true"}} if labelled else {}
    return {
        "apiVersion": "v1", "kind": "Secret", "type": type_, "data": encoded(data),
        "metadata": metadata(namespace, name, kind="secret", annotations=annotations, **labels),
    }


def write_certificate(writer: Writer, namespace: str, name: str, issued: Issued, changed: bool, labelled: bool) -> None:
    not_before, not_after, renewal = (when.isoformat().replace("+00:00", "Z") for when in issued.times)
    issuer = {"name": "ca", "kind": "Issuer", "group": "cert-manager.io"}
    common = {"commonName": issued.dns}
    certificate = {
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": metadata(namespace, name, kind="certificate", generation=1),
        "spec": common | {
            "secretName": f"{name}-tls", "dnsNames": [issued.dns] + (["new.example.com"] if changed else []),
            "issuerRef": issuer, "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}},
        "status": {
            "revision": 1, "notBefore": not_before, "notAfter": not_after, "renewalTime": renewal,
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "Ready", "observedGeneration": 1,
                "message": "Certificate is up to date and has not expired", "lastTransitionTime": not_before}]},
    }
    writer.put(f"cert-manager.io/certificates/{namespace}/{name}", certificate)
    owner = {
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": name, "uid": certificate["metadata"]["uid"],
        "controller": True, "blockOwnerDeletion": True}
    annotations = {"cert-manager.io/certificate-name": name, "cert-manager.io/certificate-revision": "1"}
    writer.put(f"cert-manager.io/certificaterequests/{namespace}/{name}-1", {
        "apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
        "metadata": metadata(
            namespace, f"{name}-1", kind="request", generation=1, annotations=annotations, ownerReferences=[owner]),
        "spec": {"request": base64.b64encode(issued.request).decode(), "issuerRef": issuer},
        "status": {
            "certificate": base64.b64encode(issued.secret["tls.crt"]).decode(),
            "conditions": [
                {"type": "Approved", "status": "True", "reason": "cert-manager.io", "message": "approved"},
                {"type": "Ready", "status": "True", "reason": "Issued", "message": "Certificate fetched from issuer successfully"}]}})
    annotations = {
        "cert-manager.io/certificate-name": name, "cert-manager.io/issuer-name": "ca",
        "cert-manager.io/issuer-kind": "Issuer", "cert-manager.io/issuer-group": "cert-manager.io",
        "cert-manager.io/common-name": issued.dns, "cert-manager.io/alt-names": issued.dns}
    writer.put(
        f"secrets/{namespace}/{name}-tls",
        secret(namespace, f"{name}-tls", issued.secret, annotations, labelled, "kubernetes.io/tls"))
