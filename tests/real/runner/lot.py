"""A source world by lot: what Certificates are like, and what happens to them, is chosen by a seed."""

import random
from collections.abc import Callable

NUMBER = 40
KEYS = [
    {},
    {"algorithm": "RSA", "size": 2048},
    {"algorithm": "ECDSA", "size": 256},
    {"algorithm": "ECDSA", "size": 384},
    {"algorithm": "ECDSA", "size": 521},
    {"algorithm": "Ed25519"},
]
USAGES = [["server auth"], ["client auth", "digital signature"], ["key encipherment", "digital signature", "server auth"]]
DAMAGES = ["missing", "without-key", "garbage", "foreign-key", "no-annotations", "fao", "no-ca", "other-name", "no-labels"]


class Lot:
    """The same seed gives the same Certificates, edits and damages."""

    def __init__(self, seed: int, certificate: Callable[..., dict], issuers: dict[str, list[dict]]):
        self.lot = random.Random(seed)
        self.issuers = issuers
        self.certificates = [self.certificate(number, certificate) for number in range(NUMBER)]
        self.edits: list[tuple[str, str, dict]] = []
        self.damages: list[tuple[str, str, str]] = []
        for item in self.certificates:
            meta, spec = item["metadata"], item["spec"]
            if self.lot.random() < 0.45:
                self.edits.append((meta["namespace"], meta["name"], self.edit(meta["namespace"], spec)))
            elif self.lot.random() < 0.4:
                self.damages.append((meta["namespace"], spec["secretName"], self.lot.choice(DAMAGES)))

    def sometimes(self, chance: float, **field) -> dict:
        return field if self.lot.random() < chance else {}

    def certificate(self, number: int, make: Callable[..., dict]) -> dict:
        name = f"lot-{number:02}"
        namespace = self.lot.choice(list(self.issuers))
        key = self.lot.choice(KEYS) | self.sometimes(0.3, encoding="PKCS8")
        key |= self.sometimes(0.4, rotationPolicy=self.lot.choice(["Never", "Always"]))
        spec = {
            "dnsNames": [f"{name}-{each}.example.com" for each in range(self.lot.randint(1, 3))],
            "privateKey": key,
        }
        spec |= self.sometimes(0.3, commonName=spec["dnsNames"][0])
        spec |= self.sometimes(0.3, **self.lot.choice([{"duration": "720h"}, {"duration": "2400h", "renewBefore": "240h"}, {"renewBeforePercentage": 40}]))
        spec |= self.sometimes(0.3, usages=self.lot.choice(USAGES))
        spec |= self.sometimes(0.3, subject={"organizations": ["example"], "organizationalUnits": ["a", "b"]})
        spec |= self.sometimes(0.2, ipAddresses=["10.0.0.1", "2001:db8::1"])
        spec |= self.sometimes(0.2, uris=["spiffe://example.com/a"])
        spec |= self.sometimes(0.2, emailAddresses=["a@example.com"])
        spec |= self.sometimes(0.2, secretTemplate={"labels": {"tier": "web"}, "annotations": {"example.com/a": "b"}})
        spec |= self.sometimes(0.2, additionalOutputFormats=[{"type": "CombinedPEM"}, {"type": "DER"}])
        spec |= self.sometimes(0.2, revisionHistoryLimit=3)
        return make(name, self.lot.choice(self.issuers[namespace]), namespace, **spec)

    def edit(self, namespace: str, spec: dict) -> dict:
        """A change of one field."""
        [first, *_] = spec["dnsNames"]
        return self.lot.choice(
            [
                {"dnsNames": [*reversed(spec["dnsNames"])]},
                {"dnsNames": [*spec["dnsNames"], f"more.{first}"]},
                {"commonName": None},
                {"commonName": f"edited.{first}"},
                {"ipAddresses": ["10.0.0.2"]},
                {"uris": None},
                {"emailAddresses": ["b@example.com"]},
                {"duration": "1440h", "renewBefore": None},
                {"renewBefore": "48h", "renewBeforePercentage": None},
                {"usages": ["client auth"]},
                {"subject": None},
                {"isCA": True},
                {"privateKey": {"algorithm": "RSA", "size": 3072}},
                {"privateKey": {"algorithm": "ECDSA", "size": 256}},
                {"privateKey": {"encoding": "PKCS8"}},
                {"privateKey": {"rotationPolicy": "Never"}},
                {"issuerRef": self.lot.choice(self.issuers[namespace])},
                {"secretName": f"{spec['secretName']}-2"},
                {"secretTemplate": {"annotations": {"example.com/c": "d"}}},
            ]
        )
