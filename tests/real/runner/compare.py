"""Predicted against observed, Certificate by Certificate."""

import dataclasses
import re

from observe import Observed, Picture, observe

# What a verdict lets one expect to see.
EXPECTED = {
    "lost": {"lost"},
    # A finished backup does not hold it.
    "absent": {"lost"},
    "blocked": {"blocked", "failed"},
    "in-progress": {"waiting"},
    "reissue-now": {"reissued"},
    "reissue-later": {"kept"},
    "drift": {"kept"},
    "unchanged": {"kept"},
}

TIME = re.compile(r"<nil>|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( \+0000 UTC|Z)?")


@dataclasses.dataclass
class Line:
    namespace: str
    name: str
    predicted: dict
    observed: Observed
    differs: list[str]
    # What `verify` calls it.
    verified: str | None = None

    def record(self) -> dict:
        return {
            "namespace": self.namespace,
            "name": self.name,
            "predicted": self.predicted,
            "observed": dataclasses.asdict(self.observed),
            "verified": self.verified,
            "differs": self.differs,
        }


def compare(source: dict, start: dict, end: dict, events: list[dict], report: dict, mapping: dict[str, str], renews: bool = False) -> list[Line]:
    """`start` is the world that the target was before, or the source; every Certificate of source or target counts."""
    before, after = Picture(start), Picture(end)
    origin = Picture(source)
    predicted = {(each["namespace"], each["name"]): each for each in report["certificates"]}
    findings = by_certificate(report)
    lines = []
    known = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in origin.of_kind("Certificate")}
    for (namespace, name), item in sorted(known.items()):
        there = mapping.get(namespace, namespace)
        old = before.objects.get(("Certificate", namespace, name), item)
        serial = before.serial(old) if before.serial(old) is not None else origin.serial(item)
        seen = observe(old, after, events, serial, there)
        foretold = predicted.get((there, name)) or predicted.get((namespace, name))
        told = shorten(foretold, findings.get((there, name), set()) | findings.get((namespace, name), set()))
        if renews:
            told = renewed(told, item, report)
        lines.append(Line(there, name, told, seen, differences(told, seen, had_owner=origin.owner(item) != "none")))
    lines += unforeseen(after, known, mapping, predicted)
    return lines


def unforeseen(after: Picture, known, mapping, predicted) -> list[Line]:
    """Certificates that the source did not have."""
    wanted = {(mapping.get(namespace, namespace), name) for namespace, name in known}
    lines = []
    for item in after.of_kind("Certificate"):
        key = (item["metadata"]["namespace"], item["metadata"]["name"])
        if key not in wanted and key not in predicted:
            lines.append(Line(*key, {"verdict": "absent"}, Observed("kept"), ["a Certificate that nobody foretold"]))
    return lines


def check_rest(lines: list[Line], report: dict, after: dict, restless: set[str]) -> None:
    """Whether what never comes to rest is what was foretold: Secrets whose owner reference is fought over (A6)."""
    fought = {
        f"secrets {each['object']['namespace']}/{each['object']['name']}"
        for each in report["findings"]
        if each["rule"] == "shared-secret-owner-war"
    }
    secrets = {
        (meta["namespace"], meta["name"]): f"secrets {meta['namespace']}/{item['spec']['secretName']}"
        for (kind, *_), item in Picture(after).objects.items()
        if kind == "Certificate" and (meta := item["metadata"])
    }
    for line in lines:
        secret = secrets.get((line.namespace, line.name))
        if (secret in fought) != (secret in restless):
            line.differs.append(f"its Secret changes without end: {secret in fought}, seen: {secret in restless}")
    if others := restless - set(secrets.values()):
        lines[0].differs.append(f"changes without end, not foretold: {', '.join(sorted(others))}")


def check_phases(lines: list[Line], report: dict, notes: list[str]) -> None:
    """A restore that is foretold to end as PartiallyFailed did. Others may fail of objects that no report speaks of."""
    ended = "\n".join(notes)
    for step in report.get("plan", {}).get("steps", []):
        phase = re.search(rf"^step {step['index']}: restore \S+ (\w+)$", ended, re.MULTILINE)
        if "PartiallyFailed" in step["text"] and phase and phase[1] != "PartiallyFailed":
            lines[0].differs.append(f"step {step['index']}: PartiallyFailed, seen: {phase[1]}")


def by_certificate(report: dict) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for finding in report["findings"]:
        thing = finding["object"]
        if thing["kind"] == "Certificate":
            found.setdefault((thing["namespace"], thing["name"]), set()).add(finding["rule"])
    return found


def shorten(certificate: dict | None, rules: set[str]) -> dict:
    if certificate is None:
        return {"verdict": "absent", "trigger": None, "issuances": 0, "rules": []}
    trigger = certificate["trigger"]
    return {
        "verdict": certificate["verdict"],
        "trigger": trigger["message"] if trigger else None,
        "issuances": certificate.get("issuances", 0),
        "because": certificate.get("because"),
        "rules": sorted(rules),
        "steps": [each["text"] for each in certificate.get("steps", [])],
    }


def renewed(told: dict, certificate: dict, report: dict) -> dict:
    """What is to be expected when everything is renewed after the plan: the report says what will stand in the way."""
    if told["verdict"] in {"lost", "absent", "blocked", "in-progress"}:
        return told
    name = certificate["metadata"]["name"], certificate["metadata"]["namespace"]
    mine = [each for each in report["findings"] if (each["object"]["name"], each["object"].get("namespace")) == name]
    hangs = any(each["rule"] == "blocked-at-renewal" and " 1 renewal from now" in each["title"] for each in mine)
    if hangs or {each["rule"] for each in mine} & OBSTACLES:
        return told | {"verdict": "blocked"}
    if certificate["spec"]["issuerRef"].get("group", "cert-manager.io") != "cert-manager.io":
        return told | {"verdict": "in-progress"}
    return told | {"verdict": "reissue-now", "issuances": told["issuances"] + 1}


# Findings about a Certificate that mean that no issuance ends.
OBSTACLES = {"issuer-missing", "issuer-secret-missing", "keystore-password-missing", "cannot-regenerate-key"}


def differences(told: dict, seen: Observed, had_owner: bool) -> list[str]:
    verdict = told["verdict"]
    if seen.outcome not in EXPECTED.get(verdict, {verdict}):
        return [f"verdict: {verdict}, seen: {seen.outcome}"]
    found = []
    happened = verdict in {"reissue-now", "blocked"}
    if happened and seen.trigger and told["trigger"] and not same_text(told["trigger"], seen.trigger):
        found.append(f"trigger: {told['trigger']!r}, seen: {seen.trigger!r}")
    if verdict == "reissue-now" and told["issuances"] != seen.issued:
        found.append(f"issuances: {told['issuances']}, seen: {seen.issued}")
    replaced = "secret-replaced" in told["rules"]
    if seen.outcome == "kept" and bool(seen.serial_changed) != replaced:
        found.append(f"secret-replaced: {replaced}, seen: {bool(seen.serial_changed)}")
    orphaned = "orphaned-owner" in told["rules"]
    if seen.outcome != "lost" and had_owner and (seen.owner == "none") != orphaned:
        found.append(f"orphaned-owner: {orphaned}, owner seen: {seen.owner}")
    return found


def same_text(told: str, seen: str) -> bool:
    """Times in a message are when it happened; `<nil>` stands there when the trigger was faster than readiness: both occur."""
    return TIME.sub("TIME", told).strip() == TIME.sub("TIME", seen).strip()
