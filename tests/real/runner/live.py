"""Reads a large live cluster in which things go wrong. See tests/real/README.md.

Every case ends in the report that a dump of the same cluster gives, or in problems that are named and exit code 4.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import live_speed
import live_world
from api import CERT_MANAGER, PORT, TOKEN
from processes import wait_for
from proxy import PROXY_PORT, Proxy
from stack import BIN, NEWEST, Cluster

ROOT = Path(__file__).resolve().parents[3]
CERTIFICATES, IN_A_NAMESPACE = 5000, 25
READ = [
    ("", ["namespaces"]),
    ("cert-manager.io", ["certificates", "certificaterequests", "issuers", "clusterissuers"]),
    ("acme.cert-manager.io", ["orders", "challenges"]),
    ("networking.k8s.io", ["ingresses"]),
    ("gateway.networking.k8s.io", ["gateways", "listenersets"]),
    ("apps", ["deployments"]),
    ("apiextensions.k8s.io", ["customresourcedefinitions"]),
]


class Live:
    def __init__(self, folder: Path, program: Path, certificates: int):
        self.folder, self.program = folder, program
        self.certificates, self.namespaces = certificates, certificates // IN_A_NAMESPACE
        # Every tenth of them wants another name by now.
        self.out_of_date = certificates // 10
        self.chunk = ("--chunk-size", str(certificates // 10))
        shutil.rmtree(folder, ignore_errors=True)
        self.cluster = Cluster(folder / "cluster")
        self.proxied = self.kubeconfig("proxied", TOKEN, f"http://127.0.0.1:{PROXY_PORT}")

    # The cluster

    def start_empty(self) -> None:
        self.cluster.start_etcd()
        self.start_apiserver()
        self.cluster.install_crds(NEWEST)

    def start(self) -> None:
        self.start_empty()
        live_world.fill(self.certificates, self.namespaces, unrelated=self.certificates)
        self.cluster.api.create(*objects())
        dump = self.cluster.api.dump()
        deployments = self.cluster.api.get("/apis/apps/v1/deployments")["items"]
        dump["items"] += [{"apiVersion": "apps/v1", "kind": "Deployment"} | item for item in deployments]
        (self.folder / "dump.json").write_text(json.dumps(dump))
        self.now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.expected, code = self.audit(str(self.folder / "dump.json"))
        assert code == 0 and self.expected["summary"]["certificates"] == self.certificates, self.expected["summary"]
        assert self.expected["summary"]["verdicts"]["reissue-now"] == self.out_of_date, self.expected["summary"]

    def start_apiserver(self, *flags: str) -> None:
        self.cluster.processes.start("apiserver", BIN / "kube", "apiserver", *self.cluster.apiserver_flags(), *flags)
        wait_for("API server", self.cluster.api.is_ready)
        self.cluster.processes.check()

    def stop(self) -> None:
        self.cluster.stop()

    def kubeconfig(self, name: str, token: str, server: str = f"https://127.0.0.1:{PORT}") -> Path:
        file = self.folder / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        authority = {"certificate-authority": f"{self.cluster.pki}/ca.crt"} if server.startswith("https") else {}
        file.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "clusters": [{"name": name, "cluster": {"server": server} | authority}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}]}))
        return file

    # The product

    def audit(self, *arguments: str) -> tuple[dict, int]:
        command = [self.program, "audit", *arguments, "--strict", "--quiet", "--now", self.now, "--report", "json"]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if not done.stdout:
            raise RuntimeError(f"{command}: {done.returncode} {done.stderr}")
        return json.loads(done.stdout), done.returncode

    def live(self, *arguments: str, kubeconfig: Path | None = None) -> tuple[dict, int]:
        return self.audit("live", "--kubeconfig", kubeconfig or self.cluster.kubeconfig, *arguments)

    def is_whole(self, report: dict, code: int, notes: tuple[str, ...] = ()) -> None:
        found = problems(report)
        unexpected = [line for line in found if not any(note in line for note in notes)]
        assert not unexpected and code == 0, (code, unexpected[:5])
        missing = [note for note in notes if not any(note in line for line in found)]
        assert not missing, (missing, found)
        for part in ("certificates", "findings", "summary", "timeline"):
            assert report[part] == self.expected[part], f"{part} differ from those of the dump"
        assert report["certManager"] == self.expected["certManager"], (report["certManager"], self.expected["certManager"])

    def is_partial(self, report: dict, code: int, *wanted: str, code_wanted: int = 4) -> None:
        found = problems(report)
        absent = [words for words in wanted if not any(words in line for line in found)]
        assert code == code_wanted and not absent, (code, absent, found[:5])

    # Cases

    def whole(self) -> None:
        report, code = self.live()
        self.is_whole(report, code)
        traffic = report["coverage"]["inputs"][0]
        say(f"  {traffic['requests']} requests, {traffic['bytes'] / 1e6:.1f} MB")
        assert traffic["objects"]["Secret"] == self.certificates + self.namespaces, traffic["objects"]
        self.is_whole(*self.live("--chunk-size", "137"))

    def in_the_order_of_rights(self) -> None:
        """Service accounts: everything, everything but Secrets, two namespaces."""
        self.is_whole(*self.live(kubeconfig=self.account("reader")))
        without = self.account("reader-without-secrets")
        self.is_partial(*self.live(kubeconfig=without), f"secrets in each of {self.namespaces} namespaces: forbidden")
        report, code = self.live("--no-secrets", kubeconfig=without)
        assert code == 0 and problems(report) == ["Secrets were not read (--no-secrets): what only they can tell is unknown"]
        verdicts = report["summary"]["verdicts"]
        assert verdicts["reissue-now"] == self.out_of_date, verdicts
        assert verdicts["unchanged"] == self.certificates - self.out_of_date, verdicts
        report, code = self.live("-n", "team-000", "-n", "team-001", kubeconfig=self.account("two-namespaces"))
        words = ("clusterissuers.cert-manager.io", "deployments.apps", "customresourcedefinitions.apiextensions.k8s.io")
        self.is_partial(report, code, *words)
        assert {entry["namespace"] for entry in report["certificates"]} == {"team-000", "team-001"}
        assert report["summary"]["certificates"] == 2 * IN_A_NAMESPACE, report["summary"]
        # Which namespaces there are is not known, and in that of the context nothing may be read.
        report, code = self.live(kubeconfig=self.account("two-namespaces"))
        self.is_partial(report, code, "namespaces: forbidden", code_wanted=3)

    def an_aggregated_api_is_down(self) -> None:
        service = {
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {
                "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                "insecureSkipTLSVerify": True, "service": {"name": "nobody", "namespace": "default"}}}
        self.cluster.api.create(service)
        self.is_whole(*self.live())
        self.cluster.api.delete("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io")

    def faults_that_pass(self) -> None:
        faults = {
            "429": ("status", 429, {"Retry-After": "1"}), "500": ("status", 500, {}), "503": ("status", 503, {"Retry-After": "1"}),
            "slow": "slow", "cut": "cut", "a login page": ("body", "text/html", b"<html>log in</html>"),
            "garbage": ("body", "application/json", b'{"kind":"List","items":[{"metadata"'),
        }
        for name, fault in faults.items():
            def trouble(path, before, fault=fault):
                return fault if before == 0 and ("/certificates?" in path or "/secrets?" in path) and "continue" in path else None
            self.through(trouble, lambda name=name: self.is_whole(*self.live("--chunk-size", str(self.certificates // 2), kubeconfig=self.proxied)))
            say(f"  {name}")

    def faults_that_stay(self) -> None:
        faults = {
            "the answer is text/html, not JSON": ("body", "text/html", b"<html>log in</html>"),
            "the answer makes no sense": ("body", "application/json", b"{}"),
        }
        for words, fault in faults.items():
            def trouble(path, before, fault=fault):
                return fault if "/certificaterequests?" in path and "continue" in path else None
            wanted = f"certificaterequests.cert-manager.io: the list ended after {self.chunk[1]} objects: {words}"
            self.through(trouble, lambda wanted=wanted: self.is_partial(*self.live(*self.chunk, kubeconfig=self.proxied), wanted))

    def the_api_server_goes_and_comes_back(self) -> None:
        def away() -> None:
            self.cluster.processes.stop("apiserver")
            threading.Thread(target=lambda: (time.sleep(1), self.start_apiserver())).start()
        self.through(once("/certificates?", 3, away), lambda: self.is_whole(*self.live(*self.chunk, kubeconfig=self.proxied)))
        wait_for("API server", self.cluster.api.is_ready)

    def the_list_expires(self) -> None:
        """Continue tokens of a revision that etcd compacts away; without the snapshots that the API server would answer from."""
        self.cluster.processes.stop("apiserver")
        self.start_apiserver("--feature-gates=ListFromCacheSnapshot=false")
        trouble = once("/certificates?", 3, live_world.compact)
        note = "certificates.cert-manager.io: the list expired while it was read and was begun anew once"
        statuses = self.through(trouble, lambda: self.is_whole(*self.live(*self.chunk, kubeconfig=self.proxied), notes=(note,)))
        assert 410 in statuses, "nothing expired"

    def through(self, trouble, check) -> list[int]:
        """Checks something behind a proxy; gives the statuses of the API server."""
        proxy = Proxy(self.cluster.pki / "ca.crt", trouble)
        try:
            check()
        finally:
            proxy.stop()
        return proxy.statuses

    def account(self, name: str) -> Path:
        path = f"/api/v1/namespaces/audit/serviceaccounts/{name}/token"
        answer = self.cluster.api.request("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
        return self.kubeconfig(name, answer["status"]["token"])


def once(words: str, number: int, action):
    """Does something at the so-many-th request with these words."""
    seen = []

    def trouble(path: str, before: int):
        if words in path:
            seen.append(path)
            if len(seen) == number:
                action()

    return trouble


def problems(report: dict) -> list[str]:
    return [problem["message"] for each in report["coverage"]["inputs"] for problem in each["problems"]]


def objects() -> list[dict]:
    """cert-manager's Deployment, and accounts with their rights."""
    image = "quay.io/jetstack/cert-manager-controller:" + NEWEST
    labels = {"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller"}
    container = {"name": "controller", "image": image, "args": ["--cluster-resource-namespace=$(POD_NAMESPACE)"]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    found = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("cert-manager", "audit")]
    found.append({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "cert-manager", "namespace": "cert-manager", "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": template}})
    rules = [{"apiGroups": [group], "resources": resources, "verbs": ["get", "list"]} for group, resources in READ]
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
    for name, role in {"reader": [*rules, secrets], "reader-without-secrets": rules}.items():
        found += [account(name), rbac("ClusterRole", name, rules=role), binding("ClusterRoleBinding", name, "ClusterRole")]
    found.append(account("two-namespaces"))
    for namespace in ("team-000", "team-001"):
        found.append(rbac("Role", "two-namespaces", namespace, rules=[*rules, secrets]))
        found.append(binding("RoleBinding", "two-namespaces", "Role", namespace))
    return found


