"""Asks a child process whether an orchestrator takes its process down.

A process that was killed from outside thrice, each time while the same orchestrator ran, looks as if that orchestrator had done
it. So before an instance is quarantined, its next episode is rehearsed in a child: only who kills that one is guilty.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_SURVIVED = "funchost: the orchestrator survived"
_SECONDS = 60
_ROOT = Path(__file__).resolve().parents[2]


def survives(app_dir: Path, name: str, payload: dict[str, Any]) -> bool:
    """Whether a process lives on after the orchestrator `name` has run over `payload`. One that hangs is alive."""
    try:
        child = subprocess.run(
            [sys.executable, "-m", "funchost.durable.probe", str(app_dir), name],
            input=json.dumps(payload).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
    except (subprocess.TimeoutExpired, OSError):
        return True
    return _SURVIVED.encode() in child.stdout


def main(app_dir: str, name: str) -> None:
    """The child: load the app, run the orchestrator, say so."""
    from funchost.durable.sdk import Orchestrator, adapt_sdk
    from funchost.loading import load_app

    payload = json.load(sys.stdin)
    calls = [f.call for f in load_app(Path(app_dir)).of_kind("orchestrationTrigger") if f.name.lower() == name.lower()]
    adapt_sdk()
    Orchestrator(calls[0]).replay(payload)
    print(_SURVIVED, flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
