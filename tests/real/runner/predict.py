"""Asks the product what will happen, before anything does."""

import json
import subprocess
from pathlib import Path

import yaml

from scenarios import Scenario


class Product:
    def __init__(self, program: Path):
        self.program = str(program)

    def version(self) -> str:
        return self.run("--version").strip()

    def run(self, *arguments: str) -> str:
        done = subprocess.run([self.program, *arguments], text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def steps(self, scenario: Scenario) -> list[dict]:
        if scenario.steps is not None:
            return scenario.steps
        return yaml.safe_load(self.run("plan", "--preset", scenario.preset, "--show-plan"))["steps"]

    def write_plan(self, scenario: Scenario, folder: Path) -> Path:
        """The plan document of a scenario, as a user would write it."""
        plan = {
            "apiVersion": "reissue-audit/v1alpha1",
            "kind": "RestorePlan",
            "metadata": {"name": scenario.name},
            "source": {"certManager": scenario.source_version},
            "target": {
                "cluster": "new" if scenario.lives_on else scenario.cluster,
                "certManager": scenario.target_version,
                "flags": scenario.flags,
                "velero": scenario.velero,
            },
            "steps": self.steps(scenario),
        }
        file = folder / "plan.yaml"
        file.write_text(yaml.safe_dump_all([plan, *scenario.config_maps], sort_keys=False))
        return file

    def predict(self, plan: Path, backup: Path, to: Path, target: Path | None = None, now: str | None = None) -> dict:
        more = ["--target", str(target)] if target else []
        more += ["--now", now] if now else []
        command = ["plan", "-q", "--backup", str(backup), "--plan", str(plan), *more]
        try:
            self.run(*command, "--report", f"json:{to}")
        except RuntimeError as error:
            # What Velero refuses as a whole is refused here: nothing is restored.
            if "FailedValidation" not in str(error):
                raise
            tool = {"version": self.version()}
            refused = {"tool": tool, "evaluatedAt": now, "certificates": [], "findings": [], "refused": str(error)}
            to.write_text(json.dumps(refused, indent=1))
        return json.loads(to.read_text())

    def verify(self, before: Path, after: Path, to: Path, plan: Path | None) -> dict:
        """What `verify` says of two dumps that hold all there is, against the plan if one is given."""
        against = ["--plan", str(plan)] if plan else []
        self.run("verify", "-q", "--complete", "--before", str(before), *against, "--report", f"json:{to}", str(after))
        return json.loads(to.read_text())


def backup_of(folder: Path, steps: list[dict]) -> Path:
    """The backup that the plan's tool made: a snapshot, a tarball, or else the dump of the source."""
    actions = {action: content for step in steps for action, content in step.items()}
    if "etcdRestore" in actions:
        return folder / "snapshot.db"
    if "veleroBackup" in actions:
        return folder / f"{actions['veleroBackup']['name']}.tar.gz"
    return folder / "source.json"
