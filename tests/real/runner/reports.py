"""Metrics and policy reports of the demo, given to the programs that read them."""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from processes import wait_for
from stack import BIN, Cluster

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "tests/schemas"
# Format, group, plural names of its kinds.
GROUPS = [
    ("openreports", "openreports.io", ["reports", "clusterreports"]),
    ("policyreport", "wgpolicyk8s.io", ["policyreports", "clusterpolicyreports"]),
]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", type=Path, default=ROOT / "target/debug/reissue-audit")
    parser.add_argument("--folder", type=Path, default=ROOT / "target/real-reports")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(arguments.program.resolve(), folder)
    check_metrics(folder / "prometheus")
    cluster = Cluster(folder / "cluster")
    try:
        cluster.start_etcd()
        cluster.processes.start("apiserver", BIN / "kube", "apiserver", *cluster.apiserver_flags())
        wait_for("API server", cluster.api.is_ready)
        cluster.processes.check()
        for report, group, plurals in GROUPS:
            apply(cluster, folder / report, group, plurals)
    finally:
        cluster.stop()
    return 0


def write(program: Path, folder: Path) -> None:
    formats = ["prometheus", *(report for report, *_ in GROUPS)]
    reports = [part for name in formats for part in ("--report", f"{name}:{folder / name}")]
    subprocess.run([program, "audit", "demo", *reports], check=True)


def check_metrics(file: Path) -> None:
    text = file.read_text()
    for given, accepted in ((text, True), (text + "reissue_audit_finding{rule=\n", False)):
        done = subprocess.run(["promtool", "check", "metrics"], input=given, text=True, capture_output=True)
        if (done.returncode == 0) != accepted:
            raise SystemExit(f"promtool check metrics ended with {done.returncode}: {done.stdout}{done.stderr}")
    print(f"promtool takes {len([line for line in text.splitlines() if not line.startswith('#')])} samples without a complaint")


def kubectl(cluster: Cluster, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess:
    command = [*cluster.api.kubectl_command, *arguments]
    return subprocess.run(command, input=text, text=True, capture_output=True)


def apply(cluster: Cluster, file: Path, group: str, plurals: list[str]) -> None:
    for plural in plurals:
        done = kubectl(cluster, "apply", "-f", str(SCHEMAS / f"{group}_{plural}.yaml"))
        if done.returncode:
            raise SystemExit(done.stderr)
        done = kubectl(cluster, "wait", "--for=condition=Established", f"crd/{plural}.{group}", "--timeout=60s")
        if done.returncode:
            raise SystemExit(done.stderr)
    items = json.loads(file.read_text())["items"]
    for namespace in {item["metadata"].get("namespace") for item in items} - {None}:
        kubectl(cluster, "create", "namespace", namespace)
    wait_for(f"{group} is served", lambda: kubectl(cluster, "get", f"{plurals[0]}.{group}", "-A").returncode == 0)
    # By the server, as docs/pipelines.md says, and once more by the client.
    for mode in (["--server-side"], []):
        done = kubectl(cluster, "apply", *mode, "--force-conflicts=" + str(bool(mode)).lower(), "--validate=strict", "-f", str(file))
        if done.returncode:
            raise SystemExit(done.stderr)
    compare(cluster, items, group, plurals)
    broken = json.dumps({**items[0], "findings": []})
    if kubectl(cluster, "apply", "--server-side", "--validate=strict", "-f", "-", text=broken).returncode == 0:
        raise SystemExit(f"{group}: the API server took a field that its definition does not have")
    print(f"the API server took {len(items)} objects of {group} with {sum(len(item['results']) for item in items)} results")


def compare(cluster: Cluster, items: list, group: str, plurals: list[str]) -> None:
    stored = {}
    for plural in plurals:
        done = kubectl(cluster, "get", f"{plural}.{group}", "-A", "-o", "json")
        for item in json.loads(done.stdout)["items"]:
            stored[(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"])] = item
    for item in items:
        known = stored.pop((item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]))
        for part in ("summary", "results"):
            if known[part] != item[part]:
                raise SystemExit(f"{group}: {part} of {item['metadata']} came back differently")
    if stored:
        raise SystemExit(f"{group}: {list(stored)} were not written")


if __name__ == "__main__":
    sys.exit(main())
