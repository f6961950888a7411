"""The scenarios: plan documents, and what they need of the source."""

import dataclasses

import yaml

from stack import NEWEST, VELERO

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
    # Whether it has Gateways and ListenerSets.
    with_gateways: bool = False
    # Certificates by lot instead of one of each kind.
    seed: int | None = None
    velero: str = VELERO
    # ConfigMaps that the plan's document brings and Velero reads.
    config_maps: list[dict] = dataclasses.field(default_factory=list)
    # Whether every Certificate is renewed by hand when the plan is carried out, as `cmctl renew --all` does.
    renews: bool = False
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


def modified(rules: list[dict], **more: str) -> dict:
    """A documented restore with resource modifiers."""
    data = {"rules.yaml": yaml.safe_dump({"version": "v1", "resourceModifierRules": rules})} | more
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "modifiers", "namespace": "velero"}, "data": data}
    reference = {"resourceModifier": {"kind": "configmap", "name": "modifiers"}}
    return {"steps": velero(DOCUMENTED, reference), "config_maps": [config_map]}


def rule(resource: str, namespaces: list[str] | None = None, **patches: list[dict]) -> dict:
    conditions = {"groupResource": resource} | ({"namespaces": namespaces} if namespaces else {})
    return {"conditions": conditions} | patches


def merge_patch(patch: dict) -> list[dict]:
    return [{"patchData": yaml.safe_dump(patch)}]


# Nothing of an issuer is left on a Secret.
NO_ISSUER = {"metadata": {"annotations": {f"cert-manager.io/issuer-{field}": None for field in ("name", "kind", "group")}}}
ANOTHER_ISSUER = {"spec": {"issuerRef": {"name": "ca", "kind": "ClusterIssuer", "group": "cert-manager.io"}}}
NOT_FILTERED = {"metadata": {"labels": {"controller.cert-manager.io/fao": "false"}}}
# A value without quotes of its own becomes a boolean (B1).
BARE = [{"operation": "add", "path": "/metadata/labels/restored", "value": "true"}]
BARE_ANNOTATION = {"metadata": {"annotations": {"restored": True}}}

# The definitions first: with these flags cert-manager exits where they are missing (B6).
GATEWAYS = {"enable-gateway-api": "true", "enable-gateway-api-listenerset": "true", "feature-gates": "ListenerSets=true"}
DEFINITIONS = {
    "veleroRestore": {
        "name": "definitions",
        "spec": {
            "backupName": "backup",
            "includedNamespaces": ["*"],
            "includedResources": ["customresourcedefinitions.apiextensions.k8s.io"],
        },
    }
}


def gateways(name: str, *restores: dict) -> Scenario:
    steps = velero(DOCUMENTED, *restores, prepare=[*PREPARE[:3], DEFINITIONS, PREPARE[3]])
    return Scenario(name, steps=steps, flags=GATEWAYS, with_gateways=True)


def through_kubectl() -> list[dict]:
    """Gateways first, then what cert-manager made for them; client-side, their definitions are too large to be applied."""
    definitions = apply(["customresourcedefinitions.apiextensions.k8s.io"], "jq", serverSide=True)
    owners = [f"{kind}.gateway.networking.k8s.io" for kind in ("gateways", "listenersets")]
    return [*PREPARE[:3], definitions, PREPARE[3], apply(owners, "jq"), QUIET, apply(CONFIG, "jq"), QUIET]


