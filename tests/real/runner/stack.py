"""A cluster of plain processes: etcd, API server, controller manager, cert-manager, Velero, and S3 beside it."""

import base64
import dataclasses
import os
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import pki
from api import PORT, TOKEN, Api, ApiError
from processes import Processes, wait_for

ETCD = "http://127.0.0.1:23790"
ETCD_PEER = "http://127.0.0.1:23791"
WEBHOOK_PORT = 26460
S3_PORT = 26480
S3 = f"http://127.0.0.1:{S3_PORT}"
BUCKET = "backups"
CACHE = Path(
    os.environ.get("REISSUE_AUDIT_REAL")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reissue-audit/real"
)
BIN = CACHE / "bin"
NEWEST = "v1.21.1"
VELERO = "v1.18.1"
# How long nothing may change: where an owner is missing, long enough for the garbage collector, which learns new kinds every 30 s.
QUIET, QUIET_FOR_COLLECTOR = 20, 40


@dataclasses.dataclass
class Restless:
    """An object that still changed at the time limit."""

    # "secrets team-a/web-tls"
    name: str
    # In how many looks, one a second, it was another than before.
    changes: int
    # Who writes it.
    managers: list[str]

    def __str__(self) -> str:
        return f"{self.name} changed {self.changes} times, written by {', '.join(self.managers)}"

    def never_ends(self) -> bool:
        """Some are only late."""
        return self.changes > QUIET


