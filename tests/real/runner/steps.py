"""Carries out the steps of a plan document with the real tools."""

import json
import re
import subprocess
from pathlib import Path

import yaml

from api import Api
from processes import wait_for
from scenarios import Scenario
from stack import Cluster, Storage

AWK = r"!/^ *(resourceVersion|uid): [^ ]+$/"
JQ = 'walk(if type == "object" and has("metadata") then del(.metadata.uid, .metadata.resourceVersion) else . end)'
# kubectl prints one object without a List around it.
ITEMS = ".items[]? // ."
DONE = {"Completed", "PartiallyFailed", "Failed", "FailedValidation"}


class Source:
    """What is taken from the source cluster while it runs: dumps, backups, a snapshot."""

    def __init__(self, folder: Path, cluster: Cluster, storage: Storage):
        self.folder = folder
        self.cluster = cluster
        self.storage = storage
        self.applied: dict[int, Path] = {}
        self.backups: list[str] = []
        self.namespaces: list[str] = []

    def take(self, steps: list[dict]) -> None:
        (self.folder / "source.json").write_text(json.dumps(self.cluster.api.dump(), indent=1))
        self.namespaces = [item["metadata"]["name"] for item in self.cluster.api.items("namespaces")]
        for number, step in enumerate(steps):
            [(action, content)] = step.items()
            if action == "kubectlApply":
                self.applied[number] = self.get(number, content)
            elif action == "veleroBackup":
                self.back_up(content["name"], content.get("spec", {}))
            elif action == "etcdRestore":
                self.cluster.snapshot(self.folder / "snapshot.db")

    def get(self, number: int, apply: dict) -> Path:
        """`kubectl get` as the documents have it, through the filter that the step names."""
        language = "json" if apply.get("filter") == "jq" else "yaml"
        which = apply.get("names") or ["-A"]
        dumped = self.cluster.api.kubectl("get", f"-o{language}", ",".join(apply["selection"]), *which)
        if dumped.returncode:
            raise RuntimeError(dumped.stderr)
        text = filtered(dumped.stdout, apply.get("filter", "none"))
        if apply.get("form") == "documents":
            text = split(text, language)
        file = self.folder / f"step-{number + 1}.{language}"
        file.write_text(text)
        return file

    def back_up(self, name: str, spec: dict) -> None:
        spec = {"storageLocation": "default", "snapshotVolumes": False, "ttl": "720h0m0s"} | spec
        phase = run_velero_object(self.cluster.api, "Backup", name, spec)
        if phase != "Completed":
            raise RuntimeError(f"backup {name}: {phase}")
        self.storage.download(name, self.folder)
        self.backups.append(name)


def filtered(text: str, name: str) -> str:
    if name == "none":
        return text
    command = ["mawk", AWK] if name == "awk" else ["jq", JQ]
    return subprocess.run(command, input=text, text=True, capture_output=True, check=True).stdout


def split(text: str, language: str) -> str:
    """The items of a List as single documents."""
    if language == "yaml":
        return yaml.safe_dump_all(yaml.safe_load(text)["items"])
    return subprocess.run(["jq", ITEMS], input=text, text=True, capture_output=True, check=True).stdout


def run_velero_object(api: Api, kind: str, name: str, spec: dict) -> str:
    """Creates a Backup or a Restore and gives the phase that it ended with."""
    plural = f"{kind.lower()}s"
    api.create({"apiVersion": "velero.io/v1", "kind": kind, "metadata": {"name": name, "namespace": "velero"}, "spec": spec})
    path = f"/apis/velero.io/v1/namespaces/velero/{plural}/{name}"

    def phase() -> str | None:
        found = api.get(path).get("status", {}).get("phase")
        return found if found in DONE else None

    return wait_for(f"{kind} {name}", phase, 600)


