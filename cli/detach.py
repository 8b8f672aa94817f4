"""`--async`: hands an intent to a process of its own that outlives this one."""

from __future__ import annotations

import os
import subprocess
import sys

from cli.intents import Intent
from cli.links import ROOT
from cli.session import Session


def detach(session: Session, intent: Intent) -> int:
    """Start the driver in a session of its own and print the run's id."""
    log = session.home.folder("logs") / f"{intent.run_id}.log"
    environment = {**os.environ, "QLF_HOME": str(session.home.root), "PYTHONPATH": str(ROOT)}
    with log.open("ab") as file:
        subprocess.Popen(
            [sys.executable, "-P", "-m", "cli", "_drive", intent.run_id],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=session.home.root, env=environment, start_new_session=True,
        )  # fmt: skip
    session.output.data(intent.run_id)
    session.output.say(f"running in the background; follow it: qlf events {intent.run_id} --follow\nlog: {log}")
    session.output.result(session.command, 0, run_id=intent.run_id, status="pending", log=str(log))
    return 0