def suggested() -> list[dict]:
    """What `plan --suggest` finds best for a source with Gateways and ListenerSets."""
    owners = [f"{kind}.gateway.networking.k8s.io" for kind in ("gateways", "listenersets")]

    def documents(*selection: str, **more) -> dict:
        return apply(list(selection), "jq", form="documents", **more)

    return [
        *PREPARE[:3],
        documents("secrets"),
        documents("customresourcedefinitions.apiextensions.k8s.io", names=owners, serverSide=True),
        documents("ingresses.networking.k8s.io", *owners),
        documents(*CONFIG[:2]),
        PREPARE[3],
        QUIET,
        documents(CONFIG[2]),
        QUIET,
    ]


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
        Scenario("kubectl-awk-owner-ref", preset="kubectl-config", with_shim=False, flags=owner_ref),
        Scenario("kubectl-jq", preset="kubectl-config-jq"),
        Scenario("kubectl-jq-owner-ref", preset="kubectl-config-jq", flags=owner_ref),
        Scenario("kubectl-jq-ingresses", steps=[*PREPARE, apply(ingresses, "jq"), QUIET, apply(CONFIG, "jq"), QUIET]),
        Scenario("kubectl-secrets-first", steps=[*PREPARE, apply(secrets, "jq"), apply(CONFIG, "jq"), QUIET]),
        Scenario("kubectl-secrets-last", steps=[*PREPARE, apply(CONFIG, "jq"), QUIET, apply(secrets, "jq"), QUIET]),
        Scenario("reinstall", preset="reinstall", cluster="source"),
        Scenario("reinstall-owner-ref", preset="reinstall", cluster="source", flags=owner_ref),
        Scenario("etcd", preset="etcd"),
        Scenario("velero-bare", preset="velero-bare"),
        Scenario("velero-status-running", steps=velero(DOCUMENTED, status)),
        Scenario("velero-status-two-step", steps=velero(DOCUMENTED, {"excludedResources": ["certificates.cert-manager.io"]}, status)),
        Scenario("velero-status-stopped", steps=[*velero(DOCUMENTED, status, prepare=stopped), *start]),
        Scenario("velero-label", steps=velero(DOCUMENTED | {"labelSelector": {"matchLabels": {"app": "shop"}}}, {})),
        Scenario("velero-mapped", steps=velero(DOCUMENTED, {"namespaceMapping": {"team-b": "team-c"}})),
        Scenario("velero-one-namespace", steps=velero(DOCUMENTED, {"includedNamespaces": ["team-a"]})),
        Scenario("velero-webhook-down", steps=velero(DOCUMENTED, {}, prepare=[*PREPARE[:2], {"stopWebhook": {}}, PREPARE[3]])),
        Scenario("velero-no-secrets", steps=velero(DOCUMENTED | {"excludedResources": [*REQUESTS, "secrets"]}, {})),
        Scenario("velero-modified-annotations", **modified([rule("secrets", mergePatches=merge_patch(NO_ISSUER))])),
        Scenario("velero-modified-issuer", **modified([rule("certificates.cert-manager.io", ["team-b"], mergePatches=merge_patch(ANOTHER_ISSUER))])),
        Scenario("velero-modified-label", **modified([rule("secrets", ["team-a"], mergePatches=merge_patch(NOT_FILTERED))])),
        Scenario(
            "velero-modified-bare",
            **modified(
                [
                    rule("certificates.cert-manager.io", ["team-a"], patches=BARE),
                    rule("certificates.cert-manager.io", ["team-b"], mergePatches=merge_patch(BARE_ANNOTATION)),
                ]
            ),
        ),
        Scenario("velero-modified-refused", **modified([rule("secrets", patches=BARE)], more="a second key")),
        gateways("velero-gateways-one-step", {}),
        gateways("velero-gateways-two-step", {"excludedResources": ["certificates.cert-manager.io"]}, {}),
        Scenario("kubectl-jq-gateways", steps=through_kubectl(), flags=GATEWAYS, with_gateways=True),
        Scenario("kubectl-jq-requests", steps=[*PREPARE, apply([*CONFIG, "certificaterequests.cert-manager.io"], "jq"), QUIET]),
        Scenario("kubectl-suggested", steps=suggested(), flags=GATEWAYS, with_gateways=True),
        Scenario(
            "velero-two-step-without-requests",
            steps=velero(
                EVERYTHING,
                {"excludedResources": ["certificates.cert-manager.io", *REQUESTS]},
                {"excludedResources": REQUESTS},
            ),
        ),
        Scenario("velero-everything-renewed", preset="velero-everything", renews=True),
        Scenario("velero-bare-velero-1.16", preset="velero-bare", velero="v1.16.2"),
        Scenario("velero-documented-by-lot", preset="velero-documented", seed=5),
        Scenario("kubectl-secrets-first-by-lot", steps=[*PREPARE, apply(secrets, "jq"), apply(CONFIG, "jq"), QUIET], seed=6),
        Scenario("etcd-by-lot", preset="etcd", seed=7),
        # Everything but what is large and says nothing: a fixture.
        Scenario("velero-fixture", steps=velero(EVERYTHING | {"excludedResources": BULK}, {}), small=True),
        *(
            Scenario(f"{name}-1.17", preset=name, source_version=OLDER)
            for name in ("velero-documented", "velero-two-step", "velero-everything", "kubectl-config-jq")
        ),
    ]