class Cluster:
    """One control plane at a time: all listen on the same ports, so the source has to stop before the target starts."""

    def __init__(self, folder: Path, velero: str = VELERO):
        self.folder = folder
        self.velero = f"velero-{velero.removeprefix('v')}"
        self.pki = folder.parent / "pki"
        self.processes = Processes(folder / "logs")
        if not self.pki.exists():
            pki.serving(self.pki)
        self.kubeconfig = self.pki / "kubeconfig"
        self.write_access()
        self.api = Api([str(BIN / "kube"), "kubectl"], self.kubeconfig, self.pki / "ca.crt")

    def write_access(self) -> None:
        (self.pki / "tokens.csv").write_text(f'{TOKEN},scenario,scenario,"system:masters"\n')
        self.kubeconfig.write_text(
            f"""apiVersion: v1
kind: Config
current-context: scenario
clusters: [{{name: scenario, cluster: {{server: "https://127.0.0.1:{PORT}", certificate-authority: {self.pki}/ca.crt}}}}]
users: [{{name: scenario, user: {{token: {TOKEN}}}}}]
contexts: [{{name: scenario, context: {{cluster: scenario, user: scenario}}}}]
"""
        )

    # Control plane

    def start(self) -> None:
        self.start_etcd()
        self.processes.start("apiserver", BIN / "kube", "apiserver", *self.apiserver_flags())
        wait_for("API server", self.api.is_ready)
        # Another one may have answered in its place.
        self.processes.check()
        self.processes.start(
            "controller-manager",
            BIN / "kube",
            "controller-manager",
            f"--kubeconfig={self.kubeconfig}",
            "--bind-address=127.0.0.1",
            "--secure-port=26457",
            f"--cert-dir={self.folder}/controller-manager",
            "--leader-elect=false",
            f"--service-account-private-key-file={self.pki}/service-accounts.key",
            f"--root-ca-file={self.pki}/ca.crt",
            "--controllers=garbage-collector-controller,namespace-controller,serviceaccount-controller,"
            "root-ca-certificate-publisher-controller",
        )

    def start_etcd(self) -> None:
        self.processes.start(
            "etcd",
            *("etcd", "--name", "e", "--data-dir", self.folder / "etcd"),
            *("--listen-client-urls", ETCD, "--advertise-client-urls", ETCD),
            *("--listen-peer-urls", ETCD_PEER, "--initial-advertise-peer-urls", ETCD_PEER),
            *("--initial-cluster", f"e={ETCD_PEER}", "--unsafe-no-fsync"),
        )

    def apiserver_flags(self) -> list[str]:
        return [
            f"--etcd-servers={ETCD}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={PORT}",
            f"--tls-cert-file={self.pki}/serving.crt",
            f"--tls-private-key-file={self.pki}/serving.key",
            f"--client-ca-file={self.pki}/ca.crt",
            f"--token-auth-file={self.pki}/tokens.csv",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.99.0.0/24",
            "--service-account-issuer=https://127.0.0.1",
            f"--service-account-signing-key-file={self.pki}/service-accounts.key",
            f"--service-account-key-file={self.pki}/service-accounts.key",
        ]

    def stop(self) -> None:
        self.processes.stop_all()

    def snapshot(self, file: Path) -> None:
        self.etcdctl(f"--endpoints={ETCD}", "snapshot", "save", str(file))

    def restore_snapshot(self, file: Path) -> None:
        shutil.rmtree(self.folder / "etcd", ignore_errors=True)
        self.etcdctl(
            *("snapshot", "restore", str(file), "--data-dir", str(self.folder / "etcd"), "--name", "e"),
            *("--initial-cluster", f"e={ETCD_PEER}", "--initial-advertise-peer-urls", ETCD_PEER),
        )

    def etcdctl(self, *arguments: str) -> None:
        env = os.environ | {"ETCDCTL_API": "3"}
        subprocess.run(["etcdctl", *arguments], env=env, check=True, capture_output=True)

    # cert-manager

    def install_crds(self, version: str) -> None:
        self.install_definitions(f"cert-manager-{version}")
        self.wait_established("certificates.cert-manager.io")

    def install_gateway_api(self) -> None:
        self.install_definitions("gateway-api", "*_gateways.yaml")
        self.install_definitions("gateway-api", "*_listenersets.yaml")
        self.wait_established("listenersets.gateway.networking.k8s.io")

    def install_definitions(self, name: str, pattern: str = "*.yaml") -> None:
        files = sorted((CACHE / "crds" / name).glob(pattern))
        # Before 1.18 those of cert-manager are templates of the chart; what is templated are labels.
        plain = ("\n".join(line for line in file.read_text().splitlines() if "{{" not in line) for file in files)
        self.api.send("apply", "--server-side", "--force-conflicts", given="\n---\n".join(plain))

    def wait_established(self, name: str) -> None:
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
        wait_for(name, lambda: has_condition(self.api.get(path), "Established"))

    def start_cert_manager(self, version: str, flags: dict[str, str]) -> None:
        if "cert-manager" in self.processes.running:
            return
        arguments = [f"--{name}={value}" for name, value in flags.items()]
        program = BIN / f"cm-{version.removeprefix('v')}"
        self.processes.start("cert-manager", program, "controller", "--kubeconfig", self.kubeconfig, *arguments)

    def stop_cert_manager(self) -> None:
        self.processes.stop("cert-manager")

    def start_webhook(self, version: str) -> None:
        self.register_webhook()
        self.processes.start(
            "webhook",
            *(BIN / f"cm-{version.removeprefix('v')}", "webhook", "--kubeconfig", self.kubeconfig),
            *("--tls-cert-file", self.pki / "serving.crt", "--tls-private-key-file", self.pki / "serving.key"),
            *("--secure-port", str(WEBHOOK_PORT)),
        )
        wait_for("webhook", self.webhook_answers)

    def webhook_answers(self) -> bool:
        """A Certificate without a Secret's name has to be refused by the webhook, not for want of it."""
        probe = {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Issuer",
            "metadata": {"name": "probe", "namespace": "default"},
            "spec": {"selfSigned": {}},
        }
        try:
            self.api.request("POST", "/apis/cert-manager.io/v1/namespaces/default/issuers?dryRun=All", probe)
        except ApiError as error:
            # Before the CRDs are there nothing of cert-manager can be asked.
            return error.status == 404
        return True

    def stop_webhook(self) -> None:
        self.register_webhook()
        self.processes.stop("webhook")

    def register_webhook(self) -> None:
        self.api.apply(*webhook_configurations((self.pki / "ca.crt").read_bytes()))

    # Velero

    def install_velero(self) -> None:
        self.install_definitions(self.velero)
        self.wait_established("backups.velero.io")
        self.wait_established("backupstoragelocations.velero.io")
        if self.api.find("/api/v1/namespaces/velero") is None:
            self.api.create(*velero_objects())

    def start_velero(self) -> None:
        self.processes.start(
            "velero",
            *(BIN / self.velero, "server", "--kubeconfig", self.kubeconfig, "--plugin-dir", CACHE / "plugins"),
            *("--metrics-address", "127.0.0.1:26470", "--profiler-address", "127.0.0.1:26471"),
            env={
                "AWS_ACCESS_KEY_ID": "scenario",
                "AWS_SECRET_ACCESS_KEY": "scenario",
                "VELERO_NAMESPACE": "velero",
                "VELERO_SCRATCH_DIR": str(self.folder),
            },
        )
        path = "/apis/velero.io/v1/namespaces/velero/backupstoragelocations/default"
        wait_for("Velero's storage", lambda: self.api.get(path).get("status", {}).get("phase") == "Available")

    # Time

    def wait_quiet(self, quiet: float | None = None, at_most: float = 240) -> list[Restless]:
        """Waits until nothing has changed for so long; what still changes at the limit, if it is not quiet then."""
        last, since, end, enough = {}, time.monotonic(), time.monotonic() + at_most, quiet or QUIET
        changed: dict[str, float] = {}
        counts: Counter[str] = Counter()
        while time.monotonic() < end:
            self.processes.check()
            metas = self.api.watched()
            now = {name_of(meta): meta for meta in metas}
            moved = [name for name in now.keys() | last.keys() if version(now.get(name)) != version(last.get(name))]
            if moved:
                since = time.monotonic()
                changed |= dict.fromkeys(moved, since)
                counts.update(moved)
            last = now
            enough = quiet or (QUIET_FOR_COLLECTOR if owners_are_missing(metas) else QUIET)
            if time.monotonic() - since >= enough:
                return []
            time.sleep(1)
        lately = sorted(name for name, at in changed.items() if at > end - enough)
        return [Restless(name, counts[name], managers(last.get(name))) for name in lately]


