"""How long a large cluster takes to read, beside a reader that throws everything away, and how much memory."""

import os
import re
import subprocess
import time
from pathlib import Path

import live_world
from api import PORT, TOKEN
from stack import NEWEST, Cluster

CERTIFICATES, NAMESPACES, UNRELATED = 20_000, 200, 60_000
# What issue and README promise: times the raw reader's time; bytes, and bytes for each Certificate.
SLOWER, MEMORY, MEMORY_EACH = 1.3, 80 << 20, 4 << 10
RUNS = 3


def measure(cluster: Cluster, program: Path, folder: Path, say) -> bool:
    """Whether it is as fast and as small as promised. The cluster runs, with cert-manager's definitions."""
    live_world.fill(CERTIFICATES, NAMESPACES, UNRELATED)
    command = [str(program), "audit", "live", "--kubeconfig", str(cluster.kubeconfig), "--cert-manager", NEWEST]
    requests = recorded(command, folder)
    reader = raw_reader(cluster, requests, folder)
    theirs, ours, peak = [], [], 0
    for _ in range(RUNS):
        theirs.append(timed(reader)[0])
        seconds, memory = timed([*command, "--quiet", "--strict", "--report", f"json:{folder}/report.json"])
        ours.append(seconds)
        peak = max(peak, memory)
    limit = MEMORY + MEMORY_EACH * CERTIFICATES
    ratio = min(ours) / min(theirs)
    say(f"{CERTIFICATES} Certificates, {UNRELATED} Secrets that nobody names, {len(requests)} requests")
    say(f"raw reader {shown(theirs)}; audit {shown(ours)}: {ratio:.2f} times, {SLOWER} at most")
    say(f"peak of memory {peak / 1e6:.0f} MB, {limit / 1e6:.0f} at most")
    return ratio <= SLOWER and peak <= limit


def shown(seconds: list[float]) -> str:
    return " ".join(f"{each:.2f}" for each in seconds) + " s"


def recorded(command: list[str], folder: Path) -> list[tuple[str, str]]:
    """The paths of a run, and what each asks for."""
    done = subprocess.run([*command, "-vv", "--color", "never", "--report", f"json:{folder}/report.json"], capture_output=True, text=True, check=True)
    found = re.findall(r'GET path="?([^" ]+)"? accept="([^"]+)"', done.stderr)
    if len(found) < CERTIFICATES / 500:
        raise RuntimeError(f"no requests are in the log: {done.stderr[:500]}")
    return found


def raw_reader(cluster: Cluster, requests: list[tuple[str, str]], folder: Path) -> list[str]:
    """curl over one HTTP/2 connection, with the same headers; what comes is not even decompressed."""
    transfers = (
        f'url = "https://127.0.0.1:{PORT}{path}"\noutput = "/dev/null"\nhttp2\nsilent\nfail\ncacert = "{cluster.pki}/ca.crt"\n'
        f'header = "Authorization: Bearer {TOKEN}"\nheader = "Accept: {accept}"\nheader = "Accept-Encoding: gzip"\n'
        for path, accept in requests
    )
    file = folder / "curl.conf"
    file.write_text("next\n".join(transfers))
    return ["curl", "--config", str(file)]


def timed(command: list[str]) -> tuple[float, int]:
    """Seconds, and the peak of memory in bytes."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    code = os.waitstatus_to_exitcode(status)
    # CustomResourceDefinitions of the Gateway API are asked for and not there: curl counts that as a failure.
    if code not in (0, 22):
        raise RuntimeError(f"{command[:4]}: ended with {code}")
    return seconds, usage.ru_maxrss * 1024
