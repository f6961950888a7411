"""The results file, and the table that is made of it."""

import json
from collections import Counter
from pathlib import Path

from stack import VELERO


def replace(results: Path, scenario: str, lines: list[dict]) -> None:
    """The new lines of a scenario take the place of its old ones."""
    kept = [line for line in read(results) if line["scenario"] != scenario]
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in kept + lines))


def read(results: Path) -> list[dict]:
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text().splitlines()]


def table(results: Path, order: list[str]) -> str:
    lines = read(results)
    there = dict.fromkeys(line["scenario"] for line in lines)
    # Those with a seed of their own come last.
    runs = [name for name in order if name in there] + [name for name in there if name not in order]
    dates = sorted({line["date"] for line in lines})
    total, agreeing = len(lines), sum(not line["differs"] for line in lines)
    verdicts = sum(not wrong_verdict(line) for line in lines)
    again = sum("judgedAgain" in line for line in lines)
    verified = [line for line in lines if line.get("verified")]
    misread = sum(any(text.startswith("verify") for text in line["differs"]) for line in verified)
    parts = [
        HEAD,
        f"{len(runs)} restores, {total} Certificates, {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}: "
        f"the verdict was right for {verdicts}, everything compared was right for {agreeing}.\n",
        f"`verify`, given the dump before, the plan and the dump after, says the same as was observed for {len(verified) - misread} of "
        f"{len(verified)}.\n",
        *([f"For {again} of them the prediction is that of a later build, as of the time before the restore.\n"] if again else []),
        "| Restore | cert-manager | Certificates | Verdict right | Everything right | What was seen | Seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    of = {name: [line for line in lines if line["scenario"] == name] for name in runs}
    parts += [row(name, of[name]) for name in runs]
    parts += ["", "## Disagreements", ""]
    parts += disagreements(runs, of) or ["None."]
    known = Path(__file__).with_name("known.md")
    parts += ["", known.read_text().rstrip()] if known.exists() else []
    parts += ["", "## Certificate by Certificate", ""]
    for name in runs:
        parts += details(name, of[name])
    return "\n".join(parts).rstrip() + "\n"


HEAD = """# Predicted and observed restores

Written by `tests/real/run` with `--table docs/restores.md`; do not edit (the explanations are in `tests/real/runner/known.md`). Each line stands for a restore that was run with the real components
(etcd, kube-apiserver and kube-controller-manager v1.34.4, cert-manager's controllers and webhook, Velero v1.18.1, kubectl v1.34.4), after the verdict on every
Certificate had been written down. Compared are the verdict, cert-manager's own words for its first trigger, the number of issuances, whether the
Secret got another certificate, whether a Certificate of the ingress-shim still has its owner, and what `reissue-audit verify` says of the dumps before and after. `tests/real/README.md` tells what is in the source.
"""


def wrong_verdict(line: dict) -> bool:
    return any(text.startswith(("verdict", "a Certificate that")) for text in line["differs"])


def row(name: str, lines: list[dict]) -> str:
    first = lines[0]
    versions = " → ".join(dict.fromkeys([first["source"], first["target"]]))
    if first.get("velero", VELERO) != VELERO:
        versions += f", Velero {first['velero']}"
    right = sum(not line["differs"] for line in lines)
    verdicts = sum(not wrong_verdict(line) for line in lines)
    seen = Counter(line["observed"]["outcome"] for line in lines)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in seen.most_common())
    return f"| {name} | {versions} | {len(lines)} | {verdicts} | {right} | {outcomes} | {first['seconds']} |"


def disagreements(runs: list[str], of: dict[str, list[dict]]) -> list[str]:
    return [
        f"* {name}, {line['namespace']}/{line['name']}: {cell('; '.join(line['differs']))}"
        for name in runs
        for line in of[name]
        if line["differs"]
    ]


def details(name: str, lines: list[dict]) -> list[str]:
    rows = [f"### {name}", ""]
    if lines[0]["notes"]:
        rows += [f"{'; '.join(lines[0]['notes'])}.", ""]
    rows += ["| Certificate | Predicted | Observed | cert-manager's words | |", "|---|---|---|---|---|"]
    for line in lines:
        seen = line["observed"]
        what = seen["outcome"] + (f" ({seen['obstacle']})" if seen["obstacle"] else "")
        mark = "differs" if line["differs"] else ""
        who = f"{line['namespace']}/{line['name']}"
        rows.append(f"| {who} | {line['predicted']['verdict']} | {cell(what)} | {cell(seen['trigger'] or '')} | {mark} |")
    return [*rows, ""]


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