def name_of(meta: dict) -> str:
    return f"{meta['resource']} {meta.get('namespace', '')}/{meta['name']}"


def version(meta: dict | None) -> tuple[str, str] | None:
    return meta and (meta["uid"], meta["resourceVersion"])


def managers(meta: dict | None) -> list[str]:
    return sorted({each["manager"] for each in (meta or {}).get("managedFields", [])})


def owners_are_missing(metas: list[dict]) -> bool:
    """Whether the garbage collector will delete something."""
    uids = {meta["uid"] for meta in metas}
    return any(owner["uid"] not in uids for meta in metas for owner in meta.get("ownerReferences", []))


def has_condition(item: dict, kind: str, status: str = "True") -> bool:
    conditions = item.get("status", {}).get("conditions", [])
    return any(condition["type"] == kind and condition["status"] == status for condition in conditions)


def webhook_configurations(ca: bytes) -> list[dict]:
    def webhook(name: str, path: str, operations: list[str], resources: list[str]) -> dict:
        groups = ["cert-manager.io", "acme.cert-manager.io"]
        return {
            "name": name,
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "timeoutSeconds": 10,
            "clientConfig": {"url": f"https://127.0.0.1:{WEBHOOK_PORT}/{path}", "caBundle": base64.b64encode(ca).decode()},
            "rules": [{"apiGroups": groups, "apiVersions": ["v1"], "operations": operations, "resources": resources}],
        }

    kinds = {
        "ValidatingWebhookConfiguration": webhook("webhook.cert-manager.io", "validate", ["CREATE", "UPDATE"], ["*/*"]),
        "MutatingWebhookConfiguration": webhook("webhook.cert-manager.io", "mutate", ["CREATE"], ["certificaterequests"]),
    }
    return [
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": kind,
            "metadata": {"name": "cert-manager-webhook", "labels": {"app": "webhook"}},
            "webhooks": [hook],
        }
        for kind, hook in kinds.items()
    ]


def velero_objects() -> list[dict]:
    labels = {"app": "velero"}
    container = {"name": "velero", "image": "none.invalid/velero"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "velero"}},
        {
            "apiVersion": "velero.io/v1",
            "kind": "BackupStorageLocation",
            "metadata": {"name": "default", "namespace": "velero"},
            "spec": {
                "provider": "aws",
                "default": True,
                "objectStorage": {"bucket": BUCKET},
                "config": {"region": "us-east-1", "s3ForcePathStyle": "true", "s3Url": S3},
            },
        },
        {
            # Without one of this name every restore ends with an error.
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "velero", "namespace": "velero"},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        },
    ]


class Storage:
    """S3 for all clusters of a run; it keeps everything in memory."""

    def __init__(self, folder: Path):
        self.processes = Processes(folder)

    def start(self) -> None:
        self.processes.start("moto", CACHE / "moto/bin/moto_server", "-H", "127.0.0.1", "-p", str(S3_PORT))
        self.client = self.connect()
        wait_for("S3", lambda: self.client.create_bucket(Bucket=BUCKET))
        self.processes.check()

    @staticmethod
    def connect():
        import boto3

        access = {"aws_access_key_id": "scenario", "aws_secret_access_key": "scenario", "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=S3, **access)

    def empty(self) -> None:
        """Each scenario begins without backups: names come again."""
        for item in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            self.client.delete_object(Bucket=BUCKET, Key=item["Key"])

    def download(self, backup: str, folder: Path) -> None:
        for name in (f"{backup}.tar.gz", "velero-backup.json"):
            self.client.download_file(BUCKET, f"backups/{backup}/{name}", str(folder / name))

    def stop(self) -> None:
        self.processes.stop_all()