def account(name: str) -> dict:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "audit"}}


def rbac(kind: str, name: str, namespace: str | None = None, **more) -> dict:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata} | more


def binding(kind: str, name: str, role: str, namespace: str | None = None) -> dict:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name}
    subject = {"kind": "ServiceAccount", "name": name, "namespace": "audit"}
    return rbac(kind, name, namespace, roleRef=reference, subjects=[subject])


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/real/live", description=__doc__)
    parser.add_argument("cases", nargs="*", help="names; all without any")
    parser.add_argument("--program", type=Path, default=ROOT / "target/debug/reissue-audit")
    parser.add_argument("--folder", type=Path, default=ROOT / "target/real-live", help="where everything is kept")
    parser.add_argument("--certificates", type=int, help=f"how many [default: {CERTIFICATES}, with --measure {live_speed.CERTIFICATES}]")
    parser.add_argument("--measure", action="store_true", help="time and memory instead, with a larger cluster")
    options = parser.parse_args()
    # Whoever ends this ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    live = Live(options.folder.resolve(), options.program, options.certificates or CERTIFICATES)
    # The last one leaves another API server behind.
    cases = [live.whole, live.in_the_order_of_rights, live.an_aggregated_api_is_down, live.faults_that_pass]
    cases += [live.faults_that_stay, live.the_api_server_goes_and_comes_back, live.the_list_expires]
    known = {case.__name__: case for case in cases}
    if unknown := [name for name in options.cases if name not in known]:
        sys.exit(f"no case {', '.join(unknown)}; there are {', '.join(known)}")
    certificates = options.certificates or live_speed.CERTIFICATES
    failed = []
    try:
        if options.measure:
            live.start_empty()
            return 0 if live_speed.measure(live.cluster, options.program, live.folder, certificates, say) else 10
        say(f"a cluster of {live.certificates} Certificates in {live.namespaces} namespaces …")
        live.start()
        for name in options.cases or known:
            begin = time.monotonic()
            say(f"{name} …")
            try:
                known[name]()
            except Exception:  # noqa: BLE001: the next case can still be run
                traceback.print_exc()
                failed.append(name)
            say(f"{name}: {'failed' if name in failed else 'as it should be'} after {time.monotonic() - begin:.0f} s")
    finally:
        live.stop()
    return 10 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
