"""The source world: Certificates of many kinds, brought about by cert-manager itself as far as can be."""

import base64
import datetime
import time

import gateways
import pki
from api import Api, CERT_MANAGER
from lot import Lot
from processes import wait_for
from scenarios import Scenario
from stack import Cluster, has_condition

A, B = "team-a", "team-b"
# Quick to make and small, where nothing else is the point.
EC = {"algorithm": "ECDSA", "size": 256}
RSA = {"algorithm": "RSA", "size": 2048}
EXTERNAL = {"group": "external.example.com", "kind": "ExternalIssuer", "name": "partner"}


def issuer_ref(name: str, kind: str = "Issuer") -> dict:
    return {"name": name, "kind": kind, "group": "cert-manager.io"}


TEAM_CA = issuer_ref("team-ca")
CLUSTER_CA = issuer_ref("ca", "ClusterIssuer")
SELF_SIGNED = issuer_ref("selfsigned")


def certificate(name: str, issuer: dict, namespace: str = A, labels: dict | None = None, **spec) -> dict:
    defaults = {"secretName": f"{name}-tls", "dnsNames": [f"{name}.example.com"], "issuerRef": issuer, "privateKey": EC}
    meta = {"name": name, "namespace": namespace}
    if labels:
        meta["labels"] = labels
    return {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta, "spec": defaults | spec}


def issuer(name: str, namespace: str | None, spec: dict) -> dict:
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    kind = "Issuer" if namespace else "ClusterIssuer"
    return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": meta, "spec": spec}


def ingress(name: str, annotations: dict, hosts: list[str], namespace: str = A) -> dict:
    backend = {"service": {"name": name, "port": {"number": 80}}}
    paths = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
        "spec": {
            "rules": [{"host": host, "http": paths} for host in hosts],
            "tls": [{"secretName": f"{name}-tls", "hosts": hosts}],
        },
    }


