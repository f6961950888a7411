"""What became of every Certificate: the dump before, the dump after and the events in between."""

import base64
import dataclasses

import pki
from stack import has_condition

ISSUED = "The certificate has been successfully issued"


@dataclasses.dataclass
class Observed:
    # kept | reissued | blocked | waiting | lost | absent | failed
    outcome: str
    # cert-manager's own words for the first trigger after the restore began.
    trigger: str | None = None
    issued: int = 0
    # Whether the Secret holds another certificate than before.
    serial_changed: bool | None = None
    # Whether the Secret holds a certificate.
    holds: bool = True
    # The owner reference: "shim" (its owner is there), "none", "stale".
    owner: str = "none"
    obstacle: str | None = None


class Picture:
    """A dump, by kind, namespace and name."""

    def __init__(self, dump: dict):
        self.objects: dict[tuple[str, str, str], dict] = {}
        for item in dump["items"]:
            meta = item["metadata"]
            self.objects[item["kind"], meta.get("namespace", ""), meta["name"]] = item
        self.uids = {item["metadata"]["uid"] for item in dump["items"]}

    def of_kind(self, kind: str) -> list[dict]:
        return [item for key, item in self.objects.items() if key[0] == kind]

    def serial(self, certificate: dict) -> int | None:
        """Of the certificate in the Secret that the Certificate names."""
        key = ("Secret", certificate["metadata"]["namespace"], certificate["spec"]["secretName"])
        data = (self.objects.get(key) or {}).get("data") or {}
        try:
            return pki.read_certificates(base64.b64decode(data.get("tls.crt", "")))[0].serial_number
        except ValueError:
            return None

    def owner(self, item: dict) -> str:
        references = item["metadata"].get("ownerReferences", [])
        if not references:
            return "none"
        return "shim" if all(each["uid"] in self.uids for each in references) else "stale"

    def issuer_is_there(self, certificate: dict) -> bool:
        reference = certificate["spec"]["issuerRef"]
        kind = reference.get("kind") or "Issuer"
        namespace = "" if kind == "ClusterIssuer" else certificate["metadata"]["namespace"]
        found = self.objects.get((kind, namespace, reference["name"]))
        return found is not None and (kind == "ExternalIssuer" or has_condition(found, "Ready"))


def observe(before: dict, after: Picture, events: list[dict], serial_before: int | None, namespace: str) -> Observed:
    """`before` is the Certificate as it was when the restore began, `namespace` where it should be now."""
    name = before["metadata"]["name"]
    item = after.objects.get(("Certificate", namespace, name))
    if item is None:
        return Observed("lost")
    # By name: a Certificate that was issued, collected and made again by the shim has been two objects.
    mine = [event for event in events if subject(event) == ("Certificate", namespace, name)]
    mine.sort(key=lambda event: (event.get("firstTimestamp") or "", int(event["metadata"]["resourceVersion"])))
    issuing = [event for event in mine if event["reason"] == "Issuing"]
    triggers = [event["message"] for event in issuing if not event["message"].startswith(ISSUED)]
    issued = sum(event.get("count") or 1 for event in issuing if event["message"].startswith(ISSUED))
    if item["metadata"]["uid"] == before["metadata"]["uid"]:
        # Its events may count what was before; its revision went on.
        issued = revision(item) - revision(before)
    failed = failure(item) if failure(item) != failure(before) else None
    outcome, obstacle = outcome_of(item, after, issued, mine, bool(triggers and failed))
    return Observed(
        outcome,
        trigger=triggers[0] if triggers else None,
        issued=issued,
        serial_changed=after.serial(item) != serial_before,
        holds=after.serial(item) is not None,
        owner=after.owner(item),
        obstacle=obstacle,
    )


def subject(event: dict) -> tuple[str, str, str]:
    involved = event["involvedObject"]
    return involved.get("kind", ""), involved.get("namespace", ""), involved.get("name", "")


def failure(certificate: dict) -> str | None:
    return certificate.get("status", {}).get("lastFailureTime")


def revision(certificate: dict) -> int:
    return certificate.get("status", {}).get("revision", 0)


def outcome_of(item: dict, after: Picture, issued: int, events: list[dict], failed: bool) -> tuple[str, str | None]:
    if has_condition(item, "Issuing"):
        return pending(item, after, events)
    if issued:
        return "reissued", None
    if failed:
        return "failed", "its request was refused"
    return "kept", None


def pending(item: dict, after: Picture, events: list[dict]) -> tuple[str, str | None]:
    """Issuing=True: it waits for its issuer, or something stands in the way."""
    meta = item["metadata"]
    name = f"{meta['name']}-{revision(item) + 1}"
    request = after.objects.get(("CertificateRequest", meta["namespace"], name))
    if request is not None and meta["uid"] not in {each["uid"] for each in request["metadata"].get("ownerReferences", [])}:
        return "blocked", f"request {name} is not its own"
    refused = [event["message"] for event in events if event["reason"] == "CannotRegenerateKey"]
    if request is None and refused:
        return "blocked", refused[-1]
    if not after.issuer_is_there(item):
        return "blocked", "its issuer is missing or not ready"
    if request is not None and has_condition(request, "Ready"):
        return "blocked", "signed, but not stored"
    return "waiting", None if request else "no request"
