"""Processes of a scenario: each with its log, each ended by its own id."""

import os
import subprocess
import time
from pathlib import Path


class Processes:
    def __init__(self, logs: Path):
        self.logs = logs
        self.running: dict[str, subprocess.Popen] = {}

    def start(self, name: str, *command: str, env: dict[str, str] | None = None) -> None:
        self.stop(name)
        self.logs.mkdir(parents=True, exist_ok=True)
        log = open(self.logs / f"{name}.log", "ab")
        self.running[name] = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Short lives and small heaps: the garbage need not be collected often.
            env=os.environ | {"GOGC": "200"} | (env or {}),
        )

    def stop(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self) -> None:
        """The last that was started ends first: nobody loses what it needs."""
        for name in reversed(list(self.running)):
            self.stop(name)

    def check(self) -> None:
        for name, process in self.running.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}: see {self.logs / name}.log")


def wait_for(what: str, condition, seconds: float = 180, every: float = 0.3):
    """Waits until the condition gives something; an exception of it counts as nothing yet."""
    end = time.monotonic() + seconds
    problem = None
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except Exception as error:  # noqa: BLE001: whatever it is, the time limit tells it
            problem = error
        time.sleep(every)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s ({problem})")
