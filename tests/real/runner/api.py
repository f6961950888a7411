"""The API server, by HTTP and by kubectl."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

PORT = 26443
TOKEN = "scenario"

CERT_MANAGER = "/apis/cert-manager.io/v1"
# What a dump holds, by path; where a kind is unknown to the server it is left out.
RESOURCES = {
    "namespaces": "/api/v1/namespaces",
    "secrets": "/api/v1/secrets",
    "ingresses": "/apis/networking.k8s.io/v1/ingresses",
    "gateways": "/apis/gateway.networking.k8s.io/v1/gateways",
    "listenersets": "/apis/gateway.networking.k8s.io/v1/listenersets",
    "customresourcedefinitions": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "issuers": f"{CERT_MANAGER}/issuers",
    "clusterissuers": f"{CERT_MANAGER}/clusterissuers",
    "certificates": f"{CERT_MANAGER}/certificates",
    "certificaterequests": f"{CERT_MANAGER}/certificaterequests",
    "orders": "/apis/acme.cert-manager.io/v1/orders",
    "challenges": "/apis/acme.cert-manager.io/v1/challenges",
    "externalissuers": "/apis/external.example.com/v1/externalissuers",
}
EVENTS = "/api/v1/events"
# Kinds that count for the question whether something still happens.
WATCHED = ["secrets", "ingresses", "gateways", "listenersets", "issuers", "clusterissuers", "certificates", "certificaterequests", "orders"]
# Of a list, all that is asked for is what the objects are known by.
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class Api:
    def __init__(self, kubectl: list[str], kubeconfig: Path, ca: Path):
        self.kubectl_command = [*kubectl, "--kubeconfig", str(kubeconfig)]
        self.tls = ssl.create_default_context(cafile=str(ca))

    def request(self, method: str, path: str, body=None, content_type="application/json", accept="application/json"):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": content_type, "Accept": accept}
        request = urllib.request.Request(f"https://127.0.0.1:{PORT}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, f"{method} {path}: {error.code} {error.read().decode()[:600]}") from error

    def is_ready(self) -> bool:
        request = urllib.request.Request(f"https://127.0.0.1:{PORT}/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, context=self.tls, timeout=5) as answer:
            return answer.status == 200

    def get(self, path: str):
        return self.request("GET", path)

    def find(self, path: str):
        """The object, or None where there is none."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def items(self, resource: str) -> list[dict]:
        found = self.find(RESOURCES.get(resource, resource))
        return [] if found is None else found["items"]

    def merge(self, path: str, patch: dict) -> dict:
        return self.request("PATCH", path, patch, "application/merge-patch+json")

    def delete(self, path: str) -> None:
        self.request("DELETE", path)

    def apply(self, *objects: dict) -> None:
        """Server-side, so that what was there before does not matter."""
        self.send("apply", "--server-side", "--force-conflicts", given=as_list(objects))

    def create(self, *objects: dict) -> None:
        self.send("create", given=as_list(objects))

    def send(self, *arguments: str, given: str) -> None:
        """Without validation by kubectl, which asks for the schemas of everything."""
        done = self.kubectl(*arguments, "--validate=false", "-f", "-", given=given)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def schemas_are_ready(self) -> bool:
        """They are made anew after each new definition; on a busy machine that takes longer than kubectl waits."""
        request = urllib.request.Request(f"https://127.0.0.1:{PORT}/openapi/v2", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, context=self.tls, timeout=60) as answer:
            return bool(answer.read())

    def kubectl(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess:
        return subprocess.run([*self.kubectl_command, *arguments], input=given, text=True, capture_output=True)

    def dump(self) -> dict:
        """What `kubectl get … -A -o json` says of everything that counts, in one List."""
        items = []
        for resource, path in RESOURCES.items():
            found = self.find(path)
            for item in [] if found is None else found["items"]:
                kind = {"apiVersion": found["apiVersion"], "kind": found["kind"].removesuffix("List")}
                items.append(kind | item)
        return {"apiVersion": "v1", "kind": "List", "items": items}

    def events(self) -> list[dict]:
        return self.get(EVENTS)["items"]

    def watched(self) -> list[dict]:
        """The metadata of everything that counts, and of which resource it is."""
        metas = []
        for name in WATCHED:
            try:
                found = self.request("GET", RESOURCES[name], accept=METADATA)
            except ApiError as error:
                if error.status != 404:
                    raise
                continue
            metas += [item["metadata"] | {"resource": name} for item in found["items"] or []]
        return metas


class ApiError(Exception):
    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status


def as_list(objects) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
