"""The scenarios: plan documents, and what they need of the source."""

import dataclasses

from stack import NEWEST

OLDER = "v1.17.4"
CONFIG = ["issuers.cert-manager.io", "clusterissuers.cert-manager.io", "certificates.cert-manager.io"]
REQUESTS = ["challenges.acme.cert-manager.io", "orders.acme.cert-manager.io", "certificaterequests.cert-manager.io"]
DOCUMENTED = {"includedNamespaces": ["*"], "excludedResources": REQUESTS, "includeClusterResources": True}
BULK = ["events", "configmaps", "clusterroles", "clusterrolebindings", "apiservices", "flowschemas", "prioritylevelconfigurations"]
EVERYTHING = {"includedNamespaces": ["*"], "includeClusterResources": True}
QUIET = {"wait": {"quiet": "1m0s"}}
PREPARE = [{"createNamespaces": {}}, {"installCRDs": {}}, {"startWebhook": {}}, {"startCertManager": {}}]


@dataclasses.dataclass
class Scenario:
    name: str
    # Either a preset, whose steps the tool itself prints, or steps.
    preset: str | None = None
    steps: list[dict] | None = None
    cluster: str = "new"
    source_version: str = NEWEST
    target_version: str = NEWEST
    flags: dict[str, str] = dataclasses.field(default_factory=dict)
    # Whether the source has Ingresses, and so Certificates of the shim.
    with_shim: bool = True
    # Whether the source goes on living between the backup and the restore.
    lives_on: bool = False
    # Whether large CustomResourceDefinitions are kept out of the backup, by Velero's own label.
    small: bool = False


def velero(backup: dict, *restores: dict, prepare=PREPARE) -> list[dict]:
    steps = [{"veleroBackup": {"name": "backup", "spec": backup}}, *prepare]
    for number, spec in enumerate(restores, 1):
        full = {"backupName": "backup", "includedNamespaces": ["*"]} | spec
        steps += [{"veleroRestore": {"name": f"backup-{number}", "spec": full}}, QUIET]
    return steps


def apply(selection: list[str], filter_: str, **more) -> dict:
    return {"kubectlApply": {"selection": selection, "filter": filter_, "form": "list", "validate": True} | more}


def scenarios() -> list[Scenario]:
    stopped = PREPARE[:3]
    secrets, ingresses = ["secrets"], ["ingresses.networking.k8s.io"]
    status = {"restoreStatus": {"includedResources": ["*"]}}
    start = [{"startCertManager": {}}, QUIET]
    owner_ref = {"enable-certificate-owner-ref": "true"}
    return [
        Scenario("velero-documented", preset="velero-documented"),
        Scenario("velero-two-step", preset="velero-two-step"),
        Scenario("velero-everything", preset="velero-everything"),
        Scenario("velero-update-living", steps=velero(DOCUMENTED, {"existingResourcePolicy": "update"}, prepare=PREPARE[3:]), cluster="source", lives_on=True),
        Scenario("kubectl-awk", preset="kubectl-config", with_shim=False),
        Scenario("kubectl-awk-shim", preset="kubectl-config"),
        Scenario("kubectl-awk-unvalidated", steps=[*PREPARE, apply(CONFIG, "awk", validate=False), QUIET]),
        Scenario("kubectl-jq", preset="kubectl-config-jq"),
        Scenario("kubectl-jq-ingresses", steps=[*PREPARE, apply(ingresses, "jq"), QUIET, apply(CONFIG, "jq"), QUIET]),
        Scenario("kubectl-secrets-first", steps=[*PREPARE, apply(secrets, "jq"), apply(CONFIG, "jq"), QUIET]),
        Scenario("kubectl-secrets-last", steps=[*PREPARE, apply(CONFIG, "jq"), QUIET, apply(secrets, "jq"), QUIET]),
        Scenario("reinstall", preset="reinstall", cluster="source"),
        Scenario("reinstall-owner-ref", preset="reinstall", cluster="source", flags=owner_ref),
        Scenario("etcd", preset="etcd"),
        Scenario("velero-bare", preset="velero-bare"),
        Scenario("velero-status-running", steps=velero(DOCUMENTED, status)),
        Scenario("velero-status-stopped", steps=[*velero(DOCUMENTED, status, prepare=stopped), *start]),
        Scenario("velero-label", steps=velero(DOCUMENTED | {"labelSelector": {"matchLabels": {"app": "shop"}}}, {})),
        Scenario("velero-mapped", steps=velero(DOCUMENTED, {"namespaceMapping": {"team-b": "team-c"}})),
        Scenario("velero-one-namespace", steps=velero(DOCUMENTED, {"includedNamespaces": ["team-a"]})),
        Scenario("velero-webhook-down", steps=velero(DOCUMENTED, {}, prepare=[*PREPARE[:2], {"stopWebhook": {}}, PREPARE[3]])),
        Scenario("velero-no-secrets", steps=velero(DOCUMENTED | {"excludedResources": [*REQUESTS, "secrets"]}, {})),
        # Everything but what is large and says nothing: a fixture.
        Scenario("velero-fixture", steps=velero(EVERYTHING | {"excludedResources": BULK}, {}), small=True),
        *(
            Scenario(f"{name}-1.17", preset=name, source_version=OLDER)
            for name in ("velero-documented", "velero-two-step", "velero-everything", "kubectl-config-jq")
        ),
    ]
