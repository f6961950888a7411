"""Applies the manifests of deploy/ to a real API server, and looks at what the service account may do. See tests/real/deploy."""

import argparse
import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from api import PORT
from processes import wait_for
from stack import NEWEST, Cluster

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = "system:serviceaccount:reissue-audit:reissue-audit"
GROUPS = ["system:serviceaccounts", "system:serviceaccounts:reissue-audit", "system:authenticated"]
READ = [
    *(f"{kind}.cert-manager.io" for kind in ("certificates", "certificaterequests", "issuers", "clusterissuers")),
    *("orders.acme.cert-manager.io", "challenges.acme.cert-manager.io", "ingresses.networking.k8s.io"),
    *("gateways.gateway.networking.k8s.io", "deployments.apps", "customresourcedefinitions.apiextensions.k8s.io"),
    *("namespaces", "events"),
]
NEVER = [
    *(("list", kind) for kind in ("pods", "configmaps", "serviceaccounts", "clusterroles.rbac.authorization.k8s.io")),
    *((verb, kind) for verb in ("create", "update", "patch", "delete", "watch") for kind in (*READ, "secrets")),
    *(("create", kind) for kind in ("serviceaccounts/token", "pods/exec", "subjectaccessreviews.authorization.k8s.io")),
]


class Check:
    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.failures: list[str] = []
        self.count = 0

    def that(self, holds: bool, what: str) -> None:
        self.count += 1
        if not holds:
            self.failures.append(what)
            print(f"FAILED: {what}", flush=True)

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        done = self.cluster.api.kubectl(*arguments, given=given)
        self.that(done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def may(self, verb: str, resource: str) -> bool:
        """Whether the API server would let the service account do it, in all namespaces."""
        name, _, group = resource.partition(".")
        name, _, subresource = name.partition("/")
        attributes = {"verb": verb, "group": group, "resource": name, "subresource": subresource}
        spec = {"user": ACCOUNT, "groups": GROUPS, "resourceAttributes": attributes}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        answer = self.cluster.api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return answer["status"]["allowed"]


def objects() -> list[dict]:
    """What an audit finds: a Certificate with what was issued for it, by its namespace's own issuer."""
    meta = {"namespace": "shop", "name": "web"}
    pem = base64.b64encode(b"nonsense").decode()
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": meta, "spec": {"selfSigned": {}}},
        {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": meta,
            "spec": {"secretName": "web-tls", "dnsNames": ["web.example.com"], "issuerRef": {"name": "web"}},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"namespace": "shop", "name": "web-tls"},
            "data": {"tls.crt": pem, "tls.key": pem},
        },
    ]


def apply_variant(check: Check, variant: str) -> list[dict]:
    folder = str(ROOT / "deploy" / variant)
    made = list(yaml.safe_load_all(check.kubectl("kustomize", folder)))
    for mode in (["--dry-run=server"], []):
        check.kubectl("apply", "--server-side", *mode, "-k", folder)
    return made


def check_pod(check: Check, made: list[dict]) -> None:
    """The Pod that a Job of the CronJob makes: nothing here makes it, so that it is asked for directly."""
    job = next(each for each in made if each["kind"] == "CronJob")
    template = job["spec"]["jobTemplate"]["spec"]["template"]
    meta = {"name": "now", "namespace": "reissue-audit"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}
    check.kubectl("create", "--dry-run=server", "-f", "-", given=json.dumps(pod))
    del pod["spec"]["securityContext"]["runAsNonRoot"]
    refused = check.cluster.api.kubectl("create", "--dry-run=server", "-f", "-", given=json.dumps(pod))
    check.that("violates PodSecurity" in refused.stderr, f"the namespace takes only restricted Pods: {refused.stderr}")


def check_rights(check: Check, with_secrets: bool) -> None:
    for resource in READ:
        for verb in ("get", "list"):
            check.that(check.may(verb, resource), f"may {verb} {resource}")
    for verb, resource in NEVER:
        check.that(not check.may(verb, resource), f"may not {verb} {resource}")
    for verb in ("get", "list"):
        check.that(check.may(verb, "secrets") == with_secrets, f"{verb} secrets: {with_secrets}")


def check_audits(check: Check, program: Path, with_secrets: bool) -> None:
    token = check.kubectl("create", "token", "reissue-audit", "-n", "reissue-audit").strip()
    kubeconfig = check.cluster.folder / "account.kubeconfig"
    kubeconfig.write_text(
        f"""apiVersion: v1
kind: Config
current-context: a
clusters: [{{name: a, cluster: {{server: "https://127.0.0.1:{PORT}", certificate-authority: {check.cluster.pki}/ca.crt}}}}]
users: [{{name: a, user: {{token: {token}}}}}]
contexts: [{{name: a, context: {{cluster: a, user: a}}}}]
"""
    )
    kubeconfig.chmod(0o600)
    check_audit(check, ["env", f"KUBECONFIG={kubeconfig}", str(program)], with_secrets)
    check_audit(check, as_in_the_pod(check, program, token), with_secrets)


def as_in_the_pod(check: Check, program: Path, token: str) -> list[str]:
    """The program where it finds what the kubelet gives a Pod, and no kubeconfig."""
    account = check.cluster.folder / "serviceaccount"
    account.mkdir(exist_ok=True)
    (account / "token").write_text(token)
    (account / "namespace").write_text("reissue-audit")
    shutil.copy(check.cluster.pki / "ca.crt", account / "ca.crt")
    place = "/run/secrets/kubernetes.io/serviceaccount"
    script = f'mount -t tmpfs none /run && mkdir -p {place} && cp "$0"/* {place} && exec "$@"'
    environment = ["env", "-i", "KUBERNETES_SERVICE_HOST=127.0.0.1", f"KUBERNETES_SERVICE_PORT={PORT}"]
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, str(account), *environment, str(program)]


def check_audit(check: Check, command: list[str], with_secrets: bool) -> None:
    arguments = ["audit", "live", "--strict", "--report", "json", *([] if with_secrets else ["--no-secrets"])]
    done = subprocess.run([*command, *arguments], text=True, capture_output=True)
    report = json.loads(done.stdout or "{}")
    verdicts = {each["name"]: each["verdict"] for each in report.get("certificates", [])}
    check.that(verdicts == {"web": "reissue-now" if with_secrets else "unknown"}, f"{command[0]}: verdicts with these rights: {verdicts} {done.stderr}")
    problems = [each for source in report.get("coverage", {}).get("inputs", []) for each in source["problems"]]
    refused = [each for each in problems if "forbidden" in json.dumps(each).lower()]
    check.that(not refused, f"nothing that is asked for is forbidden: {refused}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=ROOT / "target/debug/reissue-audit")
    parser.add_argument("--folder", type=Path, default=ROOT / "target/real-deploy")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    cluster = Cluster(arguments.folder / "cluster")
    check = Check(cluster)
    try:
        cluster.start()
        cluster.install_crds(NEWEST)
        cluster.install_gateway_api()
        wait_for("schemas", cluster.api.schemas_are_ready)
        cluster.api.apply(*objects())
        # What a dry run puts into a namespace must find it there.
        check.kubectl("apply", "--server-side", "-f", str(ROOT / "deploy/base/namespace.yaml"))
        for variant, with_secrets in (("base", False), ("with-secrets", True)):
            made = apply_variant(check, variant)
            check_pod(check, made)
            check_rights(check, with_secrets)
            check_audits(check, arguments.program.resolve(), with_secrets)
    finally:
        cluster.stop()
    print(f"{check.count} checks, {len(check.failures)} failed")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
