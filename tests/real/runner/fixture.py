"""Keeps a scenario as a fixture for the tests of the product: the backup, the dump of the same cluster, and what was seen."""

import gzip
import json
import shutil
from pathlib import Path

FILES = ("velero-backup.json", "plan.yaml")


def keep(folder: Path, backup: Path, lines: list[dict], to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    shutil.copy(backup, to / backup.name)
    for name in FILES:
        shutil.copy(folder / name, to / name)
    dump = json.loads((folder / "source.json").read_text())
    dump["items"] = [lean(item) for item in dump["items"] if item["kind"] != "CustomResourceDefinition"]
    with gzip.GzipFile(to / "source.json.gz", "wb", mtime=0) as file:
        file.write(json.dumps(dump, separators=(",", ":")).encode())
    report = json.loads((folder / "prediction.json").read_text())
    (to / "now.txt").write_text(report["evaluatedAt"] + "\n")
    (to / "observed.jsonl").write_text("".join(json.dumps(observed(line), sort_keys=True) + "\n" for line in lines))


def lean(item: dict) -> dict:
    """managedFields are half of a dump, and kubectl does not show them."""
    item["metadata"].pop("managedFields", None)
    return item


def observed(line: dict) -> dict:
    seen = line["observed"]
    return {"namespace": line["namespace"], "name": line["name"], "outcome": seen["outcome"], "trigger": seen["trigger"]}
