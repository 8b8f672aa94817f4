"""A brief's way in seconds: compile, a first verified run, an identical second one, a preview; and the host's peak memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
QLF = str(ROOT / "qlf")
BRIEF = (
    "Create a REST API for a music school: students take lessons, teachers give lessons, lessons belong to courses, "
    "rooms host lessons, and students rent instruments with a serial number, a condition (good, worn, broken) and a monthly price."
)


def main() -> None:
    """Print one line per measure with its goal; the first run warms the environments and is not measured."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        env = {**os.environ, "QLF_HOME": str(place / "home")}
        line("compile, median of 5", statistics.median(timed(["compile", BRIEF, "--json"], env)[0] for _ in range(5)), 0.8)
        warm = BRIEF.replace("music", "dance")
        cold, _, _ = timed(["generate", warm, "--output", str(place / "warm"), "--json"], env)
        line("first run on a new home (installs environments)", cold, None)
        first, result, peak = timed(["generate", BRIEF, "--output", str(place / "one"), "--json"], env)
        line("verified run of five entities, warm", first, 60)
        rows = run_result(result).get("gates", [])
        print("   gates:", ", ".join(f"{row['gate']} {row['seconds']} s" for row in rows))
        line("peak memory of the host, MB", peak / 1e6, 300)
        second, again, _ = timed(["generate", BRIEF, "--output", str(place / "two"), "--json"], env)
        line("identical second run", second, 3)
        line("second / first", second / first, 0.1)
        print("   same digest:", digest(result) == digest(again))
        preview, _, _ = timed(["preview", "create", capsule_id(result), "--json"], env)
        line("preview until it answers", preview, 8)


def timed(arguments: list[str], env: dict[str, str]) -> tuple[float, dict[str, Any], int]:
    """Seconds, the last JSON line and the peak resident bytes of the `qlf` process alone."""
    began = time.monotonic()
    with subprocess.Popen([QLF, *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        peak = Peak(process.pid)
        output = process.stdout.read() if process.stdout else ""
    seconds = time.monotonic() - began
    lines = [text for text in output.splitlines() if text.startswith("{")]
    return seconds, json.loads(lines[-1]) if lines else {}, peak.stop()


class Peak:
    """Samples a process's resident memory until it is told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid, self._highest, self._done = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        try:
            process = psutil.Process(self._pid)
            while not self._done.wait(0.1):
                self._highest = max(self._highest, process.memory_info().rss)
        except psutil.Error:
            return

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._highest


def run_result(line: dict[str, Any]) -> dict[str, Any]:
    """The run's result, wherever the line carries it."""
    found = line.get("result")
    return found if isinstance(found, dict) else line


def digest(line: dict[str, Any]) -> str | None:
    return (run_result(line).get("capsule") or {}).get("digest")


def capsule_id(line: dict[str, Any]) -> str:
    return str((run_result(line).get("capsule") or {}).get("id"))


def line(what: str, got: float, goal: float | None) -> None:
    print(f"{what:52} {got:9.2f}" + (f"   goal <= {goal}" if goal is not None else ""), flush=True)


if __name__ == "__main__":
    main()
