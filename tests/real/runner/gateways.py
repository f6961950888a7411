"""Gateways and ListenerSets of a source world, for which cert-manager's shim makes Certificates."""

from api import Api

GATEWAY_API = "gateway.networking.k8s.io/v1"
ISSUER = {"cert-manager.io/cluster-issuer": "ca"}


def listener(name: str) -> dict:
    """One that serves a host of its own with a Secret of its own."""
    tls = {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": f"{name}-tls"}]}
    return {"name": name, "hostname": f"{name}.example.com", "port": 443, "protocol": "HTTPS", "tls": tls}


def gateway(name: str, namespace: str, listeners: list[str]) -> dict:
    meta = {"name": name, "namespace": namespace, "annotations": ISSUER}
    allowed = {"allowedListeners": {"namespaces": {"from": "Same"}}}
    spec = {"gatewayClassName": "none", "listeners": [listener(each) for each in listeners]} | allowed
    return {"apiVersion": GATEWAY_API, "kind": "Gateway", "metadata": meta, "spec": spec}


def listener_set(name: str, namespace: str, parent: str, listeners: list[str]) -> dict:
    meta = {"name": name, "namespace": namespace}
    spec = {"parentRef": {"name": parent}, "listeners": [listener(each) for each in listeners]}
    return {"apiVersion": GATEWAY_API, "kind": "ListenerSet", "metadata": meta, "spec": spec}


def objects() -> list[dict]:
    return [
        gateway("edge", "team-a", ["edge-one", "edge-two"]),
        gateway("edge-grown", "team-a", ["edge-grown"]),
        gateway("b-edge", "team-b", ["b-edge"]),
        listener_set("more", "team-a", "edge", ["more"]),
        listener_set("more-grown", "team-a", "edge", ["more-grown"]),
    ]


def certificates() -> list[str]:
    """What the shim makes of them."""
    return [f"{each['name']}-tls" for item in objects() for each in item["spec"]["listeners"]]


def grow(api: Api) -> None:
    """While cert-manager does not run, one of each gets a second name for its Secret."""
    for plural, name in (("gateways", "edge-grown"), ("listenersets", "more-grown")):
        path = f"/apis/{GATEWAY_API}/namespaces/team-a/{plural}/{name}"
        second = listener(name) | {"name": "second", "hostname": f"second.{name}.example.com"}
        api.merge(path, {"spec": {"listeners": [listener(name), second]}})
