"""Runs restores for real and compares what happens with what was foretold. See tests/real/README.md."""

import argparse
import dataclasses
import datetime
import itertools
import json
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

import yaml

import check_verify
import fixture
import table
import world
from compare import Line, check_phases, check_rest, compare
from predict import Product, backup_of
from processes import wait_for
from scenarios import Scenario, scenarios
from stack import Cluster, Storage
from steps import Source, Target

ROOT = Path(__file__).resolve().parents[3]


class Runner:
    def __init__(self, folder: Path, product: Product):
        self.folder = folder
        self.product = product
        self.storage = Storage(folder / "s3")
        # Worlds that were made already, as data folders of etcd.
        self.worlds: dict[str, Path] = {}

    def source(self, scenario: Scenario) -> Path:
        """The data folder of a source world of the kind that the scenario needs; made once in a run."""
        kind = [scenario.source_version, scenario.velero, scenario.flags, scenario.with_shim, scenario.with_gateways, scenario.seed]
        key = json.dumps(kind)
        if key not in self.worlds:
            used = {data.parent for data in self.worlds.values()}
            folder = next(each for number in itertools.count(1) if (each := self.folder / f"world-{number}") not in used)
            self.worlds[key] = self.make_world(scenario, folder)
            (folder / "key").write_text(key)
        return self.worlds[key]

    def find_worlds(self) -> None:
        """Those of an earlier run; their shortest certificate lives for an hour."""
        for file in self.folder.glob("world-*/key"):
            self.worlds[file.read_text()] = file.parent / "etcd"

    def forget_worlds(self) -> None:
        for old in self.folder.glob("world-*"):
            shutil.rmtree(old)

    def make_world(self, scenario: Scenario, folder: Path) -> Path:
        say(f"a source world of cert-manager {scenario.source_version} {scenario.flags or ''}")
        shutil.rmtree(folder, ignore_errors=True)
        cluster = Cluster(folder, scenario.velero)
        try:
            cluster.start()
            cluster.install_crds(scenario.source_version)
            if scenario.with_gateways:
                cluster.install_gateway_api()
            cluster.install_velero()
            cluster.start_webhook(scenario.source_version)
            cluster.start_cert_manager(scenario.source_version, scenario.flags)
            world.make(cluster, scenario)
            cluster.wait_quiet(quiet=10, at_most=60)
            cluster.stop_cert_manager()
            world.edit(cluster.api, scenario)
            cluster.wait_quiet(quiet=3, at_most=20)
        finally:
            cluster.stop()
        return folder / "etcd"

    def run(self, scenario: Scenario) -> list[dict]:
        folder = self.folder / scenario.name
        shutil.rmtree(folder, ignore_errors=True)
        data = self.source(scenario)
        begin = time.monotonic()
        say(f"{scenario.name} …")
        cluster = Cluster(folder / "source", scenario.velero)
        shutil.copytree(data, folder / "source" / "etcd")
        try:
            report, target = self.restore(scenario, folder, cluster)
        finally:
            cluster.stop()
        seconds = round(time.monotonic() - begin)
        run = {"date": today(), "notes": target.notes, "restless": sorted(target.restless), "seconds": seconds}
        write(folder / "run.json", run)
        lines = self.judge(scenario, folder, report, run)
        tell(scenario, lines, run)
        return records(scenario, lines, run, self.product)

    def judge_again(self, scenario: Scenario) -> list[dict]:
        """Predicts anew, as of then, for a restore that was run before, and compares with what was seen then."""
        folder = self.folder / scenario.name
        steps = next(yaml.safe_load_all((folder / "plan.yaml").read_text()))["steps"]
        first = read(folder / "prediction.json")
        existing = folder / "target.json" if scenario.lives_on else None
        again = folder / "prediction-again.json"
        now = first["evaluatedAt"]
        report = self.product.predict(folder / "plan.yaml", backup_of(folder, steps), again, existing, now)
        old = self.earlier(scenario)
        lines = self.judge(scenario, folder, report, old)
        tell(scenario, lines, old)
        common = {"date": old["date"], "judgedAgain": report["tool"]["version"]}
        return [line | common for line in records(scenario, lines, old, self.product)]

    def judge(self, scenario: Scenario, folder: Path, report: dict, run: dict) -> list[Line]:
        """What was foretold and what `verify` says, against the dumps and events that are kept."""
        moved = mapping(next(yaml.safe_load_all((folder / "plan.yaml").read_text()))["steps"])
        source, existing, after = folder / "source.json", folder / "target.json", folder / "after.json"
        before = existing if scenario.lives_on else source
        lines = compare(read(source), read(before), read(after), read(folder / "events.json"), report, moved, scenario.renews)
        check_phases(lines, report, run["notes"])
        if "restless" in run:
            check_rest(lines, report, read(after), set(run["restless"]))
        # `verify` knows one world before, and nothing of what is done by hand after a plan; a plan that is refused it refuses.
        has_plan = not (scenario.lives_on or scenario.renews or "refused" in report)
        said = self.product.verify(before, after, folder / "verify.json", folder / "plan.yaml" if has_plan else None)
        check_verify.check(lines, said, moved, has_plan)
        return lines

    def earlier(self, scenario: Scenario) -> dict:
        """When a scenario was run, and what was noted."""
        file = self.folder / scenario.name / "run.json"
        if file.exists():
            return read(file)
        return next(line for line in table.read(self.folder / "results.jsonl") if line["scenario"] == scenario.name)

    def restore(self, scenario: Scenario, folder: Path, cluster: Cluster) -> tuple[dict, Target]:
        """Carries the plan out; what was foretold, and the target. Dumps and events are kept in the folder."""
        steps = self.product.steps(scenario)
        plan = self.product.write_plan(scenario, folder)
        source = Source(folder, cluster, self.storage)
        self.start_source(scenario, cluster, steps)
        source.take(steps)
        existing = self.live_on(scenario, cluster, folder) if scenario.lives_on else None
        # Foretold before anything is restored.
        report = self.product.predict(plan, backup_of(folder, steps), folder / "prediction.json", existing)
        started = datetime.datetime.now(datetime.UTC)
        time.sleep(1)
        if scenario.cluster != "source":
            cluster.stop()
            cluster = Cluster(folder / "target", scenario.velero)
        try:
            if scenario.cluster != "source":
                self.start_target(cluster, folder, steps)
            target = Target(cluster, source, scenario)
            target.carry_out(steps)
            if scenario.renews:
                world.renew_all(target.cluster.api)
                target.wait(len(steps), {})
            after = target.cluster.api.dump()
            events = [event for event in target.cluster.api.events() if last_seen(event) >= started]
        finally:
            cluster.stop()
        write(folder / "after.json", after)
        write(folder / "events.json", events)
        return report, target

    def start_source(self, scenario: Scenario, cluster: Cluster, steps: list[dict]) -> None:
        cluster.start()
        cluster.start_webhook(scenario.source_version)
        if scenario.small:
            leave_out_definitions(cluster)
        if uses_velero(steps):
            self.storage.empty()
            cluster.start_velero()

    def live_on(self, scenario: Scenario, cluster: Cluster, folder: Path) -> Path:
        """The source goes on after its backup; what it is then is the target's beginning."""
        cluster.start_cert_manager(scenario.source_version, scenario.flags)
        cluster.wait_quiet(quiet=20, at_most=90)
        world.live_on(cluster.api)
        cluster.wait_quiet(quiet=10, at_most=60)
        file = folder / "target.json"
        write(file, cluster.api.dump())
        return file

    def start_target(self, cluster: Cluster, folder: Path, steps: list[dict]) -> None:
        if any("etcdRestore" in step for step in steps):
            cluster.restore_snapshot(folder / "snapshot.db")
        cluster.start()
        if uses_velero(steps):
            cluster.install_velero()
            cluster.start_velero()
        wait_for("namespaces", lambda: cluster.api.find("/api/v1/namespaces/default"))