def foundations() -> list[dict]:
    """Namespaces, a CA, a CA below it, and issuers of each kind."""
    authorities = [
        certificate("root-ca", issuer_ref("selfsigned", "ClusterIssuer"), "cert-manager", isCA=True, commonName="root", duration="8760h"),
        certificate("team-ca", CLUSTER_CA, A, isCA=True, commonName="team-ca", duration="4380h"),
        certificate("b-ca", SELF_SIGNED, B, isCA=True, commonName="b-ca"),
    ]
    return [
        *({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("cert-manager", A, B)),
        issuer("selfsigned", None, {"selfSigned": {}}),
        issuer("ca", None, {"ca": {"secretName": "root-ca-tls"}}),
        issuer("selfsigned", A, {"selfSigned": {}}),
        issuer("team-ca", A, {"ca": {"secretName": "team-ca-tls"}}),
        issuer("broken", A, {"ca": {"secretName": "nobody-has-it"}}),
        issuer("selfsigned", B, {"selfSigned": {}}),
        issuer("b-ca", B, {"ca": {"secretName": "b-ca-tls"}}),
        *authorities,
    ]


def leaves() -> list[dict]:
    """Certificates that are issued and then left alone, or edited later (see `edit`)."""
    password = {"name": "keystore-password", "key": "password"}
    return [
        certificate("plain-issuer", TEAM_CA, privateKey=RSA),
        certificate("plain-cluster", CLUSTER_CA, labels={"app": "shop"}),
        certificate("self-signed", SELF_SIGNED, privateKey=RSA),
        certificate("self-signed-cluster", issuer_ref("selfsigned", "ClusterIssuer")),
        certificate("kind-omitted", {"name": "team-ca"}),
        certificate("many-names", TEAM_CA, ipAddresses=["10.0.0.1"], uris=["spiffe://example.com/a"], emailAddresses=["a@example.com"]),
        certificate("literal-subject", TEAM_CA, literalSubject="CN=literal,O=example"),
        certificate("short", CLUSTER_CA, duration="1h", renewBefore="20m"),
        certificate("ecdsa", CLUSTER_CA, privateKey=EC | {"size": 384}),
        certificate("pkcs8", TEAM_CA, privateKey=EC | {"encoding": "PKCS8"}),
        certificate("templated", CLUSTER_CA, secretTemplate={"labels": {"tier": "web"}, "annotations": {"example.com/a": "b"}}),
        certificate("keystore", TEAM_CA, keystores={"pkcs12": {"create": True, "passwordSecretRef": password}}),
        certificate("keystore-gone", TEAM_CA, keystores={"jks": {"create": True, "passwordSecretRef": password | {"name": "lost-password"}}}),
        certificate("never-rotates", CLUSTER_CA, privateKey=EC | {"rotationPolicy": "Never"}),
        certificate("never-rotates-edited", CLUSTER_CA, privateKey=RSA | {"rotationPolicy": "Never"}),
        certificate("always-rotates", CLUSTER_CA, privateKey=EC | {"rotationPolicy": "Always"}, labels={"app": "shop"}),
        certificate("shared-one", CLUSTER_CA, secretName="shared-tls", dnsNames=["shared.example.com"]),
        certificate("renewed", CLUSTER_CA),
        *(certificate(f"edited-{field}", TEAM_CA) for field in EDITED),
        *(certificate(f"secret-{damage}", TEAM_CA) for damage in DAMAGED),
        certificate("no-annotations-cluster", CLUSTER_CA),
        certificate("expired", TEAM_CA),
        certificate("due", CLUSTER_CA),
        certificate("due-self-signed", SELF_SIGNED),
        certificate("held-back", CLUSTER_CA),
        certificate("b-plain", issuer_ref("b-ca"), B, labels={"app": "shop"}),
        certificate("b-cluster", CLUSTER_CA, B),
        certificate("b-edited", CLUSTER_CA, B),
    ]


def unhappy() -> list[dict]:
    """Certificates that never got what they want."""
    return [
        certificate("no-such-issuer", issuer_ref("no-such-issuer")),
        certificate("issuer-not-ready", issuer_ref("broken")),
        certificate("external-good", EXTERNAL),
        certificate("external-good-then-failed", EXTERNAL),
        certificate("external-pending", EXTERNAL),
        certificate("external-failed", EXTERNAL),
    ]


def shim() -> list[dict]:
    cluster, local = "cert-manager.io/cluster-issuer", "cert-manager.io/issuer"
    return [
        ingress("web", {cluster: "ca"}, ["web.example.com"]),
        ingress("web-local", {local: "team-ca"}, ["web-local.example.com", "web2.example.com"]),
        ingress("web-grown", {cluster: "ca"}, ["web-grown.example.com"]),
        ingress("b-web", {cluster: "ca"}, ["b-web.example.com"], B),
    ]


def passwords() -> list[dict]:
    data = {"password": base64.b64encode(b"scenario").decode()}
    meta = [{"name": name, "namespace": A} for name in ("keystore-password", "lost-password")]
    return [{"apiVersion": "v1", "kind": "Secret", "metadata": each, "data": data} for each in meta]


def external_kind() -> dict:
    """The kind of an issuer that is no part of cert-manager. Nothing serves it: the runner signs."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    group, plural = EXTERNAL["group"], "externalissuers"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": "ExternalIssuer", "plural": plural, "singular": "externalissuer", "listKind": "ExternalIssuerList"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }


# What is done to a spec once its certificate is there, while cert-manager does not run.
EDITED = {
    "dns-names": {"dnsNames": ["edited-dns-names.example.com", "more.example.com"]},
    "common-name": {"commonName": "edited.example.com"},
    "ip": {"ipAddresses": ["10.1.2.3"]},
    "duration": {"duration": "1440h"},
    "usages": {"usages": ["client auth"]},
    "subject": {"subject": {"organizations": ["example"]}},
    "is-ca": {"isCA": True},
    "key-size": {"privateKey": {"size": 384}},
    "key-algorithm": {"privateKey": {"algorithm": "Ed25519", "size": None}},
    "issuer": {"issuerRef": CLUSTER_CA},
    "secret-name": {"secretName": "another-tls"},
    "renew-before": {"renewBefore": "24h"},
}
DAMAGED = ["missing", "without-key", "garbage", "foreign-key", "no-annotations", "fao"]


def lot_of(seed: int) -> Lot:
    a = [TEAM_CA, CLUSTER_CA, SELF_SIGNED, {"name": "team-ca"}, issuer_ref("selfsigned", "ClusterIssuer")]
    return Lot(seed, certificate, {A: a, B: [issuer_ref("b-ca"), CLUSTER_CA, SELF_SIGNED]})


def make(cluster: Cluster, scenario: Scenario) -> None:
    """Everything that cert-manager has to be there for."""
    api = cluster.api
    api.apply(external_kind())
    cluster.wait_established("externalissuers.external.example.com")
    api.create(*foundations()[:3])
    api.create(*foundations()[3:], *passwords())
    partner = {"name": EXTERNAL["name"], "namespace": A}
    api.create({"apiVersion": "external.example.com/v1", "kind": "ExternalIssuer", "metadata": partner, "spec": {}})
    for name in ("root-ca", "team-ca", "b-ca"):
        wait_for(name, lambda name=name: is_ready(api, name))
    followed = [*(shim() if scenario.with_shim else []), *(gateways.objects() if scenario.with_gateways else [])]
    happy = leaves() if scenario.seed is None else lot_of(scenario.seed).certificates
    api.create(*happy, *unhappy(), *followed)
    issued = [item["metadata"]["name"] for item in happy]
    issued += [item["metadata"]["name"] + "-tls" for item in followed if item["kind"] == "Ingress"]
    issued += gateways.certificates() if scenario.with_gateways else []
    wait_for("all Certificates", lambda: all(is_ready(api, name) for name in issued), 300, every=1)
    external_answers(api)
    if scenario.seed is not None:
        return
    # Only now: which of two is issued first shall not be left to chance.
    api.create(certificate("shared-two", CLUSTER_CA, secretName="shared-tls", dnsNames=["shared.example.com"]))
    for _ in range(2):
        renew(api, A, "renewed")


def is_ready(api: Api, name: str) -> bool:
    found = [item for item in api.items("certificates") if item["metadata"]["name"] == name]
    return bool(found) and all(has_condition(item, "Ready") for item in found)


def path_of(namespace: str, name: str, resource: str = "certificates") -> str:
    return f"{CERT_MANAGER}/namespaces/{namespace}/{resource}/{name}"


def stamp() -> str:
    return pki.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def renew(api: Api, namespace: str, name: str) -> None:
    """What `cmctl renew` does, and waiting until it is done."""
    path = path_of(namespace, name)
    revision = start_renewal(api, path)
    wait_for(f"renewal of {name}", lambda: api.get(path)["status"].get("revision", 0) > revision)


def start_renewal(api: Api, path: str) -> int:
    """Gives the revision before it."""
    status = api.get(path).get("status", {})
    conditions = [each for each in status.get("conditions", []) if each["type"] != "Issuing"]
    manually = {"type": "Issuing", "status": "True", "reason": "ManuallyTriggered", "lastTransitionTime": stamp()}
    conditions.append(manually | {"message": "Certificate re-issuance manually triggered"})
    api.merge(f"{path}/status", {"status": {"conditions": conditions}})
    return status.get("revision", 0)


def external_answers(api: Api) -> None:
    """The external issuer signs two requests, refuses one, and leaves one alone."""
    answer(api, "external-good", 1, sign=True)
    answer(api, "external-good-then-failed", 1, sign=True)
    answer(api, "external-failed", 1, sign=False)
    names = ["external-good-then-failed.example.com", "more.example.com"]
    api.merge(path_of(A, "external-good-then-failed"), {"spec": {"dnsNames": names}})
    answer(api, "external-good-then-failed", 2, sign=False)


PARTNER_KEY, PARTNER = pki.authority("partner")


def answer(api: Api, name: str, revision: int, sign: bool) -> None:
    path = path_of(A, f"{name}-{revision}", "certificaterequests")
    request = wait_for(f"request {name}-{revision}", lambda: approved(api.find(path)))
    ready = {"type": "Ready", "lastTransitionTime": stamp()}
    if sign:
        csr = base64.b64decode(request["spec"]["request"])
        chain = pki.pem(pki.sign_request(csr, PARTNER, PARTNER_KEY))
        done = {"certificate": encode(chain), "ca": encode(pki.pem(PARTNER))}
        ready |= {"status": "True", "reason": "Issued", "message": "signed by the partner"}
    else:
        done = {"failureTime": stamp()}
        ready |= {"status": "False", "reason": "Failed", "message": "refused by the partner"}
    api.merge(f"{path}/status", {"status": done | {"conditions": [*request["status"]["conditions"], ready]}})
    wait_for(f"{name} after {revision}", lambda: is_settled(api.get(path_of(A, name)), revision if sign else None))


def is_settled(certificate: dict, revision: int | None) -> bool:
    """Whether an issuance is over: with this revision, or failed."""
    status = certificate["status"]
    done = "lastFailureTime" in status if revision is None else status.get("revision") == revision
    return done and not has_condition(certificate, "Issuing")


def approved(request: dict | None) -> dict | None:
    return request if request and has_condition(request, "Approved") else None


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


# Behind cert-manager's back


def edit(api: Api, scenario: Scenario) -> None:
    """What happens to the world while cert-manager does not run."""
    if scenario.seed is None:
        edit_each(api)
    else:
        lot = lot_of(scenario.seed)
        for namespace, name, spec in lot.edits:
            api.merge(path_of(namespace, name), {"spec": spec})
        for namespace, name, kind in lot.damages:
            damage_one(api, name, kind, namespace)
    if scenario.with_shim:
        grown = ["web-grown.example.com", "grown.example.com"]
        api.merge(f"/apis/networking.k8s.io/v1/namespaces/{A}/ingresses/web-grown", {"spec": ingress("web-grown", {}, grown)["spec"]})
    if scenario.with_gateways:
        gateways.grow(api)


def edit_each(api: Api) -> None:
    for field, spec in EDITED.items():
        api.merge(path_of(A, f"edited-{field}"), {"spec": spec})
    api.merge(path_of(A, "never-rotates-edited"), {"spec": {"privateKey": {"size": 4096}}})
    api.merge(path_of(B, "b-edited"), {"spec": {"dnsNames": ["b-edited.example.com", "more.example.com"]}})
    api.merge(path_of(A, "held-back"), {"spec": {"dnsNames": ["held-back.example.com", "more.example.com"]}})
    api.merge(f"{path_of(A, 'held-back')}/status", {"status": {"lastFailureTime": stamp(), "failedIssuanceAttempts": 1}})
    damage(api)
    age(api)


def secret_path(name: str, namespace: str = A) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"


def damage(api: Api) -> None:
    for kind in DAMAGED:
        damage_one(api, f"secret-{kind}-tls", kind)
    damage_one(api, "lost-password", "missing")
    damage_one(api, "no-annotations-cluster-tls", "no-annotations")


def damage_one(api: Api, name: str, kind: str, namespace: str = A) -> None:
    path = secret_path(name, namespace)
    if kind == "missing":
        api.delete(path)
    elif kind == "foreign-key":
        api.merge(path, {"data": {"tls.key": encode(pki.key_pem(pki.ec_key()))}})
    else:
        api.merge(path, DAMAGE[kind])


def annotations(**values: str | None) -> dict:
    return {"metadata": {"annotations": {f"cert-manager.io/{name.replace('_', '-')}": value for name, value in values.items()}}}


FILTER = "controller.cert-manager.io/fao"
DAMAGE = {
    "without-key": {"data": {"tls.key": ""}},
    "garbage": {"data": {"tls.crt": encode(b"garbage")}},
    "no-annotations": annotations(issuer_name=None, issuer_kind=None, issuer_group=None),
    "fao": {"metadata": {"labels": {FILTER: "false"}}},
    "no-labels": {"metadata": {"labels": {FILTER: None}}},
    "no-ca": {"data": {"ca.crt": None}},
    "other-name": annotations(certificate_name="another"),
}


def age(api: Api) -> None:
    """Certificates as old as none can be made by waiting: the same names and key, signed anew with other dates."""
    for name, start, days, authority in (
        ("expired", 100, 90, (A, "team-ca-tls")),
        ("due", 80, 90, ("cert-manager", "root-ca-tls")),
        ("due-self-signed", 80, 90, None),
    ):
        secret = api.get(secret_path(f"{name}-tls"))
        key = pki.read_key(base64.b64decode(secret["data"]["tls.key"]))
        [old, *rest] = pki.read_certificates(base64.b64decode(secret["data"]["tls.crt"]))
        signer, signer_key = authority_of(api, *authority) if authority else (old, key)
        begin = pki.now() - datetime.timedelta(days=start)
        new = pki.reissued_with_dates(old, key, signer, signer_key, begin, days)
        chain = b"".join(map(pki.pem, [new, *rest]))
        api.merge(secret_path(f"{name}-tls"), {"data": {"tls.crt": encode(chain)}})


def authority_of(api: Api, namespace: str, name: str):
    data = api.get(secret_path(name, namespace))["data"]
    certificate = pki.read_certificates(base64.b64decode(data["tls.crt"]))[0]
    return certificate, pki.read_key(base64.b64decode(data["tls.key"]))


def renew_all(api: Api) -> None:
    """`cmctl renew --all`: whatever is not being issued already."""
    for item in api.items("certificates"):
        if not has_condition(item, "Issuing"):
            start_renewal(api, path_of(item["metadata"]["namespace"], item["metadata"]["name"]))


def live_on(api: Api) -> None:
    """What a cluster does after its backup was made: some Certificates are renewed, a Secret gets an annotation."""
    for namespace, name in ((A, "plain-issuer"), (A, "plain-cluster"), (A, "never-rotates"), (B, "b-cluster")):
        renew(api, namespace, name)
    time.sleep(1)