class Target:
    """The cluster that the plan fills; the source itself, or a new one."""

    def __init__(self, cluster: Cluster, source: Source, scenario: Scenario):
        self.cluster = cluster
        self.source = source
        self.version = scenario.target_version
        self.flags = scenario.flags
        self.config_maps = scenario.config_maps
        self.notes: list[str] = []
        # What changed without end.
        self.restless: set[str] = set()

    def carry_out(self, steps: list[dict]) -> None:
        for number, step in enumerate(steps):
            [(action, content)] = step.items()
            method = getattr(self, re.sub("([A-Z]+)", r"_\1", action).lower())
            method(number, content)
            self.cluster.processes.check()

    def velero_backup(self, number: int, content: dict) -> None:
        """Was made while the source ran."""

    def create_namespaces(self, number: int, content: dict) -> None:
        known = {item["metadata"]["name"] for item in self.cluster.api.items("namespaces")}
        for name in self.source.namespaces:
            if name not in known:
                self.cluster.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def install_crds(self, number: int, content: dict) -> None:
        self.cluster.install_crds(self.version)

    def start_webhook(self, number: int, content: dict) -> None:
        self.cluster.start_webhook(self.version)

    def stop_webhook(self, number: int, content: dict) -> None:
        self.cluster.stop_webhook()

    def start_cert_manager(self, number: int, content: dict) -> None:
        self.cluster.start_cert_manager(self.version, self.flags)

    def stop_cert_manager(self, number: int, content: dict) -> None:
        self.cluster.stop_cert_manager()

    def wait(self, number: int, content: dict) -> None:
        if restless := self.cluster.wait_quiet():
            what = "; ".join(str(each) for each in restless)
            self.notes.append(f"step {number + 1}: not quiet within the time limit: {what}")
            self.restless |= {each.name for each in restless if each.never_ends()}

    def kubectl_apply(self, number: int, content: dict) -> None:
        flags = [] if content.get("validate", True) else ["--validate=false"]
        flags += ["--server-side"] if content.get("serverSide") else []
        wait_for("schemas", self.cluster.api.schemas_are_ready)
        done = self.cluster.api.kubectl("apply", *flags, "-f", str(self.source.applied[number]))
        (self.source.folder / f"step-{number + 1}.log").write_text(done.stdout + done.stderr)
        if done.returncode:
            self.notes.append(f"step {number + 1}: kubectl ended with {done.returncode}")

    def velero_restore(self, number: int, content: dict) -> None:
        for backup in self.source.backups:
            self.make_known(backup)
        if self.config_maps:
            self.cluster.api.apply(*self.config_maps)
        phase = run_velero_object(self.cluster.api, "Restore", content["name"], content["spec"])
        self.notes.append(f"step {number + 1}: restore {content['name']} {phase}")

    def make_known(self, backup: str) -> None:
        """The Backup object of a backup that another cluster made: Velero would look for it a minute later."""
        path = "/apis/velero.io/v1/namespaces/velero/backups"
        if self.cluster.api.find(f"{path}/{backup}") is not None:
            return
        item = json.loads((self.source.folder / "velero-backup.json").read_text())
        meta = {name: item["metadata"][name] for name in ("name", "namespace", "labels", "annotations") if name in item["metadata"]}
        meta.setdefault("labels", {})["velero.io/storage-location"] = "default"
        self.cluster.api.create(item | {"metadata": meta})

    def delete(self, number: int, content: dict) -> None:
        for resource in content["selection"]:
            if resource.startswith("customresourcedefinitions"):
                self.delete_crds()
            else:
                scope = content.get("namespaces") or ["-A"]
                for namespace in scope:
                    where = ["-A"] if namespace == "-A" else ["-n", namespace]
                    self.cluster.api.kubectl("delete", resource, *where, *(content.get("names") or ["--all"]))

    def delete_crds(self) -> None:
        names = [item["metadata"]["name"] for item in self.cluster.api.items("customresourcedefinitions")]
        ours = [name for name in names if name.endswith("cert-manager.io")]
        self.cluster.api.kubectl("delete", "crd", *ours)

    def etcd_restore(self, number: int, content: dict) -> None:
        """Done before the target's control plane started."""