def leave_out_definitions(cluster: Cluster) -> None:
    for item in cluster.api.items("customresourcedefinitions"):
        name = item["metadata"]["name"]
        if name.endswith(("cert-manager.io", "velero.io")):
            path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
            cluster.api.merge(path, {"metadata": {"labels": {"velero.io/exclude-from-backup": "true"}}})


def uses_velero(steps: list[dict]) -> bool:
    return any("veleroBackup" in step for step in steps)


def mapping(steps: list[dict]) -> dict[str, str]:
    found: dict[str, str] = {}
    for step in steps:
        found |= step.get("veleroRestore", {}).get("spec", {}).get("namespaceMapping", {})
    return found


def last_seen(event: dict) -> datetime.datetime:
    text = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"]
    return datetime.datetime.fromisoformat(text)


def records(scenario: Scenario, lines: list[Line], run: dict, product: Product) -> list[dict]:
    common = {
        "date": today(),
        "scenario": scenario.name,
        "velero": scenario.velero,
        "source": scenario.source_version,
        "target": scenario.target_version,
        "product": product.version(),
        "notes": run["notes"],
        "seconds": run["seconds"],
    }
    return [common | line.record() for line in lines]


def tell(scenario: Scenario, lines: list[Line], run: dict) -> None:
    agree = sum(not line.differs for line in lines)
    say(f"{scenario.name}: {agree} of {len(lines)} agree, {run['seconds']} s, {'; '.join(run['notes'])}")
    for line in lines:
        if line.differs:
            say(f"    {line.namespace}/{line.name}: {'; '.join(line.differs)}")


