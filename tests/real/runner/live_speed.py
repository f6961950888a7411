"""How long a large cluster takes to read, beside a reader that throws everything away, and how much memory."""

import os
import re
import subprocess
import time
from pathlib import Path

import live_world
from api import PORT, TOKEN
from stack import NEWEST, Cluster

CERTIFICATES, NAMESPACES = 20_000, 200
# What issue and README promise: times the raw reader's time; bytes, and bytes for each Certificate.
SLOWER, MEMORY, MEMORY_EACH = 1.3, 80 << 20, 4 << 10
RUNS = 3


def measure(cluster: Cluster, program: Path, folder: Path, certificates: int, say) -> bool:
    """Whether it is as fast and as small as promised. The cluster runs, with cert-manager's definitions."""
    unrelated = 3 * certificates
    live_world.fill(certificates, NAMESPACES, unrelated)
    command = [str(program), "audit", "live", "--kubeconfig", str(cluster.kubeconfig), "--cert-manager", NEWEST]
    requests = recorded(command, folder)
    reader = raw_reader(cluster, requests, folder)
    theirs, ours, busy, peak = [], [], [], 0
    for _ in range(RUNS):
        theirs.append(timed(reader)[0])
        check_answers(folder)
        seconds, own, memory = timed([*command, "--quiet", "--strict", "--report", f"json:{folder}/report.json"])
        ours.append(seconds)
        busy.append(own)
        peak = max(peak, memory)
    limit = MEMORY + MEMORY_EACH * certificates
    ratio = min(ours) / min(theirs)
    say(f"{certificates} Certificates, {unrelated} Secrets that nobody names, {len(requests)} requests")
    say(f"raw reader {shown(theirs)}; audit {shown(ours)}: {ratio:.2f} times, {SLOWER} at most")
    say(f"of that the audit computed {shown(busy)}, on all cores together")
    say(f"peak of memory {peak / 1e6:.0f} MB, {limit / 1e6:.0f} at most")
    return ratio <= SLOWER and peak <= limit


def shown(seconds: list[float]) -> str:
    return " ".join(f"{each:.2f}" for each in seconds) + " s"


def recorded(command: list[str], folder: Path) -> list[tuple[str, str]]:
    """The paths of a run, and what each asks for."""
    done = subprocess.run([*command, "-vv", "--color", "never", "--report", f"json:{folder}/report.json"], capture_output=True, text=True, check=True)
    (folder / "requests.log").write_text(done.stderr)
    found = re.findall(r'GET path="?([^" ]+)"? accept="([^"]+)"', done.stderr)
    if len(found) < NAMESPACES:
        raise RuntimeError(f"no requests are in the log: {done.stderr[:500]}")
    return found


def raw_reader(cluster: Cluster, requests: list[tuple[str, str]], folder: Path) -> list[str]:
    """curl over one HTTP/2 connection, with the same headers; what comes is not even decompressed."""
    transfers = (
        f'url = "https://127.0.0.1:{PORT}{path}"\noutput = "/dev/null"\nhttp2\nsilent\nwrite-out = "%{{stderr}}%{{http_code}} %{{http_version}} %{{size_download}}\\n"\ncacert = "{cluster.pki}/ca.crt"\n'
        f'header = "Authorization: Bearer {TOKEN}"\nheader = "Accept: {accept}"\nheader = "Accept-Encoding: gzip"\n'
        for path, accept in requests
    )
    file = folder / "curl.conf"
    file.write_text("next\n".join(transfers))
    return ["sh", "-c", f"exec curl --config {file} 2>{folder}/curl.log"]


def check_answers(folder: Path) -> None:
    """What the raw reader got has to be what was there, over HTTP/2; kinds without a definition are not."""
    answers = [line.split() for line in (folder / "curl.log").read_text().splitlines()]
    wrong = [answer for answer in answers if answer[0] not in ("200", "404") or answer[1] != "2"]
    if wrong or not answers:
        raise RuntimeError(f"the raw reader was answered {wrong[:3]}")


def timed(command: list[str]) -> tuple[float, float, int]:
    """Seconds, seconds of computing, and the peak of memory in bytes."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        raise RuntimeError(f"{command[:4]}: ended with {code}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