def today() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")


def read(file: Path):
    return json.loads(file.read_text())


def write(file: Path, content) -> None:
    file.write_text(json.dumps(content, indent=1))


def say(text: str) -> None:
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/real/run", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="names; see --list")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true", help="only name the scenarios")
    parser.add_argument("--program", type=Path, default=ROOT / "target/debug/reissue-audit")
    parser.add_argument("--folder", type=Path, default=ROOT / "target/real", help="where everything is kept")
    parser.add_argument("--judge-again", action="store_true", help="run nothing: compare what was seen before with the program of now")
    parser.add_argument("--keep-worlds", action="store_true", help="use the source worlds of the last run")
    parser.add_argument("--seed", type=int, help="Certificates by lot, of this seed, instead of one of each kind")
    parser.add_argument("--fixture", type=Path, help="keep the (one) Velero scenario as a fixture in this folder")
    parser.add_argument("--table", type=Path, help="write the table of these runs, say to docs/restores.md")
    return parser.parse_args()


def chosen(names: list[str], every: bool, seed: int | None) -> list[Scenario]:
    known = {scenario.name: scenario for scenario in scenarios()}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no scenario {', '.join(unknown)}; see --list")
    wanted = list(known.values()) if every else [known[name] for name in names]
    if not wanted:
        sys.exit("no scenario is named; see --list")
    if seed is None:
        return wanted
    # What the source does after its backup, it does to Certificates that are not there by lot.
    living = [scenario.name for scenario in wanted if scenario.lives_on]
    if living and not every:
        sys.exit(f"{', '.join(living)}: lives on after its backup and cannot be run with --seed")
    wanted = [scenario for scenario in wanted if not scenario.lives_on]
    return [dataclasses.replace(scenario, name=f"{scenario.name}-seed-{seed}", seed=seed) for scenario in wanted]


def main() -> int:
    options = arguments()
    if options.list:
        print("\n".join(scenario.name for scenario in scenarios()))
        return 0
    # Whoever ends this ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    runner = Runner(options.folder.resolve(), Product(options.program))
    wanted = chosen(options.scenarios, options.all, options.seed)
    if options.judge_again:
        wanted = seen_before(runner, wanted, options.all)
        lines = keep_results(runner, wanted, runner.judge_again, options.fixture)
    else:
        if options.keep_worlds:
            runner.find_worlds()
        else:
            runner.forget_worlds()
        lines = run_all(runner, wanted, options.fixture)
    if options.table:
        results = runner.folder / "results.jsonl"
        options.table.write_text(table.table(results, [scenario.name for scenario in scenarios()]))
    if None in lines:
        return 1
    return 10 if any(line["differs"] for line in lines) else 0


def seen_before(runner: Runner, wanted: list[Scenario], every: bool) -> list[Scenario]:
    """Those that were run before: all that were named have to be among them."""
    seen = [scenario for scenario in wanted if (runner.folder / scenario.name / "after.json").exists()]
    missing = ", ".join(scenario.name for scenario in wanted if scenario not in seen)
    if missing and not (every and seen):
        sys.exit(f"not run before in {runner.folder}: {missing}")
    if missing:
        say(f"not run before: {missing}")
    return seen


def run_all(runner: Runner, wanted: list[Scenario], to: Path | None) -> list[dict | None]:
    try:
        runner.storage.start()
        return keep_results(runner, wanted, runner.run, to)
    finally:
        runner.storage.stop()


def keep_results(runner: Runner, wanted: list[Scenario], judge, to: Path | None) -> list[dict | None]:
    """The lines of all scenarios; None stands for one that could not be run, or compared nothing."""
    found: list[dict | None] = []
    for scenario in wanted:
        try:
            lines = judge(scenario)
        except Exception:  # noqa: BLE001: the next scenario can still be run
            traceback.print_exc()
            found.append(None)
            continue
        if not lines:
            say(f"{scenario.name}: nothing was compared")
            found.append(None)
        found += lines
        table.replace(runner.folder / "results.jsonl", scenario.name, lines)
        if to:
            folder = runner.folder / scenario.name
            fixture.keep(folder, backup_of(folder, runner.product.steps(scenario)), lines, to)
    return found


if __name__ == "__main__":
    sys.exit(main())
